//! What the process says beside its answers: a log that nobody has to read, and that programs can.

use std::path::Path;
use std::process::Stdio;

use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::process::{Child, Command};

use crate::journey::directory;

/// Their lines are more than a pipe holds.
const CALLS: u32 = 1_500;
/// Their lines are more than the queue of the log holds.
const TOO_MANY_CALLS: u32 = 8_000;

fn start(arguments: &[&str], data: &Path, settings: &[(&str, &str)]) -> Child {
    Command::new(env!("CARGO_BIN_EXE_webex-mcp"))
        .args(arguments)
        .env_clear()
        .env("WEBEX_MCP_DATA_DIR", data)
        .envs(settings.iter().copied())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .unwrap()
}

/// A call that is refused without asking Webex, and so is quick.
fn call(id: u32) -> String {
    let meta = json!({
        "io.modelcontextprotocol/protocolVersion": "2026-07-28",
        "io.modelcontextprotocol/clientCapabilities": {},
    });
    let params = json!({"name": "webex-get-space", "arguments": {"max": 0}, "_meta": meta});
    let call = json!({"jsonrpc": "2.0", "id": id, "method": "tools/call", "params": params});
    format!("{call}\n")
}

/// Makes all calls over stdio while nobody reads stderr, and returns what is on it afterwards.
async fn log_of_calls(calls: u32, settings: &[(&str, &str)]) -> String {
    let data = directory();
    let mut server = start(&["stdio", "--sandbox"], &data, settings);
    let mut stdin = server.stdin.take().unwrap();
    let mut answers = BufReader::new(server.stdout.take().unwrap()).lines();
    let asking = tokio::spawn(async move {
        for id in 0..calls {
            stdin.write_all(call(id).as_bytes()).await.unwrap();
        }
        stdin
    });
    for _ in 0..calls {
        let answer = answers.next_line().await.unwrap().expect("an answer");
        let answer: Value = serde_json::from_str(&answer).unwrap();
        let code = &answer["result"]["structuredContent"]["code"];
        assert_eq!(code, "invalid_arguments", "{answer}");
    }
    drop(asking.await.unwrap());
    let mut log = String::new();
    let mut stderr = server.stderr.take().unwrap();
    stderr.read_to_string(&mut log).await.unwrap();
    server.wait().await.unwrap();
    log
}

#[tokio::test(crate = "crate::journey")]
async fn the_default_level_says_nothing_of_calls_over_stdio() {
    assert_eq!(log_of_calls(CALLS, &[]).await, "");
}

#[tokio::test(crate = "crate::journey")]
async fn a_client_that_never_reads_the_log_gets_every_answer() {
    let log = log_of_calls(CALLS, &[("WEBEX_MCP_LOG_LEVEL", "debug")]).await;
    let lines = log.matches("invalid_arguments").count();
    assert_eq!(lines, CALLS as usize, "there was room for all");
}

#[tokio::test(crate = "crate::journey")]
async fn what_is_dropped_of_a_log_that_nobody_reads_is_told_in_it() {
    let settings = [
        ("WEBEX_MCP_LOG_LEVEL", "debug"),
        ("WEBEX_MCP_LOG_FORMAT", "json"),
    ];
    let log = log_of_calls(TOO_MANY_CALLS, &settings).await;
    let lines = log.lines().map(|line| serde_json::from_str(line).unwrap());
    let told = |line: &Value| {
        line["message"]
            .as_str()
            .is_some_and(|it| it.contains("dropped"))
    };
    let told: Vec<Value> = lines.filter(told).collect();
    assert!(!told.is_empty());
    for line in told {
        assert!(line["lines"].as_u64().unwrap() > 0, "{line}");
        assert_eq!(line["level"], "WARN");
    }
}

#[tokio::test(crate = "crate::journey")]
async fn a_log_for_programs_is_an_object_a_line_with_a_message_and_times_as_numbers() {
    let settings = [
        ("WEBEX_MCP_LOG_LEVEL", "debug"),
        ("WEBEX_MCP_LOG_FORMAT", "json"),
    ];
    let log = log_of_calls(CALLS, &settings).await;
    let mut of_calls = 0;
    for line in log.lines() {
        let line: Value = serde_json::from_str(line).unwrap();
        assert!(line["message"].is_string(), "{line}");
        if line["outcome"] == "invalid_arguments" {
            assert!(line["microseconds"].is_u64(), "{line}");
            of_calls += 1;
        }
    }
    assert_eq!(of_calls, CALLS);
}

#[tokio::test(crate = "crate::journey")]
async fn a_start_is_told_in_the_form_that_the_log_has() {
    let data = directory();
    let serve = ["serve", "--sandbox", "--listen", "127.0.0.1:0"];
    let mut people = start(&serve, &data, &[]);
    let mut greeting = BufReader::new(people.stdout.take().unwrap()).lines();
    let first = greeting.next_line().await.unwrap().unwrap();
    assert!(first.contains("is ready"), "{first}");

    let settings = [("WEBEX_MCP_LOG_FORMAT", "json")];
    let address = "127.0.0.1";
    for (arguments, is_http) in [(&serve[..], true), (&["stdio", "--sandbox"], false)] {
        let mut server = start(arguments, &data, &settings);
        let mut log = BufReader::new(server.stderr.take().unwrap()).lines();
        let told = log.next_line().await.unwrap().unwrap();
        let told: Value = serde_json::from_str(&told).unwrap();
        assert_eq!(told["message"], "the server is ready");
        assert_eq!(told["version"], env!("CARGO_PKG_VERSION"));
        assert_eq!(told["authentication"], "sandbox");
        let servers = told["servers"].as_str().unwrap();
        assert!(servers.contains("webex-messaging"), "{told}");
        let listens = told["address"].as_str().map(|it| it.starts_with(address));
        assert_eq!(listens, is_http.then_some(true), "{told}");
        server.start_kill().unwrap();
        let mut said = String::new();
        let mut stdout = server.stdout.take().unwrap();
        stdout.read_to_string(&mut said).await.unwrap();
        assert_eq!(said, "", "nothing for people");
    }
}
