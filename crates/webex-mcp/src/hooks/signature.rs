//! The signature of a delivery.

use aws_lc_rs::hmac;

#[cfg(test)]
use crate::seal::hex;

/// What a delivery is signed with, as its headers say it.
#[derive(Debug, Clone, Copy, Default)]
pub struct Signed<'a> {
    /// `X-Spark-Signature`: HMAC-SHA1 of the body, in hex.
    pub sha1: Option<&'a str>,
    /// `X-Webex-Signature`: HMAC-SHA256, where it is sent. Webex does not document it; some of its
    /// clients look for it.
    pub sha256: Option<&'a str>,
}

impl Signed<'_> {
    /// Whether the holder of the secret signed this body. Every signature that was sent has to be
    /// right, and the first has to be there.
    pub fn is_by(&self, secret: &str, body: &[u8]) -> bool {
        let is_right = |algorithm, signature: &str| {
            let key = hmac::Key::new(algorithm, secret.as_bytes());
            // Takes the same time wherever the two differ.
            unhex(signature).is_some_and(|tag| hmac::verify(&key, body, &tag).is_ok())
        };
        let is_first_right = self
            .sha1
            .is_some_and(|tag| is_right(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, tag));
        let is_second_right = self.sha256.is_none_or(|tag| {
            let tag = tag.strip_prefix("sha256=").unwrap_or(tag);
            is_right(hmac::HMAC_SHA256, tag)
        });
        is_first_right && is_second_right
    }
}

/// A SHA-1 tag as Webex sends it.
#[cfg(test)]
pub(crate) fn sign(secret: &str, body: &str) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, secret.as_bytes());
    hex(hmac::sign(&key, body.as_bytes()).as_ref())
}

fn unhex(text: &str) -> Option<Vec<u8>> {
    /// Two digits make a byte; SHA-256 has 32 bytes.
    const MOST_DIGITS: usize = 64;
    let digits = text.as_bytes();
    if digits.len() > MOST_DIGITS || !digits.len().is_multiple_of(2) {
        return None;
    }
    let value = |digit: u8| char::from(digit).to_digit(16);
    let byte = |pair: &[u8]| u8::try_from(value(pair[0])? * 16 + value(pair[1])?).ok();
    digits.chunks_exact(2).map(byte).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const BODY: &[u8] = b"what do ya want for nothing?";
    /// RFC 2202 and RFC 4231, test case 2.
    const SHA1: &str = "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79";
    const SHA256: &str = "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843";

    #[test]
    fn every_signature_that_was_sent_has_to_be_right() {
        let upper = SHA1.to_ascii_uppercase();
        let prefixed = format!("sha256={SHA256}");
        let cases = [
            (Some(SHA1), None, true),
            (Some(&*upper), None, true),
            (Some(SHA1), Some(SHA256), true),
            (Some(SHA1), Some(&*prefixed), true),
            (None, None, false),
            (None, Some(SHA256), false),
            (Some(SHA256), None, false),
            (Some(SHA1), Some(SHA1), false),
            (Some(SHA1), Some(""), false),
            (Some(""), None, false),
            (Some("effcdf6ae5eb2fa2d27416d5f184df9c259a7c7"), None, false),
            (Some("effcdf6ae5eb2fa2d27416d5f184df9c259a7c"), None, false),
            (
                Some("effcdf6ae5eb2fa2d27416d5f184df9c259a7c78"),
                None,
                false,
            ),
            (
                Some("+ffcdf6ae5eb2fa2d27416d5f184df9c259a7c79"),
                None,
                false,
            ),
            (
                Some("zzzcdf6ae5eb2fa2d27416d5f184df9c259a7c79"),
                None,
                false,
            ),
        ];
        for (sha1, sha256, expected) in cases {
            let signed = Signed { sha1, sha256 };
            assert_eq!(signed.is_by("Jefe", BODY), expected, "{signed:?}");
            assert!(!signed.is_by("Jefe", &BODY[1..]), "{signed:?}");
            assert!(!signed.is_by("jefe", BODY), "{signed:?}");
        }
    }
}
