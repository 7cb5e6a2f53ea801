//! Recall: the same call again. A call with the same key is answered from the journal. An outcome
//! that was not delivered goes to the next identical call, once.

use std::sync::Arc;

use serde_json::{Value, json};
use tokio::time::Instant;

use super::arguments::Asked;
use super::long::{looked, owner};
use super::looked::Way;
use super::{Call, Dispatcher, Reply, told};
use crate::error::{CallError, Code, Details};
use crate::identity::{Principal, Tenant};
use crate::journal::{self, HandOver, Recall};
use crate::limits;
use crate::servers::listed::Listed;
use crate::tool::{Answer, Facts, Span};
use crate::works::Looked;

/// Whether an earlier call answers this one.
pub(super) enum Recalled {
    New,
    Answered(Reply),
}

/// Calls with equal identities are the same call.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Identity {
    tenant: Tenant,
    principal: Principal,
    server: Arc<str>,
    client: Option<Arc<str>>,
    tool: String,
    digest: [u8; 32],
}

impl Identity {
    pub(super) fn of(call: &Call, asked: &Asked) -> Self {
        Identity {
            tenant: call.caller.tenant.clone(),
            principal: call.caller.principal.clone(),
            server: call.server.slug.clone(),
            client: call.caller.client.clone(),
            tool: call.name.clone(),
            digest: asked.digest,
        }
    }
}

impl Dispatcher {
    /// The answer of an earlier call, if this one is the same. Nothing is done twice, even if this
    /// reply is lost as well: an undelivered outcome is forgotten only once it has arrived.
    pub(super) async fn recall(
        &self,
        call: &Call,
        tool: &Listed,
        asked: &Asked,
    ) -> Result<Recalled, CallError> {
        let identity = Identity::of(call, asked);
        let deadline = Instant::now() + limits::RECALL_WAIT;
        let wanted = journal::Asked {
            tenant: identity.tenant.clone(),
            principal: self.pseudonym(&call.caller),
            server: identity.server.clone(),
            client: identity.client.clone(),
            tool: tool.entry.name.into(),
            arguments_digest: self.parts.digests.digest(&asked.digest),
            key: call.key.clone(),
        };
        // If several people are one principal, the outcome could belong to somebody else.
        if wanted.key.is_none() && call.caller.is_shared {
            return Ok(Recalled::New);
        }
        if wanted.key.is_none() && !self.effects.join(&identity, deadline).await {
            return Err(at_work(
                "The same call is still running, and its caller has left.",
            ));
        }
        loop {
            let found = self.parts.journal.recall(&wanted).await;
            match found.map_err(unreadable)? {
                Recall::InFlight { .. } if Instant::now() < deadline => {
                    tokio::time::sleep(limits::RECALL_POLL).await;
                }
                found => return self.answered(found, identity, (call, tool)).await,
            }
        }
    }

    async fn answered(
        &self,
        found: Recall,
        identity: Identity,
        (call, tool): (&Call, &Listed),
    ) -> Result<Recalled, CallError> {
        let hand_over = |handed: Option<HandOver>| {
            if let Some(handed) = handed {
                let delivered = call.delivered.clone();
                self.effects.hand_over(handed, identity, delivered);
            }
        };
        match found {
            Recall::New => Ok(Recalled::New),
            Recall::Kept {
                at,
                code,
                answer,
                ids,
                hand_over: handed,
                ..
            } => {
                if code != journal::DONE {
                    return Err(ended(&code, at));
                }
                let note = done_before(at, handed.is_some());
                hand_over(handed);
                let kept = answer.and_then(|bytes| Answer::from_kept(&bytes));
                let answer = kept.map_or_else(|| made(&ids), Ok);
                let answer = answer.and_then(|answer| replayed(answer, &note))?;
                Ok(Recalled::Answered(Reply::Answer(answer)))
            }
            Recall::KeyOfOtherArguments => Err(CallError::new(
                Code::Conflict,
                "This idempotency key was used for another call: with other arguments, of another tool or at another server.",
                "If it was the same call at another server, repeat it there to get its answer: with a new key it would be done a second time. Use a new key for a new call only; nothing was sent.",
            )),
            Recall::InFlight { .. } => Err(at_work(
                "A call with this idempotency key is still running.",
            )),
            Recall::Unknown {
                call: earlier,
                at,
                began,
                ids,
                hand_over: handed,
            } => {
                let (name, id) = (tool.entry.name, earlier.to_string());
                let reply = match self.work_of(call, tool, &id).await {
                    Some(Looked::Over(outcome)) => {
                        let note = begun_before(at, handed.is_some());
                        hand_over(handed);
                        told(of_work(outcome, &note, call.key.is_some()))
                    }
                    // The next same call is for its outcome.
                    Some(found) => looked(found, name, &id, &begun_before(at, false), &Way::Look),
                    None => {
                        hand_over(handed);
                        return Err(lost(at, &began, ids));
                    }
                };
                Ok(Recalled::Answered(reply))
            }
        }
    }

    /// The work that an earlier call ran as: its record knows what the call did not learn, also in a new
    /// process.
    async fn work_of(&self, call: &Call, tool: &Listed, earlier: &str) -> Option<Looked> {
        if tool.entry.policy.span != Span::Work {
            return None;
        }
        let owner = owner(&call.caller, &call.server, tool);
        self.works.look(owner, earlier).await.ok()
    }
}

fn at_work(message: &'static str) -> CallError {
    CallError::new(
        Code::Conflict,
        message,
        "Wait retryAfterSeconds and repeat the same call to get its answer; nothing was sent.",
    )
    .with_retry_after(limits::RECALL_RETRY_AFTER)
}

fn done_before(at: jiff::Timestamp, is_handed_over: bool) -> String {
    match is_handed_over {
        false => format!("This was done at {at} under the same key; nothing was sent now."),
        true => format!(
            "This was already done at {at}, but its answer did not arrive; nothing was sent now. Call again to do it a second time."
        ),
    }
}

/// What became of a work that the same call began.
fn of_work(
    outcome: Result<Answer, CallError>,
    note: &str,
    has_key: bool,
) -> Result<Answer, CallError> {
    match outcome {
        Ok(answer) => replayed(answer, note),
        Err(error) if has_key => {
            let advice = format!("{} Use a new key if you begin it again.", error.advice);
            Err(error.advise(advice))
        }
        Err(error) => Err(error),
    }
}

/// Of a work; `is_done`: it is over, and the same call would begin it again.
fn begun_before(at: jiff::Timestamp, is_done: bool) -> String {
    let again = match is_done {
        true => " Call again to do it a second time.",
        false => "",
    };
    format!("The same call began this at {at}; nothing was begun now.{again}")
}

/// In place of an answer that was too long to keep: the ids of what it made.
fn made(ids: &[String]) -> Result<Answer, CallError> {
    Ok(Answer {
        text: format!("ids: {}", ids.join(", ")),
        facts: Facts::of(&json!({ "ids": ids })).map_err(CallError::internal)?,
        blocks: Vec::new(),
    })
}

/// The answer of an earlier call, with a note about that.
fn replayed(answer: Answer, note: &str) -> Result<Answer, CallError> {
    let mut facts = answer.facts.to_value();
    if let Value::Object(facts) = &mut facts {
        facts.insert("replayed".into(), Value::Bool(true));
        facts.insert("note".into(), note.into());
    }
    Ok(Answer {
        text: format!("{note}\n{}", answer.text),
        facts: Facts::of(&facts).map_err(CallError::internal)?,
        blocks: answer.blocks,
    })
}

/// The earlier call failed: this reports its error and does not try again.
fn ended(code: &str, at: jiff::Timestamp) -> CallError {
    CallError::new(
        Code::Conflict,
        format!("The call with this idempotency key ended at {at} with the error {code}."),
        "Use a new key to try it again; nothing was sent now.",
    )
}

fn lost(at: jiff::Timestamp, began: &[String], made: Vec<String>) -> CallError {
    let what = match began.is_empty() {
        true => String::new(),
        false => format!(" ({})", began.join(", ")),
    };
    let error = CallError::new(
        Code::OutcomeUnknown,
        format!(
            "This call was begun at {at} and its outcome is not known{what}; nothing was sent now."
        ),
        "Check in Webex whether it was done; if it was not, call again, with a new key if you used one.",
    );
    match made.is_empty() {
        true => error,
        false => error.with_details(Details::MadeIds(made)),
    }
}

pub(super) fn unreadable(_: journal::Unavailable) -> CallError {
    CallError::new(
        Code::Unavailable,
        "The server cannot read its journal, so it changes nothing in Webex; reads still work.",
        "Nothing was sent. Tell the operator to look at the data directory, and repeat the call later.",
    )
}
