//! What a server with a scope counts in its answers: rows outside of its reach, and in lockdown what
//! people outside wrote.

use serde_json::{Map, Value, json};

/// The field that a server with a scope adds to an answer from which rows were left out.
pub const LEFT_OUT_FIELD: &str = "leftOut";
/// How much of what people outside wrote a server in lockdown withheld.
pub const WITHHELD_FIELD: &str = "withheld";

/// Adds the field of a server with a scope, in answers that have lists.
pub(super) fn admit_left_out(output: &mut Map<String, Value>) {
    const DESCRIPTION: &str = "Rows that were read and lie outside the reach of this server.";
    let properties = output.entry("properties").or_insert_with(|| json!({}));
    if let Value::Object(properties) = properties {
        let own = properties.get(LEFT_OUT_FIELD);
        let own = own.and_then(|field| field.get("description")?.as_str());
        let description = match own {
            Some(own) => format!("{own} {DESCRIPTION}"),
            None => DESCRIPTION.to_owned(),
        };
        properties.insert(
            LEFT_OUT_FIELD.into(),
            json!({"type": "integer", "description": description}),
        );
    }
}

/// Adds the field of a server in lockdown.
pub(super) fn admit_withheld(output: &mut Map<String, Value>) {
    let properties = output.entry("properties").or_insert_with(|| json!({}));
    if let Value::Object(properties) = properties {
        properties.insert(
            WITHHELD_FIELD.into(),
            json!({"type": "integer", "description": "Things that people outside wrote."}),
        );
    }
}
