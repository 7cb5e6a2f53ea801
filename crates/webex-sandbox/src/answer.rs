//! What every request gets, whatever it asks: its record, its faults, its tracking id.

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, StatusCode};

use crate::faults::strike;
use crate::problem::{self, Problem, Way};
use crate::rules::meetings::progress;
use crate::{Sandbox, request};

/// What happens around every request: it is noted, faults strike, the answer gets its tracking id.
pub(crate) async fn around(
    State(sandbox): State<Sandbox>,
    request: Request,
    next: Next,
) -> Response {
    let faults = sandbox.faults();
    let (principal, is_due) = arrival(&sandbox, request.headers());
    let (number, fault) = faults.begin(request.method(), request.uri(), principal);
    let base = request::base(sandbox.base_url(), request.uri(), request.headers());
    if is_due {
        sandbox.catch_up(&base);
    }
    let (method, uri) = (request.method().clone(), request.uri().clone());
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
    let way = Way::of(uri.path());
    let response = problem::finish(response, &tracking_id(number), way);
    let response = strike::after(fault.as_ref(), response).await;
    faults.end(number, response.status());
    sandbox.changes().note();
    response
}

/// Who calls, if the token is known, and whether something is to happen before the answer.
fn arrival(sandbox: &Sandbox, headers: &HeaderMap) -> (Option<String>, bool) {
    let token = request::bearer(headers);
    let now = sandbox.clock().now();
    sandbox.read(|world| {
        let access = token.and_then(|token| world.access(token, now));
        let principal = access.map(|(_, person)| person.email.clone());
        (principal, progress::is_due(world, now))
    })
}

/// A tracking id in Webex's form that counts the requests.
fn tracking_id(number: u64) -> String {
    format!("ROUTER_5A4DB0C5-{number:08X}-0001-0000-000000000001")
}

pub(crate) async fn unknown_route() -> Problem {
    Problem::not_found("The requested resource could not be found.")
}

pub(crate) async fn unknown_method() -> Problem {
    Problem::new(
        StatusCode::METHOD_NOT_ALLOWED,
        "The method is not supported for this resource.",
    )
}
