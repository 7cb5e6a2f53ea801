//! Takes a person out of a team.

use schemars::JsonSchema;
use serde::Deserialize;
use webex::{people, team_memberships, teams};

use super::named::Named;
use super::removal;
use crate::error::CallError;
use crate::tool::member::{Removed, Team};
use crate::tool::{Context, Policy, Question, Tool};

/// Removes (takes, drops) a person from a team, so that they belong neither to it nor to its
/// General space any more, or you leave it yourself; they stay in its other spaces. The user
/// confirms first. From one space only: webex-remove-membership.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Arguments {
    /// From webex-get-team-membership; stands alone.
    team_membership_id: Option<String>,
    /// Id, link or exact name.
    team_id: Option<String>,
    /// Id or exact name of the person, or "me"; needs teamId.
    person_id: Option<String>,
    /// E-mail address, instead of personId.
    #[schemars(extend("format" = "email"))]
    person_email: Option<String>,
}

impl Arguments {
    fn named(&self) -> Result<Named<'_>, CallError> {
        Named::new(
            self.team_membership_id.as_deref(),
            self.team_id.as_deref(),
            self.person_id.as_deref(),
            self.person_email.as_deref(),
        )
    }
}

pub struct RemoveTeamMembership;

impl Tool for RemoveTeamMembership {
    const NAME: &'static str = "webex-remove-team-membership";
    const TITLE: &'static str = "Remove a person from a team";
    const POLICY: Policy = Policy {
        operations: &[
            &team_memberships::DELETE,
            &team_memberships::GET,
            &team_memberships::LIST,
        ],
        courtesy: &[&people::ME, &teams::GET],
        ..Policy::DESTROY
    };

    type Arguments = Arguments;
    type Output = Removed<Team>;

    async fn call(context: &Context, arguments: Arguments) -> Result<Removed<Team>, CallError> {
        let member = arguments.named()?.read(context).await?;
        // Who leaves cannot read the name afterwards.
        let name = context.team_name(member.team_id.as_deref());
        let is_me = context.is_me(member.person_id.as_deref());
        let (team, is_own) = tokio::join!(name, is_me);
        let memberships = context.webex.team_memberships();
        memberships.delete(&member.id).await?;
        Ok(Removed {
            removed: true,
            is_own,
            member: super::member(member, team),
        })
    }

    async fn question(
        context: &Context,
        arguments: &Arguments,
    ) -> Result<Option<Question>, CallError> {
        let member = arguments.named()?.read(context).await?;
        removal(context, member).await.map(Some)
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
        let teams = world.facts("harold", "webex-get-team", json!({})).await;
        let team = &teams["teams"][0]["id"];
        let person = json!({"teamId": team, "personId": world.person("carol")});
        let name = RemoveTeamMembership::NAME;
        let asked = world.call("harold", name, person.clone()).await;
        let body = serde_json::to_value(asked.unwrap_err().body()).unwrap();
        let question = "Remove “Carol Diaz” (carol@example.com) from the team “Engineering” and from its General space?";
        assert_eq!(
            (&body["code"], &body["question"]),
            (&json!("confirmation_required"), &json!(question))
        );
        let members = json!({"teamId": team});
        let members = world.facts("bob", "webex-get-team-membership", members);
        let members = members.await;
        let members = members["memberships"].as_array().unwrap();
        let bobs = members.iter().find(|one| one["name"] == "Bob Smith");
        let own = json!({"teamMembershipId": bobs.unwrap()["id"]});
        let by_email = json!({"teamId": "Engineering", "personEmail": "dave@example.com"});
        let leave = world.call("bob", name, own.clone()).await;
        let body = serde_json::to_value(leave.unwrap_err().body()).unwrap();
        let question = "Leave the team “Engineering” and its General space?";
        assert_eq!(body["question"], question);
        check::<RemoveTeamMembership>(
            &world,
            [
                by("harold", person.clone())
                    .confirmed()
                    .answers(json!({"removed": true, "name": "Carol Diaz", "personEmail": "carol@example.com", "team": "Engineering"}))
                    .calls(8),
                by("harold", person).refused(NotFound, "not a member"),
                by("harold", by_email)
                    .confirmed()
                    .answers(json!({"removed": true, "name": "Dave Miller"})),
                bob(own.clone())
                    .confirmed()
                    .answers(json!({"removed": true, "name": "Bob Smith", "team": "Engineering"}))
                    .calls(7),
                bob(own).refused(NotFound, ""),
                alice(json!({"teamId": "Engineering", "personId": "me"}))
                    .confirmed()
                    .answers(json!({"removed": true, "name": "Alice Johnson"})),
            ],
        )
        .await;
    }

    #[tokio::test]
    async fn nobody_is_asked_about_what_webex_will_refuse() {
        let world = World::of_plain_tokens();
        let harold = json!({"teamId": "Engineering", "personId": world.person("harold")});
        let refused = alice(harold).refused(Forbidden, "only the moderators of the team");
        check::<RemoveTeamMembership>(&world, [refused]).await;
    }

    #[tokio::test]
    async fn refuses_before_it_asks_and_what_webex_does_not_allow() {
        let world = World::new();
        let teams = world.facts("harold", "webex-get-team", json!({})).await;
        let team = &teams["teams"][0]["id"];
        let person = world.person("harold");
        let harold = json!({"teamId": team, "personId": person});
        check::<RemoveTeamMembership>(
            &world,
            [
                alice(json!({})).refused(InvalidArguments, "`teamMembershipId`"),
                alice(json!({"personId": person}))
                    .refused(InvalidArguments, "`teamId`: the team is missing"),
                alice(json!({"teamId": team})).refused(InvalidArguments, "`personId`"),
                alice(json!({"teamId": team, "personId": person, "teamMembershipId": "M"}))
                    .refused(InvalidArguments, "`teamMembershipId`"),
                alice(harold.clone()).confirmed().refused(Forbidden, ""),
                by("ada", harold.clone()).refused(NotFound, ""),
                // The last moderator of a team stays.
                by("harold", harold)
                    .confirmed()
                    .refused(InvalidArguments, "")
                    .calls(7),
            ],
        )
        .await;
    }
}
