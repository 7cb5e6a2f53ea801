//! One line about every call, whatever became of it. Arguments and answers are never in it.

use std::time::Duration;

use super::{Call, Reply};
use crate::error::Cause;

pub(super) fn record(call: &Call, reply: &Reply, took: Duration) {
    let milliseconds = took.as_secs_f64() * 1_000.0;
    let principal = call.caller.principal.as_str();
    let (server, tool, id) = (call.server.slug, call.tool.as_str(), call.id.as_str());
    match reply {
        Reply::Answer(_) => {
            tracing::info!(target: "webex_mcp::call", id, server, tool, principal, milliseconds, outcome = "ok");
        }
        Reply::Ask { .. } => {
            tracing::info!(target: "webex_mcp::call", id, server, tool, principal, milliseconds, outcome = "input_required");
        }
        Reply::Failed(error) => {
            let (outcome, tracking_id) = (error.code.name(), error.tracking_id.as_deref());
            match error.cause.as_deref() {
                Some(Cause::Other(cause)) => {
                    tracing::error!(target: "webex_mcp::call", id, server, tool, principal, milliseconds, outcome, cause);
                }
                // Webex's own words may quote what people wrote: only its facts are logged.
                Some(Cause::Webex(cause)) => {
                    tracing::warn!(target: "webex_mcp::call", id, server, tool, principal, milliseconds, outcome, tracking_id, cause = %cause);
                }
                None => {
                    tracing::info!(target: "webex_mcp::call", id, server, tool, principal, milliseconds, outcome);
                }
            }
        }
    }
}
