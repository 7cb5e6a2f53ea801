//! Long work: what runs beyond its call. Each work has a record, so that its owner can look at it
//! later, and so that a server that starts again goes on with it or says that it ended.

mod plans;
mod refusal;
mod running;
mod stored;

use std::collections::HashMap;
use std::sync::Arc;

use parking_lot::Mutex;
use serde_json::{Map, Value};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

pub use self::plans::Plans;
use self::refusal::{cancelled, ended_with_process, too_many, unknown, unreadable, unwritable};
pub use self::running::{Reached, Running};
use self::stored::{End, ITEM, KIND, Stored};
use crate::error::CallError;
use crate::identity::{Principal, Tenant};
use crate::limits;
use crate::stores::records::change::{RecordName, Refused, Unavailable};
use crate::stores::records::{Record, RecordStore as _, Records};
use crate::tool::Answer;

/// The works of this process, and the records of all.
#[derive(Debug, Clone)]
pub struct Works(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    records: Records,
    running: Mutex<HashMap<Uuid, Arc<Running>>>,
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
    /// Its credential is there after a restart too.
    pub is_lasting: bool,
    /// Cancelled when nothing further may be begun.
    pub stop: CancellationToken,
}

/// What somebody finds who looks at a work.
#[derive(Debug)]
pub enum Looked {
    Running(Reached),
    Over(Result<Answer, CallError>),
}

/// A work that this process is to go on with.
#[derive(Debug)]
pub struct Orphan {
    pub id: Uuid,
    pub server: String,
    pub tool: String,
    pub arguments: Map<String, Value>,
    version: u64,
    stored: Stored,
}

impl Orphan {
    pub fn digest(&self) -> [u8; 32] {
        self.stored.digest
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
    pub fn plans(&self, who: (&Tenant, &Principal), tool: &str, work: Option<Uuid>) -> Arc<Plans> {
        let records = self.0.records.clone();
        let (tenant, principal) = (who.0.clone(), who.1.clone());
        Arc::new(Plans::new(records, tenant, principal, tool.into(), work))
    }

    /// Begins a work; returns once its record is durable.
    ///
    /// # Errors
    /// `rate_limited` where the principal has as many as it may, `unavailable` where nothing can be
    /// written.
    pub async fn begin(&self, new: New) -> Result<Arc<Running>, CallError> {
        self.forget_old(&new.tenant).await;
        let stored = Stored::new(&new, self.process(), self.now());
        let running = Arc::new(Running::new(self.0.records.clone(), new, stored, 1));
        self.enter(&running)?;
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
    pub fn same(&self, who: &Principal, tool: &str, digest: &[u8; 32]) -> Option<Arc<Running>> {
        let all = self.0.running.lock();
        let same = |one: &&Arc<Running>| one.is_of(who, tool) && one.digest == *digest;
        all.values().find(same).cloned()
    }

    /// The end of a work: it is written down, and the work is no longer running. A work that ended
    /// because the server is to end keeps running on paper if a new process can go on with it; says
    /// whether it does.
    pub async fn finish(&self, running: &Running, outcome: &Result<Answer, CallError>) -> bool {
        let goes_on = running.goes_on_after(outcome);
        if !goes_on {
            let end = End::of(outcome, self.now());
            running.write(|stored| stored.end = Some(end.clone())).await;
        }
        self.leave(running.id);
        running.over.cancel();
        goes_on
    }

    /// A work that runs here, by its id as a caller gives it.
    pub fn here(&self, who: &Principal, tool: &str, id: &str) -> Option<Arc<Running>> {
        let id = Uuid::try_parse(id).ok()?;
        let found = self.0.running.lock().get(&id).cloned();
        found.filter(|running| running.is_of(who, tool))
    }

    /// How far a work of this principal is, or how it ended.
    ///
    /// # Errors
    /// `not_found` where there is none, or it is somebody else's, or another tool's.
    pub async fn look(
        &self,
        who: (&Tenant, &Principal),
        tool: &str,
        id: &str,
    ) -> Result<Looked, CallError> {
        let (tenant, principal) = who;
        let id = Uuid::try_parse(id).map_err(|_| unknown())?;
        let here = self.0.running.lock().get(&id).cloned();
        if let Some(running) = here.filter(|running| running.is_of(principal, tool)) {
            return Ok(Looked::Running(running.reached()));
        }
        let (record, stored) = self.stored(tenant, id).await?.ok_or_else(unknown)?;
        if stored.principal != principal.as_str() || stored.tool != tool {
            return Err(unknown());
        }
        if let Some(end) = stored.end {
            return Ok(Looked::Over(end.outcome()));
        }
        let is_alive = self.0.records.store().is_alive(stored.process).await;
        if stored.is_lasting || is_alive.map_err(unreadable)? {
            return Ok(Looked::Running(stored.reached(self.now())));
        }
        // Its process ended, and its token with it.
        let ended = Err(ended_with_process());
        let end = End::of(&ended, self.now());
        let stored = Stored {
            end: Some(end),
            ..stored
        };
        let _ = self.put(tenant, id, record.version, &stored).await;
        Ok(Looked::Over(ended))
    }

    /// Stops a work before its next item, wherever it runs.
    ///
    /// # Errors
    /// As of [`Works::look`]; `unavailable` where nothing can be written.
    pub async fn cancel(
        &self,
        who: (&Tenant, &Principal),
        tool: &str,
        id: &str,
    ) -> Result<Looked, CallError> {
        let looked = self.look(who, tool, id).await?;
        let Ok(id) = Uuid::try_parse(id) else {
            return Err(unknown());
        };
        let here = self.0.running.lock().get(&id).cloned();
        match (&looked, here) {
            (Looked::Over(_), _) => {}
            (Looked::Running(_), Some(running)) => running.cancel(),
            (Looked::Running(_), None) => {
                if let Some((record, stored)) = self.stored(who.0, id).await? {
                    let stored = Stored {
                        is_cancelled: true,
                        ..stored
                    };
                    let put = self.put(who.0, id, record.version, &stored).await;
                    put.map_err(|_| unwritable())?;
                }
            }
        }
        Ok(looked)
    }

    /// Works of this tenant whose processes ended before they did, and that this process has
    /// claimed; those that cannot go on are ended.
    ///
    /// # Errors
    /// The records cannot be read.
    pub async fn orphans(&self, tenant: &Tenant) -> Result<Vec<Orphan>, Unavailable> {
        let mut orphans = Vec::new();
        for record in self.list(tenant).await? {
            let (Ok(id), Some(stored)) = (Uuid::try_parse(&record.id), Stored::read(&record))
            else {
                continue;
            };
            let is_alive = self.0.records.store().is_alive(stored.process).await?;
            if stored.end.is_some() || is_alive {
                continue;
            }
            let mut claimed = Stored {
                process: self.process(),
                ..stored
            };
            if claimed.is_cancelled {
                claimed.end = Some(End::of(&Err(cancelled()), self.now()));
            } else if !claimed.is_lasting {
                claimed.end = Some(End::of(&Err(ended_with_process()), self.now()));
            }
            // Another process may have been faster.
            let put = self.put(tenant, id, record.version, &claimed).await;
            if let (Ok(version), None) = (put, &claimed.end) {
                orphans.push(Orphan {
                    id,
                    server: claimed.server.clone(),
                    tool: claimed.tool.clone(),
                    arguments: claimed.arguments.clone(),
                    version,
                    stored: claimed,
                });
            }
        }
        Ok(orphans)
    }

    /// Goes on with an orphan as the work of this principal.
    ///
    /// # Errors
    /// `not_found` where it belongs to somebody else; `rate_limited` as for a new one.
    pub fn adopt(
        &self,
        orphan: Orphan,
        who: (&Tenant, &Principal),
        stop: CancellationToken,
    ) -> Result<Arc<Running>, CallError> {
        let (tenant, principal) = who;
        if orphan.stored.principal != principal.as_str() {
            return Err(unknown());
        }
        let new = New {
            id: orphan.id,
            tenant: tenant.clone(),
            principal: principal.clone(),
            server: orphan.server.into(),
            tool: orphan.tool.into(),
            arguments: orphan.arguments,
            digest: orphan.stored.digest,
            is_lasting: true,
            stop,
        };
        let records = self.0.records.clone();
        let running = Running::new(records, new, orphan.stored, orphan.version);
        let running = Arc::new(running);
        self.enter(&running)?;
        Ok(running)
    }

    fn enter(&self, running: &Arc<Running>) -> Result<(), CallError> {
        let mut all = self.0.running.lock();
        let own = all
            .values()
            .filter(|one| one.principal == running.principal);
        if own.count() >= limits::WORKS_RUNNING_PER_PRINCIPAL {
            return Err(too_many());
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
    async fn list(&self, tenant: &Tenant) -> Result<Vec<Record>, Unavailable> {
        let mut found: Vec<Record> = Vec::new();
        while found.len() < limits::WORKS_LISTED {
            let after = found.last().map_or("", |record| record.id.as_str());
            let page = self.0.records.list(tenant.as_str(), KIND, after).await?;
            let is_last = page.len() < limits::RECORDS_PAGE_ROWS;
            found.extend(page);
            if is_last {
                break;
            }
        }
        Ok(found)
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
            let after = format!("{}/", record.id);
            let items = records.list(tenant.as_str(), ITEM, &after).await;
            let items = items.unwrap_or_default();
            for item in items.iter().filter(|item| item.id.starts_with(&after)) {
                let name = RecordName {
                    tenant: tenant.as_str().to_owned(),
                    kind: ITEM.to_owned(),
                    id: item.id.clone(),
                };
                let _ = records.delete(&name, item.version).await;
            }
            if items.len() < limits::RECORDS_PAGE_ROWS
                && let Ok(id) = Uuid::try_parse(&record.id)
            {
                let _ = records.delete(&name(tenant, id), record.version).await;
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
