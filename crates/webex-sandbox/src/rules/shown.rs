//! The form of a thing in an answer: a JSON object, as Webex writes it.

use serde::Serialize;
use serde_json::{Map, Value};

/// The fields of a thing, by their names in Webex's answers.
pub(crate) type Shown = Map<String, Value>;

/// The fields that have a value: Webex leaves out the others.
pub(crate) fn shown(fields: Value) -> Shown {
    let Value::Object(mut fields) = fields else {
        return Shown::new();
    };
    fields.retain(|_, value| !value.is_null());
    fields
}

/// The same for a thing that is stored in the form of its answer.
pub(crate) fn whole(thing: &impl Serialize) -> Shown {
    shown(serde_json::to_value(thing).unwrap_or_default())
}
