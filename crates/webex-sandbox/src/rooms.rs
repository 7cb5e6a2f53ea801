//! `/rooms`: spaces and direct rooms, and who may change them.

use std::collections::{BTreeMap, HashMap};

use axum::extract::{Path, State};
use axum::response::Response;
use axum::routing::get;
use axum::{Json, Router};
use http::StatusCode;
use serde::Deserialize;
use webex::rooms::Room as Wire;

use crate::Sandbox;
use crate::http::{Caller, JsonBody, Query};
use crate::memberships::join;
use crate::page::{Cursor, Page, PageRequest};
use crate::problem::Problem;
use crate::webhooks::announce;
use crate::world::{PersonKey, Role, Room, RoomKey, RoomKind, TeamKey, World};

const DEFAULT_PAGE_ITEMS: usize = 100;
const MAX_PAGE_ITEMS: usize = 1_000;

/// Our own bound; Webex documents none.
const MAX_TITLE_CHARS: usize = 256;

pub(crate) fn routes() -> Router<Sandbox> {
    Router::new()
        .route("/rooms", get(list).post(create))
        .route("/rooms/{id}", get(details).put(update).delete(delete))
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

/// What a new space is to be.
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

/// Opens a space with its creator in it.
pub(crate) fn open(world: &mut World, creator: PersonKey, new: NewRoom) -> Result<RoomKey, Problem> {
    check_title(&new.title)?;
    check_modes(new.is_locked, new.is_announcement_only, new.is_public, new.description.as_deref())?;
    if new.classification_id.is_some() && world.person(creator)?.role == Role::Bot {
        return Err(Problem::bad_request("A bot cannot classify a space."));
    }
    let team = match &new.team_id {
        Some(id) => Some(own_team(world, creator, id)?),
        None => None,
    };
    let (is_locked, now) = (new.is_locked, world.now);
    let room = world.rooms.insert_with(|id| Room {
        id,
        title: new.title,
        description: new.description,
        kind: RoomKind::Group,
        is_locked,
        is_announcement_only: new.is_announcement_only,
        is_read_only: false,
        is_public: new.is_public,
        made_public: new.is_public.then_some(now),
        classification_id: new.classification_id,
        team,
        creator,
        created: now,
        last_activity: now,
        members: BTreeMap::new(),
        messages: Vec::new(),
        mentions: HashMap::new(),
    })?;
    join(world, creator, room, creator, is_locked)?;
    announce_room(world, "created", creator, room);
    Ok(room)
}

/// The direct room of two people; opened if they have none yet.
pub(crate) fn direct(world: &mut World, from: PersonKey, to: PersonKey) -> Result<RoomKey, Problem> {
    if from == to {
        return Err(Problem::bad_request("You cannot send a message to yourself."));
    }
    let pair = (from.min(to), from.max(to));
    if let Some(room) = world.direct_rooms.get(&pair) {
        return Ok(*room);
    }
    let now = world.now;
    let room = world.rooms.insert_with(|id| Room {
        id,
        title: String::new(),
        description: None,
        kind: RoomKind::Direct,
        is_locked: false,
        is_announcement_only: false,
        is_read_only: false,
        is_public: false,
        made_public: None,
        classification_id: None,
        team: None,
        creator: from,
        created: now,
        last_activity: now,
        members: BTreeMap::new(),
        messages: Vec::new(),
        mentions: HashMap::new(),
    })?;
    world.direct_rooms.insert(pair, room);
    join(world, from, room, from, false)?;
    join(world, from, room, to, false)?;
    announce_room(world, "created", from, room);
    Ok(room)
}

fn announce_room(world: &mut World, event: &'static str, actor: PersonKey, key: RoomKey) {
    let Some(room) = world.rooms.get(key) else {
        return;
    };
    let audience: Vec<PersonKey> = room.members.keys().copied().collect();
    announce(world, "rooms", event, actor, &audience, |world| {
        let mut shown = world.rooms.get(key).map(|room| show(world, room, actor))?;
        // What people wrote is encrypted: a delivery does not carry it.
        shown.title = None;
        shown.description = None;
        serde_json::to_value(shown).ok()
    });
}

fn own_team(world: &World, person: PersonKey, id: &str) -> Result<TeamKey, Problem> {
    let missing = || Problem::not_found("Could not find a team with provided ID.");
    let key = world.teams.find(id).ok_or_else(missing)?;
    let team = world.teams.get(key).ok_or_else(missing)?;
    match team.members.contains(&person) {
        true => Ok(key),
        false => Err(missing()),
    }
}

fn check_title(title: &str) -> Result<(), Problem> {
    if title.trim().is_empty() {
        return Err(Problem::bad_request("title is required."));
    }
    if title.chars().count() > MAX_TITLE_CHARS {
        return Err(Problem::bad_request("title is longer than 256 characters."));
    }
    Ok(())
}

fn check_modes(
    is_locked: bool,
    is_announcement_only: bool,
    is_public: bool,
    description: Option<&str>,
) -> Result<(), Problem> {
    if is_announcement_only && !is_locked {
        return Err(Problem::bad_request("isAnnouncementOnly needs isLocked."));
    }
    let has_description = description.is_some_and(|text| !text.trim().is_empty());
    if is_public && !has_description {
        return Err(Problem::bad_request("A public space needs a description."));
    }
    Ok(())
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct List {
    team_id: Option<String>,
    #[serde(rename = "type")]
    kind: Option<String>,
    org_public_spaces: Option<String>,
    sort_by: Option<String>,
    max: Option<String>,
    cursor: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sort {
    Id,
    LastActivity,
    Created,
}

impl Sort {
    fn parse(text: Option<&str>) -> Result<Self, Problem> {
        match text {
            None | Some("lastactivity") => Ok(Sort::LastActivity),
            Some("id") => Ok(Sort::Id),
            Some("created") => Ok(Sort::Created),
            Some(_) => Err(Problem::bad_request("sortBy must be id, lastactivity or created.")),
        }
    }

    /// Newest first; ids are hashes, so that any steady order serves as theirs.
    fn cursor(self, key: RoomKey, room: &Room) -> Cursor {
        let sort = match self {
            Sort::Id => 0,
            Sort::LastActivity => room.last_activity.as_millisecond(),
            Sort::Created => room.created.as_millisecond(),
        };
        let ordinal = key.ordinal();
        Cursor { sort, ordinal }
    }
}

async fn list(
    State(sandbox): State<Sandbox>,
    caller: Caller,
    Query(query): Query<List>,
) -> Result<Response, Problem> {
    let page = PageRequest::new(
        query.max.as_deref(),
        query.cursor.as_deref(),
        DEFAULT_PAGE_ITEMS,
        MAX_PAGE_ITEMS,
    )?;
    let page = sandbox.read(|world| find(world, &caller, &query, page))?;
    Ok(page.answer(&caller))
}

fn find(
    world: &World,
    caller: &Caller,
    query: &List,
    page: PageRequest,
) -> Result<Page<Wire>, Problem> {
    let sort = Sort::parse(query.sort_by.as_deref())?;
    let is_public_list = query.org_public_spaces.as_deref() == Some("true");
    let is_narrowed = query.team_id.is_some() || query.kind.is_some() || query.sort_by.is_some();
    if is_public_list && is_narrowed {
        return Err(Problem::bad_request(
            "orgPublicSpaces cannot be combined with teamId, type or sortBy.",
        ));
    }
    let kind = match query.kind.as_deref() {
        None => None,
        Some("direct") => Some(RoomKind::Direct),
        Some("group") => Some(RoomKind::Group),
        Some(_) => return Err(Problem::bad_request("type must be direct or group.")),
    };
    let team = match &query.team_id {
        Some(id) => Some(own_team(world, caller.person, id)?),
        None => None,
    };
    let is_wanted = |room: &Room| {
        kind.is_none_or(|kind| room.kind == kind) && (team.is_none() || room.team == team)
    };
    let mut found: Vec<(Cursor, &Room)> = if is_public_list {
        let public = world.rooms.iter().filter(|(_, room)| room.is_public);
        public.map(|(key, room)| (sort.cursor(key, room), room)).collect()
    } else {
        let own = &world.person(caller.person)?.rooms;
        let own = own.iter().filter_map(|key| Some((*key, world.rooms.get(*key)?)));
        let wanted = own.filter(|(_, room)| is_wanted(room));
        wanted.map(|(key, room)| (sort.cursor(key, room), room)).collect()
    };
    found.sort_unstable_by_key(|(cursor, _)| std::cmp::Reverse(*cursor));
    let start = match page.after {
        Some(after) => found.partition_point(|(cursor, _)| *cursor >= after),
        None => 0,
    };
    let rest = found.into_iter().skip(start);
    Ok(page.cut(rest, |room| Some(show(world, room, caller.person))))
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
        let key = world.known_room(caller.person, &id)?;
        Ok(Json(show(world, world.room(key)?, caller.person)))
    })
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Update {
    title: Option<String>,
    classification_id: Option<String>,
    team_id: Option<String>,
    is_locked: Option<bool>,
    is_public: Option<bool>,
    description: Option<String>,
    is_announcement_only: Option<bool>,
    is_read_only: Option<bool>,
}

async fn update(
    State(sandbox): State<Sandbox>,
    caller: Caller,
    Path(id): Path<String>,
    JsonBody(update): JsonBody<Update>,
) -> Result<Json<Wire>, Problem> {
    sandbox.write(&caller, |world| {
        let key = world.known_room(caller.person, &id)?;
        change(world, caller.person, key, update)?;
        announce_room(world, "updated", caller.person, key);
        Ok(Json(show(world, world.room(key)?, caller.person)))
    })
}

fn change(
    world: &mut World,
    actor: PersonKey,
    key: RoomKey,
    update: Update,
) -> Result<(), Problem> {
    let room = world.room(key)?;
    let is_officer = world.is_compliance_officer(actor);
    if update.is_read_only.is_some() && !is_officer {
        return Err(Problem::forbidden("Only a compliance officer may set isReadOnly."));
    }
    if room.kind == RoomKind::Direct {
        let Some(is_read_only) = update.is_read_only else {
            return Err(Problem::bad_request("A direct room cannot be changed."));
        };
        world.room_mut(key)?.is_read_only = is_read_only;
        return Ok(());
    }
    if room.is_locked && !is_officer && !world.is_moderator(actor, room) {
        return Err(Problem::forbidden("Only a moderator may change a moderated space."));
    }
    let title = update.title.unwrap_or_default();
    check_title(&title)?;
    let was_locked = room.is_locked;
    let is_locked = update.is_locked.unwrap_or(was_locked);
    let unlocks = was_locked && !is_locked;
    let announces = update.is_announcement_only;
    let is_announcement_only = announces.unwrap_or(room.is_announcement_only && !unlocks);
    let is_public = update.is_public.unwrap_or(room.is_public);
    let description = update.description.or_else(|| room.description.clone());
    let description = description.filter(|text| text != " ");
    check_modes(is_locked, is_announcement_only, is_public, description.as_deref())?;
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
    room.made_public = if is_public { room.made_public.or(Some(now)) } else { None };
    room.is_public = is_public;
    room.team = team;
    room.is_read_only = update.is_read_only.unwrap_or(room.is_read_only);
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
        return crate::memberships::leave(world, actor, key, actor);
    }
    let team = room.team.and_then(|team| world.teams.get(team));
    match team {
        Some(team) if team.general == Some(key) => {
            Err(Problem::bad_request("The General space of a team cannot be deleted."))
        }
        Some(_) => {
            world.room_mut(key)?.is_read_only = true;
            announce_room(world, "updated", actor, key);
            Ok(())
        }
        None => world.remove_room(key).map(drop),
    }
}
