//! Controls of a running meeting: its recording and its lock.

use http::Method;
use serde::{Deserialize, Serialize};
use serde_with::skip_serializing_none;

use crate::error::WebexError;
use crate::meetings::Meetings;
use crate::operation::{Operation, Repeat};

/// `GET /meetings/controls`.
pub static GET: Operation = Operation {
    name: "meeting_controls.get",
    method: Method::GET,
    path: "/meetings/controls",
    repeat: Repeat::Read,
    scopes: &["meeting:controls_read"],
};

/// `PUT /meetings/controls`.
pub static UPDATE: Operation = Operation {
    name: "meeting_controls.update",
    method: Method::PUT,
    path: "/meetings/controls",
    repeat: Repeat::Write,
    scopes: &["meeting:controls_write"],
};

/// The controls; in a change, an absent field stays as it is.
#[skip_serializing_none]
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct MeetingControls {
    /// The meeting is locked: nobody can join.
    pub locked: Option<bool>,
    /// It is being recorded.
    pub recording_started: Option<bool>,
    /// The recording is paused; ignored if `recording_started` is set to false.
    pub recording_paused: Option<bool>,
}

impl Meetings<'_> {
    /// Reads the controls of a running meeting. Scope: `meeting:controls_read`.
    pub async fn controls(&self, meeting_id: &str) -> Result<MeetingControls, WebexError> {
        let call = GET.call().query(&[("meetingId", meeting_id)])?;
        self.0.reply(call).await
    }

    /// Locks a running meeting, or starts, pauses, resumes or stops its recording.
    /// Scope: `meeting:controls_write`.
    pub async fn update_controls(
        &self,
        meeting_id: &str,
        controls: &MeetingControls,
    ) -> Result<MeetingControls, WebexError> {
        if *controls == MeetingControls::default() {
            return Err(WebexError::invalid(
                "locked",
                "nothing would change; set it or one of recordingStarted and recordingPaused",
            ));
        }
        let call = UPDATE.call().query(&[("meetingId", meeting_id)])?;
        self.0.reply(call.json(controls)?).await
    }
}
