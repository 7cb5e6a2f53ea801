//! `audit`: verifies the journal, and lists or exports its entries.

mod outcomes;

use std::collections::VecDeque;
use std::path::PathBuf;

use clap::{Args, Subcommand};
use jiff::Timestamp;
use serde::Serialize;
use serde_json::value::RawValue;

use super::output::{say, table, warn};
use super::{Failure, Sources};
use crate::config::settings::nearest_of;
use crate::config::{Environment, Loaded};
use crate::journal::audit::{Book, Filter, Line};
use crate::journal::verify::{NotedHead, Stop};
use crate::journal::{Entry, Unavailable};
use crate::keys;
use crate::tool::counted;

/// Entries that a listing shows by default: a few screens.
const LISTED_DEFAULT_ENTRIES: usize = 100;
/// The most entries that a listing holds in memory; an export holds none.
const LISTED_MAX_ENTRIES: usize = 100_000;

#[derive(Debug, Args)]
#[command(after_help = "\
The journal holds ids, digests and decisions, never what people wrote. It may be read while a server
writes it.

Examples:
  webex-mcp audit verify
  webex-mcp audit verify --head 1234:0f3a…      a head that was noted elsewhere, whole
  webex-mcp audit list --since 2026-11-28T08:00:00Z --outcome outcome_unknown
  webex-mcp audit export | jq 'select(.entry.kind == \"note\")'")]
pub struct Arguments {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Check every hash, the sequence and the signed heads; name the first wrong entry, exit code 1
    Verify(Verify),
    /// Show entries as a table, the newest last
    List(List),
    /// Write entries as JSON Lines, with their numbers and hashes
    Export(Export),
}

#[derive(Debug, Args)]
struct Verify {
    /// A head that `audit verify` printed earlier: finds a journal that was cut after it
    #[arg(long, value_name = "SEQ:HASH")]
    head: Option<NotedHead>,
    #[command(flatten)]
    sources: Sources,
}

#[derive(Debug, Args)]
struct List {
    #[command(flatten)]
    wanted: Wanted,
    /// How many, counted from the newest
    #[arg(long, value_name = "N", default_value_t = LISTED_DEFAULT_ENTRIES)]
    limit: usize,
    #[command(flatten)]
    sources: Sources,
}

#[derive(Debug, Args)]
struct Export {
    #[command(flatten)]
    wanted: Wanted,
    /// How many, counted from the oldest that fits
    #[arg(long, value_name = "N")]
    limit: Option<usize>,
    #[command(flatten)]
    sources: Sources,
}

#[derive(Debug, Args)]
struct Wanted {
    /// From this time on, as 2026-11-28T08:00:00Z
    #[arg(long, value_name = "TIME", value_parser = time)]
    since: Option<Timestamp>,
    /// Before this time
    #[arg(long, value_name = "TIME", value_parser = time)]
    until: Option<Timestamp>,
    /// Only of this principal, by its pseudonym or its name
    #[arg(long, value_name = "WHO")]
    principal: Option<String>,
    /// Only of this tool
    #[arg(long, value_name = "TOOL")]
    tool: Option<String>,
    /// Only with this outcome or decision: done, outcome_unknown, denied, for example
    #[arg(long, value_name = "WORD")]
    outcome: Option<String>,
}

fn time(text: &str) -> Result<Timestamp, &'static str> {
    let read = text.parse();
    read.map_err(|_| "write a time with its zone, as 2026-11-28T08:00:00Z")
}

impl Wanted {
    fn filter(self) -> Filter {
        Filter {
            since: self.since,
            until: self.until,
            principal: self.principal,
            tool: self.tool,
            outcome: self.outcome,
        }
    }
}

/// # Errors
/// There is no journal, it cannot be read, or something in it is wrong.
pub fn run(arguments: Arguments, environment: &Environment) -> Result<(), Failure> {
    match arguments.action {
        Action::Verify(verify) => {
            let loaded = verify.sources.load_aloud(environment, Vec::new())?;
            say(format_args!("{}", verified(&loaded, verify.head)?))?;
        }
        Action::List(list) => {
            let loaded = list.sources.load_aloud(environment, Vec::new())?;
            let limit = list.limit.min(LISTED_MAX_ENTRIES);
            let filter = list.wanted.filter();
            let book = open(&loaded)?;
            outcomes::check(&book, &filter)?;
            let rows = listed(&book, &filter, limit)?;
            if let ([_], true) = (rows.as_slice(), limit > 0) {
                warn(format_args!("{}", nothing_fits(&filter)));
            }
            for row in rows {
                say(format_args!("{row}"))?;
            }
        }
        Action::Export(export) => {
            let loaded = export.sources.load_aloud(environment, Vec::new())?;
            let mut left = export.limit.unwrap_or(usize::MAX);
            let book = open(&loaded)?;
            let filter = export.wanted.filter();
            outcomes::check(&book, &filter)?;
            let mut written = Ok(());
            let read = book.each(&filter, |line| {
                if left > 0 {
                    left -= 1;
                    written = say(format_args!("{}", exported(&line)));
                }
                left > 0 && written.is_ok()
            });
            read.map_err(unreadable)?;
            written?;
        }
    }
    Ok(())
}

fn open(loaded: &Loaded) -> Result<Book, Failure> {
    let directory = data_dir(loaded)?;
    let book = Book::open(&directory).map_err(|error| Failure::other(format!("{error}.")))?;
    book.ok_or_else(|| {
        Failure::other(format!(
            "there is no journal in {}; name the server's --data-dir. A server with --sandbox keeps none.",
            directory.display()
        ))
    })
}

fn data_dir(loaded: &Loaded) -> Result<PathBuf, Failure> {
    let found = loaded.config.data.dir.clone();
    found.ok_or_else(|| Failure::Usage("no data directory is known; set --data-dir.".to_owned()))
}

fn unreadable(_: Unavailable) -> Failure {
    Failure::other("the journal could not be read to its end.")
}

fn verified(loaded: &Loaded, noted: Option<NotedHead>) -> Result<String, Failure> {
    let book = open(loaded)?;
    let known = keys::known(&loaded.secrets, &data_dir(loaded)?)?;
    let secrets: Vec<_> = known.iter().collect();
    let found = book.verify(&secrets, noted).map_err(|stop| match stop {
        Stop::Wrong(wrong) => Failure::other(format!("the journal is damaged: {wrong}.")),
        Stop::Unavailable => unreadable(Unavailable),
    })?;
    let removed = match found.removed_through {
        0 => String::new(),
        through => format!(", after {through} that retention removed"),
    };
    let keys = if secrets.is_empty() {
        "; no secret is set here, so signatures were checked against the journal's own keys"
    } else {
        ""
    };
    Ok(format!(
        "ok: {}{removed}; {}, the last at entry {}{keys}.\nhead {}:{}",
        counted(found.entries, "entry"),
        counted(found.signed_heads, "signed head"),
        found.signed_through,
        found.head,
        found.hash
    ))
}

/// An empty table could also come from a word that is written wrong.
fn nothing_fits(filter: &Filter) -> String {
    let servers = crate::servers::all();
    let tools = servers.iter().flat_map(|server| server.every_tool());
    let names: Vec<_> = tools.map(|tool| tool.entry.name).collect();
    match filter.tool.as_deref().filter(|tool| !names.contains(tool)) {
        Some(tool) => {
            let meant = nearest_of(tool, names, "`webex-mcp tools` lists them");
            format!("no entry fits: there is no tool `{tool}`; {meant}")
        }
        None => {
            "no entry fits; leave filters out to see which names and words there are.".to_owned()
        }
    }
}

/// One line of an export; `entry` has exactly the bytes that the hash covers.
#[derive(Serialize)]
struct Exported<'l> {
    seq: u64,
    hash: &'l str,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<&'l str>,
    entry: &'l RawValue,
}

fn exported(line: &Line<'_>) -> String {
    // The entry was already read as JSON before.
    let Ok(entry) = serde_json::from_str(line.body) else {
        return String::new();
    };
    let exported = Exported {
        seq: line.seq,
        hash: &line.hash,
        name: line.name,
        entry,
    };
    serde_json::to_string(&exported).unwrap_or_default()
}

/// A table of the newest matching entries.
fn listed(book: &Book, filter: &Filter, limit: usize) -> Result<Vec<String>, Failure> {
    let mut rows: VecDeque<[String; 6]> = VecDeque::new();
    rows.push_back(["seq", "time", "kind", "who", "tool", "what"].map(str::to_owned));
    let read = book.each(filter, |line| {
        if rows.len() > limit {
            rows.remove(1);
        }
        if limit > 0 {
            rows.push_back(row(&line));
        }
        true
    });
    read.map_err(unreadable)?;
    Ok(table(rows.into()))
}

fn row(line: &Line<'_>) -> [String; 6] {
    let entry = line.entry;
    let kind = serde_json::to_value(entry.kind).unwrap_or_default();
    [
        line.seq.to_string(),
        format!("{:.0}", entry.at),
        kind.as_str().unwrap_or_default().to_owned(),
        line.name
            .or(entry.principal.as_deref())
            .map(plain)
            .unwrap_or_default(),
        entry.tool.as_deref().map(plain).unwrap_or_default(),
        what(entry),
    ]
}

/// What an entry says besides who and when.
fn what(entry: &Entry<'_>) -> String {
    let status = entry.status.map(|status| status.to_string());
    let count = entry.count.map(|count| count.to_string());
    let through = entry.through.map(|seq| format!("through {seq}"));
    let call = entry.call.map(|call| format!("call {call}"));
    let mut parts: Vec<&str> = [
        entry.decision.as_deref(),
        entry.operation.as_deref(),
        entry.target.as_deref(),
        entry.outcome.as_deref(),
        status.as_deref(),
        entry.reason.as_deref(),
        count.as_deref(),
        through.as_deref(),
    ]
    .into_iter()
    .flatten()
    .collect();
    parts.extend(entry.ids.iter().map(AsRef::as_ref));
    parts.extend(call.as_deref());
    plain(&parts.join(" "))
}

/// The text without control characters, which a terminal would obey.
fn plain(text: &str) -> String {
    text.chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Flag;
    use crate::identity::{Principal, Tenant};
    use crate::journal::{Journal, Note};

    fn loaded(directory: &std::path::Path) -> Loaded {
        let flag = Flag {
            flag: "--data-dir",
            section: "data",
            key: "dir",
            value: directory.display().to_string().into(),
        };
        Loaded::read(None, &Environment::default(), vec![flag]).unwrap()
    }

    async fn written(directory: &std::path::Path) {
        let (secret, _) = keys::obtain(Some(directory)).unwrap();
        let (journal, _) = Journal::start(Some(directory), &secret, None).unwrap();
        for reason in ["one", "two\u{1b}[31m"] {
            journal.note(Note {
                reason: Some(reason.to_owned()),
                ..Note::new(Tenant::single(), Principal::new("p1"), "denied")
            });
        }
        journal.flush().await;
    }

    #[tokio::test]
    async fn a_journal_is_verified_listed_and_exported() {
        let directory = tempfile::tempdir().unwrap();
        let loaded = loaded(directory.path());
        let nothing = verified(&loaded, None).unwrap_err();
        assert_eq!(nothing.code(), 1);
        assert!(nothing.to_string().contains("no journal"), "{nothing}");
        assert!(
            std::fs::read_dir(directory.path())
                .unwrap()
                .next()
                .is_none()
        );

        written(directory.path()).await;
        let told = verified(&loaded, None).unwrap();
        assert!(told.starts_with("ok: 3 entries; 1 signed head,"), "{told}");
        assert!(!told.contains("no secret"), "{told}");
        let head = told.lines().last().unwrap().trim_start_matches("head ");
        verified(&loaded, Some(head.parse().unwrap())).unwrap();
        let longer = format!("4:{}", "0".repeat(64)).parse().unwrap();
        let cut = verified(&loaded, Some(longer)).unwrap_err();
        assert_eq!(cut.code(), 1);
        assert!(cut.to_string().contains("entry 4"), "{cut}");

        let book = open(&loaded).unwrap();
        let rows = listed(&book, &Filter::default(), 2).unwrap();
        // A header line, the second note, and the key that signs the first commit.
        assert_eq!(rows.len(), 3, "{rows:?}");
        assert!(rows[1].contains("p1") && rows[1].contains("denied two"));
        let rows = listed(&book, &Filter::default(), 10).unwrap().join("\n");
        assert!(rows.contains("two [31m"), "{rows:?}");

        let nobody = Filter {
            tool: Some("webex-delete-spase".to_owned()),
            ..Filter::default()
        };
        assert_eq!(listed(&book, &nobody, 10).unwrap().len(), 1);
        let told = nothing_fits(&nobody);
        assert!(
            told.contains("did you mean `webex-delete-space`?"),
            "{told}"
        );

        for (word, expected) in [
            (
                "doen",
                Some("Did you mean `done`? This journal has: denied."),
            ),
            ("zzz", Some("decision. This journal has: denied.")),
            ("denied", None),
            ("outcome_unknown", None),
        ] {
            let wished = Filter {
                outcome: Some(word.to_owned()),
                ..Filter::default()
            };
            let refused = outcomes::check(&book, &wished).err();
            assert!(refused.as_ref().is_none_or(|it| it.code() == 2), "{word}");
            let told = refused.map(|refused| refused.to_string());
            let is_as_expected = match (&told, expected) {
                (Some(told), Some(expected)) => told.contains(expected),
                (told, expected) => told.is_none() && expected.is_none(),
            };
            assert!(is_as_expected, "{word}: {told:?}");
        }

        let mut lines = Vec::new();
        book.each(&Filter::default(), |line| {
            lines.push(exported(&line));
            true
        })
        .unwrap();
        let first: serde_json::Value = serde_json::from_str(&lines[0]).unwrap();
        assert_eq!(
            (&first["seq"], &first["entry"]["reason"]),
            (&1.into(), &"one".into())
        );
    }
}
