//! One log line for every call, whatever its result. Arguments and answers are never in it.

use std::sync::Arc;
use std::time::Duration;

use uuid::Uuid;

use super::{Call, Reply};
use crate::error::{CallError, Code};
use crate::identity::Principal;
use crate::journal::Note;
use crate::tool::{Effect, Kind};

/// The name in the log where the server has none like it: what was sent as one may be anybody's text.
const UNKNOWN: &str = "unknown";

/// The journal's entry for a call that is refused, as far as it is known beforehand; `None` for a
/// call that changes nothing.
pub(super) fn refusal_of(call: &Call, pseudonym: impl FnOnce() -> Principal) -> Option<Note> {
    let tool = call.server.find(call.kind, &call.name)?;
    let effect = tool.entry.policy.effect;
    if effect == Effect::Read {
        return None;
    }
    let caller = &call.caller;
    let mut note = Note::new(caller.tenant.clone(), pseudonym(), "denied");
    note.client = caller.client.clone();
    note.server = Some(call.server.slug.clone());
    note.tool = Some(tool.entry.name.into());
    note.effect = Some(effect.name());
    note.policy_version = Some(call.server.policy_version.clone());
    note.correlation = call.correlation.clone();
    Some(note)
}

/// The entry, if the error is a decision about the caller and not a mishap.
pub(super) fn noted(note: Option<Note>, error: &CallError) -> Option<Note> {
    let decision = match error.code {
        Code::Declined => "declined",
        Code::Forbidden => "denied",
        _ => return None,
    };
    let mut note = note?;
    note.decision = decision;
    note.reason = Some(error.message.clone().into_owned());
    Some(note)
}

/// What the line says about the call itself, collected while the call exists.
pub(super) struct Line {
    id: Uuid,
    correlation: Option<String>,
    server: Arc<str>,
    name: &'static str,
    principal: Principal,
    is_told: bool,
}

impl Line {
    pub(super) fn of(call: &Call) -> Self {
        let Call {
            server, kind, name, ..
        } = call;
        let unlisted = || server.behind(name).filter(|_| *kind == Kind::Tool);
        let found = server.find(*kind, name).or_else(unlisted);
        Line::named(call, found.map_or(UNKNOWN, |found| found.entry.name))
    }

    /// The line of a call that is known under another name than that of an entry of its server.
    pub(super) fn named(call: &Call, name: &'static str) -> Self {
        Line {
            id: call.id,
            correlation: call.correlation.id.clone(),
            server: call.server.slug.clone(),
            name,
            principal: call.caller.principal.clone(),
            is_told: false,
        }
    }

    pub(super) fn write(mut self, reply: &Reply, took: Duration) {
        self.is_told = true;
        let microseconds = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
        let (id, correlation) = (self.id, self.correlation.as_deref());
        let (server, tool) = (&*self.server, self.name);
        let principal = self.principal.as_str();
        /// The same fields on every line, with the result of the call.
        macro_rules! line {
            ($level:ident, $outcome:expr $(, $more:tt)*) => {
                tracing::$level!(target: "webex_mcp::call", %id, correlation, server, tool, principal, microseconds, outcome = $outcome $(, $more)*, "a call ended")
            };
        }
        let error = match reply {
            Reply::Answer(_) => return line!(info, "ok"),
            Reply::Task(_) => return line!(info, "task"),
            Reply::Ask { .. } | Reply::Visit { .. } => return line!(info, "input_required"),
            Reply::Failed(error) => error,
        };
        let (outcome, tracking_id) = (error.code.name(), error.tracking_id.as_deref());
        // Webex's own messages may quote what people wrote, so only the facts of its errors are
        // logged.
        let cause = error.cause.as_ref().map(tracing::field::display);
        match error.code {
            Code::Internal => line!(error, outcome, tracking_id, cause),
            Code::Unavailable | Code::Timeout | Code::OutcomeUnknown => {
                line!(warn, outcome, tracking_id, cause);
            }
            _ => line!(info, outcome, tracking_id, cause),
        }
    }
}

impl Drop for Line {
    /// If the door stops waiting, there is still a line: the effect goes on without it.
    fn drop(&mut self) {
        if !self.is_told {
            let (id, server, tool) = (self.id, &*self.server, self.name);
            tracing::info!(target: "webex_mcp::call", %id, server, tool, outcome = "left", "a call goes on without its client");
        }
    }
}
