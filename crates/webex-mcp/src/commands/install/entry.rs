//! Our entry in a client's configuration: a program to start, or an address.

use std::collections::BTreeMap;
use std::path::Path;

use jsonc_parser::cst::CstInputValue;
use serde::Serialize;

use super::clients::{Client, Form};
use crate::config::Environment;

/// The name of our entry in every client.
pub const ENTRY: &str = "webex";
/// An entry with our name is ours if it starts a program with this name.
const PROGRAM: &str = "webex-mcp";
/// The variable that only names the token in an entry.
const TOKEN: &str = "WEBEX_ACCESS_TOKEN";
/// The fields in which clients have an address; the second one is of earlier versions.
const ADDRESS_KEYS: [&str; 2] = ["url", "httpUrl"];

/// The fields that tell whose an entry is.
pub const READ_KEYS: [&str; 3] = ["command", ADDRESS_KEYS[0], ADDRESS_KEYS[1]];

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
    /// The program finds the token of the client's own environment there, without it being written.
    pub fn passing_token(mut self, client: &Client) -> Self {
        match (client.form, client.token_reference) {
            (Form::Toml, _) => self.env_vars = vec![TOKEN.to_owned()],
            (Form::Json { .. }, Some(reference)) => {
                self.env.insert(TOKEN.to_owned(), reference.to_owned());
            }
            (Form::Json { .. }, None) => {}
        }
        self
    }

    /// The variables that the program gets through this entry, if the client is started in this
    /// environment.
    pub fn variables(&self, environment: &Environment) -> BTreeMap<String, String> {
        let value = |name: &str| environment.get(name).map(str::to_owned);
        let set = self.env.iter().map(|(name, text)| {
            // The only one that may stand for another value.
            let meant = value(name).filter(|_| name == TOKEN);
            (name.clone(), meant.unwrap_or_else(|| text.clone()))
        });
        let passed = self.env_vars.iter();
        let passed = passed.filter_map(|name| Some((name.clone(), value(name)?)));
        set.chain(passed).collect()
    }
}

/// The address of one of our servers over HTTP.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Address {
    #[serde(skip)]
    kind: Option<&'static str>,
    pub url: String,
}

impl Entry {
    /// An entry that starts `command stdio`, with these further arguments.
    pub fn program(
        form: Form,
        command: String,
        further: Vec<String>,
        env: BTreeMap<String, String>,
    ) -> Program {
        let kind = matches!(form, Form::Json { typed: true, .. }).then_some("stdio");
        let mut args = vec!["stdio".to_owned()];
        args.extend(further);
        Program {
            kind,
            command,
            args,
            env,
            env_vars: Vec::new(),
        }
    }

    /// An entry with an address; `None` for a client whose file has no addresses.
    pub fn address(client: &Client, url: String) -> Option<Self> {
        let kind = matches!(client.form, Form::Json { .. }).then_some("http");
        let address = Address { kind, url };
        client.has_addresses.then_some(Entry::Address(address))
    }

    /// Whether this entry may replace the one that a client has. It may if that one starts our
    /// program or has exactly the address that was asked for. `field` gives the texts of that
    /// entry.
    pub fn replaces(&self, field: impl Fn(&str) -> Option<String>) -> bool {
        starts_us(&field) || self.is_like(field)
    }

    /// Whether this entry is of the same kind as the one that a client has: both start our program, or
    /// both have this address. Only such a one is taken out.
    pub fn is_like(&self, field: impl Fn(&str) -> Option<String>) -> bool {
        match self {
            Entry::Program(_) => starts_us(field),
            Entry::Address(address) => {
                let named = ADDRESS_KEYS.iter().filter_map(|key| field(key));
                named.into_iter().any(|url| url == address.url)
            }
        }
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
                add("url", text(&address.url));
            }
        }
        CstInputValue::Object(fields)
    }
}

/// Whether an entry with these texts starts our program.
pub fn starts_us(field: impl Fn(&str) -> Option<String>) -> bool {
    let command = field("command");
    let name = command.as_deref().map(Path::new).and_then(Path::file_stem);
    name.is_some_and(|name| name == PROGRAM)
}
