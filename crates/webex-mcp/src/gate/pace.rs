//! How fast long work may go. Webex limits the requests of a person, whatever they are for, so all
//! works of a principal share what one of its requests was told. Calls are not held up: somebody
//! waits for them.

use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use tokio::time::{Instant, sleep_until};

use crate::error::{CallError, Code, seconds};
use crate::identity::Principal;
use crate::limits::{
    PACE_COUNTED, PACE_GAP_MAX, PACE_LEARNED, PACE_LEARNED_FROM_REQUESTS, PACE_TURNS,
    PACE_WAIT_MAX, PACES_REMEMBERED, WORK_WAIT_MAX, WORKS_BEHIND_CALLS,
};

/// The paces of this process.
#[derive(Debug, Clone)]
pub struct Paces(moka::sync::Cache<Principal, Arc<Pace>>);

impl Paces {
    pub fn of(&self, principal: &Principal) -> Arc<Pace> {
        match self.0.get(principal) {
            Some(pace) => pace,
            None => self.0.get_with(principal.clone(), Arc::default),
        }
    }
}

impl Default for Paces {
    fn default() -> Self {
        let paces = moka::sync::Cache::builder()
            .max_capacity(PACES_REMEMBERED)
            .time_to_idle(PACE_LEARNED);
        Paces(paces.build())
    }
}

/// What is known of the limit of one principal's requests.
#[derive(Debug)]
pub struct Pace(Mutex<Known>);

#[derive(Debug)]
struct Known {
    /// Requests since then.
    counted_from: Instant,
    requests: u32,
    /// Webex wants no request before.
    until: Instant,
    /// Between two requests of works; zero where Webex has not limited the rate lately.
    gap: Duration,
    learned: Instant,
    /// When the next request of a work may be sent.
    next: Instant,
}

impl Default for Pace {
    fn default() -> Self {
        let now = Instant::now();
        Pace(Mutex::new(Known {
            counted_from: now,
            requests: 0,
            until: now,
            gap: Duration::ZERO,
            learned: now,
            next: now,
        }))
    }
}

impl Pace {
    /// Counts a request, of a call or of a work.
    pub fn sent(&self) {
        let mut known = self.0.lock();
        if known.counted_from.elapsed() > PACE_COUNTED {
            known.counted_from = Instant::now();
            known.requests = 0;
        }
        known.requests = known.requests.saturating_add(1);
    }

    /// Learns from a refusal: works send nothing before `wait` is over, of which no more is believed
    /// than a work waits for; from then on they use half of what Webex allowed, so that the other half
    /// is there for calls.
    pub fn throttled(&self, wait: Duration) {
        let (now, wait) = (Instant::now(), wait.min(WORK_WAIT_MAX));
        let mut known = self.0.lock();
        if known.requests >= PACE_LEARNED_FROM_REQUESTS {
            let allowed_in = known.counted_from.elapsed() + wait;
            known.gap = (2 * allowed_in / known.requests).min(PACE_GAP_MAX);
        }
        known.learned = now;
        known.until = known.until.max(now + wait);
        known.counted_from = known.until;
        known.requests = 0;
    }

    /// Returns when a work may send its next request.
    ///
    /// # Errors
    /// `rate_limited` where that is not soon: the work waits then, and not its request.
    pub async fn turn(&self) -> Result<(), CallError> {
        for _ in 0..PACE_TURNS {
            let now = Instant::now();
            let turn = self.next(now);
            if turn <= now {
                return Ok(());
            }
            if turn - now > PACE_WAIT_MAX {
                return Err(limited(turn - now));
            }
            sleep_until(turn).await;
            // Meanwhile another request may have been refused.
            if self.held().is_none() {
                return Ok(());
            }
        }
        Err(limited(PACE_WAIT_MAX))
    }

    /// How long Webex wants no request; `None` where it takes them.
    pub fn held(&self) -> Option<Duration> {
        let rest = self.0.lock().until.checked_duration_since(Instant::now());
        rest.filter(|rest| !rest.is_zero())
    }

    /// Takes the next turn.
    fn next(&self, now: Instant) -> Instant {
        let mut known = self.0.lock();
        if now - known.learned > PACE_LEARNED {
            known.gap = Duration::ZERO;
        }
        let mut turn = now;
        if known.until > now {
            turn = known.until + WORKS_BEHIND_CALLS;
        }
        let turn = turn.max(known.next);
        if turn - now <= PACE_WAIT_MAX {
            known.next = turn + known.gap;
        }
        turn
    }
}

fn limited(wait: Duration) -> CallError {
    CallError::new(
        Code::RateLimited,
        "Webex is limiting the rate of this user's requests.",
        format!("Wait {}, then repeat the call.", seconds(wait)),
    )
    .with_retry_after(wait)
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn seconds(pace: &Pace) -> f64 {
        let began = Instant::now();
        pace.turn().await.unwrap();
        began.elapsed().as_secs_f64()
    }

    #[tokio::test(start_paused = true)]
    async fn works_go_as_they_like_until_webex_limits_the_rate() {
        let pace = Pace::default();
        for _ in 0..100 {
            pace.sent();
            assert!(seconds(&pace).await < 0.001);
        }
    }

    #[tokio::test(start_paused = true)]
    async fn after_a_refusal_works_wait_and_then_leave_half_to_calls() {
        let pace = Pace::default();
        for _ in 0..300 {
            pace.sent();
        }
        tokio::time::advance(Duration::from_secs(10)).await;
        pace.throttled(Duration::from_secs(50));
        // Requests that were on their way are refused too; nothing is learned from them.
        pace.throttled(Duration::from_secs(49));
        let began = Instant::now();
        assert!(seconds(&pace).await >= 50.0);
        for _ in 0..149 {
            pace.turn().await.unwrap();
        }
        let taken = began.elapsed().as_secs_f64();
        assert!((109.0..112.0).contains(&taken), "{taken}");
    }

    #[tokio::test(start_paused = true)]
    async fn two_works_share_the_turns() {
        let pace = Pace::default();
        for _ in 0..60 {
            pace.sent();
        }
        pace.throttled(Duration::from_secs(30));
        let began = Instant::now();
        let work = || async {
            for _ in 0..10 {
                pace.turn().await.unwrap();
            }
        };
        tokio::join!(work(), work());
        // A second between two of them, which is what Webex allowed in two.
        assert!(began.elapsed().as_secs_f64() >= 30.0 + 19.0);
    }

    #[tokio::test(start_paused = true)]
    async fn who_is_refused_while_it_waits_waits_again() {
        let pace = Pace::default();
        pace.throttled(Duration::from_secs(5));
        let later = async {
            tokio::time::sleep(Duration::from_secs(4)).await;
            pace.throttled(Duration::from_secs(20));
        };
        let (taken, ()) = tokio::join!(seconds(&pace), later);
        assert!(taken >= 24.0, "{taken}");
    }

    #[tokio::test(start_paused = true)]
    async fn a_long_wait_is_the_works_and_not_its_requests() {
        let pace = Pace::default();
        pace.throttled(Duration::from_secs(3_600));
        let refused = pace.turn().await.unwrap_err();
        assert_eq!(refused.code, Code::RateLimited);
        assert!(refused.retry_after.unwrap() >= Duration::from_secs(3_600));
        assert!(pace.held().unwrap() > Duration::from_secs(3_590));
        // A wait of a day would end a work, and is not believed for the next one.
        pace.throttled(Duration::from_secs(24 * 3_600));
        // Whoever only asked has taken nobody's turn.
        tokio::time::advance(Duration::from_secs(3_602)).await;
        assert_eq!(pace.held(), None);
        assert!(seconds(&pace).await < 0.001);
    }

    #[tokio::test(start_paused = true)]
    async fn what_was_learned_long_ago_is_forgotten() {
        let pace = Pace::default();
        for _ in 0..60 {
            pace.sent();
        }
        pace.throttled(Duration::from_secs(30));
        pace.turn().await.unwrap();
        tokio::time::advance(PACE_LEARNED + Duration::from_secs(1)).await;
        for _ in 0..10 {
            assert!(seconds(&pace).await < 0.001);
        }
    }

    #[test]
    fn each_principal_has_its_own() {
        let paces = Paces::default();
        let (alice, bob) = (Principal::new("alice"), Principal::new("bob"));
        assert!(Arc::ptr_eq(&paces.of(&alice), &paces.of(&alice)));
        assert!(!Arc::ptr_eq(&paces.of(&alice), &paces.of(&bob)));
    }
}
