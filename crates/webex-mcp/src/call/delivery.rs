//! Whether an answer reached its client: the door knows, the effect wants to be told.

use tokio::sync::oneshot;

/// The door's end. Dropped without a word, it says that nobody got the answer.
#[derive(Debug)]
pub struct Receipt(oneshot::Sender<()>);

/// The effect's end.
#[derive(Debug)]
pub struct Delivered(Option<oneshot::Receiver<()>>);

/// A receipt, and where it is waited for.
pub fn receipt() -> (Receipt, Delivered) {
    let (sender, receiver) = oneshot::channel();
    (Receipt(sender), Delivered(Some(receiver)))
}

impl Receipt {
    /// The answer was handed to the client's connection.
    pub fn confirm(self) {
        // Nobody waits where the call had no effect.
        let _ = self.0.send(());
    }
}

impl Delivered {
    /// For a door that cannot tell: what it takes counts as delivered.
    pub fn when_taken() -> Self {
        Delivered(None)
    }

    /// Whether the client got it; `false` also where that is not known in time.
    pub(super) async fn wait(self) -> bool {
        let Some(receiver) = self.0 else {
            return true;
        };
        let told = tokio::time::timeout(crate::limits::DELIVERY_WAIT, receiver);
        matches!(told.await, Ok(Ok(())))
    }
}
