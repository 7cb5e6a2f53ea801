//! Tests that every line of people's text is marked, whatever it contains and wherever it appears.

use proptest::prelude::*;
use serde::Serialize;
use serde_json::json;

use super::*;
use crate::limits::ANSWER_TEXT_MAX_BYTES;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Rows {
    titles: Vec<Theirs>,
    from: &'static str,
}

impl Render for Rows {
    fn render(&self, out: &mut Lines) {
        for title in &self.titles {
            out.gap();
            out.line(&["From ", self.from]);
            out.add(&[":"]);
            out.theirs(title);
        }
        out.gap();
        out.fact("id", Some(&"R1"));
        out.fact("team", None::<&String>);
    }
}

fn rows(titles: &[&str]) -> Rows {
    Rows {
        titles: titles.iter().map(|title| Theirs::from(*title)).collect(),
        from: "bob@example.com",
    }
}

#[test]
fn one_thing_is_told_in_the_singular() {
    for (count, one, told) in [
        (0, "file", "0 files"),
        (1, "file", "1 file"),
        (2, "file", "2 files"),
        (1_234, "message", "1234 messages"),
        (1, "person", "1 person"),
        (3, "person", "3 people"),
        (2, "more person", "2 more people"),
        (2, "entry", "2 entries"),
        (2, "day", "2 days"),
    ] {
        assert_eq!(counted(count, one), told);
    }
    assert_eq!(counted(with_commas(1_234), "file"), "1,234 files");
}

#[test]
fn lines_come_as_they_were_written_with_a_gap_between_entries() {
    let Told { text, facts } = told(&rows(&["one\ntwo", "three"])).unwrap();
    let expected = "From bob@example.com:
> one
> two

From bob@example.com:
> three

id: R1";
    assert_eq!(text, expected);
    let expected = json!({"titles": ["one\ntwo", "three"], "from": "bob@example.com"});
    assert_eq!(facts.to_value(), expected);
}

#[test]
fn an_address_is_told_whole_once_and_its_short_form_means_nobody_else() {
    #[derive(Serialize)]
    struct People(Vec<&'static str>);
    impl Render for People {
        fn render(&self, out: &mut Lines) {
            for address in &self.0 {
                out.address(address);
            }
        }
    }
    let people = vec![
        "bob@example.com",
        "bob@example.com",
        "bob@evil.example",
        "bob@evil.example",
        "bob@example.com",
        "@x",
        "@x",
        "bob",
    ];
    let text = told(&People(people)).unwrap().text;
    let expected = "bob@example.com\nbob\nbob@evil.example\nbob@evil.example\nbob\n@x\n@x\nbob";
    assert_eq!(text, expected);
}

#[test]
fn a_text_block_may_begin_with_what_people_wrote() {
    #[derive(Serialize)]
    struct Only(Theirs);
    impl Render for Only {
        fn render(&self, out: &mut Lines) {
            out.gap();
            out.theirs(&self.0);
        }
    }
    assert_eq!(told(&Only("x".into())).unwrap().text, "> x");
}

#[test]
fn hidden_characters_are_counted_in_both_forms() {
    let words = "pay\u{200b}roll\u{202e}";
    let Told { text, facts } = told(&rows(&[words, "x", words])).unwrap();
    let note = "\nHidden characters removed from what people wrote: 4";
    assert!(text.ends_with(note), "{text}");
    assert_eq!(facts.to_value()["hiddenCharactersRemoved"], 4);
    assert_eq!(facts.to_value()["titles"][0], "payroll");
}

#[test]
fn a_text_block_has_a_bound_and_says_what_is_missing() {
    for long in ["\n".repeat(30_000), "ü".repeat(30_000)] {
        let Told { text, .. } = told(&rows(&[&long])).unwrap();
        assert!(text.len() <= ANSWER_TEXT_MAX_BYTES, "{}", text.len());
        let end = text.chars().rev().take(80).collect::<Vec<_>>();
        assert!(text.ends_with("by its id"), "{end:?}");
    }
}

/// Nobody chooses the form of an id or an address, so these only have to stay on their line.
#[test]
fn a_plain_fact_cannot_leave_its_line() {
    let mut rows = rows(&[""]);
    rows.from = "text\r\n> x\u{2028}y\u{202e}";
    let text = told(&rows).unwrap().text;
    assert!(text.starts_with("From text > x y:\n"), "{text}");
}

const OURS: [&str; 3] = ["From bob@example.com:", "", "id: R1"];

proptest! {
    #[test]
    fn every_line_of_theirs_is_marked(theirs in "([a-z>:| \n\r\t\u{b}\u{c}\u{0}\u{7f}\u{85}\u{200b}-\u{200f}\u{2028}-\u{202e}\u{e0020}-\u{e007f}]|\\PC){0,60}") {
        let Told { text, .. } = told(&rows(&[&theirs])).unwrap();
        let breaks = ['\n', '\r', '\u{b}', '\u{c}', '\u{85}', '\u{2028}', '\u{2029}'];
        let ours = text.split(breaks).filter(|line| !line.starts_with("> "));
        let ours: Vec<_> = ours.filter(|line| !line.starts_with("Hidden characters ")).collect();
        prop_assert_eq!(ours, OURS.to_vec());
    }
}
