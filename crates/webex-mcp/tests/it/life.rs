//! A call in time: people who think, callers who leave, calls that come twice, a server that stops.

use std::time::Duration;

use futures::future::BoxFuture;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tokio::task::JoinHandle;
use webex::messages;
use webex_mcp::call::consent::{Ask, Elicit, Form, Response};
use webex_mcp::call::delivery::{Delivered, receipt};
use webex_mcp::call::{Call, Reply};
use webex_mcp::error::{CallError, Code, Details, Page};
use webex_mcp::servers::{AskBefore, Catalogue, Definition, Otherwise};
use webex_mcp::tool::{Context, Entry, Lines, Policy, Render, Tool};
use webex_sandbox::Fault;

use crate::world::{Says, World, accepted, error_of};

const CREATE: &str = "webex-create-message";
const DELETE: &str = "webex-delete-space";

/// A person who takes their time.
#[derive(Debug)]
struct Thinks(Duration, Response);

impl Elicit for Thinks {
    fn ask<'a>(&'a self, _form: &'a Form) -> BoxFuture<'a, Result<Response, CallError>> {
        Box::pin(async {
            // Only the thinking is skipped: the journal's thread knows no paused clock.
            tokio::time::pause();
            tokio::time::sleep(self.0).await;
            tokio::time::resume();
            Ok(self.1.clone())
        })
    }
}

/// A person who never answers.
#[derive(Debug)]
struct Silent;

impl Elicit for Silent {
    fn ask<'a>(&'a self, _form: &'a Form) -> BoxFuture<'a, Result<Response, CallError>> {
        Box::pin(std::future::pending())
    }
}

fn yes() -> Response {
    accepted(json!({"confirm": true}))
}

fn note(text: &str) -> Value {
    json!({"toPersonEmail": "bob@example.com", "text": text})
}

fn posts(world: &World) -> usize {
    let calls = world.wire_calls();
    calls.iter().filter(|call| call.starts_with("POST")).count()
}

/// What befalls the next message that is posted.
fn next_post(world: &World, fault: Fault) {
    let faults = world.sandbox.faults();
    faults.next_on(1, "POST", "/v1/messages", fault);
}

/// Starts a call, and comes back once it has asked Webex so many times.
async fn asked(world: &World, call: Call, times: usize) -> JoinHandle<Reply> {
    let dispatcher = world.dispatcher.clone();
    let answering = tokio::spawn(async move { dispatcher.answer(call).await });
    while world.sandbox.faults().calls().len() < times {
        tokio::task::yield_now().await;
    }
    answering
}

async fn space(world: &World) -> Value {
    let title = json!({"title": "Short-lived"});
    let made = world.facts("alice", "webex-create-space", title).await;
    world.wire_calls();
    json!({"roomId": made["id"]})
}

#[tokio::test(crate = "crate::journey")]
async fn a_person_has_five_minutes_and_the_run_its_whole_deadline_afterwards() {
    let world = World::new();
    let it = space(&world).await;
    let slow = Fault::Slow { delay_ms: 50 };
    world
        .sandbox
        .faults()
        .next_on(1, "DELETE", "/v1/rooms/*", slow);
    let ask = Ask::Session(Box::new(Thinks(Duration::from_secs(299), yes())));
    let done = world.reply("alice", DELETE, it, ask).await;
    assert!(matches!(done, Reply::Answer(_)), "{done:?}");
}

#[tokio::test(crate = "crate::journey")]
async fn nothing_is_charged_or_refused_after_a_yes() {
    let world = World::new().with_calls_per_minute(2);
    let it = space(&world).await;
    let ask = Ask::Session(Box::new(Says(yes())));
    let done = world.reply("alice", DELETE, it.clone(), ask).await;
    assert!(matches!(done, Reply::Answer(_)), "{done:?}");
    // The minute is used up, for a name that there is not as for any other.
    for tool in ["webex-get-space", "webex-no-such-tool"] {
        world
            .error("alice", tool, json!({}), Code::RateLimited)
            .await;
    }

    let world = World::new().with_calls_per_minute(2);
    let it = space(&world).await;
    let asked = world
        .error("alice", DELETE, it.clone(), Code::ConfirmationRequired)
        .await;
    let mut confirmed = it;
    confirmed["confirmationToken"] = asked["confirmationToken"].clone();
    world.facts("alice", DELETE, confirmed).await;
}

#[tokio::test(crate = "crate::journey")]
async fn a_name_that_there_is_not_is_charged_like_a_call() {
    let world = World::new().with_calls_per_minute(1);
    let none = "webex-no-such-tool";
    world.error("alice", none, json!({}), Code::NotFound).await;
    world
        .error("alice", none, json!({}), Code::RateLimited)
        .await;
}

#[tokio::test(crate = "crate::journey")]
async fn only_so_many_questions_of_one_person_are_open() {
    let world = World::new();
    let it = space(&world).await;
    let waiting: Vec<_> = (0..16)
        .map(|_| {
            let call = world.call("alice", DELETE, it.clone(), Ask::Session(Box::new(Silent)));
            let dispatcher = world.dispatcher.clone();
            tokio::spawn(async move { dispatcher.answer(call).await })
        })
        .collect();
    // Each of them has reached its question once a further one is refused.
    let refused = loop {
        tokio::task::yield_now().await;
        let now = Ask::Session(Box::new(Says(Response::Declined)));
        match world.reply("alice", DELETE, it.clone(), now).await {
            Reply::Failed(error) if error.code == Code::Declined => {}
            other => break other,
        }
    };
    error_of(refused, Code::RateLimited);
    // Everything else of hers still has a place, and so has everybody else.
    world
        .facts("alice", "webex-get-space", json!({"max": 1}))
        .await;
    for task in waiting {
        task.abort();
    }
}

#[tokio::test(crate = "crate::journey")]
async fn an_effect_runs_to_its_end_though_its_caller_left() {
    let world = World::new();
    let slow = Fault::Slow { delay_ms: 50 };
    next_post(&world, slow);
    let mut call = world.call("alice", CREATE, note("once"), Ask::Nobody);
    let (receipt, delivered) = receipt();
    call.delivered = delivered;
    let cancel = call.cancel.clone();
    let answering = asked(&world, call, 1).await;
    drop(receipt);
    cancel.cancel();
    answering.abort();
    let _ = answering.await;

    // The same call again gets what was done, once, and says so; nothing is posted for it.
    let again = world.facts("alice", CREATE, note("once")).await;
    assert_eq!(again["replayed"], true, "{again}");
    assert!(
        again["id"].is_string() && again["note"].is_string(),
        "{again}"
    );
    assert_eq!(posts(&world), 1);
    // It has arrived, which is written down a moment later.
    tokio::time::sleep(Duration::from_millis(5)).await;
    world.dispatcher.settled().await;
    let wanted_again = world.facts("alice", CREATE, note("once")).await;
    assert_eq!(wanted_again["replayed"], Value::Null);
    assert_eq!(posts(&world), 1);
}

#[tokio::test(crate = "crate::journey")]
async fn an_outcome_that_was_not_delivered_is_only_its_callers() {
    let world = World::new();
    let mut call = world.call("alice", CREATE, note("mine"), Ask::Nobody);
    let (receipt, delivered) = receipt();
    call.delivered = delivered;
    drop(receipt);
    world.dispatcher.answer(call).await;
    world.dispatcher.settled().await;
    for (who, arguments) in [("harold", note("mine")), ("alice", note("other"))] {
        let new = world.facts(who, CREATE, arguments).await;
        assert_eq!(new["replayed"], Value::Null, "{who}");
    }
    let mut elsewhere = world.call("alice", CREATE, note("mine"), Ask::Nobody);
    elsewhere.caller.client = Some("another client".into());
    let Reply::Answer(new) = world.dispatcher.answer(elsewhere).await else {
        panic!("an answer");
    };
    assert_eq!(new.facts.to_value()["replayed"], Value::Null);
    let again = world.facts("alice", CREATE, note("mine")).await;
    assert_eq!(again["replayed"], true);
}

#[tokio::test(crate = "crate::journey")]
async fn the_same_call_waits_until_an_outcome_has_arrived_and_is_then_a_new_one() {
    let world = World::new();
    let unread = async || {
        let mut call = world.call("alice", CREATE, note("mine"), Ask::Nobody);
        let (receipt, delivered) = receipt();
        call.delivered = delivered;
        let Reply::Answer(answer) = world.dispatcher.answer(call).await else {
            panic!("an answer");
        };
        (answer.facts.to_value()["replayed"].clone(), receipt)
    };
    drop(unread().await);
    world.dispatcher.settled().await;
    let (replayed, receipt) = unread().await;
    assert_eq!(replayed, true);
    let again = world.facts("alice", CREATE, note("mine"));
    let (again, ()) = tokio::join!(again, async { receipt.confirm() });
    assert_eq!(again["replayed"], Value::Null);
    assert_eq!(posts(&world), 2);
}

#[tokio::test(crate = "crate::journey")]
async fn who_hangs_up_and_calls_again_at_once_makes_one_effect() {
    let world = World::new();
    next_post(&world, Fault::Slow { delay_ms: 60 });
    let mut call = world.call("alice", CREATE, note("once"), Ask::Nobody);
    let (receipt, delivered) = receipt();
    call.delivered = delivered;
    let first = asked(&world, call, 1).await;
    // The new call is seen before the end of the old connection.
    let again = world.facts("alice", CREATE, note("once"));
    let (again, ()) = tokio::join!(again, async { drop(receipt) });
    assert_eq!(again["replayed"], true);
    first.await.unwrap();
    assert_eq!(posts(&world), 1);
}

#[tokio::test(crate = "crate::journey")]
async fn two_callers_who_are_there_make_two_effects() {
    let world = World::new();
    let calls = (0..2).map(|_| world.facts("alice", CREATE, note("twice")));
    let answers = futures::future::join_all(calls).await;
    assert_ne!(answers[0]["id"], answers[1]["id"]);
}

#[tokio::test(crate = "crate::journey")]
async fn one_principal_of_several_people_gets_nobody_elses_outcome() {
    let world = World::new();
    for _ in 0..2 {
        let mut call = world.call("alice", CREATE, note("shared"), Ask::Nobody);
        call.caller.is_shared = true;
        let (receipt, delivered) = receipt();
        call.delivered = delivered;
        drop(receipt);
        let Reply::Answer(answer) = world.dispatcher.answer(call).await else {
            panic!("an answer");
        };
        assert_eq!(answer.facts.to_value()["replayed"], Value::Null);
        world.dispatcher.settled().await;
    }
    assert_eq!(posts(&world), 2);
}

async fn keyed(world: &World, key: &str, arguments: Value) -> Reply {
    let mut call = world.call("alice", CREATE, arguments, Ask::Nobody);
    call.key = Some(key.to_owned());
    world.dispatcher.answer(call).await
}

#[tokio::test(crate = "crate::journey")]
async fn one_key_is_one_effect() {
    let world = World::new();
    let Reply::Answer(first) = keyed(&world, "k1", note("keyed")).await else {
        panic!("an answer");
    };
    for _ in 0..2 {
        let Reply::Answer(again) = keyed(&world, "k1", note("keyed")).await else {
            panic!("an answer");
        };
        assert_eq!(again.facts.to_value()["id"], first.facts.to_value()["id"]);
        assert_eq!(again.facts.to_value()["replayed"], true);
    }
    error_of(keyed(&world, "k1", note("changed")).await, Code::Conflict);
    assert_eq!(posts(&world), 1);
}

#[tokio::test(crate = "crate::journey")]
async fn calls_with_one_key_at_the_same_time_are_one_effect() {
    let world = World::new();
    let slow = Fault::Slow { delay_ms: 30 };
    next_post(&world, slow);
    let calls = (0..8).map(|_| keyed(&world, "at once", note("keyed")));
    let mut ids = std::collections::BTreeSet::new();
    for reply in futures::future::join_all(calls).await {
        match reply {
            Reply::Answer(answer) => {
                ids.insert(answer.facts.to_value()["id"].to_string());
            }
            other => drop(error_of(other, Code::Conflict)),
        }
    }
    assert_eq!(ids.len(), 1);
    assert_eq!(posts(&world), 1);
}

#[tokio::test(crate = "crate::journey")]
async fn a_key_of_a_call_that_did_nothing_is_free_again() {
    let world = World::new();
    next_post(&world, Fault::status(403));
    error_of(keyed(&world, "k", note("keyed")).await, Code::Forbidden);
    let done = keyed(&world, "k", note("keyed")).await;
    assert!(matches!(done, Reply::Answer(_)), "{done:?}");
}

#[tokio::test(crate = "crate::journey")]
async fn a_lost_answer_is_told_again_as_unknown() {
    let world = World::new();
    next_post(&world, Fault::InvalidJson);
    error_of(keyed(&world, "k", note("lost")).await, Code::OutcomeUnknown);
    error_of(keyed(&world, "k", note("lost")).await, Code::OutcomeUnknown);
    assert_eq!(posts(&world), 1);
}

#[tokio::test(crate = "crate::journey")]
async fn after_a_cancellation_no_further_write_begins() {
    let world = World::new();
    let space = json!({"roomId": "Project Unicorn", "isLocked": true});
    // This tool reads first; the caller leaves while it does.
    let slow = Fault::Slow { delay_ms: 50 };
    world
        .sandbox
        .faults()
        .next_on(1, "GET", "/v1/rooms/*", slow);
    let call = world.call("alice", "webex-update-space", space, Ask::Nobody);
    let cancel = call.cancel.clone();
    let dispatcher = world.dispatcher.clone();
    let answering = tokio::spawn(async move { dispatcher.answer(call).await });
    let is_reading = |world: &World| {
        let calls = world.sandbox.faults().calls();
        calls.iter().any(|call| call.path.starts_with("/v1/rooms/"))
    };
    while !is_reading(&world) {
        tokio::task::yield_now().await;
    }
    cancel.cancel();
    error_of(answering.await.unwrap(), Code::Cancelled);
    let calls = world.wire_calls();
    assert!(
        calls.iter().all(|call| call.starts_with("GET")),
        "{calls:?}"
    );
}

#[tokio::test(crate = "crate::journey")]
async fn draining_lets_begun_effects_end_and_be_told() {
    let world = World::new();
    let slow = Fault::Slow { delay_ms: 50 };
    next_post(&world, slow);
    let call = world.call("alice", CREATE, note("drained"), Ask::Nobody);
    let answering = asked(&world, call, 1).await;
    world.dispatcher.drain(Duration::from_secs(25)).await;
    let done = answering.await.unwrap();
    assert!(matches!(done, Reply::Answer(_)), "{done:?}");
}

#[tokio::test(crate = "crate::journey")]
async fn what_is_in_flight_after_draining_is_unknown() {
    let world = World::new();
    next_post(&world, Fault::Hang);
    let call = world.call("alice", CREATE, note("cut off"), Ask::Nobody);
    let answering = asked(&world, call, 1).await;
    tokio::time::pause();
    world.dispatcher.drain(Duration::from_millis(10)).await;
    error_of(answering.await.unwrap(), Code::OutcomeUnknown);
}

#[tokio::test(crate = "crate::journey")]
async fn draining_withdraws_open_questions() {
    let world = World::new();
    let it = space(&world).await;
    let ask = Ask::Session(Box::new(Silent));
    let call = world.call("alice", DELETE, it, ask);
    let answering = asked(&world, call, 2).await;
    world.dispatcher.drain(Duration::from_secs(25)).await;
    error_of(answering.await.unwrap(), Code::Unavailable);
    assert!(
        world
            .wire_calls()
            .iter()
            .all(|call| call.starts_with("GET"))
    );
}

#[tokio::test(crate = "crate::journey")]
async fn the_operator_decides_what_happens_where_nobody_can_be_asked() {
    let mut world = World::new();
    world.set_confirmation(AskBefore::Destroy, Otherwise::Refuse);
    let it = space(&world).await;
    let body = world
        .error("alice", DELETE, it.clone(), Code::Forbidden)
        .await;
    assert!(
        body["message"].as_str().unwrap().contains("agreed"),
        "{body:?}"
    );
    // A token that was given under other rules is no "yes" any more.
    world.set_confirmation(AskBefore::Destroy, Otherwise::Token);
    let asked = world
        .error("alice", DELETE, it.clone(), Code::ConfirmationRequired)
        .await;
    let mut with_token = it.clone();
    with_token["confirmationToken"] = asked["confirmationToken"].clone();
    world.set_confirmation(AskBefore::Destroy, Otherwise::Refuse);
    world
        .error("alice", DELETE, with_token.clone(), Code::Forbidden)
        .await;
    // Back under the same rules it works.
    world.set_confirmation(AskBefore::Destroy, Otherwise::Token);
    world.facts("alice", DELETE, with_token).await;

    world.set_confirmation(AskBefore::Write, Otherwise::Token);
    world
        .error("alice", CREATE, note("asked"), Code::ConfirmationRequired)
        .await;
    world.set_confirmation(AskBefore::Never, Otherwise::Token);
    world.facts("alice", CREATE, note("not asked")).await;
    let it = space(&world).await;
    world.facts("alice", DELETE, it).await;
}

#[tokio::test(crate = "crate::journey")]
async fn an_answer_that_is_taken_is_not_kept() {
    let world = World::new();
    let mut call = world.call("alice", CREATE, note("told"), Ask::Nobody);
    call.delivered = Delivered::when_taken();
    world.dispatcher.answer(call).await;
    world.dispatcher.settled().await;
    let new = world.facts("alice", CREATE, note("told")).await;
    assert_eq!(new["replayed"], Value::Null);
}

/// Posts a message, and then does not end as it should.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Then {
    /// panic, fail, hang or page.
    then: String,
    /// Post before that.
    posts: bool,
}

#[derive(Debug, Serialize, JsonSchema)]
struct Nothing {}

impl Render for Nothing {
    fn render(&self, _: &mut Lines) {}
}

struct Misbehave;

impl Tool for Misbehave {
    const NAME: &'static str = "webex-send-trouble";
    const TITLE: &'static str = "Trouble";
    const POLICY: Policy = Policy {
        operations: &[&messages::CREATE],
        ..Policy::WRITE
    };
    type Arguments = Then;
    type Output = Nothing;

    async fn call(context: &Context, then: Then) -> Result<Nothing, CallError> {
        if then.posts {
            let to = messages::Destination::Email("bob@example.com".into());
            let mut message = messages::CreateMessage::to(to);
            message.text = Some("trouble".into());
            context.webex.messages().create(&message).await?;
        }
        match then.then.as_str() {
            "panic" => panic!("as told"),
            "hang" => std::future::pending().await,
            "page" => Err(
                CallError::new(Code::NotConfigured, "Sign in first.", "Open the page.")
                    .with_details(Details::Visit(Page::new(
                        "Sign in first.",
                        "https://example.com/sign-in".into(),
                        "and sign in",
                    ))),
            ),
            "undeclared" => {
                context.webex.people().me().await?;
                Ok(Nothing {})
            }
            _ => Err(CallError::invalid("then", "it is trouble")),
        }
    }
}

async fn trouble(then: &str, posts: bool) -> (World, Reply) {
    let mut world = World::new();
    let entries = webex_mcp::tools::catalogue().copied();
    let catalogue = Catalogue::of(entries.chain([Entry::of::<Misbehave>()]));
    let definition = Definition::new("trouble", "Trouble");
    world.server = catalogue.serve(&definition, Otherwise::Token);
    let arguments = json!({"then": then, "posts": posts});
    let mut call = world.call("alice", Misbehave::NAME, arguments, Ask::Nobody);
    call.key = Some("one".into());
    let reply = world.dispatcher.answer(call).await;
    world.dispatcher.settled().await;
    (world, reply)
}

#[tokio::test(crate = "crate::journey")]
async fn however_a_call_ends_what_was_done_is_not_denied() {
    for (then, posts, code) in [
        ("panic", false, Code::Internal),
        ("panic", true, Code::OutcomeUnknown),
        ("fail", false, Code::InvalidArguments),
        ("fail", true, Code::OutcomeUnknown),
        ("page", false, Code::NotConfigured),
        ("undeclared", false, Code::Internal),
    ] {
        let (_, reply) = trouble(then, posts).await;
        let body = error_of(reply, code);
        assert_eq!(body.contains_key("madeIds"), posts, "{then}: {body:?}");
    }
}

#[tokio::test(crate = "crate::journey")]
async fn a_call_that_hangs_after_its_write_ends_at_its_deadline_and_is_told_again() {
    let mut world = World::new();
    let entry = Entry::of::<Misbehave>();
    let definition = Definition::new("trouble", "Trouble");
    let catalogue = Catalogue::of([entry].into_iter());
    world.server = catalogue.serve(&definition, Otherwise::Token);
    let arguments = json!({"then": "hang", "posts": true});
    let keyed = |world: &World| {
        let mut call = world.call("alice", Misbehave::NAME, arguments.clone(), Ask::Nobody);
        call.key = Some("one".into());
        call
    };
    let (dispatcher, call) = (world.dispatcher.clone(), keyed(&world));
    let answering = tokio::spawn(async move { dispatcher.answer(call).await });
    let is_posted = |world: &World| {
        let calls = world.sandbox.faults().calls();
        calls.iter().any(|call| call.status.is_some())
    };
    while !is_posted(&world) {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    tokio::time::sleep(Duration::from_millis(50)).await;
    tokio::time::pause();
    error_of(answering.await.unwrap(), Code::OutcomeUnknown);
    tokio::time::resume();
    let again = world.dispatcher.answer(keyed(&world)).await;
    error_of(again, Code::OutcomeUnknown);
    assert_eq!(posts(&world), 1);
}
