//! The programs that may ask people for consent: known to the operator, registered by themselves (RFC
//! 7591), or described by a document at the address that is their id.

use std::net::IpAddr;

use secrecy::{ExposeSecret as _, SecretString};
use serde::{Deserialize, Serialize};

use super::known::Limits;
use super::places::Places;
use super::refusal::Refused;
use super::{Broker, hashed, redirects};
use crate::limits;
use crate::seal::{digest, is_equal, random_word};
use crate::stores::records::change::RecordName;
use crate::text::one_line;

/// The kind of the private records.
pub(super) const KIND: &str = "client";
/// What the ids of clients begin with that registered by themselves.
pub(super) const REGISTERED: &str = "client-";

/// A client, however it became known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Client {
    pub id: String,
    /// The name that it gives itself, which anybody may claim.
    pub name: String,
    pub redirect_uris: Vec<String>,
    /// SHA-256 of its secret; `None` for a client that cannot keep one.
    pub secret: Option<[u8; 32]>,
    /// Who says that this is its name.
    pub vouched: Vouched,
    /// What it may do at most.
    pub limits: Limits,
}

/// Who says that a client has its name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Vouched {
    /// The operator, whose configuration has it.
    Operator,
    /// The host that serves its document.
    Host(String),
    Nobody,
}

/// A client as it registers itself (RFC 7591, 2). Unknown fields are allowed there.
#[derive(Debug, Deserialize)]
pub struct Registration {
    #[serde(default)]
    redirect_uris: Vec<String>,
    client_name: Option<String>,
    token_endpoint_auth_method: Option<String>,
    grant_types: Option<Vec<String>>,
    response_types: Option<Vec<String>>,
}

/// The answer to a registration (RFC 7591, 3.2.1). It may hold a secret, so it is not printed.
#[derive(Serialize)]
pub struct Registered {
    client_id: String,
    client_id_issued_at: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    client_secret: Option<String>,
    /// 0: it does not expire.
    #[serde(skip_serializing_if = "Option::is_none")]
    client_secret_expires_at: Option<i64>,
    client_name: String,
    redirect_uris: Vec<String>,
    token_endpoint_auth_method: &'static str,
    grant_types: [&'static str; 2],
    response_types: [&'static str; 1],
}

impl std::fmt::Debug for Registered {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Registered").finish_non_exhaustive()
    }
}

/// The record of a client that registered itself.
#[derive(Debug, Serialize, Deserialize)]
struct Stored {
    name: String,
    redirect_uris: Vec<String>,
    secret: Option<[u8; 32]>,
    /// When somebody last signed in with it, or when it registered.
    used_at: i64,
    /// Nobody has signed in with it yet.
    #[serde(default)]
    is_unused: bool,
    /// Until then, its place among those of the address that registered it.
    #[serde(default)]
    place: Option<String>,
}

/// Clients that registered by themselves; those that were used need no place of an address.
const PLACES: Places = Places {
    kind: KIND,
    each: limits::CLIENTS_UNUSED_PER_ADDRESS,
    in_all: limits::CLIENTS_MAX,
};

impl Stored {
    fn ends_at(&self) -> i64 {
        let seconds = match self.is_unused {
            true => limits::CLIENT_NEVER_USED_SECONDS,
            false => limits::CLIENT_UNUSED_SECONDS,
        };
        self.used_at + seconds * 1_000
    }
}

impl Client {
    /// Whether the request proves that it comes from this client. One without a secret proves
    /// nothing here; its code does.
    ///
    /// # Errors
    /// `invalid_client` where a secret is missing, wrong, or sent by a client that has none.
    pub fn proves(&self, secret: Option<&SecretString>) -> Result<(), Refused> {
        let is_proven = match (&self.secret, secret) {
            (None, None) => true,
            // Some clients send an empty secret where they have none.
            (None, Some(secret)) => secret.expose_secret().is_empty(),
            (Some(_), None) => false,
            (Some(known), Some(secret)) => {
                is_equal(known, &digest(secret.expose_secret().as_bytes()))
            }
        };
        match is_proven {
            true => Ok(()),
            false => Err(Refused::new(
                "invalid_client",
                "The client's secret is missing or wrong.",
            )),
        }
    }
}

impl Broker {
    /// The client with this id.
    ///
    /// # Errors
    /// `invalid_client` where there is none, or its document does not say what it should.
    pub async fn client(&self, id: &str) -> Result<Client, Refused> {
        if id.is_empty() {
            return Err(Refused::invalid_request("client_id is missing."));
        }
        if id.len() > limits::REDIRECT_MAX_BYTES {
            return Err(Refused::unknown_client());
        }
        if let Some(known) = self.0.settings.clients.get(id) {
            return Ok(known.client(id));
        }
        match Broker::has_document(id) {
            true => self.described(id).await,
            false => self.registered(id).await,
        }
    }

    /// Registers a client that asks for it, from an address where that is known.
    ///
    /// # Errors
    /// `invalid_redirect_uri` and `invalid_client_metadata`, with what is wrong.
    pub async fn register(
        &self,
        registration: Registration,
        from: Option<IpAddr>,
    ) -> Result<Registered, Refused> {
        let wants_secret = registration.check()?;
        let id = random_word().map_err(|_| Refused::unavailable())?;
        let id = format!("{REGISTERED}{id}");
        let secret = match wants_secret {
            Some(_) => Some(random_word().map_err(|_| Refused::unavailable())?),
            None => None,
        };
        let (now, holder) = (self.now(), self.holder_at(from));
        let until = now + limits::CLIENT_NEVER_USED_SECONDS * 1_000;
        let place = self
            .take_place(&PLACES, holder.as_deref(), &name(&id), until)
            .await?;
        let stored = Stored {
            place,
            name: shortened(registration.client_name.as_deref()),
            redirect_uris: registration.redirect_uris,
            secret: secret.as_deref().map(|secret| digest(secret.as_bytes())),
            used_at: now,
            is_unused: true,
        };
        self.put_client(&id, 0, &stored).await?;
        Ok(Registered {
            client_id: id,
            client_id_issued_at: now / 1_000,
            client_secret_expires_at: secret.as_ref().map(|_| 0),
            client_secret: secret,
            client_name: stored.name,
            redirect_uris: stored.redirect_uris,
            token_endpoint_auth_method: wants_secret.unwrap_or("none"),
            grant_types: ["authorization_code", "refresh_token"],
            response_types: ["code"],
        })
    }

    /// Somebody signed in with this client, so it is kept longer.
    pub(super) async fn used(&self, id: &str) {
        if !id.starts_with(REGISTERED) {
            return;
        }
        let Ok(Some(record)) = self.0.records.get(&name(id)).await else {
            return;
        };
        let Ok(mut stored) = serde_json::from_slice::<Stored>(&record.content) else {
            return;
        };
        let now = self.now();
        let is_due = now - stored.used_at >= limits::CLIENT_USE_WRITTEN_SECONDS * 1_000;
        if stored.is_unused || is_due {
            (stored.used_at, stored.is_unused) = (now, false);
            let place = stored.place.take();
            if self.put_client(id, record.version, &stored).await.is_ok() {
                self.leave_place(place.as_deref()).await;
            }
        }
    }

    async fn registered(&self, id: &str) -> Result<Client, Refused> {
        if !id.starts_with(REGISTERED) {
            return Err(Refused::unknown_client());
        }
        let record = self.0.records.get(&name(id)).await?;
        let stored = record.and_then(|record| serde_json::from_slice(&record.content).ok());
        let stored: Option<Stored> = stored.filter(|stored: &Stored| self.now() < stored.ends_at());
        let Stored {
            name,
            redirect_uris,
            secret,
            ..
        } = stored.ok_or_else(Refused::unknown_client)?;
        Ok(Client {
            id: id.to_owned(),
            name,
            redirect_uris,
            secret,
            vouched: Vouched::Nobody,
            limits: Limits::default(),
        })
    }

    async fn put_client(&self, id: &str, expected: u64, stored: &Stored) -> Result<(), Refused> {
        let content = serde_json::to_vec(stored).map_err(|_| Refused::unavailable())?;
        let until = stored.ends_at();
        let records = &self.0.records;
        let name = name(id);
        records
            .put_until(&name, expected, &content, Some(until))
            .await?;
        Ok(())
    }
}

impl Registration {
    /// Says how the client proves itself: by a secret, sent in one of two ways, or not at all.
    fn check(&self) -> Result<Option<&'static str>, Refused> {
        let wrong = |why: &str| Err(Refused::new("invalid_client_metadata", why.to_owned()));
        check_redirects(&self.redirect_uris)
            .map_err(|why| Refused::new("invalid_redirect_uri", why))?;
        let has = |list: &Option<Vec<String>>, word: &str| {
            list.as_ref()
                .is_none_or(|list| list.iter().any(|one| one == word))
        };
        if !has(&self.grant_types, "authorization_code") || !has(&self.response_types, "code") {
            return wrong("Only the grant authorization_code with response type code is offered.");
        }
        match self.token_endpoint_auth_method.as_deref() {
            None | Some("none") => Ok(None),
            Some("client_secret_post") => Ok(Some("client_secret_post")),
            Some("client_secret_basic") => Ok(Some("client_secret_basic")),
            Some(_) => wrong(
                "token_endpoint_auth_method may be none, client_secret_post or client_secret_basic.",
            ),
        }
    }
}

pub(super) fn check_redirects(addresses: &[String]) -> Result<(), String> {
    if addresses.is_empty() || addresses.len() > limits::REDIRECTS_MAX {
        let most = limits::REDIRECTS_MAX;
        return Err(format!("redirect_uris must have 1 to {most} addresses."));
    }
    let mut wrong = addresses
        .iter()
        .filter_map(|text| redirects::check(text).err());
    match wrong.next() {
        Some(why) => Err(format!("redirect_uris: {why}.")),
        None => Ok(()),
    }
}

/// A name that fits on a page and cannot turn its words around.
pub(super) fn shortened(name: Option<&str>) -> String {
    let line = one_line(name.unwrap_or_default());
    let name = match line.trim() {
        "" => "A program without a name",
        name => name,
    };
    name.chars()
        .take(limits::CLIENT_NAME_MAX_CHARACTERS)
        .collect()
}

fn name(id: &str) -> RecordName {
    RecordName {
        tenant: String::new(),
        kind: KIND.to_owned(),
        id: hashed(id),
    }
}
