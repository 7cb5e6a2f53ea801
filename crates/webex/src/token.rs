//! The access token: usable as a header, impossible to print, wiped from memory when dropped.

use std::fmt;

use bytes::Bytes;
use http::HeaderValue;
use secrecy::{ExposeSecret, SecretString};

use crate::error::WebexError;

const SCHEME: &str = "Bearer ";

/// A Webex access token. `Debug` hides it; there is no `Display` and no `Serialize`.
///
/// It is stored as the finished header value, so a call neither copies nor formats it; clones share
/// it.
#[derive(Clone)]
pub struct AccessToken {
    header: HeaderValue,
}

/// Owns bytes that are being sent; `secrecy` wipes them when the last clone is dropped.
pub(crate) struct Secret(pub SecretString);

impl AsRef<[u8]> for Secret {
    fn as_ref(&self) -> &[u8] {
        self.0.expose_secret().as_bytes()
    }
}

impl AccessToken {
    /// Takes a token as Webex issued it, without `Bearer`.
    ///
    /// # Errors
    /// [`WebexError::Invalid`] where it is empty or contains a character that no bearer token has.
    pub fn new(token: impl Into<String>) -> Result<Self, WebexError> {
        let token = SecretString::from(token.into());
        let exposed = token.expose_secret();
        if exposed.is_empty() {
            return Err(WebexError::invalid("access_token", "it is empty"));
        }
        // The alphabet of bearer tokens (RFC 6750, 2.1).
        let in_token = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~+/=".contains(&byte);
        if !exposed.bytes().all(in_token) {
            return Err(WebexError::invalid(
                "access_token",
                "it contains a space, a quote or another character that no token has; copy it again",
            ));
        }
        let mut bearer = String::with_capacity(SCHEME.len() + exposed.len());
        bearer.push_str(SCHEME);
        bearer.push_str(exposed);
        let bytes = Bytes::from_owner(Secret(SecretString::from(bearer)));
        let mut header = HeaderValue::from_maybe_shared(bytes)
            .map_err(|_| WebexError::invalid("access_token", "it does not fit into a header"))?;
        header.set_sensitive(true);
        Ok(Self { header })
    }

    /// The token itself, for the few places that must pass it on.
    pub fn expose(&self) -> &str {
        let header = self.header.to_str().unwrap_or_default();
        header.strip_prefix(SCHEME).unwrap_or_default()
    }

    /// The value of the `Authorization` header, marked sensitive.
    pub(crate) fn header(&self) -> HeaderValue {
        self.header.clone()
    }
}

impl fmt::Debug for AccessToken {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("AccessToken(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_usable_and_cannot_be_printed() {
        let token = AccessToken::new("abc-123").unwrap();
        assert_eq!(token.expose(), "abc-123");
        assert_eq!(token.header().as_bytes(), b"Bearer abc-123");
        assert_eq!(format!("{token:?}"), "AccessToken(…)");
        assert_eq!(format!("{:?}", token.header()), "Sensitive");
    }

    #[test]
    fn what_is_no_token_is_refused_without_being_repeated() {
        for wrong in [
            "",
            "two words",
            "line\nbreak",
            "ümlaut",
            "nul\0",
            "\"tok\"",
            "'tok'",
            "<token>",
            "$TOKEN",
        ] {
            let error = AccessToken::new(wrong).unwrap_err();
            assert!(matches!(
                error,
                WebexError::Invalid {
                    field: "access_token",
                    ..
                }
            ));
            assert!(wrong.is_empty() || !error.to_string().contains(wrong));
        }
    }
}
