//! Replaces the words of a message of one's own.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use webex::{memberships, messages, rooms};

use super::not_edited;
use super::writing::{Mentioned, Words};
use crate::error::CallError;
use crate::tool::{Context, Policy, Theirs, Tool};

/// Edits (changes) a message that you sent or posted: corrects a typo, mistake or wrong word, or
/// rewrites what you wrote. Webex allows 10 edits, and none with a file or a card.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Arguments {
    /// The message: its id or link.
    message_id: String,
    /// The space that it is in: id, link or title; found out without it.
    room_id: Option<String>,
    /// Plain text.
    text: Option<String>,
    /// Text in Markdown.
    markdown: Option<String>,
}

/// What became of it.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Edited {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) space: Option<Theirs>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) updated: Option<String>,
    #[serde(flatten)]
    pub(super) mentioned: Mentioned,
}

const REFUSED: &str = "Webex edits only your own messages, at most ten times each, and none with files or a card; roomId has to be its space. Post a new message or a reply instead.";

#[derive(Debug)]
pub struct EditMessage;

impl Tool for EditMessage {
    const NAME: &'static str = "webex-edit-message";
    const TITLE: &'static str = "Edit a message";
    const POLICY: Policy = Policy {
        operations: &[&messages::EDIT, &messages::GET],
        courtesy: &[&memberships::LIST, &rooms::GET],
        ..Policy::WRITE
    };

    type Arguments = Arguments;
    type Output = Edited;

    async fn call(context: &Context, arguments: Arguments) -> Result<Edited, CallError> {
        let words = Words::new(arguments.text, arguments.markdown)?;
        if words.text.is_none() && words.markdown.is_none() {
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
        let written = words.written(context, Some(&room_id)).await?;
        let edit = messages::EditMessage {
            room_id,
            text: written.text,
            markdown: written.markdown,
        };
        let messages = context.webex.messages();
        let title = context.space_title(Some(&edit.room_id));
        let (edited, space) = tokio::join!(messages.edit(id, &edit), title);
        let edited = edited.map_err(|error| not_edited(error, REFUSED))?;
        Ok(Edited {
            space,
            mentioned: written.mentions.told(context, &edited).await,
            updated: edited.updated.map(|time| time.to_string()),
        })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::error::Code::{Forbidden, InvalidArguments, NotFound};
    use crate::tools::check::{World, alice, bob, check, whole, with};

    async fn posted(world: &World, words: Value) -> String {
        let sent = world.facts("alice", "webex-create-message", words).await;
        whole("MESSAGE", &sent["id"])
    }

    #[tokio::test]
    async fn rewrites_what_one_wrote() {
        let world = World::new();
        let room = world.space("Project Unicorn").await;
        let id = posted(&world, json!({"roomId": room, "text": "frist"})).await;
        let edit = json!({"messageId": id, "roomId": room});
        let edited = json!({"space": "Project Unicorn", "updated": "*"});
        let nowhere = webex::id::encode("us", "MESSAGE", uuid::Uuid::nil());
        let cases = [
            alice(with(edit.clone(), "text", "first"))
                .answers(edited.clone())
                .calls(2),
            alice(json!({"messageId": id, "markdown": "**first**"}))
                .answers(edited)
                .calls(3),
            alice(edit.clone()).refused(InvalidArguments, "`text`"),
            alice(with(edit.clone(), "text", "")).refused(InvalidArguments, "`text`"),
            alice(with(edit.clone(), "html", "<b>x</b>")).refused(InvalidArguments, "`html`"),
            alice(with(edit.clone(), "text", "x".repeat(7_440)))
                .refused(InvalidArguments, "`text`: it may have at most 7439"),
            alice(json!({"roomId": room, "text": "x"})).refused(InvalidArguments, "`messageId`"),
            bob(with(edit, "text", "mine now"))
                .refused(Forbidden, "")
                .calls(2),
            alice(json!({"messageId": room, "text": "x"})).refused(
                InvalidArguments,
                "`messageId`: this is not the id of a message",
            ),
            alice(json!({"messageId": nowhere, "text": "x"}))
                .refused(NotFound, "")
                .calls(1),
        ];
        check::<EditMessage>(&world, cases).await;
        let read = world.client("alice").messages().get(&id).await.unwrap();
        assert_eq!(read.markdown(), Some("**first**"));
    }

    #[tokio::test]
    async fn says_what_webex_does_not_edit() {
        let world = World::new();
        let room = world.space("Project Unicorn").await;
        let file = json!({"roomId": room, "files": ["https://example.com/a"]});
        let with_file = posted(&world, file).await;
        let often = posted(&world, json!({"roomId": room, "text": "0"})).await;
        for count in 1..=10 {
            let edit = json!({"messageId": often, "roomId": room, "text": count.to_string()});
            world.facts("alice", EditMessage::NAME, edit).await;
        }
        for id in [with_file, often] {
            let edit = json!({"messageId": id, "roomId": room, "text": "x"});
            let refused = world.call("alice", EditMessage::NAME, edit).await;
            assert_eq!(refused.unwrap_err().advice, REFUSED);
        }
    }
}
