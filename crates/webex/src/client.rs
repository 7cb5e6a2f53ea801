//! [`Webex`] is one upstream, shared; [`Client`] makes one caller's calls, grouped by noun.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use http::HeaderValue;
use serde::de::DeserializeOwned;
use tokio::time::Instant;

use crate::around::Around;
use crate::base::Base;
use crate::error::{WebexError, tracking_id};
use crate::limits::MAX_EMPTY_PAGES_COUNT;
use crate::operation::Call;
use crate::page::{Asked, Envelope, NextPage, Page};
use crate::place;
use crate::settings::Settings;
use crate::token::AccessToken;
use crate::transport::Transport;

/// One Webex: its address, its connections and the timeouts. Clones share them.
#[derive(Clone)]
pub struct Webex {
    shared: Arc<Shared>,
}

struct Shared {
    base: Base,
    transport: Transport,
    settings: Settings,
}

impl Webex {
    /// A Webex on the network, with default settings.
    ///
    /// `base_url` includes `/v1`; plain http is accepted for loopback addresses only.
    ///
    /// # Errors
    /// [`WebexError::Invalid`] where the URL cannot be used.
    pub fn new(base_url: &str) -> Result<Self, WebexError> {
        let settings = Settings::default();
        let transport = Transport::network(&settings);
        Self::with_transport(base_url, transport, settings)
    }

    /// A Webex that is reached through any transport.
    ///
    /// # Errors
    /// [`WebexError::Invalid`] where the URL cannot be used.
    pub fn with_transport(
        base_url: &str,
        transport: Transport,
        settings: Settings,
    ) -> Result<Self, WebexError> {
        let base = Base::parse(base_url)?;
        Ok(Self {
            shared: Arc::new(Shared {
                base,
                transport,
                settings,
            }),
        })
    }

    /// A client that calls with this token.
    pub fn client(&self, token: AccessToken) -> Client {
        self.caller(Some(token.header()))
    }

    /// A client with `around` its operations, which gives the token for each of them.
    pub fn client_around(&self, around: Arc<dyn Around>) -> Client {
        self.with_credentials(Credentials::Around(around))
    }

    /// A client with any credentials: before there is a token, an integration uses its own or none.
    pub(crate) fn caller(&self, authorization: Option<HeaderValue>) -> Client {
        self.with_credentials(Credentials::Header(authorization))
    }

    fn with_credentials(&self, credentials: Credentials) -> Client {
        Client {
            webex: self.clone(),
            credentials,
            deadline: None,
            call_timeout: None,
        }
    }

    pub(crate) fn base(&self) -> &Base {
        &self.shared.base
    }

    pub(crate) fn transport(&self) -> &Transport {
        &self.shared.transport
    }

    pub(crate) fn settings(&self) -> &Settings {
        &self.shared.settings
    }
}

impl fmt::Debug for Webex {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Webex")
            .field("base", &self.shared.base)
            .finish_non_exhaustive()
    }
}

/// The credentials of a client.
#[derive(Clone, Debug)]
pub(crate) enum Credentials {
    /// Always the same `Authorization` header, marked sensitive; or none.
    Header(Option<HeaderValue>),
    /// For each operation, the token with which it was admitted.
    Around(Arc<dyn Around>),
}

/// Calls Webex as the owner of one token. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Client {
    webex: Webex,
    credentials: Credentials,
    deadline: Option<Instant>,
    call_timeout: Option<Duration>,
}

impl Client {
    /// The same client, whose calls all end by `deadline`, including waits and repeats.
    ///
    /// Without it, each call has [`Settings::call_timeout`], and a transfer
    /// [`Settings::transfer_timeout`].
    pub fn with_deadline(mut self, deadline: Instant) -> Self {
        self.deadline = Some(deadline);
        self
    }

    /// The same client, each of whose calls ends within `timeout`, including waits and repeats, and
    /// by the deadline if there is one: for work that makes many calls.
    pub fn with_call_timeout(mut self, timeout: Duration) -> Self {
        self.call_timeout = Some(timeout);
        self
    }

    /// The Webex that this client calls.
    pub fn webex(&self) -> &Webex {
        &self.webex
    }

    /// Reads the page after one of a list. `asked` is how the list was asked: its operation, or its
    /// query if the list takes headers or a body.
    ///
    /// # Errors
    /// The errors of the list itself; [`WebexError::Foreign`] where the link leads elsewhere, and
    /// [`WebexError::Invalid`] for an operation whose headers or body would be lost.
    pub async fn next_page<T: DeserializeOwned>(
        &self,
        asked: &impl Asked,
        next: &NextPage,
    ) -> Result<Page<T>, WebexError> {
        self.page(asked.asked_again()?.after(next)).await
    }

    /// Sends a call whose answer is a JSON document.
    pub(crate) async fn reply<T: DeserializeOwned>(&self, call: Call<'_>) -> Result<T, WebexError> {
        let answer = self.send(&call, self.deadline_of(&call)).await?;
        let tracking_id = || tracking_id(answer.headers());
        read_json(answer.body().bytes(), call.is_write(), tracking_id)
    }

    /// Sends a call whose answer is a JSON document or empty.
    pub(crate) async fn reply_if_any<T: DeserializeOwned>(
        &self,
        call: Call<'_>,
    ) -> Result<Option<T>, WebexError> {
        let answer = self.send(&call, self.deadline_of(&call)).await?;
        let bytes = answer.body().bytes();
        if bytes.is_empty() {
            return Ok(None);
        }
        let tracking_id = || tracking_id(answer.headers());
        read_json(bytes, call.is_write(), tracking_id).map(Some)
    }

    /// Sends a call whose answer has no content.
    pub(crate) async fn done(&self, call: Call<'_>) -> Result<(), WebexError> {
        self.send(&call, self.deadline_of(&call)).await.map(drop)
    }

    /// Sends a call whose answer is a list; follows next links past empty pages.
    pub(crate) async fn page<T: DeserializeOwned>(
        &self,
        mut call: Call<'_>,
    ) -> Result<Page<T>, WebexError> {
        let deadline = self.deadline_of(&call);
        let asked = call.query_text().to_owned();
        let mut empty_pages = 0;
        loop {
            let answer = self.send(&call, deadline).await?;
            let next = NextPage::from_headers(self.webex.base(), answer.headers())?;
            let next = next.map(|next| next.asking_pairs(&asked));
            let tracking_id = || tracking_id(answer.headers());
            let list: Envelope<T> = read_json(answer.body().bytes(), call.is_write(), tracking_id)?;
            match next {
                Some(next) if list.items.is_empty() && empty_pages < MAX_EMPTY_PAGES_COUNT => {
                    empty_pages += 1;
                    call = call.after(&next);
                }
                next => {
                    return Ok(Page {
                        items: list.items,
                        next,
                        not_found_ids: list.not_found_ids,
                    });
                }
            }
        }
    }

    pub(crate) fn credentials(&self) -> &Credentials {
        &self.credentials
    }

    /// The deadline of the call.
    pub(crate) fn deadline_of(&self, call: &Call<'_>) -> Instant {
        let settings = self.webex.settings();
        let usual = match call.is_transfer() {
            true => settings.transfer_timeout,
            false => settings.call_timeout,
        };
        match (self.deadline, self.call_timeout) {
            (Some(deadline), None) => deadline,
            (deadline, own) => {
                let end = Instant::now() + own.unwrap_or(usual);
                deadline.map_or(end, |deadline| deadline.min(end))
            }
        }
    }
}

/// Parses a document directly into its type; only after a failure, it is looked at again to find
/// the place.
fn read_json<T: DeserializeOwned>(
    bytes: &[u8],
    is_write: bool,
    tracking_id: impl Fn() -> Option<String>,
) -> Result<T, WebexError> {
    // The text is checked as a whole, which costs less than string by string.
    let read = match std::str::from_utf8(bytes) {
        Ok(text) => serde_json::from_str(text).map_err(|error| problem(&error, bytes)),
        Err(_) => Err(NOT_JSON.into()),
    };
    read.map_err(|problem| WebexError::Unreadable {
        problem,
        tracking_id: tracking_id(),
        maybe_applied: is_write,
    })
}

const NOT_JSON: &str = "it is not a complete JSON document";

fn problem(error: &serde_json::Error, document: &[u8]) -> Cow<'static, str> {
    if !error.is_data() {
        return NOT_JSON.into();
    }
    match place::of(error, document) {
        place if place.is_empty() => "it has an unexpected form".into(),
        place => format!("{place} has an unexpected form").into(),
    }
}
