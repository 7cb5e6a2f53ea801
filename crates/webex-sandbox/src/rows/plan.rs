//! A host's settings for a meeting, before it starts and while it is running.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Map, Value};
use serde_with::skip_serializing_none;

/// A host's settings of a meeting, by name.
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

/// The host's plan.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Plan {
    pub(crate) title: String,
    pub(crate) agenda: Option<String>,
    pub(crate) password: String,
    pub(crate) start: Timestamp,
    pub(crate) length: SignedDuration,
    pub(crate) timezone: String,
    pub(crate) recurrence: Option<String>,
    #[serde(deserialize_with = "known_or_meeting")]
    pub(crate) scheduled_type: ScheduledType,
    pub(crate) room_id: Option<String>,
    pub(crate) tracking_codes: Option<Vec<TrackingCode>>,
    pub(crate) settings: Settings,
}

/// World files of an earlier version may have any text here.
fn known_or_meeting<'de, D: Deserializer<'de>>(from: D) -> Result<ScheduledType, D::Error> {
    let written = Value::deserialize(from)?;
    Ok(serde_json::from_value(written).unwrap_or(ScheduledType::Meeting))
}

/// The host's controls of a running meeting.
#[skip_serializing_none]
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Controls {
    pub(crate) locked: Option<bool>,
    pub(crate) recording_started: Option<bool>,
    pub(crate) recording_paused: Option<bool>,
}
