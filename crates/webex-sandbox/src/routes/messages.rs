//! `/messages`: messages in rooms and between two people.

use axum::extract::multipart::Field;
use axum::extract::{DefaultBodyLimit, FromRequest, Multipart, Request, State};
use axum::{Json, routing};
use serde::Deserialize;

use crate::Sandbox;
use crate::page::{Cursor, Page};
use crate::problem::{Problem, Result};
use crate::request::{Call, Routes, is_media_type, read_json, unsupported};
use crate::routes::contents::{not_stored, unreadable};
use crate::rows::{MessageKey, Role, RoomKind, moment};
use crate::rules::caller::Caller;
use crate::rules::messages::{
    self, NewMessage, Sent, announce_message, may_delete, post, seen, sent, show,
};
use crate::rules::rooms::known_direct;
use crate::rules::shown::Shown;
use crate::storage::NewFile;
use crate::world::World;

const DEFAULT_PAGE_ITEMS: usize = 50;

/// Webex states a limit only for queries with `mentionedPeople`.
const MAX_PAGE_ITEMS: usize = 1_000;
const MAX_MENTIONS_PAGE_ITEMS: usize = 100;

pub(crate) fn routes() -> Routes {
    // Its body is limited where it is read: the limits of JSON, text parts and files differ.
    let posting = routing::post(create).layer(DefaultBodyLimit::disable());
    Routes::default()
        .get("/messages", list)
        .route("/messages", posting)
        .get("/messages/direct", list_direct)
        .get("/messages/{id}", details)
        .put("/messages/{id}", edit)
        .delete("/messages/{id}", delete)
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct List {
    room_id: Option<String>,
    parent_id: Option<String>,
    mentioned_people: Option<String>,
    before: Option<String>,
    before_message: Option<String>,
}

fn list(world: &World, call: &Call) -> Result<Page<Sent>> {
    let query: List = call.query()?;
    let limit = match query.mentioned_people {
        Some(_) => MAX_MENTIONS_PAGE_ITEMS,
        None => MAX_PAGE_ITEMS,
    };
    let page = call.within(DEFAULT_PAGE_ITEMS, limit)?;
    let room_id = query.room_id.as_deref();
    let room_id = room_id.ok_or_else(|| Problem::parameter_missing("roomId"))?;
    let room_key = world.known_room(call, room_id, "spark-compliance:messages_read")?;
    let room = world.rooms.row(room_key)?;
    let person = world.people.row(call.person)?;
    let mentions_me = match query.mentioned_people.as_deref() {
        None => false,
        Some(who) if who == "me" || who == person.id => true,
        Some(_) => return Err(Problem::bad_request("mentionedPeople must be me.")),
    };
    // Webex gives no other reason; a bot must pass mentionedPeople=me here.
    Problem::forbidden("Failed to get activity.")
        .when(call.role == Role::Bot && room.kind == RoomKind::Group && !mentions_me)?;
    let parent = query.parent_id.as_deref().map(|id| {
        let parent = world.messages.named(id).map(|(_, parent)| parent);
        let parent = parent.filter(|parent| parent.room == room_key);
        parent.ok_or_else(|| Problem::not_found("Could not find the parent message."))
    });
    let parent = parent.transpose()?;
    let mentions = room.mentions.get(&call.person);
    let keys: &[MessageKey] = match (parent, mentions_me) {
        (Some(parent), _) => &parent.replies,
        (None, true) => mentions.map(Vec::as_slice).unwrap_or_default(),
        (None, false) => &room.messages,
    };
    let before = query.before_message.as_deref();
    before.map(|id| seen(world, call, id)).transpose()?;
    let end = end(world, &query, page.after, keys)?;
    let keys = keys.get(..end).unwrap_or_default();
    let newest_first = keys.iter().rev();
    let candidates = newest_first.map(|key| (Cursor::at(key.ordinal()), *key));
    Ok(page.cut(candidates, |key| {
        let message = world.messages.get(key)?;
        let is_wanted = !mentions_me || message.mentioned.contains(&call.person);
        is_wanted.then(|| sent(world, message, &call.base))
    }))
}

/// How many of the keys, which are ordered by time, come before the message or time that the caller
/// gave.
fn end(world: &World, query: &List, after: Option<Cursor>, keys: &[MessageKey]) -> Result<usize> {
    let mut end = keys.len();
    if let Some(after) = after {
        end = end.min(keys.partition_point(|key| key.ordinal() < after.ordinal));
    }
    if let Some(id) = &query.before_message {
        let key = world.messages.find(id);
        let key = key.ok_or_else(|| Problem::bad_request("beforeMessage is not a message."))?;
        end = end.min(keys.partition_point(|other| *other < key));
    }
    if let Some(before) = &query.before {
        let before = moment::read(before)
            .ok_or_else(|| Problem::bad_request("before must be an ISO 8601 date and time."))?;
        let is_before = |key: &MessageKey| {
            let message = world.messages.get(*key);
            message.is_some_and(|message| message.created < before)
        };
        end = end.min(keys.partition_point(is_before));
    }
    Ok(end)
}

fn list_direct(world: &World, call: &Call) -> Result<Page<Sent>> {
    let (id, email) = (call.parameter("personId")?, call.parameter("personEmail")?);
    let other = world.person_named(id.as_deref(), email.as_deref())?;
    let room = known_direct(world, call.person, other);
    let room = room.and_then(|room| world.rooms.get(room));
    let room = room.ok_or_else(|| Problem::not_found("There is no direct room yet."))?;
    let parent = call.parameter("parentId")?;
    let messages = world.messages.all(&room.messages).rev();
    let messages = messages.map(|(_, message)| message);
    let wanted = messages.filter(|it| parent.is_none() || it.wire.parent_id == parent);
    let shown = wanted.map(|message| sent(world, message, &call.base));
    // This list has no paging.
    Ok(Page::whole(shown.take(DEFAULT_PAGE_ITEMS).collect()))
}

async fn create(
    State(sandbox): State<Sandbox>,
    caller: Caller,
    request: Request,
) -> Result<Json<Shown>> {
    let new = read(&sandbox, request).await?;
    sandbox.change(&caller.base, |world| {
        let (to_id, to_email) = (new.to_person_id.clone(), new.to_person_email.clone());
        let key = post::post(world, sandbox.storage(), caller.person, new)?;
        let mut shown = show(world, world.messages.row(key)?, &caller.base);
        for (name, to) in [("toPersonId", to_id), ("toPersonEmail", to_email)] {
            shown.extend(to.map(|to| (name.to_owned(), to.into())));
        }
        Ok(Json(shown))
    })
}

fn details(world: &World, call: &Call) -> Result<Json<Sent>> {
    let (_, message) = seen(world, call, call.id())?;
    Ok(Json(sent(world, message, &call.base)))
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Edit {
    room_id: Option<String>,
    #[serde(flatten)]
    words: messages::Words,
}

fn edit(world: &mut World, call: &Call) -> Result<Json<Sent>> {
    let edit: Edit = call.body()?;
    let (key, message) = seen(world, call, call.id())?;
    Problem::bad_request("roomId must be the room of the message.")
        .when(edit.room_id != message.wire.room_id)?;
    post::edit(world, call.person, key, edit.words)?;
    Ok(Json(sent(world, world.messages.row(key)?, &call.base)))
}

fn delete(world: &mut World, call: &Call) -> Result<()> {
    let unseen = |_| Problem::not_found("Unable to delete message.");
    let (key, message) = seen(world, call, call.id()).map_err(unseen)?;
    let room = world.rooms.row(message.room)?;
    let reason = "Only the author, a moderator or a compliance officer may delete a message.";
    Problem::forbidden(reason).unless(may_delete(world, call, message, room))?;
    announce_message(world, "deleted", call.person, key)?;
    world.remove_message(key).ok_or_else(Problem::vanished)?;
    Ok(())
}

/// Parts of one multipart body; Webex knows seven.
const MAX_PARTS: usize = 16;

/// A text part: beyond the longest message, the exact length does not matter.
const MAX_TEXT_PART_BYTES: usize = 64 * 1024;

/// Reads either of the two bodies of a new message: JSON, and multipart with a file in it.
async fn read(sandbox: &Sandbox, request: Request) -> Result<NewMessage> {
    if is_media_type(request.headers(), "application/json") {
        return read_json(request).await;
    }
    unsupported("application/json")
        .unless(is_media_type(request.headers(), "multipart/form-data"))?;
    let parts = Multipart::from_request(request, sandbox).await;
    let mut parts = parts.map_err(|_| unreadable())?;
    let mut message = NewMessage::default();
    for _ in 0..MAX_PARTS {
        let Some(part) = parts.next_field().await.map_err(|_| unreadable())? else {
            return Ok(message);
        };
        take(sandbox, part, &mut message).await?;
    }
    let reason = "The multipart body has too many parts.";
    Err(Problem::bad_request(reason))
}

async fn take(sandbox: &Sandbox, part: Field<'_>, message: &mut NewMessage) -> Result<()> {
    let name = part.name().unwrap_or_default().to_owned();
    if name == "files" && part.file_name().is_some() {
        let file_name = part.file_name().unwrap_or("file").to_owned();
        let guessed = mime_guess::from_path(&file_name).first_or_octet_stream();
        let content_type = part.content_type().map(str::to_owned);
        message.uploads.push(NewFile {
            content_type: content_type.unwrap_or_else(|| guessed.to_string()),
            name: file_name,
            stored: sandbox.storage().receive(part).await.map_err(not_stored)?,
        });
        return Ok(());
    }
    let text = read_text(part).await?;
    match name.as_str() {
        "roomId" => message.room_id = Some(text),
        "toPersonId" => message.to_person_id = Some(text),
        "toPersonEmail" => message.to_person_email = Some(text),
        "parentId" => message.parent_id = Some(text),
        "text" => message.words.text = Some(text),
        "markdown" => message.words.markdown = Some(text),
        "html" => message.words.html = Some(text),
        "files" => message.files.push(text),
        "attachments" => {
            let refused = || Problem::bad_request("attachments must be a JSON array.");
            message.attachments = serde_json::from_str(&text).map_err(|_| refused())?;
        }
        _ => {}
    }
    Ok(())
}

async fn read_text(mut part: Field<'_>) -> Result<String> {
    let mut bytes = Vec::new();
    while let Some(chunk) = part.chunk().await.map_err(|_| unreadable())? {
        Problem::bad_request("A text part of the multipart body is too long.")
            .when(bytes.len() + chunk.len() > MAX_TEXT_PART_BYTES)?;
        bytes.extend_from_slice(&chunk);
    }
    String::from_utf8(bytes).map_err(|_| unreadable())
}
