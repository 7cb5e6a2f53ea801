//! `/meetings/{id}/registrants`: who filled in the form of a series, and who of them may come.

use std::collections::HashSet;

use axum::extract::{Path, State};
use axum::response::Response;
use axum::routing::{get, post};
use axum::{Json, Router};
use http::StatusCode;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use webex::limits::MAX_REGISTRATION_WINDOW_DAYS;
use webex::meetings::registrants::{
    CreateRegistrant, ListRegistrants, OrderDirection, QueryRegistrants, Registrant as Wire,
    RegistrantForm, RegistrantOrder, RegistrantStatus,
};
use webex::meetings::registration::SeriesPart;
use webex::meetings::{Password, ScheduledType};

use super::calendar::{Series, SeriesKey, Target};
use super::registration::{check_answers, decide, hosted_series, not_enabled};
use super::setup::{Registrant, RegistrantKey};
use super::{acting, current, is_host, missing, only_series};
use crate::Sandbox;
use crate::invitees::check_email;
use crate::page::{Cursor, PageRequest, Paging};
use crate::problem::Problem;
use crate::request::{Caller, JsonBody, Query};
use crate::world::{PersonKey, World};

/// What a webinar of Webex holds by default; the form may set a smaller limit.
const MAX_REGISTRANTS: usize = 10_000;

/// People registered, looked up or decided on at once; our own bound, Webex documents none.
pub(super) const MAX_AT_ONCE: usize = 100;

/// Registrants are listed for a week where nothing is said.
const DEFAULT_WINDOW_DAYS: i64 = 7;

/// The first registration id of a webinar; they have six digits.
const FIRST_REGISTRATION_ID: u64 = 100_000;

pub(super) fn routes() -> Router<Sandbox> {
    Router::new()
        .route("/meetings/{id}/registrants", get(list).post(create))
        .route("/meetings/{id}/registrants/bulkInsert", post(create_many))
        .route("/meetings/{id}/registrants/query", post(query))
        .route(
            "/meetings/{id}/registrants/{registrant}",
            get(details).delete(delete),
        )
}

/// Whether somebody may join: where there is a form, only the host, cohosts and who was approved.
pub(crate) fn may_join(world: &World, key: SeriesKey, name: Timestamp, person: PersonKey) -> bool {
    let Some(series) = world.meetings.series.get(key) else {
        return false;
    };
    series.preparations.registration.is_none()
        || is_host(world, series, person)
        || approved(world, key, person).any(|one| one.is_of(Some(name)))
}

/// The approved registrations of a person for a series and its occurrences.
pub(super) fn approved(
    world: &World,
    key: SeriesKey,
    person: PersonKey,
) -> impl Iterator<Item = &Registrant> {
    let email = world.people.get(person).map(|person| person.email.as_str());
    let registrants = of_series(world, key).map(|(_, registrant)| registrant);
    registrants.filter(move |one| {
        one.wire.status == Some(RegistrantStatus::Approved)
            && is_email(&one.wire, email.unwrap_or_default())
    })
}

/// The addresses of everybody who was approved for a series or for an occurrence of it.
pub(super) fn approved_emails(world: &World, key: SeriesKey) -> Vec<String> {
    let all = of_series(world, key).map(|(_, one)| &one.wire);
    let approved = all.filter(|one| one.status == Some(RegistrantStatus::Approved));
    approved.filter_map(|one| one.form.email.clone()).collect()
}

fn is_email(registrant: &Wire, email: &str) -> bool {
    let own = registrant.form.email.as_deref().unwrap_or_default();
    own.eq_ignore_ascii_case(email)
}

/// All registrants of a series and its occurrences, oldest first.
pub(super) fn of_series(
    world: &World,
    key: SeriesKey,
) -> impl Iterator<Item = (RegistrantKey, &Registrant)> {
    let all = world.meetings.registrants.iter();
    all.filter(move |(_, registrant)| registrant.series == key)
}

/// The occurrence that is meant where only the current one is: that which runs or comes next.
fn part(world: &World, key: SeriesKey, is_current: Option<bool>) -> Option<Timestamp> {
    match current(world, Target::Series(key), is_current == Some(true)) {
        Target::Occurrence(_, name) => Some(name),
        Target::Series(_) | Target::Instance(_) => None,
    }
}

/// Anybody who has the id may register: the form is there for those who are not invited.
fn open_series(world: &World, id: &str) -> Result<SeriesKey, Problem> {
    match world.meetings.find(id).ok_or_else(missing)? {
        Target::Series(key) => Ok(key),
        Target::Occurrence(..) | Target::Instance(_) => Err(only_series()),
    }
}

/// Whether all of them can register, each address once: one who cannot keeps the others out.
fn check_all(
    world: &World,
    key: SeriesKey,
    only: Option<Timestamp>,
    all: &[CreateRegistrant],
) -> Result<(), Problem> {
    let series = world.meetings.series.get(key).ok_or_else(missing)?;
    let form = series.preparations.registration.as_ref();
    let form = form.ok_or_else(not_enabled)?;
    let of_part = of_series(world, key).filter(|(_, other)| other.is_of(only));
    let emails = of_part.filter_map(|(_, other)| other.wire.form.email.as_deref());
    let mut emails: HashSet<String> = emails.map(str::to_lowercase).collect();
    for new in all {
        check_answers(form, &new.form)?;
        let email = new.form.email.as_deref().unwrap_or_default();
        check_email(email)?;
        if !emails.insert(email.to_lowercase()) {
            return Err(Problem::conflict("The person is already registered."));
        }
    }
    let max = form.max_register_num.map_or(MAX_REGISTRANTS, |max| {
        usize::try_from(max).map_or(MAX_REGISTRANTS, |max| max.min(MAX_REGISTRANTS))
    });
    match of_series(world, key).count() + all.len() <= max {
        true => Ok(()),
        false => Err(Problem::forbidden("The registration is full.")),
    }
}

/// Registers somebody of whom it is known that they can.
fn add(
    world: &mut World,
    key: SeriesKey,
    only: Option<Timestamp>,
    answers: RegistrantForm,
) -> Result<RegistrantKey, Problem> {
    let series = world.meetings.series.get(key).ok_or_else(missing)?;
    let form = series.preparations.registration.as_ref();
    let form = form.ok_or_else(not_enabled)?;
    let status = decide(form, &answers);
    let number = FIRST_REGISTRATION_ID + world.meetings.registrants.next_ordinal();
    let registration_id = has_registration_id(series).then(|| Password::from(number.to_string()));
    let now = world.now;
    Ok(world.meetings.registrants.insert_with(|id| Registrant {
        series: key,
        only,
        wire: Wire {
            id,
            status: Some(status),
            registration_time: Some(now),
            source_id: None,
            registration_id,
            form: answers,
        },
    })?)
}

/// Whether a webinar's registrants join with an id of their own.
pub(super) fn has_registration_id(series: &Series) -> bool {
    let form = series.preparations.registration.as_ref();
    let has_id = form.is_some_and(|form| form.enabled_registration_id == Some(true));
    has_id && series.plan.scheduled_type == ScheduledType::Webinar
}

fn wire(world: &World, key: RegistrantKey) -> Option<Wire> {
    let registrant = world.meetings.registrants.get(key)?;
    Some(registrant.wire.clone())
}

async fn create(
    State(sandbox): State<Sandbox>,
    caller: Caller,
    Path(id): Path<String>,
    Query(query): Query<SeriesPart>,
    JsonBody(new): JsonBody<CreateRegistrant>,
) -> Result<Json<Wire>, Problem> {
    sandbox.write(&caller, |world| {
        acting(world, &caller, query.host_email.as_deref())?;
        let series = open_series(world, &id)?;
        let only = part(world, series, query.current);
        check_all(world, series, only, std::slice::from_ref(&new))?;
        let key = add(world, series, only, new.form)?;
        wire(world, key).map(Json).ok_or_else(Problem::vanished)
    })
}

#[derive(Debug, Serialize, Deserialize)]
struct Items<T> {
    items: Vec<T>,
}

/// All or nobody: one who cannot register keeps the others out.
async fn create_many(
    State(sandbox): State<Sandbox>,
    caller: Caller,
    Path(id): Path<String>,
    Query(query): Query<SeriesPart>,
    JsonBody(new): JsonBody<Items<CreateRegistrant>>,
) -> Result<Json<Items<Wire>>, Problem> {
    if !(1..=MAX_AT_ONCE).contains(&new.items.len()) {
        return Err(Problem::bad_request(
            "items must name 1 to 100 registrants.",
        ));
    }
    sandbox.write(&caller, |world| {
        acting(world, &caller, query.host_email.as_deref())?;
        let series = open_series(world, &id)?;
        let only = part(world, series, query.current);
        check_all(world, series, only, &new.items)?;
        let added = new.items.into_iter();
        let added: Result<Vec<_>, _> = added
            .map(|one| add(world, series, only, one.form))
            .collect();
        let items = added?.into_iter().filter_map(|key| wire(world, key));
        let items = items.collect();
        Ok(Json(Items { items }))
    })
}

fn window(query: &ListRegistrants, now: Timestamp) -> Result<(Timestamp, Timestamp), Problem> {
    let days = |days: i64| SignedDuration::from_hours(24 * days);
    let (from, to) = (query.registration_time_from, query.registration_time_to);
    let week = days(DEFAULT_WINDOW_DAYS);
    let (from, to) = match (from, to) {
        (Some(from), to) => (
            from,
            to.unwrap_or_else(|| from.saturating_add(week).unwrap_or(from)),
        ),
        // Who registers at this very moment is listed as well.
        (None, None) => (now.saturating_sub(week).unwrap_or(now), Timestamp::MAX),
        (None, Some(to)) => (to.saturating_sub(week).unwrap_or(to), to),
    };
    let is_open = query.registration_time_from.is_none() && query.registration_time_to.is_none();
    let longest = days(MAX_REGISTRATION_WINDOW_DAYS);
    match is_open || (from <= to && to.duration_since(from) <= longest) {
        true => Ok((from, to)),
        false => Err(Problem::bad_request(
            "registrationTimeFrom must be at most 90 days before registrationTimeTo.",
        )),
    }
}

async fn list(
    State(sandbox): State<Sandbox>,
    caller: Caller,
    Path(id): Path<String>,
    Query(query): Query<ListRegistrants>,
    Query(paging): Query<Paging>,
) -> Result<Response, Problem> {
    let page = paging.few()?;
    let (from, to) = window(&query, sandbox.clock().now())?;
    let page = sandbox.try_read(|world| {
        let person = acting(world, &caller, query.host_email.as_deref())?;
        let series = hosted_series(world, person, &id)?;
        let only = part(world, series, query.current);
        let wanted = of_series(world, series).filter(|(_, one)| {
            let at = one.wire.registration_time.unwrap_or(Timestamp::MIN);
            let email = query.email.as_deref();
            let is_named = email.is_none_or(|email| is_email(&one.wire, email));
            is_named && at >= from && at < to && one.is_of(only)
        });
        let keys = wanted.map(|(key, _)| key);
        Ok(page.cut_keys(keys, |key| wire(world, key)))
    })?;
    Ok(page.answer(&caller))
}

async fn query(
    State(sandbox): State<Sandbox>,
    caller: Caller,
    Path(id): Path<String>,
    Query(part): Query<SeriesPart>,
    Query(paging): Query<Paging>,
    JsonBody(query): JsonBody<QueryRegistrants>,
) -> Result<Response, Problem> {
    let page = paging.few()?;
    if !(1..=MAX_AT_ONCE).contains(&query.emails.len()) {
        return Err(Problem::bad_request("emails must name 1 to 100 people."));
    }
    let page = sandbox.try_read(|world| {
        let person = acting(world, &caller, part.host_email.as_deref())?;
        let series = hosted_series(world, person, &id)?;
        let only = self::part(world, series, part.current);
        let found = of_series(world, series).filter(|(_, one)| {
            let is_named = query.emails.iter().any(|email| is_email(&one.wire, email));
            let is_status = query.status.is_none() || query.status == one.wire.status;
            is_named && is_status && one.is_of(only)
        });
        let mut found: Vec<_> = found.map(|(key, one)| (key, &one.wire)).collect();
        sort(&mut found, &query);
        let rest = after(page, &found);
        Ok(page.cut(rest, |one: &Wire| Some(one.clone())))
    })?;
    Ok(page.answer(&caller))
}

fn sort(found: &mut [(RegistrantKey, &Wire)], query: &QueryRegistrants) {
    let by = |one: &Wire| {
        let text = match query.order_by {
            Some(RegistrantOrder::FirstName) => one.form.first_name.as_deref(),
            Some(RegistrantOrder::LastName) => one.form.last_name.as_deref(),
            Some(RegistrantOrder::Email) => one.form.email.as_deref(),
            Some(RegistrantOrder::Status) => one.status.as_ref().map(RegistrantStatus::as_str),
            _ => None,
        };
        text.unwrap_or_default().to_lowercase()
    };
    // Keys are in the order of registration.
    found.sort_by_cached_key(|(key, one)| (by(one), *key));
    if query.order_type == Some(OrderDirection::Descending) {
        found.reverse();
    }
}

/// What follows the last one shown; where that is gone meanwhile, what took its place.
fn after<'w>(
    page: PageRequest,
    found: &[(RegistrantKey, &'w Wire)],
) -> impl Iterator<Item = (Cursor, &'w Wire)> {
    let start = page.after.map_or(0, |after| {
        let last = |(key, _): &(RegistrantKey, &Wire)| key.ordinal() == after.ordinal;
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

pub(super) fn find(world: &World, series: SeriesKey, id: &str) -> Result<RegistrantKey, Problem> {
    let missing = || Problem::not_found("Could not find a registrant with provided ID.");
    let key = world.meetings.registrants.find(id).ok_or_else(missing)?;
    let registrant = world.meetings.registrants.get(key);
    let is_here = registrant.is_some_and(|one| one.series == series);
    if is_here { Ok(key) } else { Err(missing()) }
}

async fn details(
    State(sandbox): State<Sandbox>,
    caller: Caller,
    Path((id, registrant)): Path<(String, String)>,
    Query(part): Query<SeriesPart>,
) -> Result<Json<Wire>, Problem> {
    sandbox.read(|world| {
        let person = acting(world, &caller, part.host_email.as_deref())?;
        let series = hosted_series(world, person, &id)?;
        let key = find(world, series, &registrant)?;
        wire(world, key).map(Json).ok_or_else(Problem::vanished)
    })
}

async fn delete(
    State(sandbox): State<Sandbox>,
    caller: Caller,
    Path((id, registrant)): Path<(String, String)>,
    Query(part): Query<SeriesPart>,
) -> Result<StatusCode, Problem> {
    sandbox.write(&caller, |world| {
        let person = acting(world, &caller, part.host_email.as_deref())?;
        let series = hosted_series(world, person, &id)?;
        let key = find(world, series, &registrant)?;
        world.meetings.registrants.remove(key);
        Ok(StatusCode::NO_CONTENT)
    })
}
