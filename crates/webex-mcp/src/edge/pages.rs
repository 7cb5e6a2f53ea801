//! What all of our pages share: the document around a card, and what protects it.

use std::fmt::Write as _;

use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};

use crate::seal::random_word;
use crate::text::Escaped;

/// Colors, sizes and parts, as on the sandbox's pages.
const BASE: &str = include_str!("../../../../pages/base.css");

/// A card in the middle of an otherwise empty page.
pub fn card(status: StatusCode, title: &str, inside: &str) -> Response {
    page(status, title, "card", inside)
}

/// The same for lists, as wide as text is read.
pub fn wide_card(status: StatusCode, title: &str, inside: &str) -> Response {
    page(status, title, "card wide", inside)
}

fn page(status: StatusCode, title: &str, class: &str, inside: &str) -> Response {
    let Ok(nonce) = random_word() else {
        return StatusCode::SERVICE_UNAVAILABLE.into_response();
    };
    let page = format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n\
         <title>{title} – Webex for agents</title>\n\
         <style nonce=\"{nonce}\">\n{BASE}</style>\n</head>\n\
         <body class=\"sheet\">\n<main class=\"{class}\">\n{inside}\n</main>\n</body>\n</html>\n",
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
