//! Checks arguments against the published schema: it gives them their types, checks them strictly,
//! names the wrong field, and digests them. The digest is of typed values, so `"5"` and `5` are the
//! same call.
//!
//! Values never appear in an error, because people wrote them. Names of fields do, shortened.

mod entries;
mod typed;
mod unknown;

use serde_json::{Map, Value};

use super::{Call, references};
use crate::error::{CallError, Code};
use crate::seal::digest;
use crate::servers::argument_schema::Misfit;
use crate::servers::listed::{CONFIRMATION_ARGUMENT, Listed};

/// What a call asked for, before names became ids.
#[derive(Debug)]
pub(super) struct Asked {
    /// Of the tool and its typed arguments, without the confirmation token.
    pub digest: [u8; 32],
}

impl Asked {
    /// Of a call whose arguments were checked.
    pub(super) fn of(tool: &Listed, call: &Call) -> Self {
        Asked {
            digest: digest_of(tool.entry.name, &call.arguments, &[]),
        }
    }
}

/// Gives the arguments the types of the published schema, before anything else reads them.
pub(super) fn give_types(tool: &Listed, call: &mut Call) {
    typed::give_types(&tool.input_schema, &mut call.arguments);
    // A schema that cannot be read is told where the arguments are checked.
    if let Ok(schema) = tool.argument_schema() {
        schema.tidy(&mut call.arguments);
    }
}

/// Checks the typed arguments against the published schema, and takes the confirmation token out.
///
/// # Errors
/// `invalid_arguments`, naming the first field that is wrong and what would be right.
pub(super) fn parse(tool: &Listed, call: &mut Call) -> Result<(), CallError> {
    // A server may ask before any change, even if the tool's own schema has no confirmation.
    match call.arguments.remove(CONFIRMATION_ARGUMENT) {
        None | Some(Value::Null | Value::String(_)) => {}
        Some(_) => {
            return Err(CallError::invalid(
                CONFIRMATION_ARGUMENT,
                "it has to be of type string",
            ));
        }
    };
    unknown::refuse(&tool.input_schema, &call.arguments)?;
    check(tool, &call.arguments)?;
    references::check(&call.arguments)?;
    refuse_blank(&tool.input_schema, &call.arguments)
}

/// A required text that is blank says nothing.
fn refuse_blank(
    schema: &Map<String, Value>,
    arguments: &Map<String, Value>,
) -> Result<(), CallError> {
    let required = schema.get("required").and_then(Value::as_array);
    let names = required.into_iter().flatten().filter_map(Value::as_str);
    let texts = names.filter_map(|name| Some((name, arguments.get(name)?.as_str()?)));
    match texts.into_iter().find(|(_, text)| text.trim().is_empty()) {
        Some((name, _)) => Err(CallError::invalid(name, "it is empty")),
        None => Ok(()),
    }
}

/// The confirmation token that a call brings, not checked yet.
pub(super) fn confirmation(arguments: &Map<String, Value>) -> Option<&str> {
    let token = arguments.get(CONFIRMATION_ARGUMENT)?.as_str()?;
    (!token.is_empty()).then_some(token)
}

/// The digest that [`Asked::of`] will give these typed arguments, before they are checked.
pub(super) fn digest_as_given(tool: &str, arguments: &Map<String, Value>) -> [u8; 32] {
    digest_of(tool, arguments, &[CONFIRMATION_ARGUMENT])
}

/// A digest of a tool's name and arguments, without those in `left_out`. `Map` is sorted by key, so
/// their order does not matter.
pub(super) fn digest_of(tool: &str, arguments: &Map<String, Value>, left_out: &[&str]) -> [u8; 32] {
    let mut bytes = Vec::with_capacity(256);
    bytes.extend_from_slice(tool.as_bytes());
    bytes.push(0);
    for (name, value) in arguments {
        if !left_out.contains(&name.as_str()) {
            bytes.extend_from_slice(name.as_bytes());
            bytes.push(0);
            // A Value always serializes: its keys are strings.
            let _ = serde_json::to_writer(&mut bytes, value);
            bytes.push(0);
        }
    }
    digest(&bytes)
}

fn check(tool: &Listed, arguments: &Map<String, Value>) -> Result<(), CallError> {
    let verdict = tool.argument_schema()?.check(arguments);
    verdict.map_err(|Misfit { path, right }| {
        let field = if path.is_empty() { "arguments" } else { &path };
        refused(format!("`{field}`: {right}."))
    })
}

fn refused(message: String) -> CallError {
    CallError::new(
        Code::InvalidArguments,
        message,
        "Correct this argument and call again; nothing was sent to Webex.",
    )
}
