//! Admission: which calls may run now. Each principal has a number of places and, if configured, a
//! rate bucket. Only this module answers `rate_limited` on behalf of the server.

use std::num::NonZeroU32;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use governor::clock::{Clock, DefaultClock};
use governor::{DefaultDirectRateLimiter, Quota, RateLimiter};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::Call;
use crate::error::{CallError, Code, seconds};
use crate::identity::Principal;
use crate::limits;
use crate::servers::{ServerLimits, VirtualServer};

/// The wait that a caller gets when every place and every seat in the queue is taken.
const FULL_RETRY_AFTER: Duration = Duration::from_secs(1);

/// The limits that every call passes, whichever door it came through.
#[derive(Debug)]
pub struct Admission {
    calls_per_minute: Option<NonZeroU32>,
    principals: moka::sync::Cache<Key, Arc<Places>>,
}

/// Each principal has its own places on each virtual server, whose limits may change.
type Key = (Principal, Arc<str>, ServerLimits);

#[derive(Debug)]
struct Places {
    running: Arc<Semaphore>,
    /// For calls that return with the user's answer: they were charged and admitted before.
    returning: Arc<Semaphore>,
    /// For calls that wait while their user is asked.
    reserved: Arc<Semaphore>,
    waiting: AtomicUsize,
    bucket: Option<DefaultDirectRateLimiter>,
}

/// How a call comes in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Entrance {
    First,
    /// With the answer to our question: after a "yes" nothing is charged or refused.
    Returning,
}

/// A place; dropping it releases it.
#[derive(Debug)]
pub struct Place(#[allow(dead_code)] OwnedSemaphorePermit);

impl Admission {
    /// Where `calls_per_minute` is `None` there is no bucket: only Webex's own limits apply.
    pub fn new(calls_per_minute: Option<NonZeroU32>) -> Self {
        Admission {
            calls_per_minute,
            principals: moka::sync::Cache::new(limits::PRINCIPALS_REMEMBERED),
        }
    }

    /// Waits for a place if a seat in the queue is free, for a call's deadline at most.
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

    /// Reserves a place for the time after the user's answer. It is taken before the question is
    /// asked, so that a call is not refused after a "yes".
    ///
    /// # Errors
    /// `rate_limited` where this principal already has the most open questions it may have.
    pub fn reserve(&self, call: &Call) -> Result<Place, CallError> {
        let places = self.places_of(&call.caller.principal, &call.server);
        let reserved = places.reserved.clone().try_acquire_owned();
        reserved.map(Place).map_err(|_| {
            too_many(
                "Too many questions are waiting for this user's answer.",
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

/// A place, at once or after a wait in the queue, for a call's deadline at most.
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

/// A seat in the queue; it is released when its holder is served or leaves.
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
        format!(
            "Wait {}, then repeat the call; send fewer calls at once.",
            seconds(wait)
        ),
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
        Catalogue::whole().serve(&definition, Otherwise::Token)
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
        // A call that returns with an answer uses another kind of place, and others have their own
        // places.
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
