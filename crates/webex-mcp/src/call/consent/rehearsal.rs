//! Which calls need a person who agrees. Where that depends on what a call would send (how many people
//! it reaches, whom it adds, whom it mentions), the call is rehearsed: its tool runs behind a gate
//! through which nothing is sent that changes anything.

use serde_json::Value;

use super::Underway;
use super::state::Asked;
use crate::call::{Dispatcher, fenced};
use crate::error::CallError;
use crate::gate::Reasons;
use crate::limits;
use crate::tool::{Progress, Question, Span};

impl Dispatcher {
    /// Whether a person has to agree first, and why; `None` where nobody has to.
    pub(in crate::call) async fn wants_consent(
        &self,
        underway: &Underway,
    ) -> Result<Option<Reasons>, CallError> {
        let (call, policy) = (&underway.call, &underway.tool.entry.policy);
        let always = Ok(Some(Reasons::new()));
        let effect = underway.effect();
        if call.server.confirmation.asks(effect) {
            return always;
        }
        if !call.server.asks(effect) {
            return Ok(None);
        }
        // It was asked about in the last round, and the answer is here.
        let asked = &underway.decided.asked;
        if matches!(asked, Some(Asked::Confirmation | Asked::Token)) {
            return always;
        }
        // What is kept for later is sent when nobody can be asked.
        if policy.looks.is_some() {
            return always;
        }
        // A work only plans where it is not asked about; the gate refuses what else it would send.
        if policy.span_of(&call.arguments) == Span::Work {
            return Ok(None);
        }
        let reasons = self.rehearsed(underway).await?;
        Ok((!reasons.is_empty()).then_some(reasons))
    }

    /// What the gate would ask before the first change of this call. How the rehearsal ends does not
    /// matter: what is wrong with a call is told when it is made.
    async fn rehearsed(&self, underway: &Underway) -> Result<Reasons, CallError> {
        let Underway {
            call, tool, met, ..
        } = underway;
        let (mut context, passage) = self.context(call, tool, met, None, None)?;
        context.progress = Progress::default();
        let arguments = Value::Object(call.arguments.clone());
        let run = fenced((tool.entry.call)(&context, arguments));
        let span = tool.entry.policy.span_of(&call.arguments);
        let _ended = tokio::time::timeout(span.duration() + limits::DEADLINE_GRACE, run).await;
        Ok(passage.reasons())
    }
}

/// The question with what else a person has to know of the call.
pub(super) fn because(question: Question, reasons: &Reasons) -> Question {
    let sentences = reasons.iter().map(|reason| reason.sentence());
    sentences.fold(question, |question, sentence| {
        question.and(" ").and(&sentence)
    })
}
