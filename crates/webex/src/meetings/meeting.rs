//! A meeting as Webex returns it: of any kind, to its host, its invitees or an admin.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_with::skip_serializing_none;

use crate::meetings::interpreters::SimultaneousInterpretation;
use crate::meetings::registration::RegistrationForm;
use crate::meetings::tracking_codes::TrackingCode;
use crate::meetings::{MeetingSettings, MeetingState, MeetingType, Password, ScheduledType};
use crate::open_enum::open_enum;

open_enum! {
    /// The party that pays for a call.
    TollType {
        /// The caller.
        Toll = "toll",
        /// Nobody.
        TollFree = "tollFree",
    }
}

/// A meeting. Its content depends on the caller: passwords, keys and telephony are for the host and
/// cohosts, and an admin's list has none of them.
#[skip_serializing_none]
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Meeting {
    /// The meeting's id, whose kind is `meeting_type`.
    pub id: String,
    /// The series; of a scheduled meeting or an instance.
    pub meeting_series_id: Option<String>,
    /// The occurrence; of an instance.
    pub scheduled_meeting_id: Option<String>,
    /// The number people type to join.
    pub meeting_number: Option<String>,
    /// The title.
    pub title: Option<String>,
    /// The agenda.
    pub agenda: Option<String>,
    /// The password for joining.
    pub password: Option<Password>,
    /// The password for joining from a telephone or a video system.
    pub phone_and_video_system_password: Option<Password>,
    /// The password of a webinar's panelists for joining from a telephone or a video system.
    pub phone_and_video_system_panelist_password: Option<Password>,
    /// The kind of meeting.
    pub meeting_type: Option<MeetingType>,
    /// The state.
    pub state: Option<MeetingState>,
    /// The kind of event it was scheduled as.
    pub scheduled_type: Option<ScheduledType>,
    /// The host joined.
    pub host_did_join: Option<bool>,
    /// An attendee joined.
    pub attendee_did_join: Option<bool>,
    /// An occurrence that differs from its series.
    pub is_modified: Option<bool>,
    /// The IANA time zone in which it was scheduled and recurs.
    pub timezone: Option<String>,
    /// The start.
    #[serde(default, with = "crate::timestamp::option")]
    pub start: Option<Timestamp>,
    /// The end.
    #[serde(default, with = "crate::timestamp::option")]
    pub end: Option<Timestamp>,
    /// The recurrence rule (RFC 2445); absent if the meeting happens once.
    pub recurrence: Option<String>,
    /// The host.
    pub host_user_id: Option<String>,
    /// The host's name.
    pub host_display_name: Option<String>,
    /// The host's address.
    pub host_email: Option<String>,
    /// The host key: anyone who has it can become the host.
    pub host_key: Option<Password>,
    /// The Webex site.
    pub site_url: Option<String>,
    /// The link for joining.
    pub web_link: Option<String>,
    /// The link for registering.
    pub register_link: Option<String>,
    /// The SIP address for video systems.
    pub sip_address: Option<String>,
    /// The IP address for video systems that cannot use names.
    pub dial_in_ip_address: Option<String>,
    /// The room, if the meeting belongs to one.
    pub room_id: Option<String>,
    /// An ended instance has a chat.
    pub has_chat: Option<bool>,
    /// An ended instance was recorded.
    pub has_recording: Option<bool>,
    /// An ended instance has a transcript.
    pub has_transcription: Option<bool>,
    /// An ended instance has a summary.
    pub has_summary: Option<bool>,
    /// An ended instance has closed captions.
    pub has_closed_caption: Option<bool>,
    /// An ended instance has polls.
    pub has_polls: Option<bool>,
    /// An ended instance has questions and answers.
    #[serde(rename = "hasQA")]
    pub has_qa: Option<bool>,
    /// An ended instance has questions or polls by Slido.
    pub has_slido: Option<bool>,
    /// An ended instance had a registration form.
    pub has_registration: Option<bool>,
    /// Somebody registered for an ended instance.
    pub has_registrants: Option<bool>,
    /// An ended webinar has a survey.
    pub has_post_event_survey: Option<bool>,
    /// The data for calling in by telephone.
    pub telephony: Option<Telephony>,
    /// The registration form.
    pub registration: Option<RegistrationForm>,
    /// Its interpretation.
    pub simultaneous_interpretation: Option<SimultaneousInterpretation>,
    /// Links to the breakout sessions.
    pub links: Option<Vec<Link>>,
    /// Its tracking codes.
    pub tracking_codes: Option<Vec<TrackingCode>>,
    /// The settings of the host.
    #[serde(flatten)]
    pub settings: MeetingSettings,
}

/// The data for calling in by telephone.
#[skip_serializing_none]
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Telephony {
    /// The code to type after calling.
    pub access_code: Option<Password>,
    /// The numbers.
    #[serde(default)]
    pub call_in_numbers: Vec<CallInNumber>,
    /// A link to all numbers.
    pub links: Option<Vec<Link>>,
}

/// A number to call.
#[skip_serializing_none]
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CallInNumber {
    /// The place of the number.
    pub label: Option<String>,
    /// The number.
    pub call_in_number: Option<String>,
    /// The party that pays for the call.
    pub toll_type: Option<TollType>,
}

/// A link to related data.
#[skip_serializing_none]
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Link {
    /// The kind of the linked data.
    pub rel: Option<String>,
    /// The path.
    pub href: Option<String>,
    /// The HTTP method.
    pub method: Option<String>,
}
