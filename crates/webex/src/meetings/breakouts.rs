//! Breakout sessions: separate rooms of a meeting, planned before it starts.

use http::Method;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_with::skip_serializing_none;

use crate::error::WebexError;
use crate::limits::MAX_BREAKOUT_SESSIONS_COUNT;
use crate::meetings::rules::check_count;
use crate::meetings::{Meetings, scheduled};
use crate::operation::{Operation, Repeat};
use crate::page::Page;

/// `GET /meetings/{meetingId}/breakoutSessions`.
pub static LIST: Operation = Operation {
    name: "meeting_breakouts.list",
    method: Method::GET,
    path: "/meetings/{meetingId}/breakoutSessions",
    repeat: Repeat::Read,
    scopes: &["meeting:schedules_read"],
};

/// `PUT /meetings/{meetingId}/breakoutSessions`.
pub static UPDATE: Operation = Operation {
    name: "meeting_breakouts.update",
    method: Method::PUT,
    path: "/meetings/{meetingId}/breakoutSessions",
    repeat: Repeat::Write,
    scopes: &["meeting:schedules_write"],
};

/// `DELETE /meetings/{meetingId}/breakoutSessions`.
pub static DELETE: Operation = Operation {
    name: "meeting_breakouts.delete",
    method: Method::DELETE,
    path: "/meetings/{meetingId}/breakoutSessions",
    repeat: Repeat::Write,
    scopes: &["meeting:schedules_write"],
};

/// A breakout session to plan.
#[skip_serializing_none]
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct BreakoutPlan {
    /// The name.
    pub name: String,
    /// The addresses of the people in this session; nobody may be in two.
    pub invitees: Option<Vec<String>>,
}

/// A breakout session.
#[skip_serializing_none]
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct BreakoutSession {
    /// The session's id.
    pub id: String,
    /// The name.
    pub name: Option<String>,
    /// The addresses of the people who were planned for this session.
    pub invitees: Option<Vec<String>>,
    /// The start; only for ended instances.
    #[serde(default, with = "crate::timestamp::option")]
    pub start_time: Option<Timestamp>,
    /// The end; only for ended instances.
    #[serde(default, with = "crate::timestamp::option")]
    pub end_time: Option<Timestamp>,
}

/// All breakout sessions of a meeting, at most 100.
#[skip_serializing_none]
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct UpdateBreakouts {
    /// The host on whose behalf the call acts; for admins.
    pub host_email: Option<String>,
    /// Whether Webex mails the invitees (Webex's default: yes).
    pub send_email: Option<bool>,
    /// The sessions.
    pub items: Vec<BreakoutPlan>,
}

impl UpdateBreakouts {
    fn check(&self) -> Result<(), WebexError> {
        check_count("items", self.items.len(), MAX_BREAKOUT_SESSIONS_COUNT)?;
        let invitees = self.items.iter().filter_map(|item| item.invitees.as_ref());
        let mut seen = std::collections::HashSet::new();
        if invitees.flatten().all(|email| seen.insert(email)) {
            return Ok(());
        }
        Err(WebexError::invalid(
            "items",
            "nobody can be assigned to more than one breakout session",
        ))
    }
}

impl Meetings<'_> {
    /// Lists breakout sessions; for an ended instance, those that took place.
    /// Scope: `meeting:schedules_read`.
    pub async fn list_breakouts(
        &self,
        meeting_id: &str,
        host_email: Option<&str>,
    ) -> Result<Page<BreakoutSession>, WebexError> {
        let call = LIST.call().id(meeting_id)?;
        self.0.page(call.header("hostEmail", host_email)?).await
    }

    /// Replaces the breakout sessions of a meeting that has not started.
    /// Scope: `meeting:schedules_write`.
    pub async fn update_breakouts(
        &self,
        meeting_id: &str,
        breakouts: &UpdateBreakouts,
    ) -> Result<Page<BreakoutSession>, WebexError> {
        breakouts.check()?;
        let call = scheduled(&UPDATE, meeting_id)?.json(breakouts)?;
        self.0.page(call).await
    }

    /// Deletes all breakout sessions; Webex mails the invitees unless `send_email` is false.
    /// Scope: `meeting:schedules_write`.
    pub async fn delete_breakouts(
        &self,
        meeting_id: &str,
        send_email: Option<bool>,
        host_email: Option<&str>,
    ) -> Result<(), WebexError> {
        let call = scheduled(&DELETE, meeting_id)?
            .query(&[("sendEmail", send_email)])?
            .header("hostEmail", host_email)?;
        self.0.done(call).await
    }
}
