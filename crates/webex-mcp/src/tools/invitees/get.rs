//! Reads one invitee, or lists the invitees of a meeting.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use webex::invitees::{self, ListInvitees};

use super::Invitee;
use crate::error::CallError;
use crate::tool::{Context, PageInfo, Part, Policy, Tool};

/// Lists who is invited to a meeting, call or webinar: its invitees (guest list), who are expected
/// to come, with cohosts and panelists; or reads one invitee. Answers names, e-mail addresses and
/// ids. Attendance: webex-get-meeting-participant.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Arguments {
    /// One invitee's id; stands alone.
    meeting_invitee_id: Option<String>,
    /// Id, number, link or title; for one date: title 2026-01-06.
    meeting_id: Option<String>,
    /// Of a webinar: true only panelists, false only the others.
    panelist: Option<bool>,
    #[serde(flatten)]
    part: Part,
}

#[derive(Debug, Serialize, JsonSchema)]
pub struct Invitees {
    pub(super) invitees: Vec<Invitee>,
    pub(super) page: PageInfo,
}

pub struct GetInvitee;

impl Tool for GetInvitee {
    const NAME: &'static str = "webex-get-meeting-invitee";
    const TITLE: &'static str = "List who is invited to a meeting";
    const POLICY: Policy = Policy {
        operations: &[&invitees::GET, &invitees::LIST],
        ..Policy::READ
    };

    type Arguments = Arguments;
    type Output = Invitees;

    async fn call(context: &Context, arguments: Arguments) -> Result<Invitees, CallError> {
        let api = context.webex.invitees();
        let meeting = arguments.meeting_id.as_deref();
        let (field, wrong) = match (&arguments.meeting_invitee_id, meeting) {
            (Some(id), None)
                if arguments.panelist.is_none() && arguments.part == Part::default() =>
            {
                let invitee = api.get(id, None).await?;
                return Ok(Invitees {
                    invitees: vec![Invitee::of(invitee, None)],
                    page: PageInfo::whole(1),
                });
            }
            (None, Some(meeting)) => {
                let part = context.opened(&arguments.part)?;
                let query = ListInvitees {
                    meeting_id: meeting.to_owned(),
                    max: Some(part.page_size),
                    host_email: None,
                    panelist: arguments.panelist,
                };
                let first = || api.list(&query);
                let entry = |invitee| Some(Invitee::of(invitee, Some(meeting)));
                let listed = context.listed(&invitees::LIST, &query, part, first, entry);
                let (invitees, page) = listed.await?;
                return Ok(Invitees { invitees, page });
            }
            (None, None) => (
                "meetingId",
                "a meeting is missing; or give meetingInviteeId",
            ),
            (Some(_), _) => (
                "meetingInviteeId",
                "it names one invitee; leave out every other argument, or leave it out for a list",
            ),
        };
        Err(CallError::invalid(field, wrong))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::error::Code::{InvalidArguments, NotFound};
    use crate::tools::check::{World, alice, bob, by, check, with};

    #[tokio::test]
    async fn lists_the_invitees_of_any_kind_of_meeting_and_reads_one() {
        let world = World::new();
        let standup = world.meeting("alice", "Daily Standup").await;
        let of = |meeting: &str| json!({"meetingId": meeting});
        let all = world.facts("alice", GetInvitee::NAME, of(&standup)).await;
        let first = &all["invitees"][0];
        let five = json!({"invitees": [{"meetingId": null, "displayName": "*"}, {}, {}, {}, {}], "page": {"returned": 5, "cursor": null}});
        // Who is invited to the series is invited to each date.
        let of_series = json!({"invitees": [{"meetingId": standup}, {}, {}, {}, {}]});
        let page = with(of(&standup), "max", 2);
        let two = world.facts("bob", GetInvitee::NAME, page.clone()).await;
        let rest = with(page.clone(), "cursor", two["page"]["cursor"].clone());
        let panelists = with(of(&standup), "panelist", true);
        check::<GetInvitee>(
            &world,
            [
                alice(of(&standup)).answers(five.clone()).calls(1),
                bob(of(&standup)).answers(five),
                alice(of(&format!("{standup}_20260106T093000Z"))).answers(of_series),
                alice(json!({"meetingInviteeId": first["id"]}))
                    .answers(json!({"invitees": [{"email": first["email"], "meetingId": standup}], "page": {"returned": 1}}))
                    .calls(1),
                bob(page).answers(json!({"invitees": [{}, {}], "page": {"cursor": "*"}})),
                bob(rest.clone()).answers(json!({"invitees": [{}, {}], "page": {"cursor": "*"}})).calls(1),
                alice(rest).refused(InvalidArguments, "`cursor`"),
                alice(panelists).answers(json!({"invitees": [], "page": {"returned": 0, "cursor": null}})),
                by("harold", of(&standup)).refused(NotFound, ""),
                by("harold", json!({"meetingInviteeId": first["id"]})).refused(NotFound, ""),
            ],
        )
        .await;
    }

    #[tokio::test]
    async fn refuses_before_anything_is_sent() {
        let world = World::new();
        let standup = world.meeting("alice", "Daily Standup").await;
        let id = "0ed74a1c0551494fb7a04e2881bf50ae";
        let cases = [
            (json!({}), "`meetingId`"),
            (json!({"panelist": true}), "`meetingId`"),
            (
                json!({"meetingInviteeId": id, "meetingId": standup}),
                "`meetingInviteeId`",
            ),
            (
                json!({"meetingInviteeId": id, "max": 5}),
                "`meetingInviteeId`",
            ),
            (
                json!({"meetingInviteeId": id, "panelist": false}),
                "`meetingInviteeId`",
            ),
            (json!({"meetingInviteeId": "Bob"}), "`meetingInviteeId`"),
            (json!({"meetingId": standup, "max": 101}), "`max`"),
            (
                json!({"meetingId": standup, "email": "bob@example.com"}),
                "`email`",
            ),
        ];
        let cases =
            cases.map(|(arguments, named)| alice(arguments).refused(InvalidArguments, named));
        check::<GetInvitee>(&world, cases).await;
    }
}
