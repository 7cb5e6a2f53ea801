//! How well a name has to fit, and what a list says about it: the more is done with what is found,
//! the less is guessed.

use super::names::{Found, Kind, Named, Seen, not_found};
use crate::error::{CallError, Candidate, Code, Details};
use crate::limits;
use crate::text;
use crate::tool::Effect;

/// How well a name has to fit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fit {
    /// A part of it, if there is one such thing in the whole list.
    Part,
    /// Whole words of it, if there is one such thing.
    Words,
    /// All of it.
    Whole,
}

impl Fit {
    /// The more is done with what is found, the less is guessed.
    pub(super) const fn of(effect: Effect, kind: Kind) -> Self {
        match (effect, kind) {
            (Effect::Read, _) => Fit::Part,
            // Names of people are their own choice, and Webex searches beginnings only.
            (Effect::Write, Kind::Person) | (Effect::Destroy, _) => Fit::Whole,
            (Effect::Write, _) => Fit::Words,
        }
    }

    /// Both folded already. Scripts without spaces have no words to be told apart.
    fn is_fit(self, name: &str, wanted: &str) -> bool {
        let is_word_of = |name: &str| {
            let is_inside = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
            name.match_indices(wanted).any(|(at, _)| {
                let before = name[..at].chars().next_back();
                let after = name[at + wanted.len()..].chars().next();
                !is_inside(before) && !is_inside(after)
            })
        };
        match self {
            Fit::Part => name.contains(wanted),
            Fit::Words => wanted.is_ascii() && is_word_of(name),
            Fit::Whole => name == wanted,
        }
    }
}

/// What the list says about a name: the one that is meant, or several to choose from.
pub(super) fn decide(kind: Kind, fit: Fit, wanted: &str, seen: Seen) -> Result<Found, CallError> {
    let (mut exact, near): (Vec<_>, Vec<_>) = seen
        .fitting
        .into_iter()
        .partition(|named| Fit::Whole.is_fit(&text::fold(&named.name), wanted));
    // In a list that goes on, a second person of this name may follow.
    let is_the_one = seen.whole || kind != Kind::Person || fit != Fit::Whole;
    if exact.len() == 1 && is_the_one {
        return Ok(Found::Id(exact.remove(0).id));
    }
    if exact.is_empty() && near.is_empty() && seen.whole {
        return Err(not_found(kind));
    }
    let close_enough = |named: &&Named| fit.is_fit(&text::fold(&named.name), wanted);
    let mut guesses = near.iter().filter(close_enough);
    if exact.is_empty()
        && seen.whole
        && let (Some(only), None) = (guesses.next(), guesses.next())
    {
        return Ok(Found::Id(only.id.clone()));
    }
    let word = kind.word();
    let (message, mut candidates) = match (exact.is_empty(), seen.whole, fit) {
        (false, _, _) => (format!("{} {word}s have this name.", exact.len()), exact),
        (true, false, _) => (
            format!(
                "No {word} of exactly this name is among the {} read, and there are more.",
                seen.read
            ),
            near,
        ),
        (true, true, Fit::Whole | Fit::Words) => (
            format!("No {word} has exactly this name, and a change is not made on a guess."),
            near,
        ),
        (true, true, Fit::Part) => (
            format!("The name fits {} {word}s in part.", near.len()),
            near,
        ),
    };
    candidates.truncate(limits::AMBIGUOUS_MAX_CANDIDATES);
    let candidates: Vec<_> = candidates
        .into_iter()
        .map(|Named { id, name }| Candidate {
            id,
            name: name.into(),
        })
        .collect();
    let error = CallError::new(
        Code::Ambiguous,
        message,
        "Call again with the id of the one you mean.",
    )
    .with_details(Details::Candidates(candidates.clone()));
    Ok(Found::Several(candidates, error))
}
