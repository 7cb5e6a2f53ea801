//! Deletes a message, for everybody.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use webex::messages;

use crate::error::CallError;
use crate::tool::{Context, Policy, Question, Tool};

/// Deletes your own message, or as moderator any, for everybody; asks first. To change it:
/// webex-edit-message.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Arguments {
    /// Its id.
    message_id: String,
}

/// What became of it.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Deleted {
    deleted: bool,
}

/// As much of a message as a person needs to recognise it.
const SHOWN_MAX_CHARS: usize = 120;

#[derive(Debug)]
pub struct DeleteMessage;

impl Tool for DeleteMessage {
    const NAME: &'static str = "webex-delete-message";
    const TITLE: &'static str = "Delete a message";
    const POLICY: Policy = Policy {
        operations: &[&messages::DELETE, &messages::GET],
        ..Policy::DESTROY
    };

    type Arguments = Arguments;
    type Output = Deleted;

    async fn call(context: &Context, arguments: Arguments) -> Result<Deleted, CallError> {
        let id = &arguments.message_id;
        context.webex.messages().delete(id).await?;
        Ok(Deleted { deleted: true })
    }

    async fn question(context: &Context, arguments: &Arguments) -> Result<Question, CallError> {
        let message = context.webex.messages().get(&arguments.message_id).await?;
        let author = message.person_email.as_deref().unwrap_or("somebody");
        let posted = message.created.map(|time| format!(" at {time}"));
        let effect = format!(
            "This deletes the message that {author} posted{} for everybody; it cannot be undone.",
            posted.unwrap_or_default()
        );
        let shown = |text: &str| text.chars().take(SHOWN_MAX_CHARS).collect();
        Ok(Question::about(effect, message.text().map(shown)))
    }
}
