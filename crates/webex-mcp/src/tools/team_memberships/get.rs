//! Lists the members of a team, or reads one membership.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use webex::team_memberships::{self, ListTeamMemberships};

use super::named::lone;
use super::{Membership, api};
use crate::error::CallError;
use crate::tool::{Context, PageInfo, Part, Policy, Tool};

/// Lists the members of a team: everybody who is on the team or belongs to it, and who moderates
/// it; or reads one membership. Answers name, address and id. Presence: webex-get-person; in a
/// space: webex-get-membership.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Arguments {
    /// One membership's id; stands alone.
    team_membership_id: Option<String>,
    /// Id, link or name.
    team_id: Option<String>,
    #[serde(flatten)]
    part: Part,
}

#[derive(Debug, Serialize, JsonSchema)]
pub struct Memberships {
    pub(super) memberships: Vec<Membership>,
    pub(super) page: PageInfo,
}

pub struct GetTeamMembership;

impl Tool for GetTeamMembership {
    const NAME: &'static str = "webex-get-team-membership";
    const TITLE: &'static str = "List who is on a team";
    const POLICY: Policy = Policy {
        operations: &[&team_memberships::GET, &team_memberships::LIST],
        ..Policy::READ
    };

    type Arguments = Arguments;
    type Output = Memberships;

    async fn call(context: &Context, arguments: Arguments) -> Result<Memberships, CallError> {
        let Arguments {
            team_membership_id: id,
            team_id,
            part,
        } = arguments;
        let api = context.webex.team_memberships();
        let team_id = match (id, team_id) {
            (Some(id), None) if part == Part::default() => {
                return Ok(Memberships {
                    memberships: vec![Membership::of(api.get(&id).await?, None)],
                    page: PageInfo::whole(1),
                });
            }
            (Some(_), _) => return Err(lone()),
            (None, Some(team_id)) => team_id,
            (None, None) => {
                return Err(CallError::invalid(
                    "teamId",
                    "a team is missing; give teamId, or teamMembershipId for one membership",
                ));
            }
        };
        let part = context.opened(&part)?;
        let max = Some(part.page_size);
        let query = ListTeamMemberships { team_id, max };
        let first = || api.list(&query);
        let team = Some(query.team_id.as_str());
        let entry = |found: api::TeamMembership| Some(Membership::of(found, team));
        let listed = context.listed(&team_memberships::LIST, &query, part, first, entry);
        let (memberships, page) = listed.await?;
        Ok(Memberships { memberships, page })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::error::Code::{InvalidArguments, NotFound};
    use crate::tools::check::{World, alice, by, check, with};

    #[tokio::test]
    async fn lists_the_members_page_by_page_and_reads_one() {
        let world = World::new();
        let name = GetTeamMembership::NAME;
        let asked = json!({"teamId": "Engineering", "max": 4});
        let page = world.facts("alice", name, asked.clone()).await;
        let harold = &page["memberships"][0];
        let rest = with(asked, "cursor", page["page"]["cursor"].clone());
        let four = json!({"memberships": [
            {"name": "Harold Weber", "personEmail": "harold@example.com", "isModerator": true, "teamId": null},
            {"name": "Alice Johnson", "isModerator": null}, {}, {}], "page": {"returned": 4, "cursor": "*"}});
        let three = json!({"memberships": [{}, {}, {}], "page": {"returned": 3, "cursor": null}});
        let one = json!({"memberships": [{"id": harold["id"], "teamId": "*", "name": "Harold Weber"}], "page": {"cursor": null}});
        check::<GetTeamMembership>(
            &world,
            [
                alice(json!({"teamId": "engineering", "max": 4})).answers(four),
                alice(rest.clone()).answers(three).calls(1),
                // Only the name is looked up.
                by("bob", rest)
                    .refused(InvalidArguments, "`cursor`")
                    .calls(1),
                alice(json!({"teamMembershipId": harold["id"]}))
                    .answers(one)
                    .calls(1),
                by("ada", json!({"teamMembershipId": harold["id"]})).refused(NotFound, ""),
                by("ada", json!({"teamId": "Engineering"})).refused(NotFound, "`teamId`"),
            ],
        )
        .await;
    }

    #[tokio::test]
    async fn refuses_before_anything_is_sent() {
        let world = World::new();
        let page = json!({"teamId": "Engineering"});
        let page = world.facts("alice", GetTeamMembership::NAME, page).await;
        let one = json!({"teamMembershipId": page["memberships"][0]["id"]});
        let teams = world.facts("alice", "webex-get-team", json!({})).await;
        let team = teams["teams"][0]["id"].clone();
        let cases = [
            (json!({}), "`teamId`"),
            (
                with(one.clone(), "teamId", team.clone()),
                "`teamMembershipId`",
            ),
            (with(one, "max", 2), "`teamMembershipId`"),
            (json!({"teamMembershipId": "M"}), "`teamMembershipId`"),
            (
                json!({"teamMembershipId": webex::id::encode("us", "TEAM", uuid::Uuid::nil())}),
                "`teamMembershipId`",
            ),
            (json!({"teamId": team, "cursor": "AAAA"}), "`cursor`"),
            (json!({"teamId": team, "max": 0}), "`max`"),
            (json!({"teamId": team, "personId": "me"}), "`personId`"),
        ];
        let cases =
            cases.map(|(arguments, named)| alice(arguments).refused(InvalidArguments, named));
        check::<GetTeamMembership>(&world, cases).await;
    }
}
