//! `/meetings/{id}/registrants`: people who filled in the form of a series, and the decisions about
//! them.

use axum::Json;
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use webex::limits::MAX_REGISTRATION_WINDOW_DAYS;

use crate::page::{Cursor, First, Page, PageRequest};
use crate::problem::{Problem, Result};
use crate::request::{Call, Routes};
use crate::rows::moment;
use crate::rows::preparations::{Answers, RegistrantKey, RegistrantStatus, Registration};
use crate::rules::meetings::registrants::{
    add, check_all, find, is_email, of_series, open_series, part,
};
use crate::rules::meetings::registration::hosted_series;
use crate::rules::meetings::week;
use crate::world::World;

/// People registered, found or decided on in one request; the sandbox's own limit, Webex documents
/// none.
const MAX_AT_ONCE: usize = 100;

pub(crate) fn routes() -> Routes {
    Routes::default()
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

fn wire(world: &World, key: RegistrantKey) -> Option<Registration> {
    let registrant = world.meetings.registrants.get(key)?;
    Some(registrant.wire.clone())
}

fn create(world: &mut World, call: &Call) -> Result<Json<Registration>> {
    let added = register(world, call, vec![call.body()?])?;
    let added = added.into_iter().next();
    added.map(Json).ok_or_else(Problem::vanished)
}

#[derive(Debug, Deserialize)]
struct CreateRegistrants {
    items: Vec<Answers>,
}

/// Registers all or none: one person who cannot register refuses all of them.
fn create_many(world: &mut World, call: &Call) -> Result<Page<Registration>> {
    let new: CreateRegistrants = call.body()?;
    Problem::bad_request("items must name 1 to 100 registrants.")
        .unless((1..=MAX_AT_ONCE).contains(&new.items.len()))?;
    register(world, call, new.items).map(Page::whole)
}

fn register(world: &mut World, call: &Call, all: Vec<Answers>) -> Result<Vec<Registration>> {
    call.host(world)?;
    let series = open_series(world, call.id())?;
    let place = (series, part(world, series, call.wants_current()?));
    check_all(world, place, &all)?;
    let added = all.into_iter().map(|one| {
        let key = add(world, place, one)?;
        wire(world, key).ok_or_else(Problem::vanished)
    });
    added.collect()
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

fn window(query: &ListRegistrants, now: Timestamp) -> Result<(Timestamp, Timestamp)> {
    let (from, to) = (query.registration_time_from, query.registration_time_to);
    if from.or(to).is_none() {
        // A person who registers at this very moment is listed as well.
        return Ok((week(None, None, now).0, Timestamp::MAX));
    }
    let (from, to) = week(from, to, now);
    let longest = SignedDuration::from_hours(24 * MAX_REGISTRATION_WINDOW_DAYS);
    Problem::bad_request("registrationTimeFrom must be at most 90 days before registrationTimeTo.")
        .unless(from <= to && to.duration_since(from) <= longest)?;
    Ok((from, to))
}

fn list(world: &World, call: &Call) -> Result<Page<Registration>> {
    let query: ListRegistrants = call.query()?;
    let page = call.few()?;
    let (from, to) = window(&query, call.now)?;
    let series = hosted_series(world, call.host(world)?, call.id())?;
    let only = part(world, series, call.wants_current()?);
    let wanted = of_series(world, series).filter(|(_, one)| {
        let at = one.wire.registration_time.unwrap_or(Timestamp::MIN);
        let email = query.email.as_deref();
        let is_named = email.is_none_or(|email| is_email(&one.wire, email));
        is_named && at >= from && at < to && one.is_of(only)
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
    Problem::bad_request("emails must name 1 to 100 people.")
        .unless((1..=MAX_AT_ONCE).contains(&query.emails.len()))?;
    let series = hosted_series(world, call.host(world)?, call.id())?;
    let only = part(world, series, call.wants_current()?);
    let found = of_series(world, series).filter(|(_, one)| {
        let is_named = query.emails.iter().any(|email| is_email(&one.wire, email));
        let is_status = query.status.is_none() || query.status == Some(one.wire.status);
        is_named && is_status && one.is_of(only)
    });
    let mut found: Vec<_> = found.map(|(key, one)| (key, &one.wire)).collect();
    sort(&mut found, &query);
    let rest = after(page, &found);
    Ok(page.cut(rest, |one: &Registration| Some(one.clone())))
}

fn sort(found: &mut [(RegistrantKey, &Registration)], query: &QueryRegistrants) {
    let by = |one: &Registration| {
        let text = match query.order_by.as_deref() {
            Some("firstName") => one.form.first_name.as_deref(),
            Some("lastName") => one.form.last_name.as_deref(),
            Some("email") => one.form.email.as_deref(),
            Some("status") => Some(match one.status {
                RegistrantStatus::Approved => "approved",
                RegistrantStatus::Pending => "pending",
                RegistrantStatus::Rejected => "rejected",
            }),
            _ => None,
        };
        text.unwrap_or_default().to_lowercase()
    };
    // Keys are in the order of registration.
    found.sort_by_cached_key(|(key, one)| (by(one), *key));
    if query.order_type.as_deref() == Some("DESC") {
        found.reverse();
    }
}

/// The entries after the last one shown; if that one is gone, after its position.
fn after<'w>(
    page: PageRequest,
    found: &[(RegistrantKey, &'w Registration)],
) -> impl Iterator<Item = (Cursor, &'w Registration)> {
    let start = page.after.map_or(0, |after| {
        let last = |(key, _): &(RegistrantKey, &Registration)| key.ordinal() == after.ordinal;
        match found.iter().position(last) {
            Some(at) => at + 1,
            None => usize::try_from(after.sort).unwrap_or_default(),
        }
    });
    let rest = found.iter().enumerate().skip(start);
    rest.map(|(at, (key, one))| {
        let cursor = Cursor {
            sort: i64::try_from(at).unwrap_or(i64::MAX),
            ordinal: key.ordinal(),
        };
        (cursor, *one)
    })
}

fn details(world: &World, call: &Call) -> Result<Json<Registration>> {
    let series = hosted_series(world, call.host(world)?, call.id())?;
    let key = find(world, series, call.part())?;
    wire(world, key).map(Json).ok_or_else(Problem::vanished)
}

fn delete(world: &mut World, call: &Call) -> Result<()> {
    let series = hosted_series(world, call.host(world)?, call.id())?;
    let key = find(world, series, call.part())?;
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
    let who: DecideRegistrants = call.body()?;
    Problem::bad_request("registrants must name 1 to 100 registrants.")
        .unless((1..=MAX_AT_ONCE).contains(&who.registrants.len()))?;
    let series = hosted_series(world, call.host(world)?, call.id())?;
    let ids = who.registrants.iter();
    let keys = ids.map(|one| find(world, series, &one.id));
    for key in keys.collect::<Result<Vec<_>, _>>()? {
        let Some(status) = status else {
            world.meetings.registrants.remove(key);
            continue;
        };
        world.meetings.registrants.row_mut(key)?.wire.status = status;
    }
    Ok(())
}
