//! What there is of a meeting that has ended: who was there, recordings and transcripts.

use webex::recordings::Recording;
use webex::transcripts::TranscriptFormat;

use crate::briefs::{Brief, Item, joined, optional};
use crate::error::CallError;
use crate::limits::BRIEF_NOTES_MAX_BYTES;
use crate::tool::{Context, Theirs, counted};
use crate::tools::transcripts::read_words;
use crate::tools::workflows::ended::Attended;

/// Tells who took part; Webex tells it to hosts only.
pub fn tell_participants(brief: &mut Brief, attended: Option<Attended>) {
    let Some(Attended { people, has_more }) = attended else {
        brief.section("Who took part, only its host is told.");
        return;
    };
    let of_all = if has_more { "at least " } else { "" };
    brief.section(format!(
        "Took part: {of_all}{}",
        counted(people.len(), "participant")
    ));
    let items = people.into_iter().map(|one| Item {
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

/// Tells the recordings.
pub fn tell_recordings(brief: &mut Brief, all: Vec<Recording>) {
    if all.is_empty() {
        brief.section("No recording that I can see.");
    }
    for one in all {
        let seconds = one.duration_seconds;
        brief.section(format!("Recording (recordingId {}):", one.id));
        brief.line(joined(&[
            seconds.map(|seconds| format!("{} min", seconds.div_ceil(60))),
            one.playback_url.map(|url| format!("to watch at {url}")),
        ]));
        brief.theirs(one.topic.map(Theirs::from));
    }
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
