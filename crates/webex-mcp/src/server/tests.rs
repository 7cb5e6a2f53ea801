//! The composition root as a client sees it.

use super::*;
use crate::auth;
use crate::config::{Environment, Flag};
use crate::edge::http::{self, Bounds};
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

async fn sandbox() -> (Core, Http) {
    let listen = Flag {
        flag: "--listen",
        section: "server",
        key: "listen",
        value: "127.0.0.1:0".into(),
    };
    let loaded = Loaded::read(None, &Environment::default(), vec![listen]).unwrap();
    let core = Core::new(loaded, &Upstream::sandbox()).unwrap();
    let http = core.http().await.unwrap();
    (core, http)
}

async fn served(http: Http) {
    let bounds = Bounds::default();
    http::serve(http.listener, http.router, bounds, http.wire, http.drain).await;
}

async fn call(base: &str, token: Option<&str>, tool: &str, arguments: Value) -> Value {
    let version = "2026-07-28";
    let meta = json!({
        "io.modelcontextprotocol/protocolVersion": version,
        "io.modelcontextprotocol/clientInfo": {"name": "test", "version": "1"},
        "io.modelcontextprotocol/clientCapabilities": {},
    });
    let body = json!({"jsonrpc": "2.0", "id": 1, "method": "tools/call",
        "params": {"name": tool, "arguments": arguments, "_meta": meta}});
    let mut request = reqwest::Client::builder()
        .no_proxy()
        .build()
        .unwrap()
        .post(format!("{base}/mcp/webex-messaging"))
        .header("content-type", "application/json")
        .header("accept", "application/json, text/event-stream")
        .header("mcp-protocol-version", version)
        .header("mcp-method", "tools/call")
        .header("mcp-name", tool)
        .body(body.to_string());
    if let Some(token) = token {
        request = request.bearer_auth(token);
    }
    let text = request.send().await.unwrap().text().await.unwrap();
    serde_json::from_str(&text).unwrap()
}

#[tokio::test]
async fn the_sandbox_serves_its_people_until_it_is_drained() {
    let (_core, http) = sandbox().await;
    let (base, drain) = (http.base.clone(), http.drain.clone());
    let serving = tokio::spawn(served(http));
    let titles = |answer: &Value| {
        let spaces = answer["result"]["structuredContent"]["spaces"].clone();
        spaces.as_array().map_or(0, Vec::len)
    };
    let query = json!({"query": "Leadership"});
    // Without a token the caller is Alice; Harold sees the spaces that he is a member of.
    let alice = call(&base, None, "webex-search-spaces", query.clone()).await;
    let as_alice = call(
        &base,
        Some("sandbox-alice"),
        "webex-search-spaces",
        query.clone(),
    )
    .await;
    assert_eq!(
        alice["result"]["structuredContent"],
        as_alice["result"]["structuredContent"]
    );
    let harold = call(&base, Some("sandbox-harold"), "webex-search-spaces", query).await;
    assert_eq!(titles(&harold), 1, "{harold}");
    drain.cancel();
    tokio::time::timeout(std::time::Duration::from_secs(5), serving)
        .await
        .expect("nothing is in flight, so it ends at once")
        .unwrap();
}

#[tokio::test]
async fn a_taken_address_is_told() {
    let (_core, http) = sandbox().await;
    let error = listen(http.address).await.unwrap_err().to_string();
    assert!(error.contains("--listen"), "{error}");
}

#[tokio::test]
async fn the_public_address_stands_in_links_and_hosts() {
    let environment = Environment::of([
        ("WEBEX_MCP_SERVER_PUBLIC_URL", "https://example.com/webex/"),
        ("WEBEX_MCP_SERVER_ALLOWED_HOSTS", "other.example:8443"),
    ]);
    let loaded = Loaded::read(None, &environment, vec![]).unwrap();
    let core = Core::new(loaded, &Upstream::sandbox()).unwrap();
    let everywhere = ([0, 0, 0, 0], 8484).into();
    assert_eq!(core.public_base(everywhere), "https://example.com/webex");
    assert_eq!(
        core.hosts(everywhere),
        ["other.example:8443", "example.com"]
    );
    // Beyond loopback, a caller without a token does not become Alice.
    let open = core.authentication(everywhere, AuthMode::Static);
    let nothing = Default::default();
    let head = auth::Head {
        headers: &nothing,
        address: Some([127, 0, 0, 1].into()),
        is_forwarded: false,
        server: "",
        token_header: None,
    };
    assert!(open.caller(&head).await.is_err());
}

/// A mistake that only the parts of a server can tell stops the start, and so does the check.
#[test]
fn clients_are_checked_before_anybody_uses_them() {
    let directory = tempfile::tempdir().unwrap();
    let written = |name: &str, text: &str| {
        let path = directory.path().join(name);
        std::fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let (long, short) = (
        written("long", &"s".repeat(32)),
        written("short", "guess me"),
    );
    let strange = written("strange", "two words");
    let table = |lines: String| {
        format!(
            "[auth]\nmode = \"broker\"\n[broker]\nregistered_scopes = [\"spark:rooms_read\"]\n\
             [servers.webex]\nauthentication = \"passthrough\"\n[broker.clients.report]\n{lines}"
        )
    };
    let person = format!("secret_file = {long:?}\nperson = \"alice@example.com\"\n");
    let file = |lines: String| written("webex-mcp.toml", &table(lines));
    let checked = |lines: String| {
        let path = file(lines);
        let loaded = Loaded::read(Some(path.as_ref()), &Environment::default(), vec![]);
        check(&loaded.unwrap()).map_err(|error| error.to_string())
    };
    checked(person.clone()).unwrap();
    checked(format!("{person}servers = [\"webex-messaging\"]")).unwrap();
    for (lines, expected) in [
        (
            format!("secret_file = {short:?}\nperson = \"a@b\""),
            "fewer than 22 characters",
        ),
        (
            format!("secret_file = {long:?}\nperson = \"Alice\""),
            "e-mail address",
        ),
        (
            format!("secret_file = {long:?}\ntoken_file = {strange:?}"),
            "holds no access token",
        ),
        (
            "redirect_uris = [\"http://example.com/\"]".to_owned(),
            "use https",
        ),
        (
            format!("{person}servers = [\"webex-massaging\"]"),
            "there is no server `webex-massaging`",
        ),
        (
            format!("{person}servers = [\"webex\"]"),
            "nobody signs in for `webex`",
        ),
        (
            format!("{person}scopes = [\"spark:all\"]"),
            "not among broker.registered_scopes",
        ),
    ] {
        let error = checked(lines).unwrap_err();
        assert!(
            error.contains(expected) && error.contains("line "),
            "{error}\n{expected}"
        );
        assert!(
            !error.contains("guess me") && !error.contains("two words"),
            "{error}"
        );
    }
    let named = Environment::of([("WEBEX_MCP_AUTH_HEADER", "Cookie")]);
    let loaded = Loaded::read(None, &named, vec![]).unwrap();
    let error = check(&loaded).unwrap_err().to_string();
    assert!(
        error.contains("WEBEX_MCP_AUTH_HEADER") && error.contains("another meaning"),
        "{error}"
    );
}

#[tokio::test]
async fn a_static_server_beyond_loopback_has_several_people_behind_one_caller() {
    let environment = Environment::of([("WEBEX_ACCESS_TOKEN", "token")]);
    let loaded = Loaded::read(None, &environment, vec![]).unwrap();
    let core = Core::new(loaded, &Upstream::Webex).unwrap();
    for (listen, is_shared) in [("127.0.0.1:1", false), ("0.0.0.0:1", true)] {
        let Authentication::Static(one) =
            core.authentication(listen.parse().unwrap(), AuthMode::Static)
        else {
            panic!("the default is static");
        };
        assert_eq!(one.caller().is_shared, is_shared, "{listen}");
    }
}

#[tokio::test]
async fn a_rule_for_a_server_that_there_is_not_stops_the_start() {
    for (rules, told) in [
        (r#"[{ servers = ["webex"] }, { servers = ["*"] }]"#, None),
        (
            r#"[{ servers = ["webex-mesaging"] }]"#,
            Some("did you mean `webex-messaging`?"),
        ),
        (
            r#"[{ servers = ["webex", "x"] }]"#,
            Some("there is no server `x`"),
        ),
    ] {
        let environment = Environment::of([("WEBEX_MCP_JWT_RULES", rules)]);
        let loaded = Loaded::read(None, &environment, vec![]).unwrap();
        let refused = Core::new(loaded, &Upstream::sandbox()).err();
        let refused = refused.map(|error| error.to_string());
        assert_eq!(refused.is_some(), told.is_some(), "{rules}");
        let refused = refused.unwrap_or_default();
        assert!(refused.contains(told.unwrap_or_default()), "{refused}");
    }
}

/// A server for people's own tokens, in front of a Webex that listens on this machine.
async fn passthrough(upstream: &str, data: &std::path::Path, secrets: &[&str]) -> String {
    let names = ["WEBEX_MCP_SECRET_KEY", "WEBEX_MCP_SECRET_PREVIOUS_KEY"];
    let [current, previous] = [0, 1].map(|at| secrets.get(at).copied().unwrap_or(""));
    let environment = Environment::of([
        ("WEBEX_MCP_SERVER_LISTEN", "127.0.0.1:0"),
        ("WEBEX_MCP_AUTH_MODE", "passthrough"),
        ("WEBEX_BASE_URL", upstream),
        ("WEBEX_MCP_DATA_DIR", data.to_str().unwrap()),
        (names[0], current),
        (names[1], previous),
    ]);
    let loaded = Loaded::read(None, &environment, vec![]).unwrap();
    let http = Core::new(loaded, &Upstream::Webex)
        .unwrap()
        .http()
        .await
        .unwrap();
    let base = http.base.clone();
    tokio::spawn(served(http));
    base
}

/// On this machine, the sandbox's page and REST API are served beside the tools; elsewhere only the
/// tools.
#[tokio::test]
async fn the_sandbox_is_beside_its_tools_on_loopback_only() {
    use tower::ServiceExt as _;
    for (listen, is_beside) in [
        ("127.0.0.1:0", true),
        ("[::1]:0", true),
        ("0.0.0.0:0", false),
    ] {
        let listen = Flag {
            flag: "--listen",
            section: "server",
            key: "listen",
            value: listen.into(),
        };
        let loaded = Loaded::read(None, &Environment::default(), vec![listen]).unwrap();
        let core = Core::new(loaded, &Upstream::sandbox()).unwrap();
        let http = core.http().await.unwrap();
        let status = async |path: &str| {
            let request = axum::http::Request::get(path)
                .header("host", "localhost")
                .header("authorization", "Bearer sandbox-bob")
                .body(axum::body::Body::empty())
                .unwrap();
            let answer = http.router.clone().oneshot(request).await.unwrap();
            answer.status().as_u16()
        };
        let found = if is_beside { 200 } else { 404 };
        for path in ["/v1/people/me", "/_sandbox/", "/_sandbox/overview"] {
            assert_eq!(status(path).await, found, "{path} at {}", http.address);
        }
        assert_eq!(status("/healthz").await, 200);
        assert_eq!(status("/nonsense").await, 404);
        // An open page does not hold up a drain.
        http.drain.cancel();
        let sandbox = core.sandbox.as_ref().unwrap();
        assert_eq!(sandbox.ending().is_cancelled(), is_beside);
    }
}

/// A page that rebinds its name to this machine still sends that name, and any page its origin.
#[tokio::test]
async fn what_is_beside_the_tools_is_for_the_same_hosts_and_origins() {
    use tower::ServiceExt as _;
    let (_core, http) = sandbox().await;
    for (host, origin, status) in [
        ("localhost", None, 200),
        ("127.0.0.1:8484", Some("http://127.0.0.1:8484"), 200),
        ("evil.example:8484", None, 403),
        ("evil.example:8484", Some("http://evil.example:8484"), 403),
        ("127.0.0.1:8484", Some("http://evil.example"), 403),
        ("127.0.0.1:8484", Some("null"), 403),
        ("not a host", None, 400),
    ] {
        for path in ["/v1/people/me", "/v1/rooms"] {
            let request = axum::http::Request::get(path)
                .header("host", host)
                .header("authorization", "Bearer sandbox-alice");
            let request = match origin {
                Some(origin) => request.header("origin", origin),
                None => request,
            };
            let request = request.body(axum::body::Body::empty()).unwrap();
            let answer = http.router.clone().oneshot(request).await.unwrap();
            assert_eq!(answer.status().as_u16(), status, "{host} {origin:?} {path}");
        }
    }
}

#[tokio::test]
async fn a_rolled_key_keeps_principals_cursors_and_refusals() {
    let listener = listen(([127, 0, 0, 1], 0).into()).await.unwrap();
    let upstream = format!("http://{}/v1", listener.local_addr().unwrap());
    let sandbox = Sandbox::new(webex_sandbox::Options::default());
    let drain = CancellationToken::new();
    tokio::spawn(serve_until_told(listener, sandbox.router(), drain));
    let (old, new) = ("11".repeat(32), "22".repeat(32));
    let data = tempfile::tempdir().unwrap();
    let before = passthrough(&upstream, data.path(), &[&old]).await;
    let after = passthrough(&upstream, data.path(), &[&new, &old]).await;
    let (alice, find) = (Some("sandbox-alice"), "webex-get-space");
    let first = call(&before, alice, find, json!({"max": 1})).await;
    let cursor = &first["result"]["structuredContent"]["page"]["cursor"];
    let next = json!({"max": 1, "cursor": cursor});
    let second = call(&after, alice, find, next.clone()).await;
    let spaces = &second["result"]["structuredContent"]["spaces"];
    assert_eq!(spaces.as_array().map(Vec::len), Some(1), "{first} {second}");
    let stolen = call(&after, Some("sandbox-harold"), find, next).await;
    assert_eq!(stolen["result"]["isError"], true, "{stolen}");
    // A caller that Webex does not know never reaches a tool.
    let nobody = call(&after, Some("made-up"), find, json!({})).await;
    assert_eq!(nobody["error"]["code"], -32600, "{nobody}");
}

#[tokio::test]
async fn each_server_knows_callers_in_its_own_way() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("s.toml");
    let file = "[server]\nlisten = \"127.0.0.1:0\"\n[auth]\nmode = \"passthrough\"\n\
                [servers.desk]\nauthentication = \"static\"\ntools = [\"spaces\"]\n";
    std::fs::write(&path, file).unwrap();
    let environment = Environment::of([
        ("WEBEX_ACCESS_TOKEN", "tok"),
        ("WEBEX_MCP_SECRET_KEY", &"07".repeat(32)),
    ]);
    let loaded = Loaded::read(Some(&path), &environment, vec![]).unwrap();
    let core = Core::new(loaded, &Upstream::Webex).unwrap();
    let http = core.http().await.unwrap();
    let status = async |slug: &str| {
        use tower::ServiceExt as _;
        let body = json!({"jsonrpc": "2.0", "id": 1, "method": "server/discover", "params": {"_meta": {
            "io.modelcontextprotocol/protocolVersion": "2026-07-28",
            "io.modelcontextprotocol/clientCapabilities": {},
        }}});
        let request = axum::http::Request::post(format!("/mcp/{slug}"))
            .header("host", "localhost")
            .header("content-type", "application/json")
            .header("mcp-protocol-version", "2026-07-28")
            .header("mcp-method", "server/discover")
            .body(axum::body::Body::from(body.to_string()))
            .unwrap();
        http.router.clone().oneshot(request).await.unwrap().status()
    };
    assert_eq!(status("webex").await, 401, "as auth.mode says");
    assert_eq!(
        status("desk").await,
        200,
        "with the token of the configuration"
    );
    assert_eq!(status("nothing").await, 404);
    let slugs = |servers: Vec<Arc<VirtualServer>>| {
        servers
            .iter()
            .map(|server| server.slug.to_string())
            .collect::<Vec<_>>()
    };
    let served = slugs(http.servers.all());
    assert_eq!(served.first().map(String::as_str), Some("webex-messaging"));
    assert_eq!(served[served.len() - 2..], ["webex", "desk"]);
    assert_eq!(slugs(core.servers.clone()), slugs(http.servers.all()));
}

#[tokio::test]
async fn beyond_loopback_no_token_stands_for_a_yes() {
    for (listen, expected) in [
        ("127.0.0.1:0", Otherwise::Token),
        ("0.0.0.0:0", Otherwise::Refuse),
    ] {
        let environment = Environment::of([("WEBEX_MCP_SERVER_LISTEN", listen)]);
        let loaded = Loaded::read(None, &environment, vec![]).unwrap();
        let core = Core::new(loaded, &Upstream::sandbox()).unwrap();
        let http = core.http().await.unwrap();
        // Compact servers take no token anywhere.
        let expected_of = |slug: &str, usual| match slug {
            "webex-compact" => Otherwise::Refuse,
            _ => usual,
        };
        for server in http.servers.all() {
            let expected = expected_of(&server.slug, expected);
            assert_eq!(server.confirmation.otherwise, expected, "{listen}");
        }
        // stdio has one user, who sits at this machine.
        for server in &core.servers {
            let expected = expected_of(&server.slug, Otherwise::Token);
            assert_eq!(server.confirmation.otherwise, expected);
        }
    }
}

#[tokio::test]
async fn a_large_file_goes_to_an_address_and_from_there_to_webex() {
    let (_core, http) = sandbox().await;
    let (base, drain) = (http.base.clone(), http.drain.clone());
    let serving = tokio::spawn(served(http));
    let upload = async |arguments| {
        let answer = call(&base, None, "webex-upload-file", arguments).await;
        answer["result"]["structuredContent"].clone()
    };
    let mut arguments = json!({"roomId": "Project Unicorn", "fileName": "large.txt"});
    let offer = upload(arguments.clone()).await;
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let put = client.put(offer["uploadUrl"].as_str().unwrap());
    let told = put.body("x".repeat(2_000_000)).send().await.unwrap();
    assert_eq!(told.status(), 200);
    arguments["uploadId"] = offer["uploadId"].clone();
    let sent = upload(arguments.clone()).await;
    assert!(sent["id"].is_string(), "{sent}");
    // The file is deleted here once Webex has it.
    assert_eq!(upload(arguments).await["code"], "not_found");
    drain.cancel();
    serving.await.unwrap();
}

/// Why the server does not start with these settings, if it does not.
#[cfg(unix)]
fn refusal_with(data: &std::path::Path, settings: &[(&str, &str)]) -> Option<String> {
    let mut variables: std::collections::BTreeMap<_, _> = settings
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect();
    let data = data.to_str().unwrap().to_owned();
    variables.insert("WEBEX_MCP_DATA_DIR".to_owned(), data);
    let loaded = Loaded::read(None, &Environment::with(variables), vec![]).unwrap();
    let started = Core::new(loaded, &Upstream::Webex);
    started.err().map(|error| error.to_string())
}

#[cfg(unix)]
#[tokio::test]
async fn the_secret_may_come_from_a_program_and_is_changed_through_the_one_before() {
    let data = tempfile::tempdir().unwrap();
    let prints = |byte: &str| format!("echo,{}", byte.repeat(32));
    let (ab, cd) = (prints("ab"), prints("cd"));
    let one = ("WEBEX_MCP_SECRET_KEY_COMMAND", ab.as_str());
    let two = ("WEBEX_MCP_SECRET_KEY_COMMAND", cd.as_str());
    let before = ("WEBEX_MCP_SECRET_PREVIOUS_KEY_COMMAND", one.1);
    assert_eq!(refusal_with(data.path(), &[one]), None);
    let wrong = refusal_with(data.path(), &[two]).unwrap();
    assert!(wrong.contains("another secret"), "{wrong}");
    assert_eq!(refusal_with(data.path(), &[two, before]), None);
    assert_eq!(refusal_with(data.path(), &[two]), None);
    let wrong = refusal_with(data.path(), &[one]).unwrap();
    assert!(
        !wrong.contains("abab") && !wrong.contains("echo"),
        "{wrong}"
    );
    // Without any, no new one is made.
    let lost = refusal_with(data.path(), &[]).unwrap();
    assert!(
        lost.contains("secret is missing") && lost.contains("records.db"),
        "{lost}"
    );
    assert!(!data.path().join("secret.key").exists());
    let fails = ("WEBEX_MCP_SECRET_KEY_COMMAND", "false");
    let failed = refusal_with(data.path(), &[fails]).unwrap();
    assert!(
        failed.starts_with("secret.key_command: its program failed"),
        "{failed}"
    );
}
