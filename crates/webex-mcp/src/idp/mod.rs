//! The organization's own identity provider: whose tokens callers bring, which of them may use which
//! server, and where the person in a browser proves who they are. Such a caller acts at Webex with an
//! account of theirs, which they connect once; its tokens stay in the vault.

mod browser;
mod keys;
mod linking;
mod provider;
mod rules;
mod token;

use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use moka::sync::Cache;
use secrecy::SecretString;
use url::Url;

pub use self::browser::CALLBACK;
pub use self::linking::{Next, Owner, PAGE as LINK, REPLACE};
use self::provider::Provider;
pub use self::rules::{EVERY_SERVER, Rule};
use self::token::{Expected, NotVerified, now_seconds};
use crate::broker::Broker;
use crate::identity::{Principal, Tenant};
use crate::limits;
use crate::outbound::Outbound;
use crate::seal::{Sealer, digest};

/// What the operator decides.
#[derive(Debug, Clone)]
pub struct Settings {
    /// As it stands in tokens, to the letter.
    pub issuer: String,
    /// Where its keys are; `None` where its metadata says so.
    pub jwks_url: Option<Url>,
    /// What the address of each server begins with, without a final slash.
    pub servers_at: String,
    /// What tokens are for. `None`: each for the address of one server.
    pub audience: Option<String>,
    /// The types that a token may say it has.
    pub types: Vec<String>,
    pub clock_skew: Duration,
    /// The claim that names a person.
    pub subject: String,
    /// What clients are told to ask the provider for.
    pub scopes: Vec<String>,
    pub rules: Vec<Rule>,
    /// This server as a client of the provider, if it is one.
    pub client: Option<Client>,
}

/// A client as it is registered at the provider.
#[derive(Debug, Clone)]
pub struct Client {
    pub id: String,
    pub secret: Option<SecretString>,
}

/// The identity provider. Clones share it.
#[derive(Debug, Clone)]
pub struct Idp(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    settings: Settings,
    provider: Arc<Provider>,
    /// By token and server.
    known: Cache<[u8; 32], Arc<Known>>,
    /// Where accounts are connected.
    broker: Broker,
    sealer: Arc<Sealer>,
}

/// Whose a token is.
#[derive(Debug)]
pub struct Known {
    pub tenant: Tenant,
    pub principal: Principal,
    /// The servers that the rules open to them.
    servers: Vec<String>,
    /// When the token ends, in seconds since 1970.
    until: u64,
}

/// Why a token is not accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotAccepted {
    /// It is not valid for this server; nobody is told why.
    Refused,
    /// The same, for one that is right but for its end: whoever sends it does not guess.
    Ended,
    /// It is valid, and no rule lets its owner use this server.
    NotAllowed,
    /// The provider's keys are not known now.
    Unreachable,
}

impl Idp {
    /// `outbound` is used for nothing else: strangers' servers do not keep the provider waiting.
    pub fn new(
        settings: Settings,
        outbound: Outbound,
        broker: Broker,
        sealer: Arc<Sealer>,
    ) -> Self {
        let provider = Provider::new(
            settings.issuer.clone(),
            settings.jwks_url.clone(),
            settings.client.is_some(),
            outbound,
        );
        Idp(Arc::new(Inner {
            settings,
            provider: Arc::new(provider),
            known: Cache::builder()
                .max_capacity(limits::IDP_TOKENS_KNOWN)
                .time_to_live(limits::IDP_TOKEN_KNOWN)
                .build(),
            broker,
            sealer,
        }))
    }

    pub fn settings(&self) -> &Settings {
        &self.0.settings
    }

    pub fn broker(&self) -> &Broker {
        &self.0.broker
    }

    /// Whose this token is, if it is for this server and a rule lets its owner in.
    ///
    /// # Errors
    /// [`NotAccepted`].
    pub async fn accepted(&self, token: &str, server: &str) -> Result<Arc<Known>, NotAccepted> {
        let tag = digest(&[&digest(token.as_bytes()), server.as_bytes()].concat());
        let known = self.0.known.get(&tag);
        if let Some(known) = known.filter(|known| now_seconds() < known.until) {
            return Ok(known);
        }
        // This is rare, and so boxed.
        let known = Arc::new(Box::pin(self.found(token, server)).await?);
        self.0.known.insert(tag, known.clone());
        Ok(known)
    }

    async fn found(&self, token: &str, server: &str) -> Result<Known, NotAccepted> {
        let settings = &self.0.settings;
        let audiences = match &settings.audience {
            Some(audience) => vec![audience.clone()],
            // Clients ask for a token with the address that they were given.
            None => {
                let address = format!("{}/{server}", settings.servers_at);
                vec![format!("{address}/"), address]
            }
        };
        let expected = Expected {
            audiences: &audiences,
            types: &settings.types,
            nonce: None,
            ..self.expected()
        };
        let claims = token::verified(&self.0.provider, token, &expected).await;
        let claims = claims.map_err(|why| match why {
            NotVerified::Wrong => NotAccepted::Refused,
            NotVerified::Ended => NotAccepted::Ended,
            NotVerified::Unreachable => NotAccepted::Unreachable,
        })?;
        let access = rules::access(&settings.rules, &claims.all);
        match access.allows(server) {
            false => Err(NotAccepted::NotAllowed),
            true => Ok(Known {
                tenant: access.tenant.map_or_else(Tenant::single, Tenant::new),
                principal: self.principal(&claims.subject),
                servers: named(&access.servers),
                until: claims.until,
            }),
        }
    }

    /// What is the same for every token of this provider.
    fn expected(&self) -> Expected<'_> {
        let settings = &self.0.settings;
        Expected {
            issuer: &settings.issuer,
            audiences: &[],
            types: &[],
            nonce: None,
            subject: &settings.subject,
            skew: settings.clock_skew.as_secs(),
        }
    }

    /// The principal of a person. It depends on nothing that an operator may replace, so that people
    /// find again what is theirs.
    fn principal(&self, subject: &str) -> Principal {
        /// With 128 bits, nobody finds a second person who has the same name.
        const BYTES: usize = 16;
        let whole = [self.0.settings.issuer.as_bytes(), b"\0", subject.as_bytes()].concat();
        let name = BASE64.encode(&digest(&whole)[..BYTES]);
        Principal::new(format!("jwt:{name}"))
    }
}

/// The servers as the address of a page names them.
fn named(servers: &[&str]) -> Vec<String> {
    match servers.len() <= limits::LINK_SERVERS_MAX {
        true => servers.iter().map(|slug| (*slug).to_owned()).collect(),
        false => vec![EVERY_SERVER.to_owned()],
    }
}

#[cfg(test)]
pub(crate) mod tests;
