//! What came out of a meeting that has ended.

use schemars::JsonSchema;
use serde::Deserialize;
use webex::meetings::series;
use webex::{meeting_summaries, participants, recordings, transcripts};

use super::ended::{beginning, tell_participants, tell_recordings};
use super::meeting::tell_summary;
use crate::briefs::Brief;
use crate::briefs::news::written;
use crate::error::CallError;
use crate::tool::{Context, Policy, Tool};
use crate::tools::meetings::last_ended;
use crate::tools::workflows::ended::{participants, recordings, summary, transcripts};

/// Recaps a meeting that has ended, or the last one of a series: decisions, action items, who was
/// there, and where to watch and read it.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Arguments {
    /// The meeting: id, number, link or title.
    meeting_id: String,
}

pub struct RecapMeeting;

const TASK: &str = "Write a recap of this Webex meeting from the facts below, as a message that I could post: decisions, action items with who has them and until when, open questions, and where the recording and the transcript are. Do not make up what is not there. webex-get-transcript with transcriptId has all that was said.";

impl Tool for RecapMeeting {
    const NAME: &'static str = "webex-recap-meeting";
    const TITLE: &'static str = "Recap a meeting";
    const POLICY: Policy = Policy {
        operations: &[&series::LIST, &meeting_summaries::LIST],
        courtesy: &[
            &participants::LIST,
            &recordings::LIST,
            &transcripts::LIST,
            &transcripts::DOWNLOAD,
        ],
        ..Policy::READ
    };

    type Arguments = Arguments;
    type Output = Brief;

    async fn call(context: &Context, arguments: Arguments) -> Result<Brief, CallError> {
        let ended = last_ended(&context.webex, &arguments.meeting_id, None).await?;
        let (summary, people, videos, words) = futures::join!(
            summary(context, &ended),
            participants(context, &ended),
            recordings(context, &ended),
            transcripts(context, &ended),
        );
        let (summary, people, videos, words) = (summary?, people?, videos?, words?);

        let mut brief = Brief::new(TASK);
        let start = ended.start.map(written).unwrap_or_default();
        brief.section(format!("The meeting of {start} (meetingId {}):", ended.id));
        brief.theirs(ended.title);
        // Without a summary, what was said is the only source.
        let said = match (&summary, words.first()) {
            (None, Some(transcript)) => beginning(context, &transcript.id).await?,
            _ => None,
        };
        tell_summary(&mut brief, summary);
        tell_recordings(&mut brief, videos);
        for transcript in &words {
            brief.section(format!("Transcript: transcriptId {}", transcript.id));
        }
        if words.is_empty() {
            brief.section("No transcript that I can see.");
        }
        if said.is_some() {
            brief.line("It begins so; webex-get-transcript has the rest:");
            brief.theirs(said);
        }
        tell_participants(&mut brief, people);
        Ok(brief)
    }
}
