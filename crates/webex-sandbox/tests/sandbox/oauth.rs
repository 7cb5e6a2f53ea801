//! Signing in: the project's own client asks, a browser made of plain requests clicks.

use std::time::Duration;

use axum::body::Body;
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use http::Request;
use serde_json::{Value, json};
use url::Url;
use webex::authorizations::{AuthorizationType, ListAuthorizations};
use webex::oauth::{AskConsent, Consent, DeviceAnswer, ExposeSecret, Integration, Tokens};
use webex::{AccessToken, Client, Settings, Transport, Webex, WebexError};
use webex_sandbox::{Integration as Registered, Sandbox};

use crate::{Answer, Person, person, start};

const REDIRECT: &str = "http://localhost:3000/callback";
const ID: &str = "sandbox-integration";
const SECRET: &str = "sandbox-integration-secret";
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

fn webex(sandbox: &Sandbox) -> Webex {
    let transport = Transport::in_process(sandbox.router());
    Webex::with_transport("http://127.0.0.1/v1", transport, Settings::default()).unwrap()
}

fn integration(sandbox: &Sandbox) -> Integration {
    webex(sandbox).integration(ID, SECRET).unwrap()
}

fn client(sandbox: &Sandbox, token: &str) -> Client {
    webex(sandbox).client(AccessToken::new(token).unwrap())
}

fn scopes(words: &str) -> Vec<String> {
    words.split(' ').map(str::to_owned).collect()
}

fn asked(words: &str) -> AskConsent {
    AskConsent {
        redirect_uri: Some(REDIRECT.to_owned()),
        scopes: scopes(words),
        ..AskConsent::default()
    }
}

/// Sends a form, with credentials in the header or without.
async fn form(
    sandbox: &Sandbox,
    path: &str,
    basic: Option<&str>,
    fields: &[(&str, &str)],
) -> Answer {
    let body = serde_urlencoded::to_string(fields).unwrap();
    let mut request = Request::post(path)
        .header("host", "webex.test")
        .header("content-type", "application/x-www-form-urlencoded");
    if let Some(basic) = basic {
        request = request.header("authorization", format!("Basic {}", STANDARD.encode(basic)));
    }
    let request = request.body(Body::from(body)).unwrap();
    person(sandbox, "nobody").raw(request).await
}

fn path_of(url: &str) -> String {
    let url = Url::parse(url).unwrap();
    format!("{}?{}", url.path(), url.query().unwrap_or_default())
}

/// What the browser reads behind the redirect.
#[track_caller]
fn came_back(answer: &Answer, name: &str) -> Option<String> {
    assert_eq!(answer.status, 302, "{}", answer.text());
    let url = Url::parse(answer.header("location")).unwrap();
    assert!(url.as_str().starts_with(REDIRECT), "{url}");
    let mut pairs = url.query_pairs();
    let found = pairs.find(|(key, _)| key == name);
    found.map(|(_, value)| value.into_owned())
}

/// Opens the page, chooses somebody and presses a button.
async fn click(sandbox: &Sandbox, path: &str, who: &str, decision: &str) -> Answer {
    let browser = person(sandbox, "nobody");
    let page = browser.get(path).await;
    assert_eq!(page.status, 200, "{}", page.text());
    let id = sandbox
        .people()
        .into_iter()
        .find(|person| person.email == format!("{who}@example.com"));
    let id = id.unwrap().id;
    assert!(page.text().contains(&format!("value=\"{id}\"")));
    let fields = [("person", id.as_str()), ("decision", decision)];
    form(sandbox, path, None, &fields).await
}

/// Everything up to the code.
async fn code(sandbox: &Sandbox, consent: &Consent, who: &str) -> String {
    let answer = click(sandbox, &path_of(&consent.url), who, "accept").await;
    assert_eq!(came_back(&answer, "state").as_ref(), Some(&consent.state));
    came_back(&answer, "code").unwrap()
}

pub(crate) async fn sign_in(sandbox: &Sandbox, who: &str, words: &str) -> Tokens {
    let integration = integration(sandbox);
    let consent = integration.consent(&asked(words)).unwrap();
    let code = code(sandbox, &consent, who).await;
    integration.exchange(&code.into(), &consent).await.unwrap()
}

async fn me(sandbox: &Sandbox, token: &str) -> Result<String, WebexError> {
    let me = client(sandbox, token).people().me().await?;
    Ok(me.emails.unwrap().remove(0))
}

#[tokio::test]
async fn a_person_consents_and_the_application_acts_as_them() {
    let (sandbox, _) = start();
    let tokens = sign_in(&sandbox, "bob", "spark:people_read spark:kms").await;
    assert_eq!(tokens.expires_in, Some(14 * DAY));
    assert_eq!(tokens.refresh_token_expires_in, Some(90 * DAY));
    assert_eq!(tokens.scopes, Some(scopes("spark:kms spark:people_read")));
    assert!(tokens.id_token.is_none());
    let token = tokens.access_token.expose();
    assert_eq!(me(&sandbox, token).await.unwrap(), "bob@example.com");
    let caller = sandbox.faults().calls().pop().unwrap().principal;
    assert_eq!(caller.as_deref(), Some("bob@example.com"));
    let refresh_token = tokens.refresh_token.unwrap();
    let refused = me(&sandbox, refresh_token.expose_secret()).await;
    assert_eq!(refused.unwrap_err().status(), Some(401));
}

#[tokio::test]
async fn tokens_end_on_the_sandboxs_clock_and_are_renewed() {
    let (sandbox, _) = start();
    let first = sign_in(&sandbox, "alice", "spark:people_read").await;
    let refresh_token = first.refresh_token.unwrap();
    sandbox.clock().advance(14 * DAY);
    let refused = me(&sandbox, first.access_token.expose()).await;
    assert_eq!(refused.unwrap_err().status(), Some(401));

    let integration = integration(&sandbox);
    let second = integration.refresh(&refresh_token).await.unwrap();
    let token = second.access_token.expose();
    assert_eq!(me(&sandbox, token).await.unwrap(), "alice@example.com");

    sandbox.clock().advance(89 * DAY);
    integration.refresh(&refresh_token).await.unwrap();
    sandbox.clock().advance(89 * DAY);
    let third = integration.refresh(&refresh_token).await;
    third.expect("each use begins 90 days anew");
    sandbox.clock().advance(90 * DAY);
    let error = integration.refresh(&refresh_token).await.unwrap_err();
    assert!(error.detail().unwrap().says("invalid_grant"));
}

#[tokio::test]
async fn a_code_works_once_soon_and_for_whoever_asked() {
    let (sandbox, _) = start();
    let integration = integration(&sandbox);
    let asked = |words| integration.consent(&asked(words)).unwrap();
    let refused = async |code: String, consent: &Consent| {
        let error = integration.exchange(&code.into(), consent).await;
        let error = error.unwrap_err();
        assert_eq!(error.status(), Some(400));
        assert!(error.detail().unwrap().says("invalid_grant"), "{error}");
    };
    let (mine, other) = (asked("spark:kms"), asked("spark:kms"));

    let once = code(&sandbox, &mine, "alice").await;
    let first = integration.exchange(&once.clone().into(), &mine).await;
    first.unwrap();
    refused(once, &mine).await;

    let others = code(&sandbox, &mine, "alice").await;
    refused(others.clone(), &other).await;
    refused(others, &mine).await;

    let late = code(&sandbox, &mine, "alice").await;
    sandbox.clock().advance(Duration::from_secs(300));
    refused(late, &mine).await;

    let elsewhere = code(&sandbox, &mine, "alice").await;
    let mut moved = mine.clone();
    moved.redirect_uri = Some("http://localhost:3000/other".to_owned());
    refused(elsewhere, &moved).await;
    refused("guessed".to_owned(), &mine).await;
}

#[tokio::test]
async fn codes_are_exchanged_by_plain_requests_too() {
    let (sandbox, _) = start();
    let question = format!(
        "/v1/authorize?response_type=code&client_id={ID}&redirect_uri={REDIRECT}&scope=spark:people_read"
    );
    let plain = "p".repeat(43);
    let challenged = format!("{question}&code_challenge={plain}&code_challenge_method=plain");
    for (question, verifier, status) in [
        (&question, "", 200),
        (&challenged, plain.as_str(), 200),
        (&challenged, "", 400),
    ] {
        let answer = click(&sandbox, question, "carol", "accept").await;
        assert_eq!(came_back(&answer, "state"), None);
        let code = came_back(&answer, "code").unwrap();
        let fields = [
            ("grant_type", "authorization_code"),
            ("code", &code),
            ("redirect_uri", REDIRECT),
            ("code_verifier", verifier),
        ];
        let basic = format!("{ID}:{SECRET}");
        let answer = form(&sandbox, "/v1/access_token", Some(&basic), &fields).await;
        let body = answer.json(status);
        if status == 200 {
            assert_eq!(body["token_type"], "Bearer");
            assert_eq!(answer.header("cache-control"), "no-store");
            let token = body["access_token"].as_str().unwrap();
            assert_eq!(me(&sandbox, token).await.unwrap(), "carol@example.com");
        }
    }
}

#[tokio::test]
async fn a_question_that_is_wrong_is_refused_where_the_fault_is() {
    let (_sandbox, browser) = start();
    let known = format!("client_id={ID}&redirect_uri={REDIRECT}");
    // Nobody is sent to an address that is not certain.
    let here = [
        (
            format!("client_id=C0&redirect_uri={REDIRECT}"),
            "Client Id is invalid",
        ),
        (
            format!("client_id={ID}&redirect_uri={REDIRECT}/"),
            "Redirect URI is invalid",
        ),
        (format!("client_id={ID}"), "Redirect URI is invalid"),
        (String::new(), "Client Id is invalid"),
    ];
    for (query, description) in here {
        let path = format!("/v1/authorize?response_type=code&scope=spark:kms&{query}");
        let body = browser.get(&path).await.json(400);
        assert_eq!(body["errors"][0]["description"], description);
        assert!(body["trackingId"].is_string());
        let request = Request::get(&path).header("accept", "text/html,*/*;q=0.8");
        let page = browser.raw(request.body(Body::empty()).unwrap()).await;
        assert_eq!(page.status, 400);
        assert!(page.header("content-type").starts_with("text/html"));
        assert!(page.text().contains(description) && page.header("location").is_empty());
    }
    let there = [
        (
            "response_type=token&scope=spark:kms",
            "unsupported_response_type",
        ),
        ("response_type=code&scope=spark:unheard_of", "invalid_scope"),
        ("response_type=code", "invalid_scope"),
        ("response_type=code&scope=openid", "invalid_request"),
        (
            "response_type=code&scope=spark:kms&code_challenge=short",
            "invalid_request",
        ),
        (
            "response_type=code&scope=spark:kms&code_challenge_method=S256",
            "invalid_request",
        ),
        (
            "response_type=code&scope=spark:kms&prompt=none",
            "login_required",
        ),
    ];
    for (query, error) in there {
        let path = format!("/v1/authorize?{known}&state=a%26b&{query}");
        let answer = browser.get(&path).await;
        assert_eq!(
            came_back(&answer, "error").as_deref(),
            Some(error),
            "{query}"
        );
        assert_eq!(came_back(&answer, "state").as_deref(), Some("a&b"));
        assert_eq!(came_back(&answer, "code"), None);
    }
}

#[tokio::test]
async fn declining_goes_back_without_a_code_and_bots_cannot_consent() {
    let (sandbox, _) = start();
    let consent = integration(&sandbox).consent(&asked("spark:kms")).unwrap();
    let path = path_of(&consent.url);
    let answer = click(&sandbox, &path, "alice", "decline").await;
    assert_eq!(
        came_back(&answer, "error").as_deref(),
        Some("access_denied")
    );
    assert_eq!(came_back(&answer, "code"), None);

    let people = sandbox.people();
    let bot = people
        .iter()
        .find(|person| person.email == "ci-bot@webex.bot");
    for id in [bot.unwrap().id.as_str(), "", "Y2lzY29"] {
        let fields = [("person", id), ("decision", "accept")];
        form(&sandbox, &path, None, &fields).await.json(400);
    }
}

#[tokio::test]
async fn the_consent_page_is_escaped_and_cannot_be_framed() {
    let (sandbox, browser) = start();
    let mut evil = webex_sandbox::Integration::demo();
    evil.client_id = "evil".to_owned();
    evil.name = "<script>alert('x')</script>".to_owned();
    evil.scopes = vec!["\"><img".to_owned()];
    evil.redirect_uris = vec![REDIRECT.to_owned()];
    sandbox.register(evil).unwrap();
    let path = "/v1/authorize?response_type=code&client_id=evil&scope=%22%3E%3Cimg&login_hint=BOB@example.com&state=%3Cb%3E";
    let page = browser.get(path).await;
    let text = page.text();
    assert_eq!(page.status, 200);
    assert!(!text.contains("<script") && !text.contains("<img") && !text.contains("<b>"));
    assert!(text.contains("&lt;script&gt;alert(&#39;x&#39;)"));
    assert_eq!(text.matches(" checked").count(), 1);
    assert!(!text.contains("CI Bot"), "a bot signs in nowhere");
    let policy = page.header("content-security-policy");
    assert!(policy.contains("default-src 'none'"));
    assert!(policy.contains("frame-ancestors 'none'"));
    assert_eq!(page.header("x-frame-options"), "DENY");
    assert_eq!(page.header("cache-control"), "no-store");
}

/// What a person reads is not what a protocol says: words, the host, and where the answer goes.
#[tokio::test]
async fn the_consent_page_says_who_asks_what_for_and_where_it_goes() {
    let (sandbox, browser) = start();
    let consent = integration(&sandbox)
        .consent(&asked(
            "spark:messages_read spark:messages_write spark:rooms_read",
        ))
        .unwrap();
    let page = browser.get(&path_of(&consent.url)).await.text();
    let host = Url::parse(REDIRECT).unwrap();
    let host = format!("{}:{}", host.host_str().unwrap(), host.port().unwrap());
    for told in [
        "<bdi>Sandbox Integration</bdi> asks for access",
        "not verified",
        "<li>See and change your messages and files</li>",
        "<li>See your spaces</li>",
        "<summary>Scopes</summary>",
        "<code>spark:rooms_read</code>",
        &format!("Either way you go back to {host}."),
    ] {
        assert!(page.contains(told), "{told}: {page}");
    }
    assert!(!page.contains("<script"), "{page}");
}

/// A form that a browser sends has to come from the page that this browser has open.
#[tokio::test]
async fn another_site_cannot_consent_in_a_persons_name() {
    let (sandbox, browser) = start();
    let consent = integration(&sandbox).consent(&asked("spark:all")).unwrap();
    let path = path_of(&consent.url);
    let page = browser.get(&path).await;
    let cookie = page.header("set-cookie");
    assert!(
        cookie.contains("HttpOnly") && cookie.contains("SameSite=Lax"),
        "{cookie}"
    );
    let cookie = cookie.split(';').next().unwrap().to_owned();
    let (_, token) = cookie.split_once('=').unwrap();
    assert!(page.text().contains(&format!("value=\"{token}\"")));
    let id = sandbox.people()[0].id.clone();
    let send = async |cookie: Option<&str>, token: Option<&str>| {
        let mut fields = vec![("person", id.as_str()), ("decision", "accept")];
        fields.extend(token.map(|token| ("sandbox-form", token)));
        let mut request = Request::post(&path)
            .header("host", "webex.test")
            .header("origin", "null")
            .header("content-type", "application/x-www-form-urlencoded");
        if let Some(cookie) = cookie {
            request = request.header("cookie", cookie);
        }
        let body = Body::from(serde_urlencoded::to_string(fields).unwrap());
        browser.raw(request.body(body).unwrap()).await.status
    };
    assert_eq!(send(None, None).await, 403);
    assert_eq!(send(None, Some(token)).await, 403);
    assert_eq!(send(Some(&cookie), None).await, 403);
    let other = "b".repeat(token.len());
    assert_eq!(send(Some(&cookie), Some(&other)).await, 403);
    assert_eq!(send(Some("sandbox-form="), Some("")).await, 403);
    assert_eq!(send(Some(&cookie), Some(token)).await, 302);
}

#[tokio::test]
async fn credentials_are_checked_before_anything_else() {
    let (sandbox, _) = start();
    let right = format!("{ID}:{SECRET}");
    let refresh = ("grant_type", "refresh_token");
    let cases = [
        (None::<&str>, vec![refresh], 401, "invalid_client"),
        (
            None,
            vec![refresh, ("client_id", ID), ("client_secret", "x")],
            401,
            "invalid_client",
        ),
        (Some("nobody:x"), vec![refresh], 401, "invalid_client"),
        (Some(&right), vec![refresh], 400, "invalid_request"),
        (
            Some(&right),
            vec![refresh, ("refresh_token", "x")],
            400,
            "invalid_grant",
        ),
        (
            Some(&right),
            vec![("grant_type", "password")],
            400,
            "unsupported_grant_type",
        ),
        (Some(&right), vec![refresh, refresh], 400, "invalid_request"),
    ];
    for (basic, fields, status, word) in cases {
        let body = form(&sandbox, "/v1/access_token", basic, &fields).await;
        let body = body.json(status);
        let description = body["errors"][0]["description"].as_str().unwrap();
        assert!(description.starts_with(word), "{description}");
        assert!(body["message"].is_string() && body["trackingId"].is_string());
    }
    let json = person(&sandbox, "nobody")
        .post("/v1/access_token", json!({}))
        .await;
    json.json(415);
}

#[tokio::test]
async fn another_applications_tokens_and_codes_are_worth_nothing() {
    let (sandbox, _) = start();
    let mut other = webex_sandbox::Integration::demo();
    other.client_id = "other".to_owned();
    sandbox.register(other).unwrap();
    let thief = webex(&sandbox).integration("other", SECRET).unwrap();
    let tokens = sign_in(&sandbox, "alice", "spark:kms").await;
    let stolen = thief.refresh(&tokens.refresh_token.unwrap()).await;
    assert_eq!(stolen.unwrap_err().status(), Some(400));
    let integration = integration(&sandbox);
    let consent = integration.consent(&asked("spark:kms")).unwrap();
    let code = code(&sandbox, &consent, "alice").await;
    let stolen = thief.exchange(&code.into(), &consent).await;
    assert_eq!(stolen.unwrap_err().status(), Some(400));
}

#[tokio::test]
async fn openid_says_who_it_is_as_far_as_was_granted() {
    let (sandbox, _) = start();
    let integration = integration(&sandbox);
    let consent = integration.consent(&asked("openid email")).unwrap();
    let code = code(&sandbox, &consent, "bob").await;
    let tokens = integration.exchange(&code.into(), &consent).await.unwrap();
    let signed_in = client(&sandbox, tokens.access_token.expose());
    let info = signed_in.user_info().await.unwrap();
    assert_eq!(info.email.as_deref(), Some("bob@example.com"));
    assert_eq!(info.name, None, "profile was not asked for");

    let id_token = tokens.id_token.unwrap();
    let claims = id_token.expose_secret().split('.').nth(1).unwrap();
    let claims = URL_SAFE_NO_PAD.decode(claims).unwrap();
    let claims: Value = serde_json::from_slice(&claims).unwrap();
    assert_eq!(claims["sub"], info.sub);
    assert_eq!(claims["aud"], ID);
    assert_eq!(claims["nonce"], consent.nonce.unwrap());

    let lesser = sign_in(&sandbox, "bob", "spark:people_read").await;
    let refused = client(&sandbox, lesser.access_token.expose())
        .user_info()
        .await;
    assert_eq!(refused.unwrap_err().status(), Some(403));
    let own = client(&sandbox, "sandbox-bob").user_info().await.unwrap();
    assert_eq!(
        (own.sub, own.name.as_deref()),
        (info.sub, Some("Bob Smith"))
    );
}

#[tokio::test]
async fn a_device_waits_until_somebody_types_its_code_in() {
    let (sandbox, browser) = start();
    let integration = integration(&sandbox);
    let device = integration
        .device_consent(&scopes("spark:people_read"))
        .await;
    let device = device.unwrap();
    assert_eq!(device.expires_in, Duration::from_secs(300));
    assert_eq!(device.interval, Duration::from_secs(2));
    let digits = device.user_code.bytes().filter(u8::is_ascii_digit).count();
    assert_eq!((digits, device.user_code.len()), (6, 6));

    let answer = async || integration.device_answer(&device).await.unwrap();
    assert!(matches!(answer().await, DeviceAnswer::Pending));
    assert!(matches!(answer().await, DeviceAnswer::SlowDown));
    sandbox.clock().advance(Duration::from_secs(2));
    assert!(matches!(answer().await, DeviceAnswer::Pending));

    let page = browser.get(&path_of(&device.verification_uri)).await;
    assert!(page.status == 200 && page.text().contains("name=\"userCode\""));
    let wrong = if device.user_code == "000000" {
        "000001"
    } else {
        "000000"
    };
    let page = browser.get(&format!("/v1/device?userCode={wrong}")).await;
    assert_eq!(page.status, 400);

    let complete = path_of(&device.verification_uri_complete.clone().unwrap());
    let done = click(&sandbox, &complete, "dave", "accept").await;
    assert!(done.text().contains("connected"));
    let DeviceAnswer::Granted(tokens) = answer().await else {
        panic!("no tokens");
    };
    let token = tokens.access_token.expose();
    assert_eq!(me(&sandbox, token).await.unwrap(), "dave@example.com");
    let again = integration.device_answer(&device).await.unwrap_err();
    assert!(again.detail().unwrap().says("invalid_grant"));
    let page = browser.get(&complete).await;
    assert_eq!(page.status, 400, "its code is used up");
}

#[tokio::test]
async fn a_device_learns_that_somebody_declined_or_nobody_came() {
    let (sandbox, browser) = start();
    let integration = integration(&sandbox);
    let ask = async || integration.device_consent(&scopes("spark:kms")).await;
    let declined = ask().await.unwrap();
    let complete = path_of(&declined.verification_uri_complete.clone().unwrap());
    click(&sandbox, &complete, "dave", "decline").await;
    let answer = integration.device_answer(&declined).await.unwrap();
    assert!(matches!(answer, DeviceAnswer::Denied));

    let forgotten = ask().await.unwrap();
    sandbox.clock().advance(Duration::from_secs(300));
    let complete = path_of(&forgotten.verification_uri_complete.clone().unwrap());
    assert_eq!(browser.get(&complete).await.status, 400);
    let answer = integration.device_answer(&forgotten).await.unwrap();
    assert!(matches!(answer, DeviceAnswer::Expired));
}

#[tokio::test]
async fn a_device_is_refused_what_webex_refuses() {
    let (sandbox, _) = start();
    let mut bare = webex_sandbox::Integration::demo();
    bare.client_id = "bare".to_owned();
    bare.redirect_uris = vec![REDIRECT.to_owned()];
    sandbox.register(bare).unwrap();
    for (client_id, scope, word) in [
        ("C0", "spark:kms", "Client Id is invalid"),
        ("bare", "spark:kms", "unauthorized_client"),
        (ID, "spark:unheard_of", "invalid_scope"),
        (ID, "openid", "invalid_scope"),
        (ID, "", "invalid_scope"),
    ] {
        let fields = [("client_id", client_id), ("scope", scope)];
        let body = form(&sandbox, "/v1/device/authorize", None, &fields)
            .await
            .json(400);
        let description = body["errors"][0]["description"].as_str().unwrap();
        assert!(description.starts_with(word), "{description}");
    }
    let fields = [
        ("client_id", ID),
        ("client_secret", SECRET),
        ("device_code", "x"),
    ];
    let in_body = form(&sandbox, "/v1/device/token", None, &fields).await;
    in_body.json(401);
    let fields = [("client_id", ID), ("scope", "spark:kms")];
    let shown = form(&sandbox, "/v1/device/authorize", None, &fields)
        .await
        .json(200);
    let fields = [
        ("grant_type", "urn:ietf:params:oauth:grant-type:device_code"),
        ("device_code", shown["device_code"].as_str().unwrap()),
    ];
    let basic = format!("{ID}:{SECRET}");
    let pending = form(&sandbox, "/v1/device/token", Some(&basic), &fields)
        .await
        .json(428);
    let message = pending["message"].as_str().unwrap();
    assert!(!message.contains("malware"), "{message}");
}

#[tokio::test]
async fn too_many_waiting_devices_are_told_when_to_come_back() {
    let (sandbox, _) = start();
    let fields = [("client_id", ID), ("scope", "spark:kms")];
    let ask = async || form(&sandbox, "/v1/device/authorize", None, &fields).await;
    for _ in 0..1_000 {
        ask().await.json(200);
    }
    let refused = ask().await;
    refused.json(429);
    assert_eq!(refused.header("retry-after"), "60");
    sandbox.clock().advance(Duration::from_secs(300));
    ask().await.json(200);
}

#[tokio::test]
async fn an_administrator_lists_and_revokes() {
    let (sandbox, _) = start();
    let first = sign_in(&sandbox, "bob", "spark:people_read").await;
    let refresh_token = first.refresh_token.unwrap();
    let second = integration(&sandbox).refresh(&refresh_token).await.unwrap();
    let tokens = [first.access_token.expose(), second.access_token.expose()];

    let ada = client(&sandbox, "sandbox-ada");
    let whose = ListAuthorizations {
        person_email: Some("bob@example.com".to_owned()),
        ..ListAuthorizations::default()
    };
    let refused = client(&sandbox, "sandbox-bob");
    let refused = refused.authorizations().list(&whose).await;
    assert_eq!(refused.unwrap_err().status(), Some(403));
    let known = ada.authorizations().list(&whose).await.unwrap().items;
    assert_eq!(known.len(), 3);
    let of = |kind: AuthorizationType| {
        let kind = Some(kind);
        let mut found = known.iter().filter(|row| row.authorization_type == kind);
        found.next().unwrap()
    };
    assert_eq!(
        of(AuthorizationType::Refresh).client_id.as_deref(),
        Some(ID)
    );

    let access = of(AuthorizationType::Access);
    ada.authorizations().delete(&access.id).await.unwrap();
    assert_eq!(
        me(&sandbox, tokens[0]).await.unwrap_err().status(),
        Some(401)
    );
    assert_eq!(me(&sandbox, tokens[1]).await.unwrap(), "bob@example.com");
    let refresh = of(AuthorizationType::Refresh);
    ada.authorizations().delete(&refresh.id).await.unwrap();
    assert_eq!(
        me(&sandbox, tokens[1]).await.unwrap_err().status(),
        Some(401)
    );
    let gone = integration(&sandbox).refresh(&refresh_token).await;
    assert_eq!(gone.unwrap_err().status(), Some(400));
    let gone = ada.authorizations().delete(&refresh.id).await;
    assert_eq!(gone.unwrap_err().status(), Some(404));
    let none = ada.authorizations().list(&whose).await.unwrap();
    assert!(none.items.is_empty());
}

#[tokio::test]
async fn an_administrator_revokes_all_that_an_application_has() {
    let (sandbox, _) = start();
    let bob = sign_in(&sandbox, "bob", "spark:people_read").await;
    let carol = sign_in(&sandbox, "carol", "spark:people_read").await;
    let administrator = client(&sandbox, "sandbox-ada");
    let authorizations = administrator.authorizations();
    let status = |error: webex::WebexError| error.status();
    let refused = client(&sandbox, "sandbox-bob");
    let refused = refused.authorizations().delete_of_client(ID, None).await;
    assert_eq!(refused.map_err(status), Err(Some(403)));
    let unknown = authorizations.delete_of_client("nobody", None).await;
    assert_eq!(unknown.map_err(status), Err(Some(404)));
    let foreign = authorizations.delete_of_client(ID, Some("x")).await;
    assert_eq!(foreign.map_err(status), Err(Some(403)));
    authorizations.delete_of_client(ID, None).await.unwrap();
    for tokens in [bob, carol] {
        let gone = me(&sandbox, tokens.access_token.expose()).await;
        assert_eq!(gone.map_err(status), Err(Some(401)));
        let refresh_token = tokens.refresh_token.unwrap();
        let refused = integration(&sandbox).refresh(&refresh_token).await;
        assert_eq!(refused.map_err(status).err(), Some(Some(400)));
    }
}

#[tokio::test]
async fn integrations_are_registered_by_the_administration() {
    let (sandbox, _) = start();
    let admin = Person {
        router: sandbox.admin_router(),
        token: String::new(),
    };
    let known = admin.get("/_sandbox/integrations").await.json(200);
    assert_eq!(known["items"][0]["clientId"], ID);
    let mine = json!({"clientId": "mine", "clientSecret": "s", "name": "Mine",
        "redirectUris": ["http://127.0.0.1:41235/cb"], "scopes": ["spark:kms"]});
    let registered = admin.post("/_sandbox/integrations", mine.clone()).await;
    assert_eq!(registered.status, 204);
    assert_eq!(sandbox.integrations().len(), 2);

    // The only redirect URI need not be named, neither time.
    let path = "/v1/authorize?response_type=code&client_id=mine&scope=spark:kms";
    let answer = click(&sandbox, path, "erin", "accept").await;
    let url = Url::parse(answer.header("location")).unwrap();
    assert_eq!(url.port(), Some(41235));
    let code = url.query_pairs().next().unwrap().1.into_owned();
    let fields = [("grant_type", "authorization_code"), ("code", &code)];
    let tokens = form(&sandbox, "/v1/access_token", Some("mine:s"), &fields).await;
    tokens.json(200);

    for (field, wrong) in [
        ("clientId", json!("a:b")),
        ("clientSecret", json!("")),
        ("name", json!(" ")),
        ("redirectUris", json!(["/relative"])),
        ("redirectUris", json!(["http://h/#fragment"])),
        ("scopes", json!(["two words"])),
    ] {
        let mut body = mine.clone();
        body[field] = wrong;
        let answer = admin.post("/_sandbox/integrations", body).await.json(400);
        let sentence = answer["errors"][0]["description"].as_str().unwrap();
        assert!(sentence.starts_with(field), "{sentence}");
    }
}

#[tokio::test]
async fn a_token_opens_what_was_consented_to_and_ends_with_its_person() {
    let (sandbox, _) = start();
    let tokens = sign_in(&sandbox, "bob", "spark:people_read spark-admin:people_read").await;
    let bob = Person {
        token: tokens.access_token.expose().to_owned(),
        ..person(&sandbox, "bob")
    };
    bob.get("/v1/rooms").await.json(403);
    bob.get("/v1/userinfo").await.json(403);
    let me = bob.get("/v1/people/me").await.json(200);
    // An administrator's scope does not make one of Bob.
    assert!(me.get("roles").is_none());
    let ada = person(&sandbox, "ada");
    let path = format!("/v1/people/{}", crate::text(&me["id"]));
    let barred = json!({"displayName": "Bob Smith", "loginEnabled": false});
    ada.put(&path, barred).await.json(200);
    bob.get("/v1/people/me").await.json(401);
    let refresh_token = tokens.refresh_token.unwrap();
    let again = integration(&sandbox).refresh(&refresh_token).await;
    assert!(again.is_err());
}

#[tokio::test]
async fn the_link_of_an_integration_asks_for_consent() {
    let (sandbox, browser) = start();
    let own = Registered {
        client_id: "own".to_owned(),
        redirect_uris: vec!["https://app.example/back?a=1&b=2".to_owned()],
        scopes: vec!["openid".to_owned(), "spark:rooms_read".to_owned()],
        ..Registered::demo()
    };
    sandbox.register(own).unwrap();
    for integration in sandbox.integrations() {
        let link = integration.sign_in_link("http://webex.test").unwrap();
        let path = link.strip_prefix("http://webex.test").unwrap();
        let page = browser.get(path).await;
        assert_eq!(page.status, 200, "{}", page.text());
        assert!(page.text().contains(&integration.name));
    }
    let nowhere = Registered {
        redirect_uris: Vec::new(),
        ..Registered::demo()
    };
    assert_eq!(nowhere.sign_in_link("http://webex.test"), None);
}
