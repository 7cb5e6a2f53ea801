//! Schedules: calls that are made later, once or again and again, by whichever process of this store
//! is there. Each has a record with the time at which somebody has to see to it. Who makes a call
//! first takes a lease on the record, and the call has a key in the journal, so it is made once.

mod due;
mod own;
mod refusal;
mod stored;

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Notify;
use uuid::Uuid;

pub use self::due::{Due, Found};
pub use self::own::Own;
pub use self::refusal::{no_longer_served, now_asks, signed_out};
use self::stored::{KIND, Stored};
use crate::identity::{CredentialTag, Principal, Tenant};
use crate::journal::DurableKey;
use crate::stores::records::change::{RecordName, Refused};
use crate::stores::records::{RecordStore as _, Records};

/// The schedules of a store, as one process sees them.
#[derive(Debug, Clone)]
pub struct Schedules(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    records: Records,
    /// For ids that tell nothing of what people wrote.
    digests: DurableKey,
    /// This process makes the calls; otherwise it only looks, and keeps none.
    makes_calls: bool,
    /// There is a new one.
    changed: Notify,
}

/// Whose schedules are meant.
#[derive(Debug, Clone)]
pub struct Owner {
    pub tenant: Tenant,
    pub principal: Principal,
    pub credential: CredentialTag,
    /// Its credential is there later too.
    pub is_lasting: bool,
    pub tool: Arc<str>,
    /// The virtual server, and its rules about asking a person.
    pub server: Arc<str>,
    pub policy_version: Arc<str>,
    /// Only its own may be seen: what others keep may lie outside its scope.
    pub is_scoped: bool,
}

impl Schedules {
    pub fn new(records: Records, digests: DurableKey, makes_calls: bool) -> Self {
        Schedules(Arc::new(Inner {
            records,
            digests,
            makes_calls,
            changed: Notify::new(),
        }))
    }

    /// The schedules of one owner.
    pub fn of(&self, owner: Owner) -> Own {
        Own::new(self.clone(), owner)
    }

    /// Returns once a schedule was made in this process, or after `wait`.
    pub async fn changed_within(&self, wait: Duration) {
        let _ = tokio::time::timeout(wait, self.0.changed.notified()).await;
    }

    fn records(&self) -> &Records {
        &self.0.records
    }

    fn process(&self) -> Uuid {
        self.0.records.store().process()
    }

    /// Milliseconds since 1970.
    fn now(&self) -> i64 {
        self.0.records.clock().now()
    }

    /// The ids of one principal's records begin with this, so that a list has nobody else's.
    fn prefix(&self, principal: &Principal) -> String {
        let digests = &self.0.digests;
        format!("{}/", digests.principal_of(principal.as_str().as_bytes()))
    }

    async fn put(&self, name: &RecordName, version: u64, stored: &Stored) -> Result<u64, Refused> {
        let content = serde_json::to_vec(stored).map_err(|_| Refused::Unavailable)?;
        let due = Some(stored.due());
        self.records().put_until(name, version, &content, due).await
    }
}

fn name(tenant: &str, id: String) -> RecordName {
    RecordName {
        tenant: tenant.to_owned(),
        kind: KIND.to_owned(),
        id,
    }
}

#[cfg(test)]
mod tests;
