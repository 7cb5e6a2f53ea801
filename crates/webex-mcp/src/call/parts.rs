//! What a dispatcher is built from.

use std::sync::Arc;
use std::time::Duration;

use super::Dispatcher;
use super::admission::Admission;
use crate::auth::Tokens;
use crate::broker::Broker;
use crate::error::CallError;
use crate::gate::Gate;
use crate::hooks::Hooks;
use crate::journal::{DurableKey, Journal};
use crate::limits;
use crate::seal::{Sealer, Secret};
use crate::tool::{FileShelf, Inbox, Outbox, Rules};

/// What a dispatcher is built from.
#[derive(Debug)]
pub struct Parts {
    pub gate: Gate,
    pub sealer: Arc<Sealer>,
    pub admission: Admission,
    pub journal: Journal,
    /// For digests of text that people wrote, to compare it without storing it.
    pub digests: DurableKey,
    pub rules: Arc<Rules>,
    pub shelf: Arc<dyn FileShelf>,
    /// `None` where files are passed by their path.
    pub inbox: Option<Arc<dyn Inbox>>,
    /// `None` where there is no directory for the files that tools make.
    pub outbox: Option<Arc<dyn Outbox>>,
    /// Webhooks that come in.
    pub hooks: Hooks,
    /// Where people give their programs more scopes.
    pub broker: Option<Broker>,
    /// When a call of long work is answered at the latest.
    pub work_answered_within: Duration,
    /// This process runs on by itself, so it can make the calls of schedules.
    pub makes_scheduled_calls: bool,
}

impl Parts {
    /// Parts that keep nothing beyond this process, with the usual rules.
    ///
    /// # Errors
    /// Names the part that cannot be built.
    pub fn in_memory(
        webex: webex::Webex,
        secret: &Secret,
        shelf: Arc<dyn FileShelf>,
    ) -> Result<Self, CallError> {
        let sealer = Sealer::new(secret, None).map_err(CallError::internal)?;
        let (journal, digests) = Journal::start(None, secret, None).map_err(CallError::internal)?;
        Ok(Parts {
            gate: Gate::new(webex, Tokens::default()),
            hooks: Hooks::new(journal.records().clone(), None, false),
            sealer: Arc::new(sealer),
            admission: Admission::new(None),
            journal,
            digests,
            rules: Arc::default(),
            shelf,
            inbox: None,
            outbox: None,
            broker: None,
            work_answered_within: limits::WORK_ANSWERED_WITHIN,
            makes_scheduled_calls: true,
        })
    }
}

impl Dispatcher {
    /// The webhooks that come in.
    pub fn hooks(&self) -> &Hooks {
        &self.parts.hooks
    }
}
