//! Plans: what a call would change, kept until it is agreed to. A plan belongs to one principal and
//! one tool.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use futures::future::BoxFuture;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

use super::refusal::{unreadable, unwritable};
use crate::error::{CallError, Code};
use crate::identity::{Principal, Tenant};
use crate::limits;
use crate::stores::records::change::RecordName;
use crate::stores::records::{Record, Records};
use crate::tool;

const KIND: &str = "plan";

/// The plans of one principal with one tool.
#[derive(Debug)]
pub struct Plans {
    records: Records,
    tenant: Tenant,
    principal: Principal,
    tool: Arc<str>,
    has_kept: AtomicBool,
}

#[derive(Serialize, Deserialize)]
struct Stored {
    principal: String,
    tool: String,
    at: i64,
    plan: Value,
}

impl Plans {
    pub(super) fn new(
        records: Records,
        tenant: Tenant,
        principal: Principal,
        tool: Arc<str>,
    ) -> Self {
        Plans {
            records,
            tenant,
            principal,
            tool,
            has_kept: AtomicBool::new(false),
        }
    }

    /// Whether this call ended with a plan.
    pub fn has_kept(&self) -> bool {
        self.has_kept.load(Ordering::Relaxed)
    }

    fn name(&self, id: &str) -> RecordName {
        RecordName {
            tenant: self.tenant.as_str().to_owned(),
            kind: KIND.to_owned(),
            id: id.to_owned(),
        }
    }

    async fn write(&self, plan: Value) -> Result<String, CallError> {
        self.forget_old().await;
        let stored = Stored {
            principal: self.principal.as_str().to_owned(),
            tool: self.tool.to_string(),
            at: self.records.clock().now(),
            plan,
        };
        let content = serde_json::to_vec(&stored).map_err(CallError::internal)?;
        let id = Uuid::now_v7().to_string();
        let put = self.records.put(&self.name(&id), 0, &content).await;
        put.map_err(|_| unwritable())?;
        self.has_kept.store(true, Ordering::Relaxed);
        Ok(id)
    }

    async fn read(&self, id: &str) -> Result<Value, CallError> {
        let id = Uuid::try_parse(id).map_err(|_| unknown())?.to_string();
        let record = self.records.get(&self.name(&id)).await;
        let record = record.map_err(unreadable)?.ok_or_else(unknown)?;
        let stored: Stored = serde_json::from_slice(&record.content).map_err(|_| unknown())?;
        let is_own = stored.principal == self.principal.as_str() && stored.tool == *self.tool;
        match is_own && !self.is_old(stored.at) {
            true => Ok(stored.plan),
            false => Err(unknown()),
        }
    }

    fn is_old(&self, at: i64) -> bool {
        self.records.clock().now() - at > limits::PLAN_KEPT_SECONDS * 1_000
    }

    /// Ids grow with time, so the oldest come first.
    async fn forget_old(&self) {
        let oldest = self.records.list(self.tenant.as_str(), KIND, "").await;
        let oldest = oldest.unwrap_or_default();
        let is_old = |record: &&Record| {
            serde_json::from_slice::<Stored>(&record.content)
                .map_or(true, |stored| self.is_old(stored.at))
        };
        for record in oldest.iter().take_while(is_old) {
            let _ = self
                .records
                .delete(&self.name(&record.id), record.version)
                .await;
        }
    }
}

impl tool::Plans for Plans {
    fn keep(&self, plan: Value) -> BoxFuture<'_, Result<String, CallError>> {
        Box::pin(self.write(plan))
    }

    fn kept<'a>(&'a self, id: &'a str) -> BoxFuture<'a, Result<Value, CallError>> {
        Box::pin(self.read(id))
    }
}

fn unknown() -> CallError {
    CallError::new(
        Code::NotFound,
        "`planId`: this tool has no such plan of yours, or it is older than an hour.",
        "Call again without planId to see a new plan; nothing was done.",
    )
}
