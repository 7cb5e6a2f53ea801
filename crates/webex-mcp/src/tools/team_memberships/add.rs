//! Adds a person to a team; one who is in it already stays, which is success as well.

use schemars::JsonSchema;
use serde::Deserialize;
use webex::team_memberships::{self, CreateTeamMembership};
use webex::teams;

use super::member;
use crate::error::CallError;
use crate::tool::member::{Added, Member, Team, not_there};
use crate::tool::{Context, Policy, Tool, one_person};

/// Adds somebody to a team: puts a person or new colleague on it, who joins as member or moderator,
/// and so its General space. Answers the membership; who is in it already stays as they are. To one
/// space: webex-add-membership.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Arguments {
    /// Id, link or name.
    team_id: String,
    /// Id or full name of the person.
    person_id: Option<String>,
    /// E-mail address, instead of personId.
    #[schemars(extend("format" = "email"))]
    person_email: Option<String>,
    /// true: as a moderator.
    is_moderator: Option<bool>,
}

pub struct AddTeamMembership;

impl Tool for AddTeamMembership {
    const NAME: &'static str = "webex-add-team-membership";
    const TITLE: &'static str = "Add a person to a team";
    const POLICY: Policy = Policy {
        operations: &[&team_memberships::CREATE],
        courtesy: &[&teams::GET],
        idempotent: true,
        ..Policy::WRITE
    };

    type Arguments = Arguments;
    type Output = Added<Team>;

    async fn call(context: &Context, arguments: Arguments) -> Result<Added<Team>, CallError> {
        let (id, email) = (&arguments.person_id, &arguments.person_email);
        one_person(id.as_deref(), email.as_deref())?;
        let membership = CreateTeamMembership {
            team_id: arguments.team_id,
            person_id: arguments.person_id,
            person_email: arguments.person_email,
            is_moderator: arguments.is_moderator,
        };
        let memberships = context.webex.team_memberships();
        let name = context.team_name(Some(&membership.team_id));
        let (made, team) = tokio::join!(memberships.create(&membership), name);
        let is_moderator = matches!(&made, Ok(made) if made.is_moderator == Some(true));
        let (id, member) = match made {
            Ok(made) => (Some(made.id.as_str().into()), member(made, team)),
            Err(error) if error.status() == Some(409) => {
                let (id, email) = (membership.person_id.as_deref(), membership.person_email);
                let of = Team { team };
                (None, Member::asked_for(context, id, email, of))
            }
            Err(error) if error.status() == Some(404) => {
                return Err(not_there(error, &Team { team }));
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
    use crate::error::Code::{Ambiguous, Forbidden, InvalidArguments, NotFound};
    use crate::tools::check::{World, alice, bob, by, check};

    #[tokio::test]
    async fn adds_and_takes_a_member_for_added() {
        let world = World::new();
        let made = json!({"name": "Marketing"});
        let team = world.facts("alice", "webex-create-team", made).await["id"].clone();
        let bob_by_id = json!({"teamId": team, "personId": world.person("bob")});
        let erin_by_email = json!({"teamId": team, "personEmail": "erin@example.com"});
        let by_name =
            json!({"teamId": "marketing", "personId": "Dave Miller", "isModerator": true});
        let added = json!({"id": "*", "alreadyMember": false, "name": "*", "personEmail": "*", "team": "Marketing"});
        let present = json!({"id": null, "alreadyMember": true, "team": "Marketing"});
        let by_email = json!({"alreadyMember": true, "personEmail": "erin@example.com"});
        check::<AddTeamMembership>(
            &world,
            [
                alice(bob_by_id.clone()).answers(added.clone()).calls(2),
                alice(bob_by_id).answers(present).calls(2),
                alice(erin_by_email.clone()).answers(added.clone()),
                alice(erin_by_email).answers(by_email.clone()),
                alice(json!({"teamId": team, "personEmail": "Erin <erin@example.com>"}))
                    .answers(by_email),
                alice(by_name.clone()).answers(added),
                alice(by_name).answers(json!({"alreadyMember": true, "name": "Dave Miller"})),
                // Dave moderates the team by now.
                by(
                    "dave",
                    json!({"teamId": team, "personEmail": "ada@example.com"}),
                )
                .answers(json!({"alreadyMember": false})),
            ],
        )
        .await;
    }

    #[tokio::test]
    async fn refuses_no_person_two_and_whom_webex_does_not_allow() {
        let world = World::new();
        let made = json!({"name": "Marketing"});
        let team = world.facts("alice", "webex-create-team", made).await["id"].clone();
        let dave = world.person("dave");
        let both = json!({"teamId": team, "personId": dave, "personEmail": "dave@example.com"});
        let into_engineering = json!({"teamId": "Engineering", "personEmail": "ada@example.com"});
        check::<AddTeamMembership>(
            &world,
            [
                alice(json!({"teamId": team})).refused(InvalidArguments, "`personId`"),
                alice(both).refused(InvalidArguments, "`personId`"),
                alice(json!({"personId": dave})).refused(InvalidArguments, "`teamId`"),
                alice(json!({"teamId": team, "personEmail": "dave"}))
                    .refused(InvalidArguments, "`personEmail`"),
                alice(json!({"teamId": team, "personEmail": "dave@a.example <dave@example.com>"}))
                    .refused(InvalidArguments, "`personEmail`"),
                alice(json!({"teamId": team, "personId": "Dave"})).refused(Ambiguous, "guess"),
                bob(into_engineering).refused(Forbidden, ""),
                bob(json!({"teamId": team, "personId": dave})).refused(NotFound, ""),
            ],
        )
        .await;
        let nobody = json!({"teamId": team, "personEmail": "eve@example.com"});
        let error = world.call("alice", AddTeamMembership::NAME, nobody).await;
        let advice = error.unwrap_err().advice;
        assert!(
            advice.starts_with("Nobody has this id or e-mail address"),
            "{advice}"
        );
    }
}
