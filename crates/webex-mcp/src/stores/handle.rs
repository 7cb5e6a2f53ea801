//! Handles: 256 random bits in a URL, the key to the value stored under their digest.
//!
//! A store keeps only the digest and the encrypted value, which are useless without the handle.

use aws_lc_rs::aead::{AES_256_GCM, Aad, NONCE_LEN, Nonce, RandomizedNonceKey};
use aws_lc_rs::{hkdf, rand};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use serde::Serialize;
use serde::de::DeserializeOwned;
use zeroize::Zeroizing;

use crate::error::CallError;
use crate::seal::{digest, hex};

const HANDLE_BYTES: usize = 32;
const TAG_BYTES: usize = 16;

/// Wiped when dropped; printed only into its URL.
pub struct Handle(Zeroizing<[u8; HANDLE_BYTES]>);

impl std::fmt::Debug for Handle {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Handle(…)")
    }
}

impl Handle {
    /// A new handle, which nobody else can guess.
    pub fn fresh() -> Result<Self, CallError> {
        let mut bytes = Zeroizing::new([0; HANDLE_BYTES]);
        rand::fill(bytes.as_mut()).map_err(|_| CallError::internal("no random bytes"))?;
        Ok(Handle(bytes))
    }

    /// The handle in a URL; `None` for text that is not a handle.
    pub fn parse(text: &str) -> Option<Self> {
        let mut bytes = Zeroizing::new([0; HANDLE_BYTES]);
        let read = BASE64.decode_slice(text, bytes.as_mut()).ok()?;
        (read == HANDLE_BYTES).then_some(Handle(bytes))
    }

    /// The handle as it appears in a URL.
    pub fn text(&self) -> String {
        BASE64.encode(*self.0)
    }

    /// The digest, which is all that a store may know of the handle.
    pub fn digest(&self) -> String {
        hex(&digest(self.0.as_ref()))
    }

    /// Seals a value so that only this handle opens it, and only for this purpose.
    pub fn seal(&self, purpose: &str, value: &impl Serialize) -> Result<Vec<u8>, CallError> {
        let plain = Zeroizing::new(serde_json::to_vec(value).map_err(CallError::internal)?);
        // There is room for the tag, so that the buffer is not moved and no copy of it is left
        // behind.
        let mut sealed = Vec::with_capacity(plain.len() + TAG_BYTES + NONCE_LEN);
        sealed.extend_from_slice(&plain);
        let nonce = self
            .key(purpose)?
            .seal_in_place_append_tag(Aad::empty(), &mut sealed)
            .map_err(|_| CallError::internal("a value could not be sealed"))?;
        sealed.extend_from_slice(nonce.as_ref());
        Ok(sealed)
    }

    /// Opens what was sealed with this handle; `None` for anything else.
    pub fn open<T: DeserializeOwned>(
        &self,
        purpose: &str,
        sealed: &[u8],
    ) -> Result<Option<T>, CallError> {
        let mut sealed = Zeroizing::new(sealed.to_vec());
        let Some(length) = sealed.len().checked_sub(NONCE_LEN) else {
            return Ok(None);
        };
        let (body, nonce) = sealed.split_at_mut(length);
        let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(CallError::internal)?;
        let key = self.key(purpose)?;
        let Ok(plain) = key.open_in_place(nonce, Aad::empty(), body) else {
            return Ok(None);
        };
        Ok(serde_json::from_slice(plain).ok())
    }

    /// A handle already is a key of full strength; HKDF derives one for each purpose.
    fn key(&self, purpose: &str) -> Result<RandomizedNonceKey, CallError> {
        let failed = |_| CallError::internal("a key could not be derived");
        let root = hkdf::Salt::new(hkdf::HKDF_SHA256, b"webex-mcp handle 1");
        let mut key = Zeroizing::new([0; 32]);
        root.extract(self.0.as_ref())
            .expand(&[purpose.as_bytes()], hkdf::HKDF_SHA256)
            .and_then(|material| material.fill(key.as_mut()))
            .map_err(failed)?;
        RandomizedNonceKey::new(&AES_256_GCM, key.as_ref()).map_err(failed)
    }
}

/// The name under which a store counts for somebody: of fixed length, and one-way.
pub fn counted(of: &str, who: &str) -> String {
    format!("{of}/{}", hex(&digest(who.as_bytes())[..16]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn only_the_handle_opens_and_only_for_its_purpose() {
        let (one, other) = (Handle::fresh().unwrap(), Handle::fresh().unwrap());
        let sealed = one.seal("a", &"very-secret").unwrap();
        let opened = |handle: &Handle, purpose| handle.open::<String>(purpose, &sealed).unwrap();
        let again = Handle::parse(&one.text()).unwrap();
        assert_eq!(opened(&again, "a").unwrap(), "very-secret");
        assert_eq!(opened(&other, "a"), None);
        assert_eq!(opened(&one, "b"), None);
        assert!(!sealed.windows(4).any(|window| window == b"very"));
        assert_eq!(one.digest(), again.digest());
        assert_ne!(one.digest(), other.digest());
        assert!(!one.digest().contains(&one.text()));
        assert!(!format!("{one:?}").contains(&one.text()));
    }

    proptest! {
        #[test]
        fn nothing_foreign_opens(text: String, sealed: Vec<u8>) {
            prop_assert!(Handle::parse(&text).is_none_or(|handle| handle.text() == text));
            let handle = Handle::fresh().unwrap();
            prop_assert_eq!(handle.open::<String>("a", &sealed).unwrap(), None);
        }

        #[test]
        fn any_change_is_noticed(value: String, at: usize, bit in 0u8..8) {
            let handle = Handle::fresh().unwrap();
            let mut sealed = handle.seal("a", &value).unwrap();
            let at = at % sealed.len();
            sealed[at] ^= 1 << bit;
            prop_assert_eq!(handle.open::<String>("a", &sealed).unwrap(), None);
        }
    }
}
