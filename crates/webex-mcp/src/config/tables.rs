//! Tables of servers: `[servers.<slug>]` in a file, with slugs that the operator chooses.

use std::fmt;
use std::num::{NonZeroU32, NonZeroUsize};

use serde::de::{self, Unexpected, Visitor};
use serde::{Deserialize, Deserializer};

use super::AuthMode;
use crate::limits;

/// Tables whose names the operator chooses, as a file has them.
#[derive(Debug)]
pub struct Tables {
    /// What their names begin with.
    pub prefix: &'static str,
    /// The keys of each.
    pub keys: &'static [&'static str],
    /// A table inside each, and the keys of that.
    pub inner: Option<(&'static str, &'static [&'static str])>,
    /// What is wrong with a name, if anything.
    pub fault: fn(&str) -> Option<&'static str>,
    pub most: usize,
    /// How one is written.
    pub shape: &'static str,
    pub too_many: &'static str,
}

/// The section that holds the tables.
pub const SECTION: &str = "servers";

pub const TABLES: Tables = Tables {
    prefix: SECTION,
    keys: &KEYS,
    inner: Some((SCOPE, &SCOPE_KEYS)),
    fault: slug_fault,
    most: limits::SERVER_TABLES_MAX,
    shape: "each server is a table, [servers.<slug>]",
    too_many: "there are too many servers in this file",
};

/// The keys of a table, in the order of `config.default.toml`.
pub const KEYS: [&str; 11] = [
    "title",
    "description",
    "instructions",
    "tools",
    "exclude",
    "read_only",
    "authentication",
    "confirm",
    "without_elicitation",
    "calls_per_minute",
    "concurrent_calls",
];

/// The table inside a server's table that limits its data.
pub const SCOPE: &str = "scope";

/// The keys of that table, in the order of `config.default.toml`.
pub const SCOPE_KEYS: [&str; 12] = [
    "spaces",
    "exclude_spaces",
    "people",
    "exclude_people",
    "domains",
    "exclude_domains",
    "direct_messages",
    "max_audience",
    "ask_above",
    "outside_people",
    "mention_all",
    "authors",
];

/// An operator's settings for a server. A setting that is absent has its general value.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ServerTable {
    pub title: Option<String>,
    pub description: Option<String>,
    pub instructions: Option<String>,
    /// Names, patterns, nouns and effects; whether they select any tool is checked elsewhere.
    pub tools: Option<Vec<String>>,
    pub exclude: Option<Vec<String>>,
    pub read_only: Option<bool>,
    pub authentication: Option<AuthMode>,
    pub confirm: Option<Confirm>,
    pub without_elicitation: Option<WithoutElicitation>,
    pub calls_per_minute: Option<NonZeroU32>,
    pub concurrent_calls: Option<NonZeroUsize>,
    pub scope: Option<ScopeTable>,
}

/// The spaces and people that a server may reach. A setting that is absent sets no limit.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ScopeTable {
    pub spaces: Option<Vec<String>>,
    pub exclude_spaces: Option<Vec<String>>,
    pub people: Option<Vec<String>>,
    pub exclude_people: Option<Vec<String>>,
    pub domains: Option<Vec<String>>,
    pub exclude_domains: Option<Vec<String>>,
    pub direct_messages: Option<bool>,
    pub max_audience: Option<NonZeroU32>,
    pub ask_above: Option<NonZeroU32>,
    pub outside_people: Option<Allowed>,
    pub mention_all: Option<Allowed>,
    pub authors: Option<Vec<String>>,
}

/// Whether something is allowed: `true`, `false`, or `"ask"` for after a person has agreed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Allowed {
    Yes,
    Ask,
    No,
}

impl<'de> Deserialize<'de> for Allowed {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(AllowedVisitor)
    }
}

struct AllowedVisitor;

impl Visitor<'_> for AllowedVisitor {
    type Value = Allowed;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("true, false or \"ask\"")
    }

    fn visit_bool<E: de::Error>(self, is_allowed: bool) -> Result<Allowed, E> {
        Ok(match is_allowed {
            true => Allowed::Yes,
            false => Allowed::No,
        })
    }

    fn visit_str<E: de::Error>(self, word: &str) -> Result<Allowed, E> {
        match word {
            "ask" => Ok(Allowed::Ask),
            _ => Err(E::invalid_value(Unexpected::Str(word), &self)),
        }
    }
}

/// Which calls a person has to agree to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Confirm {
    Destroy,
    Write,
    Never,
}

/// The behavior where a client cannot ask its user.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum WithoutElicitation {
    Token,
    Refuse,
}

/// What is wrong with a slug, if anything: it is used in a path and on a command line.
pub fn slug_fault(slug: &str) -> Option<&'static str> {
    let is_plain = slug
        .bytes()
        .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-');
    if slug.is_empty() || slug.len() > limits::SLUG_MAX_BYTES || !is_plain {
        return Some("a slug has 1 to 64 lower-case letters, digits and hyphens");
    }
    None
}

impl ServerTable {
    /// The first key whose value is wrong by itself, and why.
    pub fn fault(&self) -> Option<(&'static str, String)> {
        let texts = [
            ("title", &self.title, limits::SERVER_TITLE_MAX_CHARS),
            (
                "description",
                &self.description,
                limits::SERVER_DESCRIPTION_MAX_CHARS,
            ),
            (
                "instructions",
                &self.instructions,
                limits::SERVER_INSTRUCTIONS_MAX_CHARS,
            ),
        ];
        for (key, text, most) in texts {
            if let Some(text) = text
                && (text.trim().is_empty() || text.chars().count() > most)
            {
                return Some((key, format!("it must have 1 to {most} characters")));
            }
        }
        if self.tools.as_ref().is_some_and(Vec::is_empty) {
            let reason = "an empty list offers nothing; leave it out for all tools";
            return Some(("tools", reason.to_owned()));
        }
        None
    }
}
