//! The type of text that people wrote: it is data, never an instruction.

use std::borrow::Cow;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize, Serializer};

use super::clean::{Cleaned, cleaned};

/// What marks the type in a schema while it is made; `servers::listed` turns it into words.
pub const THEIRS_KEYWORD: &str = "$theirs";

/// What a line costs in the text block beyond its bytes: its break and `> `.
const LINE_BYTES: usize = 3;
const PIECE_BYTES: usize = 64;

/// Text that people wrote: titles, messages, names of people and files. It is cleaned of hidden
/// characters when it is made, and stands marked in schemas and text blocks.
///
/// There is no `Display`, and `Debug` tells the length only: it cannot slip into an error or a log.
#[derive(Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(from = "String")]
pub struct Theirs {
    words: String,
    /// Hidden characters that were removed.
    hidden: u32,
}

impl Theirs {
    /// The words, cleaned.
    pub fn as_str(&self) -> &str {
        &self.words
    }

    /// Adds clean text, with the number of hidden characters that it had.
    pub(super) fn push(&mut self, words: &str, hidden: usize) {
        self.words.push_str(words);
        let hidden = u32::try_from(hidden).unwrap_or(u32::MAX);
        self.hidden = self.hidden.saturating_add(hidden);
    }

    /// How many hidden characters were removed from it.
    pub(super) fn hidden(&self) -> usize {
        self.hidden as usize
    }

    /// Bytes that it takes in the text block of an answer, about.
    pub fn shown_bytes(&self) -> usize {
        shown_bytes(&self.words)
    }

    /// At most `max_bytes` of it as shown; what is cut is said, with the length of the whole and
    /// where to find it.
    pub fn shortened(mut self, max_bytes: usize, whole: &str) -> Self {
        if let Some(end) = end_within(&self.words, max_bytes) {
            let characters = with_commas(self.words.chars().count());
            self.words.truncate(end);
            self.words
                .push_str(&format!("… {characters} characters; {whole}"));
        }
        self
    }
}

/// No more than this many bytes, whatever lines it has.
fn shown_at_most(words: &str) -> usize {
    words.len() * (1 + LINE_BYTES) + LINE_BYTES
}

fn shown_bytes(words: &str) -> usize {
    // Counted in a byte for each piece, the compiler compares many bytes at once.
    let breaks = |piece: &[u8]| {
        let count = |count, byte: &u8| count + u8::from(*byte == b'\n');
        usize::from(piece.iter().fold(0, count))
    };
    let breaks: usize = words.as_bytes().chunks(PIECE_BYTES).map(breaks).sum();
    words.len() + LINE_BYTES * (1 + breaks)
}

/// Where a text has to end to be shown in `max_bytes`; `None` where it may stay whole.
fn end_within(words: &str, max_bytes: usize) -> Option<usize> {
    if shown_at_most(words) <= max_bytes || shown_bytes(words) <= max_bytes {
        return None;
    }
    let mut left = max_bytes.saturating_sub(LINE_BYTES);
    for (at, c) in words.char_indices() {
        let cost = match c {
            '\n' => 1 + LINE_BYTES,
            c => c.len_utf8(),
        };
        match left.checked_sub(cost) {
            Some(rest) => left = rest,
            None => return Some(at),
        }
    }
    None
}

/// 7300 as 7,300.
pub fn with_commas(number: impl std::fmt::Display) -> String {
    let digits = number.to_string();
    let mut out = String::with_capacity(digits.len() * 2);
    for (at, digit) in digits.char_indices() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

impl From<String> for Theirs {
    fn from(words: String) -> Self {
        match cleaned(&words) {
            Cleaned {
                text: Cow::Owned(words),
                hidden,
            } => Theirs {
                words,
                hidden: u32::try_from(hidden).unwrap_or(u32::MAX),
            },
            _ => Theirs { words, hidden: 0 },
        }
    }
}

impl From<&str> for Theirs {
    fn from(words: &str) -> Self {
        Theirs::from(words.to_owned())
    }
}

impl fmt::Debug for Theirs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Theirs({} bytes)", self.words.len())
    }
}

impl Serialize for Theirs {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.words)
    }
}

impl JsonSchema for Theirs {
    fn schema_name() -> Cow<'static, str> {
        "Theirs".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"type": "string", "$theirs": true})
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_cannot_be_logged() {
        assert_eq!(format!("{:?}", Theirs::from("geheim")), "Theirs(6 bytes)");
    }

    #[test]
    fn it_is_a_plain_clean_string_on_the_wire_and_back() {
        let wire = serde_json::to_value(Theirs::from("a\u{200b}b")).unwrap();
        assert_eq!(wire, "ab");
        let back: Theirs = serde_json::from_value("c\u{202e}d".into()).unwrap();
        assert_eq!(back.as_str(), "cd");
    }

    #[test]
    fn what_is_cut_is_said_with_the_length() {
        let long = "ü".repeat(7_300);
        let short = Theirs::from(long.clone()).shortened(1_003, "webex-get-message has all of it");
        let (kept, note) = short.as_str().split_once('…').unwrap();
        assert_eq!(kept, "ü".repeat(500));
        assert_eq!(note, " 7,300 characters; webex-get-message has all of it");
        let whole = Theirs::from(long.clone()).shortened(usize::MAX, "");
        assert_eq!(whole.as_str(), long);
        // Lines cost more than their bytes.
        let lines = Theirs::from("\n".repeat(500)).shortened(1_003, "x");
        assert!(lines.shown_bytes() < 1_100, "{}", lines.shown_bytes());
        assert_eq!(with_commas(1_234_567), "1,234,567");
        assert_eq!(with_commas(999), "999");
    }
}
