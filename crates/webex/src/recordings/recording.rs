//! A recording: one struct for users, for administrators, and for the form with download links.

use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_with::skip_serializing_none;

use super::{RecordingFormat, RecordingStatus, ServiceType};
use crate::meetings::Password;

/// A recording. `Debug` shows neither its password nor its links.
#[skip_serializing_none]
#[derive(Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Recording {
    /// The recording's id.
    pub id: String,
    /// The ended instance.
    pub meeting_id: Option<String>,
    /// Its occurrence.
    pub scheduled_meeting_id: Option<String>,
    /// Its series.
    pub meeting_series_id: Option<String>,
    /// The topic.
    pub topic: Option<String>,
    /// The time when the file was made, which is after the meeting.
    #[serde(default, with = "crate::timestamp::option")]
    pub create_time: Option<Timestamp>,
    /// The time when the recording was started in the meeting.
    #[serde(default, with = "crate::timestamp::option")]
    pub time_recorded: Option<Timestamp>,
    /// The host's name, for administrators.
    pub host_display_name: Option<String>,
    /// The host's address, for administrators.
    pub host_email: Option<String>,
    /// The site.
    pub site_url: Option<String>,
    /// A page from which people download it; absent where downloads are prevented.
    pub download_url: Option<String>,
    /// A page on which people watch it.
    pub playback_url: Option<String>,
    /// The password for those pages.
    pub password: Option<Password>,
    /// The format of the file.
    pub format: Option<RecordingFormat>,
    /// The kind of meeting.
    pub service_type: Option<ServiceType>,
    /// The duration in seconds.
    #[serde(default, deserialize_with = "crate::lenient::whole_number")]
    pub duration_seconds: Option<u64>,
    /// The size of the file in bytes.
    #[serde(default, deserialize_with = "crate::lenient::whole_number")]
    pub size_bytes: Option<u64>,
    /// The recording was shared with the token's owner.
    pub share_to_me: Option<bool>,
    /// Direct links to the files; only when a single recording is read.
    pub temporary_direct_download_links: Option<DirectDownloadLinks>,
    /// The meeting's tags, visible to the application that set them.
    pub integration_tags: Option<Vec<String>>,
    /// The state of the recording.
    pub status: Option<RecordingStatus>,
}

/// Direct links to the files. They work for anyone who has them, for 3 hours after the request:
/// request them again and do not store them. All are absent if downloads are prevented, except for
/// compliance officers.
#[skip_serializing_none]
#[derive(Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DirectDownloadLinks {
    /// The recording itself.
    pub recording_download_link: Option<String>,
    /// Its audio.
    pub audio_download_link: Option<String>,
    /// Its transcript.
    pub transcript_download_link: Option<String>,
    /// The time when the links stop working.
    #[serde(default, with = "crate::timestamp::option")]
    pub expiration: Option<Timestamp>,
}

impl DirectDownloadLinks {
    /// Whether the links still work at this time; `false` if their end is not known.
    pub fn work_at(&self, now: Timestamp) -> bool {
        self.expiration.is_some_and(|end| now < end)
    }
}

impl fmt::Debug for Recording {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Recording")
            .field("id", &self.id)
            .field("meeting_id", &self.meeting_id)
            .field("create_time", &self.create_time)
            .field("status", &self.status)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for DirectDownloadLinks {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("DirectDownloadLinks")
            .field("expiration", &self.expiration)
            .finish_non_exhaustive()
    }
}
