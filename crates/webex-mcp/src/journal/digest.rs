//! Digests of people's text, and pseudonyms. Both use a key, because short texts could be guessed.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;

use crate::seal::DigestKey;

/// The digest key of the deployment. It is made once and does not change with the secret, so a
/// person's pseudonym and a text's digest stay the same.
#[derive(Debug, Clone)]
pub struct DurableKey(DigestKey);

/// The length of a pseudonym: enough that two people never share one.
const PSEUDONYM_BYTES: usize = 16;

impl DurableKey {
    pub(crate) fn new(key: DigestKey) -> Self {
        DurableKey(key)
    }

    /// The digest of a call's arguments, or of another text.
    pub fn digest(&self, bytes: &[u8]) -> [u8; 32] {
        self.0.digest(&[b"text", bytes])
    }

    /// The pseudonym of the holder of a token: always the same for a token, which cannot be found
    /// from it.
    pub fn principal_of(&self, token: &[u8]) -> String {
        BASE64.encode(&self.0.digest(&[b"principal", token])[..PSEUDONYM_BYTES])
    }

    /// A digest whose first part says what the other parts are.
    pub(super) fn of(&self, parts: &[&[u8]]) -> [u8; 32] {
        self.0.digest(parts)
    }
}
