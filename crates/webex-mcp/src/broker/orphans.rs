//! Grants that nothing refers to: a process that ends between two writes, or somebody who revokes
//! between them, leaves tokens of Webex in the vault that no connection names. They are looked for a few
//! at a time, and deleted in the same way as those of connections that end. Whatever cannot be read may refer
//! to a grant, which then stays.

use std::collections::HashSet;

use uuid::Uuid;

use super::access::{self, Owner};
use super::connections::{self, Connection};
use super::{Broker, machines};
use crate::identity::{GrantId, Tenant};
use crate::limits;
use crate::stores::records::change::Unavailable;
use crate::stores::records::{Record, RecordStore as _};

impl Broker {
    /// Looks at the next grants, and deletes those that nothing refers to.
    pub(super) async fn sweep_orphans(&self) -> Result<(), Unavailable> {
        let Some(of_machines) = self.grants_of_machines().await? else {
            return Ok(());
        };
        let old = self.now() - limits::GRANT_ORPHANED_SECONDS * 1_000;
        let mut at = self.0.looked_at.lock().clone();
        let mut deleted = 0;
        for _ in 0..limits::ORPHANS_LOOKED_FOR_PAGES {
            for (id, grant) in self.0.vault.next_page(&mut at).await? {
                let owner = Owner::of(&grant.person);
                let (tenant, is_old) = (owner.tenant(), grant.made_at < old);
                let is_orphan = is_old
                    && !of_machines.contains(&(tenant.clone(), id.clone()))
                    && !self.is_named(&owner, &id).await?;
                if is_orphan {
                    self.0.vault.delete(&tenant, &id).await?;
                    deleted += 1;
                }
            }
        }
        *self.0.looked_at.lock() = at;
        if deleted > 0 {
            tracing::info!(
                deleted,
                "tokens of Webex that nothing refers to were deleted"
            );
        }
        Ok(())
    }

    /// Whether a connection of this person names a grant.
    async fn is_named(&self, owner: &Owner, grant: &GrantId) -> Result<bool, Unavailable> {
        let (tenant, prefix) = (&owner.tenant, owner.prefix());
        let Some(entries) = self.all_known(tenant, access::KIND, &prefix).await? else {
            return Ok(true);
        };
        let ids = entries.iter().filter_map(|it| it.id.strip_prefix(&*prefix));
        for id in ids.filter_map(|id| Uuid::try_parse(id).ok()) {
            let name = connections::name(id);
            let found = self.0.records.get(&name).await?;
            let names_it = match found {
                Some(record) => serde_json::from_slice::<Connection>(&record.content)
                    .map_or(true, |connection| connection.grant == grant.as_str()),
                // Gone, or there and not readable.
                None => self.0.records.store().private(name).await?.is_some(),
            };
            if names_it {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// The grants that clients act with which need no connection for it; `None` where one cannot be
    /// read.
    async fn grants_of_machines(&self) -> Result<Option<HashSet<(Tenant, GrantId)>>, Unavailable> {
        let all = self.all_known("", machines::KIND, "").await?;
        let all = all
            .as_deref()
            .map(|all| all.iter().map(|it| machines::grant_of(&it.content)));
        Ok(all.map(|all| all.flatten().collect()))
    }

    /// The records of a kind whose ids begin so; `None` where one of them does not open.
    async fn all_known(
        &self,
        tenant: &str,
        kind: &str,
        prefix: &str,
    ) -> Result<Option<Vec<Record>>, Unavailable> {
        let records = &self.0.records;
        let all = records
            .with_prefix(tenant, kind, prefix, usize::MAX)
            .await?;
        let count = records
            .count(tenant, kind, (prefix, &format!("{prefix}~")))
            .await?;
        Ok((all.len() == count).then_some(all))
    }
}
