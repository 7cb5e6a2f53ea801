//! `/meetings`: schedules on the sandbox's clock, and the meetings that come of them.
//!
//! A series has occurrences, which are computed; what starts becomes an instance, which is kept.

mod action;
mod announce;
mod approvals;
mod breakouts;
pub(crate) mod calendar;
mod catalogue;
mod change;
mod create;
mod host;
mod interpreters;
mod invitation_sources;
pub(crate) mod list;
pub(crate) mod progress;
mod recurrence;
mod registrants;
mod registration;
mod rules;
mod scheduled;
pub(crate) mod setup;
pub(crate) mod show;
pub(crate) mod space;
mod surveys;
pub(crate) mod zone;

pub(crate) use action::act;
pub use action::{ActionRefused, MeetingAction};
pub(crate) use announce::{EndedMeeting, record_transcript, recording as announce_recording};
pub(crate) use create::create as schedule;
pub(crate) use host::running_of;

use axum::extract::{FromRequestParts, Path, State};
use axum::routing::{get, post};
use axum::{Json, Router};
use http::request::Parts;
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use webex::meetings::{GetMeeting, Meeting};

use crate::Sandbox;
use crate::problem::Problem;
use crate::request::{Caller, Query};
use crate::world::{PersonKey, Role, World};
use calendar::{Series, SeriesKey, Target};

/// What there is to know of an ended instance can be read so long after its end, as in Webex.
const ENDED_DETAILS_MINUTES: i64 = 15;

pub(crate) fn routes() -> Router<Sandbox> {
    Router::new()
        .merge(registration::routes())
        .merge(registrants::routes())
        .merge(approvals::routes())
        .merge(interpreters::routes())
        .merge(breakouts::routes())
        .merge(surveys::routes())
        .merge(invitation_sources::routes())
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
        .route("/meetings/trackingCodes", get(catalogue::tracking_codes))
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

pub(crate) fn no_instance() -> Problem {
    Problem::bad_request("The ID of a meeting instance is not supported.")
}

fn only_series() -> Problem {
    Problem::bad_request("Only the ID of a meeting series is supported.")
}

/// A header that a route of Webex takes in place of a query parameter.
fn header(parts: &Parts, name: &str) -> Option<String> {
    let value = parts.headers.get(name)?.to_str().ok()?;
    Some(value.to_owned()).filter(|value| !value.is_empty())
}

/// The header in which some routes take on whose behalf an administrator calls.
#[derive(Debug)]
pub(crate) struct HostEmail(pub(crate) Option<String>);

impl FromRequestParts<Sandbox> for HostEmail {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &Sandbox) -> Result<Self, Self::Rejection> {
        Ok(HostEmail(header(parts, "hostEmail")))
    }
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

/// Whether a person hosts a series, is invited to it, or is in the room whose standing meeting it is.
pub(crate) fn knows(world: &World, series: &Series, person: PersonKey) -> bool {
    let room = series.space.and_then(|key| world.rooms.get(key));
    let is_in_room = room.is_some_and(|room| room.members.contains_key(&person));
    series.host == person || is_in_room || invited(world, series, person).next().is_some()
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

/// What the caller may change of a meeting: a series, or one occurrence of it.
pub(crate) fn place(
    world: &World,
    person: PersonKey,
    id: &str,
) -> Result<(SeriesKey, Option<Timestamp>), Problem> {
    match hosted(world, person, id)? {
        Target::Series(key) => Ok((key, None)),
        Target::Occurrence(key, name) => Ok((key, Some(name))),
        Target::Instance(_) => Err(no_instance()),
    }
}

/// Whether a meeting can be read: an instance that has just ended cannot yet.
fn is_there(world: &World, target: Target, now: Timestamp) -> bool {
    let Target::Instance(key) = target else {
        return true;
    };
    let ended = world.meetings.instances.get(key).and_then(|one| one.ended);
    let wait = SignedDuration::from_mins(ENDED_DETAILS_MINUTES);
    ended.is_none_or(|ended| now.duration_since(ended) >= wait)
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
    let now = sandbox.clock().now();
    sandbox.read(|world| {
        let person = acting(world, &caller, query.host_email.as_deref())?;
        let target = known(world, person, &id)?;
        let target = current(world, target, query.current == Some(true));
        match is_there(world, target, now) {
            true => shown(world, person, target),
            false => Err(missing()),
        }
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
    let now = sandbox.clock().now();
    sandbox.read(|world| {
        watches_all(world, &caller)?;
        let target = world.meetings.find(&id).ok_or_else(missing)?;
        let target = current(world, target, query.current == Some(true));
        match is_there(world, target, now) {
            true => shown(world, caller.person, target)
                .map(|Json(meeting)| Json(show::for_administrators(meeting))),
            false => Err(missing()),
        }
    })
}
