//! Changes or removes a series, or one occurrence of it.

use jiff::Timestamp;

use crate::problem::{Problem, Result};
use crate::rows::meetings::{Exception, Plan, Series, SeriesKey, Settings, Target, TrackingCode};
use crate::rows::{PersonKey, moment};
use crate::rules::meetings::{announce, checks, missing, no_instance, progress};
use crate::world::World;
use serde::Deserialize;
use serde_with::rust::double_option;

/// A change of a meeting; an absent field stays as it is, and `null` clears one that may be empty.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct Change {
    pub(crate) host_email: Option<String>,
    pub(crate) title: Option<String>,
    #[serde(with = "double_option")]
    pub(crate) agenda: Option<Option<String>>,
    password: Option<String>,
    #[serde(with = "moment")]
    start: Option<Timestamp>,
    #[serde(with = "moment")]
    end: Option<Timestamp>,
    timezone: Option<String>,
    #[serde(with = "double_option")]
    pub(crate) recurrence: Option<Option<String>>,
    #[serde(with = "double_option")]
    pub(crate) tracking_codes: Option<Option<Vec<TrackingCode>>>,
    #[serde(flatten)]
    settings: Settings,
}

/// The series of a change, unless the series or the given occurrence is running.
pub(crate) fn idle(world: &World, key: SeriesKey, name: Option<Timestamp>) -> Result<&Series> {
    let series = world.meetings.series.row(key)?;
    Problem::bad_request("The standing meeting of a room cannot be changed.")
        .when(series.space.is_some())?;
    Problem::bad_request("Meeting is in progress.")
        .when(world.meetings.running(series, name).is_some())?;
    Ok(series)
}

pub(crate) fn change_series(world: &mut World, key: SeriesKey, change: Change) -> Result<()> {
    let now = world.now;
    let plan = idle(world, key, None)?.plan.clone();
    let moved = change.start.unwrap_or(plan.start);
    let end = change.end.unwrap_or(moment::later(moved, plan.length));
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
    let series = world.meetings.series.row_mut(key)?;
    checks::apply(series, plan)?;
    progress::plan_next(world, key);
    Ok(())
}

/// The settings that a change gives replace the ones that were set before.
fn merged(mut settings: Settings, named: Settings) -> Result<Settings> {
    settings.extend(checks::settings(named)?);
    Ok(settings)
}

pub(crate) fn change_occurrence(
    world: &mut World,
    key: SeriesKey,
    name: Timestamp,
    change: Change,
) -> Result<()> {
    let now = world.now;
    let series = idle(world, key, Some(name))?;
    let old = series.occurrence(name).ok_or_else(missing)?;
    Problem::bad_request("An occurrence does not recur.")
        .when(change.recurrence.flatten().is_some())?;
    let start = change.start.unwrap_or(old.start);
    let length = old.end.duration_since(old.start);
    let end = change.end.unwrap_or(moment::later(start, length));
    let (start, length) = checks::times(start, end)?;
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
    let series = world.meetings.series.row_mut(key)?;
    series.exceptions.insert(name, exception);
    progress::plan_next(world, key);
    Ok(())
}

/// An occurrence must stay between its neighbors.
fn check_order(series: &Series, name: Timestamp, start: Timestamp) -> Result<()> {
    let neighbours = series.occurrences().filter(|other| other.name != name);
    let crosses = |other: crate::rows::meetings::Occurrence| match other.name < name {
        true => other.start >= start,
        false => other.start <= start,
    };
    Problem::bad_request("An occurrence cannot be moved across another one of its series.")
        .when(neighbours.into_iter().any(crosses))
}

pub(crate) fn remove(world: &mut World, person: PersonKey, target: Target) -> Result<()> {
    let (key, name) = target.scheduled().ok_or_else(no_instance)?;
    idle(world, key, name)?;
    // Notified now, while the meeting still exists.
    announce::meeting(world, "deleted", person, target);
    let series = world.meetings.series.row_mut(key)?;
    match name {
        None => series.is_deleted = true,
        Some(name) => drop(series.exceptions.insert(name, Exception::Cancelled)),
    }
    progress::plan_next(world, key);
    Ok(())
}
