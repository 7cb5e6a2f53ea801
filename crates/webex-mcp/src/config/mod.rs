//! Configuration: one struct for each concern, read from file, environment and flags. A mistake
//! stops the start.

mod address;
mod checks;
pub mod clients;
pub mod environment;
pub mod error;
mod jwt;
pub mod layers;
mod misfit;
pub mod secrets;
pub mod settings;
pub mod tables;
mod variables;

use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};
use std::num::NonZeroU32;
use std::path::{Path, PathBuf};

use ipnet::IpNet;
use serde::{Deserialize, Deserializer};
use url::Url;

pub use self::address::listen_address;
pub use self::clients::ClientTable;
pub use self::environment::Environment;
pub use self::error::{ConfigError, Origin, UnknownVariable};
pub use self::jwt::{Jwt, JwtRule};
pub use self::layers::{Flag, Layers};
pub use self::secrets::Secrets;
pub use self::tables::ServerTable;
use crate::outbound::Proxy;

/// Everything that can be set. `config.default.toml` says what each setting is for.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    pub server: Server,
    pub data: Data,
    pub webex: Webex,
    pub auth: Auth,
    pub passthrough: Passthrough,
    pub broker: Broker,
    pub jwt: Jwt,
    pub login: Login,
    pub secret: SecretFiles,
    pub journal: JournalSettings,
    pub webhooks: Webhooks,
    pub files: Files,
    pub outbound: Outbound,
    pub limits: Limits,
    pub log: Log,
    /// By slug.
    pub servers: BTreeMap<String, ServerTable>,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Server {
    #[serde(deserialize_with = "address::deserialize")]
    pub listen: SocketAddr,
    pub public_url: Option<Url>,
    pub allowed_hosts: Vec<String>,
    pub allowed_origins: Vec<String>,
    pub drain_seconds: u64,
    #[serde(deserialize_with = "networks")]
    pub trusted_proxies: Vec<IpNet>,
    pub tls_certificate: Option<PathBuf>,
    pub tls_key: Option<PathBuf>,
    pub plain_http_beyond_loopback: bool,
}

impl Server {
    /// Whether it listens beyond loopback without TLS of its own, for its proxies only.
    pub fn is_for_proxies_only(&self) -> bool {
        !self.listen.ip().is_loopback()
            && self.tls_certificate.is_none()
            && !self.plain_http_beyond_loopback
    }
}

/// A network as `10.0.0.0/8`, or one address.
fn networks<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<IpNet>, D::Error> {
    let network = |text: &String| {
        let one_address = || text.parse::<IpAddr>().ok().map(IpNet::from);
        let network = text.parse().ok().or_else(one_address);
        network.ok_or_else(|| {
            serde::de::Error::custom(format!(
                "`{text}` is neither an address nor a network; write it as 10.0.0.7 or 10.0.0.0/8"
            ))
        })
    };
    let written: Vec<String> = Vec::deserialize(deserializer)?;
    written.iter().map(network).collect()
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Data {
    /// `None` only where neither a setting nor the environment gives a directory.
    pub dir: Option<PathBuf>,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Webex {
    pub base_url: String,
    pub access_token_file: Option<PathBuf>,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Auth {
    pub mode: AuthMode,
    pub static_beyond_loopback: bool,
    /// The header in which a token may come beside `Authorization`.
    pub header: Option<String>,
}

/// For `auth.mode = "passthrough"`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Passthrough {
    pub organizations: Vec<String>,
}

/// Whose token a call acts with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum AuthMode {
    /// One token from the environment for every call.
    Static,
    /// Each caller's bearer token, forwarded to Webex.
    Passthrough,
    /// Callers sign in here, at Webex, and each acts as themselves.
    Broker,
    /// Callers bring tokens of the organization's identity provider, and connect their accounts at Webex
    /// here.
    Jwt,
}

/// What `auth.mode = "broker"` needs, and "jwt" too.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Broker {
    pub client_id: Option<String>,
    pub client_secret_file: Option<PathBuf>,
    pub registered_scopes: Vec<String>,
    pub organizations: Vec<String>,
    /// By id.
    pub clients: BTreeMap<String, ClientTable>,
}

/// For `webex-mcp login`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Login {
    /// As it is registered, to the letter: Webex compares it so.
    pub callback: String,
    pub client_id: Option<String>,
    pub client_secret_file: Option<PathBuf>,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SecretFiles {
    pub key_file: Option<PathBuf>,
    pub key_command: Option<Vec<String>>,
    pub previous_key_file: Option<PathBuf>,
    pub previous_key_command: Option<Vec<String>>,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct JournalSettings {
    pub required: bool,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Webhooks {
    pub allow_private_targets: bool,
    pub automatic: bool,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Files {
    pub upload_dirs: Vec<PathBuf>,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Outbound {
    pub proxy: Option<Url>,
    pub proxy_hosts: Vec<String>,
}

impl Outbound {
    /// The proxy and its hosts, if there is one.
    pub fn proxy(&self) -> Option<Proxy> {
        let hosts = self.proxy_hosts.clone();
        self.proxy.clone().map(|url| Proxy { url, hosts })
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Limits {
    pub calls_per_minute: Option<NonZeroU32>,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Log {
    pub level: LogLevel,
    pub format: LogFormat,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogLevel {
    Off,
    Error,
    Warn,
    Info,
    Debug,
    Trace,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    Human,
    Json,
}

impl Config {
    /// Whether people sign in at Webex here, for any server.
    pub fn has_broker(&self) -> bool {
        self.has(AuthMode::Broker) || self.has_idp()
    }

    /// Whether callers bring tokens of the identity provider, for any server.
    pub fn has_idp(&self) -> bool {
        self.has(AuthMode::Jwt)
    }

    fn has(&self, mode: AuthMode) -> bool {
        let mut tables = self.servers.values();
        self.auth.mode == mode || tables.any(|table| table.authentication == Some(mode))
    }

    /// Whether people sign in for servers that say nothing else.
    pub fn is_broker_by_default(&self) -> bool {
        self.auth.mode == AuthMode::Broker
    }

    /// The first server whose table says that everyone acts with the configured token.
    fn static_server(&self) -> Option<&str> {
        let is_static = |table: &ServerTable| table.authentication == Some(AuthMode::Static);
        let mut servers = self.servers.iter();
        servers
            .find(|(_, table)| is_static(table))
            .map(|(slug, _)| slug.as_str())
    }
}

/// A valid configuration, with its secrets and the origins of its values.
#[derive(Debug)]
pub struct Loaded {
    pub config: Config,
    pub secrets: Secrets,
    pub layers: Layers,
}

impl Loaded {
    /// Reads every layer and runs the checks that all commands need.
    ///
    /// # Errors
    /// The first mistake, with its file and line or its variable.
    pub fn read(
        file: Option<&Path>,
        environment: &Environment,
        flags: Vec<Flag>,
    ) -> Result<Self, ConfigError> {
        let mut layers = Layers::read(file, environment, flags)?;
        let secrets = Secrets::read(&mut layers)?;
        let mut config: Config = serde_path_to_error::deserialize(toml::Value::Table(
            layers.table(),
        ))
        .map_err(|error| {
            let name = error.path().to_string();
            // The error names an entry of a list by its index; the origin is that of the whole
            // list.
            let setting = name.split('[').next().unwrap_or(&name);
            layers.refuse(setting, misfit::in_words(error.inner().message()))
        })?;
        checks::check(&config, &layers)?;
        if config.data.dir.is_none() {
            config.data.dir = environment.data_dir();
        }
        Ok(Loaded {
            config,
            secrets,
            layers,
        })
    }

    /// Checks what `serve` requires of its address with a real Webex.
    ///
    /// # Errors
    /// `static`, or plain HTTP without a proxy, beyond loopback, unless the operator explicitly allows
    /// it.
    pub fn check_exposure(&self) -> Result<(), ConfigError> {
        checks::check_exposure(&self.config, &self.layers)
    }

    /// Checks that `serve` has what it needs to sign people in.
    ///
    /// # Errors
    /// `broker` without an integration, a public address with https, or registered scopes; `jwt` also
    /// without an issuer or a rule.
    pub fn check_broker(&self) -> Result<(), ConfigError> {
        let (config, secrets, layers) = (&self.config, &self.secrets, &self.layers);
        ConfigError::gather([
            checks::check_broker(config, secrets, layers),
            jwt::check(config, secrets, layers),
        ])
    }

    /// Checks that `serve` has the token it needs with a real Webex.
    ///
    /// # Errors
    /// `static` without a token.
    pub fn check_token(&self) -> Result<(), ConfigError> {
        if self.secrets.access_token.is_some() {
            return Ok(());
        }
        if self.config.auth.mode == AuthMode::Static {
            return Err(ConfigError::Missing(
                "There is no Webex token: run `webex-mcp login`, or set WEBEX_ACCESS_TOKEN (or \
                 WEBEX_ACCESS_TOKEN_FILE), or choose --auth passthrough, or try everything without a token \
                 with --sandbox.",
            ));
        }
        if let Some(slug) = self.config.static_server() {
            return Err(self.layers.refuse(
                &format!("servers.{slug}.authentication"),
                "there is no Webex token for it: run `webex-mcp login`, or set WEBEX_ACCESS_TOKEN (or \
                 WEBEX_ACCESS_TOKEN_FILE)",
            ));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
