//! Events: what happened in an organization, for compliance officers.

mod filters;
mod get;
mod render;

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Map, Value};
use webex::events as api;

use crate::limits::{LISTED_TEXT_MAX_BYTES, LONE_TEXT_MAX_BYTES};
use crate::tool::{Entry, Row, Theirs, lengths};

pub const TOOLS: &[Entry] = &[Entry::of::<get::GetEvent>()];

/// Fields of what it happened to that hold people's words, the first that is there.
const WORDS: [&str; 5] = ["markdown", "text", "title", "topic", "meetingTopic"];

/// An event as an answer tells it.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Event {
    id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    resource: Option<String>,
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    kind: Option<String>,
    /// Who did it.
    #[serde(skip_serializing_if = "Option::is_none")]
    actor_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    created: Option<String>,
    /// What it happened to.
    #[serde(skip_serializing_if = "Option::is_none")]
    resource_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    room_id: Option<String>,
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
        let field = |name: &str| text_of(&data, name).map(str::to_owned);
        let words = WORDS.iter().find_map(|name| text_of(&data, name));
        let words = words.map(Theirs::from);
        Event {
            id: event.id,
            resource: event.resource.map(|resource| resource.to_string()),
            kind: event.event_type.map(|kind| kind.to_string()),
            actor_id: event.actor_id.filter(|id| known_actor != Some(id)),
            created: event.created.map(|time| time.to_string()),
            resource_id: field("id"),
            room_id: field("roomId"),
            person_email: field("personEmail"),
            text: words
                .map(|words| words.shortened(LISTED_TEXT_MAX_BYTES, "eventId gives all of it")),
            data: None,
        }
    }
}

fn text_of<'d>(data: &'d Map<String, Value>, name: &str) -> Option<&'d str> {
    data.get(name).and_then(Value::as_str)
}

impl Row for Event {
    fn bytes(&self) -> usize {
        let plain = [
            &self.resource,
            &self.kind,
            &self.actor_id,
            &self.created,
            &self.resource_id,
            &self.room_id,
            &self.person_email,
        ];
        self.id.len() + lengths(plain) + self.text.as_ref().map_or(0, Theirs::shown_bytes)
    }
}
