//! CORS: what a browser asks before a page of another origin may call here, and which headers that
//! page may read. It answers only pages whose origin the operator lists.

use axum::body::Body;
use axum::http::request::Parts;
use axum::http::{HeaderValue, Method, StatusCode, header};
use axum::response::Response;

use crate::auth::TokenHeader;

/// The headers that MCP clients send beyond those that browsers always allow.
const HEADERS_SENT: &str = "authorization, content-type, accept, mcp-protocol-version, mcp-method, mcp-name, \
     mcp-session-id, last-event-id, idempotency-key, x-correlation-id, traceparent, \
     x-mcp-toolsets, x-mcp-tools, x-mcp-exclude-tools, x-mcp-readonly";
/// The headers that a page has to read: its session, and what to do after a refusal.
const HEADERS_READ: HeaderValue =
    HeaderValue::from_static("mcp-session-id, www-authenticate, retry-after");
const METHODS: HeaderValue = HeaderValue::from_static("POST, GET, PUT, DELETE, OPTIONS");
/// How long a browser may cache the answer: an hour, because the operator may change the list.
const FRESH_SECONDS: HeaderValue = HeaderValue::from_static("3600");

/// A page that may call here, as its `Origin` header names it.
#[derive(Debug)]
pub(super) struct Page(pub(super) HeaderValue);

/// Whether the request is a preflight: a browser asks whether a page may send its real request.
pub(super) fn is_preflight(request: &Parts) -> bool {
    request.method == Method::OPTIONS
        && request
            .headers
            .contains_key(header::ACCESS_CONTROL_REQUEST_METHOD)
}

impl Page {
    /// The answer to a preflight. Browsers send preflights without credentials, so none is
    /// required.
    pub(super) fn preflight(self, token_header: Option<&TokenHeader>) -> Response {
        let mut response = Response::new(Body::empty());
        *response.status_mut() = StatusCode::NO_CONTENT;
        let headers = response.headers_mut();
        headers.insert(header::ACCESS_CONTROL_ALLOW_METHODS, METHODS);
        let sent = match token_header {
            Some(header) => {
                HeaderValue::try_from(format!("{HEADERS_SENT}, {}", header.name())).ok()
            }
            None => None,
        };
        let sent = sent.unwrap_or(HeaderValue::from_static(HEADERS_SENT));
        headers.insert(header::ACCESS_CONTROL_ALLOW_HEADERS, sent);
        headers.insert(header::ACCESS_CONTROL_MAX_AGE, FRESH_SECONDS);
        self.may_read(response)
    }

    /// Lets the page read an answer, refusals included: it needs the challenge to go on.
    pub(super) fn may_read(self, mut response: Response) -> Response {
        let headers = response.headers_mut();
        headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, self.0);
        headers.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, HEADERS_READ);
        headers.append(header::VARY, HeaderValue::from_static("origin"));
        response
    }
}
