//! Long work as hostile or hurried callers meet it: the same key, the same confirmation, the same
//! plan again, and by way of the general tools.

use std::time::Duration;

use serde_json::{Value, json};
use webex_mcp::call::Reply;
use webex_mcp::call::consent::Ask;
use webex_mcp::error::Code;
use webex_mcp::servers::{self, AskBefore, Otherwise};
use webex_sandbox::RateLimit;

use crate::world::World;

const BROADCAST: &str = "webex-broadcast-message";

/// How often Alice has told Bob this.
async fn told_bob(world: &World, text: &str) -> usize {
    let asked = json!({"personEmail": "bob@example.com", "max": 100});
    let listed = world.facts("alice", "webex-get-message", asked).await;
    listed.to_string().matches(text).count()
}

#[tokio::test(crate = "crate::journey")]
async fn the_same_key_sends_a_broadcast_once() {
    let world = World::new().with_every_tool();
    let keyed = async |text: &str| {
        let asked = json!({"toPersonEmails": ["bob@example.com"], "text": text});
        let mut call = world.call("alice", BROADCAST, asked, Ask::Nobody);
        call.key = Some("key-1".to_owned());
        world.dispatcher.answer(call).await
    };
    let (Reply::Answer(first), Reply::Answer(again)) = (keyed("once").await, keyed("once").await)
    else {
        panic!("it was refused");
    };
    let (first, again) = (first.facts.to_value(), again.facts.to_value());
    assert_eq!(first["deliveries"], again["deliveries"]);
    assert_eq!(again["replayed"], true);
    assert_eq!(told_bob(&world, "once").await, 1);
    match keyed("other").await {
        Reply::Failed(error) => assert_eq!(error.code, Code::Conflict),
        other => panic!("{other:?}"),
    }
    assert_eq!(told_bob(&world, "other").await, 0);
}

#[tokio::test(crate = "crate::journey")]
async fn a_confirmation_applies_a_plan_once() {
    let mut world = World::new().with_every_tool();
    let dry = json!({"toPersonEmails": ["bob@example.com"], "text": "agreed", "dryRun": true});
    let plan = world.facts("alice", BROADCAST, dry).await;
    world.set_confirmation(AskBefore::Write, Otherwise::Token);
    let mut apply = json!({"planId": plan["planId"]});
    let asked = world
        .error(
            "alice",
            BROADCAST,
            apply.clone(),
            Code::ConfirmationRequired,
        )
        .await;
    assert_eq!(told_bob(&world, "agreed").await, 0);
    apply["confirmationToken"] = asked["confirmationToken"].clone();
    let sent = world.facts("alice", BROADCAST, apply.clone()).await;
    assert_eq!(sent["sent"], 1, "{sent}");
    world.error("alice", BROADCAST, apply, Code::Conflict).await;
    assert_eq!(told_bob(&world, "agreed").await, 1);
}

#[tokio::test(crate = "crate::journey")]
async fn a_work_is_looked_at_through_the_general_tools_by_its_owner_alone() {
    let mut world = World::new();
    let mut all = servers::all().into_iter();
    world.server = all.find(|server| &*server.slug == "webex-compact").unwrap();
    let through = |arguments: Value| json!({"tool": BROADCAST, "arguments": arguments});
    let dry = json!({"toPersonEmails": ["bob@example.com"], "text": "compact", "dryRun": true});
    let plan = world.facts("alice", "webex-use-tool", through(dry)).await;
    let apply = through(json!({"planId": plan["result"]["planId"]}));
    for (who, code) in [("bob", Code::NotFound), ("alice", Code::Conflict)] {
        if who == "alice" {
            let sent = world.facts(who, "webex-use-tool", apply.clone()).await;
            assert_eq!(sent["result"]["sent"], 1, "{sent}");
        }
        world
            .error(who, "webex-use-tool", apply.clone(), code)
            .await;
    }
    let reply = world.reply("alice", "webex-use-tool", apply, Ask::Nobody);
    let Reply::Failed(error) = reply.await else {
        panic!("it was applied again");
    };
    let work = error
        .advice
        .split_whitespace()
        .find(|word| word.len() == 36);
    let look = through(json!({"workId": work.unwrap()}));
    let looked = world.facts("alice", "webex-use-tool", look.clone()).await;
    assert_eq!(looked["result"]["sent"], 1, "{looked}");
    world
        .error("bob", "webex-use-tool", look, Code::NotFound)
        .await;
}

/// Answers of 429 since the last time somebody asked.
fn refusals(world: &World) -> usize {
    let calls = world.sandbox.faults().calls();
    world.sandbox.faults().forget_calls();
    calls.iter().filter(|call| call.status == Some(429)).count()
}

/// Addresses of people, made up where there are not enough.
fn addresses(count: usize) -> Vec<String> {
    let address = |number| format!("person{number}@example.com");
    (0..count).map(address).collect()
}

#[tokio::test(crate = "crate::journey")]
async fn what_webex_asks_of_one_work_holds_for_the_others_and_not_for_calls() {
    let world = World::today().with_every_tool();
    let limit = RateLimit {
        requests: 40,
        per_secs: 1,
    };
    world.sandbox.rate_limits().set(Some(limit));
    refusals(&world);
    let planned = |text: &str| {
        let to = addresses(10);
        json!({"toPersonEmails": to, "text": text})
    };
    let works = async |texts: [&'static str; 3]| {
        let mut ended = Vec::new();
        for text in texts {
            ended.push(world.facts("alice", BROADCAST, planned(text)).await);
        }
        ended
    };
    let call = async {
        tokio::time::sleep(Duration::from_millis(200)).await;
        let message = json!({"toPersonEmail": "bob@example.com", "text": "in between"});
        world.facts("alice", "webex-create-message", message).await
    };
    let (one, two, sent) = tokio::join!(works(["a", "b", "c"]), works(["d", "e", "f"]), call);
    assert!(sent["id"].is_string(), "{sent}");
    for facts in one.iter().chain(&two) {
        assert_eq!(facts["status"], "finished", "{facts}");
        assert!(!facts.to_string().contains("rate"), "{facts}");
    }
    // Each of the three was refused at most once: when none of them knew yet.
    let refused = refusals(&world);
    assert!((1..=3).contains(&refused), "{refused}");
}

#[tokio::test(crate = "crate::journey")]
async fn five_hundred_messages_are_sent_and_nobody_sees_a_refusal() {
    let world = World::today().with_every_tool();
    let limit = RateLimit {
        requests: 450,
        per_secs: 2,
    };
    world.sandbox.rate_limits().set(Some(limit));
    let all = json!({"toPersonEmails": addresses(500), "text": "to all"});
    let plan = world.facts("alice", BROADCAST, all).await;
    let told = json!({"planId": plan["planId"]});
    let told = world.facts("alice", BROADCAST, told).await;
    assert_eq!(told["status"], "finished");
    assert_eq!(told["deliveries"].as_array().unwrap().len(), 500);
    assert!(!told.to_string().contains("rate"), "{told}");
    assert!(refusals(&world) <= 1);
}
