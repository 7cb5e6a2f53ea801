//! Facts of an error beyond its sentences.

use serde::{Serialize, Serializer};
use url::{Position, Url};

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
    /// What tells it from others of its name, in our words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
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

/// A page of ours that the user has to open before the call can succeed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// What for and where, in words to the user.
    pub message: String,
    pub url: String,
}

impl Page {
    /// `why` is a sentence; `then` is what to do on the page, after "Open the page at …,".
    pub fn new(why: &str, url: String, then: &str) -> Self {
        let parsed = Url::parse(&url).ok();
        let host = parsed
            .as_ref()
            .map(|url| &url[Position::BeforeHost..Position::AfterPort]);
        let message = match host {
            Some(host) => format!("{why} Open the page at {host}, {then}."),
            None => format!("{why} Open the page, {then}."),
        };
        Page { message, url }
    }
}

/// Scopes that a token lacks, and the ways to them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MoreScopes {
    pub missing: Vec<&'static str>,
    /// All that the call needs.
    pub needed: Vec<&'static str>,
    /// Where the person gives them.
    pub page: Option<Page>,
    /// The client can sign in again with all that is needed.
    pub by_client: bool,
}

/// Facts of an error beyond its sentences.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Details {
    Candidates(Vec<Candidate>),
    Confirmation(Confirmation),
    Visit(Page),
    /// OAuth scopes that the token lacks.
    MissingScopes(Vec<&'static str>),
    /// OAuth scopes that the token lacks, and its person can give.
    MoreScopes(MoreScopes),
    /// Ids of what was made in Webex before the call failed.
    MadeIds(Vec<String>),
}

impl Details {
    /// The page that the user has to open first.
    pub fn page(&self) -> Option<&Page> {
        match self {
            Details::Visit(page) => Some(page),
            Details::MoreScopes(more) => more.page.as_ref(),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_says_what_for_and_where() {
        for (url, place) in [
            (
                "https://mcp.example.com/link?request=secret",
                "the page at mcp.example.com,",
            ),
            (
                "http://127.0.0.1:8484/oauth/scopes?link=x",
                "the page at 127.0.0.1:8484,",
            ),
            (
                "https://eve@mcp.example.com/",
                "the page at mcp.example.com,",
            ),
            ("nowhere", "the page,"),
        ] {
            let page = Page::new("It needs this.", url.to_owned(), "and accept there");
            let message = format!("It needs this. Open {place} and accept there.");
            assert_eq!((page.message, &*page.url), (message, url));
        }
    }
}
