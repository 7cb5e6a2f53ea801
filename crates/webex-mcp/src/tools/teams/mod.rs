//! Teams: groups of people with spaces of their own. What they look like in answers.

mod closing;
mod create;
mod delete;
mod get;
mod render;
mod update;

use schemars::JsonSchema;
use serde::Serialize;
use webex::teams as api;

use crate::tool::{Entry, Row, ShortId, Theirs, lengths};

pub const TOOLS: &[Entry] = &[
    Entry::of::<create::CreateTeam>(),
    Entry::of::<get::GetTeam>(),
    Entry::of::<update::UpdateTeam>(),
    Entry::of::<delete::DeleteTeam>(),
];

/// A team as an answer tells it.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Team {
    /// Short id.
    id: ShortId,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<Theirs>,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<Theirs>,
    #[serde(skip_serializing_if = "Option::is_none")]
    created: Option<String>,
}

impl From<api::Team> for Team {
    fn from(team: api::Team) -> Self {
        // A cleared description is a blank.
        let description = team.description.filter(|text| !text.trim().is_empty());
        Team {
            id: team.id.into(),
            name: team.name.map(Theirs::from),
            description: description.map(Theirs::from),
            created: team.created.map(|time| time.to_string()),
        }
    }
}

impl Row for Team {
    fn bytes(&self) -> usize {
        let theirs = [&self.name, &self.description].into_iter().flatten();
        self.id.len()
            + lengths([self.created.as_deref()])
            + theirs.map(Theirs::shown_bytes).sum::<usize>()
    }
}

/// A team that was made.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(transparent)]
pub struct Created(Team);

/// A team after a change.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(transparent)]
pub struct Changed(Team);
