//! What a process leaves behind that ends in the middle of a call, and what several processes
//! share.

use super::*;
use crate::journal::verify::{Stop, Wrong};

contract![a_call_that_is_dropped_is_unknown,];

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
    // The other process is alive, so its call is in flight and not unknown.
    two.recover().await.unwrap();
    assert!(matches!(
        recall(&two, &asked).await,
        Recall::InFlight { .. }
    ));
    two.flush().await;
    let verified = place.book().verify(&[], None).unwrap();
    // One key, 21 complete calls of four entries, one intent with its write.
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

    // A process that was running all the time finds out, like a new one.
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
    // A call without a key gets no answer of a call with one.
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
    // Its caller may still get the outcome.
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
    place.pass(10 * MINUTE);
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
    place.pass(6 * MINUTE);
    run(&after, intent("b"), b"").await;
    after.flush().await;
    let secret = |byte| Secret::new(Box::new([byte; 32]));
    let (old, new) = (secret(1), secret(2));
    let verified = place.book().verify(&[&new], None).unwrap();
    assert_eq!(verified.signed_heads, 2);
    assert_eq!(count(&after, Kind::Key).await, 2);
    // The old secret alone did not sign last.
    let stop = place.book().verify(&[&old], None).unwrap_err();
    assert!(matches!(
        stop,
        Stop::Wrong(Wrong {
            what: verify::What::OtherSecret,
            ..
        })
    ));
}
