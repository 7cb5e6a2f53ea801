//! What a search looks for in a message, beyond what Webex can filter by itself.

use webex::messages::Message;

use crate::error::CallError;
use crate::{text, tool};

/// Words and marks that a message has to have.
#[derive(Debug)]
pub struct Terms {
    words: Vec<String>,
    has_files: Option<bool>,
}

impl Terms {
    /// Every word of `query` has to occur, in any case or form, also within a longer word.
    ///
    /// # Errors
    /// `invalid_arguments` for too many words.
    pub fn new(query: Option<&str>, has_files: Option<bool>) -> Result<Self, CallError> {
        let words = tool::query_words(query.unwrap_or_default())?;
        Ok(Terms { words, has_files })
    }

    pub fn fit(&self, message: &Message) -> bool {
        let has_files = message
            .files
            .as_ref()
            .is_some_and(|files| !files.is_empty());
        if self.has_files.is_some_and(|wanted| wanted != has_files) {
            return false;
        }
        // The plain text has words whole, the Markdown has the targets of links.
        let said = [message.text(), message.markdown()].map(|said| said.map(text::fold));
        let says = |word: &String| {
            said.iter()
                .flatten()
                .any(|said| said.contains(word.as_str()))
        };
        self.words.iter().all(says)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_words_in_any_case_and_order() {
        let message = Message {
            text: Some("The ÜBUNG failed: see the build".into()),
            markdown: Some("The ÜB**UNG** failed: see [the build](https://ci.example.com)".into()),
            ..Message::default()
        };
        for (query, has_files, expected) in [
            (None, None, true),
            (Some("build fail"), None, true),
            (Some("übung"), None, true),
            (Some("ci.example.com"), None, true),
            (Some("build passed"), None, false),
            (Some("build"), Some(false), true),
            (Some("build"), Some(true), false),
        ] {
            let terms = Terms::new(query, has_files).unwrap();
            assert_eq!(terms.fit(&message), expected, "{query:?} {has_files:?}");
        }
    }
}
