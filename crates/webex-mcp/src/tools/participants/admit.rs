//! Lets people in from the lobby of a running meeting: those who are named, or all who wait.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use webex::limits::MAX_ADMITTED_COUNT;
use webex::meetings::series;
use webex::participants;

use super::entrants::{Entrant, Entrants, Outcome};
use super::scan::everybody;
use super::{hosts_admit, hosts_change};
use crate::error::CallError;
use crate::tool::{Context, Policy, Theirs, Tool};

/// Admits (lets in) everybody from the lobby (waiting room) of a running meeting, at most 100 at
/// once, or some of them. For host and cohosts. To see who is there: webex-get-meeting-status.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Arguments {
    /// Running meeting: id, number, link or title.
    meeting_id: String,
    /// Whom to let in, at most 100 ids; default everybody who waits.
    #[schemars(length(min = 1, max = MAX_ADMITTED_COUNT))]
    participant_ids: Option<Vec<String>>,
}

#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Admitted {
    pub(super) admitted: usize,
    pub(super) still_waiting: usize,
    /// false: the meeting has more participants than were looked at.
    pub(super) saw_all: bool,
    pub(super) participants: Vec<Entrant>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) meeting: Option<Theirs>,
}

pub struct AdmitParticipants;

impl Tool for AdmitParticipants {
    const NAME: &'static str = "webex-admit-meeting-participants";
    const TITLE: &'static str = "Admit people from a meeting's lobby";
    const POLICY: Policy = Policy {
        operations: &[&participants::ADMIT, &participants::LIST],
        courtesy: &[&series::GET],
        ..Policy::WRITE
    };

    type Arguments = Arguments;
    type Output = Admitted;

    async fn call(context: &Context, arguments: Arguments) -> Result<Admitted, CallError> {
        let id = &arguments.meeting_id;
        let (present, meeting) =
            tokio::join!(everybody(context, id), context.meeting_title(Some(id)));
        let (present, saw_all) = present.map_err(|error| hosts_admit(error.into()))?;
        let entrants = Entrants::of(present, arguments.participant_ids);
        let chosen = entrants.chosen();
        if !chosen.is_empty() {
            let admitted = context.webex.participants().admit(&chosen).await;
            admitted.map_err(|error| hosts_change(error.into()))?;
        }
        Ok(Admitted {
            admitted: entrants.count(Outcome::Admitted),
            still_waiting: entrants.waiting - chosen.len(),
            saw_all,
            participants: entrants.all,
            meeting,
        })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};
    use webex_sandbox::MeetingAction;

    use super::*;
    use crate::error::Code::{InvalidArguments, NotFound};
    use crate::tools::check::{World, alice, by, check, with};

    /// The design review, with three people in its lobby.
    async fn running(world: &World) -> String {
        let review = world.meeting("carol", "Design Review").await;
        let instance = world.sandbox.act(&review, MeetingAction::Start).unwrap();
        for who in ["carol", "alice", "harold", "grace", "bob"] {
            let email = format!("{who}@example.com");
            world
                .sandbox
                .act(&review, MeetingAction::Join { email })
                .unwrap();
        }
        instance
    }

    #[tokio::test]
    async fn lets_in_all_who_wait() {
        let world = World::new();
        let instance = running(&world).await;
        let review = world.meeting("carol", "Design Review").await;
        let three = json!({
            "admitted": 3, "stillWaiting": 0, "sawAll": true, "meeting": "Design Review",
            "participants": [{"email": "harold@example.com", "displayName": "Harold Weber", "outcome": "admitted"}, {"email": "grace@example.com"}, {"email": "bob@example.com"}],
        });
        let nobody = json!({"admitted": 0, "stillWaiting": 0, "participants": []});
        check::<AdmitParticipants>(
            &world,
            [
                alice(json!({"meetingId": review})).refused(NotFound, ""),
                by("carol", json!({"meetingId": review}))
                    .answers(three)
                    .calls(3),
                by("carol", json!({"meetingId": review}))
                    .answers(nobody.clone())
                    .calls(2),
                by("carol", json!({"meetingId": instance})).answers(nobody),
            ],
        )
        .await;
    }

    #[tokio::test]
    async fn the_advice_names_no_argument_that_there_is_not() {
        let world = World::new();
        let review = running(&world).await;
        let error = world
            .call("bob", AdmitParticipants::NAME, json!({"meetingId": review}))
            .await;
        let advice = error.unwrap_err().advice;
        assert!(advice.contains("host and cohosts"), "{advice}");
        assert!(!advice.contains("from and to"), "{advice}");
    }

    #[tokio::test]
    async fn lets_in_only_those_who_are_named() {
        let world = World::new();
        let review = running(&world).await;
        let all = json!({"meetingId": review});
        let all = world
            .facts("carol", "webex-get-meeting-participant", all)
            .await;
        let id = |at: usize| all["participants"][at]["id"].clone();
        let capital = |id: Value| json!(id.as_str().unwrap().to_uppercase());
        let of = |ids: Value| json!({"meetingId": review, "participantIds": ids});
        let nobody = "0ed74a1c0551494fb7a04e2881bf50ae";
        let outcomes = json!({
            "admitted": 1, "stillWaiting": 2,
            "participants": [{"email": "harold@example.com", "outcome": "admitted"}, {"email": "alice@example.com", "outcome": "alreadyIn"}, {"id": nobody, "outcome": "notFound"}],
        });
        let many = vec![json!(nobody); 101];
        check::<AdmitParticipants>(
            &world,
            [
                by("carol", of(json!([capital(id(2)), id(1), nobody, id(2)])))
                    .answers(outcomes)
                    .calls(3),
                by("carol", of(json!([id(2)])))
                    .answers(json!({"admitted": 0, "stillWaiting": 2}))
                    .calls(2),
                by("carol", of(json!([id(2), "Alice Johnson"])))
                    .refused(InvalidArguments, "`participantIds[1]`"),
                by("carol", of(json!([]))).refused(InvalidArguments, "`participantIds`"),
                by("carol", of(many.into())).refused(InvalidArguments, "`participantIds`"),
                by("carol", json!({})).refused(InvalidArguments, "`meetingId`"),
                by("carol", with(of(json!([nobody])), "state", "lobby"))
                    .refused(InvalidArguments, "`state`"),
            ],
        )
        .await;
    }
}
