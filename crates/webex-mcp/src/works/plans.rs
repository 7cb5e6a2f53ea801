//! Plans: what a call would change, kept until it is agreed to. A plan belongs to one principal and
//! one tool, and is applied by one work.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use futures::future::BoxFuture;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

use super::Owner;
use super::refusal::{unreadable, unwritable};
use crate::error::{CallError, Code};
use crate::identity::{Principal, Tenant};
use crate::limits;
use crate::stores::records::change::{RecordName, Refused};
use crate::stores::records::{Record, Records};
use crate::tool::{self, KeptPlan};

const KIND: &str = "plan";

/// The plans of one principal with one tool.
#[derive(Debug)]
pub struct Plans {
    records: Records,
    tenant: Tenant,
    principal: Principal,
    tool: Arc<str>,
    server: Arc<str>,
    /// Plans of other servers are not seen.
    is_of_server_only: bool,
    /// The work that may apply one; `None` before it has begun.
    work: Option<Uuid>,
    has_kept: AtomicBool,
}

#[derive(Serialize, Deserialize)]
struct Stored {
    principal: String,
    tool: String,
    server: String,
    at: i64,
    plan: Value,
    /// The work that applies it, or has applied it.
    #[serde(default)]
    work: Option<Uuid>,
}

impl Plans {
    pub(super) fn new(
        records: Records,
        owner: Owner<'_>,
        server: &str,
        work: Option<Uuid>,
    ) -> Self {
        Plans {
            records,
            tenant: owner.tenant.clone(),
            principal: owner.principal.clone(),
            tool: owner.tool.into(),
            server: server.into(),
            is_of_server_only: owner.server.is_some(),
            work,
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
            server: self.server.to_string(),
            at: self.records.clock().now(),
            plan,
            work: None,
        };
        let content = serde_json::to_vec(&stored).map_err(CallError::internal)?;
        let id = Uuid::now_v7().to_string();
        let put = self.records.put(&self.name(&id), 0, &content).await;
        put.map_err(|_| unwritable())?;
        self.has_kept.store(true, Ordering::Relaxed);
        Ok(id)
    }

    /// The plan, unless another work has applied it.
    async fn read(&self, id: &str) -> Result<(RecordName, u64, Stored), CallError> {
        let id = Uuid::try_parse(id).map_err(|_| unknown())?.to_string();
        let name = self.name(&id);
        let record = self.records.get(&name).await;
        let record = record.map_err(unreadable)?.ok_or_else(unknown)?;
        let stored: Stored = serde_json::from_slice(&record.content).map_err(|_| unknown())?;
        let owner = Owner {
            tenant: &self.tenant,
            principal: &self.principal,
            tool: &self.tool,
            server: self.is_of_server_only.then_some(&*self.server),
        };
        let is_own = owner.owns(&stored.principal, &stored.tool, &stored.server);
        if !is_own || self.is_old(&stored) {
            return Err(unknown());
        }
        match stored.work {
            Some(work) if self.work != Some(work) => Err(used(work)),
            _ => Ok((name, record.version, stored)),
        }
    }

    /// Of two works that apply it at the same time, the records let one write.
    async fn claim(&self, id: &str) -> Result<(), CallError> {
        let (name, version, stored) = self.read(id).await?;
        let stored = Stored {
            work: self.work,
            ..stored
        };
        let content = serde_json::to_vec(&stored).map_err(CallError::internal)?;
        match self.records.put(&name, version, &content).await {
            Ok(_) => Ok(()),
            Err(Refused::Changed(_)) => self.read(id).await.map(drop),
            Err(_) => Err(unwritable()),
        }
    }

    async fn delete(&self, id: &str) {
        if let Ok((name, version, stored)) = self.read(id).await
            && stored.work.is_none()
        {
            // A work that claims it meanwhile is faster.
            let _ = self.records.delete(&name, version).await;
        }
    }

    /// A plan that is applied stays as long as its work, which may need it after a restart.
    fn is_old(&self, stored: &Stored) -> bool {
        let kept = match stored.work {
            None => limits::PLAN_KEPT_SECONDS,
            Some(_) => limits::WORK_KEPT_SECONDS,
        };
        self.records.clock().now() - stored.at > kept * 1_000
    }

    /// Ids grow with time, so the oldest come first.
    async fn forget_old(&self) {
        let oldest = self.records.list(self.tenant.as_str(), KIND, "").await;
        let oldest = oldest.unwrap_or_default();
        let is_old = |record: &&Record| {
            serde_json::from_slice::<Stored>(&record.content)
                .map_or(true, |stored| self.is_old(&stored))
        };
        for record in oldest.iter().filter(is_old) {
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

    fn kept<'a>(&'a self, id: &'a str) -> BoxFuture<'a, Result<KeptPlan, CallError>> {
        Box::pin(async move {
            let (_, _, stored) = self.read(id).await?;
            Ok(KeptPlan {
                is_begun: stored.work.is_some(),
                plan: stored.plan,
            })
        })
    }

    fn begin<'a>(&'a self, id: &'a str) -> BoxFuture<'a, Result<(), CallError>> {
        Box::pin(self.claim(id))
    }

    fn forget<'a>(&'a self, id: &'a str) -> BoxFuture<'a, ()> {
        Box::pin(self.delete(id))
    }
}

fn unknown() -> CallError {
    CallError::new(
        Code::NotFound,
        "`planId`: this tool has no such plan of yours: it is older than an hour, or a newer one took its place.",
        "Call again without planId to see a new plan; nothing was done.",
    )
}

/// What became of it stands in the answer of its work.
fn used(work: Uuid) -> CallError {
    CallError::new(
        Code::Conflict,
        "`planId`: this plan was applied before; nothing was done now.",
        format!(
            "Call with workId {work} alone to see what became of it; call without planId for a new plan."
        ),
    )
}
