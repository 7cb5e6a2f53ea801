//! The operations of the client against the facts of Cisco's OpenAPI document.
#![allow(clippy::unwrap_used, clippy::panic)]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;
use webex::operations::{ALL, GUIDES};
use webex::{Operation, Repeat};

fn here(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// Such as `GET /rooms/{roomId}`.
fn call(operation: &Operation) -> String {
    format!("{} {}", operation.method, operation.path)
}

fn is_in_document(operation: &Operation) -> bool {
    !GUIDES.contains(&operation.group())
}

fn facts() -> Value {
    serde_json::from_str(include_str!("../facts/webex.json")).unwrap()
}

/// The calls of Cisco's document.
fn document() -> BTreeSet<String> {
    let facts = facts();
    let paths = facts["paths"].as_object().unwrap();
    let calls = paths.iter().flat_map(|(path, calls)| {
        let methods = calls.as_object().unwrap().keys();
        methods.map(move |method| format!("{} {path}", method.to_uppercase()))
    });
    calls.collect()
}

/// The client's own files.
fn sources() -> Vec<(PathBuf, String)> {
    let mut files = Vec::new();
    let mut folders = vec![here("src")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let text = fs::read_to_string(&path).unwrap();
            files.push((path, text));
        }
    }
    files
}

#[test]
fn the_client_has_every_operation_of_the_document_and_no_other() {
    let document = document();
    let of_document = ALL.iter().filter(|operation| is_in_document(operation));
    let client: BTreeSet<String> = of_document.map(|operation| call(operation)).collect();
    let missing: Vec<_> = document.difference(&client).collect();
    assert!(missing.is_empty(), "the client lacks {missing:#?}");
    let unknown: Vec<_> = client.difference(&document).collect();
    assert!(unknown.is_empty(), "the document lacks {unknown:#?}");
}

/// Cisco's sentences are not ours to ship, and a file without its licence may not be shipped at all.
#[test]
fn the_facts_name_their_source_and_quote_no_prose() {
    let facts = facts();
    for said in ["source", "license", "changes"] {
        assert!(facts[said].is_string(), "{said}");
    }
    assert!(facts["license"].as_str().unwrap().starts_with("CC BY 4.0"));
    let prose = [
        "description",
        "summary",
        "title",
        "example",
        "examples",
        "default",
    ];
    let mut rest = vec![("", &facts["paths"]), ("", &facts["components"])];
    while let Some((parent, value)) = rest.pop() {
        match value {
            Value::Object(fields) => {
                for (name, value) in fields {
                    // Below `properties` it is the name of a field.
                    let is_word = parent != "properties" && prose.contains(&name.as_str());
                    assert!(!is_word, "{name}: {value}");
                    rest.push((name, value));
                }
            }
            Value::Array(values) => rest.extend(values.iter().map(|value| (parent, value))),
            Value::String(text) => assert!(!text.contains(". ") && text.len() <= 100, "{text}"),
            _ => {}
        }
    }
}

#[test]
fn every_operation_is_listed_once_and_its_name_is_its_own() {
    let names: BTreeSet<_> = ALL.iter().map(|operation| operation.name).collect();
    assert_eq!(names.len(), ALL.len());
    let mut declared = BTreeSet::new();
    for (_, text) in sources() {
        let statics = text.split("pub static ").skip(1);
        let operations = statics.filter_map(|text| text.split_once(": Operation = Operation {"));
        let names = operations.filter_map(|(_, fields)| fields.split('"').nth(1));
        declared.extend(names.map(str::to_owned));
    }
    let listed: BTreeSet<_> = names.into_iter().map(str::to_owned).collect();
    assert_eq!(declared, listed, "list every operation in operations.rs");
}

/// The methods of a file: what is said of each, and its body.
fn methods(text: &str) -> impl Iterator<Item = (String, &str)> {
    let starts = text.match_indices("    pub async fn ");
    starts.map(move |(start, _)| {
        let lines = text[..start].lines().rev();
        let said = lines.take_while(|line| line.starts_with("    ///"));
        let said: Vec<_> = said.map(|line| line[7..].trim()).collect();
        let body = &text[start..];
        let end = body.find("\n    }\n").unwrap_or(body.len());
        let said: Vec<_> = said.into_iter().rev().collect();
        (said.join(" "), &body[..end])
    })
}

#[test]
fn every_method_says_which_scopes_its_operation_needs() {
    let mut count = 0;
    for (path, text) in sources() {
        for operation in ALL.iter().filter(|operation| !operation.scopes.is_empty()) {
            let declared = format!("name: \"{}\"", operation.name);
            let Some(at) = text.find(&declared) else {
                continue;
            };
            let before = text[..at].rsplit("pub static ").next().unwrap();
            let constant = before.split(':').next().unwrap();
            let sent = [
                format!("{constant}.call()"),
                format!("(&{constant},"),
                format!("{constant}\n"),
            ];
            let scopes: Vec<_> = operation
                .scopes
                .iter()
                .map(|it| format!("`{it}`"))
                .collect();
            let sentence = format!("Scope: {}.", scopes.join(" and "));
            for (said, body) in methods(&text) {
                let is_sent = sent.iter().any(|sent| {
                    let mut places = body.match_indices(sent.as_str());
                    places.any(|(at, _)| {
                        !body[..at].ends_with(|it: char| it == '_' || it.is_ascii_uppercase())
                    })
                });
                if is_sent {
                    count += 1;
                    let place = path.display();
                    assert!(
                        said.contains(&sentence),
                        "{place}: {constant} needs \"{sentence}\""
                    );
                }
            }
        }
    }
    assert!(count > 80, "only {count} methods were found");
}

#[test]
fn what_only_reads_may_be_repeated_and_nothing_else() {
    for operation in ALL {
        // Some questions are too long, or too secret, for a URL and are posted: a request for a link
        // to join has the meeting's password.
        let is_read = ["GET", "HEAD"].contains(&operation.method.as_str())
            || operation.path.ends_with("/query")
            || operation.path == "/meetings/join";
        let is_repeated = operation.repeat == Repeat::Read;
        assert_eq!(is_repeated, is_read, "{}", operation.name);
    }
}
