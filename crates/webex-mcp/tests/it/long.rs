//! Long work as hostile or hurried callers meet it: the same key, the same confirmation, the same
//! plan again, and by way of the general tools.

use std::time::Duration;

use futures::future::BoxFuture;
use serde_json::{Value, json};
use webex_mcp::call::Reply;
use webex_mcp::call::consent::{Ask, Elicit, Form, Response, Round};
use webex_mcp::error::{CallError, Code};
use webex_mcp::servers::{self, AskBefore, Catalogue, Definition, Otherwise, ServerLimits};
use webex_sandbox::{Fault, RateLimit};

use crate::world::{Says, World, accepted, error_of};

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
async fn a_no_to_a_plan_is_the_last_word_of_that_question() {
    let mut world = World::new().with_every_tool();
    let to = json!({"toPersonEmails": ["bob@example.com"], "text": "refused"});
    let mut dry = to.clone();
    dry["dryRun"] = json!(true);
    let plan = world.facts("alice", BROADCAST, dry).await;
    world.set_confirmation(AskBefore::Write, Otherwise::Token);
    // As a plan, and at once.
    for asked in [json!({"planId": plan["planId"]}), to] {
        let answered = async |state: &str, response: Response| {
            let ask = round(state, Some(response));
            world.reply("alice", BROADCAST, asked.clone(), ask).await
        };
        for no in [
            Response::Declined,
            Response::Cancelled,
            accepted(json!({"confirm": false})),
        ] {
            let (_, state) = form(&world, &asked, rounds()).await;
            error_of(answered(&state, no).await, Code::Declined);
            error_of(answered(&state, yes()).await, Code::InvalidArguments);
        }
        posts(&world);
        let (_, state) = form(&world, &asked, rounds()).await;
        assert_eq!(facts(answered(&state, yes()).await)["sent"], 1);
        assert_eq!(posts(&world), 1);
        let again = answered(&state, yes()).await;
        assert!(matches!(again, Reply::Failed(_)), "{again:?}");
        assert_eq!(posts(&world), 0);
    }
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
async fn a_work_that_waits_for_webex_says_so_and_for_how_long() {
    let world = World::hurried().with_every_tool();
    let fault = Fault::Status {
        code: 429,
        retry_after_secs: Some(600),
        html: false,
    };
    world.sandbox.faults().next(1, fault);
    let limited = Code::RateLimited;
    world
        .error("bob", "webex-get-space", json!({}), limited)
        .await;
    let asked = json!({"toPersonEmails": ["alice@example.com"], "text": "later"});
    // The same call again is told of the same work.
    let mut told = Value::Null;
    for _ in 0..2 {
        told = world.facts("bob", BROADCAST, asked.clone()).await;
        assert_eq!(told["status"], "running", "{told}");
        let left = told["secondsLeft"].as_u64().unwrap();
        assert!((590..=601).contains(&left), "{told}");
    }
    let stop = json!({"workId": told["workId"], "cancel": true});
    let _stopped = world.reply("bob", BROADCAST, stop, Ask::Nobody).await;
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

const ONE_LOST: &str = "For 1 of 3 it is not known whether it was done: “carol@example.com”. Do it again? It may then be done twice.";

/// What Alice is told of a broadcast, where the answer to the second message is lost.
async fn begun(world: &World, text: &str, ask: Ask) -> Value {
    let faults = world.sandbox.faults();
    faults.next_on(1, "POST", "/v1/messages", Fault::Slow { delay_ms: 0 });
    faults.next_on(1, "POST", "/v1/messages", Fault::status(504));
    let to = ["bob@example.com", "carol@example.com", "dave@example.com"];
    let asked = json!({"toPersonEmails": to, "text": text});
    facts(world.reply("alice", BROADCAST, asked, ask).await)
}

/// The work of such a broadcast, which asks.
async fn asking(world: &World, text: &str, ask: Ask) -> Value {
    let told = begun(world, text, ask).await;
    assert_eq!(
        (&told["status"], &told["question"], &told["done"]),
        (&json!("input_required"), &json!(ONE_LOST), &json!(3)),
        "{told}"
    );
    json!({"workId": told["workId"]})
}

fn facts(reply: Reply) -> Value {
    match reply {
        Reply::Answer(answer) => answer.facts.to_value(),
        other => panic!("{other:?}"),
    }
}

fn rounds() -> Ask {
    Ask::Rounds { previous: None }
}

/// The form that a look is answered with, and its state.
async fn form(world: &World, look: &Value, ask: Ask) -> (Form, String) {
    match world.reply("alice", BROADCAST, look.clone(), ask).await {
        Reply::Ask { form, state } => (form, state),
        other => panic!("{other:?}"),
    }
}

fn round(state: &str, response: Option<Response>) -> Ask {
    let state = state.to_owned();
    Ask::Rounds {
        previous: Some(Round { state, response }),
    }
}

fn posts(world: &World) -> usize {
    let calls = world.wire_calls();
    let posts = calls.iter().filter(|call| *call == "POST /v1/messages");
    posts.count()
}

fn yes() -> Response {
    accepted(json!({"confirm": true}))
}

#[tokio::test(crate = "crate::journey")]
async fn a_work_is_answered_in_rounds_once() {
    let world = World::today().with_every_tool();
    let look = asking(&world, "rounds", rounds()).await;
    let (asked, state) = form(&world, &look, rounds()).await;
    assert_eq!(asked.message, ONE_LOST);
    assert_eq!(asked.schema["properties"]["confirm"]["type"], "boolean");
    // No answer, or one to another form: it is asked anew.
    for response in [None, Some(accepted(json!({"choice": "1"})))] {
        let (again, _) = form(&world, &look, round(&state, response)).await;
        assert_eq!(again, asked);
    }
    let reply = |who: &'static str, ask| world.reply(who, BROADCAST, look.clone(), ask);
    // The state is Alice's, and for this work.
    let foreign = reply("bob", round(&state, Some(yes()))).await;
    assert!(matches!(foreign, Reply::Failed(error) if error.code == Code::NotFound));
    let other = asking(&world, "rounds too", rounds()).await;
    let foreign = world.reply(
        "alice",
        BROADCAST,
        other.clone(),
        round(&state, Some(yes())),
    );
    let foreign = foreign.await;
    assert!(matches!(foreign, Reply::Failed(error) if error.code == Code::InvalidArguments));
    posts(&world);
    let over = facts(reply("alice", round(&state, Some(yes()))).await);
    assert_eq!(
        (&over["status"], &over["sent"]),
        (&json!("finished"), &json!(3)),
        "{over}"
    );
    // Whoever answers twice only looks.
    let no = round(&state, Some(Response::Declined));
    assert_eq!(facts(reply("alice", no).await), over);
    assert_eq!(posts(&world), 1);
    let (_, state) = form(&world, &other, rounds()).await;
    let no = round(&state, Some(Response::Declined));
    let over = facts(world.reply("alice", BROADCAST, other, no).await);
    assert_eq!(
        (&over["status"], &over["deliveries"][1]["became"]),
        (&json!("finished"), &json!("unknown")),
        "{over}"
    );
    assert_eq!(posts(&world), 0);
}

/// A client that could not show the question.
#[derive(Debug)]
struct Fails;

impl Elicit for Fails {
    fn ask<'a>(&'a self, _form: &'a Form) -> BoxFuture<'a, Result<Response, CallError>> {
        Box::pin(async { Err(CallError::new(Code::Declined, "Not in time.", "Ask again.")) })
    }
}

/// A user who leaves the question open.
#[derive(Debug)]
struct Silent;

impl Elicit for Silent {
    fn ask<'a>(&'a self, _form: &'a Form) -> BoxFuture<'a, Result<Response, CallError>> {
        Box::pin(std::future::pending())
    }
}

#[tokio::test(crate = "crate::journey")]
async fn a_work_is_answered_on_a_session_by_a_call_that_looks() {
    let world = World::today().with_every_tool();
    let session = |says: Response| Ask::Session(Box::new(Says(says)));
    let look = asking(&world, "session", session(yes())).await;
    // Nobody saw it, or somebody left: it stays open.
    let unseen = Ask::Session(Box::new(Fails));
    let told = facts(world.reply("alice", BROADCAST, look.clone(), unseen).await);
    assert_eq!(told["status"], "input_required", "{told}");
    let call = world.call(
        "alice",
        BROADCAST,
        look.clone(),
        Ask::Session(Box::new(Silent)),
    );
    let cancel = call.cancel.clone();
    let (left, ()) = tokio::join!(world.dispatcher.answer(call), async {
        tokio::task::yield_now().await;
        cancel.cancel();
    });
    assert!(matches!(left, Reply::Failed(error) if error.code == Code::Cancelled));
    let over = world.reply("alice", BROADCAST, look, session(yes())).await;
    assert_eq!(facts(over)["sent"], 3);
    assert_eq!(posts(&world), 4);
}

#[tokio::test(crate = "crate::journey")]
async fn a_work_is_answered_by_a_token_where_the_server_takes_one() {
    let world = World::today().with_every_tool();
    let look = asking(&world, "token", Ask::Nobody).await;
    // The same call again is the same work.
    let same = begun(&world, "token", Ask::Nobody).await;
    assert_eq!(
        (&same["workId"], &same["status"]),
        (&look["workId"], &json!("input_required"))
    );
    world.sandbox.faults().clear();
    let told = world.answer("alice", BROADCAST, look.clone()).await;
    assert!(
        told.text.contains(&format!("\n> {ONE_LOST}\n")),
        "{}",
        told.text
    );
    let told = told.facts.to_value();
    let token = told["confirmationToken"].as_str().unwrap().to_owned();
    let with = |token: &str| json!({"workId": look["workId"], "confirmationToken": token});
    let forged = format!("{token}A");
    for (who, token, code) in [
        ("alice", &forged, Code::InvalidArguments),
        ("bob", &token, Code::NotFound),
    ] {
        world.error(who, BROADCAST, with(token), code).await;
    }
    let other = asking(&world, "token too", Ask::Nobody).await;
    let mut foreign = other.clone();
    foreign["confirmationToken"] = json!(token);
    world
        .error("alice", BROADCAST, foreign, Code::InvalidArguments)
        .await;
    posts(&world);
    let over = world.facts("alice", BROADCAST, with(&token)).await;
    assert_eq!(
        (&over["status"], &over["sent"]),
        (&json!("finished"), &json!(3)),
        "{over}"
    );
    // Used up: a look, like one with any other token.
    for token in [&token, &forged] {
        assert_eq!(world.facts("alice", BROADCAST, with(token)).await, over);
    }
    assert_eq!(posts(&world), 1);
    let mut stop = other;
    stop["cancel"] = json!(true);
    let over = world.facts("alice", BROADCAST, stop).await;
    assert_eq!(over["status"], "cancelled", "{over}");
}

#[tokio::test(crate = "crate::journey")]
async fn where_nobody_could_answer_a_work_does_not_ask() {
    let mut world = World::today();
    let mut all = servers::all().into_iter();
    world.server = all
        .find(|server| &*server.slug == "webex-workflows")
        .unwrap();
    let asking = asking(&world, "elsewhere", rounds()).await;
    // This server takes no tokens; its works are those of the other.
    world.set_confirmation(AskBefore::Write, Otherwise::Refuse);
    let told = world.answer("alice", BROADCAST, asking.clone()).await;
    assert!(
        told.text.contains("cannot show it to the user"),
        "{}",
        told.text
    );
    let told = told.facts.to_value();
    assert_eq!(
        (&told["status"], &told["confirmationToken"]),
        (&json!("input_required"), &Value::Null)
    );
    // Its answer counts from another server too.
    let (_, state) = form(&world, &asking, rounds()).await;
    let answered = round(&state, Some(yes()));
    let over = facts(world.reply("alice", BROADCAST, asking, answered).await);
    assert_eq!(over["sent"], 3, "{over}");
    // A client of such a server that shows no forms.
    world.set_confirmation(AskBefore::Never, Otherwise::Refuse);
    let told = begun(&world, "nobody", Ask::Nobody).await;
    assert_eq!(
        (&told["status"], &told["deliveries"][1]["became"]),
        (&json!("finished"), &json!("unknown")),
        "{told}"
    );
}

#[tokio::test(crate = "crate::journey")]
async fn a_work_that_asks_takes_no_place_and_keeps_no_server_waiting() {
    let mut world = World::today();
    let definition = Definition {
        limits: ServerLimits {
            concurrent_calls: Some(1),
            ..ServerLimits::default()
        },
        ..Definition::new("webex", "Webex")
    };
    world.server = Catalogue::whole().serve(&definition, Otherwise::Token);
    let answered = asking(&world, "answered", Ask::Nobody).await;
    let told = world.facts("alice", BROADCAST, answered.clone()).await;
    let mut yes = answered;
    yes["confirmationToken"] = told["confirmationToken"].clone();
    let over = world.facts("alice", BROADCAST, yes).await;
    assert_eq!(over["sent"], 3, "{over}");
    let look = asking(&world, "drained", Ask::Nobody).await;
    let began = tokio::time::Instant::now();
    world.dispatcher.drain(Duration::from_secs(25)).await;
    assert!(began.elapsed() < Duration::from_secs(5));
    let over = world.facts("alice", BROADCAST, look).await;
    assert_eq!(over["deliveries"][1]["became"], "unknown", "{over}");
}
