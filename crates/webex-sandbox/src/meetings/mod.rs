//! `/meetings`: schedules on the sandbox's clock, and the meetings that come of them.
//!
//! A series has occurrences, which are computed; what starts becomes an instance, which is kept.

mod action;
mod announce;
pub(crate) mod calendar;
mod catalogue;
mod change;
mod create;
mod host;
pub(crate) mod list;
pub(crate) mod progress;
mod recurrence;
mod rules;
pub(crate) mod show;

pub(crate) use action::act;
pub use action::{ActionRefused, MeetingAction};
pub(crate) use announce::recording as announce_recording;
pub(crate) use create::create as schedule;

use axum::extract::{Path, State};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde::Deserialize;
use webex::meetings::{GetMeeting, Meeting};

use crate::Sandbox;
use crate::problem::Problem;
use crate::request::{Caller, Query};
use crate::world::{PersonKey, Role, World};
use calendar::{Series, Target};

pub(crate) fn routes() -> Router<Sandbox> {
    Router::new()
        .route("/meetings", get(list::list).post(create::handle))
        .route("/meetings/join", post(host::join))
        .route("/meetings/reassignHost", post(host::reassign))
        .route(
            "/meetings/controls",
            get(host::controls).put(host::update_controls),
        )
        .route("/meetings/templates", get(catalogue::templates))
        .route("/meetings/templates/{id}", get(catalogue::template))
        .route("/meetings/sessionTypes", get(catalogue::session_types))
        .route("/meetings/sessionTypes/{id}", get(catalogue::session_type))
        .route(
            "/meetings/{id}",
            get(details)
                .patch(change::patch)
                .put(change::update)
                .delete(change::delete),
        )
        .route("/meetings/{id}/end", post(host::end))
        .route("/admin/meetings", get(list::admin_list))
        .route("/admin/meetings/{id}", get(admin_details))
}

pub(crate) fn missing() -> Problem {
    Problem::not_found("Could not find a meeting with provided ID.")
}

/// As whom a call is made: the caller, or the host that an administrator names.
pub(crate) fn acting(
    world: &World,
    caller: &Caller,
    host_email: Option<&str>,
) -> Result<PersonKey, Problem> {
    let person = world.person(caller.person)?;
    if person.role == Role::Bot {
        return Err(Problem::forbidden("Bots have no meetings."));
    }
    match host_email {
        Some(email) if !email.eq_ignore_ascii_case(&person.email) => {
            if person.role != Role::Administrator {
                return Err(Problem::forbidden("hostEmail is for administrators."));
            }
            let host = world.person_by_email(email);
            host.ok_or_else(|| Problem::not_found("Could not find the host."))
        }
        _ => Ok(caller.person),
    }
}

/// Whether a person is the host, or a cohost, of a series or of one of its occurrences.
pub(crate) fn is_host(world: &World, series: &Series, person: PersonKey) -> bool {
    series.host == person || invited(world, series, person).any(|is_co_host| is_co_host)
}

/// For every invitation of a person to a series: whether it is a cohost's.
fn invited(world: &World, series: &Series, person: PersonKey) -> impl Iterator<Item = bool> {
    let email = world.people.get(person).map(|person| person.email.as_str());
    series.invitees.iter().filter_map(move |key| {
        let invitee = world.meetings.invitees.get(*key)?;
        let is_them = invitee
            .email
            .eq_ignore_ascii_case(email.unwrap_or_default());
        is_them.then_some(invitee.is_co_host)
    })
}

pub(crate) fn knows(world: &World, series: &Series, person: PersonKey) -> bool {
    series.host == person || invited(world, series, person).next().is_some()
}

/// The meeting, if this person hosts it or is invited.
pub(crate) fn known(world: &World, person: PersonKey, id: &str) -> Result<Target, Problem> {
    let target = world.meetings.find(id).ok_or_else(missing)?;
    let series = world.meetings.series_of(target).ok_or_else(missing)?;
    match knows(world, series, person) {
        true => Ok(target),
        false => Err(missing()),
    }
}

/// The meeting, if this person is its host or a cohost.
pub(crate) fn hosted(world: &World, person: PersonKey, id: &str) -> Result<Target, Problem> {
    let target = known(world, person, id)?;
    let series = world.meetings.series_of(target).ok_or_else(missing)?;
    match is_host(world, series, person) {
        true => Ok(target),
        false => Err(Problem::forbidden("Only the host and cohosts can do this.")),
    }
}

fn shown(world: &World, person: PersonKey, target: Target) -> Result<Json<Meeting>, Problem> {
    let series = world.meetings.series_of(target).ok_or_else(missing)?;
    let is_host = is_host(world, series, person);
    show::show(world, target, is_host)
        .map(Json)
        .ok_or_else(missing)
}

/// Of a series the occurrence that runs or comes next, where that is asked for.
fn current(world: &World, target: Target, is_wanted: bool) -> Target {
    let (Target::Series(key), true) = (target, is_wanted) else {
        return target;
    };
    let Some(series) = world.meetings.series.get(key) else {
        return target;
    };
    let mut to_come = series.occurrences();
    match to_come.find(|occurrence| occurrence.end > world.now) {
        Some(occurrence) => Target::Occurrence(key, occurrence.name),
        None => target,
    }
}

async fn details(
    State(sandbox): State<Sandbox>,
    caller: Caller,
    Path(id): Path<String>,
    Query(query): Query<GetMeeting>,
) -> Result<Json<Meeting>, Problem> {
    sandbox.read(|world| {
        let person = acting(world, &caller, query.host_email.as_deref())?;
        let target = known(world, person, &id)?;
        let target = current(world, target, query.current == Some(true));
        shown(world, person, target)
    })
}

fn watches_all(world: &World, caller: &Caller) -> Result<(), Problem> {
    match world.person(caller.person)?.role {
        Role::Administrator | Role::ComplianceOfficer => Ok(()),
        Role::User | Role::Bot => Err(Problem::forbidden(
            "Only administrators and compliance officers see the meetings of others.",
        )),
    }
}

#[derive(Debug, Deserialize)]
struct AdminGet {
    current: Option<bool>,
}

async fn admin_details(
    State(sandbox): State<Sandbox>,
    caller: Caller,
    Path(id): Path<String>,
    Query(query): Query<AdminGet>,
) -> Result<Json<Meeting>, Problem> {
    sandbox.read(|world| {
        watches_all(world, &caller)?;
        let target = world.meetings.find(&id).ok_or_else(missing)?;
        let target = current(world, target, query.current == Some(true));
        shown(world, caller.person, target)
    })
}
