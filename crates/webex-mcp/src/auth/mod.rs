//! Authentication: who is calling, from the head of a request. There is one file for each way; a
//! virtual server uses one of them. Each protocol words its own refusals.

mod bearer;
mod brokered;
mod bucket;
mod budget;
mod flights;
mod jwt;
mod key;
mod passthrough;
mod person;
mod sandbox;
mod standing;
mod static_token;
mod tokens;

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use http::HeaderMap;

pub use bearer::TokenHeader;
pub use brokered::Brokered;
pub use bucket::Bucket;
pub use budget::{Budget, BudgetBounds, Spent};
pub use jwt::Jwt;
pub use key::PrincipalKey;
pub use passthrough::Passthrough;
pub use sandbox::SandboxPeople;
pub use standing::{Admission, Standing};
pub use static_token::Static;
pub use tokens::Tokens;

use crate::broker::{Broker, Unavailable};
pub use crate::grants::{lost, not_renewed};
use crate::identity::{Absentee, Caller};
use crate::idp::Idp;

/// How a virtual server authenticates its callers. It may hold tokens and never shows them.
#[derive(Debug)]
pub enum Authentication {
    /// Everyone who reaches the door is the one caller of the configuration.
    Static(Static),
    /// Every caller brings its own Webex token, and Webex says whose token it is.
    Passthrough(Arc<Passthrough>),
    /// The bearer `sandbox-<name>` is the person of that name.
    Sandbox(SandboxPeople),
    /// Callers signed in here, and bring a token of ours.
    Broker(Brokered),
    /// Callers bring a token of the organization's identity provider.
    Jwt(Jwt),
    /// Nobody is let in: what would know the callers is not there.
    Nobody,
}

impl Authentication {
    /// Finds the caller of a request.
    ///
    /// # Errors
    /// [`Unknown`], with what the client has to do, or how long it has to wait.
    pub async fn caller(&self, head: &Head<'_>) -> Result<Caller, Unknown> {
        match self {
            Authentication::Static(one) => Ok(one.caller()),
            Authentication::Passthrough(passthrough) => passthrough.caller(head).await,
            Authentication::Sandbox(people) => people.caller(head),
            Authentication::Broker(brokered) => brokered.caller(head).await,
            Authentication::Jwt(jwt) => jwt.caller(head).await,
            Authentication::Nobody => Err(Unknown::new(
                Reason::Refused,
                "This server lets nobody in; its operator has to finish its configuration.",
            )),
        }
    }

    /// The same for a request that was let in before and goes on. That is no further use of its
    /// credential.
    ///
    /// # Errors
    /// [`Unknown`].
    pub async fn still(&self, head: &Head<'_>) -> Result<Caller, Unknown> {
        match self {
            Authentication::Broker(brokered) => brokered.still(head).await,
            _ => self.caller(head).await,
        }
    }

    /// The caller for whom something goes on without a request, on the server with this slug.
    ///
    /// # Errors
    /// [`Absent`].
    pub async fn lasting(&self, absentee: &Absentee, slug: &str) -> Result<Caller, Absent> {
        let caller = match self {
            Authentication::Static(one) => Some(one.caller()),
            Authentication::Sandbox(_) => SandboxPeople::named(&absentee.principal),
            Authentication::Broker(brokered) => {
                let found = brokered.broker().lasting(absentee, slug).await;
                let found = found.map_err(|Unavailable| Absent::Later)?;
                return found.ok_or(Absent::Over);
            }
            // Whether the provider and the rules still let somebody in is only known while they call.
            Authentication::Passthrough(_) | Authentication::Jwt(_) | Authentication::Nobody => {
                None
            }
        };
        let is_it = |caller: &Caller| {
            caller.is_lasting
                && caller.principal == absentee.principal
                && caller.tenant == absentee.tenant
        };
        caller.filter(is_it).ok_or(Absent::Elsewhere)
    }

    /// Where callers sign in, if that is here.
    pub fn broker(&self) -> Option<&Broker> {
        match self {
            Authentication::Broker(brokered) => Some(brokered.broker()),
            _ => None,
        }
    }

    /// The identity provider whose tokens callers bring, if they bring such.
    pub fn idp(&self) -> Option<&Idp> {
        match self {
            Authentication::Jwt(jwt) => Some(jwt.idp()),
            _ => None,
        }
    }

    /// Where a client finds out how its person gets a token for the server at this path.
    pub fn resource_metadata(&self, path: &str) -> Option<String> {
        let broker = self.broker().or_else(|| self.idp().map(Idp::broker))?;
        Some(broker.resource_metadata(path))
    }

    /// The part that turns the credentials of these callers into tokens.
    pub fn tokens(&self) -> Tokens {
        match self {
            Authentication::Passthrough(passthrough) => Tokens::of_passthrough(passthrough.clone()),
            _ => Tokens::default(),
        }
    }
}

/// Why the server cannot act for somebody who sent no request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Absent {
    /// This process does not know them without a request; another one may.
    Elsewhere,
    /// It cannot be found out now.
    Later,
    /// Their sign-in was withdrawn, or has expired.
    Over,
}

/// The parts of a request, before its body, that say who sent it.
#[derive(Clone, Copy)]
pub struct Head<'a> {
    pub headers: &'a HeaderMap,
    /// The client's address, as trusted proxies report it; `None` in process.
    pub address: Option<IpAddr>,
    /// A proxy forwarded the request, or a header says so.
    pub is_forwarded: bool,
    /// The slug of the virtual server that the request is for; empty where it is for none.
    pub server: &'a str,
    /// The header in which a token may come beside `Authorization`.
    pub token_header: Option<&'a TokenHeader>,
}

/// Headers hold tokens, so they are not printed.
impl std::fmt::Debug for Head<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Head")
            .field("address", &self.address)
            .field("is_forwarded", &self.is_forwarded)
            .finish_non_exhaustive()
    }
}

/// The caller is not known, and why. Each door words it for its protocol.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Unknown {
    pub reason: Reason,
    /// One of our sentences, saying what would be right; it never repeats what was sent.
    pub message: &'static str,
    /// The credential was valid here once: whoever sends it does not guess.
    pub was_known: bool,
}

/// Why a caller is not known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    /// The request has no credential.
    NotSent,
    /// The request has something else in place of a credential.
    Malformed,
    /// The credential is not valid here, or no longer valid.
    Refused,
    /// The credential is valid, and its owner may not use this server.
    NotAllowed,
    /// This address brought too many unknown credentials.
    TooMany { retry_after: Duration },
    /// There is no capacity, here or at Webex, to find out now.
    Busy { retry_after: Duration },
    /// Webex, which would know, does not answer.
    Unreachable { retry_after: Duration },
}

/// The challenge to a credential that is not valid, or no longer.
pub const INVALID_TOKEN: &str = r#"Bearer realm="webex-mcp", error="invalid_token""#;

impl Unknown {
    pub(crate) const fn new(reason: Reason, message: &'static str) -> Self {
        Unknown {
            reason,
            message,
            was_known: false,
        }
    }

    /// The same about a credential that was valid here once.
    pub(crate) const fn once_known(self) -> Self {
        Unknown {
            was_known: true,
            ..self
        }
    }

    /// Whether somebody tried a credential that was never one, as those do who guess.
    pub const fn is_failed_attempt(&self) -> bool {
        matches!(self.reason, Reason::Malformed | Reason::Refused) && !self.was_known
    }

    /// The challenge that asks a client for a credential, or for another one (RFC 6750). `None`
    /// where another credential does not help.
    pub const fn challenge(&self) -> Option<&'static str> {
        match self.reason {
            Reason::NotSent => Some(r#"Bearer realm="webex-mcp""#),
            Reason::Malformed | Reason::Refused => Some(INVALID_TOKEN),
            Reason::NotAllowed
            | Reason::TooMany { .. }
            | Reason::Busy { .. }
            | Reason::Unreachable { .. } => None,
        }
    }

    /// How long to wait before the same request makes sense.
    pub const fn retry_after(&self) -> Option<Duration> {
        match self.reason {
            Reason::TooMany { retry_after }
            | Reason::Busy { retry_after }
            | Reason::Unreachable { retry_after } => Some(retry_after),
            Reason::NotSent | Reason::Malformed | Reason::Refused | Reason::NotAllowed => None,
        }
    }
}

#[cfg(test)]
mod tests;
