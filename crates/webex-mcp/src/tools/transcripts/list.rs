//! Lists transcripts of meetings, with their words where they are wanted.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Deserialize;
use webex::meetings::series;
use webex::transcripts;

use super::words::with_words;
use super::{Transcript, Transcripts};
use crate::error::CallError;
use crate::limits::TRANSCRIPT_TEXTS_MAX;
use crate::tool::{Context, Part, Policy, Tool};
use crate::tools::meetings::last_ended;
use crate::tools::meetings::times::none_of;

/// Lists the available transcripts: which meetings, calls or sessions have a transcript (were
/// written down); newest first, with topic, time and id, with includeText also the text of what was
/// said. Without a time or meeting: of 7 days. All words of one: webex-get-transcript.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Arguments {
    /// Id, number, link or title. Of a series: its last ended one.
    meeting_id: Option<String>,
    /// From this time (2026-01-05T09:00:00Z); without to, 7 days.
    from: Option<Timestamp>,
    /// Before this time (2026-01-12T09:00:00Z); without from, 7 days.
    to: Option<Timestamp>,
    /// With the words, shortened; at most 10 at once.
    include_text: Option<bool>,
    #[serde(flatten)]
    part: Part,
}

pub struct ListTranscripts;

impl Tool for ListTranscripts {
    const NAME: &'static str = "webex-list-transcripts";
    const TITLE: &'static str = "List which meetings have a transcript";
    const POLICY: Policy = Policy {
        operations: &[&transcripts::LIST, &transcripts::DOWNLOAD, &series::LIST],
        ..Policy::READ
    };

    type Arguments = Arguments;
    type Output = Transcripts;

    async fn call(context: &Context, arguments: Arguments) -> Result<Transcripts, CallError> {
        let mut part = arguments.part;
        if arguments.include_text == Some(true) {
            part.max = Some(part.entries().min(TRANSCRIPT_TEXTS_MAX));
        }
        let part = context.opened(&part)?;
        let mut query = transcripts::ListTranscripts {
            max: Some(part.page_size),
            from: arguments.from,
            to: arguments.to,
            ..Default::default()
        };
        let asked = arguments.meeting_id.as_deref();
        let none = match asked {
            Some(_) => {
                "No transcript of this meeting, or of the last one of this series.".to_owned()
            }
            None => none_of("transcripts", query.from, query.to),
        };
        if let Some(id) = asked {
            let ended = last_ended(&context.webex, id, None).await?;
            if query.from.or(query.to).is_none() {
                // Else Webex may look through the last 7 days only.
                query.from = ended.start;
            }
            query.meeting_id = Some(ended.id);
        }
        let list = context.webex.transcripts();
        let first = || list.list(&query);
        let entry = |found| Some(Transcript::of(found, asked));
        let listed = context.listed(&transcripts::LIST, &query, part, first, entry);
        let (mut transcripts, page) = listed.await?;
        if arguments.include_text == Some(true) {
            transcripts = with_words(context, transcripts).await;
        }
        Ok(Transcripts {
            transcripts,
            page,
            none,
        })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::error::Code::{InvalidArguments, NotFound};
    use crate::limits::LIST_FULL_BYTES;
    use crate::tools::check::{World, alice, bob, check, with};
    use crate::tools::transcripts::tests::{PLANNING, speak};
    use webex_sandbox::Fault;

    #[tokio::test]
    async fn lists_those_of_meetings_that_were_hosted() {
        let world = World::new();
        let instance = speak(&world, &["short"]).await;
        let standup = json!({"topic": "Daily Standup", "id": "*", "meetingId": instance,
            "startTime": "2026-01-05T09:00:00Z", "text": null, "status": null});
        let all = json!({"transcripts": [standup, {"topic": PLANNING}],
            "page": {"returned": 2, "cursor": null}});
        let only = json!({"transcripts": [{"topic": PLANNING}]});
        let none = json!({"transcripts": []});
        check::<ListTranscripts>(
            &world,
            [
                alice(json!({})).answers(all).calls(1),
                alice(json!({"to": "2026-01-05T00:00:00Z"})).answers(only),
                alice(json!({"from": "2026-01-06T00:00:00Z"})).answers(none.clone()),
                bob(json!({})).answers(none),
            ],
        )
        .await;
    }

    #[tokio::test]
    async fn a_meeting_is_named_in_every_way() {
        let world = World::new();
        let instance = speak(&world, &["short"]).await;
        let series = world.meeting("alice", "Daily Standup").await;
        let itself = json!({"transcripts": [{"topic": "Daily Standup", "meetingId": null}]});
        let last = json!({"transcripts": [{"topic": "Daily Standup", "meetingId": instance}]});
        let planning = world.meeting("alice", PLANNING).await;
        let review = world.meeting("carol", "Design Review").await;
        let of = |id: &str| json!({"meetingId": id});
        check::<ListTranscripts>(
            &world,
            [
                alice(of(&instance)).answers(itself).calls(1),
                alice(of(&series)).answers(last.clone()),
                alice(of("Daily Standup 2026-01-05")).answers(last),
                alice(of(&planning)).answers(json!({"transcripts": [{"topic": PLANNING}]})),
                alice(of(&review)).refused(NotFound, "has ended"),
                // Invited, but it is the host's.
                bob(of(&planning)).answers(json!({"transcripts": []})),
                alice(of("No Such Meeting 2026-01-05")).refused(NotFound, "`meetingId`"),
                alice(of(" ")).refused(InvalidArguments, "`meetingId`"),
            ],
        )
        .await;
    }

    #[tokio::test]
    async fn words_come_where_they_are_wanted_and_fit() {
        let world = World::new();
        let long = "0123456789 ".repeat(800);
        speak(&world, &[&long, &long, &long, &long, &long]).await;
        let asked = json!({"includeText": true, "max": 100});
        let answer = world.call("alice", ListTranscripts::NAME, asked.clone());
        let answer = answer.await.unwrap();
        let facts = answer.facts.to_value();
        let text = |at: usize| facts["transcripts"][at]["text"].as_str().unwrap();
        assert!(text(0).starts_with("Alice Johnson: 0123456789"));
        assert!(text(0).ends_with("\n… webex-get-transcript has all of it"));
        assert!(text(0).len() < LIST_FULL_BYTES / 2 + 100);
        assert!(text(1).ends_with("Alice Johnson: Agreed. We meet again in a week."));
        assert!(answer.text.ends_with("2 here; no more."), "{}", answer.text);
        // What cannot be read is left out.
        let faults = world.sandbox.faults();
        faults.next_on(9, "GET", "/v1/meetingTranscripts/*", Fault::status(403));
        let without = json!({"transcripts": [{"text": null}, {"text": null}]});
        check::<ListTranscripts>(&world, [alice(asked).answers(without).calls(3)]).await;
    }

    #[tokio::test]
    async fn goes_on_by_cursor_and_refuses_before_anything_is_sent() {
        let world = World::new();
        speak(&world, &["short"]).await;
        let asked = json!({"max": 1, "includeText": true});
        let page = world
            .facts("alice", ListTranscripts::NAME, asked.clone())
            .await;
        assert_eq!(page["transcripts"][0]["text"], "Alice Johnson: short");
        let rest = with(asked, "cursor", page["page"]["cursor"].clone());
        let swapped = json!({"from": "2026-01-06T00:00:00Z", "to": "2026-01-05T00:00:00Z"});
        let last = json!({"transcripts": [{"topic": PLANNING}], "page": {"cursor": null}});
        check::<ListTranscripts>(
            &world,
            [
                alice(rest).answers(last).calls(2),
                alice(swapped).refused(InvalidArguments, "`from`"),
                alice(json!({"from": "Monday"})).refused(InvalidArguments, "`from`"),
                alice(json!({"max": 0})).refused(InvalidArguments, "`max`"),
                alice(json!({"includeText": "some"})).refused(InvalidArguments, "`includeText`"),
                alice(json!({"cursor": "AAAA"})).refused(InvalidArguments, "`cursor`"),
            ],
        )
        .await;
    }
}
