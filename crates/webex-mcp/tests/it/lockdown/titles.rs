//! What several people may word: it is shown only if all of them belong, whoever made it.

use serde_json::{Value, json};
use webex::meetings::CreateMeeting;
use webex::rooms::CreateRoom;
use webex_mcp::limits::LOCKDOWN_READS_PER_CALL;
use webex_mcp::scope::Scope;
use webex_mcp::text::whole_id;
use webex_sandbox::Fault;

use super::{locked, locked_to, turn, turn_to, world};
use crate::scoped::{client, limit};
use crate::world::World;

const NOT_LEARNED: &str = "Withheld, as the call did not learn who wrote it: ";

/// Everybody's content, that of the organization, and that of a domain that all but bots have.
fn scopes() -> [Scope; 3] {
    [
        Scope::default(),
        locked(),
        locked_to(false, &["example.com"]),
    ]
}

/// Whether each of these rows of a list has this field.
fn have<'i>(
    facts: &Value,
    list: &str,
    ids: impl IntoIterator<Item = &'i Value>,
    field: &str,
) -> Vec<bool> {
    let rows = facts[list].as_array().unwrap();
    let row = |id: &Value| rows.iter().find(|row| row["id"] == *id);
    let has = |id| row(id).unwrap_or_else(|| panic!("{id} in {facts}"))[field].is_string();
    ids.into_iter().map(has).collect()
}

async fn made(world: &World, who: &str, tool: &str, arguments: Value) -> Value {
    world.facts(who, tool, arguments).await["id"].clone()
}

/// A space of Alice's with one more member.
async fn space_with(world: &World, title: &str, member: &str) -> Value {
    let space = made(
        world,
        "alice",
        "webex-create-space",
        json!({"title": title}),
    )
    .await;
    let member = json!({"roomId": space, "personEmail": format!("{member}@example.com")});
    world.facts("alice", "webex-add-membership", member).await;
    space
}

#[tokio::test(crate = "crate::journey")]
async fn a_team_has_its_name_only_if_all_its_members_belong() {
    let (mut world, outsiders) = world().await;
    let mut teams = Vec::new();
    for (name, member) in [("Budget with guests", "bob"), ("Budget", "erin")] {
        let team = made(&world, "alice", "webex-create-team", json!({"name": name})).await;
        let member = json!({"teamId": team, "personEmail": format!("{member}@example.com")});
        world
            .facts("alice", "webex-add-team-membership", member)
            .await;
        teams.push(team);
    }
    turn(&world, &outsiders);
    for (scope, shown) in scopes()
        .into_iter()
        .zip([[true, true], [false, true], [true, true]])
    {
        limit(&mut world, scope);
        let facts = world.facts("alice", "webex-get-team", json!({})).await;
        assert_eq!(have(&facts, "teams", &teams, "name"), shown, "{facts}");
    }
    // Where its members cannot be read, nobody knows, and that is what the answer says.
    limit(&mut world, locked());
    let fault = Fault::status(403);
    let faults = world.sandbox.faults();
    faults.next_on(50, "GET", "/v1/team/memberships", fault);
    let one = json!({"teamId": teams[1]});
    let answer = world.answer("alice", "webex-get-team", one.clone()).await;
    let told = format!("{NOT_LEARNED}1 team name.");
    assert!(answer.text.ends_with(&told), "{}", answer.text);
    assert_eq!(answer.facts.to_value()["withheld"], 1);
    world.sandbox.faults().clear();
    let facts = world.facts("alice", "webex-get-team", one).await;
    assert_eq!(have(&facts, "teams", &teams[1..], "name"), [true]);
}

/// A meeting with these invitees, and of a space where one is named.
async fn meeting(
    world: &World,
    host: &str,
    (title, invitees, space): (&str, Value, Option<&Value>),
) -> Value {
    let times = ["2026-01-07T10:00:00Z", "2026-01-07T10:30:00Z"];
    let [start, end] = times.map(|time| time.parse().unwrap());
    let meeting = CreateMeeting {
        room_id: space.and_then(|id| whole_id("ROOM", id.as_str().unwrap())),
        invitees: serde_json::from_value(invitees).unwrap(),
        ..CreateMeeting::new(title, start, end)
    };
    let made = client(world, host).meetings().create(&meeting).await;
    json!(made.unwrap().id)
}

#[tokio::test(crate = "crate::journey")]
async fn a_meeting_has_its_title_only_if_all_belong_who_may_change_it() {
    let (mut world, outsiders) = world().await;
    let mixed = space_with(&world, "Budget with guests", "bob").await;
    let own = space_with(&world, "Budget", "erin").await;
    let (bob, erin) = ("bob@example.com", "erin@example.com");
    let alone = json!([{"email": erin, "coHost": false}]);
    let mut meetings = Vec::new();
    for planned in [
        (
            "A cohost is a guest",
            json!([{"email": erin}, {"email": bob, "coHost": true}]),
            None,
        ),
        ("Of a space with guests", alone.clone(), Some(&mixed)),
        ("A guest is invited", json!([{"email": bob}]), None),
        (
            "A cohost is one of us",
            json!([{"email": erin, "coHost": true}]),
            None,
        ),
        ("Of a space of ours", alone, Some(&own)),
    ] {
        meetings.push(meeting(&world, "alice", planned).await);
    }
    let hosted = (
        "A guest hosts it",
        json!([{"email": "alice@example.com"}]),
        None,
    );
    meetings.push(meeting(&world, "bob", hosted).await);
    turn(&world, &outsiders);
    let shown = [
        [true; 6],
        [false, false, true, true, true, false],
        [true; 6],
    ];
    for (scope, shown) in scopes().into_iter().zip(shown) {
        limit(&mut world, scope);
        let list = json!({"max": 50});
        let facts = world.facts("alice", "webex-list-meetings", list).await;
        assert_eq!(have(&facts, "meetings", &meetings, "title"), shown);
    }
}

#[tokio::test(crate = "crate::journey")]
async fn what_a_meeting_leaves_has_its_title_and_names_as_the_meeting_has() {
    let (mut world, outsiders) = world().await;
    let planning = world.meeting("alice", "Project Unicorn Planning").await;
    turn(&world, &outsiders);
    let invitees = json!({"meetingId": planning});
    for is_shown in [true, false] {
        limit(&mut world, locked());
        for (tool, list) in [
            ("webex-list-recordings", "recordings"),
            ("webex-list-transcripts", "transcripts"),
        ] {
            let facts = world.facts("alice", tool, json!({})).await;
            let topic = &facts[list][0]["topic"];
            assert_eq!(topic.is_string(), is_shown, "{facts}");
        }
        let facts = world.facts("alice", "webex-get-meeting-invitee", invitees.clone());
        let facts = facts.await;
        // A host or a cohost may have chosen it.
        for invitee in facts["invitees"].as_array().unwrap() {
            let is_carol = invitee["email"] == "carol@example.com";
            let has_name = invitee["displayName"].is_string();
            assert_eq!(has_name, is_carol && is_shown, "{facts}");
        }
        // Only now somebody outside may change it.
        let cohost = json!({"meetingId": planning, "email": "bob@example.com", "coHost": true});
        world
            .facts("alice", "webex-update-meeting-invitee", cohost)
            .await;
    }
}

#[tokio::test(crate = "crate::journey")]
async fn an_answered_form_is_shown_only_if_whoever_sent_it_belongs() {
    let (mut world, outsiders) = world().await;
    let room = world.space("Project Unicorn").await;
    let mut answers = Vec::new();
    for (sender, answering) in [("bob", "alice"), ("alice", "erin"), ("frank", "bob")] {
        let card = json!({"roomId": room, "title": "Lunch?", "buttons": [{"title": "Yes"}],
            "inputs": [{"id": "dish", "label": "Dish", "kind": "text"}]});
        let card = made(&world, sender, "webex-send-card", card).await;
        let answer = json!({"messageId": card, "inputs": {"dish": "soup"}});
        let answer = made(&world, answering, "webex-submit-card", answer).await;
        answers.push((sender, answer));
    }
    turn(&world, &outsiders);
    for (scope, shown) in
        scopes()
            .into_iter()
            .zip([[true, true, true], [false, true, false], [true, true, true]])
    {
        limit(&mut world, scope);
        for ((sender, answer), shown) in answers.iter().zip(shown) {
            let one = json!({"attachmentActionId": answer});
            let told = world.answer("alice", "webex-get-card-response", one).await;
            assert_eq!(told.text.contains("dish"), shown, "{sender}: {}", told.text);
        }
    }
}

#[tokio::test(crate = "crate::journey")]
async fn an_event_of_a_space_or_a_form_is_told_as_the_thing_is() {
    let (mut world, outsiders) = world().await;
    space_with(&world, "Budget with guests", "bob").await;
    space_with(&world, "Budget", "erin").await;
    turn(&world, &outsiders);
    for (scope, shown) in scopes()
        .into_iter()
        .zip([[true, true], [false, true], [true, true]])
    {
        limit(&mut world, scope);
        let rooms = json!({"resource": "rooms", "max": 50});
        let facts = world.facts("grace", "webex-get-event", rooms).await;
        let mut events = facts["events"].as_array().unwrap().iter();
        let has = |title: &str| events.clone().any(|one| one["text"] == title);
        assert_eq!(["Budget with guests", "Budget"].map(has), shown, "{facts}");
        assert!(events.next().is_some());
    }
}

#[tokio::test(crate = "crate::journey")]
async fn a_webhook_of_the_organization_has_its_name_only_if_its_maker_belongs() {
    let (mut world, outsiders) = world().await;
    let mut hooks = Vec::new();
    for (who, resource) in [("ada", "meetings"), ("grace", "recordings")] {
        let hook = json!({"name": who, "targetUrl": "https://hooks.example.com/", "event": "created",
            "resource": resource, "ownedBy": "org"});
        hooks.push(made(&world, who, "webex-create-webhook", hook).await);
    }
    let hook = json!({"name": "own", "targetUrl": "https://hooks.example.com/", "event": "created",
        "resource": "messages"});
    let own = made(&world, "grace", "webex-create-webhook", hook).await;
    turn_to(&world, &outsiders, &[("ada", Some("another-organization"))]);
    for (scope, shown) in scopes()
        .into_iter()
        .zip([[true, true], [false, true], [true, true]])
    {
        limit(&mut world, scope);
        let of_org = json!({"ownedBy": "org"});
        let facts = world.facts("grace", "webex-get-webhook", of_org).await;
        for field in ["name", "targetUrl"] {
            assert_eq!(have(&facts, "webhooks", &hooks, field), shown, "{facts}");
        }
        let facts = world.facts("grace", "webex-get-webhook", json!({})).await;
        assert_eq!(have(&facts, "webhooks", [&own], "name"), [true], "{facts}");
    }
}

#[tokio::test(crate = "crate::journey")]
async fn what_a_call_could_not_look_up_is_told_and_another_one_goes_on() {
    let mut world = World::new();
    let alice = client(&world, "alice");
    let many = LOCKDOWN_READS_PER_CALL + 10;
    for number in 0..many {
        let room = CreateRoom {
            title: format!("Crowd {number}"),
            ..CreateRoom::default()
        };
        alice.rooms().create(&room).await.unwrap();
    }
    limit(&mut world, locked());
    let search = json!({"query": "crowd 20", "max": 100});
    let answers = [
        world
            .answer("alice", "webex-search-spaces", search.clone())
            .await,
        world.answer("alice", "webex-search-spaces", search).await,
    ];
    let ends = " space titles. Repeat the call to learn of more, or ask for less.";
    let first = &answers[0].text;
    assert!(
        first.contains(NOT_LEARNED) && first.ends_with(ends),
        "{first}"
    );
    let second = &answers[1].text;
    assert!(!second.contains(NOT_LEARNED), "{second}");
    let found = |at: usize| {
        answers[at].facts.to_value()["spaces"]
            .as_array()
            .unwrap()
            .len()
    };
    let fitting = (0..many).filter(|number| number.to_string().contains("20"));
    assert_eq!(found(1), fitting.count());
    assert!(found(0) <= found(1), "{first}");
    // What a page shows is looked up in one call.
    limit(&mut world, locked());
    let list = json!({"max": 100});
    let page = world.answer("alice", "webex-get-space", list).await;
    assert!(!page.text.contains(NOT_LEARNED), "{}", page.text);
}
