//! Replaces the words of a message of one's own.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use webex::messages;

use super::advised;
use super::writing::Words;
use crate::error::CallError;
use crate::tool::{Context, Policy, Tool};

/// Rewrites your own message: at most ten times, none with files or a card. Without roomId it is
/// read first. To add something: webex-create-thread-reply.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Arguments {
    /// Its id.
    message_id: String,
    /// Its space's id, link or name.
    room_id: Option<String>,
    /// Plain text.
    text: Option<String>,
    /// Markdown.
    markdown: Option<String>,
}

/// What became of it.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Edited {
    #[serde(skip_serializing_if = "Option::is_none")]
    updated: Option<String>,
}

const REFUSED: &str = "Webex edits only your own messages, at most ten times each, and none with files or a card; roomId has to be its space. Post a new message or a reply instead.";

#[derive(Debug)]
pub struct EditMessage;

impl Tool for EditMessage {
    const NAME: &'static str = "webex-edit-message";
    const TITLE: &'static str = "Edit a message";
    const POLICY: Policy = Policy {
        operations: &[&messages::EDIT, &messages::GET],
        ..Policy::WRITE
    };

    type Arguments = Arguments;
    type Output = Edited;

    async fn call(context: &Context, arguments: Arguments) -> Result<Edited, CallError> {
        let Words { text, markdown } = Words::new(arguments.text, arguments.markdown)?;
        if text.is_none() && markdown.is_none() {
            return Err(CallError::invalid("text", "give the new text or markdown"));
        }
        let id = &arguments.message_id;
        let room_id = match arguments.room_id {
            Some(room_id) => room_id,
            None => context
                .webex
                .messages()
                .get(id)
                .await?
                .room_id
                .ok_or_else(|| {
                    CallError::invalid("roomId", "Webex does not say which space it is in; name it")
                })?,
        };
        let edit = messages::EditMessage {
            room_id,
            text,
            markdown,
        };
        let edited = context.webex.messages().edit(id, &edit).await;
        let edited = edited.map_err(|error| advised(error, REFUSED))?;
        Ok(Edited {
            updated: edited.updated.map(|time| time.to_string()),
        })
    }
}
