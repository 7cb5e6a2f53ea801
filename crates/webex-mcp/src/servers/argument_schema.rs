//! The schema of a tool's arguments, read once, as the check of what comes in.
//!
//! It knows the keywords that our own schemas use; a schema with another one cannot be read, so
//! nothing is published that is not checked. A library for all of JSON Schema, with its two engines
//! of regular expressions, would be a tenth of the program. The tests compare with one.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::{Map, Value};

use super::moments;
use crate::text;
use crate::text::counted;

/// The zone in which a call gives its times.
const ZONE_ARGUMENT: &str = "timezone";

/// Longer names of fields are cut after this many characters in an error.
const NAME_SHOWN_MAX_CHARS: usize = 40;

/// What does not have the form that a schema describes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Misfit {
    /// Where it is, such as `attachments[0].content`; empty for the arguments as a whole.
    pub path: String,
    /// What would be right.
    pub right: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct ArgumentSchema {
    #[serde(rename = "type")]
    kinds: Option<Kinds>,
    #[serde(rename = "enum")]
    options: Option<Value>,
    format: Option<Format>,
    min_length: Option<usize>,
    max_length: Option<usize>,
    minimum: Option<f64>,
    maximum: Option<f64>,
    items: Option<Box<ArgumentSchema>>,
    min_items: Option<usize>,
    max_items: Option<usize>,
    #[serde(default)]
    properties: BTreeMap<String, ArgumentSchema>,
    #[serde(default)]
    required: Vec<String>,
    additional_properties: Option<Additional>,
    max_properties: Option<usize>,
    #[serde(rename = "description")]
    _description: Option<IgnoredAny>,
    #[serde(rename = "default")]
    _default: Option<IgnoredAny>,
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Kinds {
    One(Kind),
    Several(Vec<Kind>),
}

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Kind {
    String,
    Integer,
    Number,
    Boolean,
    Array,
    Object,
}

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Format {
    DateTime,
    Email,
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Additional {
    Allowed(bool),
    Each(Box<ArgumentSchema>),
}

impl ArgumentSchema {
    /// # Errors
    /// The schema has a keyword, a type or a format that is not checked here.
    pub fn read(schema: Map<String, Value>) -> Result<Self, serde_json::Error> {
        serde_json::from_value(Value::Object(schema))
    }

    /// # Errors
    /// The first argument that is wrong, or the part of it.
    pub fn check(&self, arguments: &Map<String, Value>) -> Result<(), Misfit> {
        self.check_fields(arguments)
    }

    /// Takes away what only the way of writing adds: blanks around an id, an address, a time or a
    /// word, the case of a word, what stands around an address, and the form of a time. Other texts
    /// are passed on as they are.
    pub fn tidy(&self, arguments: &mut Map<String, Value>) {
        let zone = arguments.get(ZONE_ARGUMENT).and_then(Value::as_str);
        let zone = zone.map(str::to_owned);
        self.tidy_fields(arguments, zone.as_deref());
    }

    fn tidy_fields(&self, fields: &mut Map<String, Value>, zone: Option<&str>) {
        for (name, value) in fields {
            if let Some(schema) = self.properties.get(name) {
                schema.tidy_value(name, value, zone);
            }
        }
    }

    fn tidy_value(&self, name: &str, value: &mut Value, zone: Option<&str>) {
        match value {
            Value::Object(fields) => self.tidy_fields(fields, zone),
            Value::Array(entries) => {
                if let Some(schema) = &self.items {
                    let entries = entries.iter_mut();
                    entries.for_each(|entry| schema.tidy_value(name, entry, zone));
                }
            }
            Value::String(text) => {
                let meant = self.meant(name, text, zone);
                if let Some(meant) = meant.filter(|meant| meant != text) {
                    *text = meant.into_owned();
                }
            }
            _ => {}
        }
    }

    /// What a text means, without its way of writing.
    fn meant<'a>(&'a self, name: &str, text: &'a str, zone: Option<&str>) -> Option<Cow<'a, str>> {
        let trimmed = text.trim();
        let options = self.options.as_ref().and_then(Value::as_array);
        let mut words = options.into_iter().flatten().filter_map(Value::as_str);
        if let Some(word) = words.find(|word| word.eq_ignore_ascii_case(trimmed)) {
            return Some(word.into());
        }
        // A blank is not made a value that is not given.
        if trimmed.is_empty() {
            return None;
        }
        match self.format {
            Some(Format::Email) => Some(text::address(trimmed).unwrap_or(trimmed).into()),
            Some(Format::DateTime) => {
                let moment = moments::date_time(trimmed, zone);
                Some(moment.map_or(Cow::Borrowed(trimmed), Cow::Owned))
            }
            None => is_identifier(name).then_some(trimmed.into()),
        }
    }

    fn check_value(&self, value: &Value) -> Result<(), Misfit> {
        self.check_kind(value)?;
        if let Some(options) = &self.options {
            let is_one = |all: &Vec<Value>| all.contains(value);
            let right = || format!("it has to be one of {options}");
            hold(options.as_array().is_some_and(is_one), right)?;
        }
        match value {
            Value::String(text) => self.check_text(text),
            Value::Number(number) => self.check_number(number.as_f64().unwrap_or(f64::NAN)),
            Value::Array(entries) => self.check_entries(entries),
            Value::Object(fields) => self.check_fields(fields),
            Value::Null | Value::Bool(_) => Ok(()),
        }
    }

    fn check_kind(&self, value: &Value) -> Result<(), Misfit> {
        let kinds = match &self.kinds {
            None => return Ok(()),
            Some(Kinds::One(kind)) => std::slice::from_ref(kind),
            Some(Kinds::Several(kinds)) => kinds.as_slice(),
        };
        hold(kinds.iter().any(|kind| kind.has(value)), || {
            let names: Vec<_> = kinds.iter().map(|kind| kind.name()).collect();
            let right = format!("it has to be of type {}", names.join(" or "));
            match self.properties.is_empty() {
                true => right,
                false => format!("{right} with the fields {}", self.fields()),
            }
        })
    }

    /// The fields that there are, for whoever gave something else.
    fn fields(&self) -> String {
        let names: Vec<_> = self.properties.keys().map(String::as_str).collect();
        names.join(", ")
    }

    fn check_text(&self, text: &str) -> Result<(), Misfit> {
        let chars = || text.chars().count();
        if let Some(most) = self.max_length {
            let right = || format!("it may have at most {}", counted(most, "character"));
            // Most texts have fewer bytes than they may have characters.
            hold(text.len() <= most || chars() <= most, right)?;
        }
        if let Some(least) = self.min_length {
            let right = || format!("it needs at least {}", counted(least, "character"));
            hold(chars() >= least, right)?;
        }
        match self.format {
            None => Ok(()),
            Some(Format::DateTime) => hold(moments::is_date_time(text), || {
                moments::right(text).to_owned()
            }),
            Some(Format::Email) => hold(text::is_address(text), || {
                "it has to be an e-mail address".to_owned()
            }),
        }
    }

    fn check_number(&self, number: f64) -> Result<(), Misfit> {
        if let Some(least) = self.minimum {
            hold(number >= least, || format!("it has to be at least {least}"))?;
        }
        match self.maximum {
            Some(most) => hold(number <= most, || format!("it may be at most {most}")),
            None => Ok(()),
        }
    }

    fn check_entries(&self, entries: &[Value]) -> Result<(), Misfit> {
        if let Some(most) = self.max_items {
            let right = || format!("it may have at most {}", counted(most, "entry"));
            hold(entries.len() <= most, right)?;
        }
        if let Some(least) = self.min_items {
            let right = || format!("it needs at least {}", counted(least, "entry"));
            hold(entries.len() >= least, right)?;
        }
        if let Some(schema) = &self.items {
            for (at, entry) in entries.iter().enumerate() {
                let checked = schema.check_value(entry);
                checked.map_err(|misfit| misfit.inside(&format!("[{at}]")))?;
            }
        }
        Ok(())
    }

    fn check_fields(&self, fields: &Map<String, Value>) -> Result<(), Misfit> {
        if let Some(most) = self.max_properties {
            let right = || format!("it may have at most {}", counted(most, "field"));
            hold(fields.len() <= most, right)?;
        }
        for (name, value) in fields {
            let checked = match (self.properties.get(name), &self.additional_properties) {
                (Some(schema), _) => schema.check_value(value),
                (None, Some(Additional::Each(schema))) => schema.check_value(value),
                (None, Some(Additional::Allowed(false))) => hold(false, || {
                    format!("there is no such field; there are {}", self.fields())
                }),
                (None, None | Some(Additional::Allowed(true))) => Ok(()),
            };
            checked.map_err(|misfit| misfit.inside(&shown(name)))?;
        }
        for name in &self.required {
            let is_there = hold(fields.contains_key(name), || {
                "it is required and missing".to_owned()
            });
            is_there.map_err(|misfit| misfit.inside(name))?;
        }
        Ok(())
    }
}

impl Kind {
    fn has(self, value: &Value) -> bool {
        match self {
            Kind::String => value.is_string(),
            // To a schema, 5.0 is an integer.
            Kind::Integer => value.as_f64().is_some_and(|number| number.fract() == 0.0),
            Kind::Number => value.is_number(),
            Kind::Boolean => value.is_boolean(),
            Kind::Array => value.is_array(),
            Kind::Object => value.is_object(),
        }
    }

    fn name(self) -> &'static str {
        match self {
            Kind::String => "string",
            Kind::Integer => "integer",
            Kind::Number => "number",
            Kind::Boolean => "boolean",
            Kind::Array => "array",
            Kind::Object => "object",
        }
    }
}

impl Misfit {
    /// The same misfit, as the whole sees it whose field or entry this is.
    fn inside(self, part: &str) -> Self {
        let dot = match self.path.is_empty() || self.path.starts_with('[') {
            true => "",
            false => ".",
        };
        Misfit {
            path: format!("{part}{dot}{}", self.path),
            ..self
        }
    }
}

/// Whether what has this name is compared to the letter by whoever made it.
fn is_identifier(name: &str) -> bool {
    ["Id", "Ids", "cursor"]
        .iter()
        .any(|end| name.ends_with(end))
}

fn hold(is_right: bool, right: impl FnOnce() -> String) -> Result<(), Misfit> {
    match is_right {
        true => Ok(()),
        false => Err(Misfit {
            path: String::new(),
            right: right(),
        }),
    }
}

/// A name that people may have written, as an error shows it.
pub fn shown(name: &str) -> String {
    name.chars()
        .filter(|c| c.is_ascii_graphic() && *c != '`')
        .take(NAME_SHOWN_MAX_CHARS)
        .collect()
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use proptest::prelude::*;
    use proptest::strategy::BoxedStrategy;
    use proptest::test_runner::TestRunner;
    use serde_json::json;

    use super::*;
    use crate::servers::listed::Listed;

    fn object(value: Value) -> Map<String, Value> {
        value.as_object().unwrap().clone()
    }

    #[test]
    fn only_the_way_of_writing_is_taken_away() {
        let schema = ArgumentSchema::read(object(json!({
            "properties": {
                "workId": {"type": "string"},
                "personIds": {"type": "array", "items": {"type": "string"}},
                "cursor": {"type": "string"},
                "text": {"type": "string"},
                "password": {"type": "string"},
                "order": {"type": "string", "enum": ["lastActivity", "created"]},
                "at": {"type": "string", "format": "date-time"},
                "since": {"type": "string", "format": "date-time"},
                "until": {"type": "string", "format": "date-time"},
                "timezone": {"type": "string"},
                "emails": {"type": "array", "items": {"type": "string", "format": "email"}},
                "who": {"type": "array", "items": {
                    "properties": {"email": {"type": "string", "format": "email"}},
                }},
            },
        })))
        .unwrap();
        let mut given = object(json!({
            "workId": " a ", "personIds": ["b\n", 7], "cursor": "\tc", "text": " d ",
            "password": " e ", "order": " LASTACTIVITY", "at": " 2026-01-05T09:00:00Z ",
            "since": "2026-01-05 09:00", "until": "2026-01-06T09:00Z", "timezone": "Asia/Tokyo",
            "emails": [" bob@example.com ", "Bob <bob@example.com>", "bob"],
            "who": [{"email": "mailto:f@g.h "}, " i "], "more": " j ",
        }));
        schema.tidy(&mut given);
        let expected = json!({
            "workId": "a", "personIds": ["b", 7], "cursor": "c", "text": " d ",
            "password": " e ", "order": "lastActivity", "at": "2026-01-05T09:00:00Z",
            "since": "2026-01-05T00:00:00Z", "until": "2026-01-06T09:00:00Z", "timezone": "Asia/Tokyo",
            "emails": ["bob@example.com", "bob@example.com", "bob"],
            "who": [{"email": "f@g.h"}, " i "], "more": " j ",
        });
        assert_eq!(Value::Object(given.clone()), expected);
        schema.tidy(&mut given);
        assert_eq!(Value::Object(given), expected, "again");
        let mut blank = object(json!({"workId": " ", "order": "up"}));
        schema.tidy(&mut blank);
        assert_eq!(Value::Object(blank), json!({"workId": " ", "order": "up"}));
    }

    #[test]
    fn the_part_that_is_wrong_is_named_and_what_would_be_right() {
        let schema = ArgumentSchema::read(object(json!({
            "type": "object",
            "additionalProperties": false,
            "required": ["id"],
            "properties": {
                "id": {"type": "string", "minLength": 1, "maxLength": 3},
                "max": {"type": "integer", "minimum": 1, "maximum": 100},
                "order": {"enum": ["up", "down"]},
                "flag": {"type": ["boolean", "integer"]},
                "at": {"type": "string", "format": "date-time"},
                "who": {"type": "array", "minItems": 1, "maxItems": 2, "items": {
                    "type": "object",
                    "properties": {"email": {"type": "string", "format": "email"}},
                    "required": ["email"],
                    "additionalProperties": false,
                }},
                "open": {"type": "object", "maxProperties": 1, "additionalProperties": {"type": "string"}},
            },
        })))
        .unwrap();
        let cases = [
            (json!({}), "id", "it is required and missing"),
            (json!({"id": 1}), "id", "it has to be of type string"),
            (json!({"id": ""}), "id", "it needs at least 1 character"),
            (
                json!({"id": "ä\u{0}ää"}),
                "id",
                "it may have at most 3 characters",
            ),
            (
                json!({"id": "x", "id2": "x"}),
                "id2",
                "there is no such field; there are at, flag, id, max, open, order, who",
            ),
            (
                json!({"id": "x", "max": 0}),
                "max",
                "it has to be at least 1",
            ),
            (
                json!({"id": "x", "max": 101}),
                "max",
                "it may be at most 100",
            ),
            (
                json!({"id": "x", "max": 1.5}),
                "max",
                "it has to be of type integer",
            ),
            (
                json!({"id": "x", "order": "to"}),
                "order",
                "it has to be one of [\"up\",\"down\"]",
            ),
            (
                json!({"id": "x", "flag": "x"}),
                "flag",
                "it has to be of type boolean or integer",
            ),
            (
                json!({"id": "x", "at": "2026"}),
                "at",
                "it has to be a time like 2026-01-05T09:00:00Z",
            ),
            (
                json!({"id": "x", "at": "2026-01-05T09:00"}),
                "at",
                "it has no time zone; write Z for UTC behind it, or an offset such as +01:00",
            ),
            (
                json!({"id": "x", "who": []}),
                "who",
                "it needs at least 1 entry",
            ),
            (
                json!({"id": "x", "who": [0, 0, 0]}),
                "who",
                "it may have at most 2 entries",
            ),
            (
                json!({"id": "x", "who": ["a@b.c"]}),
                "who[0]",
                "it has to be of type object with the fields email",
            ),
            (
                json!({"id": "x", "who": [{"email": "x"}]}),
                "who[0].email",
                "it has to be an e-mail address",
            ),
            (
                json!({"id": "x", "who": [{"email": "a@b.c"}, {}]}),
                "who[1].email",
                "it is required and missing",
            ),
            (
                json!({"id": "x", "who": [{"`x\n": 1}]}),
                "who[0].x",
                "there is no such field; there are email",
            ),
            (
                json!({"id": "x", "open": {"a": "b", "c": "d"}}),
                "open",
                "it may have at most 1 field",
            ),
            (
                json!({"id": "x", "open": {"a": 1}}),
                "open.a",
                "it has to be of type string",
            ),
        ];
        for (arguments, path, right) in cases {
            let misfit = schema.check(&object(arguments.clone())).unwrap_err();
            assert_eq!(
                (misfit.path.as_str(), misfit.right.as_str()),
                (path, right),
                "{arguments}"
            );
        }
        let fits = json!({"id": "äää", "max": 100, "flag": 2.0, "who": [{"email": "a@b.c"}]});
        assert_eq!(schema.check(&object(fits)), Ok(()));
    }

    /// So that what stands around an address is taken away everywhere.
    #[test]
    fn every_address_of_an_argument_is_declared_as_one() {
        fn look(tool: &str, name: &str, schema: &ArgumentSchema, found: &mut usize) {
            let entry = schema.items.as_deref().unwrap_or(schema);
            if ["mail", "mails", "Email", "Emails"]
                .iter()
                .any(|end| name.ends_with(end))
                && !matches!(schema.kinds, Some(Kinds::One(Kind::Boolean)))
            {
                *found += 1;
                assert!(
                    matches!(entry.format, Some(Format::Email)),
                    "{tool}: {name}"
                );
            }
            for (name, schema) in &entry.properties {
                look(tool, name, schema, found);
            }
        }
        let mut found = 0;
        for entry in crate::tools::catalogue() {
            let tool = Listed::new(*entry);
            look(entry.name, "", tool.argument_schema().unwrap(), &mut found);
        }
        assert!(found > 20, "{found}");
    }

    #[test]
    fn a_schema_that_says_more_than_is_checked_is_refused() {
        for schema in [
            json!({"pattern": "^a"}),
            json!({"properties": {"a": {"oneOf": []}}}),
            json!({"format": "uri"}),
            json!({"type": "null"}),
        ] {
            assert!(
                ArgumentSchema::read(object(schema.clone())).is_err(),
                "{schema}"
            );
        }
    }

    /// What fits a schema, and what misses it by a little.
    fn near(schema: &Value) -> BoxedStrategy<Value> {
        let about = |keyword: &str, usual: u64| {
            let bound = schema[keyword].as_u64().unwrap_or(usual);
            prop::sample::select(vec![0, 1, bound.saturating_sub(1), bound, bound + 1])
        };
        let fitting = match (schema["type"].as_str(), schema["format"].as_str()) {
            _ if schema["enum"].is_array() => {
                prop::sample::select(schema["enum"].as_array().unwrap().clone()).boxed()
            }
            (_, Some("email")) => "[a-z.]{0,4}@?[a-z]{0,3}(\\.[a-z]{2,3})?".prop_map(Value::from).boxed(),
            (_, Some("date-time")) => {
                "20[0-9]{2}-[01][0-9]-[0-3][0-9][Tt ][0-2][0-9]:[0-6][0-9](:[0-5][0-9])?([.,][0-9]{1,3})?(Z|z|[+-][01][0-9]:?[0-5][0-9])?"
                    .prop_map(Value::from)
                    .boxed()
            }
            (Some("string"), _) => prop_oneof![about("maxLength", 3), about("minLength", 1)]
                .prop_flat_map(|length| prop::sample::select(vec!["x", "ä"]).prop_map(move |one| one.repeat(length as usize).into()))
                .boxed(),
            (Some("integer" | "number"), _) => {
                prop_oneof![about("maximum", 3), about("minimum", 1)].prop_map(Value::from).boxed()
            }
            (Some("array"), _) => {
                let entry = near(&schema["items"]);
                let size = prop_oneof![about("maxItems", 3), about("minItems", 1)];
                (entry, size).prop_map(|(entry, size)| vec![entry; size as usize].into()).boxed()
            }
            (Some("object"), _) => near_fields(schema).prop_map(Value::from).boxed(),
            _ => any::<bool>().prop_map(Value::from).boxed(),
        };
        let other = prop::sample::select(vec![
            json!(2.0),
            json!(2.5),
            json!("a"),
            json!([]),
            json!({}),
            json!(true),
            json!(-1),
        ]);
        prop_oneof![12 => fitting, 1 => other].boxed()
    }

    fn near_fields(schema: &Value) -> impl Strategy<Value = Map<String, Value>> + use<> {
        let properties = schema["properties"]
            .as_object()
            .cloned()
            .unwrap_or_default();
        let required = schema["required"].as_array().cloned().unwrap_or_default();
        let fields: Vec<_> = properties
            .iter()
            .map(|(name, property)| {
                let often = if required.contains(&json!(name)) {
                    0.95
                } else {
                    0.3
                };
                let name = name.clone();
                prop::option::weighted(often, near(property))
                    .prop_map(move |value| Some((name.clone(), value?)))
            })
            .collect();
        let unknown = prop::option::weighted(0.1, Just(("unknown".to_owned(), json!("x"))));
        (fields, unknown)
            .prop_map(|(fields, unknown)| fields.into_iter().flatten().chain(unknown).collect())
    }

    #[test]
    fn a_library_for_json_schema_says_the_same_of_every_tool() {
        let (fit, not) = (Cell::new(0), Cell::new(0));
        let every_tool = crate::tools::catalogue().chain(crate::tools::general::TOOLS);
        for entry in every_tool {
            let tool = Listed::new(*entry);
            let ours = tool.argument_schema().unwrap();
            let schema = Value::Object(tool.checked_schema());
            let theirs = jsonschema::options()
                .should_validate_formats(true)
                .with_format("email", text::is_address)
                .build(&schema)
                .unwrap();
            let same = |arguments: Map<String, Value>| {
                let verdict = ours.check(&arguments);
                let whole = Value::Object(arguments);
                prop_assert_eq!(
                    verdict.is_ok(),
                    theirs.is_valid(&whole),
                    "{}: {:?} of {}",
                    entry.name,
                    verdict,
                    whole
                );
                let counted = if verdict.is_ok() { &fit } else { &not };
                counted.set(counted.get() + 1);
                Ok(())
            };
            TestRunner::deterministic()
                .run(&near_fields(&schema), same)
                .unwrap();
        }
        // Both verdicts are common, so the comparison means something.
        assert!(
            fit.get() > 1_000 && not.get() > 1_000,
            "{fit:?} fit, {not:?} do not"
        );
    }
}
