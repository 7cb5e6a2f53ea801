//! What the demo company's site offers: templates, session types and tracking codes.

use axum::Json;

use crate::page::Page;
use crate::problem::{Problem, Result};
use crate::request::Call;
use crate::routes::meetings::fits;
use crate::rules::meetings::acting;
use crate::rules::meetings::checks::TRACKING_CODES;
use crate::rules::meetings::show::SITE;
use crate::world::World;
use serde::Deserialize;
use serde_json::{Value, json};

/// Everything of one kind.
fn offered(kind: &str) -> Vec<Value> {
    let all = serde_json::from_str(include_str!("catalogue.json"));
    let all: Value = all.unwrap_or_default();
    all[kind].as_array().cloned().unwrap_or_default()
}

/// One thing of a kind, whose name is for the refusal.
pub(super) fn named(kind: &str, id: &str, name: &str) -> Result<Value> {
    let found = offered(kind).into_iter().find(|one| one["id"] == id);
    found.ok_or_else(|| Problem::not_found(format!("Could not find a {name} with provided ID.")))
}

pub(crate) fn templates(world: &World, call: &Call) -> Result<Page<Value>> {
    call.host(world)?;
    let wanted = call.filters("templateType locale isDefault isStandard")?;
    let mut items = offered("templates");
    for template in items.iter_mut().filter_map(Value::as_object_mut) {
        template.remove("meeting");
    }
    items.retain(|template| template.as_object().is_some_and(|it| fits(it, &wanted)));
    Ok(Page::whole(items))
}

pub(crate) fn template(world: &World, call: &Call) -> Result<Json<Value>> {
    call.host(world)?;
    named("templates", call.id(), "template").map(Json)
}

pub(crate) fn session_types(world: &World, call: &Call) -> Result<Page<Value>> {
    call.host(world)?;
    Ok(Page::whole(offered("sessionTypes")))
}

pub(crate) fn session_type(world: &World, call: &Call) -> Result<Json<Value>> {
    call.host(world)?;
    named("sessionTypes", call.id(), "session type").map(Json)
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ListTrackingCodes {
    service: String,
    host_email: Option<String>,
}

/// The same codes for meetings and webinars; the site has no other services.
pub(crate) fn tracking_codes(world: &World, call: &Call) -> Result<Page<Value>> {
    let query: ListTrackingCodes = call.query()?;
    acting(world, call, query.host_email.as_deref())?;
    let service = query.service;
    let is_offered = !["TrainingCenter", "SupportCenter"].contains(&service.as_str());
    let codes = TRACKING_CODES.iter().filter(|_| is_offered);
    let items = codes.map(|(id, name, mode, values)| {
        let options = values.split_whitespace();
        let options = options.map(|value| json!({"value": value, "defaultValue": false}));
        json!({
            "id": id,
            "name": name,
            "siteUrl": SITE,
            "options": options.collect::<Vec<_>>(),
            "inputMode": mode,
            "service": service,
            "type": "optional",
        })
    });
    Ok(Page::whole(items.collect()))
}
