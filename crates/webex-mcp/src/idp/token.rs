//! Whether a token is the provider's, for us, and valid now. What is wrong with one is told nobody.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use jsonwebtoken::errors::ErrorKind;
use jsonwebtoken::{Algorithm, DecodingKey, Header, Validation, decode, decode_header};
use serde_json::{Map, Value};

use super::provider::{NoKey, Provider};
use super::rules::claim;
use crate::limits;
use crate::seal::is_equal;

/// Signatures by a key of two parts. With a shared secret (`HS…`), whoever verifies could also sign;
/// `none` signs nothing.
const ALGORITHMS: [Algorithm; 9] = [
    Algorithm::RS256,
    Algorithm::RS384,
    Algorithm::RS512,
    Algorithm::PS256,
    Algorithm::PS384,
    Algorithm::PS512,
    Algorithm::ES256,
    Algorithm::ES384,
    Algorithm::EdDSA,
];

/// What a token has to say.
#[derive(Debug, Clone, Copy)]
pub(super) struct Expected<'a> {
    pub(super) issuer: &'a str,
    /// It has to be for one of these.
    pub(super) audiences: &'a [String],
    /// The types that it may have; one that names none counts as `JWT`.
    pub(super) types: &'a [String],
    /// Of an ID token: the nonce of its sign-in.
    pub(super) nonce: Option<&'a str>,
    /// The claim that names a person.
    pub(super) subject: &'a str,
    /// By how many seconds the clocks may differ.
    pub(super) skew: u64,
}

/// The claims of a token that was verified.
#[derive(Debug)]
pub(super) struct Claims {
    pub(super) subject: String,
    /// In seconds since 1970, with the difference of the clocks.
    pub(super) until: u64,
    pub(super) all: Map<String, Value>,
}

/// Why there are no claims.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum NotVerified {
    Wrong,
    /// It was right, and its time is over.
    Ended,
    /// The provider's keys are not known now.
    Unreachable,
}

/// The claims of a token, if all of it is right.
///
/// # Errors
/// [`NotVerified`].
pub(super) async fn verified(
    provider: &Arc<Provider>,
    token: &str,
    expected: &Expected<'_>,
) -> Result<Claims, NotVerified> {
    let header = header(token, expected).ok_or(NotVerified::Wrong)?;
    let key = provider.key(header.kid.as_deref(), header.alg).await;
    let key = key.map_err(|why| match why {
        NoKey::Unknown => NotVerified::Wrong,
        NoKey::Unreachable => NotVerified::Unreachable,
    })?;
    claims(token, header.alg, &key, expected)
}

/// The head of a token that may go on. Keys and addresses of keys in it count for nothing.
fn header(token: &str, expected: &Expected<'_>) -> Option<Header> {
    if token.len() > limits::IDP_TOKEN_MAX_BYTES {
        return None;
    }
    let header = decode_header(token).ok()?;
    let typ = short(header.typ.as_deref().unwrap_or("JWT"));
    let is_typed = expected.types.iter().any(|one| short(one) == typ);
    let name = header.kid.as_deref().unwrap_or_default();
    // What is critical has to be understood (RFC 7515, 4.1.11), and we understand no such thing.
    let is_plain = header.crit.is_none() && name.len() <= limits::IDP_KEY_NAME_MAX_BYTES;
    (ALGORITHMS.contains(&header.alg) && is_typed && is_plain).then_some(header)
}

/// A type without the part that may be left out, in lower case (RFC 7515, 4.1.9).
fn short(typ: &str) -> String {
    let typ = typ.to_ascii_lowercase();
    typ.strip_prefix("application/").unwrap_or(&typ).to_owned()
}

fn claims(
    token: &str,
    algorithm: Algorithm,
    key: &DecodingKey,
    expected: &Expected<'_>,
) -> Result<Claims, NotVerified> {
    let mut rules = Validation::new(algorithm);
    rules.leeway = expected.skew;
    rules.validate_nbf = true;
    rules.set_issuer(&[expected.issuer]);
    rules.set_audience(expected.audiences);
    rules.required_spec_claims = HashSet::from(["exp", "iss", "aud", "sub"].map(str::to_owned));
    let decoded = |rules: &Validation| decode::<Map<String, Value>>(token, key, rules);
    let (all, is_over) = match decoded(&rules) {
        Ok(decoded) => (decoded.claims, false),
        // All the rest of it has to be right too.
        Err(why) if matches!(why.kind(), ErrorKind::ExpiredSignature) => {
            rules.validate_exp = false;
            let decoded = decoded(&rules).map_err(|_| NotVerified::Wrong)?;
            (decoded.claims, true)
        }
        Err(_) => return Err(NotVerified::Wrong),
    };
    let claims = checked(all, expected).ok_or(NotVerified::Wrong)?;
    match is_over {
        true => Err(NotVerified::Ended),
        false => Ok(claims),
    }
}

/// What the library does not look at.
fn checked(all: Map<String, Value>, expected: &Expected<'_>) -> Option<Claims> {
    let text = |name: &str| claim(&all, name).and_then(Value::as_str);
    // A list of issuers is none, although the library takes it.
    text("iss").filter(|issuer| *issuer == expected.issuer)?;
    // The library does not look at the one, and takes for the other what is no time.
    let latest = now_seconds().saturating_add(expected.skew);
    for begins in ["iat", "nbf"] {
        if let Some(time) = all.get(begins) {
            seconds(time).filter(|at| *at <= latest)?;
        }
    }
    if let Some(nonce) = expected.nonce {
        let found = text("nonce").unwrap_or_default();
        let is_for_us = text("azp").is_none_or(|azp| expected.audiences.iter().any(|it| it == azp));
        if !is_equal(found.as_bytes(), nonce.as_bytes()) || !is_for_us {
            return None;
        }
    }
    let subject = text(expected.subject)?;
    let is_one = !subject.is_empty() && subject.len() <= limits::IDP_SUBJECT_MAX_BYTES;
    let subject = is_one.then(|| subject.to_owned())?;
    let until = seconds(all.get("exp")?)?.saturating_add(expected.skew);
    Some(Claims {
        subject,
        until,
        all,
    })
}

/// A time of a token, which may have a fraction.
fn seconds(time: &Value) -> Option<u64> {
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    let whole = |seconds: f64| seconds as u64;
    time.as_u64().or_else(|| time.as_f64().map(whole))
}

pub(super) fn now_seconds() -> u64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |since| since.as_secs())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// Whatever is sent: the head is refused or read, and nothing panics.
        #[test]
        fn no_text_panics(token in "[A-Za-z0-9_.=-]{0,200}|\\PC{0,50}") {
            let types = ["JWT".to_owned()];
            let expected = Expected {
                issuer: "https://idp.example.com",
                audiences: &types,
                types: &types,
                nonce: None,
                subject: "sub",
                skew: 0,
            };
            let key = DecodingKey::from_rsa_raw_components(&[1; 256], &[1, 0, 1]);
            let head = header(&token, &expected);
            prop_assert!(head.is_none_or(|head| ALGORITHMS.contains(&head.alg)));
            prop_assert!(claims(&token, Algorithm::RS256, &key, &expected).is_err());
        }
    }
}
