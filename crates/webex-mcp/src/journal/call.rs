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
use crate::stores::records::RecordStore as _;
use crate::stores::records::chain::hex;
use crate::stores::records::change::{
    Change, Digest, Keep, Opening, Outcome, Person, RecordName, Refused,
};

/// A call that is open. Clones share it; where the last one goes unsettled after a write began, the
/// call counts as unknown, and where nothing was said of its delivery, nobody got its outcome.
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
    /// Begins that wait for their commit, and those whose caller did not wait for it.
    unanswered: u32,
    has_begun: bool,
    /// A write was executed, or may have been.
    has_changed: bool,
    /// Begun, and their end was not told; a bounded sample where there are many.
    in_flight: Vec<(u32, String)>,
    /// Held from the first begin until the outcome is written, or until that begin is refused.
    place: Option<Arc<OwnedSemaphorePermit>>,
    is_settled: bool,
    /// The outcome is kept for the identical call.
    is_kept: bool,
    delivery: Option<Delivery>,
}

/// What was said first of the outcome's way to the caller.
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

    /// Records that a write is about to be sent, and comes back once that is durable. The first one
    /// commits the intent too. Waits while very many writes are in flight and can be written.
    ///
    /// # Errors
    /// Then the write may not be sent.
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
            // A call of which nothing is open takes nobody's place.
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

    /// Records what became of a write. It rides the next commit and is not waited for.
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

    /// Records what became of the call. It rides the next commit and is not waited for; a second
    /// settling is ignored. What was done, or is unknown, is kept for the identical call, unless the
    /// call has a key; while this process lives and the call is held, that does not count before
    /// [`OpenCall::undelivered`].
    pub fn settle(&self, settled: Settled) {
        self.0.settle(settled);
    }

    /// The client has the answer: the outcome is no longer kept. It may come before or after
    /// [`OpenCall::settle`]; what is said first of the delivery counts.
    pub fn delivered(&self) {
        self.0.deliver(Delivery::Made);
    }

    /// Nobody got the answer, and nobody will: the identical call may have it. As
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
        // Held until the change is queued: what is said of the delivery comes behind it.
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
            // Settling, where it is still to come, takes it into account.
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
        let name = answer_name(self.intent.tenant.as_str(), self.opening.call);
        // Without an answer the ids still tell what was done.
        self.journal.0.records.seal(&name, answer).ok()
    }

    /// Whoever asks about one of `askable` from now on waits until the change is written.
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
        // Nobody is left who could hand the outcome to its caller.
        self.deliver(Delivery::Missed);
        let state = self.state.get_mut();
        // What nobody asked to begin left nothing that has to be settled.
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

/// The name under which an answer is sealed.
pub fn answer_name(tenant: &str, call: Uuid) -> RecordName {
    RecordName {
        tenant: tenant.to_owned(),
        kind: "answer".to_owned(),
        id: call.to_string(),
    }
}

fn undelivered_until(at: Timestamp) -> i64 {
    at.as_millisecond() + limits::JOURNAL_UNDELIVERED_SECONDS * 1_000
}

fn what(operation: &str, target: &str) -> String {
    let target = short(target).unwrap_or_default();
    format!("{operation} {target}")
}

/// An entry that tells whole who asked for what.
fn about(intent: &Intent, kind: Kind, at: Timestamp) -> Entry<'_> {
    Entry {
        client: intent.client.as_deref().and_then(short),
        server: short(&intent.server),
        effect: short(intent.effect),
        ..in_call(intent, kind, at)
    }
}

/// An entry that belongs to a call, with what it is filtered by.
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
