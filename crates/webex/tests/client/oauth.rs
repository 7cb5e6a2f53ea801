//! OAuth against scripted answers: what is sent, what is read, and that no secret is ever printed.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::Value;
use tokio::time::Instant;
use url::Url;
use webex::authorizations::ListAuthorizations;
use webex::oauth::{
    AskConsent, Consent, DeviceAnswer, DeviceConsent, ExposeSecret as _, Integration, Prompt,
    SecretString,
};
use webex::{WebexError, oauth};

use crate::upstream::{Answer, Upstream, json, status};
use crate::wire::{last, refuses, sends, some, upstream};

const TOKENS: &str = r#"{"access_token":"at-secret","expires_in":1209599,"refresh_token":"rt-secret",
    "refresh_token_expires_in":"7775999","token_type":"Bearer","scope":"spark:kms spark:people_read"}"#;
const DEVICE: &str = r#"{"device_code":"dc-secret","expires_in":300,"user_code":"123456","interval":2,
    "verification_uri":"https://login.example/verify","verification_uri_complete":"https://login.example/verify?c=123456"}"#;

fn integration(upstream: &Upstream) -> Integration {
    upstream.webex().integration("C1", "cs-secret").unwrap()
}

fn scopes(words: &str) -> Vec<String> {
    words.split(' ').map(str::to_owned).collect()
}

fn asked(words: &str) -> AskConsent {
    AskConsent {
        redirect_uri: some("https://app.example/back?x=1"),
        scopes: scopes(words),
        ..Default::default()
    }
}

/// The fields of the last form.
fn form(upstream: &Upstream) -> BTreeMap<String, String> {
    let asked = upstream.asked().pop().unwrap();
    let media = &asked.headers["content-type"];
    assert_eq!(media, "application/x-www-form-urlencoded");
    url::form_urlencoded::parse(&asked.body)
        .into_owned()
        .collect()
}

fn fields<const N: usize>(fields: [(&str, &str); N]) -> BTreeMap<String, String> {
    let owned = fields.map(|(name, value)| (name.to_owned(), value.to_owned()));
    owned.into_iter().collect()
}

#[test]
fn consent_is_asked_with_state_and_pkce() {
    let upstream = upstream();
    let ask = AskConsent {
        prompt: Some(Prompt::SelectAccount),
        login_hint: some("a+b@c.d"),
        max_age: Some(60),
        ..asked("spark:people_read openid")
    };
    let consent = integration(&upstream).consent(&ask).unwrap();
    let url = Url::parse(&consent.url).unwrap();
    assert_eq!(url.path(), "/v1/authorize");
    assert!(
        consent.url.contains("scope=spark%3Apeople_read%20openid"),
        "a space is no plus sign"
    );
    let query: BTreeMap<String, String> = url.query_pairs().into_owned().collect();
    let challenge = &query["code_challenge"];
    assert_eq!(challenge.len(), 43);
    assert_ne!(challenge, consent.verifier.expose_secret());
    assert_eq!(
        query,
        fields([
            ("response_type", "code"),
            ("client_id", "C1"),
            ("redirect_uri", "https://app.example/back?x=1"),
            ("scope", "spark:people_read openid"),
            ("state", &consent.state),
            ("nonce", consent.nonce.as_ref().unwrap()),
            ("code_challenge", challenge),
            ("code_challenge_method", "S256"),
            ("prompt", "select_account"),
            ("login_hint", "a+b@c.d"),
            ("max_age", "60"),
        ])
    );
    let again = integration(&upstream).consent(&asked("a")).unwrap();
    assert_ne!(consent.state, again.state);
    assert_eq!(again.nonce, None);
    assert_eq!(upstream.count(), 0);
}

#[tokio::test]
async fn a_code_and_a_refresh_token_become_tokens() {
    let upstream = Upstream::new([json(TOKENS)]);
    let integration = integration(&upstream);
    let consent = integration.consent(&asked("spark:people_read")).unwrap();
    let code = SecretString::from("code-secret");
    let tokens = integration.exchange(&code, &consent).await.unwrap();
    assert_eq!(last(&upstream).0, "POST /v1/access_token");
    assert_eq!(
        form(&upstream),
        fields([
            ("grant_type", "authorization_code"),
            ("client_id", "C1"),
            ("client_secret", "cs-secret"),
            ("code", "code-secret"),
            ("redirect_uri", "https://app.example/back?x=1"),
            ("code_verifier", consent.verifier.expose_secret()),
        ])
    );
    let headers = upstream.asked().pop().unwrap().headers;
    assert!(!headers.contains_key("authorization"));
    assert_eq!(tokens.access_token.expose(), "at-secret");
    assert_eq!(tokens.expires_in, Some(Duration::from_secs(1_209_599)));
    let refresh_lives = tokens.refresh_token_expires_in;
    assert_eq!(refresh_lives, Some(Duration::from_secs(7_775_999)));
    assert_eq!(tokens.scopes, Some(scopes("spark:kms spark:people_read")));

    let refresh_token = tokens.refresh_token.as_ref().unwrap();
    integration.refresh(refresh_token).await.unwrap();
    assert_eq!(
        form(&upstream),
        fields([
            ("grant_type", "refresh_token"),
            ("client_id", "C1"),
            ("client_secret", "cs-secret"),
            ("refresh_token", "rt-secret"),
        ])
    );
    let printed = format!("{integration:?} {consent:?} {tokens:?}");
    assert!(!printed.contains("-secret"), "{printed}");
    assert!(!printed.contains(consent.verifier.expose_secret()));
}

#[tokio::test]
async fn a_code_whose_answer_is_lost_is_not_sent_again() {
    for failure in [status(503), Answer::Lost, Answer::CutBody] {
        let upstream = Upstream::new([failure, json(TOKENS)]);
        let integration = integration(&upstream);
        let consent = integration.consent(&asked("a")).unwrap();
        let code = SecretString::from("code-secret");
        let error = integration.exchange(&code, &consent).await.unwrap_err();
        assert!(error.maybe_applied(), "{error}");
        assert_eq!(upstream.count(), 1);
    }
}

#[tokio::test]
async fn errors_are_read_in_webexs_shape_and_in_that_of_rfc_6749() {
    let shapes = [
        r#"{"message":"The request could not be understood.","errors":[{"description":"invalid_grant: rt-secret"}],"trackingId":"ROUTER_1"}"#,
        r#"{"error":"invalid_grant","error_description":"rt-secret has expired"}"#,
        r#"{"message":"invalid_grant"}"#,
    ];
    for shape in shapes {
        let upstream = Upstream::new([Answer::Http(400, Vec::new(), shape.to_owned())]);
        let refused = integration(&upstream).refresh(&"rt-secret".into()).await;
        let error = refused.unwrap_err();
        let detail = error.detail().unwrap();
        assert!(detail.says("invalid_grant"), "{shape}");
        assert!(!detail.says("grant"), "{shape}");
        assert_eq!(error.status(), Some(400));
        assert!(!error.to_string().contains("rt-secret"));
    }
}

#[tokio::test]
async fn an_unusable_token_is_unreadable_and_not_repeated() {
    let upstream = Upstream::new([json(r#"{"access_token":"at secret"}"#)]);
    let refused = integration(&upstream).refresh(&"rt-secret".into()).await;
    let error = refused.unwrap_err();
    assert!(matches!(error, WebexError::Unreadable { .. }));
    assert!(!format!("{error} {error:?}").contains("at secret"));
}

#[tokio::test]
async fn a_device_is_told_what_to_show() {
    let upstream = Upstream::new([json(DEVICE)]);
    let integration = integration(&upstream);
    let asked = integration.device_consent(&scopes("spark:kms a")).await;
    let device = asked.unwrap();
    assert_eq!(last(&upstream).0, "POST /v1/device/authorize");
    assert_eq!(
        form(&upstream),
        fields([("client_id", "C1"), ("scope", "spark:kms a")])
    );
    assert_eq!(device.user_code, "123456");
    assert_eq!(device.interval, Duration::from_secs(2));
    assert_eq!(device.expires_in, Duration::from_secs(300));
    assert!(!format!("{device:?}").contains("dc-secret"));
}

fn device() -> DeviceConsent {
    serde_json::from_str(DEVICE).unwrap()
}

fn refused(word: &str) -> Answer {
    let body = format!(r#"{{"errors":[{{"description":"{word}"}}],"message":"Bad request"}}"#);
    Answer::Http(400, Vec::new(), body)
}

#[tokio::test]
async fn pending_on_a_device_is_428_or_a_word() {
    let rfc = |word: &str| Answer::Http(400, Vec::new(), format!(r#"{{"error":"{word}"}}"#));
    let cases = [
        (status(428), "Pending"),
        (refused("authorization_pending"), "Pending"),
        (rfc("authorization_pending"), "Pending"),
        (refused("slow_down"), "SlowDown"),
        (rfc("slow_down"), "SlowDown"),
        (rfc("access_denied"), "Denied"),
        (refused("expired_token"), "Expired"),
        (json(TOKENS), "Granted"),
    ];
    for (answer, expected) in cases {
        let upstream = Upstream::new([answer]);
        let answer = integration(&upstream).device_answer(&device()).await;
        let answer = format!("{:?}", answer.unwrap());
        assert!(answer.starts_with(expected), "{answer}");
        assert!(!answer.contains("-secret"));
        assert_eq!(
            form(&upstream),
            fields([
                ("grant_type", "urn:ietf:params:oauth:grant-type:device_code"),
                ("device_code", "dc-secret"),
                ("client_id", "C1"),
            ])
        );
        let basic = &upstream.asked()[0].headers["authorization"];
        assert_eq!(basic, "Basic QzE6Y3Mtc2VjcmV0");
        assert!(basic.is_sensitive());
    }
    for answer in [refused("tokenlimit_reached"), status(401)] {
        let upstream = Upstream::new([answer]);
        let answer = integration(&upstream).device_answer(&device()).await;
        assert!(matches!(answer, Err(WebexError::Refused { .. })));
    }
}

#[tokio::test(start_paused = true)]
async fn a_device_waits_as_it_is_told() {
    let answers = [status(428), refused("slow_down"), status(503), json(TOKENS)];
    let upstream = Upstream::new(answers);
    let started = Instant::now();
    let answer = integration(&upstream).device_wait(&device()).await.unwrap();
    assert!(matches!(answer, DeviceAnswer::Granted(_)));
    let waited = [2, 2, 2 + 5, 2 * (2 + 5)];
    assert_eq!(started.elapsed().as_secs(), waited.iter().sum::<u64>());
}

#[tokio::test(start_paused = true)]
async fn a_device_does_not_wait_for_ever() {
    let upstream = Upstream::new([status(428)]);
    let started = Instant::now();
    let answer = integration(&upstream).device_wait(&device()).await.unwrap();
    assert!(matches!(answer, DeviceAnswer::Expired));
    assert_eq!(started.elapsed().as_secs(), 300);
    let upstream = Upstream::new([status(428)]);
    let endless = DeviceConsent {
        expires_in: Duration::from_secs(u64::MAX),
        ..device()
    };
    let started = Instant::now();
    let answer = integration(&upstream).device_wait(&endless).await.unwrap();
    assert!(matches!(answer, DeviceAnswer::Expired));
    assert_eq!(started.elapsed().as_secs(), 30 * 60);
}

#[tokio::test]
async fn who_consented_and_what_is_revoked_on_the_wire() {
    let upstream = Upstream::new([json(
        r#"{"sub":"s","email":"a@b.c","email_verified":true,"new":1,"items":[]}"#,
    )]);
    let client = upstream.client();
    let who = client.user_info().await.unwrap();
    assert_eq!(who.email.as_deref(), Some("a@b.c"));
    assert_eq!(upstream.lines(), ["GET /v1/userinfo"]);
    let authorizations = client.authorizations();
    let query = ListAuthorizations {
        person_email: some("a@b.c"),
        ..Default::default()
    };
    sends!(upstream: authorizations.list(&query) => "GET /v1/authorizations?personEmail=a%40b.c", Value::Null);
    sends!(upstream: authorizations.delete("a") => "DELETE /v1/authorizations/a", Value::Null);
    sends!(upstream: authorizations.delete_of_client("C1", None) => "DELETE /v1/authorizations?clientId=C1", Value::Null);
    sends!(upstream: authorizations.delete_of_client("C1", Some("o")) => "DELETE /v1/authorizations?clientId=C1&orgId=o", Value::Null);
    refuses!(authorizations.delete_of_client(" ", None) => "clientId");
    refuses!(authorizations.list(&ListAuthorizations::default()) => "personId");
}

#[tokio::test]
async fn what_breaks_a_known_rule_is_not_sent() {
    let upstream = upstream();
    let webex = upstream.webex();
    let secret = || SecretString::from("s");
    refuses!(async { webex.integration("", secret()) } => "client_id");
    refuses!(async { webex.integration("a:b", secret()) } => "client_id");
    refuses!(async { webex.integration("a", "two words") } => "client_secret");
    let integration = integration(&upstream);
    refuses!(async { integration.consent(&AskConsent::default()) } => "scope");
    refuses!(integration.device_consent(&[]) => "scope");
    refuses!(integration.device_consent(&["two words".to_owned()]) => "scope");
    refuses!(integration.device_consent(&scopes("email openid")) => "scope");
    for wrong in ["/back", "https://app.example/#x", ""] {
        let ask = AskConsent {
            redirect_uri: some(wrong),
            ..asked("a")
        };
        refuses!(async { integration.consent(&ask) } => "redirect_uri");
    }
    let empty = SecretString::from("");
    refuses!(integration.refresh(&empty) => "refresh_token");
    let consent = integration.consent(&asked("a")).unwrap();
    refuses!(integration.exchange(&empty, &consent) => "code");
    for wrong in ["x".repeat(42), "x".repeat(129), " ".repeat(43)] {
        let consent = Consent {
            verifier: wrong.into(),
            ..consent.clone()
        };
        refuses!(integration.exchange(&secret(), &consent) => "code_verifier");
    }
    assert_eq!(upstream.count(), 0);
    assert_eq!(oauth::EXCHANGE.path, oauth::REFRESH.path);
}
