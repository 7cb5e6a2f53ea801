//! Where a word ends.

use icu_properties::CodePointSetData;
use icu_properties::props::GraphemeExtend;

/// Letters, digits and combining marks.
pub fn is_of_word(c: char) -> bool {
    c.is_alphanumeric() || CodePointSetData::new::<GraphemeExtend>().contains(c)
}

/// Whether a word may end before this text. It goes on behind a mark that joins words, as in
/// `Smith-Jones`, `a.b` and `O'Brien`; an `'s` is no part of it.
pub fn ends_word(rest: &str) -> bool {
    let mut rest = rest.chars();
    let (mark, first, second) = (rest.next(), rest.next(), rest.next());
    let is_word = |c: Option<char>| c.is_some_and(is_of_word);
    match mark {
        Some('\'' | '\u{2019}') if matches!(first, Some('s' | 'S')) && !is_word(second) => true,
        Some('-' | '_' | '.' | '/' | '\'' | '\u{2019}' | '\u{2010}' | '\u{2011}') => {
            !is_word(first)
        }
        mark => !is_word(mark),
    }
}

/// The word that a text begins with; empty where it begins with none.
pub fn word(text: &str) -> &str {
    let end = text.char_indices().find(|&(at, _)| ends_word(&text[at..]));
    end.map_or(text, |(at, _)| &text[..at])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_ends_where_people_see_its_end() {
        for (text, expected) in [
            ("Ann, hi", "Ann"),
            ("Ann-Marie.", "Ann-Marie"),
            ("Ann - Marie", "Ann"),
            ("Ann's idea", "Ann"),
            ("Ann\u{2019}s", "Ann"),
            ("O'Brien's", "O'Brien"),
            ("Ann'sson", "Ann'sson"),
            ("Zoe\u{301} and", "Zoe\u{301}"),
            ("bob.example, x", "bob.example"),
            ("ci_bot/x", "ci_bot/x"),
            ("end.", "end"),
            (" x", ""),
            ("", ""),
        ] {
            assert_eq!(word(text), expected, "{text}");
        }
    }
}
