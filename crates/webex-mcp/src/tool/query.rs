//! The words of a query, as every search takes them.

use crate::error::CallError;
use crate::limits::QUERY_MAX_WORDS;
use crate::text;

/// The words of `query` in the form in which texts are compared; none for a blank one.
///
/// # Errors
/// `invalid_arguments` for more than [`QUERY_MAX_WORDS`].
pub fn query_words(query: &str) -> Result<Vec<String>, CallError> {
    let folded = text::fold(query);
    let all = folded
        .split_whitespace()
        .map(word)
        .take(QUERY_MAX_WORDS + 1);
    let words: Vec<_> = all.map(str::to_owned).collect();
    if words.len() > QUERY_MAX_WORDS {
        let right = format!("it may have at most {QUERY_MAX_WORDS} words");
        return Err(CallError::invalid("query", right)
            .advise("Search for the few words that tell it from others."));
    }
    Ok(words)
}

/// A word without the quotes and marks around it, which the texts have elsewhere or not at all; only
/// marks are looked for as they are.
fn word(written: &str) -> &str {
    let is_mark = |c: char| "\"'“”„‟‘’‚‛«»‹›`.,;:!?()[]{}<>…".contains(c);
    match written.trim_matches(is_mark) {
        "" => written,
        word => word,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_around_a_word_are_no_part_of_it() {
        for (query, words) in [
            (r#""refund fix""#, &["refund", "fix"][..]),
            ("“refund”, fix.", &["refund", "fix"]),
            ("build 1902?", &["build", "1902"]),
            ("Bob <bob@example.com>", &["bob", "bob@example.com"]),
            ("C++ C# .net", &["c++", "c#", "net"]),
            ("ci.example.com don't", &["ci.example.com", "don't"]),
            ("? …", &["?", "..."]),
        ] {
            assert_eq!(query_words(query).unwrap(), words, "{query}");
        }
    }

    #[test]
    fn sixteen_words_and_no_more() {
        assert_eq!(query_words("  Ü b ").unwrap(), ["ü", "b"]);
        assert_eq!(query_words(&"a ".repeat(16)).unwrap().len(), 16);
        let error = query_words(&"a ".repeat(17)).unwrap_err();
        assert!(
            error.message.contains("`query`") && error.message.contains("16 words"),
            "{}",
            error.message
        );
        assert_eq!(query_words("").unwrap(), Vec::<String>::new());
    }
}
