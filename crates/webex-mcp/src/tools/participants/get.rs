//! Reads one participant, or lists who is or was in a meeting.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Deserialize;
use webex::participants::{self, ParticipantState};

use super::Participants;
use super::scan::listed;
use crate::error::CallError;
use crate::limits::PARTICIPANT_EMAILS_MAX;
use crate::tool::{Context, Part, Policy, Tool};

/// Lists who attended a meeting, session or call: the people (participants, attendees) who came,
/// took part, joined or showed up, when each joined and left, how long they stayed, who is muted,
/// or who waits in the lobby; or the details of one of them. For host and cohosts. Who was only
/// invited: webex-get-meeting-invitee.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Arguments {
    /// One participant's id; stands alone.
    pub(super) participant_id: Option<String>,
    /// Id, number, link or title. Of a series, its last within a month, or between from and to.
    pub(super) meeting_id: Option<String>,
    /// Started after this time (2026-01-05T09:00:00Z).
    pub(super) from: Option<Timestamp>,
    /// Started before this time (2026-02-05T09:00:00Z).
    pub(super) to: Option<Timestamp>,
    /// Only who waits in the lobby, has joined, or has left (end).
    #[schemars(with = "Option<String>", extend("enum" = ["lobby", "joined", "breakoutSession", "end"]))]
    pub(super) state: Option<ParticipantState>,
    /// Only these e-mail addresses, at most 100.
    #[schemars(length(min = 1, max = PARTICIPANT_EMAILS_MAX), inner(email))]
    pub(super) emails: Option<Vec<String>>,
    #[serde(flatten)]
    pub(super) part: Part,
}

pub struct GetParticipant;

impl Tool for GetParticipant {
    const NAME: &'static str = "webex-get-meeting-participant";
    const TITLE: &'static str = "List who attended a meeting";
    const POLICY: Policy = Policy {
        operations: &[
            &participants::GET,
            &participants::LIST,
            &participants::QUERY,
        ],
        ..Policy::READ
    };

    type Arguments = Arguments;
    type Output = Participants;

    async fn call(context: &Context, arguments: Arguments) -> Result<Participants, CallError> {
        arguments.check()?;
        if let Some(id) = &arguments.participant_id {
            let one = context.webex.participants().get(id, None).await?;
            return Ok(Participants::of_one(one));
        }
        listed(context, arguments).await
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use webex_sandbox::MeetingAction;

    use super::*;
    use crate::error::Code::{InvalidArguments, NotFound};
    use crate::tools::check::{World, alice, bob, by, check, with};

    #[tokio::test]
    async fn lists_who_was_in_the_last_meeting_and_reads_one() {
        let world = World::new();
        let planning = world.meeting("alice", "Project Unicorn Planning").await;
        let standup = world.meeting("alice", "Daily Standup").await;
        let of = |meeting: &str| json!({"meetingId": meeting});
        let all = world
            .facts("alice", GetParticipant::NAME, of(&planning))
            .await;
        let (instance, first) = (all["meetingId"].as_str().unwrap(), &all["participants"][0]);
        let four = json!({
            "participants": [{"email": "alice@example.com", "host": true, "state": "end", "joinedTime": "2026-01-04T14:00:00Z", "leftTime": "2026-01-04T14:30:00Z"}, {"host": null, "invitee": true}, {}, {}],
            "meetingId": instance, "meetingStart": "2026-01-04T14:00:00Z", "page": {"returned": 4, "cursor": null},
        });
        let ids = json!({"participants": [{}, {}, {}, {}], "meetingId": null});
        let before = with(of(&standup), "to", "2025-12-31T00:00:00Z");
        let emails = with(
            of(&planning),
            "emails",
            json!(["BOB@example.com", "harold@example.com"]),
        );
        let one = json!({"participants": [{"displayName": "Bob Smith"}], "page": {"returned": 1, "cursor": null}});
        check::<GetParticipant>(
            &world,
            [
                alice(of(&planning)).answers(four).calls(1),
                alice(of(instance)).answers(ids).calls(1),
                alice(before).answers(json!({"meetingStart": "2025-12-30T09:30:00Z"})).calls(1),
                alice(emails).answers(one).calls(1),
                alice(with(of(&planning), "state", "lobby")).answers(json!({"participants": [], "page": {"returned": 0, "cursor": null}})),
                alice(json!({"participantId": first["id"]}))
                    .answers(json!({"participants": [{"email": "alice@example.com"}], "meetingId": instance, "page": {"returned": 1}}))
                    .calls(1),
                bob(of(&planning)).refused(NotFound, ""),
                bob(json!({"participantId": first["id"]})).refused(NotFound, ""),
            ],
        )
        .await;
        let outsider = world.call("bob", GetParticipant::NAME, of(&planning)).await;
        let advice = outsider.unwrap_err().advice;
        assert!(advice.contains("Only the host"), "{advice}");
    }

    #[tokio::test]
    async fn those_in_one_state_are_found_page_by_page() {
        let world = World::new();
        let review = world.meeting("carol", "Design Review").await;
        world.sandbox.act(&review, MeetingAction::Start).unwrap();
        for who in ["carol", "harold", "alice", "grace", "bob"] {
            let email = format!("{who}@example.com");
            world
                .sandbox
                .act(&review, MeetingAction::Join { email })
                .unwrap();
        }
        let waiting = json!({"meetingId": review, "state": "lobby", "max": 2});
        let two = world
            .facts("carol", GetParticipant::NAME, waiting.clone())
            .await;
        let rest = with(waiting.clone(), "cursor", two["page"]["cursor"].clone());
        let first = json!({"participants": [{"email": "harold@example.com", "invitee": false, "joinedTime": null}, {"email": "grace@example.com"}], "page": {"returned": 2, "cursor": "*"}});
        let last = json!({"participants": [{"email": "bob@example.com", "state": "lobby"}], "page": {"returned": 1, "cursor": null}});
        let joined = json!({"meetingId": review, "state": "joined"});
        check::<GetParticipant>(
            &world,
            [
                by("carol", waiting).answers(first).calls(1),
                by("carol", rest.clone()).answers(last).calls(1),
                by("carol", with(rest, "state", "joined")).refused(InvalidArguments, "`cursor`"),
                by("carol", joined).answers(json!({"participants": [{"email": "carol@example.com", "host": true}, {"email": "alice@example.com"}]})),
            ],
        )
        .await;
    }

    /// A page of those with an address has ten, and the next one is asked with the same addresses.
    #[tokio::test]
    async fn those_with_an_address_are_found_page_by_page() {
        let world = World::new();
        let review = world.meeting("carol", "Design Review").await;
        world.sandbox.act(&review, MeetingAction::Start).unwrap();
        let email = |who: &str| format!("{who}@example.com");
        for _ in 0..7 {
            for who in ["alice", "carol", "harold"] {
                let email = email(who);
                let join = MeetingAction::Join {
                    email: email.clone(),
                };
                world.sandbox.act(&review, join).unwrap();
                world
                    .sandbox
                    .act(&review, MeetingAction::Leave { email })
                    .unwrap();
            }
        }
        let asked =
            json!({"meetingId": review, "emails": [email("alice"), email("carol")], "max": 12});
        let first = world
            .facts("carol", GetParticipant::NAME, asked.clone())
            .await;
        let (cursor, first) = (&first["page"]["cursor"], &first["participants"]);
        let first = first.as_array().unwrap();
        assert_eq!(first.len(), 12);
        assert!(first.iter().all(|one| one["email"] != email("harold")));
        let rest = json!({"participants": [{"email": email("alice")}, {"email": email("carol")}], "page": {"cursor": null}});
        let asked = with(asked, "cursor", cursor.clone());
        check::<GetParticipant>(&world, [by("carol", asked).answers(rest).calls(1)]).await;
    }

    #[tokio::test]
    async fn refuses_before_anything_is_sent() {
        let world = World::new();
        let id = "0ed74a1c0551494fb7a04e2881bf50ae";
        let instance = format!("{id}_I_166022169160077044");
        let of = |name: &str, value: serde_json::Value| with(json!({"meetingId": id}), name, value);
        let times =
            json!({"meetingId": id, "from": "2026-01-05T09:00:00Z", "to": "2026-01-05T09:00:00Z"});
        let many: Vec<_> = (0..101).map(|at| format!("p{at}@example.com")).collect();
        let cases = [
            (json!({}), "`meetingId`"),
            (json!({"state": "lobby"}), "`meetingId`"),
            (of("participantId", json!(id)), "`participantId`"),
            (json!({"participantId": id, "max": 3}), "`participantId`"),
            (
                json!({"participantId": id, "state": "lobby"}),
                "`participantId`",
            ),
            (json!({"participantId": "Bob"}), "`participantId`"),
            (times, "`from`"),
            (of("from", json!("yesterday")), "`from`"),
            (
                json!({"meetingId": instance, "from": "2026-01-05T09:00:00Z"}),
                "an instance",
            ),
            (of("state", json!("asleep")), "`state`"),
            (
                of("emails", json!(["bob@example.com", "bob"])),
                "`emails[1]`",
            ),
            (
                of("emails", json!(["b@a.example <bob@example.com>"])),
                "`emails[0]`",
            ),
            (of("emails", many.into()), "`emails`"),
            (of("max", json!(101)), "`max`"),
        ];
        let cases =
            cases.map(|(arguments, named)| alice(arguments).refused(InvalidArguments, named));
        check::<GetParticipant>(&world, cases).await;
    }
}
