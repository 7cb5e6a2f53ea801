//! The one small Webex that is measured: ids, and the bodies its stand-in answers with.

use std::fmt::Write as _;
use std::ops::Range;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use bytes::Bytes;
use serde_json::{Value, json};

/// The space that calls name; the first of the list of spaces.
pub const ROOM_TITLE: &str = "Project Unicorn";
/// As many messages as Webex gives in one page.
pub const PAGE_MESSAGES: usize = 100;
/// Entries of a list that is too long to be held.
pub const MEMBERSHIPS: usize = 1_000_000;
/// As many of them as Webex gives in one page.
pub const PAGE_MEMBERSHIPS: usize = 1_000;
/// A file as large as Webex allows.
pub const FILE_BYTES: u64 = 100_000_000;

const SENTENCES: [&str; 4] = [
    "The rollout to the Hamburg site is planned for Thursday, and two people still wait for a badge.",
    "I moved the numbers into the shared sheet; row 14 needs a second look before the review.",
    "Build 4711 is green again: the flaky test waited for a port that another job had taken.",
    "Can somebody confirm with facilities that the big room is ours from nine until noon?",
];

/// An id in Webex's form for the `ordinal`-th resource of a kind such as `MESSAGE`.
#[must_use]
pub fn id(kind: &str, ordinal: usize) -> String {
    STANDARD_NO_PAD.encode(format!(
        "ciscospark://us/{kind}/5b2f7c1e-8d3a-4f60-9a11-{ordinal:012x}"
    ))
}

/// One message of about 2 KB: long text, its HTML, a file and a mention.
#[must_use]
pub fn message() -> Bytes {
    let text = SENTENCES.join(" ").repeat(2);
    let mut message = message_value(0, &text);
    message["html"] = json!(format!("<p>{text}</p>"));
    message["files"] = json!([format!(
        "https://webexapis.com/v1/contents/{}",
        id("CONTENT", 0)
    )]);
    message["mentionedPeople"] = json!([id("PEOPLE", 3)]);
    message.to_string().into()
}

/// The newest messages of the space, one body for every page size from 0 to 100.
#[must_use]
pub fn message_pages() -> Vec<Bytes> {
    let items: Vec<String> = (0..PAGE_MESSAGES)
        .map(|ordinal| {
            let first = SENTENCES[ordinal % SENTENCES.len()];
            let second = SENTENCES[(ordinal / SENTENCES.len()) % SENTENCES.len()];
            message_value(ordinal, &format!("{first} {second}")).to_string()
        })
        .collect();
    (0..=PAGE_MESSAGES)
        .map(|size| format!(r#"{{"items":[{}]}}"#, items[..size].join(",")).into())
        .collect()
}

/// The caller's spaces.
#[must_use]
pub fn rooms() -> Bytes {
    let titles = [
        "Engineering",
        "Leadership",
        "CI/CD",
        "Daily Standup",
        "General",
    ];
    let items: Vec<Value> = std::iter::once(room_value(0, ROOM_TITLE))
        .chain((1..40).map(|ordinal| {
            room_value(
                ordinal,
                &format!("{} {ordinal}", titles[ordinal % titles.len()]),
            )
        }))
        .collect();
    json!({ "items": items }).to_string().into()
}

/// The space that calls name.
#[must_use]
pub fn room() -> Bytes {
    room_value(0, ROOM_TITLE).to_string().into()
}

/// The caller.
#[must_use]
pub fn me() -> Bytes {
    json!({
        "id": id("PEOPLE", 0),
        "emails": ["alice@example.com"],
        "displayName": "Alice Johnson",
        "orgId": id("ORGANIZATION", 0),
        "created": "2024-02-01T08:00:00.000Z",
        "type": "person",
    })
    .to_string()
    .into()
}

/// One page of the long list.
#[must_use]
pub fn memberships(ordinals: Range<usize>) -> Bytes {
    let mut page = String::with_capacity(ordinals.len() * 512);
    page.push_str(r#"{"items":["#);
    for ordinal in ordinals.clone() {
        if ordinal > ordinals.start {
            page.push(',');
        }
        let (id, room, person) = (
            id("MEMBERSHIP", ordinal),
            id("ROOM", 0),
            id("PEOPLE", ordinal),
        );
        // Writing to a string cannot fail.
        let _ = write!(
            page,
            r#"{{"id":"{id}","roomId":"{room}","personId":"{person}","personEmail":"person{ordinal}@example.com","personDisplayName":"Person {ordinal}","isModerator":false,"created":"2025-01-05T08:00:00.000Z"}}"#
        );
    }
    page.push_str("]}");
    page.into()
}

fn message_value(ordinal: usize, text: &str) -> Value {
    json!({
        "id": id("MESSAGE", ordinal),
        "roomId": id("ROOM", 0),
        "roomType": "group",
        "text": text,
        "personId": id("PEOPLE", ordinal % 7),
        "personEmail": format!("person{}@example.com", ordinal % 7),
        "created": format!("2026-01-05T{:02}:{:02}:00.000Z", 8 - ordinal / 60, 59 - ordinal % 60),
    })
}

fn room_value(ordinal: usize, title: &str) -> Value {
    json!({
        "id": id("ROOM", ordinal),
        "title": title,
        "type": "group",
        "isLocked": false,
        "lastActivity": format!("2026-01-05T08:{:02}:00.000Z", 59 - ordinal),
        "creatorId": id("PEOPLE", 0),
        "created": "2025-01-05T08:00:00.000Z",
        "ownerId": id("ORGANIZATION", 0),
        "isPublic": false,
        "isReadOnly": false,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bodies_have_the_sizes_that_the_figures_speak_of() {
        let message = message().len();
        assert!(
            (1_800..=2_400).contains(&message),
            "one message is {message} bytes"
        );
        let page = message_pages()[PAGE_MESSAGES].len();
        assert!((50_000..=60_000).contains(&page), "a page is {page} bytes");
        let members: Value = serde_json::from_slice(&memberships(7..9)).unwrap();
        assert_eq!(members["items"].as_array().map(Vec::len), Some(2));
        let first: Value = serde_json::from_slice(&message_pages()[3]).unwrap();
        assert_eq!(first["items"].as_array().map(Vec::len), Some(3));
    }
}
