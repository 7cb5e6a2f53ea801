//! Works whose process ended before they did: a new process goes on with them, or says that they
//! ended.

use std::sync::Arc;

use serde_json::{Map, Value};
use uuid::Uuid;

use super::refusal::{cancelled, ended_with_process};
use super::stored::{End, Stored};
use super::{New, Running, Signals, Works};
use crate::identity::{Principal, Tenant};
use crate::stores::records::RecordStore as _;
use crate::stores::records::change::Unavailable;

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
    /// Works of this caller whose processes ended before they did, and that this process has
    /// claimed. Those that cannot go on are ended: with its own credential, a process goes on with
    /// nobody else's work.
    ///
    /// # Errors
    /// The records cannot be read.
    pub async fn orphans(
        &self,
        (tenant, principal): (&Tenant, &Principal),
    ) -> Result<Vec<Orphan>, Unavailable> {
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
            let is_own = claimed.principal == principal.as_str();
            if claimed.is_cancelled {
                claimed.end = Some(End::of(&Err(cancelled()), self.now()));
            } else if !claimed.is_lasting || !is_own {
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

    /// Goes on with an orphan. It was admitted when it began, so it counts against nothing now.
    pub fn adopt(
        &self,
        orphan: Orphan,
        (tenant, principal): (&Tenant, &Principal),
        signals: Signals,
    ) -> Arc<Running> {
        let new = New {
            id: orphan.id,
            tenant: tenant.clone(),
            principal: principal.clone(),
            server: orphan.server.into(),
            tool: orphan.tool.into(),
            arguments: orphan.arguments,
            digest: orphan.stored.digest,
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
