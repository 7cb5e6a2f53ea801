//! Removes hidden characters: people do not see them, but a model reads them.
//!
//! These are control characters and what Unicode calls default ignorable: zero width and
//! bidirectional marks, fillers, tags, stray variation selectors. Joiners and selectors stay where
//! a script or an emoji needs them. The tables are those of `icu_properties`.

use std::borrow::Cow;

use icu_properties::props::{
    DefaultIgnorableCodePoint, Emoji, EmojiModifier, ExtendedPictographic, IndicSyllabicCategory,
    JoiningType, UnifiedIdeograph,
};
use icu_properties::{CodePointMapData, CodePointSetData};

/// A text without hidden characters, and how many it had.
#[derive(Debug, PartialEq, Eq)]
pub struct Cleaned<'t> {
    pub text: Cow<'t, str>,
    pub hidden: usize,
}

/// The three flags that are spelt with tag characters: England, Scotland, Wales.
const TAG_FLAGS: [&str; 3] = [
    "\u{e0067}\u{e0062}\u{e0065}\u{e006e}\u{e0067}\u{e007f}",
    "\u{e0067}\u{e0062}\u{e0073}\u{e0063}\u{e0074}\u{e007f}",
    "\u{e0067}\u{e0062}\u{e0077}\u{e006c}\u{e0073}\u{e007f}",
];
const BLACK_FLAG: char = '\u{1f3f4}';

const NON_JOINER: char = '\u{200c}';
const JOINER: char = '\u{200d}';
/// Shows the character before it as an emoji.
const EMOJI_SELECTOR: char = '\u{fe0f}';
const KEYCAP: char = '\u{20e3}';
const PIECE_BYTES: usize = 64;
/// Marks between a letter and its joiner, at most.
const MARKS_LOOKED_THROUGH: usize = 4;

/// Control characters, and the two separators that end a line or a paragraph and are none.
pub fn is_control(c: char) -> bool {
    c.is_control() || matches!(c, '\u{2028}' | '\u{2029}')
}

/// The text as a reader sees it. Two texts that look the same are the same after it; line breaks
/// of every kind are `\n`.
pub fn clean(text: &str) -> Cow<'_, str> {
    cleaned(text).text
}

/// The same, with the number of characters that were removed.
pub fn cleaned(text: &str) -> Cleaned<'_> {
    let first = match is_plain_ascii(text) {
        true => None,
        false => text.char_indices().find(|(_, c)| !is_plain(*c)),
    };
    let Some((at, _)) = first else {
        return Cleaned {
            text: Cow::Borrowed(text),
            hidden: 0,
        };
    };
    let (start, mut rest) = text.split_at(at);
    let mut out = String::with_capacity(text.len());
    out.push_str(start);
    let mut hidden = 0;
    while let Some(c) = rest.chars().next() {
        let after = &rest[c.len_utf8()..];
        rest = after;
        match c {
            '\r' if after.starts_with('\n') => {}
            '\r' | '\u{b}' | '\u{c}' | '\u{85}' | '\u{2028}' | '\u{2029}' => out.push('\n'),
            BLACK_FLAG => {
                out.push(c);
                if let Some(tags) = TAG_FLAGS.iter().find(|tags| after.starts_with(**tags)) {
                    out.push_str(tags);
                    rest = &after[tags.len()..];
                }
            }
            c if is_plain(c) || is_needed(c, &out, after) => out.push(c),
            _ => hidden += 1,
        }
    }
    Cleaned {
        text: Cow::Owned(out),
        hidden,
    }
}

/// The same on one line: of a plain fact, which only has to stay on the line where it stands.
pub fn one_line(text: &str) -> Cow<'_, str> {
    match has_only(text, is_visible) {
        true => Cow::Borrowed(text),
        false => Cow::Owned(clean(text).replace(['\n', '\t'], " ")),
    }
}

/// Nearly every text of an answer is.
fn is_plain_ascii(text: &str) -> bool {
    has_only(text, |byte| {
        is_visible(byte) | (byte == b'\n') | (byte == b'\t')
    })
}

fn is_visible(byte: u8) -> bool {
    byte.wrapping_sub(b' ') <= b'~' - b' '
}

/// Whether each byte is plain. A piece is looked at whole before it is decided on: without a branch for
/// each byte, the compiler compares many of them at once.
pub fn has_only(text: &str, is_plain: impl Fn(u8) -> bool) -> bool {
    let mut pieces = text.as_bytes().chunks(PIECE_BYTES);
    let others = |odd, byte: &u8| odd | u8::from(!is_plain(*byte));
    pieces.all(|piece| piece.iter().fold(0, others) == 0)
}

/// Visible, or white space of the ordinary kind.
fn is_plain(c: char) -> bool {
    match c {
        ' '..='~' | '\n' | '\t' => true,
        // A line break of another kind, an annotation's anchors, or a flag that tags may follow.
        '\u{2028}' | '\u{2029}' | '\u{fff9}'..='\u{fffb}' | BLACK_FLAG => false,
        c => !c.is_control() && !CodePointSetData::new::<DefaultIgnorableCodePoint>().contains(c),
    }
}

/// Whether a joiner or selector does something where it stands: after `before`, ahead of `after`.
fn is_needed(c: char, before: &str, after: &str) -> bool {
    let Some(last) = before.chars().next_back() else {
        return false;
    };
    match c {
        JOINER if joins_emoji(before, after) => true,
        JOINER | NON_JOINER => takes_joiner(before),
        '\u{fe0e}' | EMOJI_SELECTOR => match last {
            // A digit is an emoji only as a keycap.
            '#' | '*' | '0'..='9' => after.starts_with(KEYCAP),
            last => CodePointSetData::new::<Emoji>().contains(last),
        },
        // Variants of a Chinese character, as in Japanese names.
        '\u{fe00}'..='\u{fe02}' | '\u{e0100}'..='\u{e01ef}' => {
            CodePointSetData::new::<UnifiedIdeograph>().contains(last)
        }
        // Variants of a Mongolian letter.
        '\u{180b}'..='\u{180d}' | '\u{180f}' => matches!(last, '\u{1820}'..='\u{18aa}'),
        _ => false,
    }
}

fn joins_emoji(before: &str, after: &str) -> bool {
    let is_picture = |c: char| CodePointSetData::new::<ExtendedPictographic>().contains(c);
    let is_modifier = |c: char| CodePointSetData::new::<EmojiModifier>().contains(c);
    let mut back = before.chars().rev();
    let is_after_emoji = match back.next() {
        Some(EMOJI_SELECTOR) => back.next().is_some_and(is_picture),
        Some(last) => is_picture(last) || is_modifier(last),
        None => false,
    };
    is_after_emoji && after.chars().next().is_some_and(is_picture)
}

/// Whether a joiner means something here: after a letter that joins (Arabic, Persian, …), or in a
/// syllable of an Indic script.
fn takes_joiner(before: &str) -> bool {
    let joining = CodePointMapData::<JoiningType>::new();
    let syllabic = CodePointMapData::<IndicSyllabicCategory>::new();
    for last in before.chars().rev().take(MARKS_LOOKED_THROUGH) {
        if matches!(last, JOINER | NON_JOINER) {
            return false;
        }
        // Below are the digits and signs that every script borrows.
        if last >= '\u{900}' && is_of_syllable(syllabic.get(last)) {
            return true;
        }
        match joining.get(last) {
            JoiningType::Transparent => {}
            kind => return kind != JoiningType::NonJoining,
        }
    }
    false
}

fn is_of_syllable(category: IndicSyllabicCategory) -> bool {
    !matches!(
        category,
        IndicSyllabicCategory::Other
            | IndicSyllabicCategory::ConsonantPlaceholder
            | IndicSyllabicCategory::Number
            | IndicSyllabicCategory::BrahmiJoiningNumber
            | IndicSyllabicCategory::SyllableModifier
    )
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_nobody_sees_is_removed_and_counted() {
        let cases = [
            ("plain ASCII\tand\nlines", "plain ASCII\tand\nlines", 0),
            ("Grüße, 東京, Ελλάδα ✓", "Grüße, 東京, Ελλάδα ✓", 0),
            ("pay\u{200b}roll", "payroll", 1),
            ("a\u{200d}b\u{200c}c", "abc", 2),
            ("\u{feff}start\u{2060}\u{ad}", "start", 3),
            ("\u{202e}txt.exe\u{202c}", "txt.exe", 2),
            ("x\u{2066}y\u{2069}\u{200e}\u{200f}\u{61c}", "xy", 5),
            ("Hi\u{e0001}\u{e0041}\u{e0042}\u{e007f}", "Hi", 4),
            ("bell\u{7}\u{1b}[31m\u{0}\u{9b}\u{7f}", "bell[31m", 5),
            ("\u{3164}\u{115f}\u{34f}\u{17b4}", "", 4),
            ("a\u{fff9}b\u{fffb}", "ab", 2),
            // Bytes smuggled as variation selectors, behind a letter and behind an emoji.
            ("a\u{fe00}\u{fe01}\u{e0100}\u{e01ef}", "a", 4),
            ("😀\u{fe0f}\u{fe0f}\u{e0121}", "😀\u{fe0f}", 2),
            ("5\u{fe0f}", "5", 1),
            // Tags behind the black flag that spell no flag.
            ("🏴\u{e0068}\u{e0069}\u{e007f}", "🏴", 3),
            // Line breaks of every kind are one kind, and nothing hidden.
            (
                "a\r\nb\rc\u{2028}d\u{2029}e\u{85}f\u{b}g\u{c}h",
                "a\nb\nc\nd\ne\nf\ng\nh",
                0,
            ),
        ];
        for (given, shown, hidden) in cases {
            let cleaned = cleaned(given);
            assert_eq!(
                (&*cleaned.text, cleaned.hidden),
                (shown, hidden),
                "{given:?}"
            );
        }
    }

    #[test]
    fn joiners_and_selectors_stay_where_they_belong() {
        let kept = [
            "👩\u{200d}💻 👩🏽\u{200d}🚀 🏳\u{fe0f}\u{200d}🌈 ❤\u{fe0f}\u{200d}🔥",
            "👨\u{200d}👩\u{200d}👧\u{200d}👦 🏃🏿\u{200d}♀\u{fe0f}",
            "1\u{fe0f}\u{20e3} ☎\u{fe0e} ©\u{fe0f}",
            "🏴\u{e0067}\u{e0062}\u{e0073}\u{e0063}\u{e0074}\u{e007f} 🇩🇪",
            "می\u{200c}خواهم کتاب\u{200c}ها",
            "ه\u{200d} ۱۴۰۳",
            "क्\u{200d}ष क्\u{200c}ष",
            "ശ്രീ ന്\u{200d} ක්\u{200d}ර",
            "葛\u{e0100}飾",
            "ᠮᠣᠩᠭᠣᠯ\u{180b}",
        ];
        for text in kept {
            let cleaned = cleaned(text);
            assert_eq!((&*cleaned.text, cleaned.hidden), (text, 0), "{text:?}");
        }
    }

    #[test]
    fn a_row_of_joiners_is_cut_to_the_one_that_is_needed() {
        assert_eq!(clean("می\u{200c}\u{200c}\u{200d}خ"), "می\u{200c}خ");
        assert_eq!(clean("👩\u{200d}\u{200d}💻"), "👩\u{200d}💻");
    }

    proptest! {
        #[test]
        fn cleaning_twice_is_cleaning_once(text in "(\\PC|[\u{200b}-\u{200f}\u{202a}-\u{202e}\u{fe00}-\u{fe0f}\u{e0000}-\u{e01ef}\r\n\u{2028}👩💻😀क्می]){0,24}") {
            let once = cleaned(&text);
            let twice = cleaned(&once.text);
            prop_assert_eq!(&twice.text, &once.text);
            prop_assert_eq!(twice.hidden, 0);
        }
    }
}
