//! Our entry in a client's configuration: a program to start, or an address.

use std::collections::BTreeMap;
use std::path::Path;

use jsonc_parser::cst::CstInputValue;
use serde::Serialize;

use super::clients::{Client, Form};

/// The name of our entry in every client.
pub const ENTRY: &str = "webex";
/// An entry with our name is ours if it starts a program with this name.
const PROGRAM: &str = "webex-mcp";
/// The fields in which clients have an address.
const ADDRESS_KEYS: [&str; 2] = ["url", "httpUrl"];

/// Our entry in a client's file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum Entry {
    Program(Program),
    Address(Address),
}

/// How to start this server, and with which settings.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Program {
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    kind: Option<&'static str>,
    pub command: String,
    pub args: Vec<String>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub env: BTreeMap<String, String>,
    /// Codex only: variables that it passes on from its own environment.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    env_vars: Vec<String>,
}

impl Program {
    /// Whether the program has this variable when the client starts it, wherever it is from.
    pub fn has_variable(&self, name: &str) -> bool {
        self.env.contains_key(name) || self.env_vars.iter().any(|passed| passed == name)
    }
}

/// The address of one of our servers over HTTP.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Address {
    #[serde(skip)]
    kind: Option<&'static str>,
    /// The field that the client uses for it; the only client with TOML uses `url`.
    #[serde(skip)]
    key: &'static str,
    pub url: String,
}

impl Entry {
    /// An entry that starts `command stdio`, with these further arguments.
    pub fn program(
        form: Form,
        command: String,
        further: Vec<String>,
        env: BTreeMap<String, String>,
    ) -> Self {
        let (kind, env_vars) = match form {
            Form::Json { typed, .. } => (typed.then_some("stdio"), Vec::new()),
            Form::Toml => (None, vec!["WEBEX_ACCESS_TOKEN".to_owned()]),
        };
        let mut args = vec!["stdio".to_owned()];
        args.extend(further);
        Entry::Program(Program {
            kind,
            command,
            args,
            env,
            env_vars,
        })
    }

    /// An entry with an address; `None` for a client whose file has no addresses.
    pub fn address(client: &Client, url: String) -> Option<Self> {
        let typed = matches!(client.form, Form::Json { typed: true, .. });
        Some(Entry::Address(Address {
            kind: typed.then_some("http"),
            key: client.address_key?,
            url,
        }))
    }

    /// Whether this entry may replace the one that a client has. It may if that one starts our
    /// program or has exactly the address that was asked for. `field` gives the texts of that
    /// entry.
    pub fn replaces(&self, field: impl Fn(&str) -> Option<String>) -> bool {
        let starts_us = field("command").is_some_and(|command| {
            Path::new(&command)
                .file_stem()
                .is_some_and(|it| it == PROGRAM)
        });
        let is_there = match self {
            Entry::Program(_) => false,
            Entry::Address(address) => field(address.key).is_some_and(|url| url == address.url),
        };
        starts_us || is_there
    }

    /// The address that an entry of a client names, if it starts no program: it may be ours, but only
    /// who repeats the address can say so. Nothing where it holds what could be secret.
    pub fn address_in(field: impl Fn(&str) -> Option<String>) -> Option<String> {
        let named = ADDRESS_KEYS.iter().find_map(|key| field(key));
        let named = named.filter(|_| field("command").is_none())?;
        let url = url::Url::parse(&named).ok()?;
        let is_bare =
            url.username().is_empty() && url.password().is_none() && url.query().is_none();
        is_bare.then_some(named)
    }

    /// In the order of the fields, as [`Serialize`] has it. Only TOML has `env_vars`.
    pub fn json(&self) -> CstInputValue {
        let text = |text: &str| CstInputValue::String(text.to_owned());
        let mut fields = Vec::new();
        let mut add = |name: &str, value| fields.push((name.to_owned(), value));
        match self {
            Entry::Program(program) => {
                let args = program.args.iter().map(|argument| text(argument));
                let env = program.env.iter();
                let env = env.map(|(name, value)| (name.clone(), text(value)));
                if let Some(kind) = program.kind {
                    add("type", text(kind));
                }
                add("command", text(&program.command));
                add("args", CstInputValue::Array(args.collect()));
                if !program.env.is_empty() {
                    add("env", CstInputValue::Object(env.collect()));
                }
            }
            Entry::Address(address) => {
                if let Some(kind) = address.kind {
                    add("type", text(kind));
                }
                add(address.key, text(&address.url));
            }
        }
        CstInputValue::Object(fields)
    }
}
