//! The house's rules as data: who may import whom, what must be absent, and how large a part may be.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// A room, and the rooms that it may import. A name stands for its inner rooms too.
type Row = (&'static str, &'static [&'static str]);

/// Each room of the server and the rooms that it may import. What is not listed is forbidden.
const SERVER: &[Row] = &[
    (
        "commands",
        &[
            "server",
            "config",
            "documents",
            "observe",
            "broker",
            "grants",
            "identity",
            "error",
            "folders",
            "limits",
            "login",
            "tool",
            "tools",
            "servers",
            "seal",
            "keys",
            "journal",
        ],
    ),
    ("documents", &["call", "config", "tool", "tools", "servers"]),
    (
        "server",
        &[
            "edge", "auth", "broker", "grants", "call", "config", "folders", "observe", "identity",
            "idp", "error", "limits", "login", "tool", "tools", "servers", "seal", "keys",
            "stores", "journal", "gate", "hooks", "outbound",
        ],
    ),
    (
        "edge",
        &[
            "auth", "broker", "call", "servers", "identity", "idp", "error", "folders", "limits",
            "tool", "seal", "stores", "observe", "text", "hooks",
        ],
    ),
    (
        "call",
        &[
            "auth",
            "broker",
            "gate",
            "hooks",
            "tool",
            "servers",
            "identity",
            "error",
            "limits",
            "seal",
            "stores",
            "journal",
            "observe",
            "schedules",
            "text",
            "works",
        ],
    ),
    (
        "servers",
        &[
            "config", "error", "limits", "prompts", "scope", "seal", "text", "tool", "tools",
        ],
    ),
    ("prompts", &["briefs", "tool", "tools", "error", "limits"]),
    ("briefs", &["tool", "tools", "error", "limits"]),
    ("scope", &["identity", "limits"]),
    (
        "tools",
        &["tool", "identity", "error", "hosts", "limits", "text"],
    ),
    ("tool", &["error", "identity", "limits", "text"]),
    (
        "gate",
        &[
            "auth", "error", "identity", "journal", "limits", "scope", "tool",
        ],
    ),
    (
        "works",
        &["error", "identity", "limits", "seal", "stores", "tool"],
    ),
    (
        "schedules",
        &["error", "identity", "journal", "limits", "stores", "tool"],
    ),
    (
        "hooks",
        &[
            "error", "identity", "limits", "seal", "stores", "text", "tool",
        ],
    ),
    (
        "stores",
        &["tool", "identity", "error", "folders", "limits", "seal"],
    ),
    ("observe", &["config", "limits"]),
    ("config", &["limits", "observe", "outbound", "seal"]),
    ("keys", &["config", "folders", "seal", "limits"]),
    ("seal", &["limits"]),
    ("error", &["limits", "text"]),
    ("text", &["limits"]),
    ("identity", &[]),
    ("hosts", &["text"]),
    ("folders", &[]),
    ("outbound", &["hosts", "limits"]),
    ("limits", &[]),
    (
        "journal",
        &["stores", "identity", "error", "limits", "seal"],
    ),
    (
        "auth",
        &[
            "broker", "grants", "identity", "idp", "error", "limits", "login", "seal",
        ],
    ),
    (
        "idp",
        &["broker", "identity", "limits", "outbound", "seal", "stores"],
    ),
    ("grants", &["error", "identity", "limits", "seal", "stores"]),
    ("login", &["error", "grants", "limits", "seal", "stores"]),
    (
        "broker",
        &[
            "error", "grants", "identity", "journal", "limits", "outbound", "seal", "stores",
            "text",
        ],
    ),
];

/// What each noun of the client may import beside the nouns that [`CLIENT`] lists for it.
const NOUN_MAY: &[&str] = &[
    "client",
    "deletion",
    "error",
    "lenient",
    "limits",
    "multipart",
    "open_enum",
    "operation",
    "page",
    "send",
    "timestamp",
    "token",
    "transport",
];

/// The nouns of the client, and the other nouns that they are about.
const CLIENT_NOUNS: &[Row] = &[
    ("attachment_actions", &[]),
    ("authorizations", &[]),
    ("contents", &[]),
    ("events", &[]),
    ("invitees", &["meetings"]),
    ("meeting_summaries", &["meetings"]),
    ("meetings", &[]),
    ("memberships", &["rooms"]),
    ("messages", &["rooms"]),
    ("oauth", &["pages"]),
    ("participants", &[]),
    ("people", &[]),
    ("recordings", &["meetings"]),
    ("rooms", &[]),
    ("scopes", &[]),
    ("team_memberships", &[]),
    ("teams", &[]),
    ("transcripts", &["contents", "meetings"]),
    ("webhooks", &[]),
];

/// The rooms of the client beneath its nouns, and the two that list the nouns.
const CLIENT: &[Row] = &[
    (
        "around",
        &["client", "error", "operation", "token", "transport"],
    ),
    ("base", &["error"]),
    (
        "client",
        &[
            "around",
            "base",
            "error",
            "limits",
            "operation",
            "page",
            "place",
            "settings",
            "token",
            "transport",
        ],
    ),
    ("deletion", &["error", "limits"]),
    ("error", &["limits", "transport"]),
    ("id", &[]),
    ("lenient", &[]),
    ("limits", &[]),
    ("multipart", &["error", "limits", "transport"]),
    ("open_enum", &[]),
    ("operation", &["error", "multipart", "page", "timestamp"]),
    ("page", &["base", "client", "error", "limits", "operation"]),
    ("place", &["limits"]),
    (
        "send",
        &[
            "around",
            "client",
            "error",
            "limits",
            "multipart",
            "operation",
            "token",
            "transport",
        ],
    ),
    ("settings", &[]),
    ("timestamp", &["error"]),
    ("token", &["error"]),
    ("transport", &["limits", "settings"]),
];

/// The two rooms of the client that name every noun.
const CLIENT_LISTS: [&str; 2] = ["nouns", "operations"];

/// What each room of rules in the sandbox may import beside the rules that [`RULES`] lists for it.
const RULE_MAY: &[&str] = &[
    "problem",
    "rows",
    "rules::shown",
    "storage",
    "table",
    "world",
];

/// The rules of the sandbox, and the other rules that they ask.
const RULES: &[Row] = &[
    ("rules", &[]),
    ("rules::caller", &[]),
    ("rules::shown", &[]),
    ("rules::contents", &["rules::caller"]),
    ("rules::events", &["rules::caller"]),
    ("rules::people", &[]),
    ("rules::sight", &["rules::caller"]),
    ("rules::webhooks", &[]),
    (
        "rules::attachment_actions",
        &["rules::events", "rules::webhooks"],
    ),
    (
        "rules::meetings",
        &["rules::caller", "rules::events", "rules::webhooks"],
    ),
    (
        "rules::memberships",
        &[
            "rules::caller",
            "rules::events",
            "rules::sight",
            "rules::webhooks",
        ],
    ),
    (
        "rules::team_memberships",
        &["rules::caller", "rules::memberships", "rules::sight"],
    ),
    (
        "rules::rooms",
        &[
            "rules::caller",
            "rules::events",
            "rules::memberships",
            "rules::sight",
            "rules::team_memberships",
            "rules::webhooks",
        ],
    ),
    ("rules::teams", &["rules::rooms", "rules::team_memberships"]),
    (
        "rules::messages",
        &[
            "rules::caller",
            "rules::contents",
            "rules::events",
            "rules::rooms",
            "rules::webhooks",
        ],
    ),
];

/// What everything that answers requests in the sandbox may import.
const ROUTE_MAY: &[&str] = &[
    "page",
    "population",
    "problem",
    "request",
    "rows",
    "rules",
    "sandbox",
    "storage",
    "table",
    "values",
    "world",
];

/// The routes of the sandbox, and the other routes that they share something with.
const ROUTES: &[Row] = &[
    ("routes", &[]),
    ("routes::attachment_actions", &[]),
    ("routes::authorizations", &[]),
    ("routes::contents", &[]),
    ("routes::events", &[]),
    ("routes::invitees", &["routes::meetings"]),
    ("routes::meeting_summaries", &[]),
    ("routes::meetings", &["answer"]),
    ("routes::memberships", &[]),
    ("routes::messages", &["routes::contents"]),
    ("routes::participants", &[]),
    ("routes::people", &[]),
    ("routes::recordings", &["routes::meetings"]),
    ("routes::rooms", &[]),
    ("routes::team_memberships", &[]),
    ("routes::teams", &[]),
    ("routes::transcripts", &[]),
    ("routes::webhooks", &[]),
    ("oauth", &["pages"]),
    ("live_page", &["changes", "courier", "faults", "pages"]),
    (
        "admin",
        &["answer", "faults", "live_page", "pages", "rate_limits"],
    ),
];

/// The other rooms of the sandbox: rows know nothing, and the world knows rows.
const SANDBOX: &[Row] = &[
    ("table", &[]),
    ("storage", &["table"]),
    ("rows", &["storage", "table"]),
    ("population", &["rows", "table"]),
    ("world", &["population", "rows", "storage", "table"]),
    ("problem", &["table"]),
    ("pages", &["problem"]),
    ("changes", &[]),
    ("clock", &[]),
    ("courier", &["rows"]),
    ("faults", &[]),
    ("rate_limits", &["problem", "rows"]),
    ("options", &["clock", "population"]),
    (
        "sandbox",
        &[
            "changes",
            "clock",
            "courier",
            "faults",
            "population",
            "problem",
            "rate_limits",
            "rows",
            "rules",
            "storage",
            "world",
        ],
    ),
    (
        "persistence",
        &["clock", "options", "sandbox", "storage", "world"],
    ),
    ("seed", &["problem", "rows", "rules", "storage", "world"]),
    ("values", &["problem"]),
    (
        "request",
        &["problem", "rows", "rules", "sandbox", "values", "world"],
    ),
    ("page", &["problem", "request", "rules", "table"]),
    (
        "answer",
        &["faults", "problem", "request", "rows", "rules", "sandbox"],
    ),
    ("mount", &["sandbox"]),
    (
        "manual",
        &[
            "changes", "courier", "faults", "options", "request", "rows", "rules", "sandbox",
            "storage", "table", "world",
        ],
    ),
];

/// Rooms whose inner rooms are rooms of their own, one a noun.
const HALLS: [&str; 2] = ["rules", "routes"];

/// The circles among rooms that are there on purpose, and why.
const CIRCLES: [(&str, &[&str], &str); 1] = [(
    "webex",
    &["around", "client", "operation", "page"],
    "a call is one thing in four files: the client sends a call, whose page leads to the next one, \
     and what is around it renews its token",
)];

/// What the sandbox takes of the client: how ids are built, Webex's bounds, what can be watched, and
/// the transport, which delivers webhooks. Everything else it spells itself, so that a field
/// misnamed in the client is found.
const SHARED_WITH_THE_CLIENT: [&str; 5] = ["id", "limits", "scopes", "transport", "webhooks"];

/// Libraries that only some rooms may touch: (library, where), relative to `crates/`.
const KEPT_IN: [(&str, &[&str]); 13] = [
    ("rmcp", &["webex-mcp/src/edge/mcp", "webex-mcp/examples"]),
    (
        "axum",
        &[
            "webex-mcp/src/edge",
            "webex-sandbox/src/admin",
            "webex-sandbox/src/answer",
            "webex-sandbox/src/lib.rs",
            "webex-sandbox/src/live_page",
            "webex-sandbox/src/mount.rs",
            "webex-sandbox/src/oauth",
            "webex-sandbox/src/page.rs",
            "webex-sandbox/src/pages",
            "webex-sandbox/src/request",
            "webex-sandbox/src/routes",
            "webex-mcp/examples",
            "webex/tests",
        ],
    ),
    (
        "hyper_rustls",
        &["webex/src/transport", "webex-mcp/src/outbound"],
    ),
    (
        "rustls",
        &[
            "webex/src/transport",
            "webex-mcp/src/outbound",
            "webex-mcp/src/edge/http/tls.rs",
        ],
    ),
    ("tokio_rustls", &["webex-mcp/src/edge/http"]),
    (
        "std::env",
        &[
            "webex-mcp/src/config",
            "webex-mcp/src/config.rs",
            "webex/examples",
            "webex-mcp/examples",
        ],
    ),
    (
        "webex_sandbox",
        &[
            "webex-mcp/src/commands",
            "webex-mcp/src/server.rs",
            "webex-mcp/src/server",
            "webex-sandbox",
        ],
    ),
    ("clap", &["webex-mcp/src/commands", "webex-mcp/src/main.rs"]),
    ("keyring", &["webex-mcp/src/login"]),
    ("opener", &["webex-mcp/src/commands/login"]),
    ("rpassword", &["webex-mcp/src/commands/login"]),
    ("redis", &["webex-mcp/src/stores"]),
    ("rusqlite", &["webex-mcp/src/stores"]),
];

const FILE_MAX_LINES: usize = 400;
const TOOL_FILE_MAX_LINES: usize = 90;
const FUNCTION_MAX_LINES: usize = 70;

/// Rooms without a name of their own.
const NAMELESS: [&str; 7] = [
    "util", "utils", "common", "helper", "helpers", "types", "misc",
];

/// Folders of what is built, and of what only tests have.
const NOT_SOURCES: [&str; 3] = ["target", "tests", "check"];

struct Source {
    /// Relative to `crates/`.
    path: String,
    /// Without what only tests have.
    text: String,
}

fn crates() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn sources(below: &str) -> Vec<Source> {
    fn walk(folder: &Path, found: &mut Vec<PathBuf>) {
        for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
            let path = entry.path();
            if path.is_dir() {
                let name = path.file_name().unwrap_or_default();
                if !NOT_SOURCES.iter().any(|folder| name == *folder) {
                    walk(&path, found);
                }
            } else if path.extension().is_some_and(|ending| ending == "rs") {
                found.push(path);
            }
        }
    }
    let root = crates();
    let mut found = Vec::new();
    walk(&root.join(below), &mut found);
    assert!(!found.is_empty(), "no sources below {below}");
    found.sort();
    found
        .into_iter()
        .filter(|path| !is_test_file(path))
        .map(|path| {
            let whole = fs::read_to_string(&path).unwrap();
            let text = without_tests(&whole);
            let path = path
                .strip_prefix(&root)
                .unwrap()
                .to_string_lossy()
                .into_owned();
            Source { path, text }
        })
        .collect()
}

/// A source up to its tests, without the other items that only tests have. Items inside others stay.
fn without_tests(whole: &str) -> String {
    let mut kept = Vec::new();
    let mut lines = whole.lines();
    while let Some(line) = lines.next() {
        if line != "#[cfg(test)]" {
            kept.push(line);
            continue;
        }
        let mut item = lines.by_ref().skip_while(|line| line.starts_with("#["));
        let first = item.next().unwrap_or_default();
        if first.contains("mod ") && first.ends_with('{') {
            break;
        }
        let is_end = |line: &str| line.ends_with(';') || line.starts_with('}');
        if !is_end(first) && !first.ends_with('}') {
            // rustfmt puts the end of an item at the margin.
            let at_margin = |line: &str| !line.starts_with(' ') && is_end(line);
            item.find(|line| at_margin(line));
        }
    }
    kept.join("\n")
}

#[test]
fn only_what_tests_have_is_left_out_of_a_source() {
    for (whole, kept) in [
        ("a\n#[cfg(test)]\nuse b::C;\nd", "a\nd"),
        ("a\n#[cfg(test)]\nuse b::{\n    C,\n};\nd", "a\nd"),
        ("a\n#[cfg(test)]\nmod b;\nd", "a\nd"),
        ("a\n#[cfg(test)]\n#[path = \"b.rs\"]\nmod b;\nd", "a\nd"),
        ("#[cfg(test)]\npub fn b() {\n    c;\n}\nd", "d"),
        ("#[cfg(test)]\nfn b(\n    c: u8,\n) {\n    c;\n}\nd", "d"),
        ("a\n#[cfg(test)]\nmod tests {\n    b;\n}\nc", "a"),
        ("a\n#[cfg(test)]\n#[allow(b)]\nmod c {", "a"),
        (
            "a {\n    #[cfg(test)]\n    b,\n}\nc",
            "a {\n    #[cfg(test)]\n    b,\n}\nc",
        ),
    ] {
        assert_eq!(without_tests(whole), kept, "{whole}");
    }
}

/// Tests that live in a file of their own beside what they test.
fn is_test_file(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    name == "tests.rs" || name.ends_with("_tests.rs")
}

fn code_lines(source: &Source) -> impl Iterator<Item = &str> {
    source
        .text
        .lines()
        .filter(|line| !line.trim_start().starts_with("//"))
}

/// One crate's rooms, and what each of them imports of the others: with the file that does.
struct House {
    name: &'static str,
    imports: BTreeMap<String, BTreeMap<String, String>>,
}

impl House {
    fn read(name: &'static str) -> House {
        let root = format!("{name}/src/");
        let sources = sources(&root);
        let modules: Vec<(Vec<String>, &Source)> = sources
            .iter()
            .map(|source| {
                let inside = source.path.trim_start_matches(&root);
                let inside = inside.trim_end_matches(".rs").trim_end_matches("/mod");
                (inside.split('/').map(str::to_owned).collect(), source)
            })
            .collect();
        let rooms: BTreeSet<String> = modules.iter().map(|(module, _)| room(module)).collect();
        let is_root = |module: &[String]| module == ["lib"] || module == ["main"];
        let exported = modules.iter().filter(|(module, _)| module == &["lib"]);
        let exported: BTreeMap<String, Vec<String>> = exported
            .flat_map(|(_, source)| paths_after(&code(source), "pub use "))
            .filter_map(|path| Some((path.last()?.clone(), path)))
            .collect();
        let mut imports: BTreeMap<String, BTreeMap<String, String>> = BTreeMap::new();
        for (module, source) in modules.iter().filter(|(module, _)| !is_root(module)) {
            let from = room(module);
            let found = imports.entry(from.clone()).or_default();
            for path in paths_of(&code(source), module) {
                let path = exported.get(&path[0]).unwrap_or(&path);
                let whole = room(path);
                let to = if rooms.contains(&whole) {
                    whole
                } else {
                    path[0].clone()
                };
                if rooms.contains(&to) && to != from {
                    found.entry(to).or_insert_with(|| source.path.clone());
                }
            }
        }
        House { name, imports }
    }

    /// Every room that a room leads to, over any number of others.
    fn reach<'h>(&'h self, room: &'h str) -> BTreeSet<&'h str> {
        let mut seen = BTreeSet::new();
        let mut ahead = vec![room];
        while let Some(room) = ahead.pop() {
            let next = self.imports.get(room).into_iter().flat_map(BTreeMap::keys);
            ahead.extend(next.map(String::as_str).filter(|room| seen.insert(*room)));
        }
        seen
    }

    /// Rooms that lead to each other.
    fn circles(&self) -> BTreeSet<Vec<&str>> {
        let rooms = self.imports.keys().map(String::as_str);
        let circles = rooms.filter_map(|room| {
            let reached = self.reach(room);
            let round = reached
                .iter()
                .filter(|other| self.reach(other).contains(room));
            let circle: Vec<&str> = round.copied().collect();
            (!circle.is_empty()).then_some(circle)
        });
        circles.collect()
    }
}

/// The room of a module: its outermost folder or file, but for the rooms in halls.
fn room(module: &[String]) -> String {
    match module {
        [hall, noun, ..] if HALLS.contains(&hall.as_str()) => format!("{hall}::{noun}"),
        [room, ..] => room.clone(),
        [] => String::new(),
    }
}

fn code(source: &Source) -> String {
    code_lines(source).collect::<Vec<_>>().join("\n")
}

/// The paths from the root of the crate that a module names.
fn paths_of(code: &str, module: &[String]) -> Vec<Vec<String>> {
    let mut paths = paths_after(code, "crate::");
    for path in paths_after(code, "super::") {
        let ups = 1 + path.iter().take_while(|word| *word == "super").count();
        let above = module.len().saturating_sub(ups);
        let below = path.into_iter().skip(ups - 1);
        paths.push(module.iter().take(above).cloned().chain(below).collect());
    }
    paths.retain(|path| !path.is_empty());
    paths
}

/// Every path after a word, those between braces one by one.
fn paths_after(code: &str, start: &str) -> Vec<Vec<String>> {
    let mut paths = Vec::new();
    for (at, _) in code.match_indices(start) {
        let is_inner = code[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_' || c == ':');
        if !is_inner {
            branch(&code[at + start.len()..], &[], &mut paths);
        }
    }
    paths
}

/// Reads one branch of a tree of paths; gives what follows it.
fn branch<'c>(code: &'c str, before: &[String], paths: &mut Vec<Vec<String>>) -> &'c str {
    let code = code.trim_start();
    if let Some(mut rest) = code.strip_prefix('{') {
        loop {
            rest = rest.trim_start().trim_start_matches(',').trim_start();
            match rest.strip_prefix('}') {
                Some(after) => return after,
                None if rest.is_empty() => return rest,
                None => {
                    let after = branch(rest, before, paths);
                    let comma = after.find([',', '}']).unwrap_or(after.len());
                    rest = &after[comma..];
                }
            }
        }
    }
    let end = code.find(|c: char| !c.is_alphanumeric() && c != '_');
    let (word, rest) = code.split_at(end.unwrap_or(code.len()));
    let mut path = before.to_vec();
    if !word.is_empty() && word != "self" {
        path.push(word.to_owned());
    }
    match rest.strip_prefix("::") {
        Some(rest) if !word.is_empty() => branch(rest, &path, paths),
        _ => {
            paths.push(path);
            rest
        }
    }
}

#[test]
fn paths_are_read_out_of_trees() {
    let code = "use crate::a::{self, b::{c, d as e}};\nlet f = crate::g::h(1);";
    let paths: Vec<String> = paths_after(code, "crate::")
        .iter()
        .map(|path| path.join("::"))
        .collect();
    assert_eq!(paths, ["a", "a::b::c", "a::b::d", "g::h"]);
}

#[test]
fn a_circle_is_found_over_any_number_of_rooms() {
    let leads = [
        ("a", "b"),
        ("b", "c"),
        ("c", "a"),
        ("d", "a"),
        ("e", "f"),
        ("f", "e"),
    ];
    let mut house = House {
        name: "house",
        imports: BTreeMap::new(),
    };
    for (from, to) in leads {
        let imports = house.imports.entry(from.to_owned()).or_default();
        imports.insert(to.to_owned(), "file.rs".to_owned());
    }
    assert_eq!(
        house.circles(),
        BTreeSet::from([vec!["a", "b", "c"], vec!["e", "f"]])
    );
    let allowed = BTreeMap::from([
        ("a", vec!["b"]),
        ("b", vec![]),
        ("c", vec!["a"]),
        ("d", vec!["a"]),
    ]);
    let mut wrong = Vec::new();
    let rows = ["a", "b", "c", "d", "e", "f", "b", "g"];
    let rows = rows.into_iter().map(|room| (room, Vec::new()));
    table(&house, rows, &mut wrong);
    assert_eq!(
        wrong,
        ["house: `b` has two rows", "house: there is no room `g`"]
    );
    wrong.clear();
    check_imports(&house, &allowed, &mut wrong);
    let expected = [
        "file.rs: b may not import c",
        "house: the room `e` is not in the table",
        "house: the room `f` is not in the table",
    ];
    assert_eq!(wrong, expected);
}

fn check_imports(house: &House, allowed: &BTreeMap<&str, Vec<&str>>, wrong: &mut Vec<String>) {
    for (room, imports) in &house.imports {
        let Some(allowed) = allowed.get(room.as_str()) else {
            wrong.push(format!(
                "{}: the room `{room}` is not in the table",
                house.name
            ));
            continue;
        };
        for (target, file) in imports {
            let is_allowed = |name: &&str| {
                let inner = target.strip_prefix(*name);
                inner.is_some_and(|inner| inner.is_empty() || inner.starts_with("::"))
            };
            if !allowed.iter().any(is_allowed) {
                wrong.push(format!("{file}: {room} may not import {target}"));
            }
        }
    }
}

/// The rows by their rooms; a room has one row, and a row has a room.
fn table<'r>(
    house: &House,
    rows: impl Iterator<Item = (&'r str, Vec<&'static str>)>,
    wrong: &mut Vec<String>,
) -> BTreeMap<&'r str, Vec<&'static str>> {
    let mut table = BTreeMap::new();
    for (room, allowed) in rows {
        if !house.imports.contains_key(room) {
            wrong.push(format!("{}: there is no room `{room}`", house.name));
        }
        if table.insert(room, allowed).is_some() {
            wrong.push(format!("{}: `{room}` has two rows", house.name));
        }
    }
    table
}

fn with<'r>(
    shared: &[&'static str],
    rows: &'r [Row],
) -> impl Iterator<Item = (&'r str, Vec<&'static str>)> {
    rows.iter()
        .map(move |(room, own)| (*room, [shared, own].concat()))
}

#[test]
fn rooms_import_only_what_the_tables_allow() {
    let nouns = CLIENT_NOUNS.iter().map(|(noun, _)| *noun);
    let everything: Vec<&str> = nouns.chain(NOUN_MAY.iter().copied()).collect();
    let lists = CLIENT_LISTS
        .into_iter()
        .map(|room| (room, everything.clone()));
    let client = with(&[], CLIENT)
        .chain(with(NOUN_MAY, CLIENT_NOUNS))
        .chain(lists);
    let sandbox = with(&[], SANDBOX)
        .chain(with(RULE_MAY, RULES))
        .chain(with(ROUTE_MAY, ROUTES));
    let mut wrong = Vec::new();
    let mut check = |name, rows: &mut dyn Iterator<Item = _>| {
        let house = House::read(name);
        let allowed = table(&house, rows, &mut wrong);
        check_imports(&house, &allowed, &mut wrong);
    };
    check("webex", &mut { client });
    check("webex-sandbox", &mut { sandbox });
    check("webex-mcp", &mut with(&[], SERVER));
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn rooms_lead_in_circles_only_where_that_is_explained() {
    for name in ["webex", "webex-sandbox", "webex-mcp"] {
        let house = House::read(name);
        let explained = CIRCLES.iter().filter(|(house, ..)| *house == name);
        let explained: BTreeSet<Vec<&str>> =
            explained.map(|(_, rooms, _)| rooms.to_vec()).collect();
        assert_eq!(
            house.circles(),
            explained,
            "circles among the rooms of {name}"
        );
    }
}

#[test]
fn a_tool_reaches_no_other_slice() {
    let mut wrong = Vec::new();
    for source in sources("webex-mcp/src/tools") {
        let mut parts = source
            .path
            .trim_start_matches("webex-mcp/src/tools/")
            .split('/');
        let noun = parts.next().unwrap_or_default();
        if parts.next().is_none() {
            continue;
        }
        for line in code_lines(&source) {
            if let Some((_, import)) = line.split_once("crate::tools::")
                && !import.starts_with(noun)
                // What a message looks like and where it goes is shared by everything that sends or reads one.
                && !import.starts_with("messages::")
                // What belongs to a meeting belongs to one of its kinds.
                && !import.starts_with("meetings::")
                // A workflow is made of what the nouns offer.
                && noun != "workflows"
            {
                wrong.push(format!("{}: {}", source.path, line.trim()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// What a context carries for the house, and a tool reaches through its methods only.
const OF_THE_HOUSE: [&str; 7] = [
    "context.token",
    "context.caller",
    "context.shelf",
    "context.inbox",
    "context.outbox",
    "context.maker",
    "context.cursors",
];

#[test]
fn a_tool_takes_nothing_out_of_its_context() {
    let mut wrong = Vec::new();
    let folders = ["tools", "prompts", "briefs"].map(|folder| format!("webex-mcp/src/{folder}"));
    for source in folders.iter().flat_map(|folder| sources(folder)) {
        for line in code_lines(&source) {
            if OF_THE_HOUSE.iter().any(|field| line.contains(field)) {
                wrong.push(format!("{}: {}", source.path, line.trim()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn libraries_stay_in_their_rooms() {
    let mut wrong = Vec::new();
    for source in ["webex", "webex-sandbox", "webex-mcp"]
        .into_iter()
        .flat_map(sources)
    {
        for (library, rooms) in KEPT_IN {
            let path = format!("{library}::");
            let used = code_lines(&source).any(|line| {
                line.match_indices(&path).any(|(at, _)| {
                    !line[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_' || c == ':')
                })
            });
            if used && !rooms.iter().any(|room| source.path.starts_with(room)) {
                wrong.push(format!("{}: {library} does not belong here", source.path));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_sandbox_shares_little_with_the_client() {
    let mut wrong = Vec::new();
    for source in sources("webex-sandbox/src") {
        for path in paths_after(&code(&source), "webex::") {
            let shared = path.first().map(String::as_str).unwrap_or_default();
            if !SHARED_WITH_THE_CLIENT.contains(&shared) {
                wrong.push(format!("{}: webex::{}", source.path, path.join("::")));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_client_and_the_sandbox_know_nothing_of_mcp() {
    for (manifest, forbidden) in [
        (
            "webex/Cargo.toml",
            &["rmcp", "webex-sandbox", "webex-mcp"][..],
        ),
        ("webex-sandbox/Cargo.toml", &["rmcp", "webex-mcp"]),
    ] {
        let text = fs::read_to_string(crates().join(manifest)).unwrap();
        let dependencies = text.split("[dependencies]").nth(1).unwrap();
        let dependencies = dependencies.split("[dev-dependencies]").next().unwrap();
        for name in forbidden {
            assert!(!dependencies.contains(name), "{manifest} depends on {name}");
        }
    }
}

#[test]
fn nothing_is_global_and_mutable() {
    let mut wrong = Vec::new();
    for source in ["webex", "webex-sandbox", "webex-mcp"]
        .into_iter()
        .flat_map(sources)
    {
        for line in code_lines(&source) {
            let line = line
                .trim_start()
                .trim_start_matches("pub ")
                .trim_start_matches("pub(crate) ");
            let cell = ["Mutex", "RwLock", "Atomic", "OnceLock", "LazyLock", "Cell<"];
            if line.starts_with("static ")
                && (line.contains(" mut ") || cell.iter().any(|kind| line.contains(kind)))
            {
                wrong.push(format!("{}: {line}", source.path));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn files_and_functions_keep_their_budgets() {
    let mut wrong = Vec::new();
    for source in ["webex", "webex-sandbox", "webex-mcp"]
        .into_iter()
        .flat_map(sources)
    {
        let lines = source.text.lines().count();
        let is_tool = source.text.contains("impl Tool for ");
        let budget = if is_tool {
            TOOL_FILE_MAX_LINES
        } else {
            FILE_MAX_LINES
        };
        if lines > budget {
            wrong.push(format!("{}: {lines} lines, {budget} allowed", source.path));
        }
        for (name, length) in functions(&source.text) {
            if length > FUNCTION_MAX_LINES {
                wrong.push(format!(
                    "{}: fn {name} has {length} lines, {FUNCTION_MAX_LINES} allowed",
                    source.path
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Name and length of each function, by the indentation that rustfmt gives its closing brace.
fn functions(text: &str) -> Vec<(String, usize)> {
    let mut open: Vec<(String, String, usize)> = Vec::new();
    let mut done = Vec::new();
    for (number, line) in text.lines().enumerate() {
        let indent: String = line.chars().take_while(|c| *c == ' ').collect();
        let words = line.trim_start();
        let is_function = [
            "fn ",
            "pub fn ",
            "async fn ",
            "pub async fn ",
            "const fn ",
            "pub const fn ",
        ]
        .iter()
        .any(|start| words.starts_with(start))
            || words.starts_with("pub(") && words.contains(" fn ");
        if is_function && !words.ends_with(';') && !words.ends_with('}') {
            let name = words.split("fn ").nth(1).unwrap_or_default();
            let name = name.split(['(', '<']).next().unwrap_or_default().to_owned();
            open.push((indent, name, number));
        } else if words.starts_with('}')
            && let Some((start, name, from)) = open.last()
            && *start == indent
        {
            done.push((name.clone(), number - from + 1));
            open.pop();
        }
    }
    done
}

#[test]
fn every_room_has_a_name_and_says_what_it_is_for() {
    let mut wrong = Vec::new();
    for source in ["webex", "webex-sandbox", "webex-mcp"]
        .into_iter()
        .flat_map(sources)
    {
        let words: BTreeSet<_> = source.path.trim_end_matches(".rs").split('/').collect();
        if NAMELESS.iter().any(|name| words.contains(name)) {
            wrong.push(format!("{}: a room without a name of its own", source.path));
        }
        if !source.text.starts_with("//!") {
            wrong.push(format!(
                "{}: no header that says what it is for",
                source.path
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_test_of_the_whole_house_is_a_journey() {
    let mut wrong = Vec::new();
    let whole = crates().join("webex-mcp/tests/it");
    let (mut folders, mut files) = (vec![whole.clone()], Vec::new());
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let found = if path.is_dir() {
                &mut folders
            } else {
                &mut files
            };
            found.push(path);
        }
    }
    for path in files {
        let name = path.strip_prefix(&whole).unwrap();
        let name = name.to_string_lossy().into_owned();
        if ["journey.rs", "architecture.rs"].contains(&&*name) {
            continue;
        }
        let text = fs::read_to_string(&path).unwrap();
        let text: String = text.split_whitespace().collect();
        let tests = text.matches("#[tokio::test").count();
        let journeys = r#"#[tokio::test(crate="crate::journey""#;
        if text.matches(journeys).count() != tests {
            wrong.push(format!("{name}: a test that is no journey"));
        }
        for own in ["tempdir()", "TcpListener::bind("] {
            if tests > 0 && text.contains(own) {
                wrong.push(format!("{name}: {own} belongs to journey.rs"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_file_of_a_tool_or_a_prompt_is_listed() {
    let mut wrong = Vec::new();
    for (folder, entry) in [("tools", "Entry::of::<"), ("prompts", "Entry::prompt::<")] {
        for source in sources(&format!("webex-mcp/src/{folder}")) {
            if !source.text.contains("impl Tool for ") {
                continue;
            }
            let file = Path::new(&source.path);
            // A tool of several files is a folder.
            let file = match file.ends_with("mod.rs") {
                true => file.parent().unwrap(),
                false => file,
            };
            let module = file.file_stem().unwrap().to_string_lossy().into_owned();
            let list = fs::read_to_string(crates().join(file.with_file_name("mod.rs"))).unwrap();
            let listed = list.contains(&format!("mod {module};"))
                && list.contains(&format!("{entry}{module}::"));
            if !listed {
                wrong.push(format!("{}: not listed in its mod.rs", source.path));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
