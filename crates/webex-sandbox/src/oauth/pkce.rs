//! PKCE (RFC 7636): a code is useful only to the application that requested it.

use std::ops::RangeInclusive;

use aws_lc_rs::digest;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::rows::oauth::Challenge;

/// Characters of a verifier, and of a challenge.
const LENGTH_CHARS: RangeInclusive<usize> = 43..=128;

impl Challenge {
    /// `None` where the method is unknown or the challenge is malformed.
    pub(super) fn read(challenge: &str, method: Option<&str>) -> Option<Self> {
        if !is_word(challenge) {
            return None;
        }
        match method {
            None | Some("plain") => Some(Challenge::Plain(challenge.to_owned())),
            Some("S256") => Some(Challenge::Sha256(challenge.to_owned())),
            Some(_) => None,
        }
    }

    pub(super) fn is_met_by(&self, verifier: &str) -> bool {
        is_word(verifier)
            && match self {
                Challenge::Plain(challenge) => challenge == verifier,
                Challenge::Sha256(challenge) => {
                    let hash = digest::digest(&digest::SHA256, verifier.as_bytes());
                    *challenge == URL_SAFE_NO_PAD.encode(hash)
                }
            }
    }
}

fn is_word(text: &str) -> bool {
    let is_unreserved = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    LENGTH_CHARS.contains(&text.len()) && text.bytes().all(is_unreserved)
}

#[cfg(test)]
mod tests {
    use super::*;

    const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";

    #[test]
    fn the_example_of_the_rfc_is_met_and_nothing_else() {
        let challenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
        let read = |method| Challenge::read(challenge, method);
        assert!(read(Some("S256")).unwrap().is_met_by(VERIFIER));
        assert!(!read(Some("S256")).unwrap().is_met_by(challenge));
        for method in [None, Some("plain")] {
            assert!(read(method).unwrap().is_met_by(challenge));
            assert!(!read(method).unwrap().is_met_by(VERIFIER));
        }
        assert_eq!(read(Some("s256")), None);
    }

    #[test]
    fn what_is_too_short_too_long_or_strange_is_no_challenge() {
        for wrong in [
            "",
            &VERIFIER[1..],
            &"a".repeat(129),
            &VERIFIER.replace('_', "+"),
        ] {
            assert_eq!(Challenge::read(wrong, None), None);
        }
    }
}
