//! What the journal has of a call: who, what and what became of it, and nothing that people wrote.

use std::sync::Arc;

use serde_json::{Value, json};
use webex::{Settings, Transport, Webex};
use webex_mcp::call::Parts;
use webex_mcp::call::consent::{Ask, Response};
use webex_mcp::error::Code;
use webex_mcp::journal::Journal;
use webex_mcp::journal::audit::{Book, Filter};
use webex_mcp::seal::Secret;
use webex_sandbox::{Options, Sandbox};

use crate::journey;
use crate::world::{Says, Shelf, World, error_of};

const CREATE: &str = "webex-create-message";

/// A world whose journal lies in a directory.
fn kept(directory: &std::path::Path) -> (World, Journal) {
    let sandbox = Sandbox::new(Options::for_tests());
    let transport = Transport::in_process(sandbox.router());
    let webex = Webex::with_transport("http://127.0.0.1:1/v1", transport, Settings::default());
    let secret = Secret::new(Box::new([7; 32]));
    let mut parts = Parts::in_memory(webex.unwrap(), &secret, Arc::new(Shelf)).unwrap();
    let (journal, digests) = Journal::start(Some(directory), &secret, None).unwrap();
    parts.journal = journal.clone();
    parts.digests = digests;
    (World::of(sandbox, parts), journal)
}

fn entries(directory: &std::path::Path) -> Vec<Value> {
    found(directory, &Filter::default())
}

fn found(directory: &std::path::Path, filter: &Filter) -> Vec<Value> {
    let book = Book::open(directory).unwrap().unwrap();
    let mut found = Vec::new();
    book.each(filter, |line| {
        found.push(serde_json::from_str(line.body).unwrap());
        true
    })
    .unwrap();
    found
}

#[tokio::test(crate = "crate::journey")]
async fn one_write_leaves_four_entries_and_no_text() {
    let directory = journey::directory();
    let (world, journal) = kept(&directory);
    let before = journal.commits();
    let secret_words = json!({"toPersonEmail": "bob@example.com", "text": "the secret plan"});
    let mut call = world.call("alice", CREATE, secret_words, Ask::Nobody);
    call.correlation.id = Some("order-7".into());
    call.caller.client = Some("a client".into());
    world.dispatcher.answer(call).await;
    world.dispatcher.settled().await;
    // One for intent and begin; end and outcome ride the next, which is the flush.
    assert_eq!(journal.commits() - before, 2);
    let entries = entries(&directory);
    let of_call: Vec<_> = entries
        .iter()
        .filter(|entry| entry["tool"] == CREATE)
        .collect();
    assert_eq!(of_call.len(), 4, "{entries:#?}");
    let intent = of_call[0];
    assert_eq!(intent["correlation_id"], "order-7", "{intent}");
    assert_eq!(intent["client"], "a client");
    assert_eq!(intent["decision"], "no confirmation needed");
    let all = serde_json::to_string(&entries).unwrap();
    assert!(!all.contains("secret plan"), "{all}");
    // People are pseudonyms there; their names lie beside it.
    assert!(!all.contains("sandbox-alice"), "{all}");
    let of_alice = Filter {
        principal: Some("sandbox-alice".into()),
        ..Filter::default()
    };
    assert_eq!(found(&directory, &of_alice).len(), 4);
    let outcome = of_call[3];
    assert_eq!(outcome["outcome"], "done", "{outcome}");
    assert_eq!(outcome["ids"].as_array().map(Vec::len), Some(1));
}

#[tokio::test(crate = "crate::journey")]
async fn a_no_of_a_person_is_an_entry_and_a_read_is_none() {
    let directory = journey::directory();
    let (world, journal) = kept(&directory);
    let it = json!({"roomId": "Project Unicorn"});
    world.facts("alice", "webex-get-space", it.clone()).await;
    let no = Ask::Session(Box::new(Says(Response::Declined)));
    let refused = world.reply("alice", "webex-delete-space", it, no).await;
    error_of(refused, Code::Declined);
    journal.flush().await;
    let entries = entries(&directory);
    let decided: Vec<_> = entries
        .iter()
        .filter(|entry| entry["tool"].is_string())
        .collect();
    assert_eq!(decided.len(), 1, "{entries:#?}");
    assert_eq!(decided[0]["decision"], "declined");
}

#[tokio::test(crate = "crate::journey")]
async fn a_journal_that_cannot_be_written_stops_effects_and_not_reads() {
    let directory = journey::directory();
    let (world, journal) = kept(&directory);
    journal.flush().await;
    // Another process holds the database and does not let go.
    let other = rusqlite::Connection::open(directory.join("records.db")).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let note = json!({"toPersonEmail": "bob@example.com", "text": "not now"});
    let refused = world
        .reply("alice", CREATE, note.clone(), Ask::Nobody)
        .await;
    let body = error_of(refused, Code::Unavailable);
    assert!(body["message"].as_str().unwrap().contains("journal"));
    assert!(
        world
            .wire_calls()
            .iter()
            .all(|call| call.starts_with("GET"))
    );
    world.facts("alice", "webex-get-space", json!({})).await;
    other.execute_batch("ROLLBACK").unwrap();
    world.facts("alice", CREATE, note).await;
}
