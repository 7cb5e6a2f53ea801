//! What narrows a list of events, and what a refusal of Webex means.

use jiff::{SignedDuration, Timestamp};
use schemars::JsonSchema;
use serde::Deserialize;
use webex::events::{EventResource, EventType, ListEvents};

use crate::error::{CallError, Code};
use crate::limits::EVENTS_CLOCKS_APART_SECONDS;

/// The filters, as arguments have them.
#[derive(Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Filters {
    /// What it happened to.
    #[schemars(with = "Option<String>", extend("enum" = [
        "attachmentActions", "businessTexts", "call_records", "convergedRecordings",
        "file_transcodings", "files", "meetingMessages", "meetings", "meetingTranscripts",
        "memberships", "messages", "rooms", "tabs"]))]
    resource: Option<EventResource>,
    /// What happened.
    #[serde(rename = "type")]
    #[schemars(with = "Option<String>", extend("enum" = ["created", "updated", "deleted", "ended", "read"]))]
    kind: Option<EventType>,
    /// Actor: id, name or me.
    actor_id: Option<String>,
    /// From this time (2026-01-05T09:00:00Z); older than 90 days needs Pro Pack.
    from: Option<Timestamp>,
    /// Up to this time, not in the future.
    to: Option<Timestamp>,
}

impl Filters {
    /// # Errors
    /// `invalid_arguments` for a time in the future, which Webex refuses without saying so; but for
    /// a moment, by which clocks may differ.
    pub fn query(self, max: u32, now: Timestamp) -> Result<ListEvents, CallError> {
        let moment = SignedDuration::from_secs(EVENTS_CLOCKS_APART_SECONDS);
        let is_ahead =
            |time: Option<Timestamp>| time.is_some_and(|time| time.duration_since(now) > moment);
        if is_ahead(self.from) {
            return Err(CallError::invalid("from", "it has to lie in the past"));
        }
        if is_ahead(self.to) {
            let right = "it lies in the future; leave it out for all that there is";
            return Err(CallError::invalid("to", right));
        }
        // Webex wants this word with recordings of calls, and with nothing else.
        let is_calling = self.resource == Some(EventResource::ConvergedRecordings);
        Ok(ListEvents {
            service_type: is_calling.then(|| "calling".to_owned()),
            resource: self.resource,
            event_type: self.kind,
            actor_id: self.actor_id,
            from: self.from,
            to: self.to,
            max: Some(max),
        })
    }
}

/// Webex does not say why it refuses; there is one reason.
pub fn explained(error: CallError) -> CallError {
    match error.code {
        Code::Forbidden => CallError {
            message: "Only compliance officers may read events, with the scope spark-compliance:events_read.".into(),
            advice: "Tell the user, who can ask a compliance officer of the organization; do not repeat.".into(),
            ..error
        },
        _ => error,
    }
}
