//! `/meetings/{id}/interpreters`: whether a meeting is interpreted, and its interpreters.

use axum::Json;
use jiff::Timestamp;

use crate::page::Page;
use crate::problem::Result;
use crate::request::{Call, Routes};
use crate::routes::meetings::Hosted;
use crate::rows::PersonKey;
use crate::rows::meetings::Series;
use crate::rows::preparations::{Interpreter, Setup, SimultaneousInterpretation};
use crate::rules::meetings::interpreters::{
    add, check, check_all, known, no_interpreter, position, set,
};
use crate::rules::meetings::{acting, hosted, missing, place};
use crate::world::World;

pub(crate) fn routes() -> Routes {
    Routes::default()
        .put("/meetings/{id}/simultaneousInterpretation", replace_all)
        .get("/meetings/{id}/interpreters", list)
        .post("/meetings/{id}/interpreters", create)
        .get("/meetings/{id}/interpreters/{interpreter}", details)
        .put("/meetings/{id}/interpreters/{interpreter}", update)
        .delete("/meetings/{id}/interpreters/{interpreter}", delete)
}

/// The series or the occurrence that the caller hosts, for changing.
fn hosted_place<'w>(
    world: &'w mut World,
    call: &Call,
    host_email: Option<&str>,
) -> Result<(&'w mut Series, Option<Timestamp>)> {
    let person = acting(world, call, host_email)?;
    let (key, only) = place(world, person, call.id())?;
    Ok((world.meetings.series.row_mut(key)?, only))
}

fn replace_all(world: &mut World, call: &Call) -> Result<Json<SimultaneousInterpretation>> {
    let new: Hosted<SimultaneousInterpretation> = call.body()?;
    let (series, only) = hosted_place(world, call, new.host_email.as_deref())?;
    set(series, only, new.body)?;
    Ok(Json(series.setup(only).interpretation.clone()))
}

fn create(world: &mut World, call: &Call) -> Result<Json<Interpreter>> {
    let new: Hosted<Interpreter> = call.body()?;
    let (series, only) = hosted_place(world, call, new.host_email.as_deref())?;
    add(series, only, new.body).map(Json)
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
    let new: Hosted<Interpreter> = call.body()?;
    let (series, only) = hosted_place(world, call, new.host_email.as_deref())?;
    check(&new.body)?;
    let at = position(series, only, call.part())?;
    let interpreter = Interpreter {
        id: Some(call.part().to_owned()),
        ..new.body
    };
    let others = known(series, only).filter(|other| other.id != interpreter.id);
    check_all(others.chain([&interpreter]))?;
    let setup = series.setup_mut(only);
    let all = setup.interpretation.interpreters.get_or_insert_default();
    all[at] = interpreter.clone();
    Ok(Json(interpreter))
}

fn delete(world: &mut World, call: &Call) -> Result<()> {
    let (key, only) = place(world, call.host(world)?, call.id())?;
    let series = world.meetings.series.row_mut(key)?;
    let at = position(series, only, call.part())?;
    let interpretation = &mut series.setup_mut(only).interpretation;
    interpretation
        .interpreters
        .get_or_insert_default()
        .remove(at);
    Ok(())
}
