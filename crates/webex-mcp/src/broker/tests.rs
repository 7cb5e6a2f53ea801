//! Tests of the authorization server without HTTP: a client, a browser and a person, as function
//! calls, with the sandbox as Webex.

use std::collections::HashMap;

use aws_lc_rs::digest::{SHA256, digest as sha};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use secrecy::SecretString;
use serde_json::{Value, json};
use url::Url;
use webex_sandbox::Integration;

use super::*;
use crate::grants::tests::Place;
use crate::identity::Credential;
use crate::outbound::Rules;
use crate::seal::Secret;

const BASE: &str = "https://mcp.example.com";
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const REDIRECT: &str = "http://127.0.0.1:1234/callback";
const MINUTE: Duration = Duration::from_secs(60);

struct World {
    place: Place,
    broker: Broker,
}

fn words(text: &str) -> Vec<String> {
    text.split(' ').map(str::to_owned).collect()
}

impl World {
    fn new() -> Self {
        World::with(|_| ())
    }

    fn with(set: impl FnOnce(&mut Settings)) -> Self {
        let place = Place::new();
        let mut integration = Integration::demo();
        integration.redirect_uris = vec![format!("{BASE}{CALLBACK}")];
        integration.client_id = "broker".to_owned();
        integration.client_secret = "broker-secret".to_owned();
        place.sandbox.register(integration).unwrap();
        let mut settings = Settings {
            base: BASE.to_owned(),
            registered_scopes: Vec::new(),
            organizations: Vec::new(),
            clients: Vec::new(),
        };
        set(&mut settings);
        let broker = World::broker(&place, settings);
        World { place, broker }
    }

    fn broker(place: &Place, settings: Settings) -> Broker {
        let webex = place.webex();
        let integration = webex.integration("broker", "broker-secret").unwrap();
        let records = place.process().records().clone();
        let vault = Vault::new(records, integration);
        let sealer = Sealer::new(&Secret::new(Box::new([7; 32])), None).unwrap();
        let outbound = Outbound::new(Rules::default()).unwrap();
        Broker::new(settings, vault, webex, Arc::new(sealer), outbound)
    }

    /// The same as another process has it.
    fn again(&self) -> Broker {
        World::broker(&self.place, self.broker.settings().clone())
    }

    async fn registered(&self, metadata: Value) -> Result<String, Refused> {
        let registration = serde_json::from_value(metadata).unwrap();
        let registered = self.broker.register(registration).await?;
        let registered = serde_json::to_value(registered).unwrap();
        Ok(registered["client_id"].as_str().unwrap().to_owned())
    }

    async fn client(&self) -> String {
        let metadata = json!({"client_name": "Agent", "redirect_uris": [REDIRECT]});
        self.registered(metadata).await.unwrap()
    }

    /// The request of a client that does everything right.
    fn question(&self, client: &str) -> Question {
        Question {
            response_type: Some("code".to_owned()),
            client_id: Some(client.to_owned()),
            redirect_uri: Some(REDIRECT.to_owned()),
            scope: None,
            state: Some("the client's".to_owned()),
            code_challenge: Some(BASE64.encode(sha(&SHA256, VERIFIER.as_bytes()))),
            code_challenge_method: Some("S256".to_owned()),
            resource: Some(format!("{BASE}/mcp/webex")),
        }
    }

    /// The whole way of a person through the pages: what the client hears.
    async fn signed_in(&self, question: Question, who: &str) -> HashMap<String, String> {
        let (asked, ..) = self.broker.ask(question, offer).await.unwrap();
        let page = self.broker.seal(&asked, "browser").unwrap();
        let asked = self.broker.unseal(&page, "browser").unwrap();
        let url = self.broker.agreed(asked, "browser").await.unwrap();
        let back = self.place.approve(&url, who).await;
        assert!(
            back.as_str().starts_with(&format!("{BASE}{CALLBACK}?")),
            "{back}"
        );
        let returned = serde_json::from_value(json!(pairs(&back))).unwrap();
        let told = self.broker.returned(returned, "browser").await.unwrap();
        pairs(&Url::parse(&told).unwrap())
    }

    async fn code(&self, client: &str, who: &str) -> String {
        let mut told = self.signed_in(self.question(client), who).await;
        assert_eq!(told["state"], "the client's");
        assert_eq!(told["iss"], BASE);
        told.remove("code").unwrap()
    }

    async fn given(&self, wanted: Wanted) -> Result<Value, &'static str> {
        let given = self.broker.give(&wanted).await;
        let given = given.map_err(|refused| refused.error)?;
        Ok(serde_json::to_value(given).unwrap())
    }

    async fn refreshed(&self, client: &str, token: &str) -> Result<String, &'static str> {
        let given = self.given(refresh(client, token)).await?;
        Ok(given["refresh_token"].as_str().unwrap().to_owned())
    }

    async fn count(&self, kind: &str) -> usize {
        let records = &self.broker.0.records;
        records.count("", kind, ("", "\u{10ffff}")).await.unwrap()
    }

    /// The grants of everybody in the organization.
    async fn grants(&self) -> usize {
        let people = self.place.webex();
        let token = webex::AccessToken::new("sandbox-bob").unwrap();
        let me = people.client(token).people().me().await.unwrap();
        let tenant = me.org_id.unwrap();
        let records = &self.broker.0.records;
        records
            .count(&tenant, "grant", ("", "\u{10ffff}"))
            .await
            .unwrap()
    }

    async fn is_accepted(&self, token: &str) -> bool {
        self.broker.accepted(token, "webex").await.is_ok()
    }
}

fn offer(resource: Option<&str>) -> Option<Offer> {
    (resource? == format!("{BASE}/mcp/webex")).then(|| Offer {
        slug: "webex".to_owned(),
        title: "Webex".to_owned(),
        base: words("spark:rooms_read spark:messages_read"),
        all: words(
            "spark:kms spark:people_read spark:rooms_read spark:messages_read spark-admin:people_read",
        ),
    })
}

fn pairs(url: &Url) -> HashMap<String, String> {
    url.query_pairs().into_owned().collect()
}

fn exchange(client: &str, code: &str) -> Wanted {
    Wanted {
        grant_type: Some("authorization_code".to_owned()),
        client_id: Some(client.to_owned()),
        code: Some(code.to_owned()),
        redirect_uri: Some(REDIRECT.to_owned()),
        code_verifier: Some(VERIFIER.to_owned()),
        server: Some(Ok("webex".to_owned())),
        ..Wanted::default()
    }
}

fn refresh(client: &str, token: &str) -> Wanted {
    Wanted {
        grant_type: Some("refresh_token".to_owned()),
        client_id: Some(client.to_owned()),
        refresh_token: Some(token.to_owned()),
        ..Wanted::default()
    }
}

fn text(given: &Value, field: &str) -> String {
    given[field].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_person_signs_in_and_the_client_acts_as_them() {
    let world = World::new();
    let client = world.client().await;
    let code = world.code(&client, "bob").await;
    let given = world.given(exchange(&client, &code)).await.unwrap();
    assert_eq!(
        given["scope"],
        "spark:kms spark:messages_read spark:people_read spark:rooms_read"
    );
    let token = text(&given, "access_token");
    let connected = world.broker.accepted(&token, "webex").await.unwrap();
    assert_eq!(connected.caller.display.as_deref(), Some("bob@example.com"));
    let Some(Credential::Grant(tenant, id)) = &connected.caller.credential else {
        panic!("{:?}", connected.caller);
    };
    let token = world.broker.vault().token(tenant, id).await.unwrap();
    let me = world
        .place
        .webex()
        .client(token)
        .people()
        .me()
        .await
        .unwrap();
    assert_eq!(me.emails.unwrap(), ["bob@example.com"]);
}

#[tokio::test]
async fn a_client_gets_what_there_is_of_what_it_asks_for() {
    let world = World::new();
    let client = world.client().await;
    for (asked, given) in [
        (
            "spark:rooms_read spark:rooms_write",
            "spark:kms spark:people_read spark:rooms_read",
        ),
        (
            "spark-admin:people_read",
            "spark-admin:people_read spark:kms spark:people_read",
        ),
        (
            "spark:all",
            "spark:kms spark:messages_read spark:people_read spark:rooms_read",
        ),
    ] {
        let question = Question {
            scope: Some(asked.to_owned()),
            ..world.question(&client)
        };
        let (asked, ..) = world.broker.ask(question, offer).await.unwrap();
        assert_eq!(asked.scopes, words(given));
    }
}

#[tokio::test]
async fn what_is_not_certain_is_told_here_and_the_rest_to_the_client() {
    let world = World::new();
    let client = world.client().await;
    type Change = fn(&mut Question);
    let here: [Change; 8] = [
        |it| it.client_id = None,
        |it| it.client_id = Some("client-unknown".to_owned()),
        |it| it.redirect_uri = Some("http://127.0.0.1:1234/callbac".to_owned()),
        |it| it.redirect_uri = Some("http://127.0.0.1:1234/callback/".to_owned()),
        |it| it.redirect_uri = Some("http://localhost:1234/callback".to_owned()),
        |it| it.redirect_uri = Some("https://evil.example/callback".to_owned()),
        |it| it.redirect_uri = Some(String::new()),
        |it| it.state = Some("x".repeat(limits::SIGN_IN_WORD_MAX_BYTES + 1)),
    ];
    for (number, change) in here.iter().enumerate() {
        let mut question = world.question(&client);
        change(&mut question);
        let asked = world.broker.ask(question, offer).await;
        assert!(
            matches!(asked, Err(NotAsked::Here(_))),
            "{number}: {asked:?}"
        );
    }
    let there: [(Change, &str); 8] = [
        (|it| it.response_type = None, "unsupported_response_type"),
        (
            |it| it.response_type = Some("token".to_owned()),
            "unsupported_response_type",
        ),
        (|it| it.code_challenge = None, "invalid_request"),
        (|it| it.code_challenge_method = None, "invalid_request"),
        (
            |it| it.code_challenge_method = Some("plain".to_owned()),
            "invalid_request",
        ),
        (
            |it| it.resource = Some("https://evil.example/mcp/webex".to_owned()),
            "invalid_target",
        ),
        (|it| it.resource = None, "invalid_target"),
        (
            |it| it.scope = Some("spark:unknown".to_owned()),
            "invalid_scope",
        ),
    ];
    for (change, error) in there {
        let mut question = world.question(&client);
        change(&mut question);
        let asked = world.broker.ask(question, offer).await;
        let Err(NotAsked::There(url)) = asked else {
            panic!("{error}: {asked:?}");
        };
        assert!(url.starts_with(REDIRECT), "{url}");
        let told = pairs(&Url::parse(&url).unwrap());
        assert_eq!((&*told["error"], &*told["state"]), (error, "the client's"));
    }
}

#[tokio::test]
async fn a_page_and_a_sign_in_are_one_browsers_and_work_once() {
    let world = World::new();
    let client = world.client().await;
    let (asked, ..) = world
        .broker
        .ask(world.question(&client), offer)
        .await
        .unwrap();
    let page = world.broker.seal(&asked, "browser").unwrap();
    assert!(world.broker.unseal(&page, "another").is_err());
    assert!(world.broker.unseal("made up", "browser").is_err());
    let url = world.broker.agreed(asked, "browser").await.unwrap();
    let back = world.place.approve(&url, "bob").await;
    let returned = || serde_json::from_value::<Returned>(json!(pairs(&back))).unwrap();
    assert!(world.broker.returned(returned(), "another").await.is_err());
    let told = world.broker.returned(returned(), "browser").await.unwrap();
    assert!(told.contains("code="), "{told}");
    assert!(world.broker.returned(returned(), "browser").await.is_err());
    assert!(
        world
            .broker
            .returned(Returned::default(), "browser")
            .await
            .is_err()
    );
}

#[tokio::test]
async fn a_sign_in_that_took_too_long_is_over() {
    let world = World::new();
    let client = world.client().await;
    let (asked, ..) = world
        .broker
        .ask(world.question(&client), offer)
        .await
        .unwrap();
    let url = world.broker.agreed(asked, "browser").await.unwrap();
    let back = world.place.approve(&url, "bob").await;
    world.place.advance(11 * MINUTE);
    let returned = serde_json::from_value(json!(pairs(&back))).unwrap();
    let refused = world
        .broker
        .returned(returned, "browser")
        .await
        .unwrap_err();
    assert_eq!(refused.error, "invalid_request");
}

#[tokio::test]
async fn who_declines_or_is_of_another_organization_gets_no_code() {
    let world = World::with(|settings| settings.organizations = vec!["another".to_owned()]);
    let client = world.client().await;
    let told = world.signed_in(world.question(&client), "bob").await;
    assert_eq!((&*told["error"], told.get("code")), ("access_denied", None));
    let (asked, ..) = world
        .broker
        .ask(world.question(&client), offer)
        .await
        .unwrap();
    assert!(
        world
            .broker
            .declined(&asked)
            .contains("error=access_denied")
    );
    let url = world.broker.agreed(asked, "browser").await.unwrap();
    let state = pairs(&Url::parse(&url).unwrap())["state"].clone();
    let returned = Returned {
        code: None,
        state: Some(state),
        error: Some("access_denied".to_owned()),
    };
    let told = world.broker.returned(returned, "browser").await.unwrap();
    assert!(told.contains("error=access_denied"), "{told}");
}

#[tokio::test]
async fn a_code_is_its_clients_and_a_second_use_takes_back_what_it_gave() {
    let world = World::new();
    let (client, other) = (world.client().await, world.client().await);
    type Change = fn(&mut Wanted);
    let wrong: [(Change, &str); 5] = [
        (
            |it| it.code_verifier = Some("x".repeat(43)),
            "invalid_grant",
        ),
        (|it| it.code_verifier = None, "invalid_grant"),
        (
            |it| it.redirect_uri = Some("http://127.0.0.1:9/callback".to_owned()),
            "invalid_grant",
        ),
        (|it| it.code = Some("made-up".to_owned()), "invalid_grant"),
        (|it| it.server = Some(Err(())), "invalid_target"),
    ];
    for (change, error) in wrong {
        let code = world.code(&client, "bob").await;
        let mut wanted = exchange(&client, &code);
        change(&mut wanted);
        assert_eq!(world.given(wanted).await.unwrap_err(), error);
    }
    let code = world.code(&client, "bob").await;
    assert_eq!(
        world.given(exchange(&other, &code)).await.unwrap_err(),
        "invalid_grant"
    );
    // It is used up, whoever brings it then.
    assert_eq!(
        world.given(exchange(&client, &code)).await.unwrap_err(),
        "invalid_grant"
    );
    let code = world.code(&client, "bob").await;
    world.place.advance(2 * MINUTE);
    assert_eq!(
        world.given(exchange(&client, &code)).await.unwrap_err(),
        "invalid_grant"
    );
    let code = world.code(&client, "bob").await;
    let given = world.given(exchange(&client, &code)).await.unwrap();
    let token = text(&given, "access_token");
    assert!(world.is_accepted(&token).await);
    assert_eq!(
        world.given(exchange(&client, &code)).await.unwrap_err(),
        "invalid_grant"
    );
    assert!(!world.is_accepted(&token).await);
    let refreshed = world
        .refreshed(&client, &text(&given, "refresh_token"))
        .await;
    assert_eq!(refreshed.unwrap_err(), "invalid_grant");
}

#[tokio::test]
async fn a_refresh_token_has_one_successor_and_its_reuse_ends_all() {
    let world = World::new();
    let client = world.client().await;
    let code = world.code(&client, "bob").await;
    let given = world.given(exchange(&client, &code)).await.unwrap();
    let first = text(&given, "refresh_token");
    let second = world.refreshed(&client, &first).await.unwrap();
    // The answer may have been lost: within a minute the same token gives the same successor.
    assert_eq!(world.refreshed(&client, &first).await.unwrap(), second);
    let third = world.refreshed(&client, &second).await.unwrap();
    assert_ne!(third, second);
    // Its successor was used, so somebody else has a copy of it.
    assert_eq!(
        world.refreshed(&client, &first).await.unwrap_err(),
        "invalid_grant"
    );
    assert_eq!(
        world.refreshed(&client, &third).await.unwrap_err(),
        "invalid_grant"
    );
    assert!(!world.is_accepted(&text(&given, "access_token")).await);
}

#[tokio::test]
async fn after_a_minute_a_used_refresh_token_ends_all() {
    let world = World::new();
    let client = world.client().await;
    let code = world.code(&client, "bob").await;
    let given = world.given(exchange(&client, &code)).await.unwrap();
    let first = text(&given, "refresh_token");
    let second = world.refreshed(&client, &first).await.unwrap();
    world.place.advance(MINUTE + Duration::from_secs(1));
    assert_eq!(
        world.refreshed(&client, &first).await.unwrap_err(),
        "invalid_grant"
    );
    assert_eq!(
        world.refreshed(&client, &second).await.unwrap_err(),
        "invalid_grant"
    );
}

#[tokio::test]
async fn two_processes_give_one_refresh_token_the_same_successor() {
    let world = World::new();
    let client = world.client().await;
    let code = world.code(&client, "bob").await;
    let given = world.given(exchange(&client, &code)).await.unwrap();
    let first = text(&given, "refresh_token");
    let other = world.again();
    let (one, two) = (refresh(&client, &first), refresh(&client, &first));
    let (one, two) = tokio::join!(world.broker.give(&one), other.give(&two));
    let successor = |given: Given| text(&serde_json::to_value(given).unwrap(), "refresh_token");
    assert_eq!(successor(one.unwrap()), successor(two.unwrap()));
}

#[tokio::test]
async fn a_token_is_for_one_server_and_no_other_text_is_one() {
    let world = World::new();
    let client = world.client().await;
    let code = world.code(&client, "bob").await;
    let given = world.given(exchange(&client, &code)).await.unwrap();
    let (access, refresh) = (text(&given, "access_token"), text(&given, "refresh_token"));
    assert!(world.is_accepted(&access).await);
    assert!(world.again().accepted(&access, "webex").await.is_ok());
    assert!(
        world
            .broker
            .accepted(&access, "webex-messaging")
            .await
            .is_err()
    );
    let mut forged = access.clone().into_bytes();
    forged[20] ^= 1;
    let forged = String::from_utf8(forged).unwrap();
    for wrong in ["", "x", &refresh, &code, &forged, &access[1..], "a.b.c"] {
        assert!(!world.is_accepted(wrong).await, "{wrong}");
    }
}

#[tokio::test]
async fn a_revoked_token_ends_its_connection_everywhere() {
    let world = World::new();
    let (client, other) = (world.client().await, world.client().await);
    let slugs = [Arc::from("webex-messaging"), Arc::from("webex")];
    for field in ["refresh_token", "access_token"] {
        let code = world.code(&client, "bob").await;
        let given = world.given(exchange(&client, &code)).await.unwrap();
        let (access, token) = (text(&given, "access_token"), text(&given, field));
        world
            .broker
            .revoke(&other, None, &token, &slugs)
            .await
            .unwrap();
        assert!(world.is_accepted(&access).await, "{field}");
        world
            .broker
            .revoke(&client, None, &token, &slugs)
            .await
            .unwrap();
        assert!(!world.is_accepted(&access).await, "{field}");
        assert!(world.again().accepted(&access, "webex").await.is_err());
        world
            .broker
            .revoke(&client, None, &token, &slugs)
            .await
            .unwrap();
    }
}

#[tokio::test]
async fn a_client_with_a_secret_has_to_know_it() {
    let world = World::new();
    let metadata = json!({
        "redirect_uris": [REDIRECT],
        "token_endpoint_auth_method": "client_secret_post",
    });
    let registration = serde_json::from_value(metadata).unwrap();
    let registered = world.broker.register(registration).await.unwrap();
    let registered = serde_json::to_value(registered).unwrap();
    let (client, secret) = (
        text(&registered, "client_id"),
        text(&registered, "client_secret"),
    );
    for (sent, expected) in [
        (None, Some("invalid_client")),
        (Some("wrong".to_owned()), Some("invalid_client")),
        (Some(secret), None),
    ] {
        let code = world.code(&client, "bob").await;
        let wanted = Wanted {
            client_secret: sent.map(SecretString::from),
            ..exchange(&client, &code)
        };
        assert_eq!(world.given(wanted).await.err(), expected);
    }
}

#[tokio::test]
async fn a_document_is_not_fetched_from_inside_the_network() {
    let world = World::new();
    for id in [
        "https://127.0.0.1/client.json",
        "https://169.254.169.254/latest/meta-data",
        "https://localhost/client.json",
        "https://user@example.com/client.json",
    ] {
        let refused = world.broker.client(id).await.unwrap_err();
        assert_eq!(refused.error, "invalid_client", "{id}");
        let words = [
            "is private, local or reserved",
            "must not contain a user name",
        ];
        let is_told = |words: &&str| refused.description.contains(*words);
        assert!(words.iter().any(is_told), "{id}: {refused:?}");
    }
}

#[tokio::test]
async fn registrations_are_checked_and_expire_unused() {
    let world = World::new();
    for (metadata, error) in [
        (json!({}), "invalid_redirect_uri"),
        (json!({"redirect_uris": []}), "invalid_redirect_uri"),
        (
            json!({"redirect_uris": ["javascript:alert(1)"]}),
            "invalid_redirect_uri",
        ),
        (
            json!({"redirect_uris": [REDIRECT, "http://example.com/"]}),
            "invalid_redirect_uri",
        ),
        (
            json!({"redirect_uris": vec![REDIRECT; 21]}),
            "invalid_redirect_uri",
        ),
        (
            json!({"redirect_uris": [REDIRECT], "grant_types": ["implicit"]}),
            "invalid_client_metadata",
        ),
        (
            json!({"redirect_uris": [REDIRECT], "token_endpoint_auth_method": "private_key_jwt"}),
            "invalid_client_metadata",
        ),
    ] {
        let refused = world.registered(metadata.clone()).await.unwrap_err();
        assert_eq!(refused.error, error, "{metadata}");
    }
    let cursor = json!({
        "client_name": "Cursor",
        "redirect_uris": [
            "cursor://anysphere.cursor-mcp/oauth/callback",
            "http://localhost:8787/callback",
            "https://www.cursor.com/agents/mcp/oauth/callback",
        ],
        "grant_types": ["authorization_code", "refresh_token"],
        "response_types": ["code"],
        "token_endpoint_auth_method": "none",
        "software_id": "unknown fields are allowed",
    });
    let (used, unused) = (
        world.client().await,
        world.registered(cursor).await.unwrap(),
    );
    world.code(&used, "bob").await;
    world.place.advance(25 * 60 * MINUTE);
    assert!(world.broker.client(&used).await.is_ok());
    assert!(world.broker.client(&unused).await.is_err());
    assert_eq!(world.count("client").await, 2);
    world.broker.sweep().await;
    assert_eq!(world.count("client").await, 1);
    world.place.advance(30 * 24 * 60 * MINUTE);
    assert!(world.broker.client(&used).await.is_err());
}

#[tokio::test]
async fn what_has_expired_is_deleted_with_its_tokens_of_webex() {
    let world = World::new();
    let client = world.client().await;
    let (used, unused) = (
        world.code(&client, "bob").await,
        world.code(&client, "bob").await,
    );
    world.given(exchange(&client, &used)).await.unwrap();
    let (asked, ..) = world
        .broker
        .ask(world.question(&client), offer)
        .await
        .unwrap();
    world.broker.agreed(asked, "browser").await.unwrap();
    let counts = async |expected: [usize; 4]| {
        for (kind, expected) in ["sign-in", "code", "connection"].into_iter().zip(expected) {
            assert_eq!(world.count(kind).await, expected, "{kind}");
        }
        assert_eq!(world.grants().await, expected[3], "grants");
    };
    counts([1, 2, 1, 2]).await;
    world.place.advance(2 * 60 * MINUTE);
    world.broker.sweep().await;
    // The code that nobody exchanged took its grant along.
    counts([0, 0, 1, 1]).await;
    assert_eq!(
        world.given(exchange(&client, &unused)).await.unwrap_err(),
        "invalid_grant"
    );
    world.place.advance(90 * 24 * 60 * MINUTE);
    world.broker.sweep().await;
    counts([0, 0, 0, 0]).await;
}

#[tokio::test]
async fn another_server_than_that_of_the_sign_in_uses_nothing_up() {
    let world = World::new();
    let client = world.client().await;
    let code = world.code(&client, "bob").await;
    let elsewhere = |wanted: Wanted| Wanted {
        server: Some(Ok("webex-messaging".to_owned())),
        ..wanted
    };
    let refused = world.given(elsewhere(exchange(&client, &code))).await;
    assert_eq!(refused.unwrap_err(), "invalid_target");
    let given = world.given(exchange(&client, &code)).await.unwrap();
    let first = text(&given, "refresh_token");
    let refused = world.given(elsewhere(refresh(&client, &first))).await;
    assert_eq!(refused.unwrap_err(), "invalid_target");
    world.place.advance(2 * MINUTE);
    world.refreshed(&client, &first).await.unwrap();
}

#[tokio::test]
async fn people_of_an_organization_that_was_removed_are_out() {
    let world = World::new();
    let client = world.client().await;
    let code = world.code(&client, "bob").await;
    let given = world.given(exchange(&client, &code)).await.unwrap();
    let mut settings = world.broker.settings().clone();
    settings.organizations = vec!["another".to_owned()];
    let stricter = World::broker(&world.place, settings);
    let token = text(&given, "access_token");
    assert!(stricter.accepted(&token, "webex").await.is_err());
    let wanted = refresh(&client, &text(&given, "refresh_token"));
    assert_eq!(
        stricter.give(&wanted).await.unwrap_err().error,
        "invalid_grant"
    );
}

#[tokio::test]
async fn a_sign_in_that_webex_gave_up_ends_at_its_client() {
    let world = World::new();
    let client = world.client().await;
    let code = world.code(&client, "bob").await;
    let given = world.given(exchange(&client, &code)).await.unwrap();
    let (access, first) = (text(&given, "access_token"), text(&given, "refresh_token"));
    let connected = world.broker.accepted(&access, "webex").await.unwrap();
    let ada = world
        .place
        .webex()
        .client(webex::AccessToken::new("sandbox-ada").unwrap());
    let authorizations = ada.authorizations();
    authorizations
        .delete_of_client("broker", None)
        .await
        .unwrap();
    let Some(Credential::Grant(tenant, id)) = &connected.caller.credential else {
        panic!("{:?}", connected.caller);
    };
    let vault = world.broker.vault();
    let token = vault.token(tenant, id).await.unwrap();
    assert!(vault.renew(tenant, id, &token).await.is_none());
    assert!(world.again().accepted(&access, "webex").await.is_err());
    assert_eq!(
        world.refreshed(&client, &first).await.unwrap_err(),
        "invalid_grant"
    );
}
