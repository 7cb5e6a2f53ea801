//! Tables of programs that the operator knows: `[broker.clients.<id>]` in a file, with ids that the
//! operator chooses.

use std::path::PathBuf;

use serde::Deserialize;

use super::tables::Tables;
use crate::limits;

/// The keys of a table, in the order of `config.default.toml`.
pub const KEYS: [&str; 10] = [
    "name",
    "secret_file",
    "redirect_uris",
    "token_file",
    "app_id",
    "app_secret_file",
    "app_refresh_token_file",
    "person",
    "servers",
    "scopes",
];

/// The keys that name files of secrets.
pub const FILES: [&str; 4] = [
    "secret_file",
    "token_file",
    "app_secret_file",
    "app_refresh_token_file",
];

/// The keys with one text that may not be blank. A name has a reason of its own.
pub const TEXTS: [&str; 6] = [
    "secret_file",
    "token_file",
    "app_id",
    "app_secret_file",
    "app_refresh_token_file",
    "person",
];

pub const TABLES: Tables = Tables {
    prefix: "broker.clients",
    keys: &KEYS,
    inner: None,
    fault: id_fault,
    most: limits::CLIENT_TABLES_MAX,
    shape: "each client is a table, [broker.clients.<id>]",
    too_many: "there are too many clients in this file",
};

/// An operator's settings for a client. Its secrets are elsewhere.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClientTable {
    pub name: Option<String>,
    pub secret_file: Option<PathBuf>,
    pub redirect_uris: Option<Vec<String>>,
    pub token_file: Option<PathBuf>,
    pub app_id: Option<String>,
    pub app_secret_file: Option<PathBuf>,
    pub app_refresh_token_file: Option<PathBuf>,
    pub person: Option<String>,
    pub servers: Option<Vec<String>>,
    pub scopes: Option<Vec<String>>,
}

/// What is wrong with an id, if anything. Programs that register by themselves get ids with the
/// beginning that is refused here.
fn id_fault(id: &str) -> Option<&'static str> {
    let is_word = |byte: u8| byte.is_ascii_alphanumeric() || b"-_".contains(&byte);
    if id.is_empty() || id.len() > limits::SLUG_MAX_BYTES || !id.bytes().all(is_word) {
        return Some("a client's id has 1 to 64 letters, digits, hyphens and underscores");
    }
    if id.starts_with("client-") {
        return Some(
            "ids that begin with client- are those of programs that register by themselves",
        );
    }
    None
}

impl ClientTable {
    /// Whether it acts without a person at a browser.
    pub fn is_machine(&self) -> bool {
        self.token_file.is_some() || self.is_app() || self.person.is_some()
    }

    fn is_app(&self) -> bool {
        self.app_id.is_some()
            || self.app_secret_file.is_some()
            || self.app_refresh_token_file.is_some()
    }

    /// The first key whose value is wrong by itself, and why.
    pub fn fault(&self) -> Option<(&'static str, String)> {
        let wrong = |key, reason: &str| Some((key, reason.to_owned()));
        let most = limits::CLIENT_NAME_MAX_CHARACTERS;
        if let Some(name) = &self.name
            && (name.trim().is_empty() || name.chars().count() > most)
        {
            return Some(("name", format!("it must have 1 to {most} characters")));
        }
        let lists = [
            ("redirect_uris", &self.redirect_uris),
            ("servers", &self.servers),
            ("scopes", &self.scopes),
        ];
        for (key, list) in lists {
            if list.as_ref().is_some_and(Vec::is_empty) {
                return wrong(key, "an empty list allows nothing; leave it out");
            }
        }
        let identities = [
            self.token_file.is_some(),
            self.is_app(),
            self.person.is_some(),
        ];
        let identities = identities.iter().filter(|is_set| **is_set).count();
        if identities > 1 {
            return wrong(
                "name",
                "a machine acts as one: set token_file, or the three app_… keys, or person",
            );
        }
        let is_whole = self.app_id.is_some()
            && self.app_secret_file.is_some()
            && self.app_refresh_token_file.is_some();
        if self.is_app() && !is_whole {
            return wrong(
                "name",
                "a service app needs app_id, app_secret_file and app_refresh_token_file together",
            );
        }
        match (&self.redirect_uris, identities) {
            (None, 0) => wrong(
                "name",
                "say what it is for: redirect_uris, where people sign in with it, or what it acts as (token_file, \
                 the three app_… keys, or person)",
            ),
            (Some(_), 1..) => wrong(
                "redirect_uris",
                "people sign in with it, or it acts without them; make two clients for both",
            ),
            (None, _) if self.secret_file.is_none() => wrong(
                "secret_file",
                "its secret is missing: without one anyone could act with this client's identity",
            ),
            _ => None,
        }
    }
}
