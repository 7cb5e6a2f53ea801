//! The gate: a call can reach only its declared operations of Webex. The token is added last, and
//! journal entries surround every write.
//!
//! A [`Passage`] is the gate for one stage of one call. The client asks it before every operation:
//! Is the operation declared? Do the caller's scopes allow it? May a write still begin? A write is
//! entered in the journal first, and only then sent.

mod asked;
mod audience;
mod authors;
mod belonging;
mod foreseen;
mod guard;
mod learned;
mod lockdown;
mod mentions;
mod named;
mod origins;
mod pace;
mod refusals;
mod rows;
mod within;

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::time::Duration;

use bytes::Bytes;
use futures::future::BoxFuture;
use parking_lot::Mutex;
use serde::Deserialize;
use tokio_util::sync::CancellationToken;
use webex::around::{About, Admitted, Around, Outcome, Withheld};
use webex::{AccessToken, Client, Operation, Repeat, Webex};

pub use self::guard::alike;
use self::guard::{Agreement, Guard};
pub use self::lockdown::Withholding;
pub use self::pace::Pace;
use self::pace::Paces;
use self::refusals::{not_begun, stopped};
pub use self::refusals::{nothing_to_act_with, only_reads, scopes_missing};
use crate::auth::Tokens;
use crate::error::CallError;
use crate::identity::{Caller, Credential, Principal, missing_scopes};
use crate::journal::{OpenCall, Write, WriteOutcome};
use crate::limits;
use crate::scope::Scoped;
use crate::scope::lockdown::MESSAGE;
use crate::tool::{Foreseen, Gateway, Reasons};

/// The only way to Webex, shared by all calls.
#[derive(Debug, Clone)]
pub struct Gate {
    webex: Webex,
    tokens: Tokens,
    paces: Paces,
}

/// The operations that a stage may use.
#[derive(Debug, Clone, Copy)]
pub struct Declared {
    pub operations: &'static [&'static Operation],
    /// Reads that only make a question or an answer easier to read.
    pub courtesy: &'static [&'static Operation],
    /// Long work, which nobody waits for: where Webex limits the rate, calls come first.
    pub is_work: bool,
}

/// What a write needs besides being declared: a journal entry, and no request to stop.
#[derive(Debug)]
pub struct Writing {
    pub journal: Arc<OpenCall>,
    /// No further write begins once this is cancelled.
    pub stop: CancellationToken,
    /// A person agreed to what the call changes.
    pub is_agreed: bool,
}

/// The gate as one stage of one call sees it.
#[derive(Debug)]
pub struct Passage {
    tokens: Tokens,
    credential: Credential,
    scopes: Option<Arc<[Box<str>]>>,
    declared: Declared,
    /// Absent in stages that only read.
    writing: Option<Writing>,
    /// Present where the server has a scope.
    guard: Option<Guard>,
    pace: Arc<Pace>,
    /// The token that was sent last; it is renewed if Webex refuses it.
    sent: Mutex<Option<AccessToken>>,
    next_ticket: AtomicU64,
    writes: Mutex<Writes>,
}

/// The writes of one call, as they were sent.
#[derive(Debug, Default)]
struct Writes {
    in_flight: HashMap<u64, Write>,
    made: Made,
}

/// The results of a call's writes.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Made {
    /// Ids of what was made or changed, in order.
    pub ids: Vec<String>,
    /// Writes that Webex accepted.
    pub done: usize,
    /// Writes whose result at Webex is not known.
    pub unknown: usize,
}

impl Gate {
    pub fn new(webex: Webex, tokens: Tokens) -> Self {
        Gate {
            webex,
            tokens,
            paces: Paces::default(),
        }
    }

    pub fn webex(&self) -> &Webex {
        &self.webex
    }

    /// How fast long work of this principal may go.
    pub fn pace(&self, principal: &Principal) -> Arc<Pace> {
        self.paces.of(principal)
    }

    /// A client that acts as this caller and reaches only what is declared, within the server's
    /// scope. The passage reports afterwards what it was used for.
    ///
    /// # Errors
    /// `not_configured` where the caller has no credential.
    pub fn open(
        &self,
        caller: &Caller,
        declared: Declared,
        scope: Option<&Arc<Scoped>>,
        writing: Option<Writing>,
    ) -> Result<(Client, Arc<Passage>), CallError> {
        let credential = caller.credential.clone().ok_or_else(nothing_to_act_with)?;
        let agreement = match &writing {
            None => Agreement::Rehearsed,
            Some(writing) if writing.is_agreed => Agreement::Given,
            Some(_) => Agreement::Missing,
        };
        let guard = scope.map(|scoped| Guard {
            scoped: scoped.clone(),
            webex: self.webex.clone(),
            tokens: self.tokens.clone(),
            credential: credential.clone(),
            tag: caller.credential_tag.clone(),
            agreement,
            reads: AtomicU32::new(0),
            reads_max: match (declared.is_work, scoped.scope.is_locked()) {
                (true, _) => limits::SCOPE_READS_PER_WORK,
                (false, true) => limits::LOCKDOWN_READS_PER_CALL,
                (false, false) => limits::SCOPE_READS_PER_CALL,
            },
            left_out: AtomicU64::new(0),
            withheld: Mutex::default(),
            reasons: Mutex::default(),
        });
        let passage = Arc::new(Passage {
            tokens: self.tokens.clone(),
            credential,
            guard,
            pace: self.paces.of(&caller.principal),
            scopes: caller.scopes.clone(),
            declared,
            writing,
            sent: Mutex::default(),
            next_ticket: AtomicU64::new(1),
            writes: Mutex::default(),
        });
        Ok((self.webex.client_around(passage.clone()), passage))
    }
}

impl Passage {
    pub fn made(&self) -> Made {
        self.writes.lock().made.clone()
    }

    /// Rows of lists that the server's scope left out.
    pub fn left_out(&self) -> u64 {
        self.guard.as_ref().map_or(0, Guard::left_out)
    }

    /// What was withheld in lockdown.
    pub fn withheld(&self) -> Withholding {
        self.guard.as_ref().map(Guard::withheld).unwrap_or_default()
    }

    /// Why a person has to agree to the changes that were tried.
    pub fn reasons(&self) -> Reasons {
        let guard = self.guard.as_ref();
        guard.map_or_else(Reasons::default, |guard| guard.reasons.lock().clone())
    }

    fn admits(&self, operation: &Operation) -> Result<(), CallError> {
        let is_among = |list: &[&Operation]| list.iter().any(|known| known.name == operation.name);
        if !is_among(self.declared.operations) && !is_among(self.declared.courtesy) {
            return Err(CallError::internal(format!(
                "{} is not among the declared operations",
                operation.name
            )));
        }
        match missing_scopes(self.scopes.as_deref(), operation.scopes) {
            missing if missing.is_empty() => Ok(()),
            missing => Err(scopes_missing(missing)),
        }
    }

    /// Waits where this is a work that has to go slower; not after it is to stop.
    async fn take_turn(&self) -> Result<(), CallError> {
        if self.declared.is_work {
            match &self.writing {
                Some(writing) => tokio::select! {
                    turn = self.pace.turn() => turn?,
                    () = writing.stop.cancelled() => return Err(stopped()),
                },
                None => self.pace.turn().await?,
            }
        }
        self.pace.sent();
        Ok(())
    }

    async fn begin(&self, about: &About<'_>) -> Result<u64, CallError> {
        let Some(writing) = &self.writing else {
            return Err(CallError::internal(format!(
                "{} writes in a stage that only reads",
                about.operation.name
            )));
        };
        if writing.stop.is_cancelled() {
            return Err(stopped());
        }
        let write = writing
            .journal
            .begin(about.operation.name, about.path)
            .await
            .map_err(not_begun)?;
        // A request to stop may have come while the entry was written.
        if writing.stop.is_cancelled() {
            let not_sent = WriteOutcome::Refused {
                status: None,
                tracking_id: None,
            };
            writing.journal.end(write, not_sent);
            return Err(stopped());
        }
        let ticket = self.next_ticket.fetch_add(1, Ordering::Relaxed);
        self.writes.lock().in_flight.insert(ticket, write);
        Ok(ticket)
    }
}

impl Around for Passage {
    fn before<'a>(&'a self, about: &'a About<'a>) -> BoxFuture<'a, Result<Admitted, Withheld>> {
        Box::pin(async move {
            let admitted = async {
                self.admits(about.operation)?;
                if let Some(guard) = &self.guard {
                    Box::pin(guard.request(about)).await?;
                }
                self.take_turn().await?;
                let token = self.tokens.token(&self.credential).await?;
                *self.sent.lock() = Some(token.clone());
                let ticket = match about.operation.repeat {
                    Repeat::Read => 0,
                    Repeat::Write => self.begin(about).await?,
                };
                Ok::<_, CallError>(Admitted { token, ticket })
            };
            admitted.await.map_err(|error| Withheld(Box::new(error)))
        })
    }

    fn renew<'a>(&'a self, _about: &'a About<'a>) -> BoxFuture<'a, Option<AccessToken>> {
        Box::pin(async move {
            let refused = self.sent.lock().clone()?;
            let renewed = self.tokens.renew(&self.credential, &refused).await;
            self.sent.lock().clone_from(&renewed);
            renewed
        })
    }

    fn throttled(&self, _about: &About<'_>, wait: Option<Duration>) {
        if let Some(wait) = wait {
            self.pace.throttled(wait);
        }
    }

    fn sees_answers(&self) -> bool {
        self.guard.is_some()
    }

    fn answered<'a>(
        &'a self,
        about: &'a About<'a>,
        body: Bytes,
    ) -> BoxFuture<'a, Result<Bytes, Withheld>> {
        Box::pin(async move {
            match &self.guard {
                Some(guard) => guard
                    .answer(about, body)
                    .await
                    .map_err(|error| Withheld(Box::new(error))),
                None => Ok(body),
            }
        })
    }

    fn after(&self, _about: &About<'_>, ticket: u64, outcome: Outcome<'_>) {
        let mut writes = self.writes.lock();
        let (Some(write), Some(writing)) = (writes.in_flight.remove(&ticket), &self.writing) else {
            return;
        };
        let noted = match outcome {
            Outcome::Done {
                status,
                tracking_id,
                body,
            } => {
                let ids: Vec<_> = body.and_then(made_id).into_iter().collect();
                writes.made.done += 1;
                writes.made.ids.extend(ids.iter().cloned());
                WriteOutcome::Done {
                    status,
                    ids,
                    tracking_id: tracking_id.map(str::to_owned),
                }
            }
            Outcome::Failed(error) if !error.maybe_applied() => WriteOutcome::Refused {
                status: error.status(),
                tracking_id: error.tracking_id().map(str::to_owned),
            },
            Outcome::Failed(_) | Outcome::Dropped => {
                writes.made.unknown += 1;
                WriteOutcome::Unknown
            }
        };
        writing.journal.end(write, noted);
    }
}

impl Gateway for Passage {
    fn token(&self) -> BoxFuture<'_, Result<AccessToken, CallError>> {
        Box::pin(self.tokens.token(&self.credential))
    }

    fn foresee<'a>(
        &'a self,
        changes: &'a Foreseen<'a>,
    ) -> BoxFuture<'a, Result<Reasons, CallError>> {
        Box::pin(async move {
            match &self.guard {
                Some(guard) => guard.foresee(changes).await,
                None => Ok(Reasons::default()),
            }
        })
    }

    fn agreed(&self, reasons: &Reasons) -> Result<(), CallError> {
        let guard = self.guard.as_ref();
        guard.map_or(Ok(()), |guard| guard.asks(reasons))
    }

    fn withheld_messages(&self) -> u64 {
        self.withheld().of(MESSAGE)
    }
}

/// The id of the thing that Webex made, from its answer.
fn made_id(body: &[u8]) -> Option<String> {
    #[derive(Deserialize)]
    struct Identified {
        id: String,
    }
    serde_json::from_slice::<Identified>(body)
        .ok()
        .map(|made| made.id)
}
