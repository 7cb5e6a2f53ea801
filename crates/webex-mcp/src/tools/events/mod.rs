//! Events: what happened in an organization, for compliance officers.

mod filters;
mod get;
mod render;

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Map, Value};
use webex::events as api;

use crate::limits::{LISTED_TEXT_MAX_BYTES, LONE_TEXT_MAX_BYTES};
use crate::tool::{Entry, Row, ShortId, Theirs, lengths};

pub use filters::{Filters, explained};

pub const TOOLS: &[Entry] = &[Entry::of::<get::GetEvent>()];

/// Fields of what it happened to that hold people's words, the first that is there.
const WORDS: [&str; 5] = ["markdown", "text", "title", "topic", "meetingTopic"];

/// An event as an answer tells it.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Event {
    /// Short id.
    id: ShortId,
    #[serde(skip_serializing_if = "Option::is_none")]
    resource: Option<String>,
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    kind: Option<String>,
    /// Who did it.
    #[serde(skip_serializing_if = "Option::is_none")]
    actor_id: Option<ShortId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    created: Option<String>,
    /// What it happened to.
    #[serde(skip_serializing_if = "Option::is_none")]
    resource_id: Option<ShortId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    room_id: Option<ShortId>,
    /// The author's or member's.
    #[serde(skip_serializing_if = "Option::is_none")]
    person_email: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    text: Option<Theirs>,
    /// All that Webex tells of it, as JSON; of one event.
    #[serde(skip_serializing_if = "Option::is_none")]
    data: Option<Theirs>,
}

impl Event {
    /// An event by itself, with all that Webex tells.
    fn whole(event: api::Event) -> Self {
        let data = event.data.as_ref().map(|data| {
            let json = serde_json::to_string_pretty(data).unwrap_or_default();
            Theirs::from(json).shortened(LONE_TEXT_MAX_BYTES, "an answer holds no more")
        });
        Event {
            data,
            text: None,
            ..Event::listed(event, None)
        }
    }

    /// An event among others; `known_actor` is left out, it was in the question.
    fn listed(event: api::Event, known_actor: Option<&str>) -> Self {
        let data = event.data.unwrap_or_default();
        let field = |name: &str| text_of(&data, name);
        let words = words_of(&data).map(Theirs::from);
        Event {
            id: event.id.into(),
            resource: event.resource.map(|resource| resource.to_string()),
            kind: event.event_type.map(|kind| kind.to_string()),
            actor_id: ShortId::other_than(event.actor_id, known_actor),
            created: event.created.map(|time| time.to_string()),
            resource_id: field("id").map(ShortId::from),
            room_id: field("roomId").map(ShortId::from),
            person_email: field("personEmail").map(str::to_owned),
            text: words
                .map(|words| words.shortened(LISTED_TEXT_MAX_BYTES, "eventId gives all of it")),
            data: None,
        }
    }
}

/// People's words in what it happened to.
pub fn words_of(data: &Map<String, Value>) -> Option<&str> {
    WORDS.iter().find_map(|name| text_of(data, name))
}

fn text_of<'d>(data: &'d Map<String, Value>, name: &str) -> Option<&'d str> {
    data.get(name).and_then(Value::as_str)
}

impl Row for Event {
    fn bytes(&self) -> usize {
        let plain = [
            self.resource.as_deref(),
            self.kind.as_deref(),
            self.actor_id.as_deref(),
            self.created.as_deref(),
            self.resource_id.as_deref(),
            self.room_id.as_deref(),
            self.person_email.as_deref(),
        ];
        self.id.len() + lengths(plain) + self.text.as_ref().map_or(0, Theirs::shown_bytes)
    }
}
