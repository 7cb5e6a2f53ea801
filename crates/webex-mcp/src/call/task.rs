//! Long work for doors that follow it by themselves: its call is answered with a task, and the door
//! asks for the state of that task until it is over. A task is a work, and has no state of its own.

use std::time::Duration;

use jiff::Timestamp;
use tokio::time::Instant;

use super::admission::Entrance;
use super::consent::Form;
use super::find::{authorize, no_such_name};
use super::long::owner;
use super::looked::how_far;
use super::through::wrapped_as_listed;
use super::{Call, Dispatcher, Reply, fenced, record};
use crate::error::{CallError, Code};
use crate::gate;
use crate::limits;
use crate::servers::VirtualServer;
use crate::tool::{Answer, Kind};
use crate::works::{Looked, Seen};

/// A work as its door sees it.
#[derive(Debug)]
pub struct Task {
    pub id: String,
    pub tool: String,
    pub began_at: Timestamp,
    pub changed_at: Timestamp,
    /// How long it can be asked about, from its beginning on.
    pub kept: Duration,
    /// How far it is, or where to find out more.
    pub message: Option<String>,
    pub state: State,
}

#[derive(Debug)]
pub enum State {
    Runs,
    /// It waits for its owner's answer to this form.
    Asks(Form),
    /// Its owner stopped it before it was finished.
    Cancelled,
    Over(Box<Result<Answer, CallError>>),
}

impl Task {
    pub(super) fn of(seen: Seen, server: &VirtualServer) -> Self {
        let age = |at: Timestamp| {
            let milliseconds = at.as_millisecond() - seen.began_at.as_millisecond();
            Duration::from_millis(milliseconds.max(0).unsigned_abs())
        };
        let (id, tool) = (seen.id.to_string(), seen.tool);
        let (age, message, state) = match seen.looked {
            Looked::Running(reached) => {
                (age(Timestamp::now()), Some(how_far(reached)), State::Runs)
            }
            Looked::Asks(_, question) => {
                let state = State::Asks(Form::confirm(&question));
                (age(Timestamp::now()), Some(asks(&tool, &id)), state)
            }
            Looked::Over(outcome) => {
                let is_told = matches!(&outcome, Err(error) if error.code != Code::Cancelled);
                let (message, state) = match seen.is_cancelled && !is_told {
                    true => (Some(stopped(&tool, &id)), State::Cancelled),
                    false => (None, over(server, &tool, outcome)),
                };
                (age(seen.changed_at), message, state)
            }
        };
        Task {
            id,
            tool,
            began_at: seen.began_at,
            changed_at: seen.changed_at,
            kept: age + limits::WORK_KEPT,
            message,
            state,
        }
    }
}

fn over(server: &VirtualServer, tool: &str, outcome: Result<Answer, CallError>) -> State {
    let outcome = outcome.and_then(|answer| wrapped_as_listed(server, tool, answer));
    State::Over(Box::new(match server.scope {
        Some(_) => outcome.map_err(gate::alike),
        None => outcome,
    }))
}

/// Not every client shows the question.
fn asks(tool: &str, id: &str) -> String {
    format!("Your answer is needed. To give it, call {tool} with workId {id} alone.")
}

/// A task that was stopped has no result, but its work has an answer.
fn stopped(tool: &str, id: &str) -> String {
    format!("Stopped. To see what was done before, call {tool} with workId {id} alone.")
}

/// What the caller wants with a task.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wanted {
    Look,
    /// It stops before its next item.
    Stop,
    /// Its question is answered.
    Answer(bool),
}

impl Dispatcher {
    /// The state of a task of this caller that was begun through this server. `call` has no tool of its own; its task has. Like every call it counts
    /// against the rate, and needs what its tool needs.
    pub async fn task(&self, call: Call, id: &str, wanted: Wanted) -> Reply {
        let started = Instant::now();
        let _at_work = self.effects.at_work();
        let line = record::Line::named(&call, "task");
        let reply = match fenced(self.allowed_task(call, id, wanted)).await {
            Ok(task) => Reply::Task(Box::new(task)),
            Err(error) => Reply::Failed(error),
        };
        line.write(&reply, started.elapsed());
        reply
    }

    async fn allowed_task(&self, call: Call, id: &str, wanted: Wanted) -> Result<Task, CallError> {
        let _place = self.parts.admission.admit(&call, Entrance::First).await?;
        let (caller, server) = (&call.caller, &call.server);
        let whose = (&caller.tenant, &caller.principal);
        let seen = self.works.of(whose, &server.slug, id).await?;
        let tool = server.behind(&seen.tool);
        let tool = tool.ok_or_else(|| no_such_name(Kind::Tool))?;
        authorize(&call, tool)?;
        let owner = owner(caller, server, tool);
        match wanted {
            Wanted::Look => return Ok(Task::of(seen, server)),
            Wanted::Stop => drop(self.works.cancel(owner, id).await?),
            Wanted::Answer(is_agreed) => self.works.answer(owner, id, is_agreed).await?,
        }
        let seen = self.works.of(whose, &server.slug, id).await?;
        Ok(Task::of(seen, server))
    }
}
