//! Guards the administration: only callers on this machine may use it, and no page of another site.
//!
//! The listener decides where requests come from; this guard checks what a browser sends along. A
//! page that rebinds its own name to this machine still sends that name as `Host`, and a page of
//! another origin sends that origin in `Origin`.

use std::net::IpAddr;

use axum::extract::Request;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http::header::{CONTENT_SECURITY_POLICY, HOST, ORIGIN};
use http::uri::Authority;
use http::{HeaderMap, Uri};

use crate::answer::{self, Way};
use crate::pages;
use crate::problem::Problem;

/// The tracking id of every answer of the administration.
const TRACKING_ID: &str = "SANDBOX_ADMIN";

/// Accepts only loopback names, and hardens every answer.
pub(super) async fn guard(request: Request, next: Next) -> Response {
    let response = match check(request.uri(), request.headers()) {
        Ok(()) => next.run(request).await,
        Err(problem) => problem.into_response(),
    };
    harden(response)
}

/// Adds the security headers that every answer of the administration has.
pub(super) fn harden(response: Response) -> Response {
    let mut response = answer::finish(response, TRACKING_ID, Way::Twice);
    // A page has already set its own policy, with its nonce.
    if !response.headers().contains_key(CONTENT_SECURITY_POLICY) {
        pages::protect(response.headers_mut(), None);
    }
    response
}

fn check(uri: &Uri, headers: &HeaderMap) -> Result<(), Problem> {
    let refused = || {
        Problem::forbidden(
            "The administration answers on this machine only. Call it as http://127.0.0.1 or http://localhost, from no other site.",
        )
    };
    // HTTP/2 has the host in its URI. Browsers always send it, and only browsers can be misused
    // here.
    let host = match headers.get(HOST) {
        Some(host) => Some(Authority::try_from(host.as_bytes()).map_err(|_| refused())?),
        None => uri.authority().cloned(),
    };
    if host.as_ref().is_some_and(|host| !is_loopback(host.host())) {
        return Err(refused());
    }
    let Some(origin) = headers.get(ORIGIN) else {
        return Ok(());
    };
    let origin = origin.to_str().map_err(|_| refused())?;
    let own = host.map(|host| format!("http://{host}"));
    match own.is_some_and(|own| own.eq_ignore_ascii_case(origin)) {
        true => Ok(()),
        false => Err(refused()),
    }
}

fn is_loopback(host: &str) -> bool {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    let address = bare.parse::<IpAddr>();
    host.eq_ignore_ascii_case("localhost") || address.is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    #[test]
    fn only_loopback_names_and_the_own_origin_pass() {
        let cases = [
            (Some("127.0.0.1:8485"), None, true),
            (Some("localhost"), None, true),
            (Some("[::1]:8485"), None, true),
            (None, None, true),
            (Some("LOCALHOST:1"), Some("http://localhost:1"), true),
            (Some("rebound.example:8485"), None, false),
            (Some("127.0.0.1.example"), None, false),
            (Some("localhost.example"), None, false),
            (Some("192.168.0.7:8485"), None, false),
            (Some("user@evil.example"), None, false),
            (Some("not a host"), None, false),
            (Some(""), None, false),
            (
                Some("127.0.0.1:8485"),
                Some("http://evil.example:8485"),
                false,
            ),
            (Some("127.0.0.1:8485"), Some("http://127.0.0.1:3000"), false),
            (
                Some("127.0.0.1:8485"),
                Some("https://127.0.0.1:8485"),
                false,
            ),
            (Some("127.0.0.1:8485"), Some("null"), false),
            (None, Some("http://localhost"), false),
        ];
        for (host, origin, expected) in cases {
            let mut headers = HeaderMap::new();
            for (name, value) in [(HOST, host), (ORIGIN, origin)] {
                if let Some(value) = value {
                    headers.insert(name, HeaderValue::from_static(value));
                }
            }
            let passes = check(&Uri::from_static("/_sandbox/"), &headers).is_ok();
            assert_eq!(passes, expected, "{host:?} {origin:?}");
        }
    }
}
