//! The credentials that developers get from Webex's own site: personal tokens, and bots.

use axum::{Json, Router};
use serde::Deserialize;
use serde_json::{Value, json};

use super::order;
use crate::Sandbox;
use crate::problem::{Problem, Result};
use crate::rows::{Person, Role};
use crate::rules::people::{DemoPerson, check_free};
use crate::world::registry::later;

/// How long a personal token works after it was copied from the site.
const PERSONAL_TOKEN_SECS: u32 = 12 * 60 * 60;

/// A name that fits into a token, an address and a mention.
const MAX_BOT_NAME_CHARS: usize = 64;

pub(super) fn routes() -> Router<Sandbox> {
    Router::new()
        .route("/_sandbox/tokens", order(mint))
        .route("/_sandbox/bots", order(add_bot))
}

/// `{"email": "bob@example.com", "scopes": ["spark:rooms_read"], "lifetimeSecs": 3600}`. The
/// default scopes are all that the person may have; the default lifetime is twelve hours.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct TokenOrder {
    email: String,
    scopes: Option<Vec<String>>,
    lifetime_secs: Option<u32>,
}

fn mint(sandbox: &Sandbox, order: TokenOrder) -> Result<Json<Value>> {
    let lifetime_secs = order.lifetime_secs.unwrap_or(PERSONAL_TOKEN_SECS);
    sandbox.change("", |world| {
        let person = world.person_named(None, Some(&order.email))?;
        let scopes = match order.scopes {
            Some(scopes) => world.rules.known(scopes).map_err(Problem::bad_request)?,
            None => world.rules.of_role(world.people.row(person)?.role),
        };
        let expires = later(world.now, i64::from(lifetime_secs));
        let token = world.grant(person, scopes.clone(), Some(expires))?;
        let granted = json!({"token": token, "scopes": scopes, "expires": expires});
        Ok(Json(granted))
    })
}

/// `{"name": "deploy-bot", "displayName": "Deploy Bot"}`
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct BotOrder {
    name: String,
    display_name: String,
}

/// Answers with the bot and its token, which never expires.
fn add_bot(sandbox: &Sandbox, order: BotOrder) -> Result<Json<DemoPerson>> {
    sandbox.change("", |world| {
        let is_plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "-._".contains(c);
        let has_length = |text: &str| (1..=MAX_BOT_NAME_CHARS).contains(&text.chars().count());
        let reason = "name must have 1 to 64 small letters, digits, dots, hyphens or underscores.";
        Problem::bad_request(reason)
            .unless(has_length(&order.name) && order.name.chars().all(is_plain))?;
        Problem::bad_request("displayName must have 1 to 64 characters.")
            .unless(has_length(&order.display_name))?;
        let email = format!("{}@webex.bot", order.name);
        let token = format!("sandbox-{}", order.name);
        check_free(world, &email, None)?;
        let now = world.now;
        Problem::conflict("Somebody has this name already.")
            .when(world.access(&token, now).is_some())?;
        let key = world.add_person(|id| Person {
            display_name: order.display_name,
            email,
            token,
            role: Role::Bot,
            ..Person::new(id, now)
        })?;
        Ok(Json(world.people.row(key)?.demo()))
    })
}
