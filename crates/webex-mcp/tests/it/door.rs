//! Journeys through the HTTP door, in process: what a client of each era sees of a virtual server.

use std::sync::Arc;

use axum::Router;
use axum::body::{Body, BodyDataStream};
use axum::http::{Request, Response, StatusCode};
use futures::StreamExt as _;
use http_body_util::BodyExt as _;
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;
use tower::ServiceExt as _;
use webex_mcp::auth::{Authentication, SandboxPeople, Static};
use webex_mcp::edge::http::{Layers, Mount, Proxies, router};
use webex_mcp::edge::mcp::{Endpoint, Handler, Shared, SharedBounds, refused};

use crate::world::World;

const DELETE: &str = "webex-delete-space";

pub struct Door {
    pub world: World,
    router: Router,
}

impl Door {
    pub fn new() -> Self {
        Door::of(World::new())
    }

    /// In front of this world, where each bearer is another of its people.
    pub fn of(world: World) -> Self {
        Door::with(world, Authentication::Sandbox(SandboxPeople::new(None)))
    }

    fn with(world: World, authentication: Authentication) -> Self {
        let drain = CancellationToken::new();
        let handler = Arc::new(Handler::new(
            world.dispatcher.clone(),
            world.server.clone(),
            None,
        ));
        let shared = Shared::new(SharedBounds::default(), drain.clone());
        let endpoint = Arc::new(Endpoint::new(world.server.slug.clone(), handler, shared));
        let answer = move |caller, request| {
            let endpoint = endpoint.clone();
            async move { endpoint.answer(caller, request).await }
        };
        let mount = Mount::new("/mcp", Arc::new(authentication), refused, answer);
        let layers = Layers::new(&[], &[], Proxies::default()).unwrap();
        let router = router(vec![mount], layers, Router::new(), drain);
        Door { world, router }
    }

    pub async fn post(&self, headers: &[(&str, &str)], body: &Value) -> Response<Body> {
        self.post_by("alice", headers, body).await
    }

    async fn post_by(&self, who: &str, headers: &[(&str, &str)], body: &Value) -> Response<Body> {
        let mut request = Request::post("/mcp")
            .header("host", "localhost")
            .header("authorization", format!("Bearer sandbox-{who}"))
            .header("content-type", "application/json")
            .header("accept", "application/json, text/event-stream");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.body(Body::from(body.to_string())).unwrap();
        self.router.clone().oneshot(request).await.unwrap()
    }

    /// A request of 2026-07-28 by a client with these capabilities.
    async fn modern(&self, method: &str, params: Value, capabilities: Value) -> Value {
        self.modern_by("alice", method, params, capabilities)
            .await
            .1
    }

    /// The same by one of the people.
    pub async fn modern_by(
        &self,
        who: &str,
        method: &str,
        params: Value,
        capabilities: Value,
    ) -> (StatusCode, Value) {
        let (headers, body) = modern_message(method, params, capabilities);
        let headers = headers.each_ref().map(|(name, value)| (*name, &**value));
        read(self.post_by(who, &headers, &body).await).await
    }

    async fn modern_as_sent(
        &self,
        method: &str,
        params: Value,
        capabilities: Value,
    ) -> Response<Body> {
        let (headers, body) = modern_message(method, params, capabilities);
        let headers = headers.each_ref().map(|(name, value)| (*name, &**value));
        self.post(&headers, &body).await
    }

    /// What comes over a stream that stays open.
    pub async fn stream(&self, method: &str, params: Value, capabilities: Value) -> BodyDataStream {
        let response = self.modern_as_sent(method, params, capabilities).await;
        assert_eq!(response.status(), StatusCode::OK);
        response.into_body().into_data_stream()
    }

    /// The answer to a tool's call, to the byte.
    pub async fn call_as_sent(&self, tool: &str, arguments: Value) -> String {
        let params = json!({"name": tool, "arguments": arguments});
        let response = self.modern_as_sent("tools/call", params, json!({})).await;
        let body = response.into_body().collect().await.unwrap().to_bytes();
        String::from_utf8(body.to_vec()).unwrap()
    }

    /// The result of a tool's call by a client that cannot be asked.
    async fn call(&self, tool: &str, arguments: Value) -> Value {
        let params = json!({"name": tool, "arguments": arguments});
        self.modern("tools/call", params, json!({})).await["result"].take()
    }

    /// The titles of Alice's spaces.
    async fn spaces(&self) -> String {
        let found = self.call("webex-get-space", json!({"max": 100})).await;
        found["structuredContent"].to_string()
    }
}

/// A message of 2026-07-28, with its headers.
pub fn modern_message(
    method: &str,
    mut params: Value,
    capabilities: Value,
) -> ([(&'static str, String); 3], Value) {
    params["_meta"] = json!({
        "io.modelcontextprotocol/protocolVersion": "2026-07-28",
        "io.modelcontextprotocol/clientCapabilities": capabilities
    });
    let names = ["name", "taskId"].map(|field| params[field].as_str());
    let name = names.into_iter().flatten().next().unwrap_or("none");
    let headers = [
        ("mcp-protocol-version", "2026-07-28".to_owned()),
        ("mcp-method", method.to_owned()),
        ("mcp-name", name.to_owned()),
    ];
    let body = json!({"jsonrpc": "2.0", "id": 1, "method": method, "params": params});
    (headers, body)
}

pub async fn read(response: Response<Body>) -> (StatusCode, Value) {
    let status = response.status();
    let body = response.into_body().collect().await.unwrap().to_bytes();
    (status, serde_json::from_slice(&body).unwrap_or_default())
}

pub async fn next_event(stream: &mut BodyDataStream) -> Value {
    loop {
        let piece = stream.next().await.unwrap().unwrap();
        let piece = String::from_utf8(piece.to_vec()).unwrap();
        if let Some(data) = piece.lines().find_map(|line| line.strip_prefix("data: ")) {
            return serde_json::from_str(data).unwrap();
        }
    }
}

#[tokio::test(crate = "crate::journey")]
async fn the_list_says_what_each_tool_is_and_does() {
    let door = Door::new();
    let listed = door.modern("tools/list", json!({}), json!({})).await;
    let listed = &listed["result"];
    assert_eq!(listed["cacheScope"], "public");
    assert!(listed["ttlMs"].as_u64().unwrap() > 0);
    let info = &listed["_meta"]["io.modelcontextprotocol/serverInfo"];
    assert_eq!(info["name"], &*door.world.server.id);
    let tools = listed["tools"].as_array().unwrap();
    assert_eq!(tools.len(), door.world.server.tools.len());
    for tool in tools {
        assert!(
            tool["description"]
                .as_str()
                .is_some_and(|text| !text.is_empty()),
            "{tool}"
        );
        assert_eq!(tool["inputSchema"]["additionalProperties"], false);
        assert_eq!(tool["outputSchema"]["type"], "object");
    }
    let delete = tools.iter().find(|tool| tool["name"] == DELETE).unwrap();
    let hints = &delete["annotations"];
    assert_eq!(
        (&hints["readOnlyHint"], &hints["destructiveHint"]),
        (&json!(false), &json!(true))
    );

    for cursor in [json!("made-up"), json!(7), json!(["made-up"])] {
        let other_page = json!({"cursor": cursor});
        let refused = door.modern("tools/list", other_page, json!({})).await;
        assert_eq!(refused["error"]["code"], -32602, "{cursor}");
    }
    for cursor in [json!(""), Value::Null] {
        let first_page = json!({"cursor": cursor});
        let again = door.modern("tools/list", first_page, json!({})).await;
        assert_eq!(&again["result"]["tools"], &listed["tools"], "{cursor}");
    }
    let discovered = door.modern("server/discover", json!({}), json!({})).await;
    assert_eq!(
        discovered["result"]["capabilities"],
        json!({"tools": {"listChanged": true}, "resources": {}, "prompts": {}, "completions": {}})
    );
    assert_eq!(discovered["result"]["cacheScope"], "public");
}

#[tokio::test(crate = "crate::journey")]
async fn answers_and_errors_have_text_and_structure() {
    let door = Door::new();
    let found = door.call("webex-get-space", json!({"max": 1})).await;
    assert!(
        found["isError"].as_bool().is_none_or(|error| !error),
        "{found}"
    );
    assert!(found["structuredContent"]["page"].is_object(), "{found}");
    assert!(!found["content"][0]["text"].as_str().unwrap().is_empty());

    let failed = door.call("webex-get-space", json!({"max": 1_000})).await;
    assert_eq!(failed["isError"], true);
    let error = &failed["structuredContent"];
    assert_eq!(error["code"], "invalid_arguments");
    assert!(
        error["advice"].is_string() && error["retryable"] == false,
        "{error}"
    );

    let params = json!({"name": "webex-\u{1b}nothing", "arguments": {}});
    let body = json!({"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params});
    let session = door.open_session(json!({})).await;
    let (_, unknown) = read(door.post(&[("mcp-session-id", &session)], &body).await).await;
    assert_eq!(unknown["error"]["code"], -32602);
    assert!(
        unknown["error"]["message"]
            .as_str()
            .unwrap()
            .contains("webex-?nothing")
    );
}

#[tokio::test(crate = "crate::journey")]
async fn a_client_that_answers_in_rounds_confirms_once() {
    let door = Door::new();
    let ask = |responses: Value, state: Value| {
        let mut params = json!({"name": DELETE, "arguments": {"roomId": "Daily Standup"}});
        if state.is_string() {
            params["requestState"] = state;
            params["inputResponses"] = responses;
        }
        door.modern("tools/call", params, json!({"elicitation": {}}))
    };
    let asked = ask(Value::Null, Value::Null).await;
    let asked = &asked["result"];
    assert_eq!(asked["resultType"], "input_required", "{asked}");
    let (key, question) = asked["inputRequests"]
        .as_object()
        .unwrap()
        .iter()
        .next()
        .unwrap();
    assert_eq!(question["method"], "elicitation/create");
    let state = &asked["requestState"];

    let again = ask(json!({"another": {"action": "accept"}}), state.clone()).await;
    assert_eq!(
        again["result"]["resultType"], "input_required",
        "asked anew: {again}"
    );
    let no = ask(json!({key: {"action": "decline"}}), state.clone()).await;
    assert_eq!(no["result"]["structuredContent"]["code"], "declined");
    let asked = ask(Value::Null, Value::Null).await;
    let state = &asked["result"]["requestState"];
    let mut altered = state.as_str().unwrap().to_owned();
    altered.push('A');
    let yes = json!({key: {"action": "accept", "content": {"confirm": true}}});
    let forged = ask(yes.clone(), json!(altered)).await;
    assert_eq!(
        forged["result"]["structuredContent"]["code"],
        "invalid_arguments"
    );
    assert!(
        door.spaces().await.contains("Daily Standup"),
        "nothing was done so far"
    );

    let done = ask(yes.clone(), state.clone()).await;
    assert!(
        done["result"]["structuredContent"]["code"].is_null(),
        "{done}"
    );
    assert!(!door.spaces().await.contains("Daily Standup"));
    let twice = ask(yes, state.clone()).await;
    assert_eq!(twice["result"]["isError"], true, "{twice}");
}

#[tokio::test(crate = "crate::journey")]
async fn a_client_that_cannot_be_asked_confirms_by_token() {
    let door = Door::new();
    let refused = door.call(DELETE, json!({"roomId": "Daily Standup"})).await;
    let error = &refused["structuredContent"];
    assert_eq!(error["code"], "confirmation_required", "{error}");
    let token = error["confirmationToken"].as_str().unwrap();
    let arguments = json!({"roomId": "Daily Standup", "confirmationToken": token});
    let done = door.call(DELETE, arguments).await;
    assert!(done["structuredContent"]["code"].is_null(), "{done}");
    assert!(!door.spaces().await.contains("Daily Standup"));
}

#[tokio::test(crate = "crate::journey")]
async fn a_quick_tool_still_tells_its_progress_first() {
    let door = Door::new();
    let session = door.open_session(json!({})).await;
    let params = json!({
        "name": "webex-search-messages",
        "arguments": {"roomId": "Engineering", "query": "the"},
        "_meta": {"progressToken": "p"}
    });
    let body = json!({"jsonrpc": "2.0", "id": 3, "method": "tools/call", "params": params});
    let response = door.post(&[("mcp-session-id", &session)], &body).await;
    let mut stream = response.into_body().into_data_stream();
    let note = next_event(&mut stream).await;
    assert_eq!(note["method"], "notifications/progress", "{note}");
    assert_eq!(note["params"]["progressToken"], "p");
}

impl Door {
    async fn open_session(&self, capabilities: Value) -> String {
        let params = json!({
            "protocolVersion": "2025-06-18",
            "capabilities": capabilities,
            "clientInfo": {"name": "test", "version": "1"}
        });
        let body = json!({"jsonrpc": "2.0", "id": 0, "method": "initialize", "params": params});
        let opened = self.post(&[], &body).await;
        let session = opened.headers()["mcp-session-id"]
            .to_str()
            .unwrap()
            .to_owned();
        let (_, initialized) = read(opened).await;
        assert_eq!(initialized["result"]["protocolVersion"], "2025-06-18");
        session
    }

    /// Deletes a space on a session whose user answers so, and returns the result.
    async fn delete_in_session(&self, answer: Value) -> Value {
        let session = self.open_session(json!({"elicitation": {}})).await;
        let headers = [("mcp-session-id", session.as_str())];
        let params = json!({"name": DELETE, "arguments": {"roomId": "Daily Standup"}});
        let body = json!({"jsonrpc": "2.0", "id": 7, "method": "tools/call", "params": params});
        let mut stream = self
            .post(&headers, &body)
            .await
            .into_body()
            .into_data_stream();
        let question = next_event(&mut stream).await;
        assert_eq!(question["method"], "elicitation/create", "{question}");
        let reply = json!({"jsonrpc": "2.0", "id": question["id"], "result": answer});
        assert_eq!(self.post(&headers, &reply).await.status(), 202);
        next_event(&mut stream).await["result"].take()
    }
}

#[tokio::test(crate = "crate::journey")]
async fn a_session_is_asked_while_its_call_waits() {
    let door = Door::new();
    let no = door.delete_in_session(json!({"action": "cancel"})).await;
    assert_eq!(no["structuredContent"]["code"], "declined", "{no}");
    let unticked = json!({"action": "accept", "content": {"confirm": false}});
    let no = door.delete_in_session(unticked).await;
    assert_eq!(no["structuredContent"]["code"], "declined", "{no}");
    assert!(door.spaces().await.contains("Daily Standup"));
    let yes = json!({"action": "accept", "content": {"confirm": true}});
    let done = door.delete_in_session(yes).await;
    assert!(done["structuredContent"]["code"].is_null(), "{done}");
    assert!(!door.spaces().await.contains("Daily Standup"));
}

#[tokio::test(crate = "crate::journey")]
async fn a_server_without_a_token_says_what_to_set() {
    let nobody = Authentication::Static(Static::new(None, false));
    let door = Door::with(World::new(), nobody);
    let failed = door.call("webex-get-space", json!({})).await;
    assert_eq!(failed["structuredContent"]["code"], "not_configured");
    assert!(
        failed["structuredContent"]["advice"]
            .as_str()
            .unwrap()
            .contains("WEBEX_ACCESS_TOKEN")
    );
}
