//! What narrows a list of messages: what Webex filters by, and the lower bound that it lacks.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Deserialize;
use webex::messages::{ListMessages, Message};

use super::Asked;
use crate::error::CallError;

/// The filters, as arguments have them.
#[derive(Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Filters {
    /// me: only those that mention you.
    mentioned_people: Option<String>,
    /// Only before this time (2026-01-05T09:00:00Z).
    before: Option<Timestamp>,
    /// Only after this time (2026-01-05T09:00:00Z).
    after: Option<Timestamp>,
    /// Only replies to this one: id or link.
    parent_id: Option<String>,
}

impl Filters {
    /// # Errors
    /// `invalid_arguments` for times between which no message can be.
    pub fn check(&self) -> Result<(), CallError> {
        match (self.after, self.before) {
            (Some(after), Some(before)) if after >= before => Err(CallError::invalid(
                "after",
                "it has to be earlier than before; no message lies between them",
            )),
            _ => Ok(()),
        }
    }

    /// The list of a space's messages that Webex can give.
    pub fn query(&self, room_id: String, before_message: Option<String>) -> ListMessages {
        ListMessages {
            room_id,
            parent_id: self.parent_id.clone(),
            mentioned_people: self.mentioned_people.clone(),
            before: self.before,
            before_message,
            max: None,
        }
    }

    /// Whether a list, newest first, ends at this message.
    pub fn ends_at(&self, message: &Message) -> bool {
        self.after.is_some() && message.created <= self.after
    }

    /// What was named beside the space, so that the answer need not repeat it.
    pub fn asked<'a>(&'a self, room_id: Option<&'a str>) -> Asked<'a> {
        Asked {
            room_id,
            parent_id: self.parent_id.as_deref(),
        }
    }
}
