//! `webex-mcp sandbox` as a newcomer meets it: what it prints works when it is pasted.

use std::io::{BufRead as _, BufReader, Read, Write as _};
use std::path::Path;
use std::process::{Child, Command, Stdio};

const PROGRAM: &str = env!("CARGO_BIN_EXE_webex-mcp");

/// Lines of the greeting that are read before it is given up.
const GREETING_LINES_MAX: usize = 100;

/// A sandbox in a process of its own, which ends with the test.
struct Served(Child);

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Starts the sandbox, and gives what it prints up to its last example.
fn start(arguments: &[&str]) -> (Served, Vec<String>) {
    let mut served = Served(
        Command::new(PROGRAM)
            .args(["sandbox", "--listen", "127.0.0.1:0"])
            .args(arguments)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap(),
    );
    let output = served.0.stdout.take().unwrap();
    let mut lines = Vec::new();
    for line in BufReader::new(output).lines().take(GREETING_LINES_MAX) {
        lines.push(line.unwrap());
        if lines.last().unwrap().ends_with("webex-mcp doctor") {
            return (served, lines);
        }
    }
    panic!("the greeting does not end: {lines:?}");
}

/// Runs a line in a shell that finds this program, as after an installation.
#[cfg(unix)]
fn paste(line: &str) -> std::process::Output {
    let folder = Path::new(PROGRAM).parent().unwrap().display();
    Command::new("sh")
        .args(["-c", &format!("PATH='{folder}':$PATH\n{line}")])
        .output()
        .unwrap()
}

#[cfg(unix)]
fn is_there(command: &str) -> bool {
    let found = paste(command).status.success();
    if !found {
        let _ = writeln!(std::io::stderr(), "skipped: `{command}` fails here");
    }
    found
}

#[cfg(unix)]
#[test]
fn the_examples_work_as_they_are_printed() {
    let (_served, lines) = start(&[]);
    let example = |sign: &str| lines.iter().find(|line| line.contains(sign)).unwrap();

    let doctor = paste(example("webex-mcp doctor"));
    let report = String::from_utf8_lossy(&doctor.stdout);
    assert!(doctor.status.success(), "{report}");
    assert!(report.contains("Alice Johnson"), "{report}");
    // Nobody can tell a sandbox's token from a personal one.
    let warnings = report.lines().filter(|line| line.starts_with("warn"));
    assert!(
        !report.contains("FAIL") && warnings.clone().all(|line| line.contains(" lifetime ")),
        "{report}"
    );

    if is_there("curl --version") {
        let curl = paste(example("curl -s"));
        let rooms: serde_json::Value = serde_json::from_slice(&curl.stdout).unwrap();
        assert_eq!(rooms["items"].as_array().unwrap().len(), 3, "{rooms}");
    }
    if is_there("python3 -c 'import webexpythonsdk'") {
        let python = paste(example("webexpythonsdk import"));
        assert_eq!(String::from_utf8_lossy(&python.stdout).trim(), "Bob Smith");
    }
}

/// The whole answer to a GET.
fn get(url: &str) -> String {
    let url = url::Url::parse(url).unwrap();
    let address = (url.host_str().unwrap(), url.port().unwrap());
    let mut stream = std::net::TcpStream::connect(address).unwrap();
    let (path, host) = (url.path(), address.0);
    write!(
        stream,
        "GET {path} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n\r\n"
    )
    .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

/// What comes until one of the lines has this in it.
fn until(output: impl Read, sign: &str) -> String {
    let mut read = String::new();
    for line in BufReader::new(output).lines().take(GREETING_LINES_MAX) {
        read += &line.unwrap();
        read.push('\n');
        if read.contains(sign) {
            return read;
        }
    }
    panic!("{sign} does not come: {read}");
}

/// Starts a server that acts on this Webex with this token.
fn serve(upstream: &str, token: &str, data: &Path) -> Served {
    Served(
        Command::new(PROGRAM)
            .args(["serve", "--listen", "127.0.0.1:0", "--upstream", upstream])
            .env("WEBEX_ACCESS_TOKEN", token)
            .env("WEBEX_MCP_DATA_DIR", data)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap(),
    )
}

/// The address that a server said first.
fn base(greeting: &str) -> &str {
    let start = greeting.find("http://").unwrap();
    let end = greeting[start..].find("/mcp/").unwrap();
    &greeting[start..start + end]
}

/// The address of the API that a sandbox prints first.
fn address_of_sandbox(lines: &[String]) -> &str {
    let mut words = lines.iter().flat_map(|line| line.split_whitespace());
    words.find(|word| word.starts_with("http://")).unwrap()
}

#[test]
fn a_server_says_whose_token_it_has_or_what_webex_said_to_it() {
    let (_sandbox, lines) = start(&[]);
    let upstream = address_of_sandbox(&lines);
    let data = tempfile::tempdir().unwrap();

    let mut good = serve(upstream, "sandbox-alice", data.path());
    let greeting = until(good.0.stdout.take().unwrap(), "Acting as");
    assert!(
        greeting.ends_with("Acting as Alice Johnson (alice@example.com).\n"),
        "{greeting}"
    );
    until(good.0.stderr.take().unwrap(), "it ends 12 hours after");
    let ready = get(&format!("{}/readyz", base(&greeting)));
    assert!(
        ready.contains("\r\nready; the token ends 12 hours"),
        "{ready}"
    );
    let mut bot = serve(upstream, "sandbox-ci-bot", data.path());
    let greeting = until(
        bot.0.stdout.take().unwrap(),
        "Acting as CI Bot (ci-bot@webex.bot), a bot.",
    );
    assert!(get(&format!("{}/readyz", base(&greeting))).ends_with("\r\nready"));

    let mut wrong = serve(upstream, "not-a-token", data.path());
    let greeting = until(wrong.0.stdout.take().unwrap(), "Connect your client");
    let log = until(wrong.0.stderr.take().unwrap(), "Webex refused the token");
    assert!(
        log.contains("developer.webex.com") && !log.contains("not-a-token"),
        "{log}"
    );
    let ready = get(&format!("{}/readyz", base(&greeting)));
    assert!(ready.starts_with("HTTP/1.1 200"), "{ready}");
    assert!(ready.contains("Webex refused the token"), "{ready}");

    let mut nowhere = serve("http://127.0.0.1:1/v1", "sandbox-alice", data.path());
    until(
        nowhere.0.stderr.take().unwrap(),
        "the token could not be checked",
    );
}

/// Installs into a client in a home of its own.
fn install(home: &Path, arguments: &[&str]) -> (bool, String) {
    let output = Command::new(PROGRAM)
        .args(["install", "claude-code"])
        .args(arguments)
        .env("HOME", home)
        .env("WEBEX_MCP_DATA_DIR", home.join("data"))
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let said = [output.stdout, output.stderr].concat();
    (output.status.success(), String::from_utf8(said).unwrap())
}

#[test]
fn what_was_installed_is_tried_at_once() {
    let home = tempfile::tempdir().unwrap();
    let (done, said) = install(home.path(), &["--sandbox"]);
    assert!(
        done && said.contains("It answers, with 24 tools."),
        "{said}"
    );
    // A second time nothing is written, and it is tried all the same.
    let (done, said) = install(home.path(), &["--sandbox"]);
    assert!(
        done && said.contains("already has it") && said.contains("24 tools"),
        "{said}"
    );
    assert!(install(home.path(), &["--remove"]).0);

    let mut served = Served(
        Command::new(PROGRAM)
            .args(["serve", "--sandbox", "--listen", "127.0.0.1:0"])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap(),
    );
    let greeting = until(served.0.stdout.take().unwrap(), "mcpServers");
    let url = base(&greeting);
    let (done, said) = install(home.path(), &["--url", url]);
    assert!(
        done && said.contains("It answers, with 24 tools."),
        "{said}"
    );
    assert!(install(home.path(), &["--remove", "--url", url]).0);
    let (done, said) = install(home.path(), &["--url", &format!("{url}/mcp/nothing")]);
    assert!(!done && said.contains("no server at that path"), "{said}");
    assert!(
        install(
            home.path(),
            &["--remove", "--url", &format!("{url}/mcp/nothing")]
        )
        .0
    );
    let (done, said) = install(home.path(), &["--url", "http://127.0.0.1:1"]);
    assert!(
        !done && said.contains("the connection was refused"),
        "{said}"
    );
}

#[test]
fn an_installed_token_is_tried_too() {
    let (_sandbox, lines) = start(&[]);
    let upstream = address_of_sandbox(&lines);
    for (token, sign) in [
        ("sandbox-bob", "It acts as Bob Smith (bob@example.com)."),
        ("not-a-token", "its token does not work"),
    ] {
        let home = tempfile::tempdir().unwrap();
        let file = home.path().join("token");
        std::fs::write(&file, token).unwrap();
        let output = Command::new(PROGRAM)
            .args(["install", "codex"])
            .env("HOME", home.path())
            .env("WEBEX_BASE_URL", upstream)
            .env("WEBEX_ACCESS_TOKEN_FILE", &file)
            .env("WEBEX_MCP_DATA_DIR", home.path().join("data"))
            .output()
            .unwrap();
        let said = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
        assert!(said.contains(sign) && !said.contains(token), "{said}");
    }
}

#[test]
fn the_page_stands_where_it_is_said_to() {
    let (_served, lines) = start(&[]);
    let line = lines.iter().find(|line| line.contains("in a browser"));
    let url = line.unwrap().split_whitespace().last().unwrap();
    assert!(get(url).starts_with("HTTP/1.1 200 OK"));
}

#[test]
fn a_generated_world_tells_the_tokens_of_its_people() {
    let (_served, lines) = start(&["--population", "1000,50,20000"]);
    let told =
        "  and 1000 generated people in 50 spaces: sandbox-person-000000 to sandbox-person-000999";
    assert!(lines.iter().any(|line| line == told), "{lines:?}");
}
