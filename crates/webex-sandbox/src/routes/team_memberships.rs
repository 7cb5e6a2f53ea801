//! `/team/memberships`: the members of a team, who are also in its General space.

use serde::Deserialize;

use crate::page::{First, Page};
use crate::problem::{Problem, Result};
use crate::request::{Call, Routes};
use crate::rows::{TeamKey, TeamMembershipKey};
use crate::rules::caller::Caller;
use crate::rules::shown::Shown;
use crate::rules::sight::{Newcomer, known_team};
use crate::rules::team_memberships::{
    OFFICERS_READ, OFFICERS_WRITE, appoint, check_moderates, enter, exit, known, show,
};
use crate::world::World;

pub(crate) fn routes() -> Routes {
    Routes::default()
        .get("/team/memberships", list)
        .post("/team/memberships", create)
        .get("/team/memberships/{id}", details)
        .put("/team/memberships/{id}", update)
        .delete("/team/memberships/{id}", delete)
}

fn list(world: &World, call: &Call) -> Result<Page<Shown>> {
    let page = call.many()?;
    let id = call.parameter("teamId")?;
    let id = id.ok_or_else(|| Problem::parameter_missing("teamId"))?;
    let team = known_team(world, call, &id, OFFICERS_READ)?;
    let members = world.teams.row(team)?.members.values();
    let mut keys: Vec<TeamMembershipKey> = members.copied().collect();
    keys.sort_unstable();
    let rows = world.team_memberships.all(&keys);
    Ok(page.cut_rows(First::Oldest, rows, |(_, row)| Some(show(world, row))))
}

fn details(world: &World, call: &Call) -> Result<Shown> {
    let key = known(world, call, call.id())?;
    Ok(show(world, world.team_memberships.row(key)?))
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
    let team = known_team(world, call, id, OFFICERS_WRITE)?;
    check_may_manage(world, call, team)?;
    let new = new.newcomer;
    let (id, email) = (new.person_id.as_deref(), new.person_email.as_deref());
    let person = world.person_named(id, email)?;
    let key = enter(world, call.person, team, person, new.is_moderator)?;
    Ok(show(world, world.team_memberships.row(key)?))
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
    check_may_manage(world, call, world.team_memberships.row(key)?.team)?;
    appoint(world, call.person, key, is_moderator)?;
    Ok(show(world, world.team_memberships.row(key)?))
}

fn delete(world: &mut World, call: &Call) -> Result<()> {
    let key = known(world, call, call.id())?;
    let membership = world.team_memberships.row(key)?;
    if membership.person != call.person {
        check_may_manage(world, call, membership.team)?;
    }
    exit(world, call.person, key)
}

/// Moderators may change the members of a team, and so may compliance officers with the scope for
/// it.
fn check_may_manage(world: &World, caller: &Caller, team: TeamKey) -> Result<()> {
    match caller.may(OFFICERS_WRITE) {
        true => Ok(()),
        false => check_moderates(world, caller.person, team),
    }
}
