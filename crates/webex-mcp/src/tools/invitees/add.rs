//! Invites people to a meeting: named one by one, or all members of a space or a team.

use schemars::JsonSchema;
use serde::Deserialize;
use webex::limits::MAX_BULK_INVITEES_COUNT;
use webex::meetings::series;
use webex::{invitees, memberships, people, team_memberships};

use super::plan::{Added, Plan};
use super::source::{self, Person};
use super::{About, all_invitees, check_scheduled, meeting};
use crate::error::CallError;
use crate::tool::{Context, Policy, Tool};

/// Invites more people to a meeting or call that exists: adds a guest, colleague or panelist, or
/// everybody of a team or space, so that they come too. Answers what became of each; who is on it
/// already stays so. To change an invitation: webex-update-meeting-invitee.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Arguments {
    /// Id, number, link or title; for one date: title 2026-01-06.
    meeting_id: String,
    /// People to invite, at most 100.
    #[schemars(length(max = MAX_BULK_INVITEES_COUNT))]
    invitees: Option<Vec<Person>>,
    /// Team with the people to invite, at most 100: id, link or name.
    team_id: Option<String>,
    /// Space with the people to invite, at most 100: id, link or title.
    room_id: Option<String>,
    /// Whether they get mail; default true.
    send_email: Option<bool>,
}

pub struct AddInvitees;

impl Tool for AddInvitees {
    const NAME: &'static str = "webex-add-meeting-invitees";
    const TITLE: &'static str = "Invite people to a meeting";
    const POLICY: Policy = Policy {
        operations: &[&invitees::CREATE, &invitees::BULK_INSERT, &invitees::LIST],
        // Only for people who are named by id, for members, and for the meeting's title.
        courtesy: &[
            &people::LIST,
            &memberships::LIST,
            &team_memberships::LIST,
            &series::GET,
        ],
        idempotent: true,
        ..Policy::WRITE
    };

    type Arguments = Arguments;
    type Output = Added;

    async fn call(context: &Context, arguments: Arguments) -> Result<Added, CallError> {
        let meeting_id = arguments.meeting_id;
        check_scheduled(Some(&meeting_id))?;
        let people = arguments.invitees.unwrap_or_default();
        source::check(&people)?;
        let (room, team) = (arguments.room_id.as_deref(), arguments.team_id.as_deref());
        if people.is_empty() && room.or(team).is_none() {
            let wrong = "nobody to invite; give invitees, teamId or roomId";
            return Err(CallError::invalid("invitees", wrong));
        }
        let (named, members, invited, meeting) = tokio::join!(
            source::named(context, &people),
            source::members(context, room, team),
            all_invitees(context, &meeting_id),
            meeting(context, Some(&meeting_id)),
        );
        let (mut wanted, members) = (named?, members?);
        wanted.extend(members.people);
        let host = meeting.as_ref().and_then(|one| one.host_email.as_deref());
        let mut plan = Plan::of(wanted, &invited?, host);
        plan.check(if team.is_some() { "teamId" } else { "roomId" })?;
        plan.send(context, meeting_id, arguments.send_email).await?;
        let meeting = meeting.map(About::from).unwrap_or_default();
        Ok(Added::of(plan, members.bots, meeting))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};
    use webex_sandbox::Fault;

    use super::*;
    use crate::error::Code::{Conflict, Forbidden, InvalidArguments, NotFound};
    use crate::tools::check::{World, alice, bob, by, check, with};

    #[tokio::test]
    async fn invites_whom_nobody_has_invited_before() {
        let world = World::new();
        let standup = world.meeting("alice", "Daily Standup").await;
        let two = json!({"meetingId": standup, "invitees": [
            {"email": "harold@example.com", "coHost": true},
            {"email": "guest@other.example", "displayName": "Guest"},
            {"email": "GUEST@other.example"},
        ]});
        let invited = json!({
            "invited": 2, "alreadyInvited": 0, "leftOut": 0,
            "invitees": [
                {"email": "harold@example.com", "displayName": "Harold Weber", "outcome": "invited", "id": "*"},
                {"email": "guest@other.example", "displayName": "Guest", "outcome": "invited"},
            ],
            "title": "Daily Standup", "wholeSeries": true, "start": null,
        });
        let known = json!({"invited": 0, "alreadyInvited": 2, "invitees": [
            {"outcome": "alreadyInvited", "displayName": "Harold Weber"}, {"outcome": "alreadyInvited"},
        ]});
        check::<AddInvitees>(
            &world,
            [
                alice(two.clone()).answers(invited).calls(3),
                alice(two).answers(known).calls(2),
            ],
        )
        .await;
        let listed = json!({"meetingId": standup, "max": 100});
        let listed = world
            .facts("alice", "webex-get-meeting-invitee", listed)
            .await;
        let listed = listed["invitees"].as_array().unwrap();
        assert_eq!(listed.len(), 7);
        let harold = listed
            .iter()
            .find(|one| one["email"] == "harold@example.com");
        assert_eq!(harold.unwrap()["coHost"], true);
    }

    #[tokio::test]
    async fn people_and_meetings_are_named_in_every_way() {
        let world = World::new();
        let standup = world.meeting("alice", "Daily Standup").await;
        let review = world.meeting("carol", "Design Review").await;
        let carol = world.client("carol");
        let review = carol
            .meetings()
            .get(&review, &Default::default())
            .await
            .unwrap();
        let (number, link) = (review.meeting_number.unwrap(), review.web_link.unwrap());
        let of = |meeting: &str, person: Value| json!({"meetingId": meeting, "invitees": [person]});
        let tomorrow = format!("{standup}_20260106T093000Z");
        let one = |email: &str, start: &str| json!({"invited": 1, "invitees": [{"email": email, "outcome": "invited"}], "start": start, "wholeSeries": null});
        let review_at = "2026-01-06T15:00:00Z";
        let bob_by_id = json!({"personId": world.person("bob")});
        let grace = json!({"personId": "Grace Lindqvist"});
        check::<AddInvitees>(
            &world,
            [
                by("carol", of(&number, bob_by_id.clone()))
                    .answers(one("bob@example.com", review_at))
                    .calls(5),
                by("carol", of(&link, json!({"email": "dave@example.com"})))
                    .answers(one("dave@example.com", review_at)),
                by("carol", of(&number, bob_by_id))
                    .answers(json!({"invited": 0, "alreadyInvited": 1})),
                alice(of(&tomorrow, grace))
                    .answers(one("grace@example.com", "2026-01-06T09:30:00Z")),
            ],
        )
        .await;
        // Only tomorrow.
        let others = format!("{standup}_20260107T093000Z");
        let others = json!({"meetingId": others, "max": 100});
        let others = world
            .facts("alice", "webex-get-meeting-invitee", others)
            .await;
        assert_eq!(others["page"]["returned"], 5);
    }

    #[tokio::test]
    async fn a_title_is_looked_for_around_the_present() {
        let world = World::today();
        let asked =
            json!({"meetingId": "Design Review", "invitees": [{"email": "bob@example.com"}]});
        let invited = json!({"invited": 1, "title": "Design Review"});
        check::<AddInvitees>(&world, [by("carol", asked).answers(invited)]).await;
    }

    #[tokio::test]
    async fn a_whole_team_or_space_is_invited_but_for_host_and_bots() {
        let world = World::new();
        let standup = world.meeting("alice", "Daily Standup").await;
        let of = |name: &str, value: &str| with(json!({"meetingId": standup}), name, value);
        // Alice is the host; Bob, Carol, Dave, Erin and Frank are invited.
        let bots = json!({"invited": 0, "alreadyInvited": 4, "leftOut": 2});
        let space = json!({"invited": 2, "alreadyInvited": 5, "leftOut": 1, "invitees": [{}, {}, {}, {}, {}, {}, {}]});
        let both = with(
            of("roomId", "Leadership"),
            "invitees",
            json!([{"email": "guest@other.example"}]),
        );
        let of_both = json!({"invited": 1, "alreadyInvited": 2, "leftOut": 1, "invitees": [{"email": "guest@other.example"}, {}, {}]});
        check::<AddInvitees>(
            &world,
            [
                alice(of("roomId", "CI/CD")).answers(bots),
                alice(of("roomId", "Project Unicorn")).answers(space),
                alice(both).answers(of_both),
            ],
        )
        .await;
        let team = world
            .facts("alice", AddInvitees::NAME, of("teamId", "Engineering"))
            .await;
        assert_eq!(team["leftOut"], 1);
        let mut outcomes = team["invitees"].as_array().unwrap().iter();
        assert!(
            outcomes.all(|one| one["outcome"] != "notConfirmed"),
            "{team}"
        );
    }

    #[tokio::test]
    async fn who_was_invited_meanwhile_and_what_cannot_be_read() {
        let world = World::new();
        let standup = world.meeting("alice", "Daily Standup").await;
        let faults = world.sandbox.faults();
        let of = |email: &str| json!({"meetingId": standup, "invitees": [{"email": email}]});
        faults.next_on(1, "GET", "/v1/meetings/*", Fault::status(403));
        let bare = json!({"invited": 1, "title": null, "start": null});
        check::<AddInvitees>(&world, [alice(of("ada@example.com")).answers(bare)]).await;
        faults.next_on(1, "POST", "/v1/meetingInvitees", Fault::status(409));
        let late = world.call("alice", AddInvitees::NAME, of("grace@example.com"));
        let error = late.await.unwrap_err();
        assert_eq!(error.code, Conflict);
        assert!(error.advice.contains("call again"), "{}", error.advice);
    }

    #[tokio::test]
    async fn refuses_before_anybody_is_invited() {
        let world = World::new();
        let standup = world.meeting("alice", "Daily Standup").await;
        let ended = world.ended("Project Unicorn Planning").await;
        let of = |invitees: Value| json!({"meetingId": standup, "invitees": invitees});
        let many: Vec<_> = (0..101)
            .map(|at| json!({"email": format!("p{at}@example.com")}))
            .collect();
        let guest = json!([{"email": "guest@other.example"}]);
        let cases = [
            (json!({"meetingId": standup}), "`invitees`"),
            (of(json!([])), "`invitees`"),
            (json!({"invitees": guest}), "`meetingId`"),
            (
                json!({"meetingId": ended, "invitees": guest}),
                "an instance",
            ),
            (
                of(many.into()),
                "`invitees`: it may have at most 100 entries",
            ),
            (of(json!([{"displayName": "Guest"}])), "`invitees[0].email`"),
            (
                of(json!([{"email": "a@b.example", "personId": world.person("bob")}])),
                "`invitees[0].email`",
            ),
            (of(json!([{"email": "guest"}])), "`invitees[0].email`"),
            (
                of(json!([{"email": "a@b.example", "displayName": "x".repeat(129)}])),
                "`invitees[0].displayName`",
            ),
            (
                of(json!([{"email": "a@b.example", "role": "host"}])),
                "`invitees[0].role`",
            ),
        ];
        let cases =
            cases.map(|(arguments, named)| alice(arguments).refused(InvalidArguments, named));
        check::<AddInvitees>(&world, cases).await;
        let unknown = webex::id::encode("us", "PEOPLE", "6d2f1a3e-0b5c-4d7e-8f90-123456789abc");
        check::<AddInvitees>(
            &world,
            [
                bob(of(guest.clone())).refused(Forbidden, ""),
                by("harold", of(guest)).refused(NotFound, ""),
                alice(of(json!([{"personId": unknown}])))
                    .refused(NotFound, "`invitees[0].personId`"),
            ],
        )
        .await;
    }
}
