//! Finds the place in a JSON document where reading it failed.
//!
//! `serde_path_to_error` would compile the reader of every type a second time, only to name a place
//! that is needed when Webex answers in a form that nobody expected.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde_json::value::RawValue;

use crate::limits::MAX_PLACE_DEPTH;

/// The path to the innermost value at which the error occurred, such as `items[1].id`. Empty where
/// it is the whole document.
pub(crate) fn of(error: &serde_json::Error, document: &[u8]) -> String {
    let mut path = String::new();
    let Some(at) = offset(error, document) else {
        return path;
    };
    let mut value = document;
    for _ in 0..MAX_PLACE_DEPTH {
        let base = value.as_ptr().addr() - document.as_ptr().addr();
        let Some((name, inner)) = child(value, at.saturating_sub(base)) else {
            break;
        };
        match name {
            Name::Field(name) if path.is_empty() => path.push_str(&name),
            Name::Field(name) => {
                path.push('.');
                path.push_str(&name);
            }
            Name::Index(index) => {
                let _ = write!(path, "[{index}]");
            }
        }
        value = inner;
    }
    path
}

/// Bytes of the document before the error.
fn offset(error: &serde_json::Error, document: &[u8]) -> Option<usize> {
    let lines_before = error.line().checked_sub(1)?;
    let lines = document.split_inclusive(|byte| *byte == b'\n');
    let before: usize = lines.take(lines_before).map(<[u8]>::len).sum();
    Some(before + error.column())
}

/// The entry of an object or a list that holds the byte at `at`, or ends there.
fn child(value: &[u8], at: usize) -> Option<(Name, &[u8])> {
    let holds = |inner: &RawValue| {
        let inner = inner.get().as_bytes();
        let start = inner.as_ptr().addr() - value.as_ptr().addr();
        (start..=start + inner.len()).contains(&at)
    };
    if let Ok(fields) = serde_json::from_slice::<BTreeMap<String, &RawValue>>(value) {
        let (name, inner) = fields.into_iter().find(|(_, inner)| holds(inner))?;
        return Some((Name::Field(name), inner.get().as_bytes()));
    }
    let entries: Vec<&RawValue> = serde_json::from_slice(value).ok()?;
    let index = entries.iter().position(|inner| holds(inner))?;
    Some((Name::Index(index), entries[index].get().as_bytes()))
}

enum Name {
    Field(String),
    Index(usize),
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;
    use serde_json::Value;

    use super::*;

    #[derive(Debug, Deserialize)]
    #[serde(rename_all = "camelCase")]
    #[expect(dead_code, reason = "only reading it matters")]
    struct Room {
        id: String,
        lines: Option<Vec<Vec<u8>>>,
        other_side: Option<Box<Room>>,
    }

    #[test]
    fn the_innermost_value_is_named() {
        let cases = [
            (r#"{"id": 5}"#, "id"),
            (
                "{\n  \"id\": \"a\",\n  \"lines\": [[1], [2,\n 300]]}",
                "lines[1][1]",
            ),
            (r#"{"id":"a","otherSide":{"lines":[]}}"#, "otherSide"),
            (r#"{"id":"a","otherSide":{"id":{"x":1}}}"#, "otherSide.id"),
            (r#"{"id":"a","lines":{"x":[1]}}"#, "lines"),
            (
                r#"{"id":"ü\n","otherSide":{"id":"","lines":"x"}}"#,
                "otherSide.lines",
            ),
            ("{}", ""),
            ("[1]", "[0]"),
            ("7", ""),
        ];
        for (document, expected) in cases {
            let error = serde_json::from_str::<Room>(document).unwrap_err();
            assert!(error.is_data(), "{document}");
            assert_eq!(of(&error, document.as_bytes()), expected, "{document}");
        }
    }

    proptest::proptest! {
        /// Wherever a value of the wrong type stands, its own place is named.
        #[test]
        fn the_place_leads_to_the_wrong_value(
            steps in proptest::collection::vec(0_usize..4, 0..12),
            is_pretty: bool,
        ) {
            let (mut document, mut path) = (Value::from("wrong"), String::new());
            for step in &steps {
                let before = vec![Value::from(1); *step];
                (document, path) = if *step == 0 {
                    let dot = if path.is_empty() || path.starts_with('[') { "" } else { "." };
                    (serde_json::json!({"a": 1, "b": document, "c": 1}), format!("b{dot}{path}"))
                } else {
                    let list = [before, vec![document], vec![Value::from(1)]].concat();
                    let dot = if path.is_empty() || path.starts_with('[') { "" } else { "." };
                    (list.into(), format!("[{step}]{dot}{path}"))
                };
            }
            let text = match is_pretty {
                true => serde_json::to_string_pretty(&document).unwrap(),
                false => document.to_string(),
            };
            let error = serde_json::from_str::<OnlyNumbers>(&text).unwrap_err();
            proptest::prop_assert_eq!(of(&error, text.as_bytes()), path);
        }
    }

    /// Any document in which every value is a number.
    #[derive(Debug)]
    struct OnlyNumbers;

    impl<'de> Deserialize<'de> for OnlyNumbers {
        fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            deserializer.deserialize_any(OnlyNumbers)
        }
    }

    impl<'de> serde::de::Visitor<'de> for OnlyNumbers {
        type Value = OnlyNumbers;

        fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            f.write_str("numbers")
        }

        fn visit_u64<E>(self, _: u64) -> Result<Self, E> {
            Ok(self)
        }

        fn visit_seq<A: serde::de::SeqAccess<'de>>(self, mut list: A) -> Result<Self, A::Error> {
            while list.next_element::<OnlyNumbers>()?.is_some() {}
            Ok(self)
        }

        fn visit_map<A: serde::de::MapAccess<'de>>(self, mut map: A) -> Result<Self, A::Error> {
            while map.next_entry::<String, OnlyNumbers>()?.is_some() {}
            Ok(self)
        }
    }
}
