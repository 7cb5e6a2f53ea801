//! Webhooks whose deliveries come to this server, as a tool reaches them: those of its caller.

use std::time::Duration;

use futures::future::BoxFuture;
use jiff::Timestamp;

use super::{Context, ShortId};
use crate::error::CallError;

/// The caller's webhooks that come in here.
pub trait Receiver: Send + Sync + std::fmt::Debug {
    /// An address for a webhook that is to be created, whose deliveries are signed with this secret.
    /// Returns once its record is durable.
    fn prepare<'a>(
        &'a self,
        watched: Watched<'a>,
        secret: &'a str,
    ) -> BoxFuture<'a, Result<Prepared, CallError>>;

    /// Webex has the webhook under this id, in this organization.
    fn confirm<'a>(
        &'a self,
        id: &'a str,
        webhook: &'a str,
        org: Option<&'a str>,
    ) -> BoxFuture<'a, ()>;

    /// Nothing is taken at this address any more, and what came in is deleted.
    fn forget<'a>(&'a self, id: &'a str) -> BoxFuture<'a, ()>;

    /// Those that Webex has.
    fn all(&self) -> BoxFuture<'_, Result<Vec<Received>, CallError>>;

    /// When the last delivery came that is in the inbox.
    fn last_delivery<'a>(&'a self, id: &'a str) -> BoxFuture<'a, Option<Timestamp>>;

    /// Whether Webex delivers was seen.
    fn noticed<'a>(&'a self, id: &'a str, is_active: bool) -> BoxFuture<'a, ()>;

    /// The ids of the answers to a card that came in, the newest first. If there is none, waits for
    /// the first one.
    fn card_answers<'a>(
        &'a self,
        message_id: &'a str,
        wait: Duration,
    ) -> BoxFuture<'a, Result<Vec<String>, CallError>>;
}

/// What a webhook watches.
#[derive(Debug, Clone, Copy)]
pub struct Watched<'a> {
    pub resource: &'a str,
    pub event: &'a str,
    pub filter: Option<&'a str>,
}

/// An address that takes the deliveries of one webhook.
#[derive(Debug)]
pub struct Prepared {
    pub id: String,
    pub address: String,
}

/// A webhook that comes in.
#[derive(Debug)]
pub struct Received {
    pub id: String,
    /// Webex's id.
    pub webhook: ShortId,
    /// Its address as it is now; `None` where Webex cannot reach this server.
    pub address: Option<String>,
}

impl Received {
    /// Whether a target is its address, at whatever name this server is reached.
    pub fn is_at(&self, target: &str) -> bool {
        target.ends_with(&self.id)
    }
}

impl Context {
    /// The caller's webhooks that come in here.
    pub fn receiver(&self) -> &dyn Receiver {
        &*self.receiver
    }
}
