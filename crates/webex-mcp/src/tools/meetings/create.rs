//! Schedules a meeting, once or as a series, and invites people to it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use webex::meetings::series;
use webex::{memberships, people, rooms, team_memberships, teams};

use super::Meeting;
use super::guests::{self, Guest, Invited, Source};
use super::plan::Plan;
use crate::error::CallError;
use crate::tool::{Context, Policy, Tool};

/// Schedules (books, plans, arranges, sets up) a new meeting, appointment or video call, puts it in
/// the calendar, once, or as a series (every Monday, weekly, monthly), and invites people, a team
/// or a space. Answers its id, link and guests. To change it: webex-update-meeting.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Arguments {
    /// Up to 128 characters.
    title: String,
    /// 2026-01-05T09:00:00Z, or 2026-01-05T09:00 with timezone.
    start: String,
    #[serde(flatten)]
    plan: Plan,
    /// Up to 100.
    #[schemars(length(max = 100))]
    invitees: Option<Vec<Guest>>,
    /// Team to invite: id or name.
    team_id: Option<String>,
    /// Space to invite: id, link or title.
    room_id: Option<String>,
    /// Default the user's.
    site_url: Option<String>,
}

#[derive(Debug, Serialize, JsonSchema)]
pub struct Created {
    #[serde(flatten)]
    pub(super) meeting: Meeting,
    pub(super) invited: Invited,
}

pub struct CreateMeetingTool;

impl Tool for CreateMeetingTool {
    const NAME: &'static str = "webex-create-meeting";
    const TITLE: &'static str = "Schedule a meeting";
    const POLICY: Policy = Policy {
        operations: &[&series::CREATE],
        // Only for people who are named by id, and for the members of a team or a space.
        courtesy: &[
            &people::LIST,
            &memberships::LIST,
            &team_memberships::LIST,
            &rooms::GET,
            &teams::GET,
        ],
        ..Policy::WRITE
    };

    type Arguments = Arguments;
    type Output = Created;

    async fn call(context: &Context, arguments: Arguments) -> Result<Created, CallError> {
        let guests = arguments.invitees.unwrap_or_default();
        guests::check("invitees", &guests)?;
        let source = Source::of(arguments.team_id, arguments.room_id)?;
        let plan = arguments.plan;
        let start = plan.first(&arguments.start)?;
        let mut meeting = plan.meeting(arguments.title, start)?;
        meeting.site_url = arguments.site_url;
        let checked = meeting.check();
        checked.map_err(|error| plan.refused(error, Some(start)))?;
        let host = meeting.host_email.as_deref();
        let (invitees, invited) = guests::planned(context, guests, source, host).await?;
        meeting.invitees = Some(invitees).filter(|all| !all.is_empty());
        let made = context.webex.meetings().create(&meeting).await;
        let made = made.map_err(|error| plan.refused(error, Some(start)))?;
        Ok(Created {
            meeting: Meeting::whole(made, None),
            invited,
        })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::error::Code::{Ambiguous, Forbidden, InvalidArguments, NotFound, TooLarge};
    use crate::tools::check::{World, alice, bob, by, check, with};

    fn asked() -> Value {
        json!({"title": "Kickoff", "start": "2026-01-06T10:00:00Z", "durationMinutes": 30})
    }

    fn without(mut object: Value, name: &str) -> Value {
        object.as_object_mut().unwrap().remove(name);
        object
    }

    #[tokio::test]
    async fn schedules_with_people_by_address_id_and_name() {
        let world = World::new();
        let people = json!([
            {"email": "bob@example.com", "coHost": true},
            {"personId": world.person("carol")},
            {"personId": "Dave Miller"},
            {"email": "BOB@example.com"},
            {"email": "eve@elsewhere.example", "displayName": "Eve"},
        ]);
        let with_people = with(asked(), "invitees", people);
        let bare = json!(["Bob <bob@example.com>", "Dave Miller"]);
        let made = json!({"id": "*", "title": "Kickoff", "state": "active", "start": "2026-01-06T10:00:00Z", "end": "2026-01-06T10:30:00Z", "webLink": "*", "meetingNumber": "*", "password": null, "invited": {"total": 4, "named": 4, "ofTeam": null}});
        let alone = json!({"invited": {"total": 0, "named": 0}});
        let local = json!({"title": "Local", "start": "2026-01-06T10:00", "end": "2026-01-06 11:00", "timezone": "Europe/Berlin", "agenda": "All", "enabledAutoRecordMeeting": true});
        let told = json!({"start": "2026-01-06T10:00:00+01:00", "end": "2026-01-06T11:00:00+01:00", "timezone": "Europe/Berlin", "agenda": "All"});
        check::<CreateMeetingTool>(
            &world,
            [
                alice(with_people).answers(made),
                alice(with(asked(), "invitees", bare)).answers(json!({"invited": {"total": 2}})),
                alice(with(asked(), "title", "Alone"))
                    .answers(alone)
                    .calls(1),
                alice(local).answers(told).calls(1),
            ],
        )
        .await;
        let id = world.meeting("alice", "Kickoff").await;
        let query = webex::invitees::ListInvitees {
            meeting_id: id,
            max: Some(100),
            ..Default::default()
        };
        let invited = world
            .client("alice")
            .invitees()
            .list(&query)
            .await
            .unwrap()
            .items;
        let emails: Vec<_> = invited
            .iter()
            .filter_map(|one| one.email.as_deref())
            .collect();
        assert_eq!(emails.len(), 4, "{emails:?}");
        assert_eq!(
            invited
                .iter()
                .filter(|one| one.co_host == Some(true))
                .count(),
            1
        );
    }

    #[tokio::test]
    async fn invites_a_team_or_a_space_without_host_and_bots() {
        let world = World::new();
        let room = world.space("CI/CD").await;
        let bob = json!([{"email": "bob@example.com"}]);
        let team = with(with(asked(), "teamId", "Engineering"), "invitees", bob);
        let space = with(asked(), "roomId", room.clone());
        let of_team = json!({"invited": {"total": 6, "named": 1, "ofTeam": 5, "ofSpace": null, "title": "Engineering"}});
        let of_space = json!({"invited": {"total": 4, "named": 0, "ofSpace": 4, "title": "CI/CD"}});
        let of_alice = with(
            with(asked(), "roomId", room),
            "hostEmail",
            "alice@example.com",
        );
        check::<CreateMeetingTool>(
            &world,
            [
                alice(team).answers(of_team),
                alice(space.clone()).answers(of_space),
                // An administrator who is not in the space cannot read its members.
                by("ada", of_alice).refused(NotFound, ""),
                by("harold", space).refused(NotFound, ""),
            ],
        )
        .await;
        let both = with(with(asked(), "teamId", "Engineering"), "roomId", "CI/CD");
        check::<CreateMeetingTool>(
            &world,
            [alice(both).refused(InvalidArguments, "`teamId`").calls(2)],
        )
        .await;
    }

    #[tokio::test]
    async fn a_space_with_too_many_people_is_refused_with_their_number() {
        let world = World::new();
        let (ada, alice_) = (world.client("ada"), world.client("alice"));
        let room = world.space("Project Unicorn").await;
        for number in 0..100 {
            let email = format!("person{number}@example.com");
            let person = webex::people::CreatePerson {
                emails: vec![email.clone()],
                display_name: Some(format!("Person {number}")),
                ..Default::default()
            };
            ada.people()
                .create(&person, &Default::default())
                .await
                .unwrap();
            let member = webex::memberships::CreateMembership {
                room_id: room.clone(),
                person_email: Some(email),
                ..Default::default()
            };
            alice_.memberships().create(&member).await.unwrap();
        }
        let many = with(asked(), "roomId", room);
        let case = alice(many).refused(TooLarge, "107 people");
        check::<CreateMeetingTool>(&world, [case.calls(2)]).await;
    }

    #[tokio::test]
    async fn a_series_comes_of_a_rule_or_of_words() {
        let rule = with(asked(), "recurrence", "RRULE:FREQ=WEEKLY;BYDAY=TU;COUNT=4");
        let small = with(asked(), "recurrence", "rrule:freq=weekly;byday=tu;count=2");
        let words = json!({"every": "week", "on": ["tuesday", "thursday"], "count": 4});
        let words = with(asked(), "repeat", words);
        let text = with(
            asked(),
            "repeat",
            r#"{"every": "day", "until": "2026-01-09"}"#,
        );
        let of = |rule: &str| json!({"recurrence": rule, "meetingType": "meetingSeries"});
        check::<CreateMeetingTool>(
            &World::new(),
            [
                alice(rule)
                    .answers(of("FREQ=WEEKLY;BYDAY=TU;COUNT=4"))
                    .calls(1),
                alice(words)
                    .answers(of("FREQ=WEEKLY;INTERVAL=1;BYDAY=TU,TH;COUNT=4"))
                    .calls(1),
                alice(text)
                    .answers(of("FREQ=DAILY;INTERVAL=1;UNTIL=20260109T235959Z"))
                    .calls(1),
                alice(small)
                    .answers(of("FREQ=WEEKLY;BYDAY=TU;COUNT=2"))
                    .calls(1),
                // Once, an offset says everything.
                alice(with(asked(), "start", "2026-01-06T10:00+01:00"))
                    .answers(json!({"start": "2026-01-06T09:00:00Z"}))
                    .calls(1),
            ],
        )
        .await;
    }

    #[tokio::test]
    async fn refuses_before_anything_is_sent() {
        let world = World::new();
        let berlin = |start: &str| with(with(asked(), "start", start), "timezone", "Europe/Berlin");
        let many: Vec<_> = (0..101)
            .map(|at| json!({"email": format!("a{at}@example.com")}))
            .collect();
        let guest = |guest: Value| {
            with(
                asked(),
                "invitees",
                json!([{"email": "bob@example.com"}, guest]),
            )
        };
        let repeat = |repeat: Value| with(asked(), "repeat", repeat);
        let rule = |rule: &str| with(asked(), "recurrence", rule);
        let cases = [
            (without(asked(), "title"), "`title`"),
            (with(asked(), "title", " "), "`title`"),
            (
                with(asked(), "title", "t".repeat(129)),
                "`title`: Webex takes at most 128",
            ),
            (without(asked(), "start"), "`start`"),
            (with(asked(), "start", "tomorrow"), "`start`"),
            (with(asked(), "start", "2026-01-06T10:00"), "give timezone"),
            (berlin("2026-01-06T10:00:00Z"), "not that of timezone"),
            (berlin("2026-01-06T10:00:00+02:00"), "not that of timezone"),
            (berlin("2026-03-29T02:30"), "the clocks go forward"),
            (with(asked(), "timezone", "Berlin"), "`timezone`"),
            (
                with(asked(), "joinBeforeHostMinutes", 7),
                "`joinBeforeHostMinutes`",
            ),
            (without(asked(), "durationMinutes"), "`end`"),
            (with(asked(), "durationMinutes", 9), "`durationMinutes`"),
            (with(asked(), "durationMinutes", 1440), "`durationMinutes`"),
            (
                with(asked(), "end", "2026-01-06T11:00:00Z"),
                "`end`: give it or",
            ),
            (
                with(
                    without(asked(), "durationMinutes"),
                    "end",
                    "2026-01-06T09:00:00Z",
                ),
                "`end`: it lies before",
            ),
            (
                with(
                    without(asked(), "durationMinutes"),
                    "end",
                    "2026-01-08T09:00:00Z",
                ),
                "`end`: a meeting takes at most",
            ),
            (
                with(asked(), "invitees", json!(many)),
                "`invitees`: it may have at most 100",
            ),
            (guest(json!({})), "`invitees[1]`"),
            (
                guest(json!({"email": "a@example.com", "personId": world.person("carol")})),
                "`invitees[1]`",
            ),
            (guest(json!({"email": "nobody"})), "`invitees[1].email`"),
            (
                guest(json!({"email": "c@a.example <carol@example.com>"})),
                "`invitees[1].email`",
            ),
            (rule("FREQ=DAILY;COUNT=1827"), "at most 1826 meetings"),
            (
                rule("FREQ=MONTHLY;BYMONTHDAY=10,11;COUNT=4"),
                "keeps only the first",
            ),
            (rule("FREQ=DAILY;UNTIL=20310601T000000Z"), "5 years"),
            (rule("every day"), "`recurrence`"),
            (
                rule("FREQ=WEEKLY;BYDAY=MO,WE;COUNT=4"),
                "`recurrence`: the day of start",
            ),
            (rule("FREQ=DAILY;UNTIL=20251231"), "UNTIL lies before"),
            (
                with(
                    rule("FREQ=DAILY;COUNT=2"),
                    "start",
                    "2026-01-06T10:00+01:00",
                ),
                "`timezone`: a series keeps its hour",
            ),
            (
                with(
                    repeat(json!({"every": "week", "on": ["tuesday"]})),
                    "start",
                    "2026-01-06T00:30-05:00",
                ),
                "`timezone`: a series keeps its hour",
            ),
            (
                repeat(json!({"every": "week", "count": 262})),
                "`repeat`: Webex keeps at most 261",
            ),
            (
                repeat(json!({"every": "week", "on": ["monday"]})),
                "`repeat.on`",
            ),
            (repeat(json!({"every": "hour"})), "`repeat.every`"),
            (
                with(
                    rule("FREQ=DAILY;COUNT=2"),
                    "repeat",
                    json!({"every": "day"}),
                ),
                "`repeat`",
            ),
        ];
        let cases = cases
            .map(|(arguments, named)| alice(arguments).refused(InvalidArguments, named).calls(0));
        check::<CreateMeetingTool>(&world, cases).await;
    }

    #[tokio::test]
    async fn refuses_the_past_strangers_and_another_host() {
        let world = World::new();
        let past = with(asked(), "start", "2026-01-04T10:00:00Z");
        let on_behalf = with(asked(), "hostEmail", "carol@example.com");
        let person = |name: &str| with(asked(), "invitees", json!([{"personId": name}]));
        check::<CreateMeetingTool>(
            &world,
            [
                alice(past)
                    .refused(InvalidArguments, "`start`: it lies in the past")
                    .calls(1),
                alice(person("Carol")).refused(Ambiguous, "`invitees[0].personId`"),
                alice(person("Nobody Known")).refused(NotFound, "`invitees[0].personId`"),
                bob(on_behalf.clone()).refused(Forbidden, ""),
                by("ada", on_behalf)
                    .answers(json!({"hostEmail": "carol@example.com"}))
                    .calls(1),
            ],
        )
        .await;
    }
}
