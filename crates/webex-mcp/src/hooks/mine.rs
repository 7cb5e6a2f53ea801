//! The webhooks of one caller, as its tools reach them.

use std::sync::Arc;
use std::time::Duration;

use futures::future::BoxFuture;
use jiff::Timestamp;
use tokio::time::{Instant, timeout_at};

use super::delivery::answers_to;
use super::hub::{Heard, opened};
use super::stored::address_of;
use super::{Hooks, Known, Owner, Stored, refusal};
use crate::error::CallError;
use crate::identity::{Caller, CredentialTag};
use crate::limits;
use crate::stores::records::RecordStore as _;
use crate::tool::{Prepared, Received, Receiver, Watched};

/// One caller's webhooks, by one virtual server.
#[derive(Debug)]
pub struct Mine {
    hooks: Hooks,
    owner: Owner,
    credential: CredentialTag,
    server: Arc<str>,
}

impl Mine {
    pub(super) fn new(hooks: Hooks, caller: &Caller, server: Arc<str>) -> Self {
        Mine {
            hooks,
            owner: Owner::of(caller),
            credential: caller.credential_tag.clone(),
            server,
        }
    }

    /// The answers to a card that are in the inbox, the newest first.
    async fn answers(&self, message_id: &str) -> Result<Vec<String>, CallError> {
        let own = self.hooks.all(&self.owner).await;
        let own = own.map_err(refusal::unreadable)?;
        let tells = |stored: &Stored| stored.resource == "attachmentActions";
        let own = own.iter().filter(|known| tells(&known.stored));
        let records = &self.hooks.0.records;
        let (mut found, mut is_told) = (Vec::new(), false);
        for known in own {
            is_told = true;
            let (hook, topic) = (known.id.clone(), answers_to(message_id));
            let rows = records
                .store()
                .inbox_about(hook, topic, limits::CARD_ANSWERS_MAX);
            for row in rows.await.map_err(refusal::unreadable)? {
                let came = opened(records, &row).await;
                let id = came.and_then(|came| came.delivery.id);
                found.extend(id.map(|id| (row.seq, id)));
            }
        }
        if !is_told {
            return Err(refusal::nothing_tells());
        }
        found.sort_unstable_by(|one, other| other.cmp(one));
        let mut ids: Vec<String> = Vec::new();
        for (_, id) in found {
            // Two webhooks may tell of the same answer.
            if ids.len() < limits::CARD_ANSWERS_MAX && !ids.contains(&id) {
                ids.push(id);
            }
        }
        Ok(ids)
    }

    async fn awaited(&self, message_id: &str, wait: Duration) -> Result<Vec<String>, CallError> {
        let until = Instant::now() + wait;
        // Before the inbox is read, so that nothing comes in between.
        let hearing = self.hooks.hear(&self.owner).await;
        let mut hearing = hearing.map_err(refusal::unreadable)?;
        loop {
            let answers = self.answers(message_id).await?;
            if !answers.is_empty() {
                return Ok(answers);
            }
            let topic = answers_to(message_id);
            loop {
                match timeout_at(until, hearing.next()).await {
                    Ok(Heard::Delivery(came)) if came.delivery.topic() != Some(topic) => {}
                    Ok(_) => break,
                    Err(_elapsed) => return Ok(Vec::new()),
                }
            }
        }
    }
}

impl Receiver for Mine {
    fn prepare<'a>(
        &'a self,
        watched: Watched<'a>,
        secret: &'a str,
    ) -> BoxFuture<'a, Result<Prepared, CallError>> {
        Box::pin(async move {
            let stored = Stored {
                tenant: self.owner.tenant.as_str().to_owned(),
                principal: self.owner.principal.as_str().to_owned(),
                credential: self.credential.as_str().to_owned(),
                server: self.server.to_string(),
                webhook: None,
                org: None,
                resource: watched.resource.to_owned(),
                event: watched.event.to_owned(),
                filter: watched.filter.map(str::to_owned),
                secret: secret.to_owned(),
                is_active: true,
                made_at: 0,
            };
            let (known, address) = self.hooks.prepare(&self.owner, stored).await?;
            Ok(Prepared {
                id: known.id,
                address,
            })
        })
    }

    fn confirm<'a>(
        &'a self,
        id: &'a str,
        webhook: &'a str,
        org: Option<&'a str>,
    ) -> BoxFuture<'a, ()> {
        Box::pin(async move {
            if self.hooks.confirm(id, webhook, org).await.is_err() {
                // Its first delivery says it once more.
                tracing::warn!("the id of a webhook that comes in could not be written");
            }
        })
    }

    fn forget<'a>(&'a self, id: &'a str) -> BoxFuture<'a, ()> {
        Box::pin(async move {
            if self.hooks.forget(id).await.is_err() {
                tracing::warn!("the record of a webhook that came in could not be deleted");
            }
        })
    }

    fn all(&self) -> BoxFuture<'_, Result<Vec<Received>, CallError>> {
        Box::pin(async move {
            let own = self.hooks.all(&self.owner).await;
            let own = own.map_err(refusal::unreadable)?.into_iter();
            let base = self.hooks.0.base.as_deref();
            let received = |known: Known| {
                Some(Received {
                    webhook: known.stored.webhook?.into(),
                    address: base.map(|base| address_of(base, &known.id)),
                    id: known.id,
                })
            };
            Ok(own.filter_map(received).collect())
        })
    }

    fn last_delivery<'a>(&'a self, id: &'a str) -> BoxFuture<'a, Option<Timestamp>> {
        Box::pin(async move {
            let newest = self.hooks.newest(id).await.ok().flatten()?;
            Timestamp::from_millisecond(newest).ok()
        })
    }

    fn noticed<'a>(&'a self, id: &'a str, is_active: bool) -> BoxFuture<'a, ()> {
        Box::pin(async move {
            let found = self.hooks.find(id).await;
            let is_new = |known: &Known| known.stored.is_active != is_active;
            if found.ok().flatten().as_ref().is_some_and(is_new) {
                let change = |stored: &mut Stored| stored.is_active = is_active;
                let _ = self.hooks.change(id, change).await;
            }
        })
    }

    fn card_answers<'a>(
        &'a self,
        message_id: &'a str,
        wait: Duration,
    ) -> BoxFuture<'a, Result<Vec<String>, CallError>> {
        Box::pin(async move {
            if wait.is_zero() {
                return self.answers(message_id).await;
            }
            self.awaited(message_id, wait).await
        })
    }
}
