//! `webex-mcp login` from outside: a person signs in on the sandbox's page, and what is started
//! afterwards acts as that person.

use std::path::{Path, PathBuf};
use std::process::{Output, Stdio};
use std::time::Duration;

use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::process::{Child, ChildStdout, Command};

use crate::journey::{directory, free_address, listener};

const ID: &str = "my-integration";
const SECRET: &str = "my-very-own-secret";
/// Lines of an output that are read before it is given up.
const LINES_MAX: usize = 60;

/// A sandbox with an integration of one's own, and a machine on which nobody has signed in yet.
struct Stage {
    _sandbox: Child,
    client: reqwest::Client,
    upstream: String,
    callback: String,
    data: PathBuf,
}

fn program(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_webex-mcp"));
    command
        .args(arguments)
        .env_clear()
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true);
    command
}

fn said(output: &Output) -> String {
    let [out, err] = [&output.stdout, &output.stderr].map(|it| String::from_utf8_lossy(it));
    format!("{out}{err}")
}

impl Stage {
    async fn new() -> Self {
        let listen = free_address();
        let sandbox = program(&["sandbox", "--listen", &listen.to_string()])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let client = reqwest::Client::builder()
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .timeout(Duration::from_secs(20))
            .build()
            .unwrap();
        let stage = Stage {
            _sandbox: sandbox,
            client,
            upstream: format!("http://{listen}"),
            callback: format!("http://localhost:{}/back", free_address().port()),
            data: directory(),
        };
        let integrations = format!("{}/_sandbox/integrations", stage.upstream);
        for _ in 0..400 {
            if stage.client.get(&integrations).send().await.is_ok() {
                break;
            }
            tokio::time::sleep(Duration::from_millis(25)).await;
        }
        let mut redirects = vec![stage.callback.clone()];
        let helper = |letter| {
            format!(
                "https://oauth-helper-{letter}.wbx2.com/helperservice/v1/actions/device/callback"
            )
        };
        redirects.extend(["a", "r", "k", "d"].map(helper));
        let scopes = "spark:people_read spark:kms spark:rooms_read spark:rooms_write spark:messages_read \
                      spark:messages_write spark:memberships_read spark:memberships_write \
                      spark:webhooks_read spark:webhooks_write";
        let scopes: Vec<_> = scopes.split_whitespace().collect();
        let mine = json!({"clientId": ID, "clientSecret": SECRET, "name": "Mine",
            "redirectUris": redirects, "scopes": scopes});
        stage.order("integrations", mine).await;
        stage
    }

    /// Asks the sandbox's administration for something.
    async fn order(&self, what: &str, body: Value) {
        let address = format!("{}/_sandbox/{what}", self.upstream);
        let request = self.client.post(address).body(body.to_string());
        let request = request.header("content-type", "application/json");
        let answer = request.send().await.unwrap();
        assert!(answer.status().is_success(), "{what}: {answer:?}");
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = program(arguments);
        command
            .env("WEBEX_BASE_URL", format!("{}/v1", self.upstream))
            .env("WEBEX_MCP_DATA_DIR", &self.data)
            .env("WEBEX_MCP_LOGIN_CALLBACK", &self.callback);
        command
    }

    async fn run(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().await.unwrap()
    }

    /// Begins to sign in, and types in what is asked for.
    async fn begin(&self, arguments: &[&str], typed: &str) -> (Child, BufReader<ChildStdout>) {
        let whole = [&["login", "--keep-in", "file"], arguments].concat();
        let mut command = self.command(&whole);
        let mut login = command.stdin(Stdio::piped()).spawn().unwrap();
        let mut stdin = login.stdin.take().unwrap();
        // It may have ended already.
        let _ = stdin.write_all(typed.as_bytes()).await;
        let stdout = BufReader::new(login.stdout.take().unwrap());
        (login, stdout)
    }

    /// Presses a button of the sandbox's page; gives where the browser goes.
    async fn press(&self, page: &str, who: &str, decision: &str) -> Option<String> {
        let me = self.client.get(format!("{}/v1/people/me", self.upstream));
        let me = me
            .bearer_auth(format!("sandbox-{who}"))
            .send()
            .await
            .unwrap();
        let me: Value = serde_json::from_str(&me.text().await.unwrap()).unwrap();
        let form = format!("person={}&decision={decision}", me["id"].as_str().unwrap());
        let request = self.client.post(page).body(form);
        let request = request.header("content-type", "application/x-www-form-urlencoded");
        let answer = request.send().await.unwrap();
        let location = answer.headers().get("location");
        location.map(|it| it.to_str().unwrap().to_owned())
    }

    async fn page(&self, address: &str) -> String {
        let answer = self.client.get(address).send().await.unwrap();
        answer.text().await.unwrap()
    }

    /// Signs in with the browser of this machine.
    async fn sign_in(&self, who: &str, arguments: &[&str], typed: &str) -> (bool, String) {
        self.decide(who, "accept", arguments, typed).await
    }

    async fn decide(
        &self,
        who: &str,
        decision: &str,
        arguments: &[&str],
        typed: &str,
    ) -> (bool, String) {
        let arguments = [&["--no-browser"], arguments].concat();
        let (login, mut stdout) = self.begin(&arguments, typed).await;
        let mut told = read_until(&mut stdout, "/authorize?").await;
        // Without an address, it ended before there was one.
        if let Some(page) = told
            .split_whitespace()
            .find(|it| it.contains("/authorize?"))
        {
            let back = self.press(page, who, decision).await;
            let shown = self.page(&back.unwrap()).await;
            assert!(shown.contains("The terminal says"), "{shown}");
        }
        told += &rest(stdout).await;
        let output = login.wait_with_output().await.unwrap();
        (output.status.success(), told + &said(&output))
    }

    fn typed() -> String {
        format!("{ID}\n{SECRET}\n")
    }
}

/// What comes until a line has this in it, or to the end.
async fn read_until(stdout: &mut BufReader<ChildStdout>, sign: &str) -> String {
    let mut read = String::new();
    for _ in 0..LINES_MAX {
        let before = read.len();
        if stdout.read_line(&mut read).await.unwrap() == 0 || read[before..].contains(sign) {
            break;
        }
    }
    read
}

async fn rest(mut stdout: BufReader<ChildStdout>) -> String {
    let mut rest = String::new();
    stdout.read_to_string(&mut rest).await.unwrap();
    rest
}

/// The titles of the spaces that `stdio` finds, without a token in its environment.
async fn spaces_over_stdio(stage: &Stage) -> Vec<String> {
    let mut process = stage.command(&["stdio"]);
    let mut process = process.stdin(Stdio::piped()).spawn().unwrap();
    let meta = json!({
        "io.modelcontextprotocol/protocolVersion": "2026-07-28",
        "io.modelcontextprotocol/clientCapabilities": {},
    });
    let call = json!({"jsonrpc": "2.0", "id": 7, "method": "tools/call", "params":
        {"name": "webex-get-space", "arguments": {"max": 100}, "_meta": meta}});
    let mut stdin = process.stdin.take().unwrap();
    stdin
        .write_all(format!("{call}\n").as_bytes())
        .await
        .unwrap();
    let mut lines = BufReader::new(process.stdout.take().unwrap()).lines();
    let answer = lines.next_line().await.unwrap().unwrap();
    let answer: Value = serde_json::from_str(&answer).unwrap();
    drop(stdin);
    process.wait().await.unwrap();
    let spaces = answer["result"]["structuredContent"]["spaces"].as_array();
    let spaces = spaces.unwrap_or_else(|| panic!("{answer}"));
    titles(spaces)
}

fn titles(spaces: &[Value]) -> Vec<String> {
    let titles = spaces.iter().map(|space| space["title"].as_str());
    let mut titles: Vec<_> = titles.flatten().map(str::to_owned).collect();
    titles.sort();
    titles
}

/// The titles of a person's spaces, as Webex has them.
async fn spaces_of(stage: &Stage, who: &str) -> Vec<String> {
    let rooms = format!("{}/v1/rooms?max=100", stage.upstream);
    let rooms = stage
        .client
        .get(rooms)
        .bearer_auth(format!("sandbox-{who}"));
    let rooms = rooms.send().await.unwrap().text().await.unwrap();
    let rooms: Value = serde_json::from_str(&rooms).unwrap();
    titles(rooms["items"].as_array().unwrap())
}

fn holds_secret(data: &Path) -> bool {
    std::fs::read_dir(data).unwrap().any(|entry| {
        let bytes = std::fs::read(entry.unwrap().path()).unwrap_or_default();
        bytes
            .windows(SECRET.len())
            .any(|part| part == SECRET.as_bytes())
    })
}

#[tokio::test(crate = "crate::journey", flavor = "multi_thread", worker_threads = 2)]
async fn whoever_signed_in_is_who_everything_acts_as() {
    let stage = Stage::new().await;
    let nobody = stage.run(&["whoami"]).await;
    assert_eq!(nobody.status.code(), Some(1), "{}", said(&nobody));
    assert!(said(&nobody).contains("webex-mcp login"));

    let (done, told) = stage.sign_in("carol", &[], &Stage::typed()).await;
    assert!(done && told.contains("Signed in as Carol"), "{told}");
    // What to register was told before anything was asked.
    for needed in [stage.callback.as_str(), "spark:messages_write", "spark:kms"] {
        assert!(told.contains(needed), "{needed}: {told}");
    }
    assert!(
        !told.contains(SECRET) && !holds_secret(&stage.data),
        "{told}"
    );

    let carols = spaces_of(&stage, "carol").await;
    assert_ne!(carols, spaces_of(&stage, "alice").await);
    assert_eq!(spaces_over_stdio(&stage).await, carols);
    // Webex refuses the token two weeks later, and it is renewed.
    let fortnight = json!({"advanceSecs": 15 * 24 * 60 * 60});
    stage.order("clock", fortnight).await;
    assert_eq!(spaces_over_stdio(&stage).await, carols);

    let who = stage.run(&["whoami"]).await;
    assert!(who.status.success(), "{}", said(&who));
    assert!(said(&who).starts_with("Carol"), "{}", said(&who));
    let json = stage.run(&["whoami", "--json"]).await;
    let json: Value = serde_json::from_slice(&json.stdout).unwrap();
    assert_eq!(
        (&json["by"], &json["keptIn"]),
        (&json!("login"), &json!("file"))
    );
    let doctor = stage.run(&["doctor"]).await;
    let report = said(&doctor);
    assert!(
        doctor.status.success() && report.contains("which is renewed"),
        "{report}"
    );
    assert!(!report.contains("lifetime"), "{report}");
    let mut named = stage.command(&["doctor"]);
    let named = named.env("WEBEX_ACCESS_TOKEN", "sandbox-alice").output();
    let report = said(&named.await.unwrap());
    assert!(
        report.contains("Alice Johnson") && report.contains("is not used"),
        "{report}"
    );

    // The next time, nothing is asked for: the integration is known.
    let (done, told) = stage.sign_in("bob", &[], "").await;
    assert!(done && told.contains("Signed in as Bob Smith"), "{told}");
    assert!(!told.contains("developer.webex.com"), "{told}");
    assert_eq!(
        spaces_over_stdio(&stage).await,
        spaces_of(&stage, "bob").await
    );

    let out = stage.run(&["logout"]).await;
    assert!(
        out.status.success() && said(&out).contains("Signed out"),
        "{}",
        said(&out)
    );
    assert_eq!(stage.run(&["whoami"]).await.status.code(), Some(1));
    assert_eq!(stage.run(&["serve"]).await.status.code(), Some(2));
}

#[tokio::test(crate = "crate::journey", flavor = "multi_thread", worker_threads = 2)]
async fn a_server_and_an_installed_entry_need_no_token_after_it() {
    let stage = Stage::new().await;
    let (done, told) = stage.sign_in("alice", &[], &Stage::typed()).await;
    assert!(done, "{told}");
    let listen = free_address().to_string();
    let mut server = stage
        .command(&["serve", "--listen", &listen])
        .spawn()
        .unwrap();
    let mut stdout = BufReader::new(server.stdout.take().unwrap());
    let greeting = read_until(&mut stdout, "Acting as").await;
    assert!(
        greeting.ends_with("Acting as Alice Johnson (alice@example.com).\n"),
        "{greeting}"
    );
    let ready = stage.page(&format!("http://{listen}/readyz")).await;
    assert_eq!(ready, "ready");
    server.kill().await.unwrap();

    let home = directory();
    let mut install = stage.command(&["install", "claude-code"]);
    let install = install.env("HOME", &home).output().await.unwrap();
    let told = said(&install);
    assert!(told.contains("It acts as Alice Johnson"), "{told}");
    assert!(
        install.status.success() && !told.contains("names no token"),
        "{told}"
    );
}

#[tokio::test(crate = "crate::journey", flavor = "multi_thread", worker_threads = 2)]
async fn what_goes_wrong_says_what_to_change() {
    let stage = Stage::new().await;
    let typed = Stage::typed();
    for (decision, arguments, typed, signs) in [
        (
            "decline",
            &[][..],
            &typed,
            &["declined", "nothing was changed"][..],
        ),
        (
            "accept",
            &["--scopes", "spark:people_read spark:all"],
            &typed,
            &["Tick all of these", "spark:all"],
        ),
        ("accept", &[], &format!("{ID}\nwrong\n"), &["--new"]),
        ("accept", &[], &"\n".to_owned(), &["--client-id"]),
        (
            "accept",
            &["--client-id", ID],
            &String::new(),
            &["WEBEX_MCP_LOGIN_CLIENT_SECRET"],
        ),
    ] {
        let (done, told) = stage.decide("alice", decision, arguments, typed).await;
        assert!(!done, "{told}");
        for sign in signs {
            assert!(told.contains(sign), "{sign}: {told}");
        }
    }
    assert_eq!(stage.run(&["whoami"]).await.status.code(), Some(1));

    let taken = listener();
    let callback = format!(
        "http://localhost:{}/back",
        taken.local_addr().unwrap().port()
    );
    let arguments = ["login", "--callback", &callback, "--no-browser"];
    let output = stage.run(&arguments).await;
    let told = said(&output);
    assert_eq!(output.status.code(), Some(1), "{told}");
    for sign in [
        callback.as_str(),
        "--callback",
        "login.callback",
        "redirect URI",
    ] {
        assert!(told.contains(sign), "{sign}: {told}");
    }
}

#[tokio::test(crate = "crate::journey", flavor = "multi_thread", worker_threads = 2)]
async fn on_another_device_a_code_is_typed_in() {
    let stage = Stage::new().await;
    for (decision, sign) in [
        ("decline", "declined"),
        ("accept", "Signed in as Alice Johnson"),
    ] {
        let (login, mut stdout) = stage.begin(&["--device"], &Stage::typed()).await;
        let mut told = read_until(&mut stdout, "userCode=").await;
        let page = told.split_whitespace().last().unwrap().to_owned();
        stage.press(&page, "alice", decision).await;
        told += &rest(stdout).await;
        let output = login.wait_with_output().await.unwrap();
        let told = told + &said(&output);
        assert!(
            told.contains(sign) && told.contains("oauth-helper-k"),
            "{told}"
        );
        assert_eq!(output.status.success(), decision == "accept", "{told}");
    }
    // One that is not registered for devices is told what is missing.
    let mine = json!({"clientId": "other", "clientSecret": SECRET, "name": "Other",
        "redirectUris": [stage.callback], "scopes": ["spark:people_read"]});
    stage.order("integrations", mine).await;
    let arguments = [
        "--device",
        "--client-id",
        "other",
        "--scopes",
        "spark:people_read",
    ];
    let (login, stdout) = stage.begin(&arguments, &format!("{SECRET}\n")).await;
    drop(stdout);
    let told = said(&login.wait_with_output().await.unwrap());
    assert!(told.contains("not registered for devices"), "{told}");
}
