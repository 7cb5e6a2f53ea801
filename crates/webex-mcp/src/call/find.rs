//! The first stages of a call: which entry of the server it names, and whether its caller may use it.

use std::sync::Arc;

use super::Call;
use crate::error::{CallError, Code, Details, Page};
use crate::gate;
use crate::identity::Link;
use crate::servers::listed::Listed;
use crate::tool::{Effect, Kind};

/// The entry of the catalogue, as this server has it.
pub(super) fn find(call: &Call) -> Option<Arc<Listed>> {
    match call.is_through {
        true => call.server.behind(&call.name).cloned(),
        false => call.server.find(call.kind, &call.name).cloned(),
    }
}

/// The name that was called is none of this server's; says which was probably meant.
pub(super) fn not_found(call: &Call) -> CallError {
    let is_address = call.kind == Kind::Completion && call.name.contains("://");
    let error = match is_address {
        true => no_such_template(),
        false => no_such_name(call.kind),
    };
    let server = &call.server;
    let is_tool = call.kind == Kind::Tool;
    let error = match call.caller.is_read_only && is_tool {
        true => error.advise(ONLY_READS),
        false => error,
    };
    if let Some(general) = server.runs_unlisted(&call.name).filter(|_| is_tool) {
        return error.advise(format!("Run it with {general}."));
    }
    let unlisted = || server.nearest_behind(&call.name).filter(|_| is_tool);
    let nearest = server.nearest(call.kind, &call.name).or_else(unlisted);
    // What the caller's list leaves out is not suggested either.
    let is_allowed = |name: &&'static str| {
        let found = server.find(call.kind, name).or_else(|| server.behind(name));
        found.is_some_and(|found| !call.caller.is_beyond(&found.entry.policy.scopes()))
    };
    let Some(nearest) = nearest.filter(is_allowed) else {
        return error;
    };
    let meant = match server.runs_unlisted(nearest) {
        Some(general) => format!("Perhaps {nearest} is meant; run it with {general}."),
        None => format!("Perhaps {nearest} is meant."),
    };
    let advice = format!("{} {meant}", error.advice);
    error.advise(advice)
}

const ONLY_READS: &str = "List the tools and call one of them. This client's token only reads, so it has no tool that changes something.";

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

/// A completion is for a variable of a template, or for an argument of a prompt.
fn no_such_template() -> CallError {
    CallError::new(
        Code::NotFound,
        "This server has no template of resources with this address.",
        "List the templates (resources/templates/list) and complete a variable of one of them.",
    )
}

/// The caller's account at Webex is not known yet.
fn not_linked(link: &Link, tool: &Listed) -> CallError {
    match link {
        Link::Page(url) => CallError::new(
            Code::Unauthorized,
            "This needs the user's Webex account, which is not connected to this server yet.",
            "Ask the user to open this page in their browser, sign in and connect their Webex account; then call again.",
        )
        .with_details(Details::Visit(Page::new(
            &format!("{} needs your Webex account, which is not connected yet.", tool.entry.title),
            url.to_string(),
            "sign in there, and connect it",
        ))),
        Link::NotOffered => CallError::new(
            Code::NotConfigured,
            "This needs the user's Webex account, and this server cannot connect it: it is no client of the identity provider.",
            "Ask the operator to register it there and to set jwt.client_id; repeating does not help.",
        ),
    }
}

/// A caller needs a credential, the tool's scopes if its own are known, and more than one for reading
/// if the tool may change something.
pub(super) fn authorize(call: &Call, tool: &Listed) -> Result<(), CallError> {
    if call.caller.credential.is_none() {
        return Err(match &call.caller.link {
            Some(link) => not_linked(link, tool),
            None => gate::nothing_to_act_with(),
        });
    }
    if call.caller.is_read_only && tool.entry.policy.effect != Effect::Read {
        return Err(gate::only_reads());
    }
    if call.caller.scopes.is_none() {
        return Ok(());
    }
    match call.caller.lacks(&tool.entry.policy.scopes()) {
        missing if missing.is_empty() => Ok(()),
        missing => Err(gate::scopes_missing(missing)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::identity::{Caller, Credential, Principal};
    use crate::servers::{Catalogue, Definition, Otherwise};

    #[test]
    fn a_credential_for_reading_reaches_every_tool_that_reads_and_no_other() {
        let definition = Definition::new("webex", "Webex");
        let server = Catalogue::whole().serve(&definition, Otherwise::Token);
        let mut caller = Caller::new(Principal::new("p"), Some(Credential::Login));
        caller.is_read_only = true;
        let (mut reads, mut refused) = (0, 0);
        for tool in server.every_tool() {
            let name = tool.entry.name;
            let call = Call::new(server.clone(), name, serde_json::Map::new(), caller.clone());
            match authorize(&call, tool) {
                Ok(()) => {
                    assert_eq!(tool.entry.policy.effect, Effect::Read, "{name}");
                    reads += 1;
                }
                Err(error) => {
                    assert_ne!(tool.entry.policy.effect, Effect::Read, "{name}");
                    assert_eq!(error.code, Code::Forbidden);
                    refused += 1;
                }
            }
        }
        assert!(reads > 10 && refused > 10, "{reads} {refused}");
    }
}
