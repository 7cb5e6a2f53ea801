//! Tests of `passthrough` against a small Webex that counts its requests.

use std::net::IpAddr;
use std::num::NonZeroU32;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use axum::{Json, Router};
use http::{HeaderMap, StatusCode};
use serde_json::{Value, json};
use webex::{AccessToken, Settings, Transport, Webex};

use super::{Authentication, BudgetBounds, Head, Passthrough, PrincipalKey, Reason, Unknown};
use crate::identity::{Caller, Credential};
use crate::limits;
use crate::seal::Secret;

mod budget;
mod standing;

/// The questions so far.
#[derive(Default)]
struct Asked {
    me: AtomicUsize,
    memberships: AtomicUsize,
    is_down: std::sync::atomic::AtomicBool,
}

impl Asked {
    fn counts(&self) -> (usize, usize) {
        let count = |of: &AtomicUsize| of.load(Ordering::SeqCst);
        (count(&self.me), count(&self.memberships))
    }

    fn set_down(&self, is_down: bool) {
        self.is_down.store(is_down, Ordering::SeqCst);
    }
}

/// The token decides how this Webex answers.
fn token(headers: &HeaderMap) -> &str {
    let authorization = headers["authorization"].to_str().unwrap();
    authorization.trim_start_matches("Bearer ")
}

async fn me(State(asked): State<Arc<Asked>>, headers: HeaderMap) -> Response {
    asked.me.fetch_add(1, Ordering::SeqCst);
    tokio::time::sleep(Duration::from_millis(20)).await;
    if asked.is_down.load(Ordering::SeqCst) {
        return StatusCode::SERVICE_UNAVAILABLE.into_response();
    }
    match token(&headers) {
        "alice" | "alice-again" => Json(json!({"id": "A", "orgId": "O"})).into_response(),
        "bob" => Json(json!({"id": "B"})).into_response(),
        "expiring" if asked.me.load(Ordering::SeqCst) == 1 => {
            Json(json!({"id": "E"})).into_response()
        }
        "throttled" => (StatusCode::TOO_MANY_REQUESTS, [("retry-after", "42")]).into_response(),
        "broken" => StatusCode::BAD_GATEWAY.into_response(),
        "garbage" => "<html>".into_response(),
        narrow if narrow.starts_with("narrow") => StatusCode::FORBIDDEN.into_response(),
        _ => StatusCode::UNAUTHORIZED.into_response(),
    }
}

async fn memberships(State(asked): State<Arc<Asked>>, headers: HeaderMap) -> Response {
    asked.memberships.fetch_add(1, Ordering::SeqCst);
    let row = |id: &str, person: &str| json!({"id": id, "personId": person, "personOrgId": "O"});
    let rows: Value = match token(&headers) {
        "narrow-alice" => json!([row("1", "A"), row("2", "A")]),
        "narrow-mixed" => json!([row("1", "A"), row("2", "B")]),
        "narrow-empty" => json!([]),
        "narrow-throttled" => {
            return (StatusCode::TOO_MANY_REQUESTS, [("retry-after", "42")]).into_response();
        }
        "narrow-refused" => return StatusCode::UNAUTHORIZED.into_response(),
        _ => return StatusCode::FORBIDDEN.into_response(),
    };
    Json(json!({"items": rows})).into_response()
}

struct World {
    asked: Arc<Asked>,
    authentication: Authentication,
}

impl World {
    fn new() -> Self {
        World::bounded(BudgetBounds::default(), 1)
    }

    fn of(organizations: &[&str]) -> Self {
        World::with(BudgetBounds::default(), 1, organizations)
    }

    fn bounded(budget: BudgetBounds, key: u8) -> Self {
        World::with(budget, key, &[])
    }

    fn with(budget: BudgetBounds, key: u8, organizations: &[&str]) -> Self {
        let asked = Arc::new(Asked::default());
        let upstream = Router::new()
            .route("/v1/people/me", get(me))
            .route("/v1/memberships", get(memberships))
            .with_state(asked.clone());
        let transport = Transport::in_process(upstream);
        let webex = Webex::with_transport("https://example.com/v1", transport, Settings::default());
        let key = PrincipalKey::new(&Secret::new(Box::new([key; 32])));
        let organizations = organizations.iter().map(|one| (*one).to_owned());
        let passthrough = Passthrough::new(webex.unwrap(), key, budget);
        let passthrough = passthrough.only_of(organizations.collect());
        World {
            asked,
            authentication: Authentication::Passthrough(Arc::new(passthrough)),
        }
    }

    async fn caller(&self, token: &str) -> Result<Caller, Unknown> {
        self.caller_at(token, "192.0.2.1").await
    }

    async fn caller_at(&self, token: &str, address: &str) -> Result<Caller, Unknown> {
        let mut headers = HeaderMap::new();
        headers.insert("authorization", format!("Bearer {token}").parse().unwrap());
        let address: IpAddr = address.parse().unwrap();
        let head = Head {
            headers: &headers,
            address: Some(address),
            is_forwarded: false,
            server: "",
            token_header: None,
        };
        self.authentication.caller(&head).await
    }

    async fn names(&self, token: &str) -> (String, String) {
        let caller = self.caller(token).await.unwrap();
        (
            caller.principal.as_str().to_owned(),
            caller.tenant.as_str().to_owned(),
        )
    }
}

#[tokio::test(start_paused = true)]
async fn a_person_is_found_once_for_many_calls() {
    let world = World::new();
    let calls = (0..50).map(|_| world.caller("alice"));
    let callers = futures::future::join_all(calls).await;
    assert_eq!(world.asked.counts(), (1, 0));
    for caller in callers {
        let caller = caller.unwrap();
        assert_eq!(caller.principal.as_str(), "person:A");
        assert_eq!(caller.tenant.as_str(), "O");
        assert!(matches!(
            caller.credential,
            Some(Credential::Bearer(token)) if token.expose() == "alice"
        ));
    }
    world.caller("alice").await.unwrap();
    assert_eq!(world.asked.counts(), (1, 0), "and for later ones");
    assert_eq!(
        world.names("bob").await,
        ("person:B".into(), "default".into())
    );
}

#[tokio::test(start_paused = true)]
async fn two_tokens_of_a_person_are_one_principal_with_two_tags() {
    let world = World::new();
    let broad = world.caller("alice").await.unwrap();
    let again = world.caller("alice-again").await.unwrap();
    let narrow = world.caller("narrow-alice").await.unwrap();
    for other in [&again, &narrow] {
        assert_eq!(broad.principal, other.principal);
        assert_eq!(broad.tenant, other.tenant);
        assert_ne!(broad.credential_tag, other.credential_tag);
    }
    assert_eq!(
        broad.credential_tag,
        world.caller("alice").await.unwrap().credential_tag
    );
}

#[tokio::test(start_paused = true)]
async fn a_token_that_may_not_say_who_it_is_is_known_by_its_own_memberships_or_by_itself() {
    let world = World::new();
    assert_eq!(
        world.names("narrow-alice").await,
        ("person:A".into(), "O".into())
    );
    assert_eq!(world.asked.counts(), (1, 1));
    world.names("narrow-alice").await;
    assert_eq!(world.asked.counts(), (1, 1), "once");
    for token in ["narrow-mixed", "narrow-empty", "narrow-forbidden"] {
        let (principal, tenant) = world.names(token).await;
        assert!(
            principal.starts_with("token:") && !principal.contains(token),
            "{principal}"
        );
        assert_eq!(tenant, "default");
        let other_key = World::bounded(BudgetBounds::default(), 2);
        assert_ne!(
            other_key.names(token).await.0,
            principal,
            "the hash is keyed"
        );
        assert_eq!(World::new().names(token).await.0, principal, "and durable");
    }
    let refused = world.caller("narrow-refused").await.unwrap_err();
    assert_eq!(refused.reason, Reason::Refused);
}

#[tokio::test(start_paused = true)]
async fn a_refused_token_is_asked_about_once() {
    let world = World::new();
    let refused = world.caller("made-up").await.unwrap_err();
    assert_eq!(refused.reason, Reason::Refused);
    assert!(refused.challenge().unwrap().contains("invalid_token"));
    assert_eq!(world.caller("made-up").await.unwrap_err(), refused);
    assert_eq!(world.asked.counts(), (1, 0));
}

#[tokio::test(start_paused = true)]
async fn where_webex_does_not_tell_the_caller_waits() {
    let world = World::new();
    let wait = |seconds| Duration::from_secs(seconds);
    let usual = wait(limits::PERSON_LOOKUP_RETRY_SECONDS);
    let busy = Reason::Busy {
        retry_after: wait(42),
    };
    let unreachable = Reason::Unreachable { retry_after: usual };
    for (token, reason) in [
        ("throttled", busy),
        ("narrow-throttled", busy),
        ("broken", unreachable),
        ("garbage", unreachable),
    ] {
        let unknown = world.caller(token).await.unwrap_err();
        assert_eq!(unknown.reason, reason, "{token}");
        assert_eq!(unknown.challenge(), None, "{token}");
    }
    // That says nothing about the token: the next request asks again.
    let before = world.asked.counts().0;
    world.caller("throttled").await.unwrap_err();
    assert_eq!(world.asked.counts().0, before + 1);
}

#[tokio::test(start_paused = true)]
async fn a_token_that_expires_is_refused_when_webex_is_asked_again() {
    let verified = Duration::from_secs(limits::TOKEN_VERIFIED_SECONDS);
    for doubted in [false, true] {
        let world = World::new();
        let caller = world.caller("expiring").await.unwrap();
        match doubted {
            false => tokio::time::advance(verified).await,
            // Webex refused the token in a call.
            true => {
                let token = AccessToken::new("expiring").unwrap();
                let credential = caller.credential.unwrap();
                let tokens = world.authentication.tokens();
                assert_eq!(
                    tokens.token(&credential).await.unwrap().expose(),
                    "expiring"
                );
                assert!(tokens.renew(&credential, &token).await.is_none());
            }
        }
        let refused = world.caller("expiring").await.unwrap_err();
        assert_eq!(refused.reason, Reason::Refused);
        world.caller("expiring").await.unwrap_err();
        assert_eq!(world.asked.counts(), (2, 0));
    }
}

#[tokio::test(start_paused = true)]
async fn a_known_token_stands_while_webex_is_down() {
    let world = World::new();
    world.caller("alice").await.unwrap();
    world.asked.set_down(true);
    tokio::time::advance(Duration::from_secs(limits::TOKEN_VERIFIED_SECONDS)).await;
    world.caller("alice").await.unwrap();
    let asked = world.asked.counts();
    world.caller("alice").await.unwrap();
    assert_eq!(
        world.asked.counts(),
        asked,
        "it is not waited for with each call"
    );
    world.asked.set_down(false);
    tokio::time::advance(Duration::from_secs(limits::TOKEN_UNVERIFIED_SECONDS)).await;
    world.caller("alice").await.unwrap();
    assert!(world.asked.counts().0 > asked.0);
}

#[tokio::test(start_paused = true)]
async fn only_people_of_listed_organizations_come_where_there_is_a_list() {
    for (organizations, token, is_let_in) in [
        (&[][..], "bob", true),
        (&["O"], "alice", true),
        (&["O"], "narrow-alice", true),
        (&["other", "O"], "alice", true),
        (&["other"], "alice", false),
        (&["other"], "narrow-alice", false),
        // Of these, Webex does not tell the organization: not even the one of a server that cannot
        // tell organizations apart.
        (&["O"], "bob", false),
        (&["default"], "bob", false),
        (&["default"], "narrow-forbidden", false),
    ] {
        let world = World::of(organizations);
        for _ in 0..2 {
            let told = world.caller(token).await.map_err(|unknown| unknown.reason);
            let expected = match is_let_in {
                true => Ok(()),
                false => Err(Reason::NotAllowed),
            };
            assert_eq!(told.map(drop), expected, "{organizations:?} {token}");
        }
    }
}
