//! How a fault is applied: in place of an answer, before it, or to its bytes.

use std::io;
use std::time::Duration;

use axum::body::Body;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use futures::{StreamExt, TryStreamExt, stream};
use http::header::{CONTENT_LENGTH, CONTENT_TYPE, HeaderValue, LINK};
use http::{Method, StatusCode};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use crate::faults::Fault;
use crate::problem::Problem;
use crate::rows::moment;

/// Even an answer that never comes ends some day, so that no task lives forever.
const HANG_LIMIT_SECS: u64 = 600;

/// An answer that a fault changes is read completely: a page of 1,000 messages fits.
const MAX_CHANGED_BYTES: usize = 16 * 1024 * 1024;

/// Long enough for the first bytes to be sent, too short to be noticed.
const PAUSE_BEFORE_BREAK_MS: u64 = 20;

/// Applies a fault before the request is handled: answers in its place, or waits.
pub(crate) async fn before(fault: Option<&Fault>, url: impl Fn() -> String) -> Option<Response> {
    match fault? {
        Fault::Status {
            code,
            retry_after_secs,
            html,
        } => Some(refusal(*code, *retry_after_secs, *html)),
        Fault::Slow { delay_ms } => {
            let limit = Duration::from_secs(HANG_LIMIT_SECS);
            tokio::time::sleep(Duration::from_millis(*delay_ms).min(limit)).await;
            None
        }
        Fault::Hang => {
            tokio::time::sleep(Duration::from_secs(HANG_LIMIT_SECS)).await;
            Some(refusal(504, None, false))
        }
        Fault::EmptyPage => {
            let mut response = axum::Json(json!({"items": []})).into_response();
            if let Ok(link) = HeaderValue::from_str(&format!("<{}>; rel=\"next\"", url())) {
                response.headers_mut().insert(LINK, link);
            }
            Some(response)
        }
        _ => None,
    }
}

fn refusal(code: u16, retry_after_secs: Option<u64>, html: bool) -> Response {
    let status = StatusCode::from_u16(code).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut problem = Problem::new(status, "This fault was ordered.");
    problem.retry_after = retry_after_secs.map(Duration::from_secs);
    problem.html = html;
    problem.into_response()
}

/// Applies a fault to the bytes of an answer.
pub(crate) async fn after(fault: Option<&Fault>, mut response: Response) -> Response {
    match fault {
        Some(Fault::Cut { after_bytes }) => cut(response, *after_bytes),
        Some(Fault::WrongLength) => wrong_length(response).await,
        Some(Fault::InvalidJson) => {
            response.headers_mut().remove(CONTENT_LENGTH);
            let json = HeaderValue::from_static("application/json;charset=UTF-8");
            response.headers_mut().insert(CONTENT_TYPE, json);
            *response.body_mut() = Body::from("{\"items\": [{\"id\": \"Y2lz");
            response
        }
        Some(Fault::EmptyBody) => {
            response.headers_mut().remove(CONTENT_LENGTH);
            *response.body_mut() = Body::empty();
            response
        }
        Some(Fault::Undecryptable) => undecryptable(response).await,
        _ => response,
    }
}

/// The answer that a fault gives to a request that has just taken effect.
pub(crate) async fn late(
    fault: Option<&Fault>,
    method: &Method,
    now: Timestamp,
    response: Response,
) -> Response {
    match fault {
        Some(Fault::Late { code }) => refusal(*code, None, false),
        Some(Fault::Lagging { secs }) if method == Method::GET => {
            let lag = SignedDuration::from_secs(i64::from(*secs));
            lagging(response, moment::earlier(now, lag)).await
        }
        _ => response,
    }
}

async fn whole(body: Body) -> Bytes {
    let bytes = axum::body::to_bytes(body, MAX_CHANGED_BYTES).await;
    bytes.unwrap_or_default()
}

/// Changes the JSON of an answer; any other body stays as it is.
pub(crate) async fn rewritten(response: Response, change: impl FnOnce(&mut Value)) -> Response {
    let (mut parts, body) = response.into_parts();
    let bytes = whole(body).await;
    let Ok(mut answer) = serde_json::from_slice::<Value>(&bytes) else {
        return Response::from_parts(parts, Body::from(bytes));
    };
    change(&mut answer);
    parts.headers.remove(CONTENT_LENGTH);
    Response::from_parts(parts, Body::from(answer.to_string()))
}

/// Removes from an answer everything created after this moment.
async fn lagging(response: Response, seen_until: Timestamp) -> Response {
    let is_seen = |item: &Value| born(item).is_none_or(|born| born <= seen_until);
    let mut is_there = true;
    let change = |answer: &mut Value| {
        is_there = is_seen(answer);
        if let Some(items) = answer.get_mut("items").and_then(Value::as_array_mut) {
            items.retain(is_seen);
        }
    };
    let response = rewritten(response, change).await;
    match is_there {
        true => response,
        false => Problem::plain(StatusCode::NOT_FOUND).into_response(),
    }
}

/// When a thing was created, as far as its answer shows; for a meeting that started, its start.
fn born(item: &Value) -> Option<Timestamp> {
    let is_instance = item.get("meetingType").and_then(Value::as_str) == Some("meeting");
    let fields = ["created", "createTime", "joinedTime"].into_iter();
    let mut fields = fields.chain(is_instance.then_some("start"));
    moment::read(fields.find_map(|field| item.get(field)?.as_str())?)
}

/// Replaces what people wrote by ciphertext, and reports it in `errors`.
async fn undecryptable(response: Response) -> Response {
    let change = |answer: &mut Value| match answer.get_mut("items").and_then(Value::as_array_mut) {
        Some(items) => items.iter_mut().for_each(encrypt),
        None => encrypt(answer),
    };
    rewritten(response, change).await
}

fn encrypt(item: &mut Value) {
    let mut errors = serde_json::Map::new();
    for field in ["title", "text", "markdown", "html"] {
        if let Some(words) = item.get_mut(field).filter(|words| words.is_string()) {
            *words = Value::from("eyJhbGciOiJkaXIiLCJlbmMiOiJBMjU2R0NNIn0..c2VhbGVk");
            let reason = "Key management server failed to respond appropriately.";
            let error = json!({"code": "kms_failure", "reason": reason});
            errors.insert(field.to_owned(), error);
        }
    }
    if let Some(item) = item.as_object_mut().filter(|_| !errors.is_empty()) {
        item.insert("errors".to_owned(), Value::Object(errors));
    }
}

/// Lets this many bytes pass, then breaks the connection.
fn cut(response: Response, after_bytes: usize) -> Response {
    let (parts, body) = response.into_parts();
    let mut left = after_bytes;
    let passed = body.into_data_stream().map_err(io::Error::other);
    let passed = passed.map_ok(move |mut chunk| {
        chunk.truncate(left);
        left -= chunk.len();
        chunk
    });
    let mut so_far = 0;
    let passed = passed.take_while(move |chunk| {
        let goes_on = so_far < after_bytes;
        so_far += chunk.as_ref().map_or(0, Bytes::len);
        std::future::ready(goes_on)
    });
    let broken = after_pause(Err(io::Error::from(io::ErrorKind::ConnectionReset)));
    Response::from_parts(parts, Body::from_stream(passed.chain(broken)))
}

/// Waits until the bytes before have left the machine: hyper would otherwise drop them with the
/// connection.
fn after_pause(
    last: Result<Bytes, io::Error>,
) -> impl futures::Stream<Item = Result<Bytes, io::Error>> {
    stream::once(async move {
        tokio::time::sleep(Duration::from_millis(PAUSE_BEFORE_BREAK_MS)).await;
        last
    })
}

/// Announces ten bytes more than it sends.
async fn wrong_length(response: Response) -> Response {
    let (mut parts, body) = response.into_parts();
    let bytes = whole(body).await;
    let length = HeaderValue::from(bytes.len() + 10);
    parts.headers.insert(CONTENT_LENGTH, length);
    // A stream hides its length from hyper, which would otherwise correct the header.
    let body = stream::iter([Ok(bytes)]).chain(after_pause(Ok(Bytes::new())));
    Response::from_parts(parts, Body::from_stream(body))
}
