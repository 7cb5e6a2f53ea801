//! Transcripts of meetings: what they look like in answers, and how their words are read.

mod get;
mod list;
mod render;
mod scan;
mod snippets;
mod words;

pub use self::words::read as read_words;

use schemars::JsonSchema;
use serde::Serialize;
use webex::transcripts as api;

use crate::limits::{LISTED_TEXT_MAX_BYTES, LONE_TEXT_MAX_BYTES, TRANSCRIPT_FRESH_MILLISECONDS};
use crate::tool::{Address, Entry, PageInfo, Row, Theirs, lengths};

pub const TOOLS: &[Entry] = &[
    Entry::of::<list::ListTranscripts>(),
    Entry::of::<get::GetTranscript>(),
    Entry::of::<snippets::GetTranscriptSnippet>(),
];

pub const RESOURCES: &[Entry] = &[Entry::at::<get::GetTranscript>(&Address {
    fresh_milliseconds: TRANSCRIPT_FRESH_MILLISECONDS,
    ..Address::new(
        "webex://transcripts/{transcriptId}",
        "A transcript",
        "Who said what in a meeting; of a long one, the beginning.",
    )
})];

/// A transcript as a list tells it.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Transcript {
    id: String,
    /// The meeting's.
    #[serde(skip_serializing_if = "Option::is_none")]
    topic: Option<Theirs>,
    #[serde(skip_serializing_if = "Option::is_none")]
    start_time: Option<String>,
    /// The ended meeting.
    #[serde(skip_serializing_if = "Option::is_none")]
    meeting_id: Option<String>,
    /// deleted: only compliance officers see it.
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<String>,
    /// Who said what.
    #[serde(skip_serializing_if = "Option::is_none")]
    text: Option<Theirs>,
}

impl Transcript {
    /// The facts of Webex's transcript; `known_meeting` is left out, it was in the question.
    fn of(transcript: api::Transcript, known_meeting: Option<&str>) -> Self {
        let status = transcript.status;
        let status = status.filter(|status| *status != api::TranscriptStatus::Available);
        Transcript {
            id: transcript.id,
            topic: transcript.meeting_topic.map(Theirs::from),
            start_time: transcript.start_time.map(|time| time.to_string()),
            meeting_id: transcript.meeting_id.filter(|id| known_meeting != Some(id)),
            status: status.map(|status| status.to_string()),
            text: None,
        }
    }
}

impl Row for Transcript {
    fn bytes(&self) -> usize {
        let plain = [
            self.start_time.as_deref(),
            self.meeting_id.as_deref(),
            self.status.as_deref(),
        ];
        let theirs = [&self.topic, &self.text].into_iter().flatten();
        self.id.len() + lengths(plain) + theirs.map(Theirs::shown_bytes).sum::<usize>()
    }
}

/// Transcripts, and how far the list goes.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Transcripts {
    transcripts: Vec<Transcript>,
    page: PageInfo,
    /// What is said where there are none.
    #[serde(skip)]
    none: String,
}

/// What one person said without a pause.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Snippet {
    id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    speaker: Option<Theirs>,
    #[serde(skip_serializing_if = "Option::is_none")]
    person_email: Option<String>,
    /// Hours, minutes and seconds into the transcript.
    #[serde(skip_serializing_if = "Option::is_none")]
    start: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    end: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    text: Option<Theirs>,
}

impl Snippet {
    /// A snippet by itself: all of its words.
    fn whole(snippet: api::snippets::Snippet) -> Self {
        Snippet::of(snippet, LONE_TEXT_MAX_BYTES, "an answer holds no more")
    }

    /// A snippet among others: a long one is shortened.
    fn listed(snippet: api::snippets::Snippet) -> Self {
        Snippet::of(snippet, LISTED_TEXT_MAX_BYTES, "snippetId gives all of it")
    }

    fn of(snippet: api::snippets::Snippet, text_max_bytes: usize, whole: &str) -> Self {
        let start = snippet.offset_millisecond;
        let end = start.and_then(|start| start.checked_add(snippet.duration_millisecond?));
        let text = snippet.text.map(Theirs::from);
        Snippet {
            id: snippet.id,
            speaker: snippet.person_name.map(Theirs::from),
            person_email: snippet.person_email,
            start: start.map(clock),
            end: end.map(clock),
            text: text.map(|text| text.shortened(text_max_bytes, whole)),
        }
    }
}

/// Snippets, and how far the list goes.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Snippets {
    snippets: Vec<Snippet>,
    /// Snippets looked at, where filters were given.
    #[serde(skip_serializing_if = "Option::is_none")]
    read: Option<usize>,
    page: PageInfo,
}

/// As the cues of a transcript have it.
fn clock(milliseconds: u64) -> String {
    let (seconds, rest) = (milliseconds / 1_000, milliseconds % 1_000);
    let (hours, minutes) = (seconds / 3_600, seconds / 60 % 60);
    format!("{hours:02}:{minutes:02}:{:02}.{rest:03}", seconds % 60)
}

impl Row for Snippet {
    fn bytes(&self) -> usize {
        let plain = [
            self.person_email.as_deref(),
            self.start.as_deref(),
            self.end.as_deref(),
        ];
        let theirs = [&self.speaker, &self.text].into_iter().flatten();
        self.id.len() + lengths(plain) + theirs.map(Theirs::shown_bytes).sum::<usize>()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use serde_json::json;
    use webex_sandbox::MeetingAction;

    use super::*;
    use crate::tools::check::World;

    /// The meeting of yesterday whose words the demo company has.
    pub const PLANNING: &str = "Project Unicorn Planning";

    /// Has Alice say this in today's standup, and waits until Webex tells of it. Gives
    /// the instance.
    pub async fn speak(world: &World, words: &[&str]) -> String {
        let series = world.meeting("alice", "Daily Standup").await;
        let act = |action| world.sandbox.act(&series, action).unwrap();
        let email = "alice@example.com".to_owned();
        let instance = act(MeetingAction::Start);
        act(MeetingAction::Join {
            email: email.clone(),
        });
        for words in words {
            act(MeetingAction::Say {
                email: email.clone(),
                text: (*words).to_owned(),
            });
        }
        act(MeetingAction::End);
        world.sandbox.clock().advance(Duration::from_secs(20 * 60));
        instance
    }

    /// The id of a transcript of Alice's, the newest first.
    pub async fn transcript(world: &World, at: usize) -> String {
        let listed = world.facts("alice", "webex-list-transcripts", json!({}));
        let id = listed.await["transcripts"][at]["id"].clone();
        id.as_str().unwrap().to_owned()
    }

    #[test]
    fn times_are_those_of_cues() {
        assert_eq!(clock(0), "00:00:00.000");
        assert_eq!(clock(3_723_004), "01:02:03.004");
        let snippet = api::snippets::Snippet {
            offset_millisecond: Some(u64::MAX),
            duration_millisecond: Some(1),
            ..Default::default()
        };
        let told = Snippet::whole(snippet);
        assert!(told.start.is_some() && told.end.is_none());
    }
}
