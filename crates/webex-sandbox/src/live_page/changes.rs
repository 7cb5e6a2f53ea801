//! When to look again: a number that grows with every change, and streams of it.

use std::convert::Infallible;
use std::time::Duration;

use axum::extract::State;
use axum::response::sse::{Event, KeepAlive, Sse};
use futures::stream::{self, Stream};
use http::StatusCode;
use tokio::sync::{OwnedSemaphorePermit, watch};
use tokio_util::sync::CancellationToken;

use crate::Sandbox;
use crate::problem::Problem;

/// Between two events of one stream: a load test must not make a page ask faster than people see.
const EVENT_GAP_MILLIS: u64 = 150;

/// A stream that says nothing for so long gets a comment, which finds out who has gone.
const KEEP_ALIVE_SECS: u64 = 15;

/// What a page is asked to wait when too many are open.
const FULL_RETRY_SECS: u64 = 30;

/// One open page.
struct Listener {
    number: watch::Receiver<u64>,
    ending: CancellationToken,
    is_first: bool,
    /// Held for as long as the stream lives.
    _place: OwnedSemaphorePermit,
}

impl Listener {
    /// The number as it is now, and after that each time it has grown. `None` at the end.
    async fn next(&mut self) -> Option<u64> {
        if !std::mem::take(&mut self.is_first) {
            let grown = async {
                tokio::time::sleep(Duration::from_millis(EVENT_GAP_MILLIS)).await;
                self.number.changed().await.ok()
            };
            tokio::select! {
                () = self.ending.cancelled() => return None,
                grown = grown => grown?,
            }
        }
        Some(*self.number.borrow_and_update())
    }
}

/// GET `/_sandbox/changes`: server-sent events, each with the number of the last change.
pub(super) async fn stream(
    State(sandbox): State<Sandbox>,
) -> Result<Sse<impl Stream<Item = Result<Event, Infallible>>>, Problem> {
    let changes = sandbox.changes();
    let place = changes.places.clone().try_acquire_owned().map_err(|_| {
        let status = StatusCode::SERVICE_UNAVAILABLE;
        let problem = Problem::new(status, "Too many live pages are open. Close one of them.");
        problem.retry_after(Duration::from_secs(FULL_RETRY_SECS))
    })?;
    let listener = Listener {
        number: changes.number.subscribe(),
        ending: changes.ending.clone(),
        is_first: true,
        _place: place,
    };
    let events = stream::unfold(listener, |mut listener| async {
        let number = listener.next().await?;
        Some((Ok(Event::default().data(number.to_string())), listener))
    });
    let pulse = Duration::from_secs(KEEP_ALIVE_SECS);
    Ok(Sse::new(events).keep_alive(KeepAlive::new().interval(pulse)))
}
