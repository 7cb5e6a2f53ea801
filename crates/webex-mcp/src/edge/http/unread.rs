//! What a request still sends after it was answered, such as the body of one that was refused by its
//! head. hyper would close the connection after an answer that promised to keep it, and the next
//! request on it would be lost. So a short rest is read first; otherwise the answer says that it closes.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::{Body, Bytes, HttpBody};
use axum::http::{HeaderMap, HeaderValue, header};
use http_body_util::{BodyExt as _, Limited};
use hyper::body::{Frame, Incoming, SizeHint};
use parking_lot::Mutex;
use tokio::time::timeout;

use crate::edge::limits;

/// Where a body is left by whoever drops it before its end.
type Left = Arc<Mutex<Option<Incoming>>>;

/// A body on its way to the handler, which leaves what nobody read.
struct Lent {
    body: Option<Incoming>,
    left: Left,
}

/// What a request may still send.
pub(super) struct Rest {
    left: Left,
    /// Its sender waits until it is told to go on, and was not told.
    is_awaited: bool,
}

/// The body for the handler, and what will be left of it; `None` where nothing can be.
pub(super) fn lend(headers: &HeaderMap, body: Incoming) -> (Body, Option<Rest>) {
    if body.is_end_stream() {
        return (Body::new(body), None);
    }
    let left = Left::default();
    let rest = Rest {
        left: left.clone(),
        is_awaited: headers.contains_key(header::EXPECT),
    };
    let body = Some(body);
    (Body::new(Lent { body, left }), Some(rest))
}

impl Rest {
    /// Reads what is left, if that is short and comes in time; otherwise the answer says that the
    /// connection ends with it.
    pub(super) async fn settle(self, within: Duration, answer: &mut HeaderMap) {
        let Some(body) = self.left.lock().take() else {
            return;
        };
        if self.is_awaited || !is_read(body, within).await {
            answer.insert(header::CONNECTION, HeaderValue::from_static("close"));
        }
    }
}

async fn is_read(body: Incoming, within: Duration) -> bool {
    let most = limits::UNREAD_BODY_MAX_BYTES;
    if body.size_hint().lower() > most as u64 {
        return false;
    }
    let mut body = Limited::new(body, most);
    let reading = async {
        while let Some(frame) = body.frame().await {
            if frame.is_err() {
                return false;
            }
        }
        true
    };
    timeout(within, reading).await.unwrap_or(false)
}

impl HttpBody for Lent {
    type Data = Bytes;
    type Error = hyper::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, hyper::Error>>> {
        let Some(body) = &mut self.body else {
            return Poll::Ready(None);
        };
        let polled = Pin::new(body).poll_frame(context);
        if matches!(polled, Poll::Ready(None | Some(Err(_)))) {
            self.body = None;
        }
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.body.as_ref().is_none_or(HttpBody::is_end_stream)
    }

    fn size_hint(&self) -> SizeHint {
        let body = self.body.as_ref();
        body.map_or(SizeHint::with_exact(0), HttpBody::size_hint)
    }
}

impl Drop for Lent {
    fn drop(&mut self) {
        let unread = self.body.take().filter(|body| !body.is_end_stream());
        if unread.is_some() {
            *self.left.lock() = unread;
        }
    }
}
