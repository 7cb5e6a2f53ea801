//! Reads what somebody entered into a card.

use schemars::JsonSchema;
use serde::Deserialize;
use webex::{attachment_actions, people};

use super::{Entered, Response, awaited};
use crate::error::CallError;
use crate::tool::{Context, Policy, ShortId, Theirs, Tool};

/// Shows what people answered (entered, filled in, submitted, picked, voted) on a card: the
/// response to a form, poll, survey, feedback or approval request. Webex cannot list responses: with
/// messageId, you get the latest that a webhook with targetUrl self delivered.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Arguments {
    /// The id in the webhook's data.
    pub(super) attachment_action_id: Option<String>,
    /// The card's, instead.
    pub(super) message_id: Option<String>,
    /// For its first answer; default 0, at most 10.
    #[schemars(range(max = 10))]
    pub(super) wait_seconds: Option<u64>,
}

pub struct GetCardResponse;

impl Tool for GetCardResponse {
    const NAME: &'static str = "webex-get-card-response";
    const TITLE: &'static str = "Read what somebody answered on a card";
    const POLICY: Policy = Policy {
        operations: &[&attachment_actions::GET],
        courtesy: &[&people::GET],
        ..Policy::READ
    };

    type Arguments = Arguments;
    type Output = Response;

    async fn call(context: &Context, arguments: Arguments) -> Result<Response, CallError> {
        let actions = context.webex.attachment_actions();
        let mut found = awaited::answers(context, arguments).await?.into_iter();
        let Some(id) = found.next() else {
            return Ok(awaited::nothing());
        };
        let action = actions.get(&id).await?;
        let person = match &action.person_id {
            Some(id) => context.best_effort(context.webex.people().get(id)).await,
            None => None,
        };
        let (inputs, left_out) = Entered::all(action.inputs.unwrap_or_default());
        let email = |person: &people::Person| person.emails.as_ref()?.first().cloned();
        Ok(Response {
            is_waiting: false,
            earlier: found.map(ShortId::from).collect(),
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
    use crate::error::Code::{InvalidArguments, NotConfigured, NotFound};
    use crate::limits::LONE_TEXT_MAX_BYTES;
    use crate::tools::check::{World, alice, bob, by, check, whole};

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

    #[tokio::test]
    async fn waits_for_what_comes_in_by_webhook() {
        let world = World::receiving();
        let card = json!({"roomId": world.space("Project Unicorn").await, "title": "Lunch?",
            "inputs": [{"id": "note", "label": "Note", "kind": "text"}],
            "buttons": [{"title": "Send"}]});
        let sent = world.facts("alice", "webex-send-card", card).await;
        let it = json!({"messageId": sent["id"]});
        let asked = json!({"messageId": sent["id"], "waitSeconds": 1});
        let case = alice(it.clone()).refused(NotConfigured, "No webhook");
        check::<GetCardResponse>(&world, [case]).await;
        let hook = json!({"name": "Answers", "targetUrl": "self", "resource": "attachmentActions", "event": "created"});
        let hook = world.facts("alice", "webex-create-webhook", hook).await;
        let nothing = json!({"isWaiting": true, "inputs": []});
        check::<GetCardResponse>(&world, [alice(asked).answers(nothing).calls(0)]).await;
        let hook = whole("WEBHOOK", &hook["id"]);
        let hook = world.client("alice").webhooks().get(&hook).await.unwrap();
        let (target, secret) = (hook.target_url.unwrap(), hook.secret.unwrap());
        let mut ids = Vec::new();
        for note in ["soup", "pie"] {
            let note = json!({"messageId": sent["id"], "inputs": {"note": note}});
            let action = world.facts("bob", "webex-submit-card", note).await;
            let data = json!({"id": whole("ATTACHMENT_ACTION", &action["id"]), "messageId": whole("MESSAGE", &sent["id"])});
            let body = json!({"id": hook.id, "resource": "attachmentActions", "event": "created", "data": data});
            world.deliver(&target, &secret, &body).await;
            ids.push(action["id"].clone());
        }
        let told = json!({"name": "Bob Smith", "inputs": [{"value": "pie"}], "earlier": [ids[0]], "isWaiting": null});
        check::<GetCardResponse>(
            &world,
            [
                alice(it.clone()).answers(told),
                bob(it).refused(NotConfigured, "No webhook"),
                alice(json!({"messageId": sent["id"], "waitSeconds": 11}))
                    .refused(InvalidArguments, "`waitSeconds`"),
                alice(json!({"attachmentActionId": ids[0], "waitSeconds": 1}))
                    .refused(InvalidArguments, "`waitSeconds`"),
                alice(json!({"attachmentActionId": ids[0], "messageId": sent["id"]}))
                    .refused(InvalidArguments, "`messageId`"),
            ],
        )
        .await;
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
