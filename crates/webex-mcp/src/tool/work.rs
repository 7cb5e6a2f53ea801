//! Long work: what a workflow may use beyond one call. It notes each item before and after it is
//! done, so that it can go on after a restart without doing anything twice.

use std::borrow::Cow;

use futures::future::BoxFuture;
use jiff::Timestamp;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Context, Question, Total};
use crate::error::{CallError, Code};
use crate::limits;

/// What is noted about the items of one work. An item is named by what it is about, such as the id
/// of a space.
pub trait Ledger: Send + Sync + std::fmt::Debug {
    fn noted<'a>(&'a self, item: &'a str) -> BoxFuture<'a, Result<Noted, CallError>>;

    /// Returns once it is durable that the item is begun.
    fn begin<'a>(&'a self, item: &'a str) -> BoxFuture<'a, Result<(), CallError>>;

    /// Returns once the outcome is durable.
    fn end<'a>(&'a self, item: &'a str, outcome: Value) -> BoxFuture<'a, Result<(), CallError>>;

    /// How far the work is, for those who look.
    fn reached(&self, done: u64, total: Total);

    /// Writes down how far it is, now and then, and learns whether another process has stopped it.
    fn save(&self) -> BoxFuture<'_, ()>;

    /// When the work began, in whatever process.
    fn began(&self) -> Timestamp;

    /// Whether the work is to stop: nothing further is begun then.
    fn is_stopped(&self) -> bool;

    /// Returns once the work is to stop.
    fn stopped(&self) -> BoxFuture<'_, ()>;

    /// Whether it was stopped by the end of the server, and the next process goes on with it.
    fn is_to_be_continued(&self) -> bool;

    /// Something other than its owner ends the work before all of its items were begun.
    fn ends_early(&self);

    /// Asks the owner of the work, and returns once that is answered: no where nobody can answer, or
    /// nobody does in time. A work asks once, also over a restart.
    fn ask(&self, question: Question) -> BoxFuture<'_, bool>;

    /// Whether its owner said yes.
    fn is_agreed(&self) -> bool;
}

/// What is known about an item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Noted {
    Nothing,
    /// An earlier run began it and was cut off.
    Begun,
    Ended(Value),
}

/// What to do about an item of which it is not known whether it was done.
const LOOK: &str = "Look in Webex whether it was done before you repeat it.";

/// What became of an item.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Became<T> {
    Done(T),
    /// Webex refused it; why, and what to do next, in sentences of ours.
    Refused {
        code: String,
        message: String,
        /// In Webex's own words.
        #[serde(default)]
        webex_message: Option<String>,
    },
    /// It was begun, and whether it was done cannot be found out.
    Unknown,
}

impl<T> Became<T> {
    fn refused(error: &CallError) -> Self {
        Became::Refused {
            code: error.code.name().to_owned(),
            message: error.with_advice(),
            webex_message: error
                .webex_message
                .as_deref()
                .map(|it| it.as_str().to_owned()),
        }
    }

    /// An outcome in a word, and why it was refused; `None` is an item that was not begun.
    pub fn told(
        became: Option<Self>,
        done: impl FnOnce(T) -> &'static str,
    ) -> (&'static str, Option<String>) {
        match became {
            None => ("notDone", None),
            Some(Became::Done(outcome)) => (done(outcome), None),
            Some(Became::Refused { message, .. }) => ("refused", Some(message)),
            Some(Became::Unknown) => ("unknown", Some(LOOK.to_owned())),
        }
    }
}

/// One of the things that a work does the same with.
pub trait Item {
    /// What is known once it was done.
    type Made;

    /// What people call it, for a question about it.
    fn name(&self) -> &str;

    /// Whether it is not known if it was done, all of it.
    fn is_unknown(became: &Became<Self::Made>) -> bool {
        matches!(became, Became::Unknown)
    }
}

/// What became of all items, in their order; `None` for what was not begun.
#[derive(Debug)]
pub struct Through<T> {
    pub outcomes: Vec<Option<Became<T>>>,
    /// What ended the work early and what to do next, in sentences of ours, if it was not its owner.
    pub ended_because: Option<String>,
}

impl Context {
    /// Does one item, at most once however often the work is begun again; twice where the work's
    /// owner agreed to that, because it is not known what came of the first time. `found` looks
    /// whether an item had been done: `None` says that it was not.
    ///
    /// # Errors
    /// What ends the whole work: it is to stop, or nothing can be noted.
    pub async fn once<T, L, A>(
        &self,
        item: &str,
        found: impl FnOnce() -> L,
        act: impl Fn() -> A,
    ) -> Result<Became<T>, CallError>
    where
        T: Serialize + DeserializeOwned,
        L: Future<Output = Result<Option<T>, CallError>>,
        A: Future<Output = Result<T, CallError>>,
    {
        let ledger = self.ledger()?;
        let (mut item, mut noted, mut is_again) =
            (Cow::Borrowed(item), ledger.noted(item).await?, false);
        if let Noted::Ended(outcome) = &noted
            && ledger.is_agreed()
            && matches!(read(outcome.clone())?, Became::<T>::Unknown)
        {
            // The second time has a note of its own.
            item = Cow::Owned(format!("again {item}"));
            (noted, is_again) = (ledger.noted(&item).await?, true);
        }
        match noted {
            Noted::Ended(outcome) => return read(outcome),
            Noted::Begun => is_again = true,
            Noted::Nothing if ledger.is_stopped() => return Err(stopped()),
            Noted::Nothing => ledger.begin(&item).await?,
        }
        let became = match is_again {
            false => self.acted(ledger, act).await?,
            true => match found().await {
                Ok(Some(done)) => Became::Done(done),
                Ok(None) => self.acted(ledger, act).await?,
                Err(_) => Became::Unknown,
            },
        };
        let outcome = serde_json::to_value(&became).map_err(CallError::internal)?;
        // It happened, whether or not that can be written down: a work that goes on looks for it.
        let _ = ledger.end(&item, outcome).await;
        Ok(became)
    }

    /// An error that is about this item alone is its outcome; others end the work. Where Webex wants
    /// its caller to wait, the whole work waits: the next item would be refused as well.
    async fn acted<T, A>(
        &self,
        ledger: &dyn Ledger,
        act: impl Fn() -> A,
    ) -> Result<Became<T>, CallError>
    where
        A: Future<Output = Result<T, CallError>>,
    {
        let error = match self.repeated(ledger, &[Code::RateLimited], act).await {
            Ok(done) => return Ok(Became::Done(done)),
            Err(error) => error,
        };
        match error.code {
            Code::OutcomeUnknown | Code::Timeout => Ok(Became::Unknown),
            Code::RateLimited
            | Code::Cancelled
            | Code::Unauthorized
            | Code::Unavailable
            | Code::Internal => Err(error),
            _ => Ok(Became::refused(&(self.alike)(error))),
        }
    }

    /// Waits and repeats while it fails with one of these codes.
    async fn repeated<T, A>(
        &self,
        ledger: &dyn Ledger,
        waited_for: &[Code],
        act: impl Fn() -> A,
    ) -> Result<T, CallError>
    where
        A: Future<Output = Result<T, CallError>>,
    {
        for _ in 0..limits::WORK_WAITS_PER_ITEM {
            let error = match act().await {
                Ok(done) => return Ok(done),
                Err(error) => error,
            };
            let wait = error.retry_after.unwrap_or(limits::WORK_WAIT_UNSAID);
            if !waited_for.contains(&error.code) || wait > limits::WORK_WAIT_MAX {
                return Err(error);
            }
            tokio::select! {
                () = ledger.stopped() => return Err(stopped()),
                () = tokio::time::sleep(wait) => {}
            }
        }
        Err(throttled())
    }

    /// One of many reads of a work that has no items. Where Webex limits the rate or cannot be
    /// reached, it waits: what was read before is not read again.
    ///
    /// # Errors
    /// `cancelled` where the work is to stop; else whatever Webex refuses.
    pub async fn next_read<T, A>(&self, read: impl Fn() -> A) -> Result<T, CallError>
    where
        A: Future<Output = Result<T, CallError>>,
    {
        let ledger = self.ledger()?;
        ledger.save().await;
        if ledger.is_stopped() {
            return Err(stopped());
        }
        let waited_for = [Code::RateLimited, Code::Unavailable, Code::Timeout];
        self.repeated(ledger, &waited_for, read).await
    }

    /// Does the items in their order, and at the end asks what to do about those of which it is not
    /// known whether they were done. What ends the work early is told with what was done before.
    ///
    /// # Errors
    /// What ended the work before anything was done, or so that the next process goes on with it.
    pub async fn each<'a, I, F>(
        &self,
        items: &'a [I],
        once: impl Fn(&'a I) -> F,
    ) -> Result<Through<I::Made>, CallError>
    where
        I: Item,
        F: Future<Output = Result<Became<I::Made>, CallError>>,
    {
        let ledger = self.ledger()?;
        let total = items.len();
        let mut outcomes = Vec::with_capacity(total);
        for (index, item) in items.iter().enumerate() {
            self.reached(index, total);
            let error = match once(item).await {
                Ok(became) => {
                    outcomes.push(Some(became));
                    continue;
                }
                Err(error) => error,
            };
            let is_stopped = ledger.is_stopped();
            if ledger.is_to_be_continued() || (index == 0 && !is_stopped) {
                return Err(error);
            }
            if !is_stopped {
                ledger.ends_early();
            }
            outcomes.resize_with(total, || None);
            return Ok(Through {
                outcomes,
                ended_because: (!is_stopped).then(|| error.with_advice()),
            });
        }
        self.reached(total, total);
        let tried = Through {
            outcomes,
            ended_because: None,
        };
        self.again(items, tried, once).await
    }

    /// Says how far the work is, to the client and to those who look later.
    pub fn reached(&self, done: usize, total: usize) {
        let (done, total) = (done as u64, total as u64);
        if let Some(ledger) = &self.ledger {
            ledger.reached(done, Total::Exactly(total));
        }
        self.progress
            .report(done, Some(total), format!("{done} of {total}"));
    }

    /// The same where the total can only be estimated, or not even that. An estimate that is
    /// reached is none.
    pub fn reached_about(&self, done: u64, about: Option<u64>, what: &'static str) {
        let about = about.filter(|about| *about > done);
        if let Some(ledger) = &self.ledger {
            ledger.reached(done, about.map_or(Total::Unknown, Total::About));
        }
        self.progress.report(done, about, what);
    }

    /// When the work began, in whatever process.
    ///
    /// # Errors
    /// `internal` for what is no long work.
    pub fn began(&self) -> Result<Timestamp, CallError> {
        Ok(self.ledger()?.began())
    }

    pub(super) fn ledger(&self) -> Result<&dyn Ledger, CallError> {
        let ledger = self.ledger.as_deref();
        ledger.ok_or_else(|| CallError::internal("only long work has items"))
    }
}

fn read<T: DeserializeOwned>(outcome: Value) -> Result<Became<T>, CallError> {
    serde_json::from_value(outcome).map_err(CallError::internal)
}

pub(super) fn stopped() -> CallError {
    CallError::new(
        Code::Cancelled,
        "The work was stopped before its next item.",
        "Start it again for the rest, if it is still wanted.",
    )
}

fn throttled() -> CallError {
    CallError::new(
        Code::RateLimited,
        "Webex limits the rate of this user's requests, and still did after long waits.",
        "Begin the work again later for the rest.",
    )
}
