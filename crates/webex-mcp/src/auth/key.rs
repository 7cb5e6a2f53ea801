//! The key that turns tokens into tags. It does not change with the sealing key, so that a caller
//! keeps its identity when the sealing key is replaced.

use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use secrecy::ExposeSecret as _;
use webex::AccessToken;

use crate::identity::CredentialTag;
use crate::seal::Secret;

/// Half of an HMAC-SHA256: with 128 bits, nobody finds a second token that has the same tag.
const TAG_BYTES: usize = 16;

/// HMAC-SHA256 with a durable key of 32 bytes. It cannot be printed and is wiped when dropped.
pub struct PrincipalKey(hmac::Key);

impl std::fmt::Debug for PrincipalKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("PrincipalKey(…)")
    }
}

impl PrincipalKey {
    /// Takes the key and keeps only the HMAC state.
    pub fn new(key: &Secret) -> Self {
        PrincipalKey(hmac::Key::new(hmac::HMAC_SHA256, key.expose_secret()))
    }

    /// The tag of a token: always the same for a token, which cannot be found from it.
    pub fn tag(&self, token: &AccessToken) -> CredentialTag {
        let tag = hmac::sign(&self.0, token.expose().as_bytes());
        CredentialTag::new(BASE64.encode(&tag.as_ref()[..TAG_BYTES]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_is_stable_and_tells_nothing() {
        let secret = |byte| Secret::new(Box::new([byte; 32]));
        let token = AccessToken::new("secret-token").unwrap();
        let tag = |key: PrincipalKey| key.tag(&token);
        let one = tag(PrincipalKey::new(&secret(1)));
        assert_eq!(one, tag(PrincipalKey::new(&secret(1))));
        assert_ne!(one, tag(PrincipalKey::new(&secret(2))));
        assert!(!one.as_str().contains("secret"));
        assert_eq!(one.as_str().len(), 22);
        assert!(!format!("{:?}", PrincipalKey::new(&secret(1))).contains('1'));
    }
}
