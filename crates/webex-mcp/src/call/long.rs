//! Long work within a call: it begins as every call does, and is answered within the time that
//! hosts wait. The same tool then tells how far it is, and stops it.

use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;
use uuid::Uuid;

use super::admission::Place;
use super::arguments::{Asked, digest_as_given};
use super::consent::{Looking, Returning, Says, Underway};
use super::looked::{Way, asking, running};
use super::scheduled::Owners;
use super::task::Task;
use super::{Call, Dispatcher, Reply, told};
use crate::auth::Absent;
use crate::error::{CallError, Code};
use crate::gate::Pace;
use crate::identity::Caller;
use crate::limits;
use crate::servers::VirtualServer;
use crate::servers::listed::{CANCEL_ARGUMENT, CONFIRMATION_ARGUMENT, Listed, WORK_ARGUMENT};
use crate::tool::{Answer, Effect, Kind, Span};
use crate::works::{Looked, New, Orphan, Owner, Plans, Running, Works};

/// The work that a call runs as.
#[derive(Debug, Clone)]
pub(super) struct Long {
    works: Works,
    pub running: Arc<Running>,
    pub plans: Arc<Plans>,
    answered_within: Duration,
    pace: Arc<Pace>,
    /// Present where the door follows it by itself.
    follows: Option<Arc<VirtualServer>>,
}

impl Long {
    /// Writes the outcome down, as those who look will get it.
    pub(super) async fn over(
        &self,
        outcome: Result<Answer, CallError>,
    ) -> Result<Answer, CallError> {
        let work = &self.running;
        let status = match (work.is_cancelled(), self.plans.has_kept()) {
            (true, _) => "cancelled",
            (false, true) => "planned",
            (false, false) if work.is_incomplete() => "incomplete",
            (false, false) => "finished",
        };
        let outcome = outcome.and_then(|answer| with_status(answer, status));
        if !self.works.finish(work, &outcome).await {
            return outcome;
        }
        let note = "The server is stopping; it goes on once it has started again.";
        let (id, reached) = (work.id.to_string(), work.reached());
        running(&work.tool, &id, reached, note)
    }

    /// Returns, with what to answer meanwhile, once a host would not wait longer, or the work asks its
    /// owner.
    pub(super) async fn unfinished(&self, tool: &str) -> Reply {
        tokio::select! {
            () = tokio::time::sleep(self.answered_within) => {}
            () = self.running.asks() => {}
        }
        let (follows, held) = (self.follows.as_deref(), self.pace.held());
        goes_on(&self.running, follows, tool, held, "")
    }
}

/// What is answered for a work that is not finished. One that was begun through another server can
/// only be followed there.
fn goes_on(
    work: &Running,
    follows: Option<&VirtualServer>,
    tool: &str,
    held: Option<Duration>,
    note: &str,
) -> Reply {
    let seen = work.seen_by_caller().map(|seen| seen.held(held));
    match (seen, follows) {
        (Some(seen), Some(server)) if *seen.server == *server.slug => {
            Reply::Task(Box::new(Task::of(seen, server)))
        }
        (Some(seen), _) => looked(seen.looked, tool, &seen.id.to_string(), note, &Way::Look),
        (None, _) => told(running(tool, &work.id.to_string(), work.reached(), note)),
    }
}

/// What a call says about a work that was begun before.
pub(super) struct Named {
    id: String,
    is_cancel: bool,
    /// Of the arguments as they were given.
    digest: [u8; 32],
}

/// Takes the work out of the arguments; `None` for a call that is to begin one.
pub(super) fn named(call: &mut Call, tool: &Listed) -> Result<Option<Named>, CallError> {
    if tool.entry.policy.span != Span::Work {
        return Ok(None);
    }
    let arguments = &mut call.arguments;
    let digest = digest_as_given(tool.entry.name, arguments);
    let id = arguments.remove(WORK_ARGUMENT);
    let cancel = arguments.remove(CANCEL_ARGUMENT);
    let is_cancel = match cancel {
        None | Some(Value::Null) => false,
        Some(Value::Bool(cancel)) => cancel,
        Some(_) => return Err(CallError::invalid(CANCEL_ARGUMENT, "it is true or false")),
    };
    let id = match id {
        Some(Value::String(id)) if !id.is_empty() => id,
        None | Some(Value::Null | Value::String(_)) if is_cancel => {
            let needs = "it needs the workId of the work that is to stop";
            return Err(CallError::invalid(CANCEL_ARGUMENT, needs));
        }
        None | Some(Value::Null | Value::String(_)) => return Ok(None),
        Some(_) => return Err(CallError::invalid(WORK_ARGUMENT, "it is text")),
    };
    if arguments.keys().any(|name| name != CONFIRMATION_ARGUMENT) {
        let alone = "it names a work that was begun; leave out every other argument but cancel";
        return Err(CallError::invalid(WORK_ARGUMENT, alone));
    }
    Ok(Some(Named {
        id,
        is_cancel,
        digest,
    }))
}

impl Dispatcher {
    /// The answer to a call that names a work. Where the work asks its owner, this is the call by which
    /// the owner answers.
    pub(super) async fn follow(
        &self,
        call: Box<Call>,
        tool: &Listed,
        named: Named,
        (place, returning): (Place, Returning),
    ) -> Result<Reply, CallError> {
        let Named {
            id,
            is_cancel,
            digest,
        } = named;
        let name = tool.entry.name;
        let mut looking = Looking {
            call,
            tool: name,
            digest,
            place: Some(place),
            returning,
        };
        let (caller, server) = (looking.call.caller.clone(), looking.call.server.clone());
        let owner = owner(&caller, &server, tool);
        if is_cancel {
            self.works.cancel(owner, &id).await?;
        }
        let mut found = self.waited(owner, &id).await?;
        let (mut note, mut way) = ("", Way::Look);
        if is_cancel {
            note = "It stops before its next item.";
        } else if let Looked::Asks(_, question) = &found {
            match self.ask_owner(&mut looking, &id, question).await? {
                Says::Later(reply) => return Ok(reply),
                Says::Token(token) => way = Way::Token(token),
                Says::Nothing => {}
                Says::Nobody => way = Way::Elsewhere,
                Says::Answered(is_agreed) => {
                    self.works.answer(owner, &id, is_agreed).await?;
                    found = self.waited(owner, &id).await?;
                }
            }
        }
        let held = self.parts.gate.pace(&caller.principal).held();
        Ok(looked(found.held(held), name, &id, note, &way))
    }

    /// A work as it is, or, if it runs here and has nothing to ask, a little later.
    async fn waited(&self, owner: Owner<'_>, id: &str) -> Result<Looked, CallError> {
        let found = self.works.look(owner, id).await?;
        match (&found, self.works.here(owner, id)) {
            (Looked::Running(_), Some(running)) => {
                let wait = Duration::from_secs(limits::WORK_LOOK_WAIT_SECONDS);
                running.ends_within(wait).await;
                self.works.look(owner, id).await
            }
            _ => Ok(found),
        }
    }

    /// The work that runs for the same call, whose caller asks again instead of looking.
    pub(super) fn same_work(&self, call: &Call, tool: &Listed, asked: &Asked) -> Option<Reply> {
        let is_long = tool.entry.policy.span_of(&call.arguments) == Span::Work;
        if !is_long || call.caller.is_shared {
            return None;
        }
        let name = tool.entry.name;
        let owner = owner(&call.caller, &call.server, tool);
        let found = self.works.same(owner, &asked.digest)?;
        let note = "The same call runs already; nothing was begun now.";
        let follows = call.takes_task.then_some(&*call.server);
        let held = self.parts.gate.pace(&call.caller.principal).held();
        Some(goes_on(&found, follows, name, held, note))
    }

    pub(super) fn plans(&self, call: &Call, tool: &Listed, work: Option<Uuid>) -> Arc<Plans> {
        let owner = owner(&call.caller, &call.server, tool);
        self.works.plans(owner, &call.server.slug, work)
    }

    /// Begins the work of a call for which everything is settled; `None` for other calls.
    pub(super) async fn begin_work(&self, underway: &Underway) -> Result<Option<Long>, CallError> {
        let Underway {
            call, tool, asked, ..
        } = underway;
        if tool.entry.policy.span_of(&call.arguments) != Span::Work {
            return Ok(None);
        }
        let running = self.works.begin(New {
            id: call.id,
            tenant: call.caller.tenant.clone(),
            principal: call.caller.principal.clone(),
            server: call.server.slug.clone(),
            tool: tool.entry.name.into(),
            arguments: call.arguments.clone(),
            digest: asked.digest,
            is_agreed: underway.is_agreed(),
            policy_version: call.server.policy_version.clone(),
            credential: call.caller.credential_tag.clone(),
            is_lasting: call.caller.is_lasting,
            is_shared: call.caller.is_shared,
            is_askable: Dispatcher::is_askable(call),
            signals: self.effects.signals(),
        });
        Ok(Some(Long {
            works: self.works.clone(),
            running: running.await?,
            plans: self.plans(call, tool, Some(call.id)),
            answered_within: match call.takes_task {
                true => self
                    .parts
                    .work_answered_within
                    .min(limits::TASK_BEGUN_WITHIN),
                false => self.parts.work_answered_within,
            },
            pace: self.parts.gate.pace(&call.caller.principal),
            follows: call.takes_task.then(|| call.server.clone()),
        }))
    }

    /// Goes on with the works whose processes ended before they did, as far as they were agreed to when
    /// they began; whether the server may still act for their owners is found out now.
    pub async fn resume_works(&self, owners: &dyn Owners) {
        let orphans = match self.works.orphans().await {
            Ok(orphans) => orphans,
            Err(error) => {
                tracing::warn!(%error, "works that were cut off could not be looked up");
                return;
            }
        };
        for orphan in orphans {
            match owners.find(&orphan.server, &orphan.owner).await {
                Ok((server, caller)) => {
                    if let Some(orphan) = self.works.claim(orphan).await {
                        self.resume(orphan, server, caller).await;
                    }
                }
                Err(Absent::Later) => {}
                Err(Absent::Elsewhere) => self.works.give_up(orphan, no_longer_served()).await,
                Err(Absent::Over) => self.works.give_up(orphan, signed_out()).await,
            }
        }
    }

    async fn resume(&self, orphan: Orphan, server: Arc<VirtualServer>, caller: Caller) {
        let (id, digest, is_agreed) = (orphan.id, orphan.digest(), orphan.is_agreed());
        let tool = server.find(Kind::Tool, &orphan.tool);
        let tool = tool.or_else(|| server.behind(&orphan.tool)).cloned();
        let (name, arguments) = (orphan.tool.clone(), orphan.arguments.clone());
        let are_same_rules = *server.policy_version == *orphan.policy_version();
        let running = self.works.adopt(orphan, self.effects.signals());
        let owner = Owner {
            tenant: &caller.tenant,
            principal: &caller.principal,
            tool: &name,
            server: None,
        };
        let long = Long {
            works: self.works.clone(),
            running,
            plans: self.works.plans(owner, &server.slug, Some(id)),
            answered_within: self.parts.work_answered_within,
            pace: self.parts.gate.pace(&caller.principal),
            follows: None,
        };
        let Some(tool) = tool else {
            let _ = long.over(Err(no_longer_served())).await;
            return;
        };
        if !are_same_rules && server.asks(tool.entry.policy.effect_of(&arguments)) {
            let _ = long.over(Err(now_asks())).await;
            return;
        }
        let mut call = Call::new(server, name, arguments, caller);
        call.correlation.id = Some(id.to_string());
        let underway = Underway::resumed(Box::new(call), tool, Asked { digest }, is_agreed);
        if let Err(error) = self.go_on(underway, long.clone()) {
            let _ = long.over(Err(error)).await;
        }
    }

    fn go_on(&self, underway: Underway, long: Long) -> Result<(), CallError> {
        match underway.tool.entry.policy.effect {
            Effect::Read => {
                let Underway {
                    call,
                    tool,
                    met,
                    place,
                    ..
                } = underway;
                let run = self.reading(call, tool, &met, Some(long))?;
                self.effects.begin_reading(run, place);
            }
            Effect::Write | Effect::Destroy => {
                let work = self.work(underway, Some(long))?;
                self.effects.begin(Box::new(work));
            }
        }
        Ok(())
    }
}

/// What is answered to whoever looks.
pub(super) fn looked(found: Looked, tool: &str, id: &str, note: &str, way: &Way) -> Reply {
    told(match found {
        Looked::Running(reached) => running(tool, id, reached, note),
        Looked::Asks(reached, question) => asking(tool, id, (reached, question), way),
        Looked::Over(outcome) => outcome,
    })
}

/// A server with a scope knows only what was begun through it.
pub(super) fn owner<'a>(
    caller: &'a Caller,
    server: &'a VirtualServer,
    tool: &'a Listed,
) -> Owner<'a> {
    Owner {
        tenant: &caller.tenant,
        principal: &caller.principal,
        tool: tool.entry.name,
        server: server.scope.as_ref().map(|_| &*server.slug),
    }
}

fn with_status(mut answer: Answer, status: &str) -> Result<Answer, CallError> {
    let facts = answer.facts.with("status", status);
    answer.facts = facts.map_err(CallError::internal)?;
    Ok(answer)
}

fn no_longer_served() -> CallError {
    CallError::new(
        Code::Unavailable,
        "The server was started again without the tool or the kind of sign-in that this work was begun with.",
        "Look in Webex at what was done; tell the operator if the rest is needed.",
    )
}

fn now_asks() -> CallError {
    CallError::new(
        Code::Unavailable,
        "The server was started again with other rules, and under these a person has to agree to what this work changes.",
        "Look in Webex at what was done; begin the work again for the rest, which asks first.",
    )
}

fn signed_out() -> CallError {
    CallError::new(
        Code::Unauthorized,
        "The server was started again, and the sign-in that this work was begun with has ended since.",
        "Look in Webex at what was done; then sign in again through your client and begin the work again for the rest.",
    )
}
