//! A participant: one struct for running and for ended meetings, which have different fields.

use jiff::Timestamp;
use serde::{Deserialize, Deserializer, Serialize};
use serde_with::skip_serializing_none;

use crate::open_enum::open_enum;

open_enum! {
    /// The place of the participant.
    ParticipantState {
        /// In the lobby.
        Lobby = "lobby",
        /// Has left.
        End = "end",
        /// In the meeting.
        Joined = "joined",
        /// In a breakout session of a running meeting.
        BreakoutSession = "breakoutSession",
    }
}

open_enum! {
    /// The camera.
    VideoState {
        /// On.
        On = "on",
        /// Off.
        Off = "off",
    }
}

open_enum! {
    /// How a device is connected to the audio.
    AudioType {
        /// By telephone.
        Pstn = "pstn",
        /// Over the network.
        Voip = "voip",
        /// Not at all.
        Inactive = "inactive",
    }
}

open_enum! {
    /// Who called whom by telephone.
    PstnCallType {
        /// The participant called the meeting.
        CallIn = "callIn",
        /// The meeting called the participant.
        CallBack = "callBack",
    }
}

/// One person in one meeting. For a time that is not known yet, Webex sends a date in 1970; it
/// counts as absent here.
#[skip_serializing_none]
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Participant {
    /// The participant's id, which also contains the meeting.
    pub id: String,
    /// The organization; only for running meetings.
    pub org_id: Option<String>,
    /// The host.
    pub host: Option<bool>,
    /// Has the host's rights.
    pub co_host: Option<bool>,
    /// Moderates the space that the meeting belongs to.
    pub space_moderator: Option<bool>,
    /// The address.
    pub email: Option<String>,
    /// The name.
    pub display_name: Option<String>,
    /// Was invited.
    pub invitee: Option<bool>,
    /// Muted.
    pub muted: Option<bool>,
    /// When the meeting started.
    #[serde(default, with = "known_time")]
    pub meeting_start_time: Option<Timestamp>,
    /// The camera.
    pub video: Option<VideoState>,
    /// The place of the participant.
    pub state: Option<ParticipantState>,
    /// The breakout session the participant is in.
    pub breakout_session_id: Option<String>,
    /// The time of joining; may be absent until the meeting has ended.
    #[serde(default, with = "known_time")]
    pub joined_time: Option<Timestamp>,
    /// The time of leaving; may be absent until the meeting has ended.
    #[serde(default, with = "known_time")]
    pub left_time: Option<Timestamp>,
    /// The meeting's site.
    pub site_url: Option<String>,
    /// The instance.
    pub meeting_id: Option<String>,
    /// The host's address.
    pub host_email: Option<String>,
    /// The devices, one for each time the participant joined.
    pub devices: Option<Vec<Device>>,
    /// The breakout sessions that the participant was in; only for ended instances.
    pub breakout_sessions_attended: Option<Vec<BreakoutAttendance>>,
    /// The invitation source from which the participant came.
    pub source_id: Option<String>,
}

/// One device with which a participant joined.
#[skip_serializing_none]
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Device {
    /// Webex's id of this joining.
    pub correlation_id: Option<String>,
    /// The kind of device.
    pub device_type: Option<String>,
    /// How it is connected to the audio.
    pub audio_type: Option<AudioType>,
    /// The time of joining.
    #[serde(default, with = "known_time")]
    pub joined_time: Option<Timestamp>,
    /// The time of leaving.
    #[serde(default, with = "known_time")]
    pub left_time: Option<Timestamp>,
    /// The duration in seconds.
    #[serde(default, deserialize_with = "crate::lenient::whole_number")]
    pub duration_second: Option<u64>,
    /// Who called whom by telephone.
    pub call_type: Option<PstnCallType>,
    /// The telephone number, for compliance officers after the end.
    pub phone_number: Option<String>,
}

/// A breakout session that a participant was in.
#[skip_serializing_none]
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct BreakoutAttendance {
    /// The session's id.
    pub id: Option<String>,
    /// The name.
    pub name: Option<String>,
    /// The time of joining.
    #[serde(default, with = "known_time")]
    pub joined_time: Option<Timestamp>,
    /// The time of leaving.
    #[serde(default, with = "known_time")]
    pub left_time: Option<Timestamp>,
}

/// A time that Webex sends as `1970-01-01T00:00:00.000Z` while it is not known.
mod known_time {
    use super::{Deserializer, Timestamp};
    pub use crate::timestamp::option::serialize;

    pub fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<Timestamp>, D::Error> {
        let time = crate::timestamp::option::deserialize(deserializer)?;
        Ok(time.filter(|time| *time != Timestamp::UNIX_EPOCH))
    }
}
