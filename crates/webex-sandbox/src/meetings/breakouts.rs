//! `/meetings/{id}/breakoutSessions`: rooms beside a meeting, planned before it starts.

use std::collections::HashSet;

use axum::Router;
use axum::extract::{Path, State};
use axum::response::Response;
use axum::routing::get;
use http::StatusCode;
use jiff::Timestamp;
use serde::Deserialize;
use webex::limits::MAX_BREAKOUT_SESSIONS_COUNT;
use webex::meetings::breakouts::{BreakoutPlan, BreakoutSession, UpdateBreakouts};

use super::calendar::{Instance, Series, SeriesKey, Target};
use super::{HostEmail, acting, hosted, missing, place};
use crate::Sandbox;
use crate::invitees::{check_display_name, check_email};
use crate::page::Page;
use crate::problem::Problem;
use crate::request::{Caller, JsonBody, Query};
use crate::world::{PersonKey, World};

/// People in one session: as many as a meeting can have invitees.
const MAX_SESSION_INVITEES: usize = webex::limits::MAX_INVITEES_COUNT;

pub(super) fn routes() -> Router<Sandbox> {
    Router::new().route(
        "/meetings/{id}/breakoutSessions",
        get(list).put(update).delete(delete),
    )
}

fn check(plans: &[BreakoutPlan]) -> Result<(), Problem> {
    if plans.len() > MAX_BREAKOUT_SESSIONS_COUNT {
        return Err(Problem::bad_request(
            "A meeting has at most 100 breakout sessions.",
        ));
    }
    let mut seen = HashSet::new();
    for plan in plans {
        if plan.name.trim().is_empty() {
            return Err(Problem::bad_request("A breakout session needs a name."));
        }
        check_display_name(Some(&plan.name))?;
        let invitees = plan.invitees.as_deref().unwrap_or_default();
        if invitees.len() > MAX_SESSION_INVITEES {
            return Err(Problem::bad_request(
                "A breakout session has at most 1000 invitees.",
            ));
        }
        for email in invitees {
            check_email(email)?;
            if !seen.insert(email.to_lowercase()) {
                return Err(Problem::bad_request(
                    "Nobody can be assigned to more than one breakout session.",
                ));
            }
        }
    }
    Ok(())
}

/// Gives a series, or an occurrence of it, these sessions in place of those it had.
pub(super) fn set(
    series: &mut Series,
    only: Option<Timestamp>,
    plans: Vec<BreakoutPlan>,
) -> Result<(), Problem> {
    check(&plans)?;
    if !plans.is_empty() && series.setup(only).interpretation.enabled {
        return Err(Problem::bad_request(
            "An interpreted meeting cannot have breakout sessions.",
        ));
    }
    let sessions = plans.into_iter().map(|plan| BreakoutSession {
        id: series.new_part_id(),
        name: Some(plan.name),
        invitees: Some(plan.invitees.unwrap_or_default()),
        ..BreakoutSession::default()
    });
    let sessions = sessions.collect();
    series.setup_mut(only).breakouts = sessions;
    Ok(())
}

/// As planned; of an ended instance with when they were.
fn shown(session: &BreakoutSession, ended: Option<&Instance>) -> BreakoutSession {
    BreakoutSession {
        start_time: ended.map(|instance| instance.started),
        end_time: ended.and_then(|instance| instance.ended),
        ..session.clone()
    }
}

async fn list(
    State(sandbox): State<Sandbox>,
    caller: Caller,
    Path(id): Path<String>,
    HostEmail(host_email): HostEmail,
) -> Result<Response, Problem> {
    let items = sandbox.try_read(|world| {
        let person = acting(world, &caller, host_email.as_deref())?;
        let target = hosted(world, person, &id)?;
        let (key, only) = world.meetings.place_of(target).ok_or_else(missing)?;
        let series = world.meetings.series.get(key).ok_or_else(missing)?;
        let instance = match target {
            Target::Instance(key) => world.meetings.instances.get(key),
            _ => None,
        };
        let ended = instance.filter(|instance| instance.ended.is_some());
        let sessions = series.setup(only).breakouts.iter();
        Ok(sessions.map(|session| shown(session, ended)).collect())
    })?;
    Ok(Page { items, next: None }.answer(&caller))
}

/// The series or the occurrence, if the caller hosts it and it is not running.
fn idle_place(
    world: &World,
    person: PersonKey,
    id: &str,
) -> Result<(SeriesKey, Option<Timestamp>), Problem> {
    let (key, only) = place(world, person, id)?;
    super::change::idle(world, key, only)?;
    Ok((key, only))
}

async fn update(
    State(sandbox): State<Sandbox>,
    caller: Caller,
    Path(id): Path<String>,
    JsonBody(body): JsonBody<UpdateBreakouts>,
) -> Result<Response, Problem> {
    let items = sandbox.write(&caller, |world| {
        let person = acting(world, &caller, body.host_email.as_deref())?;
        let (key, only) = idle_place(world, person, &id)?;
        let series = world.meetings.series.get_mut(key).ok_or_else(missing)?;
        set(series, only, body.items)?;
        Ok(series.setup(only).breakouts.clone())
    })?;
    Ok(Page { items, next: None }.answer(&caller))
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Delete {
    /// Taken and without effect: the sandbox sends no mail.
    #[serde(rename = "sendEmail")]
    _send_email: Option<bool>,
}

async fn delete(
    State(sandbox): State<Sandbox>,
    caller: Caller,
    Path(id): Path<String>,
    Query(_): Query<Delete>,
    HostEmail(host_email): HostEmail,
) -> Result<StatusCode, Problem> {
    sandbox.write(&caller, |world| {
        let person = acting(world, &caller, host_email.as_deref())?;
        let (key, only) = idle_place(world, person, &id)?;
        let series = world.meetings.series.get_mut(key).ok_or_else(missing)?;
        series.setup_mut(only).breakouts.clear();
        Ok(StatusCode::NO_CONTENT)
    })
}
