//! `/memberships`: the members of rooms, their moderators, and how people are added and removed.

use serde::Deserialize;

use crate::page::{First, Page};
use crate::problem::{Problem, Result};
use crate::request::{Call, Routes};
use crate::rows::{MembershipKey, RoomKind};
use crate::rules::memberships::{
    OFFICERS_READ, OFFICERS_WRITE, appoint, check_may_hide, check_may_manage, join, known,
    of_person, show,
};
use crate::rules::shown::Shown;
use crate::rules::sight::Newcomer;
use crate::rules::team_memberships::{self, depart, in_team};
use crate::world::World;

pub(crate) fn routes() -> Routes {
    Routes::default()
        .get("/memberships", list)
        .post("/memberships", create)
        .get("/memberships/{id}", details)
        .put("/memberships/{id}", update)
        .delete("/memberships/{id}", delete)
}

fn list(world: &World, call: &Call) -> Result<Page<Shown>> {
    let page = call.many()?;
    let (id, email) = (call.parameter("personId")?, call.parameter("personEmail")?);
    let (id, email) = (id.as_deref(), email.as_deref());
    let person = id.or(email).map(|_| world.person_named(id, email));
    let person = person.transpose()?;
    let mut keys: Vec<MembershipKey> = match (call.parameter("roomId")?, person) {
        (Some(id), person) => {
            let room = world.known_room(call, &id, OFFICERS_READ)?;
            let members = &world.rooms.row(room)?.members;
            match person {
                Some(person) => members.get(&person).copied().into_iter().collect(),
                None => members.values().copied().collect(),
            }
        }
        (None, Some(person)) if call.may(OFFICERS_READ) => of_person(world, person)?,
        (None, None) => of_person(world, call.person)?,
        (None, Some(_)) => {
            let description = "roomId is required with personId or personEmail.";
            return Err(Problem::bad_request(description));
        }
    };
    keys.sort_unstable();
    let rows = world.memberships.all(&keys);
    Ok(page.cut_rows(First::Oldest, rows, |(_, row)| Some(show(world, row))))
}

fn details(world: &World, call: &Call) -> Result<Shown> {
    let key = known(world, call, call.id())?;
    Ok(show(world, world.memberships.row(key)?))
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
    let new = new.newcomer;
    let (id, email) = (new.person_id.as_deref(), new.person_email.as_deref());
    let (person, is_moderator) = (world.person_named(id, email), new.is_moderator);
    let joins_alone = person == Ok(call.person) && !is_moderator;
    let public = world.public_room(room_id).filter(|_| joins_alone);
    let known = || world.known_room(call, room_id, OFFICERS_WRITE);
    let room = public.map_or_else(known, Ok)?;
    if public.is_none() {
        check_may_manage(world, call, room)?;
    }
    let person = person?;
    let found = world.rooms.row(room)?;
    Problem::forbidden("Nobody can be added to an empty space of a team.")
        .when(found.team.is_some() && found.members.is_empty())?;
    Problem::conflict("The person is already in the room.")
        .when(found.members.contains_key(&person))?;
    // A person who joins the General space of a team joins the team.
    if let Some(team) = world.team_of_general(room) {
        team_memberships::enter(world, call.person, team, person, is_moderator)?;
    } else {
        join(world, call.person, room, person, is_moderator)?;
    }
    let key = world.rooms.row(room)?.members.get(&person);
    let key = *key.ok_or_else(Problem::vanished)?;
    Ok(show(world, world.memberships.row(key)?))
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
    let is_appointed = is_moderator != membership.is_moderator;
    if is_appointed {
        check_may_manage(world, call, membership.room)?;
    }
    if is_room_hidden != membership.is_room_hidden {
        check_may_hide(world, call.person, membership)?;
    }
    if let Some(key) = in_team(world, key).filter(|_| is_appointed) {
        team_memberships::appoint(world, call.person, key, is_moderator)?;
    } else {
        world.memberships.row_mut(key)?.is_room_hidden = is_room_hidden;
        appoint(world, call.person, key, is_moderator)?;
    }
    Ok(show(world, world.memberships.row(key)?))
}

fn delete(world: &mut World, call: &Call) -> Result<()> {
    let key = known(world, call, call.id())?;
    let membership = world.memberships.row(key)?;
    let room = membership.room;
    Problem::bad_request("Nobody can leave a direct room.")
        .when(world.rooms.row(room)?.kind == RoomKind::Direct)?;
    if membership.person != call.person {
        check_may_manage(world, call, room)?;
    }
    depart(world, call.person, key)
}
