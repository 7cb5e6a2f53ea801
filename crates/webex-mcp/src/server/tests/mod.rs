//! The composition root as a client sees it.

mod beside;
mod callers;
mod start;

use super::*;
use crate::auth;
use crate::config::{Environment, Flag};
use crate::edge::http::{self, Bounds};
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

async fn sandbox() -> (Core, Http) {
    let listen = Flag {
        flag: "--listen",
        section: "server",
        key: "listen",
        value: "127.0.0.1:0".into(),
    };
    let loaded = Loaded::read(None, &Environment::default(), vec![listen]).unwrap();
    let core = Core::new(loaded, &Upstream::sandbox()).unwrap();
    let http = core.http().await.unwrap();
    (core, http)
}

async fn served(http: Http) {
    let bounds = Bounds::default();
    http::serve(http.listener, http.router, bounds, http.wire, http.drain).await;
}

async fn call(base: &str, token: Option<&str>, tool: &str, arguments: Value) -> Value {
    let version = "2026-07-28";
    let meta = json!({
        "io.modelcontextprotocol/protocolVersion": version,
        "io.modelcontextprotocol/clientInfo": {"name": "test", "version": "1"},
        "io.modelcontextprotocol/clientCapabilities": {},
    });
    let body = json!({"jsonrpc": "2.0", "id": 1, "method": "tools/call",
        "params": {"name": tool, "arguments": arguments, "_meta": meta}});
    let mut request = reqwest::Client::builder()
        .no_proxy()
        .build()
        .unwrap()
        .post(format!("{base}/mcp/webex-messaging"))
        .header("content-type", "application/json")
        .header("accept", "application/json, text/event-stream")
        .header("mcp-protocol-version", version)
        .header("mcp-method", "tools/call")
        .header("mcp-name", tool)
        .body(body.to_string());
    if let Some(token) = token {
        request = request.bearer_auth(token);
    }
    let text = request.send().await.unwrap().text().await.unwrap();
    serde_json::from_str(&text).unwrap()
}

#[tokio::test]
async fn the_sandbox_serves_its_people_until_it_is_drained() {
    let (_core, http) = sandbox().await;
    let (base, drain) = (http.base.clone(), http.drain.clone());
    let serving = tokio::spawn(served(http));
    let titles = |answer: &Value| {
        let spaces = answer["result"]["structuredContent"]["spaces"].clone();
        spaces.as_array().map_or(0, Vec::len)
    };
    let query = json!({"query": "Leadership"});
    // Without a token the caller is Alice; Harold sees the spaces that he is a member of.
    let alice = call(&base, None, "webex-search-spaces", query.clone()).await;
    let as_alice = call(
        &base,
        Some("sandbox-alice"),
        "webex-search-spaces",
        query.clone(),
    )
    .await;
    assert_eq!(
        alice["result"]["structuredContent"],
        as_alice["result"]["structuredContent"]
    );
    let harold = call(&base, Some("sandbox-harold"), "webex-search-spaces", query).await;
    assert_eq!(titles(&harold), 1, "{harold}");
    drain.cancel();
    tokio::time::timeout(std::time::Duration::from_secs(5), serving)
        .await
        .expect("nothing is in flight, so it ends at once")
        .unwrap();
}

#[tokio::test]
async fn a_taken_address_is_told() {
    let (_core, http) = sandbox().await;
    let error = listen(http.address).await.unwrap_err().to_string();
    assert!(error.contains("--listen"), "{error}");
}

#[tokio::test]
async fn the_public_address_stands_in_links_and_hosts() {
    let environment = Environment::of([
        ("WEBEX_MCP_SERVER_PUBLIC_URL", "https://example.com/webex/"),
        ("WEBEX_MCP_SERVER_ALLOWED_HOSTS", "other.example:8443"),
    ]);
    let loaded = Loaded::read(None, &environment, vec![]).unwrap();
    let core = Core::new(loaded, &Upstream::sandbox()).unwrap();
    let everywhere = ([0, 0, 0, 0], 8484).into();
    assert_eq!(core.public_base(everywhere), "https://example.com/webex");
    assert_eq!(
        core.hosts(everywhere),
        ["other.example:8443", "example.com"]
    );
    // Beyond loopback, a caller without a token does not become Alice.
    let open = core.authentication(everywhere, AuthMode::Static);
    let nothing = Default::default();
    let head = auth::Head {
        headers: &nothing,
        address: Some([127, 0, 0, 1].into()),
        is_forwarded: false,
        server: "",
        token_header: None,
    };
    assert!(open.caller(&head).await.is_err());
}

#[tokio::test]
async fn a_large_file_goes_to_an_address_and_from_there_to_webex() {
    let (_core, http) = sandbox().await;
    let (base, drain) = (http.base.clone(), http.drain.clone());
    let serving = tokio::spawn(served(http));
    let upload = async |arguments| {
        let answer = call(&base, None, "webex-upload-file", arguments).await;
        answer["result"]["structuredContent"].clone()
    };
    let mut arguments = json!({"roomId": "Project Unicorn", "fileName": "large.txt"});
    let offer = upload(arguments.clone()).await;
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let put = client.put(offer["uploadUrl"].as_str().unwrap());
    let told = put.body("x".repeat(2_000_000)).send().await.unwrap();
    assert_eq!(told.status(), 200);
    arguments["uploadId"] = offer["uploadId"].clone();
    let sent = upload(arguments.clone()).await;
    assert!(sent["id"].is_string(), "{sent}");
    // The file is deleted here once Webex has it.
    assert_eq!(upload(arguments).await["code"], "not_found");
    drain.cancel();
    serving.await.unwrap();
}
