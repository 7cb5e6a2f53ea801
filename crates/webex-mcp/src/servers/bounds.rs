//! Adds a limit to every argument whose schema has none, by the argument's name.

use serde_json::{Map, Value, json};

use super::listed::CONFIRMATION_ARGUMENT;
use crate::limits;

/// Arguments that mean the same in every tool, with the most characters they may have. All others
/// may have [`limits::ARGUMENT_MAX_CHARS`], unless the tool itself sets a bound.
const CHARACTERS: [(&str, usize); 9] = [
    ("cursor", limits::SEALED_MAX_BYTES),
    (CONFIRMATION_ARGUMENT, limits::SEALED_MAX_BYTES),
    ("query", limits::QUERY_MAX_CHARS),
    ("text", limits::MESSAGE_MAX_BYTES),
    ("markdown", limits::MESSAGE_MAX_BYTES),
    ("files", limits::URL_MAX_CHARS),
    ("fileUrl", limits::URL_MAX_CHARS),
    ("targetUrl", limits::URL_MAX_CHARS),
    ("filter", limits::URL_MAX_CHARS),
];

/// What the types of Rust's integers hold, as schemas name them; of the largest, what a float holds
/// exactly.
const INTEGERS: [(&str, u64); 4] = [
    ("uint8", u8::MAX as u64),
    ("uint32", u32::MAX as u64),
    ("uint64", 1 << 53),
    ("uint", 1 << 53),
];

/// Makes the type of an integer a bound, so that a number beyond it is refused by name.
pub(super) fn bound_integers(schema: &mut Value) {
    match schema {
        Value::Object(object) => {
            let format = object.get("format").and_then(Value::as_str);
            let known = INTEGERS.iter().find(|(name, _)| Some(*name) == format);
            if let Some((_, most)) = known {
                object.remove("format");
                object.entry("minimum").or_insert(json!(0));
                object.entry("maximum").or_insert(json!(most));
            }
            object.values_mut().for_each(bound_integers);
        }
        Value::Array(entries) => entries.iter_mut().for_each(bound_integers),
        _ => {}
    }
}

/// Removes the bounds that nobody needs to read: those of an integer's type, and the lengths that no
/// id, name, cursor or address comes near.
pub(super) fn leave_out_usual(schema: &mut Map<String, Value>) {
    let usual = [
        limits::ARGUMENT_MAX_CHARS,
        limits::SEALED_MAX_BYTES,
        limits::CSV_TEXT_MAX_CHARS,
    ];
    // A property may be named `maxLength`; its value is an object.
    let is_usual = |length: &Value| usual.iter().any(|usual| *length == json!(usual));
    if schema.get("maxLength").is_some_and(is_usual) {
        schema.remove("maxLength");
    }
    if schema.get("type").is_some_and(|kind| kind == "integer") {
        let is_of_type = |most: &Value| INTEGERS.iter().any(|it| *most == json!(it.1));
        if schema.get("maximum").is_some_and(is_of_type) {
            schema.remove("maximum");
        }
        if schema.get("minimum") == Some(&json!(0)) {
            schema.remove("minimum");
        }
    }
    for value in schema.values_mut() {
        if let Value::Object(inner) = value {
            leave_out_usual(inner);
        }
    }
}

/// Bounds every string and every free object of the arguments that has no bound yet. Lists are
/// bounded where they are declared, because each needs another bound.
pub(super) fn complete(schema: &mut Map<String, Value>, argument: &str) {
    let is_of = |kind: &str| match schema.get("type") {
        Some(Value::Array(kinds)) => kinds.iter().any(|one| one == kind),
        one => one.is_some_and(|one| one == kind),
    };
    let is_listed = schema.contains_key("enum") || schema.contains_key("const");
    let is_open_string = is_of("string") && !is_listed;
    let is_open_object = is_of("object") && !schema.contains_key("properties");
    if is_open_string {
        schema
            .entry("maxLength")
            .or_insert_with(|| characters(argument).into());
    }
    if is_open_object {
        schema
            .entry("maxProperties")
            .or_insert_with(|| limits::OPEN_OBJECT_MAX_FIELDS.into());
    }
    for (keyword, value) in schema {
        match (keyword.as_str(), value) {
            ("properties", Value::Object(properties)) => {
                for (name, property) in properties {
                    if let Value::Object(property) = property {
                        complete(property, name);
                    }
                }
            }
            (_, Value::Object(inner)) => complete(inner, argument),
            (_, Value::Array(inner)) => {
                for one in inner.iter_mut().filter_map(Value::as_object_mut) {
                    complete(one, argument);
                }
            }
            _ => {}
        }
    }
}

fn characters(argument: &str) -> usize {
    let known = CHARACTERS.iter().find(|(name, _)| *name == argument);
    known.map_or(limits::ARGUMENT_MAX_CHARS, |(_, characters)| *characters)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_open_is_bounded_and_what_is_bounded_stays() {
        let cases = [
            (
                json!({"type": "string"}),
                json!({"type": "string", "maxLength": 1_024}),
            ),
            (
                json!({"type": "string", "maxLength": 64}),
                json!({"type": "string", "maxLength": 64}),
            ),
            (
                json!({"type": "string", "enum": ["a"]}),
                json!({"type": "string", "enum": ["a"]}),
            ),
            (json!({"type": "integer"}), json!({"type": "integer"})),
            (
                json!({"type": "object", "additionalProperties": {"type": "string"}}),
                json!({"type": "object", "maxProperties": 100, "additionalProperties": {"type": "string", "maxLength": 1_024}}),
            ),
            (
                // A property may have the name of a keyword.
                json!({"type": "object", "properties": {"type": {"type": "string"}, "query": {"anyOf": [{"type": "string"}]}}}),
                json!({"type": "object", "properties": {"type": {"type": "string", "maxLength": 1_024}, "query": {"anyOf": [{"type": "string", "maxLength": 512}]}}}),
            ),
            (
                json!({"type": "object", "properties": {"files": {"type": "array", "items": {"type": "string"}}}}),
                json!({"type": "object", "properties": {"files": {"type": "array", "items": {"type": "string", "maxLength": 2_048}}}}),
            ),
        ];
        for (open, bounded) in cases {
            let mut schema = open.as_object().unwrap().clone();
            complete(&mut schema, "");
            assert_eq!(Value::Object(schema), bounded, "{open}");
        }
    }
}
