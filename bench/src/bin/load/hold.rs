//! What callers cost who are there and do nothing: sessions and open streams, up to their caps.

use std::time::Duration;

use anyhow::{Context, Result};
use serde_json::{Value, json};
use webex_bench::process::{self, Memory};

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
    let mut status = 200;
    while opened < count && status == 200 {
        status = open_session(&mut connection, target, &caller(opened, caller_cap)).await?;
        opened += usize::from(status == 200);
    }
    tokio::time::sleep(SETTLE).await;
    let after = process::memory(target.pid)?;
    let kib_each = grown_kib(before, after, opened);
    // The first caller holds as many as one may: its next session is refused, others' are not.
    let crowded = open_session(&mut connection, target, &caller(0, caller_cap)).await?;
    while opened <= cap && status == 200 {
        status = open_session(&mut connection, target, &caller(opened, caller_cap)).await?;
        opened += usize::from(status == 200);
    }
    Ok(json!({
        "kib_each": kib_each,
        "held": opened,
        "last_status": status,
        "crowded_caller_status": crowded,
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
    let mut refusal = None;
    while streams.len() <= count && refusal.is_none() {
        if streams.len() == count {
            tokio::time::sleep(SETTLE.max(hold)).await;
        }
        let (mut stream, acknowledged) = open_stream(target, streams.len()).await?;
        if acknowledged {
            stream.forget();
            streams.push(stream);
        } else {
            refusal = Some(shown(&stream));
        }
    }
    let after = process::memory(target.pid)?;
    let mut connection = Connection::open(target.address).await?;
    let mut request = Request::tool_call(target.address, ToolCall::Message, None, 1);
    let call = connection.exchange(request.next().0).await?.status;
    Ok(json!({
        "kib_each": grown_kib(before, after, streams.len()),
        "held": streams.iter().filter(|stream| stream.is_open()).count(),
        "refusal": refusal,
        "call_meanwhile_status": call,
    }))
}

/// What each of `count` cost, in KiB.
fn grown_kib(before: Memory, after: Memory, count: usize) -> f64 {
    (after.rss_kib as f64 - before.rss_kib as f64) / count.max(1) as f64
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
