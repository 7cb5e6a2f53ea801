//! Recordings: list, read, share, delete; a recycle bin; and what administrators see.
//!
//! Recordings hang on ended instances and name their occurrence and series as well. They appear some
//! minutes after the end of the meeting.

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

/// `GET /recordings/{recordingId}`; other scopes as for the list.
pub static GET: Operation = Operation {
    name: "recordings.get",
    method: Method::GET,
    path: "/recordings/{recordingId}",
    repeat: Repeat::Read,
    scopes: &["meeting:recordings_read"],
};

open_enum! {
    /// The form of the file.
    RecordingFormat {
        /// MP4.
        Mp4 = "MP4",
        /// Webex's own form.
        Arf = "ARF",
        /// Uploaded by hand; not usable as a filter.
        Uploaded = "UPLOADED",
    }
}

open_enum! {
    /// What kind of meeting was recorded.
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
    /// Where the recording is.
    RecordingStatus {
        /// Available.
        Available = "available",
        /// In the recycle bin.
        Deleted = "deleted",
        /// Purged from it; visible to compliance officers only.
        Purged = "purged",
    }
}

/// Which recordings: those one hosted or that were shared with one, newest first.
///
/// Without `from` and `to` those of the last 7 days; one of them alone gives 7 days.
#[skip_serializing_none]
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ListRecordings {
    /// How many a page, 1 to 100 (Webex's default 10).
    pub max: Option<u32>,
    /// Created since.
    #[serde(default, with = "crate::timestamp::option")]
    pub from: Option<Timestamp>,
    /// Created before.
    #[serde(default, with = "crate::timestamp::option")]
    pub to: Option<Timestamp>,
    /// Of this series, occurrence or instance; the site is ignored then.
    pub meeting_id: Option<String>,
    /// On behalf of this host; for administrators.
    pub host_email: Option<String>,
    /// On this site; otherwise on all of one's sites.
    pub site_url: Option<String>,
    /// Of meetings with this tag, which is visible to the application that set it.
    pub integration_tag: Option<String>,
    /// Whose topic contains this, in any case.
    pub topic: Option<String>,
    /// In this form.
    pub format: Option<RecordingFormat>,
    /// Of this kind of meeting.
    pub service_type: Option<ServiceType>,
    /// Available (Webex's default), or in the bin. Purged ones only for compliance officers and with
    /// a meeting.
    pub status: Option<RecordingStatus>,
    /// The IANA zone in which Webex writes times, as a header; what is read here are instants.
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

/// How one recording is read.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct GetRecording {
    /// On behalf of this host; for administrators.
    pub host_email: Option<String>,
    /// From this site, as a header; otherwise from the one that the id implies.
    pub site_url: Option<String>,
    /// The IANA zone in which Webex writes times, as a header; what is read here are instants.
    pub timezone: Option<String>,
}

/// The calls. One that fails ends in a [`WebexError`]; `Invalid` and `Foreign` mean that nothing was sent.
#[derive(Clone, Copy, Debug)]
pub struct Recordings<'a>(pub(crate) &'a Client);

impl Recordings<'_> {
    /// Lists recordings, without direct download links. Scope: `meeting:recordings_read`.
    pub async fn list(&self, query: &ListRecordings) -> Result<Page<Recording>, WebexError> {
        self.0.page(query.asked_again()?).await
    }

    /// Reads one recording, with direct download links that end after 3 hours.
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

/// As many ids as Webex takes at once.
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
