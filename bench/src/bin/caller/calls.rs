//! Processor time of one call, read from the kernel around many.

use std::cell::Cell;
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use futures::future::try_join_all;
use serde_json::{Value, json};
use webex::rooms::ListRooms;
use webex::{AccessToken, Client, Webex};
use webex_bench::{process, world};

use crate::Call;

/// Connections are opened and the allocator has settled before anything counts.
const WARM_UP: Duration = Duration::from_millis(300);

/// One side of the comparison; a call gives how many rooms it read.
pub trait Callable {
    async fn call(&self, call: Call) -> Result<usize>;
}

/// The client as anybody makes it.
pub fn ours(upstream: &str) -> Result<Client> {
    Ok(Webex::new(upstream)?.client(AccessToken::new("bench")?))
}

impl Callable for Client {
    async fn call(&self, call: Call) -> Result<usize> {
        match call {
            Call::List => {
                let query = ListRooms {
                    max: Some(40),
                    ..ListRooms::default()
                };
                Ok(self.rooms().list(&query).await?.items.len())
            }
            Call::Get => {
                let room = self.rooms().get(&world::id("ROOM", 0)).await?;
                Ok(room.id.len().min(1))
            }
        }
    }
}

/// Lets every caller call again and again until the time is over.
pub async fn measure(
    side: &impl Callable,
    call: Call,
    callers: usize,
    duration: Duration,
) -> Result<Value> {
    let expected = match call {
        Call::List => 40,
        Call::Get => 1,
    };
    let round = |duration: Duration| async move {
        let calls = Cell::new(0_u64);
        let (calls_seen, end) = (&calls, Instant::now() + duration);
        try_join_all((0..callers).map(|_| async move {
            while Instant::now() < end {
                ensure!(side.call(call).await? == expected, "an answer lacks rooms");
                calls_seen.set(calls_seen.get() + 1);
            }
            anyhow::Ok(())
        }))
        .await?;
        anyhow::Ok(calls.get())
    };
    round(WARM_UP).await?;
    let pid = std::process::id();
    let (cpu_before_us, started) = (process::cpu_microseconds(pid)?, Instant::now());
    let calls = round(duration).await?;
    let cpu_us = process::cpu_microseconds(pid)? - cpu_before_us;
    Ok(json!({
        "calls": calls,
        "calls_per_second": calls as f64 / started.elapsed().as_secs_f64(),
        "cpu_us_per_call": cpu_us as f64 / calls.max(1) as f64,
    }))
}
