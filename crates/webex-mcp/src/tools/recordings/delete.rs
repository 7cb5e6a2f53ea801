//! Deletes a recording for good.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use webex::Deletion;
use webex::limits::MAX_DELETION_COMMENT_CHARS;
use webex::recordings::{self, GetRecording};

use super::{Recording, in_words};
use crate::error::CallError;
use crate::tool::{Context, Policy, Question, Tool};

/// Deletes (erases, removes, throws away) the recording (video) of one meeting or call for good,
/// past the recycle bin. The user confirms first. Its host may. The transcript stays.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Arguments {
    /// From webex-list-recordings.
    recording_id: String,
    /// Why; compliance officers need one for what others recorded.
    reason: Option<String>,
    /// More on the reason, at most 255 characters.
    #[schemars(length(max = MAX_DELETION_COMMENT_CHARS))]
    comment: Option<String>,
}

/// A recording that was deleted.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Deleted {
    pub(super) deleted: bool,
    #[serde(flatten)]
    pub(super) recording: Recording,
}

pub struct DeleteRecording;

impl Tool for DeleteRecording {
    const NAME: &'static str = "webex-delete-recording";
    const TITLE: &'static str = "Delete a recording";
    const POLICY: Policy = Policy {
        operations: &[&recordings::bin::DELETE, &recordings::GET],
        ..Policy::DESTROY
    };

    type Arguments = Arguments;
    type Output = Deleted;

    async fn call(context: &Context, arguments: Arguments) -> Result<Deleted, CallError> {
        let (id, recordings) = (&arguments.recording_id, context.webex.recordings());
        let was = recordings.get(id, &GetRecording::default()).await?;
        let deletion = Deletion {
            reason: arguments.reason,
            comment: arguments.comment,
        };
        let deletion = (deletion != Deletion::default()).then_some(deletion);
        recordings.delete(id, None, deletion.as_ref()).await?;
        Ok(Deleted {
            deleted: true,
            recording: Recording::of(was, None),
        })
    }

    async fn question(
        context: &Context,
        arguments: &Arguments,
    ) -> Result<Option<Question>, CallError> {
        let recordings = context.webex.recordings();
        let how = GetRecording::default();
        let found = recordings.get(&arguments.recording_id, &how).await?;
        let recorded = found.time_recorded;
        let found = Recording::of(found, None);
        let mut question = Question::new("Delete ").named("the recording", found.topic);
        if let Some(time) = recorded {
            let time = time.strftime(" of %Y-%m-%d at %H:%M UTC").to_string();
            question = question.and(&time);
        }
        if let Some(seconds) = found.duration_seconds {
            question = question.and(", ").and(&in_words(seconds)).and(" long");
        }
        if let Some(host) = &found.host_email {
            question = question.and(", hosted by ").and(host);
        }
        let end = ", for good? It does not go into the recycle bin; this cannot be undone.";
        Ok(Some(question.and(end)))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::error::Code::{InvalidArguments, NotFound};
    use crate::tools::check::{World, alice, bob, by, check, with};
    use crate::tools::recordings::tests::{PLANNING, record};

    #[tokio::test]
    async fn asks_by_topic_time_and_duration_then_deletes_for_good() {
        let world = World::new();
        record(&world, "Retro", 1).await;
        let all = world
            .facts("alice", "webex-list-recordings", json!({}))
            .await;
        let [retro, planning] =
            [0, 1].map(|at| json!({"recordingId": all["recordings"][at]["id"]}));
        let asked = world.call("alice", DeleteRecording::NAME, planning.clone());
        let body = serde_json::to_value(asked.await.unwrap_err().body()).unwrap();
        assert_eq!(
            body["question"],
            "Delete the recording “Project Unicorn Planning” of 2026-01-04 at 14:00 UTC, 30 min long, hosted by alice@example.com, for good? It does not go into the recycle bin; this cannot be undone."
        );
        let why = with(
            with(retro.clone(), "reason", "audit"),
            "comment",
            "x".repeat(255),
        );
        check::<DeleteRecording>(
            &world,
            [
                bob(planning.clone()).refused(NotFound, ""),
                alice(with(planning.clone(), "comment", "x".repeat(256)))
                    .refused(InvalidArguments, "`comment`"),
                alice(planning.clone())
                    .confirmed()
                    .answers(json!({"deleted": true, "topic": PLANNING, "durationSeconds": 1_800}))
                    .calls(3),
                alice(planning).refused(NotFound, ""),
                by("grace", why)
                    .confirmed()
                    .answers(json!({"deleted": true, "topic": "Retro"})),
                alice(retro).refused(NotFound, ""),
                alice(json!({})).refused(InvalidArguments, "`recordingId`"),
            ],
        )
        .await;
    }
}
