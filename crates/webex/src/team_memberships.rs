//! Team memberships: the people in each team.

use http::Method;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_with::skip_serializing_none;

use crate::client::Client;
use crate::error::{FieldErrors, WebexError};
use crate::operation::{Operation, Repeat};
use crate::page::Page;

/// `GET /team/memberships`
pub static LIST: Operation = Operation {
    name: "team_memberships.list",
    method: Method::GET,
    path: "/team/memberships",
    repeat: Repeat::Read,
    scopes: &["spark:team_memberships_read"],
};

/// `POST /team/memberships`
pub static CREATE: Operation = Operation {
    name: "team_memberships.create",
    method: Method::POST,
    path: "/team/memberships",
    repeat: Repeat::Write,
    scopes: &["spark:team_memberships_write"],
};

/// `GET /team/memberships/{membershipId}`
pub static GET: Operation = Operation {
    name: "team_memberships.get",
    method: Method::GET,
    path: "/team/memberships/{membershipId}",
    repeat: Repeat::Read,
    scopes: &["spark:team_memberships_read"],
};

/// `PUT /team/memberships/{membershipId}`
pub static UPDATE: Operation = Operation {
    name: "team_memberships.update",
    method: Method::PUT,
    path: "/team/memberships/{membershipId}",
    repeat: Repeat::Write,
    scopes: &["spark:team_memberships_write"],
};

/// `DELETE /team/memberships/{membershipId}`
pub static DELETE: Operation = Operation {
    name: "team_memberships.delete",
    method: Method::DELETE,
    path: "/team/memberships/{membershipId}",
    repeat: Repeat::Write,
    scopes: &["spark:team_memberships_write"],
};

/// One person in one team.
#[skip_serializing_none]
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TeamMembership {
    /// The membership's id.
    pub id: String,
    /// The team.
    pub team_id: Option<String>,
    /// The person.
    pub person_id: Option<String>,
    /// The person's address.
    pub person_email: Option<String>,
    /// The person's name.
    pub person_display_name: Option<String>,
    /// The person's organization.
    pub person_org_id: Option<String>,
    /// The person moderates the team.
    pub is_moderator: Option<bool>,
    /// The time of creation.
    #[serde(default, with = "crate::timestamp::option")]
    pub created: Option<Timestamp>,
    /// Fields that Webex could not deliver.
    pub errors: Option<FieldErrors>,
}

/// A person to add to a team; needs the person's id or address.
#[skip_serializing_none]
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CreateTeamMembership {
    /// The team.
    pub team_id: String,
    /// The person.
    pub person_id: Option<String>,
    /// The person's address.
    pub person_email: Option<String>,
    /// The person becomes a moderator.
    pub is_moderator: Option<bool>,
}

/// A team membership's properties.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct UpdateTeamMembership {
    /// The person moderates the team.
    pub is_moderator: bool,
}

/// Selects team memberships.
#[skip_serializing_none]
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ListTeamMemberships {
    /// The team, which Webex requires.
    pub team_id: String,
    /// Entries per page (Webex's default: 100).
    pub max: Option<u32>,
}

/// The calls of this noun. A failed call returns a [`WebexError`]; after `Invalid` and `Foreign`,
/// nothing was sent.
#[derive(Clone, Copy, Debug)]
pub struct TeamMemberships<'a>(pub(crate) &'a Client);

impl TeamMemberships<'_> {
    /// Lists the members of a team. Scope: `spark:team_memberships_read`.
    pub async fn list(
        &self,
        query: &ListTeamMemberships,
    ) -> Result<Page<TeamMembership>, WebexError> {
        check_team(&query.team_id)?;
        self.0.page(LIST.call().query(query)?).await
    }

    /// Adds a person to a team, and so to its General space.
    /// Scope: `spark:team_memberships_write`.
    pub async fn create(
        &self,
        membership: &CreateTeamMembership,
    ) -> Result<TeamMembership, WebexError> {
        check_team(&membership.team_id)?;
        if membership.person_id.is_some() == membership.person_email.is_some() {
            return Err(WebexError::invalid(
                "personId",
                "give either personId or personEmail",
            ));
        }
        self.0.reply(CREATE.call().json(membership)?).await
    }

    /// Reads one team membership. Scope: `spark:team_memberships_read`.
    pub async fn get(&self, membership_id: &str) -> Result<TeamMembership, WebexError> {
        self.0.reply(GET.call().id(membership_id)?).await
    }

    /// Makes a person a moderator of the team, or removes that role.
    /// Scope: `spark:team_memberships_write`.
    pub async fn update(
        &self,
        membership_id: &str,
        membership: &UpdateTeamMembership,
    ) -> Result<TeamMembership, WebexError> {
        self.0
            .reply(UPDATE.call().id(membership_id)?.json(membership)?)
            .await
    }

    /// Removes a person from a team. Webex refuses this for the team's last moderator.
    /// Scope: `spark:team_memberships_write`.
    pub async fn delete(&self, membership_id: &str) -> Result<(), WebexError> {
        self.0.done(DELETE.call().id(membership_id)?).await
    }
}

fn check_team(team_id: &str) -> Result<(), WebexError> {
    if team_id.is_empty() {
        return Err(WebexError::invalid("teamId", "it is empty"));
    }
    Ok(())
}
