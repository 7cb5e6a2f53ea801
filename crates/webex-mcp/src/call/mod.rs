//! The life of one call: the one list that every call of every door goes through, in this order.
//!
//! Only [`Dispatcher::answer`] branches. Refused callers learn no schema; garbage still costs rate;
//! a waiting person holds no place.

pub mod admit;
pub mod ask;
mod confirm;
pub mod cursor;
pub mod names;
mod parse;
mod record;
mod resolve;
mod rounds;

use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use futures::FutureExt as _;
use serde_json::{Map, Value};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use self::admit::Gate;
use self::ask::{Ask, Form};
use self::confirm::Used;
use self::cursor::Cursors;
use self::names::Names;
use self::rounds::{Step, Underway};
use crate::error::{CallError, Code};
use crate::identity::{Caller, Credential};
use crate::limits;
use crate::seal::Sealer;
use crate::servers::VirtualServer;
use crate::servers::listed::Listed;
use crate::tool::{Answer, Context, Effect, FileShelf, Progress, Rules, Span};

/// One call as a door hands it in.
#[derive(Debug)]
pub struct Call {
    /// The request's name in the log.
    pub id: String,
    pub server: Arc<VirtualServer>,
    pub tool: String,
    pub arguments: Map<String, Value>,
    pub caller: Caller,
    pub ask: Ask,
    pub progress: Progress,
    /// The caller went away, or says so.
    pub cancel: CancellationToken,
}

/// What a door hands back.
#[derive(Debug)]
pub enum Reply {
    Answer(Answer),
    Failed(CallError),
    /// Ask the user this form, and bring the answer back with this state.
    Ask {
        form: Form,
        state: String,
    },
}

/// What all calls share.
#[derive(Debug)]
pub struct Dispatcher {
    webex: webex::Webex,
    sealer: Arc<Sealer>,
    gate: Gate,
    names: Names,
    used: Used,
    rules: Arc<Rules>,
    shelf: Arc<dyn FileShelf>,
}

impl Dispatcher {
    pub fn new(
        webex: webex::Webex,
        sealer: Arc<Sealer>,
        gate: Gate,
        rules: Rules,
        shelf: Arc<dyn FileShelf>,
    ) -> Self {
        Dispatcher {
            webex,
            sealer,
            gate,
            names: Names::default(),
            used: Used::default(),
            rules: Arc::new(rules),
            shelf,
        }
    }

    /// Answers one call. It ends by itself: at its deadline, when the caller goes away, or done.
    pub async fn answer(&self, mut call: Call) -> Reply {
        let started = Instant::now();
        let arguments = std::mem::take(&mut call.arguments);
        let stages = AssertUnwindSafe(self.stages(&call, arguments)).catch_unwind();
        let reply = tokio::select! {
            done = stages => match done {
                Ok(Ok(reply)) => reply,
                Ok(Err(error)) => Reply::Failed(error),
                Err(_panic) => Reply::Failed(CallError::internal("a tool panicked")),
            },
            () = call.cancel.cancelled() => Reply::Failed(cancelled()),
        };
        record::record(&call, &reply, started.elapsed());
        reply
    }

    /// The list.
    async fn stages(
        &self,
        call: &Call,
        mut arguments: Map<String, Value>,
    ) -> Result<Reply, CallError> {
        let tool = find(call)?;
        let token = authorize(&call.caller)?;
        let place = Some(self.gate.admit(&call.caller.principal).await?);
        parse::check(tool, &mut arguments)?;
        let client = self
            .webex
            .client(token.clone())
            .with_deadline(deadline(Span::Call));
        let mut underway = self.open_round(call, tool, arguments, place)?;
        match self.resolve(&mut underway, &client).await? {
            Step::On(()) => {}
            Step::End(reply) => return Ok(reply),
        }
        // recall: an earlier answer to the same key stands here once there is a journal.
        let context = self.context(&underway, token.clone());
        match self.confirm(&mut underway, &context).await? {
            Step::On(()) => {}
            Step::End(reply) => return Ok(reply),
        }
        // intend: the journal's entry before the effect.
        let answer = run(tool, &context, underway.arguments).await?;
        // settle: the journal's entry after it.
        Ok(Reply::Answer(answer))
    }

    fn context(&self, underway: &Underway<'_>, token: webex::AccessToken) -> Context {
        let Underway {
            call,
            tool,
            arguments,
            ..
        } = underway;
        Context {
            webex: self
                .webex
                .client(token)
                .with_deadline(deadline(tool.entry.policy.span)),
            progress: call.progress.clone(),
            rules: self.rules.clone(),
            cursors: Box::new(Cursors::new(
                self.sealer.clone(),
                &call.caller.principal,
                tool.entry.name,
                arguments,
            )),
            shelf: self.shelf.clone(),
        }
    }
}

fn find(call: &Call) -> Result<&Arc<Listed>, CallError> {
    call.server.find(&call.tool).ok_or_else(|| {
        CallError::new(
            Code::NotFound,
            "This server has no tool of that name.",
            "List the tools and call one of them.",
        )
    })
}

/// A caller needs something to act with.
fn authorize(caller: &Caller) -> Result<&webex::AccessToken, CallError> {
    match &caller.credential {
        Some(Credential::Token(token)) => Ok(token),
        None => Err(CallError::new(
            Code::NotConfigured,
            "This server has no Webex token.",
            "Set WEBEX_ACCESS_TOKEN (from developer.webex.com) where the server is started and restart it, or try it with --sandbox.",
        )),
    }
}

async fn run(
    tool: &Listed,
    context: &Context,
    arguments: Map<String, Value>,
) -> Result<Answer, CallError> {
    let span = tool.entry.policy.span;
    let call = (tool.entry.call)(context, Value::Object(arguments));
    match tokio::time::timeout_at(deadline(span), call).await {
        Ok(answer) => answer,
        Err(_elapsed) => Err(timed_out(tool.entry.policy.effect)),
    }
}

fn deadline(span: Span) -> Instant {
    Instant::now()
        + match span {
            Span::Call => limits::CALL_DEADLINE,
            Span::Transfer => limits::TRANSFER_DEADLINE,
        }
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
        Code::OutcomeUnknown,
        "Webex did not answer in time, so it is not known whether this was done.",
        "Look whether it was done before you repeat it.",
    )
}

fn cancelled() -> CallError {
    CallError::new(
        Code::Cancelled,
        "The call was cancelled.",
        "Repeat it if it is still wanted.",
    )
}
