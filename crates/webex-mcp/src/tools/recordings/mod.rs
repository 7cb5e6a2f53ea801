//! Recordings of meetings: what they look like in answers, and how long they are in words.

mod delete;
mod get;
mod list;
mod render;

use schemars::JsonSchema;
use serde::Serialize;
use webex::recordings::{self as api, RecordingStatus};

use crate::error::{CallError, Code};
use crate::tool::{Address, Context, Entry, PageInfo, Row, Theirs, lengths};
use crate::tools::meetings::times::none_of;
use crate::tools::meetings::{Kind, last_ended};

pub const TOOLS: &[Entry] = &[
    Entry::of::<list::ListRecordings>(),
    Entry::of::<get::GetRecording>(),
    Entry::of::<delete::DeleteRecording>(),
];

pub const RESOURCES: &[Entry] = &[Entry::at::<get::GetRecording>(&Address::new(
    "webex://recordings/{recordingId}",
    "A recording",
    "Topic, time, length and size of a recording, with links to watch and download it.",
))];

/// A recording as an answer tells it.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Recording {
    id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    topic: Option<Theirs>,
    /// When it was started.
    #[serde(skip_serializing_if = "Option::is_none")]
    time_recorded: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    duration_seconds: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    format: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    size_bytes: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    host_email: Option<String>,
    /// The ended meeting.
    #[serde(skip_serializing_if = "Option::is_none")]
    meeting_id: Option<String>,
    /// Somebody else's, shared with you.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    share_to_me: bool,
    /// Absent: available. deleted: in the recycle bin.
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<String>,
}

impl Recording {
    /// The facts of Webex's recording; `known_meeting` is left out, it was in the question.
    fn of(recording: api::Recording, known_meeting: Option<&str>) -> Self {
        let status = recording.status;
        let status = status.filter(|status| *status != RecordingStatus::Available);
        Recording {
            id: recording.id,
            topic: recording.topic.map(Theirs::from),
            time_recorded: recording.time_recorded.map(|time| time.to_string()),
            duration_seconds: recording.duration_seconds,
            format: recording.format.map(|format| format.to_string()),
            size_bytes: recording.size_bytes,
            host_email: recording.host_email,
            meeting_id: recording.meeting_id.filter(|id| known_meeting != Some(id)),
            share_to_me: recording.share_to_me.unwrap_or(false),
            status: status.map(|status| status.to_string()),
        }
    }
}

impl Row for Recording {
    fn bytes(&self) -> usize {
        let plain = [
            self.time_recorded.as_deref(),
            self.format.as_deref(),
            self.host_email.as_deref(),
            self.meeting_id.as_deref(),
            self.status.as_deref(),
        ];
        self.id.len() + lengths(plain) + self.topic.as_ref().map_or(0, Theirs::shown_bytes)
    }
}

/// Recordings, and how far the list goes.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Recordings {
    recordings: Vec<Recording>,
    page: PageInfo,
    /// What is said where there are none.
    #[serde(skip)]
    none: String,
}

/// Of a series or an occurrence, without a time: those of its last ended meeting. Only compliance
/// officers see purged ones, and not the meetings of others. Gives what is said where there are
/// none.
async fn of_last_meeting(
    context: &Context,
    query: &mut api::ListRecordings,
) -> Result<String, CallError> {
    let is_purged = query.status == Some(RecordingStatus::Purged);
    let is_narrow = query.from.or(query.to).is_some() || is_purged;
    let Some(id) = query.meeting_id.as_deref().filter(|_| !is_narrow) else {
        return Ok(match is_purged {
            true => "No recordings.".to_owned(),
            false => none_of("recordings", query.from, query.to),
        });
    };
    if Kind::of(id) == Kind::Instance {
        let none = "No recordings of this meeting; with from, Webex looks through other days.";
        return Ok(none.to_owned());
    }
    let is_of_topic = query.topic.is_some() || query.format.is_some();
    match last_ended(&context.webex, id, None).await {
        Ok(ended) => {
            // Else Webex may look through the last 7 days only.
            query.from = ended.start;
            query.meeting_id = Some(ended.id);
            let like_these = if is_of_topic { " like these" } else { "" };
            Ok(format!(
                "No recordings{like_these} of its last ended meeting; from and to give earlier ones."
            ))
        }
        // Without its scope, all of the series are told: Webex takes its id as well.
        Err(error) if error.code == Code::Forbidden => Ok("No recordings.".to_owned()),
        Err(error) => Err(error),
    }
}

/// How long in words: `1 h 5 min`, `30 min`, `45 s`. Seconds are told of what is shorter than a
/// minute.
fn in_words(seconds: u64) -> String {
    let (hours, minutes) = (seconds / 3_600, seconds / 60 % 60);
    match (hours, minutes) {
        (0, 0) => format!("{seconds} s"),
        (0, minutes) => format!("{minutes} min"),
        (hours, 0) => format!("{hours} h"),
        (hours, minutes) => format!("{hours} h {minutes} min"),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use jiff::{SignedDuration, Timestamp};
    use webex::meetings::{CreateMeeting, MeetingSettings};

    use super::in_words;
    use crate::tools::check::World;

    /// The one recording of the demo company, from yesterday.
    pub const PLANNING: &str = "Project Unicorn Planning";

    /// Has Alice record half an hour at ten on so many days, and lets them pass. Gives the series.
    pub async fn record(world: &World, title: &str, days: u32) -> String {
        let start: Timestamp = "2026-01-05T10:00:00Z".parse().unwrap();
        let end = start + SignedDuration::from_mins(30);
        let daily = CreateMeeting {
            recurrence: Some(format!("FREQ=DAILY;COUNT={days}")),
            settings: MeetingSettings {
                enabled_auto_record_meeting: Some(true),
                ..Default::default()
            },
            ..CreateMeeting::new(title, start, end)
        };
        let made = world.client("alice").meetings().create(&daily).await;
        let past = Duration::from_secs(u64::from(days) * 24 * 60 * 60);
        world.sandbox.clock().advance(past);
        made.unwrap().id
    }

    #[test]
    fn a_duration_is_told_in_words() {
        let cases = [
            (0, "0 s"),
            (59, "59 s"),
            (60, "1 min"),
            (1_830, "30 min"),
            (3_600, "1 h"),
            (5_430, "1 h 30 min"),
            (90_000, "25 h"),
        ];
        for (seconds, words) in cases {
            assert_eq!(in_words(seconds), words);
        }
    }
}
