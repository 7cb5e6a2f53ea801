//! Events: what happened in the organization, for its compliance officers.

use http::Method;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use serde_with::skip_serializing_none;

use crate::client::Client;
use crate::error::{FieldErrors, WebexError};
use crate::open_enum::open_enum;
use crate::operation::{Operation, Repeat};
use crate::page::Page;
use crate::timestamp::check_window;

/// `GET /events`
pub static LIST: Operation = Operation {
    name: "events.list",
    method: Method::GET,
    path: "/events",
    repeat: Repeat::Read,
    scopes: &["spark-compliance:events_read"],
};

/// `GET /events/{eventId}`
pub static GET: Operation = Operation {
    name: "events.get",
    method: Method::GET,
    path: "/events/{eventId}",
    repeat: Repeat::Read,
    scopes: &["spark-compliance:events_read"],
};

open_enum! {
    /// The kind of thing to which something happened.
    EventResource {
        /// The form of a card.
        AttachmentActions = "attachmentActions",
        /// A text message (SMS) of a business.
        BusinessTexts = "businessTexts",
        /// The record of a call.
        CallRecords = "call_records",
        /// A recording of Webex Calling.
        ConvergedRecordings = "convergedRecordings",
        /// A file in another format.
        FileTranscodings = "file_transcodings",
        /// A file.
        Files = "files",
        /// A message inside a meeting.
        MeetingMessages = "meetingMessages",
        /// A meeting.
        Meetings = "meetings",
        /// The transcript of a meeting.
        MeetingTranscripts = "meetingTranscripts",
        /// A membership in a room.
        Memberships = "memberships",
        /// A message.
        Messages = "messages",
        /// A room.
        Rooms = "rooms",
        /// A tab of a room.
        Tabs = "tabs",
    }
}

open_enum! {
    /// The kind of event.
    EventType {
        /// It was made.
        Created = "created",
        /// It was changed.
        Updated = "updated",
        /// It was deleted.
        Deleted = "deleted",
        /// It ended.
        Ended = "ended",
        /// A file was downloaded or previewed. The compliance guide has it, Cisco's document does
        /// not.
        Read = "read",
    }
}

/// An event: something that happened.
#[skip_serializing_none]
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Event {
    /// The event's id.
    pub id: String,
    /// The kind of thing to which it happened.
    pub resource: Option<EventResource>,
    /// The kind of event.
    #[serde(rename = "type")]
    pub event_type: Option<EventType>,
    /// The application that was used.
    pub app_id: Option<String>,
    /// The person who did it.
    pub actor_id: Option<String>,
    /// The organization.
    pub org_id: Option<String>,
    /// The time of the event.
    #[serde(default, with = "crate::timestamp::option")]
    pub created: Option<Timestamp>,
    /// The thing itself, in the form of its own noun; for a message this includes the text. People
    /// wrote it. Older events lack fields that Webex added later.
    pub data: Option<Map<String, Value>>,
    /// Fields that Webex could not deliver.
    pub errors: Option<FieldErrors>,
}

/// Selects events. Events older than 90 days need the Pro Pack.
#[skip_serializing_none]
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ListEvents {
    /// The kind of thing to which it happened.
    pub resource: Option<EventResource>,
    /// The kind of event.
    #[serde(rename = "type")]
    pub event_type: Option<EventType>,
    /// The person who did it.
    pub actor_id: Option<String>,
    /// The start of the window.
    #[serde(default, with = "crate::timestamp::option")]
    pub from: Option<Timestamp>,
    /// The end of the window; Webex refuses a time in the future.
    #[serde(default, with = "crate::timestamp::option")]
    pub to: Option<Timestamp>,
    /// Entries per page, 1 to 1000 (Webex's default: 100).
    pub max: Option<u32>,
    /// `calling`, which is only allowed with the resource `convergedRecordings`.
    pub service_type: Option<String>,
}

impl ListEvents {
    fn check(&self) -> Result<(), WebexError> {
        check_window("from", self.from, self.to)?;
        let is_calling = self.resource == Some(EventResource::ConvergedRecordings);
        if is_calling != self.service_type.is_some() {
            return Err(WebexError::invalid(
                "serviceType",
                "it goes with the resource convergedRecordings, which needs it",
            ));
        }
        Ok(())
    }
}

/// The calls of this noun. A failed call returns a [`WebexError`]; after `Invalid` and `Foreign`,
/// nothing was sent.
#[derive(Clone, Copy, Debug)]
pub struct Events<'a>(pub(crate) &'a Client);

impl Events<'_> {
    /// Lists events. Scope: `spark-compliance:events_read`.
    pub async fn list(&self, query: &ListEvents) -> Result<Page<Event>, WebexError> {
        query.check()?;
        self.0.page(LIST.call().query(query)?).await
    }

    /// Reads one event. Scope: `spark-compliance:events_read`.
    pub async fn get(&self, event_id: &str) -> Result<Event, WebexError> {
        self.0.reply(GET.call().id(event_id)?).await
    }
}
