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
use crate::request::{Context, JsonBody, Query};
use crate::routes::meetings::{Hosted, OnBehalf};
use crate::rows::meetings::Series;
use crate::rows::preparations::{Interpreter, Setup, SimultaneousInterpretation};
use crate::rules::caller::Caller;
use crate::rules::meetings::interpreters::{
    add, check, check_all, known, no_interpreter, position, set,
};
use crate::rules::meetings::{acting, hosted, missing, place};
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
    context: &Context,
    host_email: Option<&str>,
    id: &str,
    change: impl FnOnce(&mut Series, Option<Timestamp>) -> Result<T>,
) -> Result<T> {
    context.write(|world| {
        let person = acting(world, context, host_email)?;
        let (key, only) = place(world, person, id)?;
        let series = world.meetings.series.row_mut(key)?;
        change(series, only)
    })
}

async fn replace_all(
    context: Context,
    Path(id): Path<String>,
    JsonBody(new): JsonBody<Hosted<SimultaneousInterpretation>>,
) -> Result<Json<SimultaneousInterpretation>> {
    let host = new.host_email.as_deref();
    change(&context, host, &id, |series, only| {
        set(series, only, new.body)?;
        Ok(Json(series.setup(only).interpretation.clone()))
    })
}

async fn create(
    context: Context,
    Path(id): Path<String>,
    JsonBody(new): JsonBody<Hosted<Interpreter>>,
) -> Result<Json<Interpreter>> {
    let host = new.host_email.as_deref();
    change(&context, host, &id, |series, only| {
        add(series, only, new.body).map(Json)
    })
}

/// The preparations for a meeting of any kind that the caller hosts.
fn setup_of<'w>(
    world: &'w World,
    caller: &Caller,
    host_email: Option<&str>,
    id: &str,
) -> Result<&'w Setup> {
    let person = acting(world, caller, host_email)?;
    let target = hosted(world, person, id)?;
    let (key, only) = world.meetings.place_of(target).ok_or_else(missing)?;
    let series = world.meetings.series.row(key)?;
    Ok(series.setup(only))
}

/// Newest first, as in Webex.
async fn list(
    context: Context,
    Path(id): Path<String>,
    Query(query): Query<OnBehalf>,
) -> Result<Response> {
    context.list(|world| {
        let setup = setup_of(world, &context, query.host_email.as_deref(), &id)?;
        let all = setup.interpretation.interpreters.iter().flatten();
        Ok(Page::whole(all.rev().cloned().collect()))
    })
}

async fn details(
    context: Context,
    Path((id, interpreter)): Path<(String, String)>,
    Query(query): Query<OnBehalf>,
) -> Result<Json<Interpreter>> {
    context.read(|world| {
        let setup = setup_of(world, &context, query.host_email.as_deref(), &id)?;
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
    let host = new.host_email.as_deref();
    change(&context, host, &id, |series, only| {
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
    context: Context,
    Path((id, interpreter)): Path<(String, String)>,
    Query(query): Query<OnBehalf>,
) -> Result<StatusCode> {
    let host = query.host_email.as_deref();
    change(&context, host, &id, |series, only| {
        let at = position(series, only, &interpreter)?;
        let interpretation = &mut series.setup_mut(only).interpretation;
        interpretation
            .interpreters
            .get_or_insert_default()
            .remove(at);
        Ok(StatusCode::NO_CONTENT)
    })
}
