//! Reports who was in a meeting, or in the meetings of a series, and for how long.

mod attended;
mod attendees;
mod render;
mod report;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Deserialize;
use webex::meetings::series;
use webex::{invitees, participants};

use crate::error::CallError;
use crate::tool::{Block, Context, Policy, Span, Tool};
use attended::Sought;
use report::{Report, report};

/// Reports attendance of a meeting that has ended, or of all meetings of a series in a period: who
/// came, when and how long they stayed, who was absent (no-shows) or uninvited. With a CSV file for
/// spreadsheets. For host and cohosts. Of a running meeting: webex-get-meeting-participant.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Arguments {
    /// Id, number, link or title; for one date: title 2026-01-06.
    meeting_id: String,
    /// All of a series from this time (2026-01-05T09:00:00Z).
    from: Option<Timestamp>,
    /// Before this time (2026-02-05T09:00:00Z).
    to: Option<Timestamp>,
}

pub struct ReportAttendance;

impl Tool for ReportAttendance {
    const NAME: &'static str = "webex-report-attendance";
    const TITLE: &'static str = "Report who attended meetings";
    const POLICY: Policy = Policy {
        span: Span::Work,
        operations: &[&series::LIST, &series::GET, &participants::LIST],
        courtesy: &[&invitees::LIST],
        ..Policy::READ
    };

    type Arguments = Arguments;
    type Output = Report;

    async fn call(context: &Context, arguments: Arguments) -> Result<Report, CallError> {
        let sought = Sought {
            meeting_id: arguments.meeting_id,
            from: arguments.from,
            to: arguments.to,
        };
        sought.check(Timestamp::now())?;
        report(context, &sought).await
    }

    fn blocks(output: Report) -> Vec<Block> {
        output.csv.iter().map(|csv| csv.block()).collect()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use serde_json::{Value, json};
    use webex_sandbox::{Fault, MeetingAction};

    use super::*;
    use crate::error::Code::{Cancelled, Conflict, InvalidArguments, NotFound};
    use crate::tools::check::{World, alice, bob, by, check, with};

    fn email(who: &str) -> String {
        format!("{who}@example.com")
    }

    /// Carol's Design Review: Alice joins twice, Harold comes uninvited, two do not come.
    async fn reviewed(world: &World) -> String {
        let review = world.meeting("carol", "Design Review").await;
        let act = |action| world.sandbox.act(&review, action).unwrap();
        let join = |who: &str| MeetingAction::Join { email: email(who) };
        let minutes = |count: u64| {
            world
                .sandbox
                .clock()
                .advance(Duration::from_secs(count * 60))
        };
        act(MeetingAction::Start);
        act(join("carol"));
        minutes(1);
        act(join("alice"));
        minutes(9);
        act(MeetingAction::Leave {
            email: email("alice"),
        });
        minutes(10);
        act(join("alice"));
        act(join("harold"));
        let admit = json!({"meetingId": review});
        world
            .facts("carol", "webex-admit-meeting-participants", admit)
            .await;
        minutes(10);
        act(MeetingAction::End);
        minutes(20);
        review
    }

    async fn text(world: &World, who: &str, report: &Value) -> String {
        let file = json!({"artifactId": report["csv"]["artifactId"]});
        let opened = world.facts(who, "webex-get-artifact", file).await;
        opened["text"].as_str().unwrap().to_owned()
    }

    #[tokio::test]
    async fn tells_who_came_how_often_and_who_did_not() {
        let world = World::today().with_files().await;
        let it = json!({"meetingId": reviewed(&world).await});
        let stays = json!([{"joined": "*", "left": "*"}, {"joined": "*", "left": "*"}]);
        let told = json!({
            "meetings": [{"title": "Design Review", "start": "*", "attended": 2, "uninvited": 1, "absent": 2}],
            "people": [
                {"email": email("carol"), "name": "Carol Diaz", "isHost": true, "attended": 1, "minutes": 30, "joins": 1},
                {"email": email("alice"), "attended": 1, "minutes": 19, "joins": 2, "stays": stays},
                {"email": email("harold"), "uninvited": 1, "minutes": 10},
                {"email": email("erin"), "absent": 1, "joins": 0},
                {"email": email("frank"), "absent": 1}],
            "csv": {"artifactId": "*", "mimeType": "text/csv", "url": "*"},
            "invitees_unknown": null});
        check::<ReportAttendance>(&world, [by("carol", it.clone()).answers(told)]).await;
        let report = world
            .facts("carol", ReportAttendance::NAME, it.clone())
            .await;
        let csv = text(&world, "carol", &report).await;
        let lines: Vec<_> = csv.lines().collect();
        assert_eq!(lines.len(), 6, "{csv}");
        assert!(lines[0].starts_with("meetingId,title,start,name,email,status,"));
        assert!(
            lines[2].contains(",alice@example.com,attended,no,19,2,"),
            "{csv}"
        );
        assert!(
            lines[4].ends_with(",erin@example.com,absent,no,0,0,,"),
            "{csv}"
        );
        let answer = world
            .call("carol", ReportAttendance::NAME, it)
            .await
            .unwrap();
        assert!(
            answer
                .text
                .contains("alice@example.com: attended, 19 min in 2 joins: 20"),
            "{}",
            answer.text
        );
        assert!(
            answer
                .text
                .contains("\nharold@example.com: came uninvited, 10 min"),
            "{}",
            answer.text
        );
        let file = json!({"artifactId": report["csv"]["artifactId"]});
        let others = world.call("alice", "webex-get-artifact", file).await;
        assert_eq!(others.unwrap_err().code, NotFound);
    }

    #[tokio::test]
    async fn a_host_who_did_not_come_is_named() {
        let world = World::today();
        let review = world.meeting("carol", "Design Review").await;
        let act = |action| world.sandbox.act(&review, action).unwrap();
        act(MeetingAction::Start);
        act(MeetingAction::Join {
            email: email("alice"),
        });
        act(MeetingAction::End);
        world.sandbox.clock().advance(Duration::from_secs(1_200));
        let held = webex::meetings::ListMeetings {
            meeting_series_id: Some(review.clone()),
            meeting_type: Some(webex::meetings::MeetingType::Meeting),
            state: Some(webex::meetings::MeetingState::Ended),
            ..Default::default()
        };
        let held = world.client("carol").meetings().list(&held).await.unwrap();
        let instance = &held.items[0].id;
        let ahead = Timestamp::now() + jiff::SignedDuration::from_hours(24 * 30);
        let ago = Timestamp::now() - jiff::SignedDuration::from_hours(24);
        let period = json!({"meetingId": review, "from": ago.to_string(), "to": ahead.to_string()});
        // By its series, by itself, and within a period.
        for asked in [
            json!({"meetingId": review}),
            json!({"meetingId": instance}),
            period,
        ] {
            let report = world
                .facts("carol", ReportAttendance::NAME, asked.clone())
                .await;
            let host = json!({"email": email("carol"), "name": "Carol Diaz", "isHost": true,
                "attended": 0, "uninvited": 0, "absent": 1, "minutes": 0, "joins": 0});
            let people = report["people"].as_array().unwrap();
            assert!(people.contains(&host), "{asked}: {report}");
        }
    }

    #[tokio::test]
    async fn all_meetings_of_a_series_are_added_up() {
        let world = World::new().with_files().await;
        let standup = world.meeting("alice", "Daily Standup").await;
        let week = json!({"meetingId": standup, "from": "2025-12-29T00:00:00Z", "to": "2026-01-05T00:00:00Z"});
        let five = json!({"attended": 5, "absent": 0, "minutes": 75, "joins": 5, "stays": null});
        let told = json!({"meetings": [{"attended": 6}, {}, {}, {}, {}],
            "people": [five, {}, {}, {}, {}, {}], "hasMoreMeetings": null});
        let none = with(week.clone(), "from", "2026-01-04T00:00:00Z");
        check::<ReportAttendance>(
            &world,
            [
                alice(week.clone()).answers(told).calls(1 + 5 * 2),
                alice(none).refused(NotFound, "No meeting of this series"),
            ],
        )
        .await;
        let report = world.facts("alice", ReportAttendance::NAME, week).await;
        assert_eq!(
            text(&world, "alice", &report).await.lines().count(),
            1 + 5 * 6
        );
    }

    #[tokio::test]
    async fn refuses_what_has_no_attendance() {
        let world = World::today();
        let planning = world.meeting("alice", "Project Unicorn Planning").await;
        let review = world.meeting("carol", "Design Review").await;
        let of = |meeting: &str| json!({"meetingId": meeting});
        let period = |from: &str, to: &str| with(with(of(&planning), "from", from), "to", to);
        let date = with(
            of(&format!("{planning}_20260106T093000Z")),
            "from",
            "2026-01-05T00:00:00Z",
        );
        let no_file = json!({"csv": null, "people": [{}, {}, {}, {}]});
        check::<ReportAttendance>(
            &world,
            [
                alice(of(&planning)).answers(no_file),
                alice(period("2026-01-06T00:00:00Z", "2026-01-05T00:00:00Z"))
                    .refused(InvalidArguments, "`from`"),
                alice(with(of(&planning), "from", "2999-01-05T00:00:00Z"))
                    .refused(InvalidArguments, "`from`: it has to lie in the past")
                    .calls(0),
                alice(date).refused(InvalidArguments, "a series is needed"),
                alice(of(&review)).refused(Conflict, "has not ended"),
                bob(of(&planning)).refused(NotFound, ""),
                alice(json!({})).refused(InvalidArguments, "`meetingId`"),
                alice(with(of(&planning), "to", "soon")).refused(InvalidArguments, "`to`"),
            ],
        )
        .await;
        let faults = world.sandbox.faults();
        faults.next_on(1, "GET", "/v1/meetingInvitees", Fault::status(403));
        let unknown = json!({"inviteesUnknown": true, "people": [{}, {}, {}, {}]});
        check::<ReportAttendance>(&world, [alice(of(&planning)).answers(unknown)]).await;
    }

    #[tokio::test]
    async fn a_long_one_is_looked_at_and_stopped() {
        let world = World::hurried();
        let standup = world.meeting("alice", "Daily Standup").await;
        let week = json!({"meetingId": standup, "from": "2025-12-29T00:00:00Z", "to": "2026-01-05T00:00:00Z"});
        let slow = || {
            let slow = Fault::Slow { delay_ms: 200 };
            world
                .sandbox
                .faults()
                .next_on(2, "GET", "/v1/meetingParticipants", slow);
        };
        let ended = async |look: &Value| loop {
            let looked = world
                .call("alice", ReportAttendance::NAME, look.clone())
                .await;
            match looked {
                Ok(answer) if answer.facts.to_value()["status"] == "running" => {}
                over => break over,
            }
        };
        slow();
        let running = world
            .facts("alice", ReportAttendance::NAME, week.clone())
            .await;
        assert_eq!(running["status"], "running");
        let look = json!({"workId": running["workId"]});
        let strange = world
            .call("bob", ReportAttendance::NAME, look.clone())
            .await;
        assert_eq!(strange.unwrap_err().code, NotFound);
        let over = ended(&look).await.unwrap().facts.to_value();
        assert_eq!(
            (&over["status"], over["meetings"].as_array().unwrap().len()),
            (&json!("finished"), 5)
        );
        slow();
        let running = world.facts("alice", ReportAttendance::NAME, week).await;
        let stop = json!({"workId": running["workId"], "cancel": true});
        world
            .call("alice", ReportAttendance::NAME, stop.clone())
            .await
            .ok();
        assert_eq!(ended(&stop).await.unwrap_err().code, Cancelled);
    }
}
