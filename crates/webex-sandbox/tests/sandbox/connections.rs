//! What keeps a client's connection alive.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use axum::body::Body;
use bytes::Bytes;
use futures::StreamExt;
use http::Request;

use crate::start;

const CHUNK: &str = "{\"reason\": \"audit\"}";
const CHUNKS: usize = 3;

#[tokio::test]
async fn a_body_that_nobody_needs_is_read_all_the_same() {
    let (_, alice) = start();
    for (token, method, path, status) in [
        ("sandbox-alice", "DELETE", "/v1/webhooks/none", 404),
        ("sandbox-alice", "POST", "/v1/no/such/route", 404),
        ("sandbox-alice", "PUT", "/v1/people/me/none", 404),
        ("nobody", "POST", "/v1/rooms", 401),
    ] {
        let read = Arc::new(AtomicUsize::new(0));
        let counter = Arc::clone(&read);
        let chunks = futures::stream::iter(0..CHUNKS).map(move |_| {
            counter.fetch_add(1, Ordering::Relaxed);
            Ok::<_, std::io::Error>(Bytes::from_static(CHUNK.as_bytes()))
        });
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header("authorization", format!("Bearer {token}"))
            .header("content-type", "application/json")
            .header("content-length", CHUNK.len() * CHUNKS);
        let request = request.body(Body::from_stream(chunks)).unwrap();
        assert_eq!(alice.raw(request).await.status, status, "{method} {path}");
        assert_eq!(read.load(Ordering::Relaxed), CHUNKS, "{method} {path}");
    }
}
