//! `/team/memberships`: the members of a team, who are also in its General space.

use serde::Deserialize;

use crate::page::Page;
use crate::problem::{Problem, Result};
use crate::request::{Call, Routes};
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

pub(crate) fn routes() -> Routes {
    Routes::default()
        .get("/team/memberships", list)
        .post("/team/memberships", create)
        .get("/team/memberships/{id}", details::<TeamMembership>)
        .put("/team/memberships/{id}", update)
        .delete("/team/memberships/{id}", delete)
}

fn list(world: &World, call: &Call) -> Result<Page<Shown>> {
    let page = call.many()?;
    let id = call.parameter("teamId")?;
    let id = id.ok_or_else(|| Problem::parameter_missing("teamId"))?;
    let team = known_team(world, call, &id, OFFICERS_READ)?;
    let keys = world.teams.row(team)?.members.values().copied();
    Ok(cut(world, page, keys))
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Create {
    team_id: Option<String>,
    #[serde(flatten)]
    newcomer: Newcomer,
}

fn create(world: &mut World, call: &Call) -> Result<Shown> {
    let new: Create = call.body()?;
    let id = Problem::required(new.team_id.as_deref(), "teamId")?;
    let team = own_team(world, call.person, id)?;
    check_moderates(world, call.person, team)?;
    let (person, is_moderator) = (new.newcomer.person(world)?, new.newcomer.is_moderator);
    let key = enter(world, call.person, team, person, is_moderator)?;
    shown(world, key)
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Update {
    is_moderator: Option<bool>,
}

fn update(world: &mut World, call: &Call) -> Result<Shown> {
    let update: Update = call.body()?;
    let is_moderator = Problem::required(update.is_moderator, "isModerator")?;
    let key = known(world, call, call.id())?;
    let (team, person) = place(world, key)?;
    check_may_manage(world, call, team)?;
    appoint(world, call.person, team, person, is_moderator)?;
    shown(world, key)
}

fn delete(world: &mut World, call: &Call) -> Result<()> {
    let key = known(world, call, call.id())?;
    let (team, person) = place(world, key)?;
    if person != call.person {
        check_may_manage(world, call, team)?;
    }
    exit(world, call.person, team, person)
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
