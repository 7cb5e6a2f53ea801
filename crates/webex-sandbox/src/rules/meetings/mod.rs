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
pub(crate) mod registration;
pub(crate) mod setup;
pub(crate) mod show;
pub(crate) mod surveys;
pub(crate) mod transcripts;

use std::ops::Range;

use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;

use crate::problem::{Problem, Result};
use crate::rows::meetings::{InstanceKey, Invitee, Series, Target};
use crate::rows::moment::{self, earlier, later};
use crate::rows::{PersonKey, Role};
use crate::rules::caller::Caller;
use crate::world::World;

/// What lists show by default.
const WEEK: SignedDuration = SignedDuration::from_hours(7 * 24);

/// How long after its end the details of an instance can be read, as in Webex.
const ENDED_DETAILS: SignedDuration = SignedDuration::from_mins(15);

/// How many things one request may name, and how many parts of one kind a meeting may have.
pub(crate) const MAX_AT_ONCE: usize = 100;

/// The body of a request that names several things.
#[derive(Debug, Deserialize)]
pub(crate) struct Items<T> {
    pub(crate) items: Vec<T>,
}

/// Refuses a request that names nothing or too much, with a sentence that says so.
pub(crate) fn check_named<T>(named: &[T], refusal: &'static str) -> Result<()> {
    Problem::bad_request(refusal).unless((1..=MAX_AT_ONCE).contains(&named.len()))
}

/// A meeting, in one of these ways.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct MeetingReference {
    meeting_id: Option<String>,
    meeting_number: Option<String>,
    web_link: Option<String>,
}

impl MeetingReference {
    pub(crate) fn find(&self, world: &World) -> Result<Target> {
        let all = &world.meetings;
        let found = match (&self.meeting_id, &self.meeting_number, &self.web_link) {
            (Some(id), None, None) => all.find(id),
            (None, Some(number), None) => all.first(|one| one.number == *number),
            (None, None, Some(link)) => all.first(|one| show::web_link(one) == *link),
            _ => return Err(Problem::bad_request("Name the meeting in one way.")),
        };
        found.ok_or_else(missing)
    }
}

pub(crate) fn missing() -> Problem {
    Problem::not_found("Could not find a meeting with provided ID.")
}

pub(crate) fn only_hosts() -> Problem {
    Problem::forbidden("Only the host and cohosts can do this.")
}

/// The person on whose behalf a call is made: the caller, or a host whom an administrator names.
pub(crate) fn acting(world: &World, caller: &Caller, host: Option<&str>) -> Result<PersonKey> {
    let person = world.people.row(caller.person)?;
    Problem::forbidden("Bots have no meetings.").when(person.role == Role::Bot)?;
    let other = host.filter(|email| !email.eq_ignore_ascii_case(&person.email));
    let Some(email) = other else {
        return Ok(caller.person);
    };
    Problem::forbidden("hostEmail is for administrators.")
        .when(person.role != Role::Administrator)?;
    host_named(world, email)
}

pub(crate) fn host_named(world: &World, email: &str) -> Result<PersonKey> {
    let host = world.person_by_email(email);
    host.ok_or_else(|| Problem::not_found("Could not find the host."))
}

/// Whether a person is the host, or a cohost, of a series or of one of its occurrences.
pub(crate) fn is_host(world: &World, series: &Series, person: PersonKey) -> bool {
    series.host == person || invitations(world, series, person).any(|one| one.is_co_host)
}

/// The invitations of a person to a series and to its occurrences.
pub(crate) fn invitations<'w>(
    world: &'w World,
    series: &'w Series,
    person: PersonKey,
) -> impl Iterator<Item = &'w Invitee> {
    let email = world.people.get(person).map(|person| person.email.as_str());
    let all = world.meetings.invitees.all(&series.invitees);
    all.map(|(_, one)| one)
        .filter(move |one| email.is_some_and(|email| one.email.eq_ignore_ascii_case(email)))
}

/// Whether a person hosts a series, is invited to it, or is a member of the room to which it belongs.
pub(crate) fn knows(world: &World, series: &Series, person: PersonKey) -> bool {
    let room = series.space.and_then(|key| world.rooms.get(key));
    let is_in_room = room.is_some_and(|room| room.members.contains_key(&person));
    series.host == person || is_in_room || invitations(world, series, person).next().is_some()
}

/// The meeting, if this person hosts it or is invited to it.
pub(crate) fn known(world: &World, person: PersonKey, id: &str) -> Result<Target> {
    let target = world.meetings.find(id).ok_or_else(missing)?;
    let series = world.meetings.series.row(target.series)?;
    missing().unless(knows(world, series, person))?;
    Ok(target)
}

/// The meeting, if this person is its host or a cohost.
pub(crate) fn hosted(world: &World, person: PersonKey, id: &str) -> Result<Target> {
    let target = known(world, person, id)?;
    let series = world.meetings.series.row(target.series)?;
    only_hosts().unless(is_host(world, series, person))?;
    Ok(target)
}

/// The part of a meeting that the person may change: a series, or one occurrence of it.
pub(crate) fn scheduled(world: &World, person: PersonKey, id: &str) -> Result<Target> {
    not_held(hosted(world, person, id)?)
}

/// A meeting that is no instance.
pub(crate) fn not_held(target: Target) -> Result<Target> {
    Problem::bad_request("The ID of a meeting instance is not supported.")
        .when(target.instance.is_some())?;
    Ok(target)
}

/// The series that the person hosts; occurrences and instances have no registration.
pub(crate) fn hosted_series(world: &World, person: PersonKey, id: &str) -> Result<Target> {
    let target = hosted(world, person, id)?;
    only_series().when(target.name.is_some())?;
    Ok(target)
}

fn only_series() -> Problem {
    Problem::bad_request("Only the ID of a meeting series is supported.")
}

/// Whether a meeting can be read: an instance that has just ended cannot be read yet.
pub(crate) fn is_there(world: &World, target: Target, now: Timestamp) -> bool {
    let instance = target.instance;
    let ended = instance.and_then(|key| world.meetings.instances.get(key)?.ended);
    ended.is_none_or(|ended| now.duration_since(ended) >= ENDED_DETAILS)
}

/// For a series, the occurrence that is running or comes next, if that is requested.
pub(crate) fn current(world: &World, target: Target, is_wanted: bool) -> Target {
    let series = world.meetings.series.get(target.series);
    let series = series.filter(|_| is_wanted && target.name.is_none());
    let next = series.and_then(|series| series.next(world.now));
    next.map_or(target, |next| {
        Target::scheduled(target.series, Some(next.name))
    })
}

/// The time that a list is about.
#[derive(Debug, Clone, Copy, Deserialize)]
pub(crate) struct Window {
    #[serde(default, with = "moment")]
    pub(crate) from: Option<Timestamp>,
    #[serde(default, with = "moment")]
    pub(crate) to: Option<Timestamp>,
}

impl Window {
    /// An open end makes it a week, and without both ends it is the last week.
    pub(crate) fn week(self, now: Timestamp) -> Range<Timestamp> {
        match (self.from, self.to) {
            (Some(from), to) => from..to.unwrap_or(later(from, WEEK)),
            (None, to) => earlier(to.unwrap_or(now), WEEK)..to.unwrap_or(now),
        }
    }

    /// The same; it may not end before it begins.
    pub(crate) fn checked(self, now: Timestamp) -> Result<Range<Timestamp>> {
        let week = self.week(now);
        Problem::bad_request("from cannot be after to.").when(week.start > week.end)?;
        Ok(week)
    }

    /// The same; it may not be longer than so many days.
    pub(crate) fn within(self, now: Timestamp, days: i64) -> Result<Range<Timestamp>> {
        let week = self.checked(now)?;
        let longest = SignedDuration::from_hours(24 * days);
        Problem::bad_request(format!("from must be at most {days} days before to."))
            .when(week.end.duration_since(week.start) > longest)?;
        Ok(week)
    }
}

pub(crate) fn watches_all(caller: &Caller) -> Result<()> {
    Problem::forbidden("Only administrators and compliance officers see the meetings of others.")
        .unless(caller.oversees())
}

/// The running instance of a meeting of any kind.
pub(crate) fn running(world: &World, target: Target) -> Result<InstanceKey> {
    if let Some(key) = target.instance {
        return progress::running(world, key).map(|_| key);
    }
    let series = world.meetings.series.row(target.series)?;
    let running = world.meetings.running(series, target.name);
    running.ok_or_else(|| Problem::conflict("The meeting is not in progress."))
}

pub(crate) fn hand_over(world: &mut World, host: PersonKey, id: &str) -> Result<(), &'static str> {
    let missing = "Could not find a meeting series with provided ID.";
    let target = world.meetings.find(id);
    let target = target.filter(|target| target.name.is_none());
    let target = target.ok_or(missing)?;
    let series = world.meetings.series.get_mut(target.series);
    series.ok_or(missing)?.host = host;
    announce::meeting(world, "updated", host, target);
    Ok(())
}
