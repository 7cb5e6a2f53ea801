//! Webex tokens that the server keeps for people. A grant is encrypted in the records, and renewed
//! before its token ends: once, however many processes share the records.

mod grant;
mod refusal;

use std::sync::Arc;
use std::time::Duration;

use moka::sync::Cache;
use parking_lot::Mutex;
use tokio::time::{Instant, sleep, timeout};
use uuid::Uuid;
use webex::AccessToken;
use webex::oauth::Integration;

pub use self::grant::{Grant, NotRenewed, Person};
use crate::error::CallError;
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

/// The grants of everybody. Clones share them.
#[derive(Debug, Clone)]
pub struct Vault(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    records: Records,
    integration: Integration,
    /// Grants that were used lately.
    used: Cache<GrantId, Arc<Slot>>,
}

/// A grant in this process: its token as it was read last, and one renewal at a time.
#[derive(Debug, Default)]
struct Slot {
    token: Mutex<Option<Token>>,
    renewing: tokio::sync::Mutex<()>,
}

#[derive(Debug, Clone)]
struct Token {
    token: AccessToken,
    /// When the record is read again, as milliseconds since 1970.
    good_until: i64,
}

/// A grant as it was found, with its version.
#[derive(Debug)]
struct Found {
    grant: Grant,
    version: u64,
}

impl Vault {
    pub fn new(records: Records, integration: Integration) -> Self {
        let used = Cache::builder()
            .max_capacity(limits::GRANTS_USED)
            .time_to_idle(Duration::from_secs(limits::GRANT_USED_SECONDS))
            .build();
        Vault(Arc::new(Inner {
            records,
            integration,
            used,
        }))
    }

    /// The records that the grants are kept in.
    pub fn records(&self) -> &Records {
        &self.0.records
    }

    /// The integration at Webex that all grants were given to.
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

    /// The token of a grant, renewed if it is due.
    ///
    /// # Errors
    /// `unauthorized` where the person has to sign in again, `unavailable` where Webex or the
    /// records do not answer.
    pub async fn token(&self, tenant: &Tenant, id: &GrantId) -> Result<AccessToken, CallError> {
        let slot = self.0.used.get_with(id.clone(), Arc::default);
        let kept = slot.token.lock().clone();
        match kept.filter(|token| self.now() < token.good_until) {
            Some(token) => Ok(token.token),
            None => self.read_whole(tenant, id, slot, None).await,
        }
    }

    /// In a task of its own: a token that Webex has just replaced is kept even if the call that
    /// wanted it is cancelled.
    async fn read_whole(
        &self,
        tenant: &Tenant,
        id: &GrantId,
        slot: Arc<Slot>,
        refused: Option<AccessToken>,
    ) -> Result<AccessToken, CallError> {
        let (this, tenant, id) = (self.clone(), tenant.clone(), id.clone());
        let reading =
            tokio::spawn(async move { this.read(&tenant, &id, &slot, refused.as_ref()).await });
        reading.await.map_err(CallError::internal)?
    }

    /// Another token in place of one that Webex refused; `None` where there is none.
    pub async fn renew(
        &self,
        tenant: &Tenant,
        id: &GrantId,
        refused: &AccessToken,
    ) -> Option<AccessToken> {
        let slot = self.0.used.get_with(id.clone(), Arc::default);
        *slot.token.lock() = None;
        let renewed = self.read_whole(tenant, id, slot, Some(refused.clone()));
        let renewed = renewed.await.ok()?;
        (renewed.expose() != refused.expose()).then_some(renewed)
    }

    /// Whether there is a grant that Webex may still accept.
    ///
    /// # Errors
    /// The records cannot be read.
    pub async fn is_alive(&self, tenant: &Tenant, id: &GrantId) -> Result<bool, Unavailable> {
        let found = self.found(tenant, id).await?;
        Ok(found.is_some_and(|found| !found.grant.is_lost()))
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
                self.0.used.invalidate(id);
                return Ok(());
            };
            match self.0.records.delete(&name, record.version).await {
                Err(Refused::Changed(_)) => {}
                Err(Refused::Unavailable) => break,
                _ => {
                    self.0.used.invalidate(id);
                    return Ok(());
                }
            }
        }
        Err(Unavailable)
    }

    /// Reads the grant, and renews it where it is due or Webex refused its token.
    async fn read(
        &self,
        tenant: &Tenant,
        id: &GrantId,
        slot: &Slot,
        refused: Option<&AccessToken>,
    ) -> Result<AccessToken, CallError> {
        let _one = slot.renewing.lock().await;
        let kept = slot.token.lock().clone();
        let is_other =
            |token: &AccessToken| refused.is_none_or(|refused| refused.expose() != token.expose());
        let kept = kept.filter(|kept| self.now() < kept.good_until && is_other(&kept.token));
        if let Some(kept) = kept {
            // Another call got it while this one was waiting.
            return Ok(kept.token);
        }
        let holder = Uuid::new_v4();
        let until = Instant::now() + limits::GRANT_RENEWAL_WAIT;
        loop {
            let found = self.found(tenant, id).await;
            let found = found.map_err(|_| refusal::unreadable())?;
            let found = found.ok_or_else(refusal::gone)?;
            let is_refused = refused
                .is_some_and(|refused| found.grant.access_token().expose() == refused.expose());
            if found.grant.is_lost() {
                return Err(refusal::lost());
            }
            if !is_refused && !found.grant.is_due(self.now()) {
                return Ok(self.good(slot, &found.grant));
            }
            let lease = format!("grant {}", id.as_str());
            let lasts = limits::GRANT_RENEWAL_LEASE;
            let leased = self.0.records.lease(&lease, holder, lasts).await;
            if leased.map_err(|_| refusal::unreadable())? {
                // What was read before the lease may be the token of before.
                let renewed = self.renewed(tenant, id, found, refused).await;
                let _ = self.0.records.lease(&lease, holder, Duration::ZERO).await;
                return renewed.map(|grant| self.good(slot, &grant));
            }
            // Another process renews it.
            if !is_refused && found.grant.is_valid(self.now()) {
                return Ok(found.grant.access_token().clone());
            }
            if Instant::now() >= until {
                return Err(refusal::busy());
            }
            sleep(limits::GRANT_RENEWAL_LOOK).await;
        }
    }

    /// Renews a grant whose lease this process has. The new tokens are kept before they are used.
    async fn renewed(
        &self,
        tenant: &Tenant,
        id: &GrantId,
        before: Found,
        refused: Option<&AccessToken>,
    ) -> Result<Grant, CallError> {
        let found = self.found(tenant, id).await;
        let found = found.map_err(|_| refusal::unreadable())?;
        let Found { grant, version } = found.ok_or_else(refusal::gone)?;
        if version != before.version && !grant.is_due(self.now()) && !grant.is_lost() {
            return Ok(grant);
        }
        let now = self.now();
        let renewal = grant.renewed(&self.0.integration, now);
        let renewal = timeout(limits::GRANT_RENEWED_WITHIN, renewal).await;
        let is_usable = refused.is_none() && grant.is_valid(now);
        let next = match renewal {
            Ok(Ok(next)) => next,
            Ok(Err(NotRenewed::Lost)) => grant.lost(),
            // It was renewed early, so there is time to try again.
            _ if is_usable => return Ok(grant),
            Ok(Err(NotRenewed::Later(error))) => {
                tracing::warn!(%error, "a sign-in to Webex could not be renewed");
                return Err(refusal::later(&error));
            }
            Err(_elapsed) => return Err(refusal::busy()),
        };
        for attempt in 1..=limits::GRANT_WRITE_ATTEMPTS {
            match self.put(tenant, id, version, &next).await {
                Ok(_) => break,
                Err(Refused::Unavailable) if attempt < limits::GRANT_WRITE_ATTEMPTS => {
                    sleep(limits::GRANT_RENEWAL_LOOK).await;
                }
                // It was deleted meanwhile, or nothing can be written.
                Err(Refused::Absent) => return Err(refusal::gone()),
                Err(_) => return Err(refusal::unreadable()),
            }
        }
        match next.is_lost() {
            true => Err(refusal::lost()),
            false => Ok(next),
        }
    }

    fn good(&self, slot: &Slot, grant: &Grant) -> AccessToken {
        let token = grant.access_token().clone();
        let early = limits::GRANT_RENEWED_EARLY_SECONDS * 1_000;
        let again = self.now() + limits::GRANT_READ_AGAIN_SECONDS * 1_000;
        *slot.token.lock() = Some(Token {
            token: token.clone(),
            good_until: grant
                .access_until()
                .map_or(again, |until| again.min(until - early)),
        });
        token
    }

    async fn found(&self, tenant: &Tenant, id: &GrantId) -> Result<Option<Found>, Unavailable> {
        let record = self.0.records.get(&name(tenant, id)).await?;
        Ok(record.and_then(|record| {
            Some(Found {
                grant: Grant::from_bytes(&record.content)?,
                version: record.version,
            })
        }))
    }

    async fn put(
        &self,
        tenant: &Tenant,
        id: &GrantId,
        expected: u64,
        grant: &Grant,
    ) -> Result<u64, Refused> {
        let content = grant.to_bytes().map_err(|_| Refused::Unavailable)?;
        self.0
            .records
            .put(&name(tenant, id), expected, &content)
            .await
    }

    fn now(&self) -> i64 {
        self.0.records.clock().now()
    }
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
