//! `/team/memberships`: the members of a team, who are also in its General space.

use axum::extract::Path;
use axum::response::Response;
use axum::routing::get;
use axum::{Json, Router};
use http::StatusCode;
use serde::Deserialize;

use crate::Sandbox;
use crate::page::Paging;
use crate::problem::{Problem, Result};
use crate::request::{Context, JsonBody, Query};
use crate::routes::belonging::{Newcomer, cut, details, shown};
use crate::rows::{PersonKey, TeamKey, TeamMembership, TeamMembershipKey};
use crate::rules::belonging::{Belonging, known};
use crate::rules::caller::Caller;
use crate::rules::shown::Shown;
use crate::rules::sight::{known_team, own_team};
use crate::rules::team_memberships::{appoint, check_moderates, enter, exit};
use crate::world::World;

const OFFICERS_READ: &str = TeamMembership::OFFICER_SCOPES[0];
const OFFICERS_WRITE: &str = TeamMembership::OFFICER_SCOPES[1];

pub(crate) fn routes() -> Router<Sandbox> {
    Router::new()
        .route("/team/memberships", get(list).post(create))
        .route(
            "/team/memberships/{id}",
            get(details::<TeamMembership>).put(update).delete(delete),
        )
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct List {
    team_id: Option<String>,
    #[serde(flatten)]
    paging: Paging,
}

async fn list(context: Context, Query(query): Query<List>) -> Result<Response> {
    let page = query.paging.many()?;
    context.list(|world| {
        let id = query.team_id.as_deref();
        let id = id.ok_or_else(|| Problem::parameter_missing("teamId"))?;
        let team = known_team(world, &context, id, OFFICERS_READ)?;
        let keys = world.teams.row(team)?.members.values().copied();
        Ok(cut(world, page, keys))
    })
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Create {
    team_id: Option<String>,
    #[serde(flatten)]
    newcomer: Newcomer,
}

async fn create(context: Context, JsonBody(new): JsonBody<Create>) -> Result<Json<Shown>> {
    context.write(|world| {
        let id = Problem::required(new.team_id.as_deref(), "teamId")?;
        let team = own_team(world, context.person, id)?;
        check_moderates(world, context.person, team)?;
        let (person, is_moderator) = (new.newcomer.person(world)?, new.newcomer.is_moderator);
        let key = enter(world, context.person, team, person, is_moderator)?;
        shown(world, key)
    })
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Update {
    is_moderator: Option<bool>,
}

async fn update(
    context: Context,
    Path(id): Path<String>,
    JsonBody(update): JsonBody<Update>,
) -> Result<Json<Shown>> {
    let is_moderator = Problem::required(update.is_moderator, "isModerator")?;
    context.write(|world| {
        let key = known(world, &context, &id)?;
        let (team, person) = place(world, key)?;
        check_may_manage(world, &context, team)?;
        appoint(world, context.person, team, person, is_moderator)?;
        shown(world, key)
    })
}

async fn delete(context: Context, Path(id): Path<String>) -> Result<StatusCode> {
    context.write(|world| {
        let key = known(world, &context, &id)?;
        let (team, person) = place(world, key)?;
        if person != context.person {
            check_may_manage(world, &context, team)?;
        }
        exit(world, context.person, team, person)?;
        Ok(StatusCode::NO_CONTENT)
    })
}

fn place(world: &World, key: TeamMembershipKey) -> Result<(TeamKey, PersonKey)> {
    let membership = world.team_memberships.row(key)?;
    Ok((membership.team, membership.person))
}

/// Moderators may change the members of a team, and so may compliance officers with the scope for
/// it.
fn check_may_manage(world: &World, caller: &Caller, team: TeamKey) -> Result<()> {
    match caller.may(OFFICERS_WRITE) {
        true => Ok(()),
        false => check_moderates(world, caller.person, team),
    }
}
