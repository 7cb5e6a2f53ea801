//! Makes a member moderator or not, and hides or shows a direct space.

use schemars::JsonSchema;
use serde::Deserialize;
use webex::{memberships, rooms};

use super::{Changed, Membership, Named};
use crate::error::CallError;
use crate::tool::{Context, Policy, Tool};

/// Makes a member of a space (room, channel, group chat) its moderator (admin), who is able to
/// moderate and manage it: gives them moderator rights, or takes them away again; also hides a
/// direct space. The rest stays.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Arguments {
    /// Its id, instead of space and person.
    membership_id: Option<String>,
    /// The space: id, link or title.
    room_id: Option<String>,
    /// The person: id or full name.
    person_id: Option<String>,
    /// The person's e-mail address.
    #[schemars(extend("format" = "email"))]
    person_email: Option<String>,
    /// true: a moderator; false: an ordinary member.
    is_moderator: Option<bool>,
    /// true: hides a direct space in the app.
    is_room_hidden: Option<bool>,
}

pub struct UpdateMembership;

impl Tool for UpdateMembership {
    const NAME: &'static str = "webex-update-membership";
    const TITLE: &'static str = "Change a membership";
    const POLICY: Policy = Policy {
        operations: &[&memberships::GET, &memberships::LIST, &memberships::UPDATE],
        courtesy: &[&rooms::GET],
        idempotent: true,
        ..Policy::WRITE
    };

    type Arguments = Arguments;
    type Output = Changed;

    async fn call(context: &Context, arguments: Arguments) -> Result<Changed, CallError> {
        let room = arguments.room_id.as_deref();
        let named = Named::new(
            arguments.membership_id.as_deref(),
            room,
            arguments.person_id.as_deref(),
            arguments.person_email.as_deref(),
        )?;
        let flags = (arguments.is_moderator, arguments.is_room_hidden);
        let (id, is_moderator, is_room_hidden) = match (named, flags) {
            (_, (None, None)) => {
                return Err(CallError::invalid(
                    "isModerator",
                    "nothing to change; give isModerator, isRoomHidden or both",
                ));
            }
            (Named::Id(id), (Some(is_moderator), Some(is_room_hidden))) => {
                (id, is_moderator, is_room_hidden)
            }
            (named, (is_moderator, is_room_hidden)) => {
                let present = named.read(context).await?;
                let or = |wanted: Option<bool>, present: Option<bool>| {
                    wanted.or(present).unwrap_or_default()
                };
                (
                    present.id,
                    or(is_moderator, present.is_moderator),
                    or(is_room_hidden, present.is_room_hidden),
                )
            }
        };
        let flags = memberships::UpdateMembership {
            is_moderator,
            is_room_hidden,
        };
        let changed = context.webex.memberships().update(&id, &flags).await?;
        let space = context.space_title(changed.room_id.as_deref()).await;
        let membership = Membership::of(changed, room);
        Ok(Changed::new(membership, space, arguments.is_moderator))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::error::Code::{Forbidden, InvalidArguments, NotFound};
    use crate::tools::check::{World, alice, bob, by, check};

    #[tokio::test]
    async fn reads_first_only_what_was_left_out() {
        let world = World::new();
        let room = world.space("Leadership").await;
        let person =
            json!({"roomId": room, "personId": world.person("caroline"), "isModerator": true});
        let found = json!({"roomId": room, "personEmail": "caroline@example.com"});
        let found = world.facts("harold", "webex-get-membership", found).await;
        let id = &found["memberships"][0]["id"];
        let both = json!({"membershipId": id, "isModerator": false, "isRoomHidden": false});
        let one = json!({"membershipId": id, "isModerator": true});
        let moderator =
            json!({"id": id, "name": "Caroline Meyer", "isModerator": true, "space": "Leadership"});
        check::<UpdateMembership>(
            &world,
            [
                by("harold", person).answers(moderator.clone()).calls(3),
                by("harold", both)
                    .answers(json!({"id": id, "isModerator": null}))
                    .calls(2),
                by("harold", one).answers(moderator).calls(3),
            ],
        )
        .await;
    }

    #[tokio::test]
    async fn refuses_no_change_no_membership_and_no_right() {
        let world = World::new();
        let room = world.space("Leadership").await;
        let of =
            |who: &str| json!({"roomId": room, "personId": world.person(who), "isModerator": true});
        check::<UpdateMembership>(
            &world,
            [
                alice(json!({"roomId": room, "personId": world.person("alice")}))
                    .refused(InvalidArguments, "`isModerator`"),
                alice(json!({"isModerator": true})).refused(InvalidArguments, "`membershipId`"),
                alice(json!({"roomId": room, "isModerator": true}))
                    .refused(InvalidArguments, "`personId`"),
                alice(json!({"membershipId": "M", "roomId": room, "isModerator": true}))
                    .refused(InvalidArguments, "`membershipId`"),
                alice(of("bob")).refused(NotFound, "not a member").calls(1),
                alice(of("alice")).refused(Forbidden, "").calls(2),
                bob(of("alice")).refused(NotFound, ""),
            ],
        )
        .await;
    }
}
