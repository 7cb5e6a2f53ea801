//! The life of one call: the single sequence of steps that every call takes, whichever door it came
//! through.
//!
//! A refused caller learns no schema; a malformed call still counts against the rate; a call that
//! waits for a person holds no place; an effect belongs to the server and runs to its end even if
//! its caller leaves.

pub mod admission;
mod arguments;
mod completion;
pub mod consent;
pub mod cursor;
pub mod delivery;
pub mod effect;
mod find;
mod long;
mod looked;
mod more;
mod opening;
mod parts;
mod reactivated;
mod recall;
mod record;
pub mod references;
mod resource;
mod run;
mod scheduled;
pub mod task;
mod through;
mod watched;

use std::collections::BTreeMap;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use futures::FutureExt as _;
use serde_json::{Map, Value};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use uuid::Uuid;

use self::admission::{Entrance, Place};
use self::arguments::Asked;
use self::consent::{Ask, Consents, Form, Underway};
use self::delivery::Delivered;
use self::effect::Effects;
use self::find::{find, not_found};
pub use self::parts::Parts;
use self::recall::Recalled;
use self::references::{Lists, Names};
use self::run::{Run, Work, cancelled};
pub use self::scheduled::Owners;
use self::task::Task;
use crate::error::{CallError, Page};
use crate::gate;
use crate::identity::{Caller, Principal};
pub use crate::journal::Correlation;
use crate::schedules::Schedules;
use crate::servers::VirtualServer;
use crate::tool::{Answer, Effect, Kind, Progress, Span};
use crate::works::Works;

/// One call as a door hands it in. It owns everything that is known about it.
pub struct Call {
    /// Unique in the fleet.
    pub id: Uuid,
    /// The caller's own ids for the call, to match its records with ours.
    pub correlation: Correlation,
    pub server: Arc<VirtualServer>,
    pub kind: Kind,
    /// The name of the tool, or of the other entry that is wanted.
    pub name: String,
    pub arguments: Map<String, Value>,
    /// The tool was named to a general tool, which runs those that are not listed.
    pub is_through: bool,
    /// The caller's idempotency key.
    pub key: Option<String>,
    pub caller: Caller,
    pub ask: Ask,
    /// The same for pages that its user has to open.
    pub pages: Ask,
    pub progress: Progress,
    /// Cancelled when the caller leaves or cancels the call.
    pub cancel: CancellationToken,
    pub delivered: Delivered,
    /// The door follows long work by itself: it takes a task in place of an answer.
    pub takes_task: bool,
}

/// Arguments hold what people wrote, so they are not printed.
impl std::fmt::Debug for Call {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Call")
            .field("id", &self.id)
            .field("server", &self.server.slug)
            .field("name", &self.name)
            .field("caller", &self.caller)
            .finish_non_exhaustive()
    }
}

impl Call {
    /// A call of a tool by a client that cannot be asked, receives no progress, and takes every
    /// answer.
    pub fn new(
        server: Arc<VirtualServer>,
        tool: impl Into<String>,
        arguments: Map<String, Value>,
        caller: Caller,
    ) -> Self {
        Call {
            id: Uuid::now_v7(),
            correlation: Correlation::default(),
            server,
            kind: Kind::Tool,
            name: tool.into(),
            arguments,
            is_through: false,
            key: None,
            caller,
            ask: Ask::Nobody,
            pages: Ask::Nobody,
            progress: Progress::default(),
            cancel: CancellationToken::new(),
            delivered: Delivered::when_taken(),
            takes_task: false,
        }
    }
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
    /// Send the user to this page, and bring the answer back with this state.
    Visit {
        page: Page,
        state: String,
    },
    /// Long work that goes on.
    Task(Box<Task>),
}

/// What all calls share.
#[derive(Debug)]
pub struct Dispatcher {
    parts: Parts,
    names: Names,
    lists: Lists,
    consents: Consents,
    effects: Effects,
    works: Works,
    schedules: Schedules,
}

/// The result of the steps before anything is done.
enum Prepared {
    /// The call ends here, with an earlier answer or a question.
    Ends(Reply),
    Reads(Box<Run>, Option<Place>),
    Changes(Box<Work>),
}

impl Dispatcher {
    pub fn new(parts: Parts) -> Self {
        Dispatcher {
            names: Names::default(),
            lists: Lists::default(),
            consents: Consents::new(parts.sealer.clone()),
            effects: Effects::default(),
            works: Works::new(parts.journal.records().clone()),
            schedules: Schedules::new(
                parts.journal.records().clone(),
                parts.digests.clone(),
                parts.makes_scheduled_calls,
            ),
            parts,
        }
    }

    /// Answers one call. It always ends: when it is done, at its deadline, or when the caller
    /// leaves before anything was begun.
    pub async fn answer(&self, call: Call) -> Reply {
        let started = Instant::now();
        // Boxed, because every step that takes it is moved with it.
        let call = Box::new(resource::open(through::open(call)));
        let through = call.is_through.then(|| call.name.clone());
        let paged = resource::paged(&call);
        // A drain waits for every call, including those that are not effects yet.
        let _at_work = self.effects.at_work();
        let line = record::Line::of(&call);
        let refusal = record::refusal_of(&call, || self.pseudonym(&call.caller));
        let cancel = call.cancel.clone();
        let has_scope = call.server.scope.is_some();
        let goes_on = cursor::goes_on(&call.arguments);
        let with_grant = more::WithGrant::of(&call);
        let prepared = tokio::select! {
            prepared = fenced(self.prepare(call)) => prepared,
            () = cancel.cancelled() => Err(cancelled()),
        };
        let reply = match prepared {
            Ok(Prepared::Ends(reply)) => reply,
            Ok(Prepared::Reads(run, place)) if run.long.is_some() => {
                self.effects.read(run, place, &cancel).await
            }
            Ok(Prepared::Reads(run, _place)) => tokio::select! {
                answer = fenced(run.run()) => told(answer),
                () = cancel.cancelled() => Reply::Failed(cancelled()),
            },
            Ok(Prepared::Changes(work)) => self.effects.run(work, &cancel).await,
            Err(error) => {
                if let Some(note) = record::noted(refusal, &error) {
                    self.parts.journal.note(note);
                }
                Reply::Failed(error)
            }
        };
        let reply = match reply {
            Reply::Failed(error) => {
                let error = self.of_grant(error, with_grant).await;
                let error = match goes_on {
                    true => cursor::with_the_others(error),
                    false => error,
                };
                Reply::Failed(if has_scope { gate::alike(error) } else { error })
            }
            reply => reply,
        };
        line.write(&reply, started.elapsed());
        match (through, paged) {
            (Some(tool), _) => through::reply(&tool, reply),
            (None, Some(paged)) => resource::reply(paged, reply),
            (None, None) => reply,
        }
    }

    /// The steps of a call, up to the point where something is done.
    async fn prepare(&self, mut call: Box<Call>) -> Result<Prepared, CallError> {
        let Some(tool) = find(&call) else {
            // Guessing names counts against the rate like any other call.
            self.parts.admission.admit(&call, Entrance::First).await?;
            return Err(not_found(&call));
        };
        if let Some(reply) = Box::pin(self.authorized(&mut call, &tool)).await? {
            return Ok(Prepared::Ends(reply));
        }
        if call.kind == Kind::Completion {
            let _place = self.parts.admission.admit(&call, Entrance::First).await?;
            let completed = Box::pin(self.complete(&call, &tool)).await?;
            return Ok(Prepared::Ends(Reply::Answer(completed)));
        }
        // This comes first: the state that a call brings back is compared with its typed arguments.
        arguments::give_types(&tool, &mut call);
        let returning = self.consents.returning(&call, &tool);
        let entrance = match &returning {
            Some(Ok(_)) => Entrance::Returning,
            _ => Entrance::First,
        };
        let place = self.parts.admission.admit(&call, entrance).await?;
        if let Some(named) = long::named(&mut call, &tool)? {
            let reply = Box::pin(self.follow(call, &tool, named, (place, returning))).await?;
            return Ok(Prepared::Ends(reply));
        }
        arguments::parse(&tool, &mut call)?;
        through::refuse(&call)?;
        let changes = tool.entry.policy.effect_of(&call.arguments) != Effect::Read;
        let is_long = tool.entry.policy.span_of(&call.arguments) == Span::Work;
        if !changes && !is_long && references::count(&call.arguments) == 0 {
            // Most calls: there is nothing to recall, to resolve or to agree to.
            returning.transpose()?;
            let run = self.reading(call, tool, &BTreeMap::new(), None)?;
            return Ok(Prepared::Reads(run, Some(place)));
        }
        let asked = Asked::of(&tool, &call);
        if let Some(reply) = self.same_work(&call, &tool, &asked) {
            return Ok(Prepared::Ends(reply));
        }
        // Parts that only some calls need are boxed, because every call reserves space for those
        // that are not.
        if changes
            && let Recalled::Answered(reply) = Box::pin(self.recall(&call, &tool, &asked)).await?
        {
            return Ok(Prepared::Ends(reply));
        }
        let mut underway = self.consents.open(call, tool, asked, place, returning)?;
        if references::count(&underway.call.arguments) > 0
            && let Some(reply) = Box::pin(self.resolve(&mut underway)).await?
        {
            return Ok(Prepared::Ends(reply));
        }
        if let Some(reasons) = Box::pin(self.wants_consent(&underway)).await?
            && let Some(reply) = Box::pin(self.consent(&mut underway, &reasons)).await?
        {
            return Ok(Prepared::Ends(reply));
        }
        let long = Box::pin(self.begin_work(&underway)).await?;
        if changes {
            return Ok(Prepared::Changes(Box::new(self.work(underway, long)?)));
        }
        let Underway {
            call, tool, met, ..
        } = underway;
        let run = self.reading(call, tool, &met, long)?;
        Ok(Prepared::Reads(run, underway.place))
    }

    /// The caller as the journal names it; the meaning of that name can be deleted.
    fn pseudonym(&self, caller: &Caller) -> Principal {
        self.parts.journal.pseudonym(&caller.principal)
    }

    /// Returns once every effect that runs now is over and its outcome is written.
    pub async fn settled(&self) {
        self.effects.over().await;
        self.parts.journal.flush().await;
    }

    /// What a drain waits for. A door that reads a call and begins it later holds a token of this
    /// until then: a drain that finds no token lets nothing begin any more.
    pub fn at_work(&self) -> TaskTracker {
        self.effects.tracker()
    }

    /// Withdraws open questions, lets calls finish for `patience`, then begins no further write. A
    /// write that is still in flight after that is recorded as unknown. Returns when all of this is
    /// on disk.
    pub async fn drain(&self, patience: Duration) {
        self.consents.close();
        self.effects.drain(patience).await;
        self.parts.journal.flush().await;
    }
}

/// A panic ends one call and nothing else. An `async fn` would hold the stage twice.
fn fenced<T>(
    stage: impl Future<Output = Result<T, CallError>>,
) -> impl Future<Output = Result<T, CallError>> {
    AssertUnwindSafe(stage).catch_unwind().map(|ended| {
        ended.unwrap_or_else(|_panic| Err(CallError::internal("a stage of the call panicked")))
    })
}

fn told(answer: Result<Answer, CallError>) -> Reply {
    match answer {
        Ok(answer) => Reply::Answer(answer),
        Err(error) => Reply::Failed(error),
    }
}
