//! Virtual servers while they are served: they come, change and go, and answer every kind of
//! request in the one way that calls of tools go.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, BodyDataStream};
use axum::http::{HeaderValue, Request, Response, StatusCode};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http_body_util::BodyExt as _;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;
use tower::ServiceExt as _;
use webex_mcp::auth::{Authentication, SandboxPeople};
use webex_mcp::call::consent::Ask;
use webex_mcp::call::{Call, Reply};
use webex_mcp::edge::http::{Layers, Mount, Proxies, router};
use webex_mcp::edge::mcp::{Endpoint, Handler, Served, Shared, SharedBounds, refused};
use webex_mcp::error::{CallError, Code};
use webex_mcp::servers::registry::Registry;
use webex_mcp::servers::{Catalogue, Definition, Otherwise, Selection, VirtualServer, built_in};
use webex_mcp::tool::{Context, Entry, Kind, Lines, Policy, Render, Tool};

use crate::door::next_event;
use crate::world::{World, error_of};

/// Says who asks.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Nothing {}

#[derive(Debug, Serialize, JsonSchema)]
struct Text {
    text: String,
}

/// Of entries of other kinds, the text block is the answer.
impl Render for Text {
    fn render(&self, out: &mut Lines) {
        out.line(&[&self.text]);
    }
}

async fn name(context: &Context) -> Result<String, CallError> {
    let me = context.webex.people().me().await?;
    Ok(me.display_name.unwrap_or_default())
}

struct Profile;

impl Tool for Profile {
    const NAME: &'static str = "webex://people/me";
    const TITLE: &'static str = "Who asks";
    const POLICY: Policy = Policy {
        operations: &[&webex::people::ME],
        ..Policy::READ
    };
    type Arguments = Nothing;
    type Output = Text;

    async fn call(context: &Context, _: Nothing) -> Result<Text, CallError> {
        Ok(Text {
            text: name(context).await?,
        })
    }
}

/// Asks for a summary of a space.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct Space {
    /// The space.
    room_id: String,
}

struct Summary;

impl Tool for Summary {
    const NAME: &'static str = "summarise-space";
    const TITLE: &'static str = "Summarise a space";
    const POLICY: Policy = Policy::READ;
    type Arguments = Space;
    type Output = Text;

    async fn call(_: &Context, space: Space) -> Result<Text, CallError> {
        Ok(Text {
            text: format!("Summarise {}.", space.room_id),
        })
    }
}

/// Waits until it is cancelled.
struct Wait;

impl Tool for Wait {
    const NAME: &'static str = "webex-get-patience";
    const TITLE: &'static str = "Wait";
    const POLICY: Policy = Policy::READ;
    type Arguments = Nothing;
    type Output = Text;

    async fn call(_: &Context, _: Nothing) -> Result<Text, CallError> {
        std::future::pending().await
    }
}

/// All tools, a resource and a prompt.
fn fixture() -> Catalogue {
    let others = [
        Entry::of::<Wait>(),
        Entry::of_kind::<Profile>(Kind::Resource),
        Entry::of_kind::<Summary>(Kind::Prompt),
    ];
    Catalogue::of(webex_mcp::tools::catalogue().copied().chain(others))
}

fn server(slug: &str, selection: Selection) -> Arc<VirtualServer> {
    let definition = Definition {
        is_filtered: selection != Selection::default(),
        selection,
        ..Definition::new(slug, slug)
    };
    fixture().serve(&definition, Otherwise::Token)
}

fn desk() -> Arc<VirtualServer> {
    server("desk", Selection::default())
}

/// A registry behind the router, as the composition root puts it there.
pub struct Desk {
    pub world: World,
    registry: Arc<Registry>,
    router: Router,
}

const MODERN: &str = "2026-07-28";

impl Desk {
    pub fn new(servers: Vec<Arc<VirtualServer>>) -> Self {
        Desk::of(World::new(), servers)
    }

    pub fn of(world: World, servers: Vec<Arc<VirtualServer>>) -> Self {
        let drain = CancellationToken::new();
        let layers = Layers::new(&[], &[], Proxies::default()).unwrap();
        let people = Arc::new(Authentication::Sandbox(SandboxPeople::new(None)));
        let registry = Registry::new(servers).unwrap();
        let shared = Shared::new(SharedBounds::default(), drain.clone());
        let served = Served::new(registry.clone(), world.dispatcher.clone(), shared);
        let find = move |slug: &str| Some((people.clone(), served.find(slug)?.1));
        let answer = |endpoint: Arc<Endpoint<Handler>>, caller, request| async move {
            endpoint.answer(caller, request).await
        };
        let mount = Mount::by_slug("/mcp", refused, find, answer);
        let router = router(vec![mount], layers, Router::new(), drain);
        Desk {
            world,
            registry,
            router,
        }
    }

    pub async fn post(&self, path: &str, headers: &[(&str, &str)], body: &Value) -> Response<Body> {
        let mut request = Request::post(path)
            .header("host", "localhost")
            .header("authorization", "Bearer sandbox-alice")
            .header("content-type", "application/json")
            .header("accept", "application/json, text/event-stream");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.body(Body::from(body.to_string())).unwrap();
        self.router.clone().oneshot(request).await.unwrap()
    }

    pub async fn send(
        &self,
        path: &str,
        more: &[(&str, &str)],
        method: &str,
        mut params: Value,
    ) -> Response<Body> {
        params["_meta"]["io.modelcontextprotocol/protocolVersion"] = json!(MODERN);
        params["_meta"]["io.modelcontextprotocol/clientCapabilities"] = json!({});
        let subject = params["name"].as_str().or(params["uri"].as_str());
        let subject = subject.unwrap_or("none");
        // What no header can hold goes into it as the protocol says.
        let subject = match HeaderValue::from_str(subject) {
            Ok(_) => subject.to_owned(),
            Err(_) => format!("=?base64?{}?=", STANDARD.encode(subject)),
        };
        let body = json!({"jsonrpc": "2.0", "id": 1, "method": method, "params": params});
        let mut headers = vec![
            ("mcp-protocol-version", MODERN),
            ("mcp-method", method),
            ("mcp-name", &subject),
        ];
        headers.extend(more);
        self.post(path, &headers, &body).await
    }

    /// A request of 2026-07-28.
    pub async fn modern(&self, path: &str, method: &str, params: Value) -> (StatusCode, Value) {
        read(self.send(path, &[], method, params).await).await
    }

    async fn call(&self, path: &str, tool: &str) -> Value {
        let params = json!({"name": tool, "arguments": {}});
        self.modern(path, "tools/call", params).await.1
    }

    async fn listen(&self, path: &str) -> BodyDataStream {
        let params = json!({"notifications": {"toolsListChanged": true}});
        let opened = self.send(path, &[], "subscriptions/listen", params).await;
        let mut stream = opened.into_body().into_data_stream();
        let first = next_event(&mut stream).await;
        assert_eq!(first["method"], "notifications/subscriptions/acknowledged");
        stream
    }

    pub async fn open_session(&self, path: &str) -> String {
        let params = json!({
            "protocolVersion": "2025-06-18",
            "capabilities": {},
            "clientInfo": {"name": "test", "version": "1"}
        });
        let body = json!({"jsonrpc": "2.0", "id": 0, "method": "initialize", "params": params});
        let opened = self.post(path, &[], &body).await;
        assert_eq!(opened.status(), StatusCode::OK);
        opened.headers()["mcp-session-id"].to_str().unwrap().into()
    }

    pub async fn in_session(
        &self,
        path: &str,
        id: &str,
        method: &str,
        params: Value,
    ) -> (StatusCode, Value) {
        let body = json!({"jsonrpc": "2.0", "id": 5, "method": method, "params": params});
        read(self.post(path, &[("mcp-session-id", id)], &body).await).await
    }
}

pub async fn read(response: Response<Body>) -> (StatusCode, Value) {
    let status = response.status();
    let body = response.into_body().collect().await.unwrap().to_bytes();
    (status, serde_json::from_slice(&body).unwrap_or_default())
}

pub fn messaging() -> Arc<VirtualServer> {
    let catalogue = Catalogue::whole();
    let definitions = built_in(&catalogue);
    catalogue.serve(&definitions[0], Otherwise::Token)
}

#[tokio::test(crate = "crate::journey")]
async fn servers_come_change_and_go_while_others_are_served() {
    let served = Desk::new(vec![messaging()]);
    let list = |path| served.modern(path, "tools/list", json!({}));
    let (status, unknown) = list("/mcp/desk").await;
    assert_eq!(status, StatusCode::NOT_FOUND);
    assert_eq!(unknown["error"]["code"], -32600, "{unknown}");

    let read_only = Selection::default().read_only(true);
    served.registry.replace(vec![messaging(), desk()]).unwrap();
    for path in ["/mcp/desk", "/mcp/desk/"] {
        let (status, all) = list(path).await;
        assert_eq!(status, StatusCode::OK);
        assert_eq!(all["result"]["cacheScope"], "public");
    }
    let narrowed = server("desk", read_only);
    served
        .registry
        .replace(vec![messaging(), narrowed])
        .unwrap();
    let (_, reads) = list("/mcp/desk").await;
    assert_eq!(
        reads["result"]["cacheScope"], "private",
        "somebody chose from it"
    );
    for tool in reads["result"]["tools"].as_array().unwrap() {
        assert_eq!(tool["annotations"]["readOnlyHint"], true, "{tool}");
    }
    // What is not listed is not found, though the neighbour has it.
    let refused = served.call("/mcp/desk", "webex-delete-space").await;
    assert_eq!(refused["error"]["code"], -32602, "{refused}");
    let there = served
        .call("/mcp/webex-messaging", "webex-delete-space")
        .await;
    assert_eq!(
        there["result"]["structuredContent"]["code"],
        "invalid_arguments"
    );

    served.registry.replace(vec![messaging()]).unwrap();
    assert_eq!(list("/mcp/desk").await.0, StatusCode::NOT_FOUND);
    assert_eq!(list("/mcp/webex-messaging").await.0, StatusCode::OK);
}

#[tokio::test(crate = "crate::journey", start_paused = true)]
async fn a_removed_server_takes_its_sessions_and_its_work_along() {
    let served = Arc::new(Desk::new(vec![messaging(), desk()]));
    let session = served.open_session("/mcp/desk").await;
    let other = served.open_session("/mcp/webex-messaging").await;
    let mut stream = served.listen("/mcp/desk").await;
    let waiting = {
        let (served, session) = (served.clone(), session.clone());
        tokio::spawn(async move {
            let params = json!({"name": Wait::NAME, "arguments": {}});
            served
                .in_session("/mcp/desk", &session, "tools/call", params)
                .await
        })
    };
    let modern = {
        let served = served.clone();
        tokio::spawn(async move { served.call("/mcp/desk", Wait::NAME).await })
    };
    // Time stands still until nothing else can go on: both calls wait by then.
    tokio::time::sleep(Duration::from_millis(1)).await;
    // Another value of the same server ends nothing.
    served.registry.replace(vec![messaging(), desk()]).unwrap();
    tokio::time::sleep(Duration::from_millis(1)).await;
    assert!(!waiting.is_finished() && !modern.is_finished());

    served.registry.replace(vec![messaging()]).unwrap();
    let (_, cancelled) = waiting.await.unwrap();
    let cancelled = [cancelled, modern.await.unwrap()];
    for answer in cancelled {
        assert_eq!(
            answer["result"]["structuredContent"]["code"], "cancelled",
            "{answer}"
        );
    }
    let closed = next_event(&mut stream).await;
    assert!(closed["result"].is_object(), "closed on purpose: {closed}");
    let ping = |path, session| served.in_session(path, session, "ping", json!({}));
    assert_eq!(ping("/mcp/desk", &session).await.0, StatusCode::NOT_FOUND);
    // A server that comes back under the slug knows none of the old sessions.
    served.registry.replace(vec![messaging(), desk()]).unwrap();
    assert_eq!(ping("/mcp/desk", &session).await.0, StatusCode::NOT_FOUND);
    assert_eq!(ping("/mcp/webex-messaging", &other).await.0, StatusCode::OK);
}

#[tokio::test(crate = "crate::journey", start_paused = true)]
async fn who_listens_hears_of_other_tools_and_of_nothing_else() {
    let served = Desk::new(vec![messaging(), desk()]);
    let mut stream = served.listen("/mcp/desk").await;
    let mut neighbour = served.listen("/mcp/webex-messaging").await;
    let fewer = || server("desk", Selection::names(&["webex-get-space"]));
    // Same tools, then others twice before anybody reads: one word.
    served.registry.replace(vec![messaging(), desk()]).unwrap();
    served.registry.replace(vec![messaging(), fewer()]).unwrap();
    let told = next_event(&mut stream).await;
    assert_eq!(told["method"], "notifications/tools/list_changed");
    let subscription = &told["params"]["_meta"]["io.modelcontextprotocol/subscriptionId"];
    assert_eq!(*subscription, json!(1), "{told}");
    let (_, list) = served.modern("/mcp/desk", "tools/list", json!({})).await;
    assert_eq!(list["result"]["tools"].as_array().unwrap().len(), 1);
    served.registry.replace(Vec::new()).unwrap();
    for stream in [&mut stream, &mut neighbour] {
        let next = next_event(stream).await;
        assert!(next["result"].is_object(), "only the end is left: {next}");
    }
}

#[tokio::test(crate = "crate::journey")]
async fn every_kind_of_request_goes_the_one_way() {
    let served = Desk::new(vec![desk()]);
    let ask = |method, params| served.modern("/mcp/desk", method, params);
    let (_, discovered) = ask("server/discover", json!({})).await;
    let declared = &discovered["result"]["capabilities"];
    for kind in ["tools", "resources", "prompts", "completions"] {
        assert!(declared[kind].is_object(), "{declared}");
    }

    let (_, resources) = ask("resources/list", json!({})).await;
    assert_eq!(resources["result"]["resources"][0]["uri"], Profile::NAME);
    let (_, profile) = ask("resources/read", json!({"uri": Profile::NAME})).await;
    let expected = json!({"uri": Profile::NAME, "mimeType": "text/plain", "text": "Alice Johnson"});
    assert_eq!(
        profile["result"]["contents"],
        json!([expected]),
        "{profile}"
    );

    let (_, prompts) = ask("prompts/list", json!({})).await;
    let prompt = &prompts["result"]["prompts"][0];
    assert_eq!(prompt["arguments"][0]["name"], "roomId");
    assert_eq!(prompt["arguments"][0]["required"], true);
    let named = json!({"name": Summary::NAME, "arguments": {"roomId": "Engineering"}});
    let (_, summary) = ask("prompts/get", named).await;
    let text = summary["result"]["messages"][0]["content"]["text"]
        .as_str()
        .unwrap();
    assert!(
        !text.contains("Engineering"),
        "the name was resolved: {text}"
    );

    let begun = json!({"ref": {"type": "ref/prompt", "name": Summary::NAME},
        "argument": {"name": "roomId", "value": "Eng"}});
    let (_, completed) = ask("completion/complete", begun).await;
    let completion = &completed["result"]["completion"];
    assert_eq!(completion["values"][0], "Engineering", "{completed}");
    assert_eq!(completion["hasMore"], false);
}

#[tokio::test(crate = "crate::journey")]
async fn failures_of_other_kinds_are_errors_of_the_protocol() {
    let served = Desk::new(vec![desk()]);
    let ask = |method, params| served.modern("/mcp/desk", method, params);
    let (_, missing) = ask("resources/read", json!({"uri": "webex://nothing"})).await;
    assert_eq!(missing["error"]["code"], -32602, "{missing}");
    assert_eq!(missing["error"]["data"]["uri"], "webex://nothing");
    let session = served.open_session("/mcp/desk").await;
    let params = json!({"uri": "webex://nothing"});
    let (_, old) = served
        .in_session("/mcp/desk", &session, "resources/read", params)
        .await;
    assert_eq!(old["error"]["code"], -32002, "{old}");
    // The name of a tool names no prompt.
    let (_, missing) = ask("prompts/get", json!({"name": "webex-get-space"})).await;
    assert_eq!(missing["error"]["code"], -32602, "{missing}");
    let wrong = json!({"name": Summary::NAME, "arguments": {"room": "Engineering"}});
    let (_, wrong) = ask("prompts/get", wrong).await;
    assert_eq!(wrong["error"]["code"], -32602);
    assert_eq!(
        wrong["error"]["data"]["code"], "invalid_arguments",
        "{wrong}"
    );
    let unknown = json!({"name": Summary::NAME, "arguments": {"roomId": "No such space"}});
    let (_, unknown) = ask("prompts/get", unknown).await;
    assert_eq!(unknown["error"]["code"], -1);
    assert_eq!(unknown["error"]["data"]["code"], "not_found", "{unknown}");
}

#[tokio::test(crate = "crate::journey")]
async fn the_dispatcher_finds_by_kind_and_name() {
    let world = World::new();
    let call = |kind, name: &str, arguments| Call {
        kind,
        server: desk(),
        ..world.call("alice", name, arguments, Ask::Nobody)
    };
    let begun = json!({"argument": "roomId", "value": ""});
    for (kind, name, arguments) in [
        (Kind::Resource, Profile::NAME, json!({})),
        (
            Kind::Prompt,
            Summary::NAME,
            json!({"roomId": "Engineering"}),
        ),
        (Kind::Completion, Summary::NAME, begun),
    ] {
        let reply = world
            .dispatcher
            .answer(call(kind, name, arguments.clone()))
            .await;
        assert!(matches!(reply, Reply::Answer(_)), "{kind:?}: {reply:?}");
        let reply = world
            .dispatcher
            .answer(call(Kind::Tool, name, arguments))
            .await;
        error_of(reply, Code::NotFound);
    }
}

#[tokio::test(crate = "crate::journey")]
async fn an_unknown_tool_costs_rate_as_any_call() {
    let world = World::new().with_calls_per_minute(1);
    let served = Desk::of(world, vec![desk()]);
    let unknown = served.call("/mcp/desk", "webex-get-nothing").await;
    assert_eq!(unknown["error"]["code"], -32602, "{unknown}");
    for tool in ["webex-get-nothing", "webex-get-space"] {
        let told = served.call("/mcp/desk", tool).await;
        let code = &told["result"]["structuredContent"]["code"];
        assert_eq!(code, "rate_limited", "{told}");
    }
}

#[tokio::test(crate = "crate::journey")]
async fn a_misspelt_tool_is_told_with_the_one_that_this_server_has() {
    let reads = Selection::names(&["webex-get-space", "webex-get-message"]);
    let served = Desk::new(vec![desk(), server("reads", reads)]);
    for (path, wrong, right) in [
        (
            "/mcp/desk",
            "webex-create-mesage",
            Some("webex-create-message"),
        ),
        ("/mcp/desk", "webex_get_space", Some("webex-get-space")),
        ("/mcp/desk", "webex-make-coffee", None),
        ("/mcp/reads", "webex-get-spaces", Some("webex-get-space")),
        ("/mcp/reads", "webex-create-mesage", None),
        ("/mcp/reads", "webex-create-message", None),
    ] {
        let params = json!({"name": wrong, "arguments": {}});
        let session = served.open_session(path).await;
        let (_, legacy) = served
            .in_session(path, &session, "tools/call", params)
            .await;
        for told in [served.call(path, wrong).await, legacy] {
            assert_eq!(told["error"]["code"], -32602, "{told}");
            let message = told["error"]["message"].as_str().unwrap();
            let ours = message.replacen(wrong, "", 1);
            match right {
                Some(right) => assert!(
                    ours.contains(&format!("Perhaps {right} is meant.")),
                    "{told}"
                ),
                None => assert!(!ours.contains("webex-"), "{told}"),
            }
        }
    }
}

#[tokio::test(crate = "crate::journey")]
async fn a_key_that_is_none_is_told_and_nothing_is_done() {
    let served = Desk::new(vec![desk()]);
    let call = async |header: &[(&str, &str)], key: Value| {
        let arguments = json!({"title": "Made under a key"});
        let mut params = json!({"name": "webex-create-space", "arguments": arguments});
        if !key.is_null() {
            params["_meta"]["idempotencyKey"] = key;
        }
        let response = served.send("/mcp/desk", header, "tools/call", params).await;
        read(response).await.1["result"]["structuredContent"].take()
    };
    served.world.wire_calls();
    let long = "k".repeat(256);
    for refused in [
        call(&[("idempotency-key", "one")], json!("two")).await,
        call(&[("idempotency-key", &long)], Value::Null).await,
        call(&[], json!("a b")).await,
        call(&[], json!(7)).await,
    ] {
        assert_eq!(refused["code"], "invalid_arguments", "{refused}");
        assert!(
            refused["message"]
                .as_str()
                .unwrap()
                .contains("idempotencyKey")
        );
    }
    assert!(served.world.wire_calls().is_empty(), "nothing was sent");
    let made = call(&[("idempotency-key", "one")], json!("one")).await;
    assert!(made["code"].is_null(), "{made}");
}

#[tokio::test(crate = "crate::journey")]
async fn a_key_that_was_used_at_another_server_leads_back_to_it() {
    let served = Desk::new(vec![desk(), messaging()]);
    let call = async |path: &str| {
        let arguments = json!({"title": "Made once"});
        let params = json!({"name": "webex-create-space", "arguments": arguments});
        let key = [("idempotency-key", "once")];
        let response = served.send(path, &key, "tools/call", params).await;
        read(response).await.1["result"]["structuredContent"].take()
    };
    let made = call("/mcp/desk").await;
    assert!(made["code"].is_null(), "{made}");
    served.world.wire_calls();
    let refused = call("/mcp/webex-messaging").await;
    assert_eq!(refused["code"], "conflict", "{refused}");
    let message = refused["message"].as_str().unwrap();
    assert!(message.contains("another server"), "{refused}");
    let advice = refused["advice"].as_str().unwrap();
    assert!(advice.contains("repeat it there"), "{refused}");
    let again = call("/mcp/desk").await;
    assert!(again["code"].is_null(), "{again}");
    assert!(served.world.wire_calls().is_empty(), "nothing was sent");
}
