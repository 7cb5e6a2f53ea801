//! What every request gets, whatever it asks: its record, its faults, its tracking id.

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http::StatusCode;

use crate::faults::strike;
use crate::problem::{self, Problem};
use crate::{Sandbox, request};

/// What happens around every request: it is noted, faults strike, the answer gets its tracking id.
pub(crate) async fn around(
    State(sandbox): State<Sandbox>,
    request: Request,
    next: Next,
) -> Response {
    let faults = sandbox.faults();
    let principal = sandbox.principal(request.headers());
    let (number, fault) = faults.begin(request.method(), request.uri(), principal);
    let base = request::base(sandbox.base_url(), request.uri(), request.headers());
    sandbox.catch_up(&base);
    let method = request.method().clone();
    let target = request.uri().path_and_query().cloned();
    let url = || {
        format!(
            "{base}{}",
            target.as_ref().map_or("/", |target| target.as_str())
        )
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
    let response = problem::finish(response, &tracking_id(number));
    let response = strike::after(fault.as_ref(), response).await;
    faults.end(number, response.status());
    sandbox.changes().note();
    response
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
