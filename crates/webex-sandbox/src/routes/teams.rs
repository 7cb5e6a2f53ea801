//! `/teams`: teams; the General space of a team is created and removed with it.

use crate::page::{First, Page};
use crate::problem::Result;
use crate::request::{Call, Routes};
use crate::rules::shown::Shown;
use crate::rules::sight::{known_team, own_team};
use crate::rules::team_memberships::check_moderates;
use crate::rules::teams::{Details, dissolve, found, show};
use crate::world::World;

pub(crate) fn routes() -> Routes {
    Routes::default()
        .get("/teams", list)
        .post("/teams", create)
        .get("/teams/{id}", details)
        .put("/teams/{id}", update)
        .delete("/teams/{id}", delete)
}

fn list(world: &World, call: &Call) -> Result<Page<Shown>> {
    let page = call.many()?;
    let teams = world.teams.iter();
    let own = teams.filter(|(_, team)| team.members.contains_key(&call.person));
    Ok(page.cut_rows(First::Oldest, own, |(_, team)| Some(show(world, team))))
}

fn details(world: &World, call: &Call) -> Result<Shown> {
    let key = known_team(world, call, call.id(), "spark-compliance:teams_read")?;
    Ok(show(world, world.teams.row(key)?))
}

fn create(world: &mut World, call: &Call) -> Result<Shown> {
    let new: Details = call.body()?;
    let key = found(world, call.person, new.name()?, new.description)?;
    Ok(show(world, world.teams.row(key)?))
}

fn update(world: &mut World, call: &Call) -> Result<Shown> {
    let update: Details = call.body()?;
    let name = update.name()?;
    let key = own_team(world, call.person, call.id())?;
    check_moderates(world, call.person, key)?;
    let team = world.teams.row_mut(key)?;
    team.name = name;
    team.description = update.description.or(team.description.take());
    Ok(show(world, world.teams.row(key)?))
}

fn delete(world: &mut World, call: &Call) -> Result<()> {
    let key = own_team(world, call.person, call.id())?;
    check_moderates(world, call.person, key)?;
    dissolve(world, call.person, key)
}
