//! What a request carries: its query, and a body of JSON or a form.

use axum::body::{Body, Bytes};
use axum::extract::{FromRequest, FromRequestParts, Request};
use http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use http::request::Parts;
use http::{HeaderMap, StatusCode};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::operation;
use crate::problem::{Problem, Result};
use crate::{Sandbox, values};

/// A JSON body: a message of 7439 bytes twice and a card are far smaller.
pub(crate) const MAX_JSON_BYTES: usize = 1024 * 1024;

/// A form with tokens, a redirect URI and every scope is far smaller.
const MAX_FORM_BYTES: usize = 32 * 1024;

/// The media type that Cisco's document declares for changes of meetings; the bodies are plain
/// objects.
const MERGE_TYPE: &str = "application/json-patch+json";

/// The query, parsed into a struct; unknown names are ignored, as in Webex.
#[derive(Debug)]
pub(crate) struct Query<T>(pub(crate) T);

impl<T: DeserializeOwned> FromRequestParts<Sandbox> for Query<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &Sandbox) -> Result<Self> {
        query(parts).map(Query)
    }
}

pub(super) fn query<T: DeserializeOwned>(parts: &Parts) -> Result<T> {
    let query = parts.uri.query().unwrap_or_default();
    let query = values::checked(operation(parts), query)?;
    serde_urlencoded::from_str(&query).map_err(|error: serde_urlencoded::de::Error| {
        let reason = reason(&error.to_string());
        Problem::bad_request(format!("The query could not be read: {reason}."))
    })
}

/// The body of an order to the administration.
#[derive(Debug)]
pub(crate) struct Order<T>(pub(crate) T);

impl<T: DeserializeOwned> FromRequest<Sandbox> for Order<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, _: &Sandbox) -> Result<Self> {
        check_json(request.headers())?;
        read_json(request).await.map(Order)
    }
}

/// A form; unknown names are ignored, as in Webex.
#[derive(Debug)]
pub(crate) struct Form<T>(pub(crate) T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Form<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, _: &S) -> Result<Self> {
        let is_form = is_media_type(request.headers(), "application/x-www-form-urlencoded");
        unsupported("application/x-www-form-urlencoded").unless(is_form)?;
        let body = read_body(request.into_body(), MAX_FORM_BYTES).await?;
        let refused = |_| Problem::bad_request("invalid_request: The form could not be read.");
        let form = serde_urlencoded::from_bytes(&body);
        form.map(Form).map_err(refused)
    }
}

/// The request with a small body read completely before anything answers.
///
/// If an answer comes before the end of the body, hyper closes the connection silently, and clients
/// that send head and body separately lose their next request. Larger bodies are streamed.
pub(crate) async fn with_small_body(request: Request) -> Result<Request> {
    let length = request.headers().get(CONTENT_LENGTH);
    let length = length.and_then(|length| length.to_str().ok()?.parse().ok());
    if !length.is_some_and(|length| (1..=MAX_JSON_BYTES).contains(&length)) {
        return Ok(request);
    }
    let (parts, body) = request.into_parts();
    let body = axum::body::to_bytes(body, MAX_JSON_BYTES).await;
    let body = body.map_err(|_| Problem::bad_request("The request body broke off."))?;
    Ok(Request::from_parts(parts, Body::from(body)))
}

pub(crate) fn unsupported(wanted: &str) -> Problem {
    let description = format!("Content type not supported. Send {wanted}.");
    Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, description)
}

pub(crate) fn is_media_type(headers: &HeaderMap, wanted: &str) -> bool {
    let value = headers.get(CONTENT_TYPE);
    let value = value.and_then(|value| value.to_str().ok());
    value.is_some_and(|value| {
        let essence = value.split(';').next().unwrap_or_default();
        essence.trim().eq_ignore_ascii_case(wanted)
    })
}

pub(super) fn check_json(headers: &HeaderMap) -> Result<()> {
    let mut types = ["application/json", MERGE_TYPE].into_iter();
    unsupported("application/json").unless(types.any(|one| is_media_type(headers, one)))
}

pub(super) async fn read_body(body: Body, max_bytes: usize) -> Result<Bytes> {
    let body = axum::body::to_bytes(body, max_bytes).await;
    body.map_err(|_| Problem::too_large("The request body is too large."))
}

pub(crate) async fn read_json<T: DeserializeOwned>(request: Request) -> Result<T> {
    parsed(&read_body(request.into_body(), MAX_JSON_BYTES).await?)
}

/// Reads a body. A refusal names the field that is wrong, or where the body is no JSON, and does
/// not repeat what was sent.
pub(crate) fn parsed<T: DeserializeOwned>(body: &[u8]) -> Result<T> {
    let read = serde_json::from_slice(body);
    read.map_err(|error| {
        let (line, column) = (error.line(), error.column());
        let what = match error.is_data() {
            true => culprit::<T>(body, &reason(&error.to_string())),
            false => format!("The JSON body is not valid at line {line}, column {column}"),
        };
        Problem::bad_request(format!("{what}."))
    })
}

/// Why a body is refused, with the field that is refused for the same reason when it stands alone.
fn culprit<T: DeserializeOwned>(body: &[u8], reason: &str) -> String {
    let fields: Map<String, Value> = serde_json::from_slice(body).unwrap_or_default();
    let mut fields = fields.into_iter();
    let wrong = fields.find(|(name, value)| {
        let alone = Value::Object(Map::from_iter([(name.clone(), value.clone())]));
        serde_json::from_value::<T>(alone)
            .is_err_and(|error| self::reason(&error.to_string()) == reason)
    });
    match wrong {
        // The reason names a field itself if one is missing or unknown.
        Some((name, _)) if reason.starts_with("expected ") => format!("{name}: {reason}"),
        _ => format!("The JSON body is not valid: {reason}"),
    }
}

/// The reason in plain words, without what was sent and where.
fn reason(error: &str) -> String {
    let reason = error.split(" at line ").next().unwrap_or_default();
    match reason.rsplit_once(", expected ") {
        Some(_) if reason.starts_with("unknown field") => reason.to_owned(),
        Some((_, "u16" | "u32" | "u64" | "usize")) => "expected a whole number in range".to_owned(),
        Some((_, expected)) => format!("expected {expected}"),
        None => reason.to_owned(),
    }
}
