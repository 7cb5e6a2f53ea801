//! `/meetings/{id}/interpreters`: whether a meeting is interpreted, and its interpreters.

use axum::extract::Path;
use axum::response::Response;
use axum::routing::{get, put};
use axum::{Json, Router};
use http::StatusCode;
use jiff::Timestamp;

use crate::Sandbox;
use crate::page::Page;
use crate::problem::Result;
use crate::request::{Context, JsonBody};
use crate::routes::meetings::{Hosted, OnBehalf};
use crate::rows::PersonKey;
use crate::rows::meetings::Series;
use crate::rows::preparations::{Interpreter, Setup, SimultaneousInterpretation};
use crate::rules::meetings::interpreters::{
    add, check, check_all, known, no_interpreter, position, set,
};
use crate::rules::meetings::{hosted, missing, place};
use crate::world::World;

pub(crate) fn routes() -> Router<Sandbox> {
    Router::new()
        .route(
            "/meetings/{id}/simultaneousInterpretation",
            put(replace_all),
        )
        .route("/meetings/{id}/interpreters", get(list).post(create))
        .route(
            "/meetings/{id}/interpreters/{interpreter}",
            get(details).put(update).delete(delete),
        )
}

/// Changes the interpretation of a series or an occurrence that the caller hosts.
fn change<T>(
    caller: &OnBehalf,
    id: &str,
    change: impl FnOnce(&mut Series, Option<Timestamp>) -> Result<T>,
) -> Result<T> {
    caller.write(|world, person| {
        let (key, only) = place(world, person, id)?;
        change(world.meetings.series.row_mut(key)?, only)
    })
}

async fn replace_all(
    context: Context,
    Path(id): Path<String>,
    JsonBody(new): JsonBody<Hosted<SimultaneousInterpretation>>,
) -> Result<Json<SimultaneousInterpretation>> {
    let caller = OnBehalf::of(context, new.host_email);
    change(&caller, &id, |series, only| {
        set(series, only, new.body)?;
        Ok(Json(series.setup(only).interpretation.clone()))
    })
}

async fn create(
    context: Context,
    Path(id): Path<String>,
    JsonBody(new): JsonBody<Hosted<Interpreter>>,
) -> Result<Json<Interpreter>> {
    let caller = OnBehalf::of(context, new.host_email);
    change(&caller, &id, |series, only| {
        add(series, only, new.body).map(Json)
    })
}

/// The preparations for a meeting of any kind that the caller hosts.
fn setup_of<'w>(world: &'w World, person: PersonKey, id: &str) -> Result<&'w Setup> {
    let target = hosted(world, person, id)?;
    let (key, only) = world.meetings.place_of(target).ok_or_else(missing)?;
    Ok(world.meetings.series.row(key)?.setup(only))
}

/// Newest first, as in Webex.
async fn list(caller: OnBehalf, Path(id): Path<String>) -> Result<Response> {
    caller.list(|world, person| {
        let setup = setup_of(world, person, &id)?;
        let all = setup.interpretation.interpreters.iter().flatten();
        Ok(Page::whole(all.rev().cloned().collect()))
    })
}

async fn details(
    caller: OnBehalf,
    Path((id, interpreter)): Path<(String, String)>,
) -> Result<Json<Interpreter>> {
    caller.read(|world, person| {
        let setup = setup_of(world, person, &id)?;
        let mut all = setup.interpretation.interpreters.iter().flatten();
        let found = all.find(|one| one.id.as_ref() == Some(&interpreter));
        found.cloned().map(Json).ok_or_else(no_interpreter)
    })
}

async fn update(
    context: Context,
    Path((id, interpreter)): Path<(String, String)>,
    JsonBody(new): JsonBody<Hosted<Interpreter>>,
) -> Result<Json<Interpreter>> {
    let caller = OnBehalf::of(context, new.host_email);
    change(&caller, &id, |series, only| {
        check(&new.body)?;
        let at = position(series, only, &interpreter)?;
        let interpreter = Interpreter {
            id: Some(interpreter),
            ..new.body
        };
        let others = known(series, only).filter(|other| other.id != interpreter.id);
        check_all(others.chain([&interpreter]))?;
        let setup = series.setup_mut(only);
        let all = setup.interpretation.interpreters.get_or_insert_default();
        all[at] = interpreter.clone();
        Ok(Json(interpreter))
    })
}

async fn delete(
    caller: OnBehalf,
    Path((id, interpreter)): Path<(String, String)>,
) -> Result<StatusCode> {
    change(&caller, &id, |series, only| {
        let at = position(series, only, &interpreter)?;
        let interpretation = &mut series.setup_mut(only).interpretation;
        interpretation
            .interpreters
            .get_or_insert_default()
            .remove(at);
        Ok(StatusCode::NO_CONTENT)
    })
}
