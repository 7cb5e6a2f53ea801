//! Who asks: a tenant, a principal that names a caller without telling anything about it, and what
//! the caller acts with.

use std::sync::Arc;

use webex::AccessToken;

/// The organisation whose quotas and records a caller shares.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Tenant(Arc<str>);

impl Tenant {
    pub fn new(name: impl Into<Arc<str>>) -> Self {
        Tenant(name.into())
    }

    /// The tenant of a server that has one organisation, or does not know them apart.
    pub fn single() -> Self {
        Tenant::new("default")
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// One caller, as sessions, cursors, confirmations, caches and links are bound to it.
///
/// It is derived by the server's way of knowing callers, never chosen by the caller, and does not
/// depend on the sealing key. It may stand in a log.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Principal(Arc<str>);

impl Principal {
    pub fn new(name: impl Into<Arc<str>>) -> Self {
        Principal(name.into())
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// What a caller acts with, as a reference: the gate turns it into a token at the last moment.
#[derive(Debug, Clone)]
pub enum Credential {
    /// This very token: of the configuration, or the bearer of the request.
    Token(AccessToken),
}

/// Everything that is known about who asks.
#[derive(Debug, Clone)]
pub struct Caller {
    pub tenant: Tenant,
    pub principal: Principal,
    /// The OAuth scopes of its credential; `None` where they are not known.
    pub scopes: Option<Arc<[Box<str>]>>,
    /// Absent where nothing was configured: such a call is answered `not_configured`.
    pub credential: Option<Credential>,
    /// The name that its client gives itself: for records, never for a decision about rights.
    pub client: Option<Arc<str>>,
    /// Several people stand behind this one principal, who must not get each other's outcomes.
    pub is_shared: bool,
}

impl Caller {
    /// Somebody of whom no more is known than a name and a token.
    pub fn new(principal: Principal, credential: Option<Credential>) -> Self {
        Caller {
            tenant: Tenant::single(),
            principal,
            scopes: None,
            credential,
            client: None,
            is_shared: false,
        }
    }
}
