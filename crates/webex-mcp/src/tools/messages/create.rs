//! Posts a message: to a space, or to a person directly.

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;
use webex::messages::{self, Attachment};

use super::Sent;
use super::writing::{Words, destination};
use crate::error::CallError;
use crate::tool::{Context, Policy, Tool};

/// Posts a message to a space or a person. With parentId it is a reply in that thread. Files by
/// public URL; local bytes: webex-upload-file.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Arguments {
    /// Space: id, link or name.
    room_id: Option<String>,
    /// Person: id or name.
    to_person_id: Option<String>,
    /// Person's e-mail address.
    #[schemars(extend("format" = "email"))]
    to_person_email: Option<String>,
    /// Plain text, or the fallback of a card.
    text: Option<String>,
    /// Markdown; mention with <@personEmail:a@b.c> or <@all>.
    markdown: Option<String>,
    /// Reduced to markdown.
    html: Option<String>,
    /// One public URL.
    #[schemars(length(max = 1))]
    files: Option<Vec<String>>,
    /// One Adaptive Card (its JSON, version up to 1.3).
    #[schemars(length(max = 1))]
    attachments: Option<Vec<serde_json::Map<String, Value>>>,
    /// Message to reply to.
    parent_id: Option<String>,
}

pub struct CreateMessage;

impl Tool for CreateMessage {
    const NAME: &'static str = "webex-create-message";
    const TITLE: &'static str = "Send a message";
    const POLICY: Policy = Policy {
        operations: &[&messages::CREATE],
        ..Policy::WRITE
    };

    type Arguments = Arguments;
    type Output = Sent;

    async fn call(context: &Context, arguments: Arguments) -> Result<Sent, CallError> {
        let to = destination(
            arguments.room_id,
            arguments.to_person_id,
            arguments.to_person_email,
        )?;
        let words = Words::new(arguments.text, arguments.markdown, arguments.html)?;
        let message = messages::CreateMessage {
            parent_id: arguments.parent_id,
            text: words.text,
            markdown: words.markdown,
            files: arguments.files.unwrap_or_default().into_iter().next(),
            attachments: arguments
                .attachments
                .unwrap_or_default()
                .into_iter()
                .map(card)
                .collect(),
            ..messages::CreateMessage::to(to)
        };
        Ok(Sent::of(context.webex.messages().create(&message).await?))
    }
}

/// A card may come bare or already wrapped as Webex wants it.
fn card(mut card: serde_json::Map<String, Value>) -> Attachment {
    let content = match card.remove("content") {
        Some(content) if card.contains_key("contentType") => content,
        _ => Value::Object(card),
    };
    Attachment {
        content_type: "application/vnd.microsoft.card.adaptive".into(),
        content,
    }
}
