//! Tests of workflows that ask at their end whether to do again what may have been done.

use serde_json::{Value, json};
use webex_sandbox::Fault;

use crate::tools::check::{World, with};

/// The rest of a work that asks, once its owner has agreed.
pub async fn agreed(world: &World, (who, tool): (&str, &str), asked: &Value) -> Value {
    assert_eq!(asked["status"], "input_required", "{asked}");
    let look = json!({"workId": asked["workId"]});
    let looked = world.call(who, tool, look.clone()).await.unwrap();
    let line = format!("> {}", asked["question"].as_str().unwrap());
    assert!(
        looked.text.lines().any(|one| one == line),
        "{}",
        looked.text
    );
    let token = looked.facts.to_value()["confirmationToken"].take();
    let over = world.facts(who, tool, with(look, "confirmationToken", token));
    over.await
}

fn question(what: &str) -> Value {
    let text = format!(
        "For 1 of 2 it is not known whether it was done: {what}. Do it again? It may then be done twice."
    );
    json!(text)
}

/// The second of these requests is answered so.
fn second(world: &World, (method, path): (&str, &str), fault: Fault) {
    let faults = world.sandbox.faults();
    faults.next_on(1, method, path, Fault::Slow { delay_ms: 0 });
    faults.next_on(1, method, path, fault);
}

/// Done although it did not look so, and not done.
fn lost() -> [Fault; 2] {
    [Fault::Late { code: 504 }, Fault::status(504)]
}

#[tokio::test]
async fn members_are_added_in_the_end() {
    const SYNC: (&str, &str) = ("alice", "webex-sync-memberships");
    for fault in lost() {
        let world = World::new();
        let room = json!({"title": "Launch"});
        let room = world.facts("alice", "webex-create-space", room).await;
        second(&world, ("POST", "/v1/memberships"), fault);
        let both = json!({"roomId": room["id"],
            "emails": ["bob@example.com", "carol@example.com"]});
        let asked = world.facts(SYNC.0, SYNC.1, both).await;
        assert_eq!(asked["question"], question("“carol@example.com”"));
        let over = agreed(&world, SYNC, &asked).await;
        assert_eq!(
            (&over["added"], &over["failed"]),
            (&json!(2), &json!(0)),
            "{over}"
        );
    }
}

#[tokio::test]
async fn spaces_are_closed_in_the_end_and_exported_once() {
    const ARCHIVE: (&str, &str) = ("alice", "webex-archive-spaces");
    for fault in lost() {
        let world = World::new().with_files().await;
        for title in ["Old 0", "Old 1"] {
            let made = json!({"title": title});
            world.facts("alice", "webex-create-space", made).await;
        }
        let hour = std::time::Duration::from_secs(60 * 60);
        world.sandbox.clock().advance(hour);
        let rule =
            json!({"inactiveSince": "2026-01-05T09:30:00Z", "title": "old ", "then": "delete"});
        let plan = world.facts(ARCHIVE.0, ARCHIVE.1, rule).await;
        second(&world, ("DELETE", "/v1/rooms*"), fault);
        let apply = json!({"planId": plan["planId"]});
        let asked = world.confirmed(ARCHIVE.0, ARCHIVE.1, apply).await;
        assert_eq!(asked["question"], question("“Old 1”"));
        world.sandbox.faults().forget_calls();
        let over = agreed(&world, ARCHIVE, &asked).await;
        assert_eq!(
            (&over["archived"], &over["kept"]),
            (&json!(2), &json!(0)),
            "{over}"
        );
        assert!(over["spaces"][1]["artifactId"].is_string(), "{over}");
        let calls = world.sandbox.faults().calls();
        assert!(
            calls.iter().all(|call| call.path != "/v1/messages"),
            "{calls:?}"
        );
    }
}

#[tokio::test]
async fn accounts_are_changed_in_the_end() {
    const UPDATE: (&str, &str) = ("ada", "webex-update-person");
    for fault in lost() {
        let world = World::new();
        second(&world, ("PUT", "/v1/people/*"), fault);
        let csv = "email,title\nbob@example.com,Lead\ncarol@example.com,Lead\n";
        let asked = world.facts(UPDATE.0, UPDATE.1, json!({"csv": csv})).await;
        assert_eq!(asked["question"], question("“carol@example.com”"));
        let over = agreed(&world, UPDATE, &asked).await;
        assert_eq!(
            (&over["changed"], &over["failed"]),
            (&json!(2), &json!(0)),
            "{over}"
        );
    }
}
