//! Reads one meeting: what it is, whether it runs, how to join it, and who is in it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use webex::meetings::{GetMeeting, series};
use webex::participants;

use super::Meeting;
use super::kinds::next_date;
use super::people::{People, people};
use crate::error::CallError;
use crate::tool::{Context, Policy, Tool};

/// Shows one meeting: when and where it is, its host and link, and its state: whether it has
/// started, is running (still going on) or over. With includeParticipants also who is in the call
/// now, and whether anybody is waiting in the lobby (waiting room) to be let in.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Arguments {
    /// Id, number, link or title; for one date: title 2026-01-06.
    meeting_id: String,
    /// true: who is or was in it, and who waits.
    include_participants: Option<bool>,
    /// Admins: e-mail address of another host.
    #[schemars(extend("format" = "email"))]
    host_email: Option<String>,
}

#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Status {
    #[serde(flatten)]
    pub(super) meeting: Meeting,
    /// To join by number; only hosts are told.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) password: Option<String>,
    /// The date of the series that runs or comes next.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) next: Option<Meeting>,
    #[serde(flatten)]
    pub(super) people: People,
}

pub struct GetMeetingStatus;

impl Tool for GetMeetingStatus {
    const NAME: &'static str = "webex-get-meeting-status";
    const TITLE: &'static str = "See a meeting's state and who waits in its lobby";
    const POLICY: Policy = Policy {
        operations: &[&series::GET],
        // Only on request.
        courtesy: &[&participants::LIST],
        answers_secrets: true,
        ..Policy::READ
    };

    type Arguments = Arguments;
    type Output = Status;

    async fn call(context: &Context, arguments: Arguments) -> Result<Status, CallError> {
        let id = &arguments.meeting_id;
        let host = arguments.host_email;
        let asked = GetMeeting {
            host_email: host.clone(),
            ..GetMeeting::default()
        };
        let meetings = context.webex.meetings();
        let found = meetings.get(id, &asked).await?;
        let next = match &found.recurrence {
            Some(_) => next_date(&context.webex, id, asked).await?,
            None => None,
        };
        let next = next.filter(|next| next.id != found.id);
        let people = match arguments.include_participants {
            Some(true) => people(context, id, host).await?,
            _ => People::default(),
        };
        let password = found.password.as_ref();
        Ok(Status {
            password: password.map(|password| password.as_str().to_owned()),
            next: next.map(|next| Meeting::of(next, None).brief()),
            meeting: Meeting::whole(found, None),
            people,
        })
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use serde_json::json;
    use webex_sandbox::{Fault, MeetingAction, Often, Pattern};

    use super::*;
    use crate::error::Code::{Ambiguous, Forbidden, InvalidArguments, NotFound};
    use crate::tools::check::{World, alice, bob, by, check};

    #[tokio::test]
    async fn tells_a_series_with_its_next_date_and_a_date_by_itself() {
        let world = World::new();
        let standup = world.meeting("alice", "Daily Standup").await;
        let date = format!("{standup}_20260106T093000Z");
        let series = json!({"id": standup, "title": "Daily Standup", "agenda": "Yesterday, today, blockers.", "meetingType": "meetingSeries", "state": "active", "password": "*", "webLink": "*", "next": {"id": format!("{standup}_20260105T093000Z"), "start": "2026-01-05T09:30:00+00:00", "title": null}, "participants": null});
        let one = json!({"id": date, "meetingType": "scheduledMeeting", "state": "scheduled", "next": null});
        check::<GetMeetingStatus>(
            &world,
            [
                alice(json!({"meetingId": standup}))
                    .answers(series)
                    .calls(2),
                alice(json!({"meetingId": date})).answers(one).calls(1),
                bob(json!({"meetingId": standup}))
                    .answers(json!({"password": null, "title": "Daily Standup"})),
                by("harold", json!({"meetingId": standup})).refused(NotFound, ""),
                by(
                    "ada",
                    json!({"meetingId": standup, "hostEmail": "alice@example.com"}),
                )
                .answers(json!({"title": "Daily Standup", "password": "*"})),
                bob(json!({"meetingId": standup, "hostEmail": "alice@example.com"}))
                    .refused(Forbidden, ""),
                alice(json!({})).refused(InvalidArguments, "`meetingId`"),
            ],
        )
        .await;
    }

    #[tokio::test]
    async fn a_series_without_a_next_date_is_told_all_the_same() {
        let world = World::new();
        let standup = world.meeting("alice", "Daily Standup").await;
        let path = format!("/v1/meetings/{standup}");
        let second = |code: u16| {
            let pattern = Pattern {
                method: Some("GET".to_owned()),
                path: Some(path.clone()),
            };
            let faults = world.sandbox.faults();
            faults.clear();
            faults.order(
                Often::Sequence(vec![false, true]),
                pattern,
                Fault::status(code),
            );
        };
        let asked = json!({"meetingId": standup});
        second(404);
        let alone = json!({"title": "Daily Standup", "next": null});
        check::<GetMeetingStatus>(&world, [alice(asked.clone()).answers(alone)]).await;
        // What could not be read is not told as if there were none.
        second(403);
        check::<GetMeetingStatus>(&world, [alice(asked).refused(Forbidden, "")]).await;
    }

    #[tokio::test]
    async fn tells_who_is_in_it_and_who_waits() {
        let world = World::new();
        let standup = world.meeting("alice", "Daily Standup").await;
        let asked = json!({"meetingId": standup, "includeParticipants": true});
        let nobody = json!({"meetingId": world.meeting("carol", "Design Review").await, "includeParticipants": true});
        check::<GetMeetingStatus>(
            &world,
            [by("carol", nobody).answers(json!({"participants": null, "notTold": true}))],
        )
        .await;
        world.sandbox.clock().advance(Duration::from_secs(35 * 60));
        let email = "harold@example.com".to_owned();
        world
            .sandbox
            .act(&standup, MeetingAction::Join { email })
            .unwrap();
        let running = json!({
            "state": "inProgress",
            "participants": [{"participantId": "*", "email": "*", "state": "joined"}, {}, {}, {}, {}, {}],
            "waiting": [{"participantId": "*", "name": "Harold Weber", "email": "harold@example.com", "state": "lobby"}],
            "hasMore": null,
        });
        check::<GetMeetingStatus>(
            &world,
            [
                alice(asked.clone()).answers(running).calls(3),
                bob(asked)
                    .answers(json!({"state": "inProgress", "participants": null, "notTold": true})),
            ],
        )
        .await;
    }

    #[tokio::test]
    async fn is_found_by_title_day_number_and_link() {
        let world = World::today();
        let review = world.meeting("carol", "Design Review").await;
        let facts = json!({"meetingId": review});
        let facts = world.facts("carol", GetMeetingStatus::NAME, facts).await;
        let day = &facts["start"].as_str().unwrap()[..10];
        let (number, link) = (&facts["meetingNumber"], &facts["webLink"]);
        let is_series =
            json!({"id": review, "title": "Design Review", "meetingType": "meetingSeries"});
        let is_date = json!({"title": "Design Review", "meetingType": "scheduledMeeting"});
        let of = |reference: &str| json!({"meetingId": reference});
        check::<GetMeetingStatus>(
            &world,
            [
                alice(of("design review"))
                    .answers(is_series.clone())
                    .calls(2),
                alice(of("Review")).answers(is_series.clone()),
                alice(of(&format!("Design Review {day}"))).answers(is_date),
                alice(json!({"meetingId": number})).answers(is_series.clone()),
                alice(json!({"meetingId": link})).answers(is_series.clone()),
                by("ada", of("Design Review")).refused(NotFound, "`meetingId`"),
                by(
                    "ada",
                    json!({"meetingId": "Design Review", "hostEmail": "carol@example.com"}),
                )
                .answers(is_series.clone()),
                // What was found for one host is not remembered for another one.
                by(
                    "ada",
                    json!({"meetingId": "Design Review", "hostEmail": "bob@example.com"}),
                )
                .refused(NotFound, "`meetingId`"),
                bob(of("Design Review")).refused(NotFound, "`meetingId`"),
            ],
        )
        .await;
    }

    #[tokio::test]
    async fn a_number_means_the_whole_series() {
        let world = World::today();
        let standup = world.meeting("alice", "Daily Standup").await;
        let facts = json!({"meetingId": standup});
        let facts = world.facts("alice", GetMeetingStatus::NAME, facts).await;
        let number = json!({"meetingId": facts["meetingNumber"]});
        let series = json!({"id": standup, "meetingType": "meetingSeries"});
        check::<GetMeetingStatus>(&world, [alice(number).answers(series)]).await;
    }

    #[tokio::test]
    async fn meetings_of_one_title_are_told_apart_by_their_start() {
        let world = World::today();
        let soon = jiff::Timestamp::now() + jiff::SignedDuration::from_hours(50);
        let again =
            json!({"title": "Design Review", "start": soon.to_string(), "durationMinutes": 30});
        world.facts("alice", "webex-create-meeting", again).await;
        let asked = json!({"meetingId": "Design Review"});
        let error = world
            .call("alice", GetMeetingStatus::NAME, asked.clone())
            .await;
        let body = serde_json::to_value(error.unwrap_err().body()).unwrap();
        let candidates = body["candidates"].as_array().unwrap();
        assert_eq!(candidates.len(), 2, "{body}");
        let year = soon.to_string()[..3].to_owned();
        for candidate in candidates {
            assert_eq!(candidate["name"], "Design Review");
            let detail = candidate["detail"].as_str().unwrap();
            assert!(detail.contains(&year), "{detail}");
        }
        check::<GetMeetingStatus>(&world, [alice(asked).refused(Ambiguous, "`meetingId`")]).await;
    }
}
