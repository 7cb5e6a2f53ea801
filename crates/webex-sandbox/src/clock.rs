//! The sandbox's clock: the real time or a pinned moment; a test can move either forward.

use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

/// How far the clock can be moved in all: within ten years every date can be printed.
const MAX_ADVANCE_MS: i64 = 10 * 366 * 24 * 60 * 60 * 1_000;

/// Where the time comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Clock {
    /// The machine's own time.
    Real,
    /// Stands still at this moment until it is advanced.
    Pinned(Timestamp),
}

impl Clock {
    /// 2026-01-05T09:00:00Z, a Monday morning: the time for tests.
    pub fn for_tests() -> Self {
        Clock::Pinned(Timestamp::constant(1_767_603_600, 0))
    }
}

/// A running clock, with the time by which it was advanced.
#[derive(Debug)]
pub struct RunningClock {
    source: Clock,
    advanced_ms: AtomicI64,
}

impl RunningClock {
    pub(crate) fn new(source: Clock) -> Self {
        RunningClock {
            source,
            advanced_ms: AtomicI64::new(0),
        }
    }

    /// The sandbox's current time, in whole milliseconds as Webex prints it.
    pub fn now(&self) -> Timestamp {
        let start = match self.source {
            Clock::Real => Timestamp::now(),
            Clock::Pinned(moment) => moment,
        };
        let advanced_ms = self.advanced_ms.load(Ordering::Relaxed);
        let moved = start.saturating_add(SignedDuration::from_millis(advanced_ms));
        let moved = moved.unwrap_or(start);
        Timestamp::from_millisecond(moved.as_millisecond()).unwrap_or(moved)
    }

    /// Moves the clock forward to a moment, unless it is already past it; false if that is too far.
    pub(crate) fn reach(&self, moment: Timestamp) -> bool {
        let ahead = moment.duration_since(self.now());
        self.advance(Duration::try_from(ahead).unwrap_or_default())
    }

    /// Moves the clock forward; false, and it stays, if that is more than ten years in all.
    pub fn advance(&self, by: Duration) -> bool {
        let by_ms = i64::try_from(by.as_millis()).unwrap_or(i64::MAX);
        let sum = |ms: i64| Some(ms.saturating_add(by_ms)).filter(|sum| *sum <= MAX_ADVANCE_MS);
        let ms = &self.advanced_ms;
        let moved = ms.fetch_update(Ordering::Relaxed, Ordering::Relaxed, sum);
        moved.is_ok()
    }
}
