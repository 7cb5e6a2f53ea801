//! Tests of records over every backend: what they share. Each file answers one question.

mod damage;
mod inbox;
mod keys;
pub(crate) mod place;
mod promises;
mod secrecy;

use std::fs;
use std::time::Duration;

use self::place::{Place, START};
use super::*;

const MINUTE: i64 = 60_000;

/// Runs every test of a suite on each backend; a suite opens its records with `Place`.
macro_rules! contract {
    ($($name:ident),* $(,)?) => {
        mod memory {
            $(#[tokio::test] async fn $name() { super::$name(&super::Place::memory()).await })*
        }
        mod disk {
            $(#[tokio::test] async fn $name() { super::$name(&super::Place::disk()).await })*
        }
    };
}
pub(crate) use contract;

fn name(tenant: &str, kind: &str, id: &str) -> RecordName {
    RecordName {
        tenant: tenant.to_owned(),
        kind: kind.to_owned(),
        id: id.to_owned(),
    }
}

fn opening(nonce: Option<Uuid>, key: Option<Digest>) -> Arc<change::Opening> {
    Arc::new(change::Opening {
        call: Uuid::now_v7(),
        process: Uuid::now_v7(),
        identical: [1; 32],
        key,
        arguments: [2; 32],
        nonce,
        person: Some(Person {
            tenant: "t".to_owned(),
            principal: "p".to_owned(),
            name: "Alice".to_owned(),
        }),
        keeps_outcome: true,
        entry: b"{\"kind\":\"call\"}".to_vec(),
    })
}

fn begin(opening: Arc<change::Opening>) -> Change {
    Change::Begin {
        opening,
        number: 1,
        what: "POST /messages".to_owned(),
        entry: b"{\"kind\":\"begin\"}".to_vec(),
        at: START,
    }
}

fn note() -> Change {
    Change::Note {
        entry: b"{\"kind\":\"note\"}".to_vec(),
    }
}

/// Everything below a directory.
fn contents(directory: &Path) -> Vec<(String, Vec<u8>)> {
    let mut found: Vec<_> = fs::read_dir(directory)
        .unwrap()
        .map(|entry| entry.unwrap())
        .filter(|entry| entry.file_type().unwrap().is_file())
        .map(|entry| {
            let name = entry.file_name().to_string_lossy().into_owned();
            (name, fs::read(entry.path()).unwrap())
        })
        .collect();
    found.sort();
    found
}

/// Ends the threads of `records` and waits until they are gone.
async fn close(records: Records) {
    records.store().flush().await.unwrap();
    let (told, gone) = std::sync::mpsc::channel();
    records.send(writer::Job::Crash(told));
    gone.recv().unwrap();
}
