//! `PUT /rooms/{id}`: what may be changed in a space, and by whom.

use axum::Json;
use axum::extract::{Path, State};
use serde::Deserialize;
use webex::rooms::Room as Wire;

use super::open::{check_modes, check_title};
use super::{announce_room, show};
use crate::Sandbox;
use crate::problem::Problem;
use crate::request::{Caller, JsonBody};
use crate::teams::own_team;
use crate::world::{PersonKey, Room, RoomKey, RoomKind, TeamKey, World};

/// With which compliance officers change any room.
const OFFICER_SCOPE: &str = "spark-compliance:rooms_write";

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Update {
    title: Option<String>,
    classification_id: Option<String>,
    team_id: Option<String>,
    is_locked: Option<bool>,
    is_public: Option<bool>,
    description: Option<String>,
    is_announcement_only: Option<bool>,
    is_read_only: Option<bool>,
}

pub(super) async fn update(
    State(sandbox): State<Sandbox>,
    caller: Caller,
    Path(id): Path<String>,
    JsonBody(update): JsonBody<Update>,
) -> Result<Json<Wire>, Problem> {
    sandbox.write(&caller, |world| {
        let key = world.known_room(&caller, &id, OFFICER_SCOPE)?;
        change(world, &caller, key, update)?;
        announce_room(world, "updated", caller.person, key)?;
        Ok(Json(show(world, world.room(key)?, caller.person)))
    })
}

fn change(world: &mut World, caller: &Caller, key: RoomKey, update: Update) -> Result<(), Problem> {
    let room = world.room(key)?;
    let (actor, is_officer) = (caller.person, caller.may(OFFICER_SCOPE));
    // Clients send a room back whole, with what they did not change.
    let asked = update.is_read_only;
    if asked.is_some_and(|asked| asked != room.is_read_only) && !is_officer {
        return Err(Problem::forbidden(
            "Only a compliance officer may set isReadOnly.",
        ));
    }
    if room.kind == RoomKind::Direct {
        let Some(is_read_only) = asked.filter(|_| is_officer) else {
            return Err(Problem::bad_request("A direct room cannot be changed."));
        };
        world.room_mut(key)?.is_read_only = is_read_only;
        return Ok(());
    }
    if room.is_locked && !is_officer && !world.is_moderator(actor, room) {
        return Err(Problem::forbidden(
            "Only a moderator may change a moderated space.",
        ));
    }
    let title = update.title.unwrap_or_default();
    check_title(&title)?;
    let was_locked = room.is_locked;
    let is_locked = update.is_locked.unwrap_or(was_locked);
    let unlocks = was_locked && !is_locked;
    if unlocks && world.team_of_general(key).is_some() {
        return Err(Problem::bad_request(
            "The General space of a team is always moderated.",
        ));
    }
    let announces = update.is_announcement_only;
    let is_announcement_only = announces.unwrap_or(room.is_announcement_only && !unlocks);
    let is_public = update.is_public.unwrap_or(room.is_public);
    let description = update.description.or_else(|| room.description.clone());
    let description = description.filter(|text| text != " ");
    check_modes(
        is_locked,
        is_announcement_only,
        is_public,
        description.as_deref(),
    )?;
    let team = match &update.team_id {
        Some(id) => Some(assigned_team(world, actor, room, id)?),
        None => room.team,
    };
    let now = world.now;
    let room = world.room_mut(key)?;
    room.title = title;
    room.description = description;
    room.is_locked = is_locked;
    room.is_announcement_only = is_announcement_only;
    room.made_public = if is_public {
        room.made_public.or(Some(now))
    } else {
        None
    };
    room.is_public = is_public;
    room.team = team;
    room.is_read_only = asked.unwrap_or(room.is_read_only);
    room.classification_id = update.classification_id.or(room.classification_id.take());
    if was_locked != is_locked {
        moderate(world, key, actor, is_locked);
    }
    Ok(())
}

/// Who locks a space moderates it; an unlocked one has no moderators.
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

fn assigned_team(
    world: &World,
    actor: PersonKey,
    room: &Room,
    id: &str,
) -> Result<TeamKey, Problem> {
    let team = own_team(world, actor, id)?;
    match room.team {
        None => Ok(team),
        Some(current) if current == team => Ok(team),
        Some(_) => Err(Problem::bad_request(
            "The space belongs to another team. Spaces cannot move between teams.",
        )),
    }
}
