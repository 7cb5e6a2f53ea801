//! Meeting participants: who is in a meeting or was, and what the host can do with them.
//!
//! Participants hang on instances. The id of a series or an occurrence stands for its last instance
//! in a window: without [`MeetingStart`] that of the last month.

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

/// `POST /meetingParticipants/query`, which only reads; other scopes as for the list.
pub static QUERY: Operation = Operation {
    name: "participants.query",
    method: Method::POST,
    path: "/meetingParticipants/query",
    repeat: Repeat::Read,
    scopes: &["meeting:participants_read"],
};

/// `GET /meetingParticipants/{participantId}`; other scopes as for the list.
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

/// Which instance of a series or an occurrence is meant: the last that started inside the window.
/// One end alone gives a month; an instance's own id needs no window.
#[skip_serializing_none]
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct MeetingStart {
    /// Started after.
    #[serde(default, with = "crate::timestamp::option")]
    pub meeting_start_time_from: Option<Timestamp>,
    /// Started before.
    #[serde(default, with = "crate::timestamp::option")]
    pub meeting_start_time_to: Option<Timestamp>,
}

/// When the participants joined. One end alone gives 7 days; both are at most 90 days apart.
#[skip_serializing_none]
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct JoinTime {
    /// Joined since.
    #[serde(default, with = "crate::timestamp::option")]
    pub join_time_from: Option<Timestamp>,
    /// Joined before.
    #[serde(default, with = "crate::timestamp::option")]
    pub join_time_to: Option<Timestamp>,
}

/// Which participants.
#[skip_serializing_none]
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ListParticipants {
    /// How many a page, up to 100 (Webex's default 10).
    pub max: Option<u32>,
    /// Of this instance, or of the last one of this series or occurrence.
    pub meeting_id: String,
    /// Who was in this breakout session of an ended instance.
    pub breakout_session_id: Option<String>,
    /// Which instance.
    #[serde(flatten)]
    pub meeting_start: MeetingStart,
    /// On behalf of this host; for administrators.
    pub host_email: Option<String>,
    /// Who joined when.
    #[serde(flatten)]
    pub join_time: JoinTime,
    /// The IANA zone in which Webex writes times, as a header; what is read here are instants.
    #[serde(skip)]
    pub timezone: Option<String>,
}

/// Which participants, by their addresses.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct QueryParticipants {
    /// Of this instance, or of the last one of this series or occurrence.
    pub meeting_id: String,
    /// Which instance.
    pub meeting_start: MeetingStart,
    /// On behalf of this host; for administrators.
    pub host_email: Option<String>,
    /// Only people with these addresses.
    pub emails: Vec<String>,
    /// Who joined when.
    pub join_time: JoinTime,
    /// The IANA zone in which Webex writes times, as a header; what is read here are instants.
    pub timezone: Option<String>,
}

/// What happens to somebody in a running meeting; absent things stay.
#[skip_serializing_none]
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct UpdateParticipant {
    /// Muted, or unmuted.
    pub muted: Option<bool>,
    /// From the lobby into the meeting; false does nothing.
    pub admit: Option<bool>,
    /// Out of the meeting; beats the other two.
    pub expel: Option<bool>,
}

/// Somebody in the lobby.
#[skip_serializing_none]
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AdmitParticipant {
    /// Who; all of one request are in one meeting.
    pub participant_id: String,
    /// Into this breakout session; otherwise into the main one.
    pub breakout_session_id: Option<String>,
}

/// The calls. One that fails ends in a [`WebexError`]; `Invalid` and `Foreign` mean that nothing was sent.
#[derive(Clone, Copy, Debug)]
pub struct Participants<'a>(pub(crate) &'a Client);

impl Participants<'_> {
    /// Lists who is in a running meeting, or who was in an ended one. The token's owner is its host
    /// or an administrator. Scope: `meeting:participants_read`.
    pub async fn list(&self, query: &ListParticipants) -> Result<Page<Participant>, WebexError> {
        self.0.page(query.asked_again()?).await
    }

    /// Looks people up by their addresses, in a running or an ended meeting. Scope:
    /// `meeting:participants_read`.
    pub async fn query(&self, query: &QueryParticipants) -> Result<Page<Participant>, WebexError> {
        self.0.page(query.asked_again()?).await
    }

    /// Reads one participant. `host_email` is for administrators, on behalf of that host.
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

    /// Mutes, unmutes, admits or expels somebody; for the host and cohosts of a running meeting.
    ///
    /// A success may be without effect: Webex knows of the defect where everybody joined with the
    /// Webex app. Read the participant again to be sure. Scope: `meeting:participants_write`.
    pub async fn update(
        &self,
        participant_id: &str,
        update: &UpdateParticipant,
    ) -> Result<Participant, WebexError> {
        if *update == UpdateParticipant::default() {
            let reason = "say what shall happen: muted, admit or expel";
            return Err(WebexError::invalid("muted", reason));
        }
        self.0
            .reply(UPDATE.call().id(participant_id)?.json(update)?)
            .await
    }

    /// Lets up to 100 people in from the lobby. Scope: `meeting:participants_write`.
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
