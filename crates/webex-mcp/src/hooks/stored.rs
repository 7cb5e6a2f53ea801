//! The record of a webhook, and the id by which its address leads to it.

use std::fmt;

use aws_lc_rs::rand;
use serde::{Deserialize, Serialize};
use uuid::Uuid;
use webex::id::ResourceId;

use super::{Delivery, Owner, PATH};
use crate::identity::{Absentee, CredentialTag, Principal, Tenant};
use crate::limits;
use crate::seal::{CryptographyFailed, digest, hex};
use crate::text::ShortId;

/// A webhook for every resource, or every event.
const ALL: &str = "all";

/// The part of an id that is the same for all webhooks of one owner, so that they are listed
/// together. It tells nobody who that is.
const OWNER_BYTES: usize = 8;
/// The part that nobody can guess.
const RANDOM_BYTES: usize = 16;

/// What is known about a webhook. Its record is encrypted as a whole.
#[derive(Clone, Serialize, Deserialize)]
pub struct Stored {
    pub tenant: String,
    pub principal: String,
    /// The tag of the credential that it was made with.
    #[serde(default)]
    pub credential: String,
    /// The virtual server that it was made through.
    pub server: String,
    /// Webex's id; `None` until Webex has answered.
    pub webhook: Option<String>,
    /// Its organization, where Webex has told it.
    #[serde(default)]
    pub org: Option<String>,
    pub resource: String,
    pub event: String,
    pub filter: Option<String>,
    pub secret: String,
    /// Webex delivers, as far as is known.
    pub is_active: bool,
    /// Milliseconds since 1970.
    pub made_at: i64,
}

impl fmt::Debug for Stored {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Stored")
            .field("resource", &self.resource)
            .field("event", &self.event)
            .field("is_active", &self.is_active)
            .finish_non_exhaustive()
    }
}

impl Stored {
    pub fn owner(&self) -> Owner {
        Owner {
            tenant: Tenant::new(&*self.tenant),
            principal: Principal::new(&*self.principal),
        }
    }

    /// Its owner, as whom the server may act on it without a request.
    pub fn absentee(&self) -> Absentee {
        Absentee {
            tenant: Tenant::new(&*self.tenant),
            principal: Principal::new(&*self.principal),
            credential: CredentialTag::new(&*self.credential),
        }
    }

    pub fn is_owned_by(&self, owner: &Owner) -> bool {
        self.tenant == owner.tenant.as_str() && self.principal == owner.principal.as_str()
    }

    /// Whether Webex made this delivery for this webhook. What is not known here yet, or not said,
    /// may be anything.
    pub fn is_of(&self, delivery: &Delivery) -> bool {
        let is_webhook = match (&self.webhook, &delivery.webhook) {
            (Some(own), Some(named)) => ShortId::from(&**own) == ShortId::from(&**named),
            _ => true,
        };
        let is_org = match (&self.org, &delivery.org) {
            (Some(own), Some(named)) => is_same_org(own, named),
            _ => true,
        };
        // A webhook for all of them gets the actual ones.
        let fits = |wanted: &str, actual: &str| wanted == ALL || wanted == actual;
        is_webhook
            && is_org
            && fits(&self.resource, &delivery.resource)
            && fits(&self.event, &delivery.event)
    }

    /// Its creation was cut off long ago, and nothing ever came.
    pub fn is_given_up(&self, now: i64) -> bool {
        let age = now.saturating_sub(self.made_at);
        self.webhook.is_none() && age > limits::HOOK_UNCONFIRMED_SECONDS * 1_000
    }
}

/// Webex writes the id of an organization in several forms; of two that cannot be compared, nothing
/// is known.
fn is_same_org(one: &str, other: &str) -> bool {
    let uuid = |id: &str| match ResourceId::parse(id) {
        Some(id) => id.uuid(),
        None => Uuid::try_parse(id).ok(),
    };
    match (uuid(one), uuid(other)) {
        (Some(one), Some(other)) => one == other,
        (None, None) => one == other,
        _ => true,
    }
}

/// What the ids of all webhooks of this owner begin with.
pub fn owner_prefix(owner: &Owner) -> String {
    let (tenant, principal) = (owner.tenant.as_str(), owner.principal.as_str());
    let both = format!("{}:{tenant}{principal}", tenant.len());
    hex(&digest(both.as_bytes())[..OWNER_BYTES])
}

pub fn new_id(owner: &Owner) -> Result<String, CryptographyFailed> {
    let mut random = [0; RANDOM_BYTES];
    rand::fill(&mut random).map_err(|_| CryptographyFailed)?;
    Ok(owner_prefix(owner) + &hex(&random))
}

/// Whether an id has the right form; others are looked up nowhere.
pub fn is_id(text: &str) -> bool {
    let is_hex = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
    text.len() == 2 * (OWNER_BYTES + RANDOM_BYTES) && text.bytes().all(is_hex)
}

pub fn address_of(base: &str, id: &str) -> String {
    format!("{base}{PATH}{id}")
}
