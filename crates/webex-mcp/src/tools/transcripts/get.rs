//! Reads the words of a transcript, a part at a time.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use webex::transcripts::{self, TranscriptFormat};

use super::words;
use crate::error::CallError;
use crate::limits::LONE_TEXT_MAX_BYTES;
use crate::tool::{Context, PageInfo, Policy, Theirs, Tool};

/// Reads one whole transcript: everything that was said in a meeting, session or call, word for
/// word, the complete text with who said it; in parts, with a cursor. Of one speaker:
/// webex-get-transcript-snippet.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Arguments {
    /// From webex-list-transcripts.
    transcript_id: String,
    /// Default txt: plain lines. vtt: cues with times.
    #[schemars(with = "Option<String>", extend("enum" = ["txt", "vtt"]))]
    format: Option<TranscriptFormat>,
    /// For the next part: an answer's page.cursor.
    cursor: Option<String>,
}

#[derive(Debug, Serialize, JsonSchema)]
pub struct Said {
    pub(super) text: Theirs,
    /// Counts lines.
    pub(super) page: PageInfo,
}

pub struct GetTranscript;

impl Tool for GetTranscript {
    const NAME: &'static str = "webex-get-transcript";
    const TITLE: &'static str = "Read a whole transcript";
    const POLICY: Policy = Policy {
        operations: &[&transcripts::DOWNLOAD],
        // Webex names both.
        extra_scopes: &["meeting:schedules_read"],
        ..Policy::READ
    };

    type Arguments = Arguments;
    type Output = Said;

    async fn call(context: &Context, arguments: Arguments) -> Result<Said, CallError> {
        let start = context.position(arguments.cursor.as_deref())?;
        let format = arguments.format.unwrap_or(TranscriptFormat::Txt);
        let part = words::read(
            context,
            &arguments.transcript_id,
            format,
            start.unwrap_or(0),
            LONE_TEXT_MAX_BYTES,
        );
        let part = part.await?;
        let page = context.page(part.text.lines().count(), part.next.as_ref())?;
        Ok(Said {
            text: part.text.trim_end().into(),
            page,
        })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::error::Code::{InvalidArguments, NotFound};
    use crate::tools::check::{World, alice, bob, by, check, with};
    use crate::tools::transcripts::tests::{speak, transcript};

    #[tokio::test]
    async fn a_short_one_comes_whole_in_both_formats() {
        let world = World::new();
        let it = json!({"transcriptId": transcript(&world, 0).await});
        let plain = "Alice Johnson: Thanks for coming. We have to decide what goes into the first release of Unicorn.\n";
        let told = world.call("alice", GetTranscript::NAME, it.clone()).await;
        let told = told.unwrap();
        let facts = told.facts.to_value();
        assert!(facts["text"].as_str().unwrap().starts_with(plain));
        assert!(told.text.starts_with(&format!("> {plain}> Bob Smith: ")));
        assert!(
            told.text.ends_with("\n8 lines here; no more."),
            "{}",
            told.text
        );
        let cues = with(it.clone(), "format", "vtt");
        let cues = world.facts("alice", GetTranscript::NAME, cues).await;
        let start = "WEBVTT\n\n1 \"Alice Johnson\"\n00:00:40.000 --> 00:00:";
        assert!(cues["text"].as_str().unwrap().starts_with(start), "{cues}");
        check::<GetTranscript>(
            &world,
            [
                alice(it.clone())
                    .answers(json!({"page": {"cursor": null}}))
                    .calls(1),
                by("grace", it.clone()).answers(json!({"text": "*"})),
                bob(it.clone()).refused(NotFound, ""),
                alice(with(it.clone(), "format", "srt")).refused(InvalidArguments, "`format`"),
                alice(with(it, "cursor", "AAAA")).refused(InvalidArguments, "`cursor`"),
                alice(json!({"transcriptId": "the last one"}))
                    .refused(InvalidArguments, "`transcriptId`: this is not the id"),
                alice(json!({})).refused(InvalidArguments, "`transcriptId`"),
            ],
        )
        .await;
    }

    #[tokio::test]
    async fn a_long_one_comes_in_parts_that_make_the_whole() {
        let world = World::new();
        let words: Vec<_> = (0..300).map(|at| format!("{at} ä ").repeat(50)).collect();
        let said: Vec<_> = words.iter().map(String::as_str).collect();
        speak(&world, &said).await;
        let id = transcript(&world, 0).await;
        for format in ["txt", "vtt"] {
            let (mut whole, mut parts) = (String::new(), 0);
            let mut asked = json!({"transcriptId": id, "format": format});
            loop {
                let told = world.call("alice", GetTranscript::NAME, asked.clone());
                let told = told.await.unwrap();
                let facts = told.facts.to_value();
                let text = facts["text"].as_str().unwrap();
                assert!(told.text.len() < crate::limits::ANSWER_TEXT_MAX_BYTES);
                // A part begins with a line of its own; cues stay whole.
                let first = text.lines().next().unwrap();
                let begins = match format {
                    "txt" => first.starts_with("Alice Johnson: "),
                    _ => first == "WEBVTT" || first.ends_with(" \"Alice Johnson\""),
                };
                assert!(begins, "{first}");
                whole.push_str(text);
                parts += 1;
                match &facts["page"]["cursor"] {
                    Value::Null => break,
                    cursor => asked["cursor"] = cursor.clone(),
                }
            }
            assert!(parts > 2, "{parts}");
            let told: Vec<_> = said
                .iter()
                .filter(|said| whole.contains(said.trim()))
                .collect();
            assert_eq!(told.len(), 300, "{format}");
            // The cursor goes with its arguments.
            let other = if format == "txt" { "vtt" } else { "txt" };
            let wrong = alice(with(asked, "format", other));
            check::<GetTranscript>(&world, [wrong.refused(InvalidArguments, "`cursor`")]).await;
        }
    }
}
