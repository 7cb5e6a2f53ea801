//! The keys of the vault: what a new one changes, what is left of an old one, and who may not open any.

use futures::future::join_all;

use super::super::change::{Arrival, Keep, Outcome};
use super::super::envelopes::{answer_name, delivery_name};
use super::super::sealed::{bound, digest_name};
use super::*;
use crate::seal::{RecordKeys, VaultKey};

contract![
    everything_is_moved_to_a_new_key,
    what_does_not_open_keeps_its_key_and_hinders_no_rotation,
    two_rotations_at_once_leave_one_key,
];

/// Enough for several steps of a rotation.
const RECORDS: usize = limits::VAULT_STEP_ROWS + 10;

fn record(number: usize) -> RecordName {
    name(
        &format!("tenant {}", number % 3),
        "grant",
        &format!("{number}"),
    )
}

async fn fill(records: &Records) {
    let puts = (0..RECORDS).map(async |number| {
        let content = format!("content {number}");
        records.put(&record(number), 0, content.as_bytes()).await
    });
    assert!(join_all(puts).await.iter().all(Result::is_ok));
    let delivery = Arrival {
        hook: "hook".to_owned(),
        key: None,
        topic: None,
        at: START,
        sealed: Vec::new(),
    };
    records.receive(delivery, b"delivery").await.unwrap();
    let opening = opening(None, Some([9; 32]));
    records.commit(begin(opening.clone())).await.unwrap();
    let answer = records.seal(&answer_name(opening.call), b"answer").unwrap();
    let settle = Change::Settle {
        call: opening.call,
        opening: None,
        entry: b"{}".to_vec(),
        outcome: Outcome {
            answer: Some(answer),
            ..Outcome::default()
        },
        at: START,
        frees_key: false,
        keep: Some(Keep {
            until: START + MINUTE,
            pending: None,
        }),
    };
    records.commit(settle).await.unwrap();
}

/// Everything that [`fill`] wrote opens, in this process.
async fn is_whole(records: &Records) {
    for number in 0..RECORDS {
        let found = records.get(&record(number)).await.unwrap().unwrap();
        assert_eq!(
            found.content.as_slice(),
            format!("content {number}").as_bytes()
        );
    }
    let store = records.store();
    let came = store.inbox_after(0, 10).await.unwrap();
    let came = records
        .unseal(&delivery_name("hook"), &came[0].sealed)
        .await;
    assert_eq!(came.unwrap(), b"delivery");
    let key = store.key([9; 32], START).await.unwrap().unwrap();
    let change::KeyState::Settled(by_key) = key.state else {
        panic!("the call is settled");
    };
    let kept = store.kept([1; 32], START).await.unwrap().unwrap();
    for outcome in [by_key, kept.outcome] {
        let (name, sealed) = (answer_name(key.call), outcome.answer.unwrap());
        assert_eq!(records.unseal(&name, &sealed).await.unwrap(), b"answer");
    }
}

async fn rotated(records: &Records) -> Rotation {
    let mut rotation = records.rotation().await.unwrap();
    while rotation.step().await.unwrap() {}
    rotation
}

async fn numbers(records: &Records) -> Vec<u64> {
    let keys = records.vault_keys().await.unwrap();
    keys.iter().map(|key| key.number).collect()
}

async fn everything_is_moved_to_a_new_key(place: &Place) {
    let records = place.open(1, None).unwrap();
    fill(&records).await;
    // A delivery, two copies of an answer, and the digest key of the journal.
    let all = RECORDS as u64 + 4;
    let before = records.vault_keys().await.unwrap();
    assert_eq!((before[0].number, before[0].wraps), (1, all));
    let rotation = rotated(&records).await;
    assert!(!rotation.is_resumed);
    assert_eq!((rotation.made, rotation.moved), (Some(2), all));
    assert_eq!((rotation.removed, rotation.stuck), (1, 0));
    assert_eq!(rotation.unopened, 0);
    let after = records.vault_keys().await.unwrap();
    assert_eq!((after.len(), after[0].number, after[0].wraps), (1, 2, all));
    is_whole(&records).await;
}

/// Rows that a key wraps and that nobody can open.
fn damage(records: &Records, rows: usize) {
    let (told, written) = std::sync::mpsc::channel();
    records.send(writer::Job::Touch(Box::new(move |database| {
        let newest = vault::rows(database).unwrap()[0].id;
        let garbage = [&newest[..], &[0; 100]].concat();
        let strangers = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT ?1) \
                         INSERT INTO private SELECT '', 'damaged', i, 1, ?2, NULL FROM n";
        database
            .execute(strangers, rusqlite::params![rows, garbage])
            .unwrap();
        told.send(()).unwrap();
    })));
    written.recv().unwrap();
}

async fn what_does_not_open_keeps_its_key_and_hinders_no_rotation(place: &Place) {
    let records = place.open(1, None).unwrap();
    // Longer than a step, and in front of all others.
    damage(&records, limits::VAULT_STEP_ROWS * 2);
    fill(&records).await;
    let rotation = rotated(&records).await;
    assert_eq!(
        (rotation.made, rotation.removed, rotation.stuck),
        (Some(2), 0, 1)
    );
    assert_eq!(rotation.unopened, limits::VAULT_STEP_ROWS as u64 * 2);
    assert_eq!(numbers(&records).await, [2, 1]);
    is_whole(&records).await;
    // The next one does not end where only that is left.
    let rotation = rotated(&records).await;
    assert!(rotation.is_resumed);
    assert_eq!(
        (rotation.made, rotation.removed, rotation.stuck),
        (Some(3), 1, 1)
    );
    assert_eq!(numbers(&records).await, [3, 1]);
    is_whole(&records).await;
}

async fn two_rotations_at_once_leave_one_key(place: &Place) {
    let records = place.open(1, None).unwrap();
    fill(&records).await;
    let (one, two) = tokio::join!(rotated(&records), rotated(&records));
    assert!(one.made.is_some() || two.made.is_some());
    assert_eq!(numbers(&records).await.len(), 1);
    is_whole(&records).await;
}

#[tokio::test]
async fn a_rotation_that_is_cut_off_after_any_step_is_finished_by_the_next() {
    let mut is_over = false;
    for steps in 0..100 {
        let place = Place::disk();
        let killed = place.open(1, None).unwrap();
        fill(&killed).await;
        let mut rotation = killed.rotation().await.unwrap();
        for _ in 0..steps {
            is_over = !rotation.step().await.unwrap();
        }
        close(killed).await;
        let records = place.open(1, None).unwrap();
        is_whole(&records).await;
        let next = rotated(&records).await;
        is_whole(&records).await;
        assert_eq!(numbers(&records).await.len(), 1, "after {steps} steps");
        if is_over {
            return;
        }
        // The key that the killed one made is used, not another one.
        let made = (!next.is_resumed).then_some(if steps < 2 { 2 } else { 3 });
        assert_eq!(next.made, made, "after {steps} steps");
    }
    panic!("a rotation has an end");
}

#[tokio::test]
async fn a_running_process_learns_of_a_new_key_by_itself() {
    let place = Place::disk();
    let (running, other) = (place.open(1, None).unwrap(), place.open(1, None).unwrap());
    fill(&running).await;
    rotated(&other).await;
    // What it has not read since, what it writes anew and what the other one writes.
    is_whole(&running).await;
    let again = name("t", "grant", "again");
    assert_eq!(running.put(&again, 0, b"one").await, Ok(1));
    rotated(&other).await;
    assert_eq!(running.put(&again, 1, b"two").await, Ok(2));
    let delivery = Arrival {
        hook: "hook".to_owned(),
        key: None,
        topic: None,
        at: START,
        sealed: Vec::new(),
    };
    rotated(&other).await;
    running.receive(delivery, b"delivery").await.unwrap();
    let keys = other.vault_keys().await.unwrap();
    // Nothing was written under a key that is gone.
    assert_eq!((keys.len(), keys[0].number), (1, 4));
    assert_eq!(keys[0].wraps, RECORDS as u64 + 6);
    is_whole(&running).await;
}

#[tokio::test]
async fn a_process_with_the_secret_of_before_goes_on_until_the_key_is_rotated() {
    let place = Place::disk();
    let old = place.open(1, None).unwrap();
    let grant = name("t", "grant", "a");
    old.put(&grant, 0, b"one").await.unwrap();
    let new = place.open(2, Some(1)).unwrap();
    assert_eq!(old.put(&grant, 1, b"two").await, Ok(2));
    let found = new.get(&grant).await.unwrap().unwrap();
    assert_eq!(found.content.as_slice(), b"two");
    rotated(&new).await;
    // It cannot open the new key: it writes nothing that the others could not read.
    assert_eq!(
        old.put(&grant, 2, b"three").await,
        Err(Refused::Unavailable)
    );
    let found = new.get(&grant).await.unwrap().unwrap();
    assert_eq!((found.version, found.content.as_slice()), (2, &b"two"[..]));
}

/// As it was before the vault had keys of its own: the secret itself wrapped.
fn before_the_vault(records: &Records, kept: &RecordName, undo: &'static str) {
    let keys = VaultKey::of_secret(&Secret::new(Box::new([1; 32])));
    let keys = RecordKeys::new(&[keys.unwrap()]).unwrap();
    let (kept, digest) = (kept.clone(), digest_name());
    let (told, undone) = std::sync::mpsc::channel();
    records.send(writer::Job::Touch(Box::new(move |database| {
        database
            .execute_batch("DELETE FROM private; DROP TABLE vault_keys")
            .unwrap();
        for (name, content) in [(&kept, &b"kept"[..]), (&digest, &[7; 32])] {
            let sealed = keys.seal(&bound(name, 1), content).unwrap();
            private::put(database, name, 0, &sealed, None)
                .unwrap()
                .unwrap();
        }
        database.execute_batch(undo).unwrap();
        told.send(()).unwrap();
    })));
    undone.recv().unwrap();
}

#[tokio::test]
async fn records_of_earlier_versions_are_kept() {
    let first = "DROP TABLE inbox; DROP INDEX private_due; ALTER TABLE private DROP COLUMN due; \
                 PRAGMA user_version = 1";
    for undo in [first, "PRAGMA user_version = 3"] {
        let place = Place::disk();
        let kept = name("acme", "work", "1");
        let records = place.open(1, None).unwrap();
        before_the_vault(&records, &kept, undo);
        close(records).await;
        // Their secret was changed meanwhile.
        assert!(matches!(place.open(2, None), Err(OpenError::OtherSecret)));
        close(place.open(2, Some(1)).unwrap()).await;
        let records = place.open(2, None).unwrap();
        let found = records.get(&kept).await.unwrap().unwrap();
        assert_eq!((found.version, found.content.as_slice()), (1, &b"kept"[..]));
        rotated(&records).await;
        // The key of before is left behind as by any rotation.
        assert_eq!(numbers(&records).await, [2]);
        records.put_until(&kept, 1, b"due", Some(1)).await.unwrap();
        assert_eq!(records.due("work", 1).await.unwrap().len(), 1);
    }
}

#[tokio::test]
async fn a_key_that_was_changed_or_swapped_is_refused() {
    for change in [
        "UPDATE vault_keys SET sealed = zeroblob(100)",
        "UPDATE vault_keys SET number = 7",
        "UPDATE vault_keys SET id = x'01020304'",
    ] {
        let place = Place::disk();
        let records = place.open(1, None).unwrap();
        let (told, changed) = std::sync::mpsc::channel();
        records.send(writer::Job::Touch(Box::new(move |database| {
            database.execute_batch(change).unwrap();
            told.send(()).unwrap();
        })));
        changed.recv().unwrap();
        close(records).await;
        assert!(
            matches!(place.open(1, None), Err(OpenError::OtherSecret)),
            "{change}"
        );
    }
}
