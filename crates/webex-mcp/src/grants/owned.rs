//! The grants of one person, and those of an organization that allow something.

use super::{Grant, KIND, Vault, prefix};
use crate::identity::{GrantId, Principal, Tenant};
use crate::limits;
use crate::stores::records::Record;
use crate::stores::records::change::Unavailable;

/// What the id of the grant ends with that somebody has for everything; no other does.
const ONLY: &str = "only";

/// A position among the grants of all tenants, for what is looked through a little at a time.
#[derive(Debug, Clone, Default)]
pub struct Position {
    tenant: Option<String>,
    after: String,
}

impl Vault {
    /// The id of the grant of a person who has one for everything that they do here.
    pub fn only_id(&self, principal: &Principal) -> GrantId {
        GrantId::new(format!("{}{ONLY}", prefix(principal)))
    }

    /// The next grants after a position, which moves on; behind the last, it is at the beginning again.
    /// Those that somebody has for everything that they do here are passed over: no other record names
    /// them.
    ///
    /// # Errors
    /// The records cannot be read.
    pub async fn next_page(&self, at: &mut Position) -> Result<Vec<(GrantId, Grant)>, Unavailable> {
        let (records, most) = (self.records(), limits::ORPHANS_LOOKED_FOR_ROWS);
        if let Some(tenant) = &at.tenant {
            let page = records.list_up_to(tenant, KIND, &at.after, most).await?;
            if let Some(last) = page.last() {
                at.after.clone_from(&last.id);
                let page = page.into_iter().filter(|it| !it.id.ends_with(ONLY));
                let grants = page.filter_map(|record| {
                    let grant = Grant::from_bytes(&record.content)?;
                    Some((GrantId::new(record.id), grant))
                });
                return Ok(grants.collect());
            }
        }
        *at = Position {
            tenant: records.next_tenant(KIND, at.tenant.as_deref()).await?,
            after: String::new(),
        };
        Ok(Vec::new())
    }

    /// A grant as it is kept, also one that Webex gave up.
    ///
    /// # Errors
    /// The records cannot be read.
    pub async fn kept(&self, tenant: &Tenant, id: &GrantId) -> Result<Option<Grant>, Unavailable> {
        Ok(self.found(tenant, id).await?.map(|(grant, _)| grant))
    }

    /// Deletes every grant of a person.
    ///
    /// # Errors
    /// The records cannot be read or written; then some may be left.
    pub async fn delete_all(
        &self,
        tenant: &Tenant,
        principal: &Principal,
    ) -> Result<(), Unavailable> {
        let prefix = prefix(principal);
        loop {
            let page = self.page(tenant, &prefix, &prefix).await?;
            if page.is_empty() {
                return Ok(());
            }
            for record in page {
                self.delete(tenant, &GrantId::new(record.id)).await?;
            }
        }
    }

    /// A grant with all of these scopes that Webex may still accept, and when it was made: of this
    /// person, or of anybody in the organization.
    ///
    /// # Errors
    /// The records cannot be read.
    pub async fn with_scopes(
        &self,
        tenant: &Tenant,
        principal: Option<&Principal>,
        scopes: &[&str],
    ) -> Result<Option<(GrantId, i64)>, Unavailable> {
        let prefix = principal.map(prefix).unwrap_or_default();
        let found = |record: Record| {
            let grant = Grant::from_bytes(&record.content).filter(|grant| !grant.is_lost())?;
            let mut wanted = scopes.iter();
            let has_all = wanted.all(|scope| grant.scopes.iter().any(|granted| granted == scope));
            has_all.then(|| (GrantId::new(record.id), grant.made_at))
        };
        let mut after = prefix.clone();
        for _ in 0..limits::ADMINISTRATOR_LOOKED_FOR_PAGES {
            let page = self.page(tenant, &prefix, &after).await?;
            let Some(last) = page.last() else { break };
            after.clone_from(&last.id);
            if let Some(found) = page.into_iter().find_map(found) {
                return Ok(Some(found));
            }
        }
        Ok(None)
    }

    /// A page of the grants whose ids begin so.
    async fn page(
        &self,
        tenant: &Tenant,
        prefix: &str,
        after: &str,
    ) -> Result<Vec<Record>, Unavailable> {
        let records = self.records();
        let mut page = records.list(tenant.as_str(), KIND, after).await?;
        page.retain(|record| record.id.starts_with(prefix));
        Ok(page)
    }
}
