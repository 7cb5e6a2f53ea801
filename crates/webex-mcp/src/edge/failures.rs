//! Slows down who keeps failing to prove who it is: each further failure of the same address, or in the
//! name of the same client, is answered later. A credential is always looked at first, so one that is
//! valid is never delayed, wherever it comes from.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;

use super::limits;
use super::shares::{ShareBounds, Shares};
use crate::auth::Bucket;
use crate::identity::holder_of;
use crate::seal::digest;

/// The failures of everybody. Clones share them.
#[derive(Debug, Clone)]
pub struct Failures(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    counts: moka::sync::Cache<Who, Arc<Mutex<Bucket>>>,
    /// Answers that are held back now: each holds a connection.
    held: Shares<Who>,
}

/// Who failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Who {
    Address(IpAddr),
    /// SHA-256 of its id, which anybody may make as long as it is allowed to be.
    Client([u8; 32]),
}

impl Who {
    /// Failures that cost nothing yet.
    const fn free(self) -> u32 {
        match self {
            Who::Address(_) => limits::FAILURES_FREE_PER_ADDRESS,
            Who::Client(_) => limits::FAILURES_FREE_PER_CLIENT,
        }
    }
}

/// So many failures wait already that this one cannot: how long it would have waited.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TooMany(pub Duration);

impl Default for Failures {
    fn default() -> Self {
        let forgotten = limits::FAILURE_FORGOTTEN * most(limits::FAILURES_FREE_PER_ADDRESS);
        Failures(Arc::new(Inner {
            counts: moka::sync::Cache::builder()
                .max_capacity(limits::FAILING_REMEMBERED)
                .time_to_idle(forgotten)
                .build(),
            held: Shares::new(ShareBounds {
                in_all: limits::FAILURES_HELD,
                each: limits::FAILURES_HELD_EACH,
            }),
        }))
    }
}

impl Failures {
    /// Counts one failed attempt from this address, in the name of this client if it named one, and
    /// returns when it may be answered. Call it for failures only, once it is certain that it is one.
    ///
    /// # Errors
    /// [`TooMany`], at once.
    pub async fn failed(
        &self,
        address: Option<IpAddr>,
        client: Option<&str>,
    ) -> Result<(), TooMany> {
        let address = address.map(|address| Who::Address(holder_of(address)));
        let client = client.map(|id| Who::Client(digest(id.as_bytes())));
        let counted = [address, client].into_iter().flatten();
        let delays = counted.map(|who| (self.delay(who), who));
        let Some((delay, who)) = delays.max_by_key(|(delay, _)| *delay) else {
            return Ok(());
        };
        if delay.is_zero() {
            return Ok(());
        }
        let Some(_held) = self.0.held.take(&who, 1) else {
            return Err(TooMany(delay));
        };
        tokio::time::sleep(delay).await;
        Ok(())
    }

    /// Counts one more, and says what it costs.
    fn delay(&self, who: Who) -> Duration {
        let count = self.0.counts.get_with(who, Arc::default);
        let most = most(who.free());
        let failures = count.lock().count(most, limits::FAILURE_FORGOTTEN);
        match failures.checked_sub(who.free() + 1) {
            None => Duration::ZERO,
            Some(doubled) => limits::FAILURE_DELAY_FIRST * 2u32.saturating_pow(doubled),
        }
    }
}

/// Failures that are counted: after these, the delay does not grow any more.
const fn most(free: u32) -> u32 {
    free + 1 + limits::FAILURE_DELAY_DOUBLED
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures::FutureExt as _;
    use tokio::time::Instant;

    const HERE: &str = "192.0.2.7";

    fn address(text: &str) -> Option<IpAddr> {
        Some(text.parse().unwrap())
    }

    /// How long each of these failures waits, one after the other.
    async fn waits(failures: &Failures, count: u32, client: Option<&str>) -> Vec<Duration> {
        let mut waits = Vec::new();
        for _ in 0..count {
            let begun = Instant::now();
            failures.failed(address(HERE), client).await.unwrap();
            waits.push(begun.elapsed());
        }
        waits
    }

    fn longest() -> Duration {
        limits::FAILURE_DELAY_FIRST * 2u32.pow(limits::FAILURE_DELAY_DOUBLED)
    }

    #[tokio::test(start_paused = true)]
    async fn each_failure_of_an_address_waits_longer_and_others_do_not() {
        let failures = Failures::default();
        let free = waits(&failures, limits::FAILURES_FREE_PER_ADDRESS, None).await;
        assert!(free.iter().all(Duration::is_zero), "{free:?}");
        let slow = waits(&failures, 4, None).await;
        let first = limits::FAILURE_DELAY_FIRST;
        assert_eq!(slow, [first, 2 * first, 4 * first, 8 * first]);
        // A flood comes to the longest delay, and stays there.
        for _ in 0..100 {
            let _ = failures.failed(address(HERE), None).now_or_never();
        }
        let begun = Instant::now();
        failures.failed(address(HERE), None).await.unwrap();
        assert_eq!(begun.elapsed(), longest());
        let begun = Instant::now();
        failures.failed(address("192.0.2.8"), None).await.unwrap();
        failures.failed(None, None).await.unwrap();
        assert_eq!(begun.elapsed(), Duration::ZERO);
        // Who stops is soon where it was.
        let forgotten = limits::FAILURE_FORGOTTEN * (limits::FAILURE_DELAY_DOUBLED + 2);
        tokio::time::advance(forgotten).await;
        assert_eq!(waits(&failures, 1, None).await, [Duration::ZERO]);
    }

    #[tokio::test(start_paused = true)]
    async fn a_client_whose_secret_is_guessed_from_everywhere_is_slow() {
        let failures = Failures::default();
        let mut last = Duration::ZERO;
        for host in 0..limits::FAILURES_FREE_PER_CLIENT + 3 {
            let begun = Instant::now();
            let from = IpAddr::from(std::net::Ipv4Addr::from(0xc000_0200 + host));
            failures.failed(Some(from), Some("client-1")).await.unwrap();
            last = begun.elapsed();
        }
        assert_eq!(last, 4 * limits::FAILURE_DELAY_FIRST);
        let other = failures.failed(address(HERE), Some("client-2"));
        assert_eq!(other.now_or_never(), Some(Ok(())));
    }

    #[tokio::test(start_paused = true)]
    async fn no_more_wait_than_there_is_room_for() {
        let failures = Failures::default();
        waits(&failures, limits::FAILURES_FREE_PER_ADDRESS, None).await;
        let mut waiting = Vec::new();
        for _ in 0..limits::FAILURES_HELD_EACH {
            let mut failed = Box::pin(failures.failed(address(HERE), None));
            assert_eq!((&mut failed).now_or_never(), None);
            waiting.push(failed);
        }
        let refused = failures.failed(address(HERE), None).now_or_never();
        assert_eq!(refused, Some(Err(TooMany(longest()))));
        // Who leaves makes room.
        waiting.pop();
        assert_eq!(failures.failed(address(HERE), None).now_or_never(), None);
    }
}
