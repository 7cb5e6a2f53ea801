//! The clients that the operator knows, from their tables and the files of their secrets.

use std::collections::BTreeMap;

use secrecy::{ExposeSecret as _, SecretString};
use webex::oauth::Integration;
use webex::{AccessToken, Webex};

use crate::auth::TokenHeader;
use crate::broker::{App, Known, Limits, Machine, check_redirect};
use crate::config::settings::nearest_of;
use crate::config::{ClientTable, Config, ConfigError, Layers, clients};
use crate::limits;
use crate::seal::digest;
use crate::servers::{AuthenticationChoice, Definition};

/// Whether people sign in here for this server.
pub(super) fn is_signed_in_for(config: &Config, server: &Definition) -> bool {
    match server.authentication {
        AuthenticationChoice::Broker => true,
        AuthenticationChoice::Inherit => config.is_broker_by_default(),
        _ => false,
    }
}

type Clients = BTreeMap<String, Known>;

/// The clients, by id, and the header that may carry a token beside `Authorization`.
///
/// # Errors
/// The first mistake, with its line or its variable.
pub(super) fn read(
    config: &Config,
    layers: &Layers,
    secrets: &BTreeMap<String, SecretString>,
    webex: &Webex,
    definitions: &[Definition],
) -> Result<(Clients, Option<TokenHeader>), ConfigError> {
    let header = config.auth.header.as_deref().map(TokenHeader::new);
    let header = header.transpose();
    let header = header.map_err(|reason| layers.refuse("auth.header", reason))?;
    let reading = Reading {
        config,
        layers,
        secrets,
        webex,
        definitions,
    };
    let clients: Result<_, ConfigError> = config
        .broker
        .clients
        .iter()
        .map(|(id, table)| Ok((id.clone(), reading.client(id, table)?)))
        .collect();
    Ok((clients?, header))
}

/// What the tables are read with.
struct Reading<'a> {
    config: &'a Config,
    layers: &'a Layers,
    secrets: &'a BTreeMap<String, SecretString>,
    webex: &'a Webex,
    definitions: &'a [Definition],
}

impl Reading<'_> {
    fn client(&self, id: &str, table: &ClientTable) -> Result<Known, ConfigError> {
        let refuse = |key: &str, reason: &str| self.layers.refuse(&name(id, key), reason);
        let secret = self.secret(id, "secret_file");
        let least = limits::CLIENT_SECRET_MIN_BYTES;
        if secret.is_some_and(|secret| secret.expose_secret().len() < least) {
            let reason = format!(
                "the secret has fewer than {least} characters, so it could be guessed; \
                 `openssl rand -hex 32` makes one"
            );
            return Err(refuse("secret_file", &reason));
        }
        let redirect_uris = table.redirect_uris.clone().unwrap_or_default();
        if redirect_uris.len() > limits::REDIRECTS_MAX {
            return Err(refuse("redirect_uris", "there are too many addresses"));
        }
        for address in &redirect_uris {
            check_redirect(address).map_err(|reason| refuse("redirect_uris", reason))?;
        }
        self.check_limits(id, table)?;
        Ok(Known {
            name: table.name.clone().unwrap_or_else(|| id.to_owned()),
            secret: secret.map(|secret| digest(secret.expose_secret().as_bytes())),
            redirect_uris,
            limits: Limits {
                servers: table.servers.clone(),
                scopes: table.scopes.clone(),
            },
            machine: self.machine(id, table)?,
        })
    }

    /// People sign in for these servers, and can give these scopes.
    fn check_limits(&self, id: &str, table: &ClientTable) -> Result<(), ConfigError> {
        let refuse = |key: &str, reason: String| Err(self.layers.refuse(&name(id, key), reason));
        for slug in table.servers.iter().flatten() {
            let mut served = self.definitions.iter();
            let Some(server) = served.find(|one| *one.slug == **slug) else {
                let slugs = self.definitions.iter().map(|one| &*one.slug);
                let meant = nearest_of(slug, slugs, "name it by its slug");
                return refuse("servers", format!("there is no server `{slug}`; {meant}"));
            };
            if !is_signed_in_for(self.config, server) {
                let reason = format!("nobody signs in for `{slug}`: its authentication is another");
                return refuse("servers", reason);
            }
        }
        let is_own = table.token_file.is_some() || table.app_id.is_some();
        let registered = &self.config.broker.registered_scopes;
        let mut scopes = table.scopes.iter().flatten();
        match scopes.find(|scope| !is_own && !registered.contains(scope)) {
            Some(scope) => {
                let reason = format!("`{scope}` is not among broker.registered_scopes");
                refuse("scopes", reason)
            }
            None => Ok(()),
        }
    }

    fn machine(&self, id: &str, table: &ClientTable) -> Result<Option<Machine>, ConfigError> {
        let refuse = |key: &str, reason: &str| self.layers.refuse(&name(id, key), reason);
        if let Some(person) = &table.person {
            let is_address = person.contains('@') && !person.contains(char::is_whitespace);
            return match is_address {
                true => Ok(Some(Machine::Person(person.clone()))),
                false => Err(refuse("person", "it is the person's e-mail address")),
            };
        }
        if let Some(token) = self.secret(id, "token_file") {
            let token = AccessToken::new(token.expose_secret());
            let token = token.map_err(|_| refuse("token_file", "it holds no access token"))?;
            return Ok(Some(Machine::Token(token)));
        }
        let app = (
            &table.app_id,
            self.secret(id, "app_secret_file"),
            self.secret(id, "app_refresh_token_file"),
        );
        let (Some(app_id), Some(secret), Some(refresh_token)) = app else {
            return Ok(None);
        };
        let integration = self.webex.integration(app_id.clone(), secret.clone());
        let integration: Integration =
            integration.map_err(|error| refuse("app_id", &error.to_string()))?;
        Ok(Some(Machine::App(App {
            id: app_id.clone(),
            integration,
            refresh_token: refresh_token.clone(),
        })))
    }

    fn secret(&self, id: &str, key: &str) -> Option<&SecretString> {
        self.secrets.get(&name(id, key))
    }
}

fn name(id: &str, key: &str) -> String {
    format!("{}.{id}.{key}", clients::TABLES.prefix)
}

/// The service apps among these clients, by their ids at Webex.
pub(super) fn apps(clients: &Clients) -> BTreeMap<String, Integration> {
    let machines = clients.values().filter_map(|known| known.machine.as_ref());
    machines
        .filter_map(|machine| match machine {
            Machine::App(app) => Some((app.id.clone(), app.integration.clone())),
            Machine::Token(_) | Machine::Person(_) => None,
        })
        .collect()
}
