//! An effect belongs to the server: it runs to its end even if its caller leaves. Its outcome is
//! written to the journal on every path, and then it is delivered, or kept for a repetition of the
//! same call.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use futures::future::join_all;
use parking_lot::Mutex;
use serde::Deserialize;
use serde_json::{Map, Value};
use tokio::sync::{oneshot, watch};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tokio_util::task::task_tracker::TaskTrackerToken;

use super::admission::Place;
use super::delivery::Delivered;
use super::recall::Identity;
use super::{Reply, fenced, told};
use crate::error::{CallError, Code, Details};
use crate::gate::{Made, Passage};
use crate::journal::{HandOver, OpenCall, Settled};
use crate::limits;
use crate::servers::listed::{LEFT_OUT_FIELD, Listed};
use crate::tool::{Answer, Context, Effect, Facts};

/// A tool that is about to run, with everything it needs; it borrows nothing.
#[derive(Debug)]
pub(super) struct Run {
    pub tool: Arc<Listed>,
    pub arguments: Map<String, Value>,
    pub context: Context,
    /// The gate that the context goes through.
    pub passage: Arc<Passage>,
}

/// A run that changes something, with what the server needs to finish it.
#[derive(Debug)]
pub(super) struct Work {
    pub run: Run,
    pub journal: Arc<OpenCall>,
    /// Once this is cancelled, no further write begins.
    pub stop: CancellationToken,
    pub identity: Identity,
    pub place: Option<Place>,
    pub delivered: Delivered,
}

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

impl Run {
    /// Runs the tool under its deadline, which begins here.
    pub(super) async fn run(self) -> Result<Answer, CallError> {
        let entry = &self.tool.entry;
        let policy = &entry.policy;
        let call = (entry.call)(&self.context, Value::Object(self.arguments));
        // The client times out earlier and knows what became of its request; this is the last
        // resort.
        let fence = policy.span.duration() + limits::DEADLINE_GRACE;
        match tokio::time::timeout(fence, call).await {
            Ok(answer) => answer.and_then(|answer| leaving_out(answer, self.passage.left_out())),
            Err(_elapsed) => Err(timed_out(policy.effect)),
        }
    }
}

impl Work {
    /// Runs to the end, records the outcome, delivers it, and records whether it arrived.
    async fn perform(self: Box<Self>, hand_over: oneshot::Sender<Reply>, ending: Ending) {
        let Work {
            run,
            journal,
            place,
            mut delivered,
            ..
        } = *self;
        let answers_secrets = run.tool.entry.policy.answers_secrets;
        let passage = run.passage.clone();
        let outcome = tokio::select! {
            outcome = fenced(run.run()) => outcome,
            () = ending.cut.cancelled() => Err(cut_off()),
        };
        let made = passage.made();
        let outcome = outcome.map_err(|error| honest(error, &made));
        let mut settled = settled(&outcome, made);
        if answers_secrets {
            settled.kept = None;
        }
        journal.settle(settled);
        // Calls that wait for a place need not wait until the answer is read.
        drop(place);
        let is_taken = hand_over.send(told(outcome)).is_ok();
        let has_it = is_taken
            && tokio::select! {
                has_it = delivered.wait() => has_it,
                () = ending.patience() => false,
            };
        match has_it {
            true => journal.delivered(),
            false => journal.undelivered(),
        }
    }
}

/// How an effect learns that the process is to end.
struct Ending {
    draining: CancellationToken,
    /// Cancelled to abandon the effects that still run.
    cut: CancellationToken,
}

impl Ending {
    /// Returns when the process is ending and a client has had time to read its answer.
    async fn patience(&self) {
        self.draining.cancelled().await;
        tokio::time::sleep(limits::DRAIN_GRACE).await;
    }
}

impl Effects {
    /// A token that, when cancelled by the caller or the end of the process, stops further writes.
    pub(super) fn stop(&self) -> CancellationToken {
        self.stopping.child_token()
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

    /// Runs `work` in its own task and waits for it. Cancelling `cancel` stops further writes.
    pub(super) async fn run(&self, work: Box<Work>, cancel: &CancellationToken) -> Reply {
        let (hand_over, outcome) = oneshot::channel();
        let stop = work.stop.clone();
        let entered = self.enter(work.identity.clone(), Some(work.delivered.clone()));
        let ending = self.ending();
        self.tasks.spawn(async move {
            work.perform(hand_over, ending).await;
            drop(entered);
        });
        let mut outcome = std::pin::pin!(outcome);
        let reply = tokio::select! {
            reply = &mut outcome => reply,
            () = cancel.cancelled() => {
                stop.cancel();
                outcome.await
            }
        };
        reply.unwrap_or_else(|_| Reply::Failed(CallError::internal("an effect ended silently")))
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

/// Says in the answer how many rows the server's scope left out of it. An answer that itself leaves
/// something out says how many that are altogether.
fn leaving_out(mut answer: Answer, rows: u64) -> Result<Answer, CallError> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Own {
        left_out: Option<u64>,
    }

    if rows > 0 {
        answer.text = format!(
            "{}\n{rows} left out: outside the reach of this server.",
            answer.text.trim_end()
        );
        let own: Option<Own> = answer.facts.read().ok();
        answer.facts = match own.and_then(|own| own.left_out) {
            None => answer.facts.with(LEFT_OUT_FIELD, &rows),
            Some(own) => {
                let mut facts = answer.facts.to_value();
                facts[LEFT_OUT_FIELD] = own.saturating_add(rows).into();
                Facts::of(&facts)
            }
        }
        .map_err(CallError::internal)?;
    }
    Ok(answer)
}

/// The journal's entry for an outcome.
fn settled(outcome: &Result<Answer, CallError>, made: Made) -> Settled {
    match outcome {
        Ok(answer) => Settled {
            code: crate::journal::DONE,
            ids: made.ids,
            kept: answer.kept(),
        },
        Err(error) => Settled {
            code: error.code.name(),
            ids: made.ids,
            kept: None,
        },
    }
}

/// After a change was made, an error must not read as if nothing had been done.
fn honest(error: CallError, made: &Made) -> CallError {
    if made.unknown + made.done > 0 && error.code != Code::OutcomeUnknown {
        return unknown(made, error);
    }
    error
}

fn unknown(made: &Made, because: CallError) -> CallError {
    let mut error = CallError::new(
        Code::OutcomeUnknown,
        "The call ended after it had begun to change something in Webex, before its answer was complete.",
        "Check what was done before you repeat it; madeIds lists what is known.",
    );
    if !made.ids.is_empty() {
        error = error.with_details(Details::MadeIds(made.ids.clone()));
    }
    error.tracking_id = because.tracking_id;
    error.cause = because.cause;
    error
}

pub(super) fn cancelled() -> CallError {
    CallError::new(
        Code::Cancelled,
        "The call was cancelled before anything was done.",
        "Repeat it if it is still wanted.",
    )
}

fn cut_off() -> CallError {
    CallError::new(
        Code::Unavailable,
        "The server is stopping, and did not wait longer for Webex.",
        "Repeat the call in a minute.",
    )
}

fn timed_out(effect: Effect) -> CallError {
    if effect == Effect::Read {
        return CallError::new(
            Code::Timeout,
            "Webex did not answer in time.",
            "Repeat the call, or ask for less with max.",
        );
    }
    CallError::new(
        Code::Timeout,
        "The call did not end in time.",
        "Repeat it once; nothing was changed.",
    )
}
