//! A call through another tool: `webex-use-tool` and `webex-use-read-tool` name a tool and its
//! arguments, and become a call of that tool before anything else. Journal, limits, confirmation and
//! recall know only that tool.

use serde_json::{Map, Value};

use super::{Call, Reply};
use crate::error::{CallError, Code};
use crate::servers::VirtualServer;
use crate::tool::{Answer, Facts, Kind};

/// The tool that such a call names, where it may be run so, and its arguments.
fn named(call: &Call) -> Option<(String, Map<String, Value>)> {
    let name = call.arguments.get("tool")?.as_str()?.trim();
    call.server.named_to(&call.name, name)?;
    let is_known = |field: &String| matches!(field.as_str(), "tool" | "arguments");
    if call.kind != Kind::Tool || !call.arguments.keys().all(is_known) {
        return None;
    }
    let arguments = match call.arguments.get("arguments") {
        None | Some(Value::Null) => Map::new(),
        Some(Value::Object(arguments)) => arguments.clone(),
        // As everywhere, an object may come as its JSON text, and nothing in several ways.
        Some(Value::String(text)) if matches!(text.trim(), "" | "null") => Map::new(),
        Some(Value::String(text)) => serde_json::from_str(text).ok()?,
        Some(_) => return None,
    };
    Some((name.to_owned(), arguments))
}

/// Makes a call of the tool that is named. What cannot be run so stays as it is, and is refused by
/// the general tool's own schema, or by [`refuse`].
pub(super) fn open(mut call: Call) -> Call {
    if let Some((name, arguments)) = named(&call) {
        call.name = name;
        call.arguments = arguments;
        call.is_through = true;
    }
    call
}

/// Refuses a general tool that names none that it may run.
///
/// # Errors
/// `not_found` for an unknown tool, `invalid_arguments` for one that the other general tool runs.
pub(super) fn refuse(call: &Call) -> Result<(), CallError> {
    if call.is_through || !call.server.runs_others(&call.name) {
        return Ok(());
    }
    let named = call.arguments.get("tool").and_then(Value::as_str);
    Err(
        match named.and_then(|name| call.server.behind(name.trim())) {
            None => unknown(call, named.unwrap_or_default()),
            Some(_)
                if call
                    .server
                    .named_to(&call.name, named.unwrap_or_default().trim())
                    .is_none() =>
            {
                CallError::invalid("tool", "it changes something; run it with webex-use-tool")
            }
            Some(_) => CallError::invalid(
                "arguments",
                "give the tool's own arguments here, as an object, and nothing beside tool and arguments; a confirmationToken is not taken",
            ),
        },
    )
}

fn unknown(call: &Call, named: &str) -> CallError {
    let mut advice = "Find its name with webex-find-tools.".to_owned();
    if let Some(nearest) = call.server.nearest_behind(named) {
        advice.push_str(&format!(" Perhaps {nearest} is meant."));
    }
    let message = "`tool`: this server has no tool of this name.";
    CallError::new(Code::NotFound, message, advice)
}

/// The answer as the general tool publishes it: which tool, and its result.
///
/// # Errors
/// `internal` where it has no form in JSON: a mistake in this program.
pub(super) fn wrapped(tool: &str, answer: Answer) -> Result<Answer, CallError> {
    let both = serde_json::json!({ "tool": tool, "result": answer.facts });
    Ok(Answer {
        facts: Facts::of(&both).map_err(CallError::internal)?,
        ..answer
    })
}

/// The answer in the form of the tool that was called: one that a server does not list is run by a
/// general one.
pub(super) fn wrapped_as_listed(
    server: &VirtualServer,
    tool: &str,
    answer: Answer,
) -> Result<Answer, CallError> {
    match server.find(Kind::Tool, tool) {
        Some(_) => Ok(answer),
        None => wrapped(tool, answer),
    }
}

/// The same for a whole reply.
pub(super) fn reply(tool: &str, reply: Reply) -> Reply {
    match reply {
        Reply::Answer(answer) => match wrapped(tool, answer) {
            Ok(answer) => Reply::Answer(answer),
            Err(error) => Reply::Failed(error),
        },
        reply => reply,
    }
}
