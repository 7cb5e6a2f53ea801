//! Changes that a person is asked about because of whom they reach: by an audience over a size, people
//! of other organizations, and mentions of everybody.

use serde_json::{Value, json};
use webex_mcp::call::Reply;
use webex_mcp::call::consent::Ask;
use webex_mcp::error::Code;
use webex_mcp::scope::{Permission, Scope};
use webex_mcp::servers::{Catalogue, Definition, Otherwise};

use super::{turn, world};
use crate::scoped::limit;
use crate::world::{Says, World, accepted};

const CREATE: &str = "webex-create-message";

fn asking() -> Scope {
    Scope {
        ask_above: Some(6),
        outside_people: Permission::Asked,
        mention_all: Permission::Asked,
        ..Scope::default()
    }
}

/// The writes that reached Webex since the last look.
fn writes(world: &World) -> Vec<String> {
    let calls = world.wire_calls().into_iter();
    calls
        .filter(|call| !call.starts_with("GET ") && !call.starts_with("HEAD "))
        .collect()
}

/// Calls that are asked about, with what the question says of it.
async fn asked_about(world: &World) -> Vec<(&'static str, Value, &'static str)> {
    let small = json!({"title": "Two of us"});
    let small = world.facts("alice", "webex-create-space", small).await["id"].clone();
    let large = world.space("Project Unicorn").await;
    let carol = json!({"roomId": small, "personEmail": "carol@example.com"});
    world.facts("alice", "webex-add-membership", carol).await;
    vec![
        (
            CREATE,
            json!({"roomId": large, "text": "hi"}),
            "It reaches more than 6 people.",
        ),
        (
            "webex-update-space",
            json!({"roomId": large, "description": "x"}),
            "It reaches more than 6 people.",
        ),
        (
            "webex-create-thread-reply",
            json!({"roomId": large, "parentId": newest(world, &large).await, "text": "hi"}),
            "It reaches more than 6 people.",
        ),
        (
            CREATE,
            json!({"roomId": small, "markdown": "<@all> hi"}),
            "It mentions everybody in the space.",
        ),
        (
            "webex-add-membership",
            json!({"roomId": small, "personEmail": "bob@example.com"}),
            "It adds people of other organizations.",
        ),
    ]
}

async fn newest(world: &World, room: &str) -> Value {
    let list = json!({"roomId": room, "max": 20});
    let listed = world.facts("alice", "webex-get-message", list).await;
    let mut all = listed["messages"].as_array().unwrap().iter();
    let root = all.find(|one| one["parentId"].is_null());
    root.unwrap()["id"].clone()
}

#[tokio::test(crate = "crate::journey")]
async fn nothing_is_sent_before_somebody_agreed_in_any_way_of_asking() {
    let (mut world, outsiders) = world().await;
    let calls = asked_about(&world).await;
    turn(&world, &outsiders);
    limit(&mut world, asking());
    for (tool, arguments, why) in calls {
        writes(&world);
        // In rounds.
        let rounds = || Ask::Rounds { previous: None };
        match world
            .reply("alice", tool, arguments.clone(), rounds())
            .await
        {
            Reply::Ask { form, .. } => assert!(form.message.contains(why), "{}", form.message),
            other => panic!("{tool}: {other:?}"),
        }
        // On a session, by somebody who says no.
        let no = || Ask::Session(Box::new(Says(accepted(json!({"confirm": false})))));
        match world.reply("alice", tool, arguments.clone(), no()).await {
            Reply::Failed(error) => assert_eq!(error.code, Code::Declined, "{tool}"),
            other => panic!("{tool}: {other:?}"),
        }
        // By nobody, who gets a token.
        let error = world
            .error("alice", tool, arguments.clone(), Code::ConfirmationRequired)
            .await;
        assert_eq!(writes(&world), Vec::<String>::new(), "{tool}");
        let mut confirmed = arguments.clone();
        confirmed["confirmationToken"] = error["confirmationToken"].clone();
        world.facts("alice", tool, confirmed.clone()).await;
        assert_eq!(writes(&world).len(), 1, "{tool}");
        // It works once.
        let again = world.reply("alice", tool, confirmed, Ask::Nobody).await;
        assert!(matches!(again, Reply::Answer(_) | Reply::Failed(_)));
        assert_eq!(writes(&world), Vec::<String>::new(), "{tool}");
    }
}

#[tokio::test(crate = "crate::journey")]
async fn what_reaches_few_and_what_the_default_allows_is_not_asked_about() {
    let (mut world, outsiders) = world().await;
    let calls = asked_about(&world).await;
    turn(&world, &outsiders);
    let small = world.space("Two of us").await;
    limit(&mut world, asking());
    let few = json!({"roomId": small, "text": "hi @all-hands"});
    world.facts("alice", CREATE, few).await;
    let inside = json!({"roomId": small, "personEmail": "erin@example.com"});
    world.facts("alice", "webex-add-membership", inside).await;
    // Without the guards, each of them is made at once, and Webex is read no more than before.
    limit(&mut world, Scope::default());
    for (tool, arguments, _) in calls {
        world.facts("alice", tool, arguments).await;
    }
}

#[tokio::test(crate = "crate::journey")]
async fn a_client_that_cannot_ask_is_refused_where_the_server_takes_no_token() {
    let (mut world, _) = world().await;
    let large = world.space("Project Unicorn").await;
    let definition = Definition {
        scope: Some(asking()),
        ..Definition::new("desk", "Desk")
    };
    world.server = Catalogue::whole().serve(&definition, Otherwise::Refuse);
    writes(&world);
    let note = json!({"roomId": large, "text": "hi"});
    world
        .error("alice", CREATE, note.clone(), Code::Forbidden)
        .await;
    assert_eq!(writes(&world), Vec::<String>::new());
    let yes = Ask::Session(Box::new(Says(accepted(json!({"confirm": true})))));
    let reply = world.reply("alice", CREATE, note, yes).await;
    assert!(matches!(reply, Reply::Answer(_)), "{reply:?}");
    assert_eq!(writes(&world).len(), 1);
}

#[tokio::test(crate = "crate::journey")]
async fn a_mention_of_all_is_refused_where_the_operator_says_so() {
    let (mut world, _) = world().await;
    let room = world.space("Project Unicorn").await;
    let scope = Scope {
        mention_all: Permission::Refused,
        ..Scope::default()
    };
    limit(&mut world, scope);
    writes(&world);
    for words in ["<@all> hi", "hi <@ALL>"] {
        let note = json!({"roomId": room, "markdown": words});
        world.error("alice", CREATE, note, Code::Forbidden).await;
    }
    assert_eq!(writes(&world), Vec::<String>::new());
    world
        .facts(
            "alice",
            CREATE,
            json!({"roomId": room, "markdown": "**hi**"}),
        )
        .await;
}

#[tokio::test(crate = "crate::journey")]
async fn what_is_kept_for_later_is_asked_about_when_it_is_scheduled() {
    let (mut world, _) = world().await;
    world.is_lasting = true;
    limit(&mut world, asking());
    let at = jiff::Timestamp::now() + jiff::SignedDuration::from_hours(24);
    let at = at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
    let later = json!({"toPersonEmail": "bob@example.com", "text": "hi", "at": at});
    let error = world
        .error(
            "alice",
            "webex-schedule-message",
            later.clone(),
            Code::ConfirmationRequired,
        )
        .await;
    let mut confirmed = later;
    confirmed["confirmationToken"] = error["confirmationToken"].clone();
    world
        .facts("alice", "webex-schedule-message", confirmed)
        .await;
}
