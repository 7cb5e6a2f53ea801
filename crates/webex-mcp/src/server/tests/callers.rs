//! How each server knows its callers, and what that changes.

use super::*;

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
