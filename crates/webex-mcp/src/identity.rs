//! Who is calling: a tenant, a principal whose name reveals nothing, and the credential that the
//! caller acts with.

use std::net::{IpAddr, Ipv6Addr};
use std::sync::Arc;

use uuid::Uuid;
use webex::AccessToken;

/// The organization whose quotas and records a caller shares.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Tenant(Arc<str>);

impl Tenant {
    pub fn new(name: impl Into<Arc<str>>) -> Self {
        Tenant(name.into())
    }

    /// The tenant of a server that has one organization, or cannot tell them apart.
    pub fn single() -> Self {
        Tenant::new("default")
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// One caller; sessions, cursors, confirmations, caches and links are bound to it.
///
/// It is derived by the server's authentication, never chosen by the caller, and does not depend on
/// the sealing key. It may appear in a log.
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

/// Identifies the credential of a caller without revealing it: equal for equal tokens, and one-way.
///
/// One person may come with several tokens that have different rights. Everything that is cached
/// from an answer of Webex (names, pages behind a cursor) is stored under principal *and* tag, so
/// that a narrow token never gets what a broad one saw. Data that belongs to the person (sessions,
/// shares, rates, outcomes of its own effects, which a renewed token must find) is stored under the
/// principal alone. The tag may appear in a log.
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

/// The id of tokens that the server keeps for a person. It is no secret.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct GrantId(Arc<str>);

impl GrantId {
    pub fn new(id: impl Into<Arc<str>>) -> Self {
        GrantId(id.into())
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A reference to what a caller acts with; the gate turns it into a token at the last moment.
#[derive(Debug, Clone)]
pub enum Credential {
    /// This token itself, of the configuration.
    Token(AccessToken),
    /// The bearer of the request: whoever sent it can bring another.
    Bearer(AccessToken),
    /// Tokens that the server keeps for the person, in the records of this tenant.
    Grant(Tenant, GrantId),
    /// The sign-in of the person whose machine this is, made by `webex-mcp login`.
    Login,
}

/// What a caller may get of Webex beyond its scopes, by a consent of its person.
#[derive(Debug, Clone)]
pub struct Obtainable {
    /// The scopes that the integration at Webex was registered with.
    pub registered: Arc<[Box<str>]>,
    /// Those that Webex was asked for and did not give to this person.
    pub refused: Arc<[Box<str>]>,
    /// The connection that the caller came by, which is widened with its grant. `None` for a caller
    /// that came by no sign-in of ours.
    pub connection: Option<Uuid>,
    /// The client of the connection can sign in again with other scopes.
    pub signs_in: bool,
    /// The token of the request has less than the connection; no consent changes that.
    pub is_narrowed: bool,
}

/// Where a caller that is known, and has no credential yet, gets one.
#[derive(Debug, Clone)]
pub enum Link {
    /// A page that its person has to open.
    Page(Arc<str>),
    /// Nowhere: the operator has not finished the configuration for that.
    NotOffered,
}

/// Everything that is known about a caller.
#[derive(Debug, Clone)]
pub struct Caller {
    pub tenant: Tenant,
    pub principal: Principal,
    /// The caller's readable name, for records; no decision depends on it.
    pub display: Option<Arc<str>>,
    /// The OAuth scopes of its credential; `None` where they are not known.
    pub scopes: Option<Arc<[Box<str>]>>,
    /// `None` where its scopes are all that it will ever have.
    pub obtainable: Option<Obtainable>,
    /// `None` where nothing is configured: the call is answered with `not_configured`.
    pub credential: Option<Credential>,
    /// What leads to a credential; `None` where nothing that the caller does would.
    pub link: Option<Link>,
    /// Distinguishes this credential from others of the same principal, in caches.
    pub credential_tag: CredentialTag,
    /// The name that the client gives itself: for records, never for decisions about rights.
    pub client: Option<Arc<str>>,
    /// Several people share this principal and must not get each other's outcomes.
    pub is_shared: bool,
    /// Its credential is there after a restart too, so that long work can go on.
    pub is_lasting: bool,
    /// Its owner made the credential for reading only.
    pub is_read_only: bool,
}

impl Caller {
    /// A caller of whom only a name and one token are known; its tag is the principal's name.
    /// [`Caller::tagged`] sets another tag.
    pub fn new(principal: Principal, credential: Option<Credential>) -> Self {
        Caller {
            tenant: Tenant::single(),
            credential_tag: CredentialTag(principal.0.clone()),
            principal,
            display: None,
            scopes: None,
            obtainable: None,
            credential,
            link: None,
            client: None,
            is_shared: false,
            is_lasting: false,
            is_read_only: false,
        }
    }

    /// The scopes among `wanted` that its credential is known not to have.
    pub fn lacks(&self, wanted: &[&'static str]) -> Vec<&'static str> {
        missing_scopes(self.scopes.as_deref(), wanted)
    }

    /// Whether it lacks one of these scopes for good: no consent of its person helps.
    pub fn is_beyond(&self, wanted: &[&'static str]) -> bool {
        let is_obtainable = |scope: &&str| {
            self.obtainable.as_ref().is_some_and(|more| {
                has_scope(&more.registered, scope) && !more.refused.iter().any(|it| **it == **scope)
            })
        };
        !self.lacks(wanted).iter().all(is_obtainable)
    }

    /// Whether its client has a way to sign in again with other scopes.
    pub fn can_sign_in_again(&self) -> bool {
        self.obtainable.as_ref().is_some_and(|more| more.signs_in)
    }

    /// Whether its client is told at the door that Webex no longer takes its credential: it brought it.
    pub fn brought_token(&self) -> bool {
        matches!(self.credential, Some(Credential::Bearer(_)))
    }

    /// The same caller, with this tag for its credential.
    pub fn tagged(mut self, tag: CredentialTag) -> Self {
        self.credential_tag = tag;
        self
    }
}

/// Somebody for whom something goes on while none of their requests is there, such as long work after a
/// restart. Who that is, and whether the server may still act for them, is looked up again each time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Absentee {
    pub tenant: Tenant,
    pub principal: Principal,
    /// Of the credential that it was begun with; one that has ended is not replaced by another.
    pub credential: CredentialTag,
}

impl Absentee {
    pub fn of(caller: &Caller) -> Self {
        Absentee {
            tenant: caller.tenant.clone(),
            principal: caller.principal.clone(),
            credential: caller.credential_tag.clone(),
        }
    }
}

/// Scopes that every sign-in asks for: whose it is, and what is encrypted.
pub const SIGN_IN_SCOPES: [&str; 2] = ["spark:people_read", "spark:kms"];

/// Stands for every `spark:` scope: personal tokens have it.
const WHOLE_MESSAGING: &str = "spark:all";

/// The scopes among `wanted` that are not granted; none where it is not known what is granted.
pub fn missing_scopes(granted: Option<&[Box<str>]>, wanted: &[&'static str]) -> Vec<&'static str> {
    let Some(granted) = granted else {
        return Vec::new();
    };
    let lacks = |scope: &&str| !has_scope(granted, scope);
    wanted.iter().copied().filter(lacks).collect()
}

/// Whether a scope is among those granted, by its name or as one of all `spark:` scopes.
pub fn has_scope<S: AsRef<str>>(granted: &[S], scope: &str) -> bool {
    scope_for(granted, scope).is_some()
}

/// The one among the scopes that opens what `scope` opens: that scope, or the one for all of messaging.
pub fn scope_for<'a, S: AsRef<str>>(scopes: &'a [S], scope: &str) -> Option<&'a str> {
    let mut scopes = scopes.iter().map(AsRef::as_ref);
    let whole = scopes.clone().find(|known| *known == WHOLE_MESSAGING);
    let same = scopes.find(|known| *known == scope);
    same.or(whole.filter(|_| scope.starts_with("spark:")))
}

/// What both lists of scopes open. Where one has the scope for all of messaging, that is what the other
/// one names of it.
pub fn scopes_in_both<S: AsRef<str>, T: AsRef<str>>(one: &[S], other: &[T]) -> Vec<String> {
    let of_one = one.iter().map(AsRef::as_ref);
    let mut both: Vec<String> = of_one
        .filter(|scope| has_scope(other, scope))
        .map(str::to_owned)
        .collect();
    for scope in other.iter().map(AsRef::as_ref) {
        if has_scope(one, scope) && !has_scope(&both, scope) {
            both.push(scope.to_owned());
        }
    }
    both
}

/// The part of an address that one party holds: all of an IPv4 address, the 64-bit network of an
/// IPv6 address, which one subscriber gets. Shares and budgets for addresses are counted by it.
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
    fn scopes_are_missing_only_where_it_is_known_what_is_granted() {
        let wanted = ["spark:rooms_read", "meeting:schedules_read"];
        for (granted, missing) in [
            (None, &[][..]),
            (Some(&[][..]), &wanted),
            (Some(&["spark:rooms_read"]), &wanted[1..]),
            (Some(&["spark:all"]), &wanted[1..]),
            (Some(&["meeting:schedules_read"]), &wanted[..1]),
            (Some(&["spark:all", "meeting:schedules_read"]), &[]),
        ] {
            let mut caller = Caller::new(Principal::new("alice"), None);
            caller.scopes = granted
                .map(|granted: &[&str]| granted.iter().map(|scope| Box::from(*scope)).collect());
            assert_eq!(caller.lacks(&wanted), missing, "{granted:?}");
        }
    }

    #[test]
    fn a_scope_is_out_of_reach_if_the_integration_lacks_it_or_webex_refused_it() {
        let wanted = ["spark:rooms_read", "spark-admin:people_read"];
        let list = |scopes: &[&str]| -> Arc<[Box<str>]> {
            scopes.iter().map(|scope| Box::from(*scope)).collect()
        };
        for (has, registered, refused, is_beyond) in [
            (&wanted[..], &[][..], &[][..], false),
            (&wanted[..1], &[], &[], true),
            (&wanted[..1], &wanted[..], &[], false),
            (&wanted[..1], &wanted, &wanted[1..], true),
            (&["spark:all", "spark-admin:people_read"], &[], &[], false),
            (&wanted[1..], &["spark:all"], &[], false),
            (&wanted[1..], &["spark:all"], &wanted[..1], true),
            (&[], &["spark:all"], &[], true),
        ] {
            let mut caller = Caller::new(Principal::new("alice"), None);
            caller.scopes = Some(list(has));
            caller.obtainable = Some(Obtainable {
                registered: list(registered),
                refused: list(refused),
                connection: None,
                signs_in: false,
                is_narrowed: false,
            });
            assert_eq!(
                caller.is_beyond(&wanted),
                is_beyond,
                "{has:?} {registered:?}"
            );
        }
    }

    #[test]
    fn what_two_lists_of_scopes_have_in_common_is_what_both_open() {
        for (one, other, both) in [
            (&["a", "b"][..], &["b", "c"][..], &["b"][..]),
            (&["a"], &["b"], &[]),
            (&[], &["b"], &[]),
            (&["spark:all"], &["spark:x", "y"], &["spark:x"]),
            (&["spark:x", "y"], &["spark:all"], &["spark:x"]),
            (
                &["spark:all", "y"],
                &["spark:all", "y"],
                &["spark:all", "y"],
            ),
        ] {
            assert_eq!(scopes_in_both(one, other), both, "{one:?} {other:?}");
        }
    }

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
