//! A counter of changes, for pages that then read again.

use std::sync::Arc;

use tokio::sync::{Semaphore, watch};
use tokio_util::sync::CancellationToken;

/// Pages open at once: a browser allows six connections to a host, and a team shares a sandbox.
pub(crate) const MAX_STREAMS: usize = 64;

/// The number of the last change, and the streams that report it.
#[derive(Debug)]
pub(crate) struct Changes {
    pub(crate) number: watch::Sender<u64>,
    pub(crate) places: Arc<Semaphore>,
    pub(crate) ending: CancellationToken,
}

impl Default for Changes {
    fn default() -> Self {
        Changes {
            number: watch::Sender::new(0),
            places: Arc::new(Semaphore::new(MAX_STREAMS)),
            ending: CancellationToken::new(),
        }
    }
}

impl Changes {
    pub(crate) fn note(&self) {
        // Waking nobody would cost as much as a small answer.
        if self.number.receiver_count() > 0 {
            self.number
                .send_modify(|number| *number = number.wrapping_add(1));
        }
    }
}
