//! `/_sandbox`: faults, rate limits, file states, meetings, presence, the clock, people,
//! integrations, calls, and the world as a whole.

mod credentials;
mod loopback;
mod order;
mod token;
mod world;

pub use token::AdminToken;

use std::time::Duration;

use axum::extract::State;
use axum::middleware::{from_fn, from_fn_with_state};
use axum::routing::{get, post};
use axum::{Json, Router};
use http::StatusCode;
use serde::{Deserialize, Serialize};

use crate::faults::{Call, Fault, Often, Pattern, Waiting};
use crate::problem::{Problem, Result};
use crate::request::Query;
use crate::rows::integration::Integration;
use crate::rows::{FileState, PersonStatus, moment};
use crate::rules::meetings::action::{self, MeetingAction};
use crate::rules::people::{DemoPerson, presence};
use crate::{RateLimit, Sandbox, live_page};
use order::Order;

/// For callers on this machine.
pub(crate) fn router(sandbox: Sandbox) -> Router {
    routes().layer(from_fn(loopback::guard)).with_state(sandbox)
}

impl Sandbox {
    /// The administration and its live page for everyone who has the token, on any machine.
    pub fn admin_router_behind(&self, token: &AdminToken) -> Router {
        let guard = from_fn_with_state(token.key(self.base_url()), token::guard);
        let doors = routes().route(token::SIGN_IN_PATH, get(unseen).post(unseen));
        doors.layer(guard).with_state(self.clone())
    }
}

/// Never reached: the guard answers first.
async fn unseen() -> StatusCode {
    StatusCode::NOT_FOUND
}

fn routes() -> Router<Sandbox> {
    Router::new()
        .route("/_sandbox/people", get(people))
        .route("/_sandbox/integrations", get(integrations).post(register))
        .route("/_sandbox/calls", get(calls).delete(forget_calls))
        .route(
            "/_sandbox/faults",
            get(faults).post(order_fault).delete(clear_faults),
        )
        .route("/_sandbox/files", post(set_file_state))
        .route("/_sandbox/meetings", post(act))
        .route(
            "/_sandbox/rate-limit",
            get(rate_limit).post(set_rate_limit).delete(lift_rate_limit),
        )
        .route("/_sandbox/presence", post(choose_status))
        .route("/_sandbox/clock", get(now).post(advance))
        .merge(credentials::routes())
        .merge(live_page::routes())
        .merge(world::routes())
}

#[derive(Debug, Serialize)]
struct Items<T> {
    items: Vec<T>,
}

async fn people(State(sandbox): State<Sandbox>) -> Json<Items<DemoPerson>> {
    let items = sandbox.people();
    Json(Items { items })
}

async fn integrations(State(sandbox): State<Sandbox>) -> Json<Items<Integration>> {
    let items = sandbox.integrations();
    Json(Items { items })
}

/// `{"clientId": "C1", "clientSecret": "s", "name": "My App", "redirectUris": […], "scopes": […]}`
async fn register(
    State(sandbox): State<Sandbox>,
    Order(integration): Order<Integration>,
) -> Result<StatusCode> {
    let registered = sandbox.register(integration);
    registered.map_err(|invalid| Problem::bad_request(invalid.0))?;
    Ok(StatusCode::NO_CONTENT)
}

#[derive(Debug, Deserialize)]
struct Newest {
    newest: Option<usize>,
}

async fn calls(State(sandbox): State<Sandbox>, Query(asked): Query<Newest>) -> Json<Items<Call>> {
    let items = match asked.newest {
        Some(newest) => {
            let mut items = sandbox.faults().last_calls(newest);
            items.reverse();
            items
        }
        None => sandbox.faults().calls(),
    };
    Json(Items { items })
}

async fn forget_calls(State(sandbox): State<Sandbox>) -> StatusCode {
    sandbox.faults().forget_calls();
    StatusCode::NO_CONTENT
}

/// `{"times": 2, "method": "GET", "path": "/v1/rooms*", "fault": {"kind": "status", "code": 429}}`,
/// with `"share": 0.1` or `"sequence": "..x"` instead of `times`.
#[derive(Debug, Deserialize)]
struct FaultOrder {
    #[serde(flatten)]
    often: Often,
    #[serde(flatten)]
    pattern: Pattern,
    fault: Fault,
}

async fn order_fault(
    State(sandbox): State<Sandbox>,
    Order(order): Order<FaultOrder>,
) -> StatusCode {
    let faults = sandbox.faults();
    faults.order(order.often, order.pattern, order.fault);
    StatusCode::NO_CONTENT
}

async fn faults(State(sandbox): State<Sandbox>) -> Json<Items<Waiting>> {
    let items = sandbox.faults().waiting();
    Json(Items { items })
}

async fn clear_faults(State(sandbox): State<Sandbox>) -> StatusCode {
    sandbox.faults().clear();
    StatusCode::NO_CONTENT
}

/// `{"id": "Y2lz…", "state": "scanning", "retryAfterSecs": 5}`
#[derive(Debug, Deserialize)]
struct FileOrder {
    id: String,
    #[serde(flatten)]
    state: FileState,
}

async fn set_file_state(
    State(sandbox): State<Sandbox>,
    Order(order): Order<FileOrder>,
) -> Result<StatusCode> {
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

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Acted {
    meeting_id: String,
}

async fn act(
    State(sandbox): State<Sandbox>,
    Order(order): Order<MeetingOrder>,
) -> Result<Json<Acted>> {
    let meeting_id = sandbox.change("", |world| {
        action::act(world, &order.meeting_id, order.action)
    })?;
    Ok(Json(Acted { meeting_id }))
}

async fn rate_limit(State(sandbox): State<Sandbox>) -> Json<Option<RateLimit>> {
    Json(sandbox.rate_limits().get())
}

/// `{"requests": 300, "perSecs": 60}`
async fn set_rate_limit(
    State(sandbox): State<Sandbox>,
    Order(limit): Order<RateLimit>,
) -> StatusCode {
    sandbox.rate_limits().set(Some(limit));
    StatusCode::NO_CONTENT
}

async fn lift_rate_limit(State(sandbox): State<Sandbox>) -> StatusCode {
    sandbox.rate_limits().set(None);
    StatusCode::NO_CONTENT
}

/// `{"email": "bob@example.com", "status": "DoNotDisturb"}`; `null` ends it.
#[derive(Debug, Deserialize)]
struct StatusChoice {
    email: String,
    status: Option<PersonStatus>,
}

async fn choose_status(
    State(sandbox): State<Sandbox>,
    Order(choice): Order<StatusChoice>,
) -> Result<StatusCode> {
    sandbox.change("", |world| {
        presence::choose(world, &choice.email, choice.status)
    })?;
    Ok(StatusCode::NO_CONTENT)
}

#[derive(Debug, Serialize)]
struct Now {
    now: String,
}

async fn now(State(sandbox): State<Sandbox>) -> Json<Now> {
    let now = moment::text(sandbox.clock().now());
    Json(Now { now })
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Advance {
    advance_secs: u64,
}

async fn advance(State(sandbox): State<Sandbox>, Order(order): Order<Advance>) -> Json<Now> {
    sandbox
        .clock()
        .advance(Duration::from_secs(order.advance_secs));
    sandbox.catch_up("");
    now(State(sandbox)).await
}
