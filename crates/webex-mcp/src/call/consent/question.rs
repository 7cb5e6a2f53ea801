//! A question to the caller's user: how each kind of client is asked, the form of the question, and
//! the answer.
//!
//! Three kinds of client: one that answers in rounds (2026-07-28: we end the request with
//! "input required" and a sealed state, the client repeats it with the answers), one on a session
//! that is asked while its call waits, and one that cannot be asked at all.

use std::fmt;

use futures::future::BoxFuture;
use serde::Serialize;
use serde_json::{Map, Value, json};

use crate::error::{CallError, Candidate, Code, Page};
use crate::tool::Question;

/// How this caller can be asked.
#[derive(Debug)]
pub enum Ask {
    /// In rounds; `previous` is what the client brought back from the last round.
    Rounds { previous: Option<Round> },
    /// While the call waits.
    Session(Box<dyn Elicit>),
    /// Not at all: an error says what to pass instead.
    Nobody,
}

/// What a client brought back: our sealed state, and the answer to our only question.
#[derive(Clone)]
pub struct Round {
    pub state: String,
    pub response: Option<Response>,
}

/// With its state, somebody else could answer.
impl fmt::Debug for Round {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Round")
            .field("response", &self.response)
            .finish_non_exhaustive()
    }
}

/// An answer to a form.
#[derive(Clone, PartialEq, Eq)]
pub enum Response {
    Accepted(Map<String, Value>),
    Declined,
    Cancelled,
}

/// What a person wrote into a form is not printed.
impl fmt::Debug for Response {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Response::Accepted(_) => "Accepted",
            Response::Declined => "Declined",
            Response::Cancelled => "Cancelled",
        })
    }
}

/// A way to ask on a session; the implementation bounds the wait.
pub trait Elicit: Send + Sync + std::fmt::Debug {
    fn ask<'a>(&'a self, form: &'a Form) -> BoxFuture<'a, Result<Response, CallError>>;

    /// Shows the address of a page; "accepted" means that the user goes there.
    ///
    /// # Errors
    /// The client shows no pages, or went away.
    fn visit<'a>(&'a self, _page: &'a Page) -> BoxFuture<'a, Result<Response, CallError>> {
        Box::pin(async { Err(CallError::internal("this client shows no pages")) })
    }
}

/// One question as a form: a sentence and a flat schema of one property.
#[derive(Clone, PartialEq, Serialize)]
pub struct Form {
    pub message: String,
    pub schema: Value,
}

/// A question quotes what people wrote, so it is not printed.
impl fmt::Debug for Form {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Form({} bytes)", self.message.len())
    }
}

/// The only property of each of our forms.
const CONFIRM: &str = "confirm";
const CHOICE: &str = "choice";

impl Form {
    pub fn confirm(question: &Question) -> Self {
        let message = question.as_str().to_owned();
        let schema = json!({
            "type": "object",
            "properties": {CONFIRM: {"type": "boolean", "title": "Yes, do it", "default": false}},
            "required": [CONFIRM],
        });
        Form { message, schema }
    }

    pub fn choose(thing: &str, candidates: &[Candidate]) -> Self {
        let options: Vec<_> = candidates
            .iter()
            .map(|candidate| json!({"const": candidate.id, "title": titled(candidate)}))
            .collect();
        let things = match thing {
            "person" => "people",
            "team" => "teams",
            "meeting" => "meetings",
            _ => "spaces",
        };
        let schema = json!({
            "type": "object",
            "properties": {CHOICE: {"type": "string", "title": "Which one?", "oneOf": options}},
            "required": [CHOICE],
        });
        Form {
            message: format!("Several {things} fit the name that was given. Which one is meant?"),
            schema,
        }
    }
}

/// A choice as a person sees it. People choose their own names: the address stands first, and the
/// name in a quotation that it cannot leave.
fn titled(candidate: &Candidate) -> String {
    let address = candidate.email.as_deref().unwrap_or_default();
    let title = Question::new(address);
    let title = match address {
        "" => title,
        _ => title.and(" "),
    };
    let title = title.quote(candidate.name.clone());
    title.as_str().to_owned()
}

impl Response {
    /// Whether a person said yes to a confirmation.
    pub fn confirmed(&self) -> bool {
        matches!(self, Response::Accepted(content) if content.get(CONFIRM) == Some(&Value::Bool(true)))
    }

    /// What a person answered to a confirmation; `None` for an answer to another form.
    pub fn verdict(&self) -> Option<bool> {
        match self {
            Response::Accepted(content) => content.get(CONFIRM)?.as_bool(),
            Response::Declined | Response::Cancelled => Some(false),
        }
    }

    /// The candidate that a person chose, if it was among those offered.
    pub fn chosen<'a>(&self, candidates: impl IntoIterator<Item = &'a str>) -> Option<String> {
        let Response::Accepted(content) = self else {
            return None;
        };
        let id = content.get(CHOICE)?.as_str()?;
        candidates
            .into_iter()
            .find(|candidate| *candidate == id)
            .map(str::to_owned)
    }
}

pub(in crate::call) fn declined() -> CallError {
    CallError::new(
        Code::Declined,
        "The user did not agree; nothing was done.",
        "Do not repeat the call; ask the user what they want instead.",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_in_a_choice_cannot_pass_for_an_address() {
        for (name, email, expected) in [
            (
                "Bob Smith",
                Some("bob@example.com"),
                "bob@example.com “Bob Smith”",
            ),
            (
                "Bob Smith <bob@example.com>",
                Some("eve@elsewhere.example"),
                "eve@elsewhere.example “Bob Smith <bob@example.com>”",
            ),
            (
                "” bob@example.com “\nBob",
                Some("eve@elsewhere.example"),
                "eve@elsewhere.example “' bob@example.com ' Bob”",
            ),
            ("bob@example.com “Bob”", None, "“bob@example.com 'Bob'”"),
        ] {
            let candidate = Candidate {
                id: "1".to_owned(),
                name: name.into(),
                email: email.map(str::to_owned),
            };
            let form = Form::choose("person", &[candidate]);
            let shown = &form.schema["properties"][CHOICE]["oneOf"][0]["title"];
            assert_eq!(shown, expected);
        }
    }
}
