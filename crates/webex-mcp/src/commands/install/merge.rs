//! Puts our entry into a client's file and leaves every other byte of it as it was written.

use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;

use serde::de::{MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::value::RawValue;

use super::clients::Form;

/// The name of our entry in every client.
pub const ENTRY: &str = "webex";
/// An entry of that name is ours if it starts a program of this name.
const PROGRAM: &str = "webex-mcp";

/// What a client is told: how to start us, and with which settings.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Entry {
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    pub kind: Option<&'static str>,
    pub command: String,
    pub args: Vec<String>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub env: BTreeMap<String, String>,
    /// Codex only: variables that it hands on from its own environment.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub env_vars: Vec<String>,
}

impl Entry {
    /// The entry as the client of that form expects it.
    pub fn new(form: Form, command: String, env: BTreeMap<String, String>) -> Self {
        let (kind, env_vars) = match form {
            Form::Json { typed, .. } => (typed.then_some("stdio"), Vec::new()),
            Form::Toml => (None, vec!["WEBEX_ACCESS_TOKEN".to_owned()]),
        };
        Entry {
            kind,
            command,
            args: vec!["stdio".to_owned()],
            env,
            env_vars,
        }
    }
}

/// Why the file stays as it is.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MergeError {
    /// Comments in JSON, say: rewriting would lose them.
    #[error("it is not plain {form} ({reason})")]
    Unreadable { form: &'static str, reason: String },
    #[error("`{0}` in it is not a table of servers")]
    NoTable(&'static str),
    #[error("it already has an entry `webex` that something else wrote")]
    Foreign,
}

/// The text of the file with our entry in it. An absent or blank file counts as empty.
///
/// # Errors
/// [`MergeError`]: then nothing should be written.
pub fn merge(form: Form, text: &str, entry: &Entry) -> Result<String, MergeError> {
    match form {
        Form::Json { servers, .. } => merge_json(servers, text, entry),
        Form::Toml => merge_toml(text, entry),
    }
}

fn is_ours(command: Option<&str>) -> bool {
    let stem = command.map(|command| Path::new(command).file_stem());
    stem.flatten().is_some_and(|stem| stem == PROGRAM)
}

/// The entries of an object in their order, each value as it was written.
#[derive(Default)]
struct Object(Vec<(String, Box<RawValue>)>);

impl Object {
    fn position(&self, key: &str) -> Option<usize> {
        self.0.iter().position(|(name, _)| name == key)
    }

    /// Replaces the value of the key in its place, or adds it at the end.
    fn set(&mut self, key: &str, value: Box<RawValue>) {
        match self.position(key) {
            Some(index) => self.0[index].1 = value,
            None => self.0.push((key.to_owned(), value)),
        }
    }

    /// As JSON, `depth` levels inside a file that is indented by two; values as they were written.
    fn text(&self, depth: usize) -> Result<String, serde_json::Error> {
        if self.0.is_empty() {
            return Ok("{}".to_owned());
        }
        let indent = "  ".repeat(depth);
        let lines: Result<Vec<String>, serde_json::Error> = self
            .0
            .iter()
            .map(|(key, value)| {
                let key = serde_json::to_string(key)?;
                Ok(format!("{indent}  {key}: {}", value.get()))
            })
            .collect();
        Ok(format!("{{\n{}\n{indent}}}", lines?.join(",\n")))
    }
}

impl<'de> Deserialize<'de> for Object {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Entries;
        impl<'de> Visitor<'de> for Entries {
            type Value = Object;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Object, A::Error> {
                let mut object = Object::default();
                while let Some(entry) = map.next_entry()? {
                    object.0.push(entry);
                }
                Ok(object)
            }
        }
        deserializer.deserialize_map(Entries)
    }
}

fn merge_json(servers: &'static str, text: &str, entry: &Entry) -> Result<String, MergeError> {
    let unreadable = |error: serde_json::Error| MergeError::Unreadable {
        form: "JSON",
        reason: format!("line {}, column {}", error.line(), error.column()),
    };
    let text = text.trim_start_matches('\u{feff}');
    let mut root: Object = match text.trim() {
        "" => Object::default(),
        _ => serde_json::from_str(text).map_err(unreadable)?,
    };
    let mut table: Object = match root.position(servers) {
        None => Object::default(),
        Some(index) => {
            serde_json::from_str(root.0[index].1.get()).map_err(|_| MergeError::NoTable(servers))?
        }
    };
    if let Some(index) = table.position(ENTRY) {
        #[derive(Deserialize)]
        struct Existing {
            command: Option<String>,
        }
        let existing = serde_json::from_str::<Existing>(table.0[index].1.get());
        if !is_ours(
            existing
                .ok()
                .and_then(|existing| existing.command)
                .as_deref(),
        ) {
            return Err(MergeError::Foreign);
        }
    }
    // A line break inside a JSON string is escaped, so every real one is between lines of ours.
    let ours = serde_json::to_string_pretty(entry).map_err(unreadable)?;
    let ours = ours.replace('\n', "\n    ");
    let raw = |text| RawValue::from_string(text).map_err(unreadable);
    table.set(ENTRY, raw(ours)?);
    root.set(servers, raw(table.text(1).map_err(unreadable)?)?);
    let merged = root.text(0).map_err(unreadable)?;
    Ok(format!("{merged}\n"))
}

fn merge_toml(text: &str, entry: &Entry) -> Result<String, MergeError> {
    const SERVERS: &str = "mcp_servers";
    let unreadable = |reason: String| MergeError::Unreadable {
        form: "TOML",
        reason,
    };
    let mut document: toml_edit::DocumentMut = text
        .parse()
        .map_err(|error: toml_edit::TomlError| unreadable(error.message().to_owned()))?;
    let ours = toml_edit::ser::to_document(entry).map_err(|error| unreadable(error.to_string()))?;
    let table = document
        .entry(SERVERS)
        .or_insert_with(|| {
            let mut table = toml_edit::Table::new();
            // Only `[mcp_servers.webex]` is to be seen, not an empty `[mcp_servers]` above it.
            table.set_implicit(true);
            toml_edit::Item::Table(table)
        })
        .as_table_like_mut()
        .ok_or(MergeError::NoTable(SERVERS))?;
    if let Some(existing) = table.get(ENTRY) {
        let command = existing.get("command").and_then(toml_edit::Item::as_str);
        if !is_ours(command) {
            return Err(MergeError::Foreign);
        }
    }
    let mut ours = ours.as_table().clone();
    if let Some(env) = ours.get_mut("env") {
        let inline = env.clone().into_value().unwrap_or_else(|_| "".into());
        *env = toml_edit::Item::Value(inline);
    }
    table.insert(ENTRY, toml_edit::Item::Table(ours));
    Ok(document.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    const JSON: Form = Form::Json {
        servers: "mcpServers",
        typed: false,
    };

    fn entry(form: Form, command: &str) -> Entry {
        let env = BTreeMap::from([(
            "WEBEX_BASE_URL".to_owned(),
            "https://example.com/v1".to_owned(),
        )]);
        Entry::new(form, command.to_owned(), env)
    }

    const OURS: &str = r#"    "webex": {
      "command": "/bin/webex-mcp",
      "args": [
        "stdio"
      ],
      "env": {
        "WEBEX_BASE_URL": "https://example.com/v1"
      }
    }"#;

    #[test]
    fn json_keeps_what_was_there() {
        let ours = entry(JSON, "/bin/webex-mcp");
        for (before, after) in [
            ("", format!("{{\n  \"mcpServers\": {{\n{OURS}\n  }}\n}}\n")),
            (
                "\u{feff}{\"z\": [1,   2], \"a\": 1.50}",
                format!(
                    "{{\n  \"z\": [1,   2],\n  \"a\": 1.50,\n  \"mcpServers\": {{\n{OURS}\n  }}\n}}\n"
                ),
            ),
            (
                "{\"mcpServers\": {\"b\": {\"command\":\"x\"}}, \"z\": {}}",
                format!(
                    "{{\n  \"mcpServers\": {{\n    \"b\": {{\"command\":\"x\"}},\n{OURS}\n  }},\n  \"z\": {{}}\n}}\n"
                ),
            ),
            (
                r#"{"mcpServers": {"webex": {"command": "/old/webex-mcp.exe", "args": []}}}"#,
                format!("{{\n  \"mcpServers\": {{\n{OURS}\n  }}\n}}\n"),
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
    fn what_is_not_ours_or_not_plain_is_left_alone() {
        let ours = entry(JSON, "/bin/webex-mcp");
        for (text, expected) in [
            (
                r#"{"mcpServers": {"webex": {"url": "https://example.com/mcp"}}}"#,
                MergeError::Foreign,
            ),
            (
                r#"{"mcpServers": {"webex": {"command": "npx", "args": ["webex-mcp"]}}}"#,
                MergeError::Foreign,
            ),
            (r#"{"mcpServers": {"webex": "mine"}}"#, MergeError::Foreign),
            (r#"{"mcpServers": []}"#, MergeError::NoTable("mcpServers")),
            (
                "{\n  // mine\n}",
                MergeError::Unreadable {
                    form: "JSON",
                    reason: "line 2, column 3".to_owned(),
                },
            ),
            (
                "[]",
                MergeError::Unreadable {
                    form: "JSON",
                    reason: "line 1, column 0".to_owned(),
                },
            ),
        ] {
            assert_eq!(merge(JSON, text, &ours), Err(expected), "{text}");
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
        for (text, expected) in [
            ("[mcp_servers.webex]\nurl = 'x'", MergeError::Foreign),
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
