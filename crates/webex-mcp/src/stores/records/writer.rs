//! The thread that writes. It puts everything that is waiting into one transaction, so that many
//! callers share one sync of the disk. Changes without a waiting caller go along with them.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::{Duration, Instant};

use rusqlite::Connection;
use tokio::sync::oneshot;

use super::Clock;
use super::apply::{Applied, Batch, Scribe};
use super::change::{Change, Refused, Submission};
use super::gone::Place;
use super::open;
use super::process::Alive;
use super::retention::{self, Retention};
use super::vault::KeyRing;
use crate::limits;

/// The requests to the threads.
pub enum Job {
    Write(Box<Submission>),
    Read(Box<dyn FnOnce(&Connection) + Send>),
    /// Answered once everything before it is written, or dropped if that fails.
    Flush(oneshot::Sender<()>),
    /// Ends without writing what is waiting, as a killed process would.
    #[cfg(test)]
    Crash(std::sync::mpsc::Sender<()>),
    #[cfg(test)]
    Forget(oneshot::Sender<()>),
    #[cfg(test)]
    Touch(Box<dyn FnOnce(&mut Connection) + Send>),
}

impl std::fmt::Debug for Job {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Job(…)")
    }
}

/// The state of the writer, as others see it.
#[derive(Debug)]
pub struct Health {
    pub is_writable: AtomicBool,
    pub is_gone: AtomicBool,
    pub commits: AtomicU64,
}

impl Default for Health {
    fn default() -> Self {
        Health {
            is_writable: AtomicBool::new(true),
            is_gone: AtomicBool::new(false),
            commits: AtomicU64::new(0),
        }
    }
}

/// The thread's own state.
pub struct Writer {
    pub database: Connection,
    pub scribe: Scribe,
    pub keys: Arc<KeyRing>,
    pub retention: Retention,
    pub clock: Clock,
    pub health: Arc<Health>,
    /// Released after the database is closed.
    pub _alive: Alive,
    pub is_on_disk: bool,
    pub place: Option<Place>,
    /// The log may still have what was deleted of a person.
    pub is_log_outdated: bool,
}

struct Waiting {
    submissions: Vec<Submission>,
    flushes: Vec<oneshot::Sender<()>>,
    /// A caller waits for the commit.
    is_urgent: bool,
    /// The latest time of the commit.
    due: Option<Instant>,
}

enum Turn {
    Go,
    Closed,
    #[cfg(test)]
    Crashed(std::sync::mpsc::Sender<()>),
}

impl Writer {
    /// Runs until every sender is gone; then it writes what is waiting and releases the process's
    /// lock.
    pub fn run(mut self, jobs: &Receiver<Job>) {
        let mut waiting = Waiting {
            submissions: Vec::new(),
            flushes: Vec::new(),
            is_urgent: false,
            due: None,
        };
        let mut tidy = Instant::now() + FIRST_TIDYING;
        let mut since_checkpoint = 0;
        loop {
            let until = waiting.due.map_or(tidy, |due| due.min(tidy));
            let turn = self.gather(jobs, &mut waiting, until);
            #[cfg(test)]
            if let Turn::Crashed(told) = turn {
                drop((self, waiting));
                let _ = told.send(());
                return;
            }
            let is_closed = matches!(turn, Turn::Closed);
            let now = Instant::now();
            if waiting.is_urgent || is_closed || waiting.due.is_some_and(|due| due <= now) {
                since_checkpoint += 1 + waiting.submissions.len();
                self.commit(&mut waiting);
            }
            if is_closed {
                self.empty_log();
                return;
            }
            if since_checkpoint >= limits::RECORDS_CHECKPOINT_CHANGES {
                self.checkpoint();
                since_checkpoint = 0;
            }
            if tidy <= now {
                tidy = now + self.tidy();
            }
        }
    }

    /// Waits for the first job, then takes those behind it, up to a full batch.
    fn gather(&mut self, jobs: &Receiver<Job>, waiting: &mut Waiting, until: Instant) -> Turn {
        let mut next = match jobs.recv_timeout(until.saturating_duration_since(Instant::now())) {
            Ok(job) => Some(job),
            Err(RecvTimeoutError::Timeout) => None,
            Err(RecvTimeoutError::Disconnected) => return Turn::Closed,
        };
        let mut taken = 0;
        while let Some(job) = next {
            match job {
                Job::Write(submission) => waiting.add(*submission),
                Job::Read(read) => read(&self.database),
                Job::Flush(told) => {
                    waiting.flushes.push(told);
                    waiting.is_urgent = true;
                }
                #[cfg(test)]
                Job::Crash(told) => return Turn::Crashed(told),
                #[cfg(test)]
                Job::Forget(told) => {
                    while self.tidy() < TIDYING {}
                    let _ = told.send(());
                }
                #[cfg(test)]
                Job::Touch(touch) => touch(&mut self.database),
            }
            taken += 1;
            if taken == limits::RECORDS_BATCH_CHANGES {
                break;
            }
            next = jobs.try_recv().ok();
        }
        Turn::Go
    }

    fn commit(&mut self, waiting: &mut Waiting) {
        waiting.is_urgent = false;
        let was_writable = self.health.is_writable.load(Ordering::Relaxed);
        if waiting.submissions.is_empty() && was_writable {
            waiting.due = None;
        } else {
            match self.write(&waiting.submissions) {
                Ok(results) => {
                    if !was_writable {
                        tracing::info!("the records can be written again");
                    }
                    self.health.is_writable.store(true, Ordering::Relaxed);
                    self.health.commits.fetch_add(1, Ordering::Relaxed);
                    waiting.due = None;
                    if waiting.forgets() {
                        self.is_log_outdated = self.is_on_disk;
                        self.empty_log();
                    }
                    for (submission, result) in waiting.submissions.drain(..).zip(results) {
                        // The place is released before the result is sent, so that a caller with a
                        // result finds it free.
                        drop(submission.place);
                        if let Some(done) = submission.done {
                            // The caller may have stopped waiting.
                            let _ = done.send(result);
                        }
                    }
                }
                Err(error) => {
                    if was_writable {
                        tracing::error!(%error, "the records cannot be written: effects are refused");
                    }
                    self.health.is_writable.store(false, Ordering::Relaxed);
                    waiting.refuse_awaited();
                    waiting.flushes.clear();
                    waiting.due = Some(Instant::now() + AGAIN);
                }
            }
        }
        for told in waiting.flushes.drain(..) {
            let _ = told.send(());
        }
    }

    fn write(&mut self, submissions: &[Submission]) -> rusqlite::Result<Vec<Applied>> {
        let is_gone = self.place.as_mut().is_some_and(Place::is_gone);
        self.health.is_gone.store(is_gone, Ordering::Relaxed);
        if is_gone {
            let moved = rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_READONLY_DBMOVED);
            return Err(rusqlite::Error::SqliteFailure(moved, None));
        }
        let now = self.clock.now();
        let mut batch = Batch::begin(&mut self.database)?;
        let keys = self.keys.follow(&batch.transaction)?;
        let is_old = |sealed: &[u8]| !keys.is_newest(sealed);
        let results = submissions
            .iter()
            .map(|submission| match submission.change.sealed() {
                Some(sealed) if is_old(sealed) => Ok(Err(Refused::OldKey)),
                _ => batch.apply(&submission.change),
            })
            .collect::<rusqlite::Result<Vec<_>>>()?;
        batch.commit(&self.scribe, now)?;
        Ok(results)
    }

    /// Moves the log into the database, as far as no reader prevents it.
    fn checkpoint(&self) {
        if self.is_on_disk {
            let moved = self
                .database
                .query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |_| Ok(()));
            if let Err(error) = moved {
                tracing::debug!(%error, "the write-ahead log of the records could not be checkpointed");
            }
        }
    }

    /// Empties the log where it has what was deleted: until then, that stands there as it was. Whoever
    /// reads in another process may prevent it; then the next cleaning tries again.
    fn empty_log(&mut self) {
        if !self.is_log_outdated {
            return;
        }
        let wait = Duration::from_millis(limits::RECORDS_LOG_EMPTIED_WITHIN_MILLIS);
        let emptied = self.database.busy_timeout(wait).and_then(|()| {
            let truncate = "PRAGMA wal_checkpoint(TRUNCATE)";
            self.database
                .query_row(truncate, [], |row| row.get::<_, bool>(0))
        });
        match emptied {
            Ok(is_busy) => self.is_log_outdated = is_busy,
            Err(error) => {
                tracing::debug!(%error, "the write-ahead log of the records could not be emptied");
            }
        }
        if let Err(error) = self.database.busy_timeout(open::busy_timeout()) {
            tracing::debug!(%error, "the records keep a short wait for other processes");
        }
    }

    /// Removes what has expired and returns the time until the next round.
    fn tidy(&mut self) -> Duration {
        self.empty_log();
        let now = self.clock.now();
        if let Err(error) = self.keys.follow(&self.database) {
            tracing::debug!(%error, "the keys of the vault could not be read");
        }
        match retention::step(&mut self.database, &self.scribe, &self.retention, now) {
            Ok(true) => AGAIN,
            Ok(false) => TIDYING,
            Err(error) => {
                tracing::debug!(%error, "expired records could not be removed");
                TIDYING
            }
        }
    }
}

const FIRST_TIDYING: Duration = Duration::from_secs(limits::RECORDS_FIRST_TIDYING_SECONDS);
const TIDYING: Duration = Duration::from_secs(limits::RECORDS_TIDYING_SECONDS);
const AGAIN: Duration = Duration::from_millis(limits::RECORDS_AGAIN_MILLIS);
const RIDE: Duration = Duration::from_millis(limits::RECORDS_RIDE_MILLIS);

impl Waiting {
    fn add(&mut self, submission: Submission) {
        self.is_urgent |= submission.done.is_some();
        self.due.get_or_insert_with(|| Instant::now() + RIDE);
        self.submissions.push(submission);
    }

    /// Whether something of a person is deleted.
    fn forgets(&self) -> bool {
        let mut changes = self.submissions.iter().map(|it| &it.change);
        changes.any(|change| matches!(change, Change::Forget { .. }))
    }

    /// Refuses the changes that a caller waits for. The others stay, to be written when that is
    /// possible again.
    fn refuse_awaited(&mut self) {
        self.submissions.retain_mut(|submission| {
            let Some(done) = submission.done.take() else {
                return true;
            };
            submission.place = None;
            let _ = done.send(Err(Refused::Unavailable));
            false
        });
    }
}
