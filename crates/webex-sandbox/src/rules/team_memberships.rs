//! Team memberships; members of a team are also in its General space.

use serde_json::json;

use crate::problem::{Problem, Result};
use crate::rows::{PersonKey, RoomKey, TeamKey, TeamMembership, TeamMembershipKey, moment};
use crate::rules::belonging::{Belonging, Members, moderates};
use crate::rules::memberships::{self, leave};
use crate::rules::shown::{Shown, shown};
use crate::table::Table;
use crate::world::World;

/// Removes a person from a room; a person who leaves the General space of a team also leaves the
/// team.
pub(crate) fn depart(
    world: &mut World,
    actor: PersonKey,
    room: RoomKey,
    person: PersonKey,
) -> Result<()> {
    match world.team_of_general(room) {
        Some(team) => exit(world, actor, team, person),
        None => leave(world, actor, room, person),
    }
}

impl Belonging for TeamMembership {
    const OFFICER_SCOPES: [&'static str; 2] = [
        "spark-compliance:team_memberships_read",
        "spark-compliance:team_memberships_write",
    ];
    const MISSING: &'static str = "Could not find a team membership with provided ID.";

    fn table(world: &World) -> &Table<Self> {
        &world.team_memberships
    }

    fn is_moderator(&self) -> bool {
        self.is_moderator
    }

    fn members<'w>(&self, world: &'w World) -> Option<&'w Members<Self>> {
        Some(&world.teams.get(self.team)?.members)
    }

    fn show(&self, world: &World) -> Shown {
        let team = world.teams.get(self.team);
        let person = world.people.get(self.person);
        shown(json!({
            "id": self.id,
            "teamId": team.map(|team| &team.id),
            "personId": person.map(|person| &person.id),
            "personEmail": person.map(|person| &person.email),
            "personDisplayName": person.map(|person| &person.display_name),
            "personOrgId": world.organization_id,
            "isModerator": self.is_moderator,
            "created": moment::text(self.created),
        }))
    }
}

/// Adds a person to a team and its General space.
pub(crate) fn enter(
    world: &mut World,
    actor: PersonKey,
    team: TeamKey,
    person: PersonKey,
    is_moderator: bool,
) -> Result<TeamMembershipKey> {
    Problem::conflict("The person is already in the team.")
        .when(world.teams.row(team)?.members.contains_key(&person))?;
    let created = world.now;
    let key = world.team_memberships.insert_with(|id| TeamMembership {
        id,
        team,
        person,
        is_moderator,
        created,
    })?;
    let team = world.teams.row_mut(team)?;
    team.members.insert(person, key);
    if let Some(general) = team.general {
        memberships::join(world, actor, general, person, is_moderator)?;
    }
    Ok(key)
}

/// Removes a person from a team and its General space; the person stays in its other spaces.
pub(crate) fn exit(
    world: &mut World,
    actor: PersonKey,
    team: TeamKey,
    person: PersonKey,
) -> Result<()> {
    check_not_last(world, team, person, "removed")?;
    if let Some(general) = world.teams.row(team)?.general {
        memberships::leave(world, actor, general, person)?;
    }
    let membership = world.teams.row_mut(team)?.members.remove(&person);
    let membership = membership.ok_or_else(Problem::vanished)?;
    world.team_memberships.remove(membership);
    Ok(())
}

/// Makes a person a moderator of a team and its General space, or removes that role.
pub(crate) fn appoint(
    world: &mut World,
    actor: PersonKey,
    team: TeamKey,
    person: PersonKey,
    is_moderator: bool,
) -> Result<()> {
    if !is_moderator {
        check_not_last(world, team, person, "demoted")?;
    }
    let team = world.teams.row(team)?;
    let key = *team.members.get(&person).ok_or_else(Problem::vanished)?;
    let general = team.general.and_then(|key| world.rooms.get(key));
    let in_general = general.and_then(|general| general.members.get(&person).copied());
    world.team_memberships.row_mut(key)?.is_moderator = is_moderator;
    match in_general {
        Some(key) => memberships::appoint(world, actor, key, is_moderator),
        None => Ok(()),
    }
}

fn check_not_last(
    world: &World,
    team: TeamKey,
    person: PersonKey,
    what: &'static str,
) -> Result<()> {
    let members = &world.teams.row(team)?.members;
    let mut others = members.keys().filter(|other| **other != person);
    let is_last =
        moderates(world, members, person) && !others.any(|other| moderates(world, members, *other));
    let problem = format!("The last moderator of a team cannot be {what}.");
    Problem::bad_request(problem).when(is_last)
}

pub(crate) fn check_moderates(world: &World, person: PersonKey, team: TeamKey) -> Result<()> {
    let members = &world.teams.row(team)?.members;
    Problem::forbidden("Only a moderator may change a team.")
        .unless(moderates(world, members, person))
}
