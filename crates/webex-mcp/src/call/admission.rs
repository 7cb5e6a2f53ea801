//! Who may run now: places and, where one is configured, a bucket, each per principal. The only
//! place that says `rate_limited` of its own.

use std::num::NonZeroU32;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use governor::clock::{Clock, DefaultClock};
use governor::{DefaultDirectRateLimiter, Quota, RateLimiter};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::Call;
use crate::error::{CallError, Code};
use crate::identity::Principal;
use crate::limits;
use crate::servers::{ServerLimits, VirtualServer};

/// What a caller is told to wait when every place and every seat in the queue is taken.
const FULL_RETRY_AFTER: Duration = Duration::from_secs(1);

/// What every call passes, whatever its door.
#[derive(Debug)]
pub struct Admission {
    calls_per_minute: Option<NonZeroU32>,
    principals: moka::sync::Cache<Key, Arc<Places>>,
}

/// Whose places they are: each virtual server has limits of its own, which may change.
type Key = (Principal, Arc<str>, ServerLimits);

#[derive(Debug)]
struct Places {
    running: Arc<Semaphore>,
    /// For calls whose person has answered in a round: they were charged and admitted before.
    returning: Arc<Semaphore>,
    /// For calls whose person is asked while they wait.
    reserved: Arc<Semaphore>,
    waiting: AtomicUsize,
    bucket: Option<DefaultDirectRateLimiter>,
}

/// As what a call comes in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Entrance {
    First,
    /// With the answer to a question of ours: nothing is charged or refused after a "yes".
    Returning,
}

/// A place; given back when dropped.
#[derive(Debug)]
pub struct Place(#[allow(dead_code)] OwnedSemaphorePermit);

impl Admission {
    /// No bucket where `calls_per_minute` is `None`: Webex's own limits rule.
    pub fn new(calls_per_minute: Option<NonZeroU32>) -> Self {
        Admission {
            calls_per_minute,
            principals: moka::sync::Cache::new(limits::PRINCIPALS_REMEMBERED),
        }
    }

    /// Waits for a place, if a seat to wait is free, at most for a call's deadline.
    ///
    /// # Errors
    /// `rate_limited`, with the seconds after which a repeat makes sense.
    pub async fn admit(&self, call: &Call, entrance: Entrance) -> Result<Place, CallError> {
        let places = self.places_of(&call.caller.principal, &call.server);
        if entrance == Entrance::Returning {
            return wait_for(&places, &places.returning).await;
        }
        if let Some(bucket) = &places.bucket
            && let Err(early) = bucket.check()
        {
            let wait = early.wait_time_from(DefaultClock::default().now());
            return Err(too_many("The calls of this minute are used up.", wait));
        }
        wait_for(&places, &places.running).await
    }

    /// A place for the time after a person's answer, taken before the question is asked: so that
    /// who agreed is not refused.
    ///
    /// # Errors
    /// `rate_limited` where as many questions of this principal are open as may be.
    pub fn reserve(&self, call: &Call) -> Result<Place, CallError> {
        let places = self.places_of(&call.caller.principal, &call.server);
        let reserved = places.reserved.clone().try_acquire_owned();
        reserved.map(Place).map_err(|_| {
            too_many(
                "Too many questions wait for an answer of this user.",
                FULL_RETRY_AFTER,
            )
        })
    }

    fn places_of(&self, principal: &Principal, server: &VirtualServer) -> Arc<Places> {
        let key = (principal.clone(), server.slug.clone(), server.limits);
        match self.principals.get(&key) {
            Some(places) => places,
            None => self
                .principals
                .get_with(key, || Arc::new(self.places(&server.limits))),
        }
    }

    fn places(&self, limits_of_server: &ServerLimits) -> Places {
        let running = limits_of_server
            .concurrent_calls
            .unwrap_or(limits::CONCURRENT_CALLS_PER_PRINCIPAL);
        Places {
            running: Arc::new(Semaphore::new(running)),
            returning: Arc::new(Semaphore::new(limits::WAITING_PEOPLE_PER_PRINCIPAL)),
            reserved: Arc::new(Semaphore::new(limits::WAITING_PEOPLE_PER_PRINCIPAL)),
            waiting: AtomicUsize::new(0),
            bucket: limits_of_server
                .calls_per_minute
                .or(self.calls_per_minute)
                .map(|calls| RateLimiter::direct(Quota::per_minute(calls))),
        }
    }
}

/// A place at once, or from a seat in the queue, at most for a call's deadline.
async fn wait_for(places: &Places, of: &Arc<Semaphore>) -> Result<Place, CallError> {
    if let Ok(permit) = of.clone().try_acquire_owned() {
        return Ok(Place(permit));
    }
    let _seat = Seat::take(places).ok_or_else(all_running)?;
    match tokio::time::timeout(limits::CALL_DEADLINE, of.clone().acquire_owned()).await {
        Ok(Ok(permit)) => Ok(Place(permit)),
        Ok(Err(closed)) => Err(CallError::internal(closed)),
        Err(_elapsed) => Err(all_running()),
    }
}

fn all_running() -> CallError {
    too_many(
        "Too many calls are running at the same time.",
        FULL_RETRY_AFTER,
    )
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
    use crate::identity::Caller;
    use crate::servers::{Catalogue, Definition, Otherwise};

    fn server() -> Arc<VirtualServer> {
        let definition = Definition::new("test", "Test");
        let served = Catalogue::whole().serve(&definition, Otherwise::Token);
        served.unwrap()
    }

    fn by(server: &Arc<VirtualServer>, who: &str) -> Call {
        let caller = Caller::new(Principal::new(who), None);
        Call::new(server.clone(), "any", Default::default(), caller)
    }

    #[tokio::test]
    async fn places_seats_and_refusal() {
        let admission = Arc::new(Admission::new(None));
        let server = server();
        let alice = Arc::new(by(&server, "alice"));
        let mut held = Vec::new();
        for _ in 0..limits::CONCURRENT_CALLS_PER_PRINCIPAL {
            held.push(admission.admit(&alice, Entrance::First).await.unwrap());
        }
        let waiting: Vec<_> = (0..limits::WAITING_CALLS_PER_PRINCIPAL)
            .map(|_| {
                let (admission, server) = (admission.clone(), server.clone());
                tokio::spawn(async move {
                    let alice = by(&server, "alice");
                    admission.admit(&alice, Entrance::First).await.map(drop)
                })
            })
            .collect();
        let places = admission.places_of(&alice.caller.principal, &server);
        while places.waiting.load(Ordering::Relaxed) < limits::WAITING_CALLS_PER_PRINCIPAL {
            tokio::task::yield_now().await;
        }
        let refused = admission.admit(&alice, Entrance::First).await.unwrap_err();
        assert_eq!(refused.code, Code::RateLimited);
        assert!(refused.retry_after.is_some());
        // Who comes back with an answer has a place of another kind, and others have their own.
        admission.admit(&alice, Entrance::Returning).await.unwrap();
        let bob = by(&server, "bob");
        admission.admit(&bob, Entrance::First).await.unwrap();
        drop(held);
        for seat in waiting {
            seat.await.unwrap().unwrap();
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_place_is_waited_for_no_longer_than_a_call_may_take() {
        let admission = Admission::new(None);
        let alice = by(&server(), "alice");
        let mut held = Vec::new();
        for _ in 0..limits::CONCURRENT_CALLS_PER_PRINCIPAL {
            held.push(admission.admit(&alice, Entrance::First).await.unwrap());
        }
        let refused = admission.admit(&alice, Entrance::First).await.unwrap_err();
        assert_eq!(refused.code, Code::RateLimited);
    }

    #[tokio::test]
    async fn a_bucket_says_how_long_to_wait() {
        let admission = Admission::new(NonZeroU32::new(2));
        let alice = by(&server(), "alice");
        for _ in 0..2 {
            drop(admission.admit(&alice, Entrance::First).await.unwrap());
        }
        let refused = admission.admit(&alice, Entrance::First).await.unwrap_err();
        let wait = refused.body().retry_after_seconds.unwrap();
        assert!((1..=30).contains(&wait), "{wait}");
        admission.admit(&alice, Entrance::Returning).await.unwrap();
    }
}
