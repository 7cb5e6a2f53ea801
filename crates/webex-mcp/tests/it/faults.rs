//! A Webex that has a bad day: each fault is told honestly, nothing hangs, nothing is done twice.

use serde_json::{Value, json};
use webex_mcp::call::Reply;
use webex_mcp::call::consent::Ask;
use webex_mcp::error::Code;
use webex_mcp::tool::Progress;
use webex_sandbox::Fault;

use crate::world::World;

const DOWNLOAD: &str = "webex-download-file";

async fn file_url(world: &World) -> String {
    let found = world
        .facts(
            "alice",
            "webex-search-messages",
            json!({"roomId": "Project Unicorn", "hasFiles": true, "max": 1}),
        )
        .await;
    world.wire_calls();
    found["messages"][0]["files"][0]
        .as_str()
        .unwrap()
        .to_owned()
}

fn locked(retry_after_secs: u64) -> Fault {
    Fault::Status {
        code: 423,
        retry_after_secs: Some(retry_after_secs),
        html: false,
    }
}

#[tokio::test(crate = "crate::journey", start_paused = true)]
async fn a_file_that_is_being_scanned_is_waited_for_within_the_deadline() {
    let world = World::new();
    let url = file_url(&world).await;
    world.sandbox.faults().next(1, locked(2));
    let file = world
        .facts("alice", DOWNLOAD, json!({"fileUrl": url}))
        .await;
    assert!(file["sizeBytes"].is_u64(), "{file}");
    assert_eq!(world.wire_calls().len(), 2);

    world.sandbox.faults().next(1, locked(3_600));
    let body = world
        .error("alice", DOWNLOAD, json!({"fileUrl": url}), Code::Locked)
        .await;
    assert_eq!(body["retryAfterSeconds"], 3_600);
    assert_eq!(body["retryable"], true);
    assert_eq!(world.wire_calls().len(), 1);
}

// In real time: the journal's thread does not know a paused clock.
#[tokio::test(crate = "crate::journey")]
async fn a_limit_that_ends_soon_is_waited_for_and_one_that_does_not_is_told() {
    let world = World::new();
    let throttled = |seconds| Fault::Status {
        code: 429,
        retry_after_secs: Some(seconds),
        html: true,
    };
    let arguments = json!({"toPersonEmail": "bob@example.com", "text": "once"});
    world.sandbox.faults().next(1, throttled(1));
    world
        .facts("alice", "webex-create-message", arguments.clone())
        .await;
    let posts = world.wire_calls();
    assert_eq!(posts, ["POST /v1/messages", "POST /v1/messages"]);

    world.sandbox.faults().next(1, throttled(600));
    let body = world
        .error(
            "alice",
            "webex-create-message",
            arguments,
            Code::RateLimited,
        )
        .await;
    assert_eq!(body["retryAfterSeconds"], 600);
}

#[tokio::test(crate = "crate::journey", start_paused = true)]
async fn every_fault_of_a_read_has_its_code() {
    let cases = [
        (Fault::InvalidJson, Code::Unavailable),
        (Fault::EmptyBody, Code::Unavailable),
        (Fault::Cut { after_bytes: 40 }, Code::Unavailable),
        (Fault::Hang, Code::Timeout),
        (
            Fault::Status {
                code: 502,
                retry_after_secs: None,
                html: true,
            },
            Code::Unavailable,
        ),
    ];
    for (fault, code) in cases {
        let world = World::new();
        world.sandbox.faults().next(20, fault);
        let body = world
            .error("alice", "webex-get-space", json!({}), code)
            .await;
        let advice = body["advice"].as_str().unwrap();
        assert!(advice.ends_with('.') && advice.len() > 20, "{advice}");
        assert!(!serde_json::to_string(&body).unwrap().contains('<'));
    }
}

#[tokio::test(crate = "crate::journey")]
async fn an_effect_whose_answer_is_lost_is_told_and_not_repeated() {
    let cases = [
        Fault::Late { code: 504 },
        Fault::InvalidJson,
        Fault::EmptyBody,
        Fault::Cut { after_bytes: 10 },
    ];
    for fault in cases {
        let world = World::new();
        world
            .sandbox
            .faults()
            .next_on(9, "POST", "/v1/messages", fault);
        let arguments = json!({"toPersonEmail": "bob@example.com", "text": "once"});
        world
            .error(
                "alice",
                "webex-create-message",
                arguments,
                Code::OutcomeUnknown,
            )
            .await;
        assert_eq!(world.wire_calls(), ["POST /v1/messages"]);
    }
}

#[tokio::test(crate = "crate::journey")]
async fn an_empty_page_in_the_middle_is_followed_on() {
    let world = World::new();
    world.sandbox.faults().next(1, Fault::EmptyPage);
    let spaces = world
        .facts("alice", "webex-get-space", json!({"max": 3}))
        .await;
    assert_eq!(spaces["page"]["returned"], 3, "{spaces}");
}

#[tokio::test(crate = "crate::journey")]
async fn ciphertext_is_never_shown() {
    let world = World::new();
    world.sandbox.faults().next(1, Fault::Undecryptable);
    let spaces = world.facts("alice", "webex-get-space", json!({})).await;
    let shown = serde_json::to_string(&spaces).unwrap();
    assert!(
        !shown.contains("\"title\"") && !shown.contains("\"eyJ"),
        "{shown}"
    );
    assert!(spaces["page"]["returned"].as_u64().unwrap() > 0);
}

/// The notes of a call, in order.
async fn notes(world: &World, tool: &str, arguments: Value) -> Vec<u64> {
    let (progress, mut notes) = Progress::channel();
    let mut call = world.call("alice", tool, arguments, Ask::Nobody);
    call.progress = progress;
    let reply = world.dispatcher.answer(call).await;
    assert!(matches!(reply, Reply::Answer(_)), "{reply:?}");
    let mut done = Vec::new();
    while let Ok(note) = notes.try_recv() {
        done.push(note.done);
    }
    done
}

#[tokio::test(crate = "crate::journey")]
async fn uploads_downloads_and_searches_say_how_far_they_are() {
    let world = World::new();
    let url = file_url(&world).await;
    let calls = [
        (DOWNLOAD, json!({"fileUrl": url})),
        (
            "webex-search-messages",
            json!({"roomId": "Project Unicorn", "query": "no such words at all"}),
        ),
        (
            "webex-upload-file",
            json!({"roomId": "Project Unicorn", "fileName": "notes.txt", "content": "bm90ZXM="}),
        ),
    ];
    for (tool, arguments) in calls {
        let done = notes(&world, tool, arguments).await;
        assert!(!done.is_empty(), "{tool}");
        assert!(done.is_sorted(), "{tool}: {done:?}");
    }
}
