//! Asks Webex about a token once: requests with the same token wait for the answer, or the error,
//! of the first.

use std::collections::HashMap;
use std::sync::Arc;

use parking_lot::Mutex;
use tokio::sync::OnceCell;

use crate::identity::CredentialTag;

/// The open questions: at most as many as there are requests that wait for an answer.
#[derive(Debug)]
pub(super) struct Flights<V> {
    open: Mutex<HashMap<CredentialTag, Arc<OnceCell<V>>>>,
}

impl<V> Default for Flights<V> {
    fn default() -> Self {
        Flights {
            open: Mutex::default(),
        }
    }
}

/// A request that waits; the last one to leave removes the question.
struct Seat<'a, V> {
    flights: &'a Flights<V>,
    tag: &'a CredentialTag,
    answer: Arc<OnceCell<V>>,
}

impl<V: Clone> Flights<V> {
    /// The answer to the open question about this tag, or to `ask` if there is none. If the request
    /// that asks goes away, the next one that waits asks.
    pub(super) async fn join<F>(&self, tag: &CredentialTag, ask: impl FnOnce() -> F) -> V
    where
        F: Future<Output = V>,
    {
        let answer = self.open.lock().entry(tag.clone()).or_default().clone();
        let seat = Seat {
            flights: self,
            tag,
            answer,
        };
        seat.answer.get_or_init(ask).await.clone()
    }
}

impl<V> Drop for Seat<'_, V> {
    fn drop(&mut self) {
        let mut open = self.flights.open.lock();
        // Two references are the table's and this one: nobody else waits, and nobody can join while
        // the table is locked.
        if Arc::strong_count(&self.answer) == 2 {
            open.remove(self.tag);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::Cell;
    use std::time::Duration;
    use tokio::time::sleep;

    #[tokio::test(start_paused = true)]
    async fn many_ask_once_and_nothing_is_left() {
        let (flights, asked) = (Flights::default(), Cell::new(0));
        let tag = CredentialTag::new("a");
        let ask = || {
            flights.join(&tag, || async {
                asked.set(asked.get() + 1);
                sleep(Duration::from_secs(1)).await;
                Err::<(), _>("no")
            })
        };
        assert_eq!(
            tokio::join!(ask(), ask(), ask()),
            (Err("no"), Err("no"), Err("no"))
        );
        assert_eq!(asked.get(), 1);
        // The request that asks goes away: the other one asks again.
        let leaving = tokio::time::timeout(Duration::from_millis(10), ask());
        let (left, answered) = tokio::join!(leaving, ask());
        assert!(left.is_err() && answered == Err("no"));
        assert_eq!(asked.get(), 3);
        assert!(flights.open.lock().is_empty());
    }
}
