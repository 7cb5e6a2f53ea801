//! Batches of 2025-03-26: each message is answered as if it came alone.

use super::*;

/// A session of the only version that has batches.
async fn session_with_batches(server: &Server) -> String {
    let opened = server.session_of("2025-03-26", "alice", json!({})).await;
    let id = opened.headers()["mcp-session-id"].to_str().unwrap();
    id.to_owned()
}

fn batch(session: &str, accept: &str, messages: &Value) -> Request<Body> {
    let session = [("mcp-session-id", session)];
    let mut request = post("/mcp", "alice", &session, &messages.to_string());
    let accept = accept.parse().unwrap();
    request.headers_mut().insert("accept", accept);
    request
}

const BOTH: &str = "application/json, text/event-stream";

#[tokio::test]
async fn each_message_of_a_batch_is_answered_as_if_it_came_alone() {
    let server = Server::new();
    let session = session_with_batches(&server).await;
    let call = |id: Value, name: &str| {
        let params = json!({"name": name, "_meta": {"progressToken": "p"}});
        json!({"jsonrpc": "2.0", "id": id, "method": "tools/call", "params": params})
    };
    let messages = json!([
        {"jsonrpc": "2.0", "id": 1, "method": "ping"},
        {"jsonrpc": "2.0", "method": "notifications/initialized"},
        call(json!("two"), "echo"),
        call(json!("two"), "echo"),
        7,
        {"jsonrpc": "2.0", "id": 3, "method": "initialize", "params": {}},
        {"jsonrpc": "2.0", "id": 4, "method": "nothing/list"},
        [],
        call(json!(5), "talk"),
    ]);
    let expected = [
        (json!(1), Value::Null),
        (json!("two"), Value::Null),
        (json!("two"), json!(-32600)),
        (Value::Null, json!(-32600)),
        (json!(3), json!(-32600)),
        (json!(4), json!(-32601)),
        (Value::Null, json!(-32600)),
        (json!(5), Value::Null),
    ];
    let told = |answer: &Value| (answer["id"].clone(), answer["error"]["code"].clone());

    let response = server.send(batch(&session, BOTH, &messages)).await;
    assert_eq!(response.headers()["content-type"], "text/event-stream");
    let mut stream = response.into_body().into_data_stream();
    let mut answers = Vec::new();
    let mut notes = 0;
    while let Some(message) = next_event(&mut stream).await {
        match message["method"].is_string() {
            true => notes += 1,
            false => answers.push(told(&message)),
        }
    }
    assert_eq!((answers, notes), (expected.to_vec(), 2));

    let request = batch(&session, "application/json", &messages);
    let (status, list) = read(server.send(request).await).await;
    assert_eq!(status, 200);
    let list = list.as_array().unwrap();
    // The progress of a tool reaches nobody here.
    let answers: Vec<_> = list.iter().map(told).collect();
    assert_eq!(answers[..7], expected[..7], "{list:?}");
    assert_eq!(answers.len(), 8);
}

#[tokio::test]
async fn a_batch_without_requests_is_only_taken() {
    let server = Server::new();
    let session = session_with_batches(&server).await;
    let note = json!({"jsonrpc": "2.0", "method": "notifications/initialized"});
    let reply = json!({"jsonrpc": "2.0", "id": 9, "result": {}});
    for messages in [json!([note]), json!([reply]), json!([note, reply])] {
        let (status, body) = read(server.send(batch(&session, BOTH, &messages)).await).await;
        assert_eq!((status.as_u16(), body), (202, Value::Null), "{messages}");
    }
}

#[tokio::test]
async fn a_batch_is_refused_in_every_other_era_and_beyond_its_bound() {
    let server = Server::new();
    let pings = |count: usize| {
        let ping = |id| json!({"jsonrpc": "2.0", "id": id, "method": "ping"});
        Value::from((0..count).map(ping).collect::<Vec<_>>())
    };
    for version in ["2025-06-18", "2025-11-25"] {
        let opened = server.session_of(version, "alice", json!({})).await;
        let session = opened.headers()["mcp-session-id"].to_str().unwrap();
        let (status, error) = read(server.send(batch(session, BOTH, &pings(1))).await).await;
        assert_eq!(status, 400, "{version}");
        assert_eq!(error["error"]["code"], -32600, "{version}");
    }
    let session = session_with_batches(&server).await;
    for (count, status) in [(0, 400), (64, 200), (65, 400)] {
        let request = batch(&session, "application/json", &pings(count));
        let (told, answers) = read(server.send(request).await).await;
        assert_eq!(told, status, "{count}");
        match status {
            200 => assert_eq!(answers.as_array().unwrap().len(), count),
            _ => assert_eq!(answers["error"]["code"], -32600, "{count}"),
        }
    }
    let mut keyed = batch(&session, BOTH, &pings(2));
    let key = "one-for-all".parse().unwrap();
    keyed.headers_mut().insert("idempotency-key", key);
    let (status, error) = read(server.send(keyed).await).await;
    assert_eq!(status, 400, "one key is no key for several calls");
    let told = error["error"]["message"].as_str().unwrap();
    assert!(told.contains("idempotencyKey"), "{told}");

    let headers = [
        ("mcp-session-id", &*session),
        ("mcp-protocol-version", MODERN),
    ];
    let modern = post("/mcp", "alice", &headers, &pings(1).to_string());
    let (status, error) = read(server.send(modern).await).await;
    assert_eq!(
        (status.as_u16(), &error["error"]["code"]),
        (400, &json!(-32600))
    );
    let unknown = batch("nobody", BOTH, &pings(1));
    assert_eq!(server.send(unknown).await.status(), 404);
}

#[tokio::test(start_paused = true)]
async fn who_leaves_in_the_middle_of_a_batch_stops_nothing() {
    let server = Server::new();
    let session = session_with_batches(&server).await;
    let call = |id| json!({"jsonrpc": "2.0", "id": id, "method": "tools/call", "params": slow()});
    let messages = json!([call(1), call(2), call(3)]);
    let response = server.send(batch(&session, BOTH, &messages)).await;
    assert_eq!(response.status(), 200);
    let mut stream = response.into_body().into_data_stream();
    assert_eq!(stream.next().await.unwrap().unwrap(), ":\n\n");
    drop(stream);
    tokio::time::sleep(Duration::from_secs(30)).await;
    assert_eq!(server.handler.finished.load(Ordering::SeqCst), 3);
    assert_eq!(server.handler.cancelled.load(Ordering::SeqCst), 0);
}
