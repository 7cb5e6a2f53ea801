//! Integrations: the applications that may ask people for consent.

use serde::{Deserialize, Serialize};
use thiserror::Error;
use url::Url;

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

/// All scopes that Webex lets an integration register.
const SCOPES: &str = "openid profile email spark:all spark:kms \
    spark:people_read spark:rooms_read spark:rooms_write spark:messages_read spark:messages_write \
    spark:memberships_read spark:memberships_write spark:teams_read spark:teams_write \
    spark:team_memberships_read spark:team_memberships_write spark:webhooks_read spark:webhooks_write \
    meeting:schedules_read meeting:schedules_write meeting:participants_read \
    meeting:participants_write meeting:controls_read meeting:controls_write \
    meeting:recordings_read meeting:recordings_write meeting:transcripts_read \
    meeting:transcripts_write meeting:summaries_read \
    meeting:admin_schedule_read meeting:admin_schedule_write meeting:admin_participants_read \
    meeting:admin_recordings_read meeting:admin_recordings_write meeting:admin_transcripts_read \
    spark-admin:people_read spark-admin:people_write identity:tokens_read identity:tokens_write \
    spark-compliance:events_read spark-compliance:rooms_read spark-compliance:rooms_write \
    spark-compliance:messages_read spark-compliance:messages_write \
    spark-compliance:memberships_read spark-compliance:memberships_write \
    spark-compliance:teams_read spark-compliance:team_memberships_read \
    spark-compliance:team_memberships_write spark-compliance:meetings_read \
    spark-compliance:meetings_write spark-compliance:webhooks_read spark-compliance:webhooks_write";

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
        let redirects = DEMO_REDIRECTS.iter().chain(&DEVICE_REDIRECTS);
        Integration {
            client_id: "sandbox-integration".to_owned(),
            client_secret: "sandbox-integration-secret".to_owned(),
            name: "Sandbox Integration".to_owned(),
            redirect_uris: redirects.map(|uri| (*uri).to_owned()).collect(),
            scopes: SCOPES.split_whitespace().map(str::to_owned).collect(),
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
