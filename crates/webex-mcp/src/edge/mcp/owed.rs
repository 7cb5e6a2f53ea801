//! The requests over stdio that were read and are not answered, and what belongs to each answer.

use std::collections::HashMap;
use std::sync::Arc;

use parking_lot::Mutex;
use rmcp::model::{
    ClientJsonRpcMessage, ClientNotification, ClientRequest, GetExtensions as _, RequestId,
};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_util::task::TaskTracker;

use super::aside::AsideSlot;
use super::exchange::DeliverySlot;
use crate::call::delivery::{Receipt, receipt};
use crate::edge::limits;

pub(super) struct Owed {
    /// What a drain of the calls waits for.
    at_work: TaskTracker,
    answers: Mutex<HashMap<RequestId, Owing>>,
    places: Arc<Semaphore>,
}

/// What belongs to an answer that is not written.
pub(super) struct Owing {
    pub(super) receipt: Receipt,
    pub(super) aside: AsideSlot,
    /// It lasts as long as the conversation, and nobody waits for its answer.
    is_stream: bool,
    _place: Option<Place>,
}

/// The right to read one more request.
pub(super) type Place = OwnedSemaphorePermit;

impl Owed {
    pub(super) fn new(at_work: TaskTracker) -> Self {
        Owed {
            at_work,
            answers: Mutex::default(),
            places: Arc::new(Semaphore::new(limits::STDIO_REQUESTS_MAX as usize)),
        }
    }

    /// Waits until one more request may be read.
    pub(super) async fn place(&self) -> Option<Place> {
        self.places.clone().acquire_owned().await.ok()
    }

    /// Enters the request that this message is, which then takes the place, or removes the one that
    /// it cancels.
    ///
    /// # Errors
    /// The request's id, where another with that id is not answered yet.
    pub(super) fn note(
        &self,
        message: &mut ClientJsonRpcMessage,
        place: &mut Option<Place>,
    ) -> Result<(), RequestId> {
        match message {
            ClientJsonRpcMessage::Request(request) => {
                let mut answers = self.answers.lock();
                if answers.contains_key(&request.id) {
                    return Err(request.id.clone());
                }
                let is_stream = matches!(
                    request.request,
                    ClientRequest::SubscriptionsListenRequest(_)
                );
                let (receipt, delivered) = receipt();
                let aside = AsideSlot::empty();
                let extensions = request.request.extensions_mut();
                extensions.insert(DeliverySlot::of(delivered));
                extensions.insert(aside.clone());
                if !is_stream {
                    // It is dropped with the request, when that was handled.
                    extensions.insert(Arc::new(self.at_work.token()));
                }
                let owing = Owing {
                    receipt,
                    aside,
                    is_stream,
                    _place: place.take(),
                };
                answers.insert(request.id.clone(), owing);
            }
            ClientJsonRpcMessage::Notification(notification) => {
                if let ClientNotification::CancelledNotification(cancelled) =
                    &notification.notification
                    && let Some(id) = &cancelled.params.request_id
                {
                    self.answers.lock().remove(id);
                }
            }
            _ => {}
        }
        Ok(())
    }

    /// What belongs to the answer to this request; `None` where it was cancelled.
    pub(super) fn take(&self, id: &RequestId) -> Option<Owing> {
        self.answers.lock().remove(id)
    }

    /// Waits until every answer is written, but for streams.
    pub(super) async fn none_left(&self) {
        self.answers.lock().retain(|_, owing| !owing.is_stream);
        let _all = self.places.acquire_many(limits::STDIO_REQUESTS_MAX).await;
    }
}

#[cfg(test)]
mod tests {
    use rmcp::model::PingRequest;

    use super::*;

    #[tokio::test]
    async fn an_id_stands_for_one_request_until_it_is_answered_or_cancelled() {
        let tracker = TaskTracker::new();
        let owed = Owed::new(tracker.clone());
        let id = RequestId::Number(1);
        let enter = async || {
            let mut place = owed.place().await;
            let request = ClientRequest::PingRequest(PingRequest::default());
            let mut message = ClientJsonRpcMessage::request(request, id.clone());
            let noted = owed.note(&mut message, &mut place);
            noted.map(|()| message)
        };
        let first = enter().await.unwrap();
        assert_eq!(enter().await.unwrap_err(), id);
        assert_eq!(tracker.len(), 1, "a drain waits for it");
        drop(first);
        assert_eq!(
            tracker.len(),
            0,
            "its handler is done, its answer is not written"
        );
        assert!(owed.take(&id).is_some() && owed.take(&id).is_none());
        let _second = enter().await.unwrap();
        let cancelled = serde_json::from_value(serde_json::json!({"jsonrpc": "2.0",
            "method": "notifications/cancelled", "params": {"requestId": 1}}));
        owed.note(&mut cancelled.unwrap(), &mut None).unwrap();
        assert!(owed.take(&id).is_none());
        owed.none_left().await;
    }
}
