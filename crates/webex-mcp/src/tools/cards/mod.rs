//! Adaptive Cards: forms in a message, and the answers to them.

mod awaited;
mod description;
mod form;
mod render;
mod response;
mod send;
mod submit;

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Map, Value};

use crate::limits::{CARD_VALUES_MAX, LONE_TEXT_MAX_BYTES};
use crate::tool::{Entry, ShortId, Theirs};

pub const TOOLS: &[Entry] = &[
    Entry::of::<send::SendCard>(),
    Entry::of::<submit::SubmitCard>(),
    Entry::of::<response::GetCardResponse>(),
];

/// A card that was submitted, and where it is.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Submitted {
    /// The attachmentActionId.
    id: ShortId,
    #[serde(skip_serializing_if = "Option::is_none")]
    space: Option<Theirs>,
    #[serde(skip_serializing_if = "Option::is_none")]
    room_id: Option<ShortId>,
    /// Who posted the card: an e-mail address.
    #[serde(skip_serializing_if = "Option::is_none")]
    card_from: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    created: Option<String>,
}

/// What somebody entered into a card, and who.
#[derive(Debug, Default, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Response {
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    is_waiting: bool,
    /// Of the person.
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<Theirs>,
    #[serde(skip_serializing_if = "Option::is_none")]
    person_email: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    person_id: Option<ShortId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    created: Option<String>,
    inputs: Vec<Entered>,
    /// Values beyond the first 100.
    #[serde(skip_serializing_if = "Option::is_none")]
    left_out: Option<usize>,
    /// Other answers.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    earlier: Vec<ShortId>,
    /// Of the card.
    #[serde(skip_serializing_if = "Option::is_none")]
    message_id: Option<ShortId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    room_id: Option<ShortId>,
}

/// What somebody entered into one input.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Entered {
    /// The input's.
    id: Theirs,
    value: Theirs,
}

impl Entered {
    /// As many values as an answer holds, and how many are left out.
    fn all(inputs: Map<String, Value>) -> (Vec<Self>, Option<usize>) {
        let told = inputs.len().min(CARD_VALUES_MAX);
        let left_out = inputs.len() - told;
        let share = LONE_TEXT_MAX_BYTES / (2 * told.max(1));
        let part = |words: String| Theirs::from(words).shortened(share, "an answer holds no more");
        let entered = inputs.into_iter().take(told).map(|(id, value)| Entered {
            id: part(id),
            value: part(shown(&value)),
        });
        (entered.collect(), (left_out > 0).then_some(left_out))
    }
}

/// A value of a form, as a reader sees it.
fn shown(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        value => value.to_string(),
    }
}
