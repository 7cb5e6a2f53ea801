//! Makes a member of a team its moderator, or a plain member.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use webex::{team_memberships, teams};

use super::Membership;
use super::named::Named;
use crate::error::CallError;
use crate::tool::{Context, Policy, Theirs, Tool};

/// Makes a member moderator of the team, who leads it (promotes them, gives them moderator rights
/// there), or demotes them. In a space: webex-update-membership.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Arguments {
    /// From webex-get-team-membership; stands alone.
    team_membership_id: Option<String>,
    /// Id, link or name.
    team_id: Option<String>,
    /// Id or full name of the person; needs teamId.
    person_id: Option<String>,
    /// E-mail address, instead of personId.
    #[schemars(extend("format" = "email"))]
    person_email: Option<String>,
    /// true: a moderator; false: not.
    is_moderator: bool,
}

/// A membership after a change.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Changed {
    #[serde(flatten)]
    pub(super) membership: Membership,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) team: Option<Theirs>,
    /// Was so before; nothing changed.
    pub(super) already_so: bool,
}

pub struct UpdateTeamMembership;

impl Tool for UpdateTeamMembership {
    const NAME: &'static str = "webex-update-team-membership";
    const TITLE: &'static str = "Change a member's role on a team";
    const POLICY: Policy = Policy {
        operations: &[
            &team_memberships::GET,
            &team_memberships::LIST,
            &team_memberships::UPDATE,
        ],
        courtesy: &[&teams::GET],
        idempotent: true,
        ..Policy::WRITE
    };

    type Arguments = Arguments;
    type Output = Changed;

    async fn call(context: &Context, arguments: Arguments) -> Result<Changed, CallError> {
        let team_id = arguments.team_id.as_deref();
        let named = Named::new(
            arguments.team_membership_id.as_deref(),
            team_id,
            arguments.person_id.as_deref(),
            arguments.person_email.as_deref(),
        )?;
        let is_moderator = arguments.is_moderator;
        let mut membership = named.read(context).await?;
        let already_so = membership.is_moderator == Some(is_moderator);
        if !already_so {
            let wanted = team_memberships::UpdateTeamMembership { is_moderator };
            let memberships = context.webex.team_memberships();
            membership = memberships.update(&membership.id, &wanted).await?;
        }
        let team = context.team_name(membership.team_id.as_deref()).await;
        Ok(Changed {
            membership: Membership::of(membership, team_id),
            team,
            already_so,
        })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use webex::people::ListPeople;
    use webex::team_memberships::{CreateTeamMembership, ListTeamMemberships, TeamMembership};

    use super::*;
    use crate::error::Code::{Forbidden, InvalidArguments, NotFound};
    use crate::tools::check::{World, alice, bob, by, check, whole};

    #[tokio::test]
    async fn appoints_and_dismisses_and_says_what_was_so_before() {
        let world = World::new();
        let teams = world.facts("harold", "webex-get-team", json!({})).await;
        let team = &teams["teams"][0]["id"];
        let person = world.person("carol");
        let by_person = |is: bool| json!({"teamId": team, "personId": person, "isModerator": is});
        let members = json!({"teamId": team});
        let members = world.facts("harold", "webex-get-team-membership", members);
        let members = members.await;
        let members = members["memberships"].as_array().unwrap();
        let carol = members
            .iter()
            .find(|one| whole("PEOPLE", &one["personId"]) == person);
        let id = &carol.unwrap()["id"];
        let by_id = json!({"teamMembershipId": id, "isModerator": false});
        let by_email = json!({"teamId": "Engineering", "personEmail": "CAROL@example.com", "isModerator": true});
        let moderator = json!({"id": id, "name": "Carol Diaz", "isModerator": true, "team": "Engineering", "alreadySo": false});
        check::<UpdateTeamMembership>(
            &world,
            [
                by("harold", by_person(true))
                    .answers(moderator.clone())
                    .calls(3),
                by("harold", by_person(true))
                    .answers(json!({"isModerator": true, "alreadySo": true}))
                    .calls(2),
                by("harold", by_id)
                    .answers(
                        json!({"id": id, "isModerator": null, "teamId": "*", "alreadySo": false}),
                    )
                    .calls(3),
                by("harold", by_email).answers(moderator),
            ],
        )
        .await;
    }

    #[tokio::test]
    async fn finds_a_member_behind_the_first_page() {
        let world = World::with_people(1_001);
        let made = json!({"name": "Everybody"});
        let made = world.facts("alice", "webex-create-team", made).await;
        let team_id = &whole("TEAM", &made["id"]);
        let everybody = ListPeople {
            max: Some(1_000),
            ..ListPeople::default()
        };
        let people = world.client("ada").people().list(&everybody).await.unwrap();
        let client = world.client("alice");
        let emails = people
            .items
            .into_iter()
            .filter_map(|person| person.emails?.pop());
        for email in emails.chain(["frank@example.com".to_owned()]) {
            let membership = CreateTeamMembership {
                team_id: team_id.to_owned(),
                person_email: Some(email),
                ..CreateTeamMembership::default()
            };
            let added = client.team_memberships().create(&membership).await;
            added.unwrap();
        }
        let members = ListTeamMemberships {
            team_id: team_id.to_owned(),
            max: Some(1_000),
        };
        let first = client.team_memberships().list(&members).await.unwrap();
        let next = first.next.unwrap();
        let rest = client.next_page(&team_memberships::LIST, &next);
        let rest: webex::Page<TeamMembership> = rest.await.unwrap();
        let mut rest = rest.items.into_iter();
        let last = rest.find(|member| member.is_moderator == Some(false));
        let last = json!({"teamId": team_id, "personEmail": last.unwrap().person_email, "isModerator": true});
        let nobody =
            json!({"teamId": team_id, "personEmail": "x@example.com", "isModerator": true});
        check::<UpdateTeamMembership>(
            &world,
            [
                alice(last).answers(json!({"isModerator": true})).calls(4),
                alice(nobody).refused(NotFound, "not a member").calls(2),
            ],
        )
        .await;
    }

    #[tokio::test]
    async fn refuses_no_change_no_membership_and_no_right() {
        let world = World::new();
        let teams = world.facts("harold", "webex-get-team", json!({})).await;
        let team = &teams["teams"][0]["id"];
        let of =
            |who: &str| json!({"teamId": team, "personId": world.person(who), "isModerator": true});
        let last =
            json!({"teamId": team, "personId": world.person("harold"), "isModerator": false});
        check::<UpdateTeamMembership>(
            &world,
            [
                alice(json!({"teamId": team, "personId": world.person("bob")}))
                    .refused(InvalidArguments, "`isModerator`"),
                alice(json!({"isModerator": true})).refused(InvalidArguments, "`teamMembershipId`"),
                alice(json!({"teamId": team, "isModerator": true}))
                    .refused(InvalidArguments, "`personId`"),
                alice(json!({"teamMembershipId": "M", "isModerator": true}))
                    .refused(InvalidArguments, "`teamMembershipId`"),
                alice(of("ada")).refused(NotFound, "not a member").calls(1),
                bob(of("alice")).refused(Forbidden, "").calls(2),
                by("ada", of("alice")).refused(NotFound, ""),
                by("harold", last).refused(InvalidArguments, "").calls(2),
            ],
        )
        .await;
    }
}
