//! What a door says when a request goes no further: an HTTP status and a JSON-RPC error, always both.

use std::borrow::Cow;

use axum::body::Body;
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use serde_json::Value;

/// JSON-RPC's "invalid request": what every refusal before the protocol is.
pub const INVALID_REQUEST: i32 = -32600;
/// JSON-RPC's "internal error": also "no room", which has no code of its own.
pub const INTERNAL_ERROR: i32 = -32603;

/// A request turned away.
#[derive(Debug)]
pub struct Refusal(Box<Told>);

#[derive(Debug)]
struct Told {
    status: StatusCode,
    code: i32,
    message: Cow<'static, str>,
    data: Option<Value>,
    id: Option<Value>,
    header: Option<(HeaderName, HeaderValue)>,
}

#[derive(Serialize)]
struct Wire<'a> {
    jsonrpc: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<&'a Value>,
    error: WireError<'a>,
}

#[derive(Serialize)]
struct WireError<'a> {
    code: i32,
    message: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    data: Option<&'a Value>,
}

impl Refusal {
    /// `message` is one sentence of ours that says what is wrong and what would be right.
    pub fn new(status: StatusCode, code: i32, message: impl Into<Cow<'static, str>>) -> Self {
        Refusal(Box::new(Told {
            status,
            code,
            message: message.into(),
            data: None,
            id: None,
            header: None,
        }))
    }

    /// A request that HTTP itself turns away.
    pub fn transport(status: StatusCode, message: impl Into<Cow<'static, str>>) -> Self {
        Refusal::new(status, INVALID_REQUEST, message)
    }

    /// No room now; the caller is told when to come back.
    pub fn full(message: &'static str) -> Self {
        Refusal::new(StatusCode::SERVICE_UNAVAILABLE, INTERNAL_ERROR, message).with_header(
            header::RETRY_AFTER,
            HeaderValue::from(super::limits::FULL_RETRY_SECONDS),
        )
    }

    /// Names the request that is refused, where its id could be read.
    pub fn to(mut self, id: Option<Value>) -> Self {
        self.0.id = id;
        self
    }

    pub fn with_data(mut self, data: Option<Value>) -> Self {
        self.0.data = data;
        self
    }

    pub fn with_header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.0.header = Some((name, value));
        self
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let told = &*self.0;
        let wire = Wire {
            jsonrpc: "2.0",
            id: told.id.as_ref(),
            error: WireError {
                code: told.code,
                message: &told.message,
                data: told.data.as_ref(),
            },
        };
        // Strings and values serialize always; an empty body would still carry the status.
        let body = serde_json::to_vec(&wire).unwrap_or_default();
        let mut response = Response::new(Body::from(body));
        *response.status_mut() = told.status;
        response.headers_mut().insert(
            header::CONTENT_TYPE,
            HeaderValue::from_static("application/json"),
        );
        if let Some((name, value)) = &told.header {
            response.headers_mut().insert(name.clone(), value.clone());
        }
        response
    }
}

/// Something a caller wrote, short and printable, so that it can stand in a sentence of ours.
pub fn printable(text: &str) -> String {
    use super::limits::ECHO_MAX_CHARACTERS;
    let mut characters = text.chars();
    let mut shown: String = characters
        .by_ref()
        .take(ECHO_MAX_CHARACTERS)
        .map(|c| if c.is_ascii_graphic() { c } else { '?' })
        .collect();
    if characters.next().is_some() {
        shown.push('…');
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_repeated_is_short_and_printable() {
        assert_eq!(printable("list-spaces"), "list-spaces");
        assert_eq!(printable("a\u{1b}[31m\n"), "a?[31m?");
        let long = printable(&"x".repeat(10_000));
        assert_eq!(
            long.chars().count(),
            super::super::limits::ECHO_MAX_CHARACTERS + 1
        );
    }
}
