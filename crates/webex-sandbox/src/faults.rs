//! Trouble on demand: what the next answers do wrong, and a record of what was asked.

use std::collections::VecDeque;
use std::io;
use std::time::Duration;

use axum::body::Body;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use futures::{StreamExt, TryStreamExt, stream};
use http::header::{CONTENT_LENGTH, CONTENT_TYPE, HeaderValue, LINK};
use http::{Method, StatusCode};
use parking_lot::Mutex;
use serde::{Deserialize, Serialize};

use crate::problem::Problem;

/// Orders that may wait at once; a test needs a handful.
const MAX_ORDERS: usize = 1_000;

/// Requests remembered: the newest ones, enough for any test that counts.
const MAX_CALLS: usize = 10_000;

/// Even an answer that never comes ends, so that no task lives for ever.
const HANG_LIMIT_SECS: u64 = 600;

/// What goes wrong with one answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(
    tag = "kind",
    rename_all = "camelCase",
    rename_all_fields = "camelCase"
)]
pub enum Fault {
    /// This status instead of an answer; the request has no effect.
    Status {
        /// The HTTP status.
        code: u16,
        /// The `Retry-After` header, in seconds.
        #[serde(default)]
        retry_after_secs: Option<u64>,
        /// An HTML page instead of Webex's JSON.
        #[serde(default)]
        html: bool,
    },
    /// The true answer, after so many milliseconds.
    Slow {
        /// The delay in milliseconds.
        delay_ms: u64,
    },
    /// No answer, for ten minutes.
    Hang,
    /// The request takes effect, but its answer breaks off after so many bytes.
    Cut {
        /// Bytes of the body that still arrive.
        after_bytes: usize,
    },
    /// The true answer under a `Content-Length` that promises more.
    WrongLength,
    /// 200 with a body that is not JSON; the request takes effect.
    InvalidJson,
    /// The true status with no body; the request takes effect.
    EmptyBody,
    /// An empty list with a `next` link to the list that was asked for.
    EmptyPage,
}

impl Fault {
    /// A plain refusal with this status.
    pub fn status(code: u16) -> Self {
        Fault::Status {
            code,
            retry_after_secs: None,
            html: false,
        }
    }
}

/// Which requests a fault meets. Without method or path: every one.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Pattern {
    /// An HTTP method in capitals.
    #[serde(default)]
    pub method: Option<String>,
    /// A path such as `/v1/rooms`; a final `*` stands for any rest.
    #[serde(default)]
    pub path: Option<String>,
}

impl Pattern {
    fn meets(&self, method: &Method, path: &str) -> bool {
        let is_method = self
            .method
            .as_deref()
            .is_none_or(|wanted| wanted == method.as_str());
        let is_path = self
            .path
            .as_deref()
            .is_none_or(|wanted| match wanted.strip_suffix('*') {
                Some(start) => path.starts_with(start),
                None => path == wanted,
            });
        is_method && is_path
    }
}

#[derive(Debug)]
struct Order {
    left: u32,
    pattern: Pattern,
    fault: Fault,
}

/// One request that the sandbox was asked, and how it was answered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Call {
    /// Counts from 0 and never starts again.
    pub number: u64,
    /// The HTTP method.
    pub method: String,
    /// The path, with `/v1`.
    pub path: String,
    /// The raw query, if there was one.
    pub query: Option<String>,
    /// The e-mail address of the caller, if the token was known.
    pub principal: Option<String>,
    /// The status answered; `None` while the answer is awaited, or when the caller went away.
    pub status: Option<u16>,
}

#[derive(Debug, Default)]
struct State {
    orders: VecDeque<Order>,
    calls: VecDeque<Call>,
    next_number: u64,
}

/// The handle through which a test orders trouble and counts calls.
#[derive(Debug, Default)]
pub struct Faults {
    state: Mutex<State>,
}

impl Faults {
    /// The next `times` answers go wrong like this.
    pub fn next(&self, times: u32, fault: Fault) {
        self.next_matching(times, Pattern::default(), fault);
    }

    /// The next `times` answers to `method` and `path` go wrong; a final `*` in the path stands for any rest.
    pub fn next_on(&self, times: u32, method: &str, path: &str, fault: Fault) {
        let pattern = Pattern {
            method: Some(method.to_owned()),
            path: Some(path.to_owned()),
        };
        self.next_matching(times, pattern, fault);
    }

    /// The next `times` answers that the pattern meets go wrong. Beyond 1,000 waiting orders the oldest is dropped.
    pub fn next_matching(&self, times: u32, pattern: Pattern, fault: Fault) {
        let mut state = self.state.lock();
        if state.orders.len() >= MAX_ORDERS {
            state.orders.pop_front();
        }
        state.orders.push_back(Order {
            left: times,
            pattern,
            fault,
        });
    }

    /// Forgets every order that still waits.
    pub fn clear(&self) {
        self.state.lock().orders.clear();
    }

    /// The requests so far, oldest first: at most the last 10,000.
    pub fn calls(&self) -> Vec<Call> {
        self.state.lock().calls.iter().cloned().collect()
    }

    /// Forgets the requests so far; the numbers go on.
    pub fn forget_calls(&self) {
        self.state.lock().calls.clear();
    }

    /// Notes a request and takes the fault that waits for it.
    pub(crate) fn begin(
        &self,
        method: &Method,
        uri: &http::Uri,
        principal: Option<String>,
    ) -> (u64, Option<Fault>) {
        let mut state = self.state.lock();
        let number = state.next_number;
        state.next_number += 1;
        if state.calls.len() >= MAX_CALLS {
            state.calls.pop_front();
        }
        state.calls.push_back(Call {
            number,
            method: method.to_string(),
            path: uri.path().to_owned(),
            query: uri.query().map(str::to_owned),
            principal,
            status: None,
        });
        state.orders.retain(|order| order.left > 0);
        let order = state
            .orders
            .iter_mut()
            .find(|order| order.pattern.meets(method, uri.path()));
        let fault = order.map(|order| {
            order.left -= 1;
            order.fault.clone()
        });
        (number, fault)
    }

    pub(crate) fn end(&self, number: u64, status: StatusCode) {
        let mut state = self.state.lock();
        let found = state
            .calls
            .binary_search_by_key(&number, |call| call.number);
        if let Some(call) = found.ok().and_then(|at| state.calls.get_mut(at)) {
            call.status = Some(status.as_u16());
        }
    }
}

/// What a fault does before the request is handled: answer in its place, or wait.
pub(crate) async fn before(fault: Option<&Fault>, url: &str) -> Option<Response> {
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
            let mut response = axum::Json(serde_json::json!({"items": []})).into_response();
            if let Ok(link) = HeaderValue::from_str(&format!("<{url}>; rel=\"next\"")) {
                response.headers_mut().insert(LINK, link);
            }
            Some(response)
        }
        Fault::Cut { .. } | Fault::WrongLength | Fault::InvalidJson | Fault::EmptyBody => None,
    }
}

fn refusal(code: u16, retry_after_secs: Option<u64>, html: bool) -> Response {
    let status = StatusCode::from_u16(code).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut problem = Problem::new(status, "This fault was ordered.");
    if let Some(secs) = retry_after_secs {
        problem = problem.retry_after(Duration::from_secs(secs));
    }
    if html {
        problem = problem.with_html();
    }
    problem.into_response()
}

/// What a fault does to the answer that was made.
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
        _ => response,
    }
}

/// Lets so many bytes pass, then breaks the connection.
fn cut(response: Response, after_bytes: usize) -> Response {
    let (parts, body) = response.into_parts();
    let mut left = after_bytes;
    let passed = body
        .into_data_stream()
        .map_err(io::Error::other)
        .map(move |chunk| {
            let mut chunk = chunk?;
            chunk.truncate(left);
            left -= chunk.len();
            Ok::<Bytes, io::Error>(chunk)
        });
    let mut so_far = 0;
    let passed = passed.take_while(move |chunk| {
        let goes_on = so_far < after_bytes;
        so_far += chunk.as_ref().map_or(0, Bytes::len);
        std::future::ready(goes_on)
    });
    let broken = stream::iter([Err(io::Error::from(io::ErrorKind::ConnectionReset))]);
    Response::from_parts(parts, Body::from_stream(passed.chain(broken)))
}

/// Promises ten bytes more than come.
async fn wrong_length(response: Response) -> Response {
    let (mut parts, body) = response.into_parts();
    let bytes = axum::body::to_bytes(body, crate::http::MAX_JSON_BYTES)
        .await
        .unwrap_or_default();
    parts
        .headers
        .insert(CONTENT_LENGTH, HeaderValue::from(bytes.len() + 10));
    // A stream hides its length from hyper, which would otherwise correct the header.
    let body = Body::from_stream(stream::iter([Ok::<_, io::Error>(bytes)]));
    Response::from_parts(parts, body)
}
