//! The first stages of a call: which entry of the server it names, and whether its caller may use it.

use std::sync::Arc;

use super::Call;
use crate::error::{CallError, Code};
use crate::gate;
use crate::servers::listed::Listed;
use crate::tool::Kind;

/// The entry of the catalogue, as this server has it.
pub(super) fn find(call: &Call) -> Option<Arc<Listed>> {
    match call.is_through {
        true => call.server.behind(&call.name).cloned(),
        false => call.server.find(call.kind, &call.name).cloned(),
    }
}

pub(super) fn no_such_name(kind: Kind) -> CallError {
    let (message, advice) = match kind {
        Kind::Tool => (
            "This server has no tool with this name.",
            "List the tools and call one of them.",
        ),
        Kind::Resource => (
            "This server has no resource with this address.",
            "List the resources and read one of them.",
        ),
        Kind::Prompt | Kind::Completion => (
            "This server has no prompt with this name.",
            "List the prompts and use one of them.",
        ),
    };
    CallError::new(Code::NotFound, message, advice)
}

/// A caller needs a credential, and the tool's scopes if its own are known.
pub(super) fn authorize(call: &Call, tool: &Listed) -> Result<(), CallError> {
    if call.caller.credential.is_none() {
        return Err(gate::nothing_to_act_with());
    }
    if call.caller.scopes.is_none() {
        return Ok(());
    }
    match call.caller.lacks(&tool.entry.policy.scopes()) {
        missing if missing.is_empty() => Ok(()),
        missing => Err(gate::scopes_missing(missing)),
    }
}
