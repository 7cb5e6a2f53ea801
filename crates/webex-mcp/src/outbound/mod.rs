//! Fetches documents from addresses that somebody else chose: metadata of clients, keys, an identity
//! provider's answers. Whoever names an address must not make this server ask what only this server
//! can reach, wait for long, or read much.
//!
//! A URL is https, without a user name, and its host is of the internet. A name is looked up once, all
//! of its addresses are judged, and the connection goes to one of these, so a second answer of DNS
//! counts for nothing. A redirect is a new URL. Each connection serves one request and is closed; no
//! cookie is kept and nothing is decompressed. Through a proxy, where the proxy looks names up, only
//! listed hosts are fetched. A host that the operator named as private is judged by its name alone.
//!
//! Each `Outbound` has its own places: make one for each purpose, so that slow servers which
//! strangers named do not keep an identity provider waiting.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::header::{AUTHORIZATION, CONTENT_TYPE};
use http::{HeaderValue, Method, StatusCode};
use secrecy::{ExposeSecret, SecretString};
use url::{Host, Url, form_urlencoded};

mod connect;
mod fetch;
mod freshness;
mod internet;
mod not_fetched;
mod proxy;

use self::fetch::{Ask, Fetcher};
use self::internet::{Internet, System};
pub use self::not_fetched::{NotFetched, Refusal};
pub use self::proxy::{Proxy, WrongProxy};

/// Fetches documents under the rules that it was made with. Clones share their places.
#[derive(Clone, Debug)]
pub struct Outbound {
    fetcher: Arc<Fetcher>,
}

/// How documents are reached.
#[derive(Clone, Debug, Default)]
pub struct Rules {
    /// If there is one, everything goes through it, and only its hosts are fetched.
    pub proxy: Option<Proxy>,
    /// Any address, and plain http: only for the sandbox and tests.
    pub may_be_private: bool,
    /// Hosts that the operator named, which may be private; on this machine also with plain http.
    pub private_hosts: Vec<Host>,
}

/// How much one fetch may cost, redirects included.
#[derive(Clone, Copy, Debug)]
pub struct Bounds {
    /// Of the body.
    pub bytes: usize,
    /// From the call to the last byte, waiting for a place included.
    pub within: Duration,
    pub redirects: usize,
}

/// A successful answer.
pub struct Document {
    pub body: Bytes,
    /// In lower case and without parameters.
    pub media_type: Option<String>,
    pub status: StatusCode,
    /// How long it may be kept: `max-age` less `Age`, nothing with `no-store` or `no-cache`. `None`
    /// where the server says neither.
    pub fresh_for: Option<Duration>,
}

impl Outbound {
    /// The root certificates are read for the first fetch, which fails if there are none.
    ///
    /// # Errors
    /// The proxy cannot be one, or its list of hosts is wrong.
    pub fn new(rules: Rules) -> Result<Self, WrongProxy> {
        Self::in_internet(rules, Arc::new(System::default()))
    }

    fn in_internet(rules: Rules, internet: Arc<dyn Internet>) -> Result<Self, WrongProxy> {
        let fetcher = Arc::new(Fetcher::new(rules, internet)?);
        Ok(Self { fetcher })
    }

    /// Fetches a document. Redirects are followed to wherever the first URL might have led.
    ///
    /// # Errors
    /// Why there is no document.
    pub async fn get(&self, url: &Url, bounds: Bounds) -> Result<Document, NotFetched> {
        self.fetcher.get(url, bounds).await
    }

    /// Sends a form, and `authorization` as the whole value of that header. A redirect is an error:
    /// what the form holds was meant for this URL.
    ///
    /// # Errors
    /// Why there is no document.
    pub async fn post_form(
        &self,
        url: &Url,
        form: &[(&str, &str)],
        authorization: Option<&SecretString>,
        bounds: Bounds,
    ) -> Result<Document, NotFetched> {
        let pairs = form_urlencoded::Serializer::new(String::new())
            .extend_pairs(form)
            .finish();
        let mut ask = Ask::new(Method::POST, Bytes::from(pairs));
        let form = HeaderValue::from_static("application/x-www-form-urlencoded");
        ask.headers.insert(CONTENT_TYPE, form);
        if let Some(secret) = authorization {
            let value = HeaderValue::from_str(secret.expose_secret());
            let mut value = value.map_err(|_| NotFetched::Credential)?;
            value.set_sensitive(true);
            ask.headers.insert(AUTHORIZATION, value);
        }
        self.fetcher.post(url, ask, bounds).await
    }
}

impl fmt::Debug for Document {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bytes = self.body.len();
        write!(formatter, "Document({}, {bytes} bytes)", self.status)
    }
}

#[cfg(test)]
mod tests;
