//! Cancels a series or one occurrence; the question says which, and how many people hear of it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use webex::meetings::{DeleteMeeting, GetMeeting, series};
use webex::{invitees, people};

use super::{asked, scheduled};
use crate::error::CallError;
use crate::tool::{Context, Policy, Question, Theirs, Tool};

/// Cancels (deletes, calls off) a whole meeting or appointment, takes it off the calendar, so that
/// it does not happen: a recurring series, or one occurrence. The user first confirms its title,
/// time and how many people get mail. For another time: webex-update-meeting.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Arguments {
    /// Id, number, link or exact title; for one date: title 2026-01-06.
    pub(super) meeting_id: String,
    /// false: nobody gets mail.
    pub(super) send_email: Option<bool>,
    /// Admins: e-mail address of another host.
    #[schemars(extend("format" = "email"))]
    pub(super) host_email: Option<String>,
}

#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Deleted {
    pub(super) deleted: bool,
    /// meetingSeries or scheduledMeeting.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) meeting_type: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) title: Option<Theirs>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) start: Option<String>,
    #[serde(skip)]
    pub(super) is_series: bool,
}

pub struct DeleteMeetingTool;

impl Tool for DeleteMeetingTool {
    const NAME: &'static str = "webex-delete-meeting";
    const TITLE: &'static str = "Delete a meeting";
    const POLICY: Policy = Policy {
        operations: &[&series::DELETE, &series::GET, &invitees::LIST],
        courtesy: &[&people::ME],
        ..Policy::DESTROY
    };

    type Arguments = Arguments;
    type Output = Deleted;

    async fn call(context: &Context, arguments: Arguments) -> Result<Deleted, CallError> {
        scheduled(&arguments.meeting_id)?;
        let id = &arguments.meeting_id;
        let query = GetMeeting {
            host_email: arguments.host_email.clone(),
            ..GetMeeting::default()
        };
        let meetings = context.webex.meetings();
        // Nobody can read it afterwards.
        let meeting = meetings.get(id, &query).await?;
        let options = DeleteMeeting {
            host_email: arguments.host_email,
            send_email: arguments.send_email,
        };
        meetings.delete(id, &options).await?;
        Ok(Deleted {
            deleted: true,
            start: super::start(&meeting),
            is_series: meeting.recurrence.is_some(),
            meeting_type: meeting.meeting_type.map(|kind| kind.to_string()),
            title: meeting.title.map(Theirs::from),
        })
    }

    async fn question(
        context: &Context,
        arguments: &Arguments,
    ) -> Result<Option<Question>, CallError> {
        scheduled(&arguments.meeting_id)?;
        asked::deletion(context, arguments).await.map(Some)
    }
}

#[cfg(test)]
mod tests {
    use jiff::{SignedDuration, Timestamp};
    use serde_json::json;

    use super::*;
    use crate::error::Code::{Ambiguous, Forbidden, InvalidArguments, NotFound};
    use crate::tools::check::{World, alice, bob, by, check, with};

    async fn question(world: &World, who: &str, asked: serde_json::Value) -> String {
        let asked = world.call(who, DeleteMeetingTool::NAME, asked).await;
        let body = serde_json::to_value(asked.unwrap_err().body()).unwrap();
        body["question"]
            .as_str()
            .unwrap_or_else(|| panic!("{body}"))
            .to_owned()
    }

    #[tokio::test]
    async fn asks_what_goes_then_deletes_once() {
        let world = World::new();
        let standup = world.meeting("alice", "Daily Standup").await;
        let date = format!("{standup}_20260106T093000Z");
        let review = world.meeting("carol", "Design Review").await;
        let asked = question(&world, "alice", json!({"meetingId": date})).await;
        let of_date = "Delete one occurrence of “Daily Standup”, on 2026-01-06 at 09:30 (Europe/London), hosted by alice@example.com? Other dates stay. 5 invitees get mail. This cannot be undone.";
        assert_eq!(asked, of_date);
        let asked = question(
            &world,
            "alice",
            json!({"meetingId": standup, "sendEmail": false}),
        )
        .await;
        assert!(
            asked.starts_with("Delete the whole series “Daily Standup”, "),
            "{asked}"
        );
        assert!(
            asked.contains("with all its dates? Nobody gets mail."),
            "{asked}"
        );
        let asked = question(&world, "carol", json!({"meetingId": review})).await;
        assert!(
            asked.starts_with("Delete the meeting “Design Review”, on 2026-01-06 at 15:00 "),
            "{asked}"
        );
        check::<DeleteMeetingTool>(
            &world,
            [
                alice(json!({"meetingId": date}))
                    .confirmed()
                    .answers(json!({"deleted": true, "title": "Daily Standup", "meetingType": "scheduledMeeting", "start": "2026-01-06T09:30:00+00:00"}))
                    .calls(5),
                alice(json!({"meetingId": date})).refused(NotFound, ""),
                alice(json!({"meetingId": standup}))
                    .confirmed()
                    .answers(json!({"deleted": true, "meetingType": "meetingSeries"})),
                alice(json!({"meetingId": standup})).refused(NotFound, ""),
                by("ada", json!({"meetingId": review, "hostEmail": "carol@example.com"}))
                    .confirmed()
                    .answers(json!({"deleted": true, "title": "Design Review"})),
            ],
        )
        .await;
    }

    #[tokio::test]
    async fn refuses_instances_those_of_others_and_guesses() {
        let world = World::today();
        // It ended yesterday: a daily one might run at the moment.
        let planning = world.meeting("alice", "Project Unicorn Planning").await;
        let ended = super::super::last_ended(&world.client("alice"), &planning, None)
            .await
            .unwrap();
        check::<DeleteMeetingTool>(
            &world,
            [
                alice(json!({"meetingId": ended.id}))
                    .refused(InvalidArguments, "the id of an instance: ")
                    .calls(0),
                alice(json!({})).refused(InvalidArguments, "`meetingId`"),
                by("harold", json!({"meetingId": planning})).refused(NotFound, ""),
                bob(json!({"meetingId": "project unicorn planning"}))
                    .confirmed()
                    .refused(Forbidden, ""),
                alice(json!({"meetingId": "Unicorn Planning"})).refused(Ambiguous, "guess"),
                alice(json!({"meetingId": "project unicorn planning"}))
                    .confirmed()
                    .answers(json!({"deleted": true, "meetingType": "meetingSeries"})),
            ],
        )
        .await;
    }

    #[tokio::test]
    async fn nobody_is_asked_about_what_webex_will_refuse() {
        let world = World::of_plain_tokens();
        let standup = json!({"meetingId": world.meeting("alice", "Daily Standup").await});
        let cohost = with(standup.clone(), "email", "carol@example.com");
        let cohost = with(cohost, "coHost", true);
        let update = "webex-update-meeting-invitee";
        world.facts("alice", update, cohost).await;
        check::<DeleteMeetingTool>(
            &world,
            [
                bob(standup.clone()).refused(Forbidden, "only the host and the cohosts"),
                by("carol", standup)
                    .confirmed()
                    .answers(json!({"deleted": true})),
            ],
        )
        .await;
    }

    #[tokio::test]
    async fn a_title_may_look_like_something_else() {
        let world = World::today();
        let tomorrow = Timestamp::now() + SignedDuration::from_hours(24);
        let start = tomorrow.to_string();
        let day = tomorrow.to_zoned(jiff::tz::TimeZone::UTC).date();
        let made = |title: &str| json!({"title": title, "start": start, "durationMinutes": 30});
        let titles = [
            // The day is that of the meeting.
            format!("Board meeting {day}"),
            "Report for 2019-12-31".to_owned(),
            "123 456 7890".to_owned(),
            "https://wiki.example.com/plan".to_owned(),
        ];
        for title in &titles {
            let made = world
                .facts("alice", "webex-create-meeting", made(title))
                .await;
            let named = world
                .facts(
                    "alice",
                    "webex-get-meeting-status",
                    json!({"meetingId": title}),
                )
                .await;
            assert_eq!(named["id"], made["id"], "{title}");
        }
        let cases = titles.map(|title| {
            alice(json!({"meetingId": title}))
                .confirmed()
                .answers(json!({"title": title, "meetingType": "meetingSeries"}))
        });
        check::<DeleteMeetingTool>(&world, cases).await;
    }

    #[tokio::test]
    async fn one_date_is_named_by_title_and_day() {
        let world = World::today();
        let tomorrow = Timestamp::now() + SignedDuration::from_hours(24);
        let zone = jiff::tz::TimeZone::get("Europe/London").unwrap();
        let day = tomorrow.to_zoned(zone).date();
        let of_day = json!({"meetingId": format!("Design Review {day}")});
        let other = json!({"meetingId": format!("Design Review {}", day.tomorrow().unwrap())});
        check::<DeleteMeetingTool>(
            &world,
            [
                by("carol", other).refused(NotFound, "`meetingId`"),
                by("carol", of_day)
                    .confirmed()
                    .answers(json!({"deleted": true, "meetingType": "scheduledMeeting", "title": "Design Review"})),
            ],
        )
        .await;
    }
}
