//! Changes an invitee: cohost or not, panelist or not, and the name of somebody without an account.

use schemars::JsonSchema;
use serde::Deserialize;
use webex::invitees;
use webex::limits::MAX_DISPLAY_NAME_CHARS;
use webex::meetings::series;
use webex::people;

use super::change::{Changed, Changes};
use super::which::Which;
use super::{About, Invitee};
use crate::error::CallError;
use crate::tool::{Context, Policy, Tool};

/// Changes the role of somebody who is invited to a meeting: makes them a co-host (cohost,
/// alternate host), who can help to host and run it, or a panelist, or takes that away; or sets a
/// name. The rest stays. To invite: webex-add-meeting-invitees.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Arguments {
    #[serde(flatten)]
    which: Which,
    /// May act as host.
    co_host: Option<bool>,
    /// Name of somebody without an account.
    #[schemars(length(max = MAX_DISPLAY_NAME_CHARS))]
    display_name: Option<String>,
    /// Panelist of a webinar.
    panelist: Option<bool>,
    /// Whether the person gets mail; default true.
    send_email: Option<bool>,
}

pub struct UpdateInvitee;

impl Tool for UpdateInvitee {
    const NAME: &'static str = "webex-update-meeting-invitee";
    const TITLE: &'static str = "Change an invitee's role";
    const POLICY: Policy = Policy {
        operations: &[&invitees::GET, &invitees::LIST, &invitees::UPDATE],
        // Only for a person who is named by id, and for the meeting's title.
        courtesy: &[&people::GET, &series::GET],
        idempotent: true,
        ..Policy::WRITE
    };

    type Arguments = Arguments;
    type Output = Changed;

    async fn call(context: &Context, arguments: Arguments) -> Result<Changed, CallError> {
        let Arguments {
            which, send_email, ..
        } = arguments;
        let changes = Changes {
            display_name: arguments.display_name,
            co_host: arguments.co_host,
            panelist: arguments.panelist,
        };
        which.check()?;
        changes.check()?;
        let present = which.find(context).await?;
        let meeting = About::read(context, present.meeting_id.as_deref()).await;
        let (changed, invitee) = match changes.of(&present) {
            None => (false, present),
            Some(mut invitee) => {
                invitee.send_email = send_email;
                let update = invitees::UpdateInvitee {
                    host_email: None,
                    invitee,
                };
                let invitees = context.webex.invitees();
                (true, invitees.update(&present.id, &update).await?)
            }
        };
        Ok(Changed {
            changed,
            invitee: Invitee::of(invitee, which.meeting()),
            meeting,
        })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::error::Code::{Conflict, Forbidden, InvalidArguments, NotFound};
    use crate::tools::check::{World, alice, bob, by, check, with};

    #[tokio::test]
    async fn changes_what_is_named_and_nothing_else() {
        let world = World::new();
        let standup = world.meeting("alice", "Daily Standup").await;
        let guest = json!({"email": "guest@other.example", "displayName": "Guest", "coHost": true});
        let add = json!({"meetingId": standup, "invitees": [guest]});
        let added = world
            .facts("alice", "webex-add-meeting-invitees", add)
            .await;
        let id = &added["invitees"][0]["id"];
        let by_email = json!({"meetingId": standup, "email": "BOB@example.com", "coHost": true});
        let by_name = json!({"meetingId": standup, "personId": "Bob Smith", "panelist": true});
        let by_id = json!({"meetingId": standup, "personId": world.person("bob"), "coHost": false});
        let renamed =
            json!({"meetingInviteeId": id, "displayName": "Our guest", "sendEmail": false});
        let co_host = json!({"changed": true, "email": "bob@example.com", "coHost": true, "meetingId": null, "title": "Daily Standup", "wholeSeries": true});
        let same = json!({"changed": false, "displayName": "Bob Smith", "coHost": true});
        check::<UpdateInvitee>(
            &world,
            [
                alice(by_email.clone()).answers(co_host).calls(3),
                // Nobody is mailed for nothing.
                alice(by_email).answers(same).calls(2),
                alice(by_name).answers(json!({"changed": true, "coHost": true, "panelist": true})),
                alice(by_id).answers(json!({"changed": true, "coHost": null, "panelist": true})).calls(4),
                alice(renamed)
                    .answers(json!({"changed": true, "displayName": "Our guest", "email": "guest@other.example", "coHost": true, "meetingId": standup}))
                    .calls(3),
            ],
        )
        .await;
    }

    #[tokio::test]
    async fn refuses_nothing_nobody_and_what_webex_cannot_change() {
        let world = World::new();
        let standup = world.meeting("alice", "Daily Standup").await;
        let ended = world.ended("Project Unicorn Planning").await;
        let id = "0ed74a1c0551494fb7a04e2881bf50ae";
        let bob_of = |meeting: &str| json!({"meetingId": meeting, "email": "bob@example.com"});
        let wanted = with(bob_of(&standup), "coHost", true);
        let cases = [
            (bob_of(&standup), "`coHost`"),
            (json!({"coHost": true}), "`meetingInviteeId`"),
            (json!({"meetingId": standup, "coHost": true}), "`email`"),
            (
                json!({"email": "bob@example.com", "coHost": true}),
                "`meetingId`",
            ),
            (
                with(wanted.clone(), "personId", world.person("bob")),
                "`email`",
            ),
            (
                with(wanted.clone(), "meetingInviteeId", id),
                "`meetingInviteeId`",
            ),
            (
                with(wanted.clone(), "displayName", "x".repeat(129)),
                "`displayName`",
            ),
            (with(bob_of(&ended), "coHost", true), "an instance"),
        ];
        let cases =
            cases.map(|(arguments, named)| alice(arguments).refused(InvalidArguments, named));
        check::<UpdateInvitee>(&world, cases).await;
        let tomorrow = with(
            bob_of(&format!("{standup}_20260106T093000Z")),
            "coHost",
            true,
        );
        let harold = json!({"meetingId": standup, "email": "harold@example.com", "coHost": true});
        check::<UpdateInvitee>(
            &world,
            [
                alice(tomorrow).refused(Conflict, "whole series").calls(1),
                alice(harold).refused(NotFound, "not invited").calls(1),
                bob(wanted.clone()).refused(Forbidden, ""),
                by("harold", wanted).refused(NotFound, ""),
            ],
        )
        .await;
    }
}
