//! A participant: one struct for the live form and the ended one, which have different fields.

use jiff::Timestamp;
use serde::{Deserialize, Deserializer, Serialize};
use serde_with::skip_serializing_none;

use crate::open_enum::open_enum;

open_enum! {
    /// Where the participant is.
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
    /// How a device hears and speaks.
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

/// One person in one meeting. Webex's "1970" for a time that is not known yet reads as absent.
#[skip_serializing_none]
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Participant {
    /// The participant's id, which names the meeting too.
    pub id: String,
    /// The organisation; of running meetings only.
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
    /// Where the participant is.
    pub state: Option<ParticipantState>,
    /// The breakout session the participant is in.
    pub breakout_session_id: Option<String>,
    /// Since when; may be absent until the meeting has ended.
    #[serde(default, with = "known_time")]
    pub joined_time: Option<Timestamp>,
    /// Until when; may be absent until the meeting has ended.
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
    /// Breakout sessions the participant was in; of ended instances only.
    pub breakout_sessions_attended: Option<Vec<BreakoutAttendance>>,
    /// Where the participant came from, as the invitation's source says.
    pub source_id: Option<String>,
}

/// One device with which a participant joined.
#[skip_serializing_none]
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Device {
    /// Webex's own id of this time of joining.
    pub correlation_id: Option<String>,
    /// What it is.
    pub device_type: Option<String>,
    /// How it hears and speaks.
    pub audio_type: Option<AudioType>,
    /// Since when.
    #[serde(default, with = "known_time")]
    pub joined_time: Option<Timestamp>,
    /// Until when.
    #[serde(default, with = "known_time")]
    pub left_time: Option<Timestamp>,
    /// How long, in seconds.
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
    /// Its name.
    pub name: Option<String>,
    /// Since when.
    #[serde(default, with = "known_time")]
    pub joined_time: Option<Timestamp>,
    /// Until when.
    #[serde(default, with = "known_time")]
    pub left_time: Option<Timestamp>,
}

/// A time for which Webex writes `1970-01-01T00:00:00.000Z` while it does not know it.
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
