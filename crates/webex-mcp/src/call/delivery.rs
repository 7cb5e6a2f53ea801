//! Delivery receipts: the door knows whether the client got its answer, and the effect needs to
//! know.

use tokio::sync::watch;

/// What the door has reported so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Said {
    Waits,
    HasIt,
    Left,
}

/// The door's end. If it is dropped unconfirmed, the client left without the answer.
#[derive(Debug)]
pub struct Receipt(watch::Sender<Said>);

/// The effect's end. Clones get the same report.
#[derive(Debug, Clone)]
pub struct Delivered(Option<watch::Receiver<Said>>);

/// The two ends of a receipt.
pub fn receipt() -> (Receipt, Delivered) {
    let (sender, receiver) = watch::channel(Said::Waits);
    (Receipt(sender), Delivered(Some(receiver)))
}

impl Receipt {
    /// The connection to the client has taken the answer.
    pub fn confirm(self) {
        self.0.send_replace(Said::HasIt);
    }
}

impl Drop for Receipt {
    fn drop(&mut self) {
        self.0.send_if_modified(|said| {
            let waited = *said == Said::Waits;
            if waited {
                *said = Said::Left;
            }
            waited
        });
    }
}

impl Delivered {
    /// For a door that cannot tell: an answer that it takes counts as delivered.
    pub fn when_taken() -> Self {
        Delivered(None)
    }

    /// Returns once the client has left without its answer; otherwise never.
    pub(super) async fn left(&mut self) {
        if let Some(receiver) = &mut self.0
            && receiver.wait_for(|said| *said == Said::Left).await.is_ok()
        {
            return;
        }
        std::future::pending().await
    }

    /// Whether the client got the answer; `false` also if that is not known in time.
    pub(super) async fn wait(&mut self) -> bool {
        let Some(receiver) = &mut self.0 else {
            return true;
        };
        let told = receiver.wait_for(|said| *said != Said::Waits);
        let told = tokio::time::timeout(crate::limits::DELIVERY_WAIT, told).await;
        matches!(told, Ok(Ok(said)) if *said == Said::HasIt)
    }
}

#[cfg(test)]
mod tests {
    use futures::FutureExt as _;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_client_has_its_answer_or_has_left_or_is_not_waited_for_any_longer() {
        let (told, mut delivered) = receipt();
        let has_left = |mut delivered: Delivered| delivered.left().now_or_never().is_some();
        assert!(!has_left(delivered.clone()));
        told.confirm();
        assert!(delivered.wait().await && !has_left(delivered));

        let (told, mut delivered) = receipt();
        drop(told);
        assert!(has_left(delivered.clone()) && !delivered.wait().await);

        let (_told, mut delivered) = receipt();
        assert!(!delivered.wait().await && !has_left(delivered));
        assert!(Delivered::when_taken().wait().await);
    }
}
