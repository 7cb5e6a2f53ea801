//! Memberships: how people join and leave rooms, and who may decide that.

use serde_json::json;

use crate::problem::{Problem, Result};
use crate::rows::{Happening, Membership, MembershipKey, PersonKey, RoomKey, RoomKind, moment};
use crate::rules::caller::Caller;
use crate::rules::events;
use crate::rules::shown::{Shown, shown};
use crate::rules::sight::may_know;
use crate::rules::webhooks::announce;
use crate::world::World;

/// The scopes with which compliance officers read memberships and change them.
pub(crate) const OFFICERS_READ: &str = "spark-compliance:memberships_read";
pub(crate) const OFFICERS_WRITE: &str = "spark-compliance:memberships_write";

pub(crate) fn show(world: &World, membership: &Membership) -> Shown {
    let room = world.rooms.get(membership.room);
    let person = world.people.get(membership.person);
    shown(json!({
        "id": membership.id,
        "roomId": room.map(|room| &room.id),
        "personId": person.map(|person| &person.id),
        "personEmail": person.map(|person| &person.email),
        "personDisplayName": person.map(|person| &person.display_name),
        "personOrgId": world.organization_id,
        "isModerator": membership.is_moderator,
        "isRoomHidden": membership.is_room_hidden,
        "roomType": room.map(|room| room.kind.as_str()),
        "isMonitor": false,
        "created": moment::text(membership.created),
    }))
}

/// The membership, if the caller is in the same room or is a compliance officer.
pub(crate) fn known(world: &World, caller: &Caller, id: &str) -> Result<MembershipKey> {
    let found = world.memberships.named(id).filter(|(_, membership)| {
        let room = world.rooms.get(membership.room);
        room.is_some_and(|it| may_know(caller, &it.members, &[OFFICERS_READ, OFFICERS_WRITE]))
    });
    let missing = || Problem::not_found("Could not find a membership with provided ID.");
    found.map(|(key, _)| key).ok_or_else(missing)
}

/// All memberships of a person.
pub(crate) fn of_person(world: &World, person: PersonKey) -> Result<Vec<MembershipKey>> {
    let rooms = world.people.row(person)?.rooms.iter();
    let memberships = rooms.filter_map(|room| world.rooms.get(*room)?.members.get(&person));
    Ok(memberships.copied().collect())
}

/// Adds a person to a room and notifies the webhooks.
pub(crate) fn join(
    world: &mut World,
    actor: PersonKey,
    room: RoomKey,
    person: PersonKey,
    is_moderator: bool,
) -> Result<MembershipKey> {
    let now = world.now;
    let key = world.memberships.insert_with(|id| Membership {
        id,
        room,
        person,
        is_moderator,
        is_room_hidden: false,
        created: now,
    })?;
    world.link_membership(key).ok_or_else(Problem::vanished)?;
    announce_membership(world, "created", actor, key)?;
    Ok(key)
}

/// Makes a member a moderator, or removes that role, and notifies the webhooks.
pub(crate) fn appoint(
    world: &mut World,
    actor: PersonKey,
    key: MembershipKey,
    is_moderator: bool,
) -> Result<()> {
    world.memberships.row_mut(key)?.is_moderator = is_moderator;
    announce_membership(world, "updated", actor, key)
}

/// Removes a person from a room and notifies the webhooks, including those of that person.
pub(crate) fn leave(world: &mut World, actor: PersonKey, key: MembershipKey) -> Result<()> {
    announce_membership(world, "deleted", actor, key)?;
    let membership = world.memberships.remove(key);
    world.unlink_membership(key, &membership.ok_or_else(Problem::vanished)?);
    Ok(())
}

/// Records a change of a membership, and notifies the webhooks of the room's members.
pub(crate) fn announce_membership(
    world: &mut World,
    event: &'static str,
    actor: PersonKey,
    key: MembershipKey,
) -> Result<()> {
    let membership = world.memberships.row(key)?;
    let shown = show(world, membership);
    let room = world.rooms.row(membership.room)?;
    let audience: Vec<PersonKey> = room.members.keys().copied().collect();
    events::record(world, event, actor, Happening::Membership(shown.clone()))?;
    let told = |_: &World| Some(shown);
    announce(world, "memberships", event, actor, &audience, told);
    Ok(())
}

pub(crate) fn check_may_manage(world: &World, caller: &Caller, room: RoomKey) -> Result<()> {
    let room = world.rooms.row(room)?;
    Problem::bad_request("The people of a direct room cannot be changed.")
        .when(room.kind == RoomKind::Direct)?;
    let is_moderator = || world.is_moderator(caller.person, room);
    let may_manage = !room.is_locked || caller.may(OFFICERS_WRITE) || is_moderator();
    Problem::forbidden("Only a moderator may change who is in a moderated space.")
        .unless(may_manage)
}

/// Only a direct room can be hidden, and only for oneself.
pub(crate) fn check_may_hide(world: &World, actor: PersonKey, place: &Membership) -> Result<()> {
    Problem::forbidden("A room can be hidden only from oneself.").when(actor != place.person)?;
    Problem::bad_request("Only a direct room can be hidden.")
        .unless(world.rooms.row(place.room)?.kind == RoomKind::Direct)
}
