//! The journal over both backends: recall, crashes, retention, what verification finds.

use std::sync::atomic::{AtomicI64, Ordering};

use proptest::prelude::*;
use rusqlite::params;
use tempfile::TempDir;

use super::audit::{Book, Filter};
use super::verify::{NotedHead, Stop, Wrong};
use super::*;
use crate::identity::{Principal, Tenant};
use crate::stores::records::tests::contract;
use crate::stores::records::{Job, chain};

const MINUTE: i64 = 60_000;
const START: i64 = 1_800_000_000_000;

/// A place for a journal that can be started again, and a clock that stands still.
struct Place {
    directory: Option<TempDir>,
    now: Arc<AtomicI64>,
    retention: Retention,
}

impl Place {
    fn memory() -> Self {
        Place {
            directory: None,
            now: Arc::new(AtomicI64::new(START)),
            retention: Retention::DISK,
        }
    }

    fn disk() -> Self {
        Place {
            directory: Some(tempfile::tempdir().unwrap()),
            ..Place::memory()
        }
    }

    fn start(&self) -> Journal {
        self.start_under(1, None)
    }

    fn start_under(&self, secret: u8, previous: Option<u8>) -> Journal {
        let secret_of = |byte| Secret::new(Box::new([byte; 32]));
        let previous = previous.map(secret_of);
        let now = self.now.clone();
        let options = Options {
            directory: self.directory.as_ref().map(TempDir::path),
            secret: &secret_of(secret),
            previous: previous.as_ref(),
            retention: self.retention,
            clock: Clock::new(move || now.load(Ordering::Relaxed)),
        };
        Journal::start_with(options).unwrap().0
    }

    fn pass(&self, minutes: i64) {
        self.now.fetch_add(minutes * MINUTE, Ordering::Relaxed);
    }

    fn path(&self) -> &Path {
        self.directory.as_ref().unwrap().path()
    }

    fn book(&self) -> Book {
        Book::open(self.path()).unwrap().unwrap()
    }
}

contract![
    one_write_waits_for_one_commit,
    concurrent_writes_share_a_commit,
    a_key_repeats_the_answer_for_a_day,
    a_key_belongs_to_its_principal_and_arguments,
    two_calls_with_one_key_do_not_both_write,
    a_confirmation_works_once,
    an_intent_without_a_write_leaves_its_key_free,
    an_outcome_that_nobody_got_is_handed_over_once,
    an_outcome_whose_caller_is_there_is_not_handed_over,
    an_outcome_stays_until_it_is_handed_over,
    identical_calls_keep_an_outcome_each,
    a_call_with_a_key_keeps_nothing_for_calls_without,
    a_refused_begin_takes_nobodys_place,
    a_begin_that_was_given_up_is_settled,
    a_long_answer_keeps_its_ids_only,
    a_call_that_is_dropped_is_unknown,
    ends_and_outcomes_find_their_place_when_the_queue_is_full,
    notes_beyond_the_queue_are_counted,
    a_full_disk_stops_effects_and_loses_nothing,
    retention_keeps_open_calls_and_live_keys,
    nothing_of_the_answer_or_the_key_stands_in_an_entry,
];

fn intent(arguments: &str) -> Intent {
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
async fn run(journal: &Journal, intent: Intent, answer: &[u8]) -> OpenCall {
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

/// Hands over what was found.
fn take(found: Recall) -> &'static str {
    let word = word(&found);
    if let Recall::Kept { hand_over, .. } | Recall::Unknown { hand_over, .. } = found
        && let Some(hand_over) = hand_over
    {
        hand_over.done();
    }
    word
}

/// Hands over what was found, which has to be an answer.
fn answer(found: Recall) -> (By, Option<Vec<u8>>) {
    let Recall::Kept { by, answer, .. } = &found else {
        panic!("{found:?}");
    };
    let told = (*by, answer.clone());
    take(found);
    told
}

/// Ends the journal's threads as a kill would, with what waits unwritten.
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

/// The number that a query of the database itself finds.
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

/// Lets the disk be full, as far as pages that are there do not hold what comes.
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

async fn one_write_waits_for_one_commit(place: &Place) {
    let journal = place.start();
    run(&journal, intent("warm"), b"").await;
    journal.flush().await;
    let before = journal.commits();
    let call = journal.open(intent("a"));
    assert!(!call.has_begun());
    let write = begin(&call).await.unwrap();
    assert!(call.has_begun());
    assert_eq!(journal.commits(), before + 1);
    // The intent is durable with its first write, and nothing of the end yet.
    assert_eq!(
        kinds(&journal).await[kinds(&journal).await.len() - 2..],
        [Kind::Call, Kind::Begin]
    );
    call.end(write, ended());
    call.settle(done(b""));
    call.delivered();
    journal.flush().await;
    assert_eq!(journal.commits(), before + 2);
    assert_eq!(rows(&journal, "SELECT count(*) FROM kept").await, 1);
    assert_eq!(
        kinds(&journal).await[kinds(&journal).await.len() - 2..],
        [Kind::End, Kind::Outcome]
    );
}

async fn concurrent_writes_share_a_commit(place: &Place) {
    let journal = place.start();
    run(&journal, intent("warm"), b"").await;
    journal.flush().await;
    let before = journal.commits();
    let held = hold(&journal);
    let calls: Vec<_> = (0..64).map(|_| journal.open(intent("a"))).collect();
    // Without tokio's budget for one task, which would let some begin only after the others.
    let begin = |call| looked_at(tokio::task::unconstrained(begin(call)));
    let mut begins: Vec<_> = calls.iter().map(begin).collect();
    assert!(begins.iter_mut().all(Looked::is_pending));
    drop(held);
    for begun in begins {
        assert!(begun.finish().await.is_ok());
    }
    assert_eq!(journal.commits(), before + 1);
}

async fn a_key_repeats_the_answer_for_a_day(place: &Place) {
    let journal = place.start();
    let asked = keyed("a", "k");
    assert_eq!(word(&recall(&journal, &asked).await), "new");
    let call = journal.open(asked.clone());
    let write = begin(&call).await.unwrap();
    assert!(matches!(
        recall(&journal, &asked).await,
        Recall::InFlight { .. }
    ));
    call.end(write, ended());
    call.settle(done(b"answer"));
    // At once, though the outcome only rides the next commit; and as often as it is asked.
    for minutes in [0, 1, 24 * 60 - 2] {
        place.pass(minutes);
        let (by, answer) = answer(recall(&journal, &asked).await);
        assert_eq!((by, answer.as_deref()), (By::Key, Some(&b"answer"[..])));
    }
    place.pass(1);
    assert_eq!(word(&recall(&journal, &asked).await), "new");
    assert!(begin(&journal.open(keyed("a", "k"))).await.is_ok());
}

async fn a_key_belongs_to_its_principal_and_arguments(place: &Place) {
    let journal = place.start();
    run(&journal, keyed("a", "k"), b"answer").await;
    let other_arguments = recall(&journal, &keyed("b", "k")).await;
    assert_eq!(word(&other_arguments), "other arguments");
    for free in [
        keyed("a", "k2"),
        Intent {
            principal: Principal::new("p2"),
            ..keyed("a", "k")
        },
        Intent {
            tenant: Tenant::new("t2"),
            ..keyed("a", "k")
        },
        // Without a key it is another call: its caller got the answer.
        intent("a"),
    ] {
        assert_eq!(word(&recall(&journal, &free).await), "new", "{free:?}");
    }
    let other_tool = Intent {
        tool: "webex-delete-message".into(),
        ..keyed("a", "k")
    };
    assert_eq!(
        word(&recall(&journal, &other_tool).await),
        "other arguments"
    );
}

async fn two_calls_with_one_key_do_not_both_write(place: &Place) {
    let journal = place.start();
    let calls: Vec<_> = (0..8).map(|_| journal.open(keyed("a", "k"))).collect();
    let begun = join_all(calls.iter().map(begin)).await;
    let refused = begun
        .iter()
        .filter(|begun| matches!(begun, Err(BeginError::KeyTaken)));
    assert_eq!(refused.count(), 7);
    // Who was refused left no trace that could be settled over the one that runs.
    for (call, _) in calls.iter().zip(&begun).filter(|(_, begun)| begun.is_err()) {
        call.settle(done(b"wrong"));
    }
    journal.flush().await;
    let asked = keyed("a", "k");
    assert!(matches!(
        recall(&journal, &asked).await,
        Recall::InFlight { .. }
    ));
}

async fn a_confirmation_works_once(place: &Place) {
    let journal = place.start();
    let confirmed = || Intent {
        nonce: Some(Uuid::from_u128(7)),
        ..intent("a")
    };
    run(&journal, confirmed(), b"").await;
    journal.flush().await;
    let again = journal.open(confirmed());
    assert_eq!(begin(&again).await.unwrap_err(), BeginError::NonceUsed);
    assert!(!again.has_begun());
    // It is used up by a call that wrote nothing, too.
    let nothing = Intent {
        nonce: Some(Uuid::from_u128(8)),
        ..intent("a")
    };
    journal.open(nothing.clone()).settle(Settled {
        code: "not_found",
        ids: Vec::new(),
        kept: None,
    });
    journal.flush().await;
    let again = journal.open(Intent {
        call: Uuid::now_v7(),
        ..nothing
    });
    assert_eq!(begin(&again).await.unwrap_err(), BeginError::NonceUsed);
}

async fn an_intent_without_a_write_leaves_its_key_free(place: &Place) {
    let journal = place.start();
    let asked = keyed("a", "k");
    drop(journal.open(asked.clone()));
    assert_eq!(word(&recall(&journal, &asked).await), "new");
    journal.open(asked.clone()).settle(Settled {
        code: "unavailable",
        ids: Vec::new(),
        kept: None,
    });
    assert_eq!(word(&recall(&journal, &asked).await), "new");
    assert_eq!(count(&journal, Kind::Outcome).await, 1);
    // With an answer to repeat, it is repeated.
    journal.open(keyed("a", "k")).settle(Settled {
        code: "not_found",
        ids: Vec::new(),
        kept: Some(b"no such space".to_vec()),
    });
    let (by, answer) = answer(recall(&journal, &asked).await);
    assert_eq!(
        (by, answer.as_deref()),
        (By::Key, Some(&b"no such space"[..]))
    );
}

async fn an_outcome_that_nobody_got_is_handed_over_once(place: &Place) {
    let journal = place.start();
    for (is_told_first, minutes, is_found) in [(true, 9, true), (false, 9, true), (true, 10, false)]
    {
        let asked = intent("a");
        let call = journal.open(asked.clone());
        let write = begin(&call).await.unwrap();
        call.end(write, ended());
        if is_told_first {
            call.undelivered();
            call.settle(done(b"answer"));
        } else {
            call.settle(done(b"answer"));
            call.undelivered();
        }
        call.undelivered();
        for other in [
            Intent {
                client: Some("other".into()),
                ..asked.clone()
            },
            Intent {
                server: "other".into(),
                ..asked.clone()
            },
            intent("b"),
        ] {
            assert_eq!(word(&recall(&journal, &other).await), "new");
        }
        place.pass(minutes);
        if is_found {
            let (by, answer) = answer(recall(&journal, &asked).await);
            assert_eq!(
                (by, answer.as_deref()),
                (By::Undelivered, Some(&b"answer"[..]))
            );
        }
        assert_eq!(word(&recall(&journal, &asked).await), "new");
    }
    assert_eq!(count(&journal, Kind::HandedOver).await, 2);
    // Not where strangers share a principal, and not a failure.
    let shared = Intent {
        keeps_outcome: false,
        ..intent("c")
    };
    run(&journal, shared.clone(), b"").await.undelivered();
    assert_eq!(word(&recall(&journal, &shared).await), "new");
    let failed = journal.open(intent("d"));
    let write = begin(&failed).await.unwrap();
    failed.end(
        write,
        WriteOutcome::Refused {
            status: Some(400),
            tracking_id: None,
        },
    );
    failed.undelivered();
    failed.settle(Settled {
        code: "invalid_arguments",
        ids: Vec::new(),
        kept: None,
    });
    assert_eq!(word(&recall(&journal, &intent("d")).await), "new");
}

async fn an_outcome_whose_caller_is_there_is_not_handed_over(place: &Place) {
    let journal = place.start();
    let asked = intent("a");
    let first = run(&journal, asked.clone(), b"answer").await;
    assert_eq!(word(&recall(&journal, &asked).await), "new");
    first.delivered();
    // What is said second, and that nobody holds the call any more, changes nothing.
    first.undelivered();
    drop(first);
    assert_eq!(word(&recall(&journal, &asked).await), "new");
    journal.flush().await;
    assert_eq!(rows(&journal, "SELECT count(*) FROM kept").await, 0);
    // It may be said before the end, too.
    let call = journal.open(asked.clone());
    let write = begin(&call).await.unwrap();
    call.end(write, ended());
    call.delivered();
    call.settle(done(b"answer"));
    drop(call);
    assert_eq!(word(&recall(&journal, &asked).await), "new");
    // Where nothing is said and nobody is left to say it, nobody got it.
    drop(run(&journal, asked.clone(), b"answer").await);
    assert_eq!(word(&recall(&journal, &asked).await), "kept");
}

async fn an_outcome_stays_until_it_is_handed_over(place: &Place) {
    let journal = place.start();
    let asked = intent("a");
    run(&journal, asked.clone(), b"answer").await.undelivered();
    // Two repeats at the same time are both told; the first of them is gone before it can tell.
    let (one, two) = (
        recall(&journal, &asked).await,
        recall(&journal, &asked).await,
    );
    assert_eq!((word(&one), word(&two)), ("kept", "kept"));
    drop(one);
    let three = recall(&journal, &asked).await;
    assert_eq!(take(two), "kept");
    assert_eq!(word(&recall(&journal, &asked).await), "new");
    assert_eq!(take(three), "kept");
    assert_eq!(word(&recall(&journal, &asked).await), "new");
    assert_eq!(count(&journal, Kind::HandedOver).await, 2);
    // Where the queue is full it is rather told once more.
    run(&journal, asked.clone(), b"answer").await.undelivered();
    let full = all_places(&journal.0.notes).await;
    assert_eq!(take(recall(&journal, &asked).await), "kept");
    drop(full);
    assert_eq!(take(recall(&journal, &asked).await), "kept");
    assert_eq!(word(&recall(&journal, &asked).await), "new");
}

async fn identical_calls_keep_an_outcome_each(place: &Place) {
    let journal = place.start();
    let asked = || intent("a");
    let next = async || answer(recall(&journal, &asked()).await).1.unwrap();
    for text in [b"one", b"two"] {
        run(&journal, asked(), text).await.undelivered();
    }
    assert_eq!(next().await, b"one");
    assert_eq!(next().await, b"two");
    assert_eq!(word(&recall(&journal, &asked()).await), "new");
    // Each has its own ten minutes.
    for text in [b"old", b"new"] {
        run(&journal, asked(), text).await.undelivered();
        place.pass(6);
    }
    journal.flush().await;
    forget(&journal).await;
    assert_eq!(next().await, b"new");
    assert_eq!(word(&recall(&journal, &asked()).await), "new");
}

async fn a_call_with_a_key_keeps_nothing_for_calls_without(place: &Place) {
    let journal = place.start();
    run(&journal, keyed("a", "k"), b"answer")
        .await
        .undelivered();
    assert_eq!(word(&recall(&journal, &intent("a")).await), "new");
    assert_eq!(word(&recall(&journal, &keyed("a", "k")).await), "kept");
}

async fn a_refused_begin_takes_nobodys_place(place: &Place) {
    let journal = place.start();
    fill(&journal).await;
    let places = || journal.0.calls.available_permits();
    let before = places();
    let refused = journal.open(intent("a"));
    assert_eq!(begin(&refused).await.unwrap_err(), BeginError::Unavailable);
    assert_eq!(places(), before);
    // Where no place is free none comes free, so nobody waits for one.
    for full in [&journal.0.calls, &journal.0.writes] {
        let taken = all_places(full).await;
        let call = journal.open(intent("b"));
        let mut begins = looked_at(begin(&call));
        assert!(!begins.is_pending());
        drop(taken);
    }
    touch(&journal, EMPTY).await;
    assert!(begin(&refused).await.is_ok());
    assert_eq!(places(), limits::JOURNAL_OPEN_CALLS - 1);
}

async fn a_begin_that_was_given_up_is_settled(place: &Place) {
    let journal = place.start();
    let held = hold(&journal);
    let call = journal.open(intent("a"));
    let mut begins = looked_at(begin(&call));
    assert!(begins.is_pending());
    drop(begins);
    let _full = all_places(&journal.0.notes).await;
    drop(call);
    drop(held);
    journal.flush().await;
    assert_eq!(rows(&journal, "SELECT count(*) FROM calls").await, 0);
    assert_eq!(
        journal.0.calls.available_permits(),
        limits::JOURNAL_OPEN_CALLS
    );
    assert_eq!(word(&recall(&journal, &intent("a")).await), "new");
}

async fn a_long_answer_keeps_its_ids_only(place: &Place) {
    let journal = place.start();
    let long = vec![b'x'; limits::JOURNAL_ANSWER_MAX_BYTES + 1];
    for (length, is_kept) in [(long.len() - 1, true), (long.len(), false)] {
        let asked = keyed("a", &length.to_string());
        run(&journal, asked.clone(), &long[..length]).await;
        let found = recall(&journal, &asked).await;
        let Recall::Kept { answer, ids, .. } = found else {
            panic!("{found:?}");
        };
        assert_eq!(answer.map(|answer| answer.len()), is_kept.then_some(length));
        assert_eq!(ids, ["m1"]);
    }
}

async fn a_call_that_is_dropped_is_unknown(place: &Place) {
    let journal = place.start();
    let asked = keyed("a", "k");
    let call = journal.open(asked.clone());
    let write = begin(&call).await.unwrap();
    drop((write, call));
    let found = recall(&journal, &asked).await;
    let Recall::Unknown {
        began, hand_over, ..
    } = found
    else {
        panic!("{found:?}");
    };
    assert_eq!(began, ["create-message /messages"]);
    assert!(hand_over.is_none());
}

async fn ends_and_outcomes_find_their_place_when_the_queue_is_full(place: &Place) {
    let journal = place.start();
    let running = journal.open(keyed("a", "k"));
    let write = begin(&running).await.unwrap();
    let taken = all_places(&journal.0.writes).await;
    let waiting = journal.open(intent("b"));
    let mut begins = looked_at(begin(&waiting));
    assert!(begins.is_pending());
    running.end(write, ended());
    running.settle(done(b"answer"));
    let (_, answer) = answer(recall(&journal, &keyed("a", "k")).await);
    assert_eq!(answer.as_deref(), Some(&b"answer"[..]));
    // The place of the write that ended is enough for nobody; the others' come back.
    assert!(begins.is_pending());
    drop(taken);
    assert!(begins.finish().await.is_ok());
}

/// A future that is looked at before it is done.
struct Looked<F: Future>(std::pin::Pin<Box<F>>);

fn looked_at<F: Future>(future: F) -> Looked<F> {
    Looked(Box::pin(future))
}

impl<F: Future> Looked<F> {
    fn is_pending(&mut self) -> bool {
        let mut context = std::task::Context::from_waker(std::task::Waker::noop());
        self.0.as_mut().poll(&mut context).is_pending()
    }

    async fn finish(self) -> F::Output {
        self.0.await
    }
}

async fn notes_beyond_the_queue_are_counted(place: &Place) {
    let journal = place.start();
    let held = hold(&journal);
    let denied = || Note::new(Tenant::single(), Principal::new("p1"), "denied");
    for _ in 0..limits::JOURNAL_WAITING_NOTES + 5 {
        journal.note(denied());
    }
    drop(held);
    journal.flush().await;
    journal.note(denied());
    journal.flush().await;
    let rows = journal.records().store().entries(0, 10_000).await.unwrap();
    let entries: Vec<_> = rows
        .iter()
        .filter_map(|row| Entry::from_bytes(&row.body))
        .collect();
    let notes = entries.iter().filter(|entry| entry.kind == Kind::Note);
    assert_eq!(notes.count(), limits::JOURNAL_WAITING_NOTES + 1);
    let lost: Vec<_> = entries.iter().filter_map(|entry| entry.count).collect();
    assert_eq!(lost, [5]);
}

async fn a_full_disk_stops_effects_and_loses_nothing(place: &Place) {
    let journal = place.start();
    run(&journal, keyed("a", "k"), b"answer").await;
    journal.flush().await;
    let running = journal.open(keyed("b", "running"));
    let write = begin(&running).await.unwrap();
    fill(&journal).await;
    running.end(write, ended());
    running.settle(done(b"late"));
    journal.note(Note::new(Tenant::single(), Principal::new("p1"), "denied"));
    journal.flush().await;
    // The disk still says that it runs, and that is not true any more.
    let running = Asked::of(&keyed("b", "running"));
    assert_eq!(journal.recall(&running).await.unwrap_err(), Unavailable);
    // Other reads go on.
    let (_, kept) = answer(recall(&journal, &keyed("a", "k")).await);
    assert_eq!(kept.as_deref(), Some(&b"answer"[..]));
    touch(&journal, EMPTY).await;
    // Space is back: effects too, and what nobody waited for was not forgotten.
    assert!(begin(&journal.open(intent("d"))).await.is_ok());
    assert!(journal.is_writable());
    let (_, late) = answer(recall(&journal, &keyed("b", "running")).await);
    assert_eq!(late.as_deref(), Some(&b"late"[..]));
    assert_eq!(count(&journal, Kind::Note).await, 1);
    if place.directory.is_some() {
        place.book().verify(&[], None).unwrap();
    }
}

async fn retention_keeps_open_calls_and_live_keys(place: &Place) {
    let mut place = Place {
        directory: place
            .directory
            .as_ref()
            .map(|_| tempfile::tempdir().unwrap()),
        ..Place::memory()
    };
    place.retention.bytes = 100_000;
    let journal = place.start();
    // Each round is old enough for the head to be signed again.
    for round in 0..30 {
        for _ in 0..10 {
            run(&journal, intent("a"), b"").await;
        }
        journal.flush().await;
        place.pass(6);
        if round == 10 {
            run(&journal, keyed("a", "k"), b"answer").await;
        }
    }
    let open = journal.open(intent("open"));
    let _write = begin(&open).await.unwrap();
    let first = async || journal.records().store().entries(0, 1).await.unwrap()[0].seq;
    assert_eq!(first().await, 1);
    forget(&journal).await;
    let after_size = first().await;
    assert!(after_size > 1);
    let rows = journal.records().store().entries(0, 100_000).await.unwrap();
    let bytes: usize = rows.iter().map(|row| row.body.len() + 48).sum();
    assert!(bytes < 110_000, "{bytes}");
    let (_, kept) = answer(recall(&journal, &keyed("a", "k")).await);
    assert_eq!(kept.as_deref(), Some(&b"answer"[..]));
    // By age everything could go, but a call is open.
    place.pass(91 * 24 * 60);
    run(&journal, intent("a"), b"").await;
    journal.flush().await;
    place.pass(91 * 24 * 60);
    run(&journal, intent("a"), b"").await;
    journal.flush().await;
    forget(&journal).await;
    let rows = journal.records().store().entries(0, 100_000).await.unwrap();
    let calls = rows
        .iter()
        .filter_map(|row| Entry::from_bytes(&row.body)?.call);
    assert!(calls.into_iter().any(|call| call == open.id()));
    open.settle(done(b""));
    journal.flush().await;
    forget(&journal).await;
    assert!(first().await > after_size);
    if place.directory.is_some() {
        let verified = place.book().verify(&[], None).unwrap();
        assert_eq!(verified.removed_through + 1, first().await);
    }
}

async fn nothing_of_the_answer_or_the_key_stands_in_an_entry(place: &Place) {
    let journal = place.start();
    run(&journal, keyed("a", "a-secret-key"), b"what people wrote").await;
    journal.flush().await;
    for row in journal.records().store().entries(0, 100).await.unwrap() {
        let body = String::from_utf8(row.body).unwrap();
        for secret in ["a-secret-key", "what people", "Alice"] {
            assert!(!body.contains(secret), "{body}");
        }
    }
}

#[tokio::test]
async fn two_journals_of_one_directory_share_a_chain_and_their_keys() {
    let place = Place::disk();
    let (one, two) = (place.start(), place.start());
    let calls = (0..20).map(|number| {
        let journal = if number % 2 == 0 { &one } else { &two };
        run(journal, intent("a"), b"")
    });
    join_all(calls).await;
    run(&one, keyed("a", "k"), b"answer").await;
    let asked = keyed("b", "k2");
    let running = one.open(asked.clone());
    let _write = begin(&running).await.unwrap();
    one.flush().await;
    let (_, kept) = answer(recall(&two, &keyed("a", "k")).await);
    assert_eq!(kept.as_deref(), Some(&b"answer"[..]));
    // The other process lives, so its call is in flight and not unknown.
    two.recover().await.unwrap();
    assert!(matches!(
        recall(&two, &asked).await,
        Recall::InFlight { .. }
    ));
    two.flush().await;
    let verified = place.book().verify(&[], None).unwrap();
    // A key, 21 whole calls of four entries, an intent with its write.
    assert_eq!(verified.entries, 1 + 21 * 4 + 2);
}

#[tokio::test]
async fn who_asks_after_a_crash_is_told_once_what_is_unknown() {
    let place = Place::disk();
    let (doomed, other) = (place.start(), place.start());
    let in_flight = doomed.open(intent("a"));
    let _write = begin(&in_flight).await.unwrap();
    let with_key = doomed.open(keyed("a", "k"));
    let first = begin(&with_key).await.unwrap();
    let _second = with_key.begin("update-space", "/rooms/r1").await.unwrap();
    with_key.end(first, ended());
    doomed.flush().await;
    let strangers = doomed.open(Intent {
        keeps_outcome: false,
        ..intent("b")
    });
    let _write = begin(&strangers).await.unwrap();
    let whole = run(&doomed, keyed("c", "whole"), b"answer").await;
    doomed.flush().await;
    let never = doomed.open(keyed("d", "never"));
    crash(&doomed);
    drop((in_flight, with_key, strangers, whole, never));

    // A process that was there all the time finds out as well as a new one.
    for journal in [&other, &place.start()] {
        let found = recall(journal, &keyed("a", "k")).await;
        let Recall::Unknown { began, .. } = found else {
            panic!("{found:?}");
        };
        assert_eq!(began, ["update-space /rooms/r1"]);
    }
    assert_eq!(word(&recall(&other, &keyed("d", "never")).await), "new");
    let (_, kept) = answer(recall(&other, &keyed("c", "whole")).await);
    assert_eq!(kept.as_deref(), Some(&b"answer"[..]));
    // Of the call with a key nothing is said to calls without.
    assert_eq!(take(recall(&other, &intent("a")).await), "unknown");
    assert_eq!(word(&recall(&other, &intent("a")).await), "new");
    assert_eq!(word(&recall(&other, &intent("b")).await), "new");
    other.recover().await.unwrap();
    assert_eq!(count(&other, Kind::Outcome).await, 4);
    place.book().verify(&[], None).unwrap();
}

#[tokio::test]
async fn a_crash_between_settling_and_delivery_does_not_forget_the_outcome() {
    let place = Place::disk();
    let (doomed, other) = (place.start(), place.start());
    let asked = intent("a");
    let untold = run(&doomed, asked.clone(), b"answer").await;
    let told = run(&doomed, intent("b"), b"answer").await;
    told.delivered();
    doomed.flush().await;
    // Its caller may still get it.
    assert_eq!(word(&recall(&other, &asked).await), "new");
    crash(&doomed);
    drop((untold, told));
    let (by, kept) = answer(recall(&other, &asked).await);
    assert_eq!(
        (by, kept.as_deref()),
        (By::Undelivered, Some(&b"answer"[..]))
    );
    for asked in [asked, intent("b")] {
        assert_eq!(word(&recall(&other, &asked).await), "new");
    }
}

#[tokio::test]
async fn long_after_a_crash_only_the_key_tells() {
    let place = Place::disk();
    let doomed = place.start();
    let calls = [doomed.open(intent("a")), doomed.open(keyed("a", "k"))];
    for call in &calls {
        let _write = begin(call).await.unwrap();
    }
    crash(&doomed);
    place.pass(10);
    let next = place.start();
    next.recover().await.unwrap();
    assert_eq!(word(&recall(&next, &intent("a")).await), "new");
    let found = recall(&next, &keyed("a", "k")).await;
    assert!(matches!(found, Recall::Unknown { .. }), "{found:?}");
}

#[tokio::test]
async fn a_rolled_secret_keeps_answers_pseudonyms_and_the_chain() {
    let place = Place::disk();
    let before = place.start_under(1, None);
    run(&before, keyed("a", "k"), b"answer").await;
    before.flush().await;
    let pseudonym = before.0.digests.principal_of(b"token");
    crash(&before);
    let after = place.start_under(2, Some(1));
    assert_eq!(after.0.digests.principal_of(b"token"), pseudonym);
    assert!(!pseudonym.contains("token"));
    let (_, kept) = answer(recall(&after, &keyed("a", "k")).await);
    assert_eq!(kept.as_deref(), Some(&b"answer"[..]));
    place.pass(6);
    run(&after, intent("b"), b"").await;
    after.flush().await;
    let secret = |byte| Secret::new(Box::new([byte; 32]));
    let (old, new) = (secret(1), secret(2));
    let verified = place.book().verify(&[&new], None).unwrap();
    assert_eq!(verified.signed_heads, 2);
    assert_eq!(count(&after, Kind::Key).await, 2);
    // Who holds only the old secret did not sign last.
    let stop = place.book().verify(&[&old], None).unwrap_err();
    assert!(matches!(
        stop,
        Stop::Wrong(Wrong {
            what: verify::What::OtherSecret,
            ..
        })
    ));
}

#[tokio::test]
async fn entries_are_found_by_who_what_when_and_how_it_ended() {
    let place = Place::disk();
    let journal = place.start();
    run(&journal, intent("a"), b"").await;
    place.pass(60);
    journal.note(Note {
        tool: Some("webex-delete-message".into()),
        ..Note::new(Tenant::single(), Principal::new("p2"), "denied")
    });
    journal.flush().await;
    let book = place.book();
    let found = |filter: Filter| {
        let mut kinds = Vec::new();
        let all = book.each(&filter, |line| {
            kinds.push((line.entry.kind, line.name.map(str::to_owned)));
            true
        });
        all.unwrap();
        kinds
    };
    assert_eq!(found(Filter::default()).len(), 6);
    let outcome = found(Filter {
        principal: Some("Alice".to_owned()),
        outcome: Some("done".to_owned()),
        ..Filter::default()
    });
    let alice = Some("Alice".to_owned());
    assert_eq!(
        outcome,
        [(Kind::End, alice.clone()), (Kind::Outcome, alice)]
    );
    let noon = Timestamp::from_millisecond(START + 30 * MINUTE).unwrap();
    let late = found(Filter {
        since: Some(noon),
        ..Filter::default()
    });
    assert_eq!(late, [(Kind::Note, None)]);
    let early = found(Filter {
        until: Some(noon),
        tool: Some("webex-create-message".to_owned()),
        ..Filter::default()
    });
    assert_eq!(early.len(), 4);
}

/// What happened to a call before it is asked about again.
#[derive(Debug, Clone)]
struct Story {
    has_key: bool,
    keeps_outcome: bool,
    begun: usize,
    ended: usize,
    settled: Option<&'static str>,
    /// What was said of the delivery, if anything.
    is_delivered: Option<bool>,
    is_crashed: bool,
    minutes: i64,
}

fn stories() -> impl Strategy<Value = Story> {
    let code = prop_oneof![Just(DONE), Just(UNKNOWN), Just("forbidden")];
    let delivered = proptest::option::of(any::<bool>());
    let flags = (any::<bool>(), any::<bool>(), delivered, any::<bool>());
    let numbers = (
        0usize..3,
        0usize..3,
        prop_oneof![Just(0i64), Just(9), Just(11)],
    );
    (flags, numbers, proptest::option::of(code)).prop_map(|(flags, numbers, settled)| Story {
        has_key: flags.0,
        keeps_outcome: flags.1,
        begun: numbers.0,
        ended: numbers.0.min(numbers.1),
        settled,
        is_delivered: flags.2,
        is_crashed: flags.3,
        minutes: numbers.2,
    })
}

/// What has to be told, said without looking at how it is stored.
fn expected(story: &Story) -> &'static str {
    let has_effect = story.begun > 0;
    if story.has_key {
        return match story.settled {
            Some(UNKNOWN) => "unknown",
            Some(_) => "kept",
            None if !has_effect => "new",
            None if story.is_crashed => "unknown",
            None => "in flight",
        };
    }
    if !has_effect || !story.keeps_outcome || story.minutes >= 10 {
        return "new";
    }
    // Who still could be told is not asked about.
    let is_missed = match story.is_delivered {
        Some(is_delivered) => !is_delivered,
        None => story.is_crashed,
    };
    match story.settled {
        Some(DONE) if is_missed => "kept",
        Some(UNKNOWN) if is_missed => "unknown",
        Some(_) => "new",
        None if story.is_crashed => "unknown",
        None => "new",
    }
}

async fn told(story: &Story) -> (&'static str, &'static str) {
    let place = Place::disk();
    let (first, second) = (place.start(), place.start());
    let asked = Intent {
        key: story.has_key.then(|| "k".to_owned()),
        keeps_outcome: story.keeps_outcome,
        ..intent("a")
    };
    let call = first.open(asked.clone());
    for number in 0..story.begun {
        let write = begin(&call).await.unwrap();
        if number < story.ended {
            first.flush().await;
            call.end(write, ended());
        }
    }
    if let Some(code) = story.settled {
        call.settle(Settled {
            code,
            ids: Vec::new(),
            kept: Some(b"answer".to_vec()),
        });
        match story.is_delivered {
            Some(true) => call.delivered(),
            Some(false) => call.undelivered(),
            None => {}
        }
        first.flush().await;
    }
    if story.is_crashed {
        crash(&first);
    }
    place.pass(story.minutes);
    let once = take(recall(&second, &asked).await);
    let again = take(recall(&second, &asked).await);
    drop(call);
    (once, again)
}

#[test]
fn what_is_recalled_follows_from_what_happened() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    proptest!(ProptestConfig::with_cases(64), |(story in stories())| {
        let (once, again) = runtime.block_on(told(&story));
        prop_assert_eq!(once, expected(&story));
        // A key answers as often as it is asked, an outcome that nobody got once.
        let expected_again = if story.has_key { once } else { "new" };
        prop_assert_eq!(again, expected_again);
    });
}

/// What somebody may do to a journal behind our back.
#[derive(Debug, Clone)]
enum Harm {
    Flip {
        row: u64,
        is_hash: bool,
        at: usize,
        bit: u8,
    },
    Remove {
        row: u64,
    },
    Swap {
        one: u64,
        two: u64,
    },
    /// A copy of a row between two others, the rest moved up.
    Insert {
        row: u64,
    },
    Append,
    /// Everything up to a signed head, which becomes the base, as retention would do it; an entry
    /// that says so at the end, which nobody signed.
    Cut {
        is_told: bool,
    },
    FlipSigned {
        column: usize,
        at: usize,
        bit: u8,
    },
}

const ROWS: u64 = 13;

fn harms() -> impl Strategy<Value = Harm> {
    let row = 1..=ROWS;
    let flip = (row.clone(), any::<bool>(), any::<usize>(), 0u8..8);
    let pair = (row.clone(), row.clone()).prop_filter("two rows", |(one, two)| one < two);
    prop_oneof![
        4 => flip.prop_map(|(row, is_hash, at, bit)| Harm::Flip { row, is_hash, at, bit }),
        1 => row.clone().prop_map(|row| Harm::Remove { row }),
        1 => pair.prop_map(|(one, two)| Harm::Swap { one, two }),
        1 => row.prop_map(|row| Harm::Insert { row }),
        1 => Just(Harm::Append),
        1 => any::<bool>().prop_map(|is_told| Harm::Cut { is_told }),
        1 => (0usize..3, any::<usize>(), 0u8..8)
            .prop_map(|(column, at, bit)| Harm::FlipSigned { column, at, bit }),
    ]
}

/// Does the harm; the first entry that is wrong then.
fn harm(database: &rusqlite::Connection, harm: &Harm) -> u64 {
    let flip = |table: &str, column: &str, row: u64, at: usize, bit: u8| {
        let select = format!("SELECT {column} FROM {table} WHERE seq = ?");
        let mut bytes: Vec<u8> = database
            .query_row(&select, [row], |row| row.get(0))
            .unwrap();
        let at = at % bytes.len();
        bytes[at] ^= 1 << bit;
        let update = format!("UPDATE {table} SET {column} = ? WHERE seq = ?");
        database.execute(&update, params![bytes, row]).unwrap();
    };
    match *harm {
        Harm::Flip {
            row,
            is_hash,
            at,
            bit,
        } => {
            let column = if is_hash { "hash" } else { "body" };
            flip("entries", column, row, at, bit);
            row
        }
        Harm::Remove { row } => {
            database
                .execute("DELETE FROM entries WHERE seq = ?", [row])
                .unwrap();
            row
        }
        Harm::Swap { one, two } => {
            for (from, to) in [(one, 1_000), (two, one), (1_000, two)] {
                database
                    .execute("UPDATE entries SET seq = ? WHERE seq = ?", [to, from])
                    .unwrap();
            }
            one
        }
        Harm::Insert { row } => {
            let shift = "UPDATE entries SET seq = -seq - 1 WHERE seq >= ?";
            database.execute(shift, [row]).unwrap();
            database
                .execute("UPDATE entries SET seq = -seq WHERE seq < 0", [])
                .unwrap();
            let copy = "INSERT INTO entries SELECT ?1, body, hash FROM entries WHERE seq = ?2";
            let from = if row == 1 { ROWS + 1 } else { row - 1 };
            database.execute(copy, [row, from]).unwrap();
            row
        }
        Harm::Append => {
            let body: Vec<u8> = database
                .query_row("SELECT body FROM entries WHERE seq = ?", [ROWS], |row| {
                    row.get(0)
                })
                .unwrap();
            append(database, &body);
            ROWS + 1
        }
        Harm::Cut { is_told } => {
            let signed = "SELECT seq, hash FROM signed_heads ORDER BY seq LIMIT 1";
            let (base, hash): (u64, Vec<u8>) = database
                .query_row(signed, [], |row| Ok((row.get(0)?, row.get(1)?)))
                .unwrap();
            if is_told {
                let entry = chain::OwnEntry::Truncated {
                    at: Timestamp::UNIX_EPOCH,
                    through: base,
                    hash: chain::hex(&hash),
                };
                append(database, &entry.to_bytes());
                let head = "UPDATE head SET (seq, hash, bytes) = (SELECT max(seq), hash, \
                            (SELECT sum(length(body) + 48) FROM entries) FROM entries)";
                database.execute(head, []).unwrap();
            }
            database
                .execute("DELETE FROM entries WHERE seq <= ?", [base])
                .unwrap();
            database
                .execute(
                    "UPDATE head SET base_seq = ?, base_hash = ?",
                    params![base, hash],
                )
                .unwrap();
            base
        }
        Harm::FlipSigned { column, at, bit } => {
            let column = ["hash", "public_key", "signature"][column];
            let row = "SELECT min(seq) FROM signed_heads";
            let row = database.query_row(row, [], |row| row.get(0)).unwrap();
            flip("signed_heads", column, row, at, bit);
            row
        }
    }
}

/// An entry that links to the last one.
fn append(database: &rusqlite::Connection, body: &[u8]) {
    let hash: Vec<u8> = database
        .query_row("SELECT hash FROM entries WHERE seq = ?", [ROWS], |row| {
            row.get(0)
        })
        .unwrap();
    let hash = chain::link(&hash, ROWS + 1, body);
    database
        .execute(
            "INSERT INTO entries VALUES (?, ?, ?)",
            params![ROWS + 1, body, hash],
        )
        .unwrap();
}

/// A journal of [`ROWS`] entries in a file of its own, without a log beside it.
fn written() -> (TempDir, Vec<u8>, NotedHead) {
    let place = Place::disk();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        let journal = place.start();
        for _ in 0..3 {
            run(&journal, intent("a"), b"").await;
        }
        journal.flush().await;
        crash(&journal);
    });
    let copy = tempfile::tempdir().unwrap();
    let path = copy.path().join("records.db");
    let database = rusqlite::Connection::open(place.path().join("records.db")).unwrap();
    database
        .execute("VACUUM INTO ?", [path.to_str().unwrap()])
        .unwrap();
    let verified = place.book().verify(&[], None).unwrap();
    assert_eq!(verified.entries, ROWS);
    let noted = format!("{}:{}", verified.head, verified.hash);
    (copy, std::fs::read(path).unwrap(), noted.parse().unwrap())
}

#[test]
fn every_single_harm_is_found_and_its_first_entry_named() {
    let (directory, whole, _) = written();
    let path = directory.path().join("records.db");
    let config = ProptestConfig::with_cases(400);
    proptest!(config, |(done in harms())| {
        std::fs::write(&path, &whole).unwrap();
        let database = rusqlite::Connection::open(&path).unwrap();
        let expected = harm(&database, &done);
        drop(database);
        let book = Book::open(directory.path()).unwrap().unwrap();
        match book.verify(&[], None) {
            Err(Stop::Wrong(wrong)) => prop_assert_eq!(wrong.seq, expected, "{:?}", wrong),
            other => prop_assert!(false, "{:?}", other),
        }
    });
    std::fs::write(&path, &whole).unwrap();
    let book = Book::open(directory.path()).unwrap().unwrap();
    book.verify(&[], None).unwrap();
}

#[test]
fn a_cut_tail_is_found_with_a_head_that_was_noted_elsewhere() {
    let (directory, _, noted) = written();
    let database = rusqlite::Connection::open(directory.path().join("records.db")).unwrap();
    let book = || Book::open(directory.path()).unwrap().unwrap();
    book().verify(&[], Some(noted.clone())).unwrap();
    // Whoever can write the database can cut it and move its head.
    database
        .execute_batch(
            "DELETE FROM entries WHERE seq > 12;
             UPDATE head SET seq = 12, hash = (SELECT hash FROM entries WHERE seq = 12),
                 bytes = bytes - (SELECT 1);",
        )
        .unwrap();
    let bytes = "UPDATE head SET bytes = (SELECT sum(length(body) + 48) FROM entries)";
    database.execute_batch(bytes).unwrap();
    book().verify(&[], None).unwrap();
    let stop = book().verify(&[], Some(noted)).unwrap_err();
    assert!(matches!(
        stop,
        Stop::Wrong(Wrong {
            seq: ROWS,
            what: verify::What::NotedHead
        })
    ));
}

#[test]
fn a_noted_head_is_a_number_and_a_hash() {
    let hash = "ab".repeat(32);
    let head: NotedHead = format!("12:{hash}").parse().unwrap();
    assert_eq!((head.seq, head.hash), (12, [0xab; 32]));
    for wrong in [
        "",
        "12",
        "12:ab",
        &format!("x:{hash}"),
        &format!("1:{}", "zz".repeat(32)),
    ] {
        assert!(wrong.parse::<NotedHead>().is_err(), "{wrong}");
    }
}
