//! The checks that every request passes before its caller is authenticated: the way that it came, Host,
//! Origin, then how its body is coded. Also decides which address the client has.
//!
//! This is one function and not a stack of middleware: each layer would cost an allocation, a clone
//! and a future on every call, and nothing here waits.

use std::net::IpAddr;

use axum::http::request::Parts;
use axum::http::{HeaderMap, Uri, header};
use axum::response::Response;

use super::authentication;
use super::authority::Authority;
use super::cors::Page;
use super::proxies::Proxies;
use super::refused::Refused;
use super::serve::PeerAddress;
use crate::auth::{Head, TokenHeader};
use crate::edge::failures::Failures;
use crate::edge::refusal::{Kind, Refusal};

/// The checks, with the operator's settings.
#[derive(Debug)]
pub struct Layers {
    hosts: Vec<Authority>,
    /// The origins that the operator lists; their pages may also read the answers.
    origins: Vec<Origin>,
    loopback: Vec<Origin>,
    proxies: Proxies,
    only_proxies: bool,
    token_header: Option<TokenHeader>,
    pub(super) refused: Refused,
    pub(in crate::edge) failures: Failures,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Origin {
    scheme: String,
    at: Authority,
}

/// A setting that is not a host or an origin.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{0}` is not a host (`example.com`, `example.com:8484`) or an origin (`https://example.com`)"
)]
pub struct BadAllowance(pub String);

const LOOPBACK: [&str; 3] = ["localhost", "127.0.0.1", "[::1]"];

impl Layers {
    /// Requests must name one of `hosts` (at any port, unless the entry has one), and browsers must
    /// come from one of `origins`. Loopback names and origins are always allowed: a page that
    /// rebinds its DNS name to this machine still sends its own name. `proxies` are believed about
    /// client addresses.
    ///
    /// # Errors
    /// Names the entry that is not a host or an origin.
    pub fn new(
        hosts: &[String],
        origins: &[String],
        proxies: Proxies,
    ) -> Result<Self, BadAllowance> {
        let loopback = LOOPBACK.iter().map(|host| Authority {
            host: (*host).to_owned(),
            port: None,
        });
        let named = hosts
            .iter()
            .map(|host| Authority::parse(host).ok_or_else(|| BadAllowance(host.clone())))
            .collect::<Result<Vec<_>, _>>()?;
        let from = origins
            .iter()
            .map(|origin| Origin::parse(origin).ok_or_else(|| BadAllowance(origin.clone())))
            .collect::<Result<Vec<_>, _>>()?;
        let local = loopback.clone().map(|at| Origin {
            scheme: "http".to_owned(),
            at,
        });
        Ok(Layers {
            hosts: loopback.chain(named).collect(),
            origins: from,
            loopback: local.collect(),
            proxies,
            only_proxies: false,
            token_header: None,
            refused: Refused::new(),
            failures: Failures::default(),
        })
    }

    /// The same checks, where plain HTTP is spoken: only this machine and the proxies may come in, as
    /// others would have sent what they send unencrypted.
    pub fn for_proxies_only(self) -> Self {
        Layers {
            only_proxies: true,
            ..self
        }
    }

    /// The same, where a token may also come in this header.
    pub fn with_token_header(mut self, header: Option<TokenHeader>) -> Self {
        self.token_header = header;
        self
    }

    /// The answer to the question of a browser whether this page may send its request.
    pub(super) fn preflight(&self, page: Page) -> Response {
        page.preflight(self.token_header.as_ref())
    }

    /// Whether the request may come in, and the page that sent it if its origin is listed.
    ///
    /// # Errors
    /// 400 for a bad Host, 403 for a Host, an Origin or a way that is not allowed, 415 or 501 for a
    /// coded body.
    pub(super) fn admit(&self, request: &Parts) -> Result<Option<Page>, Refusal> {
        self.way(request)
            .inspect_err(|_| self.refused.way(&self.head(request)))?;
        self.host(&request.uri, &request.headers)
            .inspect_err(|_| self.refused.host(&self.head(request)))?;
        let page = self
            .origin(&request.headers)
            .inspect_err(|_| self.refused.origin(&self.head(request)))?;
        plain(&request.headers)?;
        Ok(page)
    }

    /// The parts of a request that say who sent it.
    pub(in crate::edge) fn head<'a>(&'a self, request: &'a Parts) -> Head<'a> {
        let peer = request.extensions.get::<PeerAddress>().copied();
        let header = self.token_header.as_ref();
        authentication::head(&request.headers, peer, &self.proxies, header)
    }

    fn way(&self, request: &Parts) -> Result<(), Refusal> {
        let peer = request.extensions.get::<PeerAddress>();
        let is_near = |ip: IpAddr| self.proxies.trusts(ip) || ip.to_canonical().is_loopback();
        match !self.only_proxies || peer.is_none_or(|peer| is_near(peer.0.ip())) {
            true => Ok(()),
            false => Err(Refusal::new(
                Kind::Forbidden,
                "Requests reach this server through the operator's proxy only: use its https address.",
            )),
        }
    }

    fn host(&self, uri: &Uri, headers: &HeaderMap) -> Result<(), Refusal> {
        // HTTP/2 has the authority in the URI, and so has a request that was meant for a proxy.
        let in_uri = uri.authority().map(|authority| authority.as_str());
        let mut named = headers.get_all(header::HOST).iter();
        let in_header = named.next().map(|host| host.to_str().unwrap_or(""));
        let written = in_header.or(in_uri).unwrap_or("");
        let (Some(host), None) = (Authority::parse(written), named.next()) else {
            return Err(Refusal::new(
                Kind::Malformed,
                "The Host header is missing, given twice or not a host.",
            ));
        };
        if in_uri.is_some_and(|other| Authority::parse(other).as_ref() != Some(&host)) {
            return Err(Refusal::new(
                Kind::Malformed,
                "The Host header and the address of the request differ.",
            ));
        }
        if self.hosts.iter().any(|allowed| allowed.allows(&host)) {
            return Ok(());
        }
        Err(Refusal::new(
            Kind::Forbidden,
            "This Host is not served here; the operator lists the names that are in allowed_hosts.",
        ))
    }

    fn origin(&self, headers: &HeaderMap) -> Result<Option<Page>, Refusal> {
        let mut named = headers.get_all(header::ORIGIN).iter();
        let Some(sent) = named.next() else {
            return Ok(None);
        };
        let origin = sent.to_str().ok().and_then(Origin::parse);
        if let (Some(origin), None) = (origin, named.next()) {
            if self.origins.iter().any(|allowed| allowed.allows(&origin)) {
                return Ok(Some(Page(sent.clone())));
            }
            if self.loopback.iter().any(|allowed| allowed.allows(&origin)) {
                return Ok(None);
            }
        }
        Err(Refusal::new(
            Kind::Forbidden,
            "Pages of this Origin may not call here; the operator lists those that may in \
             allowed_origins.",
        ))
    }
}

/// Nothing here decodes a body, so one that says that it is coded would be read as what it is not.
fn plain(headers: &HeaderMap) -> Result<(), Refusal> {
    let only = |name, plain: &str| {
        let values = headers.get_all(name).iter();
        let values = values.map(|value| value.to_str().unwrap_or("?"));
        let mut words = values.flat_map(|value| value.split(',')).map(str::trim);
        words.all(|word| word.is_empty() || word.eq_ignore_ascii_case(plain))
    };
    if !only(header::CONTENT_ENCODING, "identity") {
        return Err(Refusal::new(
            Kind::UnsupportedCoding,
            "Content-Encoding is not read here: send the body as it is, without compression.",
        ));
    }
    match only(header::TRANSFER_ENCODING, "chunked") {
        true => Ok(()),
        false => Err(Refusal::new(
            Kind::NotImplemented,
            "Transfer-Encoding may be chunked and nothing else: send the body without compression.",
        )),
    }
}

impl Authority {
    /// Whether this entry of a list allows that name: the same host, at any port or at the entry's
    /// port.
    fn allows(&self, named: &Authority) -> bool {
        self.host == named.host && (self.port.is_none() || self.port == named.port)
    }
}

impl Origin {
    fn allows(&self, named: &Origin) -> bool {
        self.scheme == named.scheme && self.at.allows(&named.at)
    }

    fn parse(text: &str) -> Option<Self> {
        let (scheme, at) = text.split_once("://")?;
        let is_scheme = !scheme.is_empty() && scheme.bytes().all(|byte| byte.is_ascii_alphabetic());
        let scheme = is_scheme.then(|| scheme.to_ascii_lowercase())?;
        let mut at = Authority::parse(at)?;
        // An origin without a port means the default port of its scheme, and no other.
        at.port = at.port.or(match scheme.as_str() {
            "https" => Some(443),
            "http" => Some(80),
            _ => None,
        });
        Some(Origin { scheme, at })
    }
}
