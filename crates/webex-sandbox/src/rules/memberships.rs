//! Memberships: how people join and leave rooms, and who may decide that.

use serde_json::json;

use crate::problem::{Problem, Result};
use crate::rows::{Happening, Membership, MembershipKey, PersonKey, RoomKey, RoomKind, moment};
use crate::rules::belonging::{Belonging, Members};
use crate::rules::events;
use crate::rules::shown::{Shown, shown};
use crate::rules::webhooks::announce;
use crate::table::Table;
use crate::world::World;

impl Belonging for Membership {
    const OFFICER_SCOPES: [&'static str; 2] = [
        "spark-compliance:memberships_read",
        "spark-compliance:memberships_write",
    ];
    const MISSING: &'static str = "Could not find a membership with provided ID.";

    fn table(world: &World) -> &Table<Self> {
        &world.memberships
    }

    fn is_moderator(&self) -> bool {
        self.is_moderator
    }

    fn members<'w>(&self, world: &'w World) -> Option<&'w Members<Self>> {
        Some(&world.rooms.get(self.room)?.members)
    }

    fn show(&self, world: &World) -> Shown {
        let room = world.rooms.get(self.room);
        let person = world.people.get(self.person);
        shown(json!({
            "id": self.id,
            "roomId": room.map(|room| &room.id),
            "personId": person.map(|person| &person.id),
            "personEmail": person.map(|person| &person.email),
            "personDisplayName": person.map(|person| &person.display_name),
            "personOrgId": world.organization_id,
            "isModerator": self.is_moderator,
            "isRoomHidden": self.is_room_hidden,
            "roomType": room.map(|room| room.kind.as_str()),
            "isMonitor": false,
            "created": moment::text(self.created),
        }))
    }
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
pub(crate) fn leave(
    world: &mut World,
    actor: PersonKey,
    room: RoomKey,
    person: PersonKey,
) -> Result<()> {
    let members = &world.rooms.row(room)?.members;
    let key = *members.get(&person).ok_or_else(Problem::vanished)?;
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
    let shown = membership.show(world);
    let room = world.rooms.row(membership.room)?;
    let audience: Vec<PersonKey> = room.members.keys().copied().collect();
    let happening = Happening::Membership(shown.clone());
    events::record(world, event, actor, happening)?;
    announce(world, "memberships", event, actor, &audience, |_| {
        Some(shown)
    });
    Ok(())
}

pub(crate) fn check_may_manage(world: &World, actor: PersonKey, room: RoomKey) -> Result<()> {
    let room = world.rooms.row(room)?;
    Problem::bad_request("The people of a direct room cannot be changed.")
        .when(room.kind == RoomKind::Direct)?;
    Problem::forbidden("Only a moderator may change who is in a moderated space.")
        .when(room.is_locked && !world.is_moderator(actor, room))
}

/// Only a direct room can be hidden, and only for oneself.
pub(crate) fn check_may_hide(
    world: &World,
    actor: PersonKey,
    person: PersonKey,
    room: RoomKey,
) -> Result<()> {
    Problem::forbidden("A room can be hidden only from oneself.").when(actor != person)?;
    Problem::bad_request("Only a direct room can be hidden.")
        .unless(world.rooms.row(room)?.kind == RoomKind::Direct)
}
