//! A meeting as Webex answers it: of any kind, to its host, its invitees or an admin.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_with::skip_serializing_none;

use crate::meetings::interpreters::SimultaneousInterpretation;
use crate::meetings::registration::RegistrationForm;
use crate::meetings::tracking_codes::TrackingCode;
use crate::meetings::{MeetingSettings, MeetingState, MeetingType, Password, ScheduledType};
use crate::open_enum::open_enum;

open_enum! {
    /// Who pays for a call.
    TollType {
        /// The caller.
        Toll = "toll",
        /// Nobody.
        TollFree = "tollFree",
    }
}

/// A meeting. Who asks decides what is in it: passwords, keys and telephony are for the host and
/// their cohosts, and an admin's list has none of them.
#[skip_serializing_none]
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Meeting {
    /// The meeting's id, whose kind is `meeting_type`.
    pub id: String,
    /// The series, of a scheduled meeting and of an instance.
    pub meeting_series_id: Option<String>,
    /// The occurrence, of an instance.
    pub scheduled_meeting_id: Option<String>,
    /// The number people type to join.
    pub meeting_number: Option<String>,
    /// The title.
    pub title: Option<String>,
    /// What it is about.
    pub agenda: Option<String>,
    /// What people join with.
    pub password: Option<Password>,
    /// What people join with from a telephone or a video system.
    pub phone_and_video_system_password: Option<Password>,
    /// What panelists of a webinar join with from a telephone or a video system.
    pub phone_and_video_system_panelist_password: Option<Password>,
    /// Which of the three kinds it is.
    pub meeting_type: Option<MeetingType>,
    /// Where it stands.
    pub state: Option<MeetingState>,
    /// What it was scheduled as.
    pub scheduled_type: Option<ScheduledType>,
    /// The host came.
    pub host_did_join: Option<bool>,
    /// Somebody else came.
    pub attendee_did_join: Option<bool>,
    /// An occurrence that differs from its series.
    pub is_modified: Option<bool>,
    /// The IANA zone in which it was scheduled, and in which it recurs.
    pub timezone: Option<String>,
    /// When it starts or started.
    #[serde(default, with = "crate::timestamp::option")]
    pub start: Option<Timestamp>,
    /// When it ends or ended.
    #[serde(default, with = "crate::timestamp::option")]
    pub end: Option<Timestamp>,
    /// How it recurs (RFC 2445); absent where it happens once.
    pub recurrence: Option<String>,
    /// The host.
    pub host_user_id: Option<String>,
    /// The host's name.
    pub host_display_name: Option<String>,
    /// The host's address.
    pub host_email: Option<String>,
    /// What makes its knower the host.
    pub host_key: Option<Password>,
    /// The Webex site.
    pub site_url: Option<String>,
    /// Where people join.
    pub web_link: Option<String>,
    /// Where people register.
    pub register_link: Option<String>,
    /// Where video systems call.
    pub sip_address: Option<String>,
    /// Where video systems call that know no names.
    pub dial_in_ip_address: Option<String>,
    /// The room, of meetings that belong to one.
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
    /// How to call in.
    pub telephony: Option<Telephony>,
    /// The registration form.
    pub registration: Option<RegistrationForm>,
    /// Its interpretation.
    pub simultaneous_interpretation: Option<SimultaneousInterpretation>,
    /// Where its breakout sessions are read.
    pub links: Option<Vec<Link>>,
    /// Its tracking codes.
    pub tracking_codes: Option<Vec<TrackingCode>>,
    /// What its host set.
    #[serde(flatten)]
    pub settings: MeetingSettings,
}

/// How to call in.
#[skip_serializing_none]
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Telephony {
    /// What is typed after calling.
    pub access_code: Option<Password>,
    /// The numbers.
    #[serde(default)]
    pub call_in_numbers: Vec<CallInNumber>,
    /// Where all numbers are read.
    pub links: Option<Vec<Link>>,
}

/// A number to call.
#[skip_serializing_none]
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CallInNumber {
    /// Where it is.
    pub label: Option<String>,
    /// The number.
    pub call_in_number: Option<String>,
    /// Who pays.
    pub toll_type: Option<TollType>,
}

/// Where more is read.
#[skip_serializing_none]
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Link {
    /// What is there.
    pub rel: Option<String>,
    /// The path.
    pub href: Option<String>,
    /// The HTTP method.
    pub method: Option<String>,
}
