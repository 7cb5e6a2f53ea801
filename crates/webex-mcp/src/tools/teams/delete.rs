//! Deletes a team; the question says what goes with it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use webex::{people, rooms, team_memberships, teams};

use super::closing::question;
use crate::error::CallError;
use crate::tool::{Context, Policy, Question, Theirs, Tool};

/// Deletes (dissolves, disbands, gets rid of) a whole team, for all its members; its spaces are
/// archived or deleted with it. The user confirms first. For one person:
/// webex-remove-team-membership.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Arguments {
    /// Id, link or exact name.
    team_id: String,
}

#[derive(Debug, Serialize, JsonSchema)]
pub struct Deleted {
    pub(super) deleted: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) name: Option<Theirs>,
}

pub struct DeleteTeam;

impl Tool for DeleteTeam {
    const NAME: &'static str = "webex-delete-team";
    const TITLE: &'static str = "Delete a team";
    const POLICY: Policy = Policy {
        operations: &[&teams::DELETE, &teams::GET],
        courtesy: &[&people::ME, &team_memberships::LIST, &rooms::LIST],
        ..Policy::DESTROY
    };

    type Arguments = Arguments;
    type Output = Deleted;

    async fn call(context: &Context, arguments: Arguments) -> Result<Deleted, CallError> {
        let id = &arguments.team_id;
        // Nobody can read it afterwards.
        let name = context.team_name(Some(id)).await;
        context.webex.teams().delete(id).await?;
        let deleted = true;
        Ok(Deleted { deleted, name })
    }

    async fn question(
        context: &Context,
        arguments: &Arguments,
    ) -> Result<Option<Question>, CallError> {
        question(context, &arguments.team_id).await.map(Some)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use webex_sandbox::Fault;

    use super::*;
    use crate::error::Code::{Ambiguous, Forbidden, InvalidArguments, NotFound};
    use crate::tools::check::{World, alice, bob, by, check};

    async fn asked(world: &World, who: &str, team: &str) -> String {
        let asked = world.call(who, DeleteTeam::NAME, json!({"teamId": team}));
        let body = serde_json::to_value(asked.await.unwrap_err().body()).unwrap();
        body["question"].as_str().unwrap().to_owned()
    }

    #[tokio::test]
    async fn the_question_says_what_goes_and_for_how_many() {
        let world = World::new();
        let question = "Delete the team “Engineering” with its 7 members, for everybody? Its spaces (you are in 2) close with it: Webex archives or deletes them. This cannot be undone.";
        assert_eq!(asked(&world, "harold", "Engineering").await, question);
        // What the token may not count is left out.
        let faults = world.sandbox.faults();
        faults.next_on(1, "GET", "/v1/rooms", Fault::status(403));
        faults.next_on(1, "GET", "/v1/team/memberships", Fault::status(403));
        let question = "Delete the team “Engineering”, for everybody? Its spaces close with it: Webex archives or deletes them. This cannot be undone.";
        assert_eq!(asked(&world, "harold", "Engineering").await, question);
    }

    #[tokio::test]
    async fn asks_then_deletes_once() {
        let world = World::new();
        let made = json!({"name": "Marketing"});
        let made = world.facts("alice", "webex-create-team", made).await;
        let id = json!({"teamId": made["id"]});
        let found = world.facts("alice", "webex-get-team", json!({"teamId": "Engineering"}));
        let engineering = json!({"teamId": found.await["teams"][0]["id"]});
        check::<DeleteTeam>(
            &world,
            [
                alice(id.clone())
                    .confirmed()
                    .answers(json!({"deleted": true, "name": "Marketing"}))
                    .calls(6),
                alice(id).refused(NotFound, ""),
                by("harold", json!({"teamId": "Engineer"})).refused(Ambiguous, "guess"),
                alice(json!({})).refused(InvalidArguments, "`teamId`"),
                bob(engineering.clone())
                    .refused(Forbidden, "only the moderators of the team")
                    .calls(4),
                by("ada", engineering).refused(NotFound, ""),
            ],
        )
        .await;
    }
}
