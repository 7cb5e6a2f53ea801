//! Deletes a message, for everybody.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use webex::{messages, rooms};

use crate::error::CallError;
use crate::tool::{Context, Policy, Question, Tool};

/// Deletes your own message, or as moderator any, for everybody; asks first. To change it:
/// webex-edit-message.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Arguments {
    /// Its id or link.
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
        operations: &[&messages::DELETE],
        courtesy: &[&messages::GET, &rooms::GET],
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
        let messages = context.webex.messages();
        let reading = messages.get(&arguments.message_id);
        let Some(message) = context.courtesy(reading).await? else {
            return Ok(Question::plain(
                "This deletes a message that this token may not read; it cannot be undone.",
            ));
        };
        let author = message.person_email.as_deref().unwrap_or("somebody");
        let posted = message.created.map(|time| format!(" at {time}"));
        let effect = format!(
            "This deletes the message that {author} posted{} for everybody; it cannot be undone.",
            posted.unwrap_or_default()
        );
        let space = match &message.room_id {
            Some(id) => context.courtesy(context.webex.rooms().get(id)).await?,
            None => None,
        };
        let title = space.as_ref().and_then(|space| space.title());
        let shown = |text: &str| text.chars().take(SHOWN_MAX_CHARS).collect::<String>();
        Ok(Question::plain(effect)
            .about("Space", title)
            .about("Message", message.text().map(shown)))
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
        let shown = &confirmation.about[1].name;
        assert_eq!(confirmation.about[0].name.as_str(), "Project Unicorn");
        assert_eq!(shown.as_str().chars().count(), SHOWN_MAX_CHARS);
        assert!(!confirmation.effect.contains("regretted"));

        let cases = [
            alice(it.clone())
                .refused(ConfirmationRequired, "confirmed first")
                .calls(2),
            bob(it.clone()).confirmed().refused(Forbidden, "").calls(3),
            alice(it.clone())
                .confirmed()
                .answers(json!({"deleted": true}))
                .calls(3),
            alice(it.clone()).refused(NotFound, "").calls(1),
            alice(json!({})).refused(InvalidArguments, "`messageId`"),
            alice(json!({"messageId": sent["id"], "confirmationToken": "made up"}))
                .refused(InvalidArguments, "confirmation"),
        ];
        check::<DeleteMessage>(&world, cases).await;
    }
}
