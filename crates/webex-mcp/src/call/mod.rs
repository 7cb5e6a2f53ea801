//! The life of one call: the one list that every call of every door goes through, in this order.
//!
//! Only [`Dispatcher::answer`] branches. Refused callers learn no schema; garbage still costs rate;
//! a waiting person holds no place.

pub mod admit;
pub mod ask;
mod confirm;
pub mod cursor;
pub mod listing;
pub mod names;
mod parse;
mod record;
mod resolve;
pub mod shape;

use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use futures::FutureExt as _;
use serde_json::{Map, Value};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use self::admit::{Gate, Place};
use self::ask::{Ask, Asked, Decided, Form, Response};
use self::confirm::{States, Used};
use self::cursor::Cursors;
use self::listing::{CONFIRMATION_ARGUMENT, Listed};
use self::names::Names;
use self::resolve::Undecided;
use crate::error::{CallError, Candidate, Code, Confirmation, Details};
use crate::identity::Caller;
use crate::limits;
use crate::seal::Sealer;
use crate::tool::{Answer, Context, Effect, FileShelf, Progress, Question, Rules, Span};
use crate::virtual_servers::VirtualServer;

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

/// What a call gathers on its way.
struct Underway<'a> {
    call: &'a Call,
    tool: &'a Listed,
    arguments: Map<String, Value>,
    decided: Decided,
    states: States,
    place: Option<Place>,
}

/// A stage goes on, or ends the call here.
enum Step<T> {
    On(T),
    End(Reply),
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

    /// Takes up what earlier rounds decided, or begins with nothing decided.
    fn open_round<'a>(
        &self,
        call: &'a Call,
        tool: &'a Listed,
        mut arguments: Map<String, Value>,
        place: Option<Place>,
    ) -> Result<Underway<'a>, CallError> {
        let token = arguments.remove(CONFIRMATION_ARGUMENT);
        let states = States::new(
            self.sealer.clone(),
            &call.caller.principal,
            tool.entry.name,
            &arguments,
        );
        let state = match (&call.ask, &token) {
            (
                Ask::Rounds {
                    previous: Some(round),
                },
                _,
            ) => Some(round.state.as_str()),
            (_, Some(Value::String(token))) => Some(token.as_str()),
            _ => None,
        };
        let decided = match state {
            Some(state) => states.open(state)?,
            None => Decided::default(),
        };
        Ok(Underway {
            call,
            tool,
            arguments,
            decided,
            states,
            place,
        })
    }

    async fn resolve(
        &self,
        underway: &mut Underway<'_>,
        client: &webex::Client,
    ) -> Result<Step<()>, CallError> {
        take_up_choice(underway)?;
        let exact_only = underway.tool.entry.policy.effect == Effect::Destroy;
        let principal = &underway.call.caller.principal;
        // Each turn settles one reference; there are no more turns than references.
        for _ in 0..=underway.arguments.len() {
            let undecided = resolve::resolve(
                &self.names,
                client,
                principal,
                exact_only,
                &mut underway.arguments,
                &mut underway.decided.references,
            )
            .await?;
            let Some(undecided) = undecided else {
                return Ok(Step::On(()));
            };
            let Undecided {
                argument,
                candidates,
                error,
            } = undecided;
            let form = Form::choose(argument, &candidates);
            let offered: Vec<_> = candidates
                .into_iter()
                .map(|Candidate { id, .. }| id)
                .collect();
            underway.decided.asked = Some(Asked::Choice {
                argument: argument.into(),
                offered: offered.clone(),
            });
            match self.ask(underway, form).await? {
                Asking::Answered(Response::Accepted(content)) => {
                    let chosen =
                        Response::Accepted(content).chosen(offered.iter().map(String::as_str));
                    underway
                        .decided
                        .references
                        .insert(argument.into(), chosen.ok_or(error)?);
                }
                Asking::Answered(_) => return Err(ask::declined()),
                Asking::Later(reply) => return Ok(Step::End(reply)),
                Asking::Impossible => return Err(error),
            }
        }
        Err(CallError::internal("a reference stayed undecided"))
    }

    async fn confirm(
        &self,
        underway: &mut Underway<'_>,
        context: &Context,
    ) -> Result<Step<()>, CallError> {
        if underway.tool.entry.policy.effect != Effect::Destroy {
            return Ok(Step::On(()));
        }
        match (&underway.decided.asked, &underway.call.ask) {
            (Some(Asked::Token), _) => return self.burn(underway),
            (
                Some(Asked::Confirmation),
                Ask::Rounds {
                    previous: Some(round),
                },
            ) => match &round.response {
                Some(response) if response.confirmed() => return self.burn(underway),
                Some(_) => return Err(ask::declined()),
                None => {}
            },
            _ => {}
        }
        let arguments = Value::Object(underway.arguments.clone());
        let question = (underway.tool.entry.question)(context, arguments).await?;
        underway.decided.asked = Some(Asked::Confirmation);
        match self.ask(underway, Form::confirm(&question)).await? {
            Asking::Answered(response) if response.confirmed() => self.burn(underway),
            Asking::Answered(_) => Err(ask::declined()),
            Asking::Later(reply) => Ok(Step::End(reply)),
            Asking::Impossible => {
                underway.decided.asked = Some(Asked::Token);
                Err(self.confirmation_required(underway, question)?)
            }
        }
    }

    fn burn(&self, underway: &Underway<'_>) -> Result<Step<()>, CallError> {
        self.used.burn(underway.decided.nonce).map(Step::On)
    }

    /// Asks in the way this client can be asked.
    async fn ask(&self, underway: &mut Underway<'_>, form: Form) -> Result<Asking, CallError> {
        match &underway.call.ask {
            Ask::Rounds { .. } => {
                let state = underway.states.seal(&underway.decided)?;
                Ok(Asking::Later(Reply::Ask { form, state }))
            }
            Ask::Session(session) => {
                // A person who thinks holds no place.
                underway.place = None;
                let response = session.ask(&form).await?;
                underway.place = Some(self.gate.admit(&underway.call.caller.principal).await?);
                Ok(Asking::Answered(response))
            }
            Ask::Nobody => Ok(Asking::Impossible),
        }
    }

    fn confirmation_required(
        &self,
        underway: &Underway<'_>,
        question: Question,
    ) -> Result<CallError, CallError> {
        Ok(CallError::new(
            Code::ConfirmationRequired,
            "This cannot be undone, so it has to be confirmed first.",
            "Tell the user what will happen; if they agree, repeat the call with the same arguments and confirmationToken.",
        )
        .with_details(Details::Confirmation(Confirmation {
            confirmation_token: underway.states.seal(&underway.decided)?,
            effect: question.effect,
            name: question.name,
        })))
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

/// What came of asking.
enum Asking {
    Answered(Response),
    Later(Reply),
    Impossible,
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

/// Scopes and policy come with identity; for now a caller needs something to act with.
fn authorize(caller: &Caller) -> Result<&webex::AccessToken, CallError> {
    caller.token.as_ref().ok_or_else(|| {
        CallError::new(
            Code::NotConfigured,
            "This server has no Webex token.",
            "Set WEBEX_ACCESS_TOKEN (from developer.webex.com) where the server is started and restart it, or try it with --sandbox.",
        )
    })
}

/// An answer to an earlier choice settles that reference.
fn take_up_choice(underway: &mut Underway<'_>) -> Result<(), CallError> {
    let Ask::Rounds {
        previous: Some(round),
    } = &underway.call.ask
    else {
        return Ok(());
    };
    if let Some(Asked::Choice { argument, offered }) = &underway.decided.asked
        && let Some(response) = &round.response
    {
        if !matches!(response, Response::Accepted(_)) {
            return Err(ask::declined());
        }
        // An answer that was not offered is no answer: the question is asked again.
        if let Some(id) = response.chosen(offered.iter().map(String::as_str)) {
            underway.decided.references.insert(argument.clone(), id);
        }
    }
    Ok(())
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
