//! The cookie that binds a sign-in to one browser.

use axum::http::{HeaderMap, HeaderValue, header};

use crate::limits;

/// With this beginning, browsers accept it only from this host, over TLS or on their own machine.
const NAME: &str = "__Host-webex-mcp-sign-in";
const WORD_BYTES: usize = 43;

/// The browser's word, if it has one.
pub fn read(headers: &HeaderMap) -> Option<&str> {
    let cookies = headers.get_all(header::COOKIE).iter();
    let cookies = cookies.filter_map(|value| value.to_str().ok());
    let mut pairs = cookies.flat_map(|cookies| cookies.split(';'));
    pairs.find_map(|pair| {
        let (name, word) = pair.trim().split_once('=')?;
        let is_word = word.len() == WORD_BYTES
            && word
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b"-_".contains(&b));
        (name == NAME && is_word).then_some(word)
    })
}

/// The header that gives the browser its word, or gives it once more.
pub fn set(word: &str) -> Option<HeaderValue> {
    let seconds = limits::SIGN_IN_SECONDS;
    let cookie =
        format!("{NAME}={word}; Path=/; Max-Age={seconds}; Secure; HttpOnly; SameSite=Lax");
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
        }
        let set = set(&word).unwrap();
        assert!(set.is_sensitive() && set.to_str().unwrap().contains("HttpOnly"));
    }
}
