//! Whether the client is still there and has its answer: the door knows, the effect wants to know.

use tokio::sync::watch;

/// What the door has said so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Said {
    Waits,
    HasIt,
    Left,
}

/// The door's end. Dropped without a word, it says that the client left without the answer.
#[derive(Debug)]
pub struct Receipt(watch::Sender<Said>);

/// The effect's end. Clones hear the same.
#[derive(Debug, Clone)]
pub struct Delivered(Option<watch::Receiver<Said>>);

/// A receipt, and where it is heard.
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
    /// For a door that cannot tell: what it takes counts as delivered.
    pub fn when_taken() -> Self {
        Delivered(None)
    }

    /// Whether the client is known to have left without its answer.
    pub(super) fn has_left(&self) -> bool {
        let said = self.0.as_ref().map(|receiver| *receiver.borrow());
        said == Some(Said::Left)
    }

    /// Whether the client got it; `false` also where that is not known in time.
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
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_client_has_its_answer_or_has_left_or_is_not_waited_for_any_longer() {
        let (told, mut delivered) = receipt();
        assert!(!delivered.has_left());
        told.confirm();
        assert!(delivered.wait().await && !delivered.has_left());

        let (told, mut delivered) = receipt();
        drop(told);
        assert!(delivered.has_left() && !delivered.wait().await);

        let (_told, mut delivered) = receipt();
        assert!(!delivered.wait().await && !delivered.has_left());
        assert!(Delivered::when_taken().wait().await);
    }
}
