//! `/teams`: teams; the General space of a team is created and removed with it.

use axum::extract::Path;
use axum::response::Response;
use axum::routing::get;
use axum::{Json, Router};
use http::StatusCode;

use crate::Sandbox;
use crate::page::Paging;
use crate::problem::Result;
use crate::request::{Context, JsonBody, Query};
use crate::rules::shown::Shown;
use crate::rules::sight::{known_team, own_team};
use crate::rules::team_memberships::check_moderates;
use crate::rules::teams::{Details, dissolve, found, show};

pub(crate) fn routes() -> Router<Sandbox> {
    Router::new()
        .route("/teams", get(list).post(create))
        .route("/teams/{id}", get(details).put(update).delete(delete))
}

async fn list(context: Context, Query(paging): Query<Paging>) -> Result<Response> {
    let page = paging.many()?;
    context.list(|world| {
        let teams = world.teams.iter();
        let own = teams.filter(|(_, team)| team.members.contains_key(&context.person));
        let keys = own.map(|(key, _)| key);
        Ok(page.cut_keys(keys, |key| Some(show(world, world.teams.get(key)?))))
    })
}

async fn details(context: Context, Path(id): Path<String>) -> Result<Json<Shown>> {
    context.read(|world| {
        let key = known_team(world, &context, &id, "spark-compliance:teams_read")?;
        Ok(Json(show(world, world.teams.row(key)?)))
    })
}

async fn create(context: Context, JsonBody(new): JsonBody<Details>) -> Result<Json<Shown>> {
    context.write(|world| {
        let key = found(world, context.person, new.name()?, new.description)?;
        Ok(Json(show(world, world.teams.row(key)?)))
    })
}

async fn update(
    context: Context,
    Path(id): Path<String>,
    JsonBody(update): JsonBody<Details>,
) -> Result<Json<Shown>> {
    let name = update.name()?;
    context.write(|world| {
        let key = own_team(world, context.person, &id)?;
        check_moderates(world, context.person, key)?;
        let team = world.teams.row_mut(key)?;
        team.name = name;
        team.description = update.description.or(team.description.take());
        Ok(Json(show(world, world.teams.row(key)?)))
    })
}

async fn delete(context: Context, Path(id): Path<String>) -> Result<StatusCode> {
    context.write(|world| {
        let key = own_team(world, context.person, &id)?;
        check_moderates(world, context.person, key)?;
        dissolve(world, context.person, key)?;
        Ok(StatusCode::NO_CONTENT)
    })
}
