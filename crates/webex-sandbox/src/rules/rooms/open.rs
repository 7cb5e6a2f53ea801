//! Creates a room: a space by its creator, a direct room by its first message.

use serde::Deserialize;

use crate::problem::{Problem, Result};
use crate::rows::{PersonKey, Role, Room, RoomKey, RoomKind};
use crate::rules::memberships::join;
use crate::rules::rooms::announce_room;
use crate::rules::sight::own_team;
use crate::world::World;

/// The sandbox's own limit; Webex documents none.
const MAX_TITLE_CHARS: usize = 256;

/// The properties of a new space.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct NewRoom {
    pub(crate) title: String,
    pub(crate) team_id: Option<String>,
    pub(crate) classification_id: Option<String>,
    pub(crate) is_locked: bool,
    pub(crate) is_public: bool,
    pub(crate) description: Option<String>,
    pub(crate) is_announcement_only: bool,
}

/// Creates a space with its creator as a member.
pub(crate) fn open(world: &mut World, creator: PersonKey, new: NewRoom) -> Result<RoomKey> {
    check_title(&new.title)?;
    check_modes(
        new.is_locked,
        new.is_announcement_only,
        new.is_public,
        new.description.as_deref(),
    )?;
    Problem::bad_request("A bot cannot classify a space.")
        .when(new.classification_id.is_some() && world.people.row(creator)?.role == Role::Bot)?;
    let team = new.team_id.as_deref();
    let team = team.map(|id| own_team(world, creator, id)).transpose()?;
    let (is_locked, now) = (new.is_locked, world.now);
    let room = world.rooms.insert_with(|id| Room {
        title: new.title,
        description: new.description,
        is_locked,
        is_announcement_only: new.is_announcement_only,
        is_public: new.is_public,
        made_public: new.is_public.then_some(now),
        classification_id: new.classification_id,
        team,
        ..Room::new(id, RoomKind::Group, creator, now)
    })?;
    join(world, creator, room, creator, is_locked)?;
    announce_room(world, "created", creator, room)?;
    Ok(room)
}

/// The direct room of two people, if there is one.
pub(crate) fn known_direct(
    world: &World,
    from: PersonKey,
    to: PersonKey,
) -> Result<Option<RoomKey>> {
    Problem::bad_request("You cannot send a message to yourself.").when(from == to)?;
    let pair = (from.min(to), from.max(to));
    Ok(world.direct_rooms.get(&pair).copied())
}

/// The direct room of two people; created if there is none.
pub(crate) fn direct(world: &mut World, from: PersonKey, to: PersonKey) -> Result<RoomKey> {
    if let Some(room) = known_direct(world, from, to)? {
        return Ok(room);
    }
    let now = world.now;
    let new = |id| Room::new(id, RoomKind::Direct, from, now);
    let room = world.rooms.insert_with(new)?;
    world
        .direct_rooms
        .insert((from.min(to), from.max(to)), room);
    join(world, from, room, from, false)?;
    join(world, from, room, to, false)?;
    announce_room(world, "created", from, room)?;
    Ok(room)
}

pub(crate) fn check_title(title: &str) -> Result<()> {
    Problem::bad_request("title is required.").when(title.trim().is_empty())?;
    Problem::bad_request("title is longer than 256 characters.")
        .when(title.chars().count() > MAX_TITLE_CHARS)
}

pub(crate) fn check_modes(
    is_locked: bool,
    is_announcement_only: bool,
    is_public: bool,
    description: Option<&str>,
) -> Result<()> {
    Problem::bad_request("isAnnouncementOnly needs isLocked.")
        .when(is_announcement_only && !is_locked)?;
    let has_description = description.is_some_and(|text| !text.trim().is_empty());
    Problem::bad_request("A public space needs a description.").when(is_public && !has_description)
}
