//! SQLite in this process: one thread writes, one reads, each behind a bounded queue.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::sync::mpsc::{self, Sender};

use rusqlite::Connection;
use tokio::sync::{Semaphore, oneshot};
use uuid::Uuid;

use super::apply::Scribe;
use super::change::{
    Digest, EntryRow, Kept, KeyRow, OpenRow, Person, RecordName, Submission, Unavailable,
};
use super::envelopes::{self, Position, SealedRow};
use super::gone::Place;
use super::inbox::{self, InboxRow};
use super::open::{self, OpenError};
use super::private::{self, DuePosition, PrivateRow};
use super::process::{Alive, Processes};
use super::read;
use super::retention::Retention;
use super::vault::{self, KeyRing, VaultKeyRow};
use super::writer::{Health, Job, Writer};
use super::{Clock, RecordStore};
use crate::limits;
use crate::seal::{HeadSigner, KeyId};

/// A database that this process has open. Clones share it; dropping the last one ends its threads.
#[derive(Clone)]
pub struct Embedded(Arc<Inner>);

struct Inner {
    writer: Sender<Job>,
    /// For a database in memory this is the writer's queue: there is only one connection to it.
    reader: Sender<Job>,
    reads: Arc<Semaphore>,
    health: Arc<Health>,
    processes: Processes,
    keys: Arc<KeyRing>,
}

impl std::fmt::Debug for Embedded {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Embedded(…)")
    }
}

/// An open database whose threads have not started yet.
pub struct Opened {
    pub database: Connection,
    reading: Option<Connection>,
    place: Option<Place>,
    processes: Processes,
    alive: Alive,
}

impl Opened {
    /// Opens the database of a data directory, or one in memory. Blocks while the disk works.
    pub fn new(directory: Option<&Path>) -> Result<Self, OpenError> {
        let not_writable = |error: std::io::Error| OpenError::NotWritable(error.kind());
        match directory {
            Some(directory) => {
                let database = open::on_disk(directory)?;
                let (processes, alive) = Processes::enter(Some(&directory.join(open::PROCESSES)))
                    .map_err(not_writable)?;
                Ok(Opened {
                    database,
                    reading: Some(open::for_reading(directory)?),
                    place: Place::of(open::file(directory)),
                    processes,
                    alive,
                })
            }
            None => {
                let (processes, alive) = Processes::enter(None).map_err(not_writable)?;
                Ok(Opened {
                    database: open::in_memory()?,
                    reading: None,
                    place: None,
                    processes,
                    alive,
                })
            }
        }
    }

    /// Starts the threads.
    pub fn start(
        self,
        (signer, keys): (HeadSigner, Arc<KeyRing>),
        retention: Retention,
        clock: Clock,
    ) -> Result<Embedded, OpenError> {
        let health = Arc::new(Health::default());
        let (writer, jobs) = mpsc::channel();
        let is_on_disk = self.reading.is_some();
        let state = Writer {
            database: self.database,
            scribe: Scribe { signer },
            keys: keys.clone(),
            retention,
            clock,
            health: health.clone(),
            _alive: self.alive,
            is_on_disk,
            place: self.place,
            is_log_outdated: false,
        };
        spawn("records-writer", move || state.run(&jobs))?;
        let reader = match self.reading {
            None => writer.clone(),
            Some(database) => {
                let (reader, jobs) = mpsc::channel();
                spawn("records-reader", move || {
                    while let Ok(job) = jobs.recv() {
                        if let Job::Read(read) = job {
                            read(&database);
                        }
                    }
                })?;
                reader
            }
        };
        Ok(Embedded(Arc::new(Inner {
            writer,
            reader,
            reads: Arc::new(Semaphore::new(limits::RECORDS_WAITING_READS)),
            health,
            processes: self.processes,
            keys,
        })))
    }
}

fn spawn(name: &str, work: impl FnOnce() + Send + 'static) -> Result<(), OpenError> {
    std::thread::Builder::new()
        .name(name.to_owned())
        .spawn(work)
        .map(drop)
        .map_err(|error| OpenError::Unreadable(error.kind().to_string()))
}

impl Embedded {
    /// Runs `look` on the reading thread.
    async fn read<T: Send + 'static>(
        &self,
        look: impl FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, Unavailable> {
        let place = self.0.reads.clone().acquire_owned().await;
        let place = place.map_err(|_| Unavailable)?;
        let (answer, answered) = oneshot::channel();
        let job = Job::Read(Box::new(move |database| {
            // A caller that left does not need the answer.
            let _ = answer.send(look(database));
            // Dropped with the job and not when its caller leaves: an abandoned read still occupies
            // its place.
            drop(place);
        }));
        self.0.reader.send(job).map_err(|_| Unavailable)?;
        answered.await.map_err(|_| Unavailable)?.map_err(|error| {
            tracing::warn!(%error, "the records could not be read");
            Unavailable
        })
    }

    #[cfg(test)]
    pub fn send(&self, job: Job) {
        self.0.writer.send(job).unwrap();
    }
}

impl RecordStore for Embedded {
    fn submit(&self, submission: Submission) {
        // A writer that has ended drops the submission, and its waiting submitter sees that.
        let _ = self.0.writer.send(Job::Write(Box::new(submission)));
    }

    async fn flush(&self) -> Result<(), Unavailable> {
        let (told, done) = oneshot::channel();
        let sent = self.0.writer.send(Job::Flush(told));
        sent.map_err(|_| Unavailable)?;
        done.await.map_err(|_| Unavailable)
    }

    async fn key(&self, key: Digest, now: i64) -> Result<Option<KeyRow>, Unavailable> {
        self.read(move |database| read::key(database, &key, now))
            .await
    }

    async fn is_used(&self, nonce: Uuid) -> Result<bool, Unavailable> {
        self.read(move |database| read::is_used(database, nonce))
            .await
    }

    async fn kept(&self, identical: Digest, now: i64) -> Result<Option<Kept>, Unavailable> {
        let processes = self.0.processes.clone();
        self.read(move |database| {
            read::kept(database, &identical, now, |process| {
                processes.is_alive(process)
            })
        })
        .await
    }

    async fn dead_runners(&self, of: Option<Digest>) -> Result<Vec<Uuid>, Unavailable> {
        let processes = self.0.processes.clone();
        self.read(move |database| {
            let mut runners = match of {
                Some(identical) => read::runners(database, &identical)?,
                None => read::all_runners(database)?,
            };
            runners.retain(|process| !processes.is_alive(*process));
            Ok(runners)
        })
        .await
    }

    async fn is_alive(&self, process: Uuid) -> Result<bool, Unavailable> {
        let processes = self.0.processes.clone();
        self.read(move |_| Ok(processes.is_alive(process))).await
    }

    async fn bury(&self) -> Result<(), Unavailable> {
        let processes = self.0.processes.clone();
        self.read(move |database| {
            let running = read::all_runners(database)?;
            for dead in processes.dead(limits::RECORDS_DEAD_AT_ONCE) {
                if !running.contains(&dead) {
                    processes.bury(dead);
                }
            }
            Ok(())
        })
        .await
    }

    async fn open_calls(&self, process: Uuid, most: usize) -> Result<Vec<OpenRow>, Unavailable> {
        self.read(move |database| read::open_calls(database, process, most))
            .await
    }

    async fn entries(&self, after: u64, most: usize) -> Result<Vec<EntryRow>, Unavailable> {
        self.read(move |database| read::entries(database, after, most))
            .await
    }

    async fn private(&self, name: RecordName) -> Result<Option<PrivateRow>, Unavailable> {
        self.read(move |database| private::get(database, &name))
            .await
    }

    async fn private_list(
        &self,
        tenant: String,
        kind: String,
        after: String,
        most: usize,
    ) -> Result<Vec<PrivateRow>, Unavailable> {
        self.read(move |database| private::list(database, &tenant, &kind, &after, most))
            .await
    }

    async fn private_tenant(
        &self,
        kind: String,
        after: Option<String>,
    ) -> Result<Option<String>, Unavailable> {
        self.read(move |database| private::tenant(database, &kind, after.as_deref()))
            .await
    }

    async fn private_count(
        &self,
        tenant: String,
        kind: String,
        between: (String, String),
    ) -> Result<usize, Unavailable> {
        self.read(move |database| {
            let between = (between.0.as_str(), between.1.as_str());
            private::count(database, &tenant, &kind, between)
        })
        .await
    }

    async fn private_due(
        &self,
        kind: String,
        until: i64,
        after: Option<DuePosition>,
        most: usize,
    ) -> Result<Vec<(PrivateRow, DuePosition)>, Unavailable> {
        self.read(move |database| private::due(database, &kind, until, after, most))
            .await
    }

    async fn lease_holder(&self, name: String) -> Result<Option<Vec<u8>>, Unavailable> {
        self.read(move |database| private::holder(database, &name))
            .await
    }

    async fn inbox_after(&self, seq: u64, most: usize) -> Result<Vec<InboxRow>, Unavailable> {
        self.read(move |database| inbox::after(database, seq, most))
            .await
    }

    async fn inbox_last(&self) -> Result<u64, Unavailable> {
        self.read(inbox::last).await
    }

    async fn inbox_about(
        &self,
        hook: String,
        topic: Digest,
        most: usize,
    ) -> Result<Vec<InboxRow>, Unavailable> {
        self.read(move |database| inbox::about(database, &hook, &topic, most))
            .await
    }

    async fn inbox_newest(&self, hook: String) -> Result<Option<i64>, Unavailable> {
        self.read(move |database| inbox::newest(database, &hook))
            .await
    }

    async fn vault_keys(&self) -> Result<Vec<VaultKeyRow>, Unavailable> {
        self.read(vault::rows).await
    }

    async fn sealed_under(&self, key: KeyId) -> Result<u64, Unavailable> {
        self.read(move |database| envelopes::count(database, &key))
            .await
    }

    async fn sealed_before(
        &self,
        after: Position,
        most: usize,
    ) -> Result<Vec<SealedRow>, Unavailable> {
        self.read(move |database| envelopes::page(database, after, most))
            .await
    }

    async fn follow(&self) -> Result<(), Unavailable> {
        let keys = self.0.keys.clone();
        self.read(move |database| keys.follow(database).map(drop))
            .await
    }

    async fn people(&self, most: usize) -> Result<Vec<Person>, Unavailable> {
        self.read(move |database| read::people(database, most))
            .await
    }

    fn process(&self) -> Uuid {
        self.0.processes.own()
    }

    fn is_writable(&self) -> bool {
        self.0.health.is_writable.load(Ordering::Relaxed)
    }

    fn is_gone(&self) -> bool {
        self.0.health.is_gone.load(Ordering::Relaxed)
    }

    fn commits(&self) -> u64 {
        self.0.health.commits.load(Ordering::Relaxed)
    }
}
