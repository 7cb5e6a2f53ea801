//! A file of 100 MB goes through in both directions without ever being in memory. A binary of its
//! own, because it looks at the memory of the whole process.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used)]

use std::fs::File;

use axum::Router;
use axum::body::Body;
use axum::extract::{DefaultBodyLimit, Multipart};
use axum::routing::{get, post};
use bytes::Bytes;
use futures::{StreamExt as _, TryStreamExt as _, stream};
use tokio::net::TcpListener;
use webex::messages::{CreateMessage, Destination};
use webex::{AccessToken, Transport, Upload, Webex};

const FILE_BYTES: u64 = 100 * 1024 * 1024;
const PIECE: Bytes = Bytes::from_static(&[7; 64 * 1024]);
/// Both ends live in this process, and the allocator keeps what it once had: room for that, and
/// still less than half the file. How flat the server alone is, `bench/` measures.
const ALLOWED_GROWTH_BYTES: u64 = 48 * 1024 * 1024;

/// The most memory this process ever had.
fn peak_bytes() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status
        .lines()
        .find(|line| line.starts_with("VmHWM:"))
        .unwrap();
    let kilobytes: u64 = line
        .split_ascii_whitespace()
        .nth(1)
        .unwrap()
        .parse()
        .unwrap();
    kilobytes * 1024
}

/// Takes a file and counts it; gives a file and never has it.
fn router() -> Router {
    let upload = post(|mut form: Multipart| async move {
        let mut count = 0;
        while let Some(field) = form.next_field().await.unwrap() {
            let is_file = field.name() == Some("files");
            let lengths = field
                .map_ok(|bytes| bytes.len())
                .try_collect::<Vec<_>>()
                .await;
            count += if is_file {
                lengths.unwrap().iter().sum()
            } else {
                0
            };
        }
        format!("{{\"id\":\"{count}\"}}")
    });
    let download = get(|| async {
        let pieces = FILE_BYTES / PIECE.len() as u64;
        let stream = stream::iter(0..pieces).map(|_| Ok::<_, std::io::Error>(PIECE));
        let length = ("content-length", FILE_BYTES.to_string());
        ([length], Body::from_stream(stream))
    });
    Router::new()
        .route("/v1/messages", upload)
        .route("/v1/contents/{id}", download)
        .layer(DefaultBodyLimit::disable())
}

async fn there_and_back(webex: Webex, url: &str, path: &std::path::Path) {
    let client = webex.client(AccessToken::new("t").unwrap());
    let message = CreateMessage::to(Destination::Room("r".to_owned()));
    let upload = Upload::from_path("large.bin", "application/octet-stream", path)
        .await
        .unwrap();
    let posted = client.messages().upload(&message, &upload).await.unwrap();
    assert_eq!(posted.id, FILE_BYTES.to_string());
    let file = client.contents().get(url, false).await.unwrap();
    let count = file.stream.try_fold(
        0,
        |count, bytes| async move { Ok(count + bytes.len() as u64) },
    );
    assert_eq!(count.await.unwrap(), FILE_BYTES);
}

#[tokio::test]
async fn a_large_file_is_never_in_memory() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("large.bin");
    File::create(&path).unwrap().set_len(FILE_BYTES).unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}/v1", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, router()).await });
    let network = Webex::new(&base).unwrap();
    let in_process = Transport::in_process(router());
    let in_process = Webex::with_transport(&base, in_process, Default::default()).unwrap();
    let url = format!("{base}/contents/abc");

    let before_bytes = peak_bytes();
    there_and_back(network, &url, &path).await;
    there_and_back(in_process, &url, &path).await;
    let growth_bytes = peak_bytes().saturating_sub(before_bytes);
    assert!(
        growth_bytes < ALLOWED_GROWTH_BYTES,
        "memory grew by {growth_bytes} bytes"
    );
}
