//! Answers that take time: progress, comments, subscriptions.

use super::*;

#[tokio::test]
async fn progress_comes_before_the_answer() {
    let server = Server::new();
    let params = json!({"name": "talk", "_meta": {"progressToken": "p"}});
    let response = server.send(modern("tools/call", params)).await;
    assert_eq!(response.headers()["content-type"], "text/event-stream");
    assert_eq!(response.headers()["x-accel-buffering"], "no");
    let mut stream = response.into_body().into_data_stream();
    for done in [1.0, 2.0] {
        let note = next_event(&mut stream).await.unwrap();
        assert_eq!(note["params"]["progress"], done);
    }
    let answer = next_event(&mut stream).await.unwrap();
    assert_eq!(answer["result"]["content"][0]["text"], "talked");
    assert!(
        next_event(&mut stream).await.is_none(),
        "the answer ends the stream"
    );
}

#[tokio::test(start_paused = true)]
async fn a_long_silence_becomes_a_stream_with_comments() {
    let server = Server::new();
    let session = server.session_id("alice", json!({})).await;
    for request in [
        modern("tools/call", slow()),
        in_session(&session, "alice", 1, "tools/call", slow()),
    ] {
        let response = server.send(request).await;
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        let body = response.into_body().collect().await.unwrap().to_bytes();
        let text = std::str::from_utf8(&body).unwrap();
        assert_eq!(
            text.matches(":\n\n").count(),
            2,
            "at 10 and 20 seconds: {text}"
        );
        assert!(text.contains(r#""text":"slow""#), "{text}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_subscription_is_acknowledged_kept_alive_and_closed_properly() {
    let server = Server::bounded(SharedBounds {
        listen_streams: ShareBounds { in_all: 2, each: 1 },
        ..Default::default()
    });
    let listen = || {
        let asked = json!({"toolsListChanged": true, "promptsListChanged": true});
        modern("subscriptions/listen", json!({"notifications": asked}))
    };
    let mut stream = server.send(listen()).await.into_body().into_data_stream();
    let acknowledged = next_event(&mut stream).await.unwrap();
    assert_eq!(
        acknowledged["method"],
        "notifications/subscriptions/acknowledged"
    );
    let subscription = "io.modelcontextprotocol/subscriptionId";
    assert_eq!(acknowledged["params"]["_meta"][subscription], 1);
    assert_eq!(
        acknowledged["params"]["notifications"],
        json!({"toolsListChanged": true})
    );
    assert_eq!(
        stream.next().await.unwrap().unwrap(),
        ":\n\n",
        "a comment while it is quiet"
    );

    let (status, refused) = read(server.send(listen()).await).await;
    assert_eq!(
        (status.as_u16(), &refused["id"]),
        (503, &json!(1)),
        "{refused}"
    );

    let mut bobs = listen();
    let bob = "Bearer sandbox-bob".parse().unwrap();
    bobs.headers_mut().insert("authorization", bob);
    let bobs = server.send(bobs).await;
    assert_eq!(bobs.status(), 200, "alice has her share, and bob has his");
    drop(bobs);

    server.drain.cancel();
    let closed = next_event(&mut stream).await.unwrap();
    assert_eq!(closed["id"], 1);
    assert_eq!(closed["result"]["resultType"], "complete");
    assert_eq!(closed["result"]["_meta"][subscription], 1);
    assert!(next_event(&mut stream).await.is_none());
    drop(stream);
    assert_eq!(
        server.send(listen()).await.status(),
        200,
        "its place is free again"
    );
}
