//! Posts what a meeting that has ended left behind to a space.

mod published;
mod words;

use schemars::JsonSchema;
use serde::Deserialize;
use webex::meetings::series;
use webex::{
    meeting_summaries, memberships, messages, participants, recordings, rooms, transcripts,
};

use crate::error::CallError;
use crate::tool::{Context, Policy, Tool};
use published::{Published, publish};

/// Posts in a space the recap, minutes or notes of a meeting that has ended: summary, action items,
/// where the recording and transcript are, and who took part. Only to read it:
/// webex-get-meeting-summary.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Arguments {
    /// Id, number, link or title; for one date: title 2026-01-06.
    pub(super) meeting_id: String,
    /// The space: id, link or title.
    pub(super) room_id: String,
    /// To reply: first message's id or link.
    pub(super) parent_id: Option<String>,
    /// true: with the recording's password.
    pub(super) include_password: Option<bool>,
    /// true: only shows the text.
    pub(super) dry_run: Option<bool>,
}

pub struct PublishRecap;

impl Tool for PublishRecap {
    const NAME: &'static str = "webex-publish-recap";
    const TITLE: &'static str = "Post a meeting's recap to a space";
    const POLICY: Policy = Policy {
        operations: &[&messages::CREATE, &series::LIST, &series::GET],
        courtesy: &[
            &meeting_summaries::LIST,
            &recordings::LIST,
            &transcripts::LIST,
            &participants::LIST,
            &messages::GET,
            &rooms::GET,
            &memberships::LIST,
        ],
        ..Policy::WRITE
    };

    type Arguments = Arguments;
    type Output = Published;

    async fn call(context: &Context, arguments: Arguments) -> Result<Published, CallError> {
        publish(context, arguments).await
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};
    use webex_sandbox::{Fault, MeetingAction};

    use super::*;
    use crate::error::Code::{Conflict, Forbidden, InvalidArguments, NotFound};
    use crate::tools::check::{World, alice, bob, check, whole, with};

    const PLANNING: &str = "Project Unicorn Planning";

    async fn of(world: &World, room: &str) -> Value {
        let planning = world.meeting("alice", PLANNING).await;
        json!({"meetingId": planning, "roomId": world.space(room).await})
    }

    /// What Webex has of the message.
    async fn kept(world: &World, answer: &Value) -> webex::messages::Message {
        let id = whole("MESSAGE", &answer["messageId"]);
        let alice = world.client("alice");
        alice.messages().get(&id).await.unwrap()
    }

    #[tokio::test]
    async fn the_host_posts_all_that_there_is() {
        let world = World::today();
        let it = of(&world, "Project Unicorn").await;
        let posted = json!({"title": PLANNING, "space": "Project Unicorn", "messageId": "*",
            "start": "*", "lacks": null, "shortened": null, "text": null});
        check::<PublishRecap>(&world, [alice(it.clone()).answers(posted)]).await;
        let answer = world.facts("alice", PublishRecap::NAME, it.clone()).await;
        let message = kept(&world, &answer).await;
        let markdown = message.markdown.unwrap();
        for part in [
            "**Recap** Project Unicorn Planning (20",
            "**Action items**\n- Carol Diaz: finish the screens",
            "**Recording and transcript**\n- http",
            "(30 min)",
            "**Took part** (4 participants): Alice Johnson, ",
        ] {
            assert!(markdown.contains(part), "{part}\n{markdown}");
        }
        assert!(!markdown.contains("assword"), "{markdown}");
        let html = message.html.unwrap();
        assert!(
            html.contains("<strong>Action items</strong>") && html.contains("<li>"),
            "{html}"
        );
        let told = with(it, "includePassword", true);
        let answer = world.facts("alice", PublishRecap::NAME, told).await;
        let markdown = kept(&world, &answer).await.markdown.unwrap();
        assert!(markdown.contains(", password: "), "{markdown}");
    }

    #[tokio::test]
    async fn a_dry_run_shows_the_text_and_posts_nothing() {
        let world = World::today();
        let it = of(&world, "Project Unicorn").await;
        let dry = with(with(it, "dryRun", true), "includePassword", true);
        let answer = world.call("alice", PublishRecap::NAME, dry).await.unwrap();
        let facts = answer.facts.to_value();
        let text = facts["text"].as_str().unwrap();
        assert!(text.contains("password: (shown in the message)"), "{text}");
        assert_eq!(facts["messageId"], Value::Null);
        assert!(
            answer.text.contains("\n> **Action items**"),
            "{}",
            answer.text
        );
        let calls = world.sandbox.faults().calls();
        assert!(calls.iter().all(|call| call.method == "GET"), "{calls:?}");
    }

    #[tokio::test]
    async fn what_is_missing_is_said_and_never_made_up() {
        let world = World::today();
        // Who was invited sees the summary, and neither recording nor attendance.
        let it = of(&world, "Project Unicorn").await;
        let lacks = json!({"lacks": ["recording", "transcript", "attendance"]});
        check::<PublishRecap>(&world, [bob(it.clone()).answers(lacks)]).await;
        let answer = world.facts("bob", PublishRecap::NAME, it.clone()).await;
        let markdown = kept(&world, &answer).await.markdown.unwrap();
        assert!(markdown.ends_with("*Not available: recording, transcript, attendance.*"));
        let faults = world.sandbox.faults();
        faults.next_on(1, "GET", "/v1/meetingSummaries", Fault::status(403));
        let no_summary = json!({"lacks": ["summary"], "text": "*"});
        let dry = with(it.clone(), "dryRun", true);
        check::<PublishRecap>(&world, [alice(dry.clone()).answers(no_summary)]).await;
        faults.next_on(1, "GET", "/v1/meetingSummaries", Fault::status(403));
        check::<PublishRecap>(&world, [bob(dry).refused(NotFound, "no summary")]).await;
        // What fails is no absence.
        faults.next_on(9, "GET", "/v1/recordings", Fault::status(503));
        let failed = world.call("alice", PublishRecap::NAME, it).await;
        assert!(failed.is_err());
    }

    #[tokio::test]
    async fn refuses_what_has_not_ended_and_where_nothing_can_be_posted() {
        let world = World::today();
        let room = world.space("Project Unicorn").await;
        let review = world.meeting("carol", "Design Review").await;
        let planned = json!({"meetingId": review, "roomId": room});
        let planning = of(&world, "Leadership").await;
        check::<PublishRecap>(
            &world,
            [
                alice(planned.clone())
                    .refused(Conflict, "has not ended")
                    .calls(4),
                alice(planned.clone()).refused(Conflict, " to 20"),
                bob(planning.clone()).refused(NotFound, ""),
                alice(json!({"roomId": room})).refused(InvalidArguments, "`meetingId`"),
                alice(json!({"meetingId": review})).refused(InvalidArguments, "`roomId`"),
                alice(with(planned.clone(), "parentId", "the last"))
                    .refused(InvalidArguments, "`parentId`"),
                alice(with(planned, "meetingId", "No Such Meeting"))
                    .refused(NotFound, "`meetingId`"),
            ],
        )
        .await;
        let announcements = world.space("Announcements").await;
        let there = with(planning, "roomId", announcements);
        check::<PublishRecap>(&world, [bob(there).refused(Forbidden, "")]).await;
        let running = world.sandbox.act(&review, MeetingAction::Start).unwrap();
        let running = json!({"meetingId": running, "roomId": room});
        check::<PublishRecap>(&world, [alice(running).refused(Conflict, "has not ended")]).await;
    }

    #[tokio::test]
    async fn it_hangs_on_a_thread() {
        let world = World::today();
        let it = of(&world, "Project Unicorn").await;
        let asked = json!({"roomId": it["roomId"], "text": "What came out of it?"});
        let asked = world.facts("bob", "webex-create-message", asked).await;
        let reply = with(it, "parentId", asked["id"].clone());
        let answer = world.facts("alice", PublishRecap::NAME, reply).await;
        let message = kept(&world, &answer).await;
        assert_eq!(message.parent_id, Some(whole("MESSAGE", &asked["id"])));
    }

    #[tokio::test]
    async fn nobody_is_notified_by_a_title() {
        let world = World::today();
        let start = jiff::Timestamp::now() + jiff::SignedDuration::from_hours(1);
        let meeting =
            json!({"title": "<@all> *now*", "start": start.to_string(), "durationMinutes": 30});
        let made = world.facts("alice", "webex-create-meeting", meeting).await;
        let made = made["id"].as_str().unwrap();
        let email = "alice@example.com".to_owned();
        for action in [
            MeetingAction::Start,
            MeetingAction::Join { email },
            MeetingAction::End,
        ] {
            world.sandbox.act(made, action).unwrap();
        }
        let past = std::time::Duration::from_secs(20 * 60);
        world.sandbox.clock().advance(past);
        let it = json!({"meetingId": made, "roomId": world.space("Project Unicorn").await});
        let answer = world.facts("alice", PublishRecap::NAME, it).await;
        let message = kept(&world, &answer).await;
        assert_eq!(message.mentioned_groups, None);
        let text = message.text.unwrap();
        assert!(text.starts_with("Recap <@all> *now* ("), "{text}");
    }
}
