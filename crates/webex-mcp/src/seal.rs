//! Sealed values: the server gives them to a caller and has to trust them when they come back.
//!
//! One secret of 32 bytes yields one subkey for each purpose (HKDF-SHA256). Values are encrypted
//! with AES-256-GCM, with a key id in front, so that the previous secret is still accepted while a
//! new one is rolled out. The context (principal, tool, arguments) is authenticated as associated
//! data: a value does not open in another context.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use aws_lc_rs::aead::{AES_256_GCM, Aad, NONCE_LEN, Nonce, RandomizedNonceKey};
use aws_lc_rs::{digest, hkdf, rand};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use secrecy::{ExposeSecret, SecretBox};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::limits;

mod records;

pub use records::{DigestKey, HeadSigner, KeyId, RecordKeys, Unwrapped, VaultKey};

/// The purpose of a sealed value. Each has its own subkey, so a value for one purpose cannot pass
/// for another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    Cursor,
    Confirmation,
    /// A client's request for consent, while its person reads our page.
    SignIn,
    AccessToken,
    RefreshToken,
    /// A link to the page on which a person gives a program more scopes.
    MoreScopes,
    /// Whom an account at Webex is connected for, on their way through pages.
    Link,
}

impl Purpose {
    /// In the order of their declaration.
    const ALL: [Purpose; 7] = [
        Purpose::Cursor,
        Purpose::Confirmation,
        Purpose::SignIn,
        Purpose::AccessToken,
        Purpose::RefreshToken,
        Purpose::MoreScopes,
        Purpose::Link,
    ];

    const fn label(self) -> &'static [u8] {
        match self {
            Purpose::Cursor => b"webex-mcp cursor 1",
            Purpose::Confirmation => b"webex-mcp confirmation 1",
            Purpose::SignIn => b"webex-mcp sign-in 1",
            Purpose::AccessToken => b"webex-mcp access token 1",
            Purpose::RefreshToken => b"webex-mcp refresh token 1",
            Purpose::MoreScopes => b"webex-mcp more scopes 1",
            Purpose::Link => b"webex-mcp link 1",
        }
    }
}

/// Why a sealed value did not open. There is deliberately no detail: a caller learns only this.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unopened {
    /// It was not made here, was made for another context, or was altered.
    Foreign,
    /// It was valid, but is too old now.
    Expired,
}

/// The secret of this deployment. It cannot be printed and is wiped when dropped.
pub type Secret = SecretBox<[u8; 32]>;

/// The subkeys of the current secret and the previous one.
pub struct Sealer {
    current: Subkeys,
    previous: Option<Subkeys>,
}

struct Subkeys {
    id: [u8; KEY_ID_BYTES],
    /// One for each purpose.
    keys: [RandomizedNonceKey; Purpose::ALL.len()],
}

const KEY_ID_BYTES: usize = 4;
const EXPIRY_BYTES: usize = 8;

impl std::fmt::Debug for Sealer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Sealer(…)")
    }
}

/// The platform's cryptography failed: nothing can be sealed.
#[derive(Debug, thiserror::Error)]
#[error("the cryptographic library failed to derive or use a key")]
pub struct CryptographyFailed;

impl Sealer {
    pub fn new(secret: &Secret, previous: Option<&Secret>) -> Result<Self, CryptographyFailed> {
        Ok(Sealer {
            current: Subkeys::derive(secret)?,
            previous: previous.map(Subkeys::derive).transpose()?,
        })
    }

    /// Seals `payload` for `lifetime`; it opens only with the same purpose and context.
    pub fn seal(
        &self,
        purpose: Purpose,
        context: &[u8],
        lifetime: Duration,
        payload: &[u8],
    ) -> Result<String, CryptographyFailed> {
        let expires = now_seconds().saturating_add(lifetime.as_secs());
        let mut sealed = Vec::with_capacity(EXPIRY_BYTES + payload.len() + 16);
        sealed.extend_from_slice(&expires.to_be_bytes());
        sealed.extend_from_slice(payload);
        let nonce = self
            .current
            .key(purpose)
            .seal_in_place_append_tag(Aad::from(context), &mut sealed)
            .map_err(|_| CryptographyFailed)?;
        let mut whole = Vec::with_capacity(KEY_ID_BYTES + NONCE_LEN + sealed.len());
        whole.extend_from_slice(&self.current.id);
        whole.extend_from_slice(nonce.as_ref());
        whole.extend_from_slice(&sealed);
        Ok(BASE64.encode(whole))
    }

    /// The same for a value, as JSON.
    pub fn seal_json<T: Serialize>(
        &self,
        purpose: Purpose,
        context: &[u8],
        lifetime: Duration,
        value: &T,
    ) -> Result<String, CryptographyFailed> {
        let payload = serde_json::to_vec(value).map_err(|_| CryptographyFailed)?;
        self.seal(purpose, context, lifetime, &payload)
    }

    /// What [`Sealer::seal_json`] sealed.
    pub fn open_json<T: DeserializeOwned>(
        &self,
        purpose: Purpose,
        context: &[u8],
        sealed: &str,
    ) -> Result<T, Unopened> {
        let payload = self.open(purpose, context, sealed)?;
        serde_json::from_slice(&payload).map_err(|_| Unopened::Foreign)
    }

    /// The payload of a sealed value, if it is ours, for this context, and not expired.
    pub fn open(
        &self,
        purpose: Purpose,
        context: &[u8],
        sealed: &str,
    ) -> Result<Vec<u8>, Unopened> {
        if sealed.len() > limits::SEALED_MAX_BYTES {
            return Err(Unopened::Foreign);
        }
        let mut whole = BASE64.decode(sealed).map_err(|_| Unopened::Foreign)?;
        if whole.len() < KEY_ID_BYTES + NONCE_LEN + EXPIRY_BYTES {
            return Err(Unopened::Foreign);
        }
        let (head, body) = whole.split_at_mut(KEY_ID_BYTES + NONCE_LEN);
        let (id, nonce) = head.split_at(KEY_ID_BYTES);
        let keys = std::iter::once(&self.current)
            .chain(&self.previous)
            .find(|keys| keys.id == id)
            .ok_or(Unopened::Foreign)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(|_| Unopened::Foreign)?;
        let plain = keys
            .key(purpose)
            .open_in_place(nonce, Aad::from(context), body)
            .map_err(|_| Unopened::Foreign)?;
        let (expires, payload) = plain
            .split_first_chunk::<EXPIRY_BYTES>()
            .ok_or(Unopened::Foreign)?;
        if u64::from_be_bytes(*expires) < now_seconds() {
            return Err(Unopened::Expired);
        }
        Ok(payload.to_vec())
    }
}

impl Subkeys {
    fn derive(secret: &Secret) -> Result<Self, CryptographyFailed> {
        let key = |purpose: Purpose| -> Result<RandomizedNonceKey, CryptographyFailed> {
            let subkey = subkey(secret, purpose.label())?;
            RandomizedNonceKey::new(&AES_256_GCM, &subkey).map_err(|_| CryptographyFailed)
        };
        let [cursor, confirmation, sign_in, access, refresh, more, link] = Purpose::ALL.map(key);
        Ok(Subkeys {
            id: key_id(secret)?,
            keys: [
                cursor?,
                confirmation?,
                sign_in?,
                access?,
                refresh?,
                more?,
                link?,
            ],
        })
    }

    fn key(&self, purpose: Purpose) -> &RandomizedNonceKey {
        &self.keys[purpose as usize]
    }
}

/// The subkey of a secret for one purpose.
fn subkey(secret: &Secret, label: &[u8]) -> Result<[u8; 32], CryptographyFailed> {
    let root = hkdf::Salt::new(hkdf::HKDF_SHA256, b"webex-mcp").extract(secret.expose_secret());
    let mut key = [0u8; 32];
    root.expand(&[label], hkdf::HKDF_SHA256)
        .and_then(|okm| okm.fill(&mut key))
        .map_err(|_| CryptographyFailed)?;
    Ok(key)
}

/// Identifies a secret without revealing it.
fn key_id(secret: &Secret) -> Result<[u8; KEY_ID_BYTES], CryptographyFailed> {
    let mut id = [0u8; KEY_ID_BYTES];
    id.copy_from_slice(&subkey(secret, b"webex-mcp key id 1")?[..KEY_ID_BYTES]);
    Ok(id)
}

/// A text of 256 random bits, for what is looked up by it and must not be guessed.
pub fn random_word() -> Result<String, CryptographyFailed> {
    let mut bytes = [0; 32];
    rand::fill(&mut bytes).map_err(|_| CryptographyFailed)?;
    Ok(BASE64.encode(bytes))
}

/// Whether two secrets are equal; takes the same time wherever they differ.
pub fn is_equal(one: &[u8], other: &[u8]) -> bool {
    aws_lc_rs::constant_time::verify_slices_are_equal(one, other).is_ok()
}

/// SHA-256, to bind a sealed value to arguments without containing them.
pub fn digest(bytes: &[u8]) -> [u8; 32] {
    let mut out = [0u8; 32];
    out.copy_from_slice(digest::digest(&digest::SHA256, bytes).as_ref());
    out
}

/// Bytes as two digits each.
pub fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    let mut text = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        let _ = write!(text, "{byte:02x}");
    }
    text
}

fn now_seconds() -> u64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |since| since.as_secs())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn sealer(byte: u8) -> Sealer {
        Sealer::new(&Secret::new(Box::new([byte; 32])), None).unwrap()
    }
    const HOUR: Duration = Duration::from_secs(3600);

    #[test]
    fn opens_only_in_its_own_context() {
        let ours = sealer(1);
        let sealed = ours
            .seal(Purpose::Cursor, b"alice", HOUR, b"page 2")
            .unwrap();
        assert_eq!(
            ours.open(Purpose::Cursor, b"alice", &sealed).unwrap(),
            b"page 2"
        );
        for (sealer, purpose, context) in [
            (&ours, Purpose::Cursor, &b"bob"[..]),
            (&ours, Purpose::Confirmation, b"alice"),
            (&sealer(2), Purpose::Cursor, b"alice"),
        ] {
            assert_eq!(
                sealer.open(purpose, context, &sealed),
                Err(Unopened::Foreign)
            );
        }
    }

    #[test]
    fn the_previous_secret_still_opens() {
        let old = sealer(1).seal(Purpose::Cursor, b"", HOUR, b"x").unwrap();
        let (new, previous) = (
            Secret::new(Box::new([2; 32])),
            Secret::new(Box::new([1; 32])),
        );
        let rolled = Sealer::new(&new, Some(&previous)).unwrap();
        assert_eq!(rolled.open(Purpose::Cursor, b"", &old).unwrap(), b"x");
    }

    proptest! {
        #[test]
        fn any_change_is_noticed(payload: Vec<u8>, at: usize, bit in 0u8..8) {
            let ours = sealer(1);
            let sealed = ours.seal(Purpose::Cursor, b"c", HOUR, &payload).unwrap();
            prop_assert_eq!(ours.open(Purpose::Cursor, b"c", &sealed).unwrap(), payload);
            let mut raw = BASE64.decode(&sealed).unwrap();
            let at = at % raw.len();
            raw[at] ^= 1 << bit;
            prop_assert_eq!(
                ours.open(Purpose::Cursor, b"c", &BASE64.encode(raw)),
                Err(Unopened::Foreign)
            );
        }

        #[test]
        fn no_string_panics(sealed: String) {
            prop_assert!(sealer(1).open(Purpose::Cursor, b"", &sealed).is_err());
        }
    }
}
