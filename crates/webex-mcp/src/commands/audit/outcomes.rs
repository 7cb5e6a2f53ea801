//! The words of `--outcome`: a word that no entry can have is refused, as an empty table would look
//! like good news.

use std::collections::BTreeSet;

use crate::commands::Failure;
use crate::config::settings::nearest;
use crate::error::Code;
use crate::journal::audit::{Book, Filter};
use crate::journal::{DONE, UNKNOWN, Unavailable};
use crate::limits;

/// The codes of errors, with which calls end.
const CODES: [Code; 17] = [
    Code::InvalidArguments,
    Code::Ambiguous,
    Code::NotFound,
    Code::Unauthorized,
    Code::Forbidden,
    Code::Conflict,
    Code::Gone,
    Code::Locked,
    Code::RateLimited,
    Code::Unavailable,
    Code::Timeout,
    Code::Cancelled,
    Code::Declined,
    Code::ConfirmationRequired,
    Code::TooLarge,
    Code::NotConfigured,
    Code::Internal,
];

/// The other words: of writes, of refusals, of consent, and of what operators and people do.
const OTHERS: [&str; 13] = [
    DONE,
    UNKNOWN,
    "refused",
    "unknown",
    "denied",
    "no confirmation needed",
    "confirmed by form",
    "confirmed by token",
    "agreed to when it was scheduled",
    "keys_rotated",
    "token made",
    "access revoked",
    "person deleted",
];

/// # Errors
/// No entry can have this outcome; the nearest word, and those of this journal.
pub fn check(book: &Book, filter: &Filter) -> Result<(), Failure> {
    let Some(wish) = filter.outcome.as_deref() else {
        return Ok(());
    };
    let codes = CODES.iter().map(|code| code.name());
    let known: Vec<&str> = codes.chain(OTHERS).collect();
    if known.contains(&wish) {
        return Ok(());
    }
    let found = found(book, wish).map_err(super::unreadable)?;
    let Some(there) = found else {
        return Ok(());
    };
    let words = there.iter().map(String::as_str).chain(known);
    let near = nearest(wish, words).map(|near| format!(" Did you mean `{near}`?"));
    let there: Vec<_> = there.iter().map(String::as_str).collect();
    let there = match there.is_empty() {
        true => String::new(),
        false => format!(" This journal has: {}.", there.join(", ")),
    };
    Err(Failure::Usage(format!(
        "--outcome: no entry can have this outcome or decision.{}{there}",
        near.unwrap_or_default()
    )))
}

/// The words that this journal has; `None` if the one that is wished for is among them.
fn found(book: &Book, wish: &str) -> Result<Option<BTreeSet<String>>, Unavailable> {
    let mut words = BTreeSet::new();
    let mut is_there = false;
    book.each(&Filter::default(), |line| {
        let entry = line.entry;
        for word in [entry.outcome.as_deref(), entry.decision.as_deref()] {
            let Some(word) = word else { continue };
            is_there |= word == wish;
            if words.len() < limits::OUTCOMES_TOLD && !words.contains(word) {
                words.insert(super::plain(word));
            }
        }
        !is_there
    })?;
    Ok((!is_there).then_some(words))
}
