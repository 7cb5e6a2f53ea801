//! Fills in and submits the card of a message.

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Map, Value};
use webex::attachment_actions::{self, CreateAttachmentAction};
use webex::{messages, rooms};

use super::form::filled;
use super::{Submitted, shown};
use crate::error::CallError;
use crate::limits::CARD_VALUES_MAX;
use crate::tool::{Context, Policy, Question, ShortId, Tool};

/// Answers, as you, a card that is already there (somebody's form, poll or request): sends your
/// inputs and presses its button. Unfit inputs are refused with a list of fitting ones. Answers the
/// id of what was entered. To make a card: webex-send-card.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Arguments {
    /// The message with the card.
    message_id: String,
    /// Values by the ids of the card's inputs, and of the button where it has several, such as
    /// {"rating": "5"}; a date like 2026-01-05, a toggle "true" or "false".
    inputs: Map<String, Value>,
}

pub struct SubmitCard;

impl Tool for SubmitCard {
    const NAME: &'static str = "webex-submit-card";
    const TITLE: &'static str = "Fill in and submit a card";
    const POLICY: Policy = Policy {
        operations: &[&attachment_actions::CREATE],
        courtesy: &[&messages::GET, &rooms::GET],
        ..Policy::WRITE
    };

    type Arguments = Arguments;
    type Output = Submitted;

    async fn call(context: &Context, arguments: Arguments) -> Result<Submitted, CallError> {
        let id = arguments.message_id;
        let (message, inputs) = filled(context, &id, arguments.inputs).await?;
        let action = CreateAttachmentAction::submit(id, inputs);
        let made = context.webex.attachment_actions().create(&action).await?;
        let room_id = made.room_id.or_else(|| message.as_ref()?.room_id.clone());
        Ok(Submitted {
            id: made.id.map(ShortId::from).unwrap_or_default(),
            space: context.space_title(room_id.as_deref()).await,
            room_id: room_id.map(ShortId::from),
            card_from: message.and_then(|message| message.person_email),
            created: made.created.map(|time| time.to_string()),
        })
    }

    async fn question(
        context: &Context,
        arguments: &Arguments,
    ) -> Result<Option<Question>, CallError> {
        let inputs = arguments.inputs.clone();
        let (message, inputs) = filled(context, &arguments.message_id, inputs).await?;
        let message = message.unwrap_or_default();
        let space = context.space_title(message.room_id.as_deref()).await;
        let question = Question::new("Submit the card of ")
            .person(None::<&str>, message.person_email.as_deref())
            .named(" in the space", space)
            .and("? It says:");
        let told = inputs.iter().take(CARD_VALUES_MAX);
        Ok(Some(told.fold(question, |question, (id, value)| {
            let question = question.and(" ").quote(id.as_str()).and(": ");
            question.quote(shown(value)).and(".")
        })))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use webex_sandbox::Fault;

    use super::*;
    use crate::error::Code::{InvalidArguments, NotFound};
    use crate::tools::check::{World, alice, bob, by, check, whole, with};

    async fn poll(world: &World) -> Value {
        let card = json!({"roomId": world.space("Project Unicorn").await, "title": "Lunch?",
            "inputs": [
                {"id": "dish", "label": "Which dish?", "kind": "choice", "choices": ["Soup", "Pie"], "isRequired": true},
                {"id": "note", "label": "Note", "kind": "text"}],
            "buttons": [{"title": "Send", "data": {"poll": 7}}]});
        let sent = world.facts("alice", "webex-send-card", card).await;
        json!({"messageId": sent["id"]})
    }

    #[tokio::test]
    async fn values_are_held_against_the_card_and_submitted() {
        let world = World::new();
        let poll = poll(&world).await;
        let say = |inputs: Value| with(poll.clone(), "inputs", inputs);
        let done = json!({"id": "*", "space": "Project Unicorn", "roomId": "*",
            "cardFrom": "alice@example.com", "created": "2026-01-05T09:00:00Z"});
        check::<SubmitCard>(
            &world,
            [
                bob(say(json!({"dish": "Soup"})))
                    .answers(done.clone())
                    .calls(3),
                bob(say(json!({"dish": "Pie", "note": "no onions"}))).answers(done),
                bob(say(json!({})))
                    .refused(InvalidArguments, "none is given")
                    .calls(1),
                bob(say(json!({"note": "x"})))
                    .refused(InvalidArguments, "missing: 1 required input")
                    .calls(1),
                bob(say(json!({"dish": "Stew", "drink": "tea"})))
                    .refused(
                        InvalidArguments,
                        "not an input of this card: `drink`; not one of the choices: `dish`",
                    )
                    .calls(1),
                by("ada", say(json!({"dish": "Soup"})))
                    .refused(NotFound, "")
                    .calls(1),
                bob(poll.clone()).refused(InvalidArguments, "`inputs`"),
                bob(say(json!("Soup"))).refused(InvalidArguments, "`inputs`"),
                bob(json!({"messageId": "the poll", "inputs": {}}))
                    .refused(InvalidArguments, "`messageId`: this is not the id"),
            ],
        )
        .await;
        let refused = world.call("bob", SubmitCard::NAME, say(json!({"dish": "Stew"})));
        let body = serde_json::to_value(refused.await.unwrap_err().body()).unwrap();
        let listed = json!([
            {"id": "dish", "name": "Which dish? (ChoiceSet: Soup, Pie; required)"},
            {"id": "note", "name": "Note (Text)"},
            {"id": "poll", "name": "Send (button: 7)"},
        ]);
        assert_eq!(body["candidates"], listed);
    }

    #[tokio::test]
    async fn the_buttons_values_go_along_and_without_reading_all_goes_as_it_is() {
        let world = World::new();
        let poll = poll(&world).await;
        let say = |inputs: Value| with(poll.clone(), "inputs", inputs);
        let entered = |world: &World, id: &Value| {
            let facts = world.client("alice");
            let id = whole("ATTACHMENT_ACTION", id);
            async move { facts.attachment_actions().get(&id).await.unwrap().inputs }
        };
        let done = world
            .facts("bob", SubmitCard::NAME, say(json!({"dish": "Soup"})))
            .await;
        let inputs = entered(&world, &done["id"]).await.map(Value::Object);
        assert_eq!(inputs, Some(json!({"dish": "Soup", "poll": 7})));
        let faults = world.sandbox.faults();
        faults.next_on(1, "GET", "/v1/messages/*", Fault::status(403));
        let unread = say(json!({"drink": "tea"}));
        let done = world.facts("bob", SubmitCard::NAME, unread).await;
        assert_eq!(done["cardFrom"], Value::Null);
        let inputs = entered(&world, &done["id"]).await.map(Value::Object);
        assert_eq!(inputs, Some(json!({"drink": "tea"})));
    }

    #[tokio::test]
    async fn a_message_without_a_card_has_nothing_to_submit() {
        let world = World::new();
        let room = world.space("Project Unicorn").await;
        let said = json!({"roomId": room, "text": "no card"});
        let said = world.facts("alice", "webex-create-message", said).await;
        let it = json!({"messageId": said["id"], "inputs": {"a": "b"}});
        let refused = alice(it).refused(InvalidArguments, "`messageId`: this message has no card");
        check::<SubmitCard>(&world, [refused.calls(1)]).await;
    }
}
