//! Meeting participants: the people who are or were in a meeting, and what the host can do with
//! them.
//!
//! Participants belong to instances. The id of a series or an occurrence stands for its last
//! instance in a window; without [`MeetingStart`], the window is the last month.

use http::Method;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_with::skip_serializing_none;

use crate::client::Client;
use crate::error::WebexError;
use crate::limits::{MAX_ADMITTED_COUNT, MAX_JOIN_WINDOW_DAYS};
use crate::operation::{Call, Operation, Repeat};
use crate::page::{AskedAgain, Page};
use crate::timestamp::{check_span, check_window};

pub mod callout;
mod participant;

pub use participant::{
    AudioType, BreakoutAttendance, Device, Participant, ParticipantState, PstnCallType, VideoState,
};

/// `GET /meetingParticipants`; administrators: `meeting:admin_participants_read`, compliance
/// officers: `spark-compliance:meetings_read`.
pub static LIST: Operation = Operation {
    name: "participants.list",
    method: Method::GET,
    path: "/meetingParticipants",
    repeat: Repeat::Read,
    scopes: &["meeting:participants_read"],
};

/// `POST /meetingParticipants/query`, which only reads; the other scopes are those of the list.
pub static QUERY: Operation = Operation {
    name: "participants.query",
    method: Method::POST,
    path: "/meetingParticipants/query",
    repeat: Repeat::Read,
    scopes: &["meeting:participants_read"],
};

/// `GET /meetingParticipants/{participantId}`; the other scopes are those of the list.
pub static GET: Operation = Operation {
    name: "participants.get",
    method: Method::GET,
    path: "/meetingParticipants/{participantId}",
    repeat: Repeat::Read,
    scopes: &["meeting:participants_read"],
};

/// `PUT /meetingParticipants/{participantId}`
pub static UPDATE: Operation = Operation {
    name: "participants.update",
    method: Method::PUT,
    path: "/meetingParticipants/{participantId}",
    repeat: Repeat::Write,
    scopes: &["meeting:participants_write"],
};

/// `POST /meetingParticipants/admit`
pub static ADMIT: Operation = Operation {
    name: "participants.admit",
    method: Method::POST,
    path: "/meetingParticipants/admit",
    repeat: Repeat::Write,
    scopes: &["meeting:participants_write"],
};

/// Selects the instance of a series or an occurrence: the last one that started inside the window.
/// One end alone gives a month; the id of an instance needs no window.
#[skip_serializing_none]
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct MeetingStart {
    /// Only instances that started after this time.
    #[serde(default, with = "crate::timestamp::option")]
    pub meeting_start_time_from: Option<Timestamp>,
    /// Only instances that started before this time.
    #[serde(default, with = "crate::timestamp::option")]
    pub meeting_start_time_to: Option<Timestamp>,
}

/// The time of joining. One end alone gives 7 days; both may be at most 90 days apart.
#[skip_serializing_none]
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct JoinTime {
    /// Only people who joined at this time or later.
    #[serde(default, with = "crate::timestamp::option")]
    pub join_time_from: Option<Timestamp>,
    /// Only people who joined before this time.
    #[serde(default, with = "crate::timestamp::option")]
    pub join_time_to: Option<Timestamp>,
}

/// Selects participants.
#[skip_serializing_none]
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ListParticipants {
    /// Entries per page, at most 100 (Webex's default: 10).
    pub max: Option<u32>,
    /// The instance, or a series or occurrence for its last instance.
    pub meeting_id: String,
    /// Only people in this breakout session of an ended instance.
    pub breakout_session_id: Option<String>,
    /// The window that selects the instance.
    #[serde(flatten)]
    pub meeting_start: MeetingStart,
    /// The host on whose behalf the call acts; for administrators.
    pub host_email: Option<String>,
    /// The window of joining.
    #[serde(flatten)]
    pub join_time: JoinTime,
    /// The IANA time zone for the times in Webex's answer, sent as a header. The parsed times do
    /// not depend on it.
    #[serde(skip)]
    pub timezone: Option<String>,
}

/// Selects participants by their addresses.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct QueryParticipants {
    /// The instance, or a series or occurrence for its last instance.
    pub meeting_id: String,
    /// The window that selects the instance.
    pub meeting_start: MeetingStart,
    /// The host on whose behalf the call acts; for administrators.
    pub host_email: Option<String>,
    /// Only people with these addresses.
    pub emails: Vec<String>,
    /// The window of joining.
    pub join_time: JoinTime,
    /// The IANA time zone for the times in Webex's answer, sent as a header. The parsed times do
    /// not depend on it.
    pub timezone: Option<String>,
}

/// A change of one participant in a running meeting; an absent field stays as it is.
#[skip_serializing_none]
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct UpdateParticipant {
    /// Mutes or unmutes the person.
    pub muted: Option<bool>,
    /// Admits the person from the lobby; `false` does nothing.
    pub admit: Option<bool>,
    /// Removes the person from the meeting; overrides the other two.
    pub expel: Option<bool>,
}

/// A person in the lobby.
#[skip_serializing_none]
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AdmitParticipant {
    /// The participant; all participants of one request must be in one meeting.
    pub participant_id: String,
    /// The breakout session to join; if absent, the main session.
    pub breakout_session_id: Option<String>,
}

/// The calls of this noun. A failed call returns a [`WebexError`]; after `Invalid` and `Foreign`,
/// nothing was sent.
#[derive(Clone, Copy, Debug)]
pub struct Participants<'a>(pub(crate) &'a Client);

impl Participants<'_> {
    /// Lists the people in a running meeting, or those who were in an ended one. The token's owner
    /// must be its host or an administrator. Scope: `meeting:participants_read`.
    pub async fn list(&self, query: &ListParticipants) -> Result<Page<Participant>, WebexError> {
        self.0.page(query.asked_again()?).await
    }

    /// Finds people by their addresses, in a running or an ended meeting. Scope:
    /// `meeting:participants_read`.
    pub async fn query(&self, query: &QueryParticipants) -> Result<Page<Participant>, WebexError> {
        self.0.page(query.asked_again()?).await
    }

    /// Reads one participant. With `host_email`, an administrator acts on behalf of that host.
    /// Scope: `meeting:participants_read`.
    pub async fn get(
        &self,
        participant_id: &str,
        host_email: Option<&str>,
    ) -> Result<Participant, WebexError> {
        let call = GET.call().id(participant_id)?;
        self.0
            .reply(call.query(&[("hostEmail", host_email)])?)
            .await
    }

    /// Mutes, unmutes, admits or removes a participant; for the host and cohosts of a running
    /// meeting.
    ///
    /// A success may have no effect: this is a known defect of Webex if everyone joined with the
    /// Webex app. Read the participant again to be sure. Scope: `meeting:participants_write`.
    pub async fn update(
        &self,
        participant_id: &str,
        update: &UpdateParticipant,
    ) -> Result<Participant, WebexError> {
        if *update == UpdateParticipant::default() {
            let reason = "say what to do: muted, admit or expel";
            return Err(WebexError::invalid("muted", reason));
        }
        self.0
            .reply(UPDATE.call().id(participant_id)?.json(update)?)
            .await
    }

    /// Admits up to 100 people from the lobby. Scope: `meeting:participants_write`.
    pub async fn admit(&self, participants: &[AdmitParticipant]) -> Result<(), WebexError> {
        #[derive(Serialize)]
        struct Items<'a> {
            items: &'a [AdmitParticipant],
        }

        if !(1..=MAX_ADMITTED_COUNT).contains(&participants.len()) {
            let reason = format!("1 to {MAX_ADMITTED_COUNT} fit into one request; send several");
            return Err(WebexError::invalid("items", reason));
        }
        if participants.iter().any(|one| one.participant_id.is_empty()) {
            return Err(WebexError::invalid("participantId", "it is needed"));
        }
        let body = Items {
            items: participants,
        };
        self.0.done(ADMIT.call().json(&body)?).await
    }
}

impl AskedAgain for ListParticipants {
    fn asked_again(&self) -> Result<Call<'_>, WebexError> {
        check(&self.meeting_id, &self.meeting_start, &self.join_time)?;
        let call = LIST.call().query(self)?;
        call.time_zone(self.timezone.as_deref())
    }
}

impl AskedAgain for QueryParticipants {
    fn asked_again(&self) -> Result<Call<'_>, WebexError> {
        #[skip_serializing_none]
        #[derive(Serialize)]
        #[serde(rename_all = "camelCase")]
        struct Parameters<'a> {
            meeting_id: &'a str,
            #[serde(flatten)]
            meeting_start: &'a MeetingStart,
            host_email: Option<&'a str>,
        }

        #[derive(Serialize)]
        struct Body<'a> {
            emails: &'a [String],
            #[serde(flatten)]
            join_time: &'a JoinTime,
        }

        check(&self.meeting_id, &self.meeting_start, &self.join_time)?;
        if self.emails.is_empty() {
            let reason = "give at least one address, or list the participants instead";
            return Err(WebexError::invalid("emails", reason));
        }
        let parameters = Parameters {
            meeting_id: &self.meeting_id,
            meeting_start: &self.meeting_start,
            host_email: self.host_email.as_deref(),
        };
        let body = Body {
            emails: &self.emails,
            join_time: &self.join_time,
        };
        let call = QUERY.call().query(&parameters)?.json(&body)?;
        call.time_zone(self.timezone.as_deref())
    }
}

fn check(meeting_id: &str, start: &MeetingStart, join: &JoinTime) -> Result<(), WebexError> {
    if meeting_id.is_empty() {
        return Err(WebexError::invalid("meetingId", "it is needed"));
    }
    check_window(
        "meetingStartTimeFrom",
        start.meeting_start_time_from,
        start.meeting_start_time_to,
    )?;
    let (from, to) = (join.join_time_from, join.join_time_to);
    check_window("joinTimeFrom", from, to)?;
    check_span("joinTimeFrom", from, to, MAX_JOIN_WINDOW_DAYS)
}
