//! The text block of an answer, written for a reader by the renderer of each noun.
//!
//! People's text gets into it in one way only, [`Lines::theirs`], which marks every line of it;
//! everything else stays on the line on which it began.

use std::collections::BTreeMap;
use std::fmt::Display;
use std::ops::Deref;

use super::clean::one_line;
use super::theirs::Theirs;
use crate::limits;

const CUT: &str = "\n… cut here: ask for less with max, or for one entry by its id";
/// What may still be added: how many hidden characters were removed.
const RESERVED_BYTES: usize = 96;
/// Most answers are a row or two.
const TEXT_BYTES: usize = 1024;

/// How many, in words: `1 message`, `2 messages`, `3 people`; of `with_commas`, `1,000 messages`.
pub fn counted(count: impl Display, one: &str) -> String {
    let count = count.to_string();
    match &*count {
        "1" => format!("{count} {one}"),
        _ => format!("{count} {}", several(one)),
    }
}

fn several(one: &str) -> String {
    if let Some(before) = one.strip_suffix("person") {
        return format!("{before}people");
    }
    match one.strip_suffix('y') {
        Some(before) if !before.ends_with(['a', 'e', 'o', 'u']) => format!("{before}ies"),
        _ => format!("{one}s"),
    }
}

/// Something that is told to a reader.
pub trait Render {
    /// What answers the question stands first, the ids that a next call needs after it.
    fn render(&self, out: &mut Lines);
}

/// A text block while it is written.
#[derive(Debug)]
pub struct Lines {
    text: String,
    /// Hidden characters that were removed from what people wrote.
    hidden: usize,
    /// A blank line comes before the next line.
    has_gap: bool,
    /// Addresses that were told whole, by the part before the `@`.
    addresses: BTreeMap<String, String>,
}

impl Lines {
    /// The whole text block of these facts, and how many hidden characters they had.
    pub(super) fn of(facts: &impl Render) -> (String, usize) {
        let mut out = Lines {
            text: String::with_capacity(TEXT_BYTES),
            hidden: 0,
            has_gap: false,
            addresses: BTreeMap::new(),
        };
        facts.render(&mut out);
        let Lines {
            mut text, hidden, ..
        } = out;
        let max = limits::ANSWER_TEXT_MAX_BYTES - RESERVED_BYTES;
        if text.len() > max {
            text.truncate(text.floor_char_boundary(max - CUT.len()));
            text.push_str(CUT);
        }
        (text, hidden)
    }

    /// A line of ours: fixed words and plain facts, such as an id, an address or a time.
    pub fn line(&mut self, parts: &[&str]) {
        self.begin();
        self.add(parts);
    }

    /// More of the same line.
    pub fn add(&mut self, parts: &[&str]) {
        for part in parts {
            self.text.push_str(&one_line(part));
        }
    }

    /// A line that begins with a person's e-mail address. After the first time, it has only the part
    /// before the `@`, which then means nobody else.
    pub fn address(&mut self, address: &str) {
        let local = address.split_once('@').map_or("", |(local, _)| local);
        match self.addresses.get(local) {
            Some(told) if told == address => self.line(&[local]),
            Some(_) => self.line(&[address]),
            None => {
                if !local.is_empty() {
                    self.addresses.insert(local.to_owned(), address.to_owned());
                }
                self.line(&[address]);
            }
        }
    }

    /// A line for a fact, where there is one.
    pub fn fact<T: Deref<Target = str>>(&mut self, label: &str, fact: Option<&T>) {
        if let Some(fact) = fact {
            self.line(&[label, ": ", fact]);
        }
    }

    /// What people wrote, on lines of its own, each of them marked.
    pub fn theirs(&mut self, words: &Theirs) {
        self.hidden += words.hidden();
        // Cleaned text has no other line breaks.
        for line in words.as_str().split('\n') {
            self.begin();
            self.text.push_str("> ");
            self.text.push_str(line);
        }
    }

    /// Something else begins.
    pub fn gap(&mut self) {
        self.has_gap = !self.text.is_empty();
    }

    fn begin(&mut self) {
        if !self.text.is_empty() {
            self.text.push('\n');
        }
        if std::mem::take(&mut self.has_gap) {
            self.text.push('\n');
        }
    }
}
