//! Files that tools make, as people meet them: an export that is found, read and fetched, an archive
//! that is agreed to, and somebody else's files.

use axum::body::Body;
use axum::http::{Request, StatusCode};
use http_body_util::BodyExt as _;
use serde_json::{Value, json};
use tower::ServiceExt as _;
use webex_mcp::call::Reply;
use webex_mcp::call::consent::Ask;
use webex_mcp::error::Code;
use webex_mcp::tool::Kind;

use crate::scoped::{limit, only};
use crate::servers::Desk;
use crate::world::World;

const PATH: &str = "/mcp/webex";
const EXPORT: &str = "webex-export-space";
const ARCHIVE: &str = "webex-archive-spaces";

/// What the address of a file gives to whoever has it.
async fn fetched(files: &axum::Router, url: &str) -> (StatusCode, String) {
    let request = Request::get(url).body(Body::empty()).unwrap();
    let (parts, body) = files.clone().oneshot(request).await.unwrap().into_parts();
    let bytes = body.collect().await.unwrap().to_bytes();
    (parts.status, String::from_utf8_lossy(&bytes).into_owned())
}

#[tokio::test(crate = "crate::journey")]
async fn an_export_is_found_read_and_fetched() {
    let (world, files) = World::new().with_every_tool().with_files().await;
    let server = world.server.clone();
    let desk = Desk::of(world, vec![server]);
    let call = async |tool: &str, arguments: Value| {
        let params = json!({"name": tool, "arguments": arguments});
        desk.modern(PATH, "tools/call", params).await.1["result"].clone()
    };
    let space = json!({"roomId": "Project Unicorn", "max": 1});
    let newest = call("webex-get-message", space).await["structuredContent"].clone();
    let newest = newest["messages"][0]["text"].as_str().unwrap().to_owned();
    let asked = json!({"roomId": "Project Unicorn", "format": "html"});
    let made = call(EXPORT, asked).await;
    let (facts, link) = (&made["structuredContent"], &made["content"][1]);
    assert_eq!(
        (&facts["status"], &link["type"]),
        (&json!("finished"), &json!("resource_link"))
    );
    let artifact = &facts["artifact"];
    assert_eq!(artifact["url"], link["uri"]);
    let words = newest.split_whitespace().next().unwrap();
    // By its resource, in text; by its link, whole.
    let uri = json!({"uri": artifact["uri"]});
    let read = desk.modern(PATH, "resources/read", uri.clone()).await.1;
    let text = read["result"]["contents"][0]["text"].as_str().unwrap();
    assert!(
        text.contains("Project Unicorn.html") && text.contains(words),
        "{text}"
    );
    let url = artifact["url"].as_str().unwrap();
    let (status, page) = fetched(&files, url).await;
    assert_eq!(status, StatusCode::OK);
    assert!(
        page.starts_with("<!doctype html>") && page.trim_end().ends_with("</html>"),
        "{page}"
    );
    assert_eq!(page.len() as u64, artifact["sizeBytes"].as_u64().unwrap());
    // Nobody else has a resource, a tool or a link that leads to it.
    for kind in [Kind::Resource, Kind::Tool] {
        let name = match kind {
            Kind::Resource => artifact["uri"].as_str().unwrap(),
            _ => "webex-get-artifact",
        };
        let arguments = match kind {
            Kind::Resource => json!({}),
            _ => json!({"artifactId": artifact["artifactId"]}),
        };
        let mut call = desk.world.call("bob", name, arguments, Ask::Nobody);
        call.kind = kind;
        match desk.world.dispatcher.answer(call).await {
            Reply::Failed(error) => assert_eq!(error.code, Code::NotFound, "{name}"),
            other => panic!("{name}: {other:?}"),
        }
    }
    let guessed = format!("{}A", &url[..url.len() - 1]);
    if guessed != url {
        assert_eq!(fetched(&files, &guessed).await.0, StatusCode::NOT_FOUND);
    }
}

#[tokio::test(crate = "crate::journey")]
async fn a_server_with_a_scope_opens_only_what_was_made_through_it() {
    let (mut world, _files) = World::new().with_every_tool().with_files().await;
    let asked = json!({"roomId": "Project Unicorn"});
    let whole = world.facts("alice", EXPORT, asked.clone()).await;
    let file = json!({"artifactId": whole["artifact"]["artifactId"]});
    let room = world.space("Engineering").await;
    limit(&mut world, only(&room));
    world
        .error("alice", "webex-get-artifact", file, Code::NotFound)
        .await;
    world.error("alice", EXPORT, asked, Code::NotFound).await;
    let within = world.facts("alice", EXPORT, json!({"roomId": room})).await;
    let file = json!({"artifactId": within["artifact"]["artifactId"]});
    let opened = world.facts("alice", "webex-get-artifact", file).await;
    assert_eq!(opened["name"], within["artifact"]["name"]);
}

#[tokio::test(crate = "crate::journey")]
async fn an_archive_is_planned_agreed_to_and_kept() {
    let (world, _files) = World::new().with_every_tool().with_files().await;
    for title in ["Dusty one", "Dusty two"] {
        let made = world
            .facts("alice", "webex-create-space", json!({"title": title}))
            .await;
        let said = json!({"roomId": made["id"], "text": "the last word"});
        world.facts("alice", "webex-create-message", said).await;
    }
    world
        .sandbox
        .clock()
        .advance(std::time::Duration::from_secs(7_200));
    let rule = json!({"inactiveSince": "2026-01-05T10:00:00Z", "title": "dusty", "then": "delete"});
    let plan = world.facts("alice", ARCHIVE, rule.clone()).await;
    assert_eq!(plan["spaces"].as_array().unwrap().len(), 2, "{plan}");
    let apply = json!({"planId": plan["planId"]});
    let question = world.question("alice", ARCHIVE, apply.clone()).await;
    assert!(
        question.contains("delete") && question.contains("“Dusty one”"),
        "{question}"
    );
    let before = world
        .facts("alice", "webex-search-spaces", json!({"query": "Dusty"}))
        .await;
    assert_eq!(before["spaces"].as_array().unwrap().len(), 2);
    let asked = world
        .error("alice", ARCHIVE, apply.clone(), Code::ConfirmationRequired)
        .await;
    let mut agreed = apply;
    agreed["confirmationToken"] = asked["confirmationToken"].clone();
    let done = world.facts("alice", ARCHIVE, agreed).await;
    assert_eq!(
        (&done["archived"], &done["kept"]),
        (&json!(2), &json!(0)),
        "{done}"
    );
    let after = world
        .facts("alice", "webex-search-spaces", json!({"query": "Dusty"}))
        .await;
    assert_eq!(after["spaces"], json!([]));
    // The words are not lost with the spaces.
    for space in done["spaces"].as_array().unwrap() {
        let file = json!({"artifactId": space["artifactId"]});
        let opened = world.facts("alice", "webex-get-artifact", file).await;
        assert!(
            opened["text"].as_str().unwrap().contains("the last word"),
            "{opened}"
        );
    }
}
