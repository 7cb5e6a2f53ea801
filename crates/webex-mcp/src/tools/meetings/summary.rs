//! Reads what Webex's assistant wrote after a meeting.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use webex::meeting_summaries::{self, SummaryText};
use webex::meetings::series;

use super::last_ended;
use crate::error::{CallError, Code};
use crate::limits::{LISTED_TEXT_MAX_BYTES, LONE_TEXT_MAX_BYTES, SUMMARY_MAX_ACTION_ITEMS};
use crate::tool::{Context, Policy, Theirs, Tool};
use crate::tools::messages::writing::shown_html;

/// Summarizes a meeting or call that has ended: reads the summary (notes, recap, minutes) that
/// Webex's AI wrote, with what was decided or agreed, takeaways and action items (to-dos), for who
/// missed it; of a series, the latest. Word for word: webex-list-transcripts; the video:
/// webex-list-recordings.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Arguments {
    /// Id, number, link or title; for one date: title 2026-01-06.
    meeting_id: String,
}

#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Summary {
    /// Of the meeting that took place.
    pub(super) meeting_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) title: Option<Theirs>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) start: Option<String>,
    /// Markdown.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) notes: Option<Theirs>,
    pub(super) action_items: Vec<Theirs>,
}

pub struct GetMeetingSummary;

impl Tool for GetMeetingSummary {
    const NAME: &'static str = "webex-get-meeting-summary";
    const TITLE: &'static str = "Read a meeting's summary";
    const POLICY: Policy = Policy {
        operations: &[&meeting_summaries::LIST],
        // Only for the last meeting of a series.
        courtesy: &[&series::LIST],
        ..Policy::READ
    };

    type Arguments = Arguments;
    type Output = Summary;

    async fn call(context: &Context, arguments: Arguments) -> Result<Summary, CallError> {
        let ended = last_ended(&context.webex, &arguments.meeting_id, None).await?;
        let page = context.webex.meeting_summaries().list(&ended.id).await?;
        let summary = page.items.into_iter().next().ok_or_else(no_summary)?;
        let items = summary.action_items.into_iter().flatten();
        let items = items.filter_map(|item| item.content).map(Theirs::from);
        let short = |item: Theirs| item.shortened(LISTED_TEXT_MAX_BYTES, "cut here");
        Ok(Summary {
            meeting_id: ended.id,
            title: ended.title,
            start: ended.start.map(|start| start.to_string()),
            notes: summary.notes.and_then(notes),
            action_items: items.take(SUMMARY_MAX_ACTION_ITEMS).map(short).collect(),
        })
    }
}

/// Webex writes them as HTML; what is none stays as it is.
fn notes(notes: SummaryText) -> Option<Theirs> {
    let text = shown_html(&notes.content?);
    Some(Theirs::from(text).shortened(LONE_TEXT_MAX_BYTES / 2, "cut here"))
}

fn no_summary() -> CallError {
    CallError::new(
        Code::NotFound,
        "Webex has no summary of this meeting: its AI assistant was off, or is not done yet.",
        "webex-list-transcripts has what was said, where it was recorded; for an earlier meeting of a series pass its id from webex-list-meetings.",
    )
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::error::Code::InvalidArguments;
    use crate::tools::check::{World, alice, bob, by, check};

    #[tokio::test]
    async fn the_last_meeting_of_a_title_is_summed_up() {
        let world = World::today();
        let planning = world.meeting("alice", "Project Unicorn Planning").await;
        let ended = last_ended(&world.client("alice"), &planning, None)
            .await
            .unwrap();
        let told = json!({"meetingId": ended.id, "title": "Project Unicorn Planning", "start": "*", "notes": "*", "actionItems": ["Carol Diaz: finish the screens for order history by Thursday.", "*"]});
        check::<GetMeetingSummary>(
            &world,
            [
                alice(json!({"meetingId": "Unicorn Planning"}))
                    .answers(told.clone())
                    .calls(3),
                alice(json!({"meetingId": planning})).answers(told).calls(2),
                bob(json!({"meetingId": ended.id}))
                    .answers(json!({"meetingId": ended.id, "notes": "*"}))
                    .calls(1),
                by("harold", json!({"meetingId": planning})).refused(Code::NotFound, "ended"),
                by("harold", json!({"meetingId": ended.id})).refused(Code::NotFound, ""),
                alice(json!({"meetingId": "Daily Standup"})).refused(Code::NotFound, "no summary"),
                alice(json!({"meetingId": "Design Review"})).refused(Code::NotFound, "ended"),
                alice(json!({})).refused(InvalidArguments, "`meetingId`"),
            ],
        )
        .await;
        let answer = world.call(
            "alice",
            GetMeetingSummary::NAME,
            json!({"meetingId": planning}),
        );
        let text = answer.await.unwrap().text;
        assert!(
            text.contains("> *   Alice Johnson: Thanks for coming."),
            "{text}"
        );
        assert!(!text.contains("<li>"), "{text}");
    }
}
