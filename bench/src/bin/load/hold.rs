//! What callers cost who are there and do nothing: sessions and open streams, up to their caps.

use std::time::Duration;

use anyhow::{Context, Result};
use serde_json::{Value, json};
use webex_bench::process;

use crate::connection::Connection;
use crate::protocol::{self, Request};
use crate::{Target, ToolCall};

/// The allocator and the kernel settle before memory is read.
const SETTLE: Duration = Duration::from_millis(500);
/// Of a refusal, as much is shown as tells what it is.
const SHOWN_ANSWER_BYTES: usize = 500;

/// Opens `count` idle sessions, as few callers as may hold them, then more until the cap refuses.
pub async fn sessions(
    target: &Target,
    count: usize,
    cap: usize,
    caller_cap: usize,
) -> Result<Value> {
    let mut connection = Connection::open(target.address).await?;
    let before = process::memory(target.pid)?;
    let mut opened = 0;
    while opened < count {
        let status = open_session(&mut connection, target, &caller(opened, caller_cap)).await?;
        anyhow::ensure!(
            status == 200,
            "session {opened} of {count} was refused with {status}"
        );
        opened += 1;
    }
    tokio::time::sleep(SETTLE).await;
    let after = process::memory(target.pid)?;
    let crowded = open_session(&mut connection, target, &caller(0, caller_cap)).await?;
    let mut refused = None;
    while opened <= cap {
        let status = open_session(&mut connection, target, &caller(opened, caller_cap)).await?;
        if status != 200 {
            refused = Some(status);
            break;
        }
        opened += 1;
    }
    Ok(json!({
        "kib_each": (after.rss_kib as f64 - before.rss_kib as f64) / count as f64,
        "held": opened,
        "refused_with": refused,
        "one_caller_refused_with": (crowded != 200).then_some(crowded),
    }))
}

/// The token of the caller who opens the `ordinal`-th session.
fn caller(ordinal: usize, caller_cap: usize) -> String {
    format!("caller-{}", ordinal / caller_cap)
}

async fn open_session(connection: &mut Connection, target: &Target, token: &str) -> Result<u16> {
    let request = protocol::initialize(target.address, token);
    let answer = connection.exchange(request.as_bytes()).await?;
    if answer.status != 200 {
        return Ok(answer.status);
    }
    let session = answer
        .header("mcp-session-id")
        .context("a session without an id")?;
    let request = protocol::initialized(target.address, token, &session);
    let answer = connection.exchange(request.as_bytes()).await?;
    anyhow::ensure!(
        answer.status == 202,
        "initialized was answered {}",
        answer.status
    );
    Ok(200)
}

/// Opens `count` streams, holds them, then tries one more and one ordinary call.
pub async fn listen(target: &Target, count: usize, hold: Duration) -> Result<Value> {
    let before = process::memory(target.pid)?;
    let mut streams = Vec::with_capacity(count);
    for number in 0..count {
        let (stream, acknowledged) = open_stream(target, number).await?;
        anyhow::ensure!(
            acknowledged,
            "stream {number} of {count} was refused: {}",
            shown(&stream)
        );
        streams.push(stream);
    }
    for stream in &mut streams {
        stream.forget();
    }
    tokio::time::sleep(SETTLE.max(hold)).await;
    let after = process::memory(target.pid)?;
    let held = streams.iter().filter(|stream| stream.is_open()).count();
    let (surplus, surplus_acknowledged) = open_stream(target, count).await?;
    let mut connection = Connection::open(target.address).await?;
    let mut request = Request::tool_call(target.address, ToolCall::Message, 1);
    let call = connection.exchange(request.next().0).await?.status;
    Ok(json!({
        "kib_each": (after.rss_kib as f64 - before.rss_kib as f64) / count as f64,
        "held": held,
        "surplus_refused": !surplus_acknowledged,
        "surplus_answer": shown(&surplus),
        "call_meanwhile": call,
    }))
}

async fn open_stream(target: &Target, number: usize) -> Result<(Connection, bool)> {
    let mut stream = Connection::open(target.address).await?;
    let mut request = Request::listen(target.address, number as u64);
    let (bytes, _) = request.next();
    let acknowledged = stream
        .exchange_until(bytes, "notifications/subscriptions/acknowledged")
        .await?;
    Ok((stream, acknowledged))
}

/// The beginning of the last answer, on one line.
fn shown(connection: &Connection) -> String {
    let received = connection.received();
    let received = &received[..received.len().min(SHOWN_ANSWER_BYTES)];
    String::from_utf8_lossy(received).replace("\r\n", " ")
}
