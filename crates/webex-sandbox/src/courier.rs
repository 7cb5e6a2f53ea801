//! The courier: carries webhook deliveries to their targets, one at a time, and reports failures.

use std::time::Duration;

use aws_lc_rs::hmac;
use http::header::CONTENT_TYPE;
use parking_lot::Mutex;
use tokio::sync::mpsc::error::TrySendError;
use tokio::sync::mpsc::{Receiver, Sender, channel};

use crate::rows::{Delivery, WebhookKey};

/// Deliveries that may wait; a target slower than its events loses the newest.
pub(crate) const MAX_WAITING_DELIVERIES: usize = 1_024;

/// A target that takes longer has failed; Webex gives some seconds too.
pub(crate) const DELIVERY_TIMEOUT_SECS: u64 = 5;

/// The header in which the signature travels.
const SIGNATURE_HEADER: &str = "X-Spark-Signature";

/// Hands deliveries to a worker task that starts with the first of them.
#[derive(Debug, Default)]
pub(crate) struct Courier {
    queue: Mutex<Option<Sender<Delivery>>>,
}

impl Courier {
    /// Queues deliveries; must be called inside a Tokio runtime, as every handler is.
    ///
    /// `report` gets what became of each, and says whether there is still somebody to report to.
    pub(crate) fn send(
        &self,
        deliveries: Vec<Delivery>,
        report: impl Fn(WebhookKey, bool) -> bool + Clone + Send + Sync + 'static,
    ) {
        let mut queue = self.queue.lock();
        for delivery in deliveries {
            let sender = match queue.as_ref() {
                // A worker dies with the runtime it was started in; the next one starts another.
                Some(sender) if !sender.is_closed() => sender,
                _ => {
                    let Ok(runtime) = tokio::runtime::Handle::try_current() else {
                        tracing::warn!("a webhook was not delivered: no runtime");
                        return;
                    };
                    let (sender, receiver) = channel(MAX_WAITING_DELIVERIES);
                    runtime.spawn(work(receiver, report.clone()));
                    queue.insert(sender)
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
    report: impl Fn(WebhookKey, bool) -> bool + Send + Sync,
) {
    let client = reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .timeout(Duration::from_secs(DELIVERY_TIMEOUT_SECS))
        .no_proxy()
        .build();
    let client = match client {
        Ok(client) => client,
        Err(error) => return tracing::warn!(%error, "webhooks cannot be delivered"),
    };
    while let Some(delivery) = queue.recv().await {
        let webhook = delivery.webhook;
        let is_delivered = deliver(&client, delivery).await;
        if !report(webhook, is_delivered) {
            return;
        }
    }
}

async fn deliver(client: &reqwest::Client, delivery: Delivery) -> bool {
    let mut request = client
        .post(&delivery.target_url)
        .header(CONTENT_TYPE, "application/json");
    if let Some(secret) = &delivery.secret {
        request = request.header(SIGNATURE_HEADER, sign(secret, delivery.body.as_bytes()));
    }
    match request.body(delivery.body).send().await {
        Ok(response) => response.status().is_success(),
        Err(_) => false,
    }
}

/// HMAC-SHA1 of the body in lower-case hex, the one signature that Webex documents.
pub(crate) fn sign(secret: &str, body: &[u8]) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, secret.as_bytes());
    let tag = hmac::sign(&key, body);
    tag.as_ref()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_signature_is_that_of_rfc_2202() {
        let signature = super::sign("Jefe", b"what do ya want for nothing?");
        assert_eq!(signature, "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79");
    }
}
