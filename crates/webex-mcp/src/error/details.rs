//! Facts of an error beyond its sentences.

use serde::{Serialize, Serializer};

use crate::text::{ShortId, Theirs};

/// One of the things that a name could mean.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Candidate {
    /// The id to pass in place of the name; answers show it short.
    #[serde(serialize_with = "short")]
    pub id: String,
    /// The name that people gave it.
    pub name: Theirs,
    /// Only people have an address; nobody else can have the same one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
}

fn short<S: Serializer>(id: &str, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&ShortId::from(id))
}

/// What a caller needs to confirm with its next call, if it cannot be asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Confirmation {
    /// Pass it as `confirmationToken`, with the same arguments; it works once.
    pub confirmation_token: String,
    /// The question for the user.
    pub question: Theirs,
}

/// Scopes that a token lacks, and the ways to them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MoreScopes {
    pub missing: Vec<&'static str>,
    /// All that the call needs.
    pub needed: Vec<&'static str>,
    /// The page on which the person gives them.
    pub url: Option<String>,
    /// The client can sign in again with all that is needed.
    pub by_client: bool,
}

/// Facts of an error beyond its sentences.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Details {
    Candidates(Vec<Candidate>),
    Confirmation(Confirmation),
    /// A page that the user has to open before the call can succeed.
    Visit(String),
    /// OAuth scopes that the token lacks.
    MissingScopes(Vec<&'static str>),
    /// OAuth scopes that the token lacks, and its person can give.
    MoreScopes(MoreScopes),
    /// Ids of what was made in Webex before the call failed.
    MadeIds(Vec<String>),
    /// The work that tells what became of the call.
    Work(String),
}
