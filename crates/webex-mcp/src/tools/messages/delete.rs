//! Deletes a message, for everybody.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use webex::{messages, people, rooms};

use super::asked::{deletion, space_of};
use crate::error::CallError;
use crate::tool::{Context, Policy, Question, ShortId, Theirs, Tool};

/// Deletes (removes, takes down, gets rid of) one message, post, comment or announcement for
/// everybody: your own, or another's in a space that you moderate. The user confirms first. To
/// correct it: webex-edit-message.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Arguments {
    /// The message: its id or link.
    message_id: String,
}

/// What became of it.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Deleted {
    pub(super) deleted: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) from: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) created: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) space: Option<Theirs>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) room_id: Option<ShortId>,
}

const UNREAD: &str =
    "Delete a message that this token may not read, for everybody? This cannot be undone.";

#[derive(Debug)]
pub struct DeleteMessage;

impl Tool for DeleteMessage {
    const NAME: &'static str = "webex-delete-message";
    const TITLE: &'static str = "Delete a message";
    const POLICY: Policy = Policy {
        operations: &[&messages::DELETE],
        courtesy: &[&messages::GET, &people::ME, &rooms::GET],
        ..Policy::DESTROY
    };

    type Arguments = Arguments;
    type Output = Deleted;

    async fn call(context: &Context, arguments: Arguments) -> Result<Deleted, CallError> {
        let (id, messages) = (&arguments.message_id, context.webex.messages());
        let message = context.best_effort(messages.get(id)).await;
        messages.delete(id).await?;
        let message = message.unwrap_or_default();
        let space = space_of(context, &message).await;
        Ok(Deleted {
            deleted: true,
            from: message.person_email,
            created: message.created.map(|time| time.to_string()),
            space,
            room_id: message.room_id.map(ShortId::from),
        })
    }

    async fn question(
        context: &Context,
        arguments: &Arguments,
    ) -> Result<Option<Question>, CallError> {
        let messages = context.webex.messages();
        let reading = messages.get(&arguments.message_id);
        let Some(message) = context.courtesy(reading).await? else {
            return Ok(Some(Question::new(UNREAD)));
        };
        let space = match &message.room_id {
            Some(id) => context.courtesy(context.webex.rooms().get(id)).await?,
            None => None,
        };
        let title = space.as_ref().and_then(|space| space.title());
        let is_own = context.is_me(message.person_id.as_deref()).await;
        Ok(Some(deletion(&message, title, is_own)))
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
        let question = confirmation.question.as_str();
        let start = "Delete your message in the space “Project Unicorn” on 2026-01-05 at 09:00 UTC: “regretted ";
        assert!(question.starts_with(start), "{question}");
        assert!(
            question.ends_with("…”, for everybody? This cannot be undone."),
            "{question}"
        );

        let cases = [
            alice(it.clone())
                .refused(ConfirmationRequired, "confirmed first")
                .calls(3),
            bob(it.clone()).confirmed().refused(Forbidden, "").calls(5),
            alice(it.clone())
                .confirmed()
                .answers(json!({"deleted": true, "from": "alice@example.com", "created": "*", "space": "Project Unicorn", "roomId": room}))
                .calls(6),
            alice(it.clone()).refused(NotFound, "").calls(1),
            alice(json!({})).refused(InvalidArguments, "`messageId`"),
            alice(json!({"messageId": sent["id"], "confirmationToken": "made up"}))
                .refused(InvalidArguments, "confirmation"),
        ];
        check::<DeleteMessage>(&world, cases).await;
    }
}
