//! Where a prepared call becomes something that can run: its tool, what that may reach, and, for a
//! change, its line in the journal.

use std::collections::BTreeMap;
use std::sync::Arc;

use tokio::time::Instant;

use super::consent::Underway;
use super::cursor::Cursors;
use super::long::Long;
use super::recall::Identity;
use super::run::{Run, Work};
use super::{Call, Dispatcher};
use crate::error::CallError;
use crate::gate::{self, Declared, Writing};
use crate::limits;
use crate::servers::listed::Listed;
use crate::tool::{Context, Ledger, Maker, Met, Span};

impl Dispatcher {
    /// The rest of a call that changes nothing.
    pub(super) fn reading(
        &self,
        call: Box<Call>,
        tool: Arc<Listed>,
        met: &BTreeMap<String, Met>,
        long: Option<Long>,
    ) -> Result<Box<Run>, CallError> {
        let (context, passage) = self.context(&call, &tool, met, None, long.as_ref())?;
        Ok(Box::new(Run {
            tool,
            arguments: call.arguments,
            context,
            passage,
            long,
        }))
    }

    /// The rest of the work once everything is settled. It owns its data, so its caller may leave.
    pub(super) fn work(&self, underway: Underway, long: Option<Long>) -> Result<Work, CallError> {
        let stop = match &long {
            Some(long) => long.running.signals.stop.clone(),
            None => self.effects.stop(),
        };
        let journal = Arc::new(self.parts.journal.open(self.intent(&underway)));
        let writing = Writing {
            journal: journal.clone(),
            stop: stop.clone(),
            is_agreed: underway.is_agreed(),
        };
        let Underway {
            call, tool, met, ..
        } = &underway;
        let (mut context, passage) = self.context(call, tool, met, Some(writing), long.as_ref())?;
        context.is_due = underway.is_due;
        context.is_resumed = underway.is_resumed;
        let identity = Identity::of(&underway.call, &underway.asked);
        let run = Run {
            tool: underway.tool,
            arguments: underway.call.arguments,
            context,
            passage,
            long,
        };
        Ok(Work {
            run,
            journal,
            stop,
            identity,
            place: underway.place,
            delivered: underway.call.delivered,
        })
    }

    /// What a tool may use in this stage of its call.
    pub(super) fn context(
        &self,
        call: &Call,
        tool: &Listed,
        met: &BTreeMap<String, Met>,
        writing: Option<Writing>,
        long: Option<&Long>,
    ) -> Result<(Context, Arc<gate::Passage>), CallError> {
        let entry = &tool.entry;
        let declared = Declared {
            operations: entry.policy.operations,
            courtesy: entry.policy.courtesy,
            is_work: long.is_some(),
        };
        let scope = call.server.scope.as_ref();
        let (client, passage) = self
            .parts
            .gate
            .open(&call.caller, declared, scope, writing)?;
        let span = entry.policy.span_of(&call.arguments);
        let client = client.with_deadline(deadline(span));
        let context = Context {
            webex: match long {
                Some(_) => client.with_call_timeout(limits::WORK_OPERATION),
                None => client,
            },
            ledger: long.map(|long| long.running.clone() as Arc<dyn Ledger>),
            plans: match long {
                Some(long) => Some(long.plans.clone()),
                None if span == Span::Work => Some(self.plans(call, tool, None)),
                None => None,
            },
            schedules: self.schedules_of(call, tool),
            is_due: false,
            is_resumed: false,
            progress: call.progress.clone(),
            rules: self.parts.rules.clone(),
            met: met.clone(),
            cursors: Box::new(Cursors::new(
                self.parts.sealer.clone(),
                &call.caller,
                entry.pager(),
                &call.arguments,
            )),
            shelf: self.parts.shelf.clone(),
            inbox: self.parts.inbox.clone(),
            outbox: self.parts.outbox.clone(),
            maker: Maker {
                tenant: call.caller.tenant.clone(),
                principal: call.caller.principal.clone(),
                server: call.server.slug.clone(),
                is_scoped: scope.is_some(),
            },
            receiver: Box::new(self.parts.hooks.of(&call.caller, &call.server.slug)),
            caller: call.caller.clone(),
            gateway: passage.clone(),
            toolbox: call.server.clone(),
            alike: match scope {
                Some(_) => gate::alike,
                None => std::convert::identity,
            },
        };
        Ok((context, passage))
    }
}

pub(super) fn deadline(span: Span) -> Instant {
    Instant::now() + span.duration()
}
