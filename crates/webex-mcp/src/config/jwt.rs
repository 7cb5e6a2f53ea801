//! What `auth.mode = "jwt"` needs: the organization's identity provider, and who may what.

use std::path::PathBuf;

use serde::Deserialize;
use url::{Host, Url};

use super::layers::Layers;
use super::secrets::Secrets;
use super::{Config, ConfigError};
use crate::limits;

/// The organization's identity provider.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Jwt {
    /// As it stands in tokens, to the letter.
    pub issuer: Option<String>,
    pub jwks_url: Option<Url>,
    pub audience: Option<String>,
    pub types: Vec<String>,
    pub clock_skew_seconds: u64,
    pub subject: String,
    pub scopes: Vec<String>,
    pub private_hosts: Vec<String>,
    pub client_id: Option<String>,
    pub client_secret_file: Option<PathBuf>,
    #[serde(default)]
    pub rules: Vec<JwtRule>,
}

/// Who may use which servers.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct JwtRule {
    pub claim: Option<String>,
    pub value: Option<String>,
    pub servers: Vec<String>,
    pub tenant: Option<String>,
}

impl Jwt {
    /// The hosts that may be private.
    pub fn private_hosts(&self) -> Vec<Host> {
        let hosts = self.private_hosts.iter();
        hosts.filter_map(|host| Host::parse(host).ok()).collect()
    }

    /// The first key whose value is wrong by itself, and why.
    pub(super) fn fault(&self) -> Option<(&'static str, String)> {
        let words = |reason: &str| reason.to_owned();
        if let Some(host) = self
            .private_hosts
            .iter()
            .find(|host| Host::parse(host).is_err() || host.contains(['*', '/', ' ']))
        {
            let reason = format!(
                "`{host}` is not a host; write it as login.corp.example, without a scheme and a port"
            );
            return Some(("private_hosts", reason));
        }
        let issuer = self.issuer.as_deref().map(Url::parse);
        if issuer.is_some_and(|url| !url.is_ok_and(|url| self.is_reached(&url))) {
            return Some(("issuer", words(NO_ADDRESS)));
        }
        let is_plain = |url: &Url| self.is_reached(url);
        if !self.jwks_url.as_ref().is_none_or(is_plain) {
            return Some(("jwks_url", words(NO_ADDRESS)));
        }
        if self.clock_skew_seconds > limits::IDP_CLOCK_SKEW_MAX_SECONDS {
            let most = limits::IDP_CLOCK_SKEW_MAX_SECONDS;
            return Some(("clock_skew_seconds", format!("it may be at most {most}")));
        }
        if self.types.is_empty() {
            return Some(("types", words("name at least one type, as at+jwt")));
        }
        if self.subject.is_empty() {
            return Some((
                "subject",
                words("name the claim that names a person, as sub"),
            ));
        }
        let fault = self.rules.iter().find_map(JwtRule::fault);
        if let Some(reason) = fault {
            return Some(("rules", words(reason)));
        }
        if self.rules.len() > limits::IDP_RULES_MAX {
            return Some((
                "rules",
                words("there are too many rules; let groups stand for people"),
            ));
        }
        if self.audience.is_some() && self.audience == self.client_id {
            let reason = "it is client_id too, so that an ID token would pass for an access token; register this server as an API and as a client, and name both";
            return Some(("audience", words(reason)));
        }
        None
    }

    /// Whether it may be fetched: over https, or on this machine if the operator says so.
    fn is_reached(&self, url: &Url) -> bool {
        let host = url.host().map(|host| host.to_owned());
        let is_named = host.is_some_and(|host| self.private_hosts().contains(&host));
        let is_here = super::checks::is_loopback(url) && is_named;
        let is_plain =
            url.username().is_empty() && url.password().is_none() && url.fragment().is_none();
        is_plain && (url.scheme() == "https" || (url.scheme() == "http" && is_here))
    }
}

const NO_ADDRESS: &str = "it must start with https:// and have no user name; http is for this machine, if private_hosts names it";

impl JwtRule {
    fn fault(&self) -> Option<&'static str> {
        let is_text = |text: &Option<String>| text.as_ref().is_some_and(|text| !text.is_empty());
        if self.claim.is_some() != self.value.is_some() {
            return Some(
                "a rule has a claim and the value that it must have, or neither for everyone",
            );
        }
        if self.claim.is_some() && !(is_text(&self.claim) && is_text(&self.value)) {
            return Some("a rule's claim and value must not be empty");
        }
        if self.servers.is_empty() || self.servers.len() > limits::IDP_RULE_SERVERS_MAX {
            return Some("a rule names the servers that it opens, by slug, or \"*\" for all");
        }
        if self.tenant.is_some() && !is_text(&self.tenant) {
            return Some("a rule's tenant must not be empty; leave it out for the usual one");
        }
        None
    }
}

/// The checks that `serve` needs: whose tokens count, and for whom.
pub(super) fn check(
    config: &Config,
    secrets: &Secrets,
    layers: &Layers,
) -> Result<(), ConfigError> {
    if !config.has_idp() {
        return Ok(());
    }
    let jwt = &config.jwt;
    let mut mistakes = Vec::new();
    let mut refuse =
        |key: &str, reason: &str| mistakes.push(layers.refuse(&format!("jwt.{key}"), reason));
    if jwt.issuer.is_none() {
        let reason = "the identity provider is missing: set it as it stands in the claim `iss` of its tokens";
        refuse("issuer", reason);
    }
    if jwt.rules.is_empty() {
        let reason = "without a rule, nobody may use any server; write [[jwt.rules]] with claim, value and servers";
        refuse("rules", reason);
    }
    if secrets.idp_secret.is_some() && jwt.client_id.is_none() {
        refuse("client_id", "there is a secret for it; set it too");
    }
    ConfigError::all(mistakes)
}
