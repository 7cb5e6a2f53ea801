//! Webex tokens that the server keeps for people. A grant is encrypted in the records, and renewed
//! before its token ends: once, however many processes share the records.

mod grant;
mod owned;
mod refusal;
mod renewal;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use moka::sync::Cache;
use tokio::time::sleep;
use uuid::Uuid;
use webex::AccessToken;
use webex::oauth::Integration;

pub use self::grant::{Grant, NotRenewed, Person};
pub use self::owned::Position;
pub use self::refusal::{busy, lost_in_vault as lost, not_renewed};
pub use self::renewal::{Slot, Storage};
use crate::error::{CallError, Code};
use crate::identity::{GrantId, Principal, Tenant};
use crate::limits;
use crate::seal::{digest, hex};
use crate::stores::records::Records;
use crate::stores::records::change::{RecordName, Refused, Unavailable};

/// The kind of the private records.
const KIND: &str = "grant";
/// The part of an id that is the same for all grants of one person, so that they are listed
/// together. It tells nobody who that is.
const OWNER_BYTES: usize = 16;

/// A grant among those of all tenants: some of its ids are the same in each.
type Key = (Tenant, GrantId);

/// The grants of everybody. Clones share them.
#[derive(Debug, Clone)]
pub struct Vault(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    records: Records,
    integration: Integration,
    /// Service apps, by their ids at Webex.
    apps: BTreeMap<String, Integration>,
    /// Grants that were used lately.
    used: Cache<Key, Arc<Slot>>,
    /// What is known of grants without reading them.
    known: Cache<Key, Arc<Known>>,
}

/// A grant that Webex may still accept, without its tokens.
#[derive(Debug)]
pub struct Known {
    pub scopes: Arc<[Box<str>]>,
    /// Those that Webex was asked for and did not give.
    pub refused: Arc<[Box<str>]>,
    pub organization: Option<String>,
    pub display: Option<Arc<str>>,
    pub made_at: i64,
}

/// One grant of the vault.
#[derive(Debug, Clone)]
struct InVault {
    vault: Vault,
    tenant: Tenant,
    id: GrantId,
    /// Whoever holds the lease.
    holder: Uuid,
}

impl Vault {
    pub fn new(records: Records, integration: Integration) -> Self {
        Vault::with_apps(records, integration, BTreeMap::new())
    }

    /// Also for the grants of these service apps, by their ids at Webex.
    pub fn with_apps(
        records: Records,
        integration: Integration,
        apps: BTreeMap<String, Integration>,
    ) -> Self {
        let used = Cache::builder()
            .max_capacity(limits::GRANTS_USED)
            .time_to_idle(Duration::from_secs(limits::GRANT_USED_SECONDS))
            .build();
        Vault(Arc::new(Inner {
            records,
            integration,
            apps,
            used,
            known: Cache::builder()
                .max_capacity(limits::GRANTS_USED)
                .time_to_live(limits::GRANT_KNOWN)
                .build(),
        }))
    }

    /// The records that the grants are kept in.
    pub fn records(&self) -> &Records {
        &self.0.records
    }

    /// The integration at Webex that people sign in with.
    pub fn integration(&self) -> &Integration {
        &self.0.integration
    }

    /// The id for a new grant of this person.
    pub fn new_id(&self, principal: &Principal) -> GrantId {
        GrantId::new(format!("{}{}", prefix(principal), Uuid::new_v4().simple()))
    }

    /// Keeps a new grant; returns once it is durable.
    ///
    /// # Errors
    /// The records cannot be written.
    pub async fn keep(
        &self,
        tenant: &Tenant,
        id: &GrantId,
        grant: &Grant,
    ) -> Result<(), Unavailable> {
        let put = self.put(tenant, id, 0, grant).await;
        put.map(drop).map_err(|_| Unavailable)
    }

    /// Keeps a grant in place of the one that has this id, if there is one.
    ///
    /// # Errors
    /// The records cannot be written, or others write this one all the time.
    pub async fn keep_as(
        &self,
        tenant: &Tenant,
        id: &GrantId,
        grant: &Grant,
    ) -> Result<(), Unavailable> {
        for _ in 0..limits::GRANT_WRITE_ATTEMPTS {
            let record = self.0.records.get(&name(tenant, id)).await?;
            let version = record.map_or(0, |record| record.version);
            match self.put(tenant, id, version, grant).await {
                Ok(_) => {
                    self.forget(tenant, id);
                    return Ok(());
                }
                Err(Refused::Unavailable) => break,
                Err(_) => {}
            }
        }
        Err(Unavailable)
    }

    /// What is known of a grant, if Webex may still accept it; it may be [`limits::GRANT_KNOWN`] old.
    ///
    /// # Errors
    /// The records cannot be read.
    pub async fn known(
        &self,
        tenant: &Tenant,
        id: &GrantId,
    ) -> Result<Option<Arc<Known>>, Unavailable> {
        if let Some(known) = self.0.known.get(&key(tenant, id)) {
            return Ok(Some(known));
        }
        let found = self.found(tenant, id).await?;
        let Some((grant, _)) = found.filter(|(grant, _)| !grant.is_lost()) else {
            return Ok(None);
        };
        let boxed = |scopes: &[String]| scopes.iter().map(|scope| Box::from(&**scope)).collect();
        let known = Arc::new(Known {
            scopes: boxed(&grant.scopes),
            refused: boxed(&grant.refused),
            organization: grant.person.organization,
            display: grant.person.display.as_deref().map(Arc::from),
            made_at: grant.made_at,
        });
        self.0.known.insert(key(tenant, id), known.clone());
        Ok(Some(known))
    }

    /// The token of a grant, renewed if it is due.
    ///
    /// # Errors
    /// `unauthorized` where the person has to sign in again, `unavailable` where Webex or the
    /// records do not answer.
    pub async fn token(&self, tenant: &Tenant, id: &GrantId) -> Result<AccessToken, CallError> {
        let slot = self.0.used.get_with(key(tenant, id), Arc::default);
        let token = match slot.known(self.now()) {
            Some(token) => Ok(token),
            None => slot.token(self.one(tenant, id)).await,
        };
        if token
            .as_ref()
            .is_err_and(|error| error.code == Code::Unauthorized)
        {
            self.0.known.invalidate(&key(tenant, id));
        }
        token
    }

    /// Another token in place of one that Webex refused; `None` where there is none.
    pub async fn renew(
        &self,
        tenant: &Tenant,
        id: &GrantId,
        refused: &AccessToken,
    ) -> Option<AccessToken> {
        let slot = self.0.used.get_with(key(tenant, id), Arc::default);
        slot.renew(self.one(tenant, id), refused).await
    }

    /// A grant that Webex may still accept, as it is kept now; its token is used from now on.
    ///
    /// # Errors
    /// The records cannot be read.
    pub async fn alive(&self, tenant: &Tenant, id: &GrantId) -> Result<Option<Grant>, Unavailable> {
        let found = self.found(tenant, id).await?;
        let grant = found.map(|(grant, _)| grant);
        let grant = grant.filter(|grant| !grant.is_lost());
        if let (Some(grant), Some(slot)) = (&grant, self.0.used.get(&key(tenant, id))) {
            slot.learn(grant, self.now());
        }
        Ok(grant)
    }

    /// Puts a grant in the place of an earlier one of the same person; returns once it is durable.
    ///
    /// # Errors
    /// `unauthorized` where there is no earlier one any more, `unavailable` where the records cannot
    /// be written or another process renews the grant all the time.
    pub async fn replace(
        &self,
        tenant: &Tenant,
        id: &GrantId,
        grant: Grant,
    ) -> Result<(), CallError> {
        let slot = self.0.used.get_with(key(tenant, id), Arc::default);
        slot.replace(&self.one(tenant, id), grant).await?;
        self.0.known.invalidate(&key(tenant, id));
        Ok(())
    }

    /// Deletes a grant; calls with it end within [`limits::GRANT_READ_AGAIN_SECONDS`] everywhere.
    ///
    /// # Errors
    /// The records cannot be written, or others write this one all the time.
    pub async fn delete(&self, tenant: &Tenant, id: &GrantId) -> Result<(), Unavailable> {
        let name = name(tenant, id);
        for _ in 0..limits::GRANT_WRITE_ATTEMPTS {
            let record = self.0.records.get(&name).await?;
            let Some(record) = record else {
                self.forget(tenant, id);
                return Ok(());
            };
            match self.0.records.delete(&name, record.version).await {
                Err(Refused::Changed(_)) => {}
                Err(Refused::Unavailable) => break,
                _ => {
                    self.forget(tenant, id);
                    return Ok(());
                }
            }
        }
        Err(Unavailable)
    }

    /// What this process knows of a grant counts no longer.
    fn forget(&self, tenant: &Tenant, id: &GrantId) {
        let key = key(tenant, id);
        self.0.used.invalidate(&key);
        self.0.known.invalidate(&key);
    }

    fn one(&self, tenant: &Tenant, id: &GrantId) -> InVault {
        InVault {
            vault: self.clone(),
            tenant: tenant.clone(),
            id: id.clone(),
            holder: Uuid::new_v4(),
        }
    }

    /// A grant, with the version of its record.
    async fn found(
        &self,
        tenant: &Tenant,
        id: &GrantId,
    ) -> Result<Option<(Grant, u64)>, Unavailable> {
        let record = self.0.records.get(&name(tenant, id)).await?;
        Ok(record.and_then(|record| Some((Grant::from_bytes(&record.content)?, record.version))))
    }

    async fn put(
        &self,
        tenant: &Tenant,
        id: &GrantId,
        expected: u64,
        grant: &Grant,
    ) -> Result<u64, Refused> {
        let content = grant.to_bytes().map_err(|_| Refused::Unavailable)?;
        let name = name(tenant, id);
        self.0.records.put(&name, expected, &content).await
    }

    fn now(&self) -> i64 {
        self.0.records.clock().now()
    }
}

impl InVault {
    async fn lease(&self, lasts: Duration) -> Result<bool, CallError> {
        let (tenant, id) = (self.tenant.as_str(), self.id.as_str());
        let name = format!("grant {tenant} {id}");
        let leased = self.vault.0.records.lease(&name, self.holder, lasts).await;
        leased.map_err(|_| refusal::unreadable())
    }
}

impl Storage for InVault {
    /// The version of the record, and the service app.
    type Beside = (u64, Option<String>);
    type Lock = ();

    async fn read(&self) -> Result<(Grant, Self::Beside), CallError> {
        let found = self.vault.found(&self.tenant, &self.id).await;
        let found = found.map_err(|_| refusal::unreadable())?;
        let (grant, version) = found.ok_or_else(refusal::gone)?;
        let app = grant.app().map(str::to_owned);
        Ok((grant, (version, app)))
    }

    async fn try_lock(&self) -> Result<Option<()>, CallError> {
        let is_leased = self.lease(limits::GRANT_RENEWAL_LEASE).await?;
        Ok(is_leased.then_some(()))
    }

    /// If the records cannot be written, the lease ends by itself.
    async fn unlock(&self, (): ()) {
        let _ = self.lease(Duration::ZERO).await;
    }

    async fn write(&self, (version, _): Self::Beside, grant: &Grant) -> Result<(), CallError> {
        for _ in 0..limits::GRANT_WRITE_ATTEMPTS {
            match self.vault.put(&self.tenant, &self.id, version, grant).await {
                Ok(_) => return Ok(()),
                Err(Refused::Unavailable) => sleep(limits::GRANT_RENEWAL_LOOK).await,
                // It was deleted meanwhile.
                Err(Refused::Absent) => return Err(refusal::gone()),
                Err(_) => break,
            }
        }
        Err(refusal::unreadable())
    }

    fn integration(&self, (_, app): &Self::Beside) -> Result<Integration, CallError> {
        match app {
            None => Ok(self.vault.integration().clone()),
            Some(app) => {
                let known = self.vault.0.apps.get(app).cloned();
                known.ok_or_else(refusal::no_app)
            }
        }
    }

    fn now(&self) -> i64 {
        self.vault.now()
    }

    fn advice(&self) -> &'static str {
        refusal::SIGN_IN_AGAIN
    }
}

fn key(tenant: &Tenant, id: &GrantId) -> Key {
    (tenant.clone(), id.clone())
}

fn name(tenant: &Tenant, id: &GrantId) -> RecordName {
    RecordName {
        tenant: tenant.as_str().to_owned(),
        kind: KIND.to_owned(),
        id: id.as_str().to_owned(),
    }
}

fn prefix(principal: &Principal) -> String {
    hex(&digest(principal.as_str().as_bytes())[..OWNER_BYTES])
}

#[cfg(test)]
pub(crate) mod tests;
