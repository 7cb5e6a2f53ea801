//! The pages: plain HTML forms without scripts, in which everything is escaped.

use std::fmt::{self, Write as _};

use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use webex::scopes;

use crate::broker::{Asked, Client, Offer, Refused, Vouched, shown_redirect};
use crate::seal::random_word;

/// The form's value for consent.
pub const ACCEPT: &str = "accept";

/// Colors, sizes and parts, as on the sandbox's pages.
const BASE: &str = include_str!("../../../../../pages/base.css");

/// Text in the form that is safe in a page or in a quoted attribute.
struct Escaped<'a>(&'a str);

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

/// Asks a person whether a client may act as them.
pub fn consent(asked: &Asked, client: &Client, offer: &Offer, sealed: &str) -> Response {
    let (who, tag) = match &client.vouched {
        Vouched::Operator => ("registered by this server's operator".to_owned(), ""),
        Vouched::Host(host) => (host.clone(), "<span class=\"tag\">by its address</span>"),
        Vouched::Nobody => (
            shown_redirect(&asked.redirect_uri),
            "<span class=\"tag\">not verified</span>",
        ),
    };
    let mut page = format!(
        "<header class=\"asker\"><div><h1><bdi>{name}</bdi> asks for access</h1>\
         <p class=\"muted\">{who} {tag}</p></div></header>\n\
         <p>It wants to use <strong>{title}</strong> as you.</p>\n\
         <form method=\"post\" action=\"/oauth/consent\">\
         <input type=\"hidden\" name=\"request\" value=\"{sealed}\">\n\
         <section aria-labelledby=\"grants\"><h2 id=\"grants\">If you accept, it may</h2>\
         <ul class=\"grants\" tabindex=\"0\" aria-labelledby=\"grants\">",
        name = Escaped(&client.name),
        who = Escaped(&who),
        title = Escaped(&offer.title),
        sealed = Escaped(sealed),
    );
    for line in scopes::in_words(&asked.scopes) {
        let _ = write!(page, "<li>{}</li>", Escaped(&line));
    }
    page.push_str(
        "</ul>\n<details><summary>Scopes</summary>\
         <ul class=\"scopes\" tabindex=\"0\" aria-label=\"Scopes\">",
    );
    for scope in &asked.scopes {
        let _ = write!(page, "<li><code>{}</code></li>", Escaped(scope));
    }
    let _ = write!(
        page,
        "</ul></details></section>\n\
         <p class=\"help\">Next, Webex asks you to sign in. Then you go back to {back}.</p>\n\
         <div class=\"buttons\"><button class=\"primary\" name=\"decision\" value=\"{ACCEPT}\">Accept</button>\
         <button class=\"quiet\" name=\"decision\" value=\"decline\">Decline</button></div></form>",
        back = Escaped(&shown_redirect(&asked.redirect_uri)),
    );
    card(StatusCode::OK, "Consent", &page)
}

/// Says why a sign-in cannot go on, where it is not certain that a client should hear it.
pub fn refused(status: StatusCode, why: &Refused) -> Response {
    let page = format!(
        "<h1>This sign-in cannot continue</h1>\n<p class=\"error\" role=\"alert\">{}</p>\n\
         <p class=\"help\">You can close this page.</p>",
        Escaped(&why.description)
    );
    card(status, "Refused", &page)
}

/// A card in the middle of an otherwise empty page.
fn card(status: StatusCode, title: &str, inside: &str) -> Response {
    let Ok(nonce) = random_word() else {
        return StatusCode::SERVICE_UNAVAILABLE.into_response();
    };
    let page = format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n\
         <title>{title} – Webex for agents</title>\n\
         <style nonce=\"{nonce}\">\n{BASE}</style>\n</head>\n\
         <body class=\"sheet\">\n<main class=\"card\">\n{inside}\n</main>\n</body>\n</html>\n",
        title = Escaped(title),
    );
    let mut response = (status, page).into_response();
    let html = HeaderValue::from_static("text/html; charset=utf-8");
    response.headers_mut().insert(header::CONTENT_TYPE, html);
    protect(response.headers_mut(), Some(&nonce));
    response
}

/// Protects an answer that a browser shows: no other site may frame it, cache it or read its
/// address, no script runs, and only the style with the nonce counts.
///
/// There is no `form-action`: browsers apply it also to the redirects after a form, and those lead
/// to Webex and to the client.
pub fn protect(headers: &mut HeaderMap, nonce: Option<&str>) {
    let mut policy = String::from("default-src 'none'; base-uri 'none'; frame-ancestors 'none'");
    if let Some(nonce) = nonce {
        let _ = write!(policy, "; style-src 'nonce-{nonce}'");
    }
    if let Ok(policy) = HeaderValue::from_str(&policy) {
        headers.insert(header::CONTENT_SECURITY_POLICY, policy);
    }
    for (name, value) in [
        (header::X_FRAME_OPTIONS, "DENY"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        // The form has to send its own origin.
        (header::REFERRER_POLICY, "same-origin"),
        (header::CACHE_CONTROL, "no-store"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_people_wrote_stays_text() {
        let escaped = Escaped("<b a=\"x\" b='y'>&").to_string();
        assert_eq!(escaped, "&lt;b a=&quot;x&quot; b=&#39;y&#39;&gt;&amp;");
    }
}
