//! A person signs in for an MCP client, end to end: a client, a browser made of plain requests, the
//! server in a process of its own, and the sandbox as Webex.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::process::Stdio;

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use reqwest::header::{CONTENT_TYPE, COOKIE, LOCATION, SET_COOKIE, WWW_AUTHENTICATE};
use reqwest::{Method, RequestBuilder, Response, StatusCode};
use serde_json::{Value, json};
use tokio::process::{Child, Command};
use tokio_util::sync::CancellationToken;
use url::Url;
use webex_sandbox::{Options, Sandbox};

use crate::hosted;
use crate::journey::{directory, free_address};

/// Nobody of the sandbox is of this one.
pub const ANOTHER_ORGANIZATION: &str =
    "Y2lzY29zcGFyazovL3VzL09SR0FOSVpBVElPTi8wMDAwMDAwMC0wMDAwLTAwMDAtMDAwMC0wMDAwMDAwMDAwMDA";

mod account;

pub use account::{Browser, WEEK};

const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
pub const BACK: &str = "http://127.0.0.1:9999/callback";
/// Those that the integration is registered with.
const SCOPES: &str = "spark:rooms_read,spark:rooms_write,spark:messages_read,spark:messages_write,spark:memberships_read,spark:people_read,spark:kms,spark-admin:people_read";

/// A hosted server, and the Webex that it stands before.
pub struct House {
    pub http: reqwest::Client,
    pub base: String,
    /// The settings of the server, and of commands beside it.
    environment: Vec<(&'static str, String)>,
    pub webex: SocketAddr,
    pub sandbox: Sandbox,
    drain: CancellationToken,
    command: Command,
    server: Child,
}

impl Drop for House {
    fn drop(&mut self) {
        self.drain.cancel();
    }
}

impl House {
    pub async fn new(settings: &[(&str, &str)]) -> Self {
        House::with("broker", "", settings).await
    }

    /// A server with this kind of authentication, and this file of settings.
    pub async fn with(auth: &str, file: &str, settings: &[(&str, &str)]) -> Self {
        let at = free_address();
        let base = format!("http://{at}");
        let sandbox = Sandbox::new(Options::default());
        let (own, callback) = (
            ("hosted", "hosted-secret"),
            format!("{base}/oauth/callback"),
        );
        hosted::register(&sandbox, own, callback);
        let drain = CancellationToken::new();
        let webex = sandbox.router().merge(sandbox.admin_router());
        let webex = hosted::webex(webex, &drain);
        let data = directory();
        let config = data.join("webex-mcp.toml");
        std::fs::write(&config, file).unwrap();
        let environment = vec![
            ("WEBEX_MCP_DATA_DIR", data.display().to_string()),
            ("WEBEX_BASE_URL", format!("http://{webex}/v1")),
            ("WEBEX_MCP_AUTH_MODE", auth.to_owned()),
            ("WEBEX_MCP_SERVER_PUBLIC_URL", base.clone()),
            ("WEBEX_MCP_BROKER_CLIENT_ID", "hosted".to_owned()),
            ("WEBEX_MCP_BROKER_CLIENT_SECRET", "hosted-secret".to_owned()),
            ("WEBEX_MCP_BROKER_REGISTERED_SCOPES", SCOPES.to_owned()),
        ];
        let mut command = Command::new(env!("CARGO_BIN_EXE_webex-mcp"));
        command
            .args(["serve", "--listen", &at.to_string(), "--config"])
            .arg(config)
            .env_clear()
            .envs(environment.iter().cloned())
            .envs(settings.iter().copied())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .kill_on_drop(true);
        let server = command.spawn().unwrap();
        let house = House {
            http: hosted::browser(),
            base,
            environment,
            webex,
            sandbox,
            drain,
            command,
            server,
        };
        house.is_up().await;
        house
    }

    /// Kills the server and starts another on the same data.
    pub async fn restart(&mut self) {
        let _ = self.server.start_kill();
        self.server.wait().await.unwrap();
        self.server = self.command.spawn().unwrap();
        self.is_up().await;
    }

    /// Ends the server without a warning.
    #[cfg(unix)]
    pub fn kill(&self) {
        let id = i32::try_from(self.server.id().unwrap()).unwrap();
        let id = rustix::process::Pid::from_raw(id).unwrap();
        rustix::process::kill_process(id, rustix::process::Signal::KILL).unwrap();
    }

    async fn is_up(&self) {
        hosted::is_up(&self.http, &format!("{}/healthz", self.base)).await;
    }

    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.http.request(method, format!("{}{path}", self.base))
    }

    pub async fn json(&self, path: &str) -> Value {
        let answer = self.request(Method::GET, path).send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::OK, "{path}");
        serde_json::from_str(&answer.text().await.unwrap()).unwrap()
    }

    pub async fn form(&self, path: &str, fields: &[(&str, &str)]) -> (StatusCode, Value) {
        let answer = as_form(self.request(Method::POST, path), fields).send();
        let answer = answer.await.unwrap();
        let status = answer.status();
        let text = answer.text().await.unwrap();
        (status, serde_json::from_str(&text).unwrap_or_default())
    }

    pub async fn register(&self) -> String {
        let metadata =
            json!({"client_name": "Agent <b>", "redirect_uris": ["http://127.0.0.1/callback"]});
        let answer = self.request(Method::POST, "/oauth/register");
        let answer = answer.header(CONTENT_TYPE, "application/json");
        let answer = answer.body(metadata.to_string()).send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::CREATED);
        let registered: Value = serde_json::from_str(&answer.text().await.unwrap()).unwrap();
        registered["client_id"].as_str().unwrap().to_owned()
    }

    fn question(&self, client: &str) -> Vec<(&'static str, String)> {
        let challenge = BASE64.encode(digest(&SHA256, VERIFIER.as_bytes()));
        vec![
            ("response_type", "code".to_owned()),
            ("client_id", client.to_owned()),
            ("redirect_uri", BACK.to_owned()),
            ("state", "s".to_owned()),
            ("code_challenge", challenge),
            ("code_challenge_method", "S256".to_owned()),
            ("resource", format!("{}/mcp/webex", self.base)),
        ]
    }

    async fn page(&self, question: &[(&str, String)], cookie: &str) -> Response {
        let mut url = Url::parse(&format!("{}/oauth/authorize", self.base)).unwrap();
        url.query_pairs_mut().extend_pairs(question);
        let request = self.http.get(url).header(COOKIE, cookie);
        request.send().await.unwrap()
    }

    /// From the page to the client's address, as this person.
    async fn signed_in(
        &self,
        client: &str,
        who: &str,
        scope: Option<&str>,
    ) -> HashMap<String, String> {
        let mut question = self.question(client);
        question.extend(scope.map(|scope| ("scope", scope.to_owned())));
        let page = self.page(&question, "").await;
        assert_eq!(page.status(), StatusCode::OK);
        let cookie = page.headers()[SET_COOKIE].to_str().unwrap();
        let cookie = cookie.split(';').next().unwrap().to_owned();
        let text = page.text().await.unwrap();
        assert!(text.contains("your spaces"), "{text}");
        let request = text.split("name=\"request\" value=\"").nth(1).unwrap();
        let request = request.split('"').next().unwrap();
        let fields = [("request", request), ("decision", "accept")];
        let stranger = as_form(self.request(Method::POST, "/oauth/consent"), &fields);
        assert_eq!(
            stranger.send().await.unwrap().status(),
            StatusCode::BAD_REQUEST
        );
        let agreed = as_form(self.request(Method::POST, "/oauth/consent"), &fields);
        let agreed = agreed.header(COOKIE, &cookie).header("origin", &self.base);
        let at_webex = location(&agreed.send().await.unwrap());
        // The form works once, and what it began goes on.
        let again = as_form(self.request(Method::POST, "/oauth/consent"), &fields);
        let again = again.header(COOKIE, &cookie).header("origin", &self.base);
        assert_eq!(
            again.send().await.unwrap().status(),
            StatusCode::BAD_REQUEST
        );
        assert!(
            at_webex
                .as_str()
                .starts_with(&format!("http://{}/v1/authorize?", self.webex))
        );
        let back = self.at_webex(at_webex, who).await;
        let stranger = self.http.get(back.clone()).send().await.unwrap();
        assert_eq!(stranger.status(), StatusCode::BAD_REQUEST);
        let told = self.http.get(back).header(COOKIE, &cookie).send().await;
        let told = location(&told.unwrap());
        assert!(told.as_str().starts_with(BACK), "{told}");
        told.query_pairs().into_owned().collect()
    }

    /// This person consents at Webex: where the browser goes then.
    pub async fn at_webex(&self, url: Url, who: &str) -> Url {
        self.decides_at_webex(url, who, "accept").await
    }

    /// The same for whatever they decide.
    pub async fn decides_at_webex(&self, url: Url, who: &str, decision: &str) -> Url {
        let email = format!("{who}@example.com");
        let people = self.sandbox.people();
        let person = people.iter().find(|person| person.email == email).unwrap();
        let form = [("person", person.id.as_str()), ("decision", decision)];
        location(&as_form(self.http.post(url), &form).send().await.unwrap())
    }

    /// Opens one of our pages with a question and decides, in a browser of its own: its cookie, the text
    /// of the page, and what the form answers.
    pub async fn decides(&self, page: &str, decision: &str) -> (String, String, Response) {
        let shown = self.http.get(page).send().await.unwrap();
        assert_eq!(shown.status(), StatusCode::OK);
        let cookie = shown.headers()[SET_COOKIE].to_str().unwrap();
        let cookie = cookie.split(';').next().unwrap().to_owned();
        let text = shown.text().await.unwrap();
        let path = Url::parse(page).unwrap().path().to_owned();
        let answer = self.sends(&path, &text, decision, &cookie).await;
        (cookie, text, answer)
    }

    /// Sends the form of a page with a question to this path.
    pub async fn sends(&self, path: &str, page: &str, decision: &str, cookie: &str) -> Response {
        let request = page.split("name=\"request\" value=\"").nth(1).unwrap();
        let request = request.split('"').next().unwrap();
        let fields = [("request", request), ("decision", decision)];
        let form = as_form(self.request(Method::POST, path), &fields);
        let form = form.header(COOKIE, cookie).header("origin", &self.base);
        form.send().await.unwrap()
    }

    pub async fn token(&self, client: &str, who: &str, scope: Option<&str>) -> Value {
        let told = self.signed_in(client, who, scope).await;
        self.exchanged(client, &told["code"], &[]).await
    }

    /// The same, with more fields in the request for the token.
    pub async fn token_with(&self, client: &str, who: &str, more: &[(&str, &str)]) -> Value {
        let told = self.signed_in(client, who, None).await;
        self.exchanged(client, &told["code"], more).await
    }

    async fn exchanged(&self, client: &str, code: &str, more: &[(&str, &str)]) -> Value {
        let resource = format!("{}/mcp/webex", self.base);
        let mut fields = vec![
            ("grant_type", "authorization_code"),
            ("client_id", client),
            ("code", code),
            ("redirect_uri", BACK),
            ("code_verifier", VERIFIER),
            ("resource", &resource),
        ];
        fields.extend_from_slice(more);
        let (status, given) = self.form("/oauth/token", &fields).await;
        assert_eq!(status, StatusCode::OK, "{given}");
        given
    }

    /// Calls a tool with a token on a server.
    pub async fn call(&self, slug: &str, token: &str, tool: &str) -> (StatusCode, Value) {
        let params = json!({"name": tool, "arguments": {"personId": "me"}});
        self.ask(slug, token, "tools/call", params).await
    }

    /// Calls a tool with these headers.
    pub async fn called(
        &self,
        slug: &str,
        headers: &[(&str, &str)],
        tool: &str,
        arguments: Value,
    ) -> (StatusCode, Value) {
        let params = json!({"name": tool, "arguments": arguments});
        self.asked(slug, headers, "tools/call", params).await
    }

    async fn ask(
        &self,
        slug: &str,
        token: &str,
        method: &str,
        params: Value,
    ) -> (StatusCode, Value) {
        let bearer = format!("Bearer {token}");
        self.asked(slug, &[("authorization", &*bearer)], method, params)
            .await
    }

    pub async fn asked(
        &self,
        slug: &str,
        headers: &[(&str, &str)],
        method: &str,
        mut params: Value,
    ) -> (StatusCode, Value) {
        params["_meta"] = json!({
            "io.modelcontextprotocol/protocolVersion": "2026-07-28",
            "io.modelcontextprotocol/clientCapabilities": {},
        });
        let mut request = self
            .request(Method::POST, &format!("/mcp/{slug}"))
            .header("accept", "application/json, text/event-stream")
            .header("content-type", "application/json")
            .header("mcp-protocol-version", "2026-07-28")
            .header("mcp-method", method);
        if let Some(name) = params["name"].as_str().or(params["uri"].as_str()) {
            request = request.header("mcp-name", name);
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let body = json!({"jsonrpc": "2.0", "id": 1, "method": method, "params": params});
        let Ok(answer) = request.body(body.to_string()).send().await else {
            return (StatusCode::BAD_GATEWAY, Value::Null);
        };
        let status = answer.status();
        let text = answer.text().await.unwrap_or_default();
        (status, serde_json::from_str(&text).unwrap_or_default())
    }
}

pub fn as_form(request: RequestBuilder, fields: &[(&str, &str)]) -> RequestBuilder {
    let mut form = url::form_urlencoded::Serializer::new(String::new());
    form.extend_pairs(fields);
    request
        .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
        .body(form.finish())
}

pub fn location(answer: &Response) -> Url {
    assert!(answer.status().is_redirection(), "{}", answer.status());
    Url::parse(answer.headers()[LOCATION].to_str().unwrap()).unwrap()
}

#[tokio::test(crate = "crate::journey")]
async fn a_client_finds_its_way_and_acts_as_the_person_who_signed_in() {
    let house = House::new(&[]).await;
    let base = house.base.clone();
    for (method, path) in [
        (Method::POST, "/mcp/webex"),
        (Method::GET, "/mcp/webex"),
        (Method::HEAD, "/mcp/webex"),
        (Method::POST, "/mcp/webex/"),
    ] {
        let answer = house.request(method, path).send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::UNAUTHORIZED);
        let challenge = answer.headers()[WWW_AUTHENTICATE].to_str().unwrap();
        let metadata =
            format!("resource_metadata=\"{base}/.well-known/oauth-protected-resource{path}\"");
        assert!(challenge.contains(&metadata), "{challenge}");
        for place in [
            format!("/.well-known/oauth-protected-resource{path}"),
            format!(
                "{}/.well-known/oauth-protected-resource",
                path.trim_end_matches('/')
            ),
        ] {
            let about = house.json(&place).await;
            let asked = match place.starts_with("/.well-known") {
                true => path,
                false => path.trim_end_matches('/'),
            };
            assert_eq!(about["resource"], format!("{base}{asked}"));
            assert_eq!(about["authorization_servers"], json!([base]));
            let scopes = about["scopes_supported"].to_string();
            assert!(
                scopes.contains("spark:messages_write") && !scopes.contains("admin"),
                "{scopes}"
            );
        }
    }
    for place in ["", "/mcp/webex"] {
        let about = house
            .json(&format!("/.well-known/oauth-authorization-server{place}"))
            .await;
        assert_eq!(about["issuer"], base);
        assert_eq!(about["code_challenge_methods_supported"], json!(["S256"]));
    }
    let client = house.register().await;
    let page = house.page(&house.question(&client), "").await;
    assert!(page.text().await.unwrap().contains("Agent &lt;b&gt;"));
    let given = house.token(&client, "bob", None).await;
    let token = given["access_token"].as_str().unwrap();
    let (status, me) = house.call("webex", token, "webex-get-person").await;
    assert_eq!(status, StatusCode::OK, "{me}");
    assert!(me.to_string().contains("bob@example.com"), "{me}");
    // It is for this server, and for nobody who alters it.
    let (status, _) = house
        .call("webex-messaging", token, "webex-get-person")
        .await;
    assert_eq!(status, StatusCode::UNAUTHORIZED);
    let (status, _) = house.call("webex", &token[1..], "webex-get-person").await;
    assert_eq!(status, StatusCode::UNAUTHORIZED);
    let refresh = given["refresh_token"].as_str().unwrap();
    let fields = [
        ("grant_type", "refresh_token"),
        ("client_id", &client),
        ("refresh_token", refresh),
    ];
    let (status, renewed) = house.form("/oauth/token", &fields).await;
    assert_eq!(status, StatusCode::OK, "{renewed}");
    let renewed = renewed["access_token"].as_str().unwrap();
    let (status, _) = house.call("webex", renewed, "webex-get-person").await;
    assert_eq!(status, StatusCode::OK);
    let revoked = [("client_id", &*client), ("token", renewed)];
    assert_eq!(
        house.form("/oauth/revoke", &revoked).await.0,
        StatusCode::OK
    );
    let (status, _) = house.call("webex", token, "webex-get-person").await;
    assert_eq!(status, StatusCode::UNAUTHORIZED);
}

#[tokio::test(crate = "crate::journey")]
async fn what_is_wrong_is_told_on_our_page_or_to_the_client() {
    let house = House::new(&[("WEBEX_MCP_BROKER_ORGANIZATIONS", ANOTHER_ORGANIZATION)]).await;
    let client = house.register().await;
    let told = house.signed_in(&client, "bob", None).await;
    assert_eq!(told["error"], "access_denied");
    assert_eq!(told["iss"], house.base);
    let wrong = |name: &str, value: &str| {
        let mut question = house.question(&client);
        question.retain(|(known, _)| *known != name);
        question.push((
            Box::leak(name.to_owned().into_boxed_str()),
            value.to_owned(),
        ));
        question
    };
    for (name, value) in [
        ("redirect_uri", "http://127.0.0.1:9999/callback/"),
        ("redirect_uri", "https://evil.example/callback"),
        ("client_id", "client-unknown"),
    ] {
        let page = house.page(&wrong(name, value), "").await;
        assert_eq!(page.status(), StatusCode::BAD_REQUEST, "{name}");
        assert!(page.headers().get(LOCATION).is_none());
        let policy = page.headers()["content-security-policy"].to_str().unwrap();
        assert!(policy.contains("frame-ancestors 'none'"), "{policy}");
    }
    // Nobody consented, so nobody is sent anywhere: the page has a link.
    let page = house
        .page(&wrong("code_challenge_method", "plain"), "")
        .await;
    assert_eq!(page.status(), StatusCode::BAD_REQUEST);
    assert!(page.headers().get(LOCATION).is_none());
    let text = page.text().await.unwrap();
    let back = format!("href=\"{BACK}?error=invalid_request");
    assert!(text.contains(&back) && text.contains("PKCE"), "{text}");
    for twice in ["client_id", "state", "scope", "prompt", "request_uri"] {
        let mut question = house.question(&client);
        question.retain(|(name, _)| *name != twice);
        question.extend([(twice, "a".to_owned()), (twice, "b".to_owned())]);
        let page = house.page(&question, "").await;
        assert_eq!(page.status(), StatusCode::BAD_REQUEST, "{twice}");
        assert!(page.headers().get(LOCATION).is_none());
        let text = page.text().await.unwrap();
        assert!(text.contains("given twice"), "{text}");
    }
    // None of the scopes of its tools is registered.
    let meetings = format!("{}/mcp/webex-meeting", house.base);
    let page = house.page(&wrong("resource", &meetings), "").await;
    assert_eq!(page.status(), StatusCode::BAD_REQUEST);
    let text = page.text().await.unwrap();
    assert!(text.contains("broker.registered_scopes"), "{text}");
    for (fields, error) in [
        (
            &[("grant_type", "password"), ("client_id", &client)][..],
            "unsupported_grant_type",
        ),
        (
            &[
                ("grant_type", "authorization_code"),
                ("client_id", "nobody"),
            ],
            "invalid_client",
        ),
        (
            &[
                ("grant_type", "refresh_token"),
                ("client_id", &client),
                ("refresh_token", "x"),
            ],
            "invalid_grant",
        ),
    ] {
        let (_, refused) = house.form("/oauth/token", fields).await;
        assert_eq!(refused["error"], error, "{refused}");
    }
}
