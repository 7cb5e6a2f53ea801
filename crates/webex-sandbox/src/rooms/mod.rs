//! `/rooms`: spaces and direct rooms, and who may change them.

mod list;
mod meeting_info;
mod open;
mod update;

pub(crate) use open::{NewRoom, direct, known_direct, open};

use axum::extract::{Path, State};
use axum::routing::get;
use axum::{Json, Router};
use http::StatusCode;
use webex::rooms::Room as Wire;

use crate::Sandbox;
use crate::events::{self, Happening};
use crate::problem::Problem;
use crate::request::{Caller, JsonBody};
use crate::webhooks::announce;
use crate::world::{PersonKey, Room, RoomKey, RoomKind, World};

pub(crate) fn routes() -> Router<Sandbox> {
    Router::new()
        .route("/rooms", get(list::list).post(create))
        .route(
            "/rooms/{id}",
            get(details).put(update::update).delete(delete),
        )
        .route("/rooms/{id}/meetingInfo", get(meeting_info::details))
}

impl RoomKind {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            RoomKind::Direct => "direct",
            RoomKind::Group => "group",
        }
    }
}

/// A room as one of its members sees it: a direct room bears the other person's name.
pub(crate) fn show(world: &World, room: &Room, viewer: PersonKey) -> Wire {
    let other = room.members.keys().find(|person| **person != viewer);
    let other = other.and_then(|person| world.people.get(*person));
    let title = match (room.kind, other) {
        (RoomKind::Direct, Some(other)) => &other.display_name,
        _ => &room.title,
    };
    let creator = world.people.get(room.creator);
    let team = room.team.and_then(|team| world.teams.get(team));
    let is_group = room.kind == RoomKind::Group;
    Wire {
        id: room.id.clone(),
        title: Some(title.clone()),
        room_type: Some(room.kind.as_str().into()),
        is_locked: Some(room.is_locked),
        team_id: team.map(|team| team.id.clone()),
        last_activity: Some(room.last_activity),
        creator_id: creator.map(|creator| creator.id.clone()),
        created: Some(room.created),
        owner_id: Some(world.organization_id.clone()),
        classification_id: room.classification_id.clone(),
        is_announcement_only: Some(room.is_announcement_only),
        is_read_only: Some(room.is_read_only),
        is_public: is_group.then_some(room.is_public),
        made_public: room.made_public,
        description: room.description.clone(),
        ..Wire::default()
    }
}

/// Writes down what happened to a room.
fn record(
    world: &mut World,
    event: &'static str,
    actor: PersonKey,
    key: RoomKey,
) -> Result<(), Problem> {
    let shown = show(world, world.room(key)?, actor);
    events::record(world, event, actor, Happening::Room(Box::new(shown)))
}

/// Writes down what happened to a room, and tells the webhooks of its members.
fn announce_room(
    world: &mut World,
    event: &'static str,
    actor: PersonKey,
    key: RoomKey,
) -> Result<(), Problem> {
    record(world, event, actor, key)?;
    let audience: Vec<PersonKey> = world.room(key)?.members.keys().copied().collect();
    announce(world, "rooms", event, actor, &audience, |world| {
        let mut shown = world.rooms.get(key).map(|room| show(world, room, actor))?;
        // What people wrote is encrypted: a delivery does not carry it.
        shown.title = None;
        shown.description = None;
        serde_json::to_value(shown).ok()
    });
    Ok(())
}

/// Nothing can be posted any more; Webex archives a team's spaces rather than delete them.
pub(crate) fn archive(world: &mut World, actor: PersonKey, key: RoomKey) -> Result<(), Problem> {
    world.room_mut(key)?.is_read_only = true;
    announce_room(world, "updated", actor, key)
}

/// Takes a room away for good, of which Webex tells no webhook.
pub(crate) fn remove(world: &mut World, actor: PersonKey, key: RoomKey) -> Result<(), Problem> {
    record(world, "deleted", actor, key)?;
    world
        .remove_room(key)
        .map(drop)
        .ok_or_else(Problem::vanished)
}

async fn create(
    State(sandbox): State<Sandbox>,
    caller: Caller,
    JsonBody(new): JsonBody<NewRoom>,
) -> Result<Json<Wire>, Problem> {
    sandbox.write(&caller, |world| {
        let key = open(world, caller.person, new)?;
        Ok(Json(show(world, world.room(key)?, caller.person)))
    })
}

async fn details(
    State(sandbox): State<Sandbox>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Json<Wire>, Problem> {
    sandbox.read(|world| {
        let key = world.known_room(&caller, &id, "spark-compliance:rooms_read")?;
        Ok(Json(show(world, world.room(key)?, caller.person)))
    })
}

async fn delete(
    State(sandbox): State<Sandbox>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<StatusCode, Problem> {
    sandbox.write(&caller, |world| {
        let key = world.own_room(caller.person, &id)?;
        close(world, caller.person, key)?;
        Ok(StatusCode::NO_CONTENT)
    })
}

/// Moderators, and creators of spaces without any, close a room; everybody else only leaves it.
fn close(world: &mut World, actor: PersonKey, key: RoomKey) -> Result<(), Problem> {
    let room = world.room(key)?;
    if room.kind == RoomKind::Direct {
        return Err(Problem::bad_request("A direct room cannot be deleted."));
    }
    let may_close = match room.is_locked {
        true => world.is_moderator(actor, room),
        false => room.creator == actor || world.is_moderator(actor, room),
    };
    if !may_close {
        return crate::memberships::depart(world, actor, key, actor);
    }
    if world.team_of_general(key).is_some() {
        return Err(Problem::bad_request(
            "The General space of a team cannot be deleted.",
        ));
    }
    match room.team {
        Some(_) => archive(world, actor, key),
        None => remove(world, actor, key),
    }
}
