//! Programs that keep failing to prove which client they are, and who is told what on which page.

use std::net::SocketAddr;

use axum::body::Body;
use http_body_util::BodyExt as _;
use serde_json::{Value, json};
use tokio::time::Instant;
use tower::ServiceExt as _;
use webex::AccessToken;

use super::*;
use crate::broker::{Known, Limits, Machine, Settings};
use crate::edge::http::{PeerAddress, Proxies};
use crate::edge::limits::{FAILURE_DELAY_FIRST, FAILURES_FREE_PER_CLIENT};
use crate::grants::Vault;
use crate::grants::tests::Place;
use crate::identity::{Caller, Principal, Tenant};
use crate::journal::{DurableKey, Journal};
use crate::outbound::{Outbound, Rules};
use crate::seal::{Sealer, Secret, digest};
use crate::servers::{Catalogue, Otherwise, built_in};

const BASE: &str = "https://mcp.example.com";

/// Servers whose callers sign in here, and those whose callers sign in at the identity provider.
struct Served {
    here: Vec<Arc<VirtualServer>>,
    of_provider: Vec<Arc<VirtualServer>>,
}

impl SignedInFor for Served {
    fn find(&self, slug: &str) -> Option<Arc<VirtualServer>> {
        self.here.iter().find(|it| *it.slug == *slug).cloned()
    }

    fn all(&self) -> Vec<Arc<VirtualServer>> {
        self.here.clone()
    }

    fn of_provider(&self) -> Vec<Arc<VirtualServer>> {
        self.of_provider.clone()
    }
}

/// The endpoints, and a client with a secret.
struct World {
    router: Router,
    place: Place,
    broker: Broker,
    client: String,
    secret: String,
}

impl World {
    /// Callers of the only server sign in at the identity provider.
    async fn new() -> Self {
        World::with(false).await
    }

    async fn with(signs_in_here: bool) -> Self {
        let place = Place::new();
        let webex = place.webex();
        let integration = webex.integration("broker", "broker-secret").unwrap();
        let (records, digests) = place.records.records();
        let journal = Journal::over(records.clone(), DurableKey::new(digests));
        let vault = Vault::new(records, integration);
        let sealer = Sealer::new(&Secret::new(Box::new([7; 32])), None).unwrap();
        let settings = Settings {
            base: BASE.to_owned(),
            registered_scopes: vec!["spark:rooms_write".to_owned()],
            organizations: Vec::new(),
            clients: [(ROBOT.to_owned(), robot())].into(),
        };
        let outbound = Outbound::new(Rules::default()).unwrap();
        let broker = Broker::new(settings, vault, webex, Arc::new(sealer), outbound, journal);
        let registration = json!({
            "redirect_uris": ["http://127.0.0.1/callback"],
            "token_endpoint_auth_method": "client_secret_post",
        });
        let registration = serde_json::from_value(registration).unwrap();
        let made = broker.register(registration, None).await.unwrap();
        let made = serde_json::to_value(made).unwrap();
        let catalogue = Catalogue::whole();
        let definitions = built_in(&catalogue);
        let served = definitions.iter().filter(|it| &*it.slug == "webex");
        let served = served.map(|it| catalogue.serve(it, Otherwise::Refuse));
        let mut served = Served {
            here: served.collect(),
            of_provider: Vec::new(),
        };
        if !signs_in_here {
            std::mem::swap(&mut served.here, &mut served.of_provider);
        }
        let layers = Layers::new(&[], &[], Proxies::default()).unwrap();
        let word = |field: &str| made[field].as_str().unwrap().to_owned();
        World {
            router: routes((broker.clone(), None), Box::new(served), Arc::new(layers)),
            place,
            broker,
            client: word("client_id"),
            secret: word("client_secret"),
        }
    }

    /// The status and the text of an answer.
    async fn read(&self, request: axum::http::request::Builder, body: &str) -> (u16, String) {
        let request = request.header("host", "localhost");
        let request = request.body(Body::from(body.to_owned())).unwrap();
        let answer = self.answer(request, ELSEWHERE).await;
        let status = answer.status().as_u16();
        let body = answer.into_body().collect().await.unwrap().to_bytes();
        (status, String::from_utf8(body.to_vec()).unwrap())
    }

    /// The status and the error of a refresh or a revocation, and how long the answer took.
    async fn ask(&self, path: &str, from: u32, secret: &str) -> (u16, String, Duration) {
        let form = [
            ("grant_type", "refresh_token"),
            ("refresh_token", "made-up"),
            ("token", "made-up"),
            ("client_id", self.client.as_str()),
            ("client_secret", secret),
        ];
        self.send(path, from, &form).await
    }

    /// The status of a request for a token that is in order.
    async fn token(&self, from: u32) -> u16 {
        let form = [
            ("grant_type", "client_credentials"),
            ("client_id", ROBOT),
            ("client_secret", ROBOTS_SECRET),
        ];
        self.send(TOKEN, from, &form).await.0
    }

    async fn send(&self, path: &str, from: u32, form: &[(&str, &str)]) -> (u16, String, Duration) {
        let mut encoded = url::form_urlencoded::Serializer::new(String::new());
        encoded.extend_pairs(form);
        let request = Request::post(path)
            .header("host", "localhost")
            .header("content-type", "application/x-www-form-urlencoded");
        let request = request.body(Body::from(encoded.finish())).unwrap();
        let begun = Instant::now();
        let answer = self.answer(request, from).await;
        let (status, waited) = (answer.status().as_u16(), begun.elapsed());
        let body = answer.into_body().collect().await.unwrap().to_bytes();
        let body: Value = serde_json::from_slice(&body).unwrap_or_default();
        let error = body["error"].as_str().unwrap_or_default().to_owned();
        (status, error, waited)
    }

    /// What is answered to a request from one of some addresses.
    async fn answer(&self, mut request: Request, from: u32) -> Response {
        let from = SocketAddr::from(((0xc000_0200 + from).to_be_bytes(), 1));
        request.extensions_mut().insert(PeerAddress(from));
        self.router.clone().oneshot(request).await.unwrap()
    }

    /// The status of a page or of a document.
    async fn get(&self, path: &str, from: u32) -> u16 {
        let request = Request::get(path).header("host", "localhost");
        let request = request.body(Body::empty()).unwrap();
        self.answer(request, from).await.status().as_u16()
    }
}

/// A client that the operator knows, and that gets a token each time it asks.
const ROBOT: &str = "robot";
const ROBOTS_SECRET: &str = "a-secret-of-the-operator-0123456789";

fn robot() -> Known {
    Known {
        name: "Robot".to_owned(),
        secret: Some(digest(ROBOTS_SECRET.as_bytes())),
        redirect_uris: Vec::new(),
        limits: Limits {
            servers: Some(vec!["webex".to_owned()]),
            scopes: None,
        },
        machine: Some(Machine::Token(AccessToken::new("sandbox-bob").unwrap())),
    }
}

const OFFICE: u32 = 1;
const ELSEWHERE: u32 = 2;

#[tokio::test(start_paused = true)]
async fn neighbours_behind_one_address_get_their_tokens() {
    let world = World::new().await;
    for _ in 0..=limits::TOKENS_REFUSED_PER_ADDRESS_PER_MINUTE {
        assert_eq!(world.token(OFFICE).await, 200);
    }
    // What is refused counts, with what it takes back, and only where it came from.
    let secret = world.secret.as_str();
    for number in 0..limits::TOKENS_REFUSED_PER_ADDRESS_PER_MINUTE {
        let (path, expected) = match number % 2 {
            0 => (TOKEN, 400),
            _ => (REVOKE, 200),
        };
        assert_eq!(
            world.ask(path, OFFICE, secret).await.0,
            expected,
            "{number}"
        );
    }
    let (status, error, _) = world.ask(TOKEN, OFFICE, secret).await;
    assert_eq!((status, &*error), (429, "temporarily_unavailable"));
    assert_eq!(world.ask(REVOKE, OFFICE, secret).await.0, 429);
    assert_eq!(world.token(ELSEWHERE).await, 200);
    tokio::time::advance(Duration::from_secs(1)).await;
    assert_eq!(world.token(OFFICE).await, 200);
}

#[tokio::test(start_paused = true)]
async fn a_flood_of_pages_takes_no_token_and_no_document_from_its_neighbours() {
    let world = World::new().await;
    for _ in 0..limits::PAGES_PER_ADDRESS_PER_MINUTE {
        assert_eq!(world.get(account::ACCOUNT, OFFICE).await, 200);
    }
    assert_eq!(world.get(account::ACCOUNT, OFFICE).await, 429);
    assert_eq!(world.get(AUTHORIZE, OFFICE).await, 429);
    assert_eq!(world.token(OFFICE).await, 200);
    assert_eq!(world.get(account::ACCOUNT, ELSEWHERE).await, 200);
}

#[tokio::test(start_paused = true)]
async fn nobody_counts_how_often_the_documents_are_read() {
    let world = World::new().await;
    // There are none in this world; who asks is told so, and no more than that.
    let document = "/.well-known/oauth-authorization-server";
    for _ in 0..=limits::PAGES_PER_ADDRESS_PER_MINUTE {
        assert_eq!(world.get(document, OFFICE).await, 404);
    }
    let about = format!("{RESOURCE_METADATA}/mcp/webex");
    assert_eq!(world.get(&about, OFFICE).await, 404);
    assert_eq!(world.get(account::ACCOUNT, OFFICE).await, 200);
}

/// A page of another site may read that it is to wait, and asks first whether it may ask.
#[tokio::test(start_paused = true)]
async fn pages_of_every_origin_read_that_there_are_too_many() {
    let world = World::new().await;
    let preflight = || {
        let request = Request::options(TOKEN).header("host", "localhost");
        request.body(Body::empty()).unwrap()
    };
    for _ in 0..=limits::TOKENS_REFUSED_PER_ADDRESS_PER_MINUTE {
        let answer = world.answer(preflight(), OFFICE).await;
        assert_eq!(answer.status(), StatusCode::NO_CONTENT);
    }
    for _ in 0..limits::TOKENS_REFUSED_PER_ADDRESS_PER_MINUTE {
        world.ask(TOKEN, OFFICE, &world.secret).await;
    }
    let request = Request::post(TOKEN).header("host", "localhost");
    let answer = world
        .answer(request.body(Body::empty()).unwrap(), OFFICE)
        .await;
    assert_eq!(answer.status(), StatusCode::TOO_MANY_REQUESTS);
    let readable = &answer.headers()[header::ACCESS_CONTROL_ALLOW_ORIGIN];
    assert_eq!(readable, "*");
}

#[tokio::test(start_paused = true)]
async fn guesses_of_a_clients_secret_are_slow_wherever_they_come_from() {
    let world = World::new().await;
    let mut paths = ["/oauth/token", "/oauth/revoke"].into_iter().cycle();
    let refused = (401, "invalid_client".to_owned());
    for from in 0..FAILURES_FREE_PER_CLIENT {
        let (status, error, waited) = world.ask(paths.next().unwrap(), from, "guess").await;
        assert_eq!((status, error), refused);
        assert_eq!(waited, Duration::ZERO);
    }
    for (from, times) in [(100, 1), (101, 2), (102, 4)] {
        let (status, error, waited) = world.ask(paths.next().unwrap(), from, "guess").await;
        assert_eq!((status, error), refused);
        assert_eq!(waited, FAILURE_DELAY_FIRST * times);
        // The client itself is known at once, whatever else is wrong with its request.
        let (status, error, waited) = world.ask("/oauth/token", 103, &world.secret).await;
        assert_eq!((status, error.as_str()), (400, "invalid_grant"));
        assert_eq!(waited, Duration::ZERO);
        let (status, _, waited) = world.ask("/oauth/revoke", 103, &world.secret).await;
        assert_eq!((status, waited), (200, Duration::ZERO));
    }
}

/// Where there are too many requests, people read it on a page, and programs in JSON.
#[test]
fn pages_are_told_from_what_programs_send() {
    for (path, expected) in [
        ("/oauth/authorize", true),
        ("/oauth/scopes", true),
        ("/link", true),
        ("/account", true),
        ("/account/revoke", true),
        ("/accounts", false),
        ("/oauth/token", false),
        ("/oauth/register", false),
        ("/.well-known/oauth-authorization-server", false),
    ] {
        assert_eq!(is_page(path), expected, "{path}");
    }
}

/// Callers of the identity provider get more scopes on the same page as all others.
#[tokio::test]
async fn a_link_to_more_scopes_opens_for_a_server_of_the_provider() {
    let world = World::new().await;
    let (broker, vault) = (&world.broker, world.broker.vault());
    let (tenant, principal) = (Tenant::new("acme"), Principal::new("jwt:somebody"));
    let grant = world.place.signed_in("bob").await;
    let id = vault.only_id(&principal);
    vault.keep_as(&tenant, &id, &grant).await.unwrap();
    let account = broker.account(&tenant, &principal).await.unwrap().unwrap();
    let mut caller = Caller::new(principal, Some(account.credential));
    caller.tenant = tenant;
    caller.scopes = Some(account.scopes);
    caller.obtainable = Some(account.obtainable);
    for (slug, expected) in [("webex", 200), ("nowhere", 400)] {
        let link = broker.link(&caller, slug, &["spark:rooms_write"]).unwrap();
        let request = Request::get(link.strip_prefix(BASE).unwrap());
        let (status, _) = world.read(request, "").await;
        assert_eq!(status, expected, "{slug}");
    }
}

/// Where nobody signs in here for a client, no client is led to believe it.
#[tokio::test]
async fn only_what_works_here_is_offered() {
    let registration = r#"{"redirect_uris": ["http://127.0.0.1/callback"]}"#;
    for (signs_in_here, registered, described) in [(true, 201, 200), (false, 404, 404)] {
        let world = World::with(signs_in_here).await;
        let register = Request::post("/oauth/register").header("content-type", "application/json");
        let (status, told) = world.read(register, registration).await;
        assert_eq!(status, registered, "{told}");
        for path in ["", "/mcp/webex"] {
            let path = format!("/.well-known/oauth-authorization-server{path}");
            let (status, told) = world.read(Request::get(path), "").await;
            assert_eq!(status, described, "{told}");
            assert_eq!(told.contains("registration_endpoint"), signs_in_here);
        }
        let (status, page) = world.read(Request::get("/account"), "").await;
        assert_eq!(status, 200);
        assert_eq!(page.contains("connection tokens"), signs_in_here, "{page}");
    }
}
