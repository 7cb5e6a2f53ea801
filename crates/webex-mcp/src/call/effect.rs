//! An effect belongs to the server: it runs to its end even if its caller leaves. Its outcome is
//! written to the journal on every path, and then it is delivered, or kept for a repetition of the
//! same call.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use futures::future::join_all;
use parking_lot::Mutex;
use tokio::sync::{oneshot, watch};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tokio_util::task::task_tracker::TaskTrackerToken;

use super::admission::Place;
use super::delivery::Delivered;
use super::long::Long;
use super::recall::Identity;
use super::run::{Ending, Run, Work, cancelled};
use super::{Reply, fenced, told};
use crate::error::CallError;
use crate::journal::HandOver;
use crate::limits;
use crate::servers::listed::Listed;
use crate::works::Signals;

/// The effects that run in this process.
#[derive(Debug, Default)]
pub(super) struct Effects {
    tasks: TaskTracker,
    running: Arc<Mutex<Running>>,
    draining: CancellationToken,
    /// The parent of every `stop`.
    stopping: CancellationToken,
    /// Cancelled to abandon the effects that still run.
    cut: CancellationToken,
}

type Running = HashMap<Identity, Vec<Alike>>;

/// An effect that runs, or an outcome that is being delivered.
#[derive(Debug, Clone)]
struct Alike {
    /// The caller of the effect; `None` for an outcome that is being delivered.
    caller: Option<Delivered>,
    over: watch::Receiver<()>,
}

impl Alike {
    /// Returns when this is over, if an identical call has to wait for it. It has to wait for an
    /// effect whose caller is seen to leave before `noticed`, and for an outcome that is being
    /// delivered.
    async fn joined(mut self, noticed: Instant) {
        if let Some(caller) = &mut self.caller {
            tokio::select! {
                () = caller.left() => {}
                () = tokio::time::sleep_until(noticed) => return,
                _ = self.over.changed() => return,
            }
        }
        // The sender is dropped when this is over.
        let _ = self.over.changed().await;
    }
}

impl Effects {
    /// A token that, when cancelled by the caller or the end of the process, stops further writes.
    pub(super) fn stop(&self) -> CancellationToken {
        self.stopping.child_token()
    }

    /// The signals of a long work.
    pub(super) fn signals(&self) -> Signals {
        Signals {
            stop: self.stop(),
            drain: self.draining.clone(),
        }
    }

    fn ending(&self) -> Ending {
        Ending {
            draining: self.draining.clone(),
            cut: self.cut.clone(),
        }
    }

    /// Held by everything that a drain has to wait for.
    pub(super) fn at_work(&self) -> TaskTrackerToken {
        self.tasks.token()
    }

    /// Gives such tokens to a door.
    pub(super) fn tracker(&self) -> TaskTracker {
        self.tasks.clone()
    }

    /// Runs `work` in its own task and waits for it; for long work only as long as hosts wait.
    /// Cancelling `cancel` stops further writes.
    pub(super) async fn run(&self, work: Box<Work>, cancel: &CancellationToken) -> Reply {
        let stop = work.stop.clone();
        let (tool, long) = (work.run.tool.clone(), work.run.long.clone());
        let mut outcome = std::pin::pin!(self.begin(work));
        let reply = tokio::select! {
            reply = &mut outcome => reply,
            () = cancel.cancelled() => {
                match &long {
                    Some(long) => long.running.cancel(),
                    None => stop.cancel(),
                }
                outcome.await
            }
            reply = unfinished(&tool, long.as_ref()) => return reply,
        };
        reply.unwrap_or_else(|_| Reply::Failed(CallError::internal("an effect ended silently")))
    }

    /// Runs `work` in its own task.
    pub(super) fn begin(&self, work: Box<Work>) -> oneshot::Receiver<Reply> {
        let (hand_over, outcome) = oneshot::channel();
        let entered = self.enter(work.identity.clone(), Some(work.delivered.clone()));
        let ending = self.ending();
        self.tasks.spawn(async move {
            work.perform(hand_over, ending).await;
            drop(entered);
        });
        outcome
    }

    /// The same for long work that changes nothing.
    pub(super) async fn read(
        &self,
        run: Box<Run>,
        place: Option<Place>,
        cancel: &CancellationToken,
    ) -> Reply {
        let (tool, long) = (run.tool.clone(), run.long.clone());
        let mut outcome = std::pin::pin!(self.begin_reading(run, place));
        let reply = tokio::select! {
            reply = &mut outcome => reply,
            () = cancel.cancelled() => {
                if let Some(long) = &long {
                    long.running.cancel();
                }
                outcome.await
            }
            reply = unfinished(&tool, long.as_ref()) => return reply,
        };
        reply.unwrap_or_else(|_| Reply::Failed(CallError::internal("a work ended silently")))
    }

    /// Runs long work that changes nothing in its own task. It can be dropped at any point.
    pub(super) fn begin_reading(
        &self,
        run: Box<Run>,
        place: Option<Place>,
    ) -> oneshot::Receiver<Reply> {
        let (hand_over, outcome) = oneshot::channel();
        let cut = self.cut.clone();
        self.tasks.spawn(async move {
            let long = run.long.clone();
            let stop = long.as_ref();
            let stop = stop.map_or(cut, |long| long.running.signals.stop.clone());
            let outcome = tokio::select! {
                outcome = fenced(run.run()) => outcome,
                () = stop.cancelled() => Err(cancelled()),
            };
            let outcome = match &long {
                Some(long) => long.over(outcome).await,
                None => outcome,
            };
            drop(place);
            let _ = hand_over.send(told(outcome));
        });
        outcome
    }

    /// Records in the journal that an earlier outcome was delivered, once its new caller has it. An
    /// identical call waits until then, to find out whether it is new or gets that outcome too.
    pub(super) fn hand_over(&self, handed: HandOver, identity: Identity, mut delivered: Delivered) {
        let ending = self.ending();
        let entered = self.enter(identity, None);
        self.tasks.spawn(async move {
            let has_it = tokio::select! {
                has_it = delivered.wait() => has_it,
                () = ending.patience() => false,
            };
            if has_it {
                handed.done();
            }
            drop(entered);
        });
    }

    /// Waits for identical calls whose callers have left, and for outcomes that are being
    /// delivered. Returns whether all of them, if any, were over by `deadline`.
    pub(super) async fn join(&self, identity: &Identity, deadline: Instant) -> bool {
        let alike = self.running.lock().get(identity).cloned();
        let noticed = Instant::now() + limits::LEAVING_NOTICED;
        let joined = alike.into_iter().flatten().map(|one| one.joined(noticed));
        let all = tokio::time::timeout_at(deadline, join_all(joined));
        all.await.is_ok()
    }

    /// Waits for the effects that run now.
    pub(super) async fn over(&self) {
        let running: Vec<_> = {
            let all = self.running.lock();
            let alike = all.values().flatten();
            alike.map(|running| running.over.clone()).collect()
        };
        for mut over in running {
            // The sender is dropped when the effect is over.
            let _ = over.changed().await;
        }
    }

    /// Waits for the running effects; see `Dispatcher::drain`.
    pub(super) async fn drain(&self, patience: Duration) {
        self.tasks.close();
        self.draining.cancel();
        let ended = tokio::time::timeout(patience, self.tasks.wait()).await;
        self.stopping.cancel();
        if ended.is_ok() {
            return;
        }
        if tokio::time::timeout(limits::DRAIN_GRACE, self.tasks.wait())
            .await
            .is_err()
        {
            tracing::warn!("effects were cut off in flight; the journal has them as unknown");
            self.cut.cancel();
            // An abandoned effect ends at its next await. Calls that are not effects are not waited
            // for.
            let _ = tokio::time::timeout(limits::DRAIN_GRACE, self.tasks.wait()).await;
        }
    }

    fn enter(&self, identity: Identity, caller: Option<Delivered>) -> Entered {
        let (ends, over) = watch::channel(());
        let running = Alike { caller, over };
        let mut all = self.running.lock();
        all.entry(identity.clone()).or_default().push(running);
        Entered {
            running: self.running.clone(),
            identity,
            ends: Some(ends),
        }
    }
}

/// Keeps an effect listed as running.
struct Entered {
    running: Arc<Mutex<Running>>,
    identity: Identity,
    ends: Option<watch::Sender<()>>,
}

impl Drop for Entered {
    fn drop(&mut self) {
        let ends = self.ends.take();
        let mut all = self.running.lock();
        if let (Some(ends), Some(alike)) = (&ends, all.get_mut(&self.identity)) {
            let same = |running: &Alike| ends.subscribe().same_channel(&running.over);
            alike.retain(|running| !same(running));
            if alike.is_empty() {
                all.remove(&self.identity);
            }
        }
    }
}

/// Returns once a long work has to be answered before it is finished; never for other calls.
async fn unfinished(tool: &Listed, long: Option<&Long>) -> Reply {
    match long {
        Some(long) => long.unfinished(tool.entry.name).await,
        None => std::future::pending().await,
    }
}
