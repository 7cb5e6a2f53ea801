//! Meetings: who may see them, hosts them, and may change them.

pub(crate) mod action;
pub(crate) mod announce;
pub(crate) mod change;
pub(crate) mod checks;
pub(crate) mod create;
pub(crate) mod invitees;
pub(crate) mod progress;
pub(crate) mod recordings;
pub(crate) mod recurrence;
pub(crate) mod registrants;
pub(crate) mod registration;
pub(crate) mod setup;
pub(crate) mod show;
pub(crate) mod surveys;
pub(crate) mod transcripts;

use jiff::{SignedDuration, Timestamp};

use crate::problem::{Problem, Result};
use crate::rows::meetings::{InstanceKey, Place, Series, Target};
use crate::rows::moment::{earlier, later};
use crate::rows::{PersonKey, Role};
use crate::rules::caller::Caller;
use crate::world::World;

/// What lists show by default.
pub(crate) const WEEK: SignedDuration = SignedDuration::from_hours(7 * 24);

/// How long after its end the details of an instance can be read, as in Webex.
const ENDED_DETAILS_MINUTES: i64 = 15;

pub(crate) fn missing() -> Problem {
    Problem::not_found("Could not find a meeting with provided ID.")
}

pub(crate) fn no_instance() -> Problem {
    Problem::bad_request("The ID of a meeting instance is not supported.")
}

fn only_series() -> Problem {
    Problem::bad_request("Only the ID of a meeting series is supported.")
}

/// The person on whose behalf a call is made: the caller, or the host that an administrator names.
pub(crate) fn acting(
    world: &World,
    caller: &Caller,
    host_email: Option<&str>,
) -> Result<PersonKey> {
    let person = world.people.row(caller.person)?;
    Problem::forbidden("Bots have no meetings.").when(person.role == Role::Bot)?;
    match host_email {
        Some(email) if !email.eq_ignore_ascii_case(&person.email) => {
            Problem::forbidden("hostEmail is for administrators.")
                .when(person.role != Role::Administrator)?;
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

/// Each invitation of a person to a series, with whether it makes the person a cohost.
fn invited<'w>(
    world: &'w World,
    series: &'w Series,
    person: PersonKey,
) -> impl Iterator<Item = bool> {
    let email = world.people.get(person).map(|person| person.email.as_str());
    let email = email.unwrap_or_default();
    let invitees = world.meetings.invitees.all(&series.invitees);
    invitees.filter_map(move |(_, one)| {
        let is_them = one.email.eq_ignore_ascii_case(email);
        is_them.then_some(one.is_co_host)
    })
}

/// Whether a person hosts a series, is invited to it, or is a member of the room whose standing
/// meeting it is.
pub(crate) fn knows(world: &World, series: &Series, person: PersonKey) -> bool {
    let room = series.space.and_then(|key| world.rooms.get(key));
    let is_in_room = room.is_some_and(|room| room.members.contains_key(&person));
    series.host == person || is_in_room || invited(world, series, person).next().is_some()
}

/// The meeting, if this person hosts it or is invited to it.
pub(crate) fn known(world: &World, person: PersonKey, id: &str) -> Result<Target> {
    let target = world.meetings.find(id).ok_or_else(missing)?;
    let series = world.meetings.series_of(target).ok_or_else(missing)?;
    missing().unless(knows(world, series, person))?;
    Ok(target)
}

/// The meeting, if this person is its host or a cohost.
pub(crate) fn hosted(world: &World, person: PersonKey, id: &str) -> Result<Target> {
    let target = known(world, person, id)?;
    let series = world.meetings.series_of(target).ok_or_else(missing)?;
    Problem::forbidden("Only the host and cohosts can do this.")
        .unless(is_host(world, series, person))?;
    Ok(target)
}

/// The part of a meeting that the caller may change: a series, or one occurrence of it.
pub(crate) fn place(world: &World, person: PersonKey, id: &str) -> Result<Place> {
    let target = hosted(world, person, id)?;
    target.scheduled().ok_or_else(no_instance)
}

/// Whether a meeting can be read: an instance that has just ended cannot be read yet.
pub(crate) fn is_there(world: &World, target: Target, now: Timestamp) -> bool {
    let Target::Instance(key) = target else {
        return true;
    };
    let ended = world.meetings.instances.get(key).and_then(|one| one.ended);
    let wait = SignedDuration::from_mins(ENDED_DETAILS_MINUTES);
    ended.is_none_or(|ended| now.duration_since(ended) >= wait)
}

/// For a series, the occurrence that is running or comes next, if that is requested.
pub(crate) fn current(world: &World, target: Target, is_wanted: bool) -> Target {
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

/// A window of time; an open end makes it a week, and without both ends it is the last week.
pub(crate) fn week(
    from: Option<Timestamp>,
    to: Option<Timestamp>,
    now: Timestamp,
) -> (Timestamp, Timestamp) {
    match (from, to) {
        (Some(from), Some(to)) => (from, to),
        (Some(from), None) => (from, later(from, WEEK)),
        (None, to) => (earlier(to.unwrap_or(now), WEEK), to.unwrap_or(now)),
    }
}

pub(crate) fn watches_all(caller: &Caller) -> Result<()> {
    Problem::forbidden("Only administrators and compliance officers see the meetings of others.")
        .unless(caller.oversees())
}

/// How long links are valid by default.
pub(crate) const DEFAULT_LINK_MINUTES: u32 = 60;

/// The running instance with this id, if the caller is its host or a cohost.
pub(crate) fn running(world: &World, person: PersonKey, id: Option<&str>) -> Result<InstanceKey> {
    let id = Problem::required(id, "meetingId")?;
    running_of(world, hosted(world, person, id)?)
}

/// The running instance of a meeting of any kind.
pub(crate) fn running_of(world: &World, target: Target) -> Result<InstanceKey> {
    let not_running = || Problem::conflict("The meeting is not in progress.");
    let name = match target {
        Target::Instance(key) => return progress::running(world, key).map(|_| key),
        Target::Occurrence(_, name) => Some(name),
        Target::Series(_) => None,
    };
    let series = world.meetings.series_of(target).ok_or_else(missing)?;
    world.meetings.running(series, name).ok_or_else(not_running)
}

pub(crate) fn hand_over(world: &mut World, host: PersonKey, id: &str) -> Result<(), &'static str> {
    let missing = "Could not find a meeting series with provided ID.";
    let key = world.meetings.find(id).and_then(Target::series);
    let key = key.ok_or(missing)?;
    let series = world.meetings.series.get_mut(key).ok_or(missing)?;
    series.host = host;
    announce::meeting(world, "updated", host, Target::Series(key));
    Ok(())
}
