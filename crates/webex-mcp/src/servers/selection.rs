//! Selects the tools that a server offers: by name, pattern, noun or effect.

use std::fmt;

use crate::config::settings::nearest;
use crate::tool::{Effect, Entry, Kind};
use crate::tools;

/// A selection of tools. It applies to listing and calling alike. Entries of other kinds are not
/// affected.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct Selection {
    /// An empty list means every tool.
    include: Vec<Pattern>,
    exclude: Vec<Pattern>,
    read_only: bool,
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Pattern {
    /// A name, in which `*` stands for any text.
    Name(String),
    Noun(&'static str),
    Effect(Effect),
}

/// Which words may select tools.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Vocabulary {
    /// Names, patterns, nouns and effects.
    All,
    /// Names, and names with `*` in them.
    Names,
    Nouns,
}

/// A word that selects nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unknown {
    pub word: String,
    pub nearest: Option<String>,
    vocabulary: Vocabulary,
}

impl fmt::Display for Unknown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Unknown { word, nearest, .. } = self;
        let wanted = match self.vocabulary {
            Vocabulary::All => "tool, noun or effect",
            Vocabulary::Names => "tool",
            Vocabulary::Nouns => "noun",
        };
        write!(f, "`{word}` is not a {wanted}")?;
        match nearest {
            Some(nearest) => write!(f, "; did you mean `{nearest}`?"),
            None => f.write_str("; `webex-mcp tools --server webex` lists the tools"),
        }
    }
}

impl Selection {
    /// Exactly the tools of these names.
    pub fn names(names: &[&str]) -> Self {
        Selection {
            include: names
                .iter()
                .map(|name| Pattern::Name((*name).to_owned()))
                .collect(),
            ..Selection::default()
        }
    }

    /// The tools of these nouns; a word that is no noun selects nothing.
    pub fn nouns(nouns: &[&'static str]) -> Self {
        Selection {
            include: nouns.iter().map(|noun| Pattern::Noun(noun)).collect(),
            ..Selection::default()
        }
    }

    /// Selects only the tools that one of these words names: the name of a tool, a name with `*` in
    /// it, a noun (`messages`) or an effect (`read`, `write`, `destroy`).
    ///
    /// # Errors
    /// [`Unknown`] names the first word that selects none of `entries`.
    pub fn including(self, words: &[String], entries: &[Entry]) -> Result<Self, Unknown> {
        self.including_of(Vocabulary::All, words, entries)
    }

    /// The same for words of this vocabulary.
    ///
    /// # Errors
    /// As [`Selection::including`].
    pub fn including_of<'e>(
        mut self,
        vocabulary: Vocabulary,
        words: &[impl AsRef<str>],
        entries: impl IntoIterator<Item = &'e Entry, IntoIter: Clone>,
    ) -> Result<Self, Unknown> {
        self.include = patterns(vocabulary, words, entries.into_iter())?;
        Ok(self)
    }

    /// Removes the tools that one of these words names.
    ///
    /// # Errors
    /// As [`Selection::including`].
    pub fn excluding(self, words: &[String], entries: &[Entry]) -> Result<Self, Unknown> {
        self.excluding_of(Vocabulary::All, words, entries)
    }

    /// The same for words of this vocabulary.
    ///
    /// # Errors
    /// As [`Selection::including`].
    pub fn excluding_of<'e>(
        mut self,
        vocabulary: Vocabulary,
        words: &[impl AsRef<str>],
        entries: impl IntoIterator<Item = &'e Entry, IntoIter: Clone>,
    ) -> Result<Self, Unknown> {
        self.exclude = patterns(vocabulary, words, entries.into_iter())?;
        Ok(self)
    }

    /// Whether to select only tools that change nothing.
    pub fn read_only(mut self, read_only: bool) -> Self {
        self.read_only = read_only;
        self
    }

    /// Whether the tool is selected.
    pub fn admits(&self, entry: &Entry) -> bool {
        (self.include.is_empty() || self.includes(entry)) && self.leaves(entry)
    }

    /// Whether one of these general tools, which run others, is selected. Words for other tools
    /// choose what it may run, and take it away only where they name such tools too.
    pub fn admits_general(&self, entry: &Entry, general: &[Entry]) -> bool {
        let is_named = general.iter().any(|one| self.includes(one));
        (!is_named || self.includes(entry)) && self.leaves(entry)
    }

    fn includes(&self, entry: &Entry) -> bool {
        self.include.iter().any(|pattern| pattern.fits(entry))
    }

    fn leaves(&self, entry: &Entry) -> bool {
        let is_excluded = self.exclude.iter().any(|pattern| pattern.fits(entry));
        !is_excluded && (!self.read_only || entry.policy.effect == Effect::Read)
    }
}

/// In one order and each once, so that the same words make the same selection.
fn patterns<'e>(
    vocabulary: Vocabulary,
    words: &[impl AsRef<str>],
    entries: impl Iterator<Item = &'e Entry> + Clone,
) -> Result<Vec<Pattern>, Unknown> {
    let tools = entries.filter(|entry| entry.kind == Kind::Tool);
    let pattern = |word: &str| {
        let pattern = vocabulary.pattern(word);
        let fitting = pattern.filter(|pattern| tools.clone().any(|entry| pattern.fits(entry)));
        fitting.ok_or_else(|| Unknown {
            word: word.to_owned(),
            nearest: vocabulary.nearest(word, tools.clone().map(|entry| entry.name)),
            vocabulary,
        })
    };
    let words = words.iter().map(|word| pattern(word.as_ref()));
    let mut patterns: Vec<_> = words.collect::<Result<_, _>>()?;
    patterns.sort_unstable();
    patterns.dedup();
    Ok(patterns)
}

impl Vocabulary {
    fn pattern(self, word: &str) -> Option<Pattern> {
        let pattern = match self {
            Vocabulary::Names => Pattern::Name(word.to_owned()),
            Vocabulary::All | Vocabulary::Nouns => Pattern::of(word),
        };
        let is_noun = matches!(pattern, Pattern::Noun(_));
        (self != Vocabulary::Nouns || is_noun).then_some(pattern)
    }

    /// The word that was probably meant.
    fn nearest<'n>(self, word: &str, tools: impl Iterator<Item = &'n str>) -> Option<String> {
        let nouns = tools::NOUNS.iter().map(|(noun, _)| *noun);
        match self {
            Vocabulary::Names => nearest(word, tools),
            Vocabulary::Nouns => nearest(word, nouns),
            Vocabulary::All => {
                let effects = EFFECTS.map(|(word, _)| word);
                nearest(word, tools.chain(nouns).chain(effects))
            }
        }
    }
}

const EFFECTS: [(&str, Effect); 3] = [
    ("read", Effect::Read),
    ("write", Effect::Write),
    ("destroy", Effect::Destroy),
];

impl Pattern {
    fn of(word: &str) -> Self {
        let noun = tools::NOUNS.iter().find(|(noun, _)| *noun == word);
        let effect = EFFECTS.iter().find(|(name, _)| *name == word);
        match (noun, effect) {
            (Some((noun, _)), _) => Pattern::Noun(noun),
            (None, Some((_, effect))) => Pattern::Effect(*effect),
            (None, None) => Pattern::Name(word.to_owned()),
        }
    }

    fn fits(&self, entry: &Entry) -> bool {
        match self {
            Pattern::Name(pattern) => fits(pattern, entry.name),
            Pattern::Noun(wanted) => tools::NOUNS
                .iter()
                .filter(|(noun, _)| noun == wanted)
                .any(|(_, tools)| tools.iter().any(|tool| tool.name == entry.name)),
            Pattern::Effect(effect) => entry.policy.effect == *effect,
        }
    }
}

/// Whether the name matches the pattern, in which `*` stands for any text.
fn fits(pattern: &str, name: &str) -> bool {
    let mut parts = pattern.split('*');
    let first = parts.next().unwrap_or_default();
    let Some(mut rest) = name.strip_prefix(first) else {
        return false;
    };
    let Some(last) = parts.next_back() else {
        return rest.is_empty();
    };
    for part in parts {
        match rest.split_once(part) {
            Some((_, after)) => rest = after,
            None => return false,
        }
    }
    rest.ends_with(last)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chosen(
        include: &[&str],
        exclude: &[&str],
        read_only: bool,
    ) -> Result<Vec<&'static str>, String> {
        let words = |words: &[&str]| {
            words
                .iter()
                .map(|word| (*word).to_owned())
                .collect::<Vec<_>>()
        };
        let entries: Vec<_> = tools::catalogue().copied().collect();
        let selection = Selection::default()
            .including(&words(include), &entries)
            .and_then(|selection| selection.excluding(&words(exclude), &entries))
            .map_err(|unknown| unknown.to_string())?
            .read_only(read_only);
        let chosen = entries.iter().filter(|entry| selection.admits(entry));
        Ok(chosen.map(|entry| entry.name).collect())
    }

    #[test]
    fn names_patterns_nouns_and_effects_choose() {
        let threads = ["webex-create-thread-reply", "webex-get-thread"];
        type Words<'a> = &'a [&'a str];
        let rows: [(Words<'_>, Words<'_>, bool, Words<'_>); 6] = [
            (&["webex-get-space"], &[], false, &["webex-get-space"]),
            (&["webex-*-thread*"], &[], false, &threads),
            (
                &["threads"],
                &["webex-create-*"],
                false,
                &["webex-get-thread"],
            ),
            (&["threads"], &[], true, &["webex-get-thread"]),
            (&["threads"], &["write"], false, &["webex-get-thread"]),
            (
                &["destroy"],
                &["webex-delete-*", "invitees", "participants"],
                false,
                &[
                    "webex-archive-spaces",
                    "webex-remove-membership",
                    "webex-remove-team-membership",
                    "webex-sync-memberships",
                    "webex-update-meeting",
                    "webex-update-membership",
                    "webex-update-person",
                ],
            ),
        ];
        for (include, exclude, read_only, expected) in rows {
            let mut chosen = chosen(include, exclude, read_only).unwrap();
            chosen.sort_unstable();
            assert_eq!(chosen, expected, "{include:?} without {exclude:?}");
        }
        let all = tools::catalogue().count();
        assert_eq!(chosen(&[], &[], false).unwrap().len(), all);
        assert_eq!(chosen(&["*"], &[], false).unwrap().len(), all);
        assert!(chosen(&[], &[], true).unwrap().len() < all);
    }

    #[test]
    fn a_word_that_chooses_nothing_is_told_with_the_nearest() {
        for (word, nearest) in [
            ("webex-get-spaces", "`webex-get-space`"),
            ("mesages", "`messages`"),
            ("destory", "`destroy`"),
            ("zzz-*", "lists the tools"),
        ] {
            let told = chosen(&[word], &[], false).unwrap_err();
            assert!(told.contains(nearest) && told.contains(word), "{told}");
            assert!(chosen(&[], &[word], false).is_err(), "{word}");
        }
    }

    #[test]
    fn stars_stand_for_any_text() {
        for (pattern, name, expected) in [
            ("a", "a", true),
            ("a", "ab", false),
            ("a*", "ab", true),
            ("*b", "ab", true),
            ("a*c", "abc", true),
            ("a*c", "ac", true),
            ("ab*bc", "abc", false),
            ("*", "", true),
            ("a*b*c", "a-b-b-c", true),
            ("a*b*c", "a-c", false),
        ] {
            assert_eq!(fits(pattern, name), expected, "{pattern} {name}");
        }
    }
}
