//! Changing and removing a series, or one occurrence of it.

use jiff::Timestamp;
use webex::meetings::tracking_codes::TrackingCode;
use webex::meetings::{MeetingSettings, Password};

use crate::problem::Problem;
use crate::rows::PersonKey;
use crate::rows::meetings::{Exception, Plan, Series, SeriesKey, Target};
use crate::rules::meetings::{announce, checks, missing, no_instance, progress};
use crate::world::World;

/// What both PATCH and PUT come to; an absent field stays, `Some(None)` clears.
#[derive(Debug)]
pub(crate) struct Change {
    pub(crate) title: Option<String>,
    pub(crate) agenda: Option<Option<String>>,
    pub(crate) password: Option<Password>,
    pub(crate) start: Option<Timestamp>,
    pub(crate) end: Option<Timestamp>,
    pub(crate) timezone: Option<String>,
    pub(crate) recurrence: Option<Option<String>>,
    pub(crate) tracking_codes: Option<Option<Vec<TrackingCode>>>,
    pub(crate) settings: MeetingSettings,
}

/// The series of a change, unless it, or the occurrence in question, is running.
pub(crate) fn idle(
    world: &World,
    key: SeriesKey,
    name: Option<Timestamp>,
) -> Result<&Series, Problem> {
    let series = world.meetings.series.get(key).ok_or_else(missing)?;
    if series.space.is_some() {
        return Err(Problem::bad_request(
            "The standing meeting of a room cannot be changed.",
        ));
    }
    match world.meetings.running(series, name) {
        None => Ok(series),
        Some(_) => Err(Problem::bad_request("Meeting is in progress.")),
    }
}

pub(crate) fn change_series(
    world: &mut World,
    key: SeriesKey,
    change: Change,
) -> Result<(), Problem> {
    let now = world.now;
    let plan = idle(world, key, None)?.plan.clone();
    let old_end = plan.start.saturating_add(plan.length).unwrap_or(plan.start);
    let moved = change.start.unwrap_or(plan.start);
    let end = match (change.end, change.start) {
        (Some(end), _) => end,
        (None, Some(start)) => start.saturating_add(plan.length).unwrap_or(start),
        (None, None) => old_end,
    };
    let (start, length) = checks::times(moved, end)?;
    if start != plan.start {
        checks::check_ahead(start, now)?;
    }
    let plan = Plan {
        title: change.title.unwrap_or(plan.title),
        agenda: change.agenda.unwrap_or(plan.agenda),
        password: change.password.unwrap_or(plan.password),
        start,
        length,
        timezone: change.timezone.unwrap_or(plan.timezone),
        recurrence: change.recurrence.unwrap_or(plan.recurrence),
        tracking_codes: change.tracking_codes.unwrap_or(plan.tracking_codes),
        settings: merged(plan.settings, change.settings)?,
        ..plan
    };
    let series = world.meetings.series.get_mut(key).ok_or_else(missing)?;
    checks::apply(series, plan)?;
    progress::plan_next(world, key);
    Ok(())
}

/// The settings that a change names replace those that were set before.
fn merged(old: MeetingSettings, new: MeetingSettings) -> Result<MeetingSettings, Problem> {
    let unreadable = |_| Problem::bad_request("The settings could not be read.");
    let mut merged = serde_json::to_value(old).map_err(unreadable)?;
    let named = serde_json::to_value(new).map_err(unreadable)?;
    if let (Some(merged), Some(named)) = (merged.as_object_mut(), named.as_object()) {
        merged.extend(named.clone());
    }
    serde_json::from_value(merged).map_err(unreadable)
}

pub(crate) fn change_occurrence(
    world: &mut World,
    key: SeriesKey,
    name: Timestamp,
    change: Change,
) -> Result<(), Problem> {
    let now = world.now;
    let series = idle(world, key, Some(name))?;
    let old = series.occurrence(name).ok_or_else(missing)?;
    if change.recurrence.flatten().is_some() {
        return Err(Problem::bad_request("An occurrence does not recur."));
    }
    let start = change.start.unwrap_or(old.start);
    let length = old.end.duration_since(old.start);
    let end = change.end.or_else(|| start.saturating_add(length).ok());
    let (start, length) = checks::times(start, end.unwrap_or(old.end))?;
    if start != old.start {
        checks::check_ahead(start, now)?;
        check_order(series, name, start)?;
    }
    let title = change.title.unwrap_or_else(|| old.title.to_owned());
    let agenda = change
        .agenda
        .unwrap_or_else(|| old.agenda.map(str::to_owned));
    checks::check_texts(&title, agenda.as_deref(), &series.plan.password)?;
    let exception = Exception::Changed {
        title,
        agenda,
        start,
        length,
    };
    let series = world.meetings.series.get_mut(key).ok_or_else(missing)?;
    series.exceptions.insert(name, exception);
    progress::plan_next(world, key);
    Ok(())
}

/// An occurrence stays between its neighbours.
fn check_order(series: &Series, name: Timestamp, start: Timestamp) -> Result<(), Problem> {
    let neighbours = series.occurrences().filter(|other| other.name != name);
    let crosses = |other: crate::rows::meetings::Occurrence| match other.name < name {
        true => other.start >= start,
        false => other.start <= start,
    };
    match neighbours.into_iter().any(crosses) {
        true => Err(Problem::bad_request(
            "An occurrence cannot be moved across another one of its series.",
        )),
        false => Ok(()),
    }
}

pub(crate) fn remove(world: &mut World, person: PersonKey, target: Target) -> Result<(), Problem> {
    let (key, name) = match target {
        Target::Series(key) => (key, None),
        Target::Occurrence(key, name) => (key, Some(name)),
        Target::Instance(_) => return Err(no_instance()),
    };
    idle(world, key, name)?;
    // Told while there still is something to tell of.
    announce::meeting(world, "deleted", person, target);
    let series = world.meetings.series.get_mut(key).ok_or_else(missing)?;
    match name {
        None => series.is_deleted = true,
        Some(name) => drop(series.exceptions.insert(name, Exception::Cancelled)),
    }
    progress::plan_next(world, key);
    Ok(())
}
