//! Joins HTTP to authentication: the parts of a request that name its caller, and the answer to a
//! caller that is not known.

use std::borrow::Cow;

use axum::http::HeaderMap;

use super::proxies::{Proxies, is_forwarded};
use super::serve::PeerAddress;
use crate::auth::{Authentication, Head, Reason, Unknown};
use crate::edge::refusal::{Kind, Refusal};

/// The parts of a request that say who sent it.
pub(super) fn head<'a>(
    headers: &'a HeaderMap,
    peer: Option<PeerAddress>,
    proxies: &Proxies,
) -> Head<'a> {
    Head {
        headers,
        address: peer.map(|peer| proxies.client(peer.0.ip(), headers)),
        is_forwarded: is_forwarded(headers),
        server: "",
    }
}

/// 401 with a challenge where another credential would help; 429 or 503 with the seconds to wait
/// where waiting would. `path` is the one that was asked for.
pub(super) fn refused(authentication: &Authentication, unknown: &Unknown, path: &str) -> Refusal {
    let kind = match unknown.reason {
        Reason::NotSent | Reason::Malformed | Reason::Refused => Kind::Unknown,
        Reason::TooMany { .. } => Kind::TooMany,
        Reason::Busy { .. } | Reason::Unreachable { .. } => Kind::Full,
    };
    let challenge = unknown.challenge().map(Cow::Borrowed);
    let challenge = match authentication.broker() {
        None => challenge,
        // Where the client finds out how its person signs in (RFC 9728, 5.1).
        Some(broker) => challenge.map(|challenge| {
            let metadata = broker.resource_metadata(path);
            Cow::Owned(format!("{challenge}, resource_metadata=\"{metadata}\""))
        }),
    };
    Refusal::new(kind, unknown.message)
        .challenge(challenge)
        .retry_after(unknown.retry_after())
}
