//! A hosted server in a process of its own, with everything that people and programs do there: they sign
//! in and are refused, act, ask for too much, and Webex has bad days. It logs all that it can.

use std::collections::HashMap;
use std::path::PathBuf;
use std::process::Stdio;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use aws_lc_rs::digest::{SHA256, digest};
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse as _, Response};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use http_body_util::BodyExt as _;
use parking_lot::Mutex;
use reqwest::Method;
use serde_json::{Value, json};
use tokio::process::{Child, Command};
use tokio_util::sync::CancellationToken;
use url::Url;
use webex_sandbox::{Fault, Options, Sandbox};

use super::{Cage, Kind, word};
use crate::hosted;
use crate::journey::{directory, free_address};

const BACK: &str = "http://127.0.0.1:9999/callback";
const FORM: &str = "application/x-www-form-urlencoded";
const NOTHING: &[Kind] = &[];
/// What somebody asked for is in the answer to it.
const ANSWER: &[Kind] = &[Kind::Text, Kind::Page];
const SCOPES: &str = "spark:rooms_read,spark:rooms_write,spark:messages_read,spark:messages_write,\
    spark:memberships_read,spark:memberships_write,spark:people_read,spark:webhooks_read,\
    spark:webhooks_write,spark:kms";

/// What Webex was sent, and what it gave.
#[derive(Clone, Default)]
struct Wire {
    /// The first line of each request, and its headers without the one that has to hold the token.
    heads: Arc<Mutex<Vec<String>>>,
    /// The answers of its endpoint for tokens.
    given: Arc<Mutex<Vec<Value>>>,
    /// Webex repeats what it was sent, in its own error.
    quotes: Arc<AtomicBool>,
}

async fn noted(State(wire): State<Wire>, request: Request, next: Next) -> Response {
    let mut head = format!("{} {}\n", request.method(), request.uri());
    for (name, value) in request.headers() {
        if name != "authorization" {
            head += &format!("{name}: {}\n", String::from_utf8_lossy(value.as_bytes()));
        }
    }
    wire.heads.lock().push(head);
    let path = request.uri().path().to_owned();
    if wire.quotes.load(Ordering::SeqCst) && request.method() == Method::POST {
        let body = request.into_body().collect().await.unwrap().to_bytes();
        let quoted = String::from_utf8_lossy(&body);
        let told = json!({"message": quoted, "error": "invalid_grant", "error_description": quoted,
            "errors": [{"description": quoted}], "trackingId": "T"});
        return (StatusCode::BAD_REQUEST, axum::Json(told)).into_response();
    }
    let answer = next.run(request).await;
    if !path.ends_with("/access_token") {
        return answer;
    }
    let (parts, body) = answer.into_parts();
    let body = body.collect().await.unwrap().to_bytes();
    wire.given
        .lock()
        .extend(serde_json::from_slice::<Value>(&body));
    Response::from_parts(parts, Body::from(body))
}

/// A server, and the Webex that it stands before.
struct House {
    cage: Cage,
    http: reqwest::Client,
    base: String,
    sandbox: Sandbox,
    wire: Wire,
    drain: CancellationToken,
    environment: HashMap<&'static str, String>,
    data: PathBuf,
    output: PathBuf,
    server: Child,
}

impl Drop for House {
    fn drop(&mut self) {
        self.drain.cancel();
    }
}

impl House {
    async fn new(auth: &str, format: &str) -> Self {
        let mut cage = Cage::default();
        let at = free_address();
        let base = format!("http://{at}");
        let sandbox = Sandbox::new(Options::default());
        let secret = cage.new_word("the integration's secret", Kind::Secret);
        let callback = format!("{base}/oauth/callback");
        hosted::register(&sandbox, ("hosted", &secret), callback);
        let (wire, drain) = (Wire::default(), CancellationToken::new());
        let notes = from_fn_with_state(wire.clone(), noted);
        let webex = hosted::webex(sandbox.router().layer(notes), &drain);
        let at_webex = format!("http://{webex}/v1");
        let key = format!("{:032x}{:032x}", rand(), rand());
        let bytes: Vec<u8> = (0..32)
            .map(|at| u8::from_str_radix(&key[2 * at..2 * at + 2], 16).unwrap())
            .collect();
        cage.set("the deployment's key", Kind::Secret, bytes);
        let (data, output) = (directory(), directory());
        let environment = HashMap::from([
            ("WEBEX_MCP_DATA_DIR", data.to_string_lossy().into_owned()),
            ("WEBEX_MCP_AUTH_MODE", auth.to_owned()),
            ("WEBEX_MCP_SERVER_LISTEN", at.to_string()),
            ("WEBEX_MCP_SERVER_PUBLIC_URL", base.clone()),
            ("WEBEX_MCP_BROKER_CLIENT_ID", "hosted".to_owned()),
            ("WEBEX_MCP_BROKER_CLIENT_SECRET", secret),
            ("WEBEX_MCP_BROKER_REGISTERED_SCOPES", SCOPES.to_owned()),
            ("WEBEX_MCP_SECRET_KEY", key),
            (
                "WEBEX_MCP_WEBHOOKS_ALLOW_PRIVATE_TARGETS",
                "true".to_owned(),
            ),
            ("WEBEX_MCP_LOG_LEVEL", "trace".to_owned()),
            ("WEBEX_MCP_LOG_FORMAT", format.to_owned()),
            ("WEBEX_BASE_URL", at_webex),
        ]);
        let written = |name: &str| {
            let file = std::fs::File::create(output.join(name)).unwrap();
            Stdio::from(file)
        };
        let server = Command::new(env!("CARGO_BIN_EXE_webex-mcp"))
            .arg("serve")
            .env_clear()
            .envs(&environment)
            .stdin(Stdio::null())
            .stdout(written("stdout"))
            .stderr(written("stderr"))
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let house = House {
            cage,
            http: hosted::browser(),
            base,
            sandbox,
            wire,
            drain,
            environment,
            data,
            output,
            server,
        };
        hosted::is_up(&house.http, &format!("{}/healthz", house.base)).await;
        house
    }

    /// Sends a request, and notes its whole answer.
    async fn send(
        &mut self,
        what: &str,
        may_hold: &'static [Kind],
        request: reqwest::RequestBuilder,
    ) -> Told {
        let answer = request.send().await.unwrap();
        let (status, headers) = (answer.status(), answer.headers().clone());
        let body = answer.bytes().await.unwrap_or_default();
        let whole = format!("{status} {headers:?}\n{}", String::from_utf8_lossy(&body));
        self.cage.wrote(what, whole, may_hold);
        Told {
            status: status.as_u16(),
            headers,
            body: String::from_utf8_lossy(&body).into_owned(),
        }
    }

    fn request(&self, method: Method, path: &str) -> reqwest::RequestBuilder {
        self.http.request(method, format!("{}{path}", self.base))
    }

    async fn form(
        &mut self,
        (what, may_hold): (&str, &'static [Kind]),
        path: &str,
        fields: &[(&str, &str)],
        headers: &[(&str, &str)],
    ) -> Told {
        let mut request = self
            .request(Method::POST, path)
            .header("content-type", FORM);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.body(encoded(fields));
        self.send(what, may_hold, request).await
    }

    /// Calls a method of MCP with a bearer.
    async fn mcp(&mut self, bearer: &str, method: &str, mut params: Value) -> Value {
        params["_meta"] = json!({
            "io.modelcontextprotocol/protocolVersion": "2026-07-28",
            "io.modelcontextprotocol/clientCapabilities": {},
        });
        let name = ["name", "uri"].map(|field| params[field].as_str());
        let name = name.into_iter().flatten().next().unwrap_or("none");
        let request = self
            .request(Method::POST, "/mcp/webex")
            .header("accept", "application/json, text/event-stream")
            .header("content-type", "application/json")
            .header("mcp-protocol-version", "2026-07-28")
            .header("mcp-method", method)
            .header("mcp-name", name)
            .header("idempotency-key", word())
            .bearer_auth(bearer);
        let body = json!({"jsonrpc": "2.0", "id": 1, "method": method, "params": params});
        let request = request.body(body.to_string());
        let told = self.send("an answer", ANSWER, request).await;
        let event = told
            .body
            .lines()
            .find_map(|line| line.strip_prefix("data: "));
        serde_json::from_str(event.unwrap_or(&told.body)).unwrap_or_default()
    }

    async fn call(&mut self, bearer: &str, tool: &str, arguments: Value) -> Value {
        let params = json!({"name": tool, "arguments": arguments});
        self.mcp(bearer, "tools/call", params).await["result"].take()
    }

    /// The facts of a call that has to succeed.
    async fn done(&mut self, bearer: &str, tool: &str, arguments: Value) -> Value {
        let mut result = self.call(bearer, tool, arguments).await;
        assert_ne!(result["isError"], true, "{tool}: {result}");
        let facts = result["structuredContent"].take();
        assert!(facts.is_object(), "{tool}: {result}");
        facts
    }

    async fn refused(&mut self, bearer: &str, tool: &str, arguments: Value) {
        let result = self.call(bearer, tool, arguments).await;
        assert_eq!(result["isError"], true, "{tool}: {result}");
    }

    /// What a command says about this server's data afterwards.
    async fn command(&mut self, arguments: &[&str]) {
        let output = Command::new(env!("CARGO_BIN_EXE_webex-mcp"))
            .args(arguments)
            .env_clear()
            .envs(&self.environment)
            .stdin(Stdio::null())
            .output();
        let output = output.await.unwrap();
        assert!(output.status.success(), "{arguments:?}: {output:?}");
        let said = [output.stdout, output.stderr].concat();
        self.cage.wrote(&format!("{arguments:?}"), said, NOTHING);
    }

    /// Ends the server, and notes all that it wrote.
    async fn end(&mut self) {
        let id = i32::try_from(self.server.id().unwrap()).unwrap();
        let id = rustix::process::Pid::from_raw(id).unwrap();
        rustix::process::kill_process(id, rustix::process::Signal::TERM).unwrap();
        let ended = tokio::time::timeout(Duration::from_secs(60), self.server.wait()).await;
        assert!(ended.unwrap().unwrap().success());
        for name in ["stdout", "stderr"] {
            let bytes = std::fs::read(self.output.join(name)).unwrap();
            self.cage.wrote(name, bytes, NOTHING);
        }
        let log = std::fs::read_to_string(self.output.join("stderr")).unwrap();
        for line in [
            "webex-create-message",
            "its caller is not known",
            "draining",
        ] {
            assert!(log.contains(line), "nothing was logged of {line}");
        }
        for head in self.wire.heads.lock().iter() {
            let head = head.as_str();
            self.cage
                .wrote("the head of a request to Webex", head, NOTHING);
        }
        for given in self.wire.given.lock().iter() {
            for field in ["access_token", "refresh_token"] {
                if let Some(token) = given[field].as_str() {
                    self.cage
                        .set(&format!("Webex's {field}"), Kind::Secret, token);
                }
            }
        }
        self.command(&["audit", "verify"]).await;
        self.command(&["audit", "export"]).await;
        self.command(&["audit", "list", "--limit", "100"]).await;
        self.command(&["config", "show"]).await;
        // Files that people made are theirs, and are deleted after a day; docs/journal.md says so.
        self.cage.wrote_files(&self.data.clone(), &["artifacts"]);
    }
}

/// An answer.
struct Told {
    status: u16,
    headers: reqwest::header::HeaderMap,
    body: String,
}

impl Told {
    fn header(&self, name: &str) -> &str {
        self.headers[name].to_str().unwrap()
    }

    fn field(&self, name: &str) -> String {
        let body: Value = serde_json::from_str(&self.body).unwrap();
        body[name].as_str().unwrap().to_owned()
    }
}

fn rand() -> u128 {
    uuid::Uuid::new_v4().as_u128()
}

fn encoded(fields: &[(&str, &str)]) -> String {
    let mut form = url::form_urlencoded::Serializer::new(String::new());
    form.extend_pairs(fields).finish()
}

/// A client of the server, and what it keeps to itself.
struct Client {
    id: String,
    secret: String,
    verifier: String,
}

impl Client {
    fn exchange<'a>(&'a self, code: &'a str) -> [(&'static str, &'a str); 4] {
        [
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", BACK),
            ("code_verifier", &self.verifier),
        ]
    }
}

impl House {
    async fn registered(&mut self) -> Client {
        let metadata = json!({"client_name": "Agent", "redirect_uris": [BACK],
            "token_endpoint_auth_method": "client_secret_post"});
        let request = self
            .request(Method::POST, "/oauth/register")
            .header("content-type", "application/json")
            .body(metadata.to_string());
        let made = self.send("a registration", &[Kind::Token], request).await;
        let (id, secret) = (made.field("client_id"), made.field("client_secret"));
        self.cage.set("a client's secret", Kind::Token, &secret);
        let verifier = self.cage.new_word("a client's verifier", Kind::Secret);
        Client {
            id,
            secret,
            verifier,
        }
    }

    /// A person on our pages and on Webex's: the code that the client gets, unless Webex quotes.
    async fn code(&mut self, client: &Client, who: &str, quotes: bool) -> Option<String> {
        const PAGE: &[Kind] = &[Kind::Page];
        let state = self.cage.new_word("a client's state", Kind::Code);
        let challenge = digest(&SHA256, client.verifier.as_bytes());
        let challenge = URL_SAFE_NO_PAD.encode(challenge);
        let resource = format!("{}/mcp/webex", self.base);
        let question = encoded(&[
            ("response_type", "code"),
            ("client_id", &client.id),
            ("redirect_uri", BACK),
            ("state", &state),
            ("code_challenge", &challenge),
            ("code_challenge_method", "S256"),
            ("resource", &resource),
        ]);
        let asked = self.request(Method::GET, &format!("/oauth/authorize?{question}"));
        let page = self.send("the page", PAGE, asked).await;
        assert_eq!(page.status, 200, "{}", page.body);
        let cookie = page
            .header("set-cookie")
            .split(';')
            .next()
            .unwrap()
            .to_owned();
        let word = cookie.split_once('=').unwrap().1;
        self.cage.set("a browser's cookie", Kind::Page, word);
        let sealed = page.body.split("name=\"request\" value=\"").nth(1).unwrap();
        let sealed = sealed.split('"').next().unwrap().to_owned();
        self.cage.set("a page's seal", Kind::Page, &sealed);
        let accept = [("request", sealed.as_str()), ("decision", "accept")];
        // Another browser has not seen the page.
        let stranger = self.form(("a refused page", NOTHING), "/oauth/consent", &accept, &[]);
        assert_eq!(stranger.await.status, 400);
        let base = self.base.clone();
        let headers = [("cookie", cookie.as_str()), ("origin", base.as_str())];
        let agreed = self.form(
            ("the way to Webex", PAGE),
            "/oauth/consent",
            &accept,
            &headers,
        );
        let to_webex = agreed.await.header("location").to_owned();
        let people = self.sandbox.people();
        let email = format!("{who}@example.com");
        let person = people.iter().find(|person| person.email == email).unwrap();
        let form = encoded(&[("person", &person.id), ("decision", "accept")]);
        let pressed = self.http.post(to_webex).header("content-type", FORM);
        let back = pressed.body(form).send().await.unwrap();
        let back = back.headers()["location"].to_str().unwrap().to_owned();
        let back = Url::parse(&back).unwrap();
        let pairs: HashMap<_, _> = back.query_pairs().into_owned().collect();
        self.cage.set("Webex's code", Kind::Secret, &pairs["code"]);
        let returns = self.http.get(back).header("cookie", &cookie);
        self.wire.quotes.store(quotes, Ordering::SeqCst);
        let told = self
            .send("the way back", &[Kind::Code, Kind::Page], returns)
            .await;
        self.wire.quotes.store(false, Ordering::SeqCst);
        if quotes {
            assert!(told.header("location").contains("error="), "{}", told.body);
            return None;
        }
        let told = Url::parse(told.header("location")).unwrap();
        let pairs: HashMap<_, _> = told.query_pairs().into_owned().collect();
        assert_eq!(pairs["state"], state);
        self.cage.set("our code", Kind::Code, &pairs["code"]);
        Some(pairs["code"].clone())
    }

    /// A person signs in: the code, and the answer with the tokens.
    async fn signed_in(&mut self, client: &Client, who: &str) -> (String, Told) {
        let code = self.code(client, who, false).await.unwrap();
        let given = self.token(client, &client.exchange(&code)).await;
        assert_eq!(given.status, 200, "{}", given.body);
        (code, given)
    }

    async fn token(&mut self, client: &Client, fields: &[(&str, &str)]) -> Told {
        let mut all = vec![
            ("client_id", client.id.as_str()),
            ("client_secret", client.secret.as_str()),
        ];
        all.retain(|(name, _)| fields.iter().all(|(other, _)| other != name));
        all.extend(fields);
        let told = self.form(("tokens", &[Kind::Token]), "/oauth/token", &all, &[]);
        let told = told.await;
        if told.status == 200 {
            for field in ["access_token", "refresh_token"] {
                self.cage
                    .set(&format!("our {field}"), Kind::Token, told.field(field));
            }
        }
        told
    }

    /// Everything that goes wrong on the way to a token.
    async fn wrong(&mut self, client: &Client) {
        let made_up = self.cage.new_word("a made-up secret", Kind::Secret);
        let twice = "x".repeat(64 * 1024);
        for fields in [
            &[("grant_type", "refresh_token"), ("refresh_token", &made_up)][..],
            &[
                ("grant_type", "refresh_token"),
                ("refresh_token", &made_up),
                ("client_secret", &made_up),
            ],
            &[
                ("grant_type", "authorization_code"),
                ("code", &made_up),
                ("code_verifier", &made_up),
            ],
            &[
                ("grant_type", "password"),
                ("username", &made_up),
                ("password", &made_up),
            ],
            &[("grant_type", &made_up)],
            &[("code", &made_up), ("code", &made_up)],
            &[("code", &made_up), ("x", &twice)],
            &[
                ("grant_type", "authorization_code"),
                ("resource", &made_up),
                ("client_id", &made_up),
            ],
        ] {
            assert!(self.token(client, fields).await.status >= 400);
        }
        let basic = format!(
            "Basic {}",
            STANDARD.encode(format!("{}:{made_up}", client.id))
        );
        let fields = [
            ("grant_type", "refresh_token"),
            ("refresh_token", made_up.as_str()),
        ];
        for header in [
            basic.as_str(),
            &format!("Basic {made_up}"),
            &format!("Bearer {made_up}"),
        ] {
            let headers = [("authorization", header)];
            for path in ["/oauth/token", "/oauth/revoke"] {
                let told = self
                    .form(("a refusal", NOTHING), path, &fields, &headers)
                    .await;
                assert!(told.status >= 400, "{}", told.body);
            }
        }
        for path in [
            format!("/oauth/callback?code={made_up}&state={made_up}"),
            format!(
                "/oauth/callback?error=access_denied&error_description={made_up}&state={made_up}"
            ),
            format!("/oauth/authorize?client_id={made_up}&redirect_uri={made_up}&state={made_up}"),
            format!(
                "/oauth/authorize?client_id={}&redirect_uri=https://{made_up}/",
                client.id
            ),
            format!("/oauth/authorize?client_id=https://{made_up}.invalid/x&redirect_uri=x"),
            format!("/files/{made_up}"),
            format!("/{made_up}?token={made_up}"),
            format!("/mcp/webex?access_token={made_up}"),
        ] {
            let request = self.request(Method::GET, &path).header("cookie", &made_up);
            assert!(
                self.send("a refusal", NOTHING, request).await.status >= 400,
                "{path}"
            );
        }
        for header in [
            format!("Bearer {made_up}"),
            format!("Bearer {made_up} {made_up}"),
            format!("Basic {made_up}"),
            made_up.clone(),
        ] {
            let request = self.request(Method::POST, "/mcp/webex");
            let request = request
                .header("authorization", header)
                .body(made_up.clone());
            let told = self.send("a refusal", NOTHING, request).await;
            assert_eq!(told.status, 401);
        }
        let request = self.request(Method::POST, &format!("/hooks/{made_up}"));
        let request = request
            .header("x-spark-signature", &made_up)
            .body(made_up.clone());
        assert!(self.send("a refusal", NOTHING, request).await.status >= 400);
    }

    /// Everything that a person does with the tools, and everything that fails in it.
    async fn acts(&mut self, bearer: &str) {
        let text = self.cage.new_word("a message", Kind::Text);
        let secret = self.cage.new_word("a webhook's secret", Kind::Secret);
        let room = json!({"title": "Canaries"});
        let room = self.done(bearer, "webex-create-space", room).await["id"].take();
        let said = json!({"roomId": room, "text": format!("We say {text} here")});
        let sent = self
            .done(bearer, "webex-create-message", said.clone())
            .await;
        let id = sent["id"].clone();
        let in_room = json!({"roomId": room});
        self.done(
            bearer,
            "webex-search-messages",
            json!({"roomId": room, "query": text}),
        )
        .await;
        self.done(bearer, "webex-get-message", json!({"messageId": id}))
            .await;
        let reply = json!({"roomId": room, "parentId": id, "markdown": format!("**{text}**")});
        self.done(bearer, "webex-create-thread-reply", reply).await;
        let thread = json!({"roomId": room, "parentId": id});
        self.done(bearer, "webex-get-thread", thread).await;
        let edited = json!({"messageId": id, "roomId": room, "text": format!("Again {text}")});
        self.done(bearer, "webex-edit-message", edited).await;
        let card = json!({"roomId": room, "title": text, "facts": [{"name": "A", "value": text}]});
        self.done(bearer, "webex-send-card", card).await;
        let file = json!({"roomId": room, "fileName": "note.txt", "text": text,
            "content": STANDARD.encode(&text)});
        self.done(bearer, "webex-upload-file", file).await;
        let at = jiff::Timestamp::now() + jiff::SignedDuration::from_hours(5);
        let later = json!({"roomId": room, "text": text, "at": at.to_string()});
        self.call(bearer, "webex-schedule-message", later).await;
        let many = json!({"roomIds": [room], "text": text});
        self.call(bearer, "webex-broadcast-message", many).await;
        let hook = json!({"name": "Hook", "targetUrl": "http://127.0.0.1:9/", "resource": "messages",
            "event": "created", "secret": secret});
        self.call(bearer, "webex-create-webhook", hook).await;
        let exported = json!({"roomId": room, "format": "json"});
        self.call(bearer, "webex-export-space", exported).await;
        self.call(bearer, "webex-catch-up", json!({})).await;
        self.done(bearer, "webex-get-space", json!({"max": 100}))
            .await;
        for method in [
            "tools/list",
            "resources/list",
            "prompts/list",
            "server/discover",
        ] {
            self.mcp(bearer, method, json!({})).await;
        }
        let prompt = json!({"name": "webex-catch-me-up", "arguments": {}});
        self.mcp(bearer, "prompts/get", prompt).await;
        self.mcp(bearer, "prompts/get", json!({"name": text})).await;
        self.mcp(
            bearer,
            "resources/read",
            json!({"uri": format!("webex://{text}/x")}),
        )
        .await;
        self.mcp(bearer, &text, json!({"name": text})).await;
        // What is wrong with a call is told without what it says.
        let long = format!("{text} ").repeat(1_000);
        for (tool, arguments) in [
            (
                "webex-create-message",
                json!({"roomId": text, "text": text}),
            ),
            (
                "webex-create-message",
                json!({"roomId": room, "text": long}),
            ),
            (
                "webex-create-message",
                json!({"roomId": room, "text": {"a": text}, (text.as_str()): text}),
            ),
            ("webex-get-message", json!({"messageId": text})),
            (
                "webex-create-webhook",
                json!({"name": "Hook", "targetUrl": secret, "resource": secret,
                "event": secret, "secret": secret}),
            ),
            (
                "webex-schedule-message",
                json!({"roomId": room, "text": text, "at": text}),
            ),
            ("webex-delete-space", in_room.clone()),
            ("webex-nothing", json!({"text": text})),
        ] {
            self.refused_or_unknown(bearer, tool, arguments).await;
        }
        for fault in [
            Fault::status(400),
            Fault::status(401),
            Fault::status(403),
            Fault::status(404),
            Fault::status(409),
            Fault::status(500),
            Fault::InvalidJson,
            Fault::EmptyBody,
            Fault::Cut { after_bytes: 10 },
            Fault::Late { code: 504 },
        ] {
            let faults = self.sandbox.faults();
            faults.next_on(1, "POST", "/v1/messages", fault.clone());
            self.call(bearer, "webex-create-message", said.clone())
                .await;
            self.sandbox
                .faults()
                .next_on(1, "GET", "/v1/messages", fault);
            self.call(bearer, "webex-search-messages", in_room.clone())
                .await;
            self.sandbox.faults().clear();
        }
        self.wire.quotes.store(true, Ordering::SeqCst);
        self.refused(bearer, "webex-create-message", said.clone())
            .await;
        self.wire.quotes.store(false, Ordering::SeqCst);
    }

    async fn refused_or_unknown(&mut self, bearer: &str, tool: &str, arguments: Value) {
        let params = json!({"name": tool, "arguments": arguments});
        let answer = self.mcp(bearer, "tools/call", params).await;
        let is_refused = answer["result"]["isError"] == true || answer["error"].is_object();
        assert!(is_refused, "{tool}: {answer}");
    }
}

const FORTNIGHT: Duration = Duration::from_secs(15 * 24 * 60 * 60);

async fn signing_in(format: &str) {
    let mut house = House::new("broker", format).await;
    let client = house.registered().await;
    house.wrong(&client).await;
    house.code(&client, "bob", true).await;
    let (exchanged, given) = house.signed_in(&client, "alice").await;
    let bearer = given.field("access_token");
    house.acts(&bearer).await;
    let me = json!({"personId": "me"});
    house.sandbox.clock().advance(FORTNIGHT);
    house.done(&bearer, "webex-get-person", me.clone()).await;
    let token = given.field("refresh_token");
    let refresh = [
        ("grant_type", "refresh_token"),
        ("refresh_token", token.as_str()),
    ];
    assert_eq!(house.token(&client, &refresh).await.status, 200);
    // A code that comes twice takes back what it gave.
    let exchange = client.exchange(&exchanged);
    assert_eq!(house.token(&client, &exchange).await.status, 400);
    // Webex repeats what it was sent, and does not renew.
    let (_, given) = house.signed_in(&client, "bob").await;
    let bobs = given.field("access_token");
    house.sandbox.clock().advance(FORTNIGHT);
    house.wire.quotes.store(true, Ordering::SeqCst);
    house.call(&bobs, "webex-get-person", me).await;
    house.wire.quotes.store(false, Ordering::SeqCst);
    let (_, given) = house.signed_in(&client, "carol").await;
    let bearer = given.field("access_token");
    let revoked = [
        ("client_id", client.id.as_str()),
        ("client_secret", client.secret.as_str()),
        ("token", bearer.as_str()),
    ];
    let told = house.form(("a revocation", NOTHING), "/oauth/revoke", &revoked, &[]);
    assert_eq!(told.await.status, 200);
    house.end().await;
    for (kind, what) in [
        (Kind::Text, "an answer"),
        (Kind::Token, "tokens"),
        (Kind::Token, "a registration"),
        (Kind::Code, "the way back"),
        (Kind::Page, "the page"),
    ] {
        house.cage.saw(kind, what);
    }
    house.cage.check();
}

#[tokio::test(crate = "crate::journey", flavor = "multi_thread", worker_threads = 2)]
async fn who_signs_in_leaves_no_secret_in_a_log_for_people() {
    signing_in("human").await;
}

#[tokio::test(crate = "crate::journey", flavor = "multi_thread", worker_threads = 2)]
async fn who_signs_in_leaves_no_secret_in_a_log_for_collectors() {
    signing_in("json").await;
}

#[tokio::test(crate = "crate::journey", flavor = "multi_thread", worker_threads = 2)]
async fn a_token_that_is_passed_through_is_written_nowhere() {
    let mut house = House::new("passthrough", "json").await;
    let scopes: Vec<&str> = SCOPES.split(',').collect();
    let token = house.sandbox.grant("alice@example.com", &scopes).unwrap();
    house.cage.set("Webex's token", Kind::Secret, &token);
    house.acts(&token).await;
    let made_up = house.cage.new_word("a made-up token", Kind::Secret);
    for bearer in [made_up.as_str(), &token[1..]] {
        let request = house
            .request(Method::POST, "/mcp/webex")
            .bearer_auth(bearer);
        assert_eq!(house.send("a refusal", NOTHING, request).await.status, 401);
    }
    house.end().await;
    house.cage.saw(Kind::Text, "an answer");
    house.cage.check();
}
