//! Adds a person to a space; one who is in it already stays, which is success as well.

use schemars::JsonSchema;
use serde::Deserialize;
use webex::memberships::{self, CreateMembership};
use webex::rooms;

use super::member;
use crate::error::CallError;
use crate::tool::member::{Added, Member, Space, not_there};
use crate::tool::{Context, Policy, Tool, one_person};

/// Adds a person to a space: invites, brings or lets a colleague or guest into a room, channel or
/// group chat. Answers whom and where; who is in it already stays as they are. To a team:
/// webex-add-team-membership; to a meeting: webex-add-meeting-invitees.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Arguments {
    /// The space: id, link or title.
    room_id: String,
    /// The person: id or full name.
    person_id: Option<String>,
    /// The person's e-mail address.
    #[schemars(extend("format" = "email"))]
    person_email: Option<String>,
    /// true: as a moderator.
    is_moderator: Option<bool>,
}

pub struct AddMembership;

impl Tool for AddMembership {
    const NAME: &'static str = "webex-add-membership";
    const TITLE: &'static str = "Add a person to a space";
    const POLICY: Policy = Policy {
        operations: &[&memberships::CREATE],
        courtesy: &[&rooms::GET],
        idempotent: true,
        ..Policy::WRITE
    };

    type Arguments = Arguments;
    type Output = Added<Space>;

    async fn call(context: &Context, arguments: Arguments) -> Result<Added<Space>, CallError> {
        one_person(
            arguments.person_id.as_deref(),
            arguments.person_email.as_deref(),
        )?;
        let membership = CreateMembership {
            room_id: arguments.room_id,
            person_id: arguments.person_id,
            person_email: arguments.person_email,
            is_moderator: arguments.is_moderator,
        };
        let memberships = context.webex.memberships();
        let title = context.space_title(Some(&membership.room_id));
        let (made, space) = tokio::join!(memberships.create(&membership), title);
        let is_moderator = matches!(&made, Ok(made) if made.is_moderator == Some(true));
        let (id, member) = match made {
            Ok(made) => (Some(made.id.as_str().into()), member(made, space)),
            Err(error) if error.status() == Some(409) => {
                let (id, email) = (membership.person_id.as_deref(), membership.person_email);
                let of = Space { space };
                (None, Member::asked_for(context, id, email, of))
            }
            Err(error) if error.status() == Some(404) => {
                return Err(not_there(error, &Space { space }));
            }
            Err(error) => return Err(error.into()),
        };
        Ok(Added {
            already_member: id.is_none(),
            is_moderator,
            id,
            member,
        })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::error::Code::{Forbidden, InvalidArguments, NotFound};
    use crate::tools::check::{World, alice, bob, check};

    #[tokio::test]
    async fn adds_and_takes_a_member_for_added() {
        let world = World::new();
        let room = world.space("Design System").await;
        let bob_by_id = json!({"roomId": room, "personId": world.person("bob")});
        let erin_by_email = json!({"roomId": room, "personEmail": "erin@example.com"});
        let added = json!({"id": "*", "alreadyMember": false, "name": "*", "personEmail": "*", "space": "Design System"});
        let present = json!({"id": null, "alreadyMember": true, "space": "Design System"});
        let by_name = json!({"roomId": "design system", "personId": "Dave Miller"});
        let by_email = json!({"alreadyMember": true, "personEmail": "erin@example.com"});
        check::<AddMembership>(
            &world,
            [
                alice(bob_by_id.clone()).answers(added.clone()).calls(2),
                alice(bob_by_id).answers(present).calls(2),
                alice(erin_by_email.clone()).answers(added.clone()),
                alice(erin_by_email).answers(by_email),
                alice(by_name.clone()).answers(added),
                alice(by_name).answers(json!({"alreadyMember": true, "name": "Dave Miller"})),
            ],
        )
        .await;
    }

    #[tokio::test]
    async fn refuses_no_person_two_and_whom_webex_does_not_allow() {
        let world = World::new();
        let room = world.space("Design System").await;
        let led = world.space("Leadership").await;
        let dave = world.person("dave");
        let both = json!({"roomId": room, "personId": dave, "personEmail": "dave@example.com"});
        check::<AddMembership>(
            &world,
            [
                alice(json!({"roomId": room})).refused(InvalidArguments, "`personId`"),
                alice(both).refused(InvalidArguments, "`personId`"),
                alice(json!({"personId": dave})).refused(InvalidArguments, "`roomId`"),
                alice(json!({"roomId": room, "personEmail": "dave"}))
                    .refused(InvalidArguments, "`personEmail`"),
                alice(json!({"roomId": led, "personId": dave})).refused(Forbidden, ""),
                bob(json!({"roomId": led, "personId": dave})).refused(NotFound, ""),
            ],
        )
        .await;
        let nobody = json!({"roomId": room, "personEmail": "eve@example.com"});
        let error = world.call("alice", AddMembership::NAME, nobody).await;
        let advice = error.unwrap_err().advice;
        assert!(
            advice.starts_with("Nobody has this id or e-mail address"),
            "{advice}"
        );
        let unseen = json!({"roomId": led, "personId": dave});
        let error = world.call("bob", AddMembership::NAME, unseen).await;
        let advice = error.unwrap_err().advice;
        let right = "Check the space and the person: either you are not in this space, or ";
        assert!(advice.starts_with(right), "{advice}");
    }
}
