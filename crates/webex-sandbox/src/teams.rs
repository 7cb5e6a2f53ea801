//! `/teams`: teams, whose General space lives and dies with them.

use std::collections::BTreeMap;

use axum::extract::{Path, State};
use axum::response::Response;
use axum::routing::get;
use axum::{Json, Router};
use http::StatusCode;
use serde::Deserialize;
use webex::teams::Team as Wire;

use crate::Sandbox;
use crate::page::Paging;
use crate::problem::Problem;
use crate::request::{Caller, JsonBody, Query};
use crate::rooms::{self, NewRoom, open};
use crate::team_memberships::{check_moderates, enter};
use crate::world::{PersonKey, RoomKey, Team, TeamKey, World};

/// Our own bound; Webex documents none.
const MAX_NAME_CHARS: usize = 256;

/// The space that every team has.
const GENERAL_TITLE: &str = "General";

pub(crate) fn routes() -> Router<Sandbox> {
    Router::new()
        .route("/teams", get(list).post(create))
        .route("/teams/{id}", get(details).put(update).delete(delete))
}

fn show(world: &World, team: &Team) -> Wire {
    let creator = world.people.get(team.creator);
    Wire {
        id: team.id.clone(),
        name: Some(team.name.clone()),
        description: team.description.clone(),
        created: Some(team.created),
        creator_id: creator.map(|creator| creator.id.clone()),
    }
}

fn missing() -> Problem {
    Problem::not_found("Could not find a team with provided ID.")
}

/// The team, if this person belongs to it.
pub(crate) fn own_team(world: &World, person: PersonKey, id: &str) -> Result<TeamKey, Problem> {
    let key = world.teams.find(id).ok_or_else(missing)?;
    match world.team(key)?.members.contains_key(&person) {
        true => Ok(key),
        false => Err(missing()),
    }
}

/// The team, if the caller may know of it: as a member, or by a scope of compliance officers.
pub(crate) fn known_team(
    world: &World,
    caller: &Caller,
    id: &str,
    scope: &str,
) -> Result<TeamKey, Problem> {
    match caller.may(scope) {
        true => world.teams.find(id).ok_or_else(missing),
        false => own_team(world, caller.person, id),
    }
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
) -> Result<Json<Wire>, Problem> {
    sandbox.read(|world| {
        let key = known_team(world, &caller, &id, "spark-compliance:teams_read")?;
        Ok(Json(show(world, world.team(key)?)))
    })
}

/// What a team is to be; Webex demands the name each time.
#[derive(Debug, Deserialize)]
struct Details {
    name: Option<String>,
    description: Option<String>,
}

impl Details {
    fn name(&self) -> Result<String, Problem> {
        let name = self.name.as_deref().map(str::trim).unwrap_or_default();
        if name.is_empty() {
            return Err(Problem::bad_request("name is required."));
        }
        if name.chars().count() > MAX_NAME_CHARS {
            return Err(Problem::bad_request("name is longer than 256 characters."));
        }
        Ok(name.to_owned())
    }
}

async fn create(
    State(sandbox): State<Sandbox>,
    caller: Caller,
    JsonBody(new): JsonBody<Details>,
) -> Result<Json<Wire>, Problem> {
    sandbox.write(&caller, |world| {
        let key = found(world, caller.person, new.name()?, new.description)?;
        Ok(Json(show(world, world.team(key)?)))
    })
}

/// Makes a team with its creator as the moderator, and its General space.
pub(crate) fn found(
    world: &mut World,
    creator: PersonKey,
    name: String,
    description: Option<String>,
) -> Result<TeamKey, Problem> {
    let created = world.now;
    let key = world.teams.insert_with(|id| Team {
        id,
        name,
        description,
        creator,
        created,
        general: None,
        members: BTreeMap::new(),
    })?;
    enter(world, creator, key, creator, true)?;
    let general = NewRoom {
        title: GENERAL_TITLE.to_owned(),
        team_id: Some(world.team(key)?.id.clone()),
        is_locked: true,
        ..NewRoom::default()
    };
    let general = open(world, creator, general)?;
    world.team_mut(key)?.general = Some(general);
    Ok(key)
}

async fn update(
    State(sandbox): State<Sandbox>,
    caller: Caller,
    Path(id): Path<String>,
    JsonBody(update): JsonBody<Details>,
) -> Result<Json<Wire>, Problem> {
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

/// The General space goes with the team; its other spaces are archived.
fn dissolve(world: &mut World, actor: PersonKey, key: TeamKey) -> Result<(), Problem> {
    let general = world.team(key)?.general;
    let rooms = world.rooms.iter();
    let others = rooms.filter(|(room, of)| of.team == Some(key) && Some(*room) != general);
    let others: Vec<RoomKey> = others.map(|(room, _)| room).collect();
    for room in others {
        world.room_mut(room)?.team = None;
        rooms::archive(world, actor, room)?;
    }
    if let Some(general) = general {
        rooms::remove(world, actor, general)?;
    }
    let team = world.teams.remove(key).ok_or_else(Problem::vanished)?;
    for membership in team.members.into_values() {
        world.team_memberships.remove(membership);
    }
    Ok(())
}
