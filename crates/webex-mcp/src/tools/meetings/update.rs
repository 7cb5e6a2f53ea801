//! Changes a series or one occurrence, and who is invited to it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use webex::meetings::series;
use webex::{invitees, people};

use super::changes::{Changes, Of, Outcome};
use super::patch::Update;
use super::{Meeting, replaced, scheduled};
use crate::error::CallError;
use crate::tool::{Context, DestroysBy, Policy, Question, Tool};

/// Changes a scheduled meeting or call: moves it to another day or time (reschedules, postpones),
/// makes it longer, renames it, or changes its agenda, password, recording or invitees; of a series
/// or one occurrence. To cancel it: webex-delete-meeting.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Arguments {
    #[serde(flatten)]
    pub(super) update: Update,
    #[serde(flatten)]
    pub(super) changes: Changes,
}

#[derive(Debug, Serialize, JsonSchema)]
pub struct Changed {
    #[serde(flatten)]
    pub(super) meeting: Meeting,
    /// One for each person.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) invitees: Vec<Outcome>,
}

pub struct UpdateMeeting;

impl Tool for UpdateMeeting {
    const NAME: &'static str = "webex-update-meeting";
    const TITLE: &'static str = "Change a meeting";
    const POLICY: Policy = Policy {
        operations: &[
            &series::GET,
            &series::PATCH,
            &invitees::LIST,
            &invitees::BULK_INSERT,
            &invitees::UPDATE,
            &invitees::DELETE,
        ],
        // Only for people who are named by id, and for the question.
        courtesy: &[&people::LIST, &people::ME],
        destroys_by: &[
            DestroysBy::Removed("removeInvitees"),
            DestroysBy::Replaced("recurrence"),
            DestroysBy::Replaced("repeat"),
        ],
        ..Policy::DESTROY
    };

    type Arguments = Arguments;
    type Output = Changed;

    async fn call(context: &Context, arguments: Arguments) -> Result<Changed, CallError> {
        let Arguments { update, changes } = arguments;
        let kind = scheduled(&update.meeting_id)?;
        update.check(kind)?;
        changes.check()?;
        if update.is_empty() && changes.is_empty() {
            let right = "there is nothing to change; give it, or what else is to change";
            return Err(CallError::invalid("title", right));
        }
        let of = Of::new(context, &update);
        let ready = changes.read(of).await?;
        ready.agreed().await?;
        let meeting = update.make(context).await?;
        Ok(Changed {
            meeting: Meeting::whole(meeting, None),
            invitees: ready.make().await,
        })
    }

    async fn question(
        context: &Context,
        arguments: &Arguments,
    ) -> Result<Option<Question>, CallError> {
        replaced::question(context, arguments).await.map(Some)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::error::Code::{Forbidden, InvalidArguments, NotFound};
    use crate::tools::check::{World, alice, bob, by, check, with};

    #[tokio::test]
    async fn what_is_not_named_stays() {
        let world = World::new();
        let standup = world.meeting("alice", "Daily Standup").await;
        let date = format!("{standup}_20260106T093000Z");
        let review = world.meeting("carol", "Design Review").await;
        let of = |id: &str, name: &str, value: Value| with(json!({"meetingId": id}), name, value);
        let rule = "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR;COUNT=200";
        check::<UpdateMeeting>(
            &world,
            [
                alice(of(&standup, "title", json!("Standup")))
                    .answers(json!({"title": "Standup", "agenda": "Yesterday, today, blockers.", "recurrence": rule, "invitees": null}))
                    .calls(1),
                alice(of(&standup, "agenda", json!(""))).answers(json!({"title": "Standup", "agenda": null})),
                // Who moves a date keeps its length; without offset its own zone counts.
                alice(of(&date, "start", json!("2026-01-06T11:00")))
                    .answers(json!({"start": "2026-01-06T11:00:00+00:00", "end": "2026-01-06T11:15:00+00:00"}))
                    .calls(2),
                alice(of(&date, "durationMinutes", json!(45)))
                    .answers(json!({"start": "2026-01-06T11:00:00+00:00", "end": "2026-01-06T11:45:00+00:00"}))
                    .calls(2),
                by("carol", of(&review, "repeat", json!({"every": "week", "count": 3})))
                    .answers(json!({"recurrence": "FREQ=WEEKLY;INTERVAL=1;BYDAY=TU;COUNT=3", "start": "2026-01-06T15:00:00+00:00"})),
                // What is blank is not named.
                by("carol", of(&review, "recurrence", json!("")))
                    .refused(InvalidArguments, "`title`: there is nothing to change")
                    .calls(0),
                by("carol", of(&review, "recurrence", json!(" RRULE: ")))
                    .refused(InvalidArguments, "`title`: there is nothing to change"),
                by("carol", with(of(&review, "recurrence", json!("")), "agenda", "Prints"))
                    .answers(json!({"recurrence": "FREQ=WEEKLY;INTERVAL=1;BYDAY=TU;COUNT=3", "agenda": "Prints"})),
                by("ada", json!({"meetingId": review, "title": "Review", "hostEmail": "carol@example.com"}))
                    .answers(json!({"title": "Review"})),
                by("harold", of(&standup, "title", json!("Mine"))).refused(NotFound, ""),
                bob(of(&standup, "title", json!("Mine"))).refused(Forbidden, ""),
            ],
        )
        .await;
    }

    #[tokio::test]
    async fn people_are_changed_one_by_one() {
        let world = World::new();
        let review = world.meeting("carol", "Design Review").await;
        let asked = json!({
            "meetingId": review,
            "addInvitees": [{"email": "bob@example.com"}, {"personId": "Dave Miller"}, {"email": "alice@example.com"}],
            "changeInvitees": [{"email": "erin@example.com", "coHost": true}, {"email": "nobody@example.com", "coHost": true}],
            "removeInvitees": ["Frank@example.com", "noone@example.com"],
            "sendEmail": false,
        });
        let outcomes = json!({"title": "Design Review", "invitees": [
            {"email": "alice@example.com", "outcome": "alreadyInvited"},
            {"email": "bob@example.com", "outcome": "invited"},
            {"email": "dave@example.com", "outcome": "invited"},
            {"email": "erin@example.com", "outcome": "changed"},
            {"email": "nobody@example.com", "outcome": "notInvited"},
            {"email": "Frank@example.com", "outcome": "removed"},
            {"email": "noone@example.com", "outcome": "notInvited"},
        ]});
        let long = "n".repeat(129);
        let bad = json!({"meetingId": review, "addInvitees": [{"email": "grace@example.com", "displayName": long}, {"email": "harold@example.com"}]});
        check::<UpdateMeeting>(&world, [by("carol", asked).confirmed().answers(outcomes)]).await;
        let outcome = world.facts("carol", UpdateMeeting::NAME, bad).await;
        assert_eq!(outcome["invitees"][0]["outcome"], "failed", "{outcome}");
        let query = webex::invitees::ListInvitees {
            meeting_id: review,
            max: Some(100),
            ..Default::default()
        };
        let invited = world
            .client("carol")
            .invitees()
            .list(&query)
            .await
            .unwrap()
            .items;
        let mut emails: Vec<_> = invited
            .iter()
            .filter_map(|one| one.email.as_deref())
            .collect();
        emails.sort_unstable();
        let expected = [
            "alice@example.com",
            "bob@example.com",
            "dave@example.com",
            "erin@example.com",
            "harold@example.com",
        ];
        assert_eq!(emails, expected);
    }

    #[tokio::test]
    async fn one_address_does_not_keep_out_the_others() {
        let world = World::new();
        let review = world.meeting("carol", "Design Review").await;
        let faults = world.sandbox.faults();
        faults.next_on(
            1,
            "POST",
            "/v1/meetingInvitees/bulkInsert",
            webex_sandbox::Fault::status(400),
        );
        let asked = json!({"meetingId": review, "addInvitees": [{"email": "bob@example.com"}, {"email": "dave@example.com"}]});
        let both = json!({"invitees": [{"outcome": "invited"}, {"outcome": "invited"}]});
        check::<UpdateMeeting>(&world, [by("carol", asked).answers(both)]).await;
    }

    #[tokio::test]
    async fn one_thing_is_said_about_each_person() {
        let world = World::new();
        let review = world.meeting("carol", "Design Review").await;
        let erin = json!([{"email": "erin@example.com", "coHost": true}]);
        let cases = [
            (
                json!({"addInvitees": [{"email": "Dave@example.com"}], "removeInvitees": ["dave@example.com"]}),
                "`removeInvitees[0]`",
                0,
            ),
            (
                json!({"changeInvitees": erin, "removeInvitees": ["ERIN@example.com"]}),
                "`removeInvitees[0]`",
                0,
            ),
            (
                json!({"removeInvitees": ["erin@example.com", "Erin@example.com"]}),
                "`removeInvitees[1]`",
                0,
            ),
            (
                // Who that is is read first.
                json!({"addInvitees": [{"personId": world.person("erin")}], "changeInvitees": erin}),
                "`changeInvitees[0]`",
                1,
            ),
        ];
        let cases = cases.map(|(arguments, named, calls)| {
            by("carol", with(arguments, "meetingId", review.clone()))
                .refused(InvalidArguments, named)
                .calls(calls)
        });
        check::<UpdateMeeting>(&world, cases).await;
    }

    #[tokio::test]
    async fn what_is_not_known_is_not_called_failed() {
        let world = World::new();
        let review = world.meeting("carol", "Design Review").await;
        let late = webex_sandbox::Fault::Late { code: 504 };
        let faults = world.sandbox.faults();
        let bulk = "/v1/meetingInvitees/bulkInsert";
        faults.next_on(1, "POST", bulk, late.clone());
        let both = json!({"meetingId": review, "addInvitees": [{"email": "bob@example.com"}, {"email": "dave@example.com"}]});
        let unknown =
            json!({"invitees": [{"outcome": "unknown", "problem": "*"}, {"outcome": "unknown"}]});
        // The same call again finds out, and invites nobody twice.
        let before =
            json!({"invitees": [{"outcome": "alreadyInvited"}, {"outcome": "alreadyInvited"}]});
        check::<UpdateMeeting>(
            &world,
            [
                by("carol", both.clone()).answers(unknown),
                by("carol", both).answers(before),
            ],
        )
        .await;
        faults.next_on(1, "DELETE", "/v1/meetingInvitees/*", late);
        let remove =
            json!({"meetingId": review, "removeInvitees": ["bob@example.com", "dave@example.com"]});
        let removed = json!({"invitees": [{"outcome": "unknown"}, {"outcome": "removed"}]});
        check::<UpdateMeeting>(&world, [by("carol", remove).confirmed().answers(removed)]).await;
        faults.next_on(
            1,
            "PUT",
            "/v1/meetingInvitees/*",
            webex_sandbox::Fault::status(403),
        );
        let change = json!({"meetingId": review, "changeInvitees": [{"email": "erin@example.com", "coHost": true}]});
        let failed = json!({"invitees": [{"outcome": "failed"}]});
        check::<UpdateMeeting>(&world, [by("carol", change).answers(failed)]).await;
    }

    #[tokio::test]
    async fn a_series_stays_on_its_days() {
        let world = World::new();
        let review = world.meeting("carol", "Design Review").await;
        let standup = world.meeting("alice", "Daily Standup").await;
        let of = |id: &str, arguments: Value| with(arguments, "meetingId", id);
        let tuesdays = "freq=weekly;byday=tu;count=3";
        check::<UpdateMeeting>(
            &world,
            [
                // It is on a Tuesday.
                by("carol", of(&review, json!({"recurrence": "FREQ=WEEKLY;BYDAY=FR;COUNT=3"})))
                    .refused(InvalidArguments, "`recurrence`: the day of start")
                    .calls(1),
                by("carol", of(&review, json!({"recurrence": tuesdays})))
                    .answers(json!({"recurrence": "FREQ=WEEKLY;BYDAY=TU;COUNT=3"})),
                by("carol", of(&review, json!({"start": "2026-01-07T15:00"})))
                    .refused(InvalidArguments, "`start`: the series repeats on other days")
                    .calls(1),
                by("carol", of(&review, json!({"start": "2026-01-07T15:00", "recurrence": "FREQ=WEEKLY;BYDAY=WE;COUNT=3"})))
                    .confirmed()
                    .answers(json!({"start": "2026-01-07T15:00:00+00:00"})),
                alice(of(&standup, json!({"start": "2026-01-10T09:30"})))
                    .refused(InvalidArguments, "`start`: the series")
                    .calls(1),
                // One date may be on any day.
                by("carol", of(&format!("{review}_20260114T150000Z"), json!({"start": "2026-01-15T15:00"})))
                    .answers(json!({"start": "2026-01-15T15:00:00+00:00"})),
            ],
        )
        .await;
    }

    #[tokio::test]
    async fn what_would_go_is_asked_about() {
        let world = World::new();
        let review = world.meeting("carol", "Design Review").await;
        let standup = world.meeting("alice", "Daily Standup").await;
        let of = |id: &str, arguments: Value| with(arguments, "meetingId", id);
        let once = json!({"recurrence": "FREQ=WEEKLY;BYDAY=MO;COUNT=1", "title": "Standup"});
        let twice = json!({"repeat": {"every": "week", "count": 2}, "sendEmail": false});
        let both = json!({"recurrence": "FREQ=MONTHLY;BYDAY=1MO", "removeInvitees": ["BOB@example.com", "nobody@example.com"], "addInvitees": [{"email": "ada@example.com"}]});
        let two = json!({"removeInvitees": ["frank@example.com", "erin@example.com"], "sendEmail": false});
        let old = "Replace the dates of the series “Daily Standup” (every week on Monday, Tuesday, Wednesday, Thursday, Friday, 200 times) by new ones";
        let fall = "Dates that are not among the new ones fall away.";
        for (who, arguments, expected) in [
            ("alice", of(&standup, once), format!("{old} (every week on Monday, once)? {fall} Title: “Standup”.")),
            ("alice", of(&standup, twice), format!("{old} (every week on Monday, 2 times)? {fall} Webex mails nobody.")),
            ("alice", of(&standup, both), format!("{old} (repeated by “FREQ=MONTHLY;BYDAY=1MO”)? {fall} Take “Bob Smith” (bob@example.com) off the invitees of every meeting of the series “Daily Standup”? Webex mails them. More people are invited.")),
            ("carol", of(&review, two.clone()), "Take “Frank Osei” (frank@example.com), “Erin Novak” (erin@example.com) off the invitees of the meeting “Design Review” on 2026-01-06 at 15:00 (Europe/London)? Webex mails nobody.".to_owned()),
        ] {
            let asked = world.question(who, UpdateMeeting::NAME, arguments).await;
            assert_eq!(asked, expected);
        }
        let rule = "RRULE:FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR;COUNT=200";
        let gone = json!({"recurrence": "FREQ=DAILY;COUNT=1"});
        check::<UpdateMeeting>(
            &world,
            [
                // Nothing goes: the same rule, nobody who is invited.
                alice(of(&standup, json!({"recurrence": rule, "agenda": "A"})))
                    .answers(json!({"agenda": "A"})),
                by(
                    "carol",
                    of(&review, json!({"removeInvitees": ["nobody@example.com"]})),
                )
                .answers(json!({"invitees": [{"outcome": "notInvited"}]})),
                by(
                    "carol",
                    of(&review, json!({"removeInvitees": [], "agenda": "B"})),
                )
                .answers(json!({"agenda": "B"})),
                by("carol", of(&review, two))
                    .confirmed()
                    .answers(json!({"invitees": [{"outcome": "removed"}, {"outcome": "removed"}]})),
                alice(of(&standup, gone))
                    .confirmed()
                    .answers(json!({"recurrence": "FREQ=DAILY;COUNT=1"})),
            ],
        )
        .await;
    }

    #[tokio::test]
    async fn the_zone_of_the_meeting_contradicts_no_offset() {
        let world = World::new();
        let made = json!({"title": "Call", "start": "2026-01-06T10:00", "timezone": "europe/berlin", "durationMinutes": 30});
        let made = world.facts("alice", "webex-create-meeting", made).await;
        assert_eq!(made["timezone"], "Europe/Berlin");
        let of = |arguments: Value| with(arguments, "meetingId", made["id"].clone());
        let weekly = json!({"every": "week", "count": 2});
        check::<UpdateMeeting>(
            &world,
            [
                alice(of(json!({"start": "2026-01-07T09:00Z", "repeat": weekly}))).answers(
                    json!({"start": "2026-01-07T10:00:00+01:00", "recurrence": "FREQ=WEEKLY;INTERVAL=1;BYDAY=WE;COUNT=2"}),
                ),
                alice(of(json!({"start": "2026-01-07T09:00Z", "timezone": "Europe/Berlin"})))
                    .refused(InvalidArguments, "not that of timezone"),
                alice(of(json!({"end": "2026-01-07T09:05Z"})))
                    .refused(InvalidArguments, "`end`")
                    .calls(1),
                alice(of(json!({"timezone": "america/new_york"})))
                    .answers(json!({"timezone": "America/New_York"})),
            ],
        )
        .await;
    }

    #[tokio::test]
    async fn refuses_before_anything_is_sent() {
        let id = "0ed74a1c0551494fb7a04e2881bf50ae";
        let of = |name: &str, value: Value| with(json!({"meetingId": id}), name, value);
        let date = format!("{id}_20260106T093000Z");
        let berlin = |start: &str| with(of("start", json!(start)), "timezone", "Europe/Berlin");
        let many: Vec<_> = (0..21).map(|at| format!("a{at}@example.com")).collect();
        let cases = [
            (
                json!({"meetingId": id}),
                "`title`: there is nothing to change",
            ),
            (
                json!({"meetingId": id, "removeInvitees": []}),
                "`title`: there is nothing",
            ),
            (json!({"title": "A"}), "`meetingId`"),
            (
                json!({"meetingId": format!("{id}_I_1"), "title": "A"}),
                "the id of an instance: ",
            ),
            (
                json!({"meetingId": date, "recurrence": "FREQ=DAILY;COUNT=2"}),
                "one occurrence of a series",
            ),
            (
                json!({"meetingId": date, "repeat": {"every": "day"}}),
                "the series is needed",
            ),
            (of("start", json!("soon")), "`start`"),
            (berlin("2026-01-06T10:00:00Z"), "not that of timezone"),
            (of("timezone", json!("Berlin")), "`timezone`"),
            (of("durationMinutes", json!(5)), "`durationMinutes`"),
            (
                of("joinBeforeHostMinutes", json!(20)),
                "`joinBeforeHostMinutes`",
            ),
            (of("removeInvitees", json!(["bob"])), "`removeInvitees[0]`"),
            (
                of("removeInvitees", json!(["b@a.example <bob@example.com>"])),
                "`removeInvitees[0]`",
            ),
            (
                of("removeInvitees", json!(many)),
                "`removeInvitees`: it may have at most 20",
            ),
            (of("addInvitees", json!([{}])), "`addInvitees[0]`"),
            (
                of("recurrence", json!("FREQ=DAILY;COUNT=1827")),
                "at most 1826",
            ),
            (of("title", json!(" ")), "`title`"),
        ];
        let cases = cases
            .map(|(arguments, named)| alice(arguments).refused(InvalidArguments, named).calls(0));
        check::<UpdateMeeting>(&World::new(), cases).await;
    }
}
