//! Messages: their form, who may see them, and who is notified.

pub(crate) mod html;
pub(crate) mod markdown;
pub(crate) mod post;

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::problem::{Problem, Result};
use crate::rows::{Happening, Message, MessageKey, PersonKey, Posted, Room};
use crate::rules::caller::Caller;
use crate::rules::events;
use crate::rules::messages::post::MAX_TEXT_BYTES;
use crate::rules::shown::{Shown, whole};
use crate::rules::webhooks::announce;
use crate::storage::NewFile;
use crate::world::World;

/// A message as it is sent, with the URLs of its files for the caller's host.
#[derive(Debug, Serialize)]
pub(crate) struct Sent {
    #[serde(flatten)]
    wire: Arc<Posted>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    files: Vec<String>,
}

pub(crate) fn sent(world: &World, message: &Message, base: &str) -> Sent {
    let urls = message.files.iter().map(|file| world.file_url(*file, base));
    let (wire, files) = (message.wire.clone(), urls.flatten().collect());
    Sent { wire, files }
}

/// The same as an object that can be changed.
pub(crate) fn show(world: &World, message: &Message, base: &str) -> Shown {
    whole(&sent(world, message, base))
}

fn record(world: &mut World, event: &'static str, actor: PersonKey, key: MessageKey) -> Result<()> {
    let message = world.messages.row(key)?;
    let files = world.files.all(&message.files);
    let mut files: Vec<String> = files.map(|(_, file)| file.id.clone()).collect();
    let mut wire = message.wire.clone();
    if event == "deleted" {
        // The event stays, but its text is removed.
        let wire = Arc::make_mut(&mut wire);
        (wire.text, wire.markdown, wire.html) = (None, None, None);
        wire.attachments = None;
        files.clear();
    }
    events::record(world, event, actor, Happening::Message(wire, files))
}

/// Records a change of a message, and notifies the webhooks of everyone who may see it.
pub(crate) fn announce_message(
    world: &mut World,
    event: &'static str,
    actor: PersonKey,
    key: MessageKey,
) -> Result<()> {
    record(world, event, actor, key)?;
    if world.webhooks.len() == 0 {
        return Ok(());
    }
    let message = world.messages.row(key)?;
    let room = world.rooms.row(message.room)?;
    let sees = |person: &PersonKey| world.sees(*person, message);
    let audience: Vec<PersonKey> = room.members.keys().copied().filter(sees).collect();
    announce(world, "messages", event, actor, &audience, |world| {
        let message = world.messages.get(key)?;
        let mut shown = show(world, message, &world.base);
        // Text that people wrote is encrypted, so a delivery does not have it.
        shown.retain(|name, _| !["text", "markdown", "html"].contains(&name.as_str()));
        if let Some(Value::Array(cards)) = shown.get_mut("attachments") {
            for card in cards {
                card["content"] = Value::Null;
            }
        }
        Some(shown)
    });
    Ok(())
}

/// The message, if the caller may see it.
pub(crate) fn seen<'w>(
    world: &'w World,
    caller: &Caller,
    id: &str,
) -> Result<(MessageKey, &'w Message)> {
    let missing = || Problem::not_found("Unable to get message.");
    let (key, message) = world.messages.named(id).ok_or_else(missing)?;
    missing().unless(world.shows(caller, message))?;
    Ok((key, message))
}

pub(crate) fn may_delete(world: &World, caller: &Caller, message: &Message, room: &Room) -> bool {
    message.author == caller.person
        || world.is_moderator(caller.person, room)
        || caller.may("spark-compliance:messages_write")
}

/// The text of a message: plain, in Markdown, which takes precedence over HTML, or in HTML.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Words {
    pub(crate) text: Option<String>,
    pub(crate) markdown: Option<String>,
    pub(crate) html: Option<String>,
}

impl Words {
    fn all(&self) -> impl Iterator<Item = &str> {
        let all = [&self.text, &self.markdown, &self.html];
        all.into_iter().flatten().map(String::as_str)
    }

    pub(crate) fn is_blank(&self) -> bool {
        self.all().all(|words| words.trim().is_empty())
    }

    /// Webex counts bytes of UTF-8, although its documentation says characters.
    pub(crate) fn check_length(&self) -> Result<()> {
        Problem::bad_request(
            "Unable to post message to room: Message length limited to 7439 characters before encryption and 10000 characters after encryption.",
        )
        .when(self.all().any(|words| words.len() > MAX_TEXT_BYTES))
    }
}

/// A message to post, before any rule was applied.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct NewMessage {
    pub(crate) room_id: Option<String>,
    pub(crate) to_person_id: Option<String>,
    pub(crate) to_person_email: Option<String>,
    pub(crate) parent_id: Option<String>,
    #[serde(flatten)]
    pub(crate) words: Words,
    pub(crate) files: Vec<String>,
    pub(crate) attachments: Vec<Value>,
    #[serde(skip)]
    pub(crate) uploads: Vec<NewFile>,
}
