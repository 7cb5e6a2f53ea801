//! Reads one team, or lists the caller's.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use webex::teams::{self, ListTeams};

use super::Team;
use crate::error::CallError;
use crate::tool::{Context, PageInfo, Part, Policy, Tool};

/// Lists the teams of which you are a member (to which you belong), or shows one. Answers name,
/// description and id. Its members: webex-get-team-membership.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Arguments {
    /// Id, link or name of one team; stands alone.
    team_id: Option<String>,
    #[serde(flatten)]
    part: Part,
}

#[derive(Debug, Serialize, JsonSchema)]
pub struct Teams {
    pub(super) teams: Vec<Team>,
    pub(super) page: PageInfo,
}

pub struct GetTeam;

impl Tool for GetTeam {
    const NAME: &'static str = "webex-get-team";
    const TITLE: &'static str = "List your teams, or read one";
    const POLICY: Policy = Policy {
        operations: &[&teams::GET, &teams::LIST],
        ..Policy::READ
    };

    type Arguments = Arguments;
    type Output = Teams;

    async fn call(context: &Context, arguments: Arguments) -> Result<Teams, CallError> {
        let Arguments { team_id, part } = arguments;
        let teams = context.webex.teams();
        if let Some(id) = team_id {
            if part != Part::default() {
                return Err(CallError::invalid(
                    "teamId",
                    "it names one team; leave out max and cursor, or leave it out for a list",
                ));
            }
            return Ok(Teams {
                teams: vec![teams.get(&id).await?.into()],
                page: PageInfo::whole(1),
            });
        }
        let part = context.opened(&part)?;
        let query = ListTeams {
            max: Some(part.page_size),
        };
        let first = || teams.list(&query);
        let entry = |team: teams::Team| Some(team.into());
        let listed = context.listed(&teams::LIST, &query, part, first, entry);
        let (teams, page) = listed.await?;
        Ok(Teams { teams, page })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::error::Code::{InvalidArguments, NotFound};
    use crate::tools::check::{World, alice, by, check, with};

    #[tokio::test]
    async fn reads_one_by_id_or_name_and_lists_ones_own() {
        let world = World::new();
        let found = world.facts("alice", GetTeam::NAME, json!({})).await;
        let id = &found["teams"][0]["id"];
        let one = json!({"teams": [{"id": id, "name": "Engineering"}], "page": {"returned": 1, "cursor": null}});
        check::<GetTeam>(
            &world,
            [
                alice(json!({})).answers(one.clone()).calls(1),
                alice(json!({"teamId": id})).answers(one.clone()).calls(1),
                alice(json!({"teamId": "engineering"}))
                    .answers(one)
                    .calls(2),
                // Ada is in no team.
                by("ada", json!({})).answers(json!({"teams": [], "page": {"returned": 0}})),
                by("ada", json!({"teamId": id})).refused(NotFound, ""),
                by("ada", json!({"teamId": "Engineering"})).refused(NotFound, "`teamId`"),
            ],
        )
        .await;
    }

    #[tokio::test]
    async fn goes_on_by_cursor_to_the_end() {
        let world = World::new();
        for name in ["Two", "Three"] {
            let made = json!({"name": name});
            world.facts("alice", "webex-create-team", made).await;
        }
        let (mut names, mut cursor) = (Vec::new(), Value::Null);
        for _ in 0..3 {
            let asked = json!({"max": 1, "cursor": cursor});
            let page = world.facts("alice", GetTeam::NAME, asked).await;
            names.push(page["teams"][0]["name"].clone());
            cursor = page["page"]["cursor"].clone();
        }
        assert_eq!(names, ["Engineering", "Two", "Three"]);
        assert_eq!(cursor, Value::Null);
    }

    #[tokio::test]
    async fn refuses_before_anything_is_sent() {
        let world = World::new();
        let found = world.facts("alice", GetTeam::NAME, json!({})).await;
        let one = json!({"teamId": found["teams"][0]["id"]});
        let cases = [
            (with(one.clone(), "max", 5), "`teamId`"),
            (with(one, "cursor", "AAAA"), "`teamId`"),
            (json!({"cursor": "AAAA"}), "`cursor`"),
            (json!({"max": 0}), "`max`"),
            (json!({"max": 101}), "`max`"),
            (json!({"name": "Engineering"}), "`name`"),
            (json!({"teamId": world.person("bob")}), "`teamId`"),
        ];
        let cases =
            cases.map(|(arguments, named)| alice(arguments).refused(InvalidArguments, named));
        check::<GetTeam>(&world, cases).await;
    }
}
