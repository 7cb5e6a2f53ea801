//! Schedules: calls of a tool that are kept until their times come. A tool keeps one, looks at its
//! own, and makes the call itself when it is run at such a time.

use futures::future::BoxFuture;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::Context;
use crate::error::CallError;

/// The schedules of this caller with this tool.
pub trait Schedules: Send + Sync + std::fmt::Debug {
    fn now(&self) -> Timestamp;

    /// Whether this caller may keep any.
    ///
    /// # Errors
    /// `not_configured` where nobody could make the call later.
    fn check(&self) -> Result<(), CallError>;

    /// Returns once it is durable. The same wish again is the same schedule.
    ///
    /// # Errors
    /// `not_configured` where nobody could make the call later, `rate_limited` for too many.
    fn keep(&self, wish: Wish) -> BoxFuture<'_, Result<Keeping, CallError>>;

    /// All of them: those that are still to come by their next time, then those that ended, the last
    /// one first.
    fn all(&self) -> BoxFuture<'_, Result<Vec<Scheduled>, CallError>>;

    fn look<'a>(&'a self, id: &'a str) -> BoxFuture<'a, Result<Scheduled, CallError>>;

    /// Nothing is begun any more once this has returned.
    fn cancel<'a>(&'a self, id: &'a str) -> BoxFuture<'a, Result<Scheduled, CallError>>;
}

/// What is to be done later.
#[derive(Debug, Clone)]
pub struct Wish {
    /// Of the call that is made each time, with ids in place of names.
    pub arguments: Map<String, Value>,
    /// At least one, each after the one before.
    pub times: Vec<Timestamp>,
    /// In which the times are told.
    pub zone: String,
    /// The rule that the times were made of.
    pub rule: Option<String>,
    /// What the space is called.
    pub title: Option<String>,
}

/// A schedule that is kept.
#[derive(Debug)]
pub struct Keeping {
    pub scheduled: Scheduled,
    /// The same was kept before.
    pub is_known: bool,
    /// It is lost when this process ends.
    pub is_fleeting: bool,
}

/// A schedule as its owner sees it.
#[derive(Debug, Clone)]
pub struct Scheduled {
    pub id: String,
    /// The times are those that are left.
    pub wish: Wish,
    pub state: State,
    pub sent: u32,
    pub not_sent: u32,
    /// The last ones that are over, the newest at the end.
    pub recent: Vec<Past>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    Waiting,
    /// The call of the first time is being made.
    Running,
    Ended,
    Cancelled,
}

/// A time that has passed, and what became of its call.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Past {
    pub due: Timestamp,
    pub fate: Fate,
}

/// What became of one call.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Fate {
    /// With the id of what it made, where that is known.
    Done(Option<String>),
    /// It was not done, and why, in a sentence of ours.
    Refused(String),
    /// It was begun, and whether it was done cannot be found out.
    Unknown,
    /// Its time passed before it could be made, and why.
    Missed(String),
}

impl Context {
    /// The caller's schedules with this tool.
    ///
    /// # Errors
    /// `internal` for a tool whose calls are not kept for later.
    pub fn schedules(&self) -> Result<&dyn Schedules, CallError> {
        let schedules = self.schedules.as_deref();
        schedules.ok_or_else(|| CallError::internal("calls of this tool are not kept for later"))
    }

    /// Whether this call is made because the time of a schedule has come.
    pub fn is_due(&self) -> bool {
        self.is_due
    }
}
