//! A call that changes something, from its intent to its outcome.

use std::borrow::Cow;
use std::sync::Arc;

use jiff::Timestamp;
use parking_lot::Mutex;
use tokio::sync::OwnedSemaphorePermit;
use uuid::Uuid;

use super::entry::{Entry, Kind, bounded, short};
use super::intent::{BeginError, Intent, Settled, Write, WriteOutcome};
use super::recall::Asked;
use super::{DONE, Journal, UNKNOWN};
use crate::limits;
use crate::seal::hex;
use crate::stores::records::RecordStore as _;
use crate::stores::records::change::{Change, Digest, Keep, Opening, Outcome, Person, Refused};
use crate::stores::records::envelopes::answer_name;

/// An open call. Clones share it. If the last one is dropped unsettled after a write began, the
/// call counts as unknown; if its delivery was not reported, its outcome counts as undelivered.
#[derive(Debug, Clone)]
pub struct OpenCall(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    journal: Journal,
    intent: Intent,
    opening: Arc<Opening>,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    last_number: u32,
    /// Begins that wait for their commit, including those whose caller stopped waiting.
    unanswered: u32,
    has_begun: bool,
    /// A write was executed, or may have been.
    has_changed: bool,
    /// Begun writes whose end was not reported; a bounded sample if there are many.
    in_flight: Vec<(u32, String)>,
    /// Held from the first begin until the outcome is written, or until that begin is refused.
    place: Option<Arc<OwnedSemaphorePermit>>,
    is_settled: bool,
    /// The outcome is kept for an identical call.
    is_kept: bool,
    delivery: Option<Delivery>,
}

/// The first report about the delivery of the outcome.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Delivery {
    Made,
    Missed,
}

impl OpenCall {
    pub(super) fn new(journal: Journal, intent: Intent) -> Self {
        let asked = Asked::of(&intent);
        let digests = &journal.0.digests;
        let key = asked.key_digest(digests);
        let at = journal.now();
        let correlation = &intent.correlation;
        let entry = Entry {
            arguments: Some(hex(&intent.arguments_digest).into()),
            key: key.map(|key| hex(&key).into()),
            nonce: intent.nonce,
            decision: short(intent.decision),
            policy_version: short(&intent.policy_version),
            correlation_id: correlation.id.as_deref().and_then(short),
            traceparent: correlation.traceparent.as_deref().and_then(short),
            ..about(&intent, Kind::Call, at)
        };
        let opening = Opening {
            call: intent.call,
            process: journal.0.records.store().process(),
            identical: asked.identical(digests),
            arguments: asked.arguments(digests),
            key,
            nonce: intent.nonce,
            person: intent.display.as_deref().map(|name| Person {
                tenant: intent.tenant.as_str().to_owned(),
                principal: intent.principal.as_str().to_owned(),
                name: short(name).unwrap_or_default().into_owned(),
            }),
            keeps_outcome: intent.keeps_outcome && key.is_none(),
            entry: entry.to_bytes(),
        };
        OpenCall(Arc::new(Inner {
            journal,
            opening: Arc::new(opening),
            intent,
            state: Mutex::default(),
        }))
    }

    /// Records that a write is about to be sent, and returns once that is durable. The first begin
    /// also commits the intent. Waits while too many writes are in flight, as long as the journal
    /// is writable.
    ///
    /// # Errors
    /// The write must not be sent.
    pub async fn begin(&self, operation: &'static str, target: &str) -> Result<Write, BeginError> {
        let inner = &self.0;
        let place = inner.find_place().await?;
        let mut both = inner.journal.place(&inner.journal.0.writes, 2).await?;
        let for_end = both.split(1).ok_or(BeginError::Unavailable)?;
        let at = inner.journal.now();
        let what = what(operation, target);
        let number = {
            let mut state = inner.state.lock();
            if state.is_settled {
                return Err(BeginError::Over);
            }
            state.place.get_or_insert_with(|| place.clone());
            state.unanswered += 1;
            state.last_number += 1;
            state.last_number
        };
        let entry = Entry {
            write: Some(number),
            operation: short(operation),
            target: short(target),
            ..in_call(&inner.intent, Kind::Begin, at)
        };
        let change = Change::Begin {
            opening: inner.opening.clone(),
            number,
            what: what.clone(),
            entry: entry.to_bytes(),
            at: at.as_millisecond(),
        };
        let records = &inner.journal.0.records;
        let begun = records.commit_in(change, (both, place)).await;
        let mut state = inner.state.lock();
        state.unanswered -= 1;
        if let Err(refused) = begun {
            // A call with nothing open holds no place.
            if !state.has_begun && state.unanswered == 0 {
                state.place = None;
            }
            return Err(match refused {
                Refused::NonceUsed => BeginError::NonceUsed,
                Refused::KeyTaken => BeginError::KeyTaken,
                _ => BeginError::Unavailable,
            });
        }
        state.has_begun = true;
        if state.in_flight.len() < limits::JOURNAL_IDS_MAX {
            state.in_flight.push((number, what));
        }
        Ok(Write {
            number,
            operation,
            place: for_end,
        })
    }

    /// Records the result of a write. It goes along with the next commit; nobody waits for it.
    pub fn end(&self, write: Write, outcome: WriteOutcome) {
        let inner = &self.0;
        let (name, status, ids, tracking_id) = match &outcome {
            WriteOutcome::Done {
                status,
                ids,
                tracking_id,
            } => (DONE, Some(*status), bounded(ids), tracking_id.as_deref()),
            WriteOutcome::Refused {
                status,
                tracking_id,
            } => ("refused", *status, Vec::new(), tracking_id.as_deref()),
            WriteOutcome::Unknown => ("unknown", None, Vec::new(), None),
        };
        let entry = Entry {
            write: Some(write.number),
            operation: short(write.operation),
            outcome: short(name),
            status,
            ids,
            tracking_id: tracking_id.and_then(short),
            ..in_call(&inner.intent, Kind::End, inner.journal.now())
        };
        {
            let mut state = inner.state.lock();
            state.has_changed |= !matches!(outcome, WriteOutcome::Refused { .. });
            if outcome != WriteOutcome::Unknown {
                state
                    .in_flight
                    .retain(|(number, _)| *number != write.number);
            }
        }
        let change = Change::End {
            call: inner.opening.call,
            number: write.number,
            is_known: outcome != WriteOutcome::Unknown,
            entry: entry.to_bytes(),
        };
        inner.journal.0.records.ride(change, write.place);
    }

    /// Records the result of the call. It goes along with the next commit and nobody waits for it;
    /// a second settling is ignored. An effect that happened, or may have, is kept for an identical
    /// call, unless the call has a key. While this process lives and the call is held, the
    /// identical call does not get it before [`OpenCall::undelivered`].
    pub fn settle(&self, settled: Settled) {
        self.0.settle(settled);
    }

    /// The client has the answer, so the outcome is no longer kept. This may come before or after
    /// [`OpenCall::settle`]; the first report of the delivery counts.
    pub fn delivered(&self) {
        self.0.deliver(Delivery::Made);
    }

    /// The answer did not arrive and will not: an identical call may get it. Otherwise like
    /// [`OpenCall::delivered`].
    pub fn undelivered(&self) {
        self.0.deliver(Delivery::Missed);
    }

    pub fn id(&self) -> Uuid {
        self.0.intent.call
    }

    #[cfg(test)]
    pub(super) fn has_begun(&self) -> bool {
        self.0.state.lock().has_begun
    }
}

impl Inner {
    async fn find_place(&self) -> Result<Arc<OwnedSemaphorePermit>, BeginError> {
        let held = self.state.lock().place.clone();
        match held {
            Some(place) => Ok(place),
            None => {
                let place = self.journal.place(&self.journal.0.calls, 1).await;
                place.map(Arc::new)
            }
        }
    }

    fn settle(&self, settled: Settled) {
        let at = self.journal.now();
        let Settled { code, ids, kept } = settled;
        let is_unknown = code == UNKNOWN;
        // Held until the change is queued, so that a report of the delivery comes after it.
        let mut state = self.state.lock();
        if std::mem::replace(&mut state.is_settled, true) {
            return;
        }
        let has_changed = state.has_changed || !state.in_flight.is_empty();
        let is_worth_keeping =
            self.opening.keeps_outcome && state.has_begun && (code == DONE || is_unknown);
        let keep = match state.delivery {
            Some(Delivery::Made) => None,
            missed => is_worth_keeping.then(|| Keep {
                until: undelivered_until(at),
                pending: missed.is_none().then_some(self.opening.process),
            }),
        };
        state.is_kept = keep.is_some();
        let answer = kept
            .filter(|answer| answer.len() <= limits::JOURNAL_ANSWER_MAX_BYTES)
            .filter(|_| self.opening.key.is_some() || keep.is_some());
        let outcome = Outcome {
            is_unknown,
            code: code.to_owned(),
            ids: bounded(&ids).into_iter().map(Cow::into_owned).collect(),
            answer: answer.and_then(|answer| self.sealed(&answer)),
            began: state
                .in_flight
                .drain(..)
                .filter(|_| is_unknown)
                .map(|(_, what)| what)
                .collect(),
        };
        let entry = Entry {
            outcome: short(code),
            ids: bounded(&outcome.ids),
            ..about(&self.intent, Kind::Outcome, at)
        }
        .to_bytes();
        let change = Change::Settle {
            call: self.opening.call,
            opening: Some(self.opening.clone()),
            entry,
            outcome,
            at: at.as_millisecond(),
            frees_key: code != DONE && !is_unknown && !has_changed,
            keep,
        };
        let askable = [Some(self.opening.identical), self.opening.key];
        self.ride(&state, askable.into_iter().flatten(), change);
    }

    fn deliver(&self, delivery: Delivery) {
        let mut state = self.state.lock();
        if state.delivery.is_some() {
            return;
        }
        state.delivery = Some(delivery);
        if !state.is_kept {
            // If the call is settled later, that uses this report.
            return;
        }
        let (identical, call) = (self.opening.identical, self.opening.call);
        match delivery {
            Delivery::Made => self.ride(&state, None, Change::Delivered { identical, call }),
            Delivery::Missed => self.ride(
                &state,
                Some(identical),
                Change::Undelivered { identical, call },
            ),
        }
    }

    fn sealed(&self, answer: &[u8]) -> Option<Vec<u8>> {
        let name = answer_name(self.opening.call);
        // Without the answer, the ids still say what was done.
        self.journal.0.records.seal(&name, answer).ok()
    }

    /// Queues a change. Anyone who asks about one of `askable` from now on waits until it is
    /// written.
    fn ride(&self, state: &State, askable: impl IntoIterator<Item = Digest>, change: Change) {
        match &state.place {
            Some(place) => self.journal.ride(askable, change, place.clone()),
            // Nothing was begun.
            None => self.journal.ride_as_note(askable, change),
        }
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        // Nobody is left who could deliver the outcome.
        self.deliver(Delivery::Missed);
        let state = self.state.get_mut();
        // A call that began nothing does not have to be settled.
        if state.last_number > 0 && !state.is_settled {
            let code = if state.has_begun {
                UNKNOWN
            } else {
                "cancelled"
            };
            self.settle(Settled {
                code,
                ids: Vec::new(),
                kept: None,
            });
        }
    }
}

fn undelivered_until(at: Timestamp) -> i64 {
    at.as_millisecond() + limits::JOURNAL_UNDELIVERED_SECONDS * 1_000
}

fn what(operation: &str, target: &str) -> String {
    let target = short(target).unwrap_or_default();
    format!("{operation} {target}")
}

/// An entry that says completely who asked for what.
fn about(intent: &Intent, kind: Kind, at: Timestamp) -> Entry<'_> {
    Entry {
        client: intent.client.as_deref().and_then(short),
        server: short(&intent.server),
        effect: short(intent.effect),
        ..in_call(intent, kind, at)
    }
}

/// An entry of a call, with the fields that filters use.
fn in_call(intent: &Intent, kind: Kind, at: Timestamp) -> Entry<'_> {
    Entry {
        kind,
        at,
        call: Some(intent.call),
        tenant: short(intent.tenant.as_str()),
        principal: short(intent.principal.as_str()),
        tool: short(&intent.tool),
        ..Entry::default()
    }
}
