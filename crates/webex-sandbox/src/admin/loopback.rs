//! Guards the administration: only callers on this machine may use it, and no page of another site.
//!
//! The listener decides where requests come from; this guard checks what a browser sends along. A
//! page that rebinds its own name to this machine still sends that name as `Host`, and a page of
//! another origin names itself in `Origin` or, if it only loads something, in `Sec-Fetch-Site`. A
//! request that a proxy forwards comes from elsewhere, whatever its `Host` is.

use std::net::IpAddr;

use axum::extract::Request;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http::header::{CONTENT_SECURITY_POLICY, HOST, ORIGIN};
use http::uri::Authority;
use http::{HeaderMap, Uri};

use crate::answer;
use crate::pages;
use crate::problem::{Problem, Result};

/// The tracking id of every answer of the administration.
const TRACKING_ID: &str = "SANDBOX_ADMIN";

const PATH: &str = "/_sandbox";

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
    let mut response = answer::finish(response, TRACKING_ID, PATH);
    // A page has already set its own policy, with its nonce.
    if !response.headers().contains_key(CONTENT_SECURITY_POLICY) {
        pages::protect(response.headers_mut(), None);
    }
    response
}

/// Proxies add headers that begin so, and these two.
const FORWARDED_PREFIX: &str = "x-forwarded-";
const FORWARDED_NAMES: [&str; 2] = ["forwarded", "x-real-ip"];

fn check(uri: &Uri, headers: &HeaderMap) -> Result<()> {
    let mut names = headers.keys().map(|name| name.as_str());
    if names.any(|name| name.starts_with(FORWARDED_PREFIX) || FORWARDED_NAMES.contains(&name)) {
        return Err(Problem::forbidden(
            "A proxy forwarded this request, and without a token the administration answers on this machine only. Start `webex-mcp sandbox` with --admin-token to use it behind a proxy.",
        ));
    }
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
    refused().when(host.as_ref().is_some_and(|host| !is_loopback(host.host())))?;
    let Some(origin) = headers.get(ORIGIN) else {
        return refused().when(is_load_of_another_site(headers));
    };
    let origin = origin.to_str().map_err(|_| refused())?;
    let own = host.map(|host| format!("http://{host}"));
    refused().unless(own.is_some_and(|own| own.eq_ignore_ascii_case(origin)))
}

/// A page of another site loads something into itself; a link that a person follows is none.
fn is_load_of_another_site(headers: &HeaderMap) -> bool {
    let is = |name: &str, wanted: &str| headers.get(name).is_some_and(|value| value == wanted);
    is("sec-fetch-site", "cross-site") && !is("sec-fetch-mode", "navigate")
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

    const HERE: &str = "127.0.0.1:8485";

    #[test]
    fn only_loopback_names_and_the_own_origin_pass() {
        let cases = [
            (Some(HERE), None, true),
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
            (Some(HERE), Some("http://evil.example:8485"), false),
            (Some(HERE), Some("http://127.0.0.1:3000"), false),
            (Some(HERE), Some("https://127.0.0.1:8485"), false),
            (Some(HERE), Some("null"), false),
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

    #[test]
    fn what_a_proxy_forwards_or_another_site_loads_is_refused() {
        let cases = [
            ("forwarded: for=192.0.2.7;host=sandbox.example", false),
            ("x-forwarded-for: 192.0.2.7", false),
            ("x-forwarded-for: 127.0.0.1", false),
            ("x-forwarded-host: sandbox.example", false),
            ("x-forwarded-proto: https", false),
            ("x-real-ip: 192.0.2.7", false),
            ("via: 1.1 cache", true),
            ("sec-fetch-site: cross-site, sec-fetch-mode: no-cors", false),
            ("sec-fetch-site: cross-site", false),
            ("sec-fetch-site: cross-site, sec-fetch-mode: navigate", true),
            ("sec-fetch-site: same-origin, sec-fetch-mode: cors", true),
            ("sec-fetch-site: none, sec-fetch-mode: navigate", true),
        ];
        for (given, expected) in cases {
            let mut headers = HeaderMap::new();
            headers.insert(HOST, HeaderValue::from_static(HERE));
            for (name, value) in given.split(", ").map(|line| line.split_once(": ").unwrap()) {
                headers.insert(name, HeaderValue::from_static(value));
            }
            let passes = check(&Uri::from_static("/_sandbox/world"), &headers).is_ok();
            assert_eq!(passes, expected, "{given}");
        }
    }
}
