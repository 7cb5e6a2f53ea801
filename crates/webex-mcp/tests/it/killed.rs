//! A server that ends in the middle of its work: killed again and again, or told to end. What clients
//! were told is what Webex has, nothing is lost, nothing is done twice.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use aws_lc_rs::hmac;
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::process::{Child, Command};
use webex_mcp::text::whole_id;

use crate::hosted::is_up;
use crate::journey::{directory, free_address};

const CALLERS: usize = 4;
const CALLS_PER_CALLER: usize = 40;
const KILLS: usize = 4;
/// A call is repeated while its server is down; a restart takes a fraction of it.
const TRIES_PER_CALL: usize = 400;
pub const BETWEEN_TRIES: Duration = Duration::from_millis(25);

fn start(arguments: &[&str], data: &Path) -> Child {
    command(arguments, data).spawn().unwrap()
}

/// Its process ends with the handle.
fn command(arguments: &[&str], data: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_webex-mcp"));
    command
        .args(arguments)
        .env_clear()
        .env("WEBEX_ACCESS_TOKEN", "sandbox-alice")
        .env("WEBEX_MCP_DATA_DIR", data)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .kill_on_drop(true);
    command
}

/// SIGTERM, as whoever runs services sends it.
fn told_to_end(process: &Child) {
    signalled(process, rustix::process::Signal::TERM);
}

fn signalled(process: &Child, signal: rustix::process::Signal) {
    let id = i32::try_from(process.id().unwrap()).unwrap();
    let id = rustix::process::Pid::from_raw(id).unwrap();
    rustix::process::kill_process(id, signal).unwrap();
}

/// The terminal is closed: the shell tells it, and then the system.
fn hung_up(process: &Child) {
    signalled(process, rustix::process::Signal::HUP);
    std::thread::sleep(Duration::from_millis(50));
    signalled(process, rustix::process::Signal::HUP);
}

/// The ways in which a process is told to end here. With `nohup`, tests hand on that a closed terminal
/// means nothing.
fn ways_to_end() -> Vec<fn(&Child)> {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let ignored = status.lines().find_map(|it| it.strip_prefix("SigIgn:"));
    let mask = ignored.and_then(|it| u64::from_str_radix(it.trim(), 16).ok());
    match mask.is_some_and(|mask| mask & 1 == 1) {
        true => vec![told_to_end],
        false => vec![told_to_end, hung_up],
    }
}

/// The next message takes a while.
pub async fn slow_write(client: &reqwest::Client, sandbox: SocketAddr, delay_ms: u64) {
    slow(client, sandbox, ("POST", "/v1/messages"), delay_ms).await;
}

/// The next such request takes a while.
async fn slow(
    client: &reqwest::Client,
    sandbox: SocketAddr,
    (method, path): (&str, &str),
    delay_ms: u64,
) {
    let fault = json!({"times": 1, "method": method, "path": path,
        "fault": {"kind": "slow", "delayMs": delay_ms}});
    let ordered = client
        .post(format!("http://{sandbox}/_sandbox/faults"))
        .header("content-type", "application/json")
        .body(fault.to_string());
    assert!(ordered.send().await.unwrap().status().is_success());
}

fn client() -> reqwest::Client {
    let timeout = Duration::from_secs(20);
    reqwest::Client::builder()
        .no_proxy()
        .timeout(timeout)
        .build()
        .unwrap()
}

/// One keyed call; `None` where no answer came.
async fn create(
    client: &reqwest::Client,
    server: SocketAddr,
    text: &str,
    key: &str,
) -> Option<Value> {
    call(client, server, text, Some(key)).await
}

async fn call(
    client: &reqwest::Client,
    server: SocketAddr,
    text: &str,
    key: Option<&str>,
) -> Option<Value> {
    let arguments = json!({"toPersonEmail": "bob@example.com", "text": text});
    call_of(client, server, "webex-create-message", arguments, key).await
}

pub async fn call_of(
    client: &reqwest::Client,
    server: SocketAddr,
    tool: &str,
    arguments: Value,
    key: Option<&str>,
) -> Option<Value> {
    let meta = json!({
        "io.modelcontextprotocol/protocolVersion": "2026-07-28",
        "io.modelcontextprotocol/clientInfo": {"name": "killed", "version": "1"},
        "io.modelcontextprotocol/clientCapabilities": {},
    });
    let body = json!({"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params":
        {"name": tool, "arguments": arguments, "_meta": meta}});
    let mut sent = client
        .post(format!("http://{server}/mcp/webex"))
        .header("content-type", "application/json")
        .header("accept", "application/json, text/event-stream")
        .header("mcp-protocol-version", "2026-07-28")
        .header("mcp-method", "tools/call")
        .header("mcp-name", tool)
        .body(body.to_string());
    if let Some(key) = key {
        sent = sent.header("idempotency-key", key);
    }
    let text = sent.send().await.ok()?.text().await.ok()?;
    let answer: Value = serde_json::from_str(&text).ok()?;
    Some(answer["result"]["structuredContent"].clone())
}

/// Waits until a message is on its way to Webex.
pub async fn wait_for_write(client: &reqwest::Client, sandbox: SocketAddr) {
    wait_for_request(client, sandbox, "POST").await;
}

async fn wait_for_request(client: &reqwest::Client, sandbox: SocketAddr, word: &str) {
    for _ in 0..TRIES_PER_CALL {
        let asked = client
            .get(format!("http://{sandbox}/_sandbox/calls"))
            .send();
        let calls = asked.await.unwrap().text().await.unwrap();
        if calls.contains(word) {
            return;
        }
        tokio::time::sleep(BETWEEN_TRIES).await;
    }
    panic!("no {word} was sent");
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

#[tokio::test(crate = "crate::journey", flavor = "multi_thread", worker_threads = 2)]
async fn a_killed_server_loses_nothing_and_does_nothing_twice() {
    let data = directory();
    let (upstream, listen) = (free_address(), free_address());
    let sandbox_data = directory();
    let at = upstream.to_string();
    let _sandbox = start(&["sandbox", "--listen", &at], &sandbox_data);
    let client = client();
    is_up(&client, &format!("http://{upstream}/v1/people/me")).await;
    let base = format!("http://{upstream}/v1");
    let listen_at = listen.to_string();
    let serve = ["serve", "--upstream", &base, "--listen", &listen_at];
    let mut server = start(&serve, &data);
    is_up(&client, &format!("http://{listen}/healthz")).await;

    let callers: Vec<_> = (0..CALLERS)
        .map(|number| tokio::spawn(calls(number, listen, upstream)))
        .collect();
    for kill in 0..KILLS {
        tokio::time::sleep(Duration::from_millis(60 + 35 * kill as u64)).await;
        server.kill().await.unwrap();
        server = start(&serve, &data);
        is_up(&client, &format!("http://{listen}/healthz")).await;
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

/// A sandbox and a server in processes of their own.
pub struct Stage {
    pub client: reqwest::Client,
    pub upstream: SocketAddr,
    pub listen: SocketAddr,
    data: PathBuf,
    _sandbox: Child,
}

impl Stage {
    pub async fn new() -> Self {
        let (client, data) = (client(), directory());
        let upstream = free_address();
        let at = upstream.to_string();
        let sandbox = start(&["sandbox", "--listen", &at], &data);
        is_up(&client, &format!("http://{upstream}/v1/people/me")).await;
        Stage {
            client,
            upstream,
            listen: free_address(),
            data,
            _sandbox: sandbox,
        }
    }

    pub async fn serve(&self) -> Child {
        self.served(self.listen, &[]).await
    }

    /// Another server with the same records.
    pub async fn serve_at(&self, address: SocketAddr) -> Child {
        self.served(address, &[]).await
    }

    /// Told to end, it lets no call finish.
    async fn serve_impatiently(&self) -> Child {
        let impatiently = [("WEBEX_MCP_SERVER_DRAIN_SECONDS", "0")];
        self.served(self.listen, &impatiently).await
    }

    async fn served(&self, address: SocketAddr, settings: &[(&str, &str)]) -> Child {
        let base = format!("http://{}/v1", self.upstream);
        let at = address.to_string();
        let serve = ["serve", "--upstream", &base, "--listen", &at];
        let mut command = command(&serve, &self.data);
        let process = command.envs(settings.iter().copied()).spawn().unwrap();
        is_up(&self.client, &format!("http://{at}/healthz")).await;
        process
    }

    /// Another command of the program, on the data of the servers.
    pub fn run(&self, arguments: &[&str]) -> Command {
        let mut run = command(arguments, &self.data);
        run.stdout(Stdio::piped()).stderr(Stdio::piped());
        run
    }

    pub async fn posted(&self, text: &str) -> usize {
        let ledger = ledger(&self.client, self.upstream).await;
        ledger.get(text).copied().unwrap_or_default()
    }
}

const DELIVERIES: usize = 400;
const SENDERS: usize = 4;

/// Delivers as Webex does: each until it is answered with 2xx.
async fn deliveries(number: usize, address: String, secret: String) {
    let client = client();
    for delivery in (0..DELIVERIES).skip(number).step_by(SENDERS) {
        let body = json!({"resource": "messages", "event": "created",
            "data": {"id": format!("message-{delivery}")}});
        let body = body.to_string();
        let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, secret.as_bytes());
        let tag = hmac::sign(&key, body.as_bytes());
        let tag = webex_mcp::seal::hex(tag.as_ref());
        let mut is_taken = false;
        for _ in 0..TRIES_PER_CALL {
            let sent = client.post(&address).header("x-spark-signature", &tag);
            let sent = sent.body(body.clone()).send().await;
            is_taken = sent.is_ok_and(|answer| answer.status().is_success());
            if is_taken {
                break;
            }
            tokio::time::sleep(BETWEEN_TRIES).await;
        }
        assert!(is_taken, "{body} was never taken");
        // A hundred in a second, over all senders.
        tokio::time::sleep(Duration::from_millis(10 * SENDERS as u64)).await;
    }
}

#[tokio::test(crate = "crate::journey", flavor = "multi_thread", worker_threads = 2)]
async fn each_delivery_that_was_taken_is_in_the_inbox_once() {
    let stage = Stage::new().await;
    let settings = [("WEBEX_MCP_WEBHOOKS_ALLOW_PRIVATE_TARGETS", "true")];
    let mut server = stage.served(stage.listen, &settings).await;
    let wanted =
        json!({"name": "Hook", "targetUrl": "self", "resource": "messages", "event": "created"});
    let tool = "webex-create-webhook";
    let made = call_of(&stage.client, stage.listen, tool, wanted, None).await;
    let id = whole_id("WEBHOOK", made.unwrap()["id"].as_str().unwrap()).unwrap();
    let url = format!("http://{}/v1/webhooks/{id}", stage.upstream);
    let asked = stage.client.get(url).bearer_auth("sandbox-alice").send();
    let webhook: Value = serde_json::from_str(&asked.await.unwrap().text().await.unwrap()).unwrap();
    let of = |field: &str| webhook[field].as_str().unwrap().to_owned();
    let (address, secret) = (of("targetUrl"), of("secret"));
    let send = || {
        let senders = (0..SENDERS)
            .map(|number| tokio::spawn(deliveries(number, address.clone(), secret.clone())));
        senders.collect::<Vec<_>>()
    };
    let senders = send();
    for kill in 0..KILLS {
        tokio::time::sleep(Duration::from_millis(300 + 70 * kill as u64)).await;
        server.kill().await.unwrap();
        server = stage.served(stage.listen, &settings).await;
    }
    for sender in senders {
        sender.await.unwrap();
    }
    let path = stage.data.join("records.db");
    let stored = || {
        let records = rusqlite::Connection::open(&path).unwrap();
        let sql = "SELECT count(*), count(DISTINCT key) FROM inbox";
        let row = |row: &rusqlite::Row<'_>| Ok((row.get::<_, usize>(0)?, row.get::<_, usize>(1)?));
        records.query_row(sql, [], row).unwrap()
    };
    assert_eq!(stored(), (DELIVERIES, DELIVERIES));
    // Webex repeats what it got no answer for, even if it was stored.
    let again = deliveries(0, address.clone(), secret.clone());
    again.await;
    assert_eq!(stored(), (DELIVERIES, DELIVERIES));
}

#[tokio::test(crate = "crate::journey", flavor = "multi_thread", worker_threads = 2)]
async fn told_to_end_a_server_finishes_what_it_began() {
    for end in ways_to_end() {
        let stage = Stage::new().await;
        let mut server = stage.serve().await;
        slow_write(&stage.client, stage.upstream, 600).await;
        let calling = tokio::spawn({
            let (client, listen) = (stage.client.clone(), stage.listen);
            async move { create(&client, listen, "keyed drained", "drained").await }
        });
        wait_for_write(&stage.client, stage.upstream).await;
        end(&server);
        let told = calling.await.unwrap().unwrap();
        assert!(told["id"].is_string(), "{told}");
        assert!(server.wait().await.unwrap().success());
        assert_eq!(stage.posted("keyed drained").await, 1);
        // What was told is on disk: the next process knows it.
        let _server = stage.serve().await;
        let again = create(&stage.client, stage.listen, "keyed drained", "drained").await;
        assert_eq!(again.unwrap()["id"], told["id"]);
    }
}

/// A server over stdio before the Webex of this stage.
fn over_stdio(stage: &Stage) -> Child {
    command(&["stdio"], &stage.data)
        .env("WEBEX_BASE_URL", format!("http://{}/v1", stage.upstream))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap()
}

/// The line of a call that posts this to Bob.
fn posting(id: usize, text: &str) -> String {
    let meta = json!({
        "io.modelcontextprotocol/protocolVersion": "2026-07-28",
        "io.modelcontextprotocol/clientCapabilities": {},
    });
    let arguments = json!({"toPersonEmail": "bob@example.com", "text": text});
    let call = json!({"jsonrpc": "2.0", "id": id, "method": "tools/call", "params":
        {"name": "webex-create-message", "arguments": arguments, "_meta": meta}});
    format!("{call}\n")
}

#[tokio::test(crate = "crate::journey", flavor = "multi_thread", worker_threads = 2)]
async fn told_to_end_stdio_finishes_what_it_began_and_tells_it() {
    for end in ways_to_end() {
        let stage = Stage::new().await;
        let mut process = over_stdio(&stage);
        slow_write(&stage.client, stage.upstream, 800).await;
        let mut stdin = process.stdin.take().unwrap();
        let line = posting(7, "keyed stdio");
        stdin.write_all(line.as_bytes()).await.unwrap();
        stdin.flush().await.unwrap();
        wait_for_write(&stage.client, stage.upstream).await;
        end(&process);
        let mut lines = BufReader::new(process.stdout.take().unwrap()).lines();
        let answer = lines.next_line().await.unwrap().unwrap();
        let answer: Value = serde_json::from_str(&answer).unwrap();
        assert_eq!(answer["id"], 7);
        let told = &answer["result"]["structuredContent"];
        assert!(told["id"].is_string(), "{answer}");
        assert!(process.wait().await.unwrap().success());
        assert_eq!(stage.posted("keyed stdio").await, 1);
    }
}

#[tokio::test(crate = "crate::journey", flavor = "multi_thread", worker_threads = 2)]
async fn who_closes_stdin_after_the_calls_gets_all_of_them_done() {
    const CALLS: usize = 12;
    let stage = Stage::new().await;
    let mut process = over_stdio(&stage);
    let words = |id| format!("keyed piped {id}");
    let calls: String = (0..CALLS).map(|id| posting(id, &words(id))).collect();
    let mut stdin = process.stdin.take().unwrap();
    stdin.write_all(calls.as_bytes()).await.unwrap();
    drop(stdin);
    let output = process.wait_with_output().await.unwrap();
    assert!(output.status.success());
    let told = String::from_utf8(output.stdout).unwrap();
    assert_eq!(told.lines().count(), CALLS, "{told}");
    for line in told.lines() {
        let answer: Value = serde_json::from_str(line).unwrap();
        assert!(
            answer["result"]["structuredContent"]["id"].is_string(),
            "{answer}"
        );
    }
    for id in 0..CALLS {
        assert_eq!(stage.posted(&words(id)).await, 1, "{}", words(id));
    }
}

#[tokio::test(crate = "crate::journey", flavor = "multi_thread", worker_threads = 2)]
async fn who_hung_up_gets_the_outcome_once_also_from_the_next_process() {
    let stage = Stage::new().await;
    let mut server = stage.serve().await;
    let left = async || call(&stage.client, stage.listen, "keyed left", None).await;
    // Leaves as soon as its message is on the way.
    let hang_up = async || {
        slow_write(&stage.client, stage.upstream, 1_500).await;
        let calls = format!("http://{}/_sandbox/calls", stage.upstream);
        stage.client.delete(calls).send().await.unwrap();
        tokio::select! {
            told = left() => panic!("{told:?}"),
            () = wait_for_write(&stage.client, stage.upstream) => {}
        }
    };
    hang_up().await;
    // Still at work: the repeated call waits for it and gets what it comes to.
    let told = left().await.unwrap();
    assert_eq!(told["replayed"], true, "{told}");
    assert_eq!(stage.posted("keyed left").await, 1);

    hang_up().await;
    told_to_end(&server);
    assert!(server.wait().await.unwrap().success());
    let _server = stage.serve().await;
    let told = left().await.unwrap();
    assert_eq!(told["replayed"], true, "{told}");
    assert_eq!(stage.posted("keyed left").await, 2);
    let wanted_again = left().await.unwrap();
    assert!(wanted_again["replayed"].is_null(), "{wanted_again}");
    assert_eq!(stage.posted("keyed left").await, 3);
}

#[tokio::test(crate = "crate::journey", flavor = "multi_thread", worker_threads = 2)]
async fn a_broadcast_that_is_told_to_end_goes_on_in_the_next_process() {
    let stage = Stage::new().await;
    let mut server = stage.serve_impatiently().await;
    let broadcast = async |arguments| {
        let tool = "webex-broadcast-message";
        call_of(&stage.client, stage.listen, tool, arguments, None).await
    };
    let people = ["bob", "carol", "dave"].map(|name| format!("{name}@example.com"));
    slow_write(&stage.client, stage.upstream, 600).await;
    let calls = format!("http://{}/_sandbox/calls", stage.upstream);
    stage.client.delete(calls).send().await.unwrap();
    let asked = json!({"toPersonEmails": people, "text": "keyed ended"});
    let (told, ()) = tokio::join!(broadcast(asked), async {
        wait_for_write(&stage.client, stage.upstream).await;
        told_to_end(&server);
    });
    let told = told.unwrap();
    assert_eq!(told["status"], "running", "{told}");
    assert!(server.wait().await.unwrap().success());
    assert_eq!(stage.posted("keyed ended").await, 1);
    let _server = stage.serve().await;
    let over = broadcast(json!({"workId": told["workId"]})).await.unwrap();
    assert_eq!(
        (&over["status"], &over["sent"]),
        (&json!("finished"), &json!(3)),
        "{over}"
    );
    assert_eq!(stage.posted("keyed ended").await, 1);
}

#[tokio::test(crate = "crate::journey", flavor = "multi_thread", worker_threads = 2)]
async fn a_killed_broadcast_goes_on_and_reaches_everybody_once() {
    const SPACES: usize = 30;
    let stage = Stage::new().await;
    let mut server = stage.serve().await;
    let base = format!("http://{}/v1", stage.upstream);
    let mut spaces = Vec::new();
    for number in 0..SPACES {
        let space = json!({"title": format!("Killed {number}")});
        let made = call_of(
            &stage.client,
            stage.listen,
            "webex-create-space",
            space,
            None,
        )
        .await;
        spaces.push(made.unwrap()["id"].as_str().unwrap().to_owned());
    }
    let asked = json!({"roomIds": spaces, "text": "keyed broadcast"});
    let plan = call_of(
        &stage.client,
        stage.listen,
        "webex-broadcast-message",
        asked,
        None,
    )
    .await;
    let apply = json!({"planId": plan.unwrap()["planId"]});
    let calling = tokio::spawn({
        let (client, listen) = (stage.client.clone(), stage.listen);
        async move { call_of(&client, listen, "webex-broadcast-message", apply, None).await }
    });
    for kill in 0..KILLS {
        slow_write(&stage.client, stage.upstream, 150).await;
        tokio::time::sleep(Duration::from_millis(60 + 20 * kill as u64)).await;
        server.kill().await.unwrap();
        server = stage.serve().await;
    }
    assert!(
        calling.await.unwrap().is_none(),
        "it was answered before the first kill"
    );
    let times = async |space: &String| {
        let space = whole_id("ROOM", space).unwrap();
        let url = format!("{base}/messages?roomId={space}&max=100");
        let asked = stage.client.get(url).bearer_auth("sandbox-alice");
        asked
            .send()
            .await
            .unwrap()
            .text()
            .await
            .unwrap()
            .matches("keyed broadcast")
            .count()
    };
    for space in &spaces {
        let mut found = 0;
        for _ in 0..TRIES_PER_CALL {
            found = times(space).await;
            if found > 0 {
                break;
            }
            tokio::time::sleep(BETWEEN_TRIES).await;
        }
        assert_eq!(found, 1, "{space}");
    }
}

#[tokio::test(crate = "crate::journey", flavor = "multi_thread", worker_threads = 2)]
async fn a_report_that_is_cut_off_is_made_anew_by_the_next_process() {
    let stage = Stage::new().await;
    let mut server = stage.serve_impatiently().await;
    let (client, listen) = (&stage.client, stage.listen);
    let report =
        async |arguments| call_of(client, listen, "webex-report-attendance", arguments, None).await;
    let participants = ("GET", "/v1/meetingParticipants");
    slow(client, stage.upstream, participants, 600).await;
    let from = jiff::Timestamp::now() - jiff::SignedDuration::from_hours(10 * 24);
    let asked = json!({"meetingId": "Daily Standup", "from": from.to_string()});
    let (told, ()) = tokio::join!(report(asked), async {
        wait_for_request(client, stage.upstream, participants.1).await;
        told_to_end(&server);
    });
    let told = told.unwrap();
    assert_eq!(told["status"], "running", "{told}");
    assert!(server.wait().await.unwrap().success());
    let mut server = stage.serve().await;
    let look = json!({"workId": told["workId"]});
    let over = report(look.clone()).await.unwrap();
    assert_eq!(over["status"], "finished", "{over}");
    let meetings = over["meetings"].as_array().unwrap().len();
    assert!(meetings >= 5, "{over}");
    let file = json!({"artifactId": over["csv"]["artifactId"]});
    let opened = async || {
        let opened = call_of(client, listen, "webex-get-artifact", file.clone(), None).await;
        opened.unwrap()["text"].as_str().unwrap().lines().count()
    };
    let rows: u64 = over["meetings"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["attended"].as_u64().unwrap())
        .sum();
    assert_eq!(opened().await as u64, 1 + rows);
    // What was made outlives the process that made it.
    server.kill().await.unwrap();
    let _server = stage.serve().await;
    assert_eq!(report(look).await.unwrap(), over);
    assert_eq!(opened().await as u64, 1 + rows);
}

impl Stage {
    /// The next such request takes this long.
    async fn slow(&self, method: &str, path: &str, delay_ms: u64) {
        let fault = json!({"times": 1, "method": method, "path": path,
            "fault": {"kind": "slow", "delayMs": delay_ms}});
        let ordered = self
            .client
            .post(format!("http://{}/_sandbox/faults", self.upstream))
            .header("content-type", "application/json")
            .body(fault.to_string());
        assert!(ordered.send().await.unwrap().status().is_success());
        let calls = format!("http://{}/_sandbox/calls", self.upstream);
        self.client.delete(calls).send().await.unwrap();
    }

    /// Waits until such a request is on its way to Webex.
    async fn wait_for_call(&self, method: &str, path: &str) {
        let url = format!("http://{}/_sandbox/calls", self.upstream);
        for _ in 0..TRIES_PER_CALL {
            let calls = self.client.get(&url).send().await.unwrap();
            let calls: Value = serde_json::from_str(&calls.text().await.unwrap()).unwrap();
            let calls = calls["items"].as_array().cloned();
            let is_it = |call: &Value| {
                let at = call["path"].as_str().unwrap_or_default();
                call["method"] == method && at.starts_with(path)
            };
            if calls.unwrap_or_default().iter().any(is_it) {
                return;
            }
            tokio::time::sleep(BETWEEN_TRIES).await;
        }
        panic!("no {method} {path} was sent");
    }

    async fn facts(&self, tool: &str, arguments: Value) -> Value {
        let told = call_of(&self.client, self.listen, tool, arguments, None).await;
        told.unwrap()
    }

    /// Files that tools have made and that can be opened.
    fn made_files(&self) -> usize {
        let tenants = std::fs::read_dir(self.data.join("artifacts/tenants"));
        let tenants = tenants.into_iter().flatten().flatten();
        let names =
            tenants.filter_map(|tenant| std::fs::read_dir(tenant.path().join("names")).ok());
        names.map(Iterator::count).sum()
    }
}

#[tokio::test(crate = "crate::journey", flavor = "multi_thread", worker_threads = 2)]
async fn a_killed_export_is_made_anew_and_leaves_no_half_of_a_file() {
    let stage = Stage::new().await;
    let mut server = stage.serve().await;
    stage.slow("GET", "/v1/messages", 1_500).await;
    let calling = tokio::spawn({
        let (client, listen) = (stage.client.clone(), stage.listen);
        let asked = json!({"roomId": "Project Unicorn"});
        async move { call_of(&client, listen, "webex-export-space", asked, None).await }
    });
    stage.wait_for_call("GET", "/v1/messages").await;
    server.kill().await.unwrap();
    assert!(calling.await.unwrap().is_none());
    assert_eq!(stage.made_files(), 0);
    let _server = stage.serve().await;
    for _ in 0..TRIES_PER_CALL {
        if stage.made_files() > 0 {
            break;
        }
        tokio::time::sleep(BETWEEN_TRIES).await;
    }
    assert_eq!(stage.made_files(), 1);
}

#[tokio::test(crate = "crate::journey", flavor = "multi_thread", worker_threads = 2)]
async fn a_killed_archive_closes_no_space_without_its_file_and_exports_none_twice() {
    const SPACES: usize = 3;
    const TOOL: &str = "webex-archive-spaces";
    let stage = Stage::new().await;
    let mut server = stage.serve().await;
    for number in 0..SPACES {
        let space = json!({"title": format!("Dusty {number}")});
        let made = stage.facts("webex-create-space", space).await;
        let said = json!({"roomId": made["id"], "text": "the last word"});
        stage.facts("webex-create-message", said).await;
    }
    let now = jiff::Timestamp::now().to_string();
    let rule = json!({"inactiveSince": now, "title": "dusty", "then": "delete"});
    let plan = stage.facts(TOOL, rule).await;
    assert_eq!(plan["spaces"].as_array().unwrap().len(), SPACES, "{plan}");
    let mut apply = json!({"planId": plan["planId"]});
    let asked = stage.facts(TOOL, apply.clone()).await;
    apply["confirmationToken"] = asked["confirmationToken"].clone();
    stage.slow("DELETE", "/v1/rooms*", 1_500).await;
    let calling = tokio::spawn({
        let (client, listen, apply) = (stage.client.clone(), stage.listen, apply.clone());
        async move { call_of(&client, listen, TOOL, apply, None).await }
    });
    stage.wait_for_call("DELETE", "/v1/rooms").await;
    server.kill().await.unwrap();
    assert!(calling.await.unwrap().is_none());
    assert_eq!(stage.made_files(), 1);
    let _server = stage.serve().await;
    // Nobody was told; the same call names the work, whose outcome tells all.
    let told = stage.facts(TOOL, apply).await;
    let look = json!({"workId": told["workId"]});
    let mut over = Value::Null;
    for _ in 0..TRIES_PER_CALL {
        over = stage.facts(TOOL, look.clone()).await;
        if over["status"] != "running" {
            break;
        }
    }
    assert_eq!(
        (&over["status"], &over["archived"]),
        (&json!("finished"), &json!(SPACES)),
        "{over}"
    );
    assert_eq!(stage.made_files(), SPACES);
    let left = stage
        .facts("webex-search-spaces", json!({"query": "Dusty"}))
        .await;
    assert_eq!(left["spaces"], json!([]), "{left}");
}

/// The answer to the next message is lost, after Webex took it.
async fn lose_answer(stage: &Stage) {
    let fault = json!({"times": 1, "method": "POST", "path": "/v1/messages",
        "fault": {"kind": "cut", "afterBytes": 5}});
    let ordered = stage
        .client
        .post(format!("http://{}/_sandbox/faults", stage.upstream))
        .header("content-type", "application/json")
        .body(fault.to_string());
    assert!(ordered.send().await.unwrap().status().is_success());
}

/// What a work tells once its status is this.
async fn told_when(stage: &Stage, tool: &str, look: &Value, status: &str) -> Value {
    let mut told = Value::Null;
    for _ in 0..TRIES_PER_CALL {
        told = stage.facts(tool, look.clone()).await;
        if told["status"] == status {
            return told;
        }
        tokio::time::sleep(BETWEEN_TRIES).await;
    }
    panic!("not {status}: {told}");
}

#[tokio::test(crate = "crate::journey", flavor = "multi_thread", worker_threads = 2)]
async fn a_question_outlives_the_killed_server_that_asked_it() {
    const TOOL: &str = "webex-broadcast-message";
    let stage = Stage::new().await;
    let mut server = stage.serve().await;
    lose_answer(&stage).await;
    let people = ["bob@example.com", "carol@example.com"];
    let asked = json!({"toPersonEmails": people, "text": "keyed question"});
    let asked = stage.facts(TOOL, asked).await;
    assert_eq!(asked["status"], "input_required", "{asked}");
    server.kill().await.unwrap();
    server = stage.serve().await;
    let mut look = json!({"workId": asked["workId"]});
    let again = told_when(&stage, TOOL, &look, "input_required").await;
    assert_eq!(again["question"], asked["question"]);
    // One that does not run the work takes the answer, and the one that runs it hears of it.
    let beside = free_address();
    let _other = stage.serve_at(beside).await;
    look["confirmationToken"] = again["confirmationToken"].clone();
    let told = call_of(&stage.client, beside, TOOL, look.clone(), None).await;
    assert_ne!(told.unwrap()["status"], "input_required");
    let over = told_when(&stage, TOOL, &look, "finished").await;
    assert_eq!(
        (&over["sent"], &over["notSent"]),
        (&json!(2), &json!(0)),
        "{over}"
    );
    assert_eq!(stage.posted("keyed question").await, 1);
    server.kill().await.unwrap();
}

#[tokio::test(crate = "crate::journey", flavor = "multi_thread", worker_threads = 2)]
async fn the_same_call_after_a_kill_is_answered_by_the_work_that_goes_on() {
    const TOOL: &str = "webex-broadcast-message";
    let stage = Stage::new().await;
    let mut server = stage.serve().await;
    let people = ["carol@example.com", "bob@example.com"];
    let plain = json!({"toPersonEmails": people, "text": "keyed plain"});
    let keyed = json!({"toPersonEmails": people, "text": "keyed key"});
    let calls = [
        (plain, None, "keyed plain"),
        (keyed, Some("key-1"), "keyed key"),
    ];
    for (arguments, key, text) in calls {
        let call = async || {
            let (client, listen) = (&stage.client, stage.listen);
            call_of(client, listen, TOOL, arguments.clone(), key).await
        };
        stage.slow("POST", "/v1/messages", 1_500).await;
        tokio::select! {
            told = call() => panic!("{told:?}"),
            () = stage.wait_for_call("POST", "/v1/messages") => {}
        }
        server.kill().await.unwrap();
        server = stage.serve().await;
        let mut told = Value::Null;
        for _ in 0..TRIES_PER_CALL {
            told = call().await.unwrap();
            if told["status"] != "running" {
                break;
            }
            assert!(told["workId"].is_string(), "{told}");
            tokio::time::sleep(BETWEEN_TRIES).await;
        }
        assert_eq!(
            (&told["status"], &told["sent"], &told["replayed"]),
            (&json!("finished"), &json!(2), &json!(true)),
            "{told}"
        );
        assert_eq!(stage.posted(text).await, 1);
    }
}

impl Stage {
    /// Somebody becomes a member of a space, past the server.
    async fn join(&self, room_id: &Value, name: &str) {
        let room_id = whole_id("ROOM", room_id.as_str().unwrap());
        let new = json!({"roomId": room_id, "personEmail": format!("{name}@example.com")});
        let added = self
            .client
            .post(format!("http://{}/v1/memberships", self.upstream))
            .header("authorization", "Bearer sandbox-alice")
            .header("content-type", "application/json")
            .body(new.to_string());
        assert!(added.send().await.unwrap().status().is_success());
    }

    /// A server with this file of settings.
    async fn serve_with(&self, settings: &str) -> Child {
        let config = self.data.join("webex-mcp.toml");
        std::fs::write(&config, settings).unwrap();
        let base = format!("http://{}/v1", self.upstream);
        let at = self.listen.to_string();
        let serve = ["serve", "--upstream", &base, "--listen", &at];
        let mut command = command(&serve, &self.data);
        let process = command.arg("--config").arg(config).spawn().unwrap();
        is_up(&self.client, &format!("http://{at}/healthz")).await;
        process
    }
}

#[tokio::test(crate = "crate::journey", flavor = "multi_thread", worker_threads = 2)]
async fn what_a_work_was_refused_without_an_agreement_it_is_refused_after_a_kill() {
    const TOOL: &str = "webex-broadcast-message";
    let asking = |above: usize| format!("[servers.webex.scope]\nask_above = {above}\n");
    let many = ["bob", "carol", "dave", "erin", "frank", "grace"];
    for (above, joining, code, not_sent) in [
        (6, &many[..0], Value::Null, json!(0)),
        (6, &many[..], Value::Null, json!(1)),
        (5, &many[..0], json!("unavailable"), Value::Null),
    ] {
        let stage = Stage::new().await;
        let mut server = stage.serve_with(&asking(6)).await;
        let mut spaces = Vec::new();
        for title in ["Only me", "Only me so far"] {
            let made = stage.facts("webex-create-space", json!({"title": title}));
            spaces.push(made.await["id"].clone());
        }
        let asked = json!({"roomIds": spaces, "text": "keyed unasked"});
        stage.slow("POST", "/v1/messages", 1_500).await;
        tokio::select! {
            told = stage.facts(TOOL, asked.clone()) => panic!("{told}"),
            () = stage.wait_for_call("POST", "/v1/messages") => {}
        }
        server.kill().await.unwrap();
        for name in joining {
            stage.join(&spaces[1], name).await;
        }
        server = stage.serve_with(&asking(above)).await;
        let told = stage.facts(TOOL, asked).await;
        let look = json!({"workId": told["workId"]});
        let mut over = told;
        for _ in 0..TRIES_PER_CALL {
            if over["status"] != "running" {
                break;
            }
            tokio::time::sleep(BETWEEN_TRIES).await;
            over = stage.facts(TOOL, look.clone()).await;
        }
        assert_eq!(
            (&over["code"], &over["notSent"]),
            (&code, &not_sent),
            "{over}"
        );
        server.kill().await.unwrap();
    }
}
