//! Schedules over real processes: one is killed in the middle of a message, and several share one
//! store.

use std::net::SocketAddr;
use std::time::Duration;

use axum::body::Body;
use axum::http::header::CONTENT_LENGTH;
use axum::middleware::map_response;
use axum::response::Response;
use http_body_util::BodyExt as _;
use serde_json::{Value, json};
use tokio::process::Child;
use webex_mcp::call::Reply;
use webex_mcp::call::consent::Ask;

use crate::journey::free_address;
use crate::killed::{BETWEEN_TRIES, Stage, call_of, slow_write, wait_for_write};
use crate::world::World;

const SCHEDULE: &str = "webex-schedule-message";
/// Longer than a process takes to find what another one left.
const TRIES: usize = 1_200;

/// A time so many seconds from now.
fn at(seconds: i64) -> String {
    let now = jiff::Timestamp::now();
    let at = jiff::Timestamp::from_second(now.as_second() + seconds).unwrap();
    at.to_string()
}

async fn schedule(stage: &Stage, server: SocketAddr, arguments: Value) -> Value {
    let answered = call_of(&stage.client, server, SCHEDULE, arguments, None).await;
    let answered = answered.unwrap();
    assert!(answered["code"].is_null(), "{answered}");
    answered["schedules"][0].clone()
}

async fn scheduled(stage: &Stage, text: &str, at: &str) -> Value {
    let asked = json!({"toPersonEmail": "bob@example.com", "text": text, "at": at});
    schedule(stage, stage.listen, asked).await
}

/// Webex was asked whether it would take what is scheduled; what comes from now on is a message.
async fn forget_calls(stage: &Stage) {
    let calls = format!("http://{}/_sandbox/calls", stage.upstream);
    stage.client.delete(calls).send().await.unwrap();
}

/// How it stands once it has ended.
async fn ended(stage: &Stage, one: &Value) -> Value {
    for _ in 0..TRIES {
        let look = json!({"scheduleId": one["scheduleId"]});
        let looked = schedule(stage, stage.listen, look).await;
        if looked["status"] == "ended" {
            return looked;
        }
        tokio::time::sleep(BETWEEN_TRIES).await;
    }
    panic!("it did not end");
}

#[tokio::test(crate = "crate::journey", flavor = "multi_thread", worker_threads = 2)]
async fn killed_between_send_and_note_it_is_unknown_and_not_sent_again() {
    let stage = Stage::new().await;
    let mut server = stage.serve().await;
    let one = scheduled(&stage, "keyed killed", &at(5)).await;
    let kept = scheduled(&stage, "keyed kept", &at(8)).await;
    let asked = json!({"toPersonEmail": "bob@example.com", "text": "keyed gone", "at": at(8)});
    let gone = schedule(&stage, stage.listen, asked).await;
    let cancel = json!({"scheduleId": gone["scheduleId"], "cancel": true});
    schedule(&stage, stage.listen, cancel).await;
    // Webex takes the message, and its answer comes too late.
    slow_write(&stage.client, stage.upstream, 3_000).await;
    forget_calls(&stage).await;
    wait_for_write(&stage.client, stage.upstream).await;
    server.kill().await.unwrap();
    server = stage.serve().await;
    let looked = ended(&stage, &one).await;
    assert_eq!(looked["recent"][0]["became"], "unknown", "{looked}");
    let looked = ended(&stage, &kept).await;
    assert_eq!(looked["recent"][0]["became"], "sent", "{looked}");
    let posted = stage.posted("keyed killed").await;
    assert!(posted <= 1, "sent {posted} times");
    assert_eq!(stage.posted("keyed kept").await, 1);
    assert_eq!(stage.posted("keyed gone").await, 0);
    server.kill().await.unwrap();
}

/// Schedules that are due in the same second, and servers that share them, one of which is killed.
#[tokio::test(crate = "crate::journey", flavor = "multi_thread", worker_threads = 2)]
async fn over_three_processes_each_is_sent_once() {
    const COUNT: usize = 60;
    let stage = Stage::new().await;
    let mut servers: Vec<Child> = vec![stage.serve().await];
    for _ in 0..2 {
        servers.push(stage.serve_at(free_address()).await);
    }
    // Later than it takes to schedule them.
    let time = at(8);
    let all = (0..COUNT).map(|number| {
        let (stage, time) = (&stage, &time);
        async move { scheduled(stage, &format!("keyed many {number}"), time).await }
    });
    let all = futures::future::join_all(all).await;
    forget_calls(&stage).await;
    wait_for_write(&stage.client, stage.upstream).await;
    tokio::time::sleep(Duration::from_millis(50)).await;
    servers.remove(2).kill().await.unwrap();
    let mut unknown = 0;
    for (number, one) in all.iter().enumerate() {
        let looked = ended(&stage, one).await;
        let posted = stage.posted(&format!("keyed many {number}")).await;
        match looked["recent"][0]["became"].as_str() {
            Some("sent") => assert_eq!(posted, 1, "{looked}"),
            Some("unknown") => {
                assert!(posted <= 1, "{looked}");
                unknown += 1;
            }
            _ => panic!("{looked}"),
        }
    }
    // What the killed one had on its way.
    assert!(unknown <= 16, "{unknown} unknown outcomes");
}

/// Everybody lives in Tokyo.
async fn moved(response: Response) -> Response {
    let (mut head, body) = response.into_parts();
    let bytes = body.collect().await.unwrap().to_bytes();
    let mut answer: Value = serde_json::from_slice(&bytes).unwrap_or_default();
    if answer["emails"].is_array() {
        answer["timezone"] = json!("Asia/Tokyo");
        head.headers.remove(CONTENT_LENGTH);
        return Response::from_parts(head, Body::from(answer.to_string()));
    }
    Response::from_parts(head, Body::from(bytes))
}

#[tokio::test(crate = "crate::journey")]
async fn a_time_without_a_zone_is_in_that_of_the_profile() {
    let world = World::through(|router| router.layer(map_response(moved))).with_every_tool();
    let day = at(24 * 60 * 60);
    let day = &day[..10];
    let asked =
        json!({"toPersonEmail": "bob@example.com", "text": "hi", "at": format!("{day}T09:00")});
    let mut call = world.call("alice", SCHEDULE, asked, Ask::Nobody);
    call.caller.is_lasting = true;
    let Reply::Answer(answer) = world.dispatcher.answer(call).await else {
        panic!("it was refused");
    };
    let facts = answer.facts.to_value();
    let told = &facts["schedules"][0];
    assert_eq!(told["timezone"], "Asia/Tokyo");
    assert_eq!(told["next"], json!([format!("{day}T09:00:00+09:00")]));
    let note = facts["note"].as_str().unwrap();
    assert!(note.contains("of your Webex profile"), "{note}");
}
