//! The journal: a chain of entries that says who did what. It also stores idempotency keys, answers
//! to repeat, and what has to be reported after a crash.
//!
//! A call that changes something is opened; each of its writes is on disk before it is sent; the
//! call is settled on every path. A call that was begun and never settled, because the process
//! ended, is reported as unknown. It is never run again silently.

pub mod audit;
pub mod verify;

mod call;
mod digest;
mod entry;
mod intent;
mod recall;

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use futures::future::join_all;
use jiff::Timestamp;
use parking_lot::Mutex;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use uuid::Uuid;

pub use self::call::OpenCall;
pub use self::digest::DurableKey;
pub use self::entry::{Correlation, Entry, Kind, Note};
pub use self::intent::{BeginError, Intent, Settled, Write, WriteOutcome};
pub use self::recall::{Asked, By, HandOver, Recall};
use crate::identity::{Principal, Tenant};
use crate::limits;
use crate::seal::Secret;
pub use crate::stores::records::OpenError as StartError;
pub use crate::stores::records::change::Unavailable;
use crate::stores::records::change::{Change, Digest, Keep, OpenRow, Outcome, Refused};
use crate::stores::records::{Clock, Options, RecordStore as _, Records, Retention};

/// The code of a call that did what it was asked.
pub const DONE: &str = "done";
/// The code of a call whose effect is not known.
pub const UNKNOWN: &str = "outcome_unknown";

/// The journal. Clones share it.
#[derive(Debug, Clone)]
pub struct Journal(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    records: Records,
    digests: DurableKey,
    calls: Arc<Semaphore>,
    writes: Arc<Semaphore>,
    notes: Arc<Semaphore>,
    /// Notes lost since the last one was written, because there was no place.
    lost_notes: AtomicU64,
    unwritten: Arc<Unwritten>,
}

/// Keys and identical calls whose outcome is on its way to the disk: a question about them has to
/// wait for it.
#[derive(Debug, Default)]
struct Unwritten(Mutex<HashMap<Digest, usize>>);

/// Held until the outcome is written.
#[derive(Debug)]
struct Mark {
    of: Arc<Unwritten>,
    digest: Digest,
}

impl Unwritten {
    fn mark(self: &Arc<Self>, digest: Digest) -> Mark {
        *self.0.lock().entry(digest).or_default() += 1;
        Mark {
            of: self.clone(),
            digest,
        }
    }

    fn holds(&self, digest: &Digest) -> bool {
        self.0.lock().contains_key(digest)
    }
}

impl Drop for Mark {
    fn drop(&mut self) {
        let mut held = self.of.0.lock();
        if let Some(count) = held.get_mut(&self.digest) {
            *count -= 1;
            if *count == 0 {
                held.remove(&self.digest);
            }
        }
    }
}

impl Journal {
    /// Opens the journal of a data directory, or one that ends with this process, and its digest
    /// key. Blocks while the disk works. Call [`Journal::recover`] next.
    ///
    /// # Errors
    /// [`StartError`], which says what to do; nothing was changed then. In place of
    /// [`StartError::NotWritable`], a journal in memory may be used.
    pub fn start(
        directory: Option<&Path>,
        secret: &Secret,
        previous: Option<&Secret>,
    ) -> Result<(Self, DurableKey), StartError> {
        Journal::start_with(Options {
            directory,
            secret,
            previous,
            retention: match directory {
                Some(_) => Retention::DISK,
                None => Retention::MEMORY,
            },
            clock: Clock::system(),
        })
    }

    /// A journal in memory, at a time that a test sets.
    #[cfg(test)]
    pub(crate) fn at(clock: Clock, secret: &Secret) -> (Self, DurableKey) {
        let started = Journal::start_with(Options {
            directory: None,
            secret,
            previous: None,
            retention: Retention::MEMORY,
            clock,
        });
        started.unwrap()
    }

    fn start_with(options: Options<'_>) -> Result<(Self, DurableKey), StartError> {
        let (records, digests) = Records::open(options)?;
        let digests = DurableKey::new(digests);
        Ok((Journal::over(records, digests.clone()), digests))
    }

    /// The journal of records that are open.
    pub(crate) fn over(records: Records, digests: DurableKey) -> Self {
        Journal(Arc::new(Inner {
            records,
            digests,
            calls: Arc::new(Semaphore::new(limits::JOURNAL_OPEN_CALLS)),
            writes: Arc::new(Semaphore::new(limits::JOURNAL_WRITES_IN_FLIGHT)),
            notes: Arc::new(Semaphore::new(limits::JOURNAL_WAITING_NOTES)),
            lost_notes: AtomicU64::new(0),
            unwritten: Arc::default(),
        }))
    }

    /// The name by which entries know a caller; what it stands for can be deleted.
    pub fn pseudonym(&self, principal: &Principal) -> Principal {
        Principal::new(self.0.digests.principal_of(principal.as_str().as_bytes()))
    }

    /// The names behind pseudonyms, with their tenants.
    ///
    /// # Errors
    /// The records cannot be read.
    pub async fn people(&self) -> Result<Vec<(Tenant, Principal, String)>, Unavailable> {
        let most = limits::RECORDS_PEOPLE_SHOWN;
        let people = self.0.records.store().people(most).await?;
        let people = people.into_iter().map(|person| {
            let (tenant, pseudonym) = (Tenant::new(person.tenant), person.principal);
            (tenant, Principal::new(pseudonym), person.name)
        });
        Ok(people.collect())
    }

    /// Deletes the name behind a pseudonym; entries keep the pseudonym.
    ///
    /// # Errors
    /// The records cannot be written.
    pub async fn forget(&self, tenant: &Tenant, pseudonym: &Principal) -> Result<(), Unavailable> {
        let records = &self.0.records;
        records
            .forget_person(tenant.as_str(), pseudonym.as_str())
            .await
    }

    /// The records under the journal, for other data that has to outlive a process.
    pub fn records(&self) -> &Records {
        &self.0.records
    }

    /// Settles the calls of processes that ended before they did: what they had begun counts as
    /// unknown from now on. Cheap if there are none, however long the journal is.
    ///
    /// # Errors
    /// The records cannot be read or written.
    pub async fn recover(&self) -> Result<(), Unavailable> {
        let store = self.0.records.store();
        for process in store.dead_runners(None).await? {
            self.recover_from(process).await?;
        }
        store.bury().await
    }

    /// Opens a call. Nothing is written yet: intent, nonce and key are written with the first
    /// [`OpenCall::begin`], or with the outcome if nothing was begun.
    pub fn open(&self, intent: Intent) -> OpenCall {
        OpenCall::new(self.clone(), intent)
    }

    /// Uses up a confirmation without a call, and returns once that is durable.
    ///
    /// # Errors
    /// The records cannot be written.
    pub async fn use_up(&self, nonce: Uuid) -> Result<(), Unavailable> {
        let at = self.now().as_millisecond();
        let change = Change::UseUp { nonce, at };
        let written = self.0.records.commit(change).await;
        written.map_err(|_| Unavailable)
    }

    /// Whether a confirmation was used up, by a call or by a "no".
    ///
    /// # Errors
    /// The records cannot be read.
    pub async fn is_used(&self, nonce: Uuid) -> Result<bool, Unavailable> {
        self.0.records.store().is_used(nonce).await
    }

    /// Writes an entry that does not belong to a call, along with the next commit. If too many are
    /// waiting, it is only counted, and the count becomes an entry.
    pub fn note(&self, note: Note) {
        let entry = note.entry(self.now());
        self.write_note(entry.to_bytes());
    }

    /// Returns once everything before is written, or has failed.
    pub async fn flush(&self) {
        let _ = self.0.records.store().flush().await;
    }

    /// Whether entries outlive this process.
    pub fn is_durable(&self) -> bool {
        self.0.records.is_durable()
    }

    /// Whether the last attempt to write succeeded; after a failure, writing is tried again and
    /// again.
    pub fn is_writable(&self) -> bool {
        self.0.records.store().is_writable()
    }

    /// Whether nothing can be written until a restart, because the file was moved or deleted.
    pub fn is_gone(&self) -> bool {
        self.0.records.store().is_gone()
    }

    /// The number of transactions made durable since the start.
    pub fn commits(&self) -> u64 {
        self.0.records.store().commits()
    }

    fn write_note(&self, entry: Vec<u8>) {
        let Ok(place) = self.0.notes.clone().try_acquire_owned() else {
            self.lose_note();
            return;
        };
        let lost = self.0.lost_notes.swap(0, Ordering::Relaxed);
        if lost > 0 {
            let lost = Entry::lost(lost, self.now()).to_bytes();
            self.0.records.ride(Change::Note { entry: lost }, ());
        }
        self.0.records.ride(Change::Note { entry }, place);
    }

    /// Takes a place, or waits for one. While nothing can be written, no place becomes free, so
    /// this does not wait.
    async fn place(
        &self,
        of: &Arc<Semaphore>,
        places: u32,
    ) -> Result<OwnedSemaphorePermit, BeginError> {
        if let Ok(found) = of.clone().try_acquire_many_owned(places) {
            return Ok(found);
        }
        if !self.is_writable() {
            return Err(BeginError::Unavailable);
        }
        let found = of.clone().acquire_many_owned(places).await;
        found.map_err(|_| BeginError::Unavailable)
    }

    /// Queues a change. Anyone who asks about one of `askable` from now on waits until it is
    /// written.
    fn ride(
        &self,
        askable: impl IntoIterator<Item = Digest>,
        change: Change,
        place: impl Send + 'static,
    ) {
        let marks: Vec<Mark> = askable
            .into_iter()
            .map(|digest| self.0.unwritten.mark(digest))
            .collect();
        self.0.records.ride(change, (place, marks));
    }

    /// Like [`Journal::ride`], but if too many notes are waiting, the change is lost and counted.
    fn ride_as_note(&self, askable: impl IntoIterator<Item = Digest>, change: Change) {
        match self.0.notes.clone().try_acquire_owned() {
            Ok(place) => self.ride(askable, change, place),
            Err(_) => self.lose_note(),
        }
    }

    fn lose_note(&self) {
        self.0.lost_notes.fetch_add(1, Ordering::Relaxed);
    }

    fn now(&self) -> Timestamp {
        Timestamp::from_millisecond(self.0.records.clock().now()).unwrap_or(Timestamp::UNIX_EPOCH)
    }

    async fn recover_from(&self, process: Uuid) -> Result<(), Unavailable> {
        let most = limits::JOURNAL_RECOVERED_AT_ONCE_CALLS;
        loop {
            let calls = self.0.records.store().open_calls(process, most).await?;
            let is_last = calls.len() < most;
            let settled = join_all(calls.into_iter().map(|call| self.give_up(call))).await;
            if settled.contains(&Err(Refused::Unavailable)) {
                return Err(Unavailable);
            }
            if is_last {
                return Ok(());
            }
        }
    }

    /// Settles a call whose process ended, unless another process was faster.
    async fn give_up(&self, row: OpenRow) -> Result<(), Refused> {
        let now = self.now();
        let kept_until = row.at + limits::JOURNAL_UNDELIVERED_SECONDS * 1_000;
        let may_keep = row.keeps_outcome && kept_until > now.as_millisecond();
        let change = Change::Settle {
            call: row.call,
            opening: None,
            entry: Entry::given_up(&row.entry, row.call, now).to_bytes(),
            outcome: Outcome {
                is_unknown: true,
                code: UNKNOWN.to_owned(),
                began: row.began,
                ..Outcome::default()
            },
            at: row.at,
            frees_key: false,
            keep: may_keep.then_some(Keep {
                until: kept_until,
                pending: None,
            }),
        };
        self.0.records.commit(change).await
    }
}

#[cfg(test)]
pub(crate) mod tests;
