//! References in the arguments become ids: `roomId`, `personId`, `toPersonId`, `teamId`.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::names::{Found, Kind, Names};
use crate::error::{CallError, Candidate};
use crate::identity::Principal;

/// The arguments that may hold a name or a link instead of an id, wherever they appear.
const REFERENCES: [(&str, Kind); 4] = [
    ("roomId", Kind::Space),
    ("personId", Kind::Person),
    ("toPersonId", Kind::Person),
    ("teamId", Kind::Team),
];

/// A reference that somebody has to decide on.
#[derive(Debug)]
pub(super) struct Undecided {
    pub argument: &'static str,
    pub candidates: Vec<Candidate>,
    /// What a caller is told that cannot be asked.
    pub error: CallError,
}

/// Puts ids where names and links were; `decided` has the references settled in earlier rounds and
/// gets those settled now.
///
/// # Errors
/// What looking a name up met. `Ok(Some(…))` is a reference that fits several.
pub(super) async fn resolve(
    names: &Names,
    client: &webex::Client,
    principal: &Principal,
    exact_only: bool,
    arguments: &mut Map<String, Value>,
    decided: &mut BTreeMap<Cow<'static, str>, String>,
) -> Result<Option<Undecided>, CallError> {
    for (argument, kind) in REFERENCES {
        let Some(Value::String(reference)) = arguments.get_mut(argument) else {
            continue;
        };
        if let Some(id) = decided.get(argument) {
            reference.clone_from(id);
            continue;
        }
        match names
            .resolve(client, principal, kind, reference, exact_only)
            .await
        {
            Ok(Found::Id(id)) => {
                if *reference != id {
                    decided.insert(Cow::Borrowed(argument), id.clone());
                    *reference = id;
                }
            }
            Ok(Found::Several(candidates, error)) => {
                return Ok(Some(Undecided {
                    argument,
                    candidates,
                    error: naming(argument, error),
                }));
            }
            Err(error) => return Err(naming(argument, error)),
        }
    }
    Ok(None)
}

/// Says which argument it was, in front of the sentence.
fn naming(argument: &'static str, mut error: CallError) -> CallError {
    error.message = format!("`{argument}`: {}", error.message).into();
    error
}
