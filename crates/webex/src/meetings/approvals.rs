//! The host's decisions about several registrants at once.
//!
//! `series_id` is a series' id everywhere: occurrences and instances have no registrants.

use http::Method;
use serde::{Deserialize, Serialize};
use serde_with::skip_serializing_none;

use crate::error::WebexError;
use crate::meetings::registration::SeriesPart;
use crate::meetings::{Meetings, scheduled};
use crate::operation::{Call, Operation, Repeat};

/// `POST /meetings/{meetingId}/registrants/approve`.
pub static APPROVE: Operation = Operation {
    name: "meeting_registrants.approve",
    method: Method::POST,
    path: "/meetings/{meetingId}/registrants/approve",
    repeat: Repeat::Write,
    scopes: &["meeting:schedules_write"],
};

/// `POST /meetings/{meetingId}/registrants/reject`.
pub static REJECT: Operation = Operation {
    name: "meeting_registrants.reject",
    method: Method::POST,
    path: "/meetings/{meetingId}/registrants/reject",
    repeat: Repeat::Write,
    scopes: &["meeting:schedules_write"],
};

/// `POST /meetings/{meetingId}/registrants/cancel`.
pub static CANCEL: Operation = Operation {
    name: "meeting_registrants.cancel",
    method: Method::POST,
    path: "/meetings/{meetingId}/registrants/cancel",
    repeat: Repeat::Write,
    scopes: &["meeting:schedules_write"],
};

/// `POST /meetings/{meetingId}/registrants/bulkDelete`.
pub static DELETE_MANY: Operation = Operation {
    name: "meeting_registrants.delete_many",
    method: Method::POST,
    path: "/meetings/{meetingId}/registrants/bulkDelete",
    repeat: Repeat::Write,
    scopes: &["meeting:schedules_write"],
};

/// The registrants and how they are notified.
#[skip_serializing_none]
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DecideRegistrants {
    /// Whether Webex mails them (Webex's default: yes).
    pub send_email: Option<bool>,
    /// The registrants.
    pub registrants: Vec<RegistrantId>,
}

/// A registrant's id.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RegistrantId {
    /// The id.
    pub id: String,
}

impl Meetings<'_> {
    /// Approves registrants. Scope: `meeting:schedules_write`.
    pub async fn approve_registrants(
        &self,
        series_id: &str,
        who: &DecideRegistrants,
        part: &SeriesPart,
    ) -> Result<(), WebexError> {
        self.0.done(decide(&APPROVE, series_id, who, part)?).await
    }

    /// Rejects registrants. Scope: `meeting:schedules_write`.
    pub async fn reject_registrants(
        &self,
        series_id: &str,
        who: &DecideRegistrants,
        part: &SeriesPart,
    ) -> Result<(), WebexError> {
        self.0.done(decide(&REJECT, series_id, who, part)?).await
    }

    /// Cancels registrations. Scope: `meeting:schedules_write`.
    pub async fn cancel_registrants(
        &self,
        series_id: &str,
        who: &DecideRegistrants,
        part: &SeriesPart,
    ) -> Result<(), WebexError> {
        self.0.done(decide(&CANCEL, series_id, who, part)?).await
    }

    /// Deletes several registrants. Scope: `meeting:schedules_write`.
    pub async fn delete_registrants(
        &self,
        series_id: &str,
        who: &DecideRegistrants,
        part: &SeriesPart,
    ) -> Result<(), WebexError> {
        let call = decide(&DELETE_MANY, series_id, who, part)?;
        self.0.done(call).await
    }
}

fn decide<'a>(
    operation: &'a Operation,
    series_id: &str,
    who: &DecideRegistrants,
    part: &SeriesPart,
) -> Result<Call<'a>, WebexError> {
    if who.registrants.is_empty() {
        return Err(WebexError::invalid("registrants", "name at least one"));
    }
    scheduled(operation, series_id)?.query(part)?.json(who)
}
