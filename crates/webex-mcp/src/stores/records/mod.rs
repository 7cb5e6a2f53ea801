//! Records: data that must not be lost, because an effect could happen twice or a right be lost.
//!
//! They are the journal's chain with the open calls, keys, used confirmations and undelivered
//! outcomes; encrypted private records; the inbox of webhooks; leases; and the names behind pseudonyms. Only typed values
//! leave this module; SQL stays inside. A single change can be refused; a batch becomes durable as
//! a whole.

pub mod chain;
pub mod change;
pub mod private;

mod apply;
mod embedded;
pub mod envelopes;
mod gone;
pub mod inbox;
mod open;
mod process;
mod read;
mod retention;
mod rotation;
mod schema;
mod sealed;
mod snapshot;
pub mod vault;
mod writer;

use std::path::Path;
use std::sync::Arc;

use tokio::sync::{Semaphore, oneshot};
use uuid::Uuid;

use self::change::{
    Change, Digest, EntryRow, Kept, KeyRow, OpenRow, Person, RecordName, Refused, Submission,
    Unavailable,
};
use self::embedded::{Embedded, Opened};
use self::envelopes::{Position, SealedRow};
use self::inbox::InboxRow;
pub use self::open::OpenError;
use self::private::{DuePosition, PrivateRow};
pub use self::retention::Retention;
pub use self::rotation::{KeyUse, Rotation};
pub use self::sealed::Record;
pub use self::snapshot::Snapshot;
use self::vault::{KeyRing, VaultKeyRow};
#[cfg(test)]
pub(crate) use self::writer::Job;
use crate::limits;
use crate::seal::{DigestKey, HeadSigner, KeyId, Secret};

/// The operations of a record database. Each backend solves group commit, the lock on the chain's
/// head and liveness in its own way: SQLite uses a writer thread, `BEGIN IMMEDIATE` and locked
/// files.
pub trait RecordStore {
    /// Queues a change. The submitter bounds the queue by [`Submission::place`].
    fn submit(&self, submission: Submission);
    /// Returns once everything submitted before is written, or has failed.
    fn flush(&self) -> impl Future<Output = Result<(), Unavailable>> + Send;
    fn key(
        &self,
        key: Digest,
        now: i64,
    ) -> impl Future<Output = Result<Option<KeyRow>, Unavailable>> + Send;
    /// Whether a nonce was used up.
    fn is_used(&self, nonce: Uuid) -> impl Future<Output = Result<bool, Unavailable>> + Send;
    /// The oldest outcome that was not delivered and that no living process can still deliver.
    fn kept(
        &self,
        identical: Digest,
        now: i64,
    ) -> impl Future<Output = Result<Option<Kept>, Unavailable>> + Send;
    /// Dead processes that left calls open: any call, or an identical one.
    fn dead_runners(
        &self,
        of: Option<Digest>,
    ) -> impl Future<Output = Result<Vec<Uuid>, Unavailable>> + Send;
    fn is_alive(&self, process: Uuid) -> impl Future<Output = Result<bool, Unavailable>> + Send;
    /// Removes the files of dead processes that have no open calls left.
    fn bury(&self) -> impl Future<Output = Result<(), Unavailable>> + Send;
    fn open_calls(
        &self,
        process: Uuid,
        most: usize,
    ) -> impl Future<Output = Result<Vec<OpenRow>, Unavailable>> + Send;
    fn entries(
        &self,
        after: u64,
        most: usize,
    ) -> impl Future<Output = Result<Vec<EntryRow>, Unavailable>> + Send;
    fn private(
        &self,
        name: RecordName,
    ) -> impl Future<Output = Result<Option<PrivateRow>, Unavailable>> + Send;
    fn private_list(
        &self,
        tenant: String,
        kind: String,
        after: String,
        most: usize,
    ) -> impl Future<Output = Result<Vec<PrivateRow>, Unavailable>> + Send;
    /// The first tenant after this one, or of all, that has private records of a kind.
    fn private_tenant(
        &self,
        kind: String,
        after: Option<String>,
    ) -> impl Future<Output = Result<Option<String>, Unavailable>> + Send;
    /// How many private records of a kind have ids between two.
    fn private_count(
        &self,
        tenant: String,
        kind: String,
        between: (String, String),
    ) -> impl Future<Output = Result<usize, Unavailable>> + Send;
    /// Private records of a kind that are due until a time, in the order of their times, after a
    /// position.
    fn private_due(
        &self,
        kind: String,
        until: i64,
        after: Option<DuePosition>,
        most: usize,
    ) -> impl Future<Output = Result<Vec<(PrivateRow, DuePosition)>, Unavailable>> + Send;
    /// Who has a lease, or had it last: the id of its process, then its own.
    fn lease_holder(
        &self,
        name: String,
    ) -> impl Future<Output = Result<Option<Vec<u8>>, Unavailable>> + Send;
    /// Deliveries after `seq`, in the order in which they were stored.
    fn inbox_after(
        &self,
        seq: u64,
        most: usize,
    ) -> impl Future<Output = Result<Vec<InboxRow>, Unavailable>> + Send;
    /// The last number that a delivery got; 0 where there was none.
    fn inbox_last(&self) -> impl Future<Output = Result<u64, Unavailable>> + Send;
    /// The deliveries of a webhook about one topic, the newest first.
    fn inbox_about(
        &self,
        hook: String,
        topic: Digest,
        most: usize,
    ) -> impl Future<Output = Result<Vec<InboxRow>, Unavailable>> + Send;
    /// When the last delivery of a webhook came.
    fn inbox_newest(
        &self,
        hook: String,
    ) -> impl Future<Output = Result<Option<i64>, Unavailable>> + Send;
    /// The keys of the vault, the newest first.
    fn vault_keys(&self) -> impl Future<Output = Result<Vec<VaultKeyRow>, Unavailable>> + Send;
    /// How many values are sealed under a key of the vault.
    fn sealed_under(&self, key: KeyId) -> impl Future<Output = Result<u64, Unavailable>> + Send;
    /// Values after a position that are not sealed under the newest key of the vault.
    fn sealed_before(
        &self,
        after: Position,
        most: usize,
    ) -> impl Future<Output = Result<Vec<SealedRow>, Unavailable>> + Send;
    /// Learns of the keys of the vault that other processes made.
    fn follow(&self) -> impl Future<Output = Result<(), Unavailable>> + Send;
    fn people(&self, most: usize) -> impl Future<Output = Result<Vec<Person>, Unavailable>> + Send;
    /// The id under which this process opens calls.
    fn process(&self) -> Uuid;
    fn is_writable(&self) -> bool;
    /// Whether it is not writable because its file was moved or deleted.
    fn is_gone(&self) -> bool;
    /// The number of transactions made durable since the start.
    fn commits(&self) -> u64;
}

/// Where the records are stored.
#[derive(Debug, Clone)]
pub enum Store {
    /// In memory; they end with this process.
    Memory(Embedded),
    /// In a file that all processes of this machine may share.
    Sqlite(Embedded),
}

impl Store {
    fn database(&self) -> &(impl RecordStore + use<>) {
        match self {
            Store::Memory(database) | Store::Sqlite(database) => database,
        }
    }
}

/// The clock, in milliseconds since 1970; tests can set it.
#[derive(Clone)]
pub struct Clock(Arc<dyn Fn() -> i64 + Send + Sync>);

impl Clock {
    pub fn new(now: impl Fn() -> i64 + Send + Sync + 'static) -> Self {
        Clock(Arc::new(now))
    }

    pub fn system() -> Self {
        Clock::new(|| jiff::Timestamp::now().as_millisecond())
    }

    pub fn now(&self) -> i64 {
        (self.0)()
    }
}

impl std::fmt::Debug for Clock {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Clock(…)")
    }
}

/// The settings for opening records.
#[derive(Debug)]
pub struct Options<'a> {
    /// `None` for records that end with this process.
    pub directory: Option<&'a Path>,
    pub secret: &'a Secret,
    pub previous: Option<&'a Secret>,
    pub retention: Retention,
    pub clock: Clock,
}

/// The records, with the keys of the private ones. Clones share one database.
#[derive(Debug, Clone)]
pub struct Records {
    store: Store,
    keys: Arc<KeyRing>,
    /// Places for changes outside the journal that wait for the writer.
    places: Arc<Semaphore>,
    clock: Clock,
}

impl Records {
    /// Opens the records and their digest key. Blocks while the disk works.
    ///
    /// # Errors
    /// [`OpenError`], which says what to do; then nothing was changed.
    pub fn open(options: Options<'_>) -> Result<(Self, DigestKey), OpenError> {
        let signer = HeadSigner::new(options.secret)?;
        let (clock, secrets) = (options.clock, (options.secret, options.previous));
        let mut opened = Opened::new(options.directory)?;
        let keys = Arc::new(KeyRing::open(&mut opened.database, secrets, clock.now())?);
        let digests = sealed::digest_key(&mut opened.database, &keys)?;
        let database = opened.start((signer, keys.clone()), options.retention, clock.clone())?;
        let records = Records {
            store: match options.directory {
                Some(_) => Store::Sqlite(database),
                None => Store::Memory(database),
            },
            keys,
            places: Arc::new(Semaphore::new(limits::RECORDS_WAITING_CHANGES)),
            clock,
        };
        Ok((records, digests))
    }

    /// The database itself, for the journal.
    pub fn store(&self) -> &(impl RecordStore + use<>) {
        self.store.database()
    }

    pub fn clock(&self) -> &Clock {
        &self.clock
    }

    /// Whether the records outlive this process.
    pub fn is_durable(&self) -> bool {
        matches!(self.store, Store::Sqlite(_))
    }

    /// Makes one change and waits until it is durable.
    ///
    /// # Errors
    /// Why the change was not made.
    pub async fn commit(&self, change: Change) -> Result<(), Refused> {
        let places = self.places.clone();
        let place = places.acquire_owned().await;
        self.commit_in(change, place.map_err(|_| Refused::Unavailable)?)
            .await
    }

    /// Like [`Records::commit`], within a bound that the caller has.
    pub async fn commit_in(
        &self,
        change: Change,
        place: impl Send + 'static,
    ) -> Result<(), Refused> {
        let (done, committed) = oneshot::channel();
        self.store.database().submit(Submission {
            change,
            done: Some(done),
            place: Some(Box::new(place)),
        });
        committed.await.unwrap_or(Err(Refused::Unavailable))
    }

    /// Queues a change that goes along with the next commit, and is repeated until it is written.
    pub fn ride(&self, change: Change, place: impl Send + 'static) {
        self.store.database().submit(Submission {
            change,
            done: None,
            place: Some(Box::new(place)),
        });
    }

    /// Takes or extends a lease for `ttl`; `false` while another holder has it. A lease ends with the
    /// process that took it.
    ///
    /// # Errors
    /// The records cannot be written.
    pub async fn lease(
        &self,
        name: &str,
        holder: Uuid,
        ttl: std::time::Duration,
    ) -> Result<bool, Unavailable> {
        let now = self.clock.now();
        let lasts = i64::try_from(ttl.as_millis()).unwrap_or(i64::MAX);
        let take = |over| Change::Lease {
            name: name.to_owned(),
            holder: [self.store().process().into_bytes(), holder.into_bytes()].concat(),
            over,
            now,
            expires: now.saturating_add(lasts),
        };
        match self.commit(take(None)).await {
            Ok(()) => return Ok(true),
            Err(Refused::Unavailable) => return Err(Unavailable),
            Err(_) => {}
        }
        let Some(dead) = self.dead_holder(name).await? else {
            return Ok(false);
        };
        match self.commit(take(Some(dead))).await {
            Ok(()) => Ok(true),
            Err(Refused::Unavailable) => Err(Unavailable),
            Err(_) => Ok(false),
        }
    }

    /// The holder of a lease, if its process ended without giving it back.
    async fn dead_holder(&self, name: &str) -> Result<Option<Vec<u8>>, Unavailable> {
        let holder = self.store().lease_holder(name.to_owned()).await?;
        let process = holder.as_ref().and_then(|holder| holder.first_chunk());
        let Some(process) = process.copied().map(Uuid::from_bytes) else {
            return Ok(None);
        };
        let is_alive = self.store().is_alive(process).await?;
        Ok(holder.filter(|_| !is_alive))
    }

    /// Deletes the name behind a pseudonym; entries keep the pseudonym. With it, the log is emptied of
    /// whatever was deleted until now, at once or, where another process reads, within a minute or so.
    ///
    /// # Errors
    /// The records cannot be written.
    pub async fn forget_person(&self, tenant: &str, principal: &str) -> Result<(), Unavailable> {
        let change = Change::Forget {
            tenant: tenant.to_owned(),
            principal: principal.to_owned(),
        };
        match self.commit(change).await {
            Err(Refused::Unavailable) => Err(Unavailable),
            _ => Ok(()),
        }
    }

    #[cfg(test)]
    pub(crate) fn send(&self, job: Job) {
        let (Store::Memory(database) | Store::Sqlite(database)) = &self.store;
        database.send(job);
    }
}

#[cfg(test)]
pub(crate) mod tests;
