//! Files, in both directions.

use std::convert::Infallible;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::extract::{FromRequest as _, Multipart, Request};
use axum::response::{IntoResponse as _, Response};
use bytes::Bytes;
use futures::{StreamExt as _, TryStreamExt as _, stream};
use http::StatusCode;
use tokio::time::{Instant, sleep};
use webex::messages::{CreateMessage, Destination};
use webex::transport::{Body, BoxError};
use webex::{AccessToken, Client, Settings, Transport, Upload, Webex, WebexError};

use crate::upstream::{Answer, BASE, Upstream, json, status, with_header};

const FILE: &str = "https://webexapis.com/v1/contents/Y2lzY29zcGFyazovL3Vz";

fn message() -> CreateMessage {
    let mut message = CreateMessage::to(Destination::Email("a@b.c".to_owned()));
    message.markdown = Some("grüße\r\n--x".to_owned());
    message
}

/// The fields of a form: name, file name, media type, bytes.
type Fields = Vec<(String, Option<String>, Option<String>, Bytes)>;

/// Reads forms with a parser that is not ours; the first answers are those given.
fn form_reader(first: Vec<StatusCode>) -> (Client, Arc<Mutex<Vec<Fields>>>) {
    let forms = Arc::new(Mutex::new(Vec::<Fields>::new()));
    let seen = forms.clone();
    let service = tower::service_fn(move |request: http::Request<Body>| {
        let (forms, first) = (forms.clone(), first.clone());
        async move {
            let fields = read_form(request.map(axum::body::Body::new)).await;
            let mut forms = forms.lock().unwrap();
            forms.push(fields);
            let status = first
                .get(forms.len() - 1)
                .copied()
                .unwrap_or(StatusCode::OK);
            Ok::<Response, Infallible>((status, r#"{"id":"m"}"#).into_response())
        }
    });
    (client(service, Settings::default()), seen)
}

async fn read_form(request: Request) -> Fields {
    let mut form = Multipart::from_request(request, &()).await.unwrap();
    let mut fields = Fields::new();
    while let Some(field) = form.next_field().await.unwrap() {
        let text = |value: Option<&str>| value.map(str::to_owned);
        let name = field.name().unwrap().to_owned();
        let (file_name, content_type) = (text(field.file_name()), text(field.content_type()));
        fields.push((name, file_name, content_type, field.bytes().await.unwrap()));
    }
    fields
}

fn client<S, B>(service: S, settings: Settings) -> Client
where
    S: tower::Service<http::Request<Body>, Response = http::Response<B>>
        + Clone
        + Send
        + Sync
        + 'static,
    S::Future: Send,
    S::Error: Into<BoxError>,
    B: http_body::Body<Data = Bytes> + Send + 'static,
    B::Error: Into<BoxError>,
{
    let webex = Webex::with_transport(BASE, Transport::in_process(service), settings).unwrap();
    webex.client(AccessToken::new("t").unwrap())
}

#[tokio::test(start_paused = true)]
async fn an_upload_is_a_form_and_opened_anew_for_a_repeat() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("on-disk");
    let content: Vec<u8> = (0..200_000u32).map(|number| number as u8).collect();
    std::fs::write(&path, &content).unwrap();
    let uploads = [
        Upload::from_path("say \"hi\" ü.bin", "application/x-thing", &path)
            .await
            .unwrap(),
        Upload::from_bytes("say \"hi\" ü.bin", "application/x-thing", content.clone()).unwrap(),
    ];
    for upload in uploads {
        let (client, forms) = form_reader(vec![StatusCode::TOO_MANY_REQUESTS]);
        let reported = Arc::new(AtomicU64::new(0));
        let progress = reported.clone();
        let upload = upload.with_progress(move |sent| progress.store(sent, Ordering::Relaxed));
        client.messages().upload(&message(), &upload).await.unwrap();
        let forms = forms.lock().unwrap();
        assert_eq!(forms.len(), 2);
        assert_eq!(forms[0], forms[1]);
        let [to, markdown, file] = forms[0].as_slice() else {
            panic!("three fields were expected");
        };
        assert_eq!(
            (to.0.as_str(), to.3.as_ref()),
            ("toPersonEmail", &b"a@b.c"[..])
        );
        assert_eq!(
            (markdown.0.as_str(), markdown.3.as_ref()),
            ("markdown", "grüße\r\n--x".as_bytes())
        );
        assert_eq!(file.0, "files");
        assert_eq!(file.1.as_deref(), Some("say \"hi\" ü.bin"));
        assert_eq!(file.2.as_deref(), Some("application/x-thing"));
        assert!(file.3 == content, "the file's bytes");
        assert_eq!(reported.load(Ordering::Relaxed), content.len() as u64);
    }
}

#[tokio::test]
async fn a_name_is_a_quoted_string_on_the_wire() {
    let body = Arc::new(Mutex::new(Vec::new()));
    let seen = body.clone();
    let service = tower::service_fn(move |request: http::Request<Body>| {
        let seen = seen.clone();
        async move {
            let bytes = axum::body::to_bytes(axum::body::Body::new(request.into_body()), 4_096);
            *seen.lock().unwrap() = bytes.await.unwrap().to_vec();
            Ok::<Response, Infallible>(r#"{"id":"m"}"#.into_response())
        }
    });
    let client = client(service, Settings::default());
    for (name, expected) in [
        ("plan.txt", r#"filename="plan.txt""#),
        (r#"say "hi".txt"#, r#"filename="say \"hi\".txt""#),
        (r#"""#, r#"filename="\"""#),
        ("100%22.txt", r#"filename="100%22.txt""#),
        ("Übersicht; a=b.txt", r#"filename="Übersicht; a=b.txt""#),
    ] {
        let upload = Upload::from_bytes(name, "text/plain", "x").unwrap();
        client.messages().upload(&message(), &upload).await.unwrap();
        let sent = String::from_utf8(body.lock().unwrap().clone()).unwrap();
        let line = format!("; name=\"files\"; {expected}\r\n");
        assert!(sent.contains(&line), "{name}: {sent}");
    }
}

#[test]
fn a_name_or_a_type_that_is_none_is_refused() {
    for (name, kind, is_right) in [
        ("a.txt", "text/plain", true),
        ("...a", "text/plain; charset=utf-8", true),
        ("a", "application/vnd.ms-excel.sheet+xml", true),
        (".", "text/plain", false),
        ("..", "text/plain", false),
        (". .", "text/plain", false),
        (" ", "text/plain", false),
        ("", "text/plain", false),
        ("a/b", "text/plain", false),
        ("a\\b", "text/plain", false),
        ("a\nb", "text/plain", false),
        ("a\0", "text/plain", false),
        ("a", "image/*", false),
        ("a", "*/*", false),
        ("a", "text/", false),
        ("a", "/plain", false),
        ("a", "text", false),
        ("a", "text/pl ain", false),
        ("a", "text/plain\r\nx: y", false),
    ] {
        let upload = Upload::from_bytes(name, kind, "x");
        assert_eq!(upload.is_ok(), is_right, "{name:?} {kind:?}");
    }
}

#[tokio::test]
async fn a_file_that_changed_is_told_and_nothing_is_posted() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("file");
    for (before, after) in [("0123456789", "0123"), ("0123", "0123456789")] {
        std::fs::write(&path, before).unwrap();
        let upload = Upload::from_path("a.txt", "text/plain", &path)
            .await
            .unwrap();
        std::fs::write(&path, after).unwrap();
        let upstream = Upstream::new([json(r#"{"id":"m"}"#)]);
        let error = upstream
            .client()
            .messages()
            .upload(&message(), &upload)
            .await
            .unwrap_err();
        assert!(
            matches!(error, WebexError::Invalid { field: "files", .. }),
            "{error}"
        );
        assert_eq!(upstream.count(), 0);
    }
    std::fs::remove_file(&path).unwrap();
    let error = Upload::from_path("a.txt", "text/plain", &path)
        .await
        .unwrap_err();
    assert!(!error.to_string().contains("file\""), "no path in an error");
}

#[tokio::test]
async fn a_file_that_shrinks_while_it_is_sent_is_told() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("file");
    std::fs::write(&path, vec![1; 1_000_000]).unwrap();
    let upload = Upload::from_path("a.bin", "a/b", &path).await.unwrap();
    let upload = upload.with_progress(move |_| std::fs::write(&path, "short").unwrap());
    let upstream = Upstream::new([json(r#"{"id":"m"}"#)]);
    let error = upstream
        .client()
        .messages()
        .upload(&message(), &upload)
        .await
        .unwrap_err();
    assert!(
        matches!(error, WebexError::Invalid { field: "files", .. }),
        "{error}"
    );
    assert_eq!(upstream.count(), 0, "no whole request arrived");
}

#[test]
fn what_cannot_be_a_file_is_refused() {
    let wrong = [
        ("", "text/plain", "x"),
        ("a/b", "text/plain", "x"),
        ("a\nb", "text/plain", "x"),
        ("a", "text", "x"),
        ("a", "text/plain\r\nx: y", "x"),
        ("a", "text/plain", ""),
    ];
    for (name, content_type, bytes) in wrong {
        let error = Upload::from_bytes(name, content_type, bytes).unwrap_err();
        assert!(
            matches!(error, WebexError::Invalid { field: "files", .. }),
            "{name}"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn a_slow_upload_goes_on_as_long_as_bytes_move() {
    let service = tower::service_fn(|request: http::Request<Body>| async move {
        let mut body = axum::body::Body::new(request.into_body()).into_data_stream();
        while body.next().await.is_some() {
            sleep(Duration::from_secs(20)).await;
        }
        Ok::<_, Infallible>(http::Response::new(Body::full(r#"{"id":"m"}"#)))
    });
    let start = Instant::now();
    let upload = Upload::from_bytes("a.bin", "a/b", vec![0; 300_000]).unwrap();
    let client = client(service, Settings::default());
    client.messages().upload(&message(), &upload).await.unwrap();
    assert!(
        start.elapsed() > Duration::from_secs(100),
        "longer than any single timeout"
    );
}

#[tokio::test(start_paused = true)]
async fn a_stuck_upload_ends_without_a_byte_for_half_a_minute() {
    let service = tower::service_fn(|_: http::Request<Body>| async move {
        sleep(Duration::from_secs(100_000)).await;
        Ok::<_, Infallible>(http::Response::new(Body::empty()))
    });
    let start = Instant::now();
    let upload = Upload::from_bytes("a.bin", "a/b", "x").unwrap();
    let client = client(service, Settings::default());
    let error = client
        .messages()
        .upload(&message(), &upload)
        .await
        .unwrap_err();
    assert!(matches!(
        error,
        WebexError::TimedOut {
            maybe_applied: true
        }
    ));
    assert_eq!(start.elapsed().as_secs(), 30);
}

fn file_headers(length_bytes: usize) -> Vec<(&'static str, String)> {
    vec![
        (
            "content-disposition",
            "attachment; filename=\"a b.txt\"".to_owned(),
        ),
        ("content-type", "text/plain".to_owned()),
        ("content-length", length_bytes.to_string()),
    ]
}

#[tokio::test]
async fn details_come_from_the_headers() {
    let upstream = Upstream::new([Answer::Http(200, file_headers(4), String::new())]);
    let details = upstream.client().contents().head(FILE, true).await.unwrap();
    assert_eq!(details.file_name.as_deref(), Some("a b.txt"));
    assert_eq!(details.content_type.as_deref(), Some("text/plain"));
    assert_eq!(details.length_bytes, Some(4));
    assert_eq!(
        upstream.lines(),
        ["HEAD /v1/contents/Y2lzY29zcGFyazovL3Vz?allow=unscannable"]
    );
    assert!(!upstream.asked()[0].headers.contains_key("accept-encoding"));
}

#[tokio::test]
async fn a_file_arrives_whole_or_with_an_error() {
    let upstream = Upstream::new([
        Answer::Http(200, file_headers(4), "abcd".to_owned()),
        Answer::Http(200, file_headers(9), "abcd".to_owned()),
        Answer::CutBody,
    ]);
    let client = upstream.client();
    let whole = client.contents().get(FILE, false).await.unwrap();
    let bytes: Vec<Bytes> = whole.stream.try_collect().await.unwrap();
    assert_eq!(bytes.concat(), b"abcd");
    for _ in 0..2 {
        let cut = client.contents().get(FILE, false).await.unwrap();
        let error = cut.stream.try_collect::<Vec<_>>().await.unwrap_err();
        assert!(matches!(error, WebexError::Unreachable { .. }), "{error}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_download_that_stops_moving_ends() {
    let service = tower::service_fn(|_: http::Request<Body>| async {
        let start = stream::iter([Ok::<_, BoxError>(Bytes::from("abc"))]);
        let body = axum::body::Body::from_stream(start.chain(stream::pending()));
        Ok::<_, Infallible>(http::Response::new(body))
    });
    let start = Instant::now();
    let file = client(service, Settings::default())
        .contents()
        .get(FILE, false)
        .await
        .unwrap();
    let error = file.stream.try_collect::<Vec<_>>().await.unwrap_err();
    assert!(matches!(
        error,
        WebexError::TimedOut {
            maybe_applied: false
        }
    ));
    assert_eq!(start.elapsed().as_secs(), 30);
}

#[tokio::test(start_paused = true)]
async fn a_file_being_scanned_is_waited_for() {
    let upstream = Upstream::new([
        with_header(423, "retry-after", "5"),
        with_header(423, "retry-after", "5"),
        Answer::Http(200, file_headers(4), String::new()),
    ]);
    let start = Instant::now();
    upstream
        .client()
        .contents()
        .head(FILE, false)
        .await
        .unwrap();
    // What Webex asks for, and the jitter on top of it.
    let waited = start.elapsed().as_secs();
    assert!((10..12).contains(&waited), "{waited}");
}

#[tokio::test]
async fn unscannable_and_infected_files_are_told_apart() {
    for (code, is_unscannable) in [(428, true), (410, false), (404, false)] {
        let upstream = Upstream::new([status(code)]);
        let error = upstream
            .client()
            .contents()
            .get(FILE, false)
            .await
            .unwrap_err();
        assert_eq!(
            matches!(error, WebexError::Unscannable { .. }),
            is_unscannable
        );
        assert_eq!(error.status(), Some(code));
    }
}

#[tokio::test]
async fn only_files_of_the_configured_webex_are_asked_for() {
    let upstream = Upstream::new([status(200)]);
    for foreign in [
        "https://evil.example/v1/contents/abc",
        "http://webexapis.com/v1/contents/abc",
        "https://webexapis.com:8443/v1/contents/abc",
        "https://webexapis.com/v1/rooms",
        "https://webexapis.com/v1/contents/",
        "https://webexapis.com/v1/contents",
        "https://webexapis.com/v1/contents/../rooms",
        "https://webexapis.com/v1/contents/%2e%2e/rooms",
        "https://webexapis.com/v1/contents/a%2fb",
        "https://me@webexapis.com/v1/contents/abc",
        "file:///v1/contents/abc",
        "not a url",
        "",
    ] {
        let error = upstream
            .client()
            .contents()
            .head(foreign, false)
            .await
            .unwrap_err();
        assert!(matches!(error, WebexError::Foreign { .. }), "{foreign}");
    }
    for more in ["?size=small", "#page=2", "?", "?a#b"] {
        let address = format!("https://webexapis.com/v1/contents/abc{more}");
        let asked = upstream.client().contents().head(&address, false).await;
        let error = asked.unwrap_err();
        assert!(matches!(error, WebexError::Invalid { .. }), "{address}");
    }
    assert_eq!(upstream.count(), 0);
}
