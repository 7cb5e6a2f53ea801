//! Which calls need a person who agrees. Where that depends on what a call would send (how many people
//! it reaches, whom it adds, whom it mentions), the call is rehearsed: its tool runs behind a gate
//! through which nothing is sent that changes anything.

use serde_json::Value;

use super::answers::brought;
use super::state::Asked;
use super::{Response, Underway};
use crate::call::{Dispatcher, fenced};
use crate::error::CallError;
use crate::limits;
use crate::tool::{Progress, Reasons, Span};

impl Dispatcher {
    /// Whether a person has to agree first, and why besides what the call does; `None` where nobody has
    /// to.
    pub(in crate::call) async fn wants_consent(
        &self,
        underway: &Underway,
    ) -> Result<Option<Reasons>, CallError> {
        let (call, policy) = (&underway.call, &underway.tool.entry.policy);
        let effect = underway.effect();
        if !call.server.asks(effect) {
            return Ok(None);
        }
        // It was asked about in the last round, and the answer is here.
        let is_answered = match &underway.decided.asked {
            Some(Asked::Token) => true,
            Some(Asked::Confirmation) => brought(underway).and_then(Response::verdict).is_some(),
            _ => false,
        };
        if is_answered {
            return Ok(Some(Reasons::default()));
        }
        let scope = call.server.scope.as_ref();
        let reasons = match scope.is_some_and(|scoped| scoped.scope.asks()) {
            true => self.rehearsed(underway).await?,
            false => Reasons::default(),
        };
        // What is kept for later is sent when nobody can be asked.
        let always = call.server.confirmation.asks(effect) || policy.looks.is_some();
        Ok((always || !reasons.is_empty()).then_some(reasons))
    }

    /// What the gate would ask before the first change of this call. How the rehearsal ends does not
    /// matter: what is wrong with a call is told when it is made.
    async fn rehearsed(&self, underway: &Underway) -> Result<Reasons, CallError> {
        let Underway {
            call, tool, met, ..
        } = underway;
        let (mut context, passage) = self.context(call, tool, met, None, None)?;
        context.progress = Progress::default();
        // What is kept for later is tried as if its time had come.
        context.is_due = tool.entry.policy.looks.is_some();
        let arguments = Value::Object(call.arguments.clone());
        let span = tool.entry.policy.span_of(&call.arguments);
        let run = async {
            match span {
                // The question of a work knows all of its changes.
                Span::Work => tool.entry.question(&context, &arguments).await.map(drop),
                Span::Call | Span::Transfer => {
                    (tool.entry.call)(&context, arguments).await.map(drop)
                }
            }
        };
        let longest = span.duration() + limits::DEADLINE_GRACE;
        let _ended = tokio::time::timeout(longest, fenced(run)).await;
        Ok(passage.reasons())
    }
}
