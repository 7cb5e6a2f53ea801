//! Teams and their members.

use serde_json::{Value, json};
use webex_mcp::error::Code;
use webex_mcp::scope::{Permission, Scope};

use super::{column, ids, limit, limit_unasked, only, refuse_all, set, told, traces, without};
use crate::world::World;

/// The only team of the company, and Carol's membership in it.
async fn engineering(world: &World) -> (String, String) {
    let team = json!({"teamId": "Engineering"});
    let members = world.facts("alice", "webex-get-team-membership", team.clone());
    let members = members.await;
    let is_carol = |one: &&Value| one["personEmail"] == "carol@example.com";
    let carol = members["memberships"]
        .as_array()
        .unwrap()
        .iter()
        .find(is_carol);
    let carol = carol.unwrap()["id"].as_str().unwrap().to_owned();
    let team = world.facts("alice", "webex-get-team", team).await;
    (ids(&team, "teams")[0].to_owned(), carol)
}

/// Every change of the team, and of who belongs to it.
fn changes(team: &str, membership: &str) -> [(&'static str, Value); 7] {
    let bob = "bob@example.com";
    [
        ("webex-update-team", json!({"teamId": team, "name": "x"})),
        ("webex-delete-team", json!({"teamId": team})),
        ("webex-create-space", json!({"teamId": team, "title": "x"})),
        (
            "webex-add-team-membership",
            json!({"teamId": team, "personEmail": "ada@example.com"}),
        ),
        (
            "webex-update-team-membership",
            json!({"teamMembershipId": membership, "isModerator": true}),
        ),
        (
            "webex-remove-team-membership",
            json!({"teamMembershipId": membership}),
        ),
        (
            "webex-remove-team-membership",
            json!({"teamId": team, "personEmail": bob}),
        ),
    ]
}

fn reads(team: &str, membership: &str) -> [(&'static str, Value); 4] {
    [
        ("webex-get-team", json!({"teamId": team})),
        ("webex-get-team-membership", json!({"teamId": team})),
        (
            "webex-get-team-membership",
            json!({"teamMembershipId": membership}),
        ),
        ("webex-get-person", json!({"teamId": team})),
    ]
}

#[tokio::test(crate = "crate::journey")]
async fn a_team_counts_through_its_spaces() {
    let mut world = World::new().with_every_tool();
    let (team, carol) = engineering(&world).await;
    let (of_team, unicorn) = (
        world.space("Engineering").await,
        world.space("Project Unicorn").await,
    );
    let general = world.space("General").await;
    let other = json!({"name": "Marketing"});
    world.facts("alice", "webex-create-team", other).await;
    let marketing = ["Marketing".to_owned()];

    // Inside, and not to be changed: it has spaces that are outside.
    limit(&mut world, only(&of_team));
    let listed = told(&world, "alice", "webex-get-team", json!({}), &marketing).await;
    assert_eq!(ids(&listed, "teams"), [&*team]);
    assert_eq!(listed["leftOut"], 1, "{listed}");
    for (tool, arguments) in reads(&team, &carol) {
        told(&world, "alice", tool, arguments, &marketing).await;
    }
    limit_unasked(&mut world, only(&of_team));
    refuse_all(&world, Code::Forbidden, changes(&team, &carol)).await;
    let new = json!({"name": "Another"});
    refuse_all(&world, Code::Forbidden, [("webex-create-team", new)]).await;

    // Outside, because none of its spaces is allowed, or because one is excluded.
    let excluding = Scope {
        exclude_spaces: set([&*general]),
        ..Scope::default()
    };
    for scope in [only(&unicorn), excluding] {
        limit_unasked(&mut world, scope.clone());
        refuse_all(&world, Code::NotFound, changes(&team, &carol)).await;
        limit(&mut world, scope);
        refuse_all(&world, Code::NotFound, changes(&team, &carol)).await;
        refuse_all(&world, Code::NotFound, reads(&team, &carol)).await;
        refuse_all(&world, Code::NotFound, reads("Engineering", &carol)).await;
        let absent = [team.clone()];
        told(&world, "alice", "webex-get-team", json!({}), &absent).await;
    }
}

#[tokio::test(crate = "crate::journey")]
async fn members_of_a_team_who_lie_outside_are_neither_shown_nor_changed() {
    let mut world = World::new().with_every_tool();
    let (team, carol) = engineering(&world).await;
    let absent = traces(&world, "carol");
    limit(&mut world, without("carol"));
    let of = json!({"teamId": team});
    let listed = told(
        &world,
        "harold",
        "webex-get-team-membership",
        of.clone(),
        &absent,
    )
    .await;
    assert_eq!(
        (ids(&listed, "memberships").len(), &listed["leftOut"]),
        (6, &json!(1))
    );
    let available = told(&world, "alice", "webex-get-person", of, &absent).await;
    assert_eq!(ids(&available, "people").len(), 6);
    let by_email = json!({"teamId": team, "personEmail": "carol@example.com"});
    let by_id = json!({"teamMembershipId": carol});
    let moderator = |which: &Value| {
        let mut arguments = which.clone();
        arguments["isModerator"] = json!(true);
        arguments
    };
    let calls = [
        ("webex-get-team-membership", by_id.clone()),
        ("webex-update-team-membership", moderator(&by_id)),
        ("webex-update-team-membership", moderator(&by_email)),
        ("webex-remove-team-membership", by_id),
        ("webex-remove-team-membership", by_email.clone()),
        ("webex-add-team-membership", by_email),
        (
            "webex-add-team-membership",
            json!({"teamId": team, "personId": "Carol Diaz"}),
        ),
        (
            "webex-add-team-membership",
            json!({"teamId": team, "personEmail": "guest@partner.example.org"}),
        ),
    ];
    refuse_all(&world, Code::NotFound, calls.clone()).await;
    limit_unasked(&mut world, without("carol"));
    refuse_all(&world, Code::NotFound, calls).await;
    let rename = json!({"teamId": team, "name": "Builders"});
    let renamed = told(&world, "harold", "webex-update-team", rename, &absent).await;
    assert_eq!(renamed["name"], "Builders");
    let add = json!({"teamId": team, "personEmail": "ada@example.com"});
    told(&world, "harold", "webex-add-team-membership", add, &absent).await;
}

#[tokio::test(crate = "crate::journey")]
async fn a_team_reaches_few_people_and_only_ones_own() {
    let mut world = World::new().with_every_tool();
    let (team, carol) = engineering(&world).await;
    let scope = |most| Scope {
        max_audience: Some(most),
        outside_people: Permission::Refused,
        ..Scope::default()
    };
    limit_unasked(&mut world, scope(6));
    refuse_all(&world, Code::Forbidden, changes(&team, &carol)).await;
    limit(&mut world, scope(7));
    let guest = json!({"teamId": team, "personEmail": "guest@partner.example.org"});
    let guest = [("webex-add-team-membership", guest)];
    refuse_all(&world, Code::Forbidden, guest).await;
    let add = json!({"teamId": team, "personEmail": "ada@example.com"});
    told(&world, "harold", "webex-add-team-membership", add, &[]).await;
    let of = json!({"teamId": team});
    let members = told(&world, "harold", "webex-get-team-membership", of, &[]).await;
    assert!(column(&members, "memberships", "personEmail").contains(&"ada@example.com"));
}
