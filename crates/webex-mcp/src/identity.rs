//! Who is calling: a tenant, a principal whose name reveals nothing, and the credential that the
//! caller acts with.

use std::net::{IpAddr, Ipv6Addr};
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

/// Which credential a caller acts with, without telling it: equal for equal tokens, and no way back.
///
/// One person may come with several tokens that may do different things. Whatever is remembered of
/// an answer of Webex (names, pages behind a cursor) is kept under principal *and*
/// tag, so that a narrow token is never told what a broad one saw. What belongs to the person
/// (sessions, shares, rates, outcomes of its own effects: a renewed token must find them) is kept
/// under the principal alone. It may stand in a log.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct CredentialTag(Arc<str>);

impl CredentialTag {
    pub fn new(tag: impl Into<Arc<str>>) -> Self {
        CredentialTag(tag.into())
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
    /// What people call the caller, for reading records; nothing is decided by it.
    pub display: Option<Arc<str>>,
    /// The OAuth scopes of its credential; `None` where they are not known.
    pub scopes: Option<Arc<[Box<str>]>>,
    /// Absent where nothing was configured: such a call is answered `not_configured`.
    pub credential: Option<Credential>,
    /// Tells this credential from the others of the same principal, in caches.
    pub credential_tag: CredentialTag,
    /// The name that its client gives itself: for records, never for a decision about rights.
    pub client: Option<Arc<str>>,
    /// Several people stand behind this one principal, who must not get each other's outcomes.
    pub is_shared: bool,
}

impl Caller {
    /// Somebody of whom no more is known than a name and a token, and who has only this one: its
    /// tag is the principal's name. [`Caller::tagged`] tells several apart.
    pub fn new(principal: Principal, credential: Option<Credential>) -> Self {
        Caller {
            tenant: Tenant::single(),
            credential_tag: CredentialTag(principal.0.clone()),
            principal,
            display: None,
            scopes: None,
            credential,
            client: None,
            is_shared: false,
        }
    }

    /// The same caller, one of whose credentials this is.
    pub fn tagged(mut self, tag: CredentialTag) -> Self {
        self.credential_tag = tag;
        self
    }
}

/// The part of an address that one party holds: IPv4 whole, of IPv6 the network of 64 bits that a
/// single line is given. Shares and budgets per address are counted under it.
pub fn holder_of(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V4(address) => IpAddr::V4(address),
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            IpAddr::V6(Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_holds_an_ipv4_address_or_a_network_of_64_bits() {
        for (address, holder) in [
            ("192.0.2.7", "192.0.2.7"),
            ("::ffff:192.0.2.7", "192.0.2.7"),
            ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::"),
        ] {
            assert_eq!(holder_of(address.parse().unwrap()).to_string(), holder);
        }
    }
}
