//! `/meetingInvitees`: who is invited to a series, or to one occurrence of it.

use std::collections::HashSet;

use axum::extract::{Path, State};
use axum::response::Response;
use axum::routing::{get, post};
use axum::{Json, Router};
use http::StatusCode;
use jiff::Timestamp;
use serde::Serialize;
use webex::invitees::{
    CreateInvitee, CreateInvitees, DeleteInvitee, Invitee as Wire, ListInvitees, UpdateInvitee,
};
use webex::limits::{MAX_BULK_INVITEES_COUNT, MAX_DISPLAY_NAME_CHARS, MAX_INVITEES_COUNT};

pub(crate) use webex::invitees::NewInvitee;

use crate::Sandbox;
use crate::meetings::calendar::{Invitee, InviteeKey, SeriesKey};
use crate::meetings::{acting, is_host, known, knows, missing, place};
use crate::page::Paging;
use crate::problem::Problem;
use crate::request::{Caller, JsonBody, Query};
use crate::world::{PersonKey, World};

/// The longest address that mail knows.
const MAX_EMAIL_BYTES: usize = 254;

pub(crate) fn routes() -> Router<Sandbox> {
    Router::new()
        .route("/meetingInvitees", get(list).post(create))
        .route("/meetingInvitees/bulkInsert", post(create_many))
        .route(
            "/meetingInvitees/{id}",
            get(details).put(update).delete(delete),
        )
}

fn show(world: &World, key: InviteeKey) -> Option<Wire> {
    let invitee = world.meetings.invitees.get(key)?;
    let series = world.meetings.series.get(invitee.series)?;
    let person = world.person_by_email(&invitee.email);
    let person = person.and_then(|person| world.people.get(person));
    let registered = person.map(|person| &person.display_name);
    let name = invitee.display_name.as_ref().or(registered);
    Some(Wire {
        id: invitee.id.clone(),
        email: Some(invitee.email.clone()),
        display_name: Some(name.unwrap_or(&invitee.email).clone()),
        co_host: Some(invitee.is_co_host),
        meeting_id: Some(match invitee.only {
            Some(name) => series.occurrence_id(name),
            None => series.id.clone(),
        }),
        panelist: Some(invitee.is_panelist),
    })
}

/// Whether all of them can be invited, each address once: one who cannot keeps the others out.
fn check_all(
    world: &World,
    key: SeriesKey,
    only: Option<Timestamp>,
    all: &[NewInvitee],
) -> Result<(), Problem> {
    let series = world.meetings.series.get(key).ok_or_else(missing)?;
    if series.invitees.len() + all.len() > MAX_INVITEES_COUNT {
        return Err(Problem::bad_request("A meeting has at most 1000 invitees."));
    }
    let invited = series.invitees.iter();
    let invited = invited.filter_map(|key| world.meetings.invitees.get(*key));
    let invited = invited.filter(|one| one.is_of(only));
    let mut emails: HashSet<String> = invited.map(|one| one.email.to_lowercase()).collect();
    for new in all {
        check(new)?;
        if !emails.insert(new.email.trim().to_lowercase()) {
            return Err(Problem::conflict("The person is already invited."));
        }
    }
    Ok(())
}

/// Invites somebody of whom it is known that they can be.
pub(crate) fn add(
    world: &mut World,
    key: SeriesKey,
    only: Option<Timestamp>,
    new: NewInvitee,
) -> Result<InviteeKey, Problem> {
    let invitee = world.meetings.invitees.insert_with(|id| Invitee {
        id,
        series: key,
        only,
        email: new.email.trim().to_owned(),
        display_name: new.display_name,
        is_co_host: new.co_host == Some(true),
        is_panelist: new.panelist == Some(true),
    })?;
    if let Some(series) = world.meetings.series.get_mut(key) {
        series.invitees.push(invitee);
    }
    Ok(invitee)
}

pub(crate) fn check(new: &NewInvitee) -> Result<(), Problem> {
    check_email(&new.email)?;
    check_display_name(new.display_name.as_deref())
}

pub(crate) fn check_email(email: &str) -> Result<(), Problem> {
    let email = email.trim();
    let parts = email.split_once('@');
    let is_address = parts.is_some_and(|(name, host)| !name.is_empty() && !host.is_empty());
    match is_address && email.len() <= MAX_EMAIL_BYTES {
        true => Ok(()),
        false => Err(Problem::bad_request("email must be an e-mail address.")),
    }
}

pub(crate) fn check_display_name(name: Option<&str>) -> Result<(), Problem> {
    let name = name.unwrap_or_default();
    match name.chars().count() > MAX_DISPLAY_NAME_CHARS {
        true => Err(Problem::bad_request(
            "displayName is longer than 128 characters.",
        )),
        false => Ok(()),
    }
}

async fn list(
    State(sandbox): State<Sandbox>,
    caller: Caller,
    Query(query): Query<ListInvitees>,
    Query(paging): Query<Paging>,
) -> Result<Response, Problem> {
    let page = paging.few()?;
    let page = sandbox.try_read(|world| {
        let person = acting(world, &caller, query.host_email.as_deref())?;
        let target = known(world, person, &query.meeting_id)?;
        let (series, name) = world.meetings.place_of(target).ok_or_else(missing)?;
        let series = world.meetings.series.get(series).ok_or_else(missing)?;
        let keys = series.invitees.iter().filter(|key| {
            let invitee = world.meetings.invitees.get(**key);
            invitee.is_some_and(|one| {
                let is_wanted = query
                    .panelist
                    .is_none_or(|wanted| one.is_panelist == wanted);
                one.is_of(name) && is_wanted
            })
        });
        Ok(page.cut_keys(keys.copied(), |key| show(world, key)))
    })?;
    Ok(page.answer(&caller))
}

async fn create(
    State(sandbox): State<Sandbox>,
    caller: Caller,
    JsonBody(new): JsonBody<CreateInvitee>,
) -> Result<Json<Wire>, Problem> {
    sandbox.write(&caller, |world| {
        let person = acting(world, &caller, new.host_email.as_deref())?;
        let (series, only) = place(world, person, &new.meeting_id)?;
        check_all(world, series, only, std::slice::from_ref(&new.invitee))?;
        let key = add(world, series, only, new.invitee)?;
        show(world, key).map(Json).ok_or_else(Problem::vanished)
    })
}

#[derive(Debug, Serialize)]
struct Items {
    items: Vec<Wire>,
}

/// All or nobody: one address that cannot be invited refuses the others.
async fn create_many(
    State(sandbox): State<Sandbox>,
    caller: Caller,
    JsonBody(new): JsonBody<CreateInvitees>,
) -> Result<Json<Items>, Problem> {
    if !(1..=MAX_BULK_INVITEES_COUNT).contains(&new.invitees.len()) {
        return Err(Problem::bad_request("items must name 1 to 100 invitees."));
    }
    sandbox.write(&caller, |world| {
        let person = acting(world, &caller, new.host_email.as_deref())?;
        let (series, only) = place(world, person, &new.meeting_id)?;
        check_all(world, series, only, &new.invitees)?;
        let added = new.invitees.into_iter();
        let added: Result<Vec<_>, _> = added.map(|one| add(world, series, only, one)).collect();
        let items = added?.into_iter().filter_map(|key| show(world, key));
        let items = items.collect();
        Ok(Json(Items { items }))
    })
}

/// The invitee, if the caller may see the meeting and, where it is asked, change it.
fn find(
    world: &World,
    person: PersonKey,
    id: &str,
    is_to_change: bool,
) -> Result<InviteeKey, Problem> {
    let missing = || Problem::not_found("Could not find an invitee with provided ID.");
    let key = world.meetings.invitees.find(id).ok_or_else(missing)?;
    let invitee = world.meetings.invitees.get(key).ok_or_else(missing)?;
    let series = world.meetings.series.get(invitee.series);
    let series = series.ok_or_else(missing)?;
    match (knows(world, series, person), is_host(world, series, person)) {
        (false, _) => Err(missing()),
        (true, false) if is_to_change => {
            Err(Problem::forbidden("Only the host and cohosts can do this."))
        }
        _ => Ok(key),
    }
}

async fn details(
    State(sandbox): State<Sandbox>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Json<Wire>, Problem> {
    sandbox.read(|world| {
        let key = find(world, caller.person, &id, false)?;
        show(world, key).map(Json).ok_or_else(Problem::vanished)
    })
}

async fn update(
    State(sandbox): State<Sandbox>,
    caller: Caller,
    Path(id): Path<String>,
    JsonBody(update): JsonBody<UpdateInvitee>,
) -> Result<Json<Wire>, Problem> {
    sandbox.write(&caller, |world| {
        let person = acting(world, &caller, update.host_email.as_deref())?;
        let key = find(world, person, &id, true)?;
        let new = update.invitee;
        check(&new)?;
        let invitee = world.meetings.invitees.get_mut(key);
        let invitee = invitee.ok_or_else(Problem::vanished)?;
        invitee.email = new.email.trim().to_owned();
        invitee.display_name = new.display_name.or(invitee.display_name.take());
        invitee.is_co_host = new.co_host.unwrap_or(invitee.is_co_host);
        invitee.is_panelist = new.panelist.unwrap_or(invitee.is_panelist);
        show(world, key).map(Json).ok_or_else(Problem::vanished)
    })
}

fn remove(world: &mut World, key: InviteeKey) {
    let Some(invitee) = world.meetings.invitees.remove(key) else {
        return;
    };
    if let Some(series) = world.meetings.series.get_mut(invitee.series) {
        crate::world::remove_sorted(&mut series.invitees, key);
    }
}

async fn delete(
    State(sandbox): State<Sandbox>,
    caller: Caller,
    Path(id): Path<String>,
    Query(query): Query<DeleteInvitee>,
) -> Result<StatusCode, Problem> {
    sandbox.write(&caller, |world| {
        let person = acting(world, &caller, query.host_email.as_deref())?;
        let key = find(world, person, &id, true)?;
        remove(world, key);
        Ok(StatusCode::NO_CONTENT)
    })
}
