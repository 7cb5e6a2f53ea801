//! Who may run now: places and, where one is configured, a bucket, each per principal.

use std::num::NonZeroU32;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use governor::clock::{Clock, DefaultClock};
use governor::{DefaultDirectRateLimiter, Quota, RateLimiter};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::error::{CallError, Code};
use crate::identity::Principal;
use crate::limits;

/// What a caller is told to wait when every place and every seat in the queue is taken.
const FULL_RETRY_AFTER: Duration = Duration::from_secs(1);

/// The gate that every call passes, whatever its door.
#[derive(Debug)]
pub struct Gate {
    calls_per_minute: Option<NonZeroU32>,
    principals: moka::sync::Cache<Principal, Arc<Places>>,
}

#[derive(Debug)]
struct Places {
    running: Arc<Semaphore>,
    waiting: AtomicUsize,
    bucket: Option<DefaultDirectRateLimiter>,
}

/// A place; given back when dropped.
#[derive(Debug)]
pub struct Place(#[allow(dead_code)] OwnedSemaphorePermit);

impl Gate {
    /// No bucket where `calls_per_minute` is `None`: Webex's own limits rule.
    pub fn new(calls_per_minute: Option<NonZeroU32>) -> Self {
        Gate {
            calls_per_minute,
            principals: moka::sync::Cache::new(limits::PRINCIPALS_REMEMBERED),
        }
    }

    /// Waits for a place, if a seat to wait is free.
    ///
    /// # Errors
    /// `rate_limited`, with the seconds after which a repeat makes sense.
    pub async fn admit(&self, principal: &Principal) -> Result<Place, CallError> {
        let places = match self.principals.get(principal) {
            Some(places) => places,
            None => self
                .principals
                .get_with(principal.clone(), || Arc::new(self.places())),
        };
        if let Some(bucket) = &places.bucket
            && let Err(early) = bucket.check()
        {
            let wait = early.wait_time_from(DefaultClock::default().now());
            return Err(too_many("The calls of this minute are used up.", wait));
        }
        if let Ok(permit) = places.running.clone().try_acquire_owned() {
            return Ok(Place(permit));
        }
        let _seat = Seat::take(&places).ok_or_else(|| {
            too_many(
                "Too many calls are running at the same time.",
                FULL_RETRY_AFTER,
            )
        })?;
        match places.running.clone().acquire_owned().await {
            Ok(permit) => Ok(Place(permit)),
            Err(closed) => Err(CallError::internal(closed)),
        }
    }

    fn places(&self) -> Places {
        Places {
            running: Arc::new(Semaphore::new(limits::CONCURRENT_CALLS_PER_PRINCIPAL)),
            waiting: AtomicUsize::new(0),
            bucket: self
                .calls_per_minute
                .map(|calls| RateLimiter::direct(Quota::per_minute(calls))),
        }
    }
}

/// A seat in the queue; free again when its holder is served or goes away.
struct Seat<'a>(&'a AtomicUsize);

impl<'a> Seat<'a> {
    fn take(places: &'a Places) -> Option<Self> {
        let taken = places.waiting.fetch_add(1, Ordering::Relaxed);
        let seat = Seat(&places.waiting);
        (taken < limits::WAITING_CALLS_PER_PRINCIPAL).then_some(seat)
    }
}

impl Drop for Seat<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

fn too_many(message: &'static str, wait: Duration) -> CallError {
    CallError::new(
        Code::RateLimited,
        message,
        "Wait retryAfterSeconds, then repeat the call; send fewer calls at once.",
    )
    .with_retry_after(wait)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn places_seats_and_refusal() {
        let gate = Arc::new(Gate::new(None));
        let alice = Principal::new("alice");
        let mut held = Vec::new();
        for _ in 0..limits::CONCURRENT_CALLS_PER_PRINCIPAL {
            held.push(gate.admit(&alice).await.unwrap());
        }
        let waiting: Vec<_> = (0..limits::WAITING_CALLS_PER_PRINCIPAL)
            .map(|_| {
                let (gate, alice) = (gate.clone(), alice.clone());
                tokio::spawn(async move { gate.admit(&alice).await.map(drop) })
            })
            .collect();
        let seated = || {
            let places = gate.principals.get(&alice).unwrap();
            places.waiting.load(Ordering::Relaxed)
        };
        while seated() < limits::WAITING_CALLS_PER_PRINCIPAL {
            tokio::task::yield_now().await;
        }
        let refused = gate.admit(&alice).await.unwrap_err();
        assert_eq!(refused.code, Code::RateLimited);
        assert!(refused.retry_after.is_some());
        gate.admit(&Principal::new("bob")).await.unwrap();
        drop(held);
        for seat in waiting {
            seat.await.unwrap().unwrap();
        }
    }

    #[tokio::test]
    async fn a_bucket_says_how_long_to_wait() {
        let gate = Gate::new(NonZeroU32::new(2));
        let alice = Principal::new("alice");
        drop(gate.admit(&alice).await.unwrap());
        drop(gate.admit(&alice).await.unwrap());
        let refused = gate.admit(&alice).await.unwrap_err();
        let wait = refused.body().retry_after_seconds.unwrap();
        assert!((1..=30).contains(&wait), "{wait}");
    }
}
