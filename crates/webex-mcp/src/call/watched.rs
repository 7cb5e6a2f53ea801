//! What a subscription to a resource watches. Who may read a resource may hear of its changes, so it
//! is read first.

use std::sync::Arc;

use serde_json::{Map, json};

use super::{Call, Dispatcher, Prepared, Reply, fenced, record, resource};
use crate::error::{CallError, Code};
use crate::hooks::{Hooks, Owner, Wanted, Watch};
use crate::identity::Caller;
use crate::servers::VirtualServer;
use crate::tool::Kind;

/// The tool that makes a webhook for a subscription, as a client would.
const CREATE: &str = "webex-create-webhook";

impl Dispatcher {
    /// What a subscription of this caller to a resource watches, once a webhook tells of it.
    ///
    /// # Errors
    /// As reading the resource; `not_configured` where no webhook tells of its changes and none may
    /// be made for it.
    pub async fn watched(
        &self,
        server: &Arc<VirtualServer>,
        uri: &str,
        caller: &Caller,
    ) -> Result<Watch, CallError> {
        let watch = self.read_once(server, uri, caller).await?;
        let owner = Owner::of(caller);
        let hooks = self.hooks();
        let covers = async || hooks.covers(&owner, &watch).await.map_err(unreadable);
        if covers().await? {
            return Ok(watch);
        }
        let wanted = watch.wanted().filter(|_| hooks.is_automatic_for(caller));
        let Some(wanted) = wanted else {
            return Err(nothing_tells(hooks, caller));
        };
        let _making = hooks.making().await;
        if covers().await? {
            return Ok(watch);
        }
        match self.make_webhook(server, wanted, caller).await {
            Ok(()) if covers().await? => Ok(watch),
            Ok(()) => Err(nothing_tells(hooks, caller)),
            Err(error) if may_not_be_made(error.code) => Err(nothing_tells(hooks, caller)),
            Err(error) => Err(error),
        }
    }

    async fn read_once(
        &self,
        server: &Arc<VirtualServer>,
        uri: &str,
        caller: &Caller,
    ) -> Result<Watch, CallError> {
        let started = tokio::time::Instant::now();
        let mut call = Call::new(server.clone(), uri, Map::new(), caller.clone());
        call.kind = Kind::Resource;
        let call = resource::open(call);
        let _at_work = self.effects.at_work();
        let line = record::Line::of(&call);
        let watched = fenced(self.seen(call)).await;
        let (watch, reply) = match watched {
            Ok((watch, answer)) => (Some(watch), Reply::Answer(answer)),
            Err(error) => (None, Reply::Failed(error)),
        };
        line.write(&reply, started.elapsed());
        match (watch, reply) {
            (Some(watch), _) => Ok(watch),
            (None, Reply::Failed(error)) if server.scope.is_some() => {
                Err(crate::gate::alike(error))
            }
            (None, Reply::Failed(error)) => Err(error),
            (None, _) => Err(CallError::internal(
                "a resource was neither read nor refused",
            )),
        }
    }

    async fn seen(&self, call: Call) -> Result<(Watch, crate::tool::Answer), CallError> {
        let entry = call.server.find(call.kind, &call.name);
        let address = entry.and_then(|listed| listed.entry.address);
        // The run has a place while it reads.
        let (run, _place) = match self.prepare(Box::new(call)).await? {
            Prepared::Reads(run, place) => (run, place),
            Prepared::Ends(Reply::Failed(error)) => return Err(error),
            Prepared::Ends(_) | Prepared::Changes(_) => return Err(ambiguous()),
        };
        let watch = address.and_then(|address| {
            let id = run.arguments.get(address.variable()?)?.as_str()?;
            Watch::new(address.uri, id)
        });
        let answer = run.run().await?;
        watch.map(|watch| (watch, answer)).ok_or_else(unwatched)
    }

    async fn make_webhook(
        &self,
        server: &Arc<VirtualServer>,
        wanted: Wanted,
        caller: &Caller,
    ) -> Result<(), CallError> {
        let mut arguments = json!({
            "name": "Subscription of an agent",
            "targetUrl": "self",
            "resource": wanted.resource,
            "event": wanted.event,
        });
        if let Some(filter) = wanted.filter {
            arguments["filter"] = filter.into();
        }
        let made = self.by_itself(server, caller, CREATE, arguments).await;
        made.map(drop)
    }
}

/// This server does not offer to create webhooks, or not without a person's yes.
fn may_not_be_made(code: Code) -> bool {
    matches!(
        code,
        Code::NotFound | Code::ConfirmationRequired | Code::Declined | Code::Ambiguous
    )
}

fn unwatched() -> CallError {
    CallError::new(
        Code::InvalidArguments,
        "Webex tells of no changes of this resource.",
        "Read it again when it is needed; spaces, their messages and members, messages, meetings and recordings can be subscribed to.",
    )
}

fn ambiguous() -> CallError {
    CallError::new(
        Code::Ambiguous,
        "The resource cannot be subscribed to without asking the user first.",
        "Read it first, and subscribe to its address with the id.",
    )
}

fn unreadable(_: crate::stores::records::change::Unavailable) -> CallError {
    CallError::new(
        Code::Unavailable,
        "The server cannot read its records.",
        "Repeat the request later.",
    )
}

fn nothing_tells(hooks: &Hooks, caller: &Caller) -> CallError {
    let advice = match (hooks.can_receive(), caller.is_lasting) {
        (false, _) => {
            "Tell the operator to set server.public_url to the https address under which Webex reaches this server."
        }
        (true, true) => {
            "Create one with webex-create-webhook (targetUrl self, and the resource and event that tell of it), or tell the operator to set webhooks.automatic."
        }
        (true, false) => {
            "Create one with webex-create-webhook (targetUrl self, and the resource and event that tell of it)."
        }
    };
    CallError::new(
        Code::NotConfigured,
        "No webhook of this user tells this server of changes of this resource.",
        advice,
    )
}
