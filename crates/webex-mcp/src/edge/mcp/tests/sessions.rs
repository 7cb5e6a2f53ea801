//! Sessions: who owns them, how many there may be, and what is asked and cancelled in them.

use super::*;

#[tokio::test(start_paused = true)]
async fn leaving_cancels_a_request_that_stands_for_itself_and_no_other() {
    let server = Server::new();
    let session = server.session_id("alice", json!({})).await;
    let talking = json!({"name": "slow", "_meta": {"progressToken": "p"}});
    let leave = async |request| {
        let sent = server.send(request);
        assert!(
            tokio::time::timeout(Duration::from_secs(1), sent)
                .await
                .is_err()
        );
        tokio::time::sleep(Duration::from_secs(30)).await;
        let count = |counter: &AtomicUsize| counter.swap(0, Ordering::SeqCst);
        (
            count(&server.handler.cancelled),
            count(&server.handler.finished),
        )
    };
    assert_eq!(leave(modern("tools/call", slow())).await, (1, 1));
    assert_eq!(leave(modern("tools/call", talking.clone())).await, (1, 1));
    for (id, params) in [(1, slow()), (2, talking)] {
        let request = in_session(&session, "alice", id, "tools/call", params);
        assert_eq!(leave(request).await, (0, 1), "runs to its end");
    }
    let tasks = tokio::runtime::Handle::current()
        .metrics()
        .num_alive_tasks();
    assert_eq!(tasks, 0, "nothing is left behind");
}

#[tokio::test(start_paused = true)]
async fn a_session_cancels_by_notification() {
    let server = Server::new();
    let session = server.session_id("alice", json!({})).await;
    let working = server.send(in_session(&session, "alice", 7, "tools/call", slow()));
    let cancelling = async {
        tokio::time::sleep(Duration::from_secs(1)).await;
        let body =
            r#"{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":7}}"#;
        let request = post("/mcp", "alice", &[("mcp-session-id", &session)], body);
        assert_eq!(server.send(request).await.status(), 202);
    };
    let (answer, ()) = tokio::join!(working, cancelling);
    assert_eq!(answer.status(), 200);
    assert_eq!(server.handler.cancelled.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn a_session_belongs_to_who_opened_it_where_it_was_opened() {
    let server = Server::new();
    let opened = server.session("alice", json!({})).await;
    let session = opened.headers()["mcp-session-id"]
        .to_str()
        .unwrap()
        .to_owned();
    let (_, initialized) = read(opened).await;
    assert_eq!(initialized["result"]["protocolVersion"], "2025-11-25");
    let tools = &initialized["result"]["capabilities"]["tools"];
    assert!(
        tools.is_object() && tools["listChanged"].is_null(),
        "nothing is pushed: {tools}"
    );

    let listed = read(
        server
            .send(in_session(&session, "alice", 1, "tools/list", json!({})))
            .await,
    )
    .await;
    assert_eq!(listed.0, 200);
    assert!(listed.1["result"]["ttlMs"].is_null() && listed.1["result"]["resultType"].is_null());

    let mut elsewhere = in_session(&session, "alice", 2, "tools/list", json!({}));
    *elsewhere.uri_mut() = "/webex".parse().unwrap();
    let foreign = in_session(&session, "bob", 2, "tools/list", json!({}));
    let mut unknown = in_session("no-such-session", "bob", 2, "tools/list", json!({}));
    unknown.headers_mut().remove("mcp-protocol-version");
    let mut told = Vec::new();
    for request in [elsewhere, foreign, unknown] {
        let (status, answer) = read(server.send(request).await).await;
        assert_eq!(status, 404);
        told.push(answer);
    }
    assert!(
        told.windows(2).all(|pair| pair[0] == pair[1]),
        "they cannot be told apart"
    );

    let delete = |who: &str| {
        let mut request = post("/mcp", who, &[("mcp-session-id", &session)], "");
        *request.method_mut() = axum::http::Method::DELETE;
        request
    };
    assert_eq!(server.send(delete("bob")).await.status(), 404);
    assert_eq!(server.send(delete("alice")).await.status(), 204);
    let gone = server
        .send(in_session(&session, "alice", 3, "ping", json!({})))
        .await;
    assert_eq!(gone.status(), 404);
}

#[tokio::test]
async fn a_request_of_a_session_has_a_version_that_is_supported() {
    let server = Server::new();
    let session = server.session_id("alice", json!({})).await;
    let ping = r#"{"jsonrpc":"2.0","id":1,"method":"ping"}"#;
    let note = r#"{"jsonrpc":"2.0","method":"notifications/initialized"}"#;
    for (version, status, told) in [
        ("2025-11-25", 200, ""),
        ("2025-06-18", 200, ""),
        ("2024-11-05", 400, "there are: 2025-03-26, "),
        ("junk", 400, "there are: 2025-03-26, "),
    ] {
        let headers = [
            ("mcp-session-id", &*session),
            ("mcp-protocol-version", version),
        ];
        for body in [ping, note] {
            let (found, answer) =
                read(server.send(post("/mcp", "alice", &headers, body)).await).await;
            let expected = if status == 200 && body == note {
                202
            } else {
                status
            };
            assert_eq!(found.as_u16(), expected, "{version}: {answer}");
            let message = answer["error"]["message"].as_str().unwrap_or_default();
            assert!(message.contains(told), "{version}: {message}");
        }
    }
}

#[tokio::test]
async fn sessions_are_capped() {
    let server = Server::bounded(SharedBounds {
        sessions: SessionBounds {
            sessions: 3,
            sessions_per_principal: 2,
            ..Default::default()
        },
        ..Default::default()
    });
    server.session_id("alice", json!({})).await;
    server.session_id("alice", json!({})).await;
    let refused = server.session("alice", json!({})).await;
    assert_eq!(refused.status(), 503);
    assert!(refused.headers().contains_key("retry-after"));
    server.session_id("bob", json!({})).await;
    assert_eq!(server.session("carol", json!({})).await.status(), 503);
}

#[tokio::test]
async fn a_session_is_asked_and_answers_each_question_apart() {
    let server = Server::new();
    let session = server.session_id("alice", json!({"elicitation": {}})).await;
    let mut streams = Vec::new();
    for id in [1, 2] {
        let request = in_session(&session, "alice", id, "tools/call", json!({"name": "ask"}));
        let mut stream = server.send(request).await.into_body().into_data_stream();
        let question = next_event(&mut stream).await.unwrap();
        assert_eq!(question["method"], "elicitation/create");
        streams.push((id, question["id"].clone(), stream));
    }
    assert_ne!(streams[0].1, streams[1].1, "two questions, two ids");
    for (id, question, mut stream) in streams.into_iter().rev() {
        let result = json!({"action": "accept", "content": {"for": id}});
        let body = json!({"jsonrpc": "2.0", "id": question, "result": result}).to_string();
        let foreign = post("/mcp", "bob", &[("mcp-session-id", &session)], &body);
        assert_eq!(server.send(foreign).await.status(), 404);
        let reply = post("/mcp", "alice", &[("mcp-session-id", &session)], &body);
        assert_eq!(server.send(reply).await.status(), 202);
        let answer = next_event(&mut stream).await.unwrap();
        assert_eq!(answer["id"], id);
        let text = answer["result"]["content"][0]["text"].as_str().unwrap();
        assert!(text.contains(&format!(r#""for":{id}"#)), "{text}");
    }
}
