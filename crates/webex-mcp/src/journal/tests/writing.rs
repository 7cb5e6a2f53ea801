//! Writing: one commit for many changes, full queues, a full disk.

use super::*;

contract![
    one_write_waits_for_one_commit,
    concurrent_writes_share_a_commit,
    a_refused_begin_takes_nobodys_place,
    a_begin_that_was_given_up_is_settled,
    ends_and_outcomes_find_their_place_when_the_queue_is_full,
    notes_beyond_the_queue_are_counted,
    a_full_disk_stops_effects_and_loses_nothing,
    a_file_that_is_gone_stops_effects,
];

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
    // The intent is durable with its first write; the outcome is not there yet.
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
    // Without Tokio's budget for a task, which would let some begin only after the others.
    let begin = |call| looked_at(tokio::task::unconstrained(begin(call)));
    let mut begins: Vec<_> = calls.iter().map(begin).collect();
    assert!(begins.iter_mut().all(Looked::is_pending));
    drop(held);
    for begun in begins {
        assert!(begun.finish().await.is_ok());
    }
    assert_eq!(journal.commits(), before + 1);
}

async fn a_refused_begin_takes_nobodys_place(place: &Place) {
    let journal = place.start();
    fill(&journal).await;
    let places = || journal.0.calls.available_permits();
    let before = places();
    let refused = journal.open(intent("a"));
    assert_eq!(begin(&refused).await.unwrap_err(), BeginError::Unavailable);
    assert_eq!(places(), before);
    // If no place is free and none can become free, a caller does not wait for one.
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
    // The place of the write that ended is not enough; the other places come back later.
    assert!(begins.is_pending());
    drop(taken);
    assert!(begins.finish().await.is_ok());
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
    // The disk still says that the call runs, which is no longer true.
    let running = Asked::of(&keyed("b", "running"));
    assert_eq!(journal.recall(&running).await.unwrap_err(), Unavailable);
    // Other reads still work.
    let (_, kept) = answer(recall(&journal, &keyed("a", "k")).await);
    assert_eq!(kept.as_deref(), Some(&b"answer"[..]));
    touch(&journal, EMPTY).await;
    // There is space again: effects work again, and the changes without a waiting caller were not
    // lost.
    assert!(begin(&journal.open(intent("d"))).await.is_ok());
    assert!(journal.is_writable());
    let (_, late) = answer(recall(&journal, &keyed("b", "running")).await);
    assert_eq!(late.as_deref(), Some(&b"late"[..]));
    assert_eq!(count(&journal, Kind::Note).await, 1);
    if place.directory.is_some() {
        place.book().verify(&[], None).unwrap();
    }
}

async fn a_file_that_is_gone_stops_effects(place: &Place) {
    if place.directory.is_none() || cfg!(not(unix)) {
        return;
    }
    let journal = place.start();
    run(&journal, intent("a"), b"").await;
    journal.flush().await;
    std::fs::remove_dir_all(place.path()).unwrap();
    let wait = limits::RECORDS_FILE_LOOKED_AT_SECONDS;
    std::thread::sleep(std::time::Duration::from_secs(wait));
    let refused = begin(&journal.open(intent("b"))).await.unwrap_err();
    assert_eq!(refused, BeginError::Unavailable);
    assert!(journal.is_gone() && !journal.is_writable());
}

/// A future that can be polled before it is done.
struct Looked<F: Future>(std::pin::Pin<Box<F>>);

impl<F: Future> Looked<F> {
    fn is_pending(&mut self) -> bool {
        let mut context = std::task::Context::from_waker(std::task::Waker::noop());
        self.0.as_mut().poll(&mut context).is_pending()
    }

    async fn finish(self) -> F::Output {
        self.0.await
    }
}

fn looked_at<F: Future>(future: F) -> Looked<F> {
    Looked(Box::pin(future))
}
