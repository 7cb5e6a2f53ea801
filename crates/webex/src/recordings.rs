//! Recordings: list, read, share and delete them; the recycle bin; and the view of administrators.
//!
//! Recordings belong to ended instances and also name their occurrence and series. They appear a
//! few minutes after the end of the meeting.

use http::Method;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_with::skip_serializing_none;

use crate::client::Client;
use crate::error::WebexError;
use crate::limits::MAX_BULK_RECORDINGS_COUNT;
use crate::open_enum::open_enum;
use crate::operation::{Call, Operation, Repeat};
use crate::page::{AskedAgain, Page};
use crate::timestamp::check_window;

pub mod admin;
pub mod bin;
mod recording;
pub mod share;

pub use recording::{DirectDownloadLinks, Recording};

/// `GET /recordings`; administrators: `meeting:admin_recordings_read`, compliance officers:
/// `spark-compliance:meetings_read`.
pub static LIST: Operation = Operation {
    name: "recordings.list",
    method: Method::GET,
    path: "/recordings",
    repeat: Repeat::Read,
    scopes: &["meeting:recordings_read"],
};

/// `GET /recordings/{recordingId}`; the other scopes are those of the list.
pub static GET: Operation = Operation {
    name: "recordings.get",
    method: Method::GET,
    path: "/recordings/{recordingId}",
    repeat: Repeat::Read,
    scopes: &["meeting:recordings_read"],
};

open_enum! {
    /// The format of the file.
    RecordingFormat {
        /// MP4.
        Mp4 = "MP4",
        /// Webex's own format.
        Arf = "ARF",
        /// Uploaded manually; cannot be used as a filter.
        Uploaded = "UPLOADED",
    }
}

open_enum! {
    /// The kind of meeting that was recorded.
    ServiceType {
        /// A meeting.
        MeetingCenter = "MeetingCenter",
        /// An event.
        EventCenter = "EventCenter",
        /// A training session.
        TrainingCenter = "TrainingCenter",
        /// A support meeting.
        SupportCenter = "SupportCenter",
    }
}

open_enum! {
    /// The state of the recording.
    RecordingStatus {
        /// Available.
        Available = "available",
        /// In the recycle bin.
        Deleted = "deleted",
        /// Purged from the bin; visible only to compliance officers.
        Purged = "purged",
    }
}

/// Selects recordings that the caller hosted or that were shared with the caller, newest first.
///
/// Without `from` and `to`, those of the last 7 days; one of them alone gives 7 days.
#[skip_serializing_none]
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ListRecordings {
    /// Entries per page, 1 to 100 (Webex's default: 10).
    pub max: Option<u32>,
    /// Only recordings created at this time or later.
    #[serde(default, with = "crate::timestamp::option")]
    pub from: Option<Timestamp>,
    /// Only recordings created before this time.
    #[serde(default, with = "crate::timestamp::option")]
    pub to: Option<Timestamp>,
    /// Only of this series, occurrence or instance; the site is then ignored.
    pub meeting_id: Option<String>,
    /// The host on whose behalf the call acts; for administrators.
    pub host_email: Option<String>,
    /// Only on this site; on all sites of the caller if absent.
    pub site_url: Option<String>,
    /// Only of meetings with this tag; only the application that set a tag sees it.
    pub integration_tag: Option<String>,
    /// Only recordings whose topic contains this text, ignoring case.
    pub topic: Option<String>,
    /// Only recordings in this format.
    pub format: Option<RecordingFormat>,
    /// Only recordings of this kind of meeting.
    pub service_type: Option<ServiceType>,
    /// Only available ones (Webex's default), or those in the bin. Purged ones only for compliance
    /// officers and together with a meeting.
    pub status: Option<RecordingStatus>,
    /// The IANA time zone for the times in Webex's answer, sent as a header. The parsed times do
    /// not depend on it.
    #[serde(skip)]
    pub timezone: Option<String>,
}

impl AskedAgain for ListRecordings {
    fn asked_again(&self) -> Result<Call<'_>, WebexError> {
        check_window("from", self.from, self.to)?;
        if self.status == Some(RecordingStatus::Purged) && self.meeting_id.is_none() {
            let reason = "purged recordings are listed for one meeting only";
            return Err(WebexError::invalid("meetingId", reason));
        }
        let call = LIST.call().query(self)?;
        call.time_zone(self.timezone.as_deref())
    }
}

/// The options for reading a recording.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct GetRecording {
    /// The host on whose behalf the call acts; for administrators.
    pub host_email: Option<String>,
    /// The site, sent as a header; if absent, the site that the id implies.
    pub site_url: Option<String>,
    /// The IANA time zone for the times in Webex's answer, sent as a header. The parsed times do
    /// not depend on it.
    pub timezone: Option<String>,
}

/// The calls of this noun. A failed call returns a [`WebexError`]; after `Invalid` and `Foreign`,
/// nothing was sent.
#[derive(Clone, Copy, Debug)]
pub struct Recordings<'a>(pub(crate) &'a Client);

impl Recordings<'_> {
    /// Lists recordings, without direct download links. Scope: `meeting:recordings_read`.
    pub async fn list(&self, query: &ListRecordings) -> Result<Page<Recording>, WebexError> {
        self.0.page(query.asked_again()?).await
    }

    /// Reads one recording, with direct download links that work for 3 hours.
    /// Scope: `meeting:recordings_read`.
    pub async fn get(
        &self,
        recording_id: &str,
        how: &GetRecording,
    ) -> Result<Recording, WebexError> {
        let call = GET
            .call()
            .id(recording_id)?
            .query(&[("hostEmail", how.host_email.as_deref())])?
            .header("siteUrl", how.site_url.as_deref())?
            .time_zone(how.timezone.as_deref())?;
        self.0.reply(call).await
    }
}

/// Checks that there are no more ids than Webex accepts at once.
fn check_ids(recording_ids: &[String]) -> Result<(), WebexError> {
    if !(1..=MAX_BULK_RECORDINGS_COUNT).contains(&recording_ids.len()) {
        let reason = format!("1 to {MAX_BULK_RECORDINGS_COUNT} fit into one request; send several");
        return Err(WebexError::invalid("recordingIds", reason));
    }
    if recording_ids.iter().any(String::is_empty) {
        return Err(WebexError::invalid("recordingIds", "one of them is empty"));
    }
    Ok(())
}
