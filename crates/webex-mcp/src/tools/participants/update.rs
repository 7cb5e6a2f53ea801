//! Mutes, unmutes, admits or removes somebody in a running meeting.
//!
//! Muting and admitting are undone with a word; removing is not, and it happens before people's
//! eyes. So `expel` is what makes a call of this tool destroy: only a call with it is asked about,
//! and what is published of the tool (its annotation, selections by effect) tells what it can do at
//! worst. A question before each muting would teach people to agree without reading.

use schemars::JsonSchema;
use serde::Deserialize;
use webex::meetings::series;
use webex::participants;

use super::change::{Changed, asked, change, check_there, is_done};
use super::hosts_change;
use crate::error::CallError;
use crate::tool::{Context, DestroysBy, Policy, Question, Tool};

/// Mutes (silences the microphone of) one participant in a running meeting, unmutes, lets in, or
/// expels them (kicks, throws out). For host and cohosts.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Arguments {
    /// Id from webex-get-meeting-participant.
    participant_id: String,
    /// true mutes, false unmutes.
    muted: Option<bool>,
    /// true lets in from the lobby.
    admit: Option<bool>,
    /// true throws out, after confirmation; without muted and admit.
    expel: Option<bool>,
}

pub struct UpdateParticipant;

impl Tool for UpdateParticipant {
    const NAME: &'static str = "webex-update-meeting-participant";
    const TITLE: &'static str = "Mute, admit or remove a meeting's participant";
    const POLICY: Policy = Policy {
        operations: &[&participants::GET, &participants::UPDATE],
        courtesy: &[&series::GET],
        destroys_by: &[DestroysBy::Given("expel")],
        ..Policy::DESTROY
    };

    type Arguments = Arguments;
    type Output = Changed;

    async fn call(context: &Context, arguments: Arguments) -> Result<Changed, CallError> {
        let change = change(arguments.muted, arguments.admit, arguments.expel)?;
        let id = &arguments.participant_id;
        let participants = context.webex.participants();
        let told = participants.update(id, &change).await;
        let told = told.map_err(|error| hosts_change(error.into()))?;
        // Webex may accept a change and not make it: what counts is read.
        let after = context.best_effort(participants.get(id, None)).await;
        let done = after.as_ref().is_none_or(|after| is_done(&change, after));
        let participant = after.unwrap_or(told);
        let meeting = context
            .meeting_title(participant.meeting_id.as_deref())
            .await;
        Ok(Changed {
            done,
            participant: participant.into(),
            meeting,
        })
    }

    async fn question(
        context: &Context,
        arguments: &Arguments,
    ) -> Result<Option<Question>, CallError> {
        let change = change(arguments.muted, arguments.admit, arguments.expel)?;
        let id = &arguments.participant_id;
        let read = context.webex.participants().get(id, None).await;
        let participant = read.map_err(|error| hosts_change(error.into()))?;
        check_there(&participant)?;
        let meeting = context
            .meeting_title(participant.meeting_id.as_deref())
            .await;
        Ok(Some(asked(&change, participant, meeting)))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};
    use webex_sandbox::MeetingAction;

    use super::*;
    use crate::error::Code::{Conflict, InvalidArguments, NotFound};
    use crate::tools::check::{World, alice, by, check, with};

    /// The design review with its host Carol, Alice who is invited, and Harold in the lobby.
    async fn running(world: &World) -> Vec<Value> {
        let review = world.meeting("carol", "Design Review").await;
        world.sandbox.act(&review, MeetingAction::Start).unwrap();
        for who in ["carol", "alice", "harold"] {
            let email = format!("{who}@example.com");
            world
                .sandbox
                .act(&review, MeetingAction::Join { email })
                .unwrap();
        }
        let all = json!({"meetingId": review});
        let all = world
            .facts("carol", "webex-get-meeting-participant", all)
            .await;
        let all = all["participants"].as_array().unwrap().iter();
        all.map(|one| json!({"participantId": one["id"]})).collect()
    }

    #[tokio::test]
    async fn muting_and_letting_in_ask_nobody_and_removing_does() {
        let world = World::new();
        let people = running(&world).await;
        let (it, lobby) = (&people[1], &people[2]);
        let flag = |person: &Value, name: &str, value: bool| with(person.clone(), name, value);
        let muted = json!({"done": true, "email": "alice@example.com", "muted": true, "state": "joined", "meeting": "Design Review"});
        let expel = flag(it, "expel", true);
        let asked = world
            .call("carol", UpdateParticipant::NAME, expel.clone())
            .await;
        let body = serde_json::to_value(asked.unwrap_err().body()).unwrap();
        let question = body["question"].as_str().unwrap();
        assert!(
            question.starts_with("Remove “Alice Johnson” (alice@example.com) from the running meeting “Design Review”?"),
            "{question}"
        );
        check::<UpdateParticipant>(
            &world,
            [
                by("carol", flag(it, "muted", true))
                    .answers(muted.clone())
                    .calls(3),
                by("carol", flag(it, "muted", true)).answers(muted),
                by("carol", with(flag(it, "muted", false), "expel", false))
                    .answers(json!({"done": true, "muted": null})),
                by("carol", flag(lobby, "admit", true)).answers(
                    json!({"done": true, "email": "harold@example.com", "state": "joined"}),
                ),
                by("carol", expel.clone())
                    .confirmed()
                    .answers(json!({"done": true, "email": "alice@example.com", "state": "end"})),
                // Nobody is asked to remove somebody who is gone.
                by("carol", expel).refused(Conflict, "not in the meeting any more"),
            ],
        )
        .await;
    }

    #[tokio::test]
    async fn refuses_before_it_asks() {
        let world = World::new();
        let people = running(&world).await;
        let it = &people[1];
        let flag = |name: &str, value: bool| with(it.clone(), name, value);
        check::<UpdateParticipant>(
            &world,
            [
                by("carol", it.clone()).refused(InvalidArguments, "`expel`"),
                by("carol", flag("admit", false)).refused(InvalidArguments, "`expel`"),
                by("carol", flag("expel", false)).refused(InvalidArguments, "`expel`"),
                by("carol", with(flag("expel", true), "muted", true))
                    .refused(InvalidArguments, "`expel`"),
                by("carol", with(flag("expel", true), "admit", true))
                    .refused(InvalidArguments, "`expel`"),
                by("carol", json!({"muted": true})).refused(InvalidArguments, "`participantId`"),
                by("carol", json!({"participantId": "Alice", "muted": true}))
                    .refused(InvalidArguments, "`participantId`"),
                // An invitee is no host.
                alice(flag("muted", true)).refused(NotFound, ""),
                alice(flag("expel", true)).refused(NotFound, ""),
            ],
        )
        .await;
        let review = world.meeting("carol", "Design Review").await;
        world.sandbox.act(&review, MeetingAction::End).unwrap();
        for who in ["alice", "harold"] {
            let refused = world.call(who, UpdateParticipant::NAME, flag("expel", true));
            let advice = refused.await.unwrap_err().advice;
            assert!(advice.contains("host and cohosts"), "{advice}");
        }
        let late = world
            .call("carol", UpdateParticipant::NAME, flag("muted", true))
            .await;
        let error = late.unwrap_err();
        assert_eq!(error.code, Conflict);
        assert!(error.advice.contains("running"), "{}", error.advice);
    }
}
