//! `/team/memberships`: who is in a team, and with that in its General space.

use axum::extract::{Path, State};
use axum::response::Response;
use axum::routing::get;
use axum::{Json, Router};
use http::StatusCode;
use serde::Deserialize;
use webex::team_memberships::TeamMembership as Wire;

use crate::Sandbox;
use crate::belonging::{self, Belonging, Members, Newcomer, known, moderates, shown};
use crate::memberships;
use crate::page::Paging;
use crate::problem::Problem;
use crate::request::{Caller, JsonBody, Query};
use crate::table::Table;
use crate::teams::{known_team, own_team};
use crate::world::{PersonKey, TeamKey, TeamMembership, TeamMembershipKey, World};

const OFFICERS_READ: &str = TeamMembership::OFFICER_SCOPES[0];
const OFFICERS_WRITE: &str = TeamMembership::OFFICER_SCOPES[1];

pub(crate) fn routes() -> Router<Sandbox> {
    Router::new()
        .route("/team/memberships", get(list).post(create))
        .route(
            "/team/memberships/{id}",
            get(belonging::details::<TeamMembership>)
                .put(update)
                .delete(delete),
        )
}

impl Belonging for TeamMembership {
    const OFFICER_SCOPES: [&'static str; 2] = [
        "spark-compliance:team_memberships_read",
        "spark-compliance:team_memberships_write",
    ];
    const MISSING: &'static str = "Could not find a team membership with provided ID.";
    type Wire = Wire;

    fn table(world: &World) -> &Table<Self> {
        &world.team_memberships
    }

    fn is_moderator(&self) -> bool {
        self.is_moderator
    }

    fn members<'w>(&self, world: &'w World) -> Option<&'w Members<Self>> {
        Some(&world.teams.get(self.team)?.members)
    }

    fn show(&self, world: &World) -> Wire {
        let team = world.teams.get(self.team);
        let person = world.people.get(self.person);
        Wire {
            id: self.id.clone(),
            team_id: team.map(|team| team.id.clone()),
            person_id: person.map(|person| person.id.clone()),
            person_email: person.map(|person| person.email.clone()),
            person_display_name: person.map(|person| person.display_name.clone()),
            person_org_id: Some(world.organization_id.clone()),
            is_moderator: Some(self.is_moderator),
            created: Some(self.created),
            errors: None,
        }
    }
}

/// Puts a person into a team, and into its General space.
pub(crate) fn enter(
    world: &mut World,
    actor: PersonKey,
    team: TeamKey,
    person: PersonKey,
    is_moderator: bool,
) -> Result<TeamMembershipKey, Problem> {
    if world.team(team)?.members.contains_key(&person) {
        return Err(Problem::conflict("The person is already in the team."));
    }
    let created = world.now;
    let key = world.team_memberships.insert_with(|id| TeamMembership {
        id,
        team,
        person,
        is_moderator,
        created,
    })?;
    let team = world.team_mut(team)?;
    team.members.insert(person, key);
    if let Some(general) = team.general {
        memberships::join(world, actor, general, person, is_moderator)?;
    }
    Ok(key)
}

/// Takes a person out of a team and its General space; its other spaces keep them.
pub(crate) fn exit(
    world: &mut World,
    actor: PersonKey,
    team: TeamKey,
    person: PersonKey,
) -> Result<(), Problem> {
    check_not_last(world, team, person, "removed")?;
    if let Some(general) = world.team(team)?.general {
        memberships::leave(world, actor, general, person)?;
    }
    let membership = world.team_mut(team)?.members.remove(&person);
    let membership = membership.ok_or_else(Problem::vanished)?;
    world.team_memberships.remove(membership);
    Ok(())
}

/// Makes a person a moderator of a team and its General space, or no moderator.
pub(crate) fn appoint(
    world: &mut World,
    actor: PersonKey,
    team: TeamKey,
    person: PersonKey,
    is_moderator: bool,
) -> Result<(), Problem> {
    if !is_moderator {
        check_not_last(world, team, person, "demoted")?;
    }
    let key = membership_of(world, team, person)?;
    if let Some(membership) = world.team_memberships.get_mut(key) {
        membership.is_moderator = is_moderator;
    }
    let general = world
        .team(team)?
        .general
        .and_then(|key| world.rooms.get(key));
    let in_general = general.and_then(|general| general.members.get(&person).copied());
    match in_general {
        Some(key) => memberships::appoint(world, actor, key, is_moderator),
        None => Ok(()),
    }
}

fn membership_of(
    world: &World,
    team: TeamKey,
    person: PersonKey,
) -> Result<TeamMembershipKey, Problem> {
    let members = &world.team(team)?.members;
    members.get(&person).copied().ok_or_else(Problem::vanished)
}

/// A team keeps its last moderator.
fn check_not_last(
    world: &World,
    team: TeamKey,
    person: PersonKey,
    what: &'static str,
) -> Result<(), Problem> {
    let members = &world.team(team)?.members;
    let mut others = members.keys().filter(|other| **other != person);
    let is_last =
        moderates(world, members, person) && !others.any(|other| moderates(world, members, *other));
    match is_last {
        true => Err(Problem::bad_request(format!(
            "The last moderator of a team cannot be {what}."
        ))),
        false => Ok(()),
    }
}

pub(crate) fn check_moderates(
    world: &World,
    person: PersonKey,
    team: TeamKey,
) -> Result<(), Problem> {
    match moderates(world, &world.team(team)?.members, person) {
        true => Ok(()),
        false => Err(Problem::forbidden("Only a moderator may change a team.")),
    }
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct List {
    team_id: Option<String>,
}

async fn list(
    State(sandbox): State<Sandbox>,
    caller: Caller,
    Query(query): Query<List>,
    Query(paging): Query<Paging>,
) -> Result<Response, Problem> {
    let page = paging.many()?;
    let page = sandbox.try_read(|world| {
        let id = query.team_id.as_deref();
        let id = id.ok_or_else(|| Problem::parameter_missing("teamId"))?;
        let team = known_team(world, &caller, id, OFFICERS_READ)?;
        let keys = world.team(team)?.members.values().copied();
        Ok(belonging::cut(world, page, keys))
    })?;
    Ok(page.answer(&caller))
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Create {
    team_id: Option<String>,
    #[serde(flatten)]
    newcomer: Newcomer,
}

async fn create(
    State(sandbox): State<Sandbox>,
    caller: Caller,
    JsonBody(new): JsonBody<Create>,
) -> Result<Json<Wire>, Problem> {
    sandbox.write(&caller, |world| {
        let id = new.team_id.as_deref();
        let id = id.ok_or_else(|| Problem::bad_request("teamId is required."))?;
        let team = own_team(world, caller.person, id)?;
        check_moderates(world, caller.person, team)?;
        let (person, is_moderator) = (new.newcomer.person(world)?, new.newcomer.is_moderator);
        let key = enter(world, caller.person, team, person, is_moderator)?;
        shown(world, key)
    })
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Update {
    is_moderator: Option<bool>,
}

async fn update(
    State(sandbox): State<Sandbox>,
    caller: Caller,
    Path(id): Path<String>,
    JsonBody(update): JsonBody<Update>,
) -> Result<Json<Wire>, Problem> {
    let is_moderator = update.is_moderator;
    let is_moderator =
        is_moderator.ok_or_else(|| Problem::bad_request("isModerator is required."))?;
    sandbox.write(&caller, |world| {
        let key = known(world, &caller, &id)?;
        let (team, person) = place(world, key)?;
        check_may_manage(world, &caller, team)?;
        appoint(world, caller.person, team, person, is_moderator)?;
        shown(world, key)
    })
}

async fn delete(
    State(sandbox): State<Sandbox>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<StatusCode, Problem> {
    sandbox.write(&caller, |world| {
        let key = known(world, &caller, &id)?;
        let (team, person) = place(world, key)?;
        if person != caller.person {
            check_may_manage(world, &caller, team)?;
        }
        exit(world, caller.person, team, person)?;
        Ok(StatusCode::NO_CONTENT)
    })
}

fn place(world: &World, key: TeamMembershipKey) -> Result<(TeamKey, PersonKey), Problem> {
    let membership = world.team_membership(key)?;
    Ok((membership.team, membership.person))
}

/// Moderators change who is in a team, and compliance officers whose token says so.
fn check_may_manage(world: &World, caller: &Caller, team: TeamKey) -> Result<(), Problem> {
    match caller.may(OFFICERS_WRITE) {
        true => Ok(()),
        false => check_moderates(world, caller.person, team),
    }
}
