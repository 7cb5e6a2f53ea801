//! Whatever happened to a call, a repeated call gets the answer that follows from it.

use proptest::prelude::*;

use super::*;

/// What happened to a call before it is repeated.
#[derive(Debug, Clone)]
struct Story {
    has_key: bool,
    keeps_outcome: bool,
    begun: usize,
    ended: usize,
    settled: Option<&'static str>,
    /// The report of the delivery, if there was one.
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

/// The expected answer, derived without looking at how it is stored.
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
    // An outcome whose caller may still get it does not count.
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
    place.pass(story.minutes * MINUTE);
    let once = take(recall(&second, &asked).await);
    let again = take(recall(&second, &asked).await);
    drop(call);
    (once, again)
}

#[tokio::test]
async fn a_refusal_after_a_write_is_kept_for_its_key() {
    for ended in [0, 1] {
        let story = Story {
            has_key: true,
            keeps_outcome: false,
            begun: 1,
            ended,
            settled: Some("forbidden"),
            is_delivered: None,
            is_crashed: false,
            minutes: 0,
        };
        assert_eq!(told(&story).await, ("kept", "kept"), "{ended}");
    }
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
