//! Whether a connection has requests at work, and since when it has none. This tells an idle
//! connection from one that waits for a long answer.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::{Body, Bytes, HttpBody};
use axum::response::Response;
use hyper::body::{Frame, SizeHint};
use parking_lot::Mutex;
use tokio::time::{Instant, sleep_until};

/// The requests of one connection.
#[derive(Debug, Clone)]
pub(super) struct Activity(Arc<Mutex<State>>);

#[derive(Debug)]
struct State {
    at_work: usize,
    /// When the last request ended; before the first, when the connection began.
    since: Instant,
    has_begun: bool,
}

/// A request at work, from its head to the last byte of its answer.
#[derive(Debug)]
pub(super) struct AtWork(Activity);

/// An answer. Its request counts as at work until the answer was sent or its reader left.
#[derive(Debug)]
pub(super) struct Answering {
    body: Body,
    _at_work: AtWork,
}

impl Activity {
    pub(super) fn new() -> Self {
        Activity(Arc::new(Mutex::new(State {
            at_work: 0,
            since: Instant::now(),
            has_begun: false,
        })))
    }

    pub(super) fn begin(&self) -> AtWork {
        let mut state = self.0.lock();
        state.at_work += 1;
        state.has_begun = true;
        AtWork(self.clone())
    }

    /// Returns once no first request came within `first`, or no request was at work for `later`.
    pub(super) async fn idle(&self, first: Duration, later: Duration) {
        loop {
            let now = Instant::now();
            let until = {
                let state = self.0.lock();
                match (state.at_work, state.has_begun) {
                    (0, false) => Some(state.since + first),
                    (0, true) => Some(state.since + later),
                    _ => None,
                }
            };
            if until.is_some_and(|until| until <= now) {
                return;
            }
            // If the last request ends before the next look, the connection has been idle for
            // `later` only after that look.
            let next_look = now + later;
            sleep_until(until.map_or(next_look, |until| until.min(next_look))).await;
        }
    }
}

impl AtWork {
    pub(super) fn until_sent(self, response: Response) -> http::Response<Answering> {
        response.map(|body| Answering {
            body,
            _at_work: self,
        })
    }
}

impl Drop for AtWork {
    fn drop(&mut self) {
        let mut state = self.0.0.lock();
        state.at_work -= 1;
        state.since = Instant::now();
    }
}

impl HttpBody for Answering {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        Pin::new(&mut self.body).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FIRST: Duration = Duration::from_secs(10);
    const LATER: Duration = Duration::from_secs(60);

    #[tokio::test(start_paused = true)]
    async fn idle_is_who_has_nothing_at_work() {
        let started = Instant::now();
        Activity::new().idle(FIRST, LATER).await;
        assert_eq!(started.elapsed(), FIRST, "no request came");

        let activity = Activity::new();
        let started = Instant::now();
        let answer = activity.begin().until_sent(Response::new(Body::empty()));
        let working = tokio::time::timeout(10 * LATER, activity.idle(FIRST, LATER));
        assert!(working.await.is_err(), "its answer is on its way");
        drop(answer);
        activity.idle(FIRST, LATER).await;
        assert_eq!(started.elapsed(), 11 * LATER);

        // The first request ends long before the first deadline.
        let activity = Activity::new();
        let started = Instant::now();
        let short = Duration::from_secs(1);
        let brief = async {
            tokio::time::sleep(short / 2).await;
            drop(activity.begin());
        };
        tokio::join!(activity.idle(LATER, short), brief);
        assert_eq!(started.elapsed(), short + short / 2);
    }
}
