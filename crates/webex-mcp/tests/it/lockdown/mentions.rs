//! A mention shows the name that somebody chose: of people outside, it is not shown.

use serde_json::{Value, json};
use webex_mcp::tool::Kind;

use super::{CANARY, locked, locked_to, told_or_refused, turn, world};
use crate::scoped::limit;
use crate::world::World;

const PLAN: &str = "the plan";
const ERIN: &str = "Erin Novak";
const SOMEBODY: &str = "somebody outside";

/// Messages of two people inside, each of which mentions Bob, who is outside, and Erin, who is not.
async fn mentions(world: &World, room: &str) -> Vec<Value> {
    let mut messages = Vec::new();
    for who in ["frank", "alice"] {
        let words =
            format!("<@personEmail:bob@example.com> and <@personEmail:erin@example.com>: {PLAN}");
        let note = json!({"roomId": room, "markdown": words});
        let sent = world.facts(who, "webex-create-message", note).await;
        messages.push(sent["id"].clone());
    }
    messages
}

/// Where these messages are told.
async fn reads(world: &World, room: &str) -> Vec<(&'static str, &'static str, Value)> {
    let messages = mentions(world, room).await;
    let one = json!({"messageId": messages[0]});
    let own = json!({"messageId": messages[1]});
    let reply = json!({"roomId": room, "parentId": messages[0], "text": "yes"});
    world
        .facts("alice", "webex-create-thread-reply", reply)
        .await;
    let event = json!({"resource": "messages", "type": "created", "max": 10});
    let events = world.facts("grace", "webex-get-event", event.clone()).await;
    let mut events = events["events"].as_array().unwrap().iter();
    let told = events.find(|one| one["resourceId"] == messages[0]).unwrap();
    vec![
        ("alice", "webex-get-message", one),
        ("alice", "webex-get-message", own),
        ("alice", "webex-get-message", json!({"roomId": room})),
        (
            "alice",
            "webex-search-messages",
            json!({"roomId": room, "query": "plan"}),
        ),
        (
            "alice",
            "webex-get-thread",
            json!({"roomId": room, "parentId": messages[0]}),
        ),
        ("erin", "webex-get-message", json!({"roomId": room})),
        ("grace", "webex-get-event", event),
        ("grace", "webex-get-event", json!({"eventId": told["id"]})),
    ]
}

#[tokio::test(crate = "crate::journey")]
async fn a_mention_of_somebody_outside_has_no_name_wherever_the_message_is_told() {
    let (mut world, outsiders) = world().await;
    let room = world.space("Project Unicorn").await;
    let reads = reads(&world, &room).await;
    turn(&world, &outsiders);
    for (scope, has_name) in [
        (locked(), false),
        (locked_to(false, &["example.com"]), true),
    ] {
        limit(&mut world, scope);
        for (who, tool, arguments) in &reads {
            let call = (*who, Kind::Tool, (*tool).to_owned(), arguments.clone());
            let told = told_or_refused(&world, call).await;
            assert!(told.contains(PLAN), "{tool}: {told}");
            let is_own = *arguments == reads[1].2;
            assert_eq!(told.contains(CANARY), has_name && !is_own, "{tool}: {told}");
        }
    }
}

#[tokio::test(crate = "crate::journey")]
async fn a_file_of_an_export_has_no_name_of_somebody_outside_either() {
    let (mut world, outsiders) = world().await;
    let room = world.space("Project Unicorn").await;
    mentions(&world, &room).await;
    turn(&world, &outsiders);
    for (scope, has_name) in [
        (locked(), false),
        (locked_to(false, &["example.com"]), true),
    ] {
        limit(&mut world, scope);
        for format in ["json", "csv", "markdown", "html"] {
            let export = json!({"roomId": room, "format": format, "since": "2026-01-05T08:00:00Z"});
            let facts = world.facts("alice", "webex-export-space", export).await;
            let file = json!({"artifactId": facts["artifact"]["artifactId"]});
            let file = world.answer("alice", "webex-get-artifact", file).await.text;
            assert!(file.contains(PLAN), "{format}: {file}");
            assert_eq!(file.contains(CANARY), has_name, "{format}: {file}");
            let is_plain = format != "markdown";
            if is_plain {
                assert!(file.contains(ERIN), "{format}: {file}");
                assert_eq!(file.contains(SOMEBODY), !has_name, "{format}: {file}");
            }
        }
    }
}

#[tokio::test(crate = "crate::journey")]
async fn the_answer_counts_the_names_and_says_who_is_meant() {
    let (mut world, outsiders) = world().await;
    let room = world.space("Project Unicorn").await;
    let messages = mentions(&world, &room).await;
    turn(&world, &outsiders);
    limit(&mut world, locked());
    for message in &messages {
        let one = json!({"messageId": message});
        let answer = world.answer("alice", "webex-get-message", one).await;
        let told = "Withheld, as people outside wrote it: 1 name.";
        assert!(answer.text.ends_with(told), "{}", answer.text);
        assert!(answer.text.contains("<@personEmail:bob@example.com>"));
        assert_eq!(answer.facts.to_value()["withheld"], 1);
    }
}
