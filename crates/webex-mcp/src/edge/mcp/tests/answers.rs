//! Requests without a session are answered in the form that the client reads.

use super::*;

#[tokio::test]
async fn a_request_that_stands_for_itself_is_answered_in_one_object() {
    let server = Server::new();
    let params = json!({"name": "echo", "arguments": {"a": 1}});
    let (status, answer) = server.modern("tools/call", params).await;
    assert_eq!(status, 200);
    let result = &answer["result"];
    assert_eq!(result["content"][0]["text"], r#"{"a":1}"#);
    assert_eq!(result["resultType"], "complete");
    assert_eq!(
        result["_meta"]["io.modelcontextprotocol/serverInfo"]["name"],
        "small"
    );
    let (_, listed) = server.modern("tools/list", json!({})).await;
    assert_eq!(listed["result"]["ttlMs"], 1);
    assert!(listed["result"]["_meta"].is_object());
}

#[tokio::test]
async fn any_accept_that_takes_json_will_do() {
    let server = Server::new();
    for accept in ["*/*", "application/json", "application/*;q=0.5"] {
        let mut request = modern("tools/list", json!({}));
        request
            .headers_mut()
            .insert("accept", accept.parse().unwrap());
        assert_eq!(server.send(request).await.status(), 200, "{accept}");
    }
}

#[tokio::test]
async fn a_client_that_reads_only_events_is_answered_by_an_event() {
    let server = Server::new();
    let session = server.session_id("alice", json!({})).await;
    for accept in ["text/event-stream", "text/event-stream;q=0.9", "text/*"] {
        let greeting = json!({"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": {
            "protocolVersion": "2025-11-25", "capabilities": {},
            "clientInfo": {"name": "test", "version": "1"}
        }});
        for mut request in [
            modern("tools/list", json!({})),
            in_session(&session, "alice", 1, "tools/list", json!({})),
            post("/mcp", "alice", &[], &greeting.to_string()),
        ] {
            let accept = accept.parse().unwrap();
            request.headers_mut().insert("accept", accept);
            let response = server.send(request).await;
            assert_eq!(response.status(), 200);
            assert_eq!(response.headers()["content-type"], "text/event-stream");
            let mut stream = response.into_body().into_data_stream();
            let answer = next_event(&mut stream).await.unwrap();
            assert!(answer["result"].is_object(), "{answer}");
            assert!(next_event(&mut stream).await.is_none());
        }
    }
    let mut unknown = modern("nothing/list", json!({}));
    let accept = "text/event-stream".parse().unwrap();
    unknown.headers_mut().insert("accept", accept);
    let (status, error) = read(server.send(unknown).await).await;
    assert_eq!(status, 404, "an error keeps its status: {error}");
}

#[tokio::test(start_paused = true)]
async fn a_client_that_reads_no_events_gets_an_object_however_long_it_takes() {
    let server = Server::new();
    let session = server.session_id("alice", json!({"elicitation": {}})).await;
    let slow = json!({"name": "slow", "_meta": {"progressToken": "p"}});
    for mut request in [
        modern("tools/call", slow.clone()),
        in_session(&session, "alice", 2, "tools/call", slow),
    ] {
        let accept = "application/json".parse().unwrap();
        request.headers_mut().insert("accept", accept);
        let response = server.send(request).await;
        assert_eq!(response.headers()["content-type"], "application/json");
        let (status, answer) = read(response).await;
        assert_eq!(status, 200);
        assert!(answer["result"].is_object(), "{answer}");
    }
}

#[tokio::test]
async fn a_request_is_known_by_its_client_and_its_names() {
    let server = Server::new();
    let trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    let long = "n".repeat(10_000);
    let said = |body: &Value| -> Value {
        let text = body["result"]["content"][0]["text"].as_str().unwrap();
        serde_json::from_str(text).unwrap()
    };
    // In the message, where the id takes precedence over the header.
    let client = json!({"name": format!("agent\n{long}"), "version": "1"});
    let meta = json!({"io.modelcontextprotocol/clientInfo": client, "traceparent": trace});
    let mut request = modern("tools/call", json!({"name": "who", "_meta": meta}));
    let headers = request.headers_mut();
    headers.insert("x-correlation-id", "job-7".parse().unwrap());
    headers.insert("traceparent", "00-other".parse().unwrap());
    let (_, answer) = read(server.send(request).await).await;
    let bounded = format!("agent{}", "n".repeat(59));
    assert_eq!(said(&answer), json!([bounded, "job-7", trace]));
    // On a session, from the handshake; whether or not the client accepts messages before the
    // answer.
    for capabilities in [json!({}), json!({"elicitation": {}})] {
        let session = server.session_id("alice", capabilities).await;
        let mut request = in_session(&session, "alice", 3, "tools/call", json!({"name": "who"}));
        let headers = request.headers_mut();
        headers.insert("traceparent", trace.parse().unwrap());
        let (_, answer) = read(server.send(request).await).await;
        assert_eq!(said(&answer), json!(["test", null, trace]));
    }
}
