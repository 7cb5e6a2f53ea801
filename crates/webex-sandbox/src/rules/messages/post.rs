//! Posting and editing: the rules for a message's content and destination, and the result.

use std::sync::Arc;

use serde_json::Value;

use crate::problem::{Problem, Result};
use crate::rows::{
    Attachment, FileKey, Message, MessageKey, PersonKey, Posted, Room, RoomKey, RoomKind,
};
use crate::rules::contents::remote;
use crate::rules::messages::markdown::{self, Mention, Mentioned};
use crate::rules::messages::{NewMessage, Words, announce_message, html, record};
use crate::rules::rooms::{direct, known_direct};
use crate::storage::Storage;
use crate::world::World;

/// Bytes of each form of a message's text.
pub(crate) const MAX_TEXT_BYTES: usize = 7439;

/// Edits of one message.
pub(crate) const MAX_EDITS: u32 = 10;

/// The only kind of attachment.
const CARD_TYPE: &str = "application/vnd.microsoft.card.adaptive";

/// The part of a message that follows from its words, and the people whom it mentions.
type Content = (Posted, Vec<PersonKey>);

/// The destination of a message: a room, or a person without a direct room yet.
#[derive(Debug, Clone, Copy)]
enum Destination {
    Room(RoomKey),
    Newcomer(PersonKey),
}

/// Posts a message; for a person, opens the direct room if there is none.
pub(crate) fn post(
    world: &mut World,
    storage: &Storage,
    author: PersonKey,
    mut new: NewMessage,
) -> Result<MessageKey> {
    check_content(&new)?;
    let destination = destination(world, author, &new)?;
    let room = match destination {
        Destination::Room(room) => Some(world.rooms.row(room)?),
        Destination::Newcomer(_) => None,
    };
    if let Some(room) = room {
        check_may_post(world, author, room)?;
    }
    let parent = thread_root(world, destination, new.parent_id.as_deref())?;
    let content = render(world, room, std::mem::take(&mut new.words));
    let attachments = cards(std::mem::take(&mut new.attachments))?;
    let remote = new.files.iter().map(|url| remote(storage, url));
    let mut files = remote.collect::<Result<Vec<_>, _>>()?;
    files.append(&mut new.uploads);
    // Nothing is refused from here on.
    let room_key = match destination {
        Destination::Room(room) => room,
        Destination::Newcomer(person) => direct(world, author, person)?,
    };
    let files = files.into_iter().map(|file| world.add_file(file));
    let files = files.collect::<Result<Vec<FileKey>, _>>()?;
    let key = insert(world, author, room_key, parent, files, content, attachments)?;
    announce_message(world, "created", author, key)?;
    Ok(key)
}

fn destination(world: &World, author: PersonKey, new: &NewMessage) -> Result<Destination> {
    let (id, email) = (new.to_person_id.as_deref(), new.to_person_email.as_deref());
    match (&new.room_id, id, email) {
        (Some(room), None, None) => world.own_room(author, room).map(Destination::Room),
        (None, Some(_), None) | (None, None, Some(_)) => {
            let person = world.person_named(id, email)?;
            Problem::bad_request("You cannot send a message to yourself.")
                .when(person == author)?;
            let room = known_direct(world, author, person);
            Ok(room.map_or(Destination::Newcomer(person), Destination::Room))
        }
        _ => Err(Problem::bad_request(
            "Message destination could not be determined. Provide only one destination in the roomId, toPersonEmail, or toPersonId field",
        )),
    }
}

fn check_content(new: &NewMessage) -> Result<()> {
    new.words.check_length()?;
    let files = new.files.len() + new.uploads.len();
    Problem::bad_request("Both text and file cannot be empty.")
        .when(new.words.is_blank() && files == 0 && new.attachments.is_empty())?;
    Problem::bad_request("Only one file is allowed per message.").when(files > 1)?;
    Problem::bad_request("Only one card is allowed per message.").when(new.attachments.len() > 1)
}

fn check_may_post(world: &World, author: PersonKey, room: &Room) -> Result<()> {
    Problem::forbidden("The space is read-only.").when(room.is_read_only)?;
    Problem::forbidden("Only moderators may post in an announcement space.")
        .when(room.is_announcement_only && !world.is_moderator(author, room))
}

/// The message at the start of a thread: in the same room, and not a reply itself.
fn thread_root(
    world: &World,
    destination: Destination,
    parent_id: Option<&str>,
) -> Result<Option<MessageKey>> {
    let Some(id) = parent_id else {
        return Ok(None);
    };
    let refused = || Problem::bad_request("parentId must be a message of the same room.");
    let (key, parent) = world.messages.named(id).ok_or_else(refused)?;
    refused().unless(matches!(destination, Destination::Room(room) if room == parent.room))?;
    Problem::bad_request("parentId must not be a reply: answer the first message of the thread.")
        .when(parent.parent.is_some())?;
    Ok(Some(key))
}

fn cards(attachments: Vec<Value>) -> Result<Vec<Attachment>> {
    let cards = attachments.into_iter().map(|mut attachment| {
        let (kind, card) = (&attachment["contentType"], &attachment["content"]);
        Problem::bad_request("attachments must hold one Adaptive Card.")
            .unless(kind == CARD_TYPE && card["type"] == "AdaptiveCard")?;
        Ok(Attachment {
            content_type: CARD_TYPE.to_owned(),
            content: attachment["content"].take(),
        })
    });
    cards.collect()
}

/// Nobody can be mentioned in a direct room, or before the room exists.
fn render(world: &World, room: Option<&Room>, words: Words) -> Content {
    let room = room.filter(|room| room.kind == RoomKind::Group);
    let markdown = words
        .markdown
        .filter(|markdown| !markdown.trim().is_empty());
    let Some(markdown) = markdown else {
        let html = words.html.filter(|html| !html.trim().is_empty());
        let content = Posted {
            text: words.text.or_else(|| html.as_deref().map(html::plain)),
            html,
            ..Posted::default()
        };
        return (content, Vec::new());
    };
    let (mut mentioned, mut mentions_all) = (Vec::new(), false);
    let rendered = markdown::render(&markdown, |mention| {
        let room = room?;
        let key = match mention {
            Mention::All => {
                mentions_all = true;
                return Some(Mentioned::Everyone);
            }
            Mention::PersonId(id) => world.people.find(id)?,
            Mention::PersonEmail(email) => world.person_by_email(email)?,
        };
        let person = world.people.get(key)?;
        if !room.members.contains_key(&key) {
            return None;
        }
        if !mentioned.contains(&key) {
            mentioned.push(key);
        }
        let (id, name) = (person.id.clone(), person.display_name.clone());
        Some(Mentioned::Person { id, name })
    });
    let people = mentioned.iter().filter_map(|key| world.people.get(*key));
    let ids: Vec<String> = people.map(|person| person.id.clone()).collect();
    let content = Posted {
        text: words.text.or(Some(rendered.text)),
        markdown: Some(markdown),
        html: Some(rendered.html),
        mentioned_people: (!ids.is_empty()).then_some(ids),
        mentioned_groups: mentions_all.then(|| vec!["all".to_owned()]),
        ..Posted::default()
    };
    (content, mentioned)
}

fn insert(
    world: &mut World,
    author: PersonKey,
    room_key: RoomKey,
    parent: Option<MessageKey>,
    files: Vec<FileKey>,
    (content, mentioned): Content,
    attachments: Vec<Attachment>,
) -> Result<MessageKey> {
    let now = world.now;
    let (room, person) = (world.rooms.row(room_key)?, world.people.row(author)?);
    let mut wire = Posted {
        room_id: Some(room.id.clone()),
        room_type: Some(room.kind.as_str().to_owned()),
        parent_id: parent.and_then(|key| Some(world.messages.get(key)?.id.clone())),
        person_id: Some(person.id.clone()),
        person_email: Some(person.email.clone()),
        attachments: (!attachments.is_empty()).then_some(attachments),
        created: Some(now),
        ..content
    };
    let key = world.messages.insert_with(|id| {
        wire.id = id.clone();
        Message {
            id,
            room: room_key,
            author,
            parent,
            replies: Vec::new(),
            mentioned,
            files: files.clone(),
            actions: Vec::new(),
            edits: 0,
            created: now,
            wire: Arc::new(wire),
        }
    })?;
    for file in files {
        world.files.row_mut(file)?.message = Some(key);
    }
    world.people.row_mut(author)?.last_activity = now;
    world.rooms.row_mut(room_key)?.last_activity = now;
    world.link_message(key, &[]).ok_or_else(Problem::vanished)?;
    Ok(key)
}

pub(crate) fn edit(
    world: &mut World,
    author: PersonKey,
    key: MessageKey,
    words: Words,
) -> Result<()> {
    words.check_length()?;
    Problem::bad_request("text or markdown is required.").when(words.is_blank())?;
    let message = world.messages.row(key)?;
    let room = world.rooms.row(message.room)?;
    Problem::forbidden("Only the author may edit a message.").when(message.author != author)?;
    check_may_post(world, author, room)?;
    Problem::bad_request("Messages with files or attachments cannot be edited.")
        .when(!message.files.is_empty() || message.wire.attachments.is_some())?;
    Problem::bad_request("A message can be edited at most 10 times.")
        .when(message.edits >= MAX_EDITS)?;
    let (content, mentioned) = render(world, Some(room), words);
    let wire = Posted {
        text: content.text,
        markdown: content.markdown,
        html: content.html,
        mentioned_people: content.mentioned_people,
        mentioned_groups: content.mentioned_groups,
        updated: Some(world.now),
        ..Posted::clone(&message.wire)
    };
    let message = world.messages.row_mut(key)?;
    message.edits += 1;
    message.wire = Arc::new(wire);
    let before = std::mem::replace(&mut message.mentioned, mentioned);
    let linked = world.link_message(key, &before);
    linked.ok_or_else(Problem::vanished)?;
    record(world, "updated", author, key)
}
