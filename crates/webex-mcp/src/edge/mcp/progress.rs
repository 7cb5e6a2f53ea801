//! Sends a tool's progress to the client: only if the client asked for it, at a limited rate, and
//! with numbers that only grow.

use std::time::Duration;

use futures::future::{Either, select};
use rmcp::model::{ProgressNotificationParam, ProgressToken};
use rmcp::service::RequestContext;
use rmcp::{Peer, RoleServer};
use tokio::sync::mpsc;
use tokio::time::{Instant, timeout};

use crate::call::{Call, Dispatcher, Reply};
use crate::edge::limits;
use crate::tool::{Note, Progress};

/// The reply to a call, which reports its progress on the way.
pub(super) async fn answered(
    dispatcher: &Dispatcher,
    mut call: Call,
    context: &RequestContext<RoleServer>,
) -> Reply {
    let Some(reporter) = Reporter::of(context) else {
        return dispatcher.answer(call).await;
    };
    let (progress, notes) = Progress::channel();
    call.progress = progress;
    let answering = Box::pin(dispatcher.answer(call));
    let reporting = Box::pin(reporter.report(notes));
    match select(answering, reporting).await {
        Either::Left((reply, reporting)) => {
            // A fast tool may be done before its progress was sent; the progress goes first.
            let _ = timeout(limits::PROGRESS_FLUSH, reporting).await;
            reply
        }
        Either::Right(((), answering)) => answering.await,
    }
}

struct Reporter {
    peer: Peer<RoleServer>,
    token: ProgressToken,
}

impl Reporter {
    /// Where to report to, if the client sent a progress token.
    fn of(context: &RequestContext<RoleServer>) -> Option<Self> {
        Some(Reporter {
            token: context.meta.get_progress_token()?,
            peer: context.peer.clone(),
        })
    }

    /// Reports until the tool sends no more notes or the client no longer listens.
    async fn report(self, mut notes: mpsc::Receiver<Note>) {
        let mut pace = Pace::default();
        while let Some(note) = notes.recv().await {
            if !pace.admits(&note) {
                continue;
            }
            let mut told = ProgressNotificationParam::new(self.token.clone(), number(note.done))
                .with_message(note.message);
            told.total = note.total.map(number);
            if self.peer.notify_progress(told).await.is_err() {
                return;
            }
        }
    }
}

/// The bytes and messages counted here stay far below the integers that a float represents exactly.
fn number(count: u64) -> f64 {
    count as f64
}

/// Which notes are sent: those with progress, and of these ten a second and the last.
#[derive(Default)]
struct Pace {
    told: Option<(u64, Instant)>,
}

impl Pace {
    fn admits(&mut self, note: &Note) -> bool {
        let now = Instant::now();
        let apart = Duration::from_millis(1_000 / limits::PROGRESS_PER_SECOND);
        let last = note.total.is_some_and(|total| note.done >= total);
        let admits = self
            .told
            .is_none_or(|(done, at)| note.done > done && (last || now.duration_since(at) >= apart));
        if admits {
            self.told = Some((note.done, now));
        }
        admits
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn note(done: u64) -> Note {
        Note {
            done,
            total: Some(100),
            message: "".into(),
        }
    }

    #[tokio::test(start_paused = true)]
    async fn notes_go_forward_and_not_too_fast() {
        let mut pace = Pace::default();
        assert!(pace.admits(&note(0)), "the first");
        assert!(!pace.admits(&note(1)), "too soon");
        tokio::time::advance(Duration::from_millis(100)).await;
        assert!(!pace.admits(&note(0)), "no progress");
        assert!(pace.admits(&note(2)));
        assert!(pace.admits(&note(100)), "the last is always told");
        assert!(!pace.admits(&note(100)), "once");
    }
}
