//! Reads what somebody entered into a card.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use webex::{attachment_actions, people};

use super::Entered;
use crate::error::CallError;
use crate::tool::{Context, Policy, ShortId, Theirs, Tool};

/// Shows the response (reply) to a card: what a person answered, filled in, entered, submitted or
/// picked, for which option they vote, in a form, poll, survey, feedback or approval request; who
/// and when. The id comes from a webhook of attachmentActions or from webex-submit-card; Webex
/// lists none.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Arguments {
    /// The id in the webhook's data.
    attachment_action_id: String,
}

#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Response {
    /// Of the person.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) name: Option<Theirs>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) person_email: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) person_id: Option<ShortId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) created: Option<String>,
    pub(super) inputs: Vec<Entered>,
    /// Values beyond the first 100.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) left_out: Option<usize>,
    /// Of the card.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) message_id: Option<ShortId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) room_id: Option<ShortId>,
}

pub struct GetCardResponse;

impl Tool for GetCardResponse {
    const NAME: &'static str = "webex-get-card-response";
    const TITLE: &'static str = "Read an answer to a card";
    const POLICY: Policy = Policy {
        operations: &[&attachment_actions::GET],
        courtesy: &[&people::GET],
        ..Policy::READ
    };

    type Arguments = Arguments;
    type Output = Response;

    async fn call(context: &Context, arguments: Arguments) -> Result<Response, CallError> {
        let actions = context.webex.attachment_actions();
        let action = actions.get(&arguments.attachment_action_id).await?;
        let person = match &action.person_id {
            Some(id) => context.best_effort(context.webex.people().get(id)).await,
            None => None,
        };
        let (inputs, left_out) = Entered::all(action.inputs.unwrap_or_default());
        let email = |person: &people::Person| person.emails.as_ref()?.first().cloned();
        Ok(Response {
            person_email: person.as_ref().and_then(email),
            name: person
                .and_then(|person| person.display_name)
                .map(Theirs::from),
            person_id: action.person_id.map(ShortId::from),
            created: action.created.map(|time| time.to_string()),
            inputs,
            left_out,
            message_id: action.message_id.map(ShortId::from),
            room_id: action.room_id.map(ShortId::from),
        })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};
    use webex_sandbox::Fault;

    use super::*;
    use crate::error::Code::{InvalidArguments, NotFound};
    use crate::limits::LONE_TEXT_MAX_BYTES;
    use crate::tools::check::{World, alice, bob, by, check};

    /// The id of what Bob entered into a card of Alice's.
    async fn entered(world: &World, note: &str) -> Value {
        let card = json!({"roomId": world.space("Project Unicorn").await, "title": "Lunch?",
            "inputs": [{"id": "note", "label": "Note", "kind": "text"}],
            "buttons": [{"title": "Send", "data": {"poll": 7}}]});
        let sent = world.facts("alice", "webex-send-card", card).await;
        let note = json!({"messageId": sent["id"], "inputs": {"note": note}});
        world.facts("bob", "webex-submit-card", note).await["id"].clone()
    }

    #[tokio::test]
    async fn tells_who_entered_what() {
        let world = World::new();
        let it = json!({"attachmentActionId": entered(&world, "no\nonions").await});
        let values = json!([{"id": "note", "value": "no\nonions"}, {"id": "poll", "value": "7"}]);
        let told = json!({"name": "Bob Smith", "personEmail": "bob@example.com", "personId": "*",
            "created": "2026-01-05T09:00:00Z", "inputs": values, "messageId": "*", "roomId": "*"});
        check::<GetCardResponse>(
            &world,
            [
                alice(it.clone()).answers(told.clone()).calls(2),
                bob(it.clone()).answers(told),
                by("ada", it.clone()).refused(NotFound, ""),
                alice(json!({"attachmentActionId": "Bob's"}))
                    .refused(InvalidArguments, "`attachmentActionId`: this is not the id"),
                alice(json!({})).refused(InvalidArguments, "`attachmentActionId`"),
            ],
        )
        .await;
        let text = world.call("alice", GetCardResponse::NAME, it.clone()).await;
        let text = text.unwrap().text;
        let start = "> Bob Smith\nbob@example.com at 2026-01-05T09:00:00Z entered:\n\n> note\nis:\n> no\n> onions\n";
        assert!(text.starts_with(start), "{text}");
        // Who it is only makes the answer nicer.
        let faults = world.sandbox.faults();
        faults.next_on(1, "GET", "/v1/people/*", Fault::status(403));
        let unknown = json!({"name": null, "personEmail": null, "personId": "*"});
        check::<GetCardResponse>(&world, [alice(it).answers(unknown)]).await;
    }

    #[test]
    fn many_long_values_fit_into_an_answer() {
        let values = (0..150).map(|at| (format!("i{at}"), "x".repeat(5_000).into()));
        let (entered, left_out) = Entered::all(values.collect());
        assert_eq!((entered.len(), left_out), (100, Some(50)));
        let bytes: usize = entered.iter().map(|one| one.value.shown_bytes()).sum();
        assert!(bytes < LONE_TEXT_MAX_BYTES, "{bytes}");
    }
}
