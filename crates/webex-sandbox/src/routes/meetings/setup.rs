//! What a host sets up for a meeting: `/meetings/{id}/interpreters` and whether it is interpreted,
//! and `/meetings/{id}/breakoutSessions`, separate rooms that are planned before it starts.

use axum::Json;
use jiff::Timestamp;
use serde::Deserialize;

use crate::page::Page;
use crate::problem::Result;
use crate::request::{Call, Routes};
use crate::rows::PersonKey;
use crate::rows::meetings::{Instance, Place, Series, Target};
use crate::rows::preparations::{BreakoutSession, Interpreter, Setup, SimultaneousInterpretation};
use crate::rules::meetings::setup::{
    BreakoutPlan, add, check_all, check_interpreter, interpret, known, no_interpreter,
    plan_breakouts, position,
};
use crate::rules::meetings::{hosted, missing, place};
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

/// The series or the occurrence that a person hosts, for changing.
fn place_mut<'w>(
    world: &'w mut World,
    person: PersonKey,
    id: &str,
) -> Result<(&'w mut Series, Option<Timestamp>)> {
    let (key, only) = place(world, person, id)?;
    Ok((world.meetings.series.row_mut(key)?, only))
}

fn replace_all(world: &mut World, call: &Call) -> Result<Json<SimultaneousInterpretation>> {
    let (person, new) = call.host_and_body(world)?;
    let (series, only) = place_mut(world, person, call.id())?;
    interpret(series, only, new)?;
    Ok(Json(series.setup(only).interpretation.clone()))
}

fn create(world: &mut World, call: &Call) -> Result<Json<Interpreter>> {
    let (person, new) = call.host_and_body(world)?;
    let (series, only) = place_mut(world, person, call.id())?;
    add(series, only, new).map(Json)
}

/// The preparations for a meeting of any kind that the caller hosts.
fn setup_of<'w>(world: &'w World, person: PersonKey, id: &str) -> Result<&'w Setup> {
    let target = hosted(world, person, id)?;
    let (key, only) = world.meetings.place_of(target).ok_or_else(missing)?;
    Ok(world.meetings.series.row(key)?.setup(only))
}

/// Newest first, as in Webex.
fn list(world: &World, call: &Call) -> Result<Page<Interpreter>> {
    let setup = setup_of(world, call.host(world)?, call.id())?;
    let all = setup.interpretation.interpreters.iter().flatten();
    Ok(Page::whole(all.rev().cloned().collect()))
}

fn details(world: &World, call: &Call) -> Result<Json<Interpreter>> {
    let setup = setup_of(world, call.host(world)?, call.id())?;
    let mut all = setup.interpretation.interpreters.iter().flatten();
    let found = all.find(|one| one.id.as_deref() == Some(call.part()));
    found.cloned().map(Json).ok_or_else(no_interpreter)
}

fn update(world: &mut World, call: &Call) -> Result<Json<Interpreter>> {
    let (person, new) = call.host_and_body(world)?;
    let (series, only) = place_mut(world, person, call.id())?;
    check_interpreter(&new)?;
    let at = position(series, only, call.part())?;
    let interpreter = Interpreter {
        id: Some(call.part().to_owned()),
        ..new
    };
    let others = known(series, only).filter(|other| other.id != interpreter.id);
    check_all(others.chain([&interpreter]))?;
    let setup = series.setup_mut(only);
    let all = setup.interpretation.interpreters.get_or_insert_default();
    all[at] = interpreter.clone();
    Ok(Json(interpreter))
}

fn delete(world: &mut World, call: &Call) -> Result<()> {
    let person = call.host(world)?;
    let (series, only) = place_mut(world, person, call.id())?;
    let at = position(series, only, call.part())?;
    let interpretation = &mut series.setup_mut(only).interpretation;
    interpretation
        .interpreters
        .get_or_insert_default()
        .remove(at);
    Ok(())
}

/// A session as planned; for an ended instance also with its times.
fn shown(session: &BreakoutSession, ended: Option<&Instance>) -> BreakoutSession {
    BreakoutSession {
        start_time: ended.map(|instance| instance.started),
        end_time: ended.and_then(|instance| instance.ended),
        ..session.clone()
    }
}

fn list_breakouts(world: &World, call: &Call) -> Result<Page<BreakoutSession>> {
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
fn idle_place(world: &World, person: PersonKey, id: &str) -> Result<Place> {
    let (key, only) = place(world, person, id)?;
    crate::rules::meetings::change::idle(world, key, only)?;
    Ok((key, only))
}

#[derive(Debug, Deserialize)]
struct UpdateBreakouts {
    items: Vec<BreakoutPlan>,
}

fn update_breakouts(world: &mut World, call: &Call) -> Result<Page<BreakoutSession>> {
    let (person, body): (_, UpdateBreakouts) = call.host_and_body(world)?;
    let (key, only) = idle_place(world, person, call.id())?;
    let series = world.meetings.series.row_mut(key)?;
    plan_breakouts(series, only, body.items)?;
    Ok(Page::whole(series.setup(only).breakouts.clone()))
}

fn delete_breakouts(world: &mut World, call: &Call) -> Result<()> {
    let person = call.host_by_header(world)?;
    let (key, only) = idle_place(world, person, call.id())?;
    let series = world.meetings.series.row_mut(key)?;
    series.setup_mut(only).breakouts.clear();
    Ok(())
}
