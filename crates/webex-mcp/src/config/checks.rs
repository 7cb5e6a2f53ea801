//! Checks a configuration whose types are correct for other mistakes.

use std::path::Path;

use ipnet::IpNet;
use url::{Host, Url};

use super::clients;
use super::layers::Layers;
use super::secrets::Secrets;
use super::{AuthMode, Config, ConfigError};

/// A service manager kills a process that takes longer to stop.
const DRAIN_MAX_SECONDS: u64 = 300;

/// The checks that every command needs. All mistakes are told at once.
pub fn check(config: &Config, layers: &Layers) -> Result<(), ConfigError> {
    let mut mistakes = Vec::new();
    let mut refuse = |name: &str, reason: String| mistakes.push(layers.refuse(name, reason));
    check_addresses(config, &mut refuse);
    if let Some((key, reason)) = way_in_fault(config) {
        refuse(key, reason.to_owned());
    }
    if let Some((key, reason)) = config.jwt.fault() {
        refuse(&format!("jwt.{key}"), reason);
    }
    for (slug, table) in &config.servers {
        if let Some((key, reason)) = table.fault() {
            refuse(&format!("servers.{slug}.{key}"), reason);
        }
    }
    for (id, table) in &config.broker.clients {
        if let Some((key, reason)) = table.fault() {
            // A key that is missing has the line of its table.
            let table = format!("{}.{id}", clients::TABLES.prefix);
            let named = format!("{table}.{key}");
            let place = layers.get(&named).map_or(table, |_| named);
            refuse(&place, reason);
        }
    }
    let organizations = [
        (
            "passthrough.organizations",
            &config.passthrough.organizations,
        ),
        ("broker.organizations", &config.broker.organizations),
    ];
    for (name, listed) in organizations {
        if let Some(wrong) = listed.iter().find(|listed| !webex::id::is_id(listed)) {
            let reason = format!(
                "`{wrong}` is not the id of an organization, so nobody would get in; write it as Webex does, Y2lzY29zcGFyazov…"
            );
            refuse(name, reason);
        }
    }
    if config.server.drain_seconds > DRAIN_MAX_SECONDS {
        let reason = format!("draining may take at most {DRAIN_MAX_SECONDS} seconds");
        refuse("server.drain_seconds", reason);
    }
    if config.data.dir.as_deref().is_some_and(Path::is_file) {
        refuse("data.dir", "it is a file; name a directory".to_owned());
    }
    for directory in &config.files.upload_dirs {
        if let Err(reason) = upload_directory(directory) {
            refuse(
                "files.upload_dirs",
                format!("`{}` {reason}", directory.display()),
            );
        }
    }
    ConfigError::all(mistakes)
}

/// The addresses that this server has, and those that it connects to.
fn check_addresses(config: &Config, refuse: &mut impl FnMut(&str, String)) {
    if let Err(reason) = base_url(&config.webex.base_url) {
        refuse("webex.base_url", reason.to_owned());
    }
    if let Err(reason) = callback(&config.login.callback) {
        refuse("login.callback", reason.to_owned());
    }
    if let Some(url) = &config.server.public_url
        && let Err(reason) = public_url(url)
    {
        refuse("server.public_url", reason.to_owned());
    }
    for host in &config.server.allowed_hosts {
        if !is_host(host) {
            let reason =
                format!("`{host}` is not a host name; write it as example.com or example.com:8443");
            refuse("server.allowed_hosts", reason);
        }
    }
    for origin in &config.server.allowed_origins {
        if !is_origin(origin) {
            let reason = format!(
                "`{origin}` is not an origin; write it as https://example.com, without a path"
            );
            refuse("server.allowed_origins", reason);
        }
    }
    if let Some(proxy) = config.outbound.proxy()
        && let Err(wrong) = proxy.check()
    {
        refuse(&format!("outbound.{}", wrong.key), wrong.reason);
    }
}

/// Proxies that would be everybody, or a certificate of which one of the two files is missing.
fn way_in_fault(config: &Config) -> Option<(&'static str, &'static str)> {
    let server = &config.server;
    let is_everybody = |net: &IpNet| net.prefix_len() == 0;
    if server.trusted_proxies.iter().any(is_everybody) {
        return Some((
            "server.trusted_proxies",
            "this trusts everybody; list the addresses of the proxy that stands in front",
        ));
    }
    match (&server.tls_certificate, &server.tls_key) {
        (Some(_), None) => Some((
            "server.tls_certificate",
            "its key is missing: set server.tls_key",
        )),
        (None, Some(_)) => Some((
            "server.tls_key",
            "its certificate is missing: set server.tls_certificate",
        )),
        _ => None,
    }
}

/// Beyond loopback, tokens travel encrypted, and everyone who reaches a static server acts as the token's
/// owner, unless the operator allows otherwise.
pub fn check_exposure(config: &Config, layers: &Layers) -> Result<(), ConfigError> {
    check_static(config, layers)?;
    let server = &config.server;
    if server.is_for_proxies_only() && server.trusted_proxies.is_empty() {
        return Err(layers.refuse(
            "server.listen",
            "other machines would send their tokens unencrypted; set server.tls_certificate and server.tls_key, or \
             list the proxy that speaks TLS for this server in server.trusted_proxies, or set \
             server.plain_http_beyond_loopback = true if the network protects them",
        ));
    }
    Ok(())
}

fn check_static(config: &Config, layers: &Layers) -> Result<(), ConfigError> {
    let exposed = !config.server.listen.ip().is_loopback();
    if !exposed || config.auth.static_beyond_loopback {
        return Ok(());
    }
    if config.auth.mode == AuthMode::Static {
        return Err(layers.refuse(
            "server.listen",
            "with auth.mode = \"static\" everyone who reaches this address acts as the token's owner; listen on \
             127.0.0.1, or set auth.static_beyond_loopback = true if that is wanted",
        ));
    }
    if let Some(slug) = config.static_server() {
        return Err(layers.refuse(
            &format!("servers.{slug}.authentication"),
            "with \"static\" everyone who reaches server.listen acts as the token's owner; listen on 127.0.0.1, or \
             set auth.static_beyond_loopback = true if that is wanted",
        ));
    }
    Ok(())
}

/// People sign in here: they come back to an address that Webex knows, and their tokens travel
/// encrypted.
pub fn check_broker(
    config: &Config,
    secrets: &Secrets,
    layers: &Layers,
) -> Result<(), ConfigError> {
    if !config.has_broker() {
        return Ok(());
    }
    let mut mistakes = Vec::new();
    let mut refuse = |name: &str, reason: &str| mistakes.push(layers.refuse(name, reason));
    match &config.server.public_url {
        Some(url) if url.path() != "/" => refuse(
            "server.public_url",
            "people sign in here, and clients look for that at the root of a host: leave out the path",
        ),
        Some(url) if url.scheme() == "https" || is_loopback(url) => {}
        Some(_) => refuse(
            "server.public_url",
            "people sign in here, so it must start with https://",
        ),
        None => refuse(
            "server.public_url",
            "it is not set, and people sign in here, so clients and Webex need it: the address of this server, such as https://webex-mcp.example.com",
        ),
    }
    if config.broker.client_id.is_none() {
        let reason = "the id of the integration at Webex is missing; docs/hosting.md says how to register one";
        refuse("broker.client_id", reason);
    }
    if secrets.broker_secret.is_none() {
        let reason = "the secret of the integration at Webex is missing: set WEBEX_MCP_BROKER_CLIENT_SECRET or broker.client_secret_file";
        refuse("broker.client_secret_file", reason);
    }
    let registered = &config.broker.registered_scopes;
    if !registered.iter().any(|scope| scope == "spark:people_read") {
        let reason = "list the scopes that the integration was registered with at Webex, as Webex refuses others; spark:people_read has to be among them, to know who signs in";
        refuse("broker.registered_scopes", reason);
    }
    ConfigError::all(mistakes)
}

fn base_url(text: &str) -> Result<(), &'static str> {
    let url = Url::parse(text).map_err(|_| "it must be a URL such as https://webexapis.com/v1")?;
    match url.scheme() {
        "https" => {}
        "http" if is_loopback(&url) => {}
        "http" => {
            return Err("plain http is for loopback only, because it carries the token; use https");
        }
        _ => return Err("it must start with https://"),
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err("it must not contain a user name or password");
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err("it must end with /v1, without a query");
    }
    if !url.path().trim_end_matches('/').ends_with("/v1") {
        return Err("it must end with /v1, as in https://webexapis.com/v1");
    }
    Ok(())
}

/// A browser on this machine comes back to it, so it is plain http with a port.
fn callback(text: &str) -> Result<(), &'static str> {
    let url = Url::parse(text);
    let url = url.map_err(|_| "it must be a URL such as http://localhost:8487/callback")?;
    if url.scheme() != "http" || !is_loopback(&url) {
        return Err(
            "it must start with http://localhost: or http://127.0.0.1:, because the browser of this machine opens it",
        );
    }
    if url.port().is_none_or(|port| port == 0) {
        return Err("it must name a port, as http://localhost:8487/callback does");
    }
    let is_plain = url.username().is_empty() && url.password().is_none();
    match url.query().is_none() && url.fragment().is_none() && is_plain {
        true => Ok(()),
        false => Err("it must be scheme, host, port and path only"),
    }
}

fn public_url(url: &Url) -> Result<(), &'static str> {
    if !matches!(url.scheme(), "http" | "https") || url.host().is_none() {
        return Err("it must start with https:// (or http://)");
    }
    if url.query().is_some() || url.fragment().is_some() || !url.username().is_empty() {
        return Err("it must be scheme, host and, where needed, port and path only");
    }
    Ok(())
}

pub(super) fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

fn is_host(text: &str) -> bool {
    let parsed = text.parse::<http::uri::Authority>();
    parsed.is_ok_and(|authority| !authority.as_str().contains(['@', '*']))
}

fn is_origin(text: &str) -> bool {
    Url::parse(text)
        .is_ok_and(|url| url.origin().is_tuple() && url.origin().ascii_serialization() == text)
}

fn upload_directory(directory: &Path) -> Result<(), &'static str> {
    if !directory.is_absolute() {
        return Err("is not absolute");
    }
    if !directory.is_dir() {
        return Err("is not an existing directory");
    }
    Ok(())
}
