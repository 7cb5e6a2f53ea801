//! The provider's keys (RFC 7517), and which algorithms each is for. The algorithms are fixed here: a
//! token only chooses among those that its key is for.

use jsonwebtoken::jwk::{AlgorithmParameters, EllipticCurve, Jwk, KeyOperations, PublicKeyUse};
use jsonwebtoken::{Algorithm, DecodingKey};
use serde::Deserialize;
use serde_json::Value;

use crate::limits;

/// Keys that can be used. Those of a kind that is not known are left out.
#[derive(Debug)]
pub(super) struct Keys(Vec<Key>);

#[derive(Debug)]
struct Key {
    name: Option<String>,
    algorithms: Vec<Algorithm>,
    key: DecodingKey,
}

#[derive(Deserialize)]
struct Document {
    keys: Vec<Value>,
}

impl Keys {
    /// The keys of a document; `None` where there is none that can be used.
    pub(super) fn read(document: &[u8]) -> Option<Self> {
        let Document { keys } = serde_json::from_slice(document).ok()?;
        let keys = keys.into_iter().take(limits::IDP_KEYS_MAX);
        let keys: Vec<_> = keys.filter_map(Key::read).collect();
        (!keys.is_empty()).then_some(Keys(keys))
    }

    /// The key of this name for this algorithm; without a name, the only one there is for it.
    pub(super) fn find(&self, name: Option<&str>, algorithm: Algorithm) -> Option<&DecodingKey> {
        let mut fitting = self.0.iter().filter(|key| {
            key.algorithms.contains(&algorithm) && (name.is_none() || key.name.as_deref() == name)
        });
        match (fitting.next(), name, fitting.next()) {
            (Some(key), Some(_), _) | (Some(key), None, None) => Some(&key.key),
            _ => None,
        }
    }
}

impl Key {
    fn read(value: Value) -> Option<Self> {
        let jwk: Jwk = serde_json::from_value(value).ok()?;
        let common = &jwk.common;
        let signs = matches!(common.public_key_use, None | Some(PublicKeyUse::Signature));
        let operations = common.key_operations.as_ref();
        let verifies = operations.is_none_or(|all| all.contains(&KeyOperations::Verify));
        let name = common.key_id.clone();
        let is_short = |name: &String| name.len() <= limits::IDP_KEY_NAME_MAX_BYTES;
        if !signs || !verifies || !name.as_ref().is_none_or(is_short) {
            return None;
        }
        let mut algorithms = algorithms(&jwk.algorithm).to_vec();
        if let Some(only) = common.key_algorithm {
            let only = Algorithm::try_from(only).ok()?;
            algorithms.retain(|algorithm| *algorithm == only);
        }
        let key = DecodingKey::from_jwk(&jwk).ok()?;
        (!algorithms.is_empty()).then_some(Key {
            name,
            algorithms,
            key,
        })
    }
}

/// What a key of this kind can verify. None for a secret: a provider's keys are public.
fn algorithms(key: &AlgorithmParameters) -> &'static [Algorithm] {
    match key {
        AlgorithmParameters::RSA(_) => &[
            Algorithm::RS256,
            Algorithm::RS384,
            Algorithm::RS512,
            Algorithm::PS256,
            Algorithm::PS384,
            Algorithm::PS512,
        ],
        AlgorithmParameters::EllipticCurve(key) => match key.curve {
            EllipticCurve::P256 => &[Algorithm::ES256],
            EllipticCurve::P384 => &[Algorithm::ES384],
            _ => &[],
        },
        AlgorithmParameters::OctetKeyPair(key) => match key.curve {
            EllipticCurve::Ed25519 => &[Algorithm::EdDSA],
            _ => &[],
        },
        _ => &[],
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn only_public_keys_for_signatures_are_used() {
        let (n, e) = ("AQAB", "AQAB");
        let rsa = |more: Value| {
            let mut key = json!({"kty": "RSA", "n": n, "e": e, "kid": "k"});
            key.as_object_mut()
                .unwrap()
                .extend(more.as_object().unwrap().clone());
            key
        };
        for (key, algorithm, is_found) in [
            (rsa(json!({})), Algorithm::RS256, true),
            (rsa(json!({})), Algorithm::PS512, true),
            (rsa(json!({})), Algorithm::HS256, false),
            (rsa(json!({})), Algorithm::ES256, false),
            (
                rsa(json!({"use": "sig", "alg": "PS256"})),
                Algorithm::PS256,
                true,
            ),
            (
                rsa(json!({"use": "sig", "alg": "PS256"})),
                Algorithm::RS256,
                false,
            ),
            (rsa(json!({"alg": "HS256"})), Algorithm::HS256, false),
            (rsa(json!({"alg": "RSA-OAEP"})), Algorithm::RS256, false),
            (rsa(json!({"use": "enc"})), Algorithm::RS256, false),
            (
                rsa(json!({"key_ops": ["encrypt"]})),
                Algorithm::RS256,
                false,
            ),
            (
                rsa(json!({"kid": "k".repeat(300)})),
                Algorithm::RS256,
                false,
            ),
            (
                json!({"kty": "oct", "k": "AAAA", "kid": "k"}),
                Algorithm::HS256,
                false,
            ),
            (
                json!({"kty": "EC", "crv": "P-256", "x": "AA", "y": "AA", "kid": "k"}),
                Algorithm::ES256,
                true,
            ),
            (
                json!({"kty": "EC", "crv": "P-521", "x": "AA", "y": "AA", "kid": "k"}),
                Algorithm::ES384,
                false,
            ),
            (json!({"kty": "new", "kid": "k"}), Algorithm::RS256, false),
            (json!("x"), Algorithm::RS256, false),
        ] {
            let document = json!({"keys": [key, {"kty": "RSA"}]}).to_string();
            let keys = Keys::read(document.as_bytes());
            let found = keys.is_some_and(|keys| keys.find(Some("k"), algorithm).is_some());
            assert_eq!(found, is_found, "{document} {algorithm:?}");
        }
        for document in ["", "[]", "{}", "{\"keys\": 7}", "{\"keys\": []}"] {
            assert!(Keys::read(document.as_bytes()).is_none(), "{document}");
        }
    }

    #[test]
    fn a_token_without_a_name_means_the_only_key_that_fits() {
        let key = |name: &str| json!({"kty": "RSA", "n": "AQAB", "e": "AQAB", "kid": name});
        let one = json!({"keys": [key("a")]}).to_string();
        let two = json!({"keys": [key("a"), key("b")]}).to_string();
        for (document, name, is_found) in [
            (&one, None, true),
            (&two, None, false),
            (&two, Some("b"), true),
            (&two, Some("c"), false),
        ] {
            let keys = Keys::read(document.as_bytes()).unwrap();
            assert_eq!(keys.find(name, Algorithm::RS256).is_some(), is_found);
        }
    }
}
