//! What is refused, and how.

use super::*;

#[tokio::test]
async fn what_is_no_request_is_refused_as_json_rpc() {
    let server = Server::new();
    let ping = r#"{"jsonrpc":"2.0","id":1,"method":"ping"}"#;
    let large = format!(
        r#"{{"jsonrpc":"2.0","id":1,"method":"{}"}}"#,
        "x".repeat(5 << 20)
    );
    let version = ("mcp-protocol-version", MODERN);
    let rows: [(&str, Headers<'_>, &str, u16, i64); 12] = [
        ("no JSON", &[], "{", 400, -32700),
        ("a batch", &[], &format!("[{ping}]"), 400, -32600),
        (
            "id null",
            &[],
            r#"{"jsonrpc":"2.0","id":null,"method":"ping"}"#,
            400,
            -32600,
        ),
        ("too large", &[], &large, 413, -32600),
        ("no session", &[], ping, 400, -32600),
        (
            "unknown session",
            &[("mcp-session-id", "nobody")],
            ping,
            404,
            -32600,
        ),
        (
            "unknown version",
            &[("mcp-protocol-version", "1999-01-01")],
            ping,
            400,
            -32022,
        ),
        (
            "no version",
            &[("mcp-protocol-version", "garbage")],
            ping,
            400,
            -32022,
        ),
        (
            "a version to come",
            &[("mcp-protocol-version", "2099-01-01")],
            ping,
            400,
            -32022,
        ),
        ("removed method", &[version], ping, 404, -32601),
        (
            "no _meta",
            &[version, ("mcp-method", "tools/list")],
            r#"{"jsonrpc":"2.0","id":1,"method":"tools/list"}"#,
            400,
            -32602,
        ),
        (
            "contradicting header",
            &[version, ("mcp-method", "tools/call")],
            r#"{"jsonrpc":"2.0","id":1,"method":"tools/list"}"#,
            400,
            -32020,
        ),
    ];
    for (what, headers, body, status, code) in rows {
        let (told, error) = read(server.send(post("/mcp", "alice", headers, body)).await).await;
        assert_eq!(told.as_u16(), status, "{what}: {error}");
        assert_eq!(error["error"]["code"], code, "{what}: {error}");
    }
}

#[tokio::test]
async fn http_itself_is_refused_as_json_rpc() {
    let server = Server::new();
    let rows: [(&str, &str, Headers<'_>, u16); 11] = [
        ("GET", "/mcp", &[], 405),
        ("PUT", "/mcp", &[], 405),
        ("POST", "/nowhere", &[], 404),
        ("POST", "/mcp", &[("content-type", "text/plain")], 415),
        (
            "POST",
            "/mcp",
            &[("content-type", "application/json; charset=utf-16")],
            415,
        ),
        (
            "POST",
            "/mcp",
            &[("content-type", "application/json; charset=utf8")],
            400,
        ),
        ("POST", "/mcp", &[("content-encoding", "gzip")], 415),
        ("POST", "/mcp", &[("accept", "text/html")], 406),
        ("POST", "/mcp", &[("host", "evil.example")], 403),
        ("POST", "/mcp", &[("origin", "http://evil.example")], 403),
        ("POST", "/mcp", &[("authorization", "Basic abc")], 401),
    ];
    for (method, path, headers, status) in rows {
        let mut request = post(path, "alice", &[], "{}");
        *request.method_mut() = method.parse().unwrap();
        for (name, value) in headers {
            let name: axum::http::HeaderName = name.parse().unwrap();
            request.headers_mut().insert(name, value.parse().unwrap());
        }
        let (told, error) = read(server.send(request).await).await;
        assert_eq!(told.as_u16(), status, "{method} {path} {headers:?}");
        assert!(error["error"]["message"].is_string(), "{error}");
    }
}

#[tokio::test]
async fn what_breaks_inside_stays_inside() {
    let server = Server::new();
    for name in ["panic", "fail"] {
        let (status, answer) = server.modern("tools/call", json!({"name": name})).await;
        assert_eq!(status, 200);
        assert_eq!(answer["error"]["code"], -32603);
        assert!(!answer.to_string().contains("secret"), "{answer}");
    }
}
