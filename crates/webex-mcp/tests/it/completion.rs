//! Completion of what prompts and templates take: names that are accepted as they are.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use webex_mcp::call::consent::Ask;
use webex_mcp::call::{Call, Reply};
use webex_mcp::error::Code;
use webex_mcp::tool::Kind;
use webex_sandbox::Fault;

use crate::world::{World, error_of};

const SPACE: &str = "webex://spaces/{roomId}";
const PERSON: &str = "webex://people/{personId}";
const MEETING: &str = "webex://meetings/{meetingId}";

async fn reply(world: &World, who: &str, of: &str, argument: &str, typed: &str) -> Reply {
    let arguments = json!({"argument": argument, "value": typed});
    let call = Call {
        kind: Kind::Completion,
        ..world.call(who, of, arguments, Ask::Nobody)
    };
    world.dispatcher.answer(call).await
}

async fn complete(world: &World, who: &str, of: &str, argument: &str, typed: &str) -> Value {
    match reply(world, who, of, argument, typed).await {
        Reply::Answer(answer) => answer.facts.to_value(),
        other => panic!("{of} {argument} {typed}: {other:?}"),
    }
}

fn values(completed: &Value) -> Vec<&str> {
    let values = completed["values"].as_array().unwrap();
    values.iter().map(|value| value.as_str().unwrap()).collect()
}

#[tokio::test(crate = "crate::journey")]
async fn what_begins_so_comes_first_and_each_list_is_read_once() {
    let world = World::today().with_every_tool();
    let design = complete(&world, "alice", SPACE, "roomId", " DESIGN").await;
    assert_eq!(values(&design).len(), 2, "{design}");
    assert_eq!(
        (&design["total"], &design["hasMore"]),
        (&json!(2), &json!(false))
    );
    assert_eq!(world.wire_calls(), ["GET /v1/rooms"]);
    let any = complete(&world, "alice", "webex-audit-space", "roomId", "e").await;
    let found = values(&any);
    let begins = |value: &&str| value.to_lowercase().starts_with('e');
    assert!(begins(&found[0]), "{any}");
    let first_other = found.iter().position(|value| !begins(value)).unwrap();
    assert!(!found[first_other..].iter().any(begins), "{any}");
    let none = complete(&world, "alice", SPACE, "roomId", "no such name").await;
    assert_eq!(none, json!({"values": [], "total": 0, "hasMore": false}));
    assert!(world.wire_calls().is_empty(), "the list is still known");
    // What is another person's is read anew.
    let theirs = complete(&world, "bob", SPACE, "roomId", "leadership").await;
    assert!(values(&theirs).is_empty(), "{theirs}");
    assert_eq!(world.wire_calls(), ["GET /v1/rooms"]);
}

#[tokio::test(crate = "crate::journey")]
async fn every_value_is_accepted_and_means_one_thing() {
    let world = World::today().with_every_tool();
    // Two of one name, one that looks like an id, and one on two lines.
    for title in [
        "Twice",
        "Twice",
        "..",
        "bbceb1ad-43f1-3b58-9147-f14bb0c4d154",
        "Odd\u{200b} one",
    ] {
        world
            .facts("alice", "webex-create-space", json!({"title": title}))
            .await;
    }
    for (of, argument, tool, list) in [
        (SPACE, "roomId", "webex-get-space", "spaces"),
        (MEETING, "meetingId", "webex-get-meeting-status", ""),
    ] {
        let all = complete(&world, "alice", of, argument, "").await;
        let all = values(&all);
        assert!(all.len() > 2, "{all:?}");
        let mut ids = BTreeSet::new();
        for value in &all {
            assert!(!value.contains(char::is_control), "{value}");
            let found = world.facts("alice", tool, json!({argument: value})).await;
            let found = if list.is_empty() {
                &found
            } else {
                &found[list][0]
            };
            ids.insert(found["id"].as_str().unwrap().to_owned());
        }
        assert_eq!(ids.len(), all.len(), "{all:?}");
    }
    let twice = complete(&world, "alice", SPACE, "roomId", "twice").await;
    assert!(
        values(&twice).iter().all(|value| webex::id::is_id(value)),
        "{twice}"
    );
    for typed in ["Har", "Car", "b", "A"] {
        let people = complete(&world, "alice", PERSON, "personId", typed).await;
        assert!(!values(&people).is_empty(), "{typed}: {people}");
        for value in values(&people) {
            let found = json!({"personId": value});
            let found = world.facts("alice", "webex-get-person", found).await;
            assert_eq!(found["people"].as_array().unwrap().len(), 1, "{value}");
        }
    }
}

#[tokio::test(crate = "crate::journey")]
async fn what_has_no_names_has_no_values_and_what_is_not_there_is_refused() {
    let world = World::today().with_every_tool();
    let empty = json!({"values": [], "total": 0, "hasMore": false});
    let long = "x".repeat(5_000);
    for (of, argument, typed) in [
        ("webex://messages/{messageId}", "messageId", "a"),
        ("webex-catch-me-up", "days", "1"),
        (PERSON, "personId", ""),
        (PERSON, "personId", "  "),
    ] {
        assert_eq!(
            complete(&world, "alice", of, argument, typed).await,
            empty,
            "{of}"
        );
    }
    for (of, argument) in [(SPACE, "roomId"), ("webex-catch-me-up", "days")] {
        let refused = reply(&world, "alice", of, argument, &long).await;
        error_of(refused, Code::InvalidArguments);
    }
    for (of, told) in [
        ("webex://nope/{x}", "List the templates"),
        ("nope", "List the prompts"),
    ] {
        let refused = error_of(reply(&world, "alice", of, "x", "a").await, Code::NotFound);
        let advice = refused["advice"].as_str().unwrap();
        assert!(advice.starts_with(told), "{advice}");
    }
    for (of, argument, code) in [
        (SPACE, "room", Code::InvalidArguments),
        (SPACE, "max", Code::InvalidArguments),
        ("webex-audit-space", "personId", Code::InvalidArguments),
        ("webex://spaces/Engineering", "roomId", Code::NotFound),
        ("webex-get-space", "roomId", Code::NotFound),
        ("nothing", "roomId", Code::NotFound),
    ] {
        error_of(reply(&world, "alice", of, argument, "a").await, code);
    }
    assert!(world.wire_calls().is_empty());
    world
        .sandbox
        .faults()
        .next_on(9, "GET", "/v1/rooms", Fault::status(429));
    error_of(
        reply(&world, "alice", SPACE, "roomId", "a").await,
        Code::RateLimited,
    );
}
