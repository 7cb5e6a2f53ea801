//! Joins HTTP to authentication: the parts of a request that name its caller, and the answer to a
//! caller that is not known.

use axum::http::HeaderMap;

use super::proxies::{Proxies, is_forwarded};
use super::serve::PeerAddress;
use crate::auth::{Head, Reason, Unknown};
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
    }
}

/// 401 with a challenge where another credential would help; 429 or 503 with the seconds to wait
/// where waiting would.
impl From<Unknown> for Refusal {
    fn from(unknown: Unknown) -> Self {
        let kind = match unknown.reason {
            Reason::NotSent | Reason::Malformed | Reason::Refused => Kind::Unknown,
            Reason::TooMany { .. } => Kind::TooMany,
            Reason::Busy { .. } | Reason::Unreachable { .. } => Kind::Full,
        };
        Refusal::new(kind, unknown.message)
            .challenge(unknown.challenge())
            .retry_after(unknown.retry_after())
    }
}
