//! Makes a member moderator or not, and hides or shows a direct space.

use schemars::JsonSchema;
use serde::Deserialize;
use webex::{memberships, people, rooms};

use super::roles::{demotion, flags};
use super::{Changed, Membership, Named};
use crate::error::CallError;
use crate::tool::{Context, DestroysBy, Policy, Question, Tool};

/// Makes a member of a space (room, channel, group chat) its moderator (admin), who can moderate
/// and manage it: gives or takes away moderator rights; also hides a direct space.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Arguments {
    /// Its id, instead of space and person.
    membership_id: Option<String>,
    /// The space: id, link or title.
    room_id: Option<String>,
    /// Person: id or full name.
    person_id: Option<String>,
    /// Their e-mail address.
    #[schemars(extend("format" = "email"))]
    person_email: Option<String>,
    /// true: moderator; false: ordinary member.
    is_moderator: Option<bool>,
    /// true: hides a direct space.
    is_room_hidden: Option<bool>,
}

impl Arguments {
    fn named(&self) -> Result<Named, CallError> {
        Named::new(
            self.membership_id.as_deref(),
            self.room_id.as_deref(),
            self.person_id.as_deref(),
            self.person_email.as_deref(),
        )
    }
}

pub struct UpdateMembership;

impl Tool for UpdateMembership {
    const NAME: &'static str = "webex-update-membership";
    const TITLE: &'static str = "Change a membership";
    const POLICY: Policy = Policy {
        operations: &[&memberships::GET, &memberships::LIST, &memberships::UPDATE],
        courtesy: &[&people::ME, &rooms::GET],
        destroys_by: &[DestroysBy::Unset("isModerator")],
        ..Policy::DESTROY
    };

    type Arguments = Arguments;
    type Output = Changed;

    async fn call(context: &Context, arguments: Arguments) -> Result<Changed, CallError> {
        let room = arguments.room_id.as_deref();
        let named = arguments.named()?;
        let (is_moderator, is_room_hidden) = (arguments.is_moderator, arguments.is_room_hidden);
        let (id, flags) = flags(context, named, is_moderator, is_room_hidden).await?;
        let changed = context.webex.memberships().update(&id, &flags).await?;
        let space = context.space_title(changed.room_id.as_deref()).await;
        let membership = Membership::of(changed, room);
        Ok(Changed::new(membership, space, arguments.is_moderator))
    }

    async fn question(
        context: &Context,
        arguments: &Arguments,
    ) -> Result<Option<Question>, CallError> {
        if arguments.is_moderator != Some(false) {
            return Ok(None);
        }
        let (named, hides) = (arguments.named()?, arguments.is_room_hidden);
        demotion(context, &named, hides).await.map(Some)
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
                    .calls(5),
                by("harold", one).answers(moderator).calls(3),
            ],
        )
        .await;
    }

    #[tokio::test]
    async fn asks_before_nobody_can_give_the_role_back() {
        let world = World::new();
        let room = world.space("Leadership").await;
        let of = |who: &str, is: bool| json!({"roomId": room, "personId": world.person(who), "isModerator": is});
        let last = "Give up moderating the space “Leadership”? Nobody else moderates it, so nobody could undo that.";
        let own = "Give up moderating the space “Leadership”? You could not undo that yourself; another moderator could.";
        let name = UpdateMembership::NAME;
        let harold = of("harold", false);
        assert_eq!(world.question("harold", name, harold.clone()).await, last);
        let others = "Let “Harold Weber” (harold@example.com) no longer moderate the space “Leadership”? Nobody else moderates it, so nobody could undo that.";
        assert_eq!(world.question("alice", name, harold.clone()).await, others);
        world.facts("harold", name, of("alice", true)).await;
        assert_eq!(world.question("harold", name, harold.clone()).await, own);
        check::<UpdateMembership>(
            &world,
            [
                // Harold could give it back.
                by("harold", of("alice", false)).answers(json!({"isModerator": null})),
                // She has nothing to give up.
                alice(of("alice", false)).answers(json!({"isModerator": null})),
                by("harold", harold)
                    .confirmed()
                    .answers(json!({"isModerator": null})),
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
