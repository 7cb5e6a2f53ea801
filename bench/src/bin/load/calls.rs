//! Throughput, latency and processor time of one kind of call.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::{Duration, Instant};

use anyhow::Result;
use memchr::memmem;
use serde_json::{Value, json};
use tokio::task::LocalSet;
use webex_bench::process;

use crate::Target;
use crate::connection::{Answer, Connection};
use crate::protocol::{Expected, Request};

/// Connections are opened, names found and caches filled before anything counts.
const WARM_UP: Duration = Duration::from_millis(400);
/// Enough for a minute of the fastest case; later ones are counted but not timed.
const SAMPLES_MAX: usize = 4_000_000;
/// Of a wrong answer, as much is shown as tells what is wrong.
const SHOWN_ANSWER_BYTES: usize = 400;

#[derive(Default)]
struct Tally {
    /// Counting starts after the warm-up.
    counting: bool,
    calls: u64,
    errors: u64,
    first_error: Option<String>,
    latencies_us: Vec<u32>,
}

/// What the driver does while it waits for answers.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Waiting {
    /// It sleeps: what stands behind the server runs on the same core.
    Asleep,
    /// It looks for answers again and again: with a core of its own, it lets no server pay for being
    /// waked, which costs a slower one more than its own work.
    Awake,
}

/// Lets every connection call again and again, and reads the server's clock around it.
pub async fn measure(
    target: &Target,
    request: impl Fn(u64) -> Request,
    connections: usize,
    duration: Duration,
    waiting: Waiting,
) -> Result<Value> {
    let tally = Rc::new(RefCell::new(Tally::default()));
    let callers = LocalSet::new();
    if waiting == Waiting::Awake {
        callers.spawn_local(async {
            loop {
                tokio::task::yield_now().await;
            }
        });
    }
    for number in 0..connections {
        let mut connection = Connection::open(target.address).await?;
        let mut request = request(number as u64);
        let tally = Rc::clone(&tally);
        callers.spawn_local(async move {
            loop {
                if let Err(error) = call(&mut connection, &mut request, &tally).await {
                    let mut tally = tally.borrow_mut();
                    tally.errors += 1;
                    tally.first_error.get_or_insert(error.to_string());
                    return;
                }
            }
        });
    }
    let measured = callers.run_until(async {
        tokio::time::sleep(WARM_UP).await;
        let (cpu, started) = (process::cpu_microseconds(target.pid)?, Instant::now());
        tally.borrow_mut().counting = true;
        tokio::time::sleep(duration).await;
        tally.borrow_mut().counting = false;
        anyhow::Ok((
            process::cpu_microseconds(target.pid)? - cpu,
            started.elapsed(),
        ))
    });
    let (cpu_us, elapsed) = measured.await?;
    let memory = process::memory(target.pid)?;
    let mut tally = tally.take();
    tally.latencies_us.sort_unstable();
    let percentile = |share: f64| {
        let last = tally.latencies_us.len().saturating_sub(1);
        let rank = (last as f64 * share).round() as usize;
        tally.latencies_us.get(rank).copied().unwrap_or_default()
    };
    let calls = tally.calls.max(1) as f64;
    Ok(json!({
        "calls": tally.calls,
        "errors": tally.errors,
        "first_error": tally.first_error,
        "calls_per_second": tally.calls as f64 / elapsed.as_secs_f64(),
        "p50_us": percentile(0.50),
        "p99_us": percentile(0.99),
        "cpu_us_per_call": cpu_us as f64 / calls,
        "busy": cpu_us as f64 / elapsed.as_micros() as f64,
        "rss_kib": memory.rss_kib,
        "peak_kib": memory.peak_kib,
    }))
}

async fn call(
    connection: &mut Connection,
    request: &mut Request,
    tally: &RefCell<Tally>,
) -> Result<()> {
    let (bytes, expected) = request.next();
    let sent = Instant::now();
    let answer = connection.exchange(bytes).await?;
    let latency = sent.elapsed();
    let right = is_right(&answer, &expected);
    let mut tally = tally.borrow_mut();
    if !right {
        tally.errors += 1;
        if tally.first_error.is_none() {
            let shown = &answer.body[..answer.body.len().min(SHOWN_ANSWER_BYTES)];
            let shown = String::from_utf8_lossy(shown);
            tally.first_error = Some(format!("{} {shown}", answer.status));
        }
    } else if tally.counting {
        tally.calls += 1;
        if tally.latencies_us.len() < SAMPLES_MAX {
            let latency_us = u32::try_from(latency.as_micros()).unwrap_or(u32::MAX);
            tally.latencies_us.push(latency_us);
        }
    }
    Ok(())
}

/// What was asked for: of a tool a result for this very call that is no error, of a REST API an object.
fn is_right(answer: &Answer<'_>, expected: &Expected) -> bool {
    let holds = |text: &str| memmem::find(answer.body, text.as_bytes()).is_some();
    answer.status == 200
        && match expected {
            Expected::ResultWithId(id) => {
                holds(id) && holds("\"result\":") && !holds("\"isError\":true")
            }
            Expected::Object => answer.body.starts_with(b"{") && answer.body.ends_with(b"}"),
        }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_right_only_with_its_own_id_and_a_result_that_is_no_error() {
        let cases = [
            (200, r#"{"id":7,"result":{}}"#, true),
            (200, r#"{"id":8,"result":{}}"#, false),
            (200, r#"{"id":7,"result":{"isError":true}}"#, false),
            (200, r#"{"id":7,"error":{}}"#, false),
            (503, r#"{"id":7,"result":{}}"#, false),
        ];
        for (status, body, right) in cases {
            let answer = Answer {
                status,
                head: b"",
                body: body.as_bytes(),
            };
            let expected = Expected::ResultWithId("\"id\":7".to_owned());
            assert_eq!(is_right(&answer, &expected), right, "{status} {body}");
            let is_object = is_right(&answer, &Expected::Object);
            assert_eq!(is_object, status == 200, "{status} {body}");
        }
    }
}
