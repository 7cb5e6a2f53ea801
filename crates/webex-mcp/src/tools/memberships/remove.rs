//! Takes a person out of a space.

use schemars::JsonSchema;
use serde::Deserialize;
use webex::{memberships, people, rooms};

use super::{Named, removal};
use crate::error::CallError;
use crate::tool::member::{Removed, Space};
use crate::tool::{Context, Policy, Question, Tool};

/// Removes (kicks, throws, takes out) one member of a space (room, channel, group chat), or you
/// leave it yourself. The user confirms first. From a team: webex-remove-team-membership.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Arguments {
    /// Its id, instead of space and person.
    membership_id: Option<String>,
    /// The space: id, link or exact title.
    room_id: Option<String>,
    /// The person: id or exact full name; "me" to leave.
    person_id: Option<String>,
    /// The person's e-mail address.
    #[schemars(extend("format" = "email"))]
    person_email: Option<String>,
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

pub struct RemoveMembership;

impl Tool for RemoveMembership {
    const NAME: &'static str = "webex-remove-membership";
    const TITLE: &'static str = "Remove a person from a space";
    const POLICY: Policy = Policy {
        operations: &[&memberships::DELETE, &memberships::GET, &memberships::LIST],
        courtesy: &[&people::ME, &rooms::GET],
        ..Policy::DESTROY
    };

    type Arguments = Arguments;
    type Output = Removed<Space>;

    async fn call(context: &Context, arguments: Arguments) -> Result<Removed<Space>, CallError> {
        let member = arguments.named()?.read(context).await?;
        // Who leaves cannot read the title afterwards.
        let title = context.space_title(member.room_id.as_deref());
        let is_me = context.is_me(member.person_id.as_deref());
        let (space, is_own) = tokio::join!(title, is_me);
        context.webex.memberships().delete(&member.id).await?;
        Ok(Removed {
            removed: true,
            is_own,
            member: super::member(member, space),
        })
    }

    async fn question(
        context: &Context,
        arguments: &Arguments,
    ) -> Result<Option<Question>, CallError> {
        let membership = arguments.named()?.read(context).await?;
        removal(context, membership).await.map(Some)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::error::Code::{Forbidden, InvalidArguments, NotFound};
    use crate::tools::check::{World, alice, bob, by, check};

    #[tokio::test]
    async fn asks_by_name_then_removes() {
        let world = World::new();
        let room = world.space("Leadership").await;
        let person = json!({"roomId": room, "personId": world.person("caroline")});
        let asked = world
            .call("harold", RemoveMembership::NAME, person.clone())
            .await;
        let body = serde_json::to_value(asked.unwrap_err().body()).unwrap();
        let question =
            "Remove “Caroline Meyer” (caroline@example.com) from the space “Leadership”?";
        assert_eq!(
            (&body["code"], &body["question"]),
            (&json!("confirmation_required"), &json!(question))
        );
        let own = json!({"roomId": room, "personId": "me"});
        let own = world.facts("alice", "webex-get-membership", own).await;
        let own = json!({"membershipId": own["memberships"][0]["id"]});
        let leave = world
            .call("alice", RemoveMembership::NAME, own.clone())
            .await;
        let body = serde_json::to_value(leave.unwrap_err().body()).unwrap();
        assert_eq!(body["question"], "Leave the space “Leadership”?");
        check::<RemoveMembership>(
            &world,
            [
                by("harold", person.clone())
                    .confirmed()
                    .answers(json!({"removed": true, "name": "Caroline Meyer", "personEmail": "caroline@example.com", "space": "Leadership"}))
                    .calls(8),
                by("harold", person).refused(NotFound, "not a member"),
                alice(own.clone())
                    .confirmed()
                    .answers(json!({"removed": true, "name": "Alice Johnson", "space": "Leadership"}))
                    .calls(7),
                alice(own).refused(NotFound, ""),
            ],
        )
        .await;
    }

    #[tokio::test]
    async fn nobody_is_asked_about_what_webex_will_refuse() {
        let world = World::of_plain_tokens();
        let of = |room: String, who: &str| json!({"roomId": room, "personId": world.person(who)});
        let moderated = of(world.space("Leadership").await, "harold");
        let open = of(world.space("Project Unicorn").await, "carol");
        check::<RemoveMembership>(
            &world,
            [
                alice(moderated)
                    .refused(Forbidden, "only the moderators of the space")
                    .calls(4),
                bob(open).confirmed().answers(json!({"removed": true})),
            ],
        )
        .await;
    }

    #[tokio::test]
    async fn refuses_before_it_asks() {
        let world = World::new();
        let room = world.space("Leadership").await;
        let person = world.person("harold");
        check::<RemoveMembership>(
            &world,
            [
                alice(json!({})).refused(InvalidArguments, "`membershipId`"),
                alice(json!({"personId": person}))
                    .refused(InvalidArguments, "`roomId`: the space is missing"),
                alice(json!({"roomId": room})).refused(InvalidArguments, "`personId`"),
                alice(json!({"roomId": room, "personId": person, "membershipId": "M"}))
                    .refused(InvalidArguments, "`membershipId`"),
                alice(json!({"roomId": room, "personId": person}))
                    .confirmed()
                    .refused(Forbidden, ""),
            ],
        )
        .await;
    }
}
