//! How long things are kept, what is never in an entry, and how entries are found.

use super::*;
use crate::journal::audit::Filter;

contract![
    retention_keeps_open_calls_and_live_keys,
    nothing_of_the_answer_or_the_key_stands_in_an_entry,
];

async fn retention_keeps_open_calls_and_live_keys(place: &Place) {
    let mut place = match place.directory {
        Some(_) => Place::disk(),
        None => Place::memory(),
    };
    place.retention.bytes = 100_000;
    let journal = place.start();
    // Each round is old enough for the head to be signed again.
    for round in 0..30 {
        for _ in 0..10 {
            run(&journal, intent("a"), b"").await;
        }
        journal.flush().await;
        place.pass(6 * MINUTE);
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
    // By age everything could be removed, but a call is open.
    place.pass(91 * 24 * 60 * MINUTE);
    run(&journal, intent("a"), b"").await;
    journal.flush().await;
    place.pass(91 * 24 * 60 * MINUTE);
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
async fn entries_are_found_by_who_what_when_and_how_it_ended() {
    let place = Place::disk();
    let journal = place.start();
    run(&journal, intent("a"), b"").await;
    place.pass(60 * MINUTE);
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
