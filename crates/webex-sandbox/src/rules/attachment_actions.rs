//! The entries of people in the cards of messages.

use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::problem::{Problem, Result};
use crate::rows::{ActionKey, AttachmentAction, Happening, PersonKey, moment};
use crate::rules::events;
use crate::rules::shown::{Shown, shown};
use crate::rules::webhooks::announce;
use crate::world::World;

/// Entries in one card: one a second for hours.
const MAX_ACTIONS_PER_MESSAGE: usize = 10_000;

pub(crate) fn show(world: &World, action: &AttachmentAction) -> Shown {
    let person = world.people.get(action.person);
    let message = world.messages.get(action.message);
    shown(json!({
        "id": action.id,
        "personId": person.map(|person| &person.id),
        "roomId": message.and_then(|message| message.wire.room_id.as_ref()),
        "type": "submit",
        "messageId": message.map(|message| &message.id),
        "inputs": action.inputs,
        "created": moment::text(action.created),
    }))
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Create {
    #[serde(rename = "type")]
    kind: Option<String>,
    message_id: Option<String>,
    inputs: Option<Map<String, Value>>,
}

pub(crate) fn submit(world: &mut World, person: PersonKey, new: Create) -> Result<ActionKey> {
    Problem::bad_request("type must be submit.").when(new.kind.as_deref() != Some("submit"))?;
    let id = Problem::required(new.message_id.as_deref(), "messageId")?;
    let needed = || Problem::bad_request("inputs are required.");
    let inputs = new.inputs.ok_or_else(needed)?;
    let missing = || Problem::not_found("Could not find a message with provided ID.");
    let (message_key, message) = world.messages.named(id).ok_or_else(missing)?;
    // A compliance officer reads every card, but fills in only those of their own rooms.
    missing().unless(world.sees(person, message))?;
    Problem::bad_request("The message has no card.").when(message.wire.attachments.is_none())?;
    Problem::full().when(message.actions.len() >= MAX_ACTIONS_PER_MESSAGE)?;
    let author = message.author;
    let created = world.now;
    let key = world.actions.insert_with(|id| AttachmentAction {
        id,
        person,
        message: message_key,
        inputs,
        created,
    })?;
    world.messages.row_mut(message_key)?.actions.push(key);
    tell(world, person, author, key)?;
    Ok(key)
}

/// Notifies the webhooks of the person who posted the card, without the entered values, which are
/// encrypted.
fn tell(world: &mut World, actor: PersonKey, author: PersonKey, key: ActionKey) -> Result<()> {
    let (resource, event) = ("attachmentActions", "created");
    let shown = show(world, world.actions.row(key)?);
    let mut told = shown.clone();
    told.remove("inputs");
    events::record(world, event, actor, Happening::AttachmentAction(shown))?;
    announce(world, resource, event, actor, &[author], |_| Some(told));
    Ok(())
}
