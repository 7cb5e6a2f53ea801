//! Spaces and direct rooms: how they are created, their form in answers, their changes and their
//! removal.

use serde::Deserialize;
use serde_json::json;

use crate::problem::{Problem, Result};
use crate::rows::{Happening, PersonKey, Role, Room, RoomKey, RoomKind, TeamKey, moment};
use crate::rules::caller::Caller;
use crate::rules::events;
use crate::rules::memberships::join;
use crate::rules::shown::{Shown, shown};
use crate::rules::sight::own_team;
use crate::rules::team_memberships::depart;
use crate::rules::webhooks::announce;
use crate::world::World;

/// A room as one of its members sees it: a direct room has the other person's name.
pub(crate) fn show(world: &World, room: &Room, viewer: PersonKey) -> Shown {
    let other = room.members.keys().find(|person| **person != viewer);
    let other = other.and_then(|person| world.people.get(*person));
    let title = match (room.kind, other) {
        (RoomKind::Direct, Some(other)) => &other.display_name,
        _ => &room.title,
    };
    let creator = world.people.get(room.creator);
    let team = room.team.and_then(|team| world.teams.get(team));
    let is_group = room.kind == RoomKind::Group;
    shown(json!({
        "id": room.id,
        "title": title,
        "type": room.kind.as_str(),
        "isLocked": room.is_locked,
        "teamId": team.map(|team| &team.id),
        "lastActivity": moment::text(room.last_activity),
        "creatorId": creator.map(|creator| &creator.id),
        "created": moment::text(room.created),
        "ownerId": world.organization_id,
        "classificationId": room.classification_id,
        "isAnnouncementOnly": room.is_announcement_only,
        "isReadOnly": room.is_read_only,
        "isPublic": is_group.then_some(room.is_public),
        "madePublic": room.made_public.map(moment::text),
        "description": room.description,
    }))
}

fn record(world: &mut World, event: &'static str, actor: PersonKey, key: RoomKey) -> Result<()> {
    let shown = show(world, world.rooms.row(key)?, actor);
    events::record(world, event, actor, Happening::Room(shown))
}

/// Records a change of a room, and notifies the webhooks of its members.
pub(crate) fn announce_room(
    world: &mut World,
    event: &'static str,
    actor: PersonKey,
    key: RoomKey,
) -> Result<()> {
    record(world, event, actor, key)?;
    let audience: Vec<PersonKey> = world.rooms.row(key)?.members.keys().copied().collect();
    announce(world, "rooms", event, actor, &audience, |world| {
        let mut shown = world.rooms.get(key).map(|room| show(world, room, actor))?;
        // Text that people wrote is encrypted, so a delivery does not have it.
        shown.remove("title");
        shown.remove("description");
        Some(shown)
    });
    Ok(())
}

/// Archives a room: nothing can be posted any more. Webex archives a team's spaces and does not
/// delete them.
pub(crate) fn archive(world: &mut World, actor: PersonKey, key: RoomKey) -> Result<()> {
    world.rooms.row_mut(key)?.is_read_only = true;
    announce_room(world, "updated", actor, key)
}

/// Removes a room permanently; Webex notifies no webhook of this.
pub(crate) fn remove(world: &mut World, actor: PersonKey, key: RoomKey) -> Result<()> {
    record(world, "deleted", actor, key)?;
    world.remove_room(key).ok_or_else(Problem::vanished)?;
    Ok(())
}

/// Moderators, and the creator of a space without moderators, delete a room; everyone else only
/// leaves it.
pub(crate) fn close(world: &mut World, actor: PersonKey, key: RoomKey) -> Result<()> {
    let room = world.rooms.row(key)?;
    Problem::bad_request("A direct room cannot be deleted.").when(room.kind == RoomKind::Direct)?;
    let is_creator = room.creator == actor && !room.is_locked;
    let may_close = is_creator || world.is_moderator(actor, room);
    if !may_close {
        let own = *room.members.get(&actor).ok_or_else(Problem::vanished)?;
        return depart(world, actor, own);
    }
    Problem::bad_request("The General space of a team cannot be deleted.")
        .when(world.team_of_general(key).is_some())?;
    match room.team {
        Some(_) => archive(world, actor, key),
        None => remove(world, actor, key),
    }
}

/// The scope with which compliance officers change any room.
pub(crate) const OFFICER_SCOPE: &str = "spark-compliance:rooms_write";

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Update {
    title: Option<String>,
    classification_id: Option<String>,
    team_id: Option<String>,
    is_locked: Option<bool>,
    is_public: Option<bool>,
    description: Option<String>,
    is_announcement_only: Option<bool>,
    is_read_only: Option<bool>,
}

pub(crate) fn change(
    world: &mut World,
    caller: &Caller,
    key: RoomKey,
    update: Update,
) -> Result<()> {
    let room = world.rooms.row(key)?;
    let (actor, is_officer) = (caller.person, caller.may(OFFICER_SCOPE));
    // Clients send a room back completely, including the fields that they did not change.
    let asked = update.is_read_only;
    Problem::forbidden("Only a compliance officer may set isReadOnly.")
        .when(asked.is_some_and(|asked| asked != room.is_read_only) && !is_officer)?;
    if room.kind == RoomKind::Direct {
        return change_direct(world, key, asked.filter(|_| is_officer));
    }
    Problem::forbidden("Only a moderator may change a moderated space.")
        .when(room.is_locked && !is_officer && !world.is_moderator(actor, room))?;
    let title = update.title.unwrap_or_default();
    check_title(&title)?;
    let was_locked = room.is_locked;
    let is_locked = update.is_locked.unwrap_or(was_locked);
    let unlocks = was_locked && !is_locked;
    Problem::bad_request("The General space of a team is always moderated.")
        .when(unlocks && world.team_of_general(key).is_some())?;
    let announces = update.is_announcement_only;
    let is_announcement_only = announces.unwrap_or(room.is_announcement_only && !unlocks);
    let is_public = update.is_public.unwrap_or(room.is_public);
    Problem::forbidden("Only a compliance officer can make a private space public.")
        .when(is_public && !room.is_public && !is_officer)?;
    let description = update.description.or_else(|| room.description.clone());
    let description = description.filter(|text| text != " ");
    check_modes(is_locked, is_announcement_only, is_public, &description)?;
    let team = match &update.team_id {
        Some(id) => Some(assigned_team(world, actor, room, id)?),
        None => room.team,
    };
    let now = world.now;
    let room = world.rooms.row_mut(key)?;
    room.title = title;
    room.description = description;
    room.is_locked = is_locked;
    room.is_announcement_only = is_announcement_only;
    room.made_public = is_public.then_some(room.made_public.unwrap_or(now));
    room.is_public = is_public;
    room.team = team;
    room.is_read_only = asked.unwrap_or(room.is_read_only);
    room.classification_id = update.classification_id.or(room.classification_id.take());
    if was_locked != is_locked {
        moderate(world, key, actor, is_locked);
    }
    Ok(())
}

/// Only a compliance officer can change a direct room.
fn change_direct(world: &mut World, key: RoomKey, is_read_only: Option<bool>) -> Result<()> {
    let refused = || Problem::bad_request("A direct room cannot be changed.");
    world.rooms.row_mut(key)?.is_read_only = is_read_only.ok_or_else(refused)?;
    Ok(())
}

/// The person who locks a space becomes its moderator; an unlocked space has no moderators.
fn moderate(world: &mut World, key: RoomKey, actor: PersonKey, is_locked: bool) {
    let Some(room) = world.rooms.get(key) else {
        return;
    };
    for (person, membership) in &room.members {
        if let Some(membership) = world.memberships.get_mut(*membership) {
            membership.is_moderator = is_locked && (membership.is_moderator || *person == actor);
        }
    }
}

fn assigned_team(world: &World, actor: PersonKey, room: &Room, id: &str) -> Result<TeamKey> {
    let team = own_team(world, actor, id)?;
    Problem::bad_request("The space belongs to another team. Spaces cannot move between teams.")
        .unless(room.team.is_none_or(|current| current == team))?;
    Ok(team)
}

/// The sandbox's own limit; Webex documents none.
const MAX_TITLE_CHARS: usize = 256;

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
    let (is_locked, announces) = (new.is_locked, new.is_announcement_only);
    check_modes(is_locked, announces, new.is_public, &new.description)?;
    Problem::bad_request("A bot cannot classify a space.")
        .when(new.classification_id.is_some() && world.people.row(creator)?.role == Role::Bot)?;
    let team = new.team_id.as_deref();
    let team = team.map(|id| own_team(world, creator, id)).transpose()?;
    let now = world.now;
    let room = world.rooms.insert_with(|id| Room {
        title: new.title,
        description: new.description,
        is_locked,
        is_announcement_only: announces,
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
pub(crate) fn known_direct(world: &World, one: PersonKey, other: PersonKey) -> Option<RoomKey> {
    let pair = (one.min(other), one.max(other));
    world.direct_rooms.get(&pair).copied()
}

/// The direct room of two people; created if there is none.
pub(crate) fn direct(world: &mut World, from: PersonKey, to: PersonKey) -> Result<RoomKey> {
    if let Some(room) = known_direct(world, from, to) {
        return Ok(room);
    }
    let now = world.now;
    let new = |id| Room::new(id, RoomKind::Direct, from, now);
    let room = world.rooms.insert_with(new)?;
    join(world, from, room, from, false)?;
    join(world, from, room, to, false)?;
    announce_room(world, "created", from, room)?;
    Ok(room)
}

fn check_title(title: &str) -> Result<()> {
    Problem::bad_request("title is required.").when(title.trim().is_empty())?;
    Problem::check_length("title", title, MAX_TITLE_CHARS)
}

fn check_modes(
    is_locked: bool,
    is_announcement_only: bool,
    is_public: bool,
    description: &Option<String>,
) -> Result<()> {
    Problem::bad_request("isAnnouncementOnly needs isLocked.")
        .when(is_announcement_only && !is_locked)?;
    let has_description = description.iter().any(|text| !text.trim().is_empty());
    Problem::bad_request("A public space needs a description.").when(is_public && !has_description)
}
