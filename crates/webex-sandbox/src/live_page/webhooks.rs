//! GET `/_sandbox/webhooks`: who is told of what, and what was sent; POST `/_sandbox/deliveries`
//! sends one of them once more.

use axum::extract::State;
use axum::routing::{get, post};
use axum::{Json, Router};
use http::StatusCode;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{LookAs, Viewer};
use crate::Sandbox;
use crate::courier::Sent;
use crate::problem::Problem;
use crate::request::{Order, Query};
use crate::rows::{self, WebhookKey};
use crate::world::World;

/// More are not shown; a load test may register thousands.
const MAX_WEBHOOKS: usize = 200;

pub(super) fn routes() -> Router<Sandbox> {
    Router::new()
        .route("/_sandbox/webhooks", get(answer))
        .route("/_sandbox/deliveries", post(again))
}

#[derive(Debug, Serialize)]
struct Webhooks {
    webhooks: Vec<Webhook>,
    /// Newest first.
    deliveries: Vec<Delivered>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Webhook {
    id: String,
    name: String,
    owner: String,
    target_url: String,
    resource: String,
    event: String,
    filter: Option<String>,
    secret: Option<String>,
    is_org_wide: bool,
    is_active: bool,
    failure_count: usize,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Delivered {
    number: u64,
    webhook_id: Option<String>,
    webhook_name: String,
    resource: String,
    event: String,
    target_url: String,
    sent: Timestamp,
    duration_ms: u64,
    status: Option<u16>,
    error: Option<&'static str>,
    signature: Option<String>,
    body: String,
}

async fn answer(
    State(sandbox): State<Sandbox>,
    Query(look_as): Query<LookAs>,
) -> Result<Json<Webhooks>, Problem> {
    let sent = sandbox.0.courier.sent();
    sandbox.read(|world| {
        let viewer = look_as.viewer(world)?;
        let webhooks = world.webhooks.iter();
        let webhooks = webhooks.filter(|(_, webhook)| viewer.is(webhook.owner));
        let webhooks = webhooks.take(MAX_WEBHOOKS);
        let deliveries = sent.into_iter();
        let deliveries = deliveries.filter(|sent| owns(world, viewer, sent.delivery.webhook));
        Ok(Json(Webhooks {
            webhooks: webhooks.map(|(_, webhook)| show(world, webhook)).collect(),
            deliveries: deliveries.map(|sent| delivered(world, sent)).collect(),
        }))
    })
}

/// What was sent for a webhook that is gone is shown to everybody's eyes only.
fn owns(world: &World, viewer: Viewer, key: WebhookKey) -> bool {
    match world.webhooks.get(key) {
        Some(webhook) => viewer.is(webhook.owner),
        None => viewer == Viewer::Everybody,
    }
}

fn show(world: &World, webhook: &rows::Webhook) -> Webhook {
    let owner = world.people.get(webhook.owner);
    Webhook {
        id: webhook.id.clone(),
        name: webhook.name.clone(),
        owner: owner.map_or_else(String::new, |owner| owner.display_name.clone()),
        target_url: webhook.target_url.clone(),
        resource: webhook.resource.clone(),
        event: webhook.event.clone(),
        filter: webhook.filter.clone(),
        secret: webhook.secret.clone(),
        is_org_wide: webhook.is_org_wide,
        is_active: webhook.is_active,
        failure_count: webhook.failures.len(),
    }
}

fn delivered(world: &World, sent: Sent) -> Delivered {
    let webhook = world.webhooks.get(sent.delivery.webhook);
    let told: Value = serde_json::from_str(&sent.delivery.body).unwrap_or_default();
    let word = |name: &str| told[name].as_str().unwrap_or_default().to_owned();
    Delivered {
        number: sent.number,
        webhook_id: webhook.map(|webhook| webhook.id.clone()),
        webhook_name: word("name"),
        resource: word("resource"),
        event: word("event"),
        sent: sent.at,
        duration_ms: u64::try_from(sent.took.as_millis()).unwrap_or(u64::MAX),
        status: sent.outcome.ok(),
        error: sent.outcome.err(),
        signature: sent.delivery.signature(),
        target_url: sent.delivery.target_url,
        body: sent.delivery.body,
    }
}

/// `{"number": 7}`
#[derive(Debug, Deserialize)]
struct Again {
    number: u64,
}

/// The same body to the same target, signed with the same secret.
async fn again(
    State(sandbox): State<Sandbox>,
    Order(order): Order<Again>,
) -> Result<StatusCode, Problem> {
    let missing = || Problem::not_found("This delivery is not remembered any more.");
    let found = sandbox.0.courier.find(order.number);
    let delivery = found.ok_or_else(missing)?;
    sandbox.deliver(vec![delivery]);
    Ok(StatusCode::ACCEPTED)
}
