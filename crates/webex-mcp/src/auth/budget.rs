//! Limits how many requests of a kind there may be: for each address, and in all. Someone who guesses
//! tokens, or registers clients without end, is slowed down, and others are not.

use std::net::IpAddr;
use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use governor::clock::{Clock as _, DefaultClock};
use governor::{DefaultDirectRateLimiter, Quota, RateLimiter};
use parking_lot::Mutex;

use super::bucket::Bucket;
use super::{Reason, Unknown};
use crate::identity::holder_of;
use crate::limits;

const MINUTE: Duration = Duration::from_secs(60);

/// How many there may be in a minute.
#[derive(Debug, Clone, Copy)]
pub struct BudgetBounds {
    pub per_address: NonZeroU32,
    pub in_all: NonZeroU32,
}

impl BudgetBounds {
    pub fn per_minute(per_address: u32, in_all: u32) -> Self {
        let at_least_one = |count: u32| NonZeroU32::new(count).unwrap_or(NonZeroU32::MIN);
        BudgetBounds {
            per_address: at_least_one(per_address),
            in_all: at_least_one(in_all),
        }
    }
}

/// Of unknown bearers, whose owners Webex is asked about.
impl Default for BudgetBounds {
    fn default() -> Self {
        BudgetBounds::per_minute(
            limits::UNKNOWN_BEARERS_PER_ADDRESS_PER_MINUTE,
            limits::UNKNOWN_BEARERS_PER_MINUTE,
        )
    }
}

/// How many requests of a kind one address, and all together, may make.
#[derive(Debug)]
pub struct Budget {
    each: u32,
    in_all: DefaultDirectRateLimiter,
    by_address: moka::sync::Cache<IpAddr, Arc<Mutex<Bucket>>>,
}

/// A budget that is used up, and how long until the next one is free.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Spent {
    ByAddress(Duration),
    InAll(Duration),
}

impl Budget {
    pub fn new(bounds: BudgetBounds) -> Self {
        Budget {
            each: bounds.per_address.get(),
            in_all: RateLimiter::direct(Quota::per_minute(bounds.in_all)),
            by_address: moka::sync::Cache::builder()
                .max_capacity(limits::UNKNOWN_BEARER_ADDRESSES)
                .time_to_idle(MINUTE)
                .build(),
        }
    }

    /// Spends one. The address is charged first: an address that has spent its own takes nothing
    /// from the rest.
    ///
    /// # Errors
    /// [`Spent`].
    pub fn spend(&self, address: Option<IpAddr>) -> Result<(), Spent> {
        if let Some(address) = address {
            let taken = self.of(address).lock().take(self.each, MINUTE / self.each);
            taken.map_err(Spent::ByAddress)?;
        }
        check(&self.in_all).map_err(Spent::InAll)
    }

    /// Gives an address back what it spent: only requests of those who turn out to be nobody count.
    pub fn give_back(&self, address: Option<IpAddr>) {
        if let Some(address) = address {
            self.of(address).lock().put_back(MINUTE / self.each);
        }
    }

    fn of(&self, address: IpAddr) -> Arc<Mutex<Bucket>> {
        self.by_address.get_with(holder_of(address), Arc::default)
    }
}

impl From<Spent> for Unknown {
    fn from(spent: Spent) -> Self {
        match spent {
            Spent::ByAddress(retry_after) => Unknown::new(
                Reason::TooMany { retry_after },
                "Too many unknown tokens came from this address; wait, then send one that is valid.",
            ),
            Spent::InAll(retry_after) => Unknown::new(
                Reason::Busy { retry_after },
                "Too many unknown tokens are being looked up; try again after the time given.",
            ),
        }
    }
}

fn check(bucket: &DefaultDirectRateLimiter) -> Result<(), Duration> {
    bucket
        .check()
        .map_err(|early| early.wait_time_from(DefaultClock::default().now()))
}
