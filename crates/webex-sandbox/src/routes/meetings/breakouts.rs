//! `/meetings/{id}/breakoutSessions`: separate rooms of a meeting, planned before it starts.

use jiff::Timestamp;
use serde::Deserialize;

use crate::page::Page;
use crate::problem::Result;
use crate::request::{Call, Routes};
use crate::rows::PersonKey;
use crate::rows::meetings::{Instance, SeriesKey, Target};
use crate::rows::preparations::BreakoutSession;
use crate::rules::meetings::breakouts::{BreakoutPlan, set};
use crate::rules::meetings::{acting, hosted, missing, place};
use crate::world::World;

pub(crate) fn routes() -> Routes {
    Routes::default()
        .get("/meetings/{id}/breakoutSessions", list)
        .put("/meetings/{id}/breakoutSessions", update)
        .delete("/meetings/{id}/breakoutSessions", delete)
}

/// A session as planned; for an ended instance also with its times.
fn shown(session: &BreakoutSession, ended: Option<&Instance>) -> BreakoutSession {
    BreakoutSession {
        start_time: ended.map(|instance| instance.started),
        end_time: ended.and_then(|instance| instance.ended),
        ..session.clone()
    }
}

fn list(world: &World, call: &Call) -> Result<Page<BreakoutSession>> {
    let person = call.host_by_header(world)?;
    let target = hosted(world, person, call.id())?;
    let (key, only) = world.meetings.place_of(target).ok_or_else(missing)?;
    let series = world.meetings.series.row(key)?;
    let instance = match target {
        Target::Instance(key) => world.meetings.instances.get(key),
        _ => None,
    };
    let ended = instance.filter(|instance| instance.ended.is_some());
    let sessions = series.setup(only).breakouts.iter();
    let items = sessions.map(|session| shown(session, ended)).collect();
    Ok(Page::whole(items))
}

/// The series or the occurrence, if the caller hosts it and it is not running.
fn idle_place(
    world: &World,
    person: PersonKey,
    id: &str,
) -> Result<(SeriesKey, Option<Timestamp>)> {
    let (key, only) = place(world, person, id)?;
    crate::rules::meetings::change::idle(world, key, only)?;
    Ok((key, only))
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct UpdateBreakouts {
    host_email: Option<String>,
    items: Vec<BreakoutPlan>,
}

fn update(world: &mut World, call: &Call) -> Result<Page<BreakoutSession>> {
    let body: UpdateBreakouts = call.body()?;
    let person = acting(world, call, body.host_email.as_deref())?;
    let (key, only) = idle_place(world, person, call.id())?;
    let series = world.meetings.series.row_mut(key)?;
    set(series, only, body.items)?;
    Ok(Page::whole(series.setup(only).breakouts.clone()))
}

fn delete(world: &mut World, call: &Call) -> Result<()> {
    let person = call.host_by_header(world)?;
    let (key, only) = idle_place(world, person, call.id())?;
    let series = world.meetings.series.row_mut(key)?;
    series.setup_mut(only).breakouts.clear();
    Ok(())
}
