//! The example prompts of the gateway's guide: for each the calls that do it, and what is then true in
//! the world. `prompts.json` says both; `play.rs` describes its language.

use serde_json::{Value, json};

use crate::play::{Play, file, list, text};

fn journeys() -> Vec<Value> {
    file("tests/it/prompts.json")
}

#[tokio::test(crate = "crate::journey")]
async fn every_prompt_is_done_and_true() {
    let mut wrong = Vec::new();
    for journey in &journeys() {
        if let Err(why) = Play::new(journey).await.run().await {
            wrong.push(format!("{}: {why}", text(journey, "id")));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_prompt_that_needs_no_workflow_has_a_journey_with_one_of_its_tools() {
    let journeys = journeys();
    let mut played = journeys.iter();
    for prompt in file("../../evals/prompts.json") {
        if prompt["workflow"] == true {
            continue;
        }
        let id = text(&prompt, "id");
        let journey = played.next().unwrap_or(&Value::Null);
        assert_eq!(text(journey, "id"), id, "in the order of the prompts");
        let serves = |step: &Value| prompt["tools"].get(text(step, "tool")).is_some();
        let calls = list(journey, "calls");
        assert!(calls.iter().any(serves), "{id}: {calls:?}");
        assert!(!list(journey, "then").is_empty(), "{id}");
    }
    assert_eq!(played.next(), None);
}

#[tokio::test(crate = "crate::journey")]
async fn a_journey_that_does_nothing_or_knows_too_much_is_caught() {
    let call = json!({"tool": "webex-get-space", "arguments": {"roomId": "Engineering"}});
    let title = json!({"get": "/rooms/{room:Engineering}", "path": "/title", "is": "Engineering"});
    let other = json!({"answer": "1", "path": "/spaces/0/title", "is": "Design"});
    let by_id = json!({"tool": "webex-get-space", "arguments": {"roomId": "{room:Engineering}"}});
    for (calls, check, reads, caught) in [
        (&call, &title, true, "hold before"),
        (&call, &other, true, "Engineering"),
        (&call, &other, false, "it wrote []"),
        (&by_id, &other, true, "nothing says {room:Engineering}"),
    ] {
        let journey = json!({"as": "alice", "reads": reads, "calls": [calls], "then": [check]});
        let why = Play::new(&journey).await.run().await.unwrap_err();
        assert!(why.contains(caught), "{why}");
    }
}
