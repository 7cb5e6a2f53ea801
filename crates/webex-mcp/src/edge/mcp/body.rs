//! The HTTP around a message: what a body must be, and the status of an error.

use std::time::Duration;

use axum::body::{Body, HttpBody as _};
use axum::http::{HeaderMap, HeaderName, StatusCode, header};
use bytes::Bytes;
use http_body_util::{BodyExt as _, LengthLimitError, Limited};
use rmcp::ErrorData;
use rmcp::model::{ErrorCode, RequestId};

use super::refusal::Refusal;
use crate::edge::limits;
use crate::edge::refusal::{self, Kind};
use crate::edge::shares::Shares;
use crate::identity::Principal;

/// The forms of an answer that the client can read; it has at least one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Accepted {
    pub(super) json: bool,
    pub(super) events: bool,
}

/// Checks that the body is JSON in UTF-8, and finds which answers the client can read.
pub(super) fn negotiate(headers: &HeaderMap) -> Result<Accepted, Refusal> {
    if !single_text(headers, header::CONTENT_TYPE).is_some_and(is_json) {
        return Err(refused(
            Kind::UnsupportedMedia,
            "Content-Type must be application/json, in UTF-8.",
        ));
    }
    let lists = |kinds: [&str; 3]| {
        headers.get(header::ACCEPT).is_none_or(|accept| {
            let accept = accept.to_str().unwrap_or("").to_ascii_lowercase();
            kinds.iter().any(|kind| accept.contains(kind))
        })
    };
    let accepted = Accepted {
        json: lists(["application/json", "application/*", "*/*"]),
        events: lists(["text/event-stream", "text/*", "*/*"]),
    };
    if accepted.json || accepted.events {
        Ok(accepted)
    } else {
        Err(refused(
            Kind::NotAcceptable,
            "Accept must list application/json and text/event-stream.",
        ))
    }
}

/// The value of a header that is present exactly once.
fn single_text(headers: &HeaderMap, name: HeaderName) -> Option<&str> {
    let mut values = headers.get_all(name).iter();
    let value = values.next()?.to_str().ok()?;
    values.next().is_none().then_some(value)
}

fn is_json(content_type: &str) -> bool {
    let mut parts = content_type.split(';').map(str::trim);
    let is_json = parts
        .next()
        .is_some_and(|kind| kind.eq_ignore_ascii_case("application/json"));
    is_json
        && parts.all(|parameter| match parameter.split_once('=') {
            Some((name, value)) if name.trim().eq_ignore_ascii_case("charset") => {
                let charset = value.trim().trim_matches('"');
                // The second is a usual misspelling, and means the same.
                ["utf-8", "utf8"]
                    .iter()
                    .any(|utf_8| charset.eq_ignore_ascii_case(utf_8))
            }
            _ => true,
        })
}

/// The whole body, within its bounds. The caller must first get a share of the memory for arriving
/// bodies; nothing is read before that.
pub(super) async fn collect(
    body: Body,
    bodies: &Shares<Principal>,
    principal: &Principal,
) -> Result<Bytes, Refusal> {
    let announced = body.size_hint();
    let largest = limits::REQUEST_BODY_MAX_BYTES;
    if announced.lower() > largest as u64 {
        return Err(too_large());
    }
    // A body of unknown length may become as large as the limit.
    let expected = announced.upper().unwrap_or(u64::MAX).min(largest as u64);
    let expected = usize::try_from(expected).unwrap_or(largest);
    let _share = bodies.take(principal, expected).ok_or_else(|| {
        let wait = Duration::from_secs(limits::BODY_RETRY_SECONDS);
        let message =
            "Too many bodies are arriving at once; send this one again after the time given.";
        Refusal::from(refusal::Refusal::new(Kind::Full, message).retry_after(Some(wait)))
    })?;
    let collected = Limited::new(body, largest).collect();
    let deadline = Duration::from_secs(limits::REQUEST_BODY_SECONDS);
    match tokio::time::timeout(deadline, collected).await {
        Ok(Ok(body)) => Ok(body.to_bytes()),
        Ok(Err(error)) if error.is::<LengthLimitError>() => Err(too_large()),
        Ok(Err(_)) => Err(refused(
            Kind::Malformed,
            "The body ended before it was complete.",
        )),
        Err(_) => Err(refused(Kind::Late, "The body did not arrive in time.")),
    }
}

fn too_large() -> Refusal {
    refused(
        Kind::TooLarge,
        "The body is larger than 4 MiB; larger files go by path or link.",
    )
}

fn refused(kind: Kind, message: &'static str) -> Refusal {
    refusal::Refusal::new(kind, message).into()
}

/// `has_streams`: a session can listen to what it subscribed to.
pub(super) fn not_allowed(has_streams: bool) -> Refusal {
    let (message, methods) = match has_streams {
        true => (
            "Post messages here. GET opens the stream of a session and DELETE ends the session: \
             both need its Mcp-Session-Id, which initialize answers.",
            "POST, GET, DELETE",
        ),
        false => (
            "Post messages here; DELETE ends a session. There is no stream to GET.",
            "POST, DELETE",
        ),
    };
    refusal::Refusal::new(Kind::MethodNotAllowed, message)
        .allowing(methods)
        .into()
}

/// Refuses a request before the handler sees it, with the HTTP status that fits the error.
pub(super) fn malformed(error: ErrorData, id: Option<&RequestId>) -> Refusal {
    Refusal::new(status_of_refused(error.code), error).to(id.map(|id| id.clone().into_json_value()))
}

/// The HTTP status of a JSON-RPC error that answers a request without a session.
pub(super) fn status_of(code: ErrorCode) -> StatusCode {
    match code {
        ErrorCode::UNSUPPORTED_PROTOCOL_VERSION
        | ErrorCode::MISSING_REQUIRED_CLIENT_CAPABILITY
        | ErrorCode::HEADER_MISMATCH => StatusCode::BAD_REQUEST,
        ErrorCode::METHOD_NOT_FOUND => StatusCode::NOT_FOUND,
        _ => StatusCode::OK,
    }
}

/// The same for a request that is refused before the handler sees it: its envelope, its `_meta` or
/// its parameters are wrong.
fn status_of_refused(code: ErrorCode) -> StatusCode {
    match code {
        ErrorCode::INVALID_REQUEST | ErrorCode::INVALID_PARAMS | ErrorCode::PARSE_ERROR => {
            StatusCode::BAD_REQUEST
        }
        code => status_of(code),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::edge::shares::ShareBounds;

    #[test]
    fn json_is_in_utf_8() {
        for (content_type, is) in [
            ("application/json", true),
            ("Application/JSON; charset=UTF-8", true),
            (r#"application/json;charset="utf-8""#, true),
            ("application/json; profile=x", true),
            ("application/json; charset=utf-16", false),
            ("application/json; profile=x; Charset = latin1", false),
            ("application/json; charset=", false),
            ("text/plain", false),
        ] {
            assert_eq!(is_json(content_type), is, "{content_type}");
        }
    }

    #[test]
    fn media_types_have_no_case() {
        for accept in [
            "application/json, text/event-stream",
            "APPLICATION/JSON, TEXT/EVENT-STREAM",
            "Application/*, Text/*",
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(header::CONTENT_TYPE, "application/json".parse().unwrap());
            headers.insert(header::ACCEPT, accept.parse().unwrap());
            let accepted = negotiate(&headers).unwrap();
            assert!(accepted.json && accepted.events, "{accept}");
        }
    }

    #[tokio::test]
    async fn a_body_is_read_only_within_the_share_of_its_caller() {
        let bodies = Shares::new(ShareBounds {
            in_all: 100,
            each: 50,
        });
        let (alice, bob) = (Principal::new("alice"), Principal::new("bob"));
        let held = bodies.take(&alice, 45).unwrap();
        let read = |who| collect(Body::from("1234567890"), &bodies, who);
        assert!(read(&alice).await.is_err(), "beyond her share");
        assert_eq!(read(&bob).await.unwrap(), "1234567890");
        drop(held);
        assert_eq!(read(&alice).await.unwrap(), "1234567890");
        let unknown = Body::from_stream(futures::stream::iter([Ok::<_, std::io::Error>("1")]));
        let refused = collect(unknown, &bodies, &alice).await;
        assert!(
            refused.is_err(),
            "its length is not known, so it counts as the largest"
        );
    }
    #[test]
    fn a_method_that_is_not_served_is_told_with_those_that_are() {
        for (has_streams, methods, told) in [
            (true, "POST, GET, DELETE", "both need its Mcp-Session-Id"),
            (false, "POST, DELETE", "There is no stream to GET"),
        ] {
            let refusal = not_allowed(has_streams);
            let message = String::from_utf8(refusal.message().to_vec()).unwrap();
            assert!(message.contains(told), "{message}");
            let response = axum::response::IntoResponse::into_response(refusal);
            assert_eq!(response.status(), StatusCode::METHOD_NOT_ALLOWED);
            assert_eq!(response.headers()[header::ALLOW], methods);
        }
    }
}
