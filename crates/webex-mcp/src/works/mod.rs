//! Long work: what runs beyond its call. Each work has a record, so that its owner can look at it
//! later, and so that a server that starts again goes on with it or says that it ended.

mod asking;
mod orphans;
mod plans;
mod refusal;
mod running;
mod seen;
mod stored;

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use serde_json::{Map, Value};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

pub use self::orphans::Orphan;
pub use self::plans::Plans;
use self::refusal::{already, not_told, too_many, unknown, unreadable, unwritable};
pub use self::running::{Reached, Running};
pub use self::seen::Seen;
use self::stored::{End, ITEM, KIND, Stored};
use crate::error::CallError;
use crate::identity::{CredentialTag, Principal, Tenant};
use crate::limits;
use crate::stores::records::change::{RecordName, Refused, Unavailable};
use crate::stores::records::{Record, RecordStore as _, Records};
use crate::tool::{Answer, Question};

/// The works of this process, and the records of all.
#[derive(Debug, Clone)]
pub struct Works(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    records: Records,
    running: Mutex<HashMap<Uuid, Arc<Running>>>,
}

/// Whose works and plans are meant.
#[derive(Debug, Clone, Copy)]
pub struct Owner<'a> {
    pub tenant: &'a Tenant,
    pub principal: &'a Principal,
    pub tool: &'a str,
    /// The virtual server, where only its own may be seen: what others did may lie outside its scope.
    pub server: Option<&'a str>,
}

impl Owner<'_> {
    fn owns(&self, principal: &str, tool: &str, server: &str) -> bool {
        let is_served = self.server.is_none_or(|own| own == server);
        self.principal.as_str() == principal && self.tool == tool && is_served
    }
}

/// A work that is to begin.
#[derive(Debug)]
pub struct New {
    /// The id of its call.
    pub id: Uuid,
    pub tenant: Tenant,
    pub principal: Principal,
    /// The virtual server.
    pub server: Arc<str>,
    pub tool: Arc<str>,
    /// With ids in place of names.
    pub arguments: Map<String, Value>,
    /// Of the arguments as they were asked: the same call again is the same work.
    pub digest: [u8; 32],
    /// A person agreed to its call.
    pub is_agreed: bool,
    /// Of the server when its call was decided about.
    pub policy_version: Arc<str>,
    pub credential: CredentialTag,
    /// Its credential is there after a restart too.
    pub is_lasting: bool,
    /// Several people share its principal: the same call of two of them is two works.
    pub is_shared: bool,
    /// Its caller can answer a question, or pass one on to somebody who can.
    pub is_askable: bool,
    pub signals: Signals,
}

/// How a work learns that it is to end.
#[derive(Debug, Clone, Default)]
pub struct Signals {
    /// Cancelled when nothing further may be begun.
    pub stop: CancellationToken,
    /// Cancelled before: the server is to end, and no person is waited for.
    pub drain: CancellationToken,
}

/// What somebody finds who looks at a work.
#[derive(Debug)]
pub enum Looked {
    Running(Reached),
    /// It waits for an answer of its owner.
    Asks(Reached, Question),
    Over(Result<Answer, CallError>),
}

impl Looked {
    /// The same, where Webex wants no request of its owner for so long.
    pub fn held(self, held: Option<Duration>) -> Self {
        let held = held.map(|held| held.as_secs() + 1);
        match self {
            Looked::Running(reached) => Looked::Running(Reached { held, ..reached }),
            other => other,
        }
    }
}

impl Works {
    pub fn new(records: Records) -> Self {
        Works(Arc::new(Inner {
            records,
            running: Mutex::default(),
        }))
    }

    /// The plans of this principal with this tool, for the work that may apply one.
    pub fn plans(&self, owner: Owner<'_>, server: &str, work: Option<Uuid>) -> Arc<Plans> {
        Arc::new(Plans::new(self.0.records.clone(), owner, server, work))
    }

    /// Begins a work; returns once its record is durable.
    ///
    /// # Errors
    /// `rate_limited` where the principal has as many as it may, `conflict` where the same call began
    /// at the same time, `unavailable` where nothing can be written.
    pub async fn begin(&self, new: New) -> Result<Arc<Running>, CallError> {
        self.forget_old(&new.tenant).await;
        let stored = Stored::new(&new, self.process(), self.now());
        let is_shared = new.is_shared;
        let running = Arc::new(Running::new(self.0.records.clone(), new, stored, 1));
        self.enter(&running, is_shared)?;
        let content = running.content().map_err(CallError::internal)?;
        match self.0.records.put(&running.name(), 0, &content).await {
            Ok(_) => Ok(running),
            Err(_) => {
                self.leave(running.id);
                Err(unwritable())
            }
        }
    }

    /// The work that runs here for the same call.
    pub fn same(&self, owner: Owner<'_>, digest: &[u8; 32]) -> Option<Arc<Running>> {
        let all = self.0.running.lock();
        let mut running = all.values().filter(|one| !one.is_over());
        let same = |one: &&Arc<Running>| one.is_of(owner) && one.digest == *digest;
        running.find(same).cloned()
    }

    /// The end of a work: it is written down, and the work is no longer running. A work that ended
    /// because the server is to end keeps running on paper if a new process can go on with it; says
    /// whether it does.
    pub async fn finish(&self, running: &Running, outcome: &Result<Answer, CallError>) -> bool {
        let goes_on = running.goes_on_after(outcome);
        if goes_on || self.end(running, End::of(outcome, self.now())).await {
            self.leave(running.id);
        }
        running.over.cancel();
        goes_on
    }

    /// Writes the end down. Where that cannot be done, those who look get it from this process.
    async fn end(&self, running: &Running, end: End) -> bool {
        let is_written = running.write(|stored| {
            stored.is_cancelled |= running.is_cancelled();
            stored.end = Some(end.clone());
        });
        let is_written = is_written.await;
        if !is_written {
            running.keep(end);
            let all = self.0.running.lock();
            let kept = all.values().filter(|one| one.is_over());
            return kept.count() >= limits::WORKS_UNWRITTEN;
        }
        is_written
    }

    /// A work that runs here, by its id as a caller gives it.
    pub fn here(&self, owner: Owner<'_>, id: &str) -> Option<Arc<Running>> {
        let id = Uuid::try_parse(id).ok()?;
        let found = self.0.running.lock().get(&id).cloned();
        found.filter(|running| running.is_of(owner))
    }

    /// How far a work of this principal is, or how it ended.
    ///
    /// # Errors
    /// `not_found` where there is none, or it is somebody else's, or another tool's.
    pub async fn look(&self, owner: Owner<'_>, id: &str) -> Result<Looked, CallError> {
        let is_own = |stored: &Stored| {
            let Stored {
                principal,
                tool,
                server,
                ..
            } = stored;
            owner.owns(principal, tool, server)
        };
        let seen = self.seen(owner.tenant, id, is_own).await;
        seen.map(|seen| seen.looked)
    }

    /// Stops a work before its next item, wherever it runs.
    ///
    /// # Errors
    /// As of [`Works::look`]; `unavailable` where nothing can be written.
    pub async fn cancel(&self, owner: Owner<'_>, id: &str) -> Result<Looked, CallError> {
        let looked = self.look(owner, id).await?;
        if matches!(looked, Looked::Over(_)) {
            return Ok(looked);
        }
        if let Some(running) = self.here(owner, id) {
            running.cancel();
        } else {
            self.tell(owner, id, |stored| stored.is_cancelled = true)
                .await?;
        }
        self.look(owner, id).await
    }

    /// Tells a work something that runs in another process, by its record.
    async fn tell(
        &self,
        owner: Owner<'_>,
        id: &str,
        change: impl Fn(&mut Stored),
    ) -> Result<(), CallError> {
        let id = Uuid::try_parse(id).map_err(|_| unknown())?;
        // The process that runs it may write its record at the same time.
        for _ in 0..limits::WORK_WRITE_ATTEMPTS {
            let stored = self.stored(owner.tenant, id).await?;
            let (record, mut stored) = stored.ok_or_else(unknown)?;
            if stored.end.is_some() {
                return Ok(());
            }
            change(&mut stored);
            match self.put(owner.tenant, id, record.version, &stored).await {
                Ok(_) => return Ok(()),
                Err(Refused::Changed(_)) => {}
                Err(_) => break,
            }
        }
        Err(not_told())
    }

    fn enter(&self, running: &Arc<Running>, is_shared: bool) -> Result<(), CallError> {
        let mut all = self.0.running.lock();
        let is_own = |one: &&Arc<Running>| one.principal == running.principal && !one.is_over();
        let mut own = all.values().filter(is_own);
        let same = |one: &Arc<Running>| one.tool == running.tool && one.digest == running.digest;
        if own.clone().count() >= limits::WORKS_RUNNING_PER_PRINCIPAL {
            return Err(too_many());
        }
        if let Some(same) = own.find(|one| same(one)).filter(|_| !is_shared) {
            return Err(already(same.id));
        }
        all.insert(running.id, running.clone());
        Ok(())
    }

    fn leave(&self, id: Uuid) {
        self.0.running.lock().remove(&id);
    }

    async fn stored(
        &self,
        tenant: &Tenant,
        id: Uuid,
    ) -> Result<Option<(Record, Stored)>, CallError> {
        let record = self.0.records.get(&name(tenant, id)).await;
        let record = record.map_err(unreadable)?;
        Ok(record.and_then(|record| {
            let stored = Stored::read(&record)?;
            Some((record, stored))
        }))
    }

    async fn put(
        &self,
        tenant: &Tenant,
        id: Uuid,
        version: u64,
        stored: &Stored,
    ) -> Result<u64, Refused> {
        let content = serde_json::to_vec(stored).map_err(|_| Refused::Unavailable)?;
        let records = &self.0.records;
        records.put(&name(tenant, id), version, &content).await
    }

    /// The records of a tenant's works, oldest first; at most [`limits::WORKS_LISTED`].
    async fn list(&self, tenant: &str) -> Result<Vec<Record>, Unavailable> {
        let records = &self.0.records;
        let most = limits::WORKS_LISTED;
        records.with_prefix(tenant, KIND, "", most).await
    }

    /// Deletes works that ended long ago, a few at a time. Ids grow with time, so the oldest come
    /// first.
    async fn forget_old(&self, tenant: &Tenant) {
        let records = &self.0.records;
        let Ok(oldest) = records.list(tenant.as_str(), KIND, "").await else {
            return;
        };
        let before = self.now() - limits::WORK_KEPT_SECONDS * 1_000;
        let is_old = |record: &&Record| {
            let end = Stored::read(record).and_then(|stored| stored.end);
            end.is_some_and(|end| end.at < before)
        };
        let old = oldest.iter().filter(is_old);
        for record in old.take(limits::WORKS_FORGOTTEN_AT_ONCE) {
            let (tenant, prefix) = (tenant.as_str(), format!("{}/", record.id));
            let most = limits::RECORDS_PAGE_ROWS;
            let Ok(items) = records.with_prefix(tenant, ITEM, &prefix, most).await else {
                return;
            };
            for item in &items {
                let name = RecordName {
                    tenant: tenant.to_owned(),
                    kind: ITEM.to_owned(),
                    id: item.id.clone(),
                };
                let _ = records.delete(&name, item.version).await;
            }
            // Where there may be more items, the work is deleted with the last of them.
            if items.len() < most
                && let Ok(id) = Uuid::try_parse(&record.id)
            {
                let name = name(&Tenant::new(tenant), id);
                let _ = records.delete(&name, record.version).await;
            }
        }
    }

    fn process(&self) -> Uuid {
        self.0.records.store().process()
    }

    fn now(&self) -> i64 {
        self.0.records.clock().now()
    }
}

fn name(tenant: &Tenant, id: Uuid) -> RecordName {
    RecordName {
        tenant: tenant.as_str().to_owned(),
        kind: KIND.to_owned(),
        id: id.to_string(),
    }
}

#[cfg(test)]
mod tests;
