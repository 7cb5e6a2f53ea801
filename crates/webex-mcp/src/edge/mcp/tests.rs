//! The transport as clients meet it: through the router, in process, with a small handler behind.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, BodyDataStream};
use axum::http::{Request, Response, StatusCode};
use futures::StreamExt as _;
use http_body_util::BodyExt as _;
use rmcp::model::{
    CallToolRequestParams, CallToolResponse, CallToolResult, ContentBlock, ElicitRequestParams,
    ElicitationSchema, Implementation, ListToolsResult, PaginatedRequestParams,
    ProgressNotificationParam, ServerCapabilities, ServerConfig, SubscriptionFilter,
};
use rmcp::service::RequestContext;
use rmcp::{ErrorData, RoleServer, ServerHandler};
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;
use tower::ServiceExt as _;

use super::{Endpoint, SessionBounds, Shared, SharedBounds, refused, said};
use crate::auth::{Authentication, SandboxPeople};
use crate::edge::http::{Layers, Mount, Proxies, router};
use crate::edge::shares::ShareBounds;
use crate::identity::Caller;

#[derive(Default)]
struct Small {
    cancelled: AtomicUsize,
    finished: AtomicUsize,
}

impl ServerHandler for Small {
    fn get_info(&self) -> ServerConfig {
        let capabilities = ServerCapabilities::builder()
            .enable_tools()
            .enable_tool_list_changed()
            .build();
        ServerConfig::new(capabilities).with_server_info(Implementation::new("small", "1"))
    }

    async fn list_tools(
        &self,
        _page: Option<PaginatedRequestParams>,
        _context: RequestContext<RoleServer>,
    ) -> Result<ListToolsResult, ErrorData> {
        Ok(ListToolsResult::with_all_items(Vec::new()).with_ttl_ms(1))
    }

    fn accepted_subscription_filter(
        &self,
        requested: &SubscriptionFilter,
    ) -> Option<SubscriptionFilter> {
        Some(requested.clone())
    }

    async fn call_tool(
        &self,
        params: CallToolRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<CallToolResponse, ErrorData> {
        let said = match &*params.name {
            "echo" => serde_json::to_string(&params.arguments).unwrap(),
            "slow" => {
                tokio::select! {
                    () = context.ct.cancelled() => self.cancelled.fetch_add(1, Ordering::SeqCst),
                    () = tokio::time::sleep(Duration::from_secs(25)) => 0,
                };
                self.finished.fetch_add(1, Ordering::SeqCst);
                "slow".to_owned()
            }
            "talk" => {
                let token = context.meta.get_progress_token().unwrap();
                for done in [1.0, 2.0] {
                    let note = ProgressNotificationParam::new(token.clone(), done);
                    context.peer.notify_progress(note).await.unwrap();
                }
                "talked".to_owned()
            }
            "ask" => {
                let form = ElicitRequestParams::FormElicitationParams {
                    meta: None,
                    message: "Well?".to_owned(),
                    requested_schema: ElicitationSchema::builder().build().unwrap(),
                };
                let reply = context.peer.create_elicitation(form).await;
                let reply =
                    reply.map_err(|error| ErrorData::internal_error(error.to_string(), None))?;
                serde_json::to_string(&reply).unwrap()
            }
            "who" => {
                let caller = context.extensions.get::<Caller>().unwrap();
                let of_session = caller.client.clone();
                let client = of_session.or_else(|| said::client(&context));
                let said = said::correlation(&context);
                json!([client, said.id, said.traceparent]).to_string()
            }
            "panic" => panic!("a secret of the stack"),
            "fail" => return Err(ErrorData::internal_error("a secret of the database", None)),
            _ => return Err(ErrorData::invalid_params("There is no such tool.", None)),
        };
        Ok(CallToolResult::success(vec![ContentBlock::text(said)]).into())
    }
}

struct Server {
    router: Router,
    handler: Arc<Small>,
    drain: CancellationToken,
}

/// Names and values.
type Headers<'a> = &'a [(&'a str, &'a str)];

const MODERN: &str = "2026-07-28";

impl Server {
    fn new() -> Self {
        Server::bounded(SharedBounds::default())
    }

    /// As the sandbox does, so that each bearer is somebody else; two endpoints, `/mcp` and `/other`.
    fn bounded(bounds: SharedBounds) -> Self {
        let drain = CancellationToken::new();
        let shared = Shared::new(bounds, drain.clone());
        let handler = Arc::new(Small::default());
        let authentication = Arc::new(Authentication::Sandbox(SandboxPeople::new(None)));
        let mounts = ["/mcp", "/other"]
            .map(|path| {
                let endpoint = Arc::new(Endpoint::new(path, handler.clone(), shared.clone()));
                let answer = move |caller, request| {
                    let endpoint = endpoint.clone();
                    async move { endpoint.answer(caller, request).await }
                };
                Mount::new(path, authentication.clone(), refused, answer)
            })
            .to_vec();
        let layers = Layers::new(&[], &[], Proxies::default()).unwrap();
        let router = router(mounts, layers, Router::new(), drain.clone());
        Server {
            router,
            handler,
            drain,
        }
    }

    async fn send(&self, request: Request<Body>) -> Response<Body> {
        self.router.clone().oneshot(request).await.unwrap()
    }

    async fn modern(&self, method: &str, params: Value) -> (StatusCode, Value) {
        read(self.send(modern(method, params)).await).await
    }

    /// Opens a session as `who` and returns its id.
    async fn session(&self, who: &str, capabilities: Value) -> Response<Body> {
        self.session_of("2025-11-25", who, capabilities).await
    }

    async fn session_of(&self, version: &str, who: &str, capabilities: Value) -> Response<Body> {
        let params = json!({
            "protocolVersion": version,
            "capabilities": capabilities,
            "clientInfo": {"name": "test", "version": "1"}
        });
        let body = json!({"jsonrpc": "2.0", "id": 0, "method": "initialize", "params": params});
        self.send(post("/mcp", who, &[], &body.to_string())).await
    }

    async fn session_id(&self, who: &str, capabilities: Value) -> String {
        let opened = self.session(who, capabilities).await;
        assert_eq!(opened.status(), 200);
        opened.headers()["mcp-session-id"]
            .to_str()
            .unwrap()
            .to_owned()
    }
}

fn post(path: &str, who: &str, headers: Headers<'_>, body: &str) -> Request<Body> {
    let mut request = Request::post(path)
        .header("host", "localhost:8484")
        .header("authorization", format!("Bearer sandbox-{who}"))
        .header("content-type", "application/json")
        .header("accept", "application/json, text/event-stream");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    request.body(Body::from(body.to_owned())).unwrap()
}

fn modern(method: &str, mut params: Value) -> Request<Body> {
    let meta = json!({
        "io.modelcontextprotocol/protocolVersion": MODERN,
        "io.modelcontextprotocol/clientCapabilities": {}
    });
    for (key, value) in meta.as_object().unwrap() {
        params["_meta"][key] = value.clone();
    }
    let name = params["name"].as_str().unwrap_or("none").to_owned();
    let body = json!({"jsonrpc": "2.0", "id": 1, "method": method, "params": params});
    let headers = [
        ("mcp-protocol-version", MODERN),
        ("mcp-method", method),
        ("mcp-name", &name),
    ];
    post("/mcp", "alice", &headers, &body.to_string())
}

fn in_session(session: &str, who: &str, id: u32, method: &str, params: Value) -> Request<Body> {
    let body = json!({"jsonrpc": "2.0", "id": id, "method": method, "params": params});
    post(
        "/mcp",
        who,
        &[("mcp-session-id", session)],
        &body.to_string(),
    )
}

fn slow() -> Value {
    json!({"name": "slow"})
}

async fn read(response: Response<Body>) -> (StatusCode, Value) {
    let status = response.status();
    let kind = response.headers().get("content-type").cloned();
    let body = response.into_body().collect().await.unwrap().to_bytes();
    if body.is_empty() {
        return (status, Value::Null);
    }
    assert_eq!(kind.unwrap(), "application/json");
    (status, serde_json::from_slice(&body).unwrap())
}

/// The next message of a stream, comments skipped.
async fn next_event(stream: &mut BodyDataStream) -> Option<Value> {
    while let Some(piece) = stream.next().await {
        let piece = String::from_utf8(piece.unwrap().to_vec()).unwrap();
        if let Some(data) = piece.lines().find_map(|line| line.strip_prefix("data: ")) {
            return Some(serde_json::from_str(data).unwrap());
        }
    }
    None
}

#[tokio::test]
async fn what_is_no_request_is_refused_as_json_rpc() {
    let server = Server::new();
    let ping = r#"{"jsonrpc":"2.0","id":1,"method":"ping"}"#;
    let large = format!(
        r#"{{"jsonrpc":"2.0","id":1,"method":"{}"}}"#,
        "x".repeat(5 << 20)
    );
    let version = ("mcp-protocol-version", MODERN);
    let rows: [(&str, Headers<'_>, &str, u16, i64); 10] = [
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
            -32600,
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
    let rows: [(&str, &str, Headers<'_>, u16); 9] = [
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

/// A session of the one version that has batches.
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
    // A tool that talks finds nobody who hears it here.
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

#[tokio::test]
async fn undeclared_features_and_unknown_methods_are_not_found() {
    let server = Server::new();
    let session = server.session_id("alice", json!({})).await;
    for (method, params) in [
        ("prompts/list", json!({})),
        ("prompts/get", json!({"name": "none"})),
        ("resources/list", json!({})),
        ("resources/templates/list", json!({})),
        (
            "completion/complete",
            json!({
                "ref": {"type": "ref/prompt", "name": "p"}, "argument": {"name": "a", "value": ""}
            }),
        ),
        ("logging/setLevel", json!({"level": "info"})),
        ("unknown/method", json!({})),
    ] {
        let (status, answer) = server.modern(method, params.clone()).await;
        assert_eq!(
            (status.as_u16(), &answer["error"]["code"]),
            (404, &json!(-32601)),
            "{method}"
        );
        assert!(
            answer["error"]["message"]
                .as_str()
                .unwrap()
                .contains(method)
        );
        let request = in_session(&session, "alice", 9, method, params);
        let (status, answer) = read(server.send(request).await).await;
        assert_eq!(
            (status.as_u16(), &answer["error"]["code"]),
            (200, &json!(-32601)),
            "{method}"
        );
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
    *elsewhere.uri_mut() = "/other".parse().unwrap();
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

#[tokio::test]
async fn a_request_is_known_by_its_client_and_its_names() {
    let server = Server::new();
    let trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    let long = "n".repeat(10_000);
    let said = |body: &Value| -> Value {
        let text = body["result"]["content"][0]["text"].as_str().unwrap();
        serde_json::from_str(text).unwrap()
    };
    // In the message, where it wins over the header.
    let client = json!({"name": format!("agent\n{long}"), "version": "1"});
    let meta = json!({"io.modelcontextprotocol/clientInfo": client, "traceparent": trace});
    let mut request = modern("tools/call", json!({"name": "who", "_meta": meta}));
    let headers = request.headers_mut();
    headers.insert("x-correlation-id", "job-7".parse().unwrap());
    headers.insert("traceparent", "00-other".parse().unwrap());
    let (_, answer) = read(server.send(request).await).await;
    let bounded = format!("agent{}", "n".repeat(59));
    assert_eq!(said(&answer), json!([bounded, "job-7", trace]));
    // On a session, from its beginning; whether or not the client may be talked to.
    for capabilities in [json!({}), json!({"elicitation": {}})] {
        let session = server.session_id("alice", capabilities).await;
        let mut request = in_session(&session, "alice", 3, "tools/call", json!({"name": "who"}));
        let headers = request.headers_mut();
        headers.insert("traceparent", trace.parse().unwrap());
        let (_, answer) = read(server.send(request).await).await;
        assert_eq!(said(&answer), json!(["test", null, trace]));
    }
}
