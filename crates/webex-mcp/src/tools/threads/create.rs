//! Replies in a thread.

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Map, Value};
use webex::messages::{self, Destination};

use crate::error::CallError;
use crate::tool::{Context, Policy, Tool};
use crate::tools::messages::writing::{Words, cards, public_file};
use crate::tools::messages::{NOT_A_THREAD, Sent, advised};

/// Replies in a thread. To read it: webex-get-thread.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Arguments {
    /// Id, link or name.
    room_id: String,
    /// Thread's first message.
    parent_id: String,
    /// Plain text.
    text: Option<String>,
    /// Markdown; mention: <@personEmail:a@b.c>, <@all>.
    markdown: Option<String>,
    /// One public URL.
    #[schemars(length(max = 1))]
    files: Option<Vec<String>>,
    /// One Adaptive Card (1.3).
    #[schemars(length(max = 1))]
    attachments: Option<Vec<Map<String, Value>>>,
}

#[derive(Debug)]
pub struct CreateThreadReply;

impl Tool for CreateThreadReply {
    const NAME: &'static str = "webex-create-thread-reply";
    const TITLE: &'static str = "Reply in a thread";
    const POLICY: Policy = Policy {
        operations: &[&messages::CREATE],
        ..Policy::WRITE
    };

    type Arguments = Arguments;
    type Output = Sent;

    async fn call(context: &Context, arguments: Arguments) -> Result<Sent, CallError> {
        let words = Words::new(arguments.text, arguments.markdown)?;
        let message = messages::CreateMessage {
            parent_id: Some(arguments.parent_id),
            text: words.text,
            markdown: words.markdown,
            files: public_file(arguments.files)?,
            attachments: cards(arguments.attachments)?,
            ..messages::CreateMessage::to(Destination::Room(arguments.room_id))
        };
        let sent = context.webex.messages().create(&message).await;
        let sent = sent.map_err(|error| advised(error, NOT_A_THREAD))?;
        Ok(Sent::of(sent))
    }
}
