//! Makes a team, with the caller as its first member and moderator.

use schemars::JsonSchema;
use serde::Deserialize;
use webex::teams::{self, TeamDetails};

use super::Created;
use crate::error::CallError;
use crate::tool::{Context, Policy, Tool};

/// Creates (starts, makes, sets up) a new team: people who share several spaces; you moderate it.
/// Answers its id. Its people: webex-add-team-membership; its spaces: webex-create-space.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Arguments {
    /// The name.
    name: String,
    /// What it is for.
    description: Option<String>,
}

pub struct CreateTeam;

impl Tool for CreateTeam {
    const NAME: &'static str = "webex-create-team";
    const TITLE: &'static str = "Create a team";
    const POLICY: Policy = Policy {
        operations: &[&teams::CREATE],
        ..Policy::WRITE
    };

    type Arguments = Arguments;
    type Output = Created;

    async fn call(context: &Context, arguments: Arguments) -> Result<Created, CallError> {
        let team = TeamDetails {
            name: arguments.name,
            description: arguments.description,
        };
        let team = context.webex.teams().create(&team).await?;
        Ok(Created(team.into()))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::error::Code::{Forbidden, InvalidArguments};
    use crate::tools::check::{World, alice, by, check};

    #[tokio::test]
    async fn creates_with_one_call_what_was_asked_for() {
        let world = World::new();
        let described = json!({"name": "Marketing", "description": "Launches"});
        check::<CreateTeam>(
            &world,
            [
                alice(described)
                    .answers(json!({"id": "*", "name": "Marketing", "description": "Launches"}))
                    .calls(1),
                alice(json!({"name": "Sales"}))
                    .answers(json!({"name": "Sales", "description": null})),
                by("alice-read", json!({"name": "Sales"})).refused(Forbidden, ""),
            ],
        )
        .await;
        // The creator moderates it, and it has its first space.
        let members = json!({"teamId": "Marketing"});
        let members = world
            .facts("alice", "webex-get-team-membership", members)
            .await;
        assert_eq!(members["memberships"][0]["isModerator"], true);
        let spaces = json!({"teamId": "Marketing"});
        let spaces = world.facts("alice", "webex-get-space", spaces).await;
        assert_eq!(spaces["spaces"][0]["title"], "General");
    }

    #[tokio::test]
    async fn refuses_before_anything_is_sent() {
        let cases = [
            (json!({}), "`name`"),
            (json!({"name": " "}), "`name`"),
            (json!({"name": ""}), "`name`"),
            (json!({"name": true}), "`name`"),
            (json!({"name": "\u{200b}"}), "`name`: it is empty"),
            (json!({"name": "A", "members": ["Bob"]}), "`members`"),
        ];
        let cases =
            cases.map(|(arguments, named)| alice(arguments).refused(InvalidArguments, named));
        check::<CreateTeam>(&World::new(), cases).await;
    }
}
