//! What can be watched only from inside: a call that panics, one that takes too long, what types print,
//! and the headers that go to Webex.

use std::collections::BTreeSet;
use std::io;
use std::sync::Arc;

use axum::extract::Request;
use axum::middleware::{Next, from_fn};
use http_body_util::BodyExt as _;
use parking_lot::Mutex;
use secrecy::SecretString;
use serde_json::{Value, json};
use tracing::level_filters::LevelFilter;
use webex::AccessToken;
use webex_mcp::broker::{Question, Returned, Wanted};
use webex_mcp::call::Reply;
use webex_mcp::call::consent::{Ask, Response, Round};
use webex_mcp::config::{Environment, Loaded};
use webex_mcp::error::Code;
use webex_mcp::identity::{Caller, Credential, Principal};
use webex_mcp::observe::{self, Calls};
use webex_mcp::server::{Core, Upstream};
use webex_sandbox::Fault;

use super::{Cage, Kind};
use crate::door::{Door, modern_message};
use crate::world::World;

/// The log of this thread, down to the last level, libraries included.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl io::Write for Log {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        self.0.lock().extend_from_slice(line);
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Log {
    fn listen(&self) -> tracing::subscriber::DefaultGuard {
        let log = self.clone();
        let subscriber = tracing_subscriber::fmt()
            .with_max_level(LevelFilter::TRACE)
            .with_writer(move || log.clone())
            .finish();
        tracing::subscriber::set_default(subscriber)
    }
}

/// Webex, or rather what stands for it, panics with what it was sent.
async fn panics(request: Request, next: Next) -> axum::response::Response {
    if request.uri().path() != "/v1/messages" {
        return next.run(request).await;
    }
    let bearer = request.headers()["authorization"].clone();
    let body = request.into_body().collect().await.unwrap().to_bytes();
    std::panic::panic_any(format!("{bearer:?} {}", String::from_utf8_lossy(&body)))
}

#[tokio::test(crate = "crate::journey")]
async fn a_call_that_panics_says_nothing_of_what_it_had() {
    let mut cage = Cage::default();
    let text = cage.new_word("a message", Kind::Text);
    cage.set("the token", Kind::Secret, "Bearer sandbox-alice");
    let log = Log::default();
    let _listening = log.listen();
    let world = World::through(|router| router.layer(from_fn(panics)));
    let arguments = json!({"toPersonEmail": "bob@example.com", "text": text});
    let error = world.error(
        "alice",
        "webex-create-message",
        arguments,
        Code::OutcomeUnknown,
    );
    let error = Value::Object(error.await);
    cage.wrote("the answer", error.to_string(), &[]);
    let listed = json!({"roomId": "Project Unicorn"});
    let reply = world
        .reply("alice", "webex-search-messages", listed, Ask::Nobody)
        .await;
    let Reply::Failed(error) = reply else {
        panic!("it panicked")
    };
    assert_eq!(error.code, Code::Internal);
    cage.wrote(
        "the answer",
        serde_json::to_string(&error.body()).unwrap(),
        &[],
    );
    cage.wrote("an error that is printed", format!("{error:?}"), &[]);
    cage.wrote("the log", log.0.lock().clone(), &[]);
    cage.check();
}

#[tokio::test(crate = "crate::journey", start_paused = true)]
async fn a_call_that_takes_too_long_says_nothing_of_what_it_had() {
    let mut cage = Cage::default();
    let word = cage.new_word("what is looked for", Kind::Text);
    cage.set("the token", Kind::Secret, "Bearer sandbox-alice");
    let log = Log::default();
    let _listening = log.listen();
    let world = World::new();
    world.sandbox.faults().next(20, Fault::Hang);
    let arguments = json!({"roomId": "Project Unicorn", "query": word});
    let error = world.error("alice", "webex-search-messages", arguments, Code::Timeout);
    let error = Value::Object(error.await);
    cage.wrote("the answer", error.to_string(), &[]);
    cage.wrote("the log", log.0.lock().clone(), &[]);
    cage.check();
}

/// Set for the process in which this test panics; it is then the part of its own child.
const CHILD: &str = "WEBEX_MCP_TEST_PANICS_WITH";

#[test]
fn a_thread_that_panics_is_logged_without_what_it_says() {
    if let Ok(secret) = std::env::var(CHILD) {
        let loaded = Loaded::read(None, &Environment::default(), Vec::new()).unwrap();
        let logging = observe::start(&loaded.config.log, Calls::Told);
        let panicking = std::thread::spawn(move || panic!("it is {secret}"));
        assert!(panicking.join().is_err());
        drop(logging);
        std::process::exit(0);
    }
    let mut cage = Cage::default();
    let secret = cage.new_word("what a panic says", Kind::Secret);
    let name = "canary::inside::a_thread_that_panics_is_logged_without_what_it_says";
    let child = std::process::Command::new(std::env::current_exe().unwrap())
        .args([name, "--exact", "--nocapture"])
        .env(CHILD, &secret)
        .output()
        .unwrap();
    let said = [child.stdout, child.stderr].concat();
    let text = String::from_utf8_lossy(&said);
    assert!(
        child.status.success() && text.contains("a thread panicked"),
        "{text}"
    );
    cage.wrote("the output of a process that panics", said, &[]);
    cage.check();
}

#[tokio::test(crate = "crate::journey")]
async fn types_print_no_secret_and_no_text() {
    let mut cage = Cage::default();
    let secret = cage.new_word("a secret", Kind::Secret);
    let text = cage.new_word("a message", Kind::Text);
    let key = "0123456789abcdef".repeat(4);
    cage.set("the key", Kind::Secret, &key);
    let mut print = |what: &str, printed: String| cage.wrote(what, printed, &[]);

    let token = || AccessToken::new(secret.as_str()).unwrap();
    print("a token", format!("{:?}", token()));
    let credential = Credential::Token(token());
    print("a credential", format!("{credential:?}"));
    let caller = Caller::new(Principal::new("alice"), Some(credential));
    print("a caller", format!("{caller:?}"));
    let some = || Some(secret.clone());
    let wanted = Wanted {
        client_secret: Some(SecretString::from(secret.clone())),
        code: some(),
        code_verifier: some(),
        refresh_token: some(),
        ..Wanted::default()
    };
    print("a request for tokens", format!("{wanted:?}"));
    let question = Question {
        state: some(),
        code_challenge: some(),
        ..Question::default()
    };
    print("a request of a client", format!("{question:?}"));
    let (code, state) = (some(), some());
    let returned = Returned {
        code,
        state,
        error: some(),
        iss: None,
    };
    print("what comes back from Webex", format!("{returned:?}"));

    let directory = crate::journey::directory();
    let environment = Environment::of([
        ("WEBEX_ACCESS_TOKEN", secret.as_str()),
        ("WEBEX_MCP_BROKER_CLIENT_SECRET", &secret),
        ("WEBEX_MCP_LOGIN_CLIENT_SECRET", &secret),
        ("WEBEX_MCP_SECRET_KEY", &key),
        ("WEBEX_MCP_DATA_DIR", directory.to_str().unwrap()),
        ("WEBEX_MCP_SERVER_LISTEN", "127.0.0.1:0"),
    ]);
    print("the environment", format!("{environment:?}"));
    let loaded = Loaded::read(None, &environment, Vec::new()).unwrap();
    print("the configuration", format!("{loaded:?}"));
    let core = Core::new(loaded, &Upstream::Webex).unwrap();
    print("the parts of a server", format!("{core:?}"));

    let world = World::new();
    let arguments = json!({"toPersonEmail": "bob@example.com", "text": text});
    let call = world.call(
        "alice",
        "webex-create-message",
        arguments.clone(),
        Ask::Nobody,
    );
    print("a call", format!("{call:?}"));
    let reply = world.dispatcher.answer(call).await;
    assert!(matches!(reply, Reply::Answer(_)));
    print("an answer", format!("{reply:?}"));
    let made = json!({"title": text});
    let made = world.facts("alice", "webex-create-space", made).await;
    let found = json!({"roomId": made["id"]});
    let answer = world.answer("alice", "webex-get-space", found).await;
    assert!(answer.text.contains(&text), "{}", answer.text);
    print("an answer that has it", format!("{answer:?}"));
    let rounds = Ask::Rounds { previous: None };
    let room = json!({"roomId": made["id"]});
    let asked = world
        .reply("alice", "webex-delete-space", room, rounds)
        .await;
    print("a question", format!("{asked:?}"));
    let Reply::Ask { form, state } = asked else {
        panic!("it asks")
    };
    assert!(form.message.contains(&text), "{}", form.message);
    let Value::Object(content) = json!({"confirm": text}) else {
        panic!("an object")
    };
    let response = Some(Response::Accepted(content));
    let previous = Some(Round { state, response });
    print("an answer to it", format!("{:?}", Ask::Rounds { previous }));
    cage.check();
}

/// What a client says about its connection, or about itself, is for this server alone.
#[tokio::test(crate = "crate::journey")]
async fn no_header_of_a_request_goes_to_webex() {
    let seen: Arc<Mutex<BTreeSet<String>>> = Arc::default();
    let seen_by_layer = seen.clone();
    let world = World::through(move |router| {
        router.layer(from_fn(move |request: Request, next: Next| {
            let names = request.headers().keys().map(ToString::to_string);
            seen_by_layer.lock().extend(names);
            next.run(request)
        }))
    });
    let door = Door::of(world);
    let arguments = json!({"toPersonEmail": "bob@example.com", "text": "Hello"});
    for (tool, arguments) in [
        ("webex-create-message", arguments),
        ("webex-get-space", json!({"max": 5})),
    ] {
        let params = json!({"name": tool, "arguments": arguments});
        let (headers, body) = modern_message("tools/call", params, json!({}));
        let mut headers: Vec<(&str, &str)> = headers
            .iter()
            .map(|(name, value)| (*name, value.as_str()))
            .collect();
        headers.extend([
            ("connection", "keep-alive, x-named-by-connection"),
            ("x-named-by-connection", "1"),
            ("keep-alive", "timeout=5"),
            ("te", "trailers"),
            ("trailer", "x-later"),
            ("upgrade", "h2c"),
            ("proxy-authorization", "Basic c2VjcmV0"),
            ("proxy-connection", "keep-alive"),
            ("cookie", "session=1"),
            ("x-forwarded-for", "192.0.2.7"),
            ("forwarded", "for=192.0.2.7"),
            ("via", "1.1 proxy"),
            ("x-request-id", "1"),
            (
                "traceparent",
                "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
            ),
            ("x-anything", "1"),
            ("user-agent", "agent/1"),
            ("accept-language", "de"),
        ]);
        let answer = door.post(&headers, &body).await;
        let (status, answer) = crate::door::read(answer).await;
        assert_eq!(status, 200, "{answer}");
        assert_ne!(answer["result"]["isError"], true, "{answer}");
    }
    let ours = [
        "accept",
        "accept-encoding",
        "authorization",
        "content-length",
        "content-type",
        "host",
        "user-agent",
    ];
    let theirs: Vec<_> = seen
        .lock()
        .iter()
        .filter(|name| !ours.contains(&name.as_str()))
        .cloned()
        .collect();
    assert!(theirs.is_empty(), "{theirs:?}");
    assert!(seen.lock().contains("authorization"));
}
