//! `/teams`: teams, whose General space lives and dies with them.

use axum::extract::{Path, State};
use axum::response::Response;
use axum::routing::get;
use axum::{Json, Router};
use http::StatusCode;

use crate::Sandbox;
use crate::page::Paging;
use crate::problem::Problem;
use crate::request::{JsonBody, Query};
use crate::rules::caller::Caller;
use crate::rules::shown::Shown;
use crate::rules::sight::{known_team, own_team};
use crate::rules::team_memberships::check_moderates;
use crate::rules::teams::{Details, dissolve, found, show};

pub(crate) fn routes() -> Router<Sandbox> {
    Router::new()
        .route("/teams", get(list).post(create))
        .route("/teams/{id}", get(details).put(update).delete(delete))
}

async fn list(
    State(sandbox): State<Sandbox>,
    caller: Caller,
    Query(paging): Query<Paging>,
) -> Result<Response, Problem> {
    let page = paging.many()?;
    let page = sandbox.read(|world| {
        let teams = world.teams.iter();
        let own = teams.filter(|(_, team)| team.members.contains_key(&caller.person));
        let keys = own.map(|(key, _)| key);
        page.cut_keys(keys, |key| Some(show(world, world.teams.get(key)?)))
    });
    Ok(page.answer(&caller))
}

async fn details(
    State(sandbox): State<Sandbox>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Json<Shown>, Problem> {
    sandbox.read(|world| {
        let key = known_team(world, &caller, &id, "spark-compliance:teams_read")?;
        Ok(Json(show(world, world.team(key)?)))
    })
}

async fn create(
    State(sandbox): State<Sandbox>,
    caller: Caller,
    JsonBody(new): JsonBody<Details>,
) -> Result<Json<Shown>, Problem> {
    sandbox.write(&caller, |world| {
        let key = found(world, caller.person, new.name()?, new.description)?;
        Ok(Json(show(world, world.team(key)?)))
    })
}

async fn update(
    State(sandbox): State<Sandbox>,
    caller: Caller,
    Path(id): Path<String>,
    JsonBody(update): JsonBody<Details>,
) -> Result<Json<Shown>, Problem> {
    let name = update.name()?;
    sandbox.write(&caller, |world| {
        let key = own_team(world, caller.person, &id)?;
        check_moderates(world, caller.person, key)?;
        let team = world.team_mut(key)?;
        team.name = name;
        team.description = update.description.or(team.description.take());
        Ok(Json(show(world, world.team(key)?)))
    })
}

async fn delete(
    State(sandbox): State<Sandbox>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<StatusCode, Problem> {
    sandbox.write(&caller, |world| {
        let key = own_team(world, caller.person, &id)?;
        check_moderates(world, caller.person, key)?;
        dissolve(world, caller.person, key)?;
        Ok(StatusCode::NO_CONTENT)
    })
}
