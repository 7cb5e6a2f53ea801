//! The house's rules as data: who may import whom, what must be absent, and how large a part may be.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// Each room of the server and the rooms that it may import. What is not listed is forbidden.
const IMPORTS: [(&str, &[&str]); 22] = [
    ("main", &["commands"]),
    (
        "commands",
        &[
            "server",
            "config",
            "documents",
            "observe",
            "identity",
            "error",
            "limits",
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
            "edge", "auth", "call", "config", "observe", "identity", "error", "limits", "tool",
            "tools", "servers", "seal", "keys", "stores", "journal", "gate",
        ],
    ),
    (
        "edge",
        &[
            "auth", "call", "servers", "identity", "error", "limits", "tool", "seal", "stores",
            "observe", "text",
        ],
    ),
    (
        "call",
        &[
            "auth", "gate", "tool", "servers", "identity", "error", "limits", "seal", "stores",
            "journal", "observe", "text",
        ],
    ),
    (
        "servers",
        &["config", "error", "limits", "seal", "text", "tool", "tools"],
    ),
    ("tools", &["tool", "identity", "error", "limits", "text"]),
    ("tool", &["error", "identity", "limits", "text"]),
    (
        "gate",
        &["auth", "error", "identity", "journal", "limits", "tool"],
    ),
    ("stores", &["tool", "identity", "error", "limits", "seal"]),
    ("observe", &["config", "limits"]),
    ("config", &["limits", "observe", "seal"]),
    ("keys", &["config", "seal", "limits"]),
    ("seal", &["limits"]),
    ("error", &["limits", "text"]),
    ("text", &["limits"]),
    ("identity", &[]),
    ("limits", &[]),
    ("lib", &[]),
    (
        "journal",
        &["stores", "identity", "error", "limits", "seal"],
    ),
    ("auth", &["identity", "error", "limits", "seal"]),
];

/// Libraries that only some rooms may touch: (library, where), relative to `crates/`.
const KEPT_IN: [(&str, &[&str]); 8] = [
    ("rmcp", &["webex-mcp/src/edge/mcp", "webex-mcp/examples"]),
    (
        "axum",
        &[
            "webex-mcp/src/edge",
            "webex-sandbox/src",
            "webex-mcp/examples",
            "webex/tests",
        ],
    ),
    (
        "reqwest",
        &[
            "webex/src/transport",
            "webex-sandbox/src",
            // One HEAD without a token, for its Date: no call of Webex's API, so not the client's.
            "webex-mcp/src/commands/doctor.rs",
            // An MCP server is asked for its tools, as a client would.
            "webex-mcp/src/commands/install/trial.rs",
        ],
    ),
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

struct Source {
    /// Relative to `crates/`.
    path: String,
    /// Without the tests at its end.
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
                if path
                    .file_name()
                    .is_some_and(|name| name != "target" && name != "tests")
                {
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
            let text = whole
                .split("\n#[cfg(test)]")
                .next()
                .unwrap_or_default()
                .to_owned();
            let path = path
                .strip_prefix(&root)
                .unwrap()
                .to_string_lossy()
                .into_owned();
            Source { path, text }
        })
        .collect()
}

/// Tests that live in a file of their own beside what they test.
fn is_test_file(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    name == "tests.rs" || name.ends_with("_tests.rs") || name == "check.rs"
}

fn code_lines(source: &Source) -> impl Iterator<Item = &str> {
    source
        .text
        .lines()
        .filter(|line| !line.trim_start().starts_with("//"))
}

#[test]
fn rooms_import_only_what_the_table_allows() {
    let mut wrong = Vec::new();
    for source in sources("webex-mcp/src") {
        let inside = source.path.trim_start_matches("webex-mcp/src/");
        let room = inside
            .split('/')
            .next()
            .unwrap_or_default()
            .trim_end_matches(".rs");
        let Some((_, allowed)) = IMPORTS.iter().find(|(name, _)| *name == room) else {
            wrong.push(format!(
                "{}: the room `{room}` is not in the table",
                source.path
            ));
            continue;
        };
        for line in code_lines(&source) {
            for import in line.split("crate::").skip(1) {
                let target: String = import
                    .chars()
                    .take_while(|c| c.is_alphanumeric() || *c == '_')
                    .collect();
                if !target.is_empty() && target != room && !allowed.contains(&target.as_str()) {
                    wrong.push(format!("{}: {room} may not import {target}", source.path));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
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
            {
                wrong.push(format!("{}: {}", source.path, line.trim()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// What a context carries for the house, and a tool reaches through its methods only.
const OF_THE_HOUSE: [&str; 5] = [
    "context.token",
    "context.caller",
    "context.shelf",
    "context.inbox",
    "context.cursors",
];

#[test]
fn a_tool_takes_nothing_out_of_its_context() {
    let mut wrong = Vec::new();
    for source in sources("webex-mcp/src/tools") {
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
fn every_tool_file_is_listed() {
    let mut wrong = Vec::new();
    for source in sources("webex-mcp/src/tools") {
        if source.text.contains("impl Tool for ") {
            let file = Path::new(&source.path);
            let module = file.file_stem().unwrap().to_string_lossy().into_owned();
            let noun = fs::read_to_string(crates().join(file.with_file_name("mod.rs"))).unwrap();
            let listed = noun.contains(&format!("mod {module};"))
                && noun.contains(&format!("Entry::of::<{module}::"));
            if !listed {
                wrong.push(format!("{}: not listed in its noun's mod.rs", source.path));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
