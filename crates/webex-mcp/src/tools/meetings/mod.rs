//! Meetings: series, their occurrences, and what takes or took place.

mod asked;
mod changes;
mod create;
mod delete;
mod guests;
mod hosts;
mod join;
mod kinds;
mod list;
mod patch;
mod people;
mod plan;
mod render;
mod repeat;
mod replaced;
mod rule;
mod status;
mod summary;
pub mod times;
mod update;

use jiff::tz::TimeZone;
use schemars::JsonSchema;
use serde::Serialize;
use webex::meetings::{Meeting as Found, MeetingType};

use crate::limits::LISTED_TEXT_MAX_BYTES;
use crate::tool::{Address, Entry, PageInfo, Row, Theirs, lengths};

pub use guests::{is_bot, unread_person};
pub use hosts::by_host;
pub use kinds::{Ended, Kind, last_ended, not_of_kind, scheduled};

pub const TOOLS: &[Entry] = &[
    Entry::of::<list::ListMeetingsTool>(),
    Entry::of::<create::CreateMeetingTool>(),
    Entry::of::<update::UpdateMeeting>(),
    Entry::of::<delete::DeleteMeetingTool>(),
    Entry::of::<status::GetMeetingStatus>(),
    Entry::of::<summary::GetMeetingSummary>(),
    Entry::of::<join::JoinMeetingTool>(),
];

pub const RESOURCES: &[Entry] = &[Entry::at::<status::GetMeetingStatus>(&Address::new(
    "webex://meetings/{meetingId}",
    "A meeting",
    "When a meeting is, who hosts it, and its state. meetingId: id, number or title.",
))];

/// A meeting as an answer tells it; what is absent is unknown, unset or false.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Meeting {
    id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    title: Option<Theirs>,
    #[serde(skip_serializing_if = "Option::is_none")]
    agenda: Option<Theirs>,
    #[serde(skip_serializing_if = "Option::is_none")]
    meeting_type: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    state: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    start: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    end: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    timezone: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    recurrence: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    host_email: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    meeting_number: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    web_link: Option<String>,
    /// Of what takes or took place.
    #[serde(skip_serializing_if = "Option::is_none")]
    meeting_series_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    has_recording: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    has_transcription: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    has_summary: Option<bool>,
}

/// Meetings, and how far the list goes.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Meetings {
    meetings: Vec<Meeting>,
    page: PageInfo,
    /// What is said where there are none.
    #[serde(skip)]
    none: String,
}

impl Meeting {
    /// The facts of Webex's meeting in a list, with times in `zone`, else in its own.
    fn of(meeting: Found, zone: Option<&TimeZone>) -> Self {
        let (own, asked) = (zone_of(&meeting), zone.is_some());
        let zone = zone.unwrap_or(&own);
        let is_instance = meeting.meeting_type == Some(MeetingType::Meeting);
        Meeting {
            id: meeting.id,
            title: meeting.title.map(Theirs::from),
            agenda: None,
            meeting_type: meeting.meeting_type.map(|kind| kind.to_string()),
            state: meeting.state.map(|state| state.to_string()),
            start: meeting.start.map(|start| times::told(start, zone)),
            end: meeting.end.map(|end| times::told(end, zone)),
            timezone: match asked {
                true => zone.iana_name().map(str::to_owned),
                false => meeting.timezone,
            },
            recurrence: meeting.recurrence,
            host_email: meeting.host_email,
            meeting_number: meeting.meeting_number,
            web_link: meeting.web_link,
            // An occurrence has it in its own id.
            meeting_series_id: meeting.meeting_series_id.filter(|_| is_instance),
            has_recording: meeting.has_recording.filter(|has| *has),
            has_transcription: meeting.has_transcription.filter(|has| *has),
            has_summary: meeting.has_summary.filter(|has| *has),
        }
    }

    /// The same with the agenda.
    fn whole(mut meeting: Found, zone: Option<&TimeZone>) -> Self {
        let agenda = meeting.agenda.take().filter(|text| !text.is_empty());
        let note = "cut here";
        Meeting {
            agenda: agenda
                .map(|text| Theirs::from(text).shortened(LISTED_TEXT_MAX_BYTES * 4, note)),
            ..Meeting::of(meeting, zone)
        }
    }

    /// One date of a series that is told beside it.
    fn brief(self) -> Self {
        Meeting {
            title: None,
            timezone: None,
            host_email: None,
            meeting_number: None,
            web_link: None,
            ..self
        }
    }
}

fn zone_of(meeting: &Found) -> TimeZone {
    let name = meeting.timezone.as_deref();
    let zone = name.and_then(|name| TimeZone::get(name).ok());
    zone.unwrap_or(TimeZone::UTC)
}

fn start(meeting: &Found) -> Option<String> {
    let zone = zone_of(meeting);
    meeting.start.map(|start| times::told(start, &zone))
}

/// Its date and hour where it takes place, for a person.
pub fn when(meeting: &Found) -> Option<String> {
    let start = meeting.start?.to_zoned(zone_of(meeting));
    let zone = start.time_zone().iana_name().unwrap_or("UTC");
    Some(format!("{} ({zone})", start.strftime("%Y-%m-%d at %H:%M")))
}

impl Row for Meeting {
    fn bytes(&self) -> usize {
        let plain = [
            self.meeting_type.as_deref(),
            self.state.as_deref(),
            self.start.as_deref(),
            self.end.as_deref(),
            self.timezone.as_deref(),
            self.recurrence.as_deref(),
            self.host_email.as_deref(),
            self.meeting_number.as_deref(),
            self.web_link.as_deref(),
            self.meeting_series_id.as_deref(),
        ];
        self.id.len() + lengths(plain) + self.title.as_ref().map_or(0, Theirs::shown_bytes)
    }
}
