//! The transport as clients meet it: through the router, in process, with a small handler behind,
//! which all files here share.

mod answers;
mod batches;
mod refusals;
mod sessions;
mod standing;
mod streams;

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

    /// As the sandbox does, so that each bearer is another caller; two endpoints, `/mcp` and
    /// `/webex`.
    fn bounded(bounds: SharedBounds) -> Self {
        let sandbox = Authentication::Sandbox(SandboxPeople::new(None));
        Server::knowing(sandbox, bounds)
    }

    fn knowing(authentication: Authentication, bounds: SharedBounds) -> Self {
        let drain = CancellationToken::new();
        let shared = Shared::new(bounds, drain.clone());
        let handler = Arc::new(Small::default());
        let authentication = Arc::new(authentication);
        let mounts = ["/mcp", "/webex"]
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
