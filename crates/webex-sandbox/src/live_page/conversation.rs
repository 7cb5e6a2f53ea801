//! GET `/_sandbox/spaces/{id}/messages`: one page of a space, newest first, with what was deleted.

use axum::Json;
use axum::extract::{Path, State};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::Sandbox;
use crate::live_page::{LookAs, Viewer};
use crate::page::{Cursor, PageRequest};
use crate::problem::Problem;
use crate::request::Query;
use crate::rows::{Event, FileState, Happening, Message, MessageKey, Role, Room};
use crate::world::World;

/// One page, as Webex has it.
const PAGE_ITEMS: usize = 50;

/// Nobody chooses from a longer list.
const MAX_MEMBERS: usize = 200;

/// The newest events, among which deletions are looked for: what an agent just did, not history.
const MAX_EVENTS: usize = 5_000;

#[derive(Debug, Deserialize)]
pub(super) struct Ask {
    #[serde(flatten)]
    look_as: LookAs,
    cursor: Option<String>,
}

#[derive(Debug, Serialize)]
pub(super) struct Conversation {
    /// Newest first.
    items: Vec<Item>,
    /// The messages that items reply to, where they are older than the page.
    parents: Vec<Item>,
    deleted: Vec<Deleted>,
    /// Where the older messages begin.
    next: Option<String>,
    /// Who can be mentioned.
    members: Vec<Member>,
}

#[derive(Debug, Serialize)]
struct Member {
    name: String,
    email: String,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Item {
    id: String,
    parent_id: Option<String>,
    author: String,
    is_bot: bool,
    created: Timestamp,
    edited: Option<Timestamp>,
    text: Option<String>,
    /// As it is to be shown, where it was written in Markdown or HTML.
    html: Option<String>,
    files: Vec<Attached>,
    /// Cards as they were posted.
    cards: Vec<Value>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Attached {
    name: String,
    content_type: String,
    bytes: u64,
    #[serde(flatten)]
    state: FileState,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Deleted {
    id: String,
    parent_id: Option<String>,
    /// Who deleted it.
    by: String,
    created: Timestamp,
    deleted: Timestamp,
}

pub(super) async fn answer(
    State(sandbox): State<Sandbox>,
    Path(id): Path<String>,
    Query(ask): Query<Ask>,
) -> Result<Json<Conversation>, Problem> {
    let page = PageRequest::new(None, ask.cursor.as_deref(), PAGE_ITEMS, PAGE_ITEMS)?;
    sandbox.read(|world| {
        let viewer = ask.look_as.viewer(world)?;
        let missing = || Problem::not_found("Could not find a room with provided ID.");
        let room = world
            .rooms
            .row(world.rooms.find(&id).ok_or_else(missing)?)?;
        match viewer.is_in(room) {
            true => Ok(Json(read(world, room, viewer, page))),
            false => Err(missing()),
        }
    })
}

fn read(world: &World, room: &Room, viewer: Viewer, page: PageRequest) -> Conversation {
    let messages = viewer.messages(world, room);
    let end = match page.after {
        Some(after) => messages.partition_point(|key| key.ordinal() < after.ordinal),
        None => messages.len(),
    };
    let (older, newer) = messages.split_at(end);
    let candidates = older.iter().rev().map(|key| {
        let ordinal = key.ordinal();
        (Cursor { sort: 0, ordinal }, *key)
    });
    let shown = page.cut(candidates, |key| Some((key, world.messages.get(key)?)));
    let created = |key: &MessageKey| Some(world.messages.get(*key)?.created);
    let until = newer.first().and_then(created);
    let from = shown.next.and(shown.items.last());
    let from = from.map(|(_, message)| message.created);
    let is_on_page = |moment: Timestamp| {
        from.is_none_or(|from| from <= moment) && until.is_none_or(|until| moment < until)
    };
    Conversation {
        parents: parents(world, viewer, &shown.items),
        deleted: match viewer.is_bot(world) {
            // Whether the message was one that a bot sees is gone with it.
            true => Vec::new(),
            false => deleted(world, room, is_on_page),
        },
        next: shown.next.map(Cursor::encode),
        members: members(world, room),
        items: shown
            .items
            .into_iter()
            .map(|(_, message)| item(world, message))
            .collect(),
    }
}

fn members(world: &World, room: &Room) -> Vec<Member> {
    let members = room.members.keys().take(MAX_MEMBERS);
    let members = members.filter_map(|key| world.people.get(*key));
    let members = members.map(|person| Member {
        name: person.display_name.clone(),
        email: person.email.clone(),
    });
    members.collect()
}

/// What the items reply to and the page does not have; at most one an item.
fn parents(world: &World, viewer: Viewer, items: &[(MessageKey, &Message)]) -> Vec<Item> {
    let Some((oldest, _)) = items.last() else {
        return Vec::new();
    };
    let parents = items.iter().filter_map(|(_, message)| message.parent);
    let mut missing: Vec<MessageKey> = parents.filter(|key| key < oldest).collect();
    missing.sort_unstable();
    missing.dedup();
    let found = missing.iter().filter_map(|key| world.messages.get(*key));
    let seen = found.filter(|message| viewer.sees(world, message));
    seen.map(|message| item(world, message)).collect()
}

fn item(world: &World, message: &Message) -> Item {
    let wire = &message.wire;
    let author = world.people.get(message.author);
    let is_bot = author.is_some_and(|author| author.role == Role::Bot);
    let author = author.map(|author| author.display_name.clone());
    let files = message.files.iter().filter_map(|key| world.files.get(*key));
    let cards = wire.attachments.iter().flatten();
    Item {
        id: message.id.clone(),
        parent_id: wire.parent_id.clone(),
        author: author
            .or_else(|| wire.person_email.clone())
            .unwrap_or_default(),
        is_bot,
        created: message.created,
        edited: wire.updated,
        text: wire.text.clone(),
        html: wire.html.clone(),
        files: files
            .map(|file| Attached {
                name: file.name.clone(),
                content_type: file.content_type.clone(),
                bytes: file.stored.bytes(),
                state: file.state,
            })
            .collect(),
        cards: cards.map(|card| card.content.clone()).collect(),
    }
}

fn deleted(world: &World, room: &Room, is_on_page: impl Fn(Timestamp) -> bool) -> Vec<Deleted> {
    let newest = world.events.iter().rev().take(MAX_EVENTS);
    let found = newest.filter_map(|(_, event)| {
        let deleted = deletion(world, room, event)?;
        is_on_page(deleted.created).then_some(deleted)
    });
    found.take(PAGE_ITEMS).collect()
}

fn deletion(world: &World, room: &Room, event: &Event) -> Option<Deleted> {
    let Happening::Message(wire, _) = &event.happening else {
        return None;
    };
    if event.kind != "deleted" || wire.room_id.as_deref() != Some(&room.id) {
        return None;
    }
    let actor = world.people.find(&event.actor_id);
    let actor = actor.and_then(|actor| world.people.get(actor));
    Some(Deleted {
        id: wire.id.clone(),
        parent_id: wire.parent_id.clone(),
        by: actor.map_or_else(String::new, |actor| actor.display_name.clone()),
        created: wire.created?,
        deleted: event.created,
    })
}
