//! Recall: what a repeated call gets, under a key and without one.

use super::*;

contract![
    a_key_repeats_the_answer_for_a_day,
    a_key_belongs_to_its_principal_and_arguments,
    two_calls_with_one_key_do_not_both_write,
    a_confirmation_works_once,
    a_no_uses_a_confirmation_up,
    an_intent_without_a_write_leaves_its_key_free,
    an_outcome_that_nobody_got_is_handed_over_once,
    an_outcome_whose_caller_is_there_is_not_handed_over,
    an_outcome_stays_until_it_is_handed_over,
    identical_calls_keep_an_outcome_each,
    a_call_with_a_key_keeps_nothing_for_calls_without,
    a_long_answer_keeps_its_ids_only,
];

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
    // At once, though the outcome goes along with the next commit; and as often as it is asked for.
    for minutes in [0, 1, 24 * 60 - 2] {
        place.pass(minutes * MINUTE);
        let (by, answer) = answer(recall(&journal, &asked).await);
        assert_eq!((by, answer.as_deref()), (By::Key, Some(&b"answer"[..])));
    }
    place.pass(MINUTE);
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
        // Without a key it is another call: its caller already has the answer.
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
    // The refused call left nothing that could be settled in place of the running one.
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
    // A call that wrote nothing uses it up as well.
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

async fn a_no_uses_a_confirmation_up(place: &Place) {
    let journal = place.start();
    let nonce = Uuid::from_u128(9);
    assert!(!journal.is_used(nonce).await.unwrap());
    for _ in 0..2 {
        journal.use_up(nonce).await.unwrap();
        assert!(journal.is_used(nonce).await.unwrap());
    }
    let confirmed = journal.open(Intent {
        nonce: Some(nonce),
        ..intent("a")
    });
    assert_eq!(begin(&confirmed).await.unwrap_err(), BeginError::NonceUsed);
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
    // With an answer to repeat, the answer is repeated.
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
        place.pass(minutes * MINUTE);
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
    // Not where several people share a principal, and not for a failure.
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
    // A second report, and dropping the call, change nothing.
    first.undelivered();
    drop(first);
    assert_eq!(word(&recall(&journal, &asked).await), "new");
    journal.flush().await;
    assert_eq!(rows(&journal, "SELECT count(*) FROM kept").await, 0);
    // The report may also come before the end.
    let call = journal.open(asked.clone());
    let write = begin(&call).await.unwrap();
    call.end(write, ended());
    call.delivered();
    call.settle(done(b"answer"));
    drop(call);
    assert_eq!(word(&recall(&journal, &asked).await), "new");
    // If the call is dropped without a report, its outcome counts as undelivered.
    drop(run(&journal, asked.clone(), b"answer").await);
    assert_eq!(word(&recall(&journal, &asked).await), "kept");
}

async fn an_outcome_stays_until_it_is_handed_over(place: &Place) {
    let journal = place.start();
    let asked = intent("a");
    run(&journal, asked.clone(), b"answer").await.undelivered();
    // Two repeats at the same time both get it; the first one leaves before it can report.
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
    // If the queue is full, the outcome is rather handed over once more.
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
    // Each outcome has its own ten minutes.
    for text in [b"old", b"new"] {
        run(&journal, asked(), text).await.undelivered();
        place.pass(6 * MINUTE);
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
