//! Participants: who is or was in a meeting, and who waits in its lobby. What they look like in
//! answers.

mod admit;
mod change;
mod entrants;
mod get;
mod render;
mod scan;
mod update;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;
use webex::participants as api;
use webex::participants::ParticipantState;

use crate::error::{CallError, Code};
use crate::tool::{Entry, PageInfo, Row, Theirs, lengths};

pub const TOOLS: &[Entry] = &[
    Entry::of::<get::GetParticipant>(),
    Entry::of::<update::UpdateParticipant>(),
    Entry::of::<admit::AdmitParticipants>(),
];

/// A participant as an answer tells it; what is absent is unknown or false.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Participant {
    id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    email: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    display_name: Option<Theirs>,
    /// lobby, joined, breakoutSession; end: has left.
    #[serde(skip_serializing_if = "Option::is_none")]
    state: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    host: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    co_host: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    invitee: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    muted: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    joined_time: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    left_time: Option<String>,
}

impl From<api::Participant> for Participant {
    fn from(participant: api::Participant) -> Self {
        let is = |flag: Option<bool>| flag.filter(|is| *is);
        let time = |time: Option<Timestamp>| time.map(|time| time.to_string());
        Participant {
            id: participant.id,
            email: participant.email,
            display_name: participant.display_name.map(Theirs::from),
            state: participant.state.map(|state| state.to_string()),
            host: is(participant.host),
            co_host: is(participant.co_host),
            // Who was not invited is what a host wants to know.
            invitee: participant.invitee,
            muted: is(participant.muted),
            joined_time: time(participant.joined_time),
            left_time: time(participant.left_time),
        }
    }
}

/// Participants of one meeting.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Participants {
    participants: Vec<Participant>,
    /// The instance that they are or were in, where it was not in the question.
    #[serde(skip_serializing_if = "Option::is_none")]
    meeting_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    meeting_start: Option<String>,
    page: PageInfo,
}

impl Participants {
    fn of_one(one: api::Participant) -> Self {
        Participants {
            meeting_id: one.meeting_id.clone(),
            meeting_start: one.meeting_start_time.map(|start| start.to_string()),
            participants: vec![one.into()],
            page: PageInfo::whole(1),
        }
    }
}

impl Row for Participant {
    fn bytes(&self) -> usize {
        let plain = [
            self.email.as_deref(),
            self.state.as_deref(),
            self.joined_time.as_deref(),
            self.left_time.as_deref(),
        ];
        let name = self.display_name.as_ref().map_or(0, Theirs::shown_bytes);
        self.id.len() + lengths(plain) + name
    }
}

fn waits(participant: &api::Participant) -> bool {
    participant.state == Some(ParticipantState::Lobby)
}

/// Says of a meeting that is not there what else may be the reason.
fn hosts_see(error: CallError) -> CallError {
    match error.code {
        Code::NotFound => error.advise(
            "Only the host and cohosts see participants, and only once the meeting has started; of a series only the last meeting of the past month is found: pass from and to, or the id of an instance from webex-list-meetings with meetingType meeting.",
        ),
        _ => error,
    }
}

/// The same of people who are to be let in.
fn hosts_admit(error: CallError) -> CallError {
    match error.code {
        Code::NotFound => error.advise(
            "Only the host and cohosts let people in, and only while the meeting is running; see webex-get-meeting-status.",
        ),
        _ => error,
    }
}

/// Says of a change that was refused what may be the reason.
fn hosts_change(error: CallError) -> CallError {
    match error.code {
        Code::Conflict => error.advise(
            "People are muted, let in and removed only while the meeting is running; see webex-get-meeting-status.",
        ),
        Code::NotFound => error.advise(
            "Only the host and cohosts do this; list the participants with webex-get-meeting-participant.",
        ),
        _ => error,
    }
}
