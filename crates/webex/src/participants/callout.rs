//! Calling a SIP address into a running meeting, and giving that up. The call rings for 30 seconds.
//!
//! The token's owner is host or cohost and has joined; service apps need not have joined.

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
    /// What kind of address is called.
    AddressType {
        /// A SIP address.
        Sip = "sipAddress",
    }
}

open_enum! {
    /// What became of the call.
    CalloutState {
        /// It rings; who is called is in no list of participants yet.
        Pending = "pending",
    }
}

/// Into which meeting somebody is called.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum CalledMeeting {
    /// By its id.
    #[serde(rename = "meetingId")]
    Id(String),
    /// By its number.
    #[serde(rename = "meetingNumber")]
    Number(String),
}

/// Whom to call.
#[skip_serializing_none]
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Callout {
    /// Into which meeting.
    #[serde(flatten)]
    pub meeting: CalledMeeting,
    /// The SIP address.
    pub address: String,
    /// The kind of address (Webex's default: SIP).
    pub address_type: Option<AddressType>,
    /// A key of one's own for the invitation; Webex makes one otherwise.
    pub invitation_correlation_id: Option<Uuid>,
    /// The name shown, at most 32 characters.
    pub display_name: String,
}

/// A call that rings.
#[skip_serializing_none]
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CalledParticipant {
    /// Needed to give the call up.
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
    /// The name shown.
    pub display_name: Option<String>,
    /// What became of the call.
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

    /// Gives a call up while it rings. Scope: `meeting:participants_write`.
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
