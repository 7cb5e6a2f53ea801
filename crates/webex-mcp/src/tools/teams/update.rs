//! Changes a team's name or description.

use schemars::JsonSchema;
use serde::Deserialize;
use webex::teams::{self, TeamDetails};

use super::Changed;
use crate::error::CallError;
use crate::tool::{Context, Policy, Tool};

/// Renames a team (changes how it is called), or changes its description. The rest stays. Roles in
/// it: webex-update-team-membership.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Arguments {
    /// Id, link or name.
    team_id: String,
    /// The name.
    name: Option<String>,
    /// Empty clears it.
    #[schemars(length(min = 0))]
    description: Option<String>,
}

pub struct UpdateTeam;

impl Tool for UpdateTeam {
    const NAME: &'static str = "webex-update-team";
    const TITLE: &'static str = "Change a team";
    const POLICY: Policy = Policy {
        operations: &[&teams::GET, &teams::UPDATE],
        idempotent: true,
        ..Policy::WRITE
    };

    type Arguments = Arguments;
    type Output = Changed;

    async fn call(context: &Context, arguments: Arguments) -> Result<Changed, CallError> {
        let (id, teams) = (&arguments.team_id, context.webex.teams());
        let description = arguments.description.map(clearing);
        let team = match (arguments.name, description) {
            (None, None) => {
                return Err(CallError::invalid(
                    "name",
                    "there is nothing to change; give name, description or both",
                ));
            }
            (Some(name), _) if name.trim().is_empty() => {
                return Err(CallError::invalid("name", "a team needs a name"));
            }
            (Some(name), Some(description)) => TeamDetails {
                name,
                description: Some(description),
            },
            // Webex wants the whole each time.
            (name, description) => {
                let present = teams.get(id).await?;
                // Where the name cannot be told, the description cannot either, and would be lost.
                if present.name.is_none() {
                    return Err(CallError::invalid(
                        "name",
                        "what this team has now cannot be told here; give both name and description",
                    ));
                }
                TeamDetails {
                    name: name.or(present.name).unwrap_or_default(),
                    description: description.or(present.description),
                }
            }
        };
        Ok(Changed(teams.update(id, &team).await?.into()))
    }
}

/// Webex takes an empty description for none given; a blank clears it.
fn clearing(text: String) -> String {
    if text.is_empty() { " ".into() } else { text }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::error::Code::{Ambiguous, Forbidden, InvalidArguments, NotFound};
    use crate::tools::check::{World, alice, bob, by, check};

    #[tokio::test]
    async fn changes_what_is_named_and_keeps_the_rest() {
        let world = World::new();
        let made = json!({"name": "Marketing", "description": "Launches"});
        let made = world.facts("alice", "webex-create-team", made).await;
        let id = &made["id"];
        let described = json!({"teamId": "Brand", "description": "Logos"});
        let both = json!({"teamId": id, "name": "Design", "description": "Both"});
        check::<UpdateTeam>(
            &world,
            [
                alice(json!({"teamId": id, "name": "Brand"}))
                    .answers(json!({"id": id, "name": "Brand", "description": "Launches"}))
                    .calls(2),
                alice(described)
                    .answers(json!({"name": "Brand", "description": "Logos"}))
                    .calls(3),
                alice(both)
                    .answers(json!({"name": "Design", "description": "Both"}))
                    .calls(1),
                alice(json!({"teamId": id, "description": ""}))
                    .answers(json!({"name": "Design", "description": null})),
            ],
        )
        .await;
    }

    #[tokio::test]
    async fn refuses_what_changes_nothing_or_is_not_allowed() {
        let world = World::new();
        let found = world.facts("alice", "webex-get-team", json!({})).await;
        let id = &found["teams"][0]["id"];
        let renamed = json!({"teamId": id, "name": "Mine"});
        check::<UpdateTeam>(
            &world,
            [
                alice(json!({"teamId": id})).refused(InvalidArguments, "`name`"),
                alice(json!({"name": "A"})).refused(InvalidArguments, "`teamId`"),
                alice(json!({"teamId": id, "name": " "})).refused(InvalidArguments, "`name`"),
                // A part of a name is enough to read, and not to change.
                alice(json!({"teamId": "Engin", "name": "A"}))
                    .refused(Ambiguous, "guess")
                    .calls(1),
                bob(renamed.clone()).refused(Forbidden, ""),
                by("ada", renamed).refused(NotFound, ""),
            ],
        )
        .await;
    }
}
