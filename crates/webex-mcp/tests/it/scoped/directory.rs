//! Events, accounts, and names of everything.

use serde_json::{Value, json};
use webex::meetings::CreateMeeting;
use webex::meetings::schedule::PlannedInvitee;
use webex_mcp::error::Code;

use super::{client, column, ids, limit, only, refuse_all, told, traces, without};
use crate::world::World;

/// The newest event that this person caused.
async fn event_of(world: &World, who: &str) -> Value {
    let of = json!({"actorId": format!("{who}@example.com"), "max": 1});
    world.facts("grace", "webex-get-event", of).await["events"][0]["id"].clone()
}

#[tokio::test(crate = "crate::journey")]
async fn an_event_counts_through_everybody_whom_it_names() {
    let mut world = World::new().with_every_tool();
    let note = json!({"toPersonEmail": "carol@example.com", "text": "between us two"});
    world.facts("alice", "webex-create-message", note).await;
    let (carol, bob) = (
        event_of(&world, "carol").await,
        event_of(&world, "bob").await,
    );
    let absent = traces(&world, "carol");
    limit(&mut world, without("carol"));
    let get = "webex-get-event";
    for resource in ["memberships", "meetings", "rooms", "attachmentActions"] {
        let all = json!({"resource": resource, "max": 100});
        let all = told(&world, "grace", get, all, &absent).await;
        let one = all["events"].as_array().unwrap().first();
        let Some(one) = one else { continue };
        let one = json!({"eventId": one["id"]});
        told(&world, "grace", get, one, &absent).await;
    }
    // What people wrote may mention anybody; who wrote it may not be anybody.
    let messages = json!({"resource": "messages", "max": 100});
    let messages = told(&world, "grace", get, messages, &absent[1..]).await;
    // In a direct space she is there without being named.
    assert!(
        !messages.to_string().contains("between us two"),
        "{messages}"
    );
    assert!(messages["leftOut"].as_u64() > Some(0), "{messages}");
    told(&world, "grace", get, json!({"eventId": bob}), &absent[1..]).await;
    refuse_all_of_grace(
        &world,
        [
            (get, json!({"eventId": carol})),
            (get, json!({"actorId": "carol@example.com"})),
            (get, json!({"actorId": "Carol Diaz"})),
            (get, json!({"actorId": absent[1]})),
        ],
    )
    .await;
}

async fn refuse_all_of_grace<const N: usize>(world: &World, calls: [(&str, Value); N]) {
    for (tool, arguments) in calls {
        world.error("grace", tool, arguments, Code::NotFound).await;
    }
}

#[tokio::test(crate = "crate::journey")]
async fn where_spaces_are_named_an_event_counts_through_its_own() {
    let mut world = World::new().with_every_tool();
    let unicorn = world.space("Project Unicorn").await;
    let meetings = json!({"resource": "meetings", "max": 1});
    let ended = world
        .facts("grace", "webex-get-event", meetings.clone())
        .await;
    let ended = json!({"eventId": ended["events"][0]["id"]});
    limit(&mut world, only(&unicorn));
    let all = json!({"max": 100});
    let all = told(&world, "grace", "webex-get-event", all, &[]).await;
    let spaces = all["events"].as_array().unwrap().iter();
    let mut spaces = spaces.map(|event| {
        let of_space = event["resource"] == "rooms";
        &event[if of_space { "resourceId" } else { "roomId" }]
    });
    assert!(spaces.all(|space| *space == *unicorn), "{all}");
    assert!(all["leftOut"].as_u64() > Some(0), "{all}");
    let none = told(&world, "grace", "webex-get-event", meetings, &[]).await;
    assert_eq!(none["events"], json!([]));
    refuse_all_of_grace(&world, [("webex-get-event", ended)]).await;
}

#[tokio::test(crate = "crate::journey")]
async fn an_account_counts_through_its_person_and_its_manager() {
    let mut world = World::new().with_every_tool();
    let update = "webex-update-person";
    for who in ["bob@example.com", "ada@example.com"] {
        let managed = json!({"personId": who, "managerId": "carol@example.com"});
        world.facts("ada", update, managed).await;
    }
    let absent = traces(&world, "carol");
    limit(&mut world, without("carol"));
    let titled = |who: &str| json!({"personId": who, "title": "Lead"});
    for (code, arguments) in [
        (Code::NotFound, titled("carol@example.com")),
        (Code::NotFound, titled(&absent[1])),
        (Code::NotFound, titled("Carol Diaz")),
        (
            Code::NotFound,
            json!({"personId": "dave@example.com", "managerId": "carol@example.com"}),
        ),
        (
            Code::NotFound,
            json!({"personId": "dave@example.com", "managerId": absent[1]}),
        ),
        // Sent back whole, his account would lose its manager.
        (Code::Forbidden, titled("bob@example.com")),
    ] {
        world.error("ada", update, arguments, code).await;
    }
    let bob = json!({"personId": "bob@example.com"});
    for arguments in [bob, json!({})] {
        let shown = told(&world, "ada", "webex-get-person", arguments, &absent).await;
        assert!(shown["people"][0]["manager"].is_null(), "{shown}");
    }
    let dave = json!({"personId": "dave@example.com", "title": "Lead",
        "managerId": "harold@example.com"});
    let dave = told(&world, "ada", update, dave, &absent).await;
    assert_eq!(
        (&dave["title"], &dave["manager"]),
        (&json!("Lead"), &json!("Harold Weber"))
    );
}

#[tokio::test(crate = "crate::journey")]
async fn a_name_finds_nothing_that_lies_outside() {
    let world = World::new();
    let unicorn = world.space("Project Unicorn").await;
    let find = "webex-find";
    // A name is looked for in the weeks around today.
    let soon = jiff::Timestamp::now() + jiff::SignedDuration::from_hours(24);
    let end = soon + jiff::SignedDuration::from_hours(1);
    let sketches = CreateMeeting {
        invitees: Some(vec![PlannedInvitee {
            email: "alice@example.com".to_owned(),
            ..PlannedInvitee::default()
        }]),
        ..CreateMeeting::new("Sketches", soon, end)
    };
    let of_carol = client(&world, "carol");
    of_carol.meetings().create(&sketches).await.unwrap();
    let asked = json!({"query": "Sketches", "kinds": ["meeting"]});
    let every = world.with_every_tool();
    let found = every.facts("alice", find, asked.clone()).await;
    assert_eq!(column(&found, "matches", "name"), ["Sketches"]);
    let mut world = every;
    let absent = traces(&world, "carol");
    limit(&mut world, without("carol"));
    let people = ["Carol", "carol@example.com"];
    let people = people.map(|query| json!({"query": query, "max": 20}));
    for asked in people.into_iter().chain([asked]) {
        let found = told(&world, "alice", find, asked, &absent).await;
        assert!(found["leftOut"].as_u64() > Some(0), "{found}");
        let names = column(&found, "matches", "name");
        assert!(
            names.iter().all(|name| *name == "Caroline Meyer"),
            "{found}"
        );
    }
    let by_name = json!({"meetingId": "Sketches"});
    let by_name = [("webex-get-meeting-status", by_name)];
    refuse_all(&world, Code::NotFound, by_name).await;
    limit(&mut world, only(&unicorn));
    let found = json!({"query": "ing", "kinds": ["space", "team", "meeting"], "max": 20});
    let found = told(&world, "alice", find, found, &[]).await;
    assert_eq!(found["matches"], json!([]), "{found}");
    let found = json!({"query": "unicorn", "kinds": ["space", "team", "meeting"]});
    let found = told(&world, "alice", find, found, &[]).await;
    assert_eq!(ids(&found, "matches"), [&*unicorn]);
    let reads = ["webex-get-meeting-status", "webex-get-meeting-invitee"];
    let planning = json!({"meetingId": "Project Unicorn Planning 2026-01-04"});
    let planning = reads.map(|tool| (tool, planning.clone()));
    refuse_all(&world, Code::NotFound, planning).await;
}
