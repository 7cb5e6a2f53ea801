//! What is asked of the provider: its metadata (OpenID Connect Discovery, or RFC 8414) and its keys.
//!
//! One question is on its way at a time, in a task of its own, and the next one comes some seconds
//! later: a token with an unknown key makes others wait for one answer, and tokens with made-up keys
//! cost nothing more. Keys that were fresh go on counting while they are asked for again, and for hours
//! where the provider does not answer, so that no call waits for it or fails with it.

use std::sync::Arc;

use jsonwebtoken::{Algorithm, DecodingKey};
use parking_lot::Mutex;
use serde::Deserialize;
use tokio::sync::OwnedMutexGuard;
use tokio::time::Instant;
use url::Url;

use super::keys::Keys;
use crate::limits;
use crate::outbound::{Bounds, Document, NotFetched, Outbound};

pub(super) const BOUNDS: Bounds = Bounds {
    bytes: limits::IDP_DOCUMENT_MAX_BYTES,
    within: limits::IDP_ANSWERED_WITHIN,
    // The operator named the address, and the provider the others.
    redirects: 0,
};

#[derive(Debug)]
pub(super) struct Provider {
    issuer: String,
    jwks_url: Option<Url>,
    /// Its metadata is needed for more than its keys.
    has_client: bool,
    pub(super) outbound: Outbound,
    kept: Mutex<Option<Arc<Kept>>>,
    asking: Arc<tokio::sync::Mutex<Option<Asked>>>,
}

/// What the provider said last.
#[derive(Debug)]
struct Kept {
    keys: Keys,
    described: Option<Arc<Described>>,
    at: Instant,
    fresh_until: Instant,
}

/// The last question.
#[derive(Debug, Clone, Copy)]
struct Asked {
    at: Instant,
    is_answered: bool,
}

/// The provider's metadata, as far as we use it.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Described {
    issuer: String,
    jwks_uri: Option<Url>,
    pub(super) authorization_endpoint: Option<Url>,
    pub(super) token_endpoint: Option<Url>,
    /// How a client shows its secret; by default in a header.
    pub(super) token_endpoint_auth_methods_supported: Option<Vec<String>>,
}

/// Why there is no key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum NoKey {
    /// The provider has none of this name.
    Unknown,
    /// The provider cannot be asked, or gave nothing that can be used.
    Unreachable,
}

/// Why an answer cannot be used. Its sentences go to the log.
#[derive(Debug, thiserror::Error)]
enum Unusable {
    #[error("its metadata was not read: {0}")]
    NoMetadata(NotFetched),
    #[error("its metadata is not that of jwt.issuer: compare the two letter by letter")]
    OtherIssuer,
    #[error("its metadata names no keys; set jwt.jwks_url")]
    NoJwks,
    #[error("its keys were not read: {0}")]
    NotRead(NotFetched),
    #[error("there is no key that can be used among its keys")]
    NoKeys,
}

impl Provider {
    pub(super) fn new(
        issuer: String,
        jwks_url: Option<Url>,
        has_client: bool,
        outbound: Outbound,
    ) -> Self {
        Provider {
            issuer,
            jwks_url,
            has_client,
            outbound,
            kept: Mutex::default(),
            asking: Arc::default(),
        }
    }

    /// The key of this name for this algorithm.
    ///
    /// # Errors
    /// [`NoKey`].
    pub(super) async fn key(
        self: &Arc<Self>,
        name: Option<&str>,
        algorithm: Algorithm,
    ) -> Result<DecodingKey, NoKey> {
        let now = Instant::now();
        if let Some(kept) = self.kept()
            && let Some(key) = kept.keys.find(name, algorithm)
            && now < kept.at + limits::IDP_KEYS_USED_AT_MOST
        {
            if now >= kept.fresh_until {
                self.ask();
            }
            return Ok(key.clone());
        }
        let is_answered = self.answered().await;
        let kept = self
            .kept()
            .filter(|kept| Instant::now() < kept.at + limits::IDP_KEYS_USED_AT_MOST);
        let key = kept
            .as_ref()
            .and_then(|kept| kept.keys.find(name, algorithm));
        match (key, is_answered) {
            (Some(key), _) => Ok(key.clone()),
            (None, true) => Err(NoKey::Unknown),
            (None, false) => Err(NoKey::Unreachable),
        }
    }

    /// The metadata; `None` where it cannot be read now.
    pub(super) async fn described(self: &Arc<Self>) -> Option<Arc<Described>> {
        let known = || self.kept().and_then(|kept| kept.described.clone());
        if known().is_none() {
            self.answered().await;
        }
        known()
    }

    fn kept(&self) -> Option<Arc<Kept>> {
        self.kept.lock().clone()
    }

    /// Asks, or waits for whoever does; whether the last question was answered.
    async fn answered(self: &Arc<Self>) -> bool {
        self.ask();
        let asked = self.asking.lock().await;
        asked.is_some_and(|asked| asked.is_answered)
    }

    /// Asks, unless somebody does or just did. In a task of its own: others wait for the answer even if
    /// the one who began it leaves.
    fn ask(self: &Arc<Self>) {
        let Ok(mut asking) = self.asking.clone().try_lock_owned() else {
            return;
        };
        let is_early = |asked: Asked| Instant::now() < asked.at + limits::IDP_ASKED_EVERY;
        if asking.is_some_and(is_early) {
            return;
        }
        let this = self.clone();
        tokio::spawn(async move {
            let is_answered = this.look(&mut asking).await;
            *asking = Some(Asked {
                at: Instant::now(),
                is_answered,
            });
        });
    }

    /// Reads everything anew. Whoever has the lock looks alone.
    async fn look(&self, _lock: &mut OwnedMutexGuard<Option<Asked>>) -> bool {
        match self.read().await {
            Ok(kept) => {
                *self.kept.lock() = Some(Arc::new(kept));
                true
            }
            Err(why) => {
                tracing::warn!(%why, "the identity provider could not be asked for its keys");
                false
            }
        }
    }

    async fn read(&self) -> Result<Kept, Unusable> {
        let before = self.kept().and_then(|kept| kept.described.clone());
        let described = match &self.jwks_url {
            Some(_) if !self.has_client => None,
            // The keys do without it.
            Some(_) => self.metadata().await.map(Arc::new).ok().or(before),
            None => Some(Arc::new(self.metadata().await?)),
        };
        let found = described
            .as_ref()
            .and_then(|described| described.jwks_uri.clone());
        let url = self.jwks_url.clone().or(found).ok_or(Unusable::NoJwks)?;
        let document = self.outbound.get(&url, BOUNDS).await;
        let document = document.map_err(Unusable::NotRead)?;
        let keys = Keys::read(&document.body).ok_or(Unusable::NoKeys)?;
        let fresh = document.fresh_for.unwrap_or(limits::IDP_KEYS_FRESH_USUALLY);
        let (least, most) = (
            limits::IDP_KEYS_FRESH_AT_LEAST,
            limits::IDP_KEYS_FRESH_AT_MOST,
        );
        let at = Instant::now();
        Ok(Kept {
            keys,
            described,
            at,
            fresh_until: at + fresh.clamp(least, most),
        })
    }

    async fn metadata(&self) -> Result<Described, Unusable> {
        let mut read = Err(NotFetched::Refused(crate::outbound::Refusal::Malformed));
        for url in places(&self.issuer) {
            read = self.outbound.get(&url, BOUNDS).await;
            // It is in one of the places.
            if !matches!(read, Err(NotFetched::Status(_))) {
                break;
            }
        }
        let Document { body, .. } = read.map_err(Unusable::NoMetadata)?;
        let described: Option<Described> = serde_json::from_slice(&body).ok();
        described
            .filter(|described| described.issuer == self.issuer)
            .ok_or(Unusable::OtherIssuer)
    }
}

/// Where the metadata of an issuer may be: behind its path (OpenID Connect Discovery, 4), or before it
/// (RFC 8414, 3).
fn places(issuer: &str) -> Vec<Url> {
    let behind = format!(
        "{}/.well-known/openid-configuration",
        issuer.trim_end_matches('/')
    );
    let before = Url::parse(issuer).map(|mut url| {
        let path = url.path().trim_end_matches('/').to_owned();
        url.set_path(&format!("/.well-known/oauth-authorization-server{path}"));
        url
    });
    [Url::parse(&behind), before]
        .into_iter()
        .flatten()
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn metadata_is_behind_the_path_of_the_issuer_or_before_it() {
        for (issuer, expected) in [
            (
                "https://idp.example.com",
                [
                    "https://idp.example.com/.well-known/openid-configuration",
                    "https://idp.example.com/.well-known/oauth-authorization-server",
                ],
            ),
            (
                "https://idp.example.com/tenant/v2.0/",
                [
                    "https://idp.example.com/tenant/v2.0/.well-known/openid-configuration",
                    "https://idp.example.com/.well-known/oauth-authorization-server/tenant/v2.0",
                ],
            ),
        ] {
            let found = places(issuer);
            let found: Vec<_> = found.iter().map(Url::as_str).collect();
            assert_eq!(found, expected);
        }
    }
}
