//! Meetings and who is invited to them.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use webex::invitees::ListInvitees;
use webex::meetings::{CreateMeeting, GetMeeting};
use webex_mcp::error::Code;
use webex_mcp::scope::{Permission, Scope};
use webex_mcp::text::whole_id;

use super::{
    client, column, ids, limit, limit_unasked, only, refuse_all, set, told, traces, without,
};
use crate::world::World;

/// What takes place in these days.
fn calendar() -> Value {
    json!({"from": "2026-01-05T00:00:00Z", "to": "2026-01-08T00:00:00Z",
        "meetingType": "scheduledMeeting", "max": 100})
}

fn plan(invitees: &Value) -> Value {
    json!({"title": "Retro", "start": "2026-01-07T12:00:00Z", "durationMinutes": 30,
        "invitees": invitees})
}

/// The addresses of all who are invited, in truth.
async fn invited(world: &World, meeting_id: &str) -> BTreeSet<String> {
    let query = ListInvitees {
        meeting_id: meeting_id.to_owned(),
        max: Some(100),
        ..ListInvitees::default()
    };
    let all = client(world, "alice").invitees().list(&query).await;
    let emails = all.unwrap().items.into_iter().filter_map(|one| one.email);
    emails.collect()
}

#[tokio::test(crate = "crate::journey")]
async fn a_meeting_of_a_host_outside_is_nowhere() {
    let mut world = World::new();
    let (review, standup) = (
        world.meeting("carol", "Design Review").await,
        world.meeting("alice", "Daily Standup").await,
    );
    let (alice, query) = (client(&world, "alice"), GetMeeting::default());
    let found = alice.meetings().get(&review, &query).await.unwrap();
    let (number, link) = (found.meeting_number.unwrap(), found.web_link.unwrap());
    let mut absent = traces(&world, "carol");
    absent.extend([review.clone(), "Design Review".to_owned()]);
    let invite = json!({"invitees": [{"email": "dave@example.com"}]});
    let mut calls = vec![
        ("webex-join-meeting", json!({"meetingNumber": number})),
        ("webex-join-meeting", json!({"webLink": link})),
        (
            "webex-list-meetings",
            json!({"hostEmail": "carol@example.com"}),
        ),
    ];
    for reference in [&*review, "Design Review 2026-01-06", &number, &link] {
        for (tool, more) in [
            ("webex-get-meeting-status", json!({})),
            ("webex-get-meeting-summary", json!({})),
            ("webex-get-meeting-invitee", json!({})),
            ("webex-get-meeting-participant", json!({})),
            ("webex-admit-meeting-participants", json!({})),
            ("webex-list-transcripts", json!({})),
            ("webex-list-recordings", json!({})),
            ("webex-join-meeting", json!({})),
            ("webex-update-meeting", json!({"title": "x"})),
            ("webex-delete-meeting", json!({})),
            ("webex-add-meeting-invitees", invite.clone()),
        ] {
            let mut arguments = more;
            arguments["meetingId"] = json!(reference);
            calls.push((tool, arguments));
        }
    }
    for limit in [limit_unasked, limit] {
        limit(&mut world, without("carol"));
        refuse_all(&world, Code::NotFound, calls.clone()).await;
    }

    let listed = told(&world, "alice", "webex-list-meetings", calendar(), &absent).await;
    assert_eq!(listed["leftOut"], 1, "{listed}");
    assert!(column(&listed, "meetings", "title").contains(&"Daily Standup"));
    let of = json!({"meetingId": standup});
    let status = told(
        &world,
        "alice",
        "webex-get-meeting-status",
        of.clone(),
        &absent,
    )
    .await;
    assert_eq!(status["hostEmail"], "alice@example.com");
    let link = told(&world, "alice", "webex-join-meeting", of, &absent).await;
    assert!(link["joinLink"].is_string(), "{link}");
}

#[tokio::test(crate = "crate::journey")]
async fn invitees_outside_are_neither_shown_nor_invited() {
    let mut world = World::new().with_every_tool();
    let standup = world.meeting("alice", "Daily Standup").await;
    let of = json!({"meetingId": standup});
    let all = world.facts("alice", "webex-get-meeting-invitee", of.clone());
    let all = all.await;
    let is_carol = |one: &&Value| one["email"] == "carol@example.com";
    let carol = all["invitees"].as_array().unwrap().iter().find(is_carol);
    let carol = json!({"meetingInviteeId": carol.unwrap()["id"]});
    let absent = traces(&world, "carol");
    limit(&mut world, without("carol"));

    let listed = told(&world, "alice", "webex-get-meeting-invitee", of, &absent).await;
    assert_eq!(
        (ids(&listed, "invitees").len(), &listed["leftOut"]),
        (4, &json!(1))
    );
    let with = |which: &Value, name: &str, value: Value| {
        let mut arguments = which.clone();
        arguments[name] = value;
        arguments
    };
    let by_email = json!({"meetingId": standup, "email": "carol@example.com"});
    let by_name = json!({"meetingId": standup, "personId": "Carol Diaz"});
    let mut calls = vec![("webex-get-meeting-invitee", carol.clone())];
    for which in [&carol, &by_email, &by_name] {
        calls.extend([
            ("webex-remove-meeting-invitee", which.clone()),
            (
                "webex-update-meeting-invitee",
                with(which, "coHost", json!(true)),
            ),
        ]);
    }
    for invitees in [
        json!([{"email": "carol@example.com"}]),
        json!([{"personId": "Carol Diaz"}]),
        json!([{"email": "eve@other.example"}]),
        json!([{"email": "ada@example.com"}, {"email": "eve@other.example"}]),
    ] {
        let add = json!({"meetingId": standup, "invitees": invitees});
        calls.push(("webex-add-meeting-invitees", add));
        calls.push(("webex-create-meeting", plan(&invitees)));
    }
    refuse_all(&world, Code::NotFound, calls.clone()).await;
    limit_unasked(&mut world, without("carol"));
    refuse_all(&world, Code::NotFound, calls).await;

    // Who lies outside keeps out nobody else, and stays.
    let update = json!({"meetingId": standup, "removeInvitees": ["carol@example.com"],
        "addInvitees": [{"email": "ada@example.com"}, {"email": "eve@other.example"}]});
    let changed = told(&world, "alice", "webex-update-meeting", update, &[]).await;
    let outcomes = column(&changed, "invitees", "outcome");
    assert_eq!(outcomes, ["invited", "failed", "notInvited"], "{changed}");
    // Of a team, too; its answer counts the host as well.
    let team = json!({"meetingId": standup, "teamId": "Engineering"});
    let added = told(&world, "alice", "webex-add-meeting-invitees", team, &absent).await;
    assert_eq!(
        (&added["invited"], &added["leftOut"]),
        (&json!(1), &json!(3)),
        "{added}"
    );
    let now = invited(&world, &standup).await;
    let has = |name: &str| now.contains(&format!("{name}@example.com"));
    assert!(has("ada") && has("harold") && has("carol"), "{now:?}");
    assert_eq!(now.len(), 7, "{now:?}");
}

#[tokio::test(crate = "crate::journey")]
async fn where_spaces_are_named_a_meeting_counts_through_its_own() {
    let mut world = World::new();
    let (unicorn, general) = (
        world.space("Project Unicorn").await,
        world.space("General").await,
    );
    let standup = world.meeting("alice", "Daily Standup").await;
    let mut made = Vec::new();
    for (title, room) in [("Inside", &unicorn), ("Elsewhere", &general)] {
        let times = ["2026-01-07T10:00:00Z", "2026-01-07T10:30:00Z"];
        let [start, end] = times.map(|time| time.parse().unwrap());
        let meeting = CreateMeeting {
            room_id: whole_id("ROOM", room),
            ..CreateMeeting::new(title, start, end)
        };
        let alice = client(&world, "alice");
        made.push(alice.meetings().create(&meeting).await.unwrap().id);
    }
    let others = ["Elsewhere", "Daily Standup", "Design Review"].map(str::to_owned);
    limit_unasked(&mut world, only(&unicorn));
    let listed = told(&world, "alice", "webex-list-meetings", calendar(), &others).await;
    assert_eq!(column(&listed, "meetings", "title"), ["Inside"]);
    let inside = json!({"meetingId": made[0], "title": "Inside still"});
    told(&world, "alice", "webex-update-meeting", inside, &others).await;
    let of = |id: &str| json!({"meetingId": id});
    refuse_all(
        &world,
        Code::NotFound,
        [
            ("webex-get-meeting-status", of(&made[1])),
            ("webex-get-meeting-status", of(&standup)),
            ("webex-get-meeting-status", of("Elsewhere 2026-01-07")),
            ("webex-delete-meeting", of(&made[1])),
            ("webex-join-meeting", of(&standup)),
            ("webex-list-meetings", json!({"roomId": general})),
        ],
    )
    .await;
    let new = plan(&json!([]));
    refuse_all(&world, Code::Forbidden, [("webex-create-meeting", new)]).await;

    let scope = Scope {
        exclude_spaces: set([&*general]),
        ..Scope::default()
    };
    limit(&mut world, scope);
    let listed = told(
        &world,
        "alice",
        "webex-list-meetings",
        calendar(),
        &others[..1],
    )
    .await;
    assert!(column(&listed, "meetings", "title").contains(&"Daily Standup"));
    let outside = [("webex-get-meeting-status", of(&made[1]))];
    refuse_all(&world, Code::NotFound, outside).await;
}

#[tokio::test(crate = "crate::journey")]
async fn invitations_reach_few_people_and_only_ones_own() {
    let mut world = World::new();
    let standup = world.meeting("alice", "Daily Standup").await;
    let planning = world.meeting("alice", "Project Unicorn Planning").await;
    let scope = Scope {
        max_audience: Some(5),
        outside_people: Permission::Refused,
        ..Scope::default()
    };
    limit(&mut world, scope);
    let people = |names: &[&str]| {
        let people = names.iter().map(|name| format!("{name}@example.com"));
        let people: Vec<_> = people.map(|email| json!({"email": email})).collect();
        json!(people)
    };
    let guest = json!([{"email": "guest@partner.example.org"}]);
    let add = |id: &str, invitees: &Value| json!({"meetingId": id, "invitees": invitees});
    // Bob, Carol and Dave are invited to the planning; more to the standup.
    let two = people(&["erin", "frank"]);
    let five = people(&["bob", "carol", "dave", "erin", "frank"]);
    refuse_all(
        &world,
        Code::Forbidden,
        [
            ("webex-add-meeting-invitees", add(&planning, &guest)),
            ("webex-add-meeting-invitees", add(&planning, &two)),
            ("webex-create-meeting", plan(&guest)),
            ("webex-create-meeting", plan(&five)),
            (
                "webex-update-meeting",
                json!({"meetingId": standup, "title": "x"}),
            ),
            (
                "webex-add-meeting-invitees",
                add(&standup, &people(&["ada"])),
            ),
            (
                "webex-update-meeting",
                json!({"meetingId": planning, "title": "x", "addInvitees": two}),
            ),
        ],
    )
    .await;
    let rename = json!({"meetingId": planning, "title": "Planning"});
    told(&world, "alice", "webex-update-meeting", rename, &[]).await;
    let one = add(&planning, &people(&["erin"]));
    told(&world, "alice", "webex-add-meeting-invitees", one, &[]).await;
    let four = plan(&people(&["bob", "carol", "dave", "erin"]));
    told(&world, "alice", "webex-create-meeting", four, &[]).await;
    assert_eq!(invited(&world, &planning).await.len(), 4);
}

#[tokio::test(crate = "crate::journey")]
async fn who_is_outside_hosts_nothing_here() {
    let mut world = World::new();
    limit(&mut world, without("alice"));
    let new = plan(&json!([{"email": "bob@example.com"}]));
    refuse_all(&world, Code::Forbidden, [("webex-create-meeting", new)]).await;
    let absent = traces(&world, "alice");
    let listed = told(&world, "alice", "webex-list-meetings", calendar(), &absent).await;
    assert_eq!(column(&listed, "meetings", "title"), ["Design Review"]);
}

#[tokio::test(crate = "crate::journey")]
async fn an_administrator_acts_for_hosts_who_lie_inside() {
    let mut world = World::new();
    let (review, standup) = (
        world.meeting("carol", "Design Review").await,
        world.meeting("alice", "Daily Standup").await,
    );
    let absent = traces(&world, "carol");
    limit_unasked(&mut world, without("carol"));
    let of =
        |id: &str, host: &str| json!({"meetingId": id, "hostEmail": format!("{host}@example.com")});
    let alice = of(&standup, "alice");
    let status = "webex-get-meeting-status";
    let shown = told(&world, "ada", status, alice.clone(), &absent).await;
    assert_eq!(shown["hostEmail"], "alice@example.com");
    for host in ["carol", "alice"] {
        let review = of(&review, host);
        for tool in [status, "webex-delete-meeting", "webex-join-meeting"] {
            world
                .error("ada", tool, review.clone(), Code::NotFound)
                .await;
        }
    }
    let gone = told(&world, "ada", "webex-delete-meeting", alice, &absent).await;
    assert_eq!(gone["deleted"], true);
}
