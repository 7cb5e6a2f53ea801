//! `/webhooks`: registers webhooks and shows them.

use std::collections::VecDeque;

use serde::Deserialize;

use crate::page::{First, Page};
use crate::problem::{Problem, Result};
use crate::request::{Call, Routes};
use crate::rows::{PersonKey, Webhook, WebhookKey};
use crate::rules::caller::Caller;
use crate::rules::shown::Shown;
use crate::rules::webhooks::show;
use crate::values::{self, WEBHOOK_FILTER};
use crate::world::World;

/// Personal webhooks of one user, as Webex documents it.
const MAX_WEBHOOKS_PER_PERSON: usize = 30_000;

/// Name, secret and filter; longer ones are not realistic.
const MAX_FIELD_BYTES: usize = 4_096;

pub(crate) fn routes() -> Routes {
    Routes::default()
        .get("/webhooks", list)
        .post("/webhooks", create)
        .get("/webhooks/{id}", details)
        .put("/webhooks/{id}", update)
        .delete("/webhooks/{id}", delete)
}

fn list(world: &World, call: &Call) -> Result<Page<Shown>> {
    let page = call.many()?;
    let person = world.people.row(call.person)?;
    let keys = match call.parameter("ownedBy")?.as_deref() {
        None => &person.webhooks,
        Some("org") if call.oversees() => &world.org_wide_webhooks,
        Some("org") => return Err(not_allowed()),
        Some(_) => return Err(Problem::bad_request("ownedBy must be org.")),
    };
    let rows = world.webhooks.all(keys);
    Ok(page.cut_rows(First::Oldest, rows, |(_, row)| Some(show(world, row))))
}

fn not_allowed() -> Problem {
    Problem::forbidden(
        "Only administrators and compliance officers have webhooks of the organization.",
    )
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Create {
    name: Option<String>,
    target_url: Option<String>,
    resource: Option<String>,
    event: Option<String>,
    filter: Option<String>,
    secret: Option<String>,
    owned_by: Option<String>,
}

fn create(world: &mut World, call: &Call) -> Result<Shown> {
    let new: Create = call.body()?;
    let resource = new.resource.as_deref().unwrap_or_default();
    check_may_watch(world, call, resource)?;
    if new.owned_by.as_deref() == Some("org") {
        check_may_watch_all(world, call, resource)?;
    }
    let key = register(world, call.person, new)?;
    Ok(show(world, world.webhooks.row(key)?))
}

/// To watch a resource, a caller must be allowed to read it.
fn check_may_watch(world: &World, caller: &Caller, resource: &str) -> Result<()> {
    Problem::missing_scope().unless(world.rules.watch(resource, &caller.scopes, caller.role))
}

/// The resources of a whole organization that can be watched, as Webex documents them.
const ORG_RESOURCES: &[&str] = &[
    "meetings",
    "recordings",
    "convergedRecordings",
    "meetingParticipants",
    "meetingTranscripts",
    "rooms",
    "messages",
    "adminBatchJobs",
];

/// To watch an organization, a caller needs the role for it and the scope of that role.
fn check_may_watch_all(world: &World, caller: &Caller, resource: &str) -> Result<()> {
    not_allowed().unless(caller.oversees())?;
    Problem::bad_request("This resource cannot be watched with ownedBy org.")
        .unless(ORG_RESOURCES.contains(&resource))?;
    check_may_watch(world, caller, &format!("org:{resource}"))
}

/// A filter by host or owner is only for organization-wide webhooks. There is only one of these for
/// each resource, event and filter.
fn check_filter(world: &World, new: &Create, is_org_wide: bool) -> Result<()> {
    let filter = new.filter.as_deref().unwrap_or_default();
    let mut names = filter.split('&').filter_map(|pair| pair.split_once('='));
    let is_of_org = names.any(|(name, _)| webex::webhooks::rules::ORG_FILTERS.contains(&name));
    Problem::bad_request("A filter by host or owner needs ownedBy org.")
        .when(is_of_org && !is_org_wide)?;
    let mut others = world.org_wide_webhooks.iter();
    let is_known = others.any(|key| {
        let other = world.webhooks.get(*key);
        other.is_some_and(|other| {
            Some(&other.resource) == new.resource.as_ref()
                && Some(&other.event) == new.event.as_ref()
                && other.filter.as_deref().unwrap_or_default() == filter
        })
    });
    Problem::conflict("The organization has a webhook for this resource, event and filter.")
        .when(is_org_wide && is_known)
}

fn register(world: &mut World, owner: PersonKey, new: Create) -> Result<WebhookKey> {
    let is_org_wide = match new.owned_by.as_deref() {
        None | Some("creator") => false,
        Some("org") => true,
        Some(_) => return Err(Problem::bad_request("ownedBy must be org.")),
    };
    check_filter(world, &new, is_org_wide)?;
    let name = required(new.name, "name")?;
    let target_url = required(new.target_url, "targetUrl")?;
    let resource = required(new.resource, "resource")?;
    let event = required(new.event, "event")?;
    check_target(&target_url)?;
    check_lengths(&[Some(&name), new.filter.as_ref(), new.secret.as_ref()])?;
    let filter = new.filter.filter(|filter| !filter.is_empty());
    webex::webhooks::validate(
        &resource.as_str().into(),
        &event.as_str().into(),
        filter.as_deref(),
    )
    .map_err(|error| Problem::bad_request(format!("{error}.")))?;
    values::checked(WEBHOOK_FILTER, filter.as_deref().unwrap_or_default())?;
    let person = world.people.row(owner)?;
    Problem::forbidden("A user has at most 30000 webhooks.")
        .when(person.webhooks.len() >= MAX_WEBHOOKS_PER_PERSON)?;
    let created = world.now;
    let key = world.webhooks.insert_with(|id| Webhook {
        id,
        owner,
        name,
        target_url,
        resource,
        event,
        filter,
        secret: new.secret.filter(|secret| !secret.is_empty()),
        is_org_wide,
        is_active: true,
        created,
        failures: VecDeque::new(),
    })?;
    world.link_webhook(key).ok_or_else(Problem::vanished)?;
    Ok(key)
}

fn required(text: Option<String>, name: &str) -> Result<String> {
    Problem::required(text.filter(|text| !text.trim().is_empty()), name)
}

fn check_target(target: &str) -> Result<()> {
    let is_web = url::Url::parse(target)
        .is_ok_and(|url| matches!(url.scheme(), "http" | "https") && url.host().is_some());
    Problem::bad_request("targetUrl must be an http or https URL.")
        .unless(is_web && target.len() <= MAX_FIELD_BYTES)
}

fn check_lengths(fields: &[Option<&String>]) -> Result<()> {
    let mut fields = fields.iter().flatten();
    let is_long = fields.any(|field| field.len() > MAX_FIELD_BYTES);
    Problem::bad_request("A field is longer than 4096 bytes.").when(is_long)
}

/// The webhook, if it belongs to the caller, or to the organization and the caller may see such
/// webhooks.
fn own(world: &World, caller: &Caller, id: &str) -> Result<WebhookKey> {
    let missing = || Problem::not_found("Could not find a webhook with provided ID.");
    let (key, webhook) = world.webhooks.named(id).ok_or_else(missing)?;
    let is_shared = webhook.is_org_wide && caller.oversees();
    missing().unless(webhook.owner == caller.person || is_shared)?;
    check_may_watch(world, caller, &webhook.resource)?;
    Ok(key)
}

fn details(world: &World, call: &Call) -> Result<Shown> {
    let key = own(world, call, call.id())?;
    Ok(show(world, world.webhooks.row(key)?))
}

/// Other fields are ignored, as in Webex.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Update {
    name: Option<String>,
    target_url: Option<String>,
    secret: Option<String>,
    status: Option<String>,
}

fn update(world: &mut World, call: &Call) -> Result<Shown> {
    let update: Update = call.body()?;
    let name = required(update.name, "name")?;
    let target_url = required(update.target_url, "targetUrl")?;
    check_target(&target_url)?;
    check_lengths(&[Some(&name), update.secret.as_ref()])?;
    let status = update.status.as_deref();
    Problem::bad_request("status can only be set to active.")
        .unless(matches!(status, None | Some("active")))?;
    let key = own(world, call, call.id())?;
    let webhook = world.webhooks.row_mut(key)?;
    webhook.name = name;
    webhook.target_url = target_url;
    webhook.is_active |= update.status.is_some();
    if let Some(secret) = update.secret {
        webhook.secret = Some(secret).filter(|secret| !secret.is_empty());
    }
    Ok(show(world, world.webhooks.row(key)?))
}

fn delete(world: &mut World, call: &Call) -> Result<()> {
    let key = own(world, call, call.id())?;
    let webhook = world.webhooks.remove(key).ok_or_else(Problem::vanished)?;
    world.org_wide_webhooks.remove(&key);
    if let Some(owner) = world.people.get_mut(webhook.owner) {
        owner.webhooks.remove(&key);
    }
    Ok(())
}
