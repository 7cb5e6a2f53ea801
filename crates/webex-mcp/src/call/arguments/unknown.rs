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

/// # Errors
/// `invalid_arguments`, with every name that the tool does not have.
pub(super) fn refuse(
    schema: &Map<String, Value>,
    arguments: &Map<String, Value>,
) -> Result<(), CallError> {
    let known: Vec<_> = match schema.get("properties") {
        Some(Value::Object(properties)) => properties.keys().map(String::as_str).collect(),
        _ => Vec::new(),
    };
    let is_unknown = |name: &&String| !known.contains(&name.as_str());
    let count = arguments.keys().filter(is_unknown).count();
    if count == 0 {
        return Ok(());
    }
    let unknown = arguments.keys().filter(is_unknown);
    let mut named: Vec<_> = unknown
        .take(UNKNOWN_ARGUMENTS_NAMED)
        .map(|name| {
            let name = shown(name);
            match nearest(&name, &known) {
                Some(right) => format!("`{name}` (perhaps `{right}`)"),
                None => format!("`{name}`"),
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
    let known = match known.is_empty() {
        true => "none".to_owned(),
        false => known.join(", "),
    };
    Err(super::refused(format!(
        "{}: {there_is}; there are {known}.",
        named.join(", ")
    )))
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
    use super::*;

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
