//! The cookies: one binds a sign-in to one browser, the other keeps a browser signed in on the
//! account page.

use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::Response;

use crate::broker::Refused;
use crate::limits;
use crate::seal::random_word;

/// With this beginning, browsers accept them only from this host, over TLS or on their own machine.
const NAME: &str = "__Host-webex-mcp-sign-in";
const SESSION: &str = "__Host-webex-mcp-account";
const WORD_BYTES: usize = 43;

/// The browser's word, if it has one.
pub fn read(headers: &HeaderMap) -> Option<&str> {
    word_in(headers, NAME)
}

/// The word of a browser that is signed in.
pub fn session(headers: &HeaderMap) -> Option<&str> {
    word_in(headers, SESSION)
}

fn word_in<'h>(headers: &'h HeaderMap, wanted: &str) -> Option<&'h str> {
    let cookies = headers.get_all(header::COOKIE).iter();
    let cookies = cookies.filter_map(|value| value.to_str().ok());
    let mut pairs = cookies.flat_map(|cookies| cookies.split(';'));
    pairs.find_map(|pair| {
        let (name, word) = pair.trim().split_once('=')?;
        let is_word = word.len() == WORD_BYTES
            && word
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b"-_".contains(&b));
        (name == wanted && is_word).then_some(word)
    })
}

/// The browser's word, or one for a browser that has none.
///
/// # Errors
/// The operating system gives no random bytes.
pub fn word(headers: &HeaderMap) -> Result<String, Refused> {
    match read(headers) {
        Some(word) => Ok(word.to_owned()),
        None => random_word().map_err(|_| Refused::unavailable()),
    }
}

/// The answer, with that word: the browser has as long as there is from now on.
pub fn remembering(browser: &str, mut response: Response) -> Response {
    if let Some(cookie) = set(browser) {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    response
}

/// The header that gives the browser its word, or gives it once more.
fn set(word: &str) -> Option<HeaderValue> {
    header(NAME, word, limits::SIGN_IN_SECONDS)
}

/// The header that signs the browser in.
pub fn sign_in(word: &str) -> Option<HeaderValue> {
    header(SESSION, word, limits::SESSION_SECONDS)
}

/// The header that signs it out.
pub fn sign_out() -> Option<HeaderValue> {
    header(SESSION, "", 0)
}

fn header(name: &str, word: &str, seconds: u64) -> Option<HeaderValue> {
    let cookie =
        format!("{name}={word}; Path=/; Max-Age={seconds}; Secure; HttpOnly; SameSite=Lax");
    let mut value = HeaderValue::from_str(&cookie).ok()?;
    value.set_sensitive(true);
    Some(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_read_among_others_and_only_in_its_form() {
        let word = "a".repeat(WORD_BYTES);
        for (sent, expected) in [
            (format!("{NAME}={word}"), true),
            (format!("other=1; {NAME}={word}; more=2"), true),
            (format!("{NAME}={word}a"), false),
            (format!("{NAME}={}<", &word[1..]), false),
            (format!("x{NAME}={word}"), false),
            (String::new(), false),
        ] {
            let value = HeaderValue::from_str(&sent).unwrap();
            let headers = HeaderMap::from_iter([(header::COOKIE, value)]);
            assert_eq!(read(&headers).is_some(), expected, "{sent}");
            assert!(session(&headers).is_none(), "{sent}");
        }
        let set = set(&word).unwrap();
        assert!(set.is_sensitive() && set.to_str().unwrap().contains("HttpOnly"));
    }
}
