//! The compact server: tools that are found, and run by their names.

use serde_json::{Value, json};
use webex_mcp::call::Reply;
use webex_mcp::call::consent::Ask;
use webex_mcp::error::Code;
use webex_mcp::servers;
use webex_mcp::servers::narrowing::{Narrowed, Narrowing, Part};
use webex_mcp::tool::Kind;

use crate::world::World;

const USE: &str = "webex-use-tool";
const USE_READ: &str = "webex-use-read-tool";

async fn reply(world: &World, tool: &str, arguments: Value) -> Reply {
    let servers = servers::all();
    let compact = servers
        .into_iter()
        .find(|server| &*server.slug == "webex-compact");
    let mut call = world.call("alice", tool, arguments, Ask::Nobody);
    call.server = compact.unwrap();
    world.dispatcher.answer(call).await
}

async fn facts(world: &World, tool: &str, arguments: Value) -> Value {
    match reply(world, tool, arguments).await {
        Reply::Answer(answer) => answer.facts.to_value(),
        other => panic!("{tool}: {other:?}"),
    }
}

async fn code(world: &World, tool: &str, arguments: Value) -> Code {
    match reply(world, tool, arguments).await {
        Reply::Failed(error) => error.code,
        other => panic!("{tool}: {other:?}"),
    }
}

#[test]
fn it_lists_eleven_tools_and_finds_no_other_by_its_name() {
    let servers = servers::all();
    let compact = servers
        .iter()
        .find(|server| &*server.slug == "webex-compact")
        .unwrap();
    assert!(compact.tools.len() <= 11, "{}", compact.tools.len());
    assert!(compact.find(Kind::Tool, "webex-get-thread").is_none());
    assert!(compact.behind("webex-get-thread").is_some());
    assert!(compact.behind(USE).is_none());
}

#[tokio::test(crate = "crate::journey")]
async fn a_tool_is_found_by_what_it_does_and_run_by_its_name() {
    let world = World::new();
    let found = facts(
        &world,
        "webex-find-tools",
        json!({"query": "delete webhooks"}),
    )
    .await;
    assert_eq!(found["tools"][0]["name"], "webex-delete-webhook");
    assert_eq!(found["tools"][0]["effect"], "destroy");
    assert!(found["tools"][0]["inputSchema"]["properties"]["webhookId"].is_object());
    let nothing = facts(&world, "webex-find-tools", json!({"query": "zzz qqq"})).await;
    assert_eq!(nothing["tools"], json!([]));

    let space = json!({"tool": "webex-get-space", "arguments": {"roomId": "Engineering"}});
    let read = facts(&world, USE_READ, space).await;
    assert_eq!(read["tool"], "webex-get-space");
    assert_eq!(read["result"]["spaces"][0]["title"], "Engineering");
    let as_text = json!({"tool": " webex-get-space ", "arguments": "{\"max\": 1}"});
    let listed = facts(&world, USE_READ, as_text).await;
    assert_eq!(listed["result"]["spaces"].as_array().unwrap().len(), 1);
    for nothing in [json!(null), json!(""), json!("null"), json!({})] {
        let asked = json!({"tool": "webex-get-team", "arguments": nothing});
        let listed = facts(&world, USE_READ, asked).await;
        assert!(listed["result"]["teams"].is_array(), "{listed}");
    }
    let made = json!({"tool": "webex-create-space", "arguments": {"title": "Q3 Planning"}});
    let made = facts(&world, USE, made).await;
    assert!(made["result"]["id"].is_string(), "{made}");
}

#[test]
fn a_client_narrows_what_the_general_tools_run() {
    let servers = servers::all();
    let mut servers = servers.into_iter();
    let compact = servers.find(|server| &*server.slug == "webex-compact");
    let narrowed = Narrowed::new(compact.unwrap());
    let narrow = |part: Part, words: &'static str| {
        let narrowing = Narrowing::read(|one| (one == part).then_some(words)).unwrap();
        narrowed.get(narrowing.as_ref())
    };
    type Names<'a> = &'a [&'a str];
    // What is narrowed, which general tools stay, and what they may run and not run.
    let rows: [(Part, &str, Names<'_>, Names<'_>, Names<'_>); 6] = [
        (
            Part::Toolsets,
            "teams",
            &["webex-find-tools", USE_READ, USE],
            &["webex-get-team", "webex-delete-team"],
            &["webex-get-space"],
        ),
        (
            Part::Tools,
            "webex-get-team,webex-get-space",
            &["webex-find-tools", USE_READ, USE],
            &["webex-get-team", "webex-get-space"],
            &["webex-delete-team"],
        ),
        (
            Part::Tools,
            "webex-get-team,webex-use-read-tool",
            &[USE_READ],
            &["webex-get-team"],
            &["webex-get-space"],
        ),
        (
            Part::ExcludeTools,
            "webex-use-tool",
            &["webex-find-tools", USE_READ],
            &["webex-get-team", "webex-delete-team"],
            &[],
        ),
        (
            Part::ExcludeTools,
            "webex-delete-*",
            &["webex-find-tools", USE_READ, USE],
            &["webex-get-team"],
            &["webex-delete-team", "webex-delete-space"],
        ),
        (
            Part::Readonly,
            "true",
            &["webex-find-tools", USE_READ],
            &["webex-get-team"],
            &["webex-create-team", "webex-delete-team"],
        ),
    ];
    for (part, words, general, runs, others) in rows {
        let server = narrow(part, words);
        for name in ["webex-find-tools", USE_READ, USE] {
            let is_listed = server.find(Kind::Tool, name).is_some();
            assert_eq!(is_listed, general.contains(&name), "{words}: {name}");
        }
        let is_run = |name: &&str| server.behind(name).is_some();
        assert!(runs.iter().all(is_run), "{words}");
        assert!(!others.iter().any(is_run), "{words}");
    }
}

#[tokio::test(crate = "crate::journey")]
async fn what_cannot_be_run_is_told_apart() {
    let world = World::new();
    let write = json!({"tool": "webex-create-space", "arguments": {"title": "x"}});
    assert_eq!(code(&world, USE_READ, write).await, Code::InvalidArguments);
    let unknown = json!({"tool": "webex-make-coffee"});
    assert_eq!(code(&world, USE, unknown).await, Code::NotFound);
    // What is not listed runs through the general tools, and a misspelt name is told.
    for (tool, arguments, advice) in [
        (
            "webex-delete-team",
            json!({}),
            "Run it with webex-use-tool.",
        ),
        (
            "webex-get-thread",
            json!({}),
            "Run it with webex-use-read-tool.",
        ),
        (
            "webex-get-thraed",
            json!({}),
            "Perhaps webex-get-thread is meant; run it with webex-use-read-tool.",
        ),
        (
            USE,
            json!({"tool": "webex-delete-taem"}),
            "Perhaps webex-delete-team is meant.",
        ),
        (
            USE_READ,
            json!({"tool": "get_thread"}),
            "Perhaps webex-get-thread is meant.",
        ),
        (
            USE,
            json!({"tool": "webex-make-coffee"}),
            "with webex-find-tools.",
        ),
    ] {
        let Reply::Failed(error) = reply(&world, tool, arguments).await else {
            panic!("{tool} ran");
        };
        assert_eq!(error.code, Code::NotFound);
        assert!(error.advice.ends_with(advice), "{tool}: {}", error.advice);
    }
    for general in ["webex-use-tool", "webex-find-tools"] {
        let itself = json!({"tool": general, "arguments": {}});
        assert_eq!(code(&world, USE, itself).await, Code::NotFound);
    }
    for wrong in [
        json!({}),
        json!({"tool": "webex-get-space", "arguments": 7}),
        json!({"tool": "webex-get-space", "max": 1}),
        json!({"tool": "webex-get-space", "arguments": {"colour": "red"}}),
    ] {
        assert_eq!(code(&world, USE_READ, wrong).await, Code::InvalidArguments);
    }
    // Each mistake is told as what it is.
    for (tool, wrong, told) in [
        (
            USE_READ,
            json!({"tool": "webex-create-space", "arguments": {"title": "x"}}),
            "webex-use-tool",
        ),
        (
            USE,
            json!({"tool": "webex-delete-space", "arguments": {"roomId": "Engineering"}, "confirmationToken": "x"}),
            "`arguments`: ",
        ),
        (
            USE,
            json!({"tool": "webex-get-space", "arguments": "no"}),
            "`arguments`: ",
        ),
    ] {
        let Reply::Failed(error) = reply(&world, tool, wrong).await else {
            panic!("{tool} ran");
        };
        assert_eq!(error.code, Code::InvalidArguments);
        assert!(error.message.contains(told), "{}", error.message);
    }
    // A "yes" never comes as an argument here, and nobody can be asked.
    let spaces = world
        .facts("alice", "webex-get-space", json!({"max": 1}))
        .await;
    let delete =
        json!({"tool": "webex-delete-space", "arguments": {"roomId": spaces["spaces"][0]["id"]}});
    assert_eq!(code(&world, USE, delete).await, Code::Forbidden);
}
