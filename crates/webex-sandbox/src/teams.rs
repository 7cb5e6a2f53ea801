//! `/teams`: the teams that somebody belongs to.

use axum::extract::{Path, State};
use axum::response::Response;
use axum::routing::get;
use axum::{Json, Router};
use serde::Deserialize;
use webex::teams::Team as Wire;

use crate::Sandbox;
use crate::page::{Cursor, PageRequest};
use crate::problem::Problem;
use crate::request::{Caller, Query};
use crate::world::{PersonKey, Team, TeamKey, World};

const DEFAULT_PAGE_ITEMS: usize = 100;

/// Our own bound; Webex documents none.
const MAX_PAGE_ITEMS: usize = 1_000;

pub(crate) fn routes() -> Router<Sandbox> {
    Router::new()
        .route("/teams", get(list))
        .route("/teams/{id}", get(details))
}

fn show(world: &World, team: &Team) -> Wire {
    let creator = world.people.get(team.creator);
    Wire {
        id: team.id.clone(),
        name: Some(team.name.clone()),
        created: Some(team.created),
        creator_id: creator.map(|creator| creator.id.clone()),
        ..Wire::default()
    }
}

/// The team, if this person belongs to it.
pub(crate) fn own_team(world: &World, person: PersonKey, id: &str) -> Result<TeamKey, Problem> {
    let missing = || Problem::not_found("Could not find a team with provided ID.");
    let key = world.teams.find(id).ok_or_else(missing)?;
    let team = world.teams.get(key).ok_or_else(missing)?;
    match team.members.contains(&person) {
        true => Ok(key),
        false => Err(missing()),
    }
}

#[derive(Debug, Deserialize)]
struct List {
    max: Option<String>,
    cursor: Option<String>,
}

async fn list(
    State(sandbox): State<Sandbox>,
    caller: Caller,
    Query(query): Query<List>,
) -> Result<Response, Problem> {
    let page = PageRequest::new(
        query.max.as_deref(),
        query.cursor.as_deref(),
        DEFAULT_PAGE_ITEMS,
        MAX_PAGE_ITEMS,
    )?;
    let start = page
        .after
        .map_or(0, |after| after.ordinal.saturating_add(1));
    let page = sandbox.read(|world| {
        let teams = world
            .teams
            .iter()
            .filter(|(key, team)| key.ordinal() >= start && team.members.contains(&caller.person));
        let teams = teams.map(|(key, team)| {
            let ordinal = key.ordinal();
            (Cursor { sort: 0, ordinal }, team)
        });
        page.cut(teams, |team| Some(show(world, team)))
    });
    Ok(page.answer(&caller))
}

async fn details(
    State(sandbox): State<Sandbox>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Json<Wire>, Problem> {
    sandbox.read(|world| {
        let key = own_team(world, caller.person, &id)?;
        let team = world.teams.get(key).ok_or_else(Problem::vanished)?;
        Ok(Json(show(world, team)))
    })
}
