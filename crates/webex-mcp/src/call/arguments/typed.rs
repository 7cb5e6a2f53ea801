//! Gives arguments the types that the published schema declares, if that loses nothing: some
//! clients send every value as text, and null for an argument that is not given.

use serde_json::{Map, Number, Value};

use super::entries::{entries, is_word};
use crate::text;
use crate::text::Cleaned;

/// A schema, as published here.
pub(super) type Schema = Map<String, Value>;

/// Arguments with these endings hold identifiers, which have no fractions: there 5.0 is a 5.
const IDENTIFIER_ENDINGS: [&str; 7] = [
    "Id",
    "Ids",
    "Number",
    "Password",
    "password",
    "secret",
    "extension",
];

/// Lists whose absence means all: an empty one means none.
const ALL_IF_ABSENT: [&str; 1] = ["participantIds"];

/// Floats represent every whole number up to this one, 2^53.
const FLOAT_WHOLE_MAX: f64 = 9_007_199_254_740_992.0;

/// Types the fields of an object and removes those that count as not given.
pub(super) fn give_types(schema: &Schema, fields: &mut Map<String, Value>) {
    let declared = schema.get("properties").and_then(Value::as_object);
    let is_closed = schema.get("additionalProperties") == Some(&Value::Bool(false));
    fields.retain(|name, value| {
        let field = declared.and_then(|fields| fields.get(name)?.as_object());
        let Some(field) = field else {
            return !(is_closed && value.is_null());
        };
        if required(schema).iter().any(|one| one == name) {
            convert(name, field, value);
            // A required argument that is null is removed, so that it is reported as missing and
            // not as a wrong type.
            return !value.is_null();
        }
        // Checked before typing, because "null" may become a list; and after it, because [""] may
        // become "".
        let is_given = !means_absent(name, field, value);
        convert(name, field, value);
        is_given && !means_absent(name, field, value)
    });
}

fn required(schema: &Schema) -> &[Value] {
    let required = schema.get("required").and_then(Value::as_array);
    required.map_or(&[], Vec::as_slice)
}

/// Whether the value is one that clients send for an optional argument that is not given.
fn means_absent(name: &str, field: &Schema, value: &Value) -> bool {
    match value {
        Value::Null => true,
        // A schema has a bound of 0 only where empty text is a value.
        Value::String(text) if text.is_empty() => field.get("minLength") != Some(&Value::from(0)),
        Value::String(text) => text == "null" && !is_text(field),
        // Where the schema admits an empty list or object, it is a value.
        Value::Array(list) if list.is_empty() => {
            let least = field.get("minItems").and_then(Value::as_u64);
            least.is_some_and(|least| least > 0) && !ALL_IF_ABSENT.contains(&name)
        }
        Value::Object(fields) if fields.is_empty() => !required(field).is_empty(),
        Value::Array(list) => {
            matches!(list.as_slice(), [only] if only == "null") && !is_text(field)
        }
        _ => false,
    }
}

/// Free text: there "null" is a word like any other.
fn is_text(field: &Schema) -> bool {
    let is_free = |schema: &Schema| !schema.contains_key("enum") && !schema.contains_key("format");
    let mut kinds = alternatives(field).into_iter();
    kinds.any(|(kind, schema)| kind == "string" && is_free(schema))
}

/// The types that a schema allows, each with the schema that describes it.
fn alternatives(schema: &Schema) -> Vec<(&str, &Schema)> {
    let mut found = Vec::with_capacity(1);
    match schema.get("type") {
        Some(Value::String(kind)) => found.push((kind.as_str(), schema)),
        Some(Value::Array(kinds)) => {
            found.extend(
                kinds
                    .iter()
                    .filter_map(|kind| Some((kind.as_str()?, schema))),
            );
        }
        _ => {}
    }
    if let Some(Value::Array(others)) = schema.get("anyOf") {
        found.extend(
            others
                .iter()
                .filter_map(Value::as_object)
                .flat_map(alternatives),
        );
    }
    found
}

/// Gives a value one of the types that its schema allows. Returns whether it has one now.
fn convert(name: &str, schema: &Schema, value: &mut Value) -> bool {
    if let Value::String(text) = value
        && is_unseen(text)
    {
        text.clear();
    }
    let alternatives = alternatives(schema);
    if let Some((_, schema)) = alternatives.iter().find(|(kind, _)| is_of(kind, value)) {
        convert_inside(name, schema, value);
        return true;
    }
    for (kind, schema) in &alternatives {
        if let Some(mut typed) = typed(name, kind, schema, value) {
            convert_inside(name, schema, &mut typed);
            *value = typed;
            return true;
        }
    }
    alternatives.is_empty()
}

fn convert_inside(name: &str, schema: &Schema, value: &mut Value) {
    match value {
        Value::Array(list) => {
            if let Some(Value::Object(items)) = schema.get("items") {
                part(name, items, list);
                for item in list {
                    convert(name, items, item);
                }
            }
        }
        Value::Object(fields) if schema.contains_key("properties") => give_types(schema, fields),
        _ => {}
    }
}

/// Replaces each text that holds several entries by these.
fn part(name: &str, items: &Schema, list: &mut Vec<Value>) {
    let held = |entry: &Value| entries(name, items, alone(entry)?);
    if list.iter().any(|entry| held(entry).is_some()) {
        let all = std::mem::take(list).into_iter();
        *list = all
            .flat_map(|entry| held(&entry).unwrap_or_else(|| vec![entry]))
            .collect();
    }
}

/// A text, also as the only entry of a list.
fn alone(value: &Value) -> Option<&str> {
    match value {
        Value::Array(list) => match list.as_slice() {
            [only] => alone(only),
            _ => None,
        },
        value => value.as_str(),
    }
}

/// Whether a text has characters, but none that anybody sees.
fn is_unseen(text: &str) -> bool {
    // Nearly every text begins with a letter.
    if text.starts_with(char::is_alphanumeric) {
        return false;
    }
    let Cleaned { text, hidden } = text::cleaned(text);
    hidden > 0 && text.trim().is_empty()
}

fn is_of(kind: &str, value: &Value) -> bool {
    match kind {
        "string" => value.is_string(),
        // 5.0 is an integer to the schema, but not to Rust.
        "integer" => value.is_i64() || value.is_u64(),
        "number" => value.is_number(),
        "boolean" => value.is_boolean(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        _ => value.is_null(),
    }
}

/// The value as another type; `None` where something would be lost or guessed.
fn typed(name: &str, kind: &str, schema: &Schema, value: &Value) -> Option<Value> {
    match (kind, value) {
        ("array", _) => listed(name, schema, value),
        (_, Value::Array(list)) => match list.as_slice() {
            [only] if is_of(kind, only) => Some(only.clone()),
            [only] => typed(name, kind, schema, only),
            _ => None,
        },
        ("integer", Value::Number(number)) => whole(number),
        ("integer", Value::String(text)) => whole(&read::<Number>(text)?),
        ("number", Value::String(text)) => read::<Number>(text).map(Value::Number),
        ("boolean", Value::String(text)) => read::<bool>(text).map(Value::Bool),
        ("object", Value::String(text)) => {
            let written = read::<Map<String, Value>>(text);
            written
                .or_else(|| object_of(schema, text))
                .map(Value::Object)
        }
        ("string", Value::Number(number)) => {
            let is_identifier = IDENTIFIER_ENDINGS.iter().any(|end| name.ends_with(end));
            let is_whole = number.is_i64() || number.is_u64() || is_identifier;
            let digits = is_whole.then(|| whole(number)).flatten()?;
            Some(digits.to_string().into())
        }
        _ => None,
    }
}

/// The object that a bare text stands for: somebody, or the one field that is required.
fn object_of(schema: &Schema, text: &str) -> Option<Map<String, Value>> {
    let text = text.trim();
    if text.is_empty() || text.starts_with(['{', '[']) {
        return None;
    }
    let fields = schema.get("properties")?.as_object()?;
    let name = match required(schema) {
        [] if fields.contains_key("email") && text::address(text).is_some() => "email",
        [] if fields.contains_key("email") && fields.contains_key("personId") => "personId",
        [Value::String(only)] => {
            let field = fields.get(only)?.as_object()?;
            (is_text(field) || is_word(field, text)).then_some(only.as_str())?
        }
        _ => return None,
    };
    Some(Map::from_iter([(name.to_owned(), text.into())]))
}

/// A list, from its JSON text or from the single value that was given.
fn listed(name: &str, schema: &Schema, value: &Value) -> Option<Value> {
    if let Value::String(text) = value {
        if let Some(list) = read::<Vec<Value>>(text) {
            return Some(Value::Array(list));
        }
        if text.trim().is_empty() {
            return None;
        }
    }
    let mut only = value.clone();
    let is_item = match schema.get("items") {
        Some(Value::Object(items)) => {
            let text = value.as_str();
            if let Some(entries) = text.and_then(|text| entries(name, items, text)) {
                return Some(Value::Array(entries));
            }
            convert(name, items, &mut only)
        }
        _ => true,
    };
    is_item.then(|| Value::Array(vec![only]))
}

/// Parses exactly what JSON would write for a value of this type; blanks around it are ignored.
fn read<T: serde::de::DeserializeOwned>(text: &str) -> Option<T> {
    serde_json::from_str(text).ok()
}

fn whole(number: &Number) -> Option<Value> {
    if number.is_i64() || number.is_u64() {
        return Some(Value::Number(number.clone()));
    }
    let float = number.as_f64()?;
    // Within these bounds the cast loses nothing.
    #[allow(clippy::cast_possible_truncation)]
    (float.fract() == 0.0 && float.abs() <= FLOAT_WHOLE_MAX).then(|| Value::from(float as i64))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn schema() -> Schema {
        let schema = json!({
            "type": "object",
            "additionalProperties": false,
            "required": ["messageId", "urls"],
            "properties": {
                "messageId": {"type": "string"},
                "urls": {"type": "array", "items": {"type": "string"}},
                "text": {"type": "string"},
                "description": {"type": "string", "minLength": 0},
                "meetingNumber": {"type": "string"},
                "password": {"type": "string"},
                "extension": {"type": "string"},
                "max": {"type": "integer"},
                "ratio": {"type": "number"},
                "isLocked": {"type": "boolean"},
                "after": {"type": "string", "format": "date-time"},
                "order": {"type": "string", "enum": ["new", "old"]},
                "files": {"type": "array", "items": {"type": "string"}},
                "days": {"type": "array", "items": {"type": "integer"}},
                "card": {"type": "object"},
                "cards": {"type": "array", "items": {"type": "object"}},
                "place": {
                    "type": "object",
                    "properties": {"floor": {"type": "integer"}, "room": {"type": "string"}},
                },
                "title": {"type": "string"},
                "personIds": {"type": "array", "minItems": 1, "items": {"type": "string"}},
                "participantIds": {"type": "array", "minItems": 1, "items": {"type": "string"}},
                "emails": {"type": "array", "items": {"type": "string"}},
                "kinds": {"type": "array", "items": {"type": "string", "enum": ["space", "team"]}},
                "invitees": {"type": "array", "items": {
                    "type": "object",
                    "properties": {"email": {"type": "string"}, "personId": {"type": "string"}},
                }},
                "buttons": {"type": "array", "items": {
                    "type": "object",
                    "required": ["title"],
                    "properties": {"title": {"type": "string"}, "url": {"type": "string"}},
                }},
                "facts": {"type": "array", "items": {
                    "type": "object",
                    "required": ["name", "value"],
                    "properties": {"name": {"type": "string"}, "value": {"type": "string"}},
                }},
                "repeat": {
                    "type": "object",
                    "required": ["every"],
                    "properties": {"every": {"type": "string", "enum": ["day", "week"]}},
                },
                "either": {"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]},
            },
        });
        schema.as_object().unwrap().clone()
    }

    /// One argument after typing; `None` where it was removed.
    fn typed(name: &str, value: Value) -> Option<Value> {
        let mut fields = Map::from_iter([(name.to_owned(), value)]);
        give_types(&schema(), &mut fields);
        fields.remove(name)
    }

    #[test]
    fn a_value_gets_its_type_where_that_loses_nothing() {
        let card = json!({"type": "AdaptiveCard", "version": null});
        let url = "https://example.com/a";
        for (name, sent, meant) in [
            ("max", json!("5"), json!(5)),
            ("max", json!(" 5 "), json!(5)),
            ("max", json!(5.0), json!(5)),
            ("max", json!("5.0"), json!(5)),
            ("max", json!(["5"]), json!(5)),
            ("max", json!("-3"), json!(-3)),
            ("ratio", json!("0.5"), json!(0.5)),
            ("ratio", json!([2]), json!(2)),
            ("isLocked", json!("true"), json!(true)),
            ("isLocked", json!(" false "), json!(false)),
            ("isLocked", json!([true]), json!(true)),
            ("files", json!(url), json!([url])),
            ("files", json!(format!("[\"{url}\"]")), json!([url])),
            ("days", json!(3), json!([3])),
            ("days", json!("3"), json!([3])),
            ("days", json!("[\"1\", 2.0]"), json!([1, 2])),
            ("days", json!(["1", 2]), json!([1, 2])),
            ("card", json!(card.to_string()), card.clone()),
            ("card", json!([card]), card.clone()),
            ("cards", card.clone(), json!([card])),
            ("cards", json!(card.to_string()), json!([card])),
            ("cards", json!([card.to_string()]), json!([card])),
            ("cards", json!(json!([card]).to_string()), json!([card])),
            ("text", json!(["hi"]), json!("hi")),
            ("order", json!(["new"]), json!("new")),
            (
                "meetingNumber",
                json!(2_345_678_901_u64),
                json!("2345678901"),
            ),
            ("password", json!([123_456]), json!("123456")),
            ("meetingNumber", json!(2_550_000_000.0), json!("2550000000")),
            ("extension", json!(1_234), json!("1234")),
            ("messageId", json!(5), json!("5")),
            (
                "place",
                json!("{\"floor\": \"3\", \"room\": null}"),
                json!({"floor": 3}),
            ),
            (
                "place",
                json!({"floor": 3.0, "room": ""}),
                json!({"floor": 3}),
            ),
            ("urls", json!(url), json!([url])),
            ("text", json!(5), json!("5")),
            ("text", json!([5]), json!("5")),
            ("text", json!(-7), json!("-7")),
            ("title", json!(u64::MAX), json!("18446744073709551615")),
            ("title", json!(2026), json!("2026")),
            ("order", json!(1), json!("1")),
            ("files", json!([5]), json!(["5"])),
            ("files", json!(5), json!(["5"])),
            ("emails", json!([1, "a"]), json!(["1", "a"])),
            (
                "facts",
                json!([{"name": "n", "value": 5}]),
                json!([{"name": "n", "value": "5"}]),
            ),
        ] {
            assert_eq!(typed(name, sent.clone()), Some(meant), "{name}: {sent}");
        }
    }

    #[test]
    fn what_would_be_guessed_or_lost_stays_as_it_came() {
        for (name, sent) in [
            ("max", json!("12px")),
            ("max", json!("5,0")),
            ("max", json!("0x5")),
            ("max", json!("+5")),
            ("max", json!("1e400")),
            ("max", json!(5.5)),
            ("max", json!("5.5")),
            ("max", json!(1e300)),
            ("max", json!(true)),
            ("max", json!([1, 2])),
            ("ratio", json!("NaN")),
            ("isLocked", json!(1)),
            ("isLocked", json!("1")),
            ("isLocked", json!("yes")),
            ("isLocked", json!("True")),
            ("text", json!(5.0)),
            ("text", json!(0.1)),
            ("text", json!(1e20)),
            ("text", json!([1, 2])),
            ("text", json!(true)),
            ("text", json!({"a": 1})),
            ("text", json!("[\"hi\"]")),
            ("text", json!("null")),
            ("text", json!(" ")),
            ("description", json!("")),
            ("meetingNumber", json!(5.5)),
            ("meetingNumber", json!(false)),
            ("files", json!([])),
            ("files", json!([true])),
            ("card", json!("[1]")),
            ("card", json!("not json")),
            (
                "card",
                json!({"fallbackText": null, "body": "", "items": ["null"]}),
            ),
            ("either", json!("[\"a\"]")),
            ("either", json!(["a"])),
            ("messageId", json!("")),
            ("urls", json!("")),
            ("urls", json!(["null"])),
        ] {
            assert_eq!(
                typed(name, sent.clone()),
                Some(sent.clone()),
                "{name}: {sent}"
            );
        }
    }

    #[test]
    fn what_is_not_given_is_absent_in_every_way_of_writing_it() {
        let not_text = [
            "max", "ratio", "isLocked", "after", "order", "files", "days", "card", "place",
        ];
        for name in not_text {
            for sent in [json!(null), json!(""), json!("null"), json!(["null"])] {
                assert_eq!(typed(name, sent.clone()), None, "{name}: {sent}");
            }
        }
        for (name, sent) in [
            ("text", json!(null)),
            ("text", json!("")),
            ("text", json!([""])),
            ("order", json!([""])),
            ("files", json!("[\"null\"]")),
            ("description", json!(null)),
            ("messageId", json!(null)),
            ("urls", json!(null)),
            ("unknown", json!(null)),
        ] {
            assert_eq!(typed(name, sent.clone()), None, "{name}: {sent}");
        }
        assert_eq!(typed("unknown", json!("")), Some(json!("")));
    }

    #[test]
    fn a_list_in_one_text_is_parted_where_only_entries_can_stand() {
        let id = webex::id::encode("us", "PEOPLE", uuid::Uuid::nil());
        let meeting = "0ed74a1c0551494fb7a04e2881bf50ae_I_166022169160077044";
        let participant = "0ed74a1c05514_94fb7a04e2881";
        for (name, sent, meant) in [
            ("emails", "a@b.c, d@e.f", json!(["a@b.c", "d@e.f"])),
            (
                "emails",
                "a@b.c;d@e.f\n g@h.i,",
                json!(["a@b.c", "d@e.f", "g@h.i"]),
            ),
            (
                "emails",
                "A <a@b.c>, mailto:d@e.f",
                json!(["A <a@b.c>", "mailto:d@e.f"]),
            ),
            ("personIds", format!("{id},{id}").as_str(), json!([id, id])),
            (
                "personIds",
                format!("{id}, a@b.c").as_str(),
                json!([id, "a@b.c"]),
            ),
            (
                "participantIds",
                format!("{meeting},{participant}").as_str(),
                json!([meeting, participant]),
            ),
            ("kinds", "space, Team", json!(["space", "Team"])),
            (
                "files",
                "https://a/x,y.pdf; https://b,",
                json!(["https://a/x,y.pdf", "https://b"]),
            ),
            (
                "files",
                "https://a/x,https://b",
                json!(["https://a/x", "https://b"]),
            ),
            (
                "files",
                "https://a/x\nHTTP://b",
                json!(["https://a/x", "HTTP://b"]),
            ),
            (
                "invitees",
                "a@b.c, d@e.f",
                json!([{"email": "a@b.c"}, {"email": "d@e.f"}]),
            ),
            // What may hold a comma is one entry.
            ("emails", "a@b.c, d", json!(["a@b.c, d"])),
            (
                "emails",
                "\"Smith, Bob\" <a@b.c>",
                json!(["\"Smith, Bob\" <a@b.c>"]),
            ),
            ("personIds", "Smith, Bob", json!(["Smith, Bob"])),
            (
                "personIds",
                format!("{participant},{id}").as_str(),
                json!([format!("{participant},{id}")]),
            ),
            ("kinds", "space, house", json!(["space, house"])),
            ("urls", "a@b.c,d@e.f", json!(["a@b.c,d@e.f"])),
            ("files", "https://a/x,y.pdf", json!(["https://a/x,y.pdf"])),
            (
                "files",
                "https://a/?of=https://b",
                json!(["https://a/?of=https://b"]),
            ),
            ("files", "a b https://c", json!(["a b https://c"])),
        ] {
            assert_eq!(
                typed(name, json!(sent)),
                Some(meant.clone()),
                "{name}: {sent}"
            );
            assert_eq!(typed(name, json!([sent])), Some(meant), "{name}: [{sent}]");
        }
        let many = vec!["a@b.c"; crate::limits::LIST_TEXT_MAX_ENTRIES + 1].join(",");
        assert_eq!(typed("emails", json!(many)), Some(json!([many])));
    }

    #[test]
    fn a_bare_text_becomes_the_object_that_it_stands_for() {
        for (name, sent, meant) in [
            (
                "invitees",
                json!(["a@b.c", "Bob Smith", {"email": "d@e.f"}]),
                json!([{"email": "a@b.c"}, {"personId": "Bob Smith"}, {"email": "d@e.f"}]),
            ),
            (
                "invitees",
                json!("B <a@b.c>"),
                json!([{"email": "B <a@b.c>"}]),
            ),
            ("buttons", json!(["Yes", 2]), json!([{"title": "Yes"}, 2])),
            (
                "buttons",
                json!("Yes, please"),
                json!([{"title": "Yes, please"}]),
            ),
            ("repeat", json!("Week"), json!({"every": "Week"})),
            // Nothing says which field is meant.
            ("repeat", json!("always"), json!("always")),
            ("facts", json!(["n"]), json!(["n"])),
            ("cards", json!(["n"]), json!(["n"])),
            ("place", json!("here"), json!("here")),
            ("buttons", json!(["", "{title"]), json!(["", "{title"])),
        ] {
            assert_eq!(typed(name, sent.clone()), Some(meant), "{name}: {sent}");
        }
    }

    #[test]
    fn what_is_empty_is_absent_where_it_could_be_no_value() {
        for sent in [json!([]), json!("[]")] {
            assert_eq!(typed("personIds", sent.clone()), None, "{sent}");
            // Nobody is not everybody.
            assert_eq!(typed("participantIds", sent), Some(json!([])));
        }
        assert_eq!(typed("repeat", json!({})), None);
        for (name, value) in [
            ("emails", json!([])),
            ("urls", json!([])),
            ("card", json!({})),
        ] {
            assert_eq!(typed(name, value.clone()), Some(value), "{name}");
        }
    }

    #[test]
    fn what_nobody_sees_is_blank() {
        for sent in ["\u{200b}", "\u{200b}\u{2060}", " \u{ad}\n", "\u{7}"] {
            assert_eq!(typed("text", json!(sent)), None, "{sent:?}");
            assert_eq!(typed("messageId", json!(sent)), Some(json!("")));
            assert_eq!(typed("description", json!(sent)), Some(json!("")));
        }
        for seen in ["\u{200b}a", "\u{1f44d}", " "] {
            assert_eq!(typed("text", json!(seen)), Some(json!(seen)));
        }
    }

    /// Values as clients send them, including some that look like values of other types.
    fn sent() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            any::<f64>().prop_map(Value::from),
            (-9_i64..9).prop_map(|number| Value::from(number as f64)),
            "[ -~]{0,12}".prop_map(Value::from),
            prop_oneof![
                Just(""),
                Just("null"),
                Just("true"),
                Just(" 7 "),
                Just("7.0"),
                Just("1e2"),
                Just("\u{200b}"),
                Just("a@b.c, d@e.f"),
                Just("space, team"),
                Just("A <a@b.c>")
            ]
            .prop_map(Value::from),
        ];
        leaf.prop_recursive(3, 12, 3, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..3).prop_map(Value::from),
                prop::collection::btree_map("floor|room|[a-z]", inner.clone(), 0..3)
                    .prop_map(|fields| Value::Object(fields.into_iter().collect())),
                inner.prop_map(|value| Value::from(value.to_string())),
            ]
        })
    }

    fn arguments() -> impl Strategy<Value = Map<String, Value>> {
        let properties = schema()["properties"].as_object().unwrap().clone();
        let names: Vec<_> = properties.keys().cloned().collect();
        prop::collection::btree_map(prop::sample::select(names), sent(), 0..6)
            .prop_map(|fields| fields.into_iter().collect())
    }

    proptest! {
        #[test]
        fn typing_twice_is_typing_once(mut once in arguments()) {
            give_types(&schema(), &mut once);
            let mut twice = once.clone();
            give_types(&schema(), &mut twice);
            prop_assert_eq!(once, twice);
        }

        #[test]
        fn what_the_schema_admits_keeps_its_value(before in arguments()) {
            let validator = jsonschema::validator_for(&Value::Object(schema())).unwrap();
            let required = [("messageId", json!("m")), ("urls", json!(["u"]))];
            let mut before = before;
            before.extend(required.map(|(name, value)| (name.to_owned(), value)));
            prop_assume!(validator.is_valid(&Value::Object(before.clone())));
            let mut after = before.clone();
            give_types(&schema(), &mut after);
            for (name, value) in &after {
                // 5.0 may become 5; it is the same number. What nobody sees is blank.
                let unseen = before[name].as_str().is_some_and(is_unseen);
                prop_assert!(unseen || *value == before[name] || value.as_f64() == before[name].as_f64() || value.is_array() || value.is_object());
            }
            prop_assert!(validator.is_valid(&Value::Object(after)));
        }
    }
}
