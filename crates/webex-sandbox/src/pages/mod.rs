//! What all pages share: the style sheet, the document around the content, escaping, and the
//! security policy.

pub(crate) mod form_token;

use std::fmt::{self, Write as _};

use axum::response::{Html, IntoResponse, Response};
use http::header::{
    ACCEPT, CACHE_CONTROL, CONTENT_SECURITY_POLICY, HeaderValue, REFERRER_POLICY,
    X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
};
use http::{HeaderMap, StatusCode};
use uuid::Uuid;

/// Colors, sizes and parts of every page.
const BASE: &str = include_str!("../../../../pages/base.css");

/// How many colors the style sheet has for people's initials.
const HUES: u32 = 8;

/// Text in the form that is safe in a page or in a quoted attribute.
pub(crate) struct Escaped<'a>(pub(crate) &'a str);

impl fmt::Display for Escaped<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for letter in self.0.chars() {
            match letter {
                '&' => f.write_str("&amp;")?,
                '<' => f.write_str("&lt;")?,
                '>' => f.write_str("&gt;")?,
                '"' => f.write_str("&quot;")?,
                '\'' => f.write_str("&#39;")?,
                letter => f.write_char(letter)?,
            }
        }
        Ok(())
    }
}

/// A text that nobody guesses: 244 random bits.
pub(crate) fn random() -> String {
    format!("{}{}", Uuid::new_v4().simple(), Uuid::new_v4().simple())
}

/// One page. Styles and scripts run only with the nonce of this answer.
#[derive(Debug)]
pub(crate) struct Document<'a> {
    pub(crate) title: &'a str,
    /// Markup of the head besides title and style; `{nonce}` stands for the nonce.
    pub(crate) head: &'a str,
    /// Markup of the body, its own tag included.
    pub(crate) body: &'a str,
}

impl Document<'_> {
    pub(crate) fn answer(&self, status: StatusCode) -> Response {
        let nonce = random();
        let Document { title, head, body } = self;
        let head = head.replace("{nonce}", &nonce);
        let page = format!(
            "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
             <meta name=\"color-scheme\" content=\"light dark\">\n\
             <title>{title} – Webex sandbox</title>\n\
             <style nonce=\"{nonce}\">\n{BASE}</style>\n{head}</head>\n{body}\n</html>\n",
            title = Escaped(title),
        );
        let mut response = (status, Html(page)).into_response();
        protect(response.headers_mut(), Some(&nonce));
        response
    }
}

/// A card in the middle of an otherwise empty page.
pub(crate) fn card(status: StatusCode, title: &str, inside: &str) -> Response {
    let body = format!("<body class=\"sheet\">\n<main class=\"card\">\n{inside}\n</main>\n</body>");
    let (head, body) = ("", body.as_str());
    Document { title, head, body }.answer(status)
}

/// Protects an answer that a browser shows: no other site may frame it, cache it or read its
/// address; only scripts and styles with the nonce run, and scripts reach only this origin.
///
/// There is no `form-action`: browsers apply it also to the redirects after a form, and those lead
/// to the application that asked for consent, and further on.
pub(crate) fn protect(headers: &mut HeaderMap, nonce: Option<&str>) {
    let mut policy = String::from("default-src 'none'; base-uri 'none'; frame-ancestors 'none'");
    if let Some(nonce) = nonce {
        let _ = write!(
            policy,
            "; style-src 'nonce-{nonce}'; script-src 'nonce-{nonce}'; connect-src 'self'"
        );
    }
    if let Ok(policy) = HeaderValue::from_str(&policy) {
        headers.insert(CONTENT_SECURITY_POLICY, policy);
    }
    for (name, value) in [
        (X_FRAME_OPTIONS, "DENY"),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        // The forms of these pages have to send their own origin.
        (REFERRER_POLICY, "same-origin"),
        (CACHE_CONTROL, "no-store"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
}

/// Whether a caller shows pages to a person.
pub(crate) fn reads_pages(headers: &HeaderMap) -> bool {
    let accepts = headers.get(ACCEPT).and_then(|value| value.to_str().ok());
    accepts.is_some_and(|accepts| accepts.contains("text/html"))
}

/// A round mark with the initials of a name, in the color of that name.
pub(crate) fn initials(name: &str) -> String {
    let mut words = name.split_whitespace();
    let first = |word: Option<&str>| word.and_then(|word| word.chars().next());
    let letters = [first(words.next()), first(words.next_back())];
    let letters: String = letters.into_iter().flatten().collect();
    let hue = name
        .chars()
        .fold(0_u32, |sum, letter| {
            sum.wrapping_mul(31).wrapping_add(u32::from(letter))
        })
        .wrapping_rem(HUES);
    format!(
        "<span class=\"initials hue-{hue}\" aria-hidden=\"true\">{}</span>",
        Escaped(&letters.to_uppercase())
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_people_wrote_stays_text() {
        let escaped = Escaped("<b a=\"x\" b='y'>&").to_string();
        assert_eq!(escaped, "&lt;b a=&quot;x&quot; b=&#39;y&#39;&gt;&amp;");
        assert!(initials("<script>").contains("\">&lt;</span>"));
        assert!(initials("Alice van der Johnson").contains("\">AJ</span>"));
        assert!(initials(" ").contains("\"></span>"));
    }

    #[test]
    fn each_page_has_a_nonce_of_its_own() {
        let policy = || {
            let response = card(StatusCode::OK, "Title", "");
            let policy = response.headers()[CONTENT_SECURITY_POLICY].to_str();
            policy.unwrap().to_owned()
        };
        let (one, other) = (policy(), policy());
        assert_ne!(one, other);
        assert!(one.contains("script-src 'nonce-"), "{one}");
        assert!(!one.contains("unsafe"), "{one}");
    }
}
