//! A caller that lacks scopes gets them, end to end: by its client, which signs in again, or by its
//! person on our page, while the call waits or is repeated.

use reqwest::header::{CONTENT_TYPE, COOKIE, WWW_AUTHENTICATE};
use reqwest::{Method, RequestBuilder, Response, StatusCode};
use serde_json::{Value, json};
use url::Url;

use crate::signing_in::{House, location};

const CREATE: &str = "webex-create-space";
const READ: &str = "spark:rooms_read";
const WRITE: &str = "spark:rooms_write";

/// A client that opens pages for its user.
fn pages() -> Value {
    json!({"elicitation": {"url": {}}})
}

/// An answer: its status, its challenge, its message.
type Told = (StatusCode, Option<String>, Value);

async fn told(request: RequestBuilder) -> Told {
    let answer = request.send().await.unwrap();
    let challenge = answer.headers().get(WWW_AUTHENTICATE);
    let challenge = challenge.map(|value| value.to_str().unwrap().to_owned());
    let status = answer.status();
    let text = answer.text().await.unwrap();
    (
        status,
        challenge,
        serde_json::from_str(&text).unwrap_or_default(),
    )
}

impl House {
    /// A call of 2026-07-28; `round` is what a client brings back.
    fn calling(&self, token: &str, round: Value, capabilities: Value) -> RequestBuilder {
        let mut params = json!({
            "name": CREATE,
            "arguments": {"title": "Step up"},
            "_meta": {
                "io.modelcontextprotocol/protocolVersion": "2026-07-28",
                "io.modelcontextprotocol/clientCapabilities": capabilities,
            },
        });
        if let Value::Object(round) = round {
            params.as_object_mut().unwrap().extend(round);
        }
        let body = json!({"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params});
        self.mcp(token, body)
            .header("mcp-protocol-version", "2026-07-28")
            .header("mcp-method", "tools/call")
            .header("mcp-name", CREATE)
    }

    fn mcp(&self, token: &str, body: Value) -> RequestBuilder {
        self.request(Method::POST, "/mcp/webex")
            .bearer_auth(token)
            .header("accept", "application/json, text/event-stream")
            .header(CONTENT_TYPE, "application/json")
            .body(body.to_string())
    }

    /// The token of a client that asked for these scopes.
    async fn token_for(&self, scope: &str) -> String {
        let client = self.register().await;
        let given = self.token(&client, "bob", Some(scope)).await;
        given["access_token"].as_str().unwrap().to_owned()
    }

    /// Somebody opens the page and accepts, and decides at Webex: the status and the text of the last
    /// page.
    async fn goes_to_webex(&self, url: &str, who: &str, decision: &str) -> (StatusCode, String) {
        let (cookie, text, agreed) = self.decides(url, "accept").await;
        assert!(text.contains("asks for more access"), "{text}");
        assert!(
            text.contains("Agent &lt;b&gt;") && text.contains(WRITE),
            "{text}"
        );
        assert!(!text.contains("spark:messages_write"), "{text}");
        let back = self.decides_at_webex(location(&agreed), who, decision);
        let ended = self.http.get(back.await).header(COOKIE, &cookie).send();
        let ended = ended.await.unwrap();
        (ended.status(), ended.text().await.unwrap())
    }

    async fn accepts(&self, url: &str, who: &str) -> (StatusCode, String) {
        self.goes_to_webex(url, who, "accept").await
    }

    /// Bob declines, on our page or at Webex.
    async fn declines(&self, url: &str, is_at_webex: bool) {
        match is_at_webex {
            false => drop(self.decides(url, "decline").await),
            true => {
                let (status, page) = self.goes_to_webex(url, "bob", "decline").await;
                assert_eq!(status, StatusCode::BAD_REQUEST);
                assert!(page.contains("declined at Webex"), "{page}");
            }
        }
    }

    async fn has_created(&self, answer: Told) {
        let (status, challenge, answer) = answer;
        assert_eq!((status, challenge), (StatusCode::OK, None), "{answer}");
        assert!(answer["result"]["isError"] != true, "{answer}");
        assert!(
            answer["result"]["structuredContent"].is_object(),
            "{answer}"
        );
    }

    /// Opens a session of 2025-11-25.
    async fn session(&self, token: &str, capabilities: Value) -> String {
        let params = json!({
            "protocolVersion": "2025-11-25",
            "capabilities": capabilities,
            "clientInfo": {"name": "test", "version": "1"}
        });
        let body = json!({"jsonrpc": "2.0", "id": 0, "method": "initialize", "params": params});
        let opened = self.mcp(token, body).send().await.unwrap();
        opened.headers()["mcp-session-id"]
            .to_str()
            .unwrap()
            .to_owned()
    }

    /// Calls in a session, and answers the request to open a page: the rest of the stream, and what
    /// the request said.
    async fn asked_in_session(
        &self,
        token: &str,
        session: &str,
        answer: Value,
    ) -> (Response, Value) {
        let mut stream = self.in_session(token, session).send().await.unwrap();
        let mut question = next(&mut stream).await;
        assert_eq!(question["method"], "elicitation/create", "{question}");
        assert_eq!(question["params"]["mode"], "url");
        let mut reply = json!({"jsonrpc": "2.0", "id": question["id"]});
        reply
            .as_object_mut()
            .unwrap()
            .extend(answer.as_object().unwrap().clone());
        let reply = self.mcp(token, reply).header("mcp-session-id", session);
        assert_eq!(reply.send().await.unwrap().status(), StatusCode::ACCEPTED);
        (stream, question["params"].take())
    }

    fn in_session(&self, token: &str, session: &str) -> RequestBuilder {
        let params = json!({"name": CREATE, "arguments": {"title": "Step up"}});
        let body = json!({"jsonrpc": "2.0", "id": 7, "method": "tools/call", "params": params});
        self.mcp(token, body).header("mcp-session-id", session)
    }
}

#[tokio::test(crate = "crate::journey")]
async fn a_client_that_opens_no_pages_hears_which_scopes_and_signs_in_with_them() {
    let house = House::new(&[]).await;
    let base = &house.base;
    let metadata =
        format!("resource_metadata=\"{base}/.well-known/oauth-protected-resource/mcp/webex\"");
    let (status, challenge, _) = told(house.request(Method::POST, "/mcp/webex")).await;
    let challenge = challenge.unwrap();
    assert_eq!(status, StatusCode::UNAUTHORIZED);
    let offered = "scope=\"spark:kms spark:memberships_read spark:messages_read spark:messages_write spark:people_read spark:rooms_read spark:rooms_write\"";
    assert!(
        challenge.contains(offered) && challenge.contains(&metadata),
        "{challenge}"
    );

    let token = house.token_for(READ).await;
    // What a consent can still open is listed; what is not registered never works.
    let list = json!({"jsonrpc": "2.0", "id": 1, "method": "tools/list", "params": {"_meta": {
        "io.modelcontextprotocol/protocolVersion": "2026-07-28",
        "io.modelcontextprotocol/clientCapabilities": {},
    }}});
    let list = house
        .mcp(&token, list)
        .header("mcp-protocol-version", "2026-07-28");
    let (_, _, list) = told(list.header("mcp-method", "tools/list")).await;
    let list = list["result"]["tools"].to_string();
    assert!(list.contains(&format!("\"{CREATE}\"")) && !list.contains("\"webex-list-meetings\""));

    let session = house.session(&token, json!({})).await;
    for request in [
        house.calling(&token, Value::Null, json!({})),
        house.in_session(&token, &session),
    ] {
        let (status, challenge, answer) = told(request).await;
        assert_eq!(status, StatusCode::FORBIDDEN, "{answer}");
        let challenge = challenge.unwrap();
        assert!(challenge.starts_with("Bearer "), "{challenge}");
        for part in [
            "error=\"insufficient_scope\"",
            "scope=\"spark:rooms_write\"",
            "error_description=\"",
            &metadata,
        ] {
            assert!(challenge.contains(part), "{challenge}");
        }
        let body = &answer["result"]["structuredContent"];
        assert_eq!(body["missingScopes"], json!([WRITE]), "{answer}");
    }
    let token = house.token_for(WRITE).await;
    house
        .has_created(told(house.calling(&token, Value::Null, json!({}))).await)
        .await;
}

#[tokio::test(crate = "crate::journey")]
async fn a_client_that_answers_in_rounds_sends_its_person_to_our_page_and_repeats_the_call() {
    let house = House::new(&[]).await;
    let token = house.token_for(READ).await;
    let (status, challenge, asked) = told(house.calling(&token, Value::Null, pages())).await;
    assert_eq!((status, challenge), (StatusCode::OK, None), "{asked}");
    let asked = &asked["result"];
    assert_eq!(asked["resultType"], "input_required", "{asked}");
    let (key, question) = asked["inputRequests"]
        .as_object()
        .unwrap()
        .iter()
        .next()
        .unwrap();
    assert_eq!(question["method"], "elicitation/create");
    assert_eq!(question["params"]["mode"], "url");
    let (message, host) = (
        &question["params"]["message"],
        &house.base["http://".len()..],
    );
    let message = message.as_str().unwrap();
    assert!(
        message.starts_with("Create a space needs more access") && message.contains(host),
        "{message}"
    );
    let url = question["params"]["url"].as_str().unwrap();
    assert!(
        url.starts_with(&format!("{}/oauth/scopes?", house.base)),
        "{url}"
    );
    let round = |action: &str| json!({"requestState": asked["requestState"], "inputResponses": {key: {"action": action}}});
    let (_, _, no) = told(house.calling(&token, round("decline"), pages())).await;
    assert_eq!(
        no["result"]["structuredContent"]["code"], "declined",
        "{no}"
    );

    // Its link was told to somebody else, who is somebody else at Webex too.
    let (_, _, other) = told(house.calling(&token, Value::Null, pages())).await;
    let requests = other["result"]["inputRequests"].as_object().unwrap();
    let other = requests[key]["params"]["url"].as_str().unwrap();
    let (status, page) = house.accepts(other, "alice").await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
    assert!(page.contains("Somebody else signed in"), "{page}");
    let again = house.http.get(other).send().await.unwrap();
    assert_eq!(again.status(), StatusCode::BAD_REQUEST);

    // The client repeats the call while its person is still at Webex.
    let repeated = told(house.calling(&token, round("accept"), pages()));
    let (repeated, (status, page)) = tokio::join!(repeated, house.accepts(url, "bob"));
    assert_eq!(status, StatusCode::OK);
    assert!(page.contains("It has more access now"), "{page}");
    house.has_created(repeated).await;
    house
        .has_created(told(house.calling(&token, Value::Null, json!({}))).await)
        .await;
}

#[tokio::test(crate = "crate::journey")]
async fn a_session_is_asked_to_open_our_page_while_its_call_waits() {
    let house = House::new(&[]).await;
    let token = house.token_for(READ).await;
    let session = house.session(&token, pages()).await;
    // One that reads no events cannot be asked, so it signs in again.
    let mut alone = house.in_session(&token, &session).build().unwrap();
    let json = "application/json".parse().unwrap();
    alone.headers_mut().insert("accept", json);
    let answer = house.http.execute(alone).await.unwrap();
    assert_eq!(answer.status(), StatusCode::FORBIDDEN);
    // One that does not answer the request is told by the error of its version.
    let error = json!({"error": {"code": -32601, "message": "Not here."}});
    let (mut stream, question) = house.asked_in_session(&token, &session, error).await;
    let answer = next(&mut stream).await;
    assert_eq!(answer["error"]["code"], -32042, "{answer}");
    let page = &answer["error"]["data"]["elicitations"][0];
    assert_eq!(page["mode"], "url");
    assert_eq!(page["message"], question["message"]);
    for field in ["elicitationId", "message", "url"] {
        assert!(page[field].is_string(), "{page}");
    }
    assert_ne!(page["url"], question["url"], "each link works once");

    let accepted = json!({"result": {"action": "accept"}});
    let (mut stream, question) = house.asked_in_session(&token, &session, accepted).await;
    let url = question["url"].as_str().unwrap();
    let (status, page) = house.accepts(url, "bob").await;
    assert_eq!(status, StatusCode::OK, "{page}");
    let answer = next(&mut stream).await;
    house.has_created((StatusCode::OK, None, answer)).await;
}

#[tokio::test(crate = "crate::journey")]
async fn who_declines_on_our_page_or_at_webex_has_declined_the_call() {
    let house = House::new(&[]).await;
    let token = house.token_for(READ).await;
    let session = house.session(&token, pages()).await;
    for is_at_webex in [false, true] {
        let (_, _, asked) = told(house.calling(&token, Value::Null, pages())).await;
        let asked = &asked["result"];
        let requests = asked["inputRequests"].as_object().unwrap();
        let (key, question) = requests.iter().next().unwrap();
        let url = question["params"]["url"].as_str().unwrap();
        house.declines(url, is_at_webex).await;
        let round = json!({"requestState": asked["requestState"], "inputResponses": {key: {"action": "accept"}}});
        let (_, _, no) = told(house.calling(&token, round, pages())).await;
        let code = &no["result"]["structuredContent"]["code"];
        assert_eq!(code, "declined", "{no}");

        let accepted = json!({"result": {"action": "accept"}});
        let (mut stream, question) = house.asked_in_session(&token, &session, accepted).await;
        let url = question["url"].as_str().unwrap();
        house.declines(url, is_at_webex).await;
        let no = next(&mut stream).await;
        let code = &no["result"]["structuredContent"]["code"];
        assert_eq!(code, "declined", "{no}");
    }
}

/// The next message of a stream.
async fn next(stream: &mut Response) -> Value {
    loop {
        let piece = stream.chunk().await.unwrap().expect("the stream ended");
        let piece = String::from_utf8(piece.to_vec()).unwrap();
        if let Some(data) = piece.lines().find_map(|line| line.strip_prefix("data: ")) {
            return serde_json::from_str(data).unwrap();
        }
    }
}

#[tokio::test(crate = "crate::journey")]
async fn a_client_whose_sign_in_webex_ended_is_told_to_sign_in_again() {
    let house = House::new(&[]).await;
    let token = house.token_for(WRITE).await;
    house
        .has_created(told(house.calling(&token, Value::Null, pages())).await)
        .await;
    let webex = Url::parse(&format!(
        "http://{}/v1/authorizations?clientId=hosted",
        house.webex
    ));
    let ended = house
        .http
        .delete(webex.unwrap())
        .bearer_auth("sandbox-ada")
        .send();
    assert!(ended.await.unwrap().status().is_success());
    let (status, challenge, answer) = told(house.calling(&token, Value::Null, pages())).await;
    assert_eq!(status, StatusCode::UNAUTHORIZED, "{answer}");
    let challenge = challenge.unwrap();
    assert!(challenge.contains("error=\"invalid_token\""), "{challenge}");
    assert!(challenge.contains("resource_metadata="), "{challenge}");
    let body = &answer["result"]["structuredContent"];
    assert_eq!(body["code"], "unauthorized", "{answer}");
    let advice = body["advice"].as_str().unwrap();
    assert_eq!(advice, "Sign in to Webex again, through your client.");
}

#[tokio::test(crate = "crate::journey")]
async fn a_browser_that_comes_too_often_gets_a_page_and_a_program_gets_json() {
    let house = House::new(&[]).await;
    for path in ["/oauth/authorize", "/oauth/scopes?link=x", "/oauth/token"] {
        let method = match path {
            "/oauth/token" => Method::POST,
            _ => Method::GET,
        };
        let mut kind = None;
        for _ in 0..1_000 {
            let answer = house.request(method.clone(), path).send().await.unwrap();
            if answer.status() == StatusCode::TOO_MANY_REQUESTS {
                assert!(answer.headers().contains_key("retry-after"));
                kind = answer.headers().get(CONTENT_TYPE).cloned();
                break;
            }
        }
        let kind = kind.expect("nobody slows a flood down");
        let expected = match path {
            "/oauth/token" => "application/json",
            _ => "text/html; charset=utf-8",
        };
        assert_eq!(kind, expected, "{path}");
    }
}
