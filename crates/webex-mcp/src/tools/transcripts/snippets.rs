//! Reads one snippet of a transcript, or lists those of a speaker or with a text.

use schemars::JsonSchema;
use serde::Deserialize;
use webex::transcripts::snippets;

use super::scan::{Wanted, scan};
use super::{Snippet, Snippets};
use crate::error::CallError;
use crate::tool::{Context, PageInfo, Part, Policy, Tool};

/// Finds who said what in a meeting, discussion or call: what one person said about something,
/// where it was mentioned and when. Answers snippets (passages, quotes, lines) of the transcript
/// with speaker and times, by speaker or text; or one snippet.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Arguments {
    /// From webex-list-transcripts.
    transcript_id: String,
    /// One snippet; no filters with it.
    snippet_id: Option<String>,
    /// Part of the name or e-mail address.
    speaker: Option<String>,
    /// Part of what was said.
    text: Option<String>,
    #[serde(flatten)]
    part: Part,
}

pub struct GetTranscriptSnippet;

impl Tool for GetTranscriptSnippet {
    const NAME: &'static str = "webex-get-transcript-snippet";
    const TITLE: &'static str = "Find who said what in a meeting";
    const POLICY: Policy = Policy {
        operations: &[&snippets::LIST, &snippets::GET],
        ..Policy::READ
    };

    type Arguments = Arguments;
    type Output = Snippets;

    async fn call(context: &Context, arguments: Arguments) -> Result<Snippets, CallError> {
        let (id, part) = (&arguments.transcript_id, &arguments.part);
        let wanted = Wanted::new(arguments.speaker.as_deref(), arguments.text.as_deref());
        let transcripts = context.webex.transcripts();
        if let Some(snippet_id) = &arguments.snippet_id {
            if !wanted.is_all() || *part != Part::default() {
                let right = "it names one snippet; leave out speaker, text, max and cursor, or leave it out for a list";
                return Err(CallError::invalid("snippetId", right));
            }
            return Ok(Snippets {
                snippets: vec![Snippet::whole(transcripts.snippet(id, snippet_id).await?)],
                read: None,
                page: PageInfo::whole(1),
            });
        }
        if wanted.is_all() {
            let part = context.opened(part)?;
            let max = Some(part.page_size);
            let query = [("max", max)];
            let first = || transcripts.snippets(id, max);
            let entry = |snippet| Some(Snippet::listed(snippet));
            let listed = context.listed(&snippets::LIST, &query, part, first, entry);
            let (snippets, page) = listed.await?;
            return Ok(Snippets {
                snippets,
                read: None,
                page,
            });
        }
        let start = context
            .position(part.cursor.as_deref())?
            .unwrap_or_default();
        let found = scan(context, id, start, part.entries(), &wanted).await?;
        Ok(Snippets {
            page: context.page(found.snippets.len(), found.next.as_ref())?,
            read: Some(found.read),
            snippets: found.snippets,
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
    async fn lists_finds_and_reads_snippets() {
        let world = World::new();
        let it = json!({"transcriptId": transcript(&world, 0).await, "max": 2});
        let first = json!({"id": "*", "speaker": "Alice Johnson", "personEmail": "alice@example.com",
            "start": "00:00:40.000", "end": "*", "text": "*"});
        let page = world
            .facts("alice", GetTranscriptSnippet::NAME, it.clone())
            .await;
        let rest = with(it.clone(), "cursor", page["page"]["cursor"].clone());
        let one =
            json!({"transcriptId": it["transcriptId"], "snippetId": page["snippets"][1]["id"]});
        let bob_said = json!({"speaker": "Bob Smith", "text": "The checkout is done. Partial refunds need another week."});
        let found = |count: usize, read: usize| json!({"snippets": vec![json!({}); count], "read": read, "page": {"cursor": null}});
        let filter = |name: &str, words: &str| with(with(it.clone(), "max", 9), name, words);
        let both = with(filter("speaker", "bob"), "text", "customer success");
        check::<GetTranscriptSnippet>(
            &world,
            [
                alice(it.clone())
                    .answers(json!({"snippets": [first, bob_said], "read": null, "page": {"cursor": "*"}}))
                    .calls(1),
                alice(rest)
                    .answers(json!({"snippets": [{"speaker": "Carol Diaz"}, {"speaker": "Alice Johnson"}]}))
                    .calls(1),
                alice(one.clone())
                    .answers(json!({"snippets": [bob_said], "page": {"returned": 1}}))
                    .calls(1),
                alice(filter("speaker", "ALICE")).answers(found(3, 8)).calls(1),
                alice(filter("speaker", "carol@")).answers(found(2, 8)),
                alice(filter("text", "REFUNDS")).answers(found(4, 8)),
                alice(filter("text", "nothing such")).answers(found(0, 8)),
                alice(both).answers(found(1, 8)),
                by("grace", it.clone()).answers(json!({"snippets": [{}, {}]})),
                bob(it.clone()).refused(NotFound, ""),
                bob(one.clone()).refused(NotFound, ""),
                alice(with(one.clone(), "max", 1)).refused(InvalidArguments, "`snippetId`"),
                alice(with(one, "speaker", "bob")).refused(InvalidArguments, "`snippetId`"),
                alice(with(it.clone(), "snippetId", "2")).refused(InvalidArguments, "`snippetId`"),
                alice(with(it, "cursor", "AAAA")).refused(InvalidArguments, "`cursor`"),
                alice(json!({"speaker": "bob"})).refused(InvalidArguments, "`transcriptId`"),
            ],
        )
        .await;
    }

    #[tokio::test]
    async fn a_search_goes_through_pages_and_goes_on() {
        let world = World::new();
        let words: Vec<_> = (0..1_250).map(|at| format!("word {at}")).collect();
        let said: Vec<_> = words.iter().map(String::as_str).collect();
        speak(&world, &said).await;
        let mut asked =
            json!({"transcriptId": transcript(&world, 0).await, "text": "9", "max": 100});
        let (mut seen, mut pages, mut read) = (Vec::new(), 0, 0);
        loop {
            let facts = world
                .facts("alice", GetTranscriptSnippet::NAME, asked.clone())
                .await;
            let snippets = facts["snippets"].as_array().unwrap();
            assert!(snippets.len() <= 100);
            read += facts["read"].as_u64().unwrap();
            seen.extend(
                snippets
                    .iter()
                    .map(|one| one["text"].as_str().unwrap().to_owned()),
            );
            pages += 1;
            match &facts["page"]["cursor"] {
                Value::Null => break,
                cursor => asked["cursor"] = cursor.clone(),
            }
        }
        let expected: Vec<_> = words
            .iter()
            .filter(|word| word.contains('9'))
            .cloned()
            .collect();
        assert_eq!(seen, expected);
        assert!(pages > 2);
        assert_eq!(read, 1_250);
        // One call reads no more than its budget.
        world.sandbox.faults().forget_calls();
        let nothing = json!({"transcriptId": asked["transcriptId"], "text": "no such"});
        let stopped = json!({"snippets": [], "read": 1_000, "page": {"cursor": "*"}});
        check::<GetTranscriptSnippet>(&world, [alice(nothing).answers(stopped).calls(10)]).await;
    }
}
