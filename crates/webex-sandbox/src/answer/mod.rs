//! What happens to every request: it is recorded, faults apply, and the answer gets a tracking id
//! and, for a refusal, Webex's form.

mod strike;

pub(crate) use strike::rewritten;

use std::time::Instant;

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http::header::{CONTENT_TYPE, HeaderName, HeaderValue, RETRY_AFTER};
use http::{HeaderMap, StatusCode};
use serde_json::json;

use crate::faults::tracking_id;
use crate::problem::{Problem, of_status};
use crate::rules::meetings::progress;
use crate::{Sandbox, request};

/// The header with the tracking id of an answer.
const TRACKING_ID: HeaderName = HeaderName::from_static("trackingid");

/// The paths where Webex keeps the reason out of `message`, which has only the sentence for the
/// status: everything about meetings, and OAuth.
const APART: [&str; 9] = [
    "meeting",
    "recordings",
    "admin/meeting",
    "admin/recordings",
    "group/recordings",
    "authorize",
    "access_token",
    "device",
    "userinfo",
];

fn keeps_apart(path: &str) -> bool {
    let noun = path.strip_prefix("/v1/").unwrap_or(path);
    APART.iter().any(|start| noun.starts_with(start))
}

/// Runs around every request: records it, applies faults, and adds the tracking id to the answer.
pub(crate) async fn around(
    State(sandbox): State<Sandbox>,
    request: Request,
    next: Next,
) -> Response {
    let faults = sandbox.faults();
    let began = Instant::now();
    let (principal, is_due) = arrival(&sandbox, request.headers());
    let (method, uri) = (request.method().clone(), request.uri().clone());
    let (number, fault) = faults.begin(&method, &uri, principal, sandbox.clock().now());
    let base = request::base(sandbox.base_url(), &uri, request.headers());
    if is_due {
        sandbox.catch_up(&base);
    }
    let url = || {
        let target = uri.path_and_query().map_or("/", |target| target.as_str());
        format!("{base}{target}")
    };
    let response = match strike::before(fault.as_ref(), url).await {
        Some(response) => response,
        None => {
            let response = match request::with_small_body(request).await {
                Ok(request) => next.run(request).await,
                Err(problem) => problem.into_response(),
            };
            let now = sandbox.clock().now();
            strike::late(fault.as_ref(), &method, now, response).await
        }
    };
    let response = finish(response, &tracking_id(number), uri.path());
    let response = strike::after(fault.as_ref(), response).await;
    faults.end(number, response.status(), began.elapsed());
    sandbox.changes().note();
    response
}

/// The caller, if the token is known, and whether something is due before the answer.
fn arrival(sandbox: &Sandbox, headers: &HeaderMap) -> (Option<String>, bool) {
    let (token, now) = (request::bearer(headers), sandbox.clock().now());
    sandbox.read(|world| {
        let access = token.and_then(|token| world.access(token, now));
        let principal = access.map(|(_, person)| person.email.clone());
        (principal, progress::is_due(world, now))
    })
}

pub(crate) async fn unknown_route() -> Problem {
    Problem::plain(StatusCode::NOT_FOUND)
}

pub(crate) async fn unknown_method() -> Problem {
    let reason = "The method is not supported for this resource.";
    Problem::new(StatusCode::METHOD_NOT_ALLOWED, reason)
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut response = self.status.into_response();
        response.extensions_mut().insert(self);
        response
    }
}

/// Adds the tracking id to an answer, and writes the body of a refusal under this path.
pub(crate) fn finish(mut response: Response, tracking_id: &str, path: &str) -> Response {
    if let Some(problem) = response.extensions_mut().remove::<Problem>() {
        let (content_type, body) = render(&problem, tracking_id, path);
        *response.body_mut() = body.into();
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
        if let Some(wait) = problem.retry_after {
            headers.insert(RETRY_AFTER, HeaderValue::from(wait.as_secs()));
        }
    }
    if let Ok(value) = HeaderValue::from_str(tracking_id) {
        response.headers_mut().insert(TRACKING_ID, value);
    }
    response
}

fn render(problem: &Problem, tracking_id: &str, path: &str) -> (&'static str, String) {
    if problem.html {
        let status = problem.status;
        let page = format!(
            "<html><head><title>{status}</title></head><body><h1>{status}</h1></body></html>"
        );
        return ("text/html", page);
    }
    let message = match problem.message {
        Some(message) => message,
        None if keeps_apart(path) => of_status(problem.status),
        None => &problem.description,
    };
    let body = json!({
        "message": message,
        "errors": [{"description": problem.description}],
        "trackingId": tracking_id,
    });
    ("application/json;charset=UTF-8", body.to_string())
}
