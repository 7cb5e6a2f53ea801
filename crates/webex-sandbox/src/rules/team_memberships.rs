//! Team memberships; members of a team are also in its General space.

use serde_json::json;

use crate::problem::{Problem, Result};
use crate::rows::{MembershipKey, PersonKey, TeamKey, TeamMembership, TeamMembershipKey, moment};
use crate::rules::caller::Caller;
use crate::rules::memberships;
use crate::rules::shown::{Shown, shown};
use crate::rules::sight::may_know;
use crate::world::World;

/// Removes a person from a room; a person who leaves the General space of a team also leaves the
/// team.
pub(crate) fn depart(world: &mut World, actor: PersonKey, key: MembershipKey) -> Result<()> {
    match in_team(world, key) {
        Some(key) => exit(world, actor, key),
        None => memberships::leave(world, actor, key),
    }
}

/// The place in a team that goes with a place in its General space.
pub(crate) fn in_team(world: &World, key: MembershipKey) -> Option<TeamMembershipKey> {
    let membership = world.memberships.get(key)?;
    let team = world.teams.get(world.team_of_general(membership.room)?)?;
    team.members.get(&membership.person).copied()
}

/// The place in the General space that goes with a place in its team.
fn in_general(world: &World, membership: &TeamMembership) -> Option<MembershipKey> {
    let general = world.teams.get(membership.team)?.general?;
    let members = &world.rooms.get(general)?.members;
    members.get(&membership.person).copied()
}

/// The scopes with which compliance officers read team memberships and change them.
pub(crate) const OFFICERS_READ: &str = "spark-compliance:team_memberships_read";
pub(crate) const OFFICERS_WRITE: &str = "spark-compliance:team_memberships_write";

pub(crate) fn show(world: &World, membership: &TeamMembership) -> Shown {
    let team = world.teams.get(membership.team);
    let person = world.people.get(membership.person);
    shown(json!({
        "id": membership.id,
        "teamId": team.map(|team| &team.id),
        "personId": person.map(|person| &person.id),
        "personEmail": person.map(|person| &person.email),
        "personDisplayName": person.map(|person| &person.display_name),
        "personOrgId": world.organization_id,
        "isModerator": membership.is_moderator,
        "created": moment::text(membership.created),
    }))
}

/// The membership, if the caller is in the same team or is a compliance officer.
pub(crate) fn known(world: &World, caller: &Caller, id: &str) -> Result<TeamMembershipKey> {
    let found = world.team_memberships.named(id).filter(|(_, membership)| {
        let team = world.teams.get(membership.team);
        team.is_some_and(|it| may_know(caller, &it.members, &[OFFICERS_READ, OFFICERS_WRITE]))
    });
    let missing = || Problem::not_found("Could not find a team membership with provided ID.");
    found.map(|(key, _)| key).ok_or_else(missing)
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
pub(crate) fn exit(world: &mut World, actor: PersonKey, key: TeamMembershipKey) -> Result<()> {
    let membership = world.team_memberships.row(key)?;
    check_not_last(world, membership, "removed")?;
    if let Some(key) = in_general(world, membership) {
        memberships::leave(world, actor, key)?;
    }
    let membership = world.team_memberships.remove(key);
    let membership = membership.ok_or_else(Problem::vanished)?;
    let team = world.teams.row_mut(membership.team)?;
    team.members.remove(&membership.person);
    Ok(())
}

/// Makes a person a moderator of a team and its General space, or removes that role.
pub(crate) fn appoint(
    world: &mut World,
    actor: PersonKey,
    key: TeamMembershipKey,
    is_moderator: bool,
) -> Result<()> {
    let membership = world.team_memberships.row(key)?;
    if !is_moderator {
        check_not_last(world, membership, "demoted")?;
    }
    let in_general = in_general(world, membership);
    world.team_memberships.row_mut(key)?.is_moderator = is_moderator;
    match in_general {
        Some(key) => memberships::appoint(world, actor, key, is_moderator),
        None => Ok(()),
    }
}

fn check_not_last(world: &World, membership: &TeamMembership, what: &str) -> Result<()> {
    let members = &world.teams.row(membership.team)?.members;
    let members = world.team_memberships.all(members.values());
    let moderators = members.filter(|(_, member)| member.is_moderator);
    Problem::bad_request(format!("The last moderator of a team cannot be {what}."))
        .when(membership.is_moderator && moderators.count() == 1)
}

pub(crate) fn check_moderates(world: &World, person: PersonKey, team: TeamKey) -> Result<()> {
    let key = world.teams.row(team)?.members.get(&person);
    let membership = key.and_then(|key| world.team_memberships.get(*key));
    Problem::forbidden("Only a moderator may change a team.")
        .unless(membership.is_some_and(|membership| membership.is_moderator))
}
