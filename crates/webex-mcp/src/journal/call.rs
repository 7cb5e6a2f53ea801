//! A call with an effect, from its intent to its outcome.

use std::borrow::Cow;
use std::sync::Arc;

use jiff::Timestamp;
use parking_lot::Mutex;
use tokio::sync::{OnceCell, OwnedSemaphorePermit};
use uuid::Uuid;

use super::entry::{Entry, Kind, bounded, short};
use super::intent::{BeginError, Intent, Settled, Write, WriteOutcome};
use super::recall::Asked;
use super::{DONE, Journal, Mark, UNKNOWN};
use crate::limits;
use crate::stores::records::RecordStore as _;
use crate::stores::records::chain::hex;
use crate::stores::records::change::{Change, Opening, Outcome, Person, RecordName, Refused};

/// A call that is open. Clones share it; where the last one goes unsettled after a write began, the
/// call counts as unknown.
#[derive(Debug, Clone)]
pub struct OpenCall(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    journal: Journal,
    intent: Intent,
    opening: Arc<Opening>,
    /// Taken with the first write, held until the outcome is written.
    place: OnceCell<Arc<OwnedSemaphorePermit>>,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    last_number: u32,
    has_begun: bool,
    /// A write was executed, or may have been.
    has_changed: bool,
    /// Begun, and their end was not told; a bounded sample where there are many.
    in_flight: Vec<(u32, String)>,
    is_undelivered: bool,
    settled: Option<Done>,
}

/// An outcome that may still have to be kept.
#[derive(Debug)]
struct Done {
    outcome: Outcome,
    /// Not sealed yet.
    answer: Option<Vec<u8>>,
    at: Timestamp,
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
            keeps_outcome: intent.keeps_outcome,
            entry: entry.to_bytes(),
        };
        OpenCall(Arc::new(Inner {
            journal,
            opening: Arc::new(opening),
            intent,
            place: OnceCell::new(),
            state: Mutex::default(),
        }))
    }

    /// Records that a write is about to be sent, and comes back once that is durable. The first one
    /// commits the intent too. Waits while very many writes are in flight.
    ///
    /// # Errors
    /// Then the write may not be sent.
    pub async fn begin(&self, operation: &'static str, target: &str) -> Result<Write, BeginError> {
        let inner = &self.0;
        let place = inner.take_place().await?;
        let writes = inner.journal.0.writes.clone().acquire_many_owned(2).await;
        let mut both = writes.map_err(|_| BeginError::Unavailable)?;
        let for_end = both.split(1).ok_or(BeginError::Unavailable)?;
        let at = inner.journal.now();
        let what = what(operation, target);
        let number = {
            let mut state = inner.state.lock();
            if state.settled.is_some() {
                return Err(BeginError::Over);
            }
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
        records
            .commit_in(change, (both, place))
            .await
            .map_err(|refused| match refused {
                Refused::NonceUsed => BeginError::NonceUsed,
                Refused::KeyTaken => BeginError::KeyTaken,
                _ => BeginError::Unavailable,
            })?;
        let mut state = inner.state.lock();
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
            } => ("refused", Some(*status), Vec::new(), tracking_id.as_deref()),
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
    /// settling is ignored.
    pub fn settle(&self, settled: Settled) {
        self.0.settle(settled);
    }

    /// Nobody got the answer: the identical call may have it, once. It may come before or after
    /// [`OpenCall::settle`]. Only what was done, or is unknown, is kept.
    pub fn undelivered(&self) {
        self.0.undelivered();
    }

    /// Whether a write of this call was allowed to be sent.
    pub fn has_begun(&self) -> bool {
        self.0.state.lock().has_begun
    }

    pub fn id(&self) -> Uuid {
        self.0.intent.call
    }
}

impl Inner {
    async fn take_place(&self) -> Result<Arc<OwnedSemaphorePermit>, BeginError> {
        let place = self.place.get_or_try_init(|| async {
            let place = self.journal.0.calls.clone().acquire_owned().await;
            place.map(Arc::new).map_err(|_| BeginError::Unavailable)
        });
        place.await.cloned()
    }

    fn settle(&self, settled: Settled) {
        let at = self.journal.now();
        let mut state = self.state.lock();
        if state.settled.is_some() {
            return;
        }
        let Settled { code, ids, kept } = settled;
        let answer = kept.filter(|answer| answer.len() <= limits::JOURNAL_ANSWER_MAX_BYTES);
        let is_unknown = code == UNKNOWN;
        let has_changed = state.has_changed || !state.in_flight.is_empty();
        let outcome = Outcome {
            is_unknown,
            code: code.to_owned(),
            ids: bounded(&ids).into_iter().map(Cow::into_owned).collect(),
            answer: None,
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
        let is_kept = state.is_undelivered && self.may_keep(&state, code);
        let stored = Outcome {
            answer: (self.opening.key.is_some() || is_kept)
                .then(|| self.sealed(answer.as_deref()))
                .flatten(),
            ..outcome.clone()
        };
        state.settled = Some(Done {
            outcome,
            answer,
            at,
        });
        drop(state);
        let change = Change::Settle {
            call: self.opening.call,
            opening: Some(self.opening.clone()),
            entry,
            outcome: stored,
            at: at.as_millisecond(),
            frees_key: code != DONE && !is_unknown && !has_changed,
            kept_until: is_kept.then(|| undelivered_until(at)),
        };
        self.ride(change);
    }

    fn undelivered(&self) {
        let mut state = self.state.lock();
        if state.is_undelivered {
            return;
        }
        state.is_undelivered = true;
        let Some(done) = state.settled.take() else {
            // Settling will keep it.
            return;
        };
        let is_kept = self.may_keep(&state, &done.outcome.code);
        let at = done.at;
        let outcome = Outcome {
            answer: self.sealed(done.answer.as_deref().filter(|_| is_kept)),
            ..done.outcome.clone()
        };
        state.settled = Some(Done {
            answer: None,
            ..done
        });
        drop(state);
        if is_kept {
            self.ride(Change::Keep {
                identical: self.opening.identical,
                call: self.opening.call,
                outcome,
                at: at.as_millisecond(),
                expires: undelivered_until(at),
            });
        }
    }

    /// An outcome is worth keeping where something was done, or may have been.
    fn may_keep(&self, state: &State, code: &str) -> bool {
        self.intent.keeps_outcome && state.has_begun && (code == DONE || code == UNKNOWN)
    }

    fn sealed(&self, answer: Option<&[u8]>) -> Option<Vec<u8>> {
        let name = answer_name(self.intent.tenant.as_str(), self.opening.call);
        // Without an answer the ids still tell what was done.
        self.journal.0.records.seal(&name, answer?).ok()
    }

    /// Whoever asks about this call from now on waits until the change is written.
    fn ride(&self, change: Change) {
        let journal = &self.journal.0;
        let of = [Some(self.opening.identical), self.opening.key];
        let marks: Vec<Mark> = of
            .into_iter()
            .flatten()
            .map(|digest| journal.unwritten.mark(digest))
            .collect();
        match self.place.get() {
            Some(place) => journal.records.ride(change, (place.clone(), marks)),
            // Nothing was begun: like a note, it may find no place.
            None => match journal.notes.clone().try_acquire_owned() {
                Ok(place) => journal.records.ride(change, (place, marks)),
                Err(_) => self.journal.lose_note(),
            },
        }
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        let state = self.state.get_mut();
        // What nobody asked to begin left nothing that has to be settled.
        if state.last_number > 0 && state.settled.is_none() {
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
