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

/// A team: a group of people with spaces of its own.
#[skip_serializing_none]
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Team {
    /// The team's id.
    pub id: String,
    /// What people call it.
    pub name: Option<String>,
    /// What it is for.
    pub description: Option<String>,
    /// Who made it. Not in Cisco's document, but answered.
    pub creator_id: Option<String>,
    /// When it was made.
    #[serde(default, with = "crate::timestamp::option")]
    pub created: Option<Timestamp>,
}

/// A team to make, or a team's properties as they shall be: Webex demands the name in both.
#[skip_serializing_none]
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct TeamDetails {
    /// What people call it.
    pub name: String,
    /// What it is for.
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

/// What [`Teams::list`] is asked.
#[skip_serializing_none]
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ListTeams {
    /// Entries of a page; Webex's default is 100.
    pub max: Option<u32>,
}

/// The calls on teams; see [`Client::teams`].
#[derive(Clone, Copy, Debug)]
pub struct Teams<'a>(pub(crate) &'a Client);

impl Teams<'_> {
    /// The teams of this user. Scope: `spark:teams_read`.
    ///
    /// # Errors
    /// What Webex refused.
    pub async fn list(&self, query: &ListTeams) -> Result<Page<Team>, WebexError> {
        self.0.page(LIST.call().query(query)?).await
    }

    /// Makes a team, with the token's owner as its first member and a General space.
    /// Scope: `spark:teams_write`.
    ///
    /// # Errors
    /// [`WebexError::Invalid`] without a name.
    pub async fn create(&self, team: &TeamDetails) -> Result<Team, WebexError> {
        team.check()?;
        self.0.reply(CREATE.call().json(team)?).await
    }

    /// One team. Scope: `spark:teams_read`.
    ///
    /// # Errors
    /// [`WebexError::Refused`] with 404 where it does not exist or is not visible.
    pub async fn get(&self, team_id: &str) -> Result<Team, WebexError> {
        self.0.reply(GET.call().id(team_id)?).await
    }
    /// Renames or describes a team. Scope: `spark:teams_write`.
    ///
    /// # Errors
    /// [`WebexError::Invalid`] without a name, which Webex demands also where it stays.
    pub async fn update(&self, team_id: &str, team: &TeamDetails) -> Result<Team, WebexError> {
        team.check()?;
        self.0.reply(UPDATE.call().id(team_id)?.json(team)?).await
    }

    /// Deletes a team, which cannot be undone. Scope: `spark:teams_write`.
    ///
    /// # Errors
    /// What Webex refused.
    pub async fn delete(&self, team_id: &str) -> Result<(), WebexError> {
        self.0.done(DELETE.call().id(team_id)?).await
    }
}
