//! The structure of an answer as JSON text: written once, and sent as it is.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use serde_json::value::{RawValue, to_raw_value};

/// A JSON object, as text.
///
/// A tree of JSON values in between would cost more than everything else about a list.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Facts(Box<RawValue>);

impl Facts {
    /// # Errors
    /// The facts have no form in JSON: a mistake in this program.
    pub fn of<T: Serialize + ?Sized>(facts: &T) -> Result<Self, serde_json::Error> {
        to_raw_value(facts).map(Facts)
    }

    /// The same with one more field, which it does not have yet. What is no object stays as it is.
    ///
    /// # Errors
    /// The value has no form in JSON: a mistake in this program.
    pub fn with<T: Serialize + ?Sized>(
        self,
        name: &str,
        value: &T,
    ) -> Result<Self, serde_json::Error> {
        let text = self.0.get();
        let Some(rest) = text.strip_suffix('}') else {
            return Ok(self);
        };
        let comma = if rest.ends_with('{') { "" } else { "," };
        let name = serde_json::to_string(name)?;
        let value = serde_json::to_string(value)?;
        RawValue::from_string(format!("{rest}{comma}{name}:{value}}}")).map(Facts)
    }

    /// The JSON text.
    pub fn as_str(&self) -> &str {
        self.0.get()
    }

    /// # Errors
    /// The facts are not of that type.
    pub fn read<T: DeserializeOwned>(&self) -> Result<T, serde_json::Error> {
        serde_json::from_str(self.0.get())
    }

    /// The facts as a tree, for those who look into them or change them.
    pub fn to_value(&self) -> Value {
        // It was written as JSON, so it can be read as such.
        self.read().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_field_is_added_to_an_object_and_to_nothing_else() {
        let cases = [
            (json!({}), json!({"a\"b": ["x"]})),
            (
                json!({"c": {"d": "}"}}),
                json!({"c": {"d": "}"}, "a\"b": ["x"]}),
            ),
            (json!({"c": "{"}), json!({"c": "{", "a\"b": ["x"]})),
            (json!(["x"]), json!(["x"])),
            (json!("}"), json!("}")),
        ];
        for (facts, expected) in cases {
            let facts = Facts::of(&facts).unwrap().with("a\"b", &["x"]).unwrap();
            assert_eq!(facts.to_value(), expected);
        }
    }
}
