//! Batches: several messages in one body, which only version 2025-03-26 has. Each message is
//! answered in order, as if it had come alone.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::sync::Arc;

use axum::body::Body;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Response};
use bytes::Bytes;
use rmcp::model::ProtocolVersion;
use rmcp::{ErrorData, ServerHandler};
use tokio::time::timeout;

use super::body::{Accepted, malformed};
use super::endpoint::{Asked, Endpoint};
use super::exchange::{COMMENT, Exchange, answered, event, json, stream};
use super::headers;
use super::refusal::Refusal;
use super::said::KEY;
use super::session::Session;
use super::wire::{self, Posted};
use crate::call::delivery::Receipt;
use crate::edge::limits;
use crate::identity::Caller;

/// The answers of a batch that are not sent yet. If the client leaves before the last, the effects
/// still happen: each exchange runs to its end by itself.
struct Owed {
    parts: VecDeque<Part>,
    /// The receipts of answers that are not on their way yet.
    receipts: Vec<Receipt>,
}

enum Part {
    Refused(Bytes),
    AtWork(Exchange),
}

impl<H: ServerHandler> Endpoint<H> {
    pub(super) async fn batch(
        &self,
        caller: &Caller,
        headers: &HeaderMap,
        body: &Bytes,
        accepted: Accepted,
    ) -> Result<Response, Refusal> {
        if headers::speaks_modern(headers) {
            return Err(malformed(wire::no_batch(), None));
        }
        let session = self.session(caller, headers, None)?;
        if session.version != ProtocolVersion::V_2025_03_26 {
            return Err(malformed(wire::no_batch(), None));
        }
        if headers.contains_key(KEY) {
            let told = "One Idempotency-Key cannot stand for a whole batch: give each call its own \
                 idempotencyKey in `_meta`.";
            return Err(malformed(ErrorData::invalid_request(told, None), None));
        }
        let messages = wire::batch(body).map_err(|error| malformed(error, None))?;
        let mut parts = VecDeque::new();
        for message in messages {
            let message = message.get().as_bytes();
            let begun = self.of_batch(&session, caller, headers, message, accepted.events);
            parts.extend(match begun {
                Ok(exchange) => exchange.map(Part::AtWork),
                Err(refusal) => Some(Part::Refused(refusal.message())),
            });
        }
        if parts.is_empty() {
            return Ok(StatusCode::ACCEPTED.into_response());
        }
        let receipts = Vec::new();
        let owed = Owed { parts, receipts };
        Ok(match accepted.events {
            true => owed.into_stream(),
            false => owed.into_list().await,
        })
    }

    /// Handles one message of a batch; only requests get an answer.
    fn of_batch(
        &self,
        session: &Arc<Session>,
        caller: &Caller,
        headers: &HeaderMap,
        message: &[u8],
        hears: bool,
    ) -> Result<Option<Exchange>, Refusal> {
        match wire::read(message).map_err(|error| malformed(error, None))? {
            Posted::Request { id, method, .. } if method == "initialize" => {
                let told = "initialize is never part of a batch: post it alone.";
                let error = ErrorData::invalid_request(told, None);
                Err(malformed(error, Some(&id)))
            }
            Posted::Request { id, method, params } => {
                let asked = Asked::of(id, &method, params, message, headers, caller.clone())?;
                self.begin(session.clone(), asked, hears).map(Some)
            }
            Posted::Notification { method, params } => {
                self.notified(caller, headers, &method, params)?;
                Ok(None)
            }
            Posted::Reply { id } => {
                self.replied(caller, headers, &id, message)?;
                Ok(None)
            }
        }
    }
}

impl Owed {
    /// The next message for the client. Dropping the future loses nothing.
    async fn next(&mut self) -> Option<Bytes> {
        loop {
            match self.parts.front_mut()? {
                Part::Refused(message) => {
                    let message = std::mem::take(message);
                    self.parts.pop_front();
                    return Some(message);
                }
                Part::AtWork(exchange) => match exchange.next().await {
                    Some(message) => return Some(message.encode()),
                    None => {
                        self.receipts.extend(exchange.receipt());
                        self.parts.pop_front();
                    }
                },
            }
        }
    }

    fn into_stream(self) -> Response {
        let pieces = futures::stream::unfold(self, |mut owed| async move {
            // A client that asks for more has taken the messages before.
            owed.receipts.drain(..).for_each(Receipt::confirm);
            let piece = match timeout(limits::KEEP_ALIVE, owed.next()).await {
                Ok(message) => event(&message?),
                Err(_) => COMMENT,
            };
            Some((Ok::<_, Infallible>(piece), owed))
        });
        stream(Body::from_stream(pieces))
    }

    /// For a client that does not read events: one list once everything is answered.
    async fn into_list(mut self) -> Response {
        let mut list = vec![b'['];
        while let Some(message) = self.next().await {
            if list.len() > 1 {
                list.push(b',');
            }
            list.extend_from_slice(&message);
        }
        list.push(b']');
        json(StatusCode::OK, answered(list.into(), self.receipts))
    }
}
