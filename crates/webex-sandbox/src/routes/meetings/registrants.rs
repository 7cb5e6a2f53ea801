//! `/meetings/{id}/registrants`: people who filled in the form of a series, and the decisions about
//! them.

use axum::extract::Path;
use axum::response::Response;
use axum::routing::{get, post};
use axum::{Json, Router};
use http::StatusCode;
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use webex::limits::MAX_REGISTRATION_WINDOW_DAYS;

use crate::Sandbox;
use crate::page::{Cursor, Page, PageRequest, Paging};
use crate::problem::{Problem, Result};
use crate::request::{JsonBody, Query};
use crate::routes::meetings::OnBehalf;
use crate::rows::moment;
use crate::rows::preparations::{Answers, RegistrantKey, RegistrantStatus, Registration};
use crate::rules::meetings::registrants::{
    add, check_all, find, is_email, of_series, open_series, part,
};
use crate::rules::meetings::registration::hosted_series;
use crate::world::World;

/// People registered, found or decided on in one request; the sandbox's own limit, Webex documents
/// none.
pub(crate) const MAX_AT_ONCE: usize = 100;

/// Registrants of the last week are listed by default.
const DEFAULT_WINDOW_DAYS: i64 = 7;

pub(crate) fn routes() -> Router<Sandbox> {
    Router::new()
        .route("/meetings/{id}/registrants", get(list).post(create))
        .route("/meetings/{id}/registrants/bulkInsert", post(create_many))
        .route("/meetings/{id}/registrants/query", post(query))
        .route(
            "/meetings/{id}/registrants/{registrant}",
            get(details).delete(delete),
        )
}

fn wire(world: &World, key: RegistrantKey) -> Option<Registration> {
    let registrant = world.meetings.registrants.get(key)?;
    Some(registrant.wire.clone())
}

async fn create(
    caller: OnBehalf,
    Path(id): Path<String>,
    JsonBody(new): JsonBody<Answers>,
) -> Result<Json<Registration>> {
    caller.write(|world, _| {
        let series = open_series(world, &id)?;
        let only = part(world, series, caller.current);
        check_all(world, series, only, std::slice::from_ref(&new))?;
        let key = add(world, series, only, new)?;
        wire(world, key).map(Json).ok_or_else(Problem::vanished)
    })
}

#[derive(Debug, Deserialize)]
struct CreateRegistrants {
    items: Vec<Answers>,
}

/// Registers all or none: one person who cannot register refuses all of them.
async fn create_many(
    caller: OnBehalf,
    Path(id): Path<String>,
    JsonBody(new): JsonBody<CreateRegistrants>,
) -> Result<Response> {
    Problem::bad_request("items must name 1 to 100 registrants.")
        .unless((1..=MAX_AT_ONCE).contains(&new.items.len()))?;
    let items = caller.write(|world, _| {
        let series = open_series(world, &id)?;
        let only = part(world, series, caller.current);
        check_all(world, series, only, &new.items)?;
        let added = new.items.into_iter();
        let added: Result<Vec<_>, _> = added.map(|one| add(world, series, only, one)).collect();
        let items = added?.into_iter().filter_map(|key| wire(world, key));
        Ok(items.collect())
    })?;
    Ok(Page::whole(items).answer(&caller.context))
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct ListRegistrants {
    email: Option<String>,
    #[serde(default, with = "moment")]
    registration_time_from: Option<Timestamp>,
    #[serde(default, with = "moment")]
    registration_time_to: Option<Timestamp>,
    #[serde(flatten)]
    paging: Paging,
}

fn window(query: &ListRegistrants, now: Timestamp) -> Result<(Timestamp, Timestamp)> {
    let days = |days: i64| SignedDuration::from_hours(24 * days);
    let (from, to) = (query.registration_time_from, query.registration_time_to);
    let week = days(DEFAULT_WINDOW_DAYS);
    let (from, to) = match (from, to) {
        (Some(from), to) => (
            from,
            to.unwrap_or_else(|| from.saturating_add(week).unwrap_or(from)),
        ),
        // A person who registers at this very moment is listed as well.
        (None, None) => (now.saturating_sub(week).unwrap_or(now), Timestamp::MAX),
        (None, Some(to)) => (to.saturating_sub(week).unwrap_or(to), to),
    };
    let is_open = query.registration_time_from.is_none() && query.registration_time_to.is_none();
    let longest = days(MAX_REGISTRATION_WINDOW_DAYS);
    Problem::bad_request("registrationTimeFrom must be at most 90 days before registrationTimeTo.")
        .unless(is_open || (from <= to && to.duration_since(from) <= longest))?;
    Ok((from, to))
}

async fn list(
    caller: OnBehalf,
    Path(id): Path<String>,
    Query(query): Query<ListRegistrants>,
) -> Result<Response> {
    let page = query.paging.few()?;
    let (from, to) = window(&query, caller.context.now())?;
    caller.list(|world, person| {
        let series = hosted_series(world, person, &id)?;
        let only = part(world, series, caller.current);
        let wanted = of_series(world, series).filter(|(_, one)| {
            let at = one.wire.registration_time.unwrap_or(Timestamp::MIN);
            let email = query.email.as_deref();
            let is_named = email.is_none_or(|email| is_email(&one.wire, email));
            is_named && at >= from && at < to && one.is_of(only)
        });
        let keys = wanted.map(|(key, _)| key);
        Ok(page.cut_keys(keys, |key| wire(world, key)))
    })
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct QueryRegistrants {
    emails: Vec<String>,
    status: Option<RegistrantStatus>,
    order_by: Option<String>,
    order_type: Option<String>,
}

async fn query(
    caller: OnBehalf,
    Path(id): Path<String>,
    Query(paging): Query<Paging>,
    JsonBody(query): JsonBody<QueryRegistrants>,
) -> Result<Response> {
    let page = paging.few()?;
    Problem::bad_request("emails must name 1 to 100 people.")
        .unless((1..=MAX_AT_ONCE).contains(&query.emails.len()))?;
    caller.list(|world, person| {
        let series = hosted_series(world, person, &id)?;
        let only = self::part(world, series, caller.current);
        let found = of_series(world, series).filter(|(_, one)| {
            let is_named = query.emails.iter().any(|email| is_email(&one.wire, email));
            let is_status = query.status.is_none() || query.status == Some(one.wire.status);
            is_named && is_status && one.is_of(only)
        });
        let mut found: Vec<_> = found.map(|(key, one)| (key, &one.wire)).collect();
        sort(&mut found, &query);
        let rest = after(page, &found);
        Ok(page.cut(rest, |one: &Registration| Some(one.clone())))
    })
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

async fn details(
    caller: OnBehalf,
    Path((id, registrant)): Path<(String, String)>,
) -> Result<Json<Registration>> {
    caller.read(|world, person| {
        let series = hosted_series(world, person, &id)?;
        let key = find(world, series, &registrant)?;
        wire(world, key).map(Json).ok_or_else(Problem::vanished)
    })
}

async fn delete(
    caller: OnBehalf,
    Path((id, registrant)): Path<(String, String)>,
) -> Result<StatusCode> {
    caller.write(|world, person| {
        let series = hosted_series(world, person, &id)?;
        let key = find(world, series, &registrant)?;
        world.meetings.registrants.remove(key);
        Ok(StatusCode::NO_CONTENT)
    })
}
