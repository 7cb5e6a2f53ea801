//! A server that is killed in the middle of its work, again and again: what clients were told is
//! what Webex has, nothing is lost, nothing is done twice.

use std::collections::HashMap;
use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::process::{Child, Command};

const CALLERS: usize = 4;
const CALLS_PER_CALLER: usize = 40;
const KILLS: usize = 4;
/// A call is repeated while its server is down; a restart takes a fraction of it.
const TRIES_PER_CALL: usize = 400;
const BETWEEN_TRIES: Duration = Duration::from_millis(25);

fn free_address() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap()
}

/// Ends with its handle.
fn start(arguments: &[&str], data: &Path) -> Child {
    Command::new(env!("CARGO_BIN_EXE_webex-mcp"))
        .args(arguments)
        .env_clear()
        .env("WEBEX_ACCESS_TOKEN", "sandbox-alice")
        .env("WEBEX_MCP_DATA_DIR", data)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .unwrap()
}

fn client() -> reqwest::Client {
    let timeout = Duration::from_secs(20);
    reqwest::Client::builder()
        .no_proxy()
        .timeout(timeout)
        .build()
        .unwrap()
}

async fn wait_for(client: &reqwest::Client, url: &str) {
    for _ in 0..TRIES_PER_CALL {
        if client.get(url).send().await.is_ok() {
            return;
        }
        tokio::time::sleep(BETWEEN_TRIES).await;
    }
    panic!("{url} did not come up");
}

/// One keyed call; `None` where no answer came.
async fn create(
    client: &reqwest::Client,
    server: SocketAddr,
    text: &str,
    key: &str,
) -> Option<Value> {
    let meta = json!({
        "io.modelcontextprotocol/protocolVersion": "2026-07-28",
        "io.modelcontextprotocol/clientInfo": {"name": "killed", "version": "1"},
        "io.modelcontextprotocol/clientCapabilities": {},
    });
    let arguments = json!({"toPersonEmail": "bob@example.com", "text": text});
    let body = json!({"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params":
        {"name": "webex-create-message", "arguments": arguments, "_meta": meta}});
    let sent = client
        .post(format!("http://{server}/mcp/webex"))
        .header("content-type", "application/json")
        .header("accept", "application/json, text/event-stream")
        .header("mcp-protocol-version", "2026-07-28")
        .header("mcp-method", "tools/call")
        .header("mcp-name", "webex-create-message")
        .header("idempotency-key", key)
        .body(body.to_string())
        .send();
    let text = sent.await.ok()?.text().await.ok()?;
    let answer: Value = serde_json::from_str(&text).ok()?;
    Some(answer["result"]["structuredContent"].clone())
}

/// How often each text stands in the ledger: the direct space of Alice and Bob.
async fn ledger(client: &reqwest::Client, sandbox: SocketAddr) -> HashMap<String, usize> {
    let base = format!("http://{sandbox}/v1");
    let get = async |url: String| {
        let asked = client.get(url).bearer_auth("sandbox-alice");
        let text = asked.send().await.unwrap().text().await.unwrap();
        serde_json::from_str::<Value>(&text).unwrap()
    };
    let direct = get(format!(
        "{base}/messages/direct?personEmail=bob@example.com"
    ))
    .await;
    let room = direct["items"][0]["roomId"].as_str().unwrap().to_owned();
    let listed = get(format!("{base}/messages?roomId={room}&max=1000")).await;
    let mut found = HashMap::new();
    for message in listed["items"].as_array().unwrap() {
        let text = message["text"].as_str().unwrap_or_default();
        if text.starts_with("keyed ") {
            *found.entry(text.to_owned()).or_default() += 1;
        }
    }
    found
}

/// Makes its calls, each until it knows what became of it. Gives the number of unknown outcomes.
async fn calls(number: usize, server: SocketAddr, sandbox: SocketAddr) -> usize {
    let client = client();
    let mut unknown = 0;
    for call in 0..CALLS_PER_CALLER {
        let text = format!("keyed {number}-{call}");
        let mut key = format!("{text}-0").replace(' ', "-");
        let mut is_told = false;
        for _ in 0..TRIES_PER_CALL {
            let Some(told) = create(&client, server, &text, &key).await else {
                tokio::time::sleep(BETWEEN_TRIES).await;
                continue;
            };
            match told["code"].as_str() {
                None => {
                    assert!(told["id"].is_string(), "{told}");
                    is_told = true;
                    break;
                }
                Some("outcome_unknown") => {
                    unknown += 1;
                    // What the advice says: look, and repeat under a new key where it was not done.
                    if ledger(&client, sandbox).await.contains_key(&text) {
                        is_told = true;
                        break;
                    }
                    key = format!("{key}-again");
                }
                Some("unavailable" | "conflict" | "rate_limited") => {
                    tokio::time::sleep(BETWEEN_TRIES).await;
                }
                Some(_) => panic!("{told}"),
            }
        }
        assert!(is_told, "{text} was never answered");
    }
    unknown
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_killed_server_loses_nothing_and_does_nothing_twice() {
    let data = tempfile::tempdir().unwrap();
    let (upstream, listen) = (free_address(), free_address());
    let sandbox_data = tempfile::tempdir().unwrap();
    let at = upstream.to_string();
    let _sandbox = start(&["sandbox", "--listen", &at], sandbox_data.path());
    let client = client();
    wait_for(&client, &format!("http://{upstream}/v1/people/me")).await;
    let base = format!("http://{upstream}/v1");
    let listen_at = listen.to_string();
    let serve = ["serve", "--upstream", &base, "--listen", &listen_at];
    let mut server = start(&serve, data.path());
    wait_for(&client, &format!("http://{listen}/healthz")).await;

    let callers: Vec<_> = (0..CALLERS)
        .map(|number| tokio::spawn(calls(number, listen, upstream)))
        .collect();
    for kill in 0..KILLS {
        tokio::time::sleep(Duration::from_millis(60 + 35 * kill as u64)).await;
        server.kill().await.unwrap();
        server = start(&serve, data.path());
        wait_for(&client, &format!("http://{listen}/healthz")).await;
    }
    let mut unknown = 0;
    for caller in callers {
        unknown += caller.await.unwrap();
    }
    let found = ledger(&client, upstream).await;
    let doubled: Vec<_> = found.iter().filter(|(_, times)| **times != 1).collect();
    assert!(doubled.is_empty(), "{doubled:?}");
    assert_eq!(found.len(), CALLERS * CALLS_PER_CALLER);
    assert!(unknown <= CALLERS * KILLS, "{unknown} unknown outcomes");
}
