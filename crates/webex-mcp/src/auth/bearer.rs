//! The token that a request brings: in `Authorization`, or in the header that the operator named.

use http::{HeaderMap, HeaderName, HeaderValue, header};
use webex::AccessToken;

use super::{Head, Reason, Unknown};
use crate::limits;

const MALFORMED: Unknown = Unknown::new(
    Reason::Malformed,
    "A token must be given once, in one header, as `Bearer <token>`.",
);

/// As configuration files hold it that nobody filled in.
const NO_TOKEN: Unknown = Unknown::new(
    Reason::Malformed,
    "This is no token: send the token itself, as `Bearer <token>`, without quotes or brackets, and not the name of a variable.",
);

/// Headers that have another meaning here or on the way here.
const TAKEN: [HeaderName; 13] = [
    header::ACCEPT,
    header::CONNECTION,
    header::CONTENT_ENCODING,
    header::CONTENT_LENGTH,
    header::CONTENT_TYPE,
    header::COOKIE,
    header::EXPECT,
    header::FORWARDED,
    header::HOST,
    header::ORIGIN,
    header::TE,
    header::TRANSFER_ENCODING,
    header::UPGRADE,
];
const TAKEN_PREFIXES: [&str; 8] = [
    "access-control-",
    "idempotency-",
    "last-event-",
    "mcp-",
    "proxy-",
    "sec-",
    "x-forwarded-",
    "x-mcp-",
];

/// A header in which callers may send their token, beside `Authorization`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenHeader(HeaderName);

impl TokenHeader {
    /// # Errors
    /// Why a token cannot be sent in this header.
    pub fn new(name: &str) -> Result<Self, &'static str> {
        let name = HeaderName::try_from(name)
            .map_err(|_| "this is not the name of a header; write it as X-API-Token")?;
        let has = |prefix: &&str| name.as_str().starts_with(*prefix);
        if name == header::AUTHORIZATION {
            return Err("Authorization is always read; leave this setting out");
        }
        if TAKEN.contains(&name) || TAKEN_PREFIXES.iter().any(has) {
            return Err("this header has another meaning; choose one such as X-API-Token");
        }
        Ok(TokenHeader(name))
    }

    /// In lower case.
    pub fn name(&self) -> &str {
        self.0.as_str()
    }
}

/// The token of a request, or `None` where it brings none.
///
/// # Errors
/// `Malformed` for another scheme, a second token, or text that is not a token.
pub(super) fn read(head: &Head<'_>) -> Result<Option<AccessToken>, Unknown> {
    within(head, limits::BEARER_MAX_BYTES)
}

/// The same for a token of at most so many bytes.
///
/// # Errors
/// `Malformed`.
pub(super) fn within(head: &Head<'_>, most: usize) -> Result<Option<AccessToken>, Unknown> {
    let usual = one(head.headers, &header::AUTHORIZATION)?;
    let named = match head.token_header {
        Some(TokenHeader(name)) => one(head.headers, name)?,
        None => None,
    };
    let token = match (usual, named) {
        (None, None) => return Ok(None),
        (Some(text), None) => bearer(text).ok_or(MALFORMED)?,
        // Some programs put the token alone into a header of their own.
        (None, Some(text)) => bearer(text).unwrap_or(text),
        (Some(_), Some(_)) => return Err(MALFORMED),
    };
    if token.len() > most {
        return Err(MALFORMED);
    }
    AccessToken::new(token).map(Some).map_err(|_| NO_TOKEN)
}

/// The only value of a header, as text.
fn one<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Result<Option<&'a str>, Unknown> {
    let mut values = headers.get_all(name).iter();
    let first = values.next().map(HeaderValue::to_str).transpose();
    match (first, values.next()) {
        (Ok(first), None) => Ok(first),
        _ => Err(MALFORMED),
    }
}

/// What follows the scheme and its blanks, of which there may be several (RFC 9110 11.4).
fn bearer(text: &str) -> Option<&str> {
    let (scheme, token) = text.split_once(' ')?;
    let token = token.trim_start_matches(' ');
    scheme.eq_ignore_ascii_case("bearer").then_some(token)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sent(
        headers: &[(&'static str, &'static str)],
        named: Option<&TokenHeader>,
    ) -> Result<Option<String>, Reason> {
        let headers = headers.iter().map(|(name, value)| {
            let name = HeaderName::from_static(name);
            (name, HeaderValue::from_static(value))
        });
        let mut map = HeaderMap::new();
        headers.for_each(|(name, value)| {
            map.append(name, value);
        });
        let head = Head {
            headers: &map,
            address: None,
            is_forwarded: false,
            server: "",
            token_header: named,
        };
        let token = read(&head).map_err(|unknown| unknown.reason)?;
        Ok(token.map(|token| token.expose().to_owned()))
    }

    #[test]
    fn a_token_comes_once_in_one_of_two_headers() {
        let named = TokenHeader::new("X-API-Token").unwrap();
        let known = |token: &str| Ok(Some(token.to_owned()));
        for (headers, expected) in [
            (&[][..], Ok(None)),
            (&[("authorization", "Bearer a")], known("a")),
            (&[("authorization", "Bearer   a")], known("a")),
            (&[("authorization", "Bearer  a b")], Err(Reason::Malformed)),
            (&[("x-api-token", "Bearer a")], known("a")),
            (&[("x-api-token", "bearer a")], known("a")),
            (&[("x-api-token", "a")], known("a")),
            (
                &[("authorization", "Bearer a"), ("x-api-token", "a")],
                Err(Reason::Malformed),
            ),
            (
                &[("authorization", "Basic a"), ("x-api-token", "a")],
                Err(Reason::Malformed),
            ),
            (
                &[("x-api-token", "a"), ("x-api-token", "a")],
                Err(Reason::Malformed),
            ),
            (&[("x-api-token", "")], Err(Reason::Malformed)),
            (&[("x-api-token", "Basic a")], Err(Reason::Malformed)),
            (&[("authorization", "a")], Err(Reason::Malformed)),
        ] {
            assert_eq!(sent(headers, Some(&named)), expected, "{headers:?}");
        }
        // A header that nobody named is no credential.
        assert_eq!(sent(&[("x-api-token", "a")], None), Ok(None));
    }

    #[test]
    fn what_stands_in_place_of_a_token_is_told_apart() {
        for text in [
            "Bearer \"abc\"",
            "Bearer 'abc'",
            "Bearer <token>",
            "Bearer ${WEBEX_ACCESS_TOKEN}",
            "Bearer {{token}}",
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(header::AUTHORIZATION, text.parse().unwrap());
            let head = Head {
                headers: &headers,
                address: None,
                is_forwarded: false,
                server: "",
                token_header: None,
            };
            let unknown = read(&head).unwrap_err();
            assert!(unknown.message.contains("without quotes"), "{text}");
            assert_eq!(unknown.reason, Reason::Malformed);
        }
    }

    #[test]
    fn headers_with_another_meaning_are_refused() {
        for name in ["X-API-Token", "x-webex-token", "Token"] {
            assert!(TokenHeader::new(name).is_ok(), "{name}");
        }
        for name in [
            "",
            "two words",
            "Authorization",
            "Cookie",
            "Host",
            "Mcp-Session-Id",
            "X-Forwarded-For",
            "Idempotency-Key",
        ] {
            assert!(TokenHeader::new(name).is_err(), "{name}");
        }
    }
}
