//! Webhooks that come in, end to end: a person does something in the sandbox, which delivers it to the
//! server, and an agent's subscription hears of it.

use std::net::SocketAddr;
use std::process::Stdio;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::process::{Child, Command};
use webex::{AccessToken, Client, Settings, Transport, Webex};
use webex_mcp::call::Parts;
use webex_mcp::error::{CallError, Code};
use webex_mcp::hooks::{Hooks, Watch};
use webex_mcp::identity::{Caller, Credential, Principal};
use webex_mcp::seal::Secret;
use webex_mcp::servers::{AskBefore, Catalogue, Definition, Otherwise, Selection};
use webex_mcp::text::whole_id;
use webex_sandbox::{Options, Sandbox};

use crate::hosted::is_up;
use crate::journey::{directory, free_address};
use crate::scoped::only;
use crate::world::{Shelf, World};

/// Nothing here takes so long.
const PATIENCE: Duration = Duration::from_secs(20);
/// In which nothing may come that should not.
const QUIET: Duration = Duration::from_millis(300);
const LISTEN: &str = "subscriptions/listen";

/// A server and its sandbox in a process of their own.
struct House {
    client: reqwest::Client,
    at: SocketAddr,
    _process: Child,
}

/// A stream of events.
struct Stream {
    answer: reqwest::Response,
    read: String,
}

impl Stream {
    /// The next message; `None` where the stream has ended.
    async fn next(&mut self) -> Option<Value> {
        loop {
            if let Some((event, rest)) = self.read.split_once("\n\n") {
                let data = event.lines().find_map(|line| line.strip_prefix("data: "));
                let data = data.map(|data| serde_json::from_str(data).unwrap());
                self.read = rest.to_owned();
                match data {
                    Some(data) => return Some(data),
                    None => continue,
                }
            }
            let chunk = tokio::time::timeout(PATIENCE, self.answer.chunk()).await;
            let chunk = chunk.expect("the stream says something").unwrap()?;
            self.read += std::str::from_utf8(&chunk).unwrap();
        }
    }

    async fn updated(&mut self) -> String {
        let told = self.next().await.unwrap();
        assert_eq!(told["method"], "notifications/resources/updated", "{told}");
        told["params"]["uri"].as_str().unwrap().to_owned()
    }

    async fn is_quiet(&mut self) -> bool {
        tokio::time::timeout(QUIET, self.next()).await.is_err()
    }
}

impl House {
    async fn new(settings: &[(&str, &str)]) -> Self {
        let at = free_address();
        let process = Command::new(env!("CARGO_BIN_EXE_webex-mcp"))
            .args(["serve", "--sandbox", "--listen", &at.to_string()])
            .env_clear()
            .env("WEBEX_MCP_DATA_DIR", directory())
            .envs(settings.iter().copied())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let client = reqwest::Client::builder().no_proxy().build().unwrap();
        is_up(&client, &format!("http://{at}/healthz")).await;
        House {
            client,
            at,
            _process: process,
        }
    }

    /// A request to Webex itself, as a person.
    async fn webex(&self, who: &str, method: &str, path: &str, body: &Value) -> Value {
        let url = format!("http://{}/v1/{path}", self.at);
        let asked = self.client.request(method.parse().unwrap(), url);
        let asked = asked.bearer_auth(format!("sandbox-{who}"));
        let asked = match body {
            Value::Null => asked,
            body => asked
                .header("content-type", "application/json")
                .body(body.to_string()),
        };
        let text = asked.send().await.unwrap().text().await.unwrap();
        serde_json::from_str(&text).unwrap_or_default()
    }

    /// The id of a space that Alice is in.
    async fn space(&self, title: &str) -> String {
        let spaces = self
            .webex("alice", "GET", "rooms?max=100", &Value::Null)
            .await;
        let mut spaces = spaces["items"].as_array().unwrap().iter();
        let found = spaces.find(|space| space["title"] == title).unwrap();
        found["id"].as_str().unwrap().to_owned()
    }

    async fn post(&self, who: &str, space: &str) {
        let body = json!({"roomId": space, "text": "Hello"});
        let posted = self.webex(who, "POST", "messages", &body).await;
        assert!(posted["id"].is_string(), "{posted}");
    }

    async fn webhooks(&self, who: &str) -> usize {
        let all = self.webex(who, "GET", "webhooks", &Value::Null).await;
        all["items"].as_array().unwrap().len()
    }

    async fn sent(&self, who: &str, headers: &[(&str, &str)], body: &Value) -> reqwest::Response {
        let mut request = self
            .client
            .post(format!("http://{}/mcp/webex", self.at))
            .bearer_auth(format!("sandbox-{who}"))
            .header("content-type", "application/json")
            .header("accept", "application/json, text/event-stream");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        request.body(body.to_string()).send().await.unwrap()
    }

    async fn modern(&self, who: &str, method: &str, mut params: Value) -> reqwest::Response {
        params["_meta"] = json!({
            "io.modelcontextprotocol/protocolVersion": "2026-07-28",
            "io.modelcontextprotocol/clientCapabilities": {}
        });
        let name = params["name"].as_str().unwrap_or("none").to_owned();
        let body = json!({"jsonrpc": "2.0", "id": 7, "method": method, "params": params});
        let headers = [
            ("mcp-protocol-version", "2026-07-28"),
            ("mcp-method", method),
            ("mcp-name", &name),
        ];
        self.sent(who, &headers, &body).await
    }

    /// The facts of a tool's answer.
    async fn call(&self, who: &str, tool: &str, arguments: Value) -> Value {
        let params = json!({"name": tool, "arguments": arguments});
        let text = self
            .modern(who, "tools/call", params)
            .await
            .text()
            .await
            .unwrap();
        let data = text.lines().find_map(|line| line.strip_prefix("data: "));
        let answer: Value = serde_json::from_str(data.unwrap_or(&text)).unwrap();
        answer["result"]["structuredContent"].clone()
    }

    async fn create_webhook(&self, who: &str, resource: &str, event: &str) {
        let wanted =
            json!({"name": "Hook", "targetUrl": "self", "resource": resource, "event": event});
        let made = self.call(who, "webex-create-webhook", wanted).await;
        assert_eq!(made["isReceivedHere"], true, "{made}");
    }

    /// A stream of these resources, and those that were acknowledged.
    async fn listen<const N: usize>(&self, who: &str, uris: [&str; N]) -> (Stream, Vec<String>) {
        let params = json!({"notifications": {"resourceSubscriptions": &uris[..]}});
        let mut stream = Stream {
            answer: self.modern(who, LISTEN, params).await,
            read: String::new(),
        };
        let told = stream.next().await.unwrap();
        assert_eq!(told["method"], "notifications/subscriptions/acknowledged");
        let served = &told["params"]["notifications"]["resourceSubscriptions"];
        let served = served.as_array().into_iter().flatten();
        let served = served.map(|uri| uri.as_str().unwrap().to_owned()).collect();
        (stream, served)
    }
}

#[tokio::test(crate = "crate::journey", flavor = "multi_thread", worker_threads = 2)]
async fn a_subscription_hears_what_somebody_posts() {
    let house = House::new(&[]).await;
    let space = house.space("Project Unicorn").await;
    let by_id = &*format!("webex://spaces/{space}/messages");
    let by_name = "webex://spaces/Project%20Unicorn/messages";
    let members = &*format!("webex://spaces/{space}/members");
    // Nothing would tell of it, so nothing is promised.
    let (_, served) = house.listen("alice", [by_id]).await;
    assert_eq!(served, [""; 0]);
    house.create_webhook("alice", "messages", "created").await;
    let unread = "webex://spaces/No%20such%20space/messages";
    let wanted = [by_id, by_name, members, "webex://people/me", unread, by_id];
    let (mut alice, served) = house.listen("alice", wanted).await;
    assert_eq!(served, [by_id, by_name]);
    // Bob sees the same space, and has no webhook: hers is not his.
    let (_, served) = house.listen("bob", [by_id]).await;
    assert_eq!(served, [""; 0]);
    house.create_webhook("bob", "memberships", "all").await;
    let (mut bob, served) = house.listen("bob", [by_id, members]).await;
    assert_eq!(served, [members]);

    house.post("bob", &space).await;
    let told = [alice.updated().await, alice.updated().await];
    assert_eq!(told, [by_id, by_name]);
    assert!(bob.is_quiet().await);
    // What happens elsewhere is not told here.
    let other = house.space("Engineering").await;
    house.post("alice", &other).await;
    assert!(alice.is_quiet().await);
}

#[tokio::test(crate = "crate::journey", flavor = "multi_thread", worker_threads = 2)]
async fn a_session_hears_on_its_stream() {
    let house = House::new(&[]).await;
    let space = house.space("Project Unicorn").await;
    let uri = &*format!("webex://spaces/{space}/messages");
    let url = format!("http://{}/mcp/webex", house.at);
    let hello = json!({"jsonrpc": "2.0", "id": 0, "method": "initialize", "params": {
        "protocolVersion": "2025-11-25", "capabilities": {},
        "clientInfo": {"name": "test", "version": "1"}}});
    let opened = house.sent("alice", &[], &hello).await;
    let session = opened.headers()["mcp-session-id"]
        .to_str()
        .unwrap()
        .to_owned();
    let opened: Value = serde_json::from_str(&opened.text().await.unwrap()).unwrap();
    let declared = &opened["result"]["capabilities"]["resources"];
    assert_eq!(declared["subscribe"], true, "{declared}");
    let request = async |method: &str| {
        let body = json!({"jsonrpc": "2.0", "id": 1, "method": method, "params": {"uri": uri}});
        let answer = house
            .sent("alice", &[("mcp-session-id", &session)], &body)
            .await;
        serde_json::from_str::<Value>(&answer.text().await.unwrap()).unwrap()
    };
    let get = async |who: &str, session: &str| {
        let asked = house.client.get(&url).bearer_auth(format!("sandbox-{who}"));
        let asked = asked.header("accept", "text/event-stream");
        let asked = asked.header("mcp-session-id", session);
        asked.send().await.unwrap()
    };
    let refused = request("resources/subscribe").await;
    let told = refused["error"]["data"]["advice"].as_str().unwrap();
    assert!(told.contains("webex-create-webhook"), "{refused}");
    house.create_webhook("alice", "messages", "all").await;
    assert_eq!(request("resources/subscribe").await["result"], json!({}));

    assert_eq!(get("bob", &session).await.status(), 404);
    assert_eq!(get("alice", "made-up").await.status(), 404);
    let nameless = house.client.get(&url).bearer_auth("sandbox-alice");
    assert_eq!(nameless.send().await.unwrap().status(), 405);
    let open = async || Stream {
        answer: get("alice", &session).await,
        read: String::new(),
    };
    let mut lost = open().await;
    let mut stream = open().await;
    assert_eq!(lost.next().await, None, "a client has one stream");
    house.post("bob", &space).await;
    assert_eq!(stream.updated().await, uri);
    assert_eq!(request("resources/unsubscribe").await["result"], json!({}));
    house.post("bob", &space).await;
    assert!(stream.is_quiet().await);
    let ended = house.client.delete(&url).bearer_auth("sandbox-alice");
    let ended = ended.header("mcp-session-id", &*session).send().await;
    assert_eq!(ended.unwrap().status(), 204);
    assert_eq!(stream.next().await, None);
}

#[tokio::test(crate = "crate::journey", flavor = "multi_thread", worker_threads = 2)]
async fn a_subscription_makes_its_webhook_where_that_is_allowed() {
    let house = House::new(&[("WEBEX_MCP_WEBHOOKS_AUTOMATIC", "true")]).await;
    let space = house.space("Project Unicorn").await;
    let messages = &*format!("webex://spaces/{space}/messages");
    let members = &*format!("webex://spaces/{space}/members");
    let wanted = [messages, members];
    let ((mut stream, served), (_, again)) =
        tokio::join!(house.listen("alice", wanted), house.listen("alice", wanted));
    assert_eq!(
        (&*served, &*again),
        (
            &wanted.map(str::to_owned)[..],
            &wanted.map(str::to_owned)[..]
        )
    );
    assert_eq!(house.webhooks("alice").await, 2, "one for each, made once");
    house.post("bob", &space).await;
    assert_eq!(stream.updated().await, messages);
    let added = json!({"roomId": space, "personEmail": "ada@example.com"});
    house.webex("alice", "POST", "memberships", &added).await;
    assert_eq!(stream.updated().await, members);
    // What somebody cannot read is not subscribed to, and no webhook is made for it.
    let private = house.space("Leadership").await;
    let private = &*format!("webex://spaces/{private}/messages");
    let (_, served) = house.listen("bob", [private]).await;
    assert_eq!((served.len(), house.webhooks("bob").await), (0, 0));
}

#[tokio::test(crate = "crate::journey", flavor = "multi_thread", worker_threads = 2)]
async fn an_answer_to_a_card_is_waited_for() {
    let house = House::new(&[]).await;
    house
        .create_webhook("alice", "attachmentActions", "created")
        .await;
    let card = json!({"roomId": house.space("Project Unicorn").await, "title": "Lunch?",
        "inputs": [{"id": "note", "label": "Note", "kind": "text"}],
        "buttons": [{"title": "Send"}]});
    let sent = house.call("alice", "webex-send-card", card).await;
    let asked = json!({"messageId": sent["id"], "waitSeconds": 10});
    let waiting = house.call("alice", "webex-get-card-response", asked);
    let note = json!({"messageId": whole_id("MESSAGE", sent["id"].as_str().unwrap()),
        "type": "submit", "inputs": {"note": "soup"}});
    let answering = house.webex("bob", "POST", "attachment/actions", &note);
    let (told, _) = tokio::join!(waiting, answering);
    assert_eq!(told["inputs"][0]["value"], "soup", "{told}");
    assert_eq!(told["name"], "Bob Smith");
}

/// A world in this process whose subscriptions make their webhooks.
struct Small {
    world: World,
    webex: Webex,
}

impl Small {
    fn new() -> Self {
        let sandbox = Sandbox::new(Options::for_tests());
        let transport = Transport::in_process(sandbox.router());
        let base = "http://127.0.0.1:1/v1";
        let webex = Webex::with_transport(base, transport, Settings::default()).unwrap();
        let secret = Secret::new(Box::new([7; 32]));
        let shelf = std::sync::Arc::new(Shelf);
        let mut parts = Parts::in_memory(webex.clone(), &secret, shelf).unwrap();
        let records = parts.journal.records().clone();
        parts.hooks = Hooks::new(records, Some("https://here.example.com".to_owned()), true);
        let world = World::of(sandbox, parts);
        Small { world, webex }
    }

    fn serve(mut self, definition: &Definition) -> Self {
        self.world.server = Catalogue::whole().serve(definition, Otherwise::Token);
        self
    }

    fn alice(&self) -> Client {
        self.webex
            .client(AccessToken::new("sandbox-alice").unwrap())
    }

    async fn space(&self, title: &str) -> String {
        let spaces = self
            .alice()
            .rooms()
            .list(&Default::default())
            .await
            .unwrap();
        let mut spaces = spaces.items.into_iter();
        spaces
            .find(|space| space.title() == Some(title))
            .unwrap()
            .id
    }

    /// What Alice's subscription to the messages of a space comes to, and her webhooks after it.
    async fn subscribed(&self, title: &str, is_lasting: bool) -> (Result<Watch, CallError>, usize) {
        let token = AccessToken::new("sandbox-alice").unwrap();
        let credential = Some(Credential::Token(token));
        let mut caller = Caller::new(Principal::new("sandbox-alice"), credential);
        caller.is_lasting = is_lasting;
        let uri = format!("webex://spaces/{}/messages", self.space(title).await);
        let world = &self.world;
        let watched = world.dispatcher.watched(&world.server, &uri, &caller).await;
        world.dispatcher.settled().await;
        let webhooks = self.alice().webhooks().list(&Default::default()).await;
        (watched, webhooks.unwrap().items.len())
    }
}

#[tokio::test(crate = "crate::journey")]
async fn a_subscription_goes_no_further_than_its_server() {
    let plain = || Definition::new("desk", "Desk");
    let small = Small::new().serve(&plain());
    assert!(matches!(
        small.subscribed("Engineering", true).await,
        (Ok(_), 1)
    ));
    // The webhook is there, so a token that does not last hears of it too.
    assert!(matches!(
        small.subscribed("Engineering", false).await,
        (Ok(_), 1)
    ));
    let (refused, 1) = small.subscribed("Project Unicorn", false).await else {
        panic!("no webhook is made for a token that does not last");
    };
    assert_eq!(refused.unwrap_err().code, Code::NotConfigured);

    let small = Small::new();
    let limited = Definition {
        scope: Some(only(&small.space("Project Unicorn").await)),
        ..plain()
    };
    let small = small.serve(&limited);
    let (refused, 0) = small.subscribed("Engineering", true).await else {
        panic!("a webhook was made for a space outside of the scope");
    };
    assert_eq!(refused.unwrap_err().code, Code::NotFound);
    assert!(matches!(
        small.subscribed("Project Unicorn", true).await,
        (Ok(_), 1)
    ));

    let asking = Definition {
        ask: AskBefore::Write,
        ..plain()
    };
    let reading = Definition {
        selection: Selection::default().read_only(true),
        ..plain()
    };
    for definition in [asking, reading] {
        let small = Small::new().serve(&definition);
        let (refused, webhooks) = small.subscribed("Engineering", true).await;
        assert_eq!(refused.unwrap_err().code, Code::NotConfigured);
        assert_eq!(webhooks, 0, "{definition:?}");
    }
}
