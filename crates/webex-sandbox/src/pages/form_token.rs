//! Prevents another site from submitting a form of ours: a random text is in a cookie and in the
//! form.
//!
//! A caller that is not a browser sends neither `Origin` nor `Sec-Fetch-Site`, has no cookie of a
//! person, and so needs no token: scripts that consent in tests stay simple.

use axum::response::Response;
use http::HeaderMap;
use http::header::{COOKIE, HeaderName, HeaderValue, ORIGIN, SET_COOKIE};

use super::random;
use crate::problem::{Problem, Result};

/// The name of the cookie, and of the field.
const NAME: &str = "sandbox-form";

/// A header that only browsers send.
const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// The length of the result of [`random`].
const TOKEN_BYTES: usize = 64;

#[derive(Debug)]
pub(crate) struct FormToken(String);

impl FormToken {
    /// The token that the browser already has, so that several open pages work; otherwise a new
    /// one.
    pub(crate) fn of(headers: &HeaderMap) -> Self {
        let known = cookie(headers, NAME).filter(|text| is_token(text));
        FormToken(known.map_or_else(random, str::to_owned))
    }

    pub(crate) fn field(&self) -> String {
        format!(
            "<input type=\"hidden\" name=\"{NAME}\" value=\"{}\">",
            self.0
        )
    }

    /// Gives the token to the browser; a form of another site does not have it.
    pub(crate) fn remember(&self, mut response: Response) -> Response {
        let cookie = format!("{NAME}={}; Path=/; HttpOnly; SameSite=Lax", self.0);
        if let Ok(cookie) = HeaderValue::from_str(&cookie) {
            response.headers_mut().append(SET_COOKIE, cookie);
        }
        response
    }
}

/// Refuses a form that a browser sent without the token of its page.
pub(crate) fn check(headers: &HeaderMap, given: Option<&str>) -> Result<()> {
    let is_browser = headers.contains_key(ORIGIN) || headers.contains_key(SEC_FETCH_SITE);
    let kept = cookie(headers, NAME).filter(|text| is_token(text));
    Problem::forbidden(
        "This form does not come from this page, or its page was open for too long. Open the page again and allow its cookie.",
    )
    .unless(!is_browser || (kept.is_some() && kept == given))
}

pub(crate) fn cookie<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    let lines = headers.get_all(COOKIE).iter();
    let pairs = lines
        .filter_map(|line| line.to_str().ok())
        .flat_map(|line| line.split(';'));
    let mut pairs = pairs.filter_map(|pair| pair.trim().split_once('='));
    pairs
        .find(|(known, _)| *known == name)
        .map(|(_, value)| value)
}

fn is_token(text: &str) -> bool {
    text.len() == TOKEN_BYTES && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_browser_keeps_its_token_and_gets_one_in_place_of_nonsense() {
        let mut headers = HeaderMap::new();
        let token = FormToken::of(&headers).0;
        let cookie = HeaderValue::from_str(&format!("{NAME}={token}"));
        headers.insert(COOKIE, cookie.unwrap());
        assert_eq!(FormToken::of(&headers).0, token);
        headers.insert(COOKIE, HeaderValue::from_static("sandbox-form=\"><b>"));
        assert!(is_token(&FormToken::of(&headers).0));
    }
}
