//! Deletes a message, for everybody.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use webex::{memberships, messages, people, rooms};

use super::asked::{question, space_of};
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

#[derive(Debug)]
pub struct DeleteMessage;

impl Tool for DeleteMessage {
    const NAME: &'static str = "webex-delete-message";
    const TITLE: &'static str = "Delete a message";
    const POLICY: Policy = Policy {
        operations: &[&messages::DELETE],
        courtesy: &[&messages::GET, &people::ME, &rooms::GET, &memberships::LIST],
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
        question(context, &arguments.message_id).await.map(Some)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::error::Code::{ConfirmationRequired, Forbidden, InvalidArguments, NotFound};
    use crate::error::Details;
    use crate::tools::check::{World, alice, bob, by, check, with};

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
            bob(it.clone()).confirmed().refused(Forbidden, "").calls(6),
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

    #[tokio::test]
    async fn nobody_is_asked_about_what_webex_will_refuse() {
        let world = World::of_plain_tokens();
        let sent = |to: Value| world.facts("alice", "webex-create-message", with(to, "text", "hi"));
        let plain = sent(json!({"roomId": world.space("Project Unicorn").await})).await;
        let direct = sent(json!({"toPersonEmail": "bob@example.com"})).await;
        let moderated = sent(json!({"roomId": world.space("Leadership").await})).await;
        let of = |sent: &Value| json!({"messageId": sent["id"]});
        check::<DeleteMessage>(
            &world,
            [
                bob(of(&plain))
                    .refused(Forbidden, "only its author and the moderators")
                    .calls(4),
                bob(of(&direct))
                    .refused(Forbidden, "only its author may")
                    .calls(3),
                by("harold", of(&moderated))
                    .confirmed()
                    .answers(json!({"deleted": true})),
                alice(of(&plain))
                    .confirmed()
                    .answers(json!({"deleted": true})),
            ],
        )
        .await;
    }

    #[tokio::test]
    async fn the_question_says_who_may_where_more_rights_are_possible() {
        let world = World::new();
        let words = json!({"roomId": world.space("Project Unicorn").await, "text": "hi"});
        let sent = world.facts("alice", "webex-create-message", words).await;
        let it = json!({"messageId": sent["id"]});
        let asked = world.question("bob", DeleteMessage::NAME, it.clone()).await;
        let who = "Webex allows it only to its author and the moderators of the space, or with more rights from the organization.";
        assert!(asked.ends_with(who), "{asked}");
        let asked = world.question("alice", DeleteMessage::NAME, it).await;
        assert!(!asked.contains("only"), "{asked}");
    }
}
