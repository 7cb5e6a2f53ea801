//! Reports all argument names that the tool does not have, each with the name that was probably
//! meant.

use serde_json::{Map, Value};

use crate::error::CallError;
use crate::limits::UNKNOWN_ARGUMENTS_NAMED;
use crate::servers::argument_schema::shown;

/// Below this similarity, a suggestion confuses more than it helps.
const NEAR: f64 = 0.8;

/// Names that people, models and Webex's own API use for arguments that have other names here. Of
/// the names on the right, the first that the tool has is suggested.
const OTHER_WORDS: [(&[&str], &[&str]); 12] = [
    (
        &["message", "body", "content", "msg"],
        &["text", "messageId"],
    ),
    (
        &[
            "room",
            "space",
            "spaceid",
            "channel",
            "channelid",
            "conversation",
        ],
        &["roomId"],
    ),
    (
        &[
            "person",
            "personid",
            "user",
            "userid",
            "member",
            "to",
            "recipient",
        ],
        &["toPersonId", "personId", "actorId"],
    ),
    (
        &[
            "email",
            "emailaddress",
            "useremail",
            "personemail",
            "recipientemail",
        ],
        &["toPersonEmail", "personEmail", "email"],
    ),
    (&["limit", "count", "size", "pagesize", "top"], &["max"]),
    (&["name", "subject"], &["name", "displayName", "title"]),
    (
        &["thread", "threadid", "replyto"],
        &["parentId", "messageId"],
    ),
    (
        &["url", "uri", "link", "file"],
        &["fileUrl", "targetUrl", "files"],
    ),
    (&["q", "search", "keyword", "keywords", "term"], &["query"]),
    (
        &["since", "from", "after", "start", "startdate", "starttime"],
        &["after", "from"],
    ),
    (
        &["until", "before", "end", "enddate", "endtime"],
        &["before", "to"],
    ),
    (&["page", "pagetoken", "nextcursor", "offset"], &["cursor"]),
];

/// One object of the arguments with names that its schema does not have.
struct Strange<'a> {
    /// What stands before the names: nothing, or such as `buttons[0].`.
    before: String,
    names: Vec<&'a str>,
    known: Vec<&'a str>,
}

/// # Errors
/// `invalid_arguments`, with every name that the tool does not have, in fields of fields too.
pub(super) fn refuse(
    schema: &Map<String, Value>,
    arguments: &Map<String, Value>,
) -> Result<(), CallError> {
    let mut found = Vec::new();
    look(schema, arguments, "", &mut found);
    let Some(first) = found.first() else {
        return Ok(());
    };
    let count: usize = found.iter().map(|one| one.names.len()).sum();
    let names = found
        .iter()
        .flat_map(|one| one.names.iter().map(move |name| (one, *name)));
    let mut named: Vec<_> = names
        .take(UNKNOWN_ARGUMENTS_NAMED)
        .map(|(one, name)| {
            let (name, before) = (shown(name), &one.before);
            match nearest(&name, &one.known) {
                Some(right) => format!("`{before}{name}` (perhaps `{right}`)"),
                None => format!("`{before}{name}`"),
            }
        })
        .collect();
    if count > named.len() {
        named.push(format!("{} more", count - named.len()));
    }
    let there_is = match count {
        1 => "there is no such argument",
        _ => "there are no such arguments",
    };
    let known = match first.known.is_empty() {
        true => "none".to_owned(),
        false => first.known.join(", "),
    };
    Err(super::refused(format!(
        "{}: {there_is}; there are {known}.",
        named.join(", ")
    )))
}

/// Finds the unknown names of an object, and of the objects in it.
fn look<'a>(
    schema: &'a Map<String, Value>,
    fields: &'a Map<String, Value>,
    before: &str,
    found: &mut Vec<Strange<'a>>,
) {
    let properties = schema.get("properties").and_then(Value::as_object);
    let is_closed = schema.get("additionalProperties") == Some(&Value::Bool(false));
    let of = |name: &str| properties.and_then(|all| all.get(name)?.as_object());
    let unknown = fields.keys().filter(|name| of(name).is_none());
    let names: Vec<_> = unknown.map(String::as_str).collect();
    if is_closed && !names.is_empty() {
        let known = properties.into_iter().flat_map(Map::keys);
        found.push(Strange {
            before: before.to_owned(),
            names,
            known: known.map(String::as_str).collect(),
        });
    }
    for (name, value) in fields {
        let Some(schema) = of(name) else {
            continue;
        };
        match value {
            Value::Object(inner) => look(schema, inner, &format!("{before}{name}."), found),
            Value::Array(entries) => {
                let Some(schema) = schema.get("items").and_then(Value::as_object) else {
                    continue;
                };
                for (at, entry) in entries.iter().enumerate() {
                    if let Value::Object(inner) = entry {
                        look(schema, inner, &format!("{before}{name}[{at}]."), found);
                    }
                }
            }
            _ => {}
        }
    }
}

fn nearest<'a>(wrong: &str, known: &[&'a str]) -> Option<&'a str> {
    let wrong = folded(wrong);
    let is_same = |name: &&&str| folded(name) == wrong;
    if let Some(same) = known.iter().find(is_same) {
        return Some(same);
    }
    let meant = OTHER_WORDS
        .iter()
        .filter(|(words, _)| words.contains(&wrong.as_str()))
        .flat_map(|(_, rights)| *rights)
        .find_map(|right| known.iter().find(|name| *name == right));
    if let Some(meant) = meant {
        return Some(meant);
    }
    let likeness = |name: &str| strsim::jaro_winkler(&wrong, &folded(name));
    let like = known.iter().map(|name| (likeness(name), *name));
    like.filter(|(likeness, _)| *likeness >= NEAR)
        .max_by(|(one, _), (two, _)| one.total_cmp(two))
        .map(|(_, name)| name)
}

/// `room_id`, `RoomID` and `roomId` are the same word.
fn folded(name: &str) -> String {
    let letters = name.chars().filter(char::is_ascii_alphanumeric);
    letters.map(|letter| letter.to_ascii_lowercase()).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn every_unknown_name_is_told_at_every_depth() {
        let button = json!({"type": "object", "additionalProperties": false,
            "properties": {"title": {"type": "string"}, "url": {"type": "string"}}});
        let schema = json!({"additionalProperties": false, "properties": {
            "roomId": {"type": "string"}, "open": {"type": "object"}, "one": button,
            "buttons": {"type": "array", "items": button},
        }});
        let told = |given: Value| {
            let given = given.as_object().unwrap();
            refuse(schema.as_object().unwrap(), given).map_err(|error| error.message.into_owned())
        };
        for (given, expected) in [
            (
                json!({"roomId": "x", "open": {"a": {"b": 1}}, "buttons": [{"title": "a"}, 7]}),
                Ok(()),
            ),
            (
                json!({"buttons": [{"titel": "a", "colour": 1}]}),
                Err(
                    "`buttons[0].colour`, `buttons[0].titel` (perhaps `title`): there are no such arguments; there are title, url.",
                ),
            ),
            (
                json!({"one": {"link": "x"}, "buttons": [{}, {"url": "x", "Title": "a"}]}),
                Err(
                    "`buttons[1].Title` (perhaps `title`), `one.link`: there are no such arguments; there are title, url.",
                ),
            ),
            (
                json!({"room": "x", "one": {"titel": "x"}}),
                Err(
                    "`room` (perhaps `roomId`), `one.titel` (perhaps `title`): there are no such arguments; there are buttons, one, open, roomId.",
                ),
            ),
        ] {
            assert_eq!(told(given), expected.map_err(str::to_owned));
        }
    }

    #[test]
    fn the_name_that_was_meant_is_found() {
        let create = [
            "attachments",
            "files",
            "html",
            "markdown",
            "parentId",
            "roomId",
            "text",
            "toPersonEmail",
            "toPersonId",
        ];
        let list = [
            "after",
            "before",
            "cursor",
            "max",
            "messageId",
            "personEmail",
            "personId",
            "roomId",
        ];
        let events = ["actorId", "cursor", "from", "max", "resource", "to", "type"];
        let cases: [(&[&str], &str, Option<&str>); 20] = [
            (&create, "message", Some("text")),
            (&create, "room", Some("roomId")),
            (&create, "room_id", Some("roomId")),
            (&create, "RoomID", Some("roomId")),
            (&create, "channel", Some("roomId")),
            (&create, "txt", Some("text")),
            (&create, "mardown", Some("markdown")),
            (&create, "to", Some("toPersonId")),
            (&create, "email", Some("toPersonEmail")),
            (&create, "thread_id", Some("parentId")),
            (&create, "colour", None),
            (&list, "message", Some("messageId")),
            (&list, "limit", Some("max")),
            (&list, "user", Some("personId")),
            (&list, "since", Some("after")),
            (&events, "since", Some("from")),
            (&events, "before", Some("to")),
            (&events, "personId", Some("actorId")),
            (&create, "personId", Some("toPersonId")),
            (&[], "text", None),
        ];
        for (known, wrong, right) in cases {
            assert_eq!(nearest(wrong, known), right, "{wrong} of {known:?}");
        }
    }
}
