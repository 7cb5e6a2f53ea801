//! Names to ids, over everything that has a name.

mod lookup;
mod names;
mod render;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::tool::{Entry, ShortId, Theirs};

pub const TOOLS: &[Entry] = &[Entry::of::<names::Find>()];

/// What has a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Kind {
    Space,
    Person,
    Team,
    Meeting,
}

/// One thing of that name.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Match {
    kind: Kind,
    id: ShortId,
    name: Theirs,
    #[serde(skip_serializing_if = "Option::is_none")]
    email: Option<String>,
    /// Of a meeting.
    #[serde(skip_serializing_if = "Option::is_none")]
    start: Option<String>,
    /// Of a space.
    #[serde(skip_serializing_if = "Option::is_none")]
    last_activity: Option<String>,
    /// A direct space is called as the other person is.
    #[serde(skip)]
    is_direct: bool,
}

/// A kind of which not everything was seen.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Unseen {
    kind: Kind,
    why: String,
}

#[derive(Debug, Serialize, JsonSchema)]
pub struct Matches {
    matches: Vec<Match>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    unseen: Vec<Unseen>,
}
