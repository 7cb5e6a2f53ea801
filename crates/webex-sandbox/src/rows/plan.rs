//! What a host sets of a meeting: before it starts, and while it runs.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use serde_with::skip_serializing_none;

/// What a host set of a meeting's settings, by their names.
pub(crate) type Settings = Map<String, Value>;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum ScheduledType {
    Meeting,
    Webinar,
    PersonalRoomMeeting,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct TrackingCode {
    pub(crate) name: String,
    pub(crate) value: String,
}

/// What a host set.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Plan {
    pub(crate) title: String,
    pub(crate) agenda: Option<String>,
    pub(crate) password: String,
    pub(crate) start: Timestamp,
    pub(crate) length: SignedDuration,
    pub(crate) timezone: String,
    pub(crate) recurrence: Option<String>,
    pub(crate) scheduled_type: ScheduledType,
    pub(crate) room_id: Option<String>,
    pub(crate) tracking_codes: Option<Vec<TrackingCode>>,
    pub(crate) settings: Settings,
}

/// What a host controls while a meeting runs.
#[skip_serializing_none]
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Controls {
    pub(crate) locked: Option<bool>,
    pub(crate) recording_started: Option<bool>,
    pub(crate) recording_paused: Option<bool>,
}
