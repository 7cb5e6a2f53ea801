//! Tests that every line of people's text is marked, whatever it contains and wherever it appears.

use proptest::prelude::*;
use serde::Serialize;
use serde_json::json;

use super::*;
use crate::limits::ANSWER_TEXT_MAX_BYTES;

#[derive(Serialize)]
struct Row {
    id: &'static str,
    title: Option<Theirs>,
    from: &'static str,
    #[serde(flatten)]
    more: More,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct More {
    file_name: Theirs,
    files: Vec<&'static str>,
    labels: Vec<Theirs>,
    #[serde(skip_serializing_if = "Option::is_none")]
    base64: Option<Unshown>,
}

#[derive(Serialize)]
struct Page {
    returned: usize,
    cursor: Option<String>,
}

#[derive(Serialize)]
struct Rows {
    rows: Vec<Row>,
    read: u64,
    page: Page,
}

fn rows(theirs: &str) -> Rows {
    let row = Row {
        id: "R1",
        title: Some(theirs.into()),
        from: "bob@example.com",
        more: More {
            file_name: theirs.into(),
            files: vec!["F1", "F2"],
            labels: vec![theirs.into()],
            base64: None,
        },
    };
    Rows {
        rows: vec![row],
        read: 1,
        page: Page {
            returned: 1,
            cursor: None,
        },
    }
}

#[test]
fn facts_come_in_their_order_and_what_people_wrote_beneath_them() {
    let Told { text, facts } = told(&rows("one\ntwo")).unwrap();
    let expected = "read: 1
- id: R1 | from: bob@example.com | files: F1, F2
  title:
  > one
  > two
  fileName:
  > one
  > two
  labels:
  > one
  > two
page: returned: 1 | cursor: null";
    assert_eq!(text, expected);
    let row = json!({
        "id": "R1", "title": "one\ntwo", "from": "bob@example.com", "fileName": "one\ntwo",
        "files": ["F1", "F2"], "labels": ["one\ntwo"],
    });
    let expected = json!({"rows": [row], "read": 1, "page": {"returned": 1, "cursor": null}});
    assert_eq!(facts, expected);
}

#[test]
fn an_answer_may_begin_with_what_people_wrote() {
    #[derive(Serialize)]
    struct Only {
        name: Theirs,
    }
    assert_eq!(told(&Only { name: "x".into() }).unwrap().text, "name:\n> x");
}

#[test]
fn hidden_characters_are_counted_in_both_forms() {
    let Told { text, facts } = told(&rows("pay\u{200b}roll\u{202e}")).unwrap();
    // Three fields with two each.
    assert!(text.ends_with("\nhiddenCharactersRemoved: 6"), "{text}");
    assert_eq!(facts["hiddenCharactersRemoved"], 6);
    assert_eq!(facts["rows"][0]["title"], "payroll");
}

#[test]
fn base64_stands_in_the_structure_only() {
    let mut rows = rows("x");
    rows.rows[0].more.base64 = Some(Unshown("QUJD".repeat(100)));
    let Told { text, facts } = told(&rows).unwrap();
    assert!(!text.contains("QUJD"), "{text}");
    assert!(text.contains("base64: 400 characters"), "{text}");
    assert_eq!(facts["rows"][0]["base64"].as_str().unwrap().len(), 400);
}

#[test]
fn a_text_block_has_a_bound_and_says_what_is_missing() {
    let Told { text, .. } = told(&rows(&"\n".repeat(30_000))).unwrap();
    assert!(text.len() <= ANSWER_TEXT_MAX_BYTES, "{}", text.len());
    assert!(text.ends_with("by its id"), "{}", &text[text.len() - 80..]);
}

/// Nobody chooses the form of an id or an address, so these only have to stay on their line.
#[test]
fn a_plain_value_cannot_leave_its_line() {
    #[derive(Serialize)]
    struct Plain {
        kind: &'static str,
    }
    let kind = "text\r\n> x\u{2028}y\u{202e}";
    assert_eq!(told(&Plain { kind }).unwrap().text, "kind: text > x y");
}

const OURS: [&str; 6] = [
    "read: 1",
    "- id: R1 | from: bob@example.com | files: F1, F2",
    "title:",
    "fileName:",
    "labels:",
    "page: returned: 1 | cursor: null",
];

proptest! {
    #[test]
    fn every_line_of_theirs_is_marked(theirs in "([a-z>:| \n\r\t\u{b}\u{c}\u{0}\u{7f}\u{85}\u{200b}-\u{200f}\u{2028}-\u{202e}\u{e0020}-\u{e007f}]|\\PC){0,60}") {
        let Told { text, .. } = told(&rows(&theirs)).unwrap();
        let breaks = ['\n', '\r', '\u{b}', '\u{c}', '\u{85}', '\u{2028}', '\u{2029}'];
        let mut ours = 0;
        for line in text.split(breaks) {
            let line = line.trim_start();
            if line.starts_with("> ") || line == ">" {
                continue;
            }
            if line.starts_with("hiddenCharactersRemoved: ") {
                continue;
            }
            prop_assert!(OURS.contains(&line), "{line:?}");
            ours += 1;
        }
        prop_assert_eq!(ours, OURS.len());
    }
}
