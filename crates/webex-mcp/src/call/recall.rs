//! Recall: the same call again. A call with the same key is answered from the journal. An outcome
//! that was not delivered goes to the next identical call, once.

use std::sync::Arc;

use serde_json::{Value, json};
use tokio::time::Instant;
use uuid::Uuid;

use super::arguments::Asked;
use super::long::owner;
use super::{Call, Dispatcher, Reply};
use crate::error::{CallError, Code, Details};
use crate::identity::{Principal, Tenant};
use crate::journal::{self, HandOver, Recall};
use crate::limits;
use crate::servers::listed::Listed;
use crate::tool::{Answer, Facts, Span};

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
                let note = match &handed {
                    None => {
                        format!("This was done at {at} under the same key; nothing was sent now.")
                    }
                    Some(_) => format!(
                        "This was already done at {at}, but its answer did not arrive; nothing was sent now. Call again to do it a second time."
                    ),
                };
                hand_over(handed);
                let answer = replayed(answer, &ids, &note).map_err(CallError::internal)?;
                Ok(Recalled::Answered(Reply::Answer(answer)))
            }
            Recall::KeyOfOtherArguments => Err(CallError::new(
                Code::Conflict,
                "This idempotency key was used for a call with other arguments.",
                "Use a new key for a new call; nothing was sent.",
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
                hand_over(handed);
                let error = lost(at, &began);
                if let Some(work) = self.work_of(call, tool, earlier).await {
                    let look =
                        format!("Call with workId {work} alone: it tells what became of it.");
                    return Err(error.advise(look).with_details(Details::Work(work)));
                }
                Err(match ids.is_empty() {
                    true => error,
                    false => error.with_details(Details::MadeIds(ids)),
                })
            }
        }
    }

    /// The work that an earlier call ran as: a new process knows what the call did not learn.
    async fn work_of(&self, call: &Call, tool: &Listed, earlier: Uuid) -> Option<String> {
        if tool.entry.policy.span != Span::Work {
            return None;
        }
        let owner = owner(&call.caller, &call.server, tool);
        let id = earlier.to_string();
        self.works.look(owner, &id).await.is_ok().then_some(id)
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

/// The stored answer; if it was too long to keep, the ids of what it made.
fn replayed(
    answer: Option<Vec<u8>>,
    ids: &[String],
    note: &str,
) -> Result<Answer, serde_json::Error> {
    let kept = answer.and_then(|bytes| Answer::from_kept(&bytes));
    let (text, mut facts, blocks) = match kept {
        Some(answer) => (answer.text, answer.facts.to_value(), answer.blocks),
        None => {
            let text = format!("ids: {}", ids.join(", "));
            (text, json!({ "ids": ids }), Vec::new())
        }
    };
    if let Value::Object(facts) = &mut facts {
        facts.insert("replayed".into(), Value::Bool(true));
        facts.insert("note".into(), note.into());
    }
    Ok(Answer {
        text: format!("{note}\n{text}"),
        facts: Facts::of(&facts)?,
        blocks,
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

fn lost(at: jiff::Timestamp, began: &[String]) -> CallError {
    let what = match began.is_empty() {
        true => String::new(),
        false => format!(" ({})", began.join(", ")),
    };
    CallError::new(
        Code::OutcomeUnknown,
        format!(
            "This call was begun at {at} and its outcome is not known{what}; nothing was sent now."
        ),
        "Check in Webex whether it was done; if it was not, call again, with a new key if you used one.",
    )
}

fn unreadable(_: journal::Unavailable) -> CallError {
    CallError::new(
        Code::Unavailable,
        "The server cannot read its journal, so it changes nothing in Webex; reads still work.",
        "Nothing was sent. Tell the operator to look at the data directory, and repeat the call later.",
    )
}
