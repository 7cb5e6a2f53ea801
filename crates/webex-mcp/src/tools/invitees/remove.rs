//! Withdraws an invitation.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use webex::invitees::{self, DeleteInvitee};
use webex::meetings::series;
use webex::people;

use super::which::Which;
use super::{About, removal};
use crate::error::CallError;
use crate::tool::{Context, Policy, Question, Theirs, Tool};

/// Uninvites one person, such as an external guest, from a meeting that is to come: withdraws the
/// invitation, removes them from the guest list. The user confirms first. Out of a running one:
/// webex-update-meeting-participant.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Arguments {
    #[serde(flatten)]
    which: Which,
    /// Whether the person gets mail; default true.
    send_email: Option<bool>,
}

#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Removed {
    pub(super) removed: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) display_name: Option<Theirs>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) email: Option<String>,
    #[serde(flatten)]
    pub(super) meeting: About,
}

pub struct RemoveInvitee;

impl Tool for RemoveInvitee {
    const NAME: &'static str = "webex-remove-meeting-invitee";
    const TITLE: &'static str = "Take a person off a meeting's invitees";
    const POLICY: Policy = Policy {
        operations: &[&invitees::DELETE, &invitees::GET, &invitees::LIST],
        // Only for a person who is named by id, and for the meeting's title.
        courtesy: &[&people::GET, &people::ME, &series::GET],
        ..Policy::DESTROY
    };

    type Arguments = Arguments;
    type Output = Removed;

    async fn call(context: &Context, arguments: Arguments) -> Result<Removed, CallError> {
        let invitee = arguments.which.find(context).await?;
        let query = DeleteInvitee {
            host_email: None,
            send_email: arguments.send_email,
        };
        let invitees = context.webex.invitees();
        let meeting = About::read(context, invitee.meeting_id.as_deref());
        let (deleted, meeting) = tokio::join!(invitees.delete(&invitee.id, &query), meeting);
        deleted?;
        Ok(Removed {
            removed: true,
            display_name: invitee.display_name.map(Theirs::from),
            email: invitee.email,
            meeting,
        })
    }

    async fn question(
        context: &Context,
        arguments: &Arguments,
    ) -> Result<Option<Question>, CallError> {
        let invitee = arguments.which.find(context).await?;
        let is_mailed = arguments.send_email != Some(false);
        removal(context, invitee, is_mailed).await.map(Some)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::error::Code::{Conflict, Forbidden, InvalidArguments, NotFound};
    use crate::tools::check::{World, alice, bob, by, check, with};

    async fn question(world: &World, who: &str, arguments: Value) -> String {
        let asked = world.call(who, RemoveInvitee::NAME, arguments).await;
        let body = serde_json::to_value(asked.unwrap_err().body()).unwrap();
        body["question"].as_str().unwrap().to_owned()
    }

    #[tokio::test]
    async fn asks_by_person_and_meeting_then_removes_once() {
        let world = World::new();
        let standup = world.meeting("alice", "Daily Standup").await;
        let review = world.meeting("carol", "Design Review").await;
        let bobs = json!({"meetingId": standup, "email": "bob@example.com"});
        assert_eq!(
            question(&world, "alice", bobs.clone()).await,
            "Take “Bob Smith” (bob@example.com) off the invitees of every meeting of the series “Daily Standup”? Webex mails the person."
        );
        let quietly = json!({"meetingId": review, "personId": "Frank Osei", "sendEmail": false});
        assert_eq!(
            question(&world, "carol", quietly.clone()).await,
            "Take “Frank Osei” (frank@example.com) off the invitees of the meeting “Design Review” on 2026-01-06 at 15:00 (Europe/London)? Webex mails nobody."
        );
        let all = json!({"meetingId": review});
        let all = world.facts("carol", "webex-get-meeting-invitee", all).await;
        let alices = json!({"meetingInviteeId": all["invitees"][0]["id"]});
        check::<RemoveInvitee>(
            &world,
            [
                alice(bobs.clone())
                    .confirmed()
                    .answers(json!({"removed": true, "displayName": "Bob Smith", "email": "bob@example.com", "title": "Daily Standup", "wholeSeries": true}))
                    .calls(6),
                alice(bobs).refused(NotFound, "not invited"),
                by("carol", quietly).confirmed().answers(json!({"removed": true, "email": "frank@example.com", "start": "2026-01-06T15:00:00Z"})),
                by("carol", alices.clone()).confirmed().answers(json!({"removed": true, "email": "alice@example.com"})),
                by("carol", alices).refused(NotFound, ""),
            ],
        )
        .await;
    }

    #[tokio::test]
    async fn nobody_is_asked_about_what_webex_will_refuse() {
        let world = World::of_plain_tokens();
        let standup = world.meeting("alice", "Daily Standup").await;
        let carols = json!({"meetingId": standup, "email": "carol@example.com"});
        let refused = bob(carols).refused(Forbidden, "only the host and the cohosts");
        check::<RemoveInvitee>(&world, [refused]).await;
    }

    #[tokio::test]
    async fn refuses_before_it_asks() {
        let world = World::new();
        let standup = world.meeting("alice", "Daily Standup").await;
        let ended = world.ended("Project Unicorn Planning").await;
        let bob_of = |meeting: Value| json!({"meetingId": meeting, "email": "bob@example.com"});
        let bobs = bob_of(json!(standup));
        check::<RemoveInvitee>(
            &world,
            [
                alice(json!({})).refused(InvalidArguments, "`meetingInviteeId`"),
                alice(json!({"email": "bob@example.com"}))
                    .refused(InvalidArguments, "`meetingId`: the meeting is missing"),
                alice(json!({"meetingId": standup})).refused(InvalidArguments, "`email`"),
                alice(with(bobs.clone(), "personId", world.person("bob")))
                    .refused(InvalidArguments, "`email`"),
                alice(bob_of(json!(ended))).refused(InvalidArguments, "an instance"),
                alice(bob_of(json!(format!("{standup}_20260106T093000Z"))))
                    .refused(Conflict, "whole series"),
                bob(bobs.clone()).confirmed().refused(Forbidden, ""),
                by("harold", bobs).refused(NotFound, ""),
            ],
        )
        .await;
    }
}
