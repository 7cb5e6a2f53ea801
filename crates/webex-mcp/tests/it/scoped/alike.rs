//! Nobody learns whether a thing lies outside or does not exist.

use serde_json::json;
use webex::invitees::ListInvitees;
use webex::recordings::ListRecordings;
use webex::team_memberships::ListTeamMemberships;
use webex::teams::ListTeams;
use webex::transcripts::ListTranscripts;
use webex_mcp::error::Code;
use webex_mcp::scope::Scope;

use super::{client, limit_unasked, only, traces, without};
use crate::world::World;

/// Calls of a person that name one thing by its id.
type Calls = (&'static str, &'static [(&'static str, &'static str)]);

/// Each call has to be answered in the same words for both ids.
async fn tell_alike(world: &World, (who, calls): Calls, outside: &str, missing: &str) {
    for (tool, argument) in calls {
        let mut told = Vec::new();
        for id in [outside, missing] {
            let mut asked = match *tool {
                "webex-update-meeting" => json!({"title": "x"}),
                "webex-update-person" => json!({"title": "Lead"}),
                "webex-update-team" => json!({"name": "x"}),
                "webex-add-meeting-invitees" => json!({"invitees": [{"email": "ada@example.com"}]}),
                "webex-update-meeting-invitee" => json!({"coHost": true}),
                "webex-update-team-membership" => json!({"isModerator": true}),
                "webex-update-meeting-participant" => json!({"muted": true}),
                _ => json!({}),
            };
            asked[argument] = json!(id);
            told.push(world.error(who, tool, asked, Code::NotFound).await);
        }
        assert_eq!(told[0], told[1], "{tool} {argument}");
    }
}

const MEETINGS: Calls = (
    "alice",
    &[
        ("webex-get-meeting-status", "meetingId"),
        ("webex-get-meeting-invitee", "meetingId"),
        ("webex-get-meeting-participant", "meetingId"),
        ("webex-admit-meeting-participants", "meetingId"),
        ("webex-list-recordings", "meetingId"),
        ("webex-list-transcripts", "meetingId"),
        ("webex-get-meeting-summary", "meetingId"),
        ("webex-join-meeting", "meetingId"),
        ("webex-update-meeting", "meetingId"),
        ("webex-delete-meeting", "meetingId"),
        ("webex-add-meeting-invitees", "meetingId"),
    ],
);
const INVITEES: Calls = (
    "alice",
    &[
        ("webex-get-meeting-invitee", "meetingInviteeId"),
        ("webex-update-meeting-invitee", "meetingInviteeId"),
        ("webex-remove-meeting-invitee", "meetingInviteeId"),
    ],
);
const RECORDINGS: Calls = (
    "alice",
    &[
        ("webex-get-recording", "recordingId"),
        ("webex-delete-recording", "recordingId"),
    ],
);
const TRANSCRIPTS: Calls = (
    "alice",
    &[
        ("webex-get-transcript", "transcriptId"),
        ("webex-get-transcript-snippet", "transcriptId"),
    ],
);
const TEAMS: Calls = (
    "harold",
    &[
        ("webex-get-team", "teamId"),
        ("webex-get-team-membership", "teamId"),
        ("webex-get-person", "teamId"),
        ("webex-update-team", "teamId"),
        ("webex-delete-team", "teamId"),
    ],
);
const MEMBERS: Calls = (
    "harold",
    &[
        ("webex-get-team-membership", "teamMembershipId"),
        ("webex-update-team-membership", "teamMembershipId"),
        ("webex-remove-team-membership", "teamMembershipId"),
    ],
);
const PEOPLE: Calls = (
    "ada",
    &[
        ("webex-get-person", "personId"),
        ("webex-update-person", "personId"),
    ],
);
const EVENTS: Calls = ("grace", &[("webex-get-event", "eventId")]);

/// An id of the same form that nothing has.
fn nothing_like(id: &str) -> String {
    match webex::id::ResourceId::parse(id) {
        Some(parsed) => webex::id::encode("us", &parsed.kind, uuid::Uuid::nil()),
        // Those of meetings are letters and digits.
        None => id
            .chars()
            .map(|c| if c.is_ascii_hexdigit() { '0' } else { c })
            .collect(),
    }
}

#[tokio::test(crate = "crate::journey")]
async fn what_lies_outside_is_told_like_what_does_not_exist_in_every_noun() {
    let mut world = World::new().with_every_tool();
    let (review, standup) = (
        world.meeting("carol", "Design Review").await,
        world.meeting("alice", "Daily Standup").await,
    );
    let unicorn = world.space("Project Unicorn").await;
    let carol = traces(&world, "carol").swap_remove(1);
    let alice = client(&world, "alice");
    let of_standup = ListInvitees {
        meeting_id: standup,
        max: Some(100),
        ..ListInvitees::default()
    };
    let invitees = alice.invitees().list(&of_standup).await.unwrap().items;
    let is_carol = |email: &Option<String>| email.as_deref() == Some("carol@example.com");
    let invitee = invitees.into_iter().find(|one| is_carol(&one.email));
    let teams = alice.teams().list(&ListTeams::default()).await.unwrap();
    let team_id = teams.items[0].id.clone();
    let of_team = ListTeamMemberships {
        team_id: team_id.clone(),
        max: None,
    };
    let members = alice.team_memberships().list(&of_team).await.unwrap().items;
    let member = members.into_iter().find(|one| is_carol(&one.person_email));
    let recordings = alice.recordings().list(&ListRecordings::default()).await;
    let transcripts = alice.transcripts().list(&ListTranscripts::default()).await;
    let of_carol = json!({"actorId": carol, "max": 1});
    let event = world.facts("grace", "webex-get-event", of_carol).await;
    let event = event["events"][0]["id"].as_str().unwrap().to_owned();
    let cases: [(Scope, Calls, String); 8] = [
        (without("carol"), MEETINGS, review),
        (without("carol"), INVITEES, invitee.unwrap().id),
        (without("carol"), MEMBERS, member.unwrap().id),
        (without("carol"), PEOPLE, carol),
        (without("carol"), EVENTS, event),
        (only(&unicorn), TEAMS, team_id),
        (
            without("alice"),
            RECORDINGS,
            recordings.unwrap().items[0].id.clone(),
        ),
        (
            without("alice"),
            TRANSCRIPTS,
            transcripts.unwrap().items[0].id.clone(),
        ),
    ];
    for (scope, calls, outside) in cases {
        limit_unasked(&mut world, scope);
        tell_alike(&world, calls, &outside, &nothing_like(&outside)).await;
    }
}

#[tokio::test(crate = "crate::journey")]
async fn items_of_long_work_outside_are_told_like_those_that_do_not_exist() {
    let mut world = World::new();
    let [unicorn, outside] = [
        world.space("Project Unicorn").await,
        world.space("Engineering").await,
    ];
    let mut missing = outside.clone();
    missing.replace_range(missing.len() - 4.., "AAAA");
    limit_unasked(&mut world, only(&unicorn));
    let asked = json!({"roomIds": [unicorn, outside, missing], "text": "within"});
    let told = world.facts("alice", "webex-broadcast-message", asked).await;
    let deliveries = told["deliveries"].as_array().unwrap();
    assert_eq!(deliveries[0]["became"], "sent", "{told}");
    for delivery in &deliveries[1..] {
        assert_eq!(
            (&delivery["became"], &delivery["why"]),
            (&json!("refused"), &deliveries[1]["why"]),
            "{told}"
        );
        assert!(delivery["space"].is_null(), "{told}");
    }
}

#[tokio::test(crate = "crate::journey")]
async fn who_makes_members_equal_to_a_list_stays_one_within_a_scope() {
    let mut world = World::new();
    let unicorn = world.space("Project Unicorn").await;
    limit_unasked(&mut world, only(&unicorn));
    let asked = json!({"roomId": unicorn, "emails": ["bob@example.com"], "dryRun": true});
    let plan = world.facts("alice", "webex-sync-memberships", asked).await;
    let changes = plan["changes"].as_array().unwrap();
    assert!(!changes.is_empty(), "{plan}");
    let is_alice = |change: &serde_json::Value| change["email"] == "alice@example.com";
    assert!(!changes.iter().any(is_alice), "{plan}");
}
