//! What is sent again, how often and when; and what never is.

use std::collections::BTreeSet;
use std::time::Duration;

use tokio::time::Instant;
use webex::limits::MAX_SENDS_COUNT;
use webex::messages::{CreateMessage, Destination};
use webex::{Client, WebexError};

use crate::upstream::{Answer, Upstream, json, status, with_header};

const ROOM: &str = r#"{"id":"r"}"#;

async fn read(client: &Client) -> Result<(), WebexError> {
    client.rooms().get("r").await.map(drop)
}

async fn write(client: &Client) -> Result<(), WebexError> {
    let mut message = CreateMessage::to(Destination::Room("r".to_owned()));
    message.text = Some("hello".to_owned());
    client.messages().create(&message).await.map(drop)
}

#[tokio::test(start_paused = true)]
async fn a_read_goes_again_after_what_may_pass() {
    let passing = [
        status(500),
        status(502),
        status(503),
        status(504),
        Answer::Lost,
        Answer::NotConnected,
        Answer::CutBody,
        status(429),
        with_header(423, "retry-after", "1"),
    ];
    for failure in passing {
        let upstream = Upstream::new([failure.clone(), json(ROOM)]);
        read(&upstream.client())
            .await
            .unwrap_or_else(|error| panic!("{failure:?}: {error}"));
        assert_eq!(upstream.count(), 2, "{failure:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_write_goes_again_only_where_it_was_provably_not_executed() {
    let not_executed = [
        Answer::NotConnected,
        status(429),
        status(423),
        with_header(429, "retry-after", "2"),
    ];
    for failure in not_executed {
        let upstream = Upstream::new([failure.clone(), json(ROOM)]);
        write(&upstream.client())
            .await
            .unwrap_or_else(|error| panic!("{failure:?}: {error}"));
        assert_eq!(upstream.count(), 2, "{failure:?}");
    }
    let unknown = [
        status(500),
        status(502),
        status(503),
        status(504),
        Answer::Lost,
        Answer::CutBody,
        Answer::Silent,
        Answer::SilentBody,
        json("<html>"),
    ];
    for failure in unknown {
        let upstream = Upstream::new([failure.clone(), json(ROOM)]);
        let error = write(&upstream.client()).await.unwrap_err();
        assert!(error.maybe_applied(), "{failure:?}: {error}");
        assert_eq!(upstream.count(), 1, "{failure:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn what_will_not_pass_is_asked_once() {
    for code in [302, 400, 401, 403, 404, 405, 409, 410, 415, 428, 501] {
        let upstream = Upstream::new([status(code), json(ROOM)]);
        let error = read(&upstream.client()).await.unwrap_err();
        assert_eq!((error.status(), upstream.count()), (Some(code), 1));
        assert!(!error.maybe_applied());
    }
}

#[tokio::test(start_paused = true)]
async fn repeats_are_bounded() {
    let endless = [
        (status(502), 4),
        (status(500), 2),
        (Answer::Lost, 4),
        (Answer::NotConnected, 4),
        (status(429), 4),
        (with_header(429, "retry-after", "0"), 4),
        (with_header(429, "retry-after", "1"), 4),
        (with_header(423, "retry-after", "1"), 4),
    ];
    for (failure, expected) in endless {
        let upstream = Upstream::new([failure.clone()]);
        read(&upstream.client()).await.unwrap_err();
        assert_eq!(upstream.count(), expected, "{failure:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn no_mix_of_failures_is_sent_more_than_four_times() {
    let passing = || {
        [
            with_header(429, "retry-after", "0"),
            status(423),
            status(503),
            Answer::Lost,
            Answer::NotConnected,
        ]
    };
    for first in passing() {
        for second in passing() {
            for last in passing() {
                let failures = [first.clone(), second.clone(), first.clone(), last.clone()];
                let mix = format!("{failures:?}");
                let upstream = Upstream::new(failures.into_iter().chain([json(ROOM)]));
                read(&upstream.client()).await.unwrap_err();
                assert_eq!(upstream.count(), MAX_SENDS_COUNT, "{mix}");
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn endless_throttling_is_told_with_its_seconds() {
    let upstream = Upstream::new([with_header(429, "retry-after", "1")]);
    let start = Instant::now();
    let error = write(&upstream.client()).await.unwrap_err();
    assert_eq!(upstream.count(), 4);
    assert_eq!(error.retry_after(), Some(Duration::from_secs(1)));
    assert!(matches!(error, WebexError::Throttled { .. }), "{error}");
    // Three waits of a second, with pauses of 0.2, 0.4 and 0.8 s, at most doubled, on top.
    let waited = start.elapsed().as_millis();
    assert!((4_400..=5_810).contains(&waited), "{waited} ms");
}

#[tokio::test(start_paused = true)]
async fn the_wait_that_webex_asks_for_is_kept_and_never_the_same() {
    for code in [423, 429, 503] {
        let mut waits = BTreeSet::new();
        for _ in 0..20 {
            let upstream = Upstream::new([with_header(code, "retry-after", "7"), json(ROOM)]);
            let start = Instant::now();
            read(&upstream.client()).await.unwrap();
            waits.insert(start.elapsed().as_millis());
        }
        assert!(waits.iter().all(|wait| (7_200..=7_410).contains(wait)));
        assert!(waits.len() > 1, "{code}: always {waits:?} ms");
    }
}

#[tokio::test(start_paused = true)]
async fn a_wait_beyond_the_deadline_is_reported_at_once() {
    let html = Answer::Http(
        429,
        vec![
            ("content-type", "text/html".to_owned()),
            ("retry-after", "3600".to_owned()),
            ("trackingid", "ROUTER_1".to_owned()),
        ],
        "<html>Too many requests</html>".to_owned(),
    );
    let upstream = Upstream::new([html]);
    let start = Instant::now();
    let error = read(&upstream.client()).await.unwrap_err();
    assert_eq!(start.elapsed(), Duration::ZERO);
    assert!(matches!(error, WebexError::Throttled { .. }));
    assert_eq!(error.retry_after(), Some(Duration::from_secs(3600)));
    assert_eq!(error.tracking_id(), Some("ROUTER_1"));
    assert!(error.to_string().contains("try again in 3600 s"), "{error}");
}

#[tokio::test(start_paused = true)]
async fn the_callers_deadline_ends_everything() {
    let stuck = [
        Answer::Silent,
        Answer::SilentBody,
        with_header(429, "retry-after", "3"),
    ];
    for failure in stuck {
        let upstream = Upstream::new([failure.clone()]);
        let start = Instant::now();
        let client = upstream
            .client()
            .with_deadline(start + Duration::from_secs(4));
        let error = read(&client).await.unwrap_err();
        assert!(start.elapsed() <= Duration::from_secs(4), "{failure:?}");
        let timed_out = matches!(
            error,
            WebexError::TimedOut {
                maybe_applied: false
            }
        );
        assert_eq!(timed_out, !matches!(failure, Answer::Http(..)), "{error}");
    }
}

#[tokio::test(start_paused = true)]
async fn past_the_deadline_nothing_is_sent() {
    let upstream = Upstream::new([json(ROOM)]);
    let client = upstream.client().with_deadline(Instant::now());
    let error = write(&client).await.unwrap_err();
    assert!(matches!(
        error,
        WebexError::TimedOut {
            maybe_applied: false
        }
    ));
    assert_eq!(upstream.count(), 0);
}

#[tokio::test(start_paused = true)]
async fn silence_ends_by_the_first_byte_timeout_and_a_read_has_another_try() {
    let upstream = Upstream::new([Answer::Silent, json(ROOM)]);
    let start = Instant::now();
    let client = upstream
        .client()
        .with_deadline(start + Duration::from_secs(60));
    read(&client).await.unwrap();
    assert_eq!(start.elapsed().as_secs(), 15);
}
