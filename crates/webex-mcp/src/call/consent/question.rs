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
use crate::text;
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

    /// Which of these things a name means; `title` says what is to be done with it.
    pub fn choose(title: &str, thing: &str, given: &str, candidates: &[Candidate]) -> Self {
        let options: Vec<_> = candidates
            .iter()
            .map(|candidate| json!({"const": candidate.id, "title": titled(candidate)}))
            .collect();
        let schema = json!({
            "type": "object",
            "properties": {CHOICE: {"type": "string", "title": "Which one?", "oneOf": options}},
            "required": [CHOICE],
        });
        let question = which(title, thing, given, candidates);
        Form {
            message: question.as_str().to_owned(),
            schema,
        }
    }
}

/// The question that a choice answers, for somebody who sees nothing else.
fn which(title: &str, thing: &str, given: &str, candidates: &[Candidate]) -> Question {
    let wanted = text::fold(given);
    let is_exact = |one: &Candidate| text::fold(one.name.as_str()) == wanted;
    let question = Question::new(title).and(": ");
    let question = match !candidates.iter().any(is_exact) {
        true => {
            let question = question.and("no ").and(thing).and(" is called exactly ");
            question.quote(given).and(". ")
        }
        false => question
            .and("the name ")
            .quote(given)
            .and(" may mean more than one. "),
    };
    match candidates {
        [one] => {
            let question = question.and("Is ");
            let told = one.email.as_deref().or(one.detail.as_deref());
            question.person(Some(one.name.clone()), told).and(" meant?")
        }
        _ => question.and("Which ").and(thing).and(" is meant?"),
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
    let title = match &candidate.detail {
        Some(detail) => title.and(", ").and(detail),
        None => title,
    };
    title.as_str().to_owned()
}

impl Response {
    /// What a person answered to a confirmation; `None` for what holds no yes or no.
    pub fn verdict(&self) -> Option<bool> {
        match self {
            Response::Accepted(content) => match content.get(CONFIRM)? {
                Value::Bool(is_yes) => Some(*is_yes),
                // Some clients send every value as text.
                Value::String(text) => serde_json::from_str(text).ok(),
                _ => None,
            },
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

/// The client says that its user answered, and not what.
pub fn unreadable_answer() -> CallError {
    CallError::new(
        Code::InvalidArguments,
        "The client's answer to the question could not be read, so it counts neither as a yes nor as a no; nothing was done.",
        "Call again to ask once more; the form is answered with confirm: true or false.",
    )
}

/// Nobody agreed to a thing or refused it: none of the things that were offered was meant.
pub(in crate::call) fn not_chosen() -> CallError {
    CallError::new(
        Code::Declined,
        "The user chose none of what was offered; nothing was done.",
        "Ask the user which one they mean, and call again with its full name or id.",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_yes_or_no_may_be_text_and_anything_else_is_neither() {
        for (confirm, verdict) in [
            (json!(true), Some(true)),
            (json!(false), Some(false)),
            (json!("true"), Some(true)),
            (json!(" false "), Some(false)),
            (json!("yes"), None),
            (json!(""), None),
            (json!(1), None),
            (json!("1"), None),
            (json!(null), None),
            (json!(["true"]), None),
        ] {
            let content = Map::from_iter([(CONFIRM.to_owned(), confirm.clone())]);
            let answer = Response::Accepted(content);
            assert_eq!(answer.verdict(), verdict, "{confirm}");
        }
        assert_eq!(Response::Accepted(Map::new()).verdict(), None);
        assert_eq!(Response::Declined.verdict(), Some(false));
        assert_eq!(Response::Cancelled.verdict(), Some(false));
    }

    #[test]
    fn a_choice_is_understood_alone() {
        let candidate = |name: &str, email: Option<&str>| Candidate {
            id: "1".to_owned(),
            name: name.into(),
            email: email.map(str::to_owned),
            detail: None,
        };
        let bob = candidate("Bob Smith", Some("bob@example.com"));
        let spaces = [candidate("Project A", None), candidate("Project B", None)];
        let detail = Some("a series, 2026-01-05T09:30:00Z".to_owned());
        let standup = Candidate {
            detail,
            ..candidate("Daily Standup", None)
        };
        for (asked, expected) in [
            (
                Form::choose(
                    "Send a message",
                    "person",
                    "Bob",
                    std::slice::from_ref(&bob),
                ),
                "Send a message: no person is called exactly “Bob”. Is “Bob Smith” (bob@example.com) meant?",
            ),
            (
                Form::choose("Send a message", "person", "bob smith", &[bob]),
                "Send a message: the name “bob smith” may mean more than one. Is “Bob Smith” (bob@example.com) meant?",
            ),
            (
                Form::choose("Read messages", "space", "Proj", &spaces),
                "Read messages: no space is called exactly “Proj”. Which space is meant?",
            ),
            (
                Form::choose("Delete a meeting", "meeting", "Sync", &spaces),
                "Delete a meeting: no meeting is called exactly “Sync”. Which meeting is meant?",
            ),
            (
                Form::choose("Delete a meeting", "meeting", "Stand", &[standup]),
                "Delete a meeting: no meeting is called exactly “Stand”. Is “Daily Standup” (a series, 2026-01-05T09:30:00Z) meant?",
            ),
        ] {
            assert_eq!(asked.message, expected);
        }
    }

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
                detail: None,
            };
            let form = Form::choose("Send a message", "person", "Bob", &[candidate]);
            let shown = &form.schema["properties"][CHOICE]["oneOf"][0]["title"];
            assert_eq!(shown, expected);
        }
    }
}
