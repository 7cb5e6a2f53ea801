//! What a client asks to see of a server: in headers or the query, for one request or a session.

use std::sync::Arc;

use axum::body::Body;
use axum::http::{Request, StatusCode};
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;
use webex::AccessToken;
use webex_mcp::edge::mcp::{Endpoint, Handler, Shared, SharedBounds};
use webex_mcp::identity::{Caller, Credential, Principal};

use crate::servers::{Desk, messaging, read};
use crate::world::World;

const PATH: &str = "/mcp/webex-messaging";

type Headers<'a> = &'a [(&'a str, &'a str)];

/// The list of tools that these headers get.
async fn list(served: &Desk, path: &str, headers: Headers<'_>) -> (StatusCode, Value) {
    let answer = served.send(path, headers, "tools/list", json!({})).await;
    let (status, answer) = read(answer).await;
    (status, answer)
}

fn names(answer: &Value) -> Vec<&str> {
    let tools = answer["result"]["tools"].as_array();
    let tools = tools.unwrap_or_else(|| panic!("{answer}"));
    tools
        .iter()
        .map(|tool| tool["name"].as_str().unwrap())
        .collect()
}

#[tokio::test(crate = "crate::journey")]
async fn headers_and_the_query_narrow_what_is_listed_and_what_is_called() {
    let served = Desk::new(vec![messaging()]);
    let (_, whole) = list(&served, PATH, &[]).await;
    assert_eq!(
        (names(&whole).len(), &whole["result"]["cacheScope"]),
        (24, &json!("public"))
    );
    let narrow = [("x-mcp-toolsets", "threads"), ("x-mcp-readonly", "true")];
    let query = format!("{PATH}?X-MCP-Toolsets=threads&X-MCP-Readonly=true");
    for (path, headers) in [(PATH, &narrow[..]), (&query, &[])] {
        let (status, few) = list(&served, path, headers).await;
        assert_eq!(status, StatusCode::OK);
        assert_eq!(names(&few), ["webex-get-thread"]);
        assert_eq!(few["result"]["cacheScope"], "private");
        for (tool, code) in [
            ("webex-get-space", -32602),
            ("webex-create-thread-reply", -32602),
        ] {
            let params = json!({"name": tool, "arguments": {}});
            let answer = served.send(path, headers, "tools/call", params).await;
            let (_, refused) = read(answer).await;
            assert_eq!(refused["error"]["code"], code, "{tool}: {refused}");
        }
        let params = json!({"name": "webex-get-thread", "arguments": {}});
        let answer = served.send(path, headers, "tools/call", params).await;
        let (_, there) = read(answer).await;
        let code = &there["result"]["structuredContent"]["code"];
        assert_eq!(code, "invalid_arguments", "{there}");
    }
    // The next request says nothing and has everything again.
    assert_eq!(names(&list(&served, PATH, &[]).await.1).len(), 24);
    assert!(served.world.wire_calls().is_empty(), "nothing was sent");
}

#[tokio::test(crate = "crate::journey")]
async fn a_word_that_is_not_known_is_refused_with_the_nearest() {
    let served = Desk::new(vec![messaging()]);
    for (headers, told) in [
        (
            &[("x-mcp-toolsets", "mesages")][..],
            "did you mean `messages`?",
        ),
        (
            &[("x-mcp-tools", "webex-get-spaces")],
            "did you mean `webex-get-space`?",
        ),
        (
            &[("x-mcp-exclude-tools", "webex-delete-space,x")],
            "`x` is not a tool",
        ),
        (&[("x-mcp-readonly", "yes")], "true or false"),
    ] {
        let (status, refused) = list(&served, PATH, headers).await;
        assert_eq!(status, StatusCode::BAD_REQUEST);
        let message = refused["error"]["message"].as_str().unwrap();
        assert!(message.contains(told), "{refused}");
        assert_eq!(
            (&refused["error"]["code"], &refused["id"]),
            (&json!(-32600), &json!(1))
        );
    }
    let twice = [
        ("x-mcp-tools", "webex-get-*"),
        ("x-mcp-tools", "webex-get-*"),
    ];
    assert_eq!(list(&served, PATH, &twice).await.0, StatusCode::BAD_REQUEST);
    let query = format!("{PATH}?x-mcp-toolsets=mesages");
    assert_eq!(list(&served, &query, &[]).await.0, StatusCode::BAD_REQUEST);
}

#[tokio::test(crate = "crate::journey")]
async fn a_session_keeps_what_it_began_with() {
    let served = Desk::new(vec![messaging()]);
    let begin = async |headers: Headers<'_>| {
        let params = json!({
            "protocolVersion": "2025-06-18",
            "capabilities": {},
            "clientInfo": {"name": "test", "version": "1"}
        });
        let body = json!({"jsonrpc": "2.0", "id": 0, "method": "initialize", "params": params});
        served.post(PATH, headers, &body).await
    };
    let refused = begin(&[("x-mcp-toolsets", "mesages")]).await;
    assert_eq!(refused.status(), StatusCode::BAD_REQUEST);
    assert!(!refused.headers().contains_key("mcp-session-id"));
    for (headers, count) in [
        (&[][..], 24),
        (&[("x-mcp-tools", "webex-get-*,webex-search-*")], 8),
    ] {
        let opened = begin(headers).await;
        let session = opened.headers()["mcp-session-id"]
            .to_str()
            .unwrap()
            .to_owned();
        let in_session = async |more: Headers<'_>, method: &str, params: Value| {
            let body = json!({"jsonrpc": "2.0", "id": 5, "method": method, "params": params});
            let mut headers = vec![("mcp-session-id", &*session)];
            headers.extend(more);
            read(served.post(PATH, &headers, &body).await).await.1
        };
        // What later requests say changes nothing, be it wider, narrower or unknown.
        for more in [
            &[][..],
            &[("x-mcp-toolsets", "threads")],
            &[("x-mcp-toolsets", "mesages")],
        ] {
            let listed = in_session(more, "tools/list", json!({})).await;
            assert_eq!(names(&listed).len(), count, "{more:?}");
        }
        let params = json!({"name": "webex-delete-space", "arguments": {}});
        let called = in_session(&[], "tools/call", params).await;
        assert_eq!(called["error"].is_null(), count == 24, "{called}");
    }
}

#[tokio::test(crate = "crate::journey")]
async fn what_the_callers_token_can_never_do_is_not_listed() {
    let world = World::new();
    let handler = Handler::new(world.dispatcher.clone(), world.server.clone(), None);
    let shared = Shared::new(SharedBounds::default(), CancellationToken::new());
    let endpoint = Endpoint::new("messaging", Arc::new(handler), shared);
    let ask = async |scopes: Option<&[&str]>, method: &str, name: &str| {
        let token = AccessToken::new("sandbox-alice").unwrap();
        let mut caller = Caller::new(Principal::new("alice"), Some(Credential::Token(token)));
        caller.scopes = scopes.map(|all| all.iter().map(|scope| Box::from(*scope)).collect());
        let meta = json!({
            "io.modelcontextprotocol/protocolVersion": "2026-07-28",
            "io.modelcontextprotocol/clientCapabilities": {},
        });
        let params = json!({"name": name, "arguments": {}, "_meta": meta});
        let body = json!({"jsonrpc": "2.0", "id": 1, "method": method, "params": params});
        let request = Request::post("/")
            .header("content-type", "application/json")
            .header("mcp-protocol-version", "2026-07-28")
            .header("mcp-method", method)
            .header("mcp-name", name)
            .body(Body::from(body.to_string()));
        read(endpoint.answer(caller, request.unwrap()).await)
            .await
            .1
    };
    let reads = ["webex-get-space", "webex-search-spaces"];
    for (scopes, expected, cached) in [
        (None, None, "public"),
        (Some(&["spark:rooms_read"][..]), Some(&reads[..]), "private"),
        (Some(&[]), Some(&[]), "private"),
        (Some(&["spark:all"]), None, "private"),
    ] {
        let listed = ask(scopes, "tools/list", "").await;
        let found = names(&listed);
        match expected {
            Some(expected) => assert_eq!(found, expected, "{scopes:?}"),
            None => assert_eq!(found.len(), 24, "{scopes:?}"),
        }
        assert_eq!(listed["result"]["cacheScope"], cached, "{scopes:?}");
    }
    // Whoever calls it all the same is told what is missing.
    let refused = ask(
        Some(&["spark:rooms_read"]),
        "tools/call",
        "webex-create-space",
    )
    .await;
    let told = &refused["result"]["structuredContent"];
    assert_eq!(
        told["missingScopes"],
        json!(["spark:rooms_write"]),
        "{refused}"
    );
}
