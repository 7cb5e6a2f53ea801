//! Facts beyond the sentence, where an error has some.

use serde::Serialize;

use crate::text::Theirs;

/// One of the things a name could have meant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Candidate {
    /// What to pass instead of the name.
    pub id: String,
    /// What people call it.
    pub name: Theirs,
    /// Of a person: the address, which nobody else can have.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
}

/// What a caller that cannot be asked needs in order to confirm with its next call.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Confirmation {
    /// Pass it as `confirmationToken`, with the same arguments; it works once.
    pub confirmation_token: String,
    /// What to ask the user.
    pub question: Theirs,
}

/// Facts beyond the sentence, where an error has some.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Details {
    Candidates(Vec<Candidate>),
    Confirmation(Confirmation),
    /// A page that the user has to open before the call can succeed.
    Visit(String),
    /// OAuth scopes that the token lacks.
    MissingScopes(Vec<&'static str>),
    /// Ids of what was made in Webex before the call failed.
    MadeIds(Vec<String>),
}
