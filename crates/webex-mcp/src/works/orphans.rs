//! Works whose process ended before they did: a new process goes on with them, or says that they
//! ended.

use std::sync::Arc;

use serde_json::{Map, Value};
use uuid::Uuid;

use super::refusal::{cancelled, ended_with_process};
use super::stored::{End, KIND, Stored};
use super::{New, Running, Signals, Works};
use crate::error::CallError;
use crate::identity::{Absentee, CredentialTag, Principal, Tenant};
use crate::limits;
use crate::stores::records::RecordStore as _;
use crate::stores::records::change::Unavailable;

/// A work that a process may go on with. Nothing is written before it is claimed or given up.
#[derive(Debug)]
pub struct Orphan {
    pub id: Uuid,
    pub owner: Absentee,
    pub server: String,
    pub tool: String,
    pub arguments: Map<String, Value>,
    version: u64,
    stored: Stored,
}

impl Orphan {
    fn new(id: Uuid, tenant: &str, version: u64, stored: Stored) -> Self {
        Orphan {
            id,
            owner: Absentee {
                tenant: Tenant::new(tenant),
                principal: Principal::new(&*stored.principal),
                credential: CredentialTag::new(&*stored.credential),
            },
            server: stored.server.clone(),
            tool: stored.tool.clone(),
            arguments: stored.arguments.clone(),
            version,
            stored,
        }
    }

    pub fn digest(&self) -> [u8; 32] {
        self.stored.digest
    }

    /// Whether a person agreed to its call.
    pub fn is_agreed(&self) -> bool {
        self.stored.is_call_agreed
    }

    /// Of the server when its call was decided about.
    pub fn policy_version(&self) -> &str {
        &self.stored.policy_version
    }
}

impl Works {
    /// Works of everybody whose processes ended before they did. Those that nobody can go on with are
    /// ended here: they were cancelled, or their tokens came with their calls.
    ///
    /// # Errors
    /// The records cannot be read.
    pub async fn orphans(&self) -> Result<Vec<Orphan>, Unavailable> {
        let mut orphans = Vec::new();
        let mut after = None;
        for _ in 0..limits::WORK_TENANTS_LISTED {
            let next = self.0.records.next_tenant(KIND, after.as_deref()).await?;
            let Some(tenant) = next else { break };
            self.orphans_of(&tenant, &mut orphans).await?;
            after = Some(tenant);
        }
        Ok(orphans)
    }

    async fn orphans_of(&self, tenant: &str, orphans: &mut Vec<Orphan>) -> Result<(), Unavailable> {
        for record in self.list(tenant).await? {
            let (Ok(id), Some(stored)) = (Uuid::try_parse(&record.id), Stored::read(&record))
            else {
                continue;
            };
            let is_alive = self.0.records.store().is_alive(stored.process).await?;
            if stored.end.is_some() || is_alive {
                continue;
            }
            let why = match (stored.is_cancelled, stored.is_lasting) {
                (true, _) => Some(cancelled()),
                (false, false) => Some(ended_with_process()),
                (false, true) => None,
            };
            let orphan = Orphan::new(id, tenant, record.version, stored);
            match why {
                Some(why) => self.give_up(orphan, why).await,
                None => orphans.push(orphan),
            }
        }
        Ok(())
    }

    /// Ends a work that nobody goes on with.
    pub async fn give_up(&self, orphan: Orphan, why: CallError) {
        let mut stored = orphan.stored;
        stored.end = Some(End::of(&Err(why), self.now()));
        let tenant = &orphan.owner.tenant;
        // Another process may have been faster.
        let _ = self.put(tenant, orphan.id, orphan.version, &stored).await;
    }

    /// Makes an orphan this process's; `None` where another process was faster.
    pub async fn claim(&self, mut orphan: Orphan) -> Option<Orphan> {
        orphan.stored.process = self.process();
        let (tenant, id) = (&orphan.owner.tenant, orphan.id);
        let put = self.put(tenant, id, orphan.version, &orphan.stored).await;
        orphan.version = put.ok()?;
        Some(orphan)
    }

    /// Goes on with an orphan that was claimed. It was admitted when it began, so it counts against
    /// nothing now.
    pub fn adopt(&self, orphan: Orphan, signals: Signals) -> Arc<Running> {
        let Absentee {
            tenant,
            principal,
            credential,
        } = orphan.owner;
        let new = New {
            id: orphan.id,
            tenant,
            principal,
            server: orphan.server.into(),
            tool: orphan.tool.into(),
            arguments: orphan.arguments,
            digest: orphan.stored.digest,
            is_agreed: orphan.stored.is_call_agreed,
            policy_version: orphan.stored.policy_version.as_str().into(),
            credential,
            is_lasting: true,
            is_shared: false,
            // Whoever looks at it now may be able to answer.
            is_askable: true,
            signals,
        };
        let records = self.0.records.clone();
        let running = Running::new(records, new, orphan.stored, orphan.version);
        let running = Arc::new(running);
        self.0.running.lock().insert(running.id, running.clone());
        running
    }
}
