//! Digests of people's text, and pseudonyms. Both are keyed, because short texts could be guessed.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;

use crate::seal::DigestKey;

/// The deployment's key of digests. It is made once and does not roll with the secret, so a person's
/// pseudonym and a text's digest stay the same.
#[derive(Debug, Clone)]
pub struct DurableKey(DigestKey);

/// Of a pseudonym: enough that two people never share one.
const PSEUDONYM_BYTES: usize = 16;

impl DurableKey {
    pub(super) fn new(key: DigestKey) -> Self {
        DurableKey(key)
    }

    /// The digest of a call's arguments, or of another text.
    pub fn digest(&self, bytes: &[u8]) -> [u8; 32] {
        self.0.digest(&[b"text", bytes])
    }

    /// The pseudonym of whoever holds a token: the same for the same token, and no way back to it.
    pub fn principal_of(&self, token: &[u8]) -> String {
        BASE64.encode(&self.0.digest(&[b"principal", token])[..PSEUDONYM_BYTES])
    }

    /// A digest that tells apart what it is of by its first part.
    pub(super) fn of(&self, parts: &[&[u8]]) -> [u8; 32] {
        self.0.digest(parts)
    }
}
