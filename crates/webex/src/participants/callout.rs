//! Calls a SIP address into a running meeting, or cancels that call. The call rings for 30 seconds.
//!
//! The token's owner must be host or cohost and must have joined; a service app need not have
//! joined.

use http::Method;
use serde::{Deserialize, Serialize};
use serde_with::skip_serializing_none;
use uuid::Uuid;

use super::Participants;
use crate::error::WebexError;
use crate::limits::MAX_CALLOUT_NAME_CHARS;
use crate::open_enum::open_enum;
use crate::operation::{Operation, Repeat};

/// `POST /meetingParticipants/callout`
pub static CALL_OUT: Operation = Operation {
    name: "participants.call_out",
    method: Method::POST,
    path: "/meetingParticipants/callout",
    repeat: Repeat::Write,
    scopes: &["meeting:participants_write"],
};

/// `POST /meetingParticipants/cancelCallout`
pub static CANCEL_CALLOUT: Operation = Operation {
    name: "participants.cancel_callout",
    method: Method::POST,
    path: "/meetingParticipants/cancelCallout",
    repeat: Repeat::Write,
    scopes: &["meeting:participants_write"],
};

open_enum! {
    /// The kind of address to call.
    AddressType {
        /// A SIP address.
        Sip = "sipAddress",
    }
}

open_enum! {
    /// The state of the call.
    CalloutState {
        /// It rings; the called person is not in any list of participants yet.
        Pending = "pending",
    }
}

/// The meeting into which somebody is called.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum CalledMeeting {
    /// By its id.
    #[serde(rename = "meetingId")]
    Id(String),
    /// By its number.
    #[serde(rename = "meetingNumber")]
    Number(String),
}

/// A call to make.
#[skip_serializing_none]
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Callout {
    /// The meeting into which the address is called.
    #[serde(flatten)]
    pub meeting: CalledMeeting,
    /// The SIP address.
    pub address: String,
    /// The kind of address (Webex's default: SIP).
    pub address_type: Option<AddressType>,
    /// The caller's own key for the invitation; without one, Webex makes one.
    pub invitation_correlation_id: Option<Uuid>,
    /// The displayed name, at most 32 characters.
    pub display_name: String,
}

/// A call that is ringing.
#[skip_serializing_none]
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CalledParticipant {
    /// The id that cancels the call.
    pub participant_id: String,
    /// The key of the invitation.
    pub invitation_correlation_id: Option<String>,
    /// The meeting's number.
    pub meeting_number: Option<String>,
    /// The meeting.
    pub meeting_id: Option<String>,
    /// The SIP address.
    pub address: Option<String>,
    /// The kind of address.
    pub address_type: Option<AddressType>,
    /// The displayed name.
    pub display_name: Option<String>,
    /// The state of the call.
    pub state: Option<CalloutState>,
}

impl Participants<'_> {
    /// Calls a SIP address into a running meeting. Scope: `meeting:participants_write`.
    pub async fn call_out(&self, callout: &Callout) -> Result<CalledParticipant, WebexError> {
        let (field, meeting) = match &callout.meeting {
            CalledMeeting::Id(id) => ("meetingId", id),
            CalledMeeting::Number(number) => ("meetingNumber", number),
        };
        for (field, text) in [(field, meeting), ("address", &callout.address)] {
            if text.trim().is_empty() {
                return Err(WebexError::invalid(field, "it is needed"));
            }
        }
        let length = callout.display_name.chars().count();
        if !(1..=MAX_CALLOUT_NAME_CHARS).contains(&length) {
            let reason = format!("1 to {MAX_CALLOUT_NAME_CHARS} characters are allowed");
            return Err(WebexError::invalid("displayName", reason));
        }
        self.0.reply(CALL_OUT.call().json(callout)?).await
    }

    /// Cancels a call while it rings. Scope: `meeting:participants_write`.
    pub async fn cancel_callout(&self, participant_id: &str) -> Result<(), WebexError> {
        #[derive(Serialize)]
        #[serde(rename_all = "camelCase")]
        struct Cancel<'a> {
            participant_id: &'a str,
        }

        if participant_id.is_empty() {
            return Err(WebexError::invalid("participantId", "it is needed"));
        }
        let body = Cancel { participant_id };
        self.0.done(CANCEL_CALLOUT.call().json(&body)?).await
    }
}
