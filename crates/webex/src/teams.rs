//! Teams: list and read.

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

/// `GET /teams/{teamId}`.
pub static GET: Operation = Operation {
    name: "teams.get",
    method: Method::GET,
    path: "/teams/{teamId}",
    repeat: Repeat::Read,
    scopes: &["spark:teams_read"],
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
    /// The teams of this user.
    ///
    /// # Errors
    /// What Webex refused.
    pub async fn list(&self, query: &ListTeams) -> Result<Page<Team>, WebexError> {
        self.0.page(LIST.call().query(query)?).await
    }

    /// One team.
    ///
    /// # Errors
    /// [`WebexError::Refused`] with 404 where it does not exist or is not visible.
    pub async fn get(&self, team_id: &str) -> Result<Team, WebexError> {
        self.0.reply(GET.call().id(team_id)?).await
    }
}
