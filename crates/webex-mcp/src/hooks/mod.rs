//! Webhooks whose deliveries come to this server: the record of each, the inbox of what came in, and
//! who hears of it. A delivery belongs to the principal that made its webhook, and to nobody else.

mod delivery;
mod hub;
mod mine;
mod refusal;
mod signature;
mod stored;
mod watch;

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Semaphore;

pub use self::delivery::Delivery;
pub use self::hub::{Came, Heard, Hearing};
pub use self::mine::Mine;
pub use self::signature::Signed;
#[cfg(test)]
pub(crate) use self::signature::sign;
pub use self::stored::Stored;
use self::stored::{address_of, owner_prefix};
pub use self::watch::{Wanted, Watch, is_watched};
use crate::error::CallError;
use crate::identity::{Caller, Principal, Tenant};
use crate::limits;
use crate::stores::records::change::{Arrival, Change, RecordName, Refused, Unavailable};
use crate::stores::records::{Record, RecordStore as _, Records};

/// The beginning of the path of every webhook's address.
pub const PATH: &str = "/hooks/";
/// The kind of the private records.
const KIND: &str = "hook";

/// The webhooks of all principals. Clones share them.
#[derive(Debug, Clone)]
pub struct Hooks(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    records: Records,
    /// Where Webex reaches this server, without a final slash.
    base: Option<String>,
    /// A subscription may make the webhook that it needs.
    is_automatic: bool,
    hub: hub::Hub,
    /// One webhook is made at a time for subscriptions, so that none is made twice.
    making: Semaphore,
}

/// Whose webhooks are meant.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Owner {
    tenant: Tenant,
    principal: Principal,
}

impl Owner {
    pub fn principal(&self) -> &Principal {
        &self.principal
    }

    pub fn of(caller: &Caller) -> Self {
        Owner {
            tenant: caller.tenant.clone(),
            principal: caller.principal.clone(),
        }
    }
}

/// A webhook's record, as it was found.
#[derive(Debug)]
pub struct Known {
    /// The last part of its address.
    pub id: String,
    version: u64,
    pub stored: Stored,
}

/// Why a delivery was not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotTaken {
    /// It is not signed with the webhook's secret.
    Unsigned,
    /// It is signed, and is no delivery.
    Unreadable,
    /// It is signed, and tells of something else than this webhook was made for.
    Foreign,
    /// It could not be stored in time.
    Unavailable,
}

impl Hooks {
    /// `base` is the address at which Webex reaches this server, if it does. `is_automatic`:
    /// subscriptions may make webhooks.
    pub fn new(records: Records, base: Option<String>, is_automatic: bool) -> Self {
        Hooks(Arc::new(Inner {
            hub: hub::Hub::new(records.clone()),
            records,
            base,
            is_automatic,
            making: Semaphore::new(1),
        }))
    }

    /// Whether deliveries can come in at all.
    pub fn can_receive(&self) -> bool {
        self.0.base.is_some()
    }

    /// Whether this server sets webhooks active again that Webex disabled.
    pub fn are_kept_active(&self) -> bool {
        self.0.is_automatic && self.can_receive()
    }

    /// The webhooks of everybody; at most [`limits::HOOKS_KEPT_ACTIVE`].
    ///
    /// # Errors
    /// The records cannot be read.
    pub async fn every(&self) -> Result<Vec<Known>, Unavailable> {
        let most = limits::HOOKS_KEPT_ACTIVE;
        let page = self.0.records.with_prefix("", KIND, "", most).await?;
        Ok(page.into_iter().filter_map(Known::read).collect())
    }

    /// Whether a subscription of this caller may make a webhook: its token has to outlast the
    /// subscription.
    pub fn is_automatic_for(&self, caller: &Caller) -> bool {
        self.0.is_automatic && self.can_receive() && caller.is_lasting
    }

    /// The webhooks as the tools of one caller reach them.
    pub fn of(&self, caller: &Caller, server: &Arc<str>) -> Mine {
        Mine::new(self.clone(), caller, server.clone())
    }

    /// Held while a webhook is looked for and made.
    pub async fn making(&self) -> Option<tokio::sync::SemaphorePermit<'_>> {
        self.0.making.acquire().await.ok()
    }

    /// Whether a webhook of this owner tells of such changes.
    ///
    /// # Errors
    /// The records cannot be read.
    pub async fn covers(&self, owner: &Owner, watch: &Watch) -> Result<bool, Unavailable> {
        let own = self.all(owner).await?;
        Ok(own.iter().any(|known| watch.is_covered_by(&known.stored)))
    }

    /// Hears everything that comes in for this owner from now on.
    ///
    /// # Errors
    /// The records cannot be read.
    pub async fn hear(&self, owner: &Owner) -> Result<Hearing, Unavailable> {
        self.0.hub.hear(owner.clone()).await
    }

    /// The webhook of this address.
    ///
    /// # Errors
    /// The records cannot be read.
    pub async fn find(&self, id: &str) -> Result<Option<Known>, Unavailable> {
        if !stored::is_id(id) {
            return Ok(None);
        }
        let record = self.0.records.get(&name(id)).await?;
        Ok(record.and_then(Known::read))
    }

    /// Stores a delivery if it is signed. That something was created is stored once, however often
    /// it comes. Returns when it is durable.
    ///
    /// # Errors
    /// [`NotTaken`]; then nothing was stored, or it will be known when it comes again.
    pub async fn receive(
        &self,
        known: &Known,
        signed: &Signed<'_>,
        body: &[u8],
    ) -> Result<(), NotTaken> {
        if !signed.is_by(&known.stored.secret, body) {
            return Err(NotTaken::Unsigned);
        }
        let delivery = Delivery::read(body).ok_or(NotTaken::Unreadable)?;
        if !known.stored.is_of(&delivery) {
            return Err(NotTaken::Foreign);
        }
        let within = Duration::from_millis(limits::HOOK_STORED_WITHIN_MILLISECONDS);
        let storing = self.store(known, delivery);
        match tokio::time::timeout(within, storing).await {
            Ok(stored) => stored,
            Err(_elapsed) => Err(NotTaken::Unavailable),
        }
    }

    async fn store(&self, known: &Known, delivery: Delivery) -> Result<(), NotTaken> {
        let inner = &self.0;
        let is_unconfirmed = known.stored.webhook.is_none() && delivery.webhook.is_some();
        if is_unconfirmed || !known.stored.is_active {
            // Its creation was cut off before Webex's answer was here, or Webex delivers again.
            let seen = self.change(&known.id, |stored| {
                stored.is_active = true;
                stored.webhook = stored.webhook.take().or_else(|| delivery.webhook.clone());
                stored.org = stored.org.take().or_else(|| delivery.org.clone());
            });
            // The next delivery says the same.
            let _ = seen.await;
        }
        let came = Came::new(&known.stored, delivery);
        let content = serde_json::to_vec(&came).map_err(|_| NotTaken::Unreadable)?;
        let arrival = Arrival {
            hook: known.id.clone(),
            key: came.delivery.key(),
            topic: came.delivery.topic(),
            at: inner.records.clock().now(),
            sealed: Vec::new(),
        };
        match inner.records.receive(arrival, &content).await {
            Ok(()) => {
                inner.hub.wake();
                Ok(())
            }
            Err(Refused::Known) => Ok(()),
            Err(_) => Err(NotTaken::Unavailable),
        }
    }

    /// Writes the id that Webex gave to a webhook, and its organization.
    async fn confirm(&self, id: &str, webhook: &str, org: Option<&str>) -> Result<(), Refused> {
        let confirm = |stored: &mut Stored| {
            stored.webhook = Some(webhook.to_owned());
            stored.org = org.map(str::to_owned);
        };
        self.change(id, confirm).await
    }

    async fn change(&self, id: &str, change: impl Fn(&mut Stored)) -> Result<(), Refused> {
        let records = &self.0.records;
        for _ in 0..limits::HOOK_WRITE_ATTEMPTS {
            let known = self.find(id).await.map_err(|_| Refused::Unavailable)?;
            let Some(mut known) = known else {
                return Err(Refused::Absent);
            };
            change(&mut known.stored);
            match records
                .put(&name(id), known.version, &known.content()?)
                .await
            {
                Ok(_) => return Ok(()),
                Err(Refused::Changed(_)) => {}
                Err(error) => return Err(error),
            }
        }
        Err(Refused::Unavailable)
    }

    /// Deletes the record of a webhook and what came in for it.
    async fn forget(&self, id: &str) -> Result<(), Refused> {
        for _ in 0..limits::HOOK_WRITE_ATTEMPTS {
            let known = self.find(id).await.map_err(|_| Refused::Unavailable)?;
            let Some(known) = known else {
                break;
            };
            match self.0.records.delete(&name(id), known.version).await {
                Err(Refused::Changed(_)) => {}
                Ok(()) | Err(Refused::Absent) => break,
                Err(error) => return Err(error),
            }
        }
        let hook = id.to_owned();
        self.0.records.commit(Change::Empty { hook }).await
    }

    /// The webhooks of an owner.
    async fn all(&self, owner: &Owner) -> Result<Vec<Known>, Unavailable> {
        let prefix = owner_prefix(owner);
        // Two who make one at the same time may have one more.
        let most = 2 * limits::HOOKS_PER_PRINCIPAL;
        let own = self.0.records.with_prefix("", KIND, &prefix, most);
        let own = own.await?.into_iter().filter_map(Known::read);
        Ok(own
            .filter(|known| known.stored.is_owned_by(owner))
            .collect())
    }

    /// Makes a record for a webhook that is to be created, and returns its address and secret.
    async fn prepare(&self, owner: &Owner, new: Stored) -> Result<(Known, String), CallError> {
        let Some(base) = &self.0.base else {
            return Err(refusal::no_address());
        };
        let now = self.0.records.clock().now();
        let own = self.all(owner).await.map_err(refusal::unreadable)?;
        let (old, rest): (Vec<_>, Vec<_>) =
            own.iter().partition(|known| known.stored.is_given_up(now));
        for known in old {
            let _ = self.forget(&known.id).await;
        }
        if rest.len() >= limits::HOOKS_PER_PRINCIPAL {
            return Err(refusal::too_many());
        }
        let id = stored::new_id(owner).map_err(CallError::internal)?;
        let known = Known {
            id,
            version: 1,
            stored: Stored {
                made_at: now,
                ..new
            },
        };
        let content = known.content().map_err(refusal::unwritable)?;
        let put = self.0.records.put(&name(&known.id), 0, &content).await;
        put.map_err(refusal::unwritable)?;
        let address = address_of(base, &known.id);
        Ok((known, address))
    }

    /// When the last delivery of a webhook came, in milliseconds since 1970.
    async fn newest(&self, id: &str) -> Result<Option<i64>, Unavailable> {
        let records = &self.0.records;
        records.store().inbox_newest(id.to_owned()).await
    }
}

impl Known {
    fn read(record: Record) -> Option<Self> {
        let stored = serde_json::from_slice(&record.content).ok()?;
        Some(Known {
            id: record.id,
            version: record.version,
            stored,
        })
    }

    fn content(&self) -> Result<Vec<u8>, Refused> {
        serde_json::to_vec(&self.stored).map_err(|_| Refused::Unavailable)
    }
}

fn name(id: &str) -> RecordName {
    RecordName {
        // The address alone has to lead to the record, so it is in no tenant.
        tenant: String::new(),
        kind: KIND.to_owned(),
        id: id.to_owned(),
    }
}

#[cfg(test)]
mod tests;
