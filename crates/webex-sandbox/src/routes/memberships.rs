//! `/memberships`: the members of rooms, their moderators, and how people are added and removed.

use serde::Deserialize;

use crate::page::Page;
use crate::problem::{Problem, Result};
use crate::request::{Call, Routes};
use crate::routes::belonging::{Newcomer, cut, details, shown};
use crate::rows::{Membership, MembershipKey, PersonKey, RoomKind};
use crate::rules::belonging::{Belonging, known};
use crate::rules::memberships::{appoint, check_may_hide, check_may_manage, join};
use crate::rules::shown::Shown;
use crate::rules::team_memberships::{self, depart};
use crate::world::World;

const OFFICERS_READ: &str = Membership::OFFICER_SCOPES[0];
const OFFICERS_WRITE: &str = Membership::OFFICER_SCOPES[1];

pub(crate) fn routes() -> Routes {
    Routes::default()
        .get("/memberships", list)
        .post("/memberships", create)
        .get("/memberships/{id}", details::<Membership>)
        .put("/memberships/{id}", update)
        .delete("/memberships/{id}", delete)
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct List {
    room_id: Option<String>,
    person_id: Option<String>,
    person_email: Option<String>,
}

fn list(world: &World, call: &Call) -> Result<Page<Shown>> {
    let query: List = call.query()?;
    let page = call.many()?;
    let (id, email) = (query.person_id.as_deref(), query.person_email.as_deref());
    let person = id.or(email).map(|_| world.person_named(id, email));
    let person = person.transpose()?;
    let keys: Vec<MembershipKey> = match (&query.room_id, person) {
        (Some(id), person) => {
            let room = world.known_room(call, id, OFFICERS_READ)?;
            let members = &world.rooms.row(room)?.members;
            match person {
                Some(person) => members.get(&person).copied().into_iter().collect(),
                None => members.values().copied().collect(),
            }
        }
        (None, Some(person)) if call.may(OFFICERS_READ) => memberships_of(world, person)?,
        (None, Some(_)) => {
            return Err(Problem::bad_request(
                "roomId is required with personId or personEmail.",
            ));
        }
        (None, None) => memberships_of(world, call.person)?,
    };
    Ok(cut(world, page, keys.into_iter()))
}

fn memberships_of(world: &World, person: PersonKey) -> Result<Vec<MembershipKey>> {
    let rooms = world.people.row(person)?.rooms.iter();
    let memberships = rooms.filter_map(|room| world.rooms.get(*room)?.members.get(&person));
    Ok(memberships.copied().collect())
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Create {
    room_id: Option<String>,
    #[serde(flatten)]
    newcomer: Newcomer,
}

fn create(world: &mut World, call: &Call) -> Result<Shown> {
    let new: Create = call.body()?;
    let room_id = Problem::required(new.room_id.as_deref(), "roomId")?;
    let room = world.own_room(call.person, room_id)?;
    check_may_manage(world, call.person, room)?;
    let (person, is_moderator) = (new.newcomer.person(world)?, new.newcomer.is_moderator);
    Problem::conflict("The person is already in the room.")
        .when(world.rooms.row(room)?.members.contains_key(&person))?;
    // A person who joins the General space of a team joins the team.
    if let Some(team) = world.team_of_general(room) {
        team_memberships::enter(world, call.person, team, person, is_moderator)?;
    } else {
        join(world, call.person, room, person, is_moderator)?;
    }
    let key = world.rooms.row(room)?.members.get(&person).copied();
    shown(world, key.ok_or_else(Problem::vanished)?)
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Update {
    is_moderator: Option<bool>,
    is_room_hidden: Option<bool>,
}

fn update(world: &mut World, call: &Call) -> Result<Shown> {
    let update: Update = call.body()?;
    let wanted = update.is_moderator.zip(update.is_room_hidden);
    let (is_moderator, is_room_hidden) =
        wanted.ok_or_else(|| Problem::bad_request("isModerator and isRoomHidden are required."))?;
    let key = known(world, call, call.id())?;
    let membership = world.memberships.row(key)?;
    let (room, person) = (membership.room, membership.person);
    if is_moderator != membership.is_moderator {
        check_may_manage(world, call.person, room)?;
    }
    if is_room_hidden != membership.is_room_hidden {
        check_may_hide(world, call.person, person, room)?;
    }
    let team = world.team_of_general(room);
    if let Some(team) = team.filter(|_| is_moderator != membership.is_moderator) {
        team_memberships::appoint(world, call.person, team, person, is_moderator)?;
    } else {
        world.memberships.row_mut(key)?.is_room_hidden = is_room_hidden;
        appoint(world, call.person, key, is_moderator)?;
    }
    shown(world, key)
}

fn delete(world: &mut World, call: &Call) -> Result<()> {
    let key = known(world, call, call.id())?;
    let membership = world.memberships.row(key)?;
    let (room, person) = (membership.room, membership.person);
    Problem::bad_request("Nobody can leave a direct room.")
        .when(world.rooms.row(room)?.kind == RoomKind::Direct)?;
    if person != call.person && !call.may(OFFICERS_WRITE) {
        check_may_manage(world, call.person, room)?;
    }
    depart(world, call.person, room, person)
}
