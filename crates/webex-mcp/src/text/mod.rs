//! People's text: its type, its cleaning, and the text block of an answer, in which it is marked.
//!
//! One renderer serves every tool. The mark comes from the type [`Theirs`], so no tool can forget
//! it.

mod block;
mod clean;
mod fold;
mod lines;
mod theirs;

use serde::Serialize;
use serde_json::Value;

pub use clean::{Cleaned, clean, cleaned};
pub use fold::fold;
pub use theirs::{THEIRS_KEYWORD, Theirs, Unshown};

use lines::Lines;

/// The field that says how much was removed, where something was.
const HIDDEN_FIELD: &str = "hiddenCharactersRemoved";

/// The same facts twice: hosts show a model one or the other.
#[derive(Debug)]
pub struct Told {
    /// Lines; each line that people wrote begins with `> `.
    pub text: String,
    pub facts: Value,
}

/// Facts as text and as structure. Both say how many hidden characters were removed, if any.
///
/// # Errors
/// The facts are no JSON: a mistake in this program.
pub fn told<T: Serialize>(facts: &T) -> Result<Told, serde_json::Error> {
    let mut value = serde_json::to_value(facts)?;
    let Lines { mut text, hidden } = lines::lines(facts)?;
    if hidden > 0 {
        text.push_str(&format!("\n{HIDDEN_FIELD}: {hidden}"));
        if let Value::Object(object) = &mut value {
            object.insert(HIDDEN_FIELD.to_owned(), hidden.into());
        }
    }
    Ok(Told { text, facts: value })
}

#[cfg(test)]
mod tests;
