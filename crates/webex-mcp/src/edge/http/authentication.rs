//! Between HTTP and the ways of being known: the head of a request, and what HTTP says to a caller
//! that is not known.

use axum::http::HeaderMap;

use super::proxies::{Proxies, is_forwarded};
use super::serve::PeerAddress;
use crate::auth::{Head, Reason, Unknown};
use crate::edge::refusal::{Kind, Refusal};

/// What the request says of its sender.
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

/// 401 with a challenge where another credential helps; 429 and 503 with seconds where waiting does.
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
