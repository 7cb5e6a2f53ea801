//! `/meetings/{id}/interpreters`: whether a meeting is interpreted, and by whom.

use std::collections::HashSet;

use axum::extract::{Path, State};
use axum::response::Response;
use axum::routing::{get, put};
use axum::{Json, Router};
use http::StatusCode;
use jiff::Timestamp;
use serde::Deserialize;
use webex::meetings::interpreters::{
    DeleteInterpreter, Interpreter, SimultaneousInterpretation, UpdateInterpretation,
    WriteInterpreter,
};

use super::calendar::Series;
use super::setup::Setup;
use super::{acting, hosted, missing, place};
use crate::Sandbox;
use crate::invitees::{check_display_name, check_email};
use crate::page::Page;
use crate::problem::Problem;
use crate::request::{Caller, JsonBody, Query};
use crate::world::World;

/// Our own bound; Webex documents none.
const MAX_INTERPRETERS: usize = 100;

/// As ISO 639-1 has them.
const LANGUAGE_CODE_BYTES: usize = 2;

pub(super) fn routes() -> Router<Sandbox> {
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
    sandbox: &Sandbox,
    caller: &Caller,
    host_email: Option<&str>,
    id: &str,
    change: impl FnOnce(&mut Series, Option<Timestamp>) -> Result<T, Problem>,
) -> Result<T, Problem> {
    sandbox.write(caller, |world| {
        let person = acting(world, caller, host_email)?;
        let (key, only) = place(world, person, id)?;
        let series = world.meetings.series.get_mut(key).ok_or_else(missing)?;
        change(series, only)
    })
}

fn no_interpreter() -> Problem {
    Problem::not_found("Could not find an interpreter with provided ID.")
}

fn check(interpreter: &Interpreter) -> Result<(), Problem> {
    let codes = [&interpreter.language_code_1, &interpreter.language_code_2];
    let is_code = |code: &&String| {
        code.len() == LANGUAGE_CODE_BYTES && code.bytes().all(|byte| byte.is_ascii_lowercase())
    };
    if !codes.iter().all(is_code) || codes[0] == codes[1] {
        return Err(Problem::bad_request(
            "languageCode1 and languageCode2 must be two different ISO 639-1 codes.",
        ));
    }
    check_display_name(interpreter.display_name.as_deref())?;
    interpreter.email.as_deref().map_or(Ok(()), check_email)
}

/// Whether all of these can interpret together, each address once.
fn check_all<'i>(all: impl IntoIterator<Item = &'i Interpreter>) -> Result<(), Problem> {
    let mut emails = HashSet::new();
    for (count, one) in all.into_iter().enumerate() {
        check(one)?;
        if count >= MAX_INTERPRETERS {
            return Err(Problem::bad_request(
                "A meeting has at most 100 interpreters.",
            ));
        }
        let email = one.email.as_ref().map(|email| email.to_lowercase());
        if email.is_some_and(|email| !emails.insert(email)) {
            return Err(Problem::conflict(
                "The person is an interpreter of the meeting already.",
            ));
        }
    }
    Ok(())
}

/// The interpreters of a series, or of an occurrence of it.
fn known(series: &Series, only: Option<Timestamp>) -> impl Iterator<Item = &Interpreter> {
    let all = series.setup(only).interpretation.interpreters.iter();
    all.flatten()
}

fn add(
    series: &mut Series,
    only: Option<Timestamp>,
    new: Interpreter,
) -> Result<Interpreter, Problem> {
    if !series.setup(only).interpretation.enabled {
        return Err(Problem::bad_request(
            "Simultaneous interpretation is not enabled for the meeting.",
        ));
    }
    check_all(known(series, only).chain([&new]))?;
    let interpreter = Interpreter {
        id: Some(series.new_part_id()),
        ..new
    };
    let interpretation = &mut series.setup_mut(only).interpretation;
    let all = interpretation.interpreters.get_or_insert_default();
    all.push(interpreter.clone());
    Ok(interpreter)
}

/// Gives a series, or an occurrence of it, another interpretation with all its interpreters.
pub(super) fn set(
    series: &mut Series,
    only: Option<Timestamp>,
    new: SimultaneousInterpretation,
) -> Result<(), Problem> {
    if new.enabled && !series.setup(only).breakouts.is_empty() {
        return Err(Problem::bad_request(
            "A meeting with breakout sessions cannot be interpreted.",
        ));
    }
    let wanted = new.interpreters.filter(|_| new.enabled).unwrap_or_default();
    check_all(&wanted)?;
    let wanted = wanted.into_iter().map(|one| Interpreter {
        id: Some(series.new_part_id()),
        ..one
    });
    let interpreters: Vec<Interpreter> = wanted.collect();
    series.setup_mut(only).interpretation = SimultaneousInterpretation {
        enabled: new.enabled,
        interpreters: (!interpreters.is_empty()).then_some(interpreters),
    };
    Ok(())
}

async fn replace_all(
    State(sandbox): State<Sandbox>,
    caller: Caller,
    Path(id): Path<String>,
    JsonBody(body): JsonBody<UpdateInterpretation>,
) -> Result<Json<SimultaneousInterpretation>, Problem> {
    let host = body.host_email.as_deref();
    change(&sandbox, &caller, host, &id, |series, only| {
        set(series, only, body.interpretation)?;
        Ok(Json(series.setup(only).interpretation.clone()))
    })
}

async fn create(
    State(sandbox): State<Sandbox>,
    caller: Caller,
    Path(id): Path<String>,
    JsonBody(body): JsonBody<WriteInterpreter>,
) -> Result<Json<Interpreter>, Problem> {
    let host = body.host_email.as_deref();
    change(&sandbox, &caller, host, &id, |series, only| {
        add(series, only, body.interpreter).map(Json)
    })
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct OnBehalf {
    host_email: Option<String>,
}

/// What was prepared for a meeting of any kind that the caller hosts.
fn setup_of<'w>(
    world: &'w World,
    caller: &Caller,
    host_email: Option<&str>,
    id: &str,
) -> Result<&'w Setup, Problem> {
    let person = acting(world, caller, host_email)?;
    let target = hosted(world, person, id)?;
    let (key, only) = world.meetings.place_of(target).ok_or_else(missing)?;
    let series = world.meetings.series.get(key).ok_or_else(missing)?;
    Ok(series.setup(only))
}

/// Newest first, as Webex has them.
async fn list(
    State(sandbox): State<Sandbox>,
    caller: Caller,
    Path(id): Path<String>,
    Query(query): Query<OnBehalf>,
) -> Result<Response, Problem> {
    let items = sandbox.try_read(|world| {
        let setup = setup_of(world, &caller, query.host_email.as_deref(), &id)?;
        let all = setup.interpretation.interpreters.iter().flatten();
        Ok(all.rev().cloned().collect())
    })?;
    Ok(Page { items, next: None }.answer(&caller))
}

async fn details(
    State(sandbox): State<Sandbox>,
    caller: Caller,
    Path((id, interpreter)): Path<(String, String)>,
    Query(query): Query<OnBehalf>,
) -> Result<Json<Interpreter>, Problem> {
    sandbox.read(|world| {
        let setup = setup_of(world, &caller, query.host_email.as_deref(), &id)?;
        let mut all = setup.interpretation.interpreters.iter().flatten();
        let found = all.find(|one| one.id.as_ref() == Some(&interpreter));
        found.cloned().map(Json).ok_or_else(no_interpreter)
    })
}

/// Where an interpreter stands among the others.
fn position(series: &Series, only: Option<Timestamp>, id: &str) -> Result<usize, Problem> {
    let mut all = series.setup(only).interpretation.interpreters.iter();
    let position = all.find_map(|all| all.iter().position(|one| one.id.as_deref() == Some(id)));
    position.ok_or_else(no_interpreter)
}

async fn update(
    State(sandbox): State<Sandbox>,
    caller: Caller,
    Path((id, interpreter)): Path<(String, String)>,
    JsonBody(body): JsonBody<WriteInterpreter>,
) -> Result<Json<Interpreter>, Problem> {
    let host = body.host_email.as_deref();
    change(&sandbox, &caller, host, &id, |series, only| {
        check(&body.interpreter)?;
        let at = position(series, only, &interpreter)?;
        let interpreter = Interpreter {
            id: Some(interpreter),
            ..body.interpreter
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
    State(sandbox): State<Sandbox>,
    caller: Caller,
    Path((id, interpreter)): Path<(String, String)>,
    Query(query): Query<DeleteInterpreter>,
) -> Result<StatusCode, Problem> {
    let host = query.host_email.as_deref();
    change(&sandbox, &caller, host, &id, |series, only| {
        let at = position(series, only, &interpreter)?;
        let setup = series.setup_mut(only);
        setup
            .interpretation
            .interpreters
            .get_or_insert_default()
            .remove(at);
        Ok(StatusCode::NO_CONTENT)
    })
}
