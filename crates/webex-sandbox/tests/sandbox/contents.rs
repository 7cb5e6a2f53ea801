//! Files: upload in flat memory, download, details, scanning.

use axum::body::Body;
use bytes::Bytes;
use futures::StreamExt;
use http::Request;
use serde_json::json;
use webex_sandbox::FileState;

use crate::{Answer, Person, person, start, text};

const BOUNDARY: &str = "sandbox-boundary";

/// Uploads so many chunks of one MiB to a room.
pub(crate) async fn upload(person: &Person, room: &str, name: &str, chunks: usize) -> Answer {
    let head = format!(
        "--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"roomId\"\r\n\r\n{room}\r\n\
         --{BOUNDARY}\r\nContent-Disposition: form-data; name=\"text\"\r\n\r\nsee file\r\n\
         --{BOUNDARY}\r\nContent-Disposition: form-data; name=\"files\"; filename=\"{name}\"\r\n\r\n"
    );
    let tail = format!("\r\n--{BOUNDARY}--\r\n");
    let chunk = Bytes::from(vec![b'x'; 1024 * 1024]);
    let body = futures::stream::iter([Bytes::from(head)])
        .chain(futures::stream::repeat(chunk).take(chunks))
        .chain(futures::stream::iter([Bytes::from(tail)]));
    let request = Request::post("/v1/messages")
        .header("host", "webex.test")
        .header("authorization", format!("Bearer {}", person.token))
        .header(
            "content-type",
            format!("multipart/form-data; boundary={BOUNDARY}"),
        )
        .body(Body::from_stream(body.map(Ok::<_, std::io::Error>)));
    person.raw(request.unwrap()).await
}

fn path_of(message: &serde_json::Value) -> String {
    let url = text(&message["files"][0]);
    url.strip_prefix("http://webex.test")
        .expect("a URL under the host that was asked")
        .to_owned()
}

#[tokio::test]
async fn an_uploaded_file_comes_back_from_memory_and_from_disk() {
    let (sandbox, alice) = start();
    let room = alice.room("Leadership").await;
    for (chunks, name) in [(1, "small.csv"), (3, "größer.pdf")] {
        let message = upload(&alice, &room, name, chunks).await.json(200);
        assert_eq!(message["text"], "see file");
        let path = path_of(&message);
        let head = alice.send("HEAD", &path, None).await;
        assert_eq!(head.status, 200);
        assert!(head.body.is_empty());
        assert_eq!(
            head.header("content-length"),
            (chunks * 1024 * 1024).to_string()
        );
        assert_eq!(head.header("cache-control"), "no-cache");
        let file = alice.get(&path).await;
        assert_eq!(file.body.len(), chunks * 1024 * 1024);
        assert_eq!(
            file.header("content-disposition"),
            head.header("content-disposition")
        );
        person(&sandbox, "bob").get(&path).await.json(404);
        alice
            .delete(&format!("/v1/messages/{}", text(&message["id"])))
            .await
            .json(204);
        alice.get(&path).await.json(404);
    }
}

#[tokio::test]
async fn names_and_types_are_told() {
    let (_, alice) = start();
    let room = alice.room("Leadership").await;
    for (name, content_type, disposition) in [
        ("a.csv", "text/csv", "attachment; filename=\"a.csv\""),
        (
            "ä b.png",
            "image/png",
            "attachment; filename=\"_ b.png\"; filename*=UTF-8''%C3%A4%20b.png",
        ),
    ] {
        let path = path_of(&upload(&alice, &room, name, 1).await.json(200));
        let head = alice.send("HEAD", &path, None).await;
        assert_eq!(head.header("content-type"), content_type);
        assert_eq!(head.header("content-disposition"), disposition);
    }
}

#[tokio::test]
async fn more_than_100_mb_is_refused() {
    let (_, alice) = start();
    let room = alice.room("Leadership").await;
    upload(&alice, &room, "huge.bin", 101).await.json(413);
}

#[tokio::test]
async fn a_remote_file_is_not_fetched_and_says_so() {
    let (_, alice) = start();
    let room = alice.room("Leadership").await;
    let body = json!({"roomId": room, "files": ["https://example.com/a/plan.pdf?x=1"]});
    let message = alice.post("/v1/messages", body).await.json(200);
    let file = alice.get(&path_of(&message)).await;
    assert_eq!(file.header("content-type"), "text/plain");
    assert!(file.header("content-disposition").contains("plan.pdf.txt"));
    assert!(file.text().contains("https://example.com/a/plan.pdf?x=1"));
}

#[tokio::test]
async fn the_scan_decides() {
    let (sandbox, alice) = start();
    let room = alice.room("Leadership").await;
    let path = path_of(&upload(&alice, &room, "a.bin", 1).await.json(200));
    let id = path.rsplit('/').next().unwrap().to_owned();
    let scanning = FileState::Scanning {
        retry_after_secs: 7,
    };
    let allowing = format!("{path}?allow=unscannable");
    for (state, status, status_allowing) in [
        (scanning, 423, 423),
        (FileState::Infected, 410, 410),
        (FileState::Unscannable, 428, 200),
        (FileState::Clean, 200, 200),
    ] {
        assert!(sandbox.set_file_state(&id, state));
        let answer = alice.get(&path).await;
        assert_eq!(answer.status.as_u16(), status);
        if state == scanning {
            assert_eq!(answer.header("retry-after"), "7");
        }
        assert_eq!(alice.get(&allowing).await.status.as_u16(), status_allowing);
    }
    assert!(!sandbox.set_file_state("nonsense", FileState::Clean));
}

#[tokio::test]
async fn the_files_of_the_demo_company_are_what_they_say() {
    let (_, alice) = start();
    let mut seen = Vec::new();
    for title in ["Project Unicorn", "Engineering", "Design Review"] {
        let room = alice.room(title).await;
        let page = alice
            .get(&format!("/v1/messages?roomId={room}&max=100"))
            .await
            .json(200);
        for message in crate::items(&page)
            .iter()
            .filter(|message| message.get("files").is_some())
        {
            let file = alice.get(&path_of(message)).await;
            let start = &file.body[..4];
            match file.header("content-type") {
                "image/png" => assert_eq!(start, b"\x89PNG"),
                "application/pdf" => assert_eq!(start, b"%PDF"),
                _ => assert!(std::str::from_utf8(&file.body).is_ok()),
            }
            seen.push(file.header("content-type").to_owned());
        }
    }
    for content_type in ["image/png", "application/pdf", "text/csv"] {
        assert!(
            seen.iter().any(|seen| seen == content_type),
            "{content_type}"
        );
    }
}
