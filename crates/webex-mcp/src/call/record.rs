//! One line about every call, whatever became of it. Arguments and answers are never in it.

use std::time::Duration;

use super::{Call, Reply};
use crate::error::Code;

pub(super) fn record(call: &Call, reply: &Reply, took: Duration) {
    let microseconds = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
    let principal = call.caller.principal.as_str();
    let (server, tool, id) = (&*call.server.slug, call.tool.as_str(), call.id.as_str());
    let correlation = call.correlation.id.as_deref();
    let trace = call.correlation.traceparent.as_deref();
    /// The same fields on every line, with what became of the call.
    macro_rules! line {
        ($level:ident, $outcome:expr $(, $more:tt)*) => {
            tracing::$level!(target: "webex_mcp::call", id, correlation, trace, server, tool, principal, microseconds, outcome = $outcome $(, $more)*)
        };
    }
    let error = match reply {
        Reply::Answer(_) => return line!(info, "ok"),
        Reply::Ask { .. } => return line!(info, "input_required"),
        Reply::Failed(error) => error,
    };
    let (outcome, tracking_id) = (error.code.name(), error.tracking_id.as_deref());
    // Webex's own words may quote what people wrote: of its errors only the facts are logged.
    let cause = error.cause.as_ref().map(tracing::field::display);
    match error.code {
        Code::Internal => line!(error, outcome, tracking_id, cause),
        Code::Unavailable | Code::Timeout | Code::OutcomeUnknown => {
            line!(warn, outcome, tracking_id, cause);
        }
        _ => line!(info, outcome, tracking_id, cause),
    }
}
