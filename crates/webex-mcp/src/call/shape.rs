//! The text of an answer: the same facts as its structure, in compact lines.
//!
//! One renderer for every tool, so that one rule holds everywhere: what people wrote stands only
//! in fields named `text`, `title` or `name`, and each of its lines begins with `> `.

use std::fmt::Write as _;

use serde_json::{Map, Value};

use crate::limits;

/// Fields that hold what people wrote.
pub const UNTRUSTED_FIELDS: [&str; 3] = ["text", "title", "name"];

const CUT: &str = "\n… cut here: ask for less with max, or for one entry by its id";

/// The facts as lines.
pub fn text(facts: &Value) -> String {
    let mut out = String::with_capacity(1024);
    match facts {
        Value::Object(object) => block(&mut out, object, 0),
        other => scalar(&mut out, other),
    }
    if out.len() > limits::ANSWER_TEXT_MAX_BYTES {
        out.truncate(out.floor_char_boundary(limits::ANSWER_TEXT_MAX_BYTES - CUT.len()));
        out.push_str(CUT);
    }
    out
}

/// An object: its plain values on one line, then what people wrote, then what is nested.
fn block(out: &mut String, object: &Map<String, Value>, depth: usize) {
    let mut first = true;
    for (key, value) in object {
        if plain(key, value) {
            if !std::mem::take(&mut first) {
                out.push_str(" | ");
            }
            out.push_str(key);
            out.push_str(": ");
            scalar(out, value);
        }
    }
    for (key, value) in object {
        if let Value::String(theirs) = value
            && UNTRUSTED_FIELDS.contains(&key.as_str())
        {
            quote(out, key, theirs, depth);
        }
    }
    for (key, value) in object {
        match value {
            Value::Array(items) if !scalars(items) => {
                for item in items {
                    line(out, depth);
                    out.push_str("- ");
                    entry(out, item, depth + 1);
                }
            }
            Value::Object(inner) => {
                line(out, depth);
                out.push_str(key);
                out.push_str(": ");
                block(out, inner, depth + 1);
            }
            _ => {}
        }
    }
}

fn entry(out: &mut String, item: &Value, depth: usize) {
    match item {
        Value::Object(object) => block(out, object, depth),
        other => scalar(out, other),
    }
}

fn plain(key: &str, value: &Value) -> bool {
    match value {
        Value::String(_) => !UNTRUSTED_FIELDS.contains(&key),
        Value::Array(items) => scalars(items) && !items.is_empty(),
        Value::Object(_) => false,
        _ => true,
    }
}

fn scalars(items: &[Value]) -> bool {
    items
        .iter()
        .all(|item| !item.is_object() && !item.is_array())
}

fn scalar(out: &mut String, value: &Value) {
    match value {
        Value::String(text) => out.push_str(text),
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                if index > 0 {
                    out.push_str(", ");
                }
                scalar(out, item);
            }
        }
        // Writing to a String cannot fail.
        other => drop(write!(out, "{other}")),
    }
}

fn quote(out: &mut String, key: &str, theirs: &str, depth: usize) {
    line(out, depth);
    out.push_str(key);
    out.push(':');
    for text in theirs.split([
        '\n', '\r', '\u{2028}', '\u{2029}', '\u{85}', '\u{b}', '\u{c}',
    ]) {
        line(out, depth);
        out.push_str("> ");
        out.push_str(text);
    }
}

fn line(out: &mut String, depth: usize) {
    if !out.is_empty() {
        out.push('\n');
        for _ in 0..depth {
            out.push_str("  ");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    #[test]
    fn facts_first_then_what_people_wrote() {
        let facts = json!({
            "messages": [{"id": "M1", "from": "bob@example.com", "text": "one\ntwo"}],
            "page": {"returned": 1, "cursor": null},
        });
        assert_eq!(
            text(&facts),
            "\n- from: bob@example.com | id: M1\n  text:\n  > one\n  > two\npage: cursor: null | returned: 1"
                .trim_start()
        );
    }

    proptest! {
        #[test]
        fn every_line_of_theirs_is_marked(theirs in "[a-z>\n\r ]{0,60}") {
            let shown = text(&json!({"id": "x", "text": theirs}));
            let mut lines = shown.lines();
            prop_assert_eq!(lines.next(), Some("id: x"));
            prop_assert_eq!(lines.next(), Some("text:"));
            for line in lines {
                prop_assert!(line.starts_with("> "), "{line:?}");
            }
        }
    }
}
