//! Integrations: the applications that may ask people for consent.

use serde::{Deserialize, Serialize};
use thiserror::Error;
use url::Url;

use crate::rows::scopes::Rules;

/// Entries of one list, and bytes of one text: an application with more is a mistake.
const MAX_ENTRIES: usize = 200;
const MAX_TEXT_BYTES: usize = 2_048;

/// The redirect URIs that an integration must have registered for devices.
pub(crate) const DEVICE_REDIRECTS: [&str; 4] = [
    "https://oauth-helper-a.wbx2.com/helperservice/v1/actions/device/callback",
    "https://oauth-helper-r.wbx2.com/helperservice/v1/actions/device/callback",
    "https://oauth-helper-k.wbx2.com/helperservice/v1/actions/device/callback",
    "https://oauth-helper-d.wbx2.com/helperservice/v1/actions/device/callback",
];

/// The redirect URIs of the demo integration: the ports at which examples usually listen.
const DEMO_REDIRECTS: [&str; 4] = [
    "http://127.0.0.1:8484/oauth/callback",
    "http://localhost:8484/oauth/callback",
    "http://localhost:3000/callback",
    "http://localhost:8487/callback",
];

/// An application that may ask the company's people for consent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Integration {
    /// The OAuth client id.
    pub client_id: String,
    /// The OAuth client secret; it protects only the sandbox.
    pub client_secret: String,
    /// The name that people read on the consent page.
    pub name: String,
    /// Where a browser may be sent with a code: absolute URLs, compared exactly.
    pub redirect_uris: Vec<String>,
    /// The scopes that it may ask for.
    pub scopes: Vec<String>,
}

/// Why an integration cannot be registered, in a sentence for the person who wrote it.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{0}")]
pub struct InvalidIntegration(pub(crate) &'static str);

impl Integration {
    /// The integration that every sandbox has: `sandbox-integration` with the secret
    /// `sandbox-integration-secret`, every scope, and redirect URIs on the loopback interface.
    pub fn demo() -> Self {
        let scopes = Rules::read().of_integrations();
        let redirects = DEMO_REDIRECTS.iter().chain(&DEVICE_REDIRECTS);
        Integration {
            client_id: "sandbox-integration".to_owned(),
            client_secret: "sandbox-integration-secret".to_owned(),
            name: "Sandbox Integration".to_owned(),
            redirect_uris: redirects.map(|uri| (*uri).to_owned()).collect(),
            scopes: scopes.iter().map(str::to_owned).collect(),
        }
    }

    /// A link under which a browser asks one of the people for consent, and then goes to the first
    /// redirect URI. `None` without a redirect URI or without a scope.
    pub fn sign_in_link(&self, base_url: &str) -> Option<String> {
        let redirect = self.redirect_uris.first()?;
        let all = self.scopes.iter().find(|scope| *scope == "spark:all");
        let scope = all.or(self.scopes.iter().find(|scope| *scope != "openid"))?;
        let mut url = Url::parse(base_url).ok()?.join("/v1/authorize").ok()?;
        url.query_pairs_mut().extend_pairs([
            ("response_type", "code"),
            ("client_id", &self.client_id),
            ("redirect_uri", redirect),
            ("scope", scope),
            ("state", "sandbox"),
        ]);
        Some(url.into())
    }

    pub(crate) fn check(&self) -> Result<(), InvalidIntegration> {
        let is_word = |text: &String| {
            (1..=MAX_TEXT_BYTES).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_graphic())
        };
        let is_redirect = |uri: &String| {
            is_word(uri) && Url::parse(uri).is_ok_and(|url| url.fragment().is_none())
        };
        let sentence = if !is_word(&self.client_id) || self.client_id.contains(':') {
            "clientId must be one word of ASCII without a colon."
        } else if !is_word(&self.client_secret) {
            "clientSecret must be one word of ASCII."
        } else if self.name.trim().is_empty() || self.name.len() > MAX_TEXT_BYTES {
            "name must be given, in at most 2048 bytes."
        } else if self.redirect_uris.len() > MAX_ENTRIES
            || !self.redirect_uris.iter().all(is_redirect)
        {
            "redirectUris must be at most 200 absolute URLs without a fragment."
        } else if self.scopes.len() > MAX_ENTRIES || !self.scopes.iter().all(is_word) {
            "scopes must be at most 200 words of ASCII."
        } else {
            return Ok(());
        };
        Err(InvalidIntegration(sentence))
    }
}
