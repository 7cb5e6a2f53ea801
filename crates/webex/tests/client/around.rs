//! What stands around a client: asked before anything is sent, told once what became of it.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use futures::future::{self, BoxFuture};
use http::header::AUTHORIZATION;
use tokio::time::{Instant, timeout};
use webex::around::{About, Admitted, Around, Content, Outcome, Withheld};
use webex::messages::{CreateMessage, Destination, ListMessages, Message};
use webex::{AccessToken, Client, Page, Upload, WebexError};

use crate::upstream::{Answer, BASE, Upstream, json, status, with_header};

const MESSAGE: &str = r#"{"id":"m"}"#;

/// Writes down what it is asked and told.
#[derive(Debug, Default)]
struct Watch {
    seen: Mutex<Vec<String>>,
    tickets: Mutex<u64>,
    renewals: Mutex<VecDeque<&'static str>>,
    /// What Webex asked to wait, of each refusal for its rate.
    waits: Mutex<Vec<Option<Duration>>>,
    before: Before,
}

#[derive(Debug, Default)]
enum Before {
    #[default]
    Admits,
    Withholds,
    Hangs,
}

#[derive(Debug, thiserror::Error, PartialEq)]
#[error("not on a Sunday")]
struct Sunday;

impl Around for Watch {
    fn before<'a>(&'a self, about: &'a About<'a>) -> BoxFuture<'a, Result<Admitted, Withheld>> {
        Box::pin(async move {
            self.note(format!("before {} {}", about.operation.name, about.path));
            match self.before {
                Before::Admits => {}
                Before::Withholds => return Err(Withheld(Box::new(Sunday))),
                Before::Hangs => future::pending().await,
            }
            let mut ticket = self.tickets.lock().unwrap();
            *ticket += 1;
            Ok(Admitted {
                token: AccessToken::new("first").unwrap(),
                ticket: *ticket,
            })
        })
    }

    fn renew<'a>(&'a self, about: &'a About<'a>) -> BoxFuture<'a, Option<AccessToken>> {
        Box::pin(async move {
            self.note(format!("renew {}", about.operation.name));
            let token = self.renewals.lock().unwrap().pop_front()?;
            Some(AccessToken::new(token).unwrap())
        })
    }

    fn throttled(&self, _about: &About<'_>, wait: Option<Duration>) {
        self.waits.lock().unwrap().push(wait);
    }

    fn after(&self, about: &About<'_>, ticket: u64, outcome: Outcome<'_>) {
        let outcome = match outcome {
            Outcome::Done {
                status,
                tracking_id,
                body,
            } => {
                let body = body.map(|body| std::str::from_utf8(body).unwrap());
                let [tracking_id, body] = [tracking_id, body].map(|text| text.unwrap_or("-"));
                format!("done {status} {tracking_id} {body}")
            }
            Outcome::Failed(error) => {
                let status = error.status().unwrap_or_default();
                format!("failed {status} maybe_applied={}", error.maybe_applied())
            }
            Outcome::Dropped => "dropped".to_owned(),
        };
        self.note(format!("after {} {ticket} {outcome}", about.operation.name));
    }
}

impl Watch {
    fn with_renewals(tokens: &[&'static str]) -> Arc<Self> {
        Arc::new(Self {
            renewals: Mutex::new(tokens.iter().copied().collect()),
            ..Self::default()
        })
    }

    fn that(before: Before) -> Arc<Self> {
        Arc::new(Self {
            before,
            ..Self::default()
        })
    }

    fn note(&self, line: String) {
        self.seen.lock().unwrap().push(line);
    }

    fn seen(&self) -> Vec<String> {
        self.seen.lock().unwrap().clone()
    }

    fn around(self: &Arc<Self>, upstream: &Upstream) -> Client {
        upstream.webex().client_around(self.clone())
    }
}

async fn write(client: &Client) -> Result<Message, WebexError> {
    let mut message = CreateMessage::to(Destination::Room("r".to_owned()));
    message.text = Some("hello".to_owned());
    client.messages().create(&message).await
}

/// The tokens that were sent, each in a header that is marked sensitive.
fn tokens(upstream: &Upstream) -> Vec<String> {
    let token = |asked: crate::upstream::Asked| {
        let value = &asked.headers[AUTHORIZATION];
        assert!(value.is_sensitive());
        value
            .to_str()
            .unwrap()
            .strip_prefix("Bearer ")
            .unwrap()
            .to_owned()
    };
    upstream.asked().into_iter().map(token).collect()
}

#[tokio::test(start_paused = true)]
async fn an_operation_is_asked_and_told_once_over_all_its_sends() {
    let done = Answer::Http(
        200,
        vec![("trackingid", "T_1".to_owned())],
        MESSAGE.to_owned(),
    );
    let upstream = Upstream::new([
        with_header(429, "retry-after", "1"),
        Answer::NotConnected,
        status(429),
        done,
    ]);
    let watch = Arc::new(Watch::default());
    write(&watch.around(&upstream)).await.unwrap();
    assert_eq!(tokens(&upstream), ["first"; 4]);
    let waits = watch.waits.lock().unwrap().clone();
    assert_eq!(waits, [Some(Duration::from_secs(1)), None]);
    assert_eq!(
        watch.seen(),
        [
            "before messages.create /messages",
            r#"after messages.create 1 done 200 T_1 {"id":"m"}"#
        ]
    );
}

#[tokio::test]
async fn the_path_has_its_ids_and_no_query_and_an_empty_answer_no_body() {
    let upstream = Upstream::new([status(204), json(r#"{"items":[]}"#)]);
    let watch = Arc::new(Watch::default());
    let client = watch.around(&upstream);
    client.messages().delete("a/b").await.unwrap();
    let query = ListMessages::in_room("r");
    client.messages().list(&query).await.unwrap();
    assert_eq!(
        watch.seen(),
        [
            "before messages.delete /messages/a%2Fb",
            "after messages.delete 1 done 204 - -",
            "before messages.list /messages",
            r#"after messages.list 2 done 200 - {"items":[]}"#
        ]
    );
}

#[tokio::test]
async fn each_page_that_is_followed_is_an_operation_of_its_own() {
    let link = format!("<{BASE}/messages?cursor=b>; rel=\"next\"");
    let empty = Answer::Http(200, vec![("link", link)], r#"{"items":[]}"#.to_owned());
    let upstream = Upstream::new([empty.clone(), empty, json(r#"{"items":[{"id":"1"}]}"#)]);
    let watch = Arc::new(Watch::default());
    let client = watch.around(&upstream);
    let found: Page<Message> = client
        .messages()
        .list(&ListMessages::in_room("r"))
        .await
        .unwrap();
    assert_eq!((found.items.len(), upstream.count()), (1, 3));
    let empty = r#"done 200 - {"items":[]}"#;
    let full = r#"done 200 - {"items":[{"id":"1"}]}"#;
    let pages = [(1, empty), (2, empty), (3, full)].map(|(ticket, outcome)| {
        [
            "before messages.list /messages".to_owned(),
            format!("after messages.list {ticket} {outcome}"),
        ]
    });
    assert_eq!(watch.seen(), pages.concat());
}

#[tokio::test]
async fn what_is_withheld_is_not_sent_and_the_reason_comes_back() {
    let upstream = Upstream::new([json(MESSAGE)]);
    let watch = Watch::that(Before::Withholds);
    let error = write(&watch.around(&upstream)).await.unwrap_err();
    assert!(!error.maybe_applied());
    let WebexError::Withheld { source } = error else {
        panic!("{error}");
    };
    assert_eq!(source.downcast_ref(), Some(&Sunday));
    assert_eq!(upstream.count(), 0);
    assert_eq!(watch.seen(), ["before messages.create /messages"]);
}

#[tokio::test]
async fn a_call_that_cannot_be_made_is_not_asked_about() {
    let upstream = Upstream::new([json(MESSAGE)]);
    let watch = Arc::new(Watch::default());
    let client = watch.around(&upstream);
    client.messages().get("").await.unwrap_err();
    let late = client.clone().with_deadline(Instant::now());
    write(&late).await.unwrap_err();
    assert_eq!((watch.seen().len(), upstream.count()), (0, 0));
}

#[tokio::test(start_paused = true)]
async fn a_refused_token_is_renewed_once_and_the_second_refusal_told() {
    struct Case {
        answers: Vec<Answer>,
        renewals: &'static [&'static str],
        sent: &'static [&'static str],
        outcome: &'static str,
    }
    let cases = [
        Case {
            answers: vec![status(401), json(MESSAGE)],
            renewals: &["second", "third"],
            sent: &["first", "second"],
            outcome: r#"done 200 - {"id":"m"}"#,
        },
        Case {
            answers: vec![status(401)],
            renewals: &["second", "third"],
            sent: &["first", "second"],
            outcome: "failed 401 maybe_applied=false",
        },
        Case {
            answers: vec![status(401), json(MESSAGE)],
            renewals: &[],
            sent: &["first"],
            outcome: "failed 401 maybe_applied=false",
        },
        Case {
            answers: vec![status(429), status(401), status(423), json(MESSAGE)],
            renewals: &["second"],
            sent: &["first", "first", "second", "second"],
            outcome: r#"done 200 - {"id":"m"}"#,
        },
        Case {
            answers: vec![status(401), status(429)],
            renewals: &["second"],
            sent: &["first", "second", "second", "second"],
            outcome: "failed 429 maybe_applied=false",
        },
    ];
    for case in cases {
        let upstream = Upstream::new(case.answers);
        let watch = Watch::with_renewals(case.renewals);
        let _ = write(&watch.around(&upstream)).await;
        assert_eq!(tokens(&upstream), case.sent);
        assert_eq!(
            watch.seen(),
            [
                "before messages.create /messages",
                "renew messages.create",
                &format!("after messages.create 1 {}", case.outcome)
            ]
        );
    }
}

#[tokio::test(start_paused = true)]
async fn after_the_last_send_no_token_is_renewed() {
    let upstream = Upstream::new([status(429), status(429), status(429), status(401)]);
    let watch = Watch::with_renewals(&["second"]);
    let error = write(&watch.around(&upstream)).await.unwrap_err();
    assert_eq!((error.status(), upstream.count()), (Some(401), 4));
    assert_eq!(watch.seen().len(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_failure_tells_whether_the_write_may_have_been_done() {
    let damaged = vec![("content-encoding", "gzip".to_owned())];
    let cases = [
        (status(400), "failed 400 maybe_applied=false"),
        (Answer::NotConnected, "failed 0 maybe_applied=false"),
        (Answer::Lost, "failed 0 maybe_applied=true"),
        (Answer::Silent, "failed 0 maybe_applied=true"),
        (Answer::CutBody, "failed 0 maybe_applied=true"),
        (status(503), "failed 503 maybe_applied=true"),
        (
            Answer::Http(200, damaged, "not zipped".to_owned()),
            "failed 0 maybe_applied=true",
        ),
        // Webex did it, whatever it says about it.
        (json("<html>"), "done 200 - <html>"),
    ];
    for (answer, outcome) in cases {
        let upstream = Upstream::new([answer]);
        let watch = Arc::new(Watch::default());
        write(&watch.around(&upstream)).await.unwrap_err();
        let told = format!("after messages.create 1 {outcome}");
        assert_eq!(watch.seen(), ["before messages.create /messages", &told]);
    }
}

#[tokio::test(start_paused = true)]
async fn who_leaves_in_the_middle_is_told_as_dropped() {
    // While it waits for the answer, for the rest of it, and for its next send.
    for answer in [
        Answer::Silent,
        Answer::SilentBody,
        with_header(429, "retry-after", "5"),
    ] {
        let upstream = Upstream::new([answer]);
        let watch = Arc::new(Watch::default());
        let client = watch.around(&upstream);
        let left = timeout(Duration::from_secs(1), write(&client)).await;
        assert!(left.is_err());
        assert_eq!(upstream.count(), 1);
        assert_eq!(
            watch.seen(),
            [
                "before messages.create /messages",
                "after messages.create 1 dropped"
            ]
        );
    }
}

#[tokio::test(start_paused = true)]
async fn the_deadline_counts_for_what_stands_around_too() {
    let upstream = Upstream::new([json(MESSAGE)]);
    let watch = Watch::that(Before::Hangs);
    let start = Instant::now();
    let client = watch.around(&upstream);
    let client = client.with_deadline(start + Duration::from_secs(4));
    let error = write(&client).await.unwrap_err();
    assert!(matches!(
        error,
        WebexError::TimedOut {
            maybe_applied: false
        }
    ));
    assert_eq!((start.elapsed().as_secs(), upstream.count()), (4, 0));
    // It never admitted, so there is nothing to tell.
    assert_eq!(watch.seen(), ["before messages.create /messages"]);
}

#[tokio::test]
async fn files_are_told_in_both_directions() {
    let upstream = Upstream::new([json(MESSAGE)]);
    let watch = Arc::new(Watch::default());
    let client = watch.around(&upstream);
    let message = CreateMessage::to(Destination::Room("r".to_owned()));
    let file = Upload::from_bytes("a.txt", "text/plain", "abc").unwrap();
    client.messages().upload(&message, &file).await.unwrap();
    let url = format!("{BASE}/contents/abc");
    let download = client.contents().get(&url, true).await.unwrap();
    // A file is told by its head: nothing of this one was read.
    drop(download);
    assert_eq!(
        watch.seen(),
        [
            "before messages.create /messages",
            r#"after messages.create 1 done 200 - {"id":"m"}"#,
            "before contents.get /contents/abc",
            "after contents.get 2 done 200 - -"
        ]
    );
}

#[test]
fn an_outcome_that_is_printed_shows_nothing_that_people_wrote() {
    let done = Outcome::Done {
        status: 200,
        tracking_id: None,
        body: Some(b"{\"text\":\"hello\"}"),
    };
    assert_eq!(format!("{done:?}"), "Done(200)");
}

/// Passes no answer on that says "secret", and writes down what is sent.
#[derive(Debug, Default)]
struct Censor(Mutex<Vec<String>>);

impl Around for Censor {
    fn before<'a>(&'a self, about: &'a About<'a>) -> BoxFuture<'a, Result<Admitted, Withheld>> {
        let content = match about.content {
            Content::Nothing => String::new(),
            Content::Json(bytes) => String::from_utf8(bytes.to_vec()).unwrap(),
            Content::Fields(fields) => format!("{fields:?}"),
        };
        let line = format!("{} {}", about.query, content);
        self.0.lock().unwrap().push(line.trim().to_owned());
        let token = AccessToken::new("first").unwrap();
        Box::pin(async { Ok(Admitted { token, ticket: 0 }) })
    }

    fn renew<'a>(&'a self, _: &'a About<'a>) -> BoxFuture<'a, Option<AccessToken>> {
        Box::pin(async { None })
    }

    fn after(&self, _: &About<'_>, _: u64, _: Outcome<'_>) {}

    fn sees_answers(&self) -> bool {
        true
    }

    fn answered<'a>(
        &'a self,
        about: &'a About<'a>,
        body: Bytes,
    ) -> BoxFuture<'a, Result<Bytes, Withheld>> {
        let text = String::from_utf8(body.to_vec()).unwrap();
        Box::pin(async move {
            match about.operation.name {
                "messages.list" => Ok(text.replace("secret", "public").into()),
                _ if text.contains("secret") => Err(Withheld(Box::new(Sunday))),
                _ => Ok(body),
            }
        })
    }
}

#[tokio::test]
async fn an_answer_may_be_changed_or_withheld_and_a_write_was_made_all_the_same() {
    let secret = r#"{"id":"secret"}"#;
    let list = r#"{"items":[{"id":"secret"}]}"#;
    let made = r#"{"id":"made"}"#;
    let upstream = Upstream::new([json(list), json(secret), json(secret), json(made)]);
    let censor = Arc::new(Censor::default());
    let client = upstream.webex().client_around(censor.clone());
    let query = ListMessages::in_room("r");
    let found = client.messages().list(&query).await.unwrap();
    assert_eq!(found.items[0].id, "public");
    let withheld = client.messages().get("m").await.unwrap_err();
    assert!(matches!(withheld, WebexError::Withheld { .. }) && !withheld.maybe_applied());
    let withheld = write(&client).await.unwrap_err();
    assert!(withheld.maybe_applied(), "{withheld:?}");
    assert_eq!(write(&client).await.unwrap().id, "made");
    let said = r#"{"roomId":"r","text":"hello"}"#;
    assert_eq!(*censor.0.lock().unwrap(), ["roomId=r", "", said, said]);
}

#[tokio::test]
async fn the_fields_of_a_form_are_told_without_the_file() {
    let upstream = Upstream::new([json(MESSAGE)]);
    let censor = Arc::new(Censor::default());
    let client = upstream.webex().client_around(censor.clone());
    let message = CreateMessage::to(Destination::Room("r".to_owned()));
    let file = Upload::from_bytes("a.txt", "text/plain", "content").unwrap();
    client.messages().upload(&message, &file).await.unwrap();
    assert_eq!(*censor.0.lock().unwrap(), [r#"[("roomId", "r")]"#]);
}
