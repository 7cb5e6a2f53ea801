//! How answers are read: documents, partial errors, and everything that is neither.

use std::io::Write as _;

use webex::rooms::{ListRooms, Room, RoomType};
use webex::{WebexError, messages, people};

use crate::upstream::{Answer, Upstream, json, status, with_header};

#[tokio::test]
async fn every_request_says_who_asks_and_what_is_understood() {
    let upstream = Upstream::new([json(r#"{"id":"r"}"#)]);
    upstream.client().rooms().get("r").await.unwrap();
    let asked = &upstream.asked()[0];
    let header = |name: &str| asked.headers.get(name).unwrap().to_str().unwrap();
    assert_eq!(asked.line, "GET /v1/rooms/r");
    assert_eq!(header("host"), "webexapis.com");
    assert_eq!(header("authorization"), "Bearer secret-token");
    assert_eq!(header("accept"), "application/json");
    assert_eq!(header("accept-encoding"), "gzip");
    assert!(header("user-agent").starts_with("webex-mcp/"));
}

#[tokio::test]
async fn an_undelivered_title_is_not_shown() {
    let upstream = Upstream::new([json(
        r#"{"items":[{"id":"1","title":"eyJhbGciOi.cipher","type":"group",
            "errors":{"title":{"code":"kms_failure","reason":"Key management server failed"}}},
            {"id":"2","title":"Engineering","type":"channel","newField":[1]}]}"#,
    )]);
    let page = upstream
        .client()
        .rooms()
        .list(&ListRooms::default())
        .await
        .unwrap();
    let [hidden, shown] = page.items.as_slice() else {
        panic!("two rooms were expected");
    };
    assert_eq!(hidden.title(), None);
    assert_eq!(hidden.errors.as_ref().unwrap()["title"].code, "kms_failure");
    assert_eq!(hidden.room_type, Some(RoomType::Group));
    assert_eq!(shown.title(), Some("Engineering"));
    assert_eq!(shown.room_type, Some(RoomType::Other("channel".to_owned())));
}

#[tokio::test]
async fn what_is_no_document_is_unreadable_and_says_where() {
    let cases = [
        ("<html>Sign in</html>", "it is not a complete JSON document"),
        ("", "it is not a complete JSON document"),
        (
            r#"{"items":[{"id":"1""#,
            "it is not a complete JSON document",
        ),
        (
            r#"{"items":[{"id":"1"},{"id":5}]}"#,
            "items[1].id has an unexpected form",
        ),
        (
            r#"{"items":{"text":"SECRET"}}"#,
            "items has an unexpected form",
        ),
    ];
    for (body, expected) in cases {
        let headers = vec![("trackingid", "T_1".to_owned())];
        let upstream = Upstream::new([Answer::Http(200, headers, body.to_owned())]);
        let error = upstream
            .client()
            .rooms()
            .list(&ListRooms::default())
            .await
            .unwrap_err();
        let WebexError::Unreadable { problem, .. } = &error else {
            panic!("{error}");
        };
        assert_eq!(
            (problem.as_ref(), error.tracking_id()),
            (expected, Some("T_1"))
        );
        assert_eq!(upstream.count(), 1);
    }
}

#[tokio::test(start_paused = true)]
async fn whether_a_token_may_post_is_asked_without_a_message() {
    let to = messages::Destination::Room("r".to_owned());
    for (code, refused, asked) in [
        (400, None, 1),
        (403, Some(403), 1),
        (404, Some(404), 1),
        // It changes nothing, so it is repeated as a read is.
        (503, Some(503), 4),
    ] {
        let upstream = Upstream::new([status(code)]);
        let tried = upstream.client().messages().try_create(&to).await;
        let told = tried.err().and_then(|error| error.status());
        assert_eq!((told, upstream.count()), (refused, asked), "{code}");
        let sent = upstream.asked().pop().unwrap();
        assert_eq!(sent.line, "POST /v1/messages");
        assert_eq!(&sent.body[..], br#"{"roomId":"r"}"#);
    }
}

#[tokio::test]
async fn a_redirect_is_refused_and_the_token_stays_home() {
    let upstream = Upstream::new([with_header(
        302,
        "location",
        "https://evil.example/v1/rooms/r",
    )]);
    let error = upstream.client().rooms().get("r").await.unwrap_err();
    assert!(matches!(error, WebexError::Refused { status: 302, .. }));
    assert_eq!(upstream.count(), 1);
    assert!(!error.to_string().contains("evil"));
}

#[tokio::test]
async fn an_answer_has_a_largest_size_zipped_or_not() {
    let limit_bytes = webex::limits::MAX_JSON_BYTES;
    let large = format!(r#"{{"id":"{}"}}"#, "x".repeat(limit_bytes));
    let upstream = Upstream::new([json(&large)]);
    let error = upstream.client().rooms().get("r").await.unwrap_err();
    assert!(
        matches!(error, WebexError::TooLarge { limit_bytes: bytes, .. } if bytes == limit_bytes)
    );

    let service = tower::service_fn(move |_| {
        let answer = zipped(large.as_bytes());
        async { Ok::<_, std::convert::Infallible>(answer) }
    });
    let error = client_of(service).rooms().get("r").await.unwrap_err();
    assert!(matches!(error, WebexError::TooLarge { .. }), "{error}");
}

#[tokio::test]
async fn a_zipped_answer_reads_and_a_damaged_one_is_told() {
    let service = tower::service_fn(|_| async {
        Ok::<_, std::convert::Infallible>(zipped(br#"{"id":"r","title":"Zip"}"#))
    });
    let room = client_of(service).rooms().get("r").await.unwrap();
    assert_eq!(room.title(), Some("Zip"));

    let headers = vec![("content-encoding", "gzip".to_owned())];
    let upstream = Upstream::new([Answer::Http(200, headers, "not zipped".to_owned())]);
    let error = upstream.client().rooms().get("r").await.unwrap_err();
    assert!(matches!(error, WebexError::Unreadable { .. }));
}

#[test]
fn people_read_in_both_spellings() {
    let spellings = [
        r#"{"id":"p","timezone":"Europe/Berlin","loginEnabled":true,"type":"bot"}"#,
        r#"{"id":"p","timeZone":"Europe/Berlin","loginEnabled":"true","type":"bot"}"#,
    ];
    for text in spellings {
        let person: people::Person = serde_json::from_str(text).unwrap();
        assert_eq!(person.timezone.as_deref(), Some("Europe/Berlin"));
        assert_eq!(person.login_enabled, Some(true));
        assert_eq!(person.person_type, Some(people::PersonType::Bot));
    }
}

#[test]
fn what_is_written_is_what_webex_writes() {
    let text = r#"{"id":"m","roomId":"r","roomType":"group","text":"hi","created":"2026-01-05T09:00:00.000Z"}"#;
    let message: messages::Message = serde_json::from_str(text).unwrap();
    assert_eq!(serde_json::to_string(&message).unwrap(), text);
    let room = Room {
        id: "r".to_owned(),
        ..Room::default()
    };
    assert_eq!(serde_json::to_string(&room).unwrap(), r#"{"id":"r"}"#);
}

fn zipped(plain: &[u8]) -> http::Response<webex::transport::Body> {
    let mut zip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    zip.write_all(plain).unwrap();
    let body = webex::transport::Body::full(zip.finish().unwrap());
    let response = http::Response::builder().header("content-encoding", "gzip");
    response.body(body).unwrap()
}

fn client_of<S>(service: S) -> webex::Client
where
    S: tower::Service<
            http::Request<webex::transport::Body>,
            Response = http::Response<webex::transport::Body>,
            Error = std::convert::Infallible,
        > + Clone
        + Send
        + Sync
        + 'static,
    S::Future: Send,
{
    let transport = webex::Transport::in_process(service);
    let webex =
        webex::Webex::with_transport(crate::upstream::BASE, transport, webex::Settings::default());
    webex.unwrap().client(webex::AccessToken::new("t").unwrap())
}
