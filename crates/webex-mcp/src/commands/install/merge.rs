//! Adds our entry to a client's file, or removes it, and leaves every other byte as it was,
//! comments included.

use jsonc_parser::ParseOptions;
use jsonc_parser::cst::{CstObject, CstRootNode};

use super::clients::Form;
use super::entry::{ENTRY, Entry, READ_KEYS, starts_us};

/// Why the file is left unchanged.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MergeError {
    #[error("it is not {form} ({reason})")]
    Unreadable { form: &'static str, reason: String },
    #[error("`{0}` in it is not a table of servers")]
    NoTable(&'static str),
    #[error("`{0}` stands in it twice, and a client reads only one of the two")]
    Twice(&'static str),
    #[error("it already has an entry `webex` that something else wrote")]
    Foreign,
    #[error("its entry `webex` names the address {0}")]
    Address(String),
    #[error("its entry `webex` starts webex-mcp and names no address")]
    Program,
}

/// The text of the file with our entry in it. A missing or blank file counts as empty.
///
/// # Errors
/// [`MergeError`]: then nothing should be written.
pub fn merge(form: Form, text: &str, entry: &Entry) -> Result<String, MergeError> {
    let (mark, text) = without_mark(text);
    let merged = match form {
        Form::Json { servers, .. } => merge_json(servers, text, entry),
        Form::Toml => merge_toml(text, entry),
    };
    merged.map(|merged| format!("{mark}{merged}"))
}

/// The byte order mark that a text begins with, and the rest.
fn without_mark(text: &str) -> (&str, &str) {
    let rest = text.trim_start_matches('\u{feff}');
    text.split_at(text.len() - rest.len())
}

/// What is done with an entry that has our name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Act {
    Replace,
    Remove,
}

/// Whether an entry with our name may be changed; `field` gives its texts.
fn check(
    act: Act,
    entry: &Entry,
    field: impl Fn(&str) -> Option<String>,
) -> Result<(), MergeError> {
    let may = match act {
        Act::Replace => entry.replaces(&field),
        Act::Remove => entry.is_like(&field),
    };
    if may {
        return Ok(());
    }
    if starts_us(&field) {
        return Err(MergeError::Program);
    }
    Err(Entry::address_in(field).map_or(MergeError::Foreign, MergeError::Address))
}

/// JSON as clients read it: with comments and trailing commas, which are preserved.
const JSON_WITH_COMMENTS: ParseOptions = ParseOptions {
    allow_comments: true,
    allow_trailing_commas: true,
    allow_loose_object_property_names: false,
    allow_missing_commas: false,
    allow_single_quoted_strings: false,
    allow_hexadecimal_numbers: false,
    allow_unary_plus_numbers: false,
    allow_bare_decimal_point_numbers: false,
    allow_non_finite_numbers: false,
    allow_extended_string_escapes: false,
};

fn parse_json(text: &str) -> Result<CstRootNode, MergeError> {
    CstRootNode::parse(text, &JSON_WITH_COMMENTS).map_err(|error| MergeError::Unreadable {
        form: "JSON",
        reason: format!(
            "line {}, column {}",
            error.line_display(),
            error.column_display()
        ),
    })
}

/// Of a key that stands twice, clients read the last one, and we would change the first.
fn check_once(object: &CstObject, key: &'static str) -> Result<(), MergeError> {
    let properties = object.properties().into_iter();
    let names = properties.filter_map(|it| it.name()?.decoded_value().ok());
    match names.filter(|name| name == key).count() {
        0 | 1 => Ok(()),
        _ => Err(MergeError::Twice(key)),
    }
}

/// An entry with our name that something else wrote is never changed.
fn check_ours(act: Act, table: &CstObject, entry: &Entry) -> Result<(), MergeError> {
    check_once(table, ENTRY)?;
    let Some(existing) = table.get(ENTRY) else {
        return Ok(());
    };
    let existing = existing.object_value();
    if let Some(existing) = &existing {
        for key in READ_KEYS {
            check_once(existing, key)?;
        }
    }
    let field = |name: &str| {
        let value = existing.as_ref()?.get(name)?.value()?;
        value.as_string_lit()?.decoded_value().ok()
    };
    check(act, entry, field)
}

fn merge_json(servers: &'static str, text: &str, entry: &Entry) -> Result<String, MergeError> {
    let root = parse_json(text)?;
    let object = root.object_value_or_create();
    let object = object.ok_or_else(|| MergeError::Unreadable {
        form: "JSON",
        reason: "it is no object".to_owned(),
    })?;
    check_once(&object, servers)?;
    let table = object.object_value_or_create(servers);
    let table = table.ok_or(MergeError::NoTable(servers))?;
    check_ours(Act::Replace, &table, entry)?;
    match table.get(ENTRY) {
        Some(existing) => existing.set_value(entry.json()),
        None => drop(table.append(ENTRY, entry.json())),
    }
    let merged = root.to_string();
    Ok(match merged.ends_with('\n') {
        true => merged,
        false => merged + "\n",
    })
}

/// The text of the file without our entry, if `entry` may replace it; `None` where there is none.
///
/// # Errors
/// [`MergeError`]: then nothing should be written.
pub fn remove(form: Form, text: &str, entry: &Entry) -> Result<Option<String>, MergeError> {
    let (mark, text) = without_mark(text);
    let removed = match form {
        Form::Json { servers, .. } => remove_json(servers, text, entry),
        Form::Toml => remove_toml(text, entry),
    };
    removed.map(|removed| removed.map(|removed| format!("{mark}{removed}")))
}

fn remove_json(
    servers: &'static str,
    text: &str,
    entry: &Entry,
) -> Result<Option<String>, MergeError> {
    let root = parse_json(text)?;
    let Some(object) = root.object_value() else {
        return Ok(None);
    };
    check_once(&object, servers)?;
    let Some(table) = object.object_value(servers) else {
        return Ok(None);
    };
    check_ours(Act::Remove, &table, entry)?;
    Ok(table.get(ENTRY).map(|ours| {
        ours.remove();
        root.to_string()
    }))
}

const TOML_SERVERS: &str = "mcp_servers";

fn parse_toml(text: &str) -> Result<toml_edit::DocumentMut, MergeError> {
    text.parse()
        .map_err(|error: toml_edit::TomlError| MergeError::Unreadable {
            form: "TOML",
            reason: error.message().to_owned(),
        })
}

fn check_ours_in_toml(
    act: Act,
    table: &dyn toml_edit::TableLike,
    entry: &Entry,
) -> Result<(), MergeError> {
    let Some(existing) = table.get(ENTRY) else {
        return Ok(());
    };
    let field = |name: &str| Some(existing.get(name)?.as_str()?.to_owned());
    check(act, entry, field)
}

fn remove_toml(text: &str, entry: &Entry) -> Result<Option<String>, MergeError> {
    let mut document = parse_toml(text)?;
    let table = document.get_mut(TOML_SERVERS);
    let Some(table) = table.and_then(toml_edit::Item::as_table_like_mut) else {
        return Ok(None);
    };
    check_ours_in_toml(Act::Remove, table, entry)?;
    let removed = table.remove(ENTRY);
    Ok(removed.map(|_| document.to_string()))
}

fn merge_toml(text: &str, entry: &Entry) -> Result<String, MergeError> {
    let mut document = parse_toml(text)?;
    let ours = toml_edit::ser::to_document(entry).map_err(|error| MergeError::Unreadable {
        form: "TOML",
        reason: error.to_string(),
    })?;
    let table = document
        .entry(TOML_SERVERS)
        .or_insert_with(|| {
            let mut table = toml_edit::Table::new();
            // Only `[mcp_servers.webex]` should appear, without an empty `[mcp_servers]` above it.
            table.set_implicit(true);
            toml_edit::Item::Table(table)
        })
        .as_table_like_mut()
        .ok_or(MergeError::NoTable(TOML_SERVERS))?;
    check_ours_in_toml(Act::Replace, table, entry)?;
    let mut ours = ours.as_table().clone();
    if let Some(env) = ours.get_mut("env") {
        let inline = env.clone().into_value().unwrap_or_else(|_| "".into());
        *env = toml_edit::Item::Value(inline);
    }
    if let Some(before) = table.get(ENTRY).and_then(toml_edit::Item::as_table) {
        // Comments above it, and its place in the file.
        *ours.decor_mut() = before.decor().clone();
        ours.set_position(before.position());
    }
    table.insert(ENTRY, toml_edit::Item::Table(ours));
    Ok(document.to_string())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::commands::install::clients::Name;

    const JSON: Form = Form::Json {
        servers: "mcpServers",
        typed: false,
    };

    fn entry(form: Form, command: &str) -> Entry {
        let env = BTreeMap::from([(
            "WEBEX_BASE_URL".to_owned(),
            "https://example.com/v1".to_owned(),
        )]);
        let program = Entry::program(form, command.to_owned(), Vec::new(), env);
        Entry::Program(match form {
            Form::Json { .. } => program,
            Form::Toml => program.passing_token(&Name::Codex.client()),
        })
    }

    const OURS: &str = r#""webex": {
      "command": "/bin/webex-mcp",
      "args": ["stdio"],
      "env": {
        "WEBEX_BASE_URL": "https://example.com/v1"
      }
    }"#;

    #[test]
    fn json_keeps_what_was_there() {
        let ours = entry(JSON, "/bin/webex-mcp");
        for (before, after) in [
            (
                "",
                format!("{{\n  \"mcpServers\": {{\n    {OURS}\n  }}\n}}\n"),
            ),
            (
                "\u{feff}{\"z\": [1,   2], \"a\": 1.50}",
                format!(
                    "\u{feff}{{\n  \"z\": [1,   2],\n  \"a\": 1.50,\n  \"mcpServers\": {{\n    {OURS}\n  }}\n}}\n"
                ),
            ),
            (
                "{\n  \"mcpServers\": {\n    \"b\": {\"command\":\"x\"}\n  },\n  \"z\": {}\n}\n",
                format!(
                    "{{\n  \"mcpServers\": {{\n    \"b\": {{\"command\":\"x\"}},\n    {OURS}\n  }},\n  \"z\": {{}}\n}}\n"
                ),
            ),
            (
                "{\"mcpServers\": {\n    \"webex\": {\"command\": \"/old/webex-mcp.exe\", \"args\": []}}}",
                format!("{{\"mcpServers\": {{\n    {OURS}}}}}\n"),
            ),
        ] {
            let merged = merge(JSON, before, &ours).unwrap();
            assert_eq!(merged, after);
            assert_eq!(
                merge(JSON, &merged, &ours).unwrap(),
                after,
                "the second time changes nothing"
            );
        }
    }

    #[test]
    fn comments_and_trailing_commas_stay() {
        let ours = entry(JSON, "/bin/webex-mcp");
        for before in [
            "{\n\t// mine\n\t\"mcpServers\": {\n\t\t// other\n\t\t\"b\": {}, // its end\n\t},\n}\n",
            "{\r\n    \"mcpServers\": {\r\n        \"b\": {}\r\n    } /* mine */\r\n}\r\n",
            "// nothing yet\n{\n  \"mcpServers\": {}, /* none */\n}\n",
        ] {
            let merged = merge(JSON, before, &ours).unwrap();
            assert!(merged.contains("\"/bin/webex-mcp\""), "{merged}");
            assert_eq!(merge(JSON, &merged, &ours).unwrap(), merged);
            // Without our entry, every byte is as before: nothing else was changed.
            let removed = remove(JSON, &merged, &ours).unwrap().unwrap();
            assert_eq!(removed, before);
            assert_eq!(remove(JSON, &removed, &ours), Ok(None));
        }
    }

    #[test]
    fn what_is_not_ours_or_not_json_is_left_alone() {
        let ours = entry(JSON, "/bin/webex-mcp");
        let unreadable = |reason: &str| MergeError::Unreadable {
            form: "JSON",
            reason: reason.to_owned(),
        };
        for (text, expected) in [
            (
                r#"{"mcpServers": {"webex": {"url": "https://example.com/mcp"}}}"#,
                MergeError::Address("https://example.com/mcp".to_owned()),
            ),
            (
                r#"{"mcpServers": {"webex": {"httpUrl": "https://example.com/mcp"}}}"#,
                MergeError::Address("https://example.com/mcp".to_owned()),
            ),
            // What may be secret is not repeated.
            (
                r#"{"mcpServers": {"webex": {"url": "https://example.com/mcp?key=x"}}}"#,
                MergeError::Foreign,
            ),
            (
                r#"{"mcpServers": {"webex": {"command": "npx", "url": "https://example.com"}}}"#,
                MergeError::Foreign,
            ),
            (
                r#"{"mcpServers": {"webex": {"command": "npx", "args": ["webex-mcp"]}}}"#,
                MergeError::Foreign,
            ),
            (r#"{"mcpServers": {"webex": "mine"}}"#, MergeError::Foreign),
            (
                r#"{"mcpServers": {}, "mcpServers": {"b": {}}}"#,
                MergeError::Twice("mcpServers"),
            ),
            (
                r#"{"mcpServers": {}, "mcp\u0053ervers": {"b": {}}}"#,
                MergeError::Twice("mcpServers"),
            ),
            (
                r#"{"mcpServers": {"webex": {"command": "webex-mcp"}, "webex": {"command": "npx"}}}"#,
                MergeError::Twice("webex"),
            ),
            (
                r#"{"mcpServers": {"webex": {"command": "webex-mcp", "command": "npx"}}}"#,
                MergeError::Twice("command"),
            ),
            (r#"{"mcpServers": []}"#, MergeError::NoTable("mcpServers")),
            ("{\n  'a': 1\n}", unreadable("line 2, column 3")),
            ("{\"a\": 1 \"b\": 2}", unreadable("line 1, column 8")),
            ("{", unreadable("line 1, column 1")),
            ("[]", unreadable("it is no object")),
        ] {
            assert_eq!(merge(JSON, text, &ours), Err(expected.clone()), "{text}");
            if matches!(
                expected,
                MergeError::Foreign | MergeError::Address(_) | MergeError::Twice(_)
            ) {
                assert_eq!(remove(JSON, text, &ours), Err(expected), "{text}");
            }
        }
    }

    const TOML: &str = r#"[mcp_servers.webex]
command = "/bin/webex-mcp"
args = ["stdio"]
env = { WEBEX_BASE_URL = "https://example.com/v1" }
env_vars = ["WEBEX_ACCESS_TOKEN"]
"#;

    #[test]
    fn toml_keeps_comments_and_order() {
        let ours = entry(Form::Toml, "/bin/webex-mcp");
        assert_eq!(merge(Form::Toml, "", &ours).unwrap(), TOML);
        let before = "# mine\nmodel = \"x\"\n\n[mcp_servers.other] # too\ncommand = 'y'\n";
        let merged = merge(Form::Toml, before, &ours).unwrap();
        assert_eq!(merged, format!("{before}\n{TOML}"));
        assert_eq!(merge(Form::Toml, &merged, &ours).unwrap(), merged);
        let removed = remove(Form::Toml, &merged, &ours).unwrap().unwrap();
        assert_eq!(removed.trim_end(), before.trim_end());
        assert_eq!(remove(Form::Toml, &removed, &ours), Ok(None));
        // Also above the entry that is replaced, which stays in its place.
        let old = "[mcp_servers.webex]\ncommand = 'webex-mcp'\n";
        for (before, after) in [("# mine\n", ""), ("a = 1\n\n# mine\n", "\n[z]\nb = 2\n")] {
            let merged = merge(Form::Toml, &format!("{before}{old}{after}"), &ours);
            assert_eq!(merged.unwrap(), format!("{before}{TOML}{after}"));
        }
        let marked = format!("\u{feff}{TOML}");
        assert_eq!(merge(Form::Toml, &marked, &ours).unwrap(), marked);
        for (text, expected) in [
            ("[mcp_servers.webex]\nurl = 'x'", MergeError::Foreign),
            (
                "[mcp_servers.webex]\nurl = 'https://a.example/mcp'",
                MergeError::Address("https://a.example/mcp".to_owned()),
            ),
            ("mcp_servers = 1", MergeError::NoTable("mcp_servers")),
        ] {
            assert_eq!(merge(Form::Toml, text, &ours), Err(expected));
        }
        assert!(matches!(
            merge(Form::Toml, "[", &ours),
            Err(MergeError::Unreadable { form: "TOML", .. })
        ));
    }
}
