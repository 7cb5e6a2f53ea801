//! Teams; the General space of a team is created and removed with it.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::json;

use crate::problem::{Problem, Result};
use crate::rows::{PersonKey, RoomKey, Team, TeamKey, moment};
use crate::rules::rooms;
use crate::rules::rooms::{NewRoom, open};
use crate::rules::shown::{Shown, shown};
use crate::rules::team_memberships::enter;
use crate::world::World;

/// The sandbox's own limit; Webex documents none.
const MAX_NAME_CHARS: usize = 256;

/// The space that every team has.
const GENERAL_TITLE: &str = "General";

pub(crate) fn show(world: &World, team: &Team) -> Shown {
    let creator = world.people.get(team.creator);
    shown(json!({
        "id": team.id,
        "name": team.name,
        "description": team.description,
        "created": moment::text(team.created),
        "creatorId": creator.map(|creator| &creator.id),
    }))
}

/// The properties that a team will have; Webex requires the name each time.
#[derive(Debug, Deserialize)]
pub(crate) struct Details {
    pub(crate) name: Option<String>,
    pub(crate) description: Option<String>,
}

impl Details {
    pub(crate) fn name(&self) -> Result<String> {
        let name = self.name.as_deref().map(str::trim).unwrap_or_default();
        Problem::bad_request("name is required.").when(name.is_empty())?;
        Problem::check_length("name", name, MAX_NAME_CHARS)?;
        Ok(name.to_owned())
    }
}

/// Creates a team with its creator as the moderator, and its General space.
pub(crate) fn found(
    world: &mut World,
    creator: PersonKey,
    name: String,
    description: Option<String>,
) -> Result<TeamKey> {
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
        team_id: Some(world.teams.row(key)?.id.clone()),
        is_locked: true,
        ..NewRoom::default()
    };
    let general = open(world, creator, general)?;
    world.teams.row_mut(key)?.general = Some(general);
    Ok(key)
}

/// Removes a team with its General space; its other spaces are archived.
pub(crate) fn dissolve(world: &mut World, actor: PersonKey, key: TeamKey) -> Result<()> {
    let general = world.teams.row(key)?.general;
    let rooms = world.rooms.iter();
    let others = rooms.filter(|(room, of)| of.team == Some(key) && Some(*room) != general);
    let others: Vec<RoomKey> = others.map(|(room, _)| room).collect();
    for room in others {
        world.rooms.row_mut(room)?.team = None;
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
