//! People's text: its type, its cleaning, and the text block of an answer, in which it is marked.
//!
//! Each noun has a renderer of its own. The mark comes from the type [`Theirs`], which they can only
//! write marked.

mod address;
mod clean;
mod facts;
mod fold;
mod html;
mod lines;
mod markdown;
mod question;
mod short_id;
mod theirs;
mod word;

use serde::Serialize;

pub use address::{address, is_address};
pub use clean::{Cleaned, clean, cleaned, has_only, is_control, one_line};
pub use facts::Facts;
pub use fold::fold;
pub use html::Escaped;
pub use lines::{Lines, Render, counted};
#[cfg(test)]
pub(crate) use markdown::alive;
pub use markdown::harmless_markdown;
pub use question::Question;
pub use short_id::{ShortId, USUAL_CLUSTER, whole_id};
pub use theirs::{THEIRS_KEYWORD, Theirs, with_commas};
pub use word::{ends_word, is_of_word, word};

/// The field that says how much was removed, where something was.
const HIDDEN_FIELD: &str = "hiddenCharactersRemoved";

/// The same facts twice: hosts show a model one or the other.
#[derive(Debug)]
pub struct Told {
    /// Lines; each line that people wrote begins with `> `.
    pub text: String,
    pub facts: Facts,
}

/// Facts as text and as structure. Both say how many hidden characters were removed, if any.
///
/// # Errors
/// The facts are no JSON: a mistake in this program.
pub fn told<T: Serialize + Render>(facts: &T) -> Result<Told, serde_json::Error> {
    let mut structure = Facts::of(facts)?;
    let (mut text, hidden) = Lines::of(facts);
    if hidden > 0 {
        let note = format!("\nHidden characters removed from what people wrote: {hidden}");
        text.push_str(&note);
        structure = structure.with(HIDDEN_FIELD, &hidden)?;
    }
    Ok(Told {
        text,
        facts: structure,
    })
}

#[cfg(test)]
mod tests;
