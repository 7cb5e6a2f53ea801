//! Messages: what they look like in answers, and how they are written.

mod create;
pub mod writing;

use schemars::JsonSchema;
use serde::Serialize;

use crate::tool::Entry;

pub const TOOLS: &[Entry] = &[Entry::of::<create::CreateMessage>()];

/// A message as an answer tells it.
#[derive(Debug, Default, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Message {
    pub id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub room_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parent_id: Option<String>,
    /// The author's e-mail address.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub created: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub updated: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// File URLs.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub files: Vec<String>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub has_card: bool,
}

impl Message {
    /// The facts of Webex's message; `known_room` is left out, it was in the question.
    pub fn of(message: webex::messages::Message, known_room: Option<&str>) -> Self {
        // Markdown keeps links and mentions; the plain text is what is left where there is none.
        let text = message.markdown().or(message.text()).map(str::to_owned);
        Message {
            id: message.id,
            room_id: message.room_id.filter(|id| known_room != Some(id)),
            parent_id: message.parent_id,
            from: message.person_email,
            created: message.created.map(|time| time.to_string()),
            updated: message.updated.map(|time| time.to_string()),
            text,
            files: message.files.unwrap_or_default(),
            has_card: message.attachments.is_some_and(|cards| !cards.is_empty()),
        }
    }
}

/// Where and what a sent message is: enough to answer, edit or delete it.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Sent {
    pub id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub room_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub created: Option<String>,
}

impl Sent {
    pub fn of(message: webex::messages::Message) -> Self {
        Sent {
            id: message.id,
            room_id: message.room_id,
            created: message.created.map(|time| time.to_string()),
        }
    }
}
