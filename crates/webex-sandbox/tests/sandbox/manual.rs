//! The manual: it is fresh and complete, and each `curl` of the administration works as written.

use serde_json::Value;
use webex_sandbox::manual;

use crate::{Person, items, start, text};

const BASE: &str = "http://127.0.0.1:8485";

/// Method, path and body of a line that begins with `curl`.
fn request(line: &str) -> (&str, &str, Option<Value>) {
    let at = line.find(BASE).expect("an address of the sandbox");
    let path = line[at + BASE.len()..].trim();
    let body = line.split_once("--json '").map(|(_, rest)| {
        let (body, _) = rest.split_once("' ").expect("the end of the body");
        serde_json::from_str(body).expect("a body of JSON")
    });
    let method = match line.split_once("-X ") {
        Some((_, rest)) => rest.split(' ').next().unwrap(),
        None if body.is_some() => "POST",
        None => "GET",
    };
    (method, path, body)
}

#[tokio::test]
async fn every_example_of_the_administration_works() {
    let (sandbox, alice) = start();
    let admin = Person {
        router: sandbox.admin_router(),
        token: "none".to_owned(),
    };
    let room = alice.room("Project Unicorn").await;
    let messages = alice.get(&format!("/v1/messages?roomId={room}")).await;
    let messages = messages.json(200);
    let mut files = items(&messages)
        .iter()
        .filter_map(|item| item["files"].as_array());
    let file = text(&files.next().unwrap()[0]);
    let meetings = alice.get("/v1/meetings?meetingType=meetingSeries").await;
    let meetings = meetings.json(200);
    let meeting = text(&items(&meetings)[0]["id"]);
    let manual = manual()
        .replace("FILE_ID", file.rsplit('/').next().unwrap())
        .replace("MEETING_ID", &meeting)
        .replace("ROOM_ID", &room);
    let mut routes = 0;
    let lines = manual.lines().filter(|line| line.starts_with("curl "));
    // The world goes through files, which tests/sandbox/world_file.rs tries.
    let lines = lines.filter(|line| !line.contains("world.jsonl"));
    for line in lines.filter(|line| line.contains("/_sandbox/")) {
        let (method, path, body) = request(line);
        let answer = admin.send(method, path, body).await;
        assert!(answer.status.is_success(), "{line}: {}", answer.text());
        routes += 1;
    }
    assert!(routes >= 18, "{routes} examples were found");
}

#[test]
fn the_page_is_fresh() {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/sandbox.md");
    let kept = std::fs::read_to_string(path).unwrap_or_default();
    assert!(
        kept == manual(),
        "docs/sandbox.md is stale; regenerate it: cargo run -q -- docs sandbox > docs/sandbox.md"
    );
}

#[test]
fn every_part_is_filled_in() {
    let manual = manual();
    assert!(!manual.contains("{{"), "{manual}");
    for told in [
        "sandbox-grace",
        "Customer Feedback",
        "nobody has a password",
    ] {
        let is_told = manual.to_lowercase().contains(&told.to_lowercase());
        assert!(is_told, "{told}");
    }
    assert!(!manual.contains("||"), "an empty cell");
}
