//! What there is of a meeting that has ended: who was there, recordings and transcripts.

use webex::participants::{ListParticipants, Participant};
use webex::recordings::{ListRecordings, Recording};
use webex::transcripts::{ListTranscripts, Transcript, TranscriptFormat};

use crate::briefs::{Brief, Item, joined, optional};
use crate::error::CallError;
use crate::limits::{BRIEF_NOTES_MAX_BYTES, BRIEF_PEOPLE_SEEN, LIST_DEFAULT_ENTRIES};
use crate::tool::{Context, Theirs, counted};
use crate::tools::meetings::Ended;
use crate::tools::transcripts::read_words;

/// Those who took part; Webex tells them to hosts only.
#[derive(Debug)]
pub struct Participants {
    all: Option<Vec<Participant>>,
    has_more: bool,
}

/// # Errors
/// Whatever Webex refuses, but for a caller who may not see them.
pub async fn participants(context: &Context, ended: &Ended) -> Result<Participants, CallError> {
    let query = ListParticipants {
        meeting_id: ended.id.clone(),
        max: Some(BRIEF_PEOPLE_SEEN),
        ..ListParticipants::default()
    };
    let page = optional(context.webex.participants().list(&query).await)?;
    Ok(Participants {
        has_more: page.as_ref().is_some_and(|page| page.next.is_some()),
        all: page.map(|page| page.items),
    })
}

impl Participants {
    pub fn tell(self, brief: &mut Brief) {
        let Some(all) = self.all else {
            brief.section("Who took part, only its host is told.");
            return;
        };
        let of_all = if self.has_more { "at least " } else { "" };
        brief.section(format!(
            "Took part: {of_all}{}",
            counted(all.len(), "participant")
        ));
        let items = all.into_iter().map(|one| Item {
            line: joined(&[
                one.email,
                one.host.filter(|is| *is).map(|_| "host".to_owned()),
            ]),
            words: one.display_name.map(Theirs::from),
        });
        let left = brief.left();
        let rest = "webex-get-meeting-participant with this meetingId has them.";
        brief.items(items.collect(), left, "Nobody.", rest);
    }
}

/// Its recordings.
#[derive(Debug)]
pub struct Recordings(Vec<Recording>);

/// # Errors
/// Whatever Webex refuses, but for a caller who may not see them.
pub async fn recordings(context: &Context, ended: &Ended) -> Result<Recordings, CallError> {
    let query = ListRecordings {
        meeting_id: Some(ended.id.clone()),
        // Else Webex may look through the last 7 days only.
        from: ended.start,
        max: Some(LIST_DEFAULT_ENTRIES),
        ..ListRecordings::default()
    };
    let page = optional(context.webex.recordings().list(&query).await)?;
    Ok(Recordings(page.map(|page| page.items).unwrap_or_default()))
}

impl Recordings {
    pub fn tell(self, brief: &mut Brief) {
        if self.0.is_empty() {
            brief.section("No recording that I can see.");
        }
        for one in self.0 {
            let seconds = one.duration_seconds;
            brief.section(format!("Recording (recordingId {}):", one.id));
            brief.line(joined(&[
                seconds.map(|seconds| format!("{} min", seconds.div_ceil(60))),
                one.playback_url.map(|url| format!("to watch at {url}")),
            ]));
            brief.theirs(one.topic.map(Theirs::from));
        }
    }
}

/// Its transcripts.
///
/// # Errors
/// Whatever Webex refuses, but for a caller who may not see them.
pub async fn transcripts(context: &Context, ended: &Ended) -> Result<Vec<Transcript>, CallError> {
    let query = ListTranscripts {
        meeting_id: Some(ended.id.clone()),
        from: ended.start,
        max: Some(LIST_DEFAULT_ENTRIES),
        ..ListTranscripts::default()
    };
    let page = optional(context.webex.transcripts().list(&query).await)?;
    Ok(page.map(|page| page.items).unwrap_or_default())
}

/// The beginning of a transcript.
///
/// # Errors
/// Whatever Webex refuses, but for a caller who may not read it.
pub async fn beginning(context: &Context, id: &str) -> Result<Option<Theirs>, CallError> {
    let read = read_words(context, id, TranscriptFormat::Txt, 0, BRIEF_NOTES_MAX_BYTES);
    let words = optional(read.await)?;
    Ok(words.map(|words| words.text.trim_end().into()))
}
