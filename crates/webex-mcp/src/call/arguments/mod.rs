//! Checks arguments against the published schema: it gives them their types, checks them strictly,
//! names the wrong field, and digests them. The digest is of typed values, so `"5"` and `5` are the
//! same call.
//!
//! Values never appear in an error, because people wrote them. Names of fields do, shortened.

mod typed;
mod unknown;

use jsonschema::error::ValidationErrorKind;
use serde_json::{Map, Value};

use super::{Call, references};
use crate::error::{CallError, Code};
use crate::seal::digest;
use crate::servers::listed::{CONFIRMATION_ARGUMENT, Listed};

/// Longer names of fields are cut after this many characters in an error.
const NAME_SHOWN_MAX_CHARS: usize = 40;

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
    check(tool, &mut call.arguments)?;
    references::check(&call.arguments)
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

fn check(tool: &Listed, arguments: &mut Map<String, Value>) -> Result<(), CallError> {
    let validator = tool.validator()?;
    let whole = Value::Object(std::mem::take(arguments));
    let verdict = match validator.validate(&whole) {
        Ok(()) => Ok(()),
        Err(error) => Err(explain(&error)),
    };
    if let Value::Object(same) = whole {
        *arguments = same;
    }
    verdict
}

fn explain(error: &jsonschema::ValidationError<'_>) -> CallError {
    let path = field_path(&error.instance_path().to_string());
    let right = match error.kind() {
        ValidationErrorKind::Required { property } => {
            let name = property.as_str().unwrap_or_default();
            return invalid(&join(&path, name), "it is required and missing".into());
        }
        ValidationErrorKind::AdditionalProperties { unexpected } => {
            let name = unexpected.first().map(String::as_str).unwrap_or_default();
            return invalid(&join(&path, name), "there is no such field".into());
        }
        ValidationErrorKind::Type { kind } => format!("it has to be of type {}", type_names(kind)),
        ValidationErrorKind::Enum { options } => format!("it has to be one of {options}"),
        ValidationErrorKind::Constant { expected_value } => {
            format!("it has to be {expected_value}")
        }
        ValidationErrorKind::MaxLength { limit } => {
            format!("it may have at most {limit} characters")
        }
        ValidationErrorKind::MinLength { limit } => {
            format!("it needs at least {limit} character(s)")
        }
        ValidationErrorKind::Maximum { limit } => format!("it may be at most {limit}"),
        ValidationErrorKind::Minimum { limit } => format!("it has to be at least {limit}"),
        ValidationErrorKind::MaxItems { limit } => format!("it may have at most {limit} entries"),
        ValidationErrorKind::MinItems { limit } => format!("it needs at least {limit} entries"),
        ValidationErrorKind::Format { format } => format_hint(format),
        _ => "it is not of the form that the schema describes".into(),
    };
    invalid(&path, right)
}

fn invalid(field: &str, right: String) -> CallError {
    let field = if field.is_empty() { "arguments" } else { field };
    refused(format!("`{field}`: {right}."))
}

fn refused(message: String) -> CallError {
    CallError::new(
        Code::InvalidArguments,
        message,
        "Correct this argument and call again; nothing was sent to Webex.",
    )
}

fn type_names(kind: &jsonschema::error::TypeKind) -> String {
    match kind {
        jsonschema::error::TypeKind::Single(name) => name.to_string(),
        jsonschema::error::TypeKind::Multiple(names) => names
            .iter()
            .map(|name| name.to_string())
            .collect::<Vec<_>>()
            .join(" or "),
    }
}

fn format_hint(format: &str) -> String {
    match format {
        "date-time" => "it has to be a time like 2026-01-05T09:00:00Z".into(),
        "uri" => "it has to be an absolute URL".into(),
        "email" => "it has to be an e-mail address".into(),
        other => format!("it has to be of the format {other}"),
    }
}

/// `/attachments/0/content` → `attachments[0].content`.
fn field_path(pointer: &str) -> String {
    let mut path = String::new();
    for part in pointer.split('/').skip(1) {
        if part.bytes().all(|byte| byte.is_ascii_digit()) {
            path.push_str(&format!("[{part}]"));
        } else {
            path = join(&path, part);
        }
    }
    path
}

fn join(path: &str, name: &str) -> String {
    let name = shown(name);
    if path.is_empty() {
        name
    } else {
        format!("{path}.{name}")
    }
}

/// A name as an error shows it.
fn shown(name: &str) -> String {
    name.chars()
        .filter(|c| c.is_ascii_graphic() && *c != '`')
        .take(NAME_SHOWN_MAX_CHARS)
        .collect()
}
