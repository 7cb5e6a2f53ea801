//! From the head of a request to a caller: who may call, and as whom.

use std::sync::Arc;

use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use webex::AccessToken;

use super::serve::PeerAddress;
use crate::edge::limits;
use crate::edge::refusal::Refusal;
use crate::identity::{Caller, Credential};
use crate::seal::Sealer;

/// How callers are known. It holds tokens, and shows none of them.
#[derive(Debug, Clone)]
pub enum Authentication {
    /// Everybody who reaches the door is the one caller of the configuration.
    Static(Caller),
    /// Every caller brings its own Webex token.
    Passthrough(Arc<Sealer>),
    /// The bearer `sandbox-<name>` is that person.
    Sandbox {
        sealer: Arc<Sealer>,
        /// Who a caller without a bearer is, where it calls from this machine and nothing
        /// forwarded it. Absent where the door is bound beyond loopback.
        local: Option<Caller>,
    },
}

/// Headers that say a request came by way of somebody else, beside all of `x-forwarded-…`.
const FORWARDED: [&str; 3] = ["forwarded", "via", "x-real-ip"];

impl Authentication {
    /// Who calls.
    ///
    /// # Errors
    /// 401 with a challenge for an absent or malformed bearer.
    pub(super) fn caller(
        &self,
        headers: &HeaderMap,
        peer: Option<PeerAddress>,
    ) -> Result<Caller, Refusal> {
        match self {
            Authentication::Static(caller) => Ok(caller.clone()),
            Authentication::Passthrough(sealer) => match bearer(headers)? {
                Some(token) => Ok(known_by(sealer, token)),
                None => Err(unauthorized(
                    "Send your Webex access token as `Authorization: Bearer <token>`.",
                    false,
                )),
            },
            Authentication::Sandbox { sealer, local } => match (bearer(headers)?, local) {
                (Some(token), _) if token.expose().starts_with("sandbox-") => {
                    Ok(known_by(sealer, token))
                }
                (None, Some(local)) if is_local(headers, peer) => Ok(local.clone()),
                (token, _) => Err(unauthorized(
                    "This is the sandbox: send `Authorization: Bearer sandbox-<name>`.",
                    token.is_some(),
                )),
            },
        }
    }
}

fn known_by(sealer: &Sealer, token: AccessToken) -> Caller {
    let principal = sealer.principal_of(&token);
    Caller::new(principal, Some(Credential::Token(token)))
}

/// The bearer, if there is an `Authorization`; anything else in it is refused.
fn bearer(headers: &HeaderMap) -> Result<Option<AccessToken>, Refusal> {
    let mut values = headers.get_all(header::AUTHORIZATION).iter();
    let Some(value) = values.next() else {
        return Ok(None);
    };
    let malformed = || {
        unauthorized(
            "`Authorization` must be given once, as `Bearer <token>`.",
            true,
        )
    };
    let text = value.to_str().map_err(|_| malformed())?;
    let (scheme, token) = text.split_once(' ').ok_or_else(malformed)?;
    let well_formed = scheme.eq_ignore_ascii_case("bearer")
        && values.next().is_none()
        && token.len() <= limits::BEARER_MAX_BYTES;
    if !well_formed {
        return Err(malformed());
    }
    AccessToken::new(token).map(Some).map_err(|_| malformed())
}

fn is_local(headers: &HeaderMap, peer: Option<PeerAddress>) -> bool {
    let forwarded = headers.keys().any(|name| {
        name.as_str().starts_with("x-forwarded-") || FORWARDED.contains(&name.as_str())
    });
    !forwarded && peer.is_some_and(|peer| peer.0.ip().to_canonical().is_loopback())
}

fn unauthorized(message: &'static str, sent: bool) -> Refusal {
    let challenge = if sent {
        r#"Bearer realm="webex-mcp", error="invalid_token""#
    } else {
        r#"Bearer realm="webex-mcp""#
    };
    Refusal::transport(StatusCode::UNAUTHORIZED, message).with_header(
        header::WWW_AUTHENTICATE,
        HeaderValue::from_static(challenge),
    )
}
