//! Changes or removes a series, or one occurrence of it.

use std::cmp::Ordering;

use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use serde_with::rust::double_option;

use crate::problem::{Problem, Result};
use crate::rows::meetings::{Exception, Occurrence, Plan, Series, Settings, Target, TrackingCode};
use crate::rows::{PersonKey, moment};
use crate::rules::meetings::{announce, checks, missing, progress};
use crate::world::World;

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

impl Change {
    /// The start and length of a meeting that had these before; a new start lies in the future.
    fn times(
        &self,
        start: Timestamp,
        length: SignedDuration,
        now: Timestamp,
    ) -> Result<(Timestamp, SignedDuration)> {
        let moved = self.start.unwrap_or(start);
        let end = self.end.unwrap_or(moment::later(moved, length));
        let (moved, length) = checks::times(moved, end)?;
        if moved != start {
            checks::check_ahead(moved, now)?;
        }
        Ok((moved, length))
    }
}

/// The series of a change, unless the series or the occurrence is running.
pub(crate) fn idle(world: &World, target: Target) -> Result<&Series> {
    let series = world.meetings.series.row(target.series)?;
    Problem::bad_request("The standing meeting of a room cannot be changed.")
        .when(series.space.is_some())?;
    Problem::bad_request("Meeting is in progress.")
        .when(world.meetings.running(series, target.name).is_some())?;
    Ok(series)
}

/// Changes a series, or one occurrence of it.
pub(crate) fn change(world: &mut World, target: Target, change: Change) -> Result<()> {
    let old = idle(world, target)?;
    if let Some(name) = target.name {
        let exception = changed(old, name, change, world.now)?;
        let series = world.meetings.series.row_mut(target.series)?;
        series.exceptions.insert(name, exception);
    } else {
        let plan = replanned(old.plan.clone(), change, world.now)?;
        checks::apply(world.meetings.series.row_mut(target.series)?, plan)?;
    }
    progress::plan_next(world, target.series);
    Ok(())
}

fn replanned(plan: Plan, change: Change, now: Timestamp) -> Result<Plan> {
    let (start, length) = change.times(plan.start, plan.length, now)?;
    // The settings that a change gives replace the ones that were set before.
    let mut settings = plan.settings;
    let tags = change.settings.get("integrationTags").cloned();
    settings.extend(checks::known("meeting", change.settings)?);
    if tags.is_some_and(|tags| tags.as_array().is_none_or(Vec::is_empty)) {
        settings.remove("integrationTags");
    }
    Ok(Plan {
        title: change.title.unwrap_or(plan.title),
        agenda: change.agenda.unwrap_or(plan.agenda),
        password: change.password.unwrap_or(plan.password),
        start,
        length,
        timezone: change.timezone.unwrap_or(plan.timezone),
        recurrence: change.recurrence.unwrap_or(plan.recurrence),
        tracking_codes: change.tracking_codes.unwrap_or(plan.tracking_codes),
        settings,
        ..plan
    })
}

fn changed(series: &Series, name: Timestamp, change: Change, now: Timestamp) -> Result<Exception> {
    let old = series.occurrence(name).ok_or_else(missing)?;
    Problem::bad_request("An occurrence does not recur.")
        .when(change.recurrence.as_ref().is_some_and(Option::is_some))?;
    Problem::bad_request("Only a series has integrationTags.")
        .when(change.settings.contains_key("integrationTags"))?;
    let (start, length) = change.times(old.start, old.end.duration_since(old.start), now)?;
    if start != old.start {
        check_order(series, name, start)?;
    }
    let title = change.title.unwrap_or_else(|| old.title.to_owned());
    let agenda = change.agenda;
    let agenda = agenda.unwrap_or_else(|| old.agenda.map(str::to_owned));
    checks::check_texts(&title, agenda.as_deref(), &series.plan.password)?;
    Ok(Exception::Changed {
        title,
        agenda,
        start,
        length,
    })
}

/// An occurrence must stay between its neighbors.
fn check_order(series: &Series, name: Timestamp, start: Timestamp) -> Result<()> {
    let crosses = |other: Occurrence| match other.name.cmp(&name) {
        Ordering::Less => other.start >= start,
        Ordering::Equal => false,
        Ordering::Greater => other.start <= start,
    };
    Problem::bad_request("An occurrence cannot be moved across another one of its series.")
        .when(series.occurrences().any(crosses))
}

pub(crate) fn remove(world: &mut World, person: PersonKey, target: Target) -> Result<()> {
    idle(world, target)?;
    // Notified now, while the meeting still exists.
    announce::meeting(world, "deleted", person, target);
    let series = world.meetings.series.row_mut(target.series)?;
    match target.name {
        None => series.is_deleted = true,
        Some(name) => drop(series.exceptions.insert(name, Exception::Cancelled)),
    }
    progress::plan_next(world, target.series);
    Ok(())
}
