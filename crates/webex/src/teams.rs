//! Teams: list, create, read, update, delete.

use http::Method;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_with::skip_serializing_none;

use crate::client::Client;
use crate::error::WebexError;
use crate::operation::{Operation, Repeat};
use crate::page::Page;

/// `GET /teams`: the teams of this user.
pub static LIST: Operation = Operation {
    name: "teams.list",
    method: Method::GET,
    path: "/teams",
    repeat: Repeat::Read,
    scopes: &["spark:teams_read"],
};

/// `POST /teams`.
pub static CREATE: Operation = Operation {
    name: "teams.create",
    method: Method::POST,
    path: "/teams",
    repeat: Repeat::Write,
    scopes: &["spark:teams_write"],
};

/// `GET /teams/{teamId}`.
pub static GET: Operation = Operation {
    name: "teams.get",
    method: Method::GET,
    path: "/teams/{teamId}",
    repeat: Repeat::Read,
    scopes: &["spark:teams_read"],
};

/// `PUT /teams/{teamId}`.
pub static UPDATE: Operation = Operation {
    name: "teams.update",
    method: Method::PUT,
    path: "/teams/{teamId}",
    repeat: Repeat::Write,
    scopes: &["spark:teams_write"],
};

/// `DELETE /teams/{teamId}`.
pub static DELETE: Operation = Operation {
    name: "teams.delete",
    method: Method::DELETE,
    path: "/teams/{teamId}",
    repeat: Repeat::Write,
    scopes: &["spark:teams_write"],
};

/// A team: a group of people with its own spaces.
#[skip_serializing_none]
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Team {
    /// The team's id.
    pub id: String,
    /// The name.
    pub name: Option<String>,
    /// The purpose.
    pub description: Option<String>,
    /// The person who created it. Webex returns it, although Cisco's document does not have it.
    pub creator_id: Option<String>,
    /// The time of creation.
    #[serde(default, with = "crate::timestamp::option")]
    pub created: Option<Timestamp>,
}

/// A team to create, or all properties that a team will have: Webex requires the name in both
/// cases.
#[skip_serializing_none]
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct TeamDetails {
    /// The name.
    pub name: String,
    /// The purpose.
    pub description: Option<String>,
}

impl TeamDetails {
    fn check(&self) -> Result<(), WebexError> {
        if self.name.trim().is_empty() {
            return Err(WebexError::invalid("name", "a team needs a name"));
        }
        Ok(())
    }
}

/// The options of [`Teams::list`].
#[skip_serializing_none]
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ListTeams {
    /// Entries per page (Webex's default: 100).
    pub max: Option<u32>,
}

/// The calls on teams; see [`Client::teams`].
#[derive(Clone, Copy, Debug)]
pub struct Teams<'a>(pub(crate) &'a Client);

impl Teams<'_> {
    /// Lists the teams of this user. Scope: `spark:teams_read`.
    ///
    /// # Errors
    /// The error that Webex returned.
    pub async fn list(&self, query: &ListTeams) -> Result<Page<Team>, WebexError> {
        self.0.page(LIST.call().query(query)?).await
    }

    /// Creates a team, with the token's owner as its first member and a General space.
    /// Scope: `spark:teams_write`.
    ///
    /// # Errors
    /// [`WebexError::Invalid`] without a name.
    pub async fn create(&self, team: &TeamDetails) -> Result<Team, WebexError> {
        team.check()?;
        self.0.reply(CREATE.call().json(team)?).await
    }

    /// Reads one team. Scope: `spark:teams_read`.
    ///
    /// # Errors
    /// [`WebexError::Refused`] with 404 where it does not exist or is not visible.
    pub async fn get(&self, team_id: &str) -> Result<Team, WebexError> {
        self.0.reply(GET.call().id(team_id)?).await
    }
    /// Changes the name or the description of a team. Scope: `spark:teams_write`.
    ///
    /// # Errors
    /// [`WebexError::Invalid`] without a name, which Webex requires even if it does not change.
    pub async fn update(&self, team_id: &str, team: &TeamDetails) -> Result<Team, WebexError> {
        team.check()?;
        self.0.reply(UPDATE.call().id(team_id)?.json(team)?).await
    }

    /// Deletes a team, which cannot be undone. Scope: `spark:teams_write`.
    ///
    /// # Errors
    /// The error that Webex returned.
    pub async fn delete(&self, team_id: &str) -> Result<(), WebexError> {
        self.0.done(DELETE.call().id(team_id)?).await
    }
}
