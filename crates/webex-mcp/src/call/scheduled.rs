//! Calls of schedules: kept by a call of their tool, and made when their time has come, as a call of
//! the same tool, past the same stages. The key of each lets it happen once.

use std::sync::Arc;

use futures::StreamExt as _;
use futures::future::BoxFuture;
use futures::stream;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::admission::Entrance;
use super::arguments::{self, Asked};
use super::consent::Underway;
use super::find::authorize;
use super::recall::Recalled;
use super::{Call, Dispatcher, Reply, fenced, record};
use crate::auth::Absent;
use crate::error::CallError;
use crate::gate;
use crate::identity::{Absentee, Caller};
use crate::limits;
use crate::schedules::{Due, Owner, no_longer_served, now_asks, signed_out};
use crate::servers::VirtualServer;
use crate::servers::listed::Listed;
use crate::tool::{Answer, Kind, Schedules};

/// What the journal calls the client of such a call.
const CLIENT: &str = "schedule";

/// Finds those for whom the server goes on with something that they began.
pub trait Owners: Send + Sync {
    /// The server with this slug, and the caller there; whether the server may still act for them is
    /// found out now.
    ///
    /// # Errors
    /// [`Absent`].
    fn find<'a>(
        &'a self,
        slug: &'a str,
        absentee: &'a Absentee,
    ) -> BoxFuture<'a, Result<(Arc<VirtualServer>, Caller), Absent>>;
}

impl Dispatcher {
    /// The schedules that a call of this tool may see and make; `None` for other tools.
    pub(super) fn schedules_of(&self, call: &Call, tool: &Listed) -> Option<Arc<dyn Schedules>> {
        tool.entry.policy.looks?;
        let (caller, server) = (&call.caller, &call.server);
        let own = self.schedules.of(Owner {
            tenant: caller.tenant.clone(),
            principal: caller.principal.clone(),
            credential: caller.credential_tag.clone(),
            is_lasting: caller.is_lasting,
            tool: tool.entry.name.into(),
            server: server.slug.clone(),
            policy_version: server.policy_version.clone(),
            is_scoped: server.scope.is_some(),
        });
        Some(Arc::new(own))
    }

    /// Makes the calls of schedules when their times come, until `drain`; those that were begun come
    /// to their end.
    pub async fn run_schedules(&self, owners: &dyn Owners, drain: &CancellationToken) {
        while !drain.is_cancelled() {
            let wait = match self.schedules.due().await {
                Ok(found) => match self.make_due(found.due, owners, drain).await {
                    0 => found.wait,
                    // There may be more of them, or others by now.
                    _ => continue,
                },
                Err(error) => {
                    tracing::warn!(%error, "schedules could not be looked up");
                    std::time::Duration::from_secs(limits::SCHEDULES_LOOK_SECONDS)
                }
            };
            tokio::select! {
                () = drain.cancelled() => {}
                () = self.schedules.changed_within(wait) => {}
            }
        }
    }

    /// Makes the calls whose times have come, and gives how many this process made.
    pub async fn make_due_calls(&self, owners: &dyn Owners) -> usize {
        match self.schedules.due().await {
            Ok(found) => {
                let never = CancellationToken::new();
                self.make_due(found.due, owners, &never).await
            }
            Err(_) => 0,
        }
    }

    async fn make_due(
        &self,
        due: Vec<Due>,
        owners: &dyn Owners,
        drain: &CancellationToken,
    ) -> usize {
        let calls = stream::iter(due).map(|due| async move {
            if drain.is_cancelled() {
                return 0;
            }
            // A drain waits for what is begun here.
            let _at_work = self.effects.at_work();
            usize::from(self.make_one(due, owners).await.is_some())
        });
        let calls = calls.buffer_unordered(limits::SCHEDULES_AT_ONCE);
        calls.fold(0, |made, one| async move { made + one }).await
    }

    /// `None` where this process makes no call: it is too late, another process does it, or another
    /// one may, because this one cannot act for its owner.
    async fn make_one(&self, due: Due, owners: &dyn Owners) -> Option<()> {
        let due = self.schedules.unless_late(due).await?;
        let (server, caller) = match owners.find(due.server(), &due.owner()).await {
            Ok(found) => found,
            Err(Absent::Elsewhere | Absent::Later) => return None,
            Err(Absent::Over) => {
                self.schedules.give_up(due, &signed_out()).await;
                return None;
            }
        };
        let due = self.schedules.take(due).await?;
        let outcome = self.make(&due, server, caller).await;
        self.schedules.finish(due, outcome).await;
        Some(())
    }

    /// One call, with its line in the log; gives the id of what it made.
    async fn make(
        &self,
        due: &Due,
        server: Arc<VirtualServer>,
        mut caller: Caller,
    ) -> Result<Option<String>, CallError> {
        let started = Instant::now();
        caller.client = Some(CLIENT.into());
        let has_scope = server.scope.is_some();
        let mut call = Call::new(server, due.tool(), due.arguments(), caller);
        call.key = Some(due.key());
        call.correlation.id = Some(due.id().to_owned());
        let line = record::Line::of(&call);
        let refusal = record::refusal_of(&call, || self.pseudonym(&call.caller));
        let reply = match fenced(self.done(call, due)).await {
            Ok(reply) => reply,
            Err(error) => {
                if let Some(note) = record::noted(refusal, &error) {
                    self.parts.journal.note(note);
                }
                Reply::Failed(error)
            }
        };
        line.write(&reply, started.elapsed());
        match reply {
            Reply::Answer(answer) => Ok(made_id(&answer)),
            Reply::Failed(error) if has_scope => Err(gate::alike(error)),
            Reply::Failed(error) => Err(error),
            Reply::Ask { .. } | Reply::Visit { .. } | Reply::Task(_) => Err(CallError::internal(
                "a scheduled call asked somebody or became long work",
            )),
        }
    }

    /// The stages of such a call. Its arguments were checked and resolved, and a person was asked
    /// where the rules want that, when it was scheduled.
    async fn done(&self, call: Call, due: &Due) -> Result<Reply, CallError> {
        let server = &call.server;
        let tool = server.find(Kind::Tool, due.tool());
        let tool = tool.or_else(|| server.behind(due.tool())).cloned();
        let tool = tool.ok_or_else(no_longer_served)?;
        authorize(&call, &tool)?;
        let place = self.parts.admission.admit(&call, Entrance::First).await?;
        let asks = server.asks(tool.entry.policy.effect);
        if asks && *server.policy_version != *due.policy_version() {
            return Err(now_asks());
        }
        let digest = arguments::digest_of(tool.entry.name, &call.arguments, &[]);
        let asked = Asked { digest };
        if let Recalled::Answered(reply) = self.recall(&call, &tool, &asked).await? {
            return Ok(reply);
        }
        let work = self.work(Underway::due(Box::new(call), tool, asked, place), None)?;
        Ok(self
            .effects
            .run(Box::new(work), &CancellationToken::new())
            .await)
    }
}

/// The id of what a call made, as its answer tells it.
fn made_id(answer: &Answer) -> Option<String> {
    #[derive(serde::Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Made {
        made_id: Option<String>,
        /// Of an answer that was too long to be kept for the key.
        #[serde(default)]
        ids: Vec<String>,
    }
    let made: Made = answer.facts.read().ok()?;
    made.made_id.or_else(|| made.ids.into_iter().next())
}
