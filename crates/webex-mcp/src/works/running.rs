//! A work that runs in this process, and the notes about its items.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use futures::future::BoxFuture;
use jiff::Timestamp;
use parking_lot::Mutex;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tokio::sync::watch;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::refusal::{unreadable, unwritable};
use super::stored::{End, ITEM, Stored};
use super::{New, Owner, Signals, name};
use crate::error::{CallError, Code};
use crate::identity::{Principal, Tenant};
use crate::limits;
use crate::seal::{digest, hex};
use crate::stores::records::Records;
use crate::stores::records::change::{RecordName, Refused};
use crate::tool::{Answer, Ledger, Noted, Question, Total};

/// How far a work is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reached {
    pub done: u64,
    pub total: Total,
    /// The seconds that the rest takes at the speed so far; `None` where nothing is known, or no
    /// rest.
    pub left: Option<u64>,
    /// The seconds for which Webex wants no request of its owner, where that is known.
    pub held: Option<u64>,
}

impl Reached {
    pub fn after(done: u64, total: Total, taken: Duration) -> Self {
        let rest = match total {
            Total::Unknown => 0,
            Total::About(total) | Total::Exactly(total) => total.saturating_sub(done),
        };
        let seconds = || taken.as_secs_f64() * rest as f64 / done as f64;
        let left = (done > 0 && rest > 0).then(|| (seconds().ceil() as u64).max(1));
        Reached {
            done,
            total,
            left,
            held: None,
        }
    }
}

/// A work that runs here.
#[derive(Debug)]
pub struct Running {
    pub id: Uuid,
    pub(super) principal: Principal,
    pub(super) digest: [u8; 32],
    pub(super) is_askable: bool,
    pub signals: Signals,
    /// Whether its owner is asked and has not answered.
    pub(super) open: watch::Sender<bool>,
    /// Cancelled once its outcome is written down.
    pub(super) over: CancellationToken,
    tenant: Tenant,
    pub tool: Arc<str>,
    records: Records,
    began: Instant,
    /// Its owner wants it to stop.
    is_cancelled: AtomicBool,
    /// It ended before all of its items were begun, and its owner did not want that.
    is_incomplete: AtomicBool,
    record: Mutex<Kept>,
    /// How it ended, where that could not be written.
    unwritten: Mutex<Option<End>>,
    /// One write of the record at a time.
    writing: tokio::sync::Mutex<()>,
}

/// The record as it was written last, and when.
#[derive(Debug)]
struct Kept {
    stored: Stored,
    version: u64,
    written: Instant,
}

/// What is noted of an item.
#[derive(Serialize, Deserialize)]
struct Item {
    outcome: Option<Value>,
}

impl Running {
    pub(super) fn new(records: Records, new: New, stored: Stored, version: u64) -> Self {
        let now = Instant::now();
        Running {
            id: new.id,
            principal: new.principal,
            digest: new.digest,
            is_askable: new.is_askable,
            signals: new.signals,
            open: watch::Sender::new(stored.open_question().is_some()),
            over: CancellationToken::new(),
            tenant: new.tenant,
            tool: new.tool,
            records,
            began: now,
            is_cancelled: AtomicBool::new(false),
            is_incomplete: AtomicBool::new(false),
            record: Mutex::new(Kept {
                stored,
                version,
                written: now,
            }),
            unwritten: Mutex::default(),
            writing: tokio::sync::Mutex::default(),
        }
    }

    pub(super) fn is_of(&self, owner: Owner<'_>) -> bool {
        let stored = &self.record.lock().stored;
        owner.owns(self.principal.as_str(), &self.tool, &stored.server)
    }

    pub(super) fn name(&self) -> RecordName {
        name(&self.tenant, self.id)
    }

    pub(super) fn content(&self) -> Result<Vec<u8>, serde_json::Error> {
        serde_json::to_vec(&self.record.lock().stored)
    }

    pub(super) fn with_stored<T>(&self, read: impl FnOnce(&Stored) -> T) -> T {
        read(&self.record.lock().stored)
    }

    pub fn reached(&self) -> Reached {
        let kept = self.record.lock();
        Reached::after(kept.stored.done, kept.stored.total(), self.began.elapsed())
    }

    /// Returns once it is over or asks its owner, or after `wait`; says whether it is over.
    pub async fn ends_within(&self, wait: Duration) -> bool {
        tokio::select! {
            () = self.over.cancelled() => {}
            () = self.asks() => {}
            () = tokio::time::sleep(wait) => {}
        }
        self.is_over()
    }

    pub fn is_cancelled(&self) -> bool {
        self.is_cancelled.load(Ordering::Relaxed)
    }

    /// Stops it before its next item.
    pub fn cancel(&self) {
        self.is_cancelled.store(true, Ordering::Relaxed);
        self.open.send_replace(false);
        self.signals.stop.cancel();
    }

    pub fn is_incomplete(&self) -> bool {
        self.is_incomplete.load(Ordering::Relaxed)
    }

    /// Whether a new process goes on after this outcome. After an item was done, what cut the work
    /// off is told as an unknown outcome.
    pub(super) fn goes_on_after(&self, outcome: &Result<Answer, CallError>) -> bool {
        let is_cut_off = matches!(outcome, Err(error) if matches!(
            error.code,
            Code::Cancelled | Code::Unavailable | Code::OutcomeUnknown
        ));
        is_cut_off && self.is_to_be_continued()
    }

    pub(super) fn is_over(&self) -> bool {
        self.over.is_cancelled()
    }

    pub(super) fn keep(&self, end: End) {
        *self.unwritten.lock() = Some(end);
    }

    pub(super) fn kept_end(&self) -> Option<End> {
        self.unwritten.lock().clone()
    }

    /// Changes the record, and says whether it is written. Somebody who cancels or answers may have
    /// written it meanwhile.
    pub(super) async fn write(&self, change: impl Fn(&mut Stored)) -> bool {
        let _one = self.writing.lock().await;
        for _ in 0..limits::WORK_WRITE_ATTEMPTS {
            let (content, version) = {
                let mut kept = self.record.lock();
                change(&mut kept.stored);
                kept.written = Instant::now();
                (serde_json::to_vec(&kept.stored), kept.version)
            };
            let Ok(content) = content else { return false };
            match self.records.put(&self.name(), version, &content).await {
                Ok(version) => {
                    self.record.lock().version = version;
                    return true;
                }
                Err(Refused::Changed(version)) => {
                    self.record.lock().version = version;
                    self.hear().await;
                }
                Err(_) => {
                    tracing::warn!("how far a long work is could not be written");
                    return false;
                }
            }
        }
        false
    }

    /// Takes up what other processes write: that it is to stop, and an answer, which came before one
    /// that is not written yet.
    pub(super) async fn hear(&self) {
        let record = self.records.get(&self.name()).await;
        let Some(told) = record.ok().flatten().as_ref().and_then(Stored::read) else {
            return;
        };
        if told.is_agreed().is_some() {
            self.record.lock().stored.asked = told.asked;
            self.open.send_replace(false);
        }
        if told.is_cancelled {
            self.record.lock().stored.is_cancelled = true;
            self.cancel();
        }
    }

    /// Writes down how far it is, now and then.
    async fn save(&self) {
        let is_due = self.record.lock().written.elapsed()
            >= Duration::from_secs(limits::WORK_SAVED_EVERY_SECONDS);
        if is_due {
            self.write(|_| ()).await;
        }
    }

    fn item(&self, item: &str) -> RecordName {
        let short = hex(&digest(item.as_bytes()));
        RecordName {
            tenant: self.tenant.as_str().to_owned(),
            kind: ITEM.to_owned(),
            id: format!("{}/{short}", self.id),
        }
    }

    async fn note(
        &self,
        item: &str,
        expected: u64,
        outcome: Option<Value>,
    ) -> Result<(), CallError> {
        let content = serde_json::to_vec(&Item { outcome }).map_err(CallError::internal)?;
        let put = self.records.put(&self.item(item), expected, &content).await;
        put.map(drop).map_err(|_| unwritable())
    }
}

impl Ledger for Running {
    fn noted<'a>(&'a self, item: &'a str) -> BoxFuture<'a, Result<Noted, CallError>> {
        Box::pin(async move {
            let record = self.records.get(&self.item(item)).await;
            let Some(record) = record.map_err(unreadable)? else {
                return Ok(Noted::Nothing);
            };
            let noted: Item =
                serde_json::from_slice(&record.content).map_err(CallError::internal)?;
            Ok(noted.outcome.map_or(Noted::Begun, Noted::Ended))
        })
    }

    fn begin<'a>(&'a self, item: &'a str) -> BoxFuture<'a, Result<(), CallError>> {
        Box::pin(async move {
            self.save().await;
            self.note(item, 0, None).await
        })
    }

    fn end<'a>(&'a self, item: &'a str, outcome: Value) -> BoxFuture<'a, Result<(), CallError>> {
        Box::pin(self.note(item, 1, Some(outcome)))
    }

    fn reached(&self, done: u64, total: Total) {
        let now = self.records.clock().now();
        let mut kept = self.record.lock();
        kept.stored.done = done;
        kept.stored.reaches(total);
        kept.stored.reached_at = now;
    }

    fn save(&self) -> BoxFuture<'_, ()> {
        Box::pin(Running::save(self))
    }

    fn began(&self) -> Timestamp {
        let began = self.record.lock().stored.began_at;
        Timestamp::from_millisecond(began).unwrap_or(Timestamp::UNIX_EPOCH)
    }

    fn is_stopped(&self) -> bool {
        self.signals.stop.is_cancelled()
    }

    fn stopped(&self) -> BoxFuture<'_, ()> {
        Box::pin(self.signals.stop.cancelled())
    }

    fn is_to_be_continued(&self) -> bool {
        let is_lasting = self.record.lock().stored.is_lasting;
        is_lasting && self.records.is_durable() && self.is_stopped() && !self.is_cancelled()
    }

    fn ends_early(&self) {
        self.is_incomplete.store(true, Ordering::Relaxed);
    }

    fn ask(&self, question: Question) -> BoxFuture<'_, bool> {
        Box::pin(async move { self.ask_owner(&question).await })
    }

    fn is_agreed(&self) -> bool {
        self.with_stored(|stored| stored.is_agreed()) == Some(true)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_is_only_told_of_a_rest_that_is_known() {
        let taken = Duration::from_secs(10);
        for (done, total, left) in [
            (0, Total::Unknown, None),
            (100, Total::Unknown, None),
            (0, Total::Exactly(8), None),
            (100, Total::Exactly(100), None),
            (100, Total::About(100), None),
            (100, Total::About(90), None),
            (5, Total::Exactly(8), Some(6)),
            (5, Total::About(10), Some(10)),
            // Less than a second is not none.
            (1_000_000, Total::Exactly(1_000_001), Some(1)),
            (1, Total::About(u64::MAX), Some(u64::MAX)),
        ] {
            let reached = Reached::after(done, total, taken);
            assert_eq!(reached.left, left, "{done} of {total:?}");
        }
    }
}
