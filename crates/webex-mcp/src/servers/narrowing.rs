//! What a client wants to see of a server: fewer tools, never more.

use std::fmt;
use std::sync::Arc;

use super::VirtualServer;
use super::selection::{Selection, Unknown, Vocabulary};
use crate::config::settings::nearest;
use crate::limits;
use crate::tools;

/// A client's own selection. Each of its parts narrows what the others leave.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct Narrowing {
    by_noun: Selection,
    by_name: Selection,
}

/// A part of a narrowing, under the name that clients use for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// Nouns.
    Toolsets,
    /// Names, and names with `*` in them.
    Tools,
    /// The same, of tools to leave out.
    ExcludeTools,
    /// Whether to leave out everything that changes something.
    Readonly,
}

impl Part {
    pub const ALL: [Part; 4] = [
        Part::Toolsets,
        Part::Tools,
        Part::ExcludeTools,
        Part::Readonly,
    ];

    pub const fn name(self) -> &'static str {
        match self {
            Part::Toolsets => "X-MCP-Toolsets",
            Part::Tools => "X-MCP-Tools",
            Part::ExcludeTools => "X-MCP-Exclude-Tools",
            Part::Readonly => "X-MCP-Readonly",
        }
    }

    /// The part that was probably meant by what follows `X-MCP-` in a misspelt name.
    pub fn nearest(end: &str) -> Option<Self> {
        let wrong = end.to_ascii_lowercase().replace('_', "-");
        if wrong.len() > limits::NARROWING_WORD_MAX_CHARS {
            return None;
        }
        let end = |part: Part| {
            let name = part.name().to_ascii_lowercase();
            name.strip_prefix("x-mcp-").map(str::to_owned)
        };
        let all = || Part::ALL.into_iter().filter_map(end);
        // `tools` is also the end of another.
        let same = all().find(|end| *end == wrong);
        let near = same.or_else(|| nearest(&wrong, all()))?;
        let mut parts = Part::ALL.into_iter();
        parts.find(|part| end(*part).as_ref() == Some(&near))
    }
}

/// Why a narrowing cannot be applied: nothing is guessed, because a misread word could leave a tool
/// that the client wanted gone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Misread {
    part: Part,
    reason: Reason,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Reason {
    Unknown(Unknown),
    TooLong,
    NoSwitch,
}

impl fmt::Display for Misread {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: ", self.part.name())?;
        match &self.reason {
            Reason::Unknown(Unknown { word, nearest, .. }) if nearest.is_none() => {
                match self.part {
                    Part::Toolsets => {
                        let nouns = tools::NOUNS.map(|(noun, _)| noun).join(", ");
                        write!(f, "`{word}` is not a noun; there are: {nouns}.")
                    }
                    _ => write!(
                        f,
                        "`{word}` is not a tool; tools/list names those of a server."
                    ),
                }
            }
            Reason::Unknown(unknown) => write!(f, "{unknown}"),
            Reason::TooLong => write!(
                f,
                "it may have {} words of {} characters.",
                limits::NARROWING_MAX_WORDS,
                limits::NARROWING_WORD_MAX_CHARS
            ),
            Reason::NoSwitch => f.write_str("it must be true or false."),
        }
    }
}

impl Narrowing {
    /// Reads the parts that `text` has a value for; `None` where they leave everything. Words are
    /// separated by commas. A switch without a value is refused: who writes it wants something.
    ///
    /// # Errors
    /// [`Misread`] names the first word that is not known, with the nearest one that is.
    pub fn read<'t>(text: impl Fn(Part) -> Option<&'t str>) -> Result<Option<Self>, Misread> {
        let mut narrowing = Narrowing::default();
        for part in Part::ALL {
            let text = text(part).map(str::trim);
            let text = text.filter(|text| !text.is_empty() || part == Part::Readonly);
            if let Some(text) = text {
                let read = narrowing.with(part, text);
                narrowing = read.map_err(|reason| Misread { part, reason })?;
            }
        }
        Ok((narrowing != Narrowing::default()).then_some(narrowing))
    }

    /// The same, without what changes something.
    fn reading(mut self) -> Self {
        self.by_name = self.by_name.read_only(true);
        self
    }

    fn with(self, part: Part, text: &str) -> Result<Self, Reason> {
        let Narrowing { by_noun, by_name } = self;
        let all = || tools::catalogue().chain(tools::general::TOOLS);
        Ok(match part {
            Part::Toolsets => Narrowing {
                by_noun: by_noun.including_of(Vocabulary::Nouns, &words(text)?, all())?,
                by_name,
            },
            Part::Tools => Narrowing {
                by_name: by_name.including_of(Vocabulary::Names, &words(text)?, all())?,
                by_noun,
            },
            Part::ExcludeTools => Narrowing {
                by_name: by_name.excluding_of(Vocabulary::Names, &words(text)?, all())?,
                by_noun,
            },
            Part::Readonly => Narrowing {
                by_name: by_name.read_only(switch(text)?),
                by_noun,
            },
        })
    }
}

impl From<Unknown> for Reason {
    fn from(unknown: Unknown) -> Self {
        Reason::Unknown(unknown)
    }
}

fn words(text: &str) -> Result<Vec<&str>, Reason> {
    let words = text.split(',').map(str::trim);
    let words: Vec<_> = words
        .filter(|word| !word.is_empty())
        .take(limits::NARROWING_MAX_WORDS + 1)
        .collect();
    let is_long = |word: &&str| word.chars().count() > limits::NARROWING_WORD_MAX_CHARS;
    match words.len() > limits::NARROWING_MAX_WORDS || words.iter().any(is_long) {
        true => Err(Reason::TooLong),
        false => Ok(words),
    }
}

fn switch(text: &str) -> Result<bool, Reason> {
    match text.to_ascii_lowercase().as_str() {
        "true" => Ok(true),
        "false" => Ok(false),
        _ => Err(Reason::NoSwitch),
    }
}

/// A server as its clients narrow it. Each narrowing is applied once and kept.
#[derive(Debug)]
pub struct Narrowed {
    whole: Arc<VirtualServer>,
    kept: moka::sync::Cache<Narrowing, Arc<VirtualServer>>,
}

impl Narrowed {
    pub fn new(whole: Arc<VirtualServer>) -> Self {
        let kept = moka::sync::Cache::new(limits::NARROWED_SERVERS_KEPT);
        Narrowed { whole, kept }
    }

    /// The same, without what changes something: of a client whose credential is for reading.
    pub fn reading(&self, narrowing: Option<&Narrowing>) -> Arc<VirtualServer> {
        let narrowing = narrowing.cloned().unwrap_or_default();
        self.get(Some(&narrowing.reading()))
    }

    /// The server that a client has who sent this narrowing.
    pub fn get(&self, narrowing: Option<&Narrowing>) -> Arc<VirtualServer> {
        let Some(narrowing) = narrowing else {
            return self.whole.clone();
        };
        if let Some(kept) = self.kept.get(narrowing) {
            return kept;
        }
        let by_noun = self.whole.narrowed(&narrowing.by_noun);
        let narrowed = Arc::new(by_noun.narrowed(&narrowing.by_name));
        self.kept.insert(narrowing.clone(), narrowed.clone());
        narrowed
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::servers::{Catalogue, Definition, Otherwise};
    use crate::tool::Kind;

    const ALL: [&str; 4] = [
        "webex-create-message",
        "webex-get-message",
        "webex-create-thread-reply",
        "webex-get-thread",
    ];

    fn read(parts: &[(Part, &str)]) -> Result<Option<Narrowing>, String> {
        let text = |wanted: Part| {
            let mut parts = parts.iter();
            parts
                .find(|(part, _)| *part == wanted)
                .map(|(_, text)| *text)
        };
        Narrowing::read(text).map_err(|misread| misread.to_string())
    }

    fn server(tools: &[&str]) -> Arc<VirtualServer> {
        let definition = Definition {
            selection: Selection::names(tools),
            ..Definition::new("desk", "Desk")
        };
        let catalogue = Catalogue::whole();
        catalogue.serve(&definition, Otherwise::Token)
    }

    #[test]
    fn each_part_narrows_and_none_widens() {
        type Parts<'a> = &'a [(Part, &'a str)];
        let rows: [(Parts<'_>, &[&str]); 9] = [
            (
                &[(Part::Toolsets, "threads")],
                &["webex-create-thread-reply", "webex-get-thread"],
            ),
            (
                &[
                    (Part::Toolsets, " threads ,, messages,"),
                    (Part::Tools, "webex-get-*"),
                ],
                &["webex-get-message", "webex-get-thread"],
            ),
            (
                &[(Part::Tools, "webex-get-thread, webex-delete-space")],
                &["webex-get-thread"],
            ),
            (
                &[
                    (Part::Toolsets, "messages"),
                    (Part::Tools, "webex-get-thread"),
                ],
                &[],
            ),
            (
                &[
                    (Part::Toolsets, "threads"),
                    (Part::ExcludeTools, "webex-create-*"),
                ],
                &["webex-get-thread"],
            ),
            (
                &[(Part::Toolsets, "threads"), (Part::Readonly, "TRUE")],
                &["webex-get-thread"],
            ),
            // Another server has these.
            (&[(Part::Toolsets, "webhooks")], &[]),
            (&[(Part::Readonly, "false")], &ALL),
            (&[(Part::Tools, " "), (Part::Toolsets, "")], &ALL),
        ];
        let narrowed = Narrowed::new(server(&ALL));
        for (parts, expected) in rows {
            let narrow = narrowed.get(read(parts).unwrap().as_ref());
            let names: Vec<_> = narrow.tools.iter().map(|tool| tool.entry.name).collect();
            assert_eq!(names, expected, "{parts:?}");
            for name in ALL {
                let is_found = narrow.find(Kind::Tool, name).is_some();
                assert_eq!(is_found, expected.contains(&name), "{name} {parts:?}");
            }
            assert!(narrow.find(Kind::Tool, "webex-delete-space").is_none());
            assert_eq!(narrow.is_filtered(), expected != ALL, "{parts:?}");
        }
    }

    #[test]
    fn the_same_words_in_any_order_get_the_same_server() {
        let narrowed = Narrowed::new(server(&[]));
        let get = |words| narrowed.get(read(&[(Part::Toolsets, words)]).unwrap().as_ref());
        let one = get("messages,spaces");
        for words in ["messages,spaces", "spaces, messages ,spaces"] {
            assert!(Arc::ptr_eq(&one, &get(words)), "{words}");
        }
        assert!(!Arc::ptr_eq(&one, &get("messages")));
        assert!(Arc::ptr_eq(&narrowed.get(None), &narrowed.whole));
    }

    #[test]
    fn only_so_many_are_kept() {
        let narrowed = Narrowed::new(server(&[]));
        let names = || tools::catalogue().map(|entry| entry.name);
        let pairs = names().flat_map(|one| names().map(move |other| format!("{one},{other}")));
        for words in pairs.take(200) {
            narrowed.get(read(&[(Part::Tools, &words)]).unwrap().as_ref());
        }
        narrowed.kept.run_pending_tasks();
        let kept = narrowed.kept.entry_count();
        assert!(
            (1..=limits::NARROWED_SERVERS_KEPT).contains(&kept),
            "{kept}"
        );
    }

    #[test]
    fn what_is_not_known_is_refused_with_the_nearest() {
        let long = "x".repeat(limits::NARROWING_WORD_MAX_CHARS + 1);
        let many = "messages,".repeat(limits::NARROWING_MAX_WORDS + 1);
        for (part, text, told) in [
            (
                Part::Toolsets,
                "mesages",
                "X-MCP-Toolsets: `mesages` is not a noun; did you mean `messages`?",
            ),
            (
                Part::Toolsets,
                "spaces,zz",
                "`zz` is not a noun; there are: messages, spaces, ",
            ),
            (Part::Toolsets, "webex-get-space", "is not a noun"),
            (
                Part::Tools,
                "webex-get-spaces",
                "`webex-get-spaces` is not a tool; did you mean `webex-get-space`?",
            ),
            (
                Part::Tools,
                "messages",
                "X-MCP-Tools: `messages` is not a tool",
            ),
            (
                Part::Readonly,
                " ",
                "X-MCP-Readonly: it must be true or false.",
            ),
            (
                Part::ExcludeTools,
                "zzz-*",
                "`zzz-*` is not a tool; tools/list names those of a server.",
            ),
            (Part::ExcludeTools, &long, "100 words of 64 characters"),
            (Part::Toolsets, &many, "100 words of 64 characters"),
            (
                Part::Readonly,
                "yes",
                "X-MCP-Readonly: it must be true or false.",
            ),
        ] {
            let misread = read(&[(part, text)]).unwrap_err();
            assert!(misread.contains(told), "{misread}");
        }
    }
}
