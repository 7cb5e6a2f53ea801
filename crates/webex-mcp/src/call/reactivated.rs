//! Webhooks that come in and that Webex has disabled: set active again, where the operator lets the
//! server make webhooks by itself.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use super::scheduled::Owners;
use super::{Call, Dispatcher, Reply};
use crate::error::{CallError, Code};
use crate::identity::Caller;
use crate::limits;
use crate::servers::VirtualServer;
use crate::tool::{Answer, Kind};

const GET: &str = "webex-get-webhook";
const UPDATE: &str = "webex-update-webhook";

impl Dispatcher {
    /// Looks after the webhooks of everybody whose token is the server's own, until `drain`.
    pub async fn keep_webhooks_active(&self, owners: &dyn Owners, drain: &CancellationToken) {
        let pause = Duration::from_secs(limits::HOOKS_CHECKED_SECONDS);
        while self.hooks().are_kept_active() {
            tokio::select! {
                () = drain.cancelled() => return,
                () = tokio::time::sleep(pause) => {}
            }
            tokio::select! {
                () = drain.cancelled() => return,
                () = self.reactivate_webhooks(owners) => {}
            }
        }
    }

    /// Sets the webhooks active again that Webex disabled, one after the other.
    pub async fn reactivate_webhooks(&self, owners: &dyn Owners) {
        let Ok(every) = self.hooks().every().await else {
            tracing::warn!("webhooks could not be looked up");
            return;
        };
        for stored in every.into_iter().map(|known| known.stored) {
            let Some(id) = &stored.webhook else {
                continue;
            };
            // Whose sign-in has ended, nobody acts for; the webhook stays as it is.
            let owner = owners.find(&stored.server, &stored.absentee()).await;
            let Ok((server, caller)) = owner else {
                continue;
            };
            match self.reactivate(&server, &caller, id).await {
                Ok(false) => {}
                Ok(true) => tracing::info!("a webhook that Webex had disabled is active again"),
                Err(error) => tracing::warn!(%error, "a disabled webhook stays as it is"),
            }
        }
    }

    /// Says whether it had to be done.
    async fn reactivate(
        &self,
        server: &Arc<VirtualServer>,
        caller: &Caller,
        id: &str,
    ) -> Result<bool, CallError> {
        let asked = json!({"webhookId": id});
        let told = match self.by_itself(server, caller, GET, asked).await {
            // It was deleted at Webex, or another token of its owner sees it.
            Err(error) if error.code == Code::NotFound => return Ok(false),
            told => told?.facts.to_value(),
        };
        if told["webhooks"][0]["status"] != "inactive" {
            return Ok(false);
        }
        let wanted = json!({"webhookId": id, "status": "active"});
        self.by_itself(server, caller, UPDATE, wanted).await?;
        Ok(true)
    }

    /// A call that the server makes for somebody, through the same steps as any: the server has to
    /// offer the tool, the journal records it, and one that asks before changes changes nothing.
    ///
    /// # Errors
    /// As of the call; `ambiguous` where somebody would have to be asked.
    pub(super) async fn by_itself(
        &self,
        server: &Arc<VirtualServer>,
        caller: &Caller,
        tool: &str,
        arguments: Value,
    ) -> Result<Answer, CallError> {
        let Value::Object(arguments) = arguments else {
            return Err(CallError::internal("arguments are an object"));
        };
        let mut call = Call::new(server.clone(), tool, arguments, caller.clone());
        // A compact server lists few of its tools.
        call.is_through = server.find(Kind::Tool, tool).is_none();
        match self.answer(call).await {
            Reply::Answer(answer) => Ok(answer),
            Reply::Failed(error) => Err(error),
            Reply::Ask { .. } | Reply::Visit { .. } => Err(asks_somebody()),
            Reply::Task(_) => Err(CallError::internal("a short call became long work")),
        }
    }
}

fn asks_somebody() -> CallError {
    CallError::new(
        Code::Ambiguous,
        "Somebody has to be asked first, and nobody is there.",
        "Call the tool yourself.",
    )
}
