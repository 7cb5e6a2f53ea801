//! A recording: one struct for the user's form, the administrator's and the one with download links.

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
    /// When the file was made, which is after the meeting.
    #[serde(default, with = "crate::timestamp::option")]
    pub create_time: Option<Timestamp>,
    /// When the recording was started in the meeting.
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
    /// What those pages ask for.
    pub password: Option<Password>,
    /// The form of the file.
    pub format: Option<RecordingFormat>,
    /// What kind of meeting it was.
    pub service_type: Option<ServiceType>,
    /// How long it plays, in seconds.
    #[serde(default, deserialize_with = "crate::lenient::whole_number")]
    pub duration_seconds: Option<u64>,
    /// How large the file is, in bytes.
    #[serde(default, deserialize_with = "crate::lenient::whole_number")]
    pub size_bytes: Option<u64>,
    /// Somebody shared it with the token's owner.
    pub share_to_me: Option<bool>,
    /// Links straight to the files; only where a single recording is read.
    pub temporary_direct_download_links: Option<DirectDownloadLinks>,
    /// The meeting's tags, visible to the application that set them.
    pub integration_tags: Option<Vec<String>>,
    /// Where the recording is.
    pub status: Option<RecordingStatus>,
}

/// Links straight to the files, which work for anybody who has them, for 3 hours after the request:
/// ask again instead of keeping them. All are absent where downloads are prevented, except for
/// compliance officers.
#[skip_serializing_none]
#[derive(Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DirectDownloadLinks {
    /// The recording itself.
    pub recording_download_link: Option<String>,
    /// Its sound.
    pub audio_download_link: Option<String>,
    /// Its transcript.
    pub transcript_download_link: Option<String>,
    /// When the links end.
    #[serde(default, with = "crate::timestamp::option")]
    pub expiration: Option<Timestamp>,
}

impl DirectDownloadLinks {
    /// Whether the links still work at a point in time; no where their end is not known.
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
