//! What every request to an endpoint passes before it is read, in this order: Host, Origin, caller.
//!
//! One function rather than a stack of middleware: each of those would cost an allocation, a clone
//! and a future on every call, and nothing here waits.

use axum::extract::Request;
use axum::http::uri::Authority;
use axum::http::{HeaderMap, StatusCode, Uri, header};

use super::authentication::Authentication;
use super::serve::PeerAddress;
use crate::edge::refusal::Refusal;
use crate::identity::Caller;

/// The checks, ready to be made.
#[derive(Debug)]
pub struct Layers {
    hosts: Vec<Allowed>,
    origins: Vec<AllowedOrigin>,
    authentication: Authentication,
}

/// A host, with a port or with any.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Allowed {
    host: String,
    port: Option<u16>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct AllowedOrigin {
    scheme: String,
    at: Allowed,
}

/// A host or an origin in the settings that is none.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{0}` is not a host (`example.com`, `example.com:8484`) or an origin (`https://example.com`)"
)]
pub struct BadAllowance(pub String);

const LOOPBACK: [&str; 3] = ["localhost", "127.0.0.1", "[::1]"];

impl Layers {
    /// Requests must name one of `hosts` (any port, unless one is given), and browsers come from
    /// one of `origins`. Loopback names and origins are always among them: a page that rebinds
    /// its name to this machine still carries its own name.
    ///
    /// # Errors
    /// Names the entry that is no host or no origin.
    pub fn new(
        hosts: &[String],
        origins: &[String],
        authentication: Authentication,
    ) -> Result<Self, BadAllowance> {
        let loopback = LOOPBACK.iter().map(|host| Allowed {
            host: (*host).to_owned(),
            port: None,
        });
        let named = hosts
            .iter()
            .map(|host| Allowed::parse(host).ok_or_else(|| BadAllowance(host.clone())))
            .collect::<Result<Vec<_>, _>>()?;
        let from = origins
            .iter()
            .map(|origin| {
                let uri: Uri = origin.parse().ok()?;
                AllowedOrigin::of(&uri)
            })
            .zip(origins)
            .map(|(parsed, origin)| parsed.ok_or_else(|| BadAllowance(origin.clone())))
            .collect::<Result<Vec<_>, _>>()?;
        let local = loopback.clone().map(|at| AllowedOrigin {
            scheme: "http".to_owned(),
            at,
        });
        Ok(Layers {
            hosts: loopback.chain(named).collect(),
            origins: local.chain(from).collect(),
            authentication,
        })
    }

    /// Who calls, if all layers let the request pass.
    ///
    /// # Errors
    /// 400 and 403 for Host and Origin, 401 for a caller that is not known.
    pub(super) fn admit(&self, request: &Request) -> Result<Caller, Refusal> {
        self.host(request.uri(), request.headers())?;
        self.origin(request.headers())?;
        let peer = request.extensions().get::<PeerAddress>().copied();
        self.authentication.caller(request.headers(), peer)
    }

    fn host(&self, uri: &Uri, headers: &HeaderMap) -> Result<(), Refusal> {
        // HTTP/2 has it in the URI.
        let named: Option<Authority> = match headers.get(header::HOST) {
            Some(host) => Authority::try_from(host.as_bytes()).ok(),
            None => uri.authority().cloned(),
        };
        let Some(named) = named else {
            return Err(Refusal::transport(
                StatusCode::BAD_REQUEST,
                "The Host header is missing or no host.",
            ));
        };
        if self.hosts.iter().any(|allowed| allowed.is(&named)) {
            return Ok(());
        }
        Err(Refusal::transport(
            StatusCode::FORBIDDEN,
            "This Host is not served here; the operator lists the names that are in allowed_hosts.",
        ))
    }

    fn origin(&self, headers: &HeaderMap) -> Result<(), Refusal> {
        let Some(origin) = headers.get(header::ORIGIN) else {
            return Ok(());
        };
        let named = origin
            .to_str()
            .ok()
            .and_then(|origin| origin.parse::<Uri>().ok());
        let allowed =
            named.is_some_and(|origin| self.origins.iter().any(|allowed| allowed.is(&origin)));
        if allowed {
            return Ok(());
        }
        Err(Refusal::transport(
            StatusCode::FORBIDDEN,
            "Pages of this Origin may not call here; the operator lists those that may in \
             allowed_origins.",
        ))
    }
}

impl Allowed {
    fn parse(text: &str) -> Option<Self> {
        Some(Allowed::of(&text.parse().ok()?))
    }

    fn of(authority: &Authority) -> Self {
        Allowed {
            host: authority.host().to_ascii_lowercase(),
            port: authority.port_u16(),
        }
    }

    fn is(&self, named: &Authority) -> bool {
        self.host.eq_ignore_ascii_case(named.host())
            && (self.port.is_none() || self.port == named.port_u16())
    }
}

impl AllowedOrigin {
    fn of(uri: &Uri) -> Option<Self> {
        Some(AllowedOrigin {
            scheme: uri.scheme_str()?.to_ascii_lowercase(),
            at: Allowed::of(uri.authority()?),
        })
    }

    fn is(&self, origin: &Uri) -> bool {
        origin.scheme_str() == Some(self.scheme.as_str())
            && origin.authority().is_some_and(|named| self.at.is(named))
    }
}
