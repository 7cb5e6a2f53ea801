//! `/_sandbox`: faults, rate limits, file states, meetings, presence, the clock, people,
//! integrations, calls, and the world as a whole.

mod credentials;
mod loopback;
mod token;
mod world;

pub use token::AdminToken;

use std::time::Duration;

use axum::extract::State;
use axum::middleware::{from_fn, from_fn_with_state};
use axum::response::IntoResponse;
use axum::routing::{MethodRouter, any, delete, get, post};
use axum::{Json, Router};
use http::StatusCode;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::answer;
use crate::faults::{self, Call};
use crate::problem::{Problem, Result};
use crate::request::{Order, Query};
use crate::rows::integration::Integration;
use crate::rows::{FileState, PersonStatus, moment};
use crate::rules::meetings::action::{self, MeetingAction};
use crate::{RateLimit, Sandbox, live_page};

/// For callers on this machine.
pub(crate) fn router(sandbox: Sandbox) -> Router {
    routes().layer(from_fn(loopback::guard)).with_state(sandbox)
}

impl Sandbox {
    /// The administration and its live page for everyone who has the token, on any machine.
    pub fn admin_router_behind(&self, token: &AdminToken) -> Router {
        let guard = from_fn_with_state(token.key(self.base_url()), token::guard);
        routes().layer(guard).with_state(self.clone())
    }
}

fn routes() -> Router<Sandbox> {
    let no_calls = removal(|sandbox| sandbox.faults().forget_calls());
    let no_faults = removal(|sandbox| sandbox.faults().clear());
    let no_rate_limit = removal(|sandbox| sandbox.rate_limits().set(None));
    let faults = list(|sandbox| sandbox.faults().waiting()).merge(order(order_fault));
    let rate_limit = get(rate_limit).merge(order(set_rate_limit));
    Router::new()
        .route("/_sandbox/people", list(Sandbox::people))
        .route("/_sandbox/integrations", list(Sandbox::integrations))
        .route("/_sandbox/integrations", order(register))
        .route("/_sandbox/calls", get(calls).merge(no_calls))
        .route("/_sandbox/faults", faults.merge(no_faults))
        .route("/_sandbox/files", order(set_file_state))
        .route("/_sandbox/meetings", order(act))
        .route("/_sandbox/rate-limit", rate_limit.merge(no_rate_limit))
        .route("/_sandbox/presence", order(choose_status))
        .route("/_sandbox/clock", get(now).post(advance))
        .merge(credentials::routes())
        .merge(live_page::routes())
        .merge(world::routes())
        // Not left to the API, which would count the request and strike it with a fault.
        .route("/_sandbox/{*rest}", any(answer::unknown_route))
}

#[derive(Debug, Serialize)]
struct Items<T> {
    items: Vec<T>,
}

fn list<T: Serialize + 'static>(items: fn(&Sandbox) -> Vec<T>) -> MethodRouter<Sandbox> {
    get(move |State(sandbox): State<Sandbox>| async move {
        let items = items(&sandbox);
        Json(Items { items })
    })
}

fn order<T, A>(carry_out: fn(&Sandbox, T) -> Result<A>) -> MethodRouter<Sandbox>
where
    T: DeserializeOwned + Send + 'static,
    A: IntoResponse + 'static,
{
    post(
        move |State(sandbox): State<Sandbox>, Order(order): Order<T>| async move {
            carry_out(&sandbox, order)
        },
    )
}

fn removal(remove: fn(&Sandbox)) -> MethodRouter<Sandbox> {
    delete(move |State(sandbox): State<Sandbox>| async move {
        remove(&sandbox);
        StatusCode::NO_CONTENT
    })
}

/// `{"clientId": "C1", "clientSecret": "s", "name": "My App", "redirectUris": […], "scopes": […]}`
fn register(sandbox: &Sandbox, integration: Integration) -> Result<StatusCode> {
    let registered = sandbox.register(integration);
    registered.map_err(|invalid| Problem::bad_request(invalid.0))?;
    Ok(StatusCode::NO_CONTENT)
}

#[derive(Debug, Deserialize)]
struct Newest {
    newest: Option<usize>,
}

async fn calls(State(sandbox): State<Sandbox>, Query(asked): Query<Newest>) -> Json<Items<Call>> {
    let newest = asked.newest.unwrap_or(faults::MAX_CALLS);
    let items = sandbox.faults().last_calls(newest);
    Json(Items { items })
}

/// `{"times": 2, "method": "GET", "path": "/v1/rooms*", "fault": {"kind": "status", "code": 429}}`,
/// with `"share": 0.1` or `"sequence": "..x"` instead of `times`.
fn order_fault(sandbox: &Sandbox, order: faults::Order) -> Result<StatusCode> {
    if let Some(name) = order.unknown.keys().next() {
        let reason = format!("An order has no field {name}.");
        return Err(Problem::bad_request(reason));
    }
    order.check().map_err(Problem::bad_request)?;
    sandbox.faults().add(order);
    Ok(StatusCode::NO_CONTENT)
}

/// `{"id": "Y2lz…", "state": "scanning", "retryAfterSecs": 5}`
#[derive(Debug, Deserialize)]
struct FileOrder {
    id: String,
    #[serde(flatten)]
    state: FileState,
}

fn set_file_state(sandbox: &Sandbox, order: FileOrder) -> Result<StatusCode> {
    Problem::not_found("Could not find a file with provided ID.")
        .unless(sandbox.set_file_state(&order.id, order.state))?;
    Ok(StatusCode::NO_CONTENT)
}

/// `{"meetingId": "0ed7…", "action": "join", "email": "bob@example.com"}`
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct MeetingOrder {
    meeting_id: String,
    #[serde(flatten)]
    action: MeetingAction,
}

fn act(sandbox: &Sandbox, order: MeetingOrder) -> Result<Json<Value>> {
    let meeting_id = sandbox.change("", |world| {
        action::act(world, &order.meeting_id, order.action)
    })?;
    Ok(Json(json!({"meetingId": meeting_id})))
}

async fn rate_limit(State(sandbox): State<Sandbox>) -> Json<Option<RateLimit>> {
    Json(sandbox.rate_limits().get())
}

/// `{"requests": 300, "perSecs": 60}`
fn set_rate_limit(sandbox: &Sandbox, limit: RateLimit) -> Result<StatusCode> {
    sandbox.rate_limits().set(Some(limit));
    Ok(StatusCode::NO_CONTENT)
}

/// `{"email": "bob@example.com", "status": "DoNotDisturb"}`; `null` ends it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct StatusChoice {
    email: String,
    status: Option<PersonStatus>,
}

fn choose_status(sandbox: &Sandbox, choice: StatusChoice) -> Result<StatusCode> {
    sandbox.change("", |world| {
        let person = world.person_named(None, Some(&choice.email))?;
        world.people.row_mut(person)?.chosen_status = choice.status;
        Ok(())
    })?;
    Ok(StatusCode::NO_CONTENT)
}

async fn now(State(sandbox): State<Sandbox>) -> Json<Value> {
    Json(json!({"now": moment::text(sandbox.clock().now())}))
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Advance {
    advance_secs: u64,
}

async fn advance(
    State(sandbox): State<Sandbox>,
    Order(order): Order<Advance>,
) -> Result<Json<Value>> {
    let by = Duration::from_secs(order.advance_secs);
    Problem::bad_request("The clock moves by at most ten years in all.")
        .unless(sandbox.clock().advance(by))?;
    sandbox.catch_up("");
    Ok(now(State(sandbox)).await)
}
