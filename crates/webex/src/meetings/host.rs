//! What a host, or an admin for the host, does with a whole meeting: end it, or give it a new host.

use http::Method;
use serde::{Deserialize, Serialize};
use serde_with::skip_serializing_none;

use crate::error::WebexError;
use crate::lenient;
use crate::limits::MAX_REASSIGNED_MEETINGS_COUNT;
use crate::meetings::Meetings;
use crate::meetings::rules::check_count;
use crate::operation::{Operation, Repeat};

/// `POST /meetings/reassignHost`: for admins.
pub static REASSIGN: Operation = Operation {
    name: "meetings.reassign_host",
    method: Method::POST,
    path: "/meetings/reassignHost",
    repeat: Repeat::Write,
    scopes: &["meeting:admin_schedule_write"],
};

/// `POST /meetings/{meetingId}/end`: for hosts, cohosts and compliance officers.
pub static END: Operation = Operation {
    name: "meetings.end",
    method: Method::POST,
    path: "/meetings/{meetingId}/end",
    repeat: Repeat::Write,
    scopes: &["meeting:schedules_write"],
};

/// The meetings that get a new host.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ReassignHost {
    /// The new host.
    pub host_email: String,
    /// The meetings, 1 to 100 of one site.
    pub meeting_ids: Vec<String>,
    /// The site of the meetings; the admin's preferred site if absent. Sent as a header.
    #[serde(skip_serializing)]
    pub site_url: Option<String>,
}

/// The result for one meeting.
#[skip_serializing_none]
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Reassigned {
    /// The meeting.
    pub meeting_id: String,
    /// The HTTP status of this meeting's result.
    #[serde(default, deserialize_with = "lenient::number")]
    pub http_status: Option<u16>,
    /// Webex's message.
    pub message: Option<String>,
    /// Webex's reasons.
    #[serde(default)]
    pub errors: Vec<ReassignProblem>,
}

impl Reassigned {
    /// True if the meeting has its new host.
    pub fn is_done(&self) -> bool {
        self.http_status
            .is_some_and(|status| (200..300).contains(&status))
    }
}

/// One of Webex's reasons.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReassignProblem {
    /// The text.
    pub description: String,
}

#[derive(Deserialize)]
struct Outcomes {
    items: Vec<Reassigned>,
}

#[skip_serializing_none]
#[derive(Serialize)]
struct EndMeeting<'a> {
    reason: Option<&'a str>,
}

impl Meetings<'_> {
    /// Gives meetings a new host. An empty answer means that all of them have it; otherwise each
    /// meeting has its own result (207), and some may have failed.
    /// Scope: `meeting:admin_schedule_write`.
    pub async fn reassign_host(
        &self,
        reassign: &ReassignHost,
    ) -> Result<Vec<Reassigned>, WebexError> {
        let count = reassign.meeting_ids.len();
        check_count("meetingIds", count, MAX_REASSIGNED_MEETINGS_COUNT)?;
        if count == 0 {
            return Err(WebexError::invalid("meetingIds", "name at least one"));
        }
        let call = REASSIGN
            .call()
            .header("siteUrl", reassign.site_url.as_deref())?
            .json(reassign)?;
        let outcomes: Option<Outcomes> = self.0.reply_if_any(call).await?;
        Ok(outcomes.map(|outcomes| outcomes.items).unwrap_or_default())
    }

    /// Ends a running meeting for everyone; for a series, the occurrence that is running.
    /// Scope: `meeting:schedules_write`.
    pub async fn end(&self, meeting_id: &str, reason: Option<&str>) -> Result<(), WebexError> {
        let call = END.call().id(meeting_id)?.json(&EndMeeting { reason })?;
        self.0.done(call).await
    }
}
