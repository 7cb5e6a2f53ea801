//! Meetings: list, create, read, change and delete them; admins can do so across hosts.

use http::Method;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use serde_with::skip_serializing_none;

use crate::error::WebexError;
use crate::meetings::{
    CreateMeeting, Meeting, MeetingState, MeetingType, Meetings, Password, PatchMeeting,
    ScheduledType, UpdateMeeting, scheduled,
};
use crate::operation::{Call, Operation, Repeat};
use crate::page::{AskedAgain, Page};
use crate::timestamp::check_window;

/// `GET /meetings`.
pub static LIST: Operation = Operation {
    name: "meetings.list",
    method: Method::GET,
    path: "/meetings",
    repeat: Repeat::Read,
    scopes: &["meeting:schedules_read"],
};

/// `POST /meetings`.
pub static CREATE: Operation = Operation {
    name: "meetings.create",
    method: Method::POST,
    path: "/meetings",
    repeat: Repeat::Write,
    scopes: &["meeting:schedules_write"],
};

/// `GET /meetings/{meetingId}`.
pub static GET: Operation = Operation {
    name: "meetings.get",
    method: Method::GET,
    path: "/meetings/{meetingId}",
    repeat: Repeat::Read,
    scopes: &["meeting:schedules_read"],
};

/// `PATCH /meetings/{meetingId}`.
pub static PATCH: Operation = Operation {
    name: "meetings.patch",
    method: Method::PATCH,
    path: "/meetings/{meetingId}",
    repeat: Repeat::Write,
    scopes: &["meeting:schedules_write"],
};

/// `PUT /meetings/{meetingId}`.
pub static UPDATE: Operation = Operation {
    name: "meetings.update",
    method: Method::PUT,
    path: "/meetings/{meetingId}",
    repeat: Repeat::Write,
    scopes: &["meeting:schedules_write"],
};

/// `DELETE /meetings/{meetingId}`.
pub static DELETE: Operation = Operation {
    name: "meetings.delete",
    method: Method::DELETE,
    path: "/meetings/{meetingId}",
    repeat: Repeat::Write,
    scopes: &["meeting:schedules_write"],
};

/// `GET /admin/meetings`.
pub static ADMIN_LIST: Operation = Operation {
    name: "meetings.admin_list",
    method: Method::GET,
    path: "/admin/meetings",
    repeat: Repeat::Read,
    scopes: &["meeting:admin_schedule_read"],
};

/// `GET /admin/meetings/{meetingId}`.
pub static ADMIN_GET: Operation = Operation {
    name: "meetings.admin_get",
    method: Method::GET,
    path: "/admin/meetings/{meetingId}",
    repeat: Repeat::Read,
    scopes: &["meeting:admin_schedule_read"],
};

/// The window that Webex lists if only one end of it is given, or none.
const DEFAULT_WINDOW: SignedDuration = SignedDuration::from_hours(7 * 24);

/// Selects meetings. Without a number, a link or a room: those in a window, see
/// [`ListMeetings::window`].
#[skip_serializing_none]
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ListMeetings {
    /// The meeting with this number; cannot be combined with a link or a room.
    pub meeting_number: Option<String>,
    /// The meeting with this link; cannot be combined with a number or a room.
    pub web_link: Option<String>,
    /// The meeting of this room; cannot be combined with a number or a link.
    pub room_id: Option<String>,
    /// Occurrences and instances of this series.
    pub meeting_series_id: Option<String>,
    /// Entries per page, 1 to 100 (Webex's default: 10).
    pub max: Option<u32>,
    /// The start of the window, inclusive.
    #[serde(default, with = "crate::timestamp::option")]
    pub from: Option<Timestamp>,
    /// The end of the window, exclusive.
    #[serde(default, with = "crate::timestamp::option")]
    pub to: Option<Timestamp>,
    /// Only this kind (Webex's default: series).
    pub meeting_type: Option<MeetingType>,
    /// Only meetings in this state. Ended meetings have their details 15 minutes later; running
    /// ones have only a part.
    pub state: Option<MeetingState>,
    /// Only this kind of event.
    pub scheduled_type: Option<ScheduledType>,
    /// Only occurrences that differ from their series, or only those that do not.
    pub is_modified: Option<bool>,
    /// Ended instances with or without a chat.
    pub has_chat: Option<bool>,
    /// Ended instances with or without a recording.
    pub has_recording: Option<bool>,
    /// Ended instances with or without a transcript.
    pub has_transcription: Option<bool>,
    /// Ended instances with or without a summary.
    pub has_summary: Option<bool>,
    /// Ended instances with or without closed captions.
    pub has_closed_caption: Option<bool>,
    /// Ended instances with or without polls.
    pub has_polls: Option<bool>,
    /// Ended instances with or without questions and answers.
    #[serde(rename = "hasQA")]
    pub has_qa: Option<bool>,
    /// Ended instances with or without Slido.
    pub has_slido: Option<bool>,
    /// For a series: its next occurrence in place of the series (Webex's default: yes).
    pub current: Option<bool>,
    /// The host on whose behalf the call acts; for admins.
    pub host_email: Option<String>,
    /// Only meetings of this site; of all the user's sites if absent.
    pub site_url: Option<String>,
    /// Only meetings with this tag of the same integration.
    pub integration_tag: Option<String>,
    /// The meeting's password, for callers that are not allowed to see it. Sent as a header.
    #[serde(skip_serializing)]
    pub password: Option<Password>,
    /// The IANA time zone for the times in Webex's answer (default: UTC). Sent as a header.
    #[serde(skip_serializing)]
    pub timezone: Option<String>,
}

impl ListMeetings {
    /// The window that Webex lists at time `now`: the next 7 days, for instances the last 7 days;
    /// if one end is given, 7 days from there.
    pub fn window(&self, now: Timestamp) -> (Timestamp, Timestamp) {
        let later = |from: Timestamp| from.saturating_add(DEFAULT_WINDOW).unwrap_or(from);
        let earlier = |to: Timestamp| to.saturating_sub(DEFAULT_WINDOW).unwrap_or(to);
        match (self.from, self.to) {
            (Some(from), Some(to)) => (from, to),
            (Some(from), None) => (from, later(from)),
            (None, Some(to)) => (earlier(to), to),
            (None, None) if self.meeting_type == Some(MeetingType::Meeting) => (earlier(now), now),
            (None, None) => (now, later(now)),
        }
    }
}

impl AskedAgain for ListMeetings {
    fn asked_again(&self) -> Result<Call<'_>, WebexError> {
        check_one(
            "meetingNumber",
            &[
                self.meeting_number.is_some(),
                self.web_link.is_some(),
                self.room_id.is_some(),
            ],
        )?;
        check_window("from", self.from, self.to)?;
        LIST.call()
            .query(self)?
            .header("password", self.password.as_ref().map(Password::as_str))?
            .time_zone(self.timezone.as_deref())
    }
}

/// The options for reading a meeting.
#[skip_serializing_none]
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct GetMeeting {
    /// For a series: its next occurrence in place of the series (Webex's default: no).
    pub current: Option<bool>,
    /// The host on whose behalf the call acts; for admins, and not for [`Meetings::admin_get`].
    pub host_email: Option<String>,
    /// The meeting's password, for callers that are not allowed to see it. Sent as a header.
    #[serde(skip_serializing)]
    pub password: Option<Password>,
    /// The IANA time zone for the times in Webex's answer (default: UTC). Sent as a header.
    #[serde(skip_serializing)]
    pub timezone: Option<String>,
}

/// The options for deleting a meeting.
#[skip_serializing_none]
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DeleteMeeting {
    /// The host on whose behalf the call acts; for admins.
    pub host_email: Option<String>,
    /// Whether Webex mails the host and the invitees (Webex's default: yes).
    pub send_email: Option<bool>,
}

/// Selects the meeting that an admin looks for.
#[skip_serializing_none]
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AdminListMeetings {
    /// The meeting with this number; cannot be combined with a link.
    pub meeting_number: Option<String>,
    /// The meeting with this link; cannot be combined with a number.
    pub web_link: Option<String>,
    /// For a series: its next occurrence in place of the series (Webex's default: yes).
    pub current: Option<bool>,
    /// The IANA time zone for the times in Webex's answer (default: UTC). Sent as a header.
    #[serde(skip_serializing)]
    pub timezone: Option<String>,
}

impl Meetings<'_> {
    /// Lists meetings that the token's owner hosts or is invited to. Scope:
    /// `meeting:schedules_read`.
    pub async fn list(&self, query: &ListMeetings) -> Result<Page<Meeting>, WebexError> {
        self.0.page(query.asked_again()?).await
    }

    /// Schedules a meeting: at most 100 for a user in 24 hours, including failed ones.
    /// Scope: `meeting:schedules_write`.
    pub async fn create(&self, meeting: &CreateMeeting) -> Result<Meeting, WebexError> {
        meeting.check()?;
        self.0.reply(CREATE.call().json(&meeting.body()?)?).await
    }

    /// Reads one meeting of any kind. An instance may be unknown for some minutes after its
    /// webhook.
    /// Scope: `meeting:schedules_read`.
    pub async fn get(&self, meeting_id: &str, query: &GetMeeting) -> Result<Meeting, WebexError> {
        let call = GET
            .call()
            .id(meeting_id)?
            .query(query)?
            .header("password", query.password.as_ref().map(Password::as_str))?
            .time_zone(query.timezone.as_deref())?;
        self.0.reply(call).await
    }

    /// Changes the given fields of a series or an occurrence; not of one that is running or has
    /// ended.
    /// Scope: `meeting:schedules_write`.
    pub async fn patch(
        &self,
        meeting_id: &str,
        changes: &PatchMeeting,
    ) -> Result<Meeting, WebexError> {
        changes.check()?;
        // Webex declares it as JSON Patch, but it is a merge object, and Webex accepts it as plain
        // JSON.
        let call = scheduled(&PATCH, meeting_id)?.json(&changes.body()?)?;
        self.0.reply(call).await
    }

    /// Replaces a series or an occurrence; not one that is running or has ended. Prefer
    /// [`Meetings::patch`].
    /// Scope: `meeting:schedules_write`.
    pub async fn update(
        &self,
        meeting_id: &str,
        meeting: &UpdateMeeting,
    ) -> Result<Meeting, WebexError> {
        meeting.check()?;
        let call = scheduled(&UPDATE, meeting_id)?.json(&meeting.body()?)?;
        self.0.reply(call).await
    }

    /// Deletes a series with all its occurrences, or one occurrence; not one that is running or has
    /// ended.
    /// Scope: `meeting:schedules_write`.
    pub async fn delete(&self, meeting_id: &str, query: &DeleteMeeting) -> Result<(), WebexError> {
        let call = scheduled(&DELETE, meeting_id)?.query(query)?;
        self.0.done(call).await
    }

    /// Looks a meeting up by number or link on the sites that an admin or compliance officer
    /// manages.
    /// Scope: `meeting:admin_schedule_read`.
    pub async fn admin_list(&self, query: &AdminListMeetings) -> Result<Page<Meeting>, WebexError> {
        check_one(
            "meetingNumber",
            &[query.meeting_number.is_some(), query.web_link.is_some()],
        )?;
        let call = ADMIN_LIST
            .call()
            .query(query)?
            .time_zone(query.timezone.as_deref())?;
        self.0.page(call).await
    }

    /// Reads any meeting of the sites that an admin or compliance officer manages, without its
    /// passwords and links.
    /// Scope: `meeting:admin_schedule_read`.
    pub async fn admin_get(
        &self,
        meeting_id: &str,
        current: Option<bool>,
        timezone: Option<&str>,
    ) -> Result<Meeting, WebexError> {
        let call = ADMIN_GET
            .call()
            .id(meeting_id)?
            .query(&[("current", current)])?
            .time_zone(timezone)?;
        self.0.reply(call).await
    }
}

/// Refuses a request that names a meeting in more than one way.
pub(super) fn check_one(field: &'static str, are_set: &[bool]) -> Result<(), WebexError> {
    if are_set.iter().filter(|is_set| **is_set).count() <= 1 {
        return Ok(());
    }
    Err(WebexError::invalid(
        field,
        "a meeting is named in one way only; leave the others out",
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn default_windows_are_seven_days_ahead_and_for_instances_back() {
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        let now = at("2026-01-15T09:00:00Z");
        let window = |meeting_type, from: Option<&str>, to: Option<&str>| {
            let query = ListMeetings {
                meeting_type,
                from: from.map(at),
                to: to.map(at),
                ..Default::default()
            };
            query.window(now)
        };
        let (early, late) = (at("2026-01-08T09:00:00Z"), at("2026-01-22T09:00:00Z"));
        let instances = || Some(MeetingType::Meeting);
        assert_eq!(window(None, None, None), (now, late));
        assert_eq!(
            window(Some(MeetingType::ScheduledMeeting), None, None),
            (now, late)
        );
        assert_eq!(window(instances(), None, None), (early, now));
        let text = "2026-01-15T09:00:00Z";
        assert_eq!(window(instances(), Some(text), None), (now, late));
        assert_eq!(window(None, None, Some(text)), (early, now));
        let far = "2020-01-01T00:00:00Z";
        assert_eq!(window(None, Some(far), Some(text)), (at(far), now));
    }
}
