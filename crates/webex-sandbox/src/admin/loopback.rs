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
    use super::*;

    #[test]
    fn only_loopback_names_and_the_own_origin_pass() {
        let cases = [
            ("host: 127.0.0.1:8485", true),
            ("host: localhost", true),
            ("host: [::1]:8485", true),
            ("", true),
            ("host: LOCALHOST:1, origin: http://localhost:1", true),
            ("host: rebound.example:8485", false),
            ("host: 127.0.0.1.example", false),
            ("host: localhost.example", false),
            ("host: 192.168.0.7:8485", false),
            ("host: user@evil.example", false),
            ("host: not a host", false),
            ("host: ", false),
            ("+ origin: http://evil.example:8485", false),
            ("+ origin: http://127.0.0.1:3000", false),
            ("+ origin: https://127.0.0.1:8485", false),
            ("+ origin: null", false),
            ("origin: http://localhost", false),
            // What a proxy forwards, and what a page of another site loads.
            ("+ forwarded: for=192.0.2.7;host=sandbox.example", false),
            ("+ x-forwarded-for: 192.0.2.7", false),
            ("+ x-forwarded-for: 127.0.0.1", false),
            ("+ x-forwarded-host: sandbox.example", false),
            ("+ x-forwarded-proto: https", false),
            ("+ x-real-ip: 192.0.2.7", false),
            ("+ via: 1.1 cache", true),
            ("+ {cross}, sec-fetch-mode: no-cors", false),
            ("+ {cross}", false),
            ("+ {cross}, sec-fetch-mode: navigate", true),
            ("+ sec-fetch-site: same-origin, sec-fetch-mode: cors", true),
            ("+ sec-fetch-site: none, sec-fetch-mode: navigate", true),
        ];
        for (given, expected) in cases {
            let given = given.replace("+", "host: 127.0.0.1:8485,");
            let given = given.replace("{cross}", "sec-fetch-site: cross-site");
            let lines = given.split(", ").filter_map(|line| line.split_once(": "));
            let lines = lines.map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap()));
            let headers: HeaderMap = lines.collect();
            let passes = check(&Uri::from_static("/_sandbox/"), &headers).is_ok();
            assert_eq!(passes, expected, "{given}");
        }
    }
}
