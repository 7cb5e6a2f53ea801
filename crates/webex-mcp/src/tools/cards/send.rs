//! Sends a card that is made of a short description.

use schemars::JsonSchema;
use serde::Deserialize;
use webex::{memberships, messages, rooms};

use super::description::Description;
use crate::error::CallError;
use crate::tool::{Context, Policy, Tool};
use crate::tools::messages::Sent;
use crate::tools::messages::writing::{To, Words};

/// Posts a card (interactive message) with buttons and fields in a space (room, channel) or to one
/// person: asks people to approve or reject a request, sign something off with yes or no, vote in a
/// poll, or fill in a form or survey. Answers where it went and its id. What they entered:
/// webex-get-card-response. Raw Adaptive Card JSON: webex-create-message.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Arguments {
    #[serde(flatten)]
    to: To,
    #[serde(flatten)]
    description: Description,
}

#[derive(Debug)]
pub struct SendCard;

impl Tool for SendCard {
    const NAME: &'static str = "webex-send-card";
    const TITLE: &'static str = "Send a card";
    const POLICY: Policy = Policy {
        operations: &[&messages::CREATE],
        courtesy: &[&rooms::GET, &memberships::LIST],
        ..Policy::WRITE
    };

    type Arguments = Arguments;
    type Output = Sent;

    async fn call(context: &Context, arguments: Arguments) -> Result<Sent, CallError> {
        let card = arguments.description.card()?;
        let words = Words::new(Some(arguments.description.fallback()), None)?;
        let message = messages::CreateMessage {
            attachments: vec![card],
            ..messages::CreateMessage::to(arguments.to.destination()?)
        };
        Sent::post(context, words, message, None).await
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::error::Code::{Forbidden, InvalidArguments, NotFound};
    use crate::tools::check::{World, alice, bob, check, whole, with};

    #[tokio::test]
    async fn a_description_becomes_a_card_with_a_fallback() {
        let world = World::new();
        let room = world.space("Project Unicorn").await;
        let poll = json!({"roomId": room, "title": "Lunch?", "text": "See [menu](https://example.com/m).",
            "facts": [{"name": "When", "value": "noon"}],
            "inputs": [
                {"id": "dish", "label": "Dish", "kind": "choice", "choices": ["Soup", "Pie"], "isRequired": true},
                {"id": "note", "label": "Note", "kind": "text"},
                {"id": "guests", "label": "Guests", "kind": "number"},
                {"id": "day", "label": "Day", "kind": "date"},
                {"id": "vegan", "label": "Vegan", "kind": "toggle"}],
            "buttons": [{"title": "Send", "data": {"poll": 7}}, {"title": "Menu", "url": "https://example.com/m"}]});
        let sent = world.facts("alice", SendCard::NAME, poll).await;
        assert_eq!(sent["space"], "Project Unicorn");
        let id = whole("MESSAGE", &sent["id"]);
        let message = world.client("bob").messages().get(&id).await.unwrap();
        let text = "Lunch?\nSee [menu](https://example.com/m).\nWhen: noon";
        assert_eq!(message.text(), Some(text));
        let cards = message.attachments.unwrap();
        let card = json!({"type": "AdaptiveCard", "version": "1.3", "body": [
            {"type": "TextBlock", "text": "Lunch?", "size": "Large", "weight": "Bolder", "wrap": true},
            {"type": "TextBlock", "text": "See [menu](https://example.com/m).", "wrap": true},
            {"type": "FactSet", "facts": [{"title": "When", "value": "noon"}]},
            {"type": "Input.ChoiceSet", "id": "dish", "label": "Dish", "isRequired": true, "errorMessage": "Dish",
                "choices": [{"title": "Soup", "value": "Soup"}, {"title": "Pie", "value": "Pie"}]},
            {"type": "Input.Text", "id": "note", "label": "Note", "isMultiline": true},
            {"type": "Input.Number", "id": "guests", "label": "Guests"},
            {"type": "Input.Date", "id": "day", "label": "Day"},
            {"type": "Input.Toggle", "id": "vegan", "title": "Vegan"}],
            "actions": [{"type": "Action.Submit", "title": "Send", "data": {"poll": 7}},
                {"type": "Action.OpenUrl", "title": "Menu", "url": "https://example.com/m"}]});
        assert_eq!(cards[0].content, card);
    }

    #[tokio::test]
    async fn it_goes_to_one_place_named_in_any_way() {
        let world = World::new();
        let hello = json!({"title": "Hello"});
        let to = |name: &str, value: &str| with(hello.clone(), name, value);
        let leadership = world.space("Leadership").await;
        let both = with(
            to("roomId", "Engineering"),
            "toPersonEmail",
            "bob@example.com",
        );
        let direct = json!({"id": "*", "toPersonEmail": "bob@example.com", "space": null});
        let numbers = json!({"roomId": "Project Unicorn", "title": 2026,
            "facts": [{"name": "n", "value": 5}], "buttons": ["Yes", "No"],
            "inputs": [{"id": "a", "label": "A", "kind": "choice", "choices": [1, 2]}]});
        check::<SendCard>(
            &world,
            [
                alice(to("roomId", "Project Unicorn")).answers(json!({"space": "Project Unicorn"})),
                alice(to("toPersonEmail", "bob@example.com"))
                    .answers(direct.clone())
                    .calls(1),
                alice(to("toPersonId", "Bob Smith")).answers(direct),
                alice(numbers).answers(json!({"space": "Project Unicorn"})),
                alice(hello.clone()).refused(InvalidArguments, "`roomId`"),
                alice(both)
                    .refused(InvalidArguments, "several destinations")
                    .calls(1),
                alice(to("toPersonEmail", "bob")).refused(InvalidArguments, "`toPersonEmail`"),
                bob(to("roomId", &leadership)).refused(NotFound, ""),
                bob(to("roomId", &world.space("Announcements").await)).refused(Forbidden, ""),
            ],
        )
        .await;
    }

    #[tokio::test]
    async fn what_cannot_be_shown_filled_in_or_sent_is_refused_unsent() {
        let world = World::new();
        let room = world.space("Project Unicorn").await;
        let input = |input| json!([{"id": "a", "label": "A", "kind": "text"}, input]);
        let choice = json!({"id": "b", "label": "B", "kind": "choice"});
        let text = json!({"id": "b", "label": "B", "kind": "text"});
        let button = |button| json!([{"title": "Send"}, button]);
        let data = (0..30).fold(json!(1), |inner, _| json!([inner]));
        let cases = [
            ("title", json!(" "), "`title`: it is empty"),
            ("title", json!("\u{200b}"), "`title`: it is empty"),
            ("title", json!("[a](http://a.example)"), "`title`: a link"),
            ("text", json!("[a](javascript:alert(1))"), "`text`: a link"),
            (
                "facts",
                json!([{"name": "", "value": "x"}]),
                "`facts[0].name`",
            ),
            (
                "facts",
                json!([{"name": "a", "value": "[a](ftp://a)"}]),
                "`facts[0].value`",
            ),
            (
                "facts",
                json!([{"name": "a", "value": "x", "words": "y"}]),
                "words",
            ),
            (
                "inputs",
                input(text.clone()),
                "`buttons`: inputs need a button",
            ),
            (
                "inputs",
                input(with(text.clone(), "id", "a")),
                "`inputs[1].id`: another",
            ),
            (
                "inputs",
                input(with(text.clone(), "id", "two words")),
                "`inputs[1].id`",
            ),
            (
                "inputs",
                input(with(text.clone(), "id", "x".repeat(65))),
                "`inputs[1].id`",
            ),
            (
                "inputs",
                input(with(text.clone(), "label", "")),
                "`inputs[1].label`",
            ),
            (
                "inputs",
                input(with(text.clone(), "kind", "colour")),
                "`inputs[1].kind`",
            ),
            (
                "inputs",
                input(choice.clone()),
                "`inputs[1].choices`: kind choice needs",
            ),
            (
                "inputs",
                input(with(choice, "choices", json!(["a", ""]))),
                "`inputs[1].choices[1]`",
            ),
            (
                "inputs",
                input(with(text, "choices", json!(["a"]))),
                "`inputs[1].choices`: they go",
            ),
            (
                "buttons",
                button(json!({"title": "", "url": "https://a.example"})),
                "`buttons[1].title`",
            ),
            (
                "buttons",
                button(json!({"title": "a", "url": "http://a.example"})),
                "`buttons[1].url`",
            ),
            (
                "buttons",
                button(json!({"title": "a", "url": "https://a.example", "data": {"a": 1}})),
                "`buttons[1]`: give url or data",
            ),
            (
                "buttons",
                button(json!({"title": "a", "data": {"a": data}})),
                "nested at most 20",
            ),
            (
                "buttons",
                json!(vec![json!({"title": "a"}); 6]),
                "`buttons`",
            ),
            (
                "facts",
                json!(vec![json!({"name": "a", "value": "x".repeat(1_024)}); 50]),
                "",
            ),
            ("parentId", json!(room), "`parentId`"),
        ];
        let base = json!({"roomId": room, "title": "T"});
        for (field, value, words) in cases {
            let case = alice(with(base.clone(), field, value));
            let case = match words.is_empty() {
                // Long, but within the bounds of a card: only its start is in the fallback.
                true => case.answers(json!({"id": "*"})),
                false => case.refused(InvalidArguments, words),
            };
            check::<SendCard>(&world, [case]).await;
        }
        let facts = json!(vec![
            json!({"name": "n".repeat(1_000), "value": "x".repeat(1_024)});
            50
        ]);
        let large = alice(with(base, "facts", facts));
        let large = large.refused(InvalidArguments, "`card`: it may have at most 65536 bytes");
        check::<SendCard>(&world, [large]).await;
    }
}
