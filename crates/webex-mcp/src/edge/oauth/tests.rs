//! Programs that keep failing to prove which client they are, and who is told what on which page.

use std::net::SocketAddr;

use axum::body::Body;
use http_body_util::BodyExt as _;
use serde_json::{Value, json};
use tokio::time::Instant;
use tower::ServiceExt as _;

use super::*;
use crate::broker::Settings;
use crate::edge::http::{PeerAddress, Proxies};
use crate::edge::limits::{FAILURE_DELAY_FIRST, FAILURES_FREE_PER_CLIENT};
use crate::grants::Vault;
use crate::grants::tests::Place;
use crate::identity::{Caller, Principal, Tenant};
use crate::journal::{DurableKey, Journal};
use crate::outbound::{Outbound, Rules};
use crate::seal::{Sealer, Secret};
use crate::servers::{Catalogue, Otherwise, built_in};

const BASE: &str = "https://mcp.example.com";

/// Servers whose callers sign in at the identity provider, and no others.
struct OfProvider(Vec<Arc<VirtualServer>>);

impl SignedInFor for OfProvider {
    fn find(&self, _slug: &str) -> Option<Arc<VirtualServer>> {
        None
    }

    fn all(&self) -> Vec<Arc<VirtualServer>> {
        Vec::new()
    }

    fn of_provider(&self) -> Vec<Arc<VirtualServer>> {
        self.0.clone()
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
    async fn new() -> Self {
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
            clients: std::collections::BTreeMap::new(),
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
        let servers = Box::new(OfProvider(served.collect()));
        let layers = Layers::new(&[], &[], Proxies::default()).unwrap();
        let word = |field: &str| made[field].as_str().unwrap().to_owned();
        World {
            router: routes((broker.clone(), None), servers, Arc::new(layers)),
            place,
            broker,
            client: word("client_id"),
            secret: word("client_secret"),
        }
    }

    /// The status and the error of a refresh or a revocation, and how long the answer took.
    async fn ask(&self, path: &str, from: u32, secret: &str) -> (u16, String, Duration) {
        let mut form = url::form_urlencoded::Serializer::new(String::new());
        form.extend_pairs([
            ("grant_type", "refresh_token"),
            ("refresh_token", "made-up"),
            ("token", "made-up"),
            ("client_id", self.client.as_str()),
            ("client_secret", secret),
        ]);
        let request = Request::post(path)
            .header("host", "localhost")
            .header("content-type", "application/x-www-form-urlencoded");
        let mut request = request.body(Body::from(form.finish())).unwrap();
        let from = SocketAddr::from(((0xc000_0200 + from).to_be_bytes(), 1));
        request.extensions_mut().insert(PeerAddress(from));
        let begun = Instant::now();
        let answer = self.router.clone().oneshot(request).await.unwrap();
        let (status, waited) = (answer.status().as_u16(), begun.elapsed());
        let body = answer.into_body().collect().await.unwrap().to_bytes();
        let body: Value = serde_json::from_slice(&body).unwrap_or_default();
        let error = body["error"].as_str().unwrap_or_default().to_owned();
        (status, error, waited)
    }
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
        let request = request.header("host", "localhost").body(Body::empty());
        let answer = world.router.clone().oneshot(request.unwrap()).await;
        assert_eq!(answer.unwrap().status().as_u16(), expected, "{slug}");
    }
}
