//! What a browser asks before a page of another origin may call here, and what it wants to read in
//! an answer (CORS). Only for pages whose origin the operator lists: to others it says nothing.

use axum::body::Body;
use axum::http::request::Parts;
use axum::http::{HeaderValue, Method, StatusCode, header};
use axum::response::Response;

/// Everything that clients of MCP send beyond what browsers always allow.
const HEADERS_SENT: HeaderValue = HeaderValue::from_static(
    "authorization, content-type, accept, mcp-protocol-version, mcp-method, mcp-name, \
     mcp-session-id, last-event-id, idempotency-key, x-correlation-id, traceparent",
);
/// What a page has to read of an answer: its session, and how to go on after a refusal.
const HEADERS_READ: HeaderValue =
    HeaderValue::from_static("mcp-session-id, www-authenticate, retry-after");
const METHODS: HeaderValue = HeaderValue::from_static("POST, GET, DELETE, OPTIONS");
/// How long a browser need not ask again: an hour, in which an operator may change the list.
const FRESH_SECONDS: HeaderValue = HeaderValue::from_static("3600");

/// A page that may call here, by its `Origin` as it was sent.
#[derive(Debug)]
pub(super) struct Page(pub(super) HeaderValue);

/// Whether a browser only asks if a page may send what it is about to send.
pub(super) fn is_preflight(request: &Parts) -> bool {
    request.method == Method::OPTIONS
        && request
            .headers
            .contains_key(header::ACCESS_CONTROL_REQUEST_METHOD)
}

impl Page {
    /// The answer to a preflight. It carries no credential, so nobody is asked for one.
    pub(super) fn preflight(self) -> Response {
        let mut response = Response::new(Body::empty());
        *response.status_mut() = StatusCode::NO_CONTENT;
        let headers = response.headers_mut();
        headers.insert(header::ACCESS_CONTROL_ALLOW_METHODS, METHODS);
        headers.insert(header::ACCESS_CONTROL_ALLOW_HEADERS, HEADERS_SENT);
        headers.insert(header::ACCESS_CONTROL_MAX_AGE, FRESH_SECONDS);
        self.may_read(response)
    }

    /// Lets the page read an answer, refusals too: a challenge is what it goes on with.
    pub(super) fn may_read(self, mut response: Response) -> Response {
        let headers = response.headers_mut();
        headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, self.0);
        headers.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, HEADERS_READ);
        headers.append(header::VARY, HeaderValue::from_static("origin"));
        response
    }
}
