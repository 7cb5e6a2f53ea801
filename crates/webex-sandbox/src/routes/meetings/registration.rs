//! Registration: `/meetings/{id}/registration`, the form of a series with its rules, and
//! `/meetings/{id}/registrants`, the people who filled it in, with the decisions about them.

use axum::Json;
use jiff::Timestamp;
use serde::Deserialize;
use webex::limits::MAX_REGISTRATION_WINDOW_DAYS;

use crate::page::{First, Page};
use crate::problem::{Problem, Result};
use crate::request::{Call, Routes};
use crate::rows::moment;
use crate::rows::preparations::{Answers, RegistrantStatus, Registration, RegistrationForm};
use crate::rules::meetings::registration::{
    find, form_of, is_email, of_series, open_series, prepared, register,
};
use crate::rules::meetings::{Items, Window, check_named, current, hosted_series};
use crate::rules::shown::whole;
use crate::world::World;

pub(crate) fn routes() -> Routes {
    Routes::default()
        .get("/meetings/{id}/registration", form)
        .put("/meetings/{id}/registration", update_form)
        .delete("/meetings/{id}/registration", delete_form)
        .get("/meetings/{id}/registrants", list)
        .post("/meetings/{id}/registrants", create)
        .post("/meetings/{id}/registrants/bulkInsert", create_many)
        .ask("/meetings/{id}/registrants/query", query)
        .get("/meetings/{id}/registrants/{registrant}", details)
        .delete("/meetings/{id}/registrants/{registrant}", delete)
        .post("/meetings/{id}/registrants/approve", |world, call| {
            decide(world, call, Some(RegistrantStatus::Approved))
        })
        .post("/meetings/{id}/registrants/reject", |world, call| {
            decide(world, call, Some(RegistrantStatus::Rejected))
        })
        .post("/meetings/{id}/registrants/cancel", remove)
        .post("/meetings/{id}/registrants/bulkDelete", remove)
}

fn form(world: &World, call: &Call) -> Result<Json<RegistrationForm>> {
    let target = hosted_series(world, call.host(world)?, call.id())?;
    let series = world.meetings.series.row(target.series)?;
    form_of(series).cloned().map(Json)
}

fn update_form(world: &mut World, call: &Call) -> Result<Json<RegistrationForm>> {
    let (person, new) = call.host_and_body(world)?;
    let target = hosted_series(world, person, call.id())?;
    let form = prepared(new)?;
    let series = world.meetings.series.row_mut(target.series)?;
    series.preparations.registration = Some(form.clone());
    Ok(Json(form))
}

/// People who registered stay in the list.
fn delete_form(world: &mut World, call: &Call) -> Result<()> {
    let target = hosted_series(world, call.host_by_header(world)?, call.id())?;
    let series = world.meetings.series.row_mut(target.series)?;
    series.preparations.registration = None;
    Ok(())
}

fn create(world: &mut World, call: &Call) -> Result<Json<Registration>> {
    let mut added = register_all(world, call, vec![call.body()?])?;
    added.pop().map(Json).ok_or_else(Problem::vanished)
}

fn create_many(world: &mut World, call: &Call) -> Result<Page<Registration>> {
    let new: Items<Answers> = call.body()?;
    check_named(&new.items, "items must name 1 to 100 registrants.")?;
    register_all(world, call, new.items).map(Page::whole)
}

fn register_all(world: &mut World, call: &Call, all: Vec<Answers>) -> Result<Vec<Registration>> {
    call.host(world)?;
    let series = open_series(world, call.id())?;
    let target = current(world, series, call.wants_current()?);
    register(world, target, all)
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct ListRegistrants {
    email: Option<String>,
    #[serde(default, with = "moment")]
    registration_time_from: Option<Timestamp>,
    #[serde(default, with = "moment")]
    registration_time_to: Option<Timestamp>,
}

fn list(world: &World, call: &Call) -> Result<Page<Registration>> {
    let query: ListRegistrants = call.query()?;
    let page = call.few()?;
    let (from, to) = (query.registration_time_from, query.registration_time_to);
    let mut window = Window { from, to }.within(call.now, MAX_REGISTRATION_WINDOW_DAYS)?;
    if from.or(to).is_none() {
        // A person who registers at this very moment is listed as well.
        window.end = Timestamp::MAX;
    }
    let series = hosted_series(world, call.host(world)?, call.id())?;
    let target = current(world, series, call.wants_current()?);
    let wanted = of_series(world, target.series).filter(|(_, one)| {
        let at = one.wire.registration_time.unwrap_or(Timestamp::MIN);
        let email = query.email.as_deref();
        let is_named = email.is_none_or(|email| is_email(&one.wire, email));
        is_named && window.contains(&at) && target.has(one.only)
    });
    Ok(page.cut_rows(First::Oldest, wanted, |(_, one)| Some(one.wire.clone())))
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct QueryRegistrants {
    emails: Vec<String>,
    status: Option<RegistrantStatus>,
    order_by: Option<String>,
    order_type: Option<String>,
}

fn query(world: &World, call: &Call) -> Result<Page<Registration>> {
    let query: QueryRegistrants = call.body()?;
    let page = call.few()?;
    check_named(&query.emails, "emails must name 1 to 100 people.")?;
    let series = hosted_series(world, call.host(world)?, call.id())?;
    let target = current(world, series, call.wants_current()?);
    let found = of_series(world, target.series).filter(|(_, one)| {
        let is_named = query.emails.iter().any(|email| is_email(&one.wire, email));
        let is_status = query.status.is_none() || query.status == Some(one.wire.status);
        is_named && is_status && target.has(one.only)
    });
    let mut found: Vec<_> = found.collect();
    let field = query.order_by.as_deref();
    let field = field.filter(|field| ["firstName", "lastName", "email", "status"].contains(field));
    // Among equals in the order of registration, which is that of keys.
    found.sort_by_cached_key(|(key, one)| {
        let fields = whole(&one.wire);
        let text = field.and_then(|field| fields.get(field)?.as_str());
        (text.unwrap_or_default().to_lowercase(), *key)
    });
    if query.order_type.as_deref() == Some("DESC") {
        found.reverse();
    }
    Ok(page.cut_sorted(found, |_, one| Some(one.wire.clone())))
}

fn details(world: &World, call: &Call) -> Result<Json<Registration>> {
    let target = hosted_series(world, call.host(world)?, call.id())?;
    let key = find(world, target.series, call.part())?;
    Ok(Json(world.meetings.registrants.row(key)?.wire.clone()))
}

fn delete(world: &mut World, call: &Call) -> Result<()> {
    let target = hosted_series(world, call.host(world)?, call.id())?;
    let key = find(world, target.series, call.part())?;
    world.meetings.registrants.remove(key);
    Ok(())
}

#[derive(Debug, Deserialize)]
struct RegistrantId {
    id: String,
}

#[derive(Debug, Deserialize)]
struct DecideRegistrants {
    registrants: Vec<RegistrantId>,
}

/// Webex has no status for a cancelled registration: it is removed like a deleted one.
fn remove(world: &mut World, call: &Call) -> Result<()> {
    decide(world, call, None)
}

/// Sets the status of registrants, or removes them: all of them, or none if one is unknown.
fn decide(world: &mut World, call: &Call, status: Option<RegistrantStatus>) -> Result<()> {
    let DecideRegistrants { registrants } = call.body()?;
    check_named(&registrants, "registrants must name 1 to 100 registrants.")?;
    let series = hosted_series(world, call.host(world)?, call.id())?.series;
    let keys = registrants.iter();
    let keys = keys.map(|one| find(world, series, &one.id));
    for key in keys.collect::<Result<Vec<_>>>()? {
        match status {
            Some(status) => world.meetings.registrants.row_mut(key)?.wire.status = status,
            None => drop(world.meetings.registrants.remove(key)),
        }
    }
    Ok(())
}
