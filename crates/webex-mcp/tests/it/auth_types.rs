//! The four kinds of credentials that platforms know for a server, one journey for each, with the
//! header: `docs/auth.md` has the table.

use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::journey::directory;
use crate::signing_in::{ANOTHER_ORGANIZATION, BACK, House, as_form};

const TOOL: &str = "webex-get-person";
const SECRET: &str = "an-operator-chose-this-secret-1";
const HEADER: &str = "x-api-token";
const NAMED: &str = "[auth]\nheader = \"X-API-Token\"\n";

impl House {
    /// Who a call with these headers acts as.
    async fn acts_as(&self, headers: &[(&str, &str)]) -> Result<String, StatusCode> {
        let arguments = json!({"personId": "me"});
        match self.called("webex", headers, TOOL, arguments).await {
            (StatusCode::OK, answer) => {
                let facts = &answer["result"]["structuredContent"];
                let address = facts["people"][0]["emails"][0].as_str();
                Ok(address.unwrap_or_default().to_owned())
            }
            (status, _) => Err(status),
        }
    }

    /// The three ways of the header that work, and those that do not.
    async fn header_works(&self, token: &str, address: &str) {
        let bearer = format!("Bearer {token}");
        let (usual, named, bare) = (
            ("authorization", &*bearer),
            (HEADER, &*bearer),
            (HEADER, token),
        );
        for sent in [usual, named, bare] {
            assert_eq!(
                self.acts_as(&[sent]).await.as_deref(),
                Ok(address),
                "{sent:?}"
            );
        }
        let refused = Err(StatusCode::UNAUTHORIZED);
        for sent in [
            &[][..],
            &[usual, named],
            &[usual, bare],
            &[(HEADER, "made-up")],
            &[("x-other-token", token)],
        ] {
            assert_eq!(self.acts_as(sent).await, refused, "{sent:?}");
        }
    }

    async fn metadata(&self) -> Value {
        self.json("/.well-known/oauth-authorization-server").await
    }
}

/// A file with a secret.
fn file(text: &str) -> String {
    let path = directory().join("secret");
    std::fs::write(&path, text).unwrap();
    path.display().to_string()
}

/// `userScopedToken`: each user's own Webex token comes with the request.
#[tokio::test(crate = "crate::journey")]
async fn user_scoped_token() {
    let house = House::with("passthrough", NAMED, &[]).await;
    house.header_works("sandbox-bob", "bob@example.com").await;
    house
        .header_works("sandbox-carol", "carol@example.com")
        .await;
}

/// A bearer that Webex no longer takes is told at the door, and at once: its client gets another.
#[tokio::test(crate = "crate::journey")]
async fn a_bearer_that_has_expired_is_refused_with_the_first_request() {
    let house = House::with("passthrough", "", &[]).await;
    let tool = |name: &str, arguments: Value| json!({"name": name, "arguments": arguments});
    let me = tool(TOOL, json!({"personId": "me"}));
    let through = json!({"tool": "webex-get-space", "arguments": {"max": 1}});
    let title = json!({"name": "roomId", "value": "Uni"});
    let of_space = json!({"type": "ref/resource", "uri": "webex://spaces/{roomId}"});
    let space = json!({"roomId": "Project Unicorn"});
    let sent = json!({"roomId": "Project Unicorn", "text": "a"});
    let asked = [
        ("webex", "tools/call", me),
        ("webex", "tools/call", tool("webex-create-message", sent)),
        (
            "webex-compact",
            "tools/call",
            tool("webex-use-read-tool", through),
        ),
        ("webex", "resources/read", json!({"uri": "webex://spaces"})),
        ("webex", "resources/list", json!({})),
        ("webex", "prompts/get", tool("webex-audit-space", space)),
        (
            "webex",
            "completion/complete",
            json!({"ref": of_space, "argument": title}),
        ),
    ];
    let order = json!({"email": "carol@example.com", "lifetimeSecs": 600}).to_string();
    let mut tokens = Vec::new();
    for _ in &asked {
        let made = house
            .http
            .post(format!("http://{}/_sandbox/tokens", house.webex));
        let made = made
            .header("content-type", "application/json")
            .body(order.clone());
        let made = made.send().await.unwrap().text().await.unwrap();
        let made: Value = serde_json::from_str(&made).unwrap();
        let token = made["token"].as_str().unwrap().to_owned();
        let known = house.call("webex", &token, TOOL).await;
        assert_eq!(known.0, StatusCode::OK, "{}", known.1);
        tokens.push(token);
    }
    let forward = house
        .http
        .post(format!("http://{}/_sandbox/clock", house.webex));
    let forward = forward.header("content-type", "application/json");
    let forward = forward.body(json!({"advanceSecs": 1_000}).to_string());
    assert!(forward.send().await.unwrap().status().is_success());
    for ((slug, method, params), token) in asked.into_iter().zip(&tokens) {
        let bearer = format!("Bearer {token}");
        let sent = [("authorization", &*bearer)];
        let (status, told) = house.asked(slug, &sent, method, params).await;
        assert_eq!(status, StatusCode::UNAUTHORIZED, "{method}: {told}");
    }
}

/// `orgScopedToken`: an administrator set one token for everybody, that of a bot.
#[tokio::test(crate = "crate::journey")]
async fn org_scoped_token() {
    let house = House::with("passthrough", NAMED, &[]).await;
    house
        .header_works("sandbox-ci-bot", "ci-bot@webex.bot")
        .await;
    // Only people of the organizations that the operator listed may come.
    let foreign = [("WEBEX_MCP_PASSTHROUGH_ORGANIZATIONS", ANOTHER_ORGANIZATION)];
    let house = House::with("passthrough", NAMED, &foreign).await;
    let sent = [(HEADER, "sandbox-ci-bot")];
    assert_eq!(house.acts_as(&sent).await, Err(StatusCode::FORBIDDEN));
}

/// `OAuth2_clientCredentials`: a platform gets tokens of ours with its id and secret.
#[tokio::test(crate = "crate::journey")]
async fn oauth2_client_credentials() {
    let (secret, token) = (file(SECRET), file("sandbox-ci-bot"));
    let settings = format!(
        "{NAMED}[broker.clients.platform]\nsecret_file = {secret:?}\ntoken_file = {token:?}\n"
    );
    let house = House::with("broker", &settings, &[]).await;
    let metadata = house.metadata().await;
    let grants = metadata["grant_types_supported"].to_string();
    assert!(grants.contains("client_credentials"), "{metadata}");
    let resource = format!("{}/mcp/webex", house.base);
    let ask = async |secret: &str, scope: &str| {
        let fields = [
            ("grant_type", "client_credentials"),
            ("resource", &resource),
            ("scope", scope),
        ];
        let request = house.request(reqwest::Method::POST, "/oauth/token");
        let asked = as_form(request, &fields).basic_auth("platform", Some(secret));
        let answer = asked.send().await.unwrap();
        let (status, text) = (answer.status(), answer.text().await.unwrap());
        (status, serde_json::from_str::<Value>(&text).unwrap())
    };
    let (status, refused) = ask("wrong", "").await;
    assert_eq!(
        (status, &refused["error"]),
        (StatusCode::UNAUTHORIZED, &json!("invalid_client"))
    );
    let (_, refused) = ask(SECRET, "spark:unknown").await;
    assert_eq!(refused["error"], "invalid_scope", "{refused}");
    let (_, narrow) = ask(SECRET, "spark:people_read spark:unknown").await;
    assert_eq!(narrow["scope"], "spark:people_read", "{narrow}");
    let narrow = narrow["access_token"].as_str().unwrap();
    let bearer = format!("Bearer {narrow}");
    let sent = [("authorization", &*bearer)];
    assert_eq!(
        house.acts_as(&sent).await.as_deref(),
        Ok("ci-bot@webex.bot")
    );
    let (_, spaces) = house
        .called("webex", &sent, "webex-get-space", json!({"max": 1}))
        .await;
    assert_eq!(spaces["result"]["isError"], true, "{spaces}");
    let (status, given) = ask(SECRET, "").await;
    assert_eq!(status, StatusCode::OK, "{given}");
    let scopes = given["scope"].as_str().unwrap();
    assert!(scopes.contains("spark:messages_write"), "{scopes}");
    assert_eq!(
        (&given["token_type"], &given["refresh_token"]),
        (&json!("Bearer"), &Value::Null)
    );
    let token = given["access_token"].as_str().unwrap();
    house.header_works(token, "ci-bot@webex.bot").await;
    let revoked = [
        ("client_id", "platform"),
        ("client_secret", SECRET),
        ("token", token),
    ];
    assert_eq!(
        house.form("/oauth/revoke", &revoked).await.0,
        StatusCode::OK
    );
    let sent = [(HEADER, token)];
    assert_eq!(house.acts_as(&sent).await, Err(StatusCode::UNAUTHORIZED));
}

/// `OAuth2_authorizationCode`: each user signs in, by a client that the operator knows.
#[tokio::test(crate = "crate::journey")]
async fn oauth2_authorization_code() {
    let secret = file(SECRET);
    let settings = format!(
        "{NAMED}[broker.clients.platform]\nname = \"Platform\"\nsecret_file = {secret:?}\n\
         redirect_uris = [{BACK:?}]\n"
    );
    let house = House::with("broker", &settings, &[]).await;
    let metadata = house.metadata().await;
    for field in [
        "authorization_endpoint",
        "token_endpoint",
        "scopes_supported",
    ] {
        assert!(!metadata[field].is_null(), "{metadata}");
    }
    let grants = metadata["grant_types_supported"].to_string();
    assert!(!grants.contains("client_credentials"), "{metadata}");
    let given = house
        .token_with("platform", "bob", &[("client_secret", SECRET)])
        .await;
    let token = given["access_token"].as_str().unwrap();
    house.header_works(token, "bob@example.com").await;
}
