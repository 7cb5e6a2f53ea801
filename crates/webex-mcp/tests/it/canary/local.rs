//! One's own machine: signing in on the command line, and a server on standard input and output. The
//! sign-in is kept in a file, and everything logs all that it can.

use std::path::PathBuf;
use std::process::{Output, Stdio};

use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::process::Command;
use tokio_util::sync::CancellationToken;
use webex_sandbox::{Options, Sandbox};

use super::{Cage, Kind};
use crate::hosted;
use crate::journey::{directory, free_address};

const FORM: &str = "application/x-www-form-urlencoded";
/// Lines of an output that are read before it is given up.
const LINES_MAX: usize = 60;
const SCOPES: &str = "spark:people_read spark:kms spark:rooms_read spark:rooms_write \
    spark:messages_read spark:messages_write spark:memberships_read spark:memberships_write \
    spark:webhooks_read spark:webhooks_write";

/// A machine, and the Webex that it talks to.
struct Stage {
    cage: Cage,
    sandbox: Sandbox,
    http: reqwest::Client,
    drain: CancellationToken,
    at_webex: String,
    callback: String,
    data: PathBuf,
    secret: String,
}

impl Drop for Stage {
    fn drop(&mut self) {
        self.drain.cancel();
    }
}

impl Stage {
    fn new() -> Self {
        let mut cage = Cage::default();
        let sandbox = Sandbox::new(Options::default());
        let secret = cage.new_word("the integration's secret", Kind::Secret);
        let callback = format!("http://localhost:{}/back", free_address().port());
        hosted::register(&sandbox, ("mine", &secret), callback.clone());
        let drain = CancellationToken::new();
        let at_webex = format!("http://{}/v1", hosted::webex(sandbox.router(), &drain));
        Stage {
            cage,
            sandbox,
            http: hosted::browser(),
            drain,
            at_webex,
            callback,
            data: directory(),
            secret,
        }
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_webex-mcp"));
        command
            .args(arguments)
            .env_clear()
            .env("WEBEX_BASE_URL", &self.at_webex)
            .env("WEBEX_MCP_DATA_DIR", &self.data)
            .env("WEBEX_MCP_LOGIN_CALLBACK", &self.callback)
            .env("WEBEX_MCP_LOG_LEVEL", "trace")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true);
        command
    }

    fn wrote(&mut self, what: &str, output: Output, is_answer: bool) {
        let may_hold: &[Kind] = match is_answer {
            true => &[Kind::Text],
            false => &[],
        };
        self.cage
            .wrote(&format!("the answers of {what}"), output.stdout, may_hold);
        self.cage
            .wrote(&format!("the log of {what}"), output.stderr, &[]);
    }

    /// A command that has to succeed, or not.
    async fn run(&mut self, arguments: &[&str], token: Option<&str>, succeeds: bool) {
        let mut command = self.command(arguments);
        if let Some(token) = token {
            command.env("WEBEX_ACCESS_TOKEN", token);
        }
        let output = command.stdin(Stdio::null()).output().await.unwrap();
        assert_eq!(
            output.status.success(),
            succeeds,
            "{arguments:?} {output:?}"
        );
        self.wrote(&format!("{arguments:?}"), output, false);
    }

    /// Signs in with this secret.
    async fn sign_in(&mut self, secret: &str, succeeds: bool) {
        let arguments = [
            "login",
            "--keep-in",
            "file",
            "--no-browser",
            "--new",
            "--scopes",
            SCOPES,
        ];
        let mut login = self.command(&arguments).spawn().unwrap();
        let mut stdin = login.stdin.take().unwrap();
        let typed = format!("mine\n{secret}\n");
        stdin.write_all(typed.as_bytes()).await.unwrap();
        let mut stdout = BufReader::new(login.stdout.take().unwrap());
        let mut told = String::new();
        for _ in 0..LINES_MAX {
            let read = stdout.read_line(&mut told).await.unwrap();
            if read == 0 || told.contains("/authorize?") {
                break;
            }
        }
        let page = told
            .split_whitespace()
            .find(|it| it.contains("/authorize?"));
        let people = self.sandbox.people();
        let alice = people
            .iter()
            .find(|person| person.email == "alice@example.com");
        let form = format!("person={}&decision=accept", alice.unwrap().id);
        let pressed = self.http.post(page.unwrap()).header("content-type", FORM);
        let answer = pressed.body(form).send().await.unwrap();
        let back = answer.headers()["location"].to_str().unwrap().to_owned();
        let code = url::Url::parse(&back).unwrap();
        let code = code
            .query_pairs()
            .find(|(name, _)| name == "code")
            .unwrap()
            .1;
        self.cage.set("Webex's code", Kind::Secret, code.as_bytes());
        let shown = self.http.get(&back).send().await.unwrap();
        let shown = format!(
            "{:?} {}",
            shown.headers().clone(),
            shown.text().await.unwrap()
        );
        self.cage.wrote("the page after signing in", shown, &[]);
        stdout.read_to_string(&mut told).await.unwrap();
        let output = login.wait_with_output().await.unwrap();
        assert_eq!(output.status.success(), succeeds, "{told} {output:?}");
        self.cage.wrote("what login says", told, &[]);
        self.wrote("login", output, false);
    }

    /// Calls tools over standard input, one after the other.
    async fn stdio(&mut self, what: &str, token: Option<&str>, calls: &[(&str, Value)]) {
        let mut command = self.command(&["stdio", "--server", "webex"]);
        if let Some(token) = token {
            command.env("WEBEX_ACCESS_TOKEN", token);
        }
        let mut process = command.spawn().unwrap();
        let mut stdin = process.stdin.take().unwrap();
        let meta = json!({
            "io.modelcontextprotocol/protocolVersion": "2026-07-28",
            "io.modelcontextprotocol/clientCapabilities": {},
        });
        for (id, (tool, arguments)) in calls.iter().enumerate() {
            let call = json!({"jsonrpc": "2.0", "id": id, "method": "tools/call", "params":
                {"name": tool, "arguments": arguments, "_meta": meta}});
            stdin
                .write_all(format!("{call}\n").as_bytes())
                .await
                .unwrap();
        }
        // Each is answered before the process ends.
        drop(stdin);
        let output = process.wait_with_output().await.unwrap();
        let answers = String::from_utf8_lossy(&output.stdout).lines().count();
        assert!(
            output.status.success() && answers == calls.len(),
            "{output:?}"
        );
        self.wrote(what, output, true);
    }
}

#[tokio::test(crate = "crate::journey", flavor = "multi_thread", worker_threads = 2)]
async fn who_signs_in_on_a_machine_leaves_no_secret_there() {
    let mut stage = Stage::new();
    let wrong = stage.cage.new_word("a wrong secret", Kind::Secret);
    stage.sign_in(&wrong, false).await;
    let secret = stage.secret.clone();
    stage.sign_in(&secret, true).await;
    let text = stage.cage.new_word("a message", Kind::Text);
    let said = json!({"toPersonEmail": "bob@example.com", "text": format!("We say {text} here")});
    let calls = [
        ("webex-create-message", said),
        (
            "webex-create-message",
            json!({"roomId": text, "text": text}),
        ),
        ("webex-create-space", json!({"title": text})),
        ("webex-catch-up", json!({})),
        ("webex-nothing", json!({"text": text})),
    ];
    stage.stdio("stdio", None, &calls).await;
    // The calls of one process run at the same time: only those of the next one find what they made.
    let listed = [("webex-get-space", json!({"max": 100}))];
    stage.stdio("stdio once more", None, &listed).await;
    for arguments in [
        &["whoami"][..],
        &["whoami", "--json"],
        &["doctor"],
        &["config", "show"],
    ] {
        stage.run(arguments, None, true).await;
    }
    // A token from the environment goes before the sign-in.
    let scopes: Vec<&str> = SCOPES.split_whitespace().collect();
    let token = stage.sandbox.grant("bob@example.com", &scopes).unwrap();
    stage.cage.set("Webex's token", Kind::Secret, &token);
    stage
        .stdio("stdio with a token", Some(&token), &calls)
        .await;
    for arguments in [&["whoami"][..], &["doctor"], &["config", "show"]] {
        stage.run(arguments, Some(&token), true).await;
    }
    let made_up = stage.cage.new_word("a made-up token", Kind::Secret);
    stage.run(&["whoami"], Some(&made_up), false).await;
    stage
        .stdio("stdio with a made-up token", Some(&made_up), &calls)
        .await;
    let data = stage.data.clone();
    stage.cage.wrote_files(&data, &["artifacts"]);
    stage.run(&["logout"], None, true).await;
    stage.cage.wrote_files(&data, &["artifacts"]);
    stage.cage.saw(Kind::Text, "the answers of stdio once more");
    stage.cage.check();
}
