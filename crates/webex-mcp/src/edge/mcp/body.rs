//! The HTTP around a message: what a body must be, and which status an error has.

use std::time::Duration;

use axum::body::Body;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use bytes::Bytes;
use http_body_util::{BodyExt as _, LengthLimitError, Limited};
use rmcp::ErrorData;
use rmcp::model::{ErrorCode, RequestId};

use crate::edge::limits;
use crate::edge::refusal::Refusal;

/// That the body is JSON, and JSON is an answer that the client can read.
pub(super) fn negotiate(headers: &HeaderMap) -> Result<(), Refusal> {
    let text = |name| {
        headers
            .get(name)
            .map(|value: &HeaderValue| value.to_str().unwrap_or(""))
    };
    let is_json = text(header::CONTENT_TYPE).is_some_and(|kind| {
        let kind = kind.split(';').next().unwrap_or("").trim();
        kind.eq_ignore_ascii_case("application/json")
    });
    if !is_json {
        return Err(Refusal::transport(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "Content-Type must be application/json.",
        ));
    }
    let acceptable = text(header::ACCEPT).is_none_or(|accept| {
        ["application/json", "application/*", "*/*"]
            .iter()
            .any(|kind| accept.contains(kind))
    });
    if acceptable {
        Ok(())
    } else {
        Err(Refusal::transport(
            StatusCode::NOT_ACCEPTABLE,
            "Accept must list application/json and text/event-stream.",
        ))
    }
}

/// The whole body, within its bounds.
pub(super) async fn collect(body: Body) -> Result<Bytes, Refusal> {
    let collected = Limited::new(body, limits::REQUEST_BODY_MAX_BYTES).collect();
    let deadline = Duration::from_secs(limits::REQUEST_BODY_SECONDS);
    match tokio::time::timeout(deadline, collected).await {
        Ok(Ok(body)) => Ok(body.to_bytes()),
        Ok(Err(error)) if error.is::<LengthLimitError>() => Err(Refusal::transport(
            StatusCode::PAYLOAD_TOO_LARGE,
            "The body is larger than 4 MiB; larger files go by path or link.",
        )),
        Ok(Err(_)) => Err(Refusal::transport(
            StatusCode::BAD_REQUEST,
            "The body ended before it was complete.",
        )),
        Err(_) => Err(Refusal::transport(
            StatusCode::REQUEST_TIMEOUT,
            "The body did not arrive in time.",
        )),
    }
}

pub(super) fn not_allowed() -> Refusal {
    Refusal::transport(
        StatusCode::METHOD_NOT_ALLOWED,
        "Post messages here; DELETE ends a session. There is no stream to GET.",
    )
    .with_header(header::ALLOW, HeaderValue::from_static("POST, DELETE"))
}

/// A request that is not answered by the handler, with the HTTP status its error has.
pub(super) fn malformed(error: ErrorData, id: Option<&RequestId>) -> Refusal {
    Refusal::new(status_of_refused(error.code), error.code.0, error.message)
        .with_data(error.data)
        .to(id.map(|id| id.clone().into_json_value()))
}

/// The HTTP status of a JSON-RPC error that answers a request which stands for itself.
pub(super) fn status_of(code: ErrorCode) -> StatusCode {
    match code {
        ErrorCode::UNSUPPORTED_PROTOCOL_VERSION
        | ErrorCode::MISSING_REQUIRED_CLIENT_CAPABILITY
        | ErrorCode::HEADER_MISMATCH => StatusCode::BAD_REQUEST,
        ErrorCode::METHOD_NOT_FOUND => StatusCode::NOT_FOUND,
        _ => StatusCode::OK,
    }
}

/// The same for one that is refused before it is answered: its envelope, its `_meta` or its
/// parameters are not as they have to be.
fn status_of_refused(code: ErrorCode) -> StatusCode {
    match code {
        ErrorCode::INVALID_REQUEST | ErrorCode::INVALID_PARAMS | ErrorCode::PARSE_ERROR => {
            StatusCode::BAD_REQUEST
        }
        code => status_of(code),
    }
}
