//! The courier delivers webhooks to their targets, one at a time, and reports the results.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use aws_lc_rs::hmac;
use http::Request;
use http::header::CONTENT_TYPE;
use jiff::Timestamp;
use parking_lot::Mutex;
use tokio::sync::mpsc::error::TrySendError;
use tokio::sync::mpsc::{Receiver, Sender, channel};
use tokio::task::JoinHandle;
use tokio::time::timeout;
use url::Url;
use webex::transport::{Body, Transport};

use crate::rows::Delivery;

/// Deliveries that may wait; if a target is slower than its events, the newest are lost.
pub(crate) const MAX_WAITING_DELIVERIES: usize = 1_024;

/// A target that takes longer has failed; Webex too allows a few seconds.
pub(crate) const DELIVERY_TIMEOUT_SECS: u64 = 5;
const PATIENCE: Duration = Duration::from_secs(DELIVERY_TIMEOUT_SECS);

/// Deliveries that are remembered: the newest, with bodies of about a kilobyte.
pub(crate) const MAX_SENT: usize = 500;

const SIGNATURE_HEADER: &str = "X-Spark-Signature";

/// The status with which the target answered, or why it did not answer.
pub(crate) type Outcome = Result<u16, &'static str>;

#[derive(Debug, Clone)]
pub(crate) struct Sent {
    /// Counts from 0.
    pub(crate) number: u64,
    pub(crate) delivery: Delivery,
    /// On the sandbox's clock.
    pub(crate) at: Timestamp,
    pub(crate) took: Duration,
    pub(crate) outcome: Outcome,
}

#[derive(Debug, Default)]
struct Log {
    sent: VecDeque<Sent>,
    next_number: u64,
}

#[derive(Debug)]
struct Queue {
    sender: Sender<Delivery>,
    worker: JoinHandle<()>,
}

/// Passes deliveries to a worker task that starts with the first of them.
#[derive(Debug, Default)]
pub(crate) struct Courier {
    queue: Mutex<Option<Queue>>,
    log: Mutex<Log>,
}

impl Courier {
    /// The last deliveries, newest first.
    pub(crate) fn sent(&self) -> Vec<Sent> {
        self.log.lock().sent.iter().rev().cloned().collect()
    }

    pub(crate) fn find(&self, number: u64) -> Option<Delivery> {
        let log = self.log.lock();
        let mut sent = log.sent.iter();
        let found = sent.find(|sent| sent.number == number);
        found.map(|sent| sent.delivery.clone())
    }

    /// Drops what waits, and forgets what was sent.
    pub(crate) fn clear(&self) {
        if let Some(queue) = self.queue.lock().take() {
            queue.worker.abort();
        }
        self.log.lock().sent.clear();
    }

    pub(crate) fn note(&self, delivery: Delivery, at: Timestamp, took: Duration, outcome: Outcome) {
        let mut log = self.log.lock();
        let number = log.next_number;
        log.next_number += 1;
        if log.sent.len() >= MAX_SENT {
            log.sent.pop_front();
        }
        log.sent.push_back(Sent {
            number,
            delivery,
            at,
            took,
            outcome,
        });
    }

    /// Queues deliveries; must be called inside a Tokio runtime, as every handler is.
    ///
    /// `report` gets the result of each delivery, and returns whether anyone still wants reports.
    pub(crate) fn send(
        &self,
        deliveries: Vec<Delivery>,
        report: impl Fn(Delivery, Duration, Outcome) -> bool + Clone + Send + Sync + 'static,
    ) {
        let mut queue = self.queue.lock();
        for delivery in deliveries {
            let sender = match queue.as_ref() {
                // A worker ends with the runtime that started it; the next delivery starts another.
                Some(queue) if !queue.sender.is_closed() => &queue.sender,
                _ => {
                    let Ok(runtime) = tokio::runtime::Handle::try_current() else {
                        tracing::warn!("a webhook was not delivered: no runtime");
                        return;
                    };
                    let (sender, receiver) = channel(MAX_WAITING_DELIVERIES);
                    let worker = runtime.spawn(work(receiver, report.clone()));
                    &queue.insert(Queue { sender, worker }).sender
                }
            };
            if let Err(TrySendError::Full(_)) = sender.try_send(delivery) {
                tracing::warn!("a webhook was not delivered: too many are waiting");
            }
        }
    }
}

async fn work(
    mut queue: Receiver<Delivery>,
    report: impl Fn(Delivery, Duration, Outcome) -> bool + Send + Sync,
) {
    let transport = Transport::direct(PATIENCE);
    while let Some(delivery) = queue.recv().await {
        let began = Instant::now();
        let outcome = deliver(&transport, &delivery).await;
        if !report(delivery, began.elapsed(), outcome) {
            return;
        }
    }
}

async fn deliver(transport: &Transport, delivery: &Delivery) -> Outcome {
    let request = delivery.request().ok_or("the target is no address")?;
    match timeout(PATIENCE, transport.send(request)).await {
        Ok(Ok(answer)) => Ok(answer.status().as_u16()),
        Ok(Err(nothing)) if nothing.maybe_received => Err("the connection broke off"),
        Ok(Err(_)) => Err("the target cannot be reached"),
        Err(_) => Err("no answer within 5 seconds"),
    }
}

impl Delivery {
    fn request(&self) -> Option<Request<Body>> {
        let target = Url::parse(&self.target_url).ok()?;
        let mut request = Request::post(target.as_str()).header(CONTENT_TYPE, "application/json");
        if let Some(signature) = self.signature() {
            request = request.header(SIGNATURE_HEADER, signature);
        }
        request.body(Body::full(self.body.clone())).ok()
    }

    pub(crate) fn signature(&self) -> Option<String> {
        let secret = self.secret.as_deref()?;
        Some(sign(secret, self.body.as_bytes()))
    }
}

/// HMAC-SHA1 of the body in lower-case hex, the only signature that Webex documents.
pub(crate) fn sign(secret: &str, body: &[u8]) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, secret.as_bytes());
    let tag = hmac::sign(&key, body);
    let bytes = tag.as_ref().iter();
    bytes.map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_signature_is_that_of_rfc_2202() {
        let signature = super::sign("Jefe", b"what do ya want for nothing?");
        assert_eq!(signature, "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79");
    }
}
