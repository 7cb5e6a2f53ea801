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

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::error::Code::{ConfirmationRequired, Forbidden, InvalidArguments, NotFound};
    use crate::error::Details;
    use crate::tools::check::{World, alice, bob, check};

    #[tokio::test]
    async fn deletes_what_was_confirmed() {
        let world = World::new();
        let room = world.space("Project Unicorn").await;
        let words = json!({"roomId": room, "text": "regretted ".repeat(20)});
        let sent = world.facts("alice", "webex-create-message", words).await;
        let it = json!({"messageId": sent["id"]});

        let asked = world.call("alice", DeleteMessage::NAME, it.clone()).await;
        let details = asked.unwrap_err().details.unwrap();
        let Details::Confirmation(confirmation) = *details else {
            panic!("nothing to confirm");
        };
        assert!(confirmation.effect.contains("alice@example.com"));
        let shown = confirmation.name.unwrap();
        assert_eq!(shown.as_str().chars().count(), SHOWN_MAX_CHARS);
        assert!(!confirmation.effect.contains("regretted"));

        let cases = [
            alice(it.clone())
                .refused(ConfirmationRequired, "cannot be undone")
                .calls(1),
            bob(it.clone()).confirmed().refused(Forbidden, "").calls(2),
            alice(it.clone())
                .confirmed()
                .answers(json!({"deleted": true}))
                .calls(2),
            alice(it.clone()).refused(NotFound, "").calls(1),
            alice(json!({})).refused(InvalidArguments, "`messageId`"),
            alice(json!({"messageId": sent["id"], "confirmationToken": "made up"}))
                .refused(InvalidArguments, "confirmation"),
        ];
        check::<DeleteMessage>(&world, cases).await;
    }
}
