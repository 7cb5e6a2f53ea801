//! Rate limits for each user: off until they are set; then 429 with the seconds to wait.

use std::collections::HashMap;
use std::time::Duration;

use http::StatusCode;
use jiff::{SignedDuration, Timestamp};
use parking_lot::Mutex;
use serde::{Deserialize, Serialize};

use crate::problem::{Problem, Result};
use crate::rows::PersonKey;

/// Users that are counted at once; beyond that, those whose time is over are dropped.
const MAX_COUNTED_PEOPLE: usize = 10_000;

/// How many requests one user may make, with all tokens together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RateLimit {
    /// The requests within that time.
    pub requests: u32,
    /// The time in seconds, which starts with a user's first request.
    pub per_secs: u32,
}

#[derive(Debug, Clone, Copy)]
struct Window {
    started: Timestamp,
    requests: u32,
}

#[derive(Debug, Default)]
struct State {
    limit: Option<RateLimit>,
    windows: HashMap<PersonKey, Window>,
}

/// The limit in force, counted by the sandbox's clock.
#[derive(Debug, Default)]
pub struct RateLimits(Mutex<State>);

impl RateLimits {
    /// Sets the limit, or removes it; the counts start again.
    pub fn set(&self, limit: Option<RateLimit>) {
        let mut state = self.0.lock();
        state.limit = limit;
        state.windows.clear();
    }

    /// The limit in force.
    pub fn get(&self) -> Option<RateLimit> {
        self.0.lock().limit
    }

    /// Counts a request, or refuses it until the user's time is over.
    pub(crate) fn admit(&self, person: PersonKey, now: Timestamp) -> Result<()> {
        let mut state = self.0.lock();
        let Some(limit) = state.limit else {
            return Ok(());
        };
        let length = SignedDuration::from_secs(limit.per_secs.into());
        if state.windows.len() >= MAX_COUNTED_PEOPLE {
            let is_open = |window: &Window| now.duration_since(window.started) < length;
            state.windows.retain(|_, window| is_open(window));
        }
        let fresh = Window {
            started: now,
            requests: 0,
        };
        let window = state.windows.entry(person).or_insert(fresh);
        if now.duration_since(window.started) >= length {
            *window = fresh;
        }
        if window.requests < limit.requests {
            window.requests += 1;
            return Ok(());
        }
        let rest = length.saturating_sub(now.duration_since(window.started));
        let rest_secs = rest.as_millis().max(1).unsigned_abs().div_ceil(1_000);
        let rest_secs = u64::try_from(rest_secs).unwrap_or(u64::MAX);
        let reason = "The user has made too many requests.";
        let problem = Problem::new(StatusCode::TOO_MANY_REQUESTS, reason);
        Err(problem.retry_after(Duration::from_secs(rest_secs)))
    }
}
