//! Writes one object of a text block: first its plain values on one line, then people's text, then
//! nested objects.

/// An object while it is written.
#[derive(Debug)]
pub struct Block<'o> {
    out: &'o mut String,
    depth: usize,
    is_first: bool,
    theirs: String,
    nested: String,
    pub hidden: &'o mut usize,
    /// Of a map: the key whose value comes next.
    pub key: String,
}

/// What a key takes with its indentation, mostly.
const ROOM_BYTES: usize = 32;

/// Where a value stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    Root,
    Field,
    /// In a list, after so many others.
    Item(usize),
}

impl<'o> Block<'o> {
    pub fn new(out: &'o mut String, depth: usize, hidden: &'o mut usize) -> Self {
        Block {
            out,
            depth,
            is_first: true,
            theirs: String::new(),
            nested: String::new(),
            hidden,
            key: String::new(),
        }
    }

    /// Where a plain value is to be written: behind its key, or behind the others of its list.
    pub fn plain(&mut self, key: &str, place: Place) -> &mut String {
        let is_first = std::mem::take(&mut self.is_first);
        if matches!(place, Place::Item(at) if at > 0) {
            self.out.push_str(", ");
            return self.out;
        }
        if !is_first {
            self.out.push_str(" | ");
        }
        if !key.is_empty() {
            self.out.push_str(key);
            self.out.push_str(": ");
        }
        self.out
    }

    /// What people wrote, each line of it marked. Their lines end with `\n` and nothing else.
    pub fn quote(&mut self, key: &str, words: &str) {
        self.theirs.reserve(2 * ROOM_BYTES + words.len());
        line(&mut self.theirs, self.depth);
        self.theirs.push_str(key);
        self.theirs.push(':');
        for words in words.split('\n') {
            line(&mut self.theirs, self.depth);
            self.theirs.push_str("> ");
            self.theirs.push_str(words);
        }
    }

    /// A block within this one.
    pub fn open(&mut self, key: &str, place: Place) -> Block<'_> {
        let depth = match place {
            Place::Root => self.depth,
            Place::Field => {
                line(&mut self.nested, self.depth);
                self.nested.push_str(key);
                self.nested.push_str(": ");
                self.depth + 1
            }
            Place::Item(_) => {
                line(&mut self.nested, self.depth);
                self.nested.push_str("- ");
                self.depth + 1
            }
        };
        Block::new(&mut self.nested, depth, self.hidden)
    }

    pub fn close(self) {
        self.out.reserve(self.theirs.len() + self.nested.len());
        self.out.push_str(&self.theirs);
        self.out.push_str(&self.nested);
    }
}

fn line(out: &mut String, depth: usize) {
    out.push('\n');
    for _ in 0..depth {
        out.push_str("  ");
    }
}
