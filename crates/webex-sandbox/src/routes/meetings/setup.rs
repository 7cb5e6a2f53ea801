//! What a host sets up for a meeting: `/meetings/{id}/interpreters` and whether it is interpreted,
//! and `/meetings/{id}/breakoutSessions`, separate rooms that are planned before it starts.

use axum::Json;

use crate::page::Page;
use crate::problem::Result;
use crate::request::{Call, Routes};
use crate::rows::preparations::{BreakoutSession, Interpreter, Setup, SimultaneousInterpretation};
use crate::rules::meetings::change::idle;
use crate::rules::meetings::setup::{
    BreakoutPlan, add, check_all, interpret, plan_breakouts, position,
};
use crate::rules::meetings::{Items, hosted, scheduled};
use crate::world::World;

pub(crate) fn routes() -> Routes {
    Routes::default()
        .put("/meetings/{id}/simultaneousInterpretation", replace_all)
        .get("/meetings/{id}/interpreters", list)
        .post("/meetings/{id}/interpreters", create)
        .get("/meetings/{id}/interpreters/{interpreter}", details)
        .put("/meetings/{id}/interpreters/{interpreter}", update)
        .delete("/meetings/{id}/interpreters/{interpreter}", delete)
        .get("/meetings/{id}/breakoutSessions", list_breakouts)
        .put("/meetings/{id}/breakoutSessions", update_breakouts)
        .delete("/meetings/{id}/breakoutSessions", delete_breakouts)
}

fn replace_all(world: &mut World, call: &Call) -> Result<Json<SimultaneousInterpretation>> {
    let (person, new) = call.host_and_body(world)?;
    let target = scheduled(world, person, call.id())?;
    let series = world.meetings.series.row_mut(target.series)?;
    interpret(series, target.name, new)?;
    Ok(Json(series.setup(target.name).interpretation.clone()))
}

fn create(world: &mut World, call: &Call) -> Result<Json<Interpreter>> {
    let (person, new) = call.host_and_body(world)?;
    let target = scheduled(world, person, call.id())?;
    let series = world.meetings.series.row_mut(target.series)?;
    add(series, target.name, new).map(Json)
}

/// The preparations for a meeting of any kind that the caller hosts.
fn setup<'w>(world: &'w World, call: &Call) -> Result<&'w Setup> {
    let target = hosted(world, call.host(world)?, call.id())?;
    Ok(world.meetings.series.row(target.series)?.setup(target.name))
}

/// Newest first, as in Webex.
fn list(world: &World, call: &Call) -> Result<Page<Interpreter>> {
    let all = setup(world, call)?.interpreters().iter();
    Ok(Page::whole(all.rev().cloned().collect()))
}

fn details(world: &World, call: &Call) -> Result<Json<Interpreter>> {
    let setup = setup(world, call)?;
    let at = position(setup, call.part())?;
    Ok(Json(setup.interpreters()[at].clone()))
}

fn update(world: &mut World, call: &Call) -> Result<Json<Interpreter>> {
    let (person, mut new): (_, Interpreter) = call.host_and_body(world)?;
    let target = scheduled(world, person, call.id())?;
    let series = world.meetings.series.row_mut(target.series)?;
    let setup = series.setup(target.name);
    let at = position(setup, call.part())?;
    new.id = Some(call.part().to_owned());
    let others = setup.interpreters().iter();
    check_all(others.filter(|other| other.id != new.id).chain([&new]))?;
    series.setup_mut(target.name).interpreters_mut()[at] = new.clone();
    Ok(Json(new))
}

fn delete(world: &mut World, call: &Call) -> Result<()> {
    let target = scheduled(world, call.host(world)?, call.id())?;
    let series = world.meetings.series.row_mut(target.series)?;
    let at = position(series.setup(target.name), call.part())?;
    series.setup_mut(target.name).interpreters_mut().remove(at);
    Ok(())
}

/// The sessions as planned; those of an ended instance also have its times.
fn list_breakouts(world: &World, call: &Call) -> Result<Page<BreakoutSession>> {
    let target = hosted(world, call.host_by_header(world)?, call.id())?;
    let series = world.meetings.series.row(target.series)?;
    let mut sessions = series.setup(target.name).breakouts.clone();
    let instance = target.instance.map(|key| world.meetings.instances.row(key));
    if let Some(ended) = instance.transpose()?.filter(|one| one.ended.is_some()) {
        for session in &mut sessions {
            (session.start_time, session.end_time) = (Some(ended.started), ended.ended);
        }
    }
    Ok(Page::whole(sessions))
}

fn update_breakouts(world: &mut World, call: &Call) -> Result<Page<BreakoutSession>> {
    let (person, body): (_, Items<BreakoutPlan>) = call.host_and_body(world)?;
    let target = scheduled(world, person, call.id())?;
    idle(world, target)?;
    let series = world.meetings.series.row_mut(target.series)?;
    plan_breakouts(series, target.name, body.items)?;
    Ok(Page::whole(series.setup(target.name).breakouts.clone()))
}

fn delete_breakouts(world: &mut World, call: &Call) -> Result<()> {
    let target = scheduled(world, call.host_by_header(world)?, call.id())?;
    idle(world, target)?;
    let series = world.meetings.series.row_mut(target.series)?;
    series.setup_mut(target.name).breakouts.clear();
    Ok(())
}
