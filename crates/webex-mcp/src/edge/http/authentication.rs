//! Joins HTTP to authentication: the parts of a request that name its caller, and the answer to a
//! caller that is not known.

use std::borrow::Cow;

use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::Response;

use super::Known;
use super::proxies::{Proxies, is_forwarded};
use super::serve::PeerAddress;
use crate::auth::{Head, INVALID_TOKEN, Reason, TokenHeader, Unknown};
use crate::edge::offers::offer;
use crate::edge::refusal::{Challenge, Kind, Refusal};

/// The parts of a request that say who sent it.
pub(super) fn head<'a>(
    headers: &'a HeaderMap,
    peer: Option<PeerAddress>,
    proxies: &Proxies,
    token_header: Option<&'a TokenHeader>,
) -> Head<'a> {
    Head {
        headers,
        address: peer.map(|peer| proxies.client(peer.0.ip(), headers)),
        is_forwarded: is_forwarded(headers),
        server: "",
        token_header,
    }
}

/// 401 with a challenge where another credential would help, 403 where none would; 429 or 503 with
/// the seconds to wait where waiting would. `path` is the one that was asked for.
pub(super) fn refused(known: &Known, unknown: &Unknown, path: &str) -> Refusal {
    let kind = match unknown.reason {
        Reason::NotSent | Reason::Malformed | Reason::Refused => Kind::Unknown,
        Reason::NotAllowed => Kind::Forbidden,
        Reason::TooMany { .. } => Kind::TooMany,
        Reason::Busy { .. } | Reason::Unreachable { .. } => Kind::Full,
    };
    let challenge = unknown.challenge();
    let challenge = challenge.map(|start| known.signing_in(start, path));
    Refusal::new(kind, unknown.message)
        .challenge(challenge)
        .retry_after(unknown.retry_after())
}

/// Adds to an answer what its client has to get first.
pub(super) fn challenge(response: &mut Response, known: &Known, challenge: &Challenge, path: &str) {
    let words = match challenge {
        Challenge::SignIn => known.signing_in(INVALID_TOKEN, path),
        Challenge::Scopes(scopes) => {
            let scopes = scopes.join(" ");
            let start = format!(
                "Bearer realm=\"webex-mcp\", error=\"insufficient_scope\", scope=\"{scopes}\", \
                 error_description=\"{MORE_NEEDED}\""
            );
            known.with_metadata(start.into(), path)
        }
    };
    if let Ok(words) = HeaderValue::from_str(&words) {
        response
            .headers_mut()
            .insert(header::WWW_AUTHENTICATE, words);
    }
}

const MORE_NEEDED: &str =
    "This call needs more than the user consented to; sign in again with these scopes.";

impl Known {
    /// The challenge with what clients of ours sign in for, and where they find out how.
    fn signing_in(&self, start: &'static str, path: &str) -> Cow<'static, str> {
        match (self.by.broker(), &self.server) {
            (Some(broker), Some(server)) => {
                let scopes = offer(server, &broker.settings().registered_scopes).base;
                let scopes = scopes.join(" ");
                self.with_metadata(format!("{start}, scope=\"{scopes}\"").into(), path)
            }
            _ => {
                let scopes = self.by.idp().map(|idp| idp.settings().scopes.join(" "));
                let start = match scopes.filter(|scopes| !scopes.is_empty()) {
                    Some(scopes) => format!("{start}, scope=\"{scopes}\"").into(),
                    None => start.into(),
                };
                self.with_metadata(start, path)
            }
        }
    }

    /// Where the client finds out how its person signs in (RFC 9728, 5.1).
    fn with_metadata(&self, start: Cow<'static, str>, path: &str) -> Cow<'static, str> {
        match self.by.resource_metadata(path) {
            Some(metadata) => format!("{start}, resource_metadata=\"{metadata}\"").into(),
            None => start,
        }
    }
}
