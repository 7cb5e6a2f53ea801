//! Meetings: schedules, joining, controls, and everything else that belongs to setting up a
//! meeting.
//!
//! Three kinds of things share the name and the field `id` ([`MeetingType`] says which one it is):
//!
//! | kind | what it is | what belongs to it |
//! |---|---|---|
//! | series | a scheduled meeting as a whole, even if it happens once | registration, registrants, changes |
//! | scheduled meeting | one occurrence of a series | changes to that occurrence, invitees |
//! | instance | a meeting that has started ([`is_instance_id`]) | participants, recordings, transcripts, summaries |
//!
//! An instance cannot be changed; nor can a meeting while it is running.

use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::client::Client;
use crate::error::WebexError;
use crate::open_enum::open_enum;
use crate::operation::{Call, Operation};

pub mod approvals;
pub mod breakouts;
pub mod controls;
pub mod host;
pub mod interpreters;
pub mod invitation_sources;
pub mod join;
pub mod meeting;
mod recurrence;
pub mod registrants;
pub mod registration;
mod rules;
pub mod schedule;
pub mod series;
pub mod session_types;
pub mod settings;
pub mod surveys;
pub mod templates;
pub mod tracking_codes;

pub use meeting::Meeting;
pub use schedule::{CreateMeeting, PatchMeeting, UpdateMeeting};
pub use series::{AdminListMeetings, DeleteMeeting, GetMeeting, ListMeetings};
pub use settings::MeetingSettings;

open_enum! {
    /// The kind of a meeting.
    MeetingType {
        /// A scheduled meeting as a whole, even if it happens only once.
        MeetingSeries = "meetingSeries",
        /// One occurrence of a series.
        ScheduledMeeting = "scheduledMeeting",
        /// A meeting that is running or has ended.
        Meeting = "meeting",
    }
}

open_enum! {
    /// The state of a meeting. A series is active, in progress or expired; a scheduled meeting is
    /// scheduled, ready, ended or missed; an instance is lobby, in progress or ended.
    MeetingState {
        /// A series with future meetings.
        Active = "active",
        /// An occurrence in the future.
        Scheduled = "scheduled",
        /// An occurrence that can be joined.
        Ready = "ready",
        /// People are waiting, and the host is not there.
        Lobby = "lobby",
        /// It is running.
        InProgress = "inProgress",
        /// It is over; its details are available 15 minutes later.
        Ended = "ended",
        /// Nobody joined.
        Missed = "missed",
        /// A series without future meetings.
        Expired = "expired",
    }
}

open_enum! {
    /// The kind of event that was scheduled.
    ScheduledType {
        /// A meeting.
        Meeting = "meeting",
        /// A webinar; needs a session type that allows it.
        Webinar = "webinar",
        /// A meeting in somebody's personal room.
        PersonalRoomMeeting = "personalRoomMeeting",
    }
}

/// A password or a link that admits people. `Debug` never shows it.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Password(String);

impl Password {
    /// The text itself.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<String> for Password {
    fn from(text: String) -> Self {
        Self(text)
    }
}

impl From<&str> for Password {
    fn from(text: &str) -> Self {
        Self(text.to_owned())
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("…")
    }
}

/// True for the id of an instance: a meeting that is running or has ended.
pub fn is_instance_id(meeting_id: &str) -> bool {
    meeting_id.contains("_I_")
}

/// True for an id that clearly belongs to a series or an occurrence: 32 hexadecimal digits, for an
/// occurrence followed by its start, such as `_20260105T090000Z`.
pub fn is_scheduled_id(meeting_id: &str) -> bool {
    let (series, start) = match meeting_id.split_once('_') {
        Some((series, start)) => (series, Some(start)),
        None => (meeting_id, None),
    };
    let is_start = |start: &str| start.parse::<Timestamp>().is_ok();
    series.len() == 32
        && series.bytes().all(|byte| byte.is_ascii_hexdigit())
        && start.is_none_or(is_start)
}

/// The calls on meetings; see [`Client::meetings`]. A failed call returns a [`WebexError`]; after
/// `Invalid` and `Foreign`, nothing was sent. With `host_email`, a call acts on behalf of that host
/// and needs the admin scope in place of the user's.
#[derive(Clone, Copy, Debug)]
pub struct Meetings<'a>(pub(crate) &'a Client);

/// A call on a series or an occurrence; an instance cannot be set up any more.
fn scheduled<'a>(operation: &'a Operation, meeting_id: &str) -> Result<Call<'a>, WebexError> {
    check_no_instance(meeting_id)?;
    operation.call().id(meeting_id)
}

/// Refuses an instance, for calls where Webex accepts only a series or an occurrence.
pub(crate) fn check_no_instance(meeting_id: &str) -> Result<(), WebexError> {
    if is_instance_id(meeting_id) {
        return Err(WebexError::invalid(
            "meetingId",
            "this is the id of a meeting that already started; take the series' or the occurrence's",
        ));
    }
    Ok(())
}

/// Refuses a series or an occurrence, for calls where Webex accepts only an ended instance.
pub(crate) fn check_instance(meeting_id: &str) -> Result<(), WebexError> {
    if meeting_id.is_empty() || is_scheduled_id(meeting_id) {
        return Err(WebexError::invalid(
            "meetingId",
            "take the id of an ended instance; list the series' meetings of type meeting to find it",
        ));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_kinds_of_id_and_only_instances_are_refused() {
        let instance = "0ed74a1c0551494fb7a04e2881bf50ae_I_166022169160077044";
        let series = "0ed74a1c0551494fb7a04e2881bf50ae";
        let occurrence = "0ed74a1c0551494fb7a04e2881bf50ae_20260105T090000Z";
        assert!(is_instance_id(instance));
        assert!(!is_instance_id(series) && !is_instance_id(occurrence));
        assert!(scheduled(&series::PATCH, series).is_ok());
        assert!(scheduled(&series::PATCH, occurrence).is_ok());
        let error = scheduled(&series::PATCH, instance).unwrap_err();
        assert!(!error.to_string().contains("0ed74a"));

        assert!(is_scheduled_id(series) && is_scheduled_id(occurrence));
        assert!(check_instance(series).is_err() && check_instance(occurrence).is_err());
        for other in [instance, "0ed74a1c_20260105T090000Z", "m"] {
            assert!(check_instance(other).is_ok(), "{other}");
        }
    }

    #[test]
    fn a_password_is_not_printed() {
        let password = Password::from("s3cret");
        assert_eq!(format!("{password:?}"), "…");
        assert_eq!(serde_json::to_string(&password).unwrap(), r#""s3cret""#);
    }
}
