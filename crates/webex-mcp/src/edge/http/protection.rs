//! The headers that protect every answer, whatever wrote it.

use axum::http::{HeaderMap, HeaderName, HeaderValue, header};

/// For answers that say nothing else: nobody on the way keeps them, and a browser that opens one runs
/// and loads nothing in it, shows it in no other page, guesses no type and tells nobody its address.
const ALWAYS: [(HeaderName, HeaderValue); 5] = [
    (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
    (
        header::CONTENT_SECURITY_POLICY,
        HeaderValue::from_static("default-src 'none'; base-uri 'none'; frame-ancestors 'none'"),
    ),
    (
        header::REFERRER_POLICY,
        HeaderValue::from_static("no-referrer"),
    ),
    (
        header::X_CONTENT_TYPE_OPTIONS,
        HeaderValue::from_static("nosniff"),
    ),
    (header::X_FRAME_OPTIONS, HeaderValue::from_static("DENY")),
];

/// For a year, browsers use https for this host, whatever a link says. It is renewed by each answer.
const HTTPS_ONLY: HeaderValue = HeaderValue::from_static("max-age=31536000");

/// Adds what the answer does not say by itself. `is_https`: clients use https.
pub(super) fn protect(headers: &mut HeaderMap, is_https: bool) {
    for (name, value) in &ALWAYS {
        headers.entry(name).or_insert_with(|| value.clone());
    }
    if is_https {
        headers.insert(header::STRICT_TRANSPORT_SECURITY, HTTPS_ONLY);
    }
}
