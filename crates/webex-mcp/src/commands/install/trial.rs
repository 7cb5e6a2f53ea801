//! Tries an entry as the client will use it: starts the program or calls the address, and counts
//! the tools that it offers.

use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use http::Request;
use http_body_util::BodyExt as _;
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::process::Command;
use tokio::time::timeout;
use webex::Settings;
use webex::transport::{Body, Obstacle, Transport};

use super::entry::{Address, Entry, Program};
use crate::config::Environment;
use crate::limits::{INSTALL_TRIAL_ANSWER_BYTES, INSTALL_TRIAL_SECONDS};
use crate::tool::counted;

/// The protocol version that every client in the list supports.
const PROTOCOL: &str = "2025-11-25";

/// The result, as a sentence.
///
/// # Errors
/// What failed, as the end of a sentence.
pub async fn run(entry: &Entry, environment: &Environment) -> Result<String, String> {
    let trial = async {
        let tools = match entry {
            Entry::Program(program) => start(program, environment).await?,
            Entry::Address(address) => match ask(address).await? {
                Some(tools) => tools,
                None => return Ok("It answers, and wants the client to authenticate.".to_owned()),
            },
        };
        Ok(format!("It answers, with {}.", counted(tools, "tool")))
    };
    let patience = Duration::from_secs(INSTALL_TRIAL_SECONDS);
    timeout(patience, trial)
        .await
        .unwrap_or_else(|_| Err(format!("there was no answer in {INSTALL_TRIAL_SECONDS} s")))
}

fn requests() -> [Value; 3] {
    let client = json!({"name": "webex-mcp install", "version": env!("CARGO_PKG_VERSION")});
    [
        json!({"jsonrpc": "2.0", "id": 1, "method": "initialize", "params":
            {"protocolVersion": PROTOCOL, "capabilities": {}, "clientInfo": client}}),
        json!({"jsonrpc": "2.0", "method": "notifications/initialized"}),
        json!({"jsonrpc": "2.0", "id": 2, "method": "tools/list"}),
    ]
}

fn count(answer: &Value) -> Option<usize> {
    answer["result"]["tools"].as_array().map(Vec::len)
}

/// The program as a client starts it: in another directory, and with no settings but the entry's.
fn command(program: &Program, environment: &Environment, directory: &Path) -> Command {
    let mut command = Command::new(&program.command);
    let settings = environment
        .names()
        .filter(|name| name.starts_with("WEBEX_"));
    for name in settings {
        command.env_remove(name);
    }
    command
        .args(&program.args)
        .envs(program.variables(environment))
        .current_dir(directory)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .kill_on_drop(true);
    command
}

async fn start(program: &Program, environment: &Environment) -> Result<usize, String> {
    let elsewhere = tempfile::tempdir();
    let elsewhere = elsewhere.map_err(|error| format!("no directory to try it in: {error}"))?;
    let mut child = command(program, environment, elsewhere.path())
        .spawn()
        .map_err(|error| format!("the program did not start: {error}"))?;
    let (Some(mut input), Some(output)) = (child.stdin.take(), child.stdout.take()) else {
        return Err("the program has no stdin or stdout".to_owned());
    };
    for request in requests() {
        let line = format!("{request}\n");
        let written = input.write_all(line.as_bytes()).await;
        written.map_err(|_| "the program ended at once".to_owned())?;
    }
    let mut lines = BufReader::new(output.take(INSTALL_TRIAL_ANSWER_BYTES)).lines();
    while let Ok(Some(line)) = lines.next_line().await {
        let answer: Value = serde_json::from_str(&line).unwrap_or_default();
        if answer["id"] == 2 {
            return count(&answer).ok_or_else(|| "it did not list its tools".to_owned());
        }
    }
    Err("the program ended at once; run it in a terminal to see why".to_owned())
}

/// `None` where only the client can authenticate.
async fn ask(address: &Address) -> Result<Option<usize>, String> {
    let transport = Transport::network(&Settings::default());
    let mut session = None;
    for request in requests() {
        let mut sent = Request::post(&address.url)
            .header("accept", "application/json, text/event-stream")
            .header("mcp-protocol-version", PROTOCOL)
            .header("content-type", "application/json");
        if let Some(session) = &session {
            sent = sent.header("mcp-session-id", session);
        }
        let sent = sent.body(Body::full(request.to_string()));
        let sent = sent.map_err(|_| "it is no address".to_owned())?;
        let answer = transport.send(sent).await;
        let mut answer = answer.map_err(|error| {
            let obstacle = Obstacle::of(&*error.source);
            format!(
                "the server cannot be reached: {obstacle}; {}",
                obstacle.remedy()
            )
        })?;
        match answer.status().as_u16() {
            200..=299 => {}
            401 => return Ok(None),
            404 => return Err("there is no server at that path".to_owned()),
            status => return Err(format!("it answered HTTP {status}")),
        }
        let given = answer.headers().get("mcp-session-id").cloned();
        session = given.or(session);
        let mut body = Vec::new();
        while let Some(Ok(part)) = answer.body_mut().frame().await {
            body.extend_from_slice(part.data_ref().map_or(&[], |part| part));
            let text = String::from_utf8_lossy(&body);
            // An answer is JSON, or an event that contains it.
            let found = text.lines().find_map(|line| {
                let line = line.strip_prefix("data:").unwrap_or(line);
                serde_json::from_str::<Value>(line)
                    .ok()
                    .filter(|answer| answer["id"] == request["id"])
            });
            if let Some(answer) = found.filter(|_| request["method"] != "notifications/initialized")
            {
                match count(&answer) {
                    None => break,
                    tools => return Ok(tools),
                }
            }
            if body.len() as u64 > INSTALL_TRIAL_ANSWER_BYTES {
                break;
            }
        }
    }
    Err("it did not list its tools; is it an MCP server?".to_owned())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::ffi::OsStr;

    use super::*;
    use crate::commands::install::clients::Name;

    #[test]
    fn the_program_has_the_settings_of_its_entry_alone() {
        let environment = Environment::of([
            ("PATH", "/bin"),
            ("HTTPS_PROXY", "http://127.0.0.1:1"),
            ("WEBEX_ACCESS_TOKEN", "secret"),
            ("WEBEX_MCP_LOG_LEVEL", "warn"),
            ("WEBEX_MCP_DATA_DIR", "/here"),
        ]);
        let env = BTreeMap::from([("WEBEX_MCP_LOG_LEVEL".to_owned(), "warn".to_owned())]);
        for (name, token) in [
            (Name::Cursor, None),
            // These pass the token on, each in its own way.
            (Name::Codex, Some("secret")),
            (Name::Gemini, Some("secret")),
        ] {
            let client = name.client();
            let program =
                Entry::program(client.form, "webex-mcp".to_owned(), Vec::new(), env.clone());
            let program = program.passing_token(&client);
            let command = command(&program, &environment, Path::new("/elsewhere"));
            let command = command.as_std();
            assert_eq!(command.get_current_dir(), Some(Path::new("/elsewhere")));
            let changed: BTreeMap<_, _> = command.get_envs().collect();
            let of = |name: &str| changed[OsStr::new(name)].and_then(OsStr::to_str);
            assert_eq!(of("WEBEX_ACCESS_TOKEN"), token);
            assert_eq!(of("WEBEX_MCP_DATA_DIR"), None);
            assert_eq!(of("WEBEX_MCP_LOG_LEVEL"), Some("warn"));
            assert!(!changed.contains_key(OsStr::new("HTTPS_PROXY")));
        }
    }

    #[tokio::test]
    async fn each_cause_has_a_sentence_of_its_own() {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let plain = listener.local_addr().unwrap();
        let answering = tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            let _ = stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").await;
            let _ = stream.read(&mut [0; 1024]).await;
        });
        let closed = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let refused = closed.local_addr().unwrap();
        drop(closed);
        for (url, expected) in [
            (
                format!("https://{plain}/mcp/webex"),
                "does not agree on TLS",
            ),
            (format!("http://{refused}/mcp/webex"), "was refused"),
            (
                format!("http://{}.invalid/mcp/webex", "x".repeat(64)),
                "name is not found",
            ),
        ] {
            let entry = Entry::address(&Name::Cursor.client(), url).unwrap();
            let Entry::Address(address) = entry else {
                panic!("it has an address");
            };
            let told = ask(&address).await.unwrap_err();
            assert!(told.contains(expected), "{told}");
        }
        answering.abort();
    }
}
