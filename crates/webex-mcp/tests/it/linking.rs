//! Callers come with tokens of an identity provider, and connect their accounts at Webex: a client, a
//! browser made of plain requests, the provider, the server in a process of its own, and the sandbox as
//! Webex.

use reqwest::header::{CONTENT_TYPE, COOKIE, WWW_AUTHENTICATE};
use reqwest::{Method, Response, StatusCode};
use serde_json::{Value, json};
use url::Url;

use crate::provider::{CLIENT, TestProvider};
use crate::signing_in::{Browser, House, WEEK, location};

const RULES: &str = r#"[{ claim = "groups", value = "staff", servers = ["webex"] }]"#;

struct Office {
    house: House,
    provider: TestProvider,
}

impl Office {
    /// The server is a client of the provider, so that people connect their accounts.
    async fn connecting(file: &str, more: &[(&str, &str)]) -> Self {
        let (id, secret) = CLIENT;
        let client = [
            ("WEBEX_MCP_JWT_CLIENT_ID", id),
            ("WEBEX_MCP_JWT_CLIENT_SECRET", secret),
        ];
        Office::with(file, &[&client[..], more].concat()).await
    }

    async fn with(file: &str, more: &[(&str, &str)]) -> Self {
        let provider = TestProvider::start().await;
        let issuer = provider.issuer.clone();
        let settings = [
            ("WEBEX_MCP_JWT_ISSUER", &*issuer),
            ("WEBEX_MCP_JWT_PRIVATE_HOSTS", "127.0.0.1"),
            ("WEBEX_MCP_JWT_RULES", RULES),
            ("WEBEX_MCP_JWT_SCOPES", "webex"),
        ];
        let house = House::with("jwt", file, &[&settings[..], more].concat()).await;
        Office { house, provider }
    }

    fn token(&self, who: &str) -> String {
        let audience = format!("{}/mcp/webex", self.house.base);
        self.provider.token(who, &audience)
    }

    /// The same for one server, of somebody in these groups.
    fn token_of(&self, who: &str, slug: &str, groups: &[&str]) -> String {
        let audience = format!("{}/mcp/{slug}", self.house.base);
        let mut claims = self.provider.claims(who, &audience);
        claims["groups"] = json!(groups);
        let head = self.provider.head();
        self.provider.signer().token(&head, &claims)
    }

    /// Calls a tool, with a client that opens pages or does not.
    async fn called(&self, token: &str, opens_pages: bool) -> (StatusCode, Value) {
        let me = ("webex", "webex-get-person", json!({"personId": "me"}));
        self.called_at(me, token, opens_pages).await
    }

    async fn called_at(
        &self,
        (slug, tool, arguments): (&str, &str, Value),
        token: &str,
        opens_pages: bool,
    ) -> (StatusCode, Value) {
        let declared = match opens_pages {
            true => json!({"elicitation": {"url": {}}}),
            false => json!({}),
        };
        let body = json!({
            "jsonrpc": "2.0", "id": 1, "method": "tools/call",
            "params": {
                "name": tool, "arguments": arguments,
                "_meta": {
                    "io.modelcontextprotocol/protocolVersion": "2026-07-28",
                    "io.modelcontextprotocol/clientCapabilities": declared,
                },
            },
        });
        let request = self.house.request(Method::POST, &format!("/mcp/{slug}"));
        let request = request
            .bearer_auth(token)
            .header("accept", "application/json, text/event-stream")
            .header(CONTENT_TYPE, "application/json")
            .header("mcp-protocol-version", "2026-07-28")
            .header("mcp-method", "tools/call")
            .header("mcp-name", tool)
            .body(body.to_string());
        let answer = request.send().await.unwrap();
        let status = answer.status();
        let text = answer.text().await.unwrap();
        (status, serde_json::from_str(&text).unwrap_or_default())
    }

    /// From our page to the provider and back, as this person there, in a browser of its own: its cookie,
    /// and what our server says then.
    async fn proves(&self, page: &str, who: &str) -> (String, Response) {
        let house = &self.house;
        let (cookie, text, agreed) = house.decides(page, "accept").await;
        assert!(
            text.contains("<strong>127.0.0.1</strong>") && text.contains("your spaces"),
            "{text}"
        );
        let stranger = house.sends("/link", &text, "accept", "").await;
        assert_eq!(stranger.status(), StatusCode::BAD_REQUEST);
        let back = self.provider.approve(&location(&agreed), who);
        let told = self.back(back, &cookie).await;
        (cookie, told)
    }

    async fn back(&self, url: Url, cookie: &str) -> Response {
        let request = self.house.http.get(url).header(COOKIE, cookie);
        request.send().await.unwrap()
    }

    /// The whole way in a browser, as this person at the provider and with this account at Webex.
    async fn connect(&self, page: &str, who: &str, account: &str) {
        let (cookie, proved) = self.proves(page, who).await;
        self.signs_in(location(&proved), &cookie, account).await;
    }

    /// The last part of that way.
    async fn signs_in(&self, at_webex: Url, cookie: &str, account: &str) {
        let begin = format!("http://{}/v1/authorize?", self.house.webex);
        assert!(at_webex.as_str().starts_with(&begin), "{at_webex}");
        let back = self.house.at_webex(at_webex, account).await;
        let done = self.back(back, cookie).await;
        assert_eq!(done.status(), StatusCode::OK);
        let (text, email) = (done.text().await.unwrap(), format!("{account}@example.com"));
        assert!(
            text.contains(&email) && text.contains("is connected"),
            "{text}"
        );
    }

    /// As whom a call of this person acts.
    async fn acts_as(&self, token: &str, account: &str) {
        let (status, me) = self.called(token, false).await;
        assert_eq!(status, StatusCode::OK);
        assert!(
            me.to_string().contains(&format!("{account}@example.com")),
            "{me}"
        );
    }
}

/// The page that the caller is asked to open.
fn page(answer: &Value) -> String {
    let result = &answer["result"];
    assert_eq!(result["resultType"], "input_required", "{answer}");
    let asked = &result["inputRequests"]["question"]["params"];
    assert_eq!(asked["mode"], "url", "{answer}");
    asked["url"].as_str().unwrap().to_owned()
}

#[tokio::test(crate = "crate::journey")]
async fn a_caller_of_the_provider_connects_an_account_and_acts_with_it() {
    let office = Office::connecting("", &[]).await;
    let house = &office.house;
    // A client finds the provider.
    let answer = house.request(Method::POST, "/mcp/webex").send().await;
    let answer = answer.unwrap();
    assert_eq!(answer.status(), StatusCode::UNAUTHORIZED);
    let challenge = answer.headers()[WWW_AUTHENTICATE].to_str().unwrap();
    let place = "/.well-known/oauth-protected-resource/mcp/webex";
    let metadata = format!("resource_metadata=\"{}{place}\"", house.base);
    assert!(challenge.contains(&metadata), "{challenge}");
    let about = house.json(place).await;
    assert_eq!(about["resource"], format!("{}/mcp/webex", house.base));
    assert_eq!(
        about["authorization_servers"],
        json!([office.provider.issuer])
    );
    assert_eq!(about["scopes_supported"], json!(["webex"]));
    for (method, path) in [
        (Method::GET, "/.well-known/oauth-authorization-server"),
        (Method::POST, "/oauth/register"),
    ] {
        let own = house.request(method, path).send().await.unwrap();
        assert_eq!(own.status(), StatusCode::NOT_FOUND, "{path}");
    }
    // A token for another audience, and one whose owner no rule lets in.
    let (status, _) = office
        .called(&office.provider.token("alice", &house.base), true)
        .await;
    assert_eq!(status, StatusCode::UNAUTHORIZED);
    let audience = format!("{}/mcp/webex", house.base);
    let mut guest = office.provider.claims("guest", &audience);
    guest["groups"] = json!(["guests"]);
    let guest = office
        .provider
        .signer()
        .token(&office.provider.head(), &guest);
    let (status, _) = office.called(&guest, true).await;
    assert_eq!(status, StatusCode::FORBIDDEN);
    // Nothing is connected yet.
    let token = office.token("alice at the provider");
    let (status, answer) = office.called(&token, false).await;
    assert_eq!(status, StatusCode::OK, "{answer}");
    let told = &answer["result"]["structuredContent"];
    assert_eq!(told["code"], "unauthorized", "{answer}");
    assert!(
        told["url"]
            .as_str()
            .unwrap()
            .starts_with(&format!("{}/link?", house.base))
    );
    let (_, answer) = office.called(&token, true).await;
    let asked = &answer["result"]["inputRequests"]["question"]["params"];
    let (message, host) = (
        asked["message"].as_str().unwrap(),
        &house.base["http://".len()..],
    );
    assert!(
        message.contains("needs your Webex account") && message.contains(host),
        "{message}"
    );
    // Somebody else at the browser.
    let (_, refused) = office.proves(&page(&answer), "eve at the provider").await;
    assert_eq!(refused.status(), StatusCode::BAD_REQUEST);
    let text = refused.text().await.unwrap();
    assert!(text.contains("You signed in as somebody else"), "{text}");
    let (_, answer) = office.called(&token, true).await;
    // The same page works for the person whom it is for.
    office
        .connect(&page(&answer), "alice at the provider", "bob")
        .await;
    office.acts_as(&token, "bob").await;
    // A new token of the same person needs nothing more; another person does.
    let token = office.token("alice at the provider");
    office.acts_as(&token, "bob").await;
    // Whether they still may is not known once they are gone.
    let later = json!({"toPersonEmail": "carol@example.com", "text": "later", "at": "2099-01-01T09:00:00Z"});
    let schedule = ("webex", "webex-schedule-message", later);
    let (_, refused) = office.called_at(schedule, &token, false).await;
    let told = &refused["result"]["structuredContent"];
    assert_eq!(told["code"], "not_configured", "{refused}");
    let why = told["message"].as_str().unwrap();
    assert!(why.contains("comes with the call"), "{why}");
    let (_, answer) = office
        .called(&office.token("carol at the provider"), true)
        .await;
    page(&answer);
}

#[tokio::test(crate = "crate::journey")]
async fn without_a_client_at_the_provider_the_operator_is_named() {
    let office = Office::with("", &[]).await;
    for opens_pages in [true, false] {
        let (status, answer) = office.called(&office.token("alice"), opens_pages).await;
        assert_eq!(status, StatusCode::OK);
        let told = &answer["result"]["structuredContent"];
        assert_eq!(told["code"], "not_configured", "{answer}");
        let advice = told["advice"].as_str().unwrap();
        assert!(
            advice.contains("operator") && advice.contains("jwt.client_id"),
            "{advice}"
        );
    }
    let page = office.house.request(Method::GET, "/link?request=x");
    let page = page.send().await.unwrap();
    assert_eq!(page.status(), StatusCode::BAD_GATEWAY);
}

/// Who may do more by now gets what that needs on the same page as everybody.
#[tokio::test(crate = "crate::journey")]
async fn a_connected_account_gets_more_scopes() {
    let rules = r#"[{ claim = "groups", value = "staff", servers = ["desk"] },
        { claim = "groups", value = "builders", servers = ["webex"] }]"#;
    let settings = [("WEBEX_MCP_JWT_RULES", rules)];
    let office = Office::connecting("[servers.desk]\nread_only = true\n", &settings).await;
    let house = &office.house;
    let token = office.token_of("alice", "desk", &["staff"]);
    let me = ("desk", "webex-get-person", json!({"personId": "me"}));
    let (_, answer) = office.called_at(me, &token, true).await;
    office.connect(&page(&answer), "alice", "bob").await;
    let token = office.token_of("alice", "webex", &["staff", "builders"]);
    let create = || ("webex", "webex-create-space", json!({"title": "More"}));
    let (_, answer) = office.called_at(create(), &token, true).await;
    let link = page(&answer);
    assert!(
        link.starts_with(&format!("{}/oauth/scopes?", house.base)),
        "{link}"
    );
    let (cookie, text, agreed) = house.decides(&link, "accept").await;
    assert!(text.contains("asks for more access"), "{text}");
    let at_webex = location(&agreed);
    let back = house.at_webex(at_webex, "bob").await;
    assert_eq!(office.back(back, &cookie).await.status(), StatusCode::OK);
    let (status, answer) = office.called_at(create(), &token, true).await;
    assert_eq!(status, StatusCode::OK);
    assert!(
        answer["result"]["structuredContent"].is_object(),
        "{answer}"
    );
    assert!(answer["result"]["isError"] != true, "{answer}");
}

/// The operator deletes a person by the account that is connected, and the person themselves does.
#[tokio::test(crate = "crate::journey")]
async fn a_connected_account_is_listed_and_deleted() {
    let office = Office::connecting("", &[]).await;
    let house = &office.house;
    for (who, account) in [("alice", "bob"), ("carol", "alice")] {
        let token = office.token(who);
        let (_, answer) = office.called(&token, true).await;
        office.connect(&page(&answer), who, account).await;
        // The journal names them, under another pseudonym than that of their account.
        let create = ("webex", "webex-create-space", json!({"title": "Named"}));
        let (_, made) = office.called_at(create, &token, true).await;
        assert!(made["result"]["structuredContent"].is_object(), "{made}");
    }
    let issuer = office.provider.issuer.clone();
    let jwt = [
        ("WEBEX_MCP_JWT_ISSUER", &*issuer),
        ("WEBEX_MCP_JWT_PRIVATE_HOSTS", "127.0.0.1"),
        ("WEBEX_MCP_JWT_RULES", RULES),
    ];
    let run = async |arguments: &[&str]| house.run_with(&jwt, arguments).await;
    let (code, list, why) = run(&["people", "list", "--json"]).await;
    assert_eq!(code, 0, "{why}");
    let list: Value = serde_json::from_str(&list).unwrap();
    let people = list["people"].as_array().unwrap();
    let accounts: Vec<_> = people.iter().map(|it| &it["accounts"]).collect();
    assert_eq!(accounts, [1, 1], "{list}");
    let (code, told, why) = run(&["people", "delete", "alice@example.com", "--yes"]).await;
    assert_eq!(code, 0, "{why}");
    assert!(told.contains("1 connected accounts"), "{told}");
    let (_, list, _) = run(&["people", "list"]).await;
    assert!(!list.contains("alice@") && list.contains("bob@"), "{list}");

    // The page shows what there is here, and offers no more; neither does the command line.
    let mut bob = Browser::of(house, "bob").await;
    let entries = bob.page.matches("<bdi>Connected account</bdi>");
    assert_eq!(entries.count(), 1, "{}", bob.page);
    for offered in ["Make a token", "No client acts as you", ">Clients<"] {
        assert!(!bob.page.contains(offered), "{}", bob.page);
    }
    assert!(bob.send("/account/tokens", &WEEK).await.is_none());
    assert!(bob.page.contains("No server here takes"), "{}", bob.page);
    for (slug, why) in [
        ("webex", "known in another way"),
        ("nowhere", "no server of this name"),
    ] {
        let create = ["token", "create", "CI", "--for", "bob@example.com"];
        let (code, _, told) = run(&[&create[..], &["--server", slug]].concat()).await;
        assert_eq!(code, 2, "{told}");
        assert!(
            told.contains(why) && told.contains("none takes connection tokens"),
            "{told}"
        );
    }
    bob.open("/account").await;
    let sure = [("sure", "yes")];
    assert!(bob.send("/account/delete", &sure).await.is_none());
    let ended = "Connected accounts that ended: 1";
    assert!(bob.page.contains(ended), "{}", bob.page);
    let (_, answer) = office.called(&office.token("alice"), true).await;
    page(&answer);
}

/// Who opens the page once more is told which account is connected, once it is certain who they are.
#[tokio::test(crate = "crate::journey")]
async fn another_account_is_connected_once_its_person_says_so() {
    let office = Office::connecting("", &[]).await;
    let token = office.token("alice");
    let (_, answer) = office.called(&token, true).await;
    let link = page(&answer);
    office.connect(&link, "alice", "bob").await;
    for (decision, now) in [("decline", "bob"), ("accept", "carol")] {
        let shown = office.house.http.get(&link).send().await.unwrap();
        assert!(!shown.text().await.unwrap().contains("bob@example.com"));
        let (cookie, asked) = office.proves(&link, "alice").await;
        assert_eq!(asked.status(), StatusCode::OK);
        let text = asked.text().await.unwrap();
        assert!(
            text.contains("bob@example.com") && text.contains("Replace it"),
            "{text}"
        );
        let sent = office
            .house
            .sends("/link/replace", &text, decision, &cookie);
        let sent = sent.await;
        match decision {
            "accept" => office.signs_in(location(&sent), &cookie, now).await,
            _ => assert!(sent.text().await.unwrap().contains("Nothing was connected")),
        }
        office.acts_as(&token, now).await;
    }
    let bob = Browser::of(&office.house, "bob").await;
    assert!(bob.page.contains("You have connected none"), "{}", bob.page);
}
