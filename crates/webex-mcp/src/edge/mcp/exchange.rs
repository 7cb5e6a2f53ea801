//! A request at work and the messages it sends until it is answered: one JSON object if the answer
//! comes first and soon, a stream of events if not.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use axum::body::Body;
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::Response;
use bytes::{BufMut as _, Bytes, BytesMut};
use futures::future::BoxFuture;
use http_body::{Frame, SizeHint};
use parking_lot::Mutex;
use rmcp::RoleServer;
use rmcp::model::{ErrorCode, Extensions, ServerJsonRpcMessage};
use rmcp::service::RequestContext;
use tokio::sync::mpsc;
use tokio::time::timeout;
use tokio_util::sync::{CancellationToken, DropGuard};

use super::aside::AsideSlot;
use super::body::Accepted;
use super::wire::{self, Outgoing};
use crate::call::delivery::{Delivered, Receipt, receipt};
use crate::edge::limits;
use crate::edge::refusal::Challenge;
use crate::identity::Caller;

/// A value on its way between a door and the handler, in the request's extensions.
pub(super) struct Slot<T>(Arc<Mutex<Option<T>>>);

/// The effect's end of a delivery receipt, for the handler.
pub(super) type DeliverySlot = Slot<Delivered>;
/// What the client has to get before its request is answered.
pub(super) type ChallengeSlot = Slot<Challenge>;

impl<T> Slot<T> {
    pub(super) fn of(value: T) -> Self {
        Slot(Arc::new(Mutex::new(Some(value))))
    }

    pub(super) fn empty() -> Self {
        Slot(Arc::default())
    }

    pub(super) fn put(&self, value: T) {
        *self.0.lock() = Some(value);
    }

    pub(super) fn take(&self) -> Option<T> {
        self.0.lock().take()
    }
}

impl<T> Clone for Slot<T> {
    fn clone(&self) -> Self {
        Slot(self.0.clone())
    }
}

/// Where the receipt of the answer goes. A door that cannot tell whether the answer arrived counts
/// it as delivered.
pub(super) fn delivered(context: &RequestContext<RoleServer>) -> Delivered {
    let slot = context.extensions.get::<DeliverySlot>();
    slot.and_then(DeliverySlot::take)
        .unwrap_or_else(Delivered::when_taken)
}

/// What travels beside a request: the door's ends of what the handler puts in.
pub(super) struct Beside {
    pub(super) receipt: Receipt,
    pub(super) aside: AsideSlot,
    pub(super) challenge: ChallengeSlot,
}

impl Beside {
    /// Gives the handler its ends, and the caller.
    pub(super) fn of(extensions: &mut Extensions, caller: Caller) -> Self {
        let (receipt, delivered) = receipt();
        let (aside, challenge) = (AsideSlot::empty(), ChallengeSlot::empty());
        extensions.insert(caller);
        extensions.insert(DeliverySlot::of(delivered));
        extensions.insert(aside.clone());
        extensions.insert(challenge.clone());
        Beside {
            receipt,
            aside,
            challenge,
        }
    }
}

/// The messages of one request, the answer last.
pub(super) struct Exchange {
    voice: Voice,
    /// Cancels the request when the client leaves; `None` where leaving does not cancel.
    leaving: Option<DropGuard>,
    /// Confirmed once the answer is on its way to the client.
    receipt: Option<Receipt>,
    challenge: ChallengeSlot,
}

enum Voice {
    /// A handler that cannot send anything before its answer.
    Silent(BoxFuture<'static, Outgoing>),
    Talking(mpsc::Receiver<Outgoing>),
    Ended,
}

impl Exchange {
    /// A request that is answered by one message. With a token, it is cancelled when the client
    /// leaves.
    pub(super) fn silent(
        answer: BoxFuture<'static, Outgoing>,
        leaving: Option<CancellationToken>,
        receipt: Receipt,
    ) -> Self {
        Exchange {
            voice: Voice::Silent(answer),
            leaving: leaving.map(CancellationToken::drop_guard),
            receipt: Some(receipt),
            challenge: ChallengeSlot::empty(),
        }
    }

    /// A request that may send messages before its answer.
    pub(super) fn talking(
        messages: mpsc::Receiver<Outgoing>,
        leaving: Option<CancellationToken>,
        receipt: Receipt,
    ) -> Self {
        Exchange {
            voice: Voice::Talking(messages),
            leaving: leaving.map(CancellationToken::drop_guard),
            receipt: Some(receipt),
            challenge: ChallengeSlot::empty(),
        }
    }

    /// The handler may put there what the client has to get first. A stream that has begun has its
    /// status, so then only the answer says it.
    pub(super) fn challenged_by(mut self, challenge: ChallengeSlot) -> Self {
        self.challenge = challenge;
        self
    }

    /// The next message; `None` after the answer. Dropping the future loses no message.
    pub(super) async fn next(&mut self) -> Option<Outgoing> {
        let message = match &mut self.voice {
            Voice::Silent(answer) => Some(answer.await),
            Voice::Talking(messages) => messages.recv().await,
            Voice::Ended => None,
        };
        if message.as_ref().is_none_or(Outgoing::is_answer) {
            self.voice = Voice::Ended;
            if let Some(leaving) = self.leaving.take() {
                leaving.disarm();
            }
        }
        message
    }

    /// Waits for the first message and answers in the form that fits it and the client. A refusal
    /// with its own HTTP status is always an object.
    pub(super) async fn into_response(
        mut self,
        accepted: Accepted,
        status: fn(ErrorCode) -> StatusCode,
    ) -> Response {
        let first = match accepted.events {
            true => timeout(limits::KEEP_ALIVE, self.next()).await,
            // A client that does not read events waits for its answer as long as that takes.
            false => Ok(self.next().await),
        };
        let challenge = match &first {
            Ok(Some(message)) if message.is_answer() => self.challenge.take(),
            _ => None,
        };
        let status = match (&first, &challenge) {
            (_, Some(challenge)) => challenge.status(),
            (Ok(Some(message)), None) => message.error_code().map_or(StatusCode::OK, status),
            _ => StatusCode::OK,
        };
        let may_be_one = accepted.json || status != StatusCode::OK;
        match first {
            Ok(Some(message)) if message.is_answer() && may_be_one => {
                let receipts = self.receipt.take().into_iter().collect();
                let mut response = json(status, answered(message.encode(), receipts));
                if let Some(challenge) = challenge {
                    response.extensions_mut().insert(challenge);
                }
                response
            }
            Ok(Some(message)) => self.into_stream(event(&message.encode())),
            Ok(None) => {
                let gone = ServerJsonRpcMessage::error(super::dispatch::failed(), None);
                let gone = Body::from(wire::encode(&gone));
                json(StatusCode::INTERNAL_SERVER_ERROR, gone)
            }
            Err(_) => self.into_stream(COMMENT),
        }
    }

    /// The receipt, to be confirmed once the answer is on its way to the client.
    pub(super) fn receipt(&mut self) -> Option<Receipt> {
        self.receipt.take()
    }

    fn into_stream(self, first: Bytes) -> Response {
        let messages =
            futures::stream::unfold((Some(first), self), |(first, mut exchange)| async move {
                let piece = match first {
                    Some(first) => first,
                    None => match timeout(limits::KEEP_ALIVE, exchange.next()).await {
                        Ok(Some(message)) => event(&message.encode()),
                        Ok(None) => {
                            // A client that asks for more has taken the answer.
                            exchange.receipt().into_iter().for_each(Receipt::confirm);
                            return None;
                        }
                        Err(_) => COMMENT,
                    },
                };
                Some((Ok::<_, std::convert::Infallible>(piece), (None, exchange)))
            });
        stream(Body::from_stream(messages))
    }
}

impl Drop for Exchange {
    /// After its client left, a handler still runs to its end, to record what it did. Its deadline
    /// bounds how long that takes.
    fn drop(&mut self) {
        drop(self.leaving.take());
        if let Voice::Silent(answer) = std::mem::replace(&mut self.voice, Voice::Ended)
            && let Ok(runtime) = tokio::runtime::Handle::try_current()
        {
            runtime.spawn(answer);
        }
    }
}

/// An answer as a body that knows whether it was taken: a body that is dropped unread reached
/// nobody.
struct Answered {
    bytes: Option<Bytes>,
    receipts: Vec<Receipt>,
}

/// A body whose receipts are confirmed when it is taken.
pub(super) fn answered(bytes: Bytes, receipts: Vec<Receipt>) -> Body {
    Body::new(Answered {
        bytes: Some(bytes),
        receipts,
    })
}

impl http_body::Body for Answered {
    type Data = Bytes;
    type Error = std::convert::Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        let Some(bytes) = self.bytes.take() else {
            return Poll::Ready(None);
        };
        self.receipts.drain(..).for_each(Receipt::confirm);
        Poll::Ready(Some(Ok(Frame::data(bytes))))
    }

    fn is_end_stream(&self) -> bool {
        self.bytes.is_none()
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.bytes.as_ref().map_or(0, |bytes| bytes.len() as u64))
    }
}

/// A comment: it keeps the stream alive for proxies and means nothing to the client.
pub(super) const COMMENT: Bytes = Bytes::from_static(b":\n\n");

/// A message as an event. JSON has no raw line breaks, so it fits in one line.
pub(super) fn event(message: &[u8]) -> Bytes {
    let mut event = BytesMut::with_capacity(message.len() + 24);
    event.put_slice(b"event: message\ndata: ");
    event.put_slice(message);
    event.put_slice(b"\n\n");
    event.freeze()
}

pub(super) fn json(status: StatusCode, body: Body) -> Response {
    let mut response = Response::new(body);
    *response.status_mut() = status;
    response.headers_mut().insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("application/json"),
    );
    response
}

pub(super) fn stream(body: Body) -> Response {
    let mut response = Response::new(body);
    let headers = response.headers_mut();
    headers.insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("text/event-stream"),
    );
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    headers.insert(
        HeaderName::from_static("x-accel-buffering"),
        HeaderValue::from_static("no"),
    );
    response
}
