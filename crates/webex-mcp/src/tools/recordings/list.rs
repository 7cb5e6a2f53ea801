//! Lists recordings of meetings.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Deserialize;
use webex::meetings::series;
use webex::recordings::{self, RecordingFormat, RecordingStatus};

use super::{Recording, Recordings, of_last_meeting};
use crate::error::CallError;
use crate::tool::{Context, Part, Policy, Tool};

/// Lists recordings (videos): which meetings or calls were recorded, newest first, with topic,
/// time, duration, size and id. Without a time or meeting: of 7 days. To watch or download one:
/// webex-get-recording.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Arguments {
    /// Id, number, link or title. Of a series: its last ended one, or all between from and to.
    meeting_id: Option<String>,
    /// From this time (2026-01-05T09:00:00Z); without to, 7 days.
    from: Option<Timestamp>,
    /// Before this time (2026-01-12T09:00:00Z); without from, 7 days.
    to: Option<Timestamp>,
    /// deleted: in the recycle bin; purged: for compliance officers, with meetingId.
    #[schemars(with = "Option<String>", extend("enum" = ["available", "deleted", "purged"]))]
    status: Option<RecordingStatus>,
    /// Part of the topic.
    topic: Option<String>,
    /// Of the file.
    #[schemars(with = "Option<String>", extend("enum" = ["MP4", "ARF"]))]
    format: Option<RecordingFormat>,
    #[serde(flatten)]
    part: Part,
}

pub struct ListRecordings;

impl Tool for ListRecordings {
    const NAME: &'static str = "webex-list-recordings";
    const TITLE: &'static str = "List which meetings were recorded";
    const POLICY: Policy = Policy {
        operations: &[&recordings::LIST],
        courtesy: &[&series::LIST],
        ..Policy::READ
    };

    type Arguments = Arguments;
    type Output = Recordings;

    async fn call(context: &Context, arguments: Arguments) -> Result<Recordings, CallError> {
        let part = context.opened(&arguments.part)?;
        let asked = arguments.meeting_id.as_deref();
        let mut query = recordings::ListRecordings {
            max: Some(part.page_size),
            from: arguments.from,
            to: arguments.to,
            meeting_id: arguments.meeting_id.clone(),
            status: arguments.status,
            topic: arguments.topic,
            format: arguments.format,
            ..Default::default()
        };
        let none = of_last_meeting(context, &mut query).await?;
        let list = context.webex.recordings();
        let first = || list.list(&query);
        let entry = |found| Some(Recording::of(found, asked));
        let listed = context.listed(&query, &query, part, first, entry);
        let (recordings, page) = listed.await?;
        Ok(Recordings {
            recordings,
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
    use crate::tools::check::{World, alice, bob, check, with};
    use crate::tools::recordings::tests::{PLANNING, record};
    use webex_sandbox::Fault;

    #[tokio::test]
    async fn lists_what_was_hosted_or_shared_newest_first() {
        let world = World::new();
        record(&world, "Retro", 2).await;
        let retro = json!({"id": "*", "topic": "Retro", "timeRecorded": "2026-01-06T10:00:00Z",
            "durationSeconds": 1_800, "format": "MP4", "sizeBytes": 225_000_000, "meetingId": "*",
            "hostEmail": "alice@example.com", "shareToMe": null, "status": null});
        let all = json!({"recordings": [retro, {"topic": "Retro"}, {"topic": PLANNING}],
            "page": {"returned": 3, "cursor": null}});
        let none = json!({"recordings": [], "page": {"returned": 0, "cursor": null}});
        let only = |topic: &str| json!({"recordings": [{"topic": topic}]});
        check::<ListRecordings>(
            &world,
            [
                alice(json!({})).answers(all.clone()).calls(1),
                alice(json!({"topic": "unicorn"})).answers(only(PLANNING)),
                alice(json!({"format": "ARF"})).answers(none.clone()),
                alice(json!({"status": "deleted"})).answers(none.clone()),
                alice(json!({"to": "2026-01-05T00:00:00Z"})).answers(only(PLANNING)),
                alice(json!({"from": "2026-01-06T00:00:00Z"})).answers(json!({"recordings": [{}]})),
                // Somebody who was invited, and somebody who was not.
                bob(json!({})).answers(none.clone()),
                bob(json!({"meetingId": world.meeting("alice", PLANNING).await})).answers(none),
            ],
        )
        .await;
    }

    #[tokio::test]
    async fn a_meeting_is_named_in_every_way() {
        let world = World::new();
        let retro = record(&world, "Retro", 2).await;
        let last = world
            .facts("alice", ListRecordings::NAME, json!({"meetingId": retro}))
            .await;
        let last = last["recordings"].as_array().unwrap().clone();
        let [last] = last.as_slice() else {
            panic!("only that of the last meeting: {last:?}");
        };
        assert_eq!(last["timeRecorded"], "2026-01-06T10:00:00Z");
        let instance = &last["meetingId"];
        let first = json!({"recordings": [{"timeRecorded": "2026-01-05T10:00:00Z"}]});
        let day = format!("{retro}_20260105T100000Z");
        let both = json!({"meetingId": retro, "from": "2026-01-05T00:00:00Z"});
        check::<ListRecordings>(
            &world,
            [
                // The instance was in the question.
                alice(json!({"meetingId": instance}))
                    .answers(json!({"recordings": [{"id": last["id"], "meetingId": null}]}))
                    .calls(1),
                alice(json!({"meetingId": day})).answers(first.clone()),
                alice(json!({"meetingId": "Retro 2026-01-05"})).answers(first),
                alice(both)
                    .answers(json!({"recordings": [{}, {}]}))
                    .calls(1),
                alice(json!({"meetingId": "No Such Meeting 2026-01-05"}))
                    .refused(NotFound, "`meetingId`"),
            ],
        )
        .await;
        // That the last meeting has none says nothing about earlier ones.
        let standup = json!({"meetingId": world.meeting("alice", "Daily Standup").await});
        let none = world.call("alice", ListRecordings::NAME, standup).await;
        let words = "No recordings of its last ended meeting; from and to give earlier ones.";
        assert_eq!(none.unwrap().text, words);
        let faults = world.sandbox.faults();
        faults.next_on(1, "GET", "/v1/meetings", Fault::status(403));
        let unknown = alice(json!({"meetingId": retro}));
        let unknown = unknown.answers(json!({"recordings": [{}, {}]}));
        check::<ListRecordings>(&world, [unknown.calls(2)]).await;
        let world = World::new();
        let planned = json!({"meetingId": world.meeting("carol", "Design Review").await});
        check::<ListRecordings>(&world, [alice(planned).refused(NotFound, "has ended")]).await;
    }

    #[tokio::test]
    async fn goes_on_by_cursor_and_refuses_before_anything_is_sent() {
        let world = World::new();
        record(&world, "Retro", 2).await;
        let asked = json!({"max": 2});
        let page = world
            .facts("alice", ListRecordings::NAME, asked.clone())
            .await;
        let rest = with(asked, "cursor", page["page"]["cursor"].clone());
        let swapped = json!({"from": "2026-01-06T00:00:00Z", "to": "2026-01-05T00:00:00Z"});
        check::<ListRecordings>(
            &world,
            [
                alice(rest)
                    .answers(json!({"recordings": [{"topic": PLANNING}], "page": {"cursor": null}}))
                    .calls(1),
                alice(swapped).refused(InvalidArguments, "`from`"),
                alice(json!({"from": "yesterday"})).refused(InvalidArguments, "`from`"),
                alice(json!({"status": "purged"})).refused(InvalidArguments, "`meetingId`"),
                alice(json!({"status": "gone"})).refused(InvalidArguments, "`status`"),
                alice(json!({"format": "AVI"})).refused(InvalidArguments, "`format`"),
                alice(json!({"max": 101})).refused(InvalidArguments, "`max`"),
                alice(json!({"cursor": "AAAA"})).refused(InvalidArguments, "`cursor`"),
                alice(json!({"meetingId": " "})).refused(InvalidArguments, "`meetingId`"),
            ],
        )
        .await;
    }
}
