//! Tests of the journal over both backends: what they share. Each file tests one guarantee.

mod crashes;
mod keeping;
mod recall;
mod stories;
mod verification;
mod writing;

use super::audit::Book;
use super::*;
use crate::identity::{Principal, Tenant};
use crate::stores::records::tests::contract;
use crate::stores::records::tests::place::{Place, START};
use crate::stores::records::{Job, chain};

const MINUTE: i64 = 60_000;

impl Place {
    fn start(&self) -> Journal {
        self.start_under(1, None)
    }

    fn start_under(&self, secret: u8, previous: Option<u8>) -> Journal {
        let started = self.opened(secret, previous, Journal::start_with);
        started.unwrap().0
    }

    fn book(&self) -> Book {
        Book::open(self.path()).unwrap().unwrap()
    }
}

pub(crate) fn intent(arguments: &str) -> Intent {
    let mut arguments_digest = [0; 32];
    arguments_digest[..arguments.len()].copy_from_slice(arguments.as_bytes());
    Intent {
        call: Uuid::now_v7(),
        tenant: Tenant::single(),
        principal: Principal::new("p1"),
        display: Some("Alice".to_owned()),
        client: Some("test".into()),
        server: "webex".into(),
        tool: "webex-create-message".into(),
        effect: "write",
        arguments_digest,
        key: None,
        nonce: None,
        decision: "no confirmation needed",
        policy_version: "1".into(),
        correlation: Correlation::default(),
        keeps_outcome: true,
    }
}

fn keyed(arguments: &str, key: &str) -> Intent {
    Intent {
        key: Some(key.to_owned()),
        ..intent(arguments)
    }
}

fn done(answer: &[u8]) -> Settled {
    Settled {
        code: DONE,
        ids: vec!["m1".to_owned()],
        kept: Some(answer.to_vec()),
    }
}

async fn begin(call: &OpenCall) -> Result<Write, BeginError> {
    call.begin("create-message", "/messages").await
}

fn ended() -> WriteOutcome {
    WriteOutcome::Done {
        status: 200,
        ids: vec!["m1".to_owned()],
        tracking_id: None,
    }
}

/// One call with one write, from its intent to its outcome.
pub(crate) async fn run(journal: &Journal, intent: Intent, answer: &[u8]) -> OpenCall {
    let call = journal.open(intent);
    let write = begin(&call).await.unwrap();
    call.end(write, ended());
    call.settle(done(answer));
    call
}

async fn recall(journal: &Journal, intent: &Intent) -> Recall {
    journal.recall(&Asked::of(intent)).await.unwrap()
}

fn word(recall: &Recall) -> &'static str {
    match recall {
        Recall::New => "new",
        Recall::Kept { .. } => "kept",
        Recall::KeyOfOtherArguments => "other arguments",
        Recall::InFlight { .. } => "in flight",
        Recall::Unknown { .. } => "unknown",
    }
}

/// Hands over the outcome that was found.
fn take(found: Recall) -> &'static str {
    let word = word(&found);
    if let Recall::Kept { hand_over, .. } | Recall::Unknown { hand_over, .. } = found
        && let Some(hand_over) = hand_over
    {
        hand_over.done();
    }
    word
}

/// Hands over the outcome that was found, which must be an answer.
fn answer(found: Recall) -> (By, Option<Vec<u8>>) {
    let Recall::Kept { by, answer, .. } = &found else {
        panic!("{found:?}");
    };
    let told = (*by, answer.clone());
    take(found);
    told
}

/// Ends the journal's threads as a kill would, without writing what is waiting.
fn crash(journal: &Journal) {
    let (told, gone) = std::sync::mpsc::channel();
    journal.records().send(Job::Crash(told));
    gone.recv().unwrap();
}

/// Holds the writer until the sender is dropped.
fn hold(journal: &Journal) -> std::sync::mpsc::Sender<()> {
    let (held, until) = std::sync::mpsc::channel::<()>();
    let (told, is_held) = std::sync::mpsc::channel();
    journal.records().send(Job::Touch(Box::new(move |_| {
        told.send(()).unwrap();
        let _ = until.recv();
    })));
    is_held.recv().unwrap();
    held
}

async fn touch(journal: &Journal, sql: &'static str) {
    journal.records().send(Job::Touch(Box::new(move |database| {
        database.execute_batch(sql).unwrap();
    })));
    journal.flush().await;
}

/// A number from a query of the database itself.
async fn rows(journal: &Journal, sql: &'static str) -> u64 {
    let (told, found) = tokio::sync::oneshot::channel();
    journal.records().send(Job::Touch(Box::new(move |database| {
        let rows = database.query_row(sql, [], |row| row.get(0));
        told.send(rows.unwrap()).unwrap();
    })));
    found.await.unwrap()
}

async fn all_places(semaphore: &Arc<Semaphore>) -> OwnedSemaphorePermit {
    let all = semaphore.available_permits() as u32;
    semaphore.clone().acquire_many_owned(all).await.unwrap()
}

/// Makes the disk full: only existing pages can take more data.
async fn fill(journal: &Journal) {
    touch(journal, "PRAGMA max_page_count = 1").await;
    for _ in 0..10_000 {
        if let Err(refused) = begin(&journal.open(intent("c"))).await {
            assert_eq!(refused, BeginError::Unavailable);
            assert!(!journal.is_writable());
            return;
        }
    }
    panic!("the disk is never full");
}

const EMPTY: &str = "PRAGMA max_page_count = 1000000";

async fn forget(journal: &Journal) {
    let (told, is_done) = tokio::sync::oneshot::channel();
    journal.records().send(Job::Forget(told));
    is_done.await.unwrap();
}

async fn kinds(journal: &Journal) -> Vec<Kind> {
    let rows = journal.records().store().entries(0, 100_000).await.unwrap();
    let kind = |body: &[u8]| Entry::from_bytes(body).unwrap().kind;
    rows.iter().map(|row| kind(&row.body)).collect()
}

async fn count(journal: &Journal, kind: Kind) -> usize {
    let kinds = kinds(journal).await;
    kinds.into_iter().filter(|found| *found == kind).count()
}
