//! A tool that runs: under its deadline, and, for a change, to its outcome in the journal and its
//! delivery.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::sync::Arc;

use serde::Deserialize;
use serde_json::{Map, Value};
use tokio::sync::oneshot;
use tokio_util::sync::CancellationToken;

use super::admission::Place;
use super::delivery::Delivered;
use super::long::Long;
use super::recall::Identity;
use super::{Reply, fenced, told};
use crate::error::{CallError, Code, Details};
use crate::gate::{Made, Passage, Withholding};
use crate::journal::{OpenCall, Settled};
use crate::limits;
use crate::servers::counts::{LEFT_OUT_FIELD, WITHHELD_FIELD};
use crate::servers::listed::Listed;
use crate::text::counted;
use crate::tool::{Answer, Context, Effect, Facts};

/// A tool that is about to run, with everything it needs; it borrows nothing.
#[derive(Debug)]
pub(super) struct Run {
    pub tool: Arc<Listed>,
    pub arguments: Map<String, Value>,
    pub context: Context,
    /// The gate that the context goes through.
    pub passage: Arc<Passage>,
    /// Present for long work.
    pub long: Option<Long>,
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

/// How an effect learns that the process is to end.
pub(super) struct Ending {
    pub draining: CancellationToken,
    /// Cancelled to abandon the effects that still run.
    pub cut: CancellationToken,
}

impl Ending {
    /// Returns when the process is ending and a client has had time to read its answer.
    pub(super) async fn patience(&self) {
        self.draining.cancelled().await;
        tokio::time::sleep(limits::DRAIN_GRACE).await;
    }
}

impl Run {
    /// Runs the tool under its deadline, which begins here.
    pub(super) async fn run(self) -> Result<Answer, CallError> {
        let entry = &self.tool.entry;
        let policy = &entry.policy;
        let span = policy.span_of(&self.arguments);
        let call = (entry.call)(&self.context, Value::Object(self.arguments));
        // The client times out earlier and knows what became of its request; this is the last
        // resort.
        let fence = span.duration() + limits::DEADLINE_GRACE;
        match tokio::time::timeout(fence, call).await {
            Ok(Ok(answer)) => {
                let answer = leaving_out(answer, self.passage.left_out())?;
                withholding(answer, &self.passage.withheld())
            }
            Ok(Err(error)) => Err(without(error, &self.passage.withheld())),
            Err(_elapsed) => Err(timed_out(policy.effect)),
        }
    }
}

impl Work {
    /// Runs to the end, records the outcome, delivers it, and records whether it arrived.
    pub(super) async fn perform(
        self: Box<Self>,
        hand_over: oneshot::Sender<Reply>,
        ending: Ending,
    ) {
        let Work {
            run,
            journal,
            mut place,
            mut delivered,
            ..
        } = *self;
        let answers_secrets = run.tool.entry.policy.answers_secrets;
        let (passage, long) = (run.passage.clone(), run.long.clone());
        let outcome = tokio::select! {
            outcome = fenced(run.run()) => outcome,
            () = ending.cut.cancelled() => Err(cut_off()),
            never = asking_without(&mut place, long.as_ref()) => match never {},
        };
        let made = passage.made();
        let outcome = outcome.map_err(|error| honest(error, &made));
        let outcome = match &long {
            Some(long) => long.over(outcome).await,
            None => outcome,
        };
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

/// Gives the place up once the work asks its owner: the call that brings the answer needs one.
async fn asking_without(place: &mut Option<Place>, long: Option<&Long>) -> Infallible {
    if let Some(long) = long {
        long.running.asks().await;
        *place = None;
    }
    std::future::pending().await
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

/// Says in the answer how much lockdown withheld, of what kinds and why.
fn withholding(mut answer: Answer, withheld: &Withholding) -> Result<Answer, CallError> {
    if let Some(told) = told_of(withheld) {
        answer.text = format!("{}\n{told}", answer.text.trim_end());
        let facts = answer.facts.with(WITHHELD_FIELD, &withheld.all());
        answer.facts = facts.map_err(CallError::internal)?;
    }
    Ok(answer)
}

/// The same for a call that failed, perhaps because of it.
fn without(mut error: CallError, withheld: &Withholding) -> CallError {
    if let Some(told) = told_of(withheld) {
        error.advice = format!("{} {told}", error.advice).into();
    }
    error
}

fn told_of(withheld: &Withholding) -> Option<String> {
    let told = |why: &str, counts: &BTreeMap<&'static str, u64>, rest: &str| {
        let told = counts.iter().map(|(what, count)| counted(count, what));
        let told = told.collect::<Vec<_>>().join(", ");
        (!counts.is_empty()).then(|| format!("Withheld, as {why}: {told}.{rest}"))
    };
    let more = match withheld.is_out_of_reads {
        true => " Repeat the call to learn of more, or ask for less.",
        false => "",
    };
    let outside = told("people outside wrote it", &withheld.outside, "");
    let unknown = told(
        "the call did not learn who wrote it",
        &withheld.unknown,
        more,
    );
    let all: Vec<_> = outside.into_iter().chain(unknown).collect();
    (!all.is_empty()).then(|| all.join(" "))
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
