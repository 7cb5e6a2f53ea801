//! `PATCH`, `PUT` and `DELETE /meetings/{id}`: of a series, or of one occurrence of it.

use axum::Json;
use axum::extract::{Path, State};
use http::StatusCode;
use jiff::Timestamp;
use webex::meetings::tracking_codes::TrackingCode;
use webex::meetings::{
    DeleteMeeting, Meeting, MeetingSettings, Password, PatchMeeting, UpdateMeeting,
};

use super::calendar::{Exception, Plan, Series, SeriesKey, Target};
use super::scheduled::Scheduled;
use super::{acting, announce, hosted, missing, no_instance, progress, rules, shown};
use crate::Sandbox;
use crate::problem::Problem;
use crate::request::{Caller, Query};
use crate::world::{PersonKey, World};

/// What both PATCH and PUT come to; an absent field stays, `Some(None)` clears.
#[derive(Debug)]
struct Change {
    title: Option<String>,
    agenda: Option<Option<String>>,
    password: Option<Password>,
    start: Option<Timestamp>,
    end: Option<Timestamp>,
    timezone: Option<String>,
    recurrence: Option<Option<String>>,
    tracking_codes: Option<Option<Vec<TrackingCode>>>,
    settings: MeetingSettings,
}

pub(super) async fn patch(
    State(sandbox): State<Sandbox>,
    caller: Caller,
    Path(id): Path<String>,
    Scheduled(patch): Scheduled<PatchMeeting>,
) -> Result<Json<Meeting>, Problem> {
    let change = Change {
        title: patch.title,
        agenda: patch.agenda,
        password: patch.password,
        start: patch.start,
        end: patch.end,
        timezone: patch.timezone,
        recurrence: patch.recurrence,
        tracking_codes: patch.tracking_codes,
        settings: patch.settings,
    };
    apply(&sandbox, &caller, &id, patch.host_email.as_deref(), change)
}

pub(super) async fn update(
    State(sandbox): State<Sandbox>,
    caller: Caller,
    Path(id): Path<String>,
    Scheduled(put): Scheduled<UpdateMeeting>,
) -> Result<Json<Meeting>, Problem> {
    let title = put
        .title
        .ok_or_else(|| Problem::bad_request("title is required."))?;
    let change = Change {
        title: Some(title),
        agenda: put.agenda.map(Some),
        password: put.password,
        start: put.start,
        end: put.end,
        timezone: put.timezone,
        recurrence: put.recurrence.map(Some),
        tracking_codes: put.tracking_codes.map(Some),
        settings: put.settings,
    };
    apply(&sandbox, &caller, &id, put.host_email.as_deref(), change)
}

fn apply(
    sandbox: &Sandbox,
    caller: &Caller,
    id: &str,
    host_email: Option<&str>,
    change: Change,
) -> Result<Json<Meeting>, Problem> {
    sandbox.write(caller, |world| {
        let person = acting(world, caller, host_email)?;
        let target = hosted(world, person, id)?;
        match target {
            Target::Series(key) => change_series(world, key, change)?,
            Target::Occurrence(key, name) => change_occurrence(world, key, name, change)?,
            Target::Instance(_) => return Err(no_instance()),
        }
        announce::meeting(world, "updated", person, target);
        shown(world, person, target)
    })
}

/// The series of a change, unless it, or the occurrence in question, is running.
pub(super) fn idle(
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

fn change_series(world: &mut World, key: SeriesKey, change: Change) -> Result<(), Problem> {
    let now = world.now;
    let plan = idle(world, key, None)?.plan.clone();
    let old_end = plan.start.saturating_add(plan.length).unwrap_or(plan.start);
    let moved = change.start.unwrap_or(plan.start);
    let end = match (change.end, change.start) {
        (Some(end), _) => end,
        (None, Some(start)) => start.saturating_add(plan.length).unwrap_or(start),
        (None, None) => old_end,
    };
    let (start, length) = rules::times(moved, end)?;
    if start != plan.start {
        rules::check_ahead(start, now)?;
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
    rules::apply(series, plan)?;
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

fn change_occurrence(
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
    let (start, length) = rules::times(start, end.unwrap_or(old.end))?;
    if start != old.start {
        rules::check_ahead(start, now)?;
        check_order(series, name, start)?;
    }
    let title = change.title.unwrap_or_else(|| old.title.to_owned());
    let agenda = change
        .agenda
        .unwrap_or_else(|| old.agenda.map(str::to_owned));
    rules::check_texts(&title, agenda.as_deref(), &series.plan.password)?;
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
    let crosses = |other: super::calendar::Occurrence| match other.name < name {
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

pub(super) async fn delete(
    State(sandbox): State<Sandbox>,
    caller: Caller,
    Path(id): Path<String>,
    Query(query): Query<DeleteMeeting>,
) -> Result<StatusCode, Problem> {
    sandbox.write(&caller, |world| {
        let person = acting(world, &caller, query.host_email.as_deref())?;
        let target = hosted(world, person, &id)?;
        remove(world, person, target)?;
        Ok(StatusCode::NO_CONTENT)
    })
}

fn remove(world: &mut World, person: PersonKey, target: Target) -> Result<(), Problem> {
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
