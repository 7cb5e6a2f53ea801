//! Which tokens are accepted, and as whom.

mod wrong;

use http::HeaderMap;
use serde_json::{Value, json};

use super::super::{Absent, Authentication};
use super::*;
use crate::identity::Absentee;
use crate::idp::Rule;
use crate::idp::tests::{BASE, CLIENT, Signer, World, now, unsigned};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;

struct Door {
    world: World,
    authentication: Authentication,
}

impl Door {
    fn new(world: World) -> Self {
        let authentication = Authentication::Jwt(Jwt::new(world.idp.clone()));
        Door {
            world,
            authentication,
        }
    }

    async fn caller_at(&self, server: &str, token: &str) -> Result<Caller, Unknown> {
        let mut headers = HeaderMap::new();
        headers.insert("authorization", format!("Bearer {token}").parse().unwrap());
        let head = Head {
            token_header: None,
            headers: &headers,
            address: None,
            is_forwarded: false,
            server,
        };
        self.authentication.caller(&head).await
    }

    async fn caller(&self, token: &str) -> Result<Caller, Unknown> {
        self.caller_at("webex", token).await
    }

    fn claims(&self) -> Value {
        let audience = format!("{BASE}/mcp/webex");
        self.world.provider.claims("alice", &audience)
    }

    /// A token whose head and claims are right but for this.
    fn but(&self, head: Value, claims: Value) -> String {
        let merged = |mut whole: Value, changes: Value| {
            for (name, value) in changes.as_object().unwrap() {
                match value {
                    Value::Null => drop(whole.as_object_mut().unwrap().remove(name)),
                    value => whole[name] = value.clone(),
                }
            }
            whole
        };
        let head = merged(self.world.provider.head(), head);
        let claims = merged(self.claims(), claims);
        self.world.provider.signer().token(&head, &claims)
    }
}

#[tokio::test]
async fn without_a_token_nobody_is_known() {
    let door = Door::new(World::new().await);
    let headers = HeaderMap::new();
    let head = Head {
        token_header: None,
        headers: &headers,
        address: None,
        is_forwarded: false,
        server: "webex",
    };
    let unknown = door.authentication.caller(&head).await.unwrap_err();
    assert_eq!(unknown, NOT_SENT);
}

#[tokio::test]
async fn every_algorithm_of_two_keys_is_accepted() {
    let door = Door::new(World::new().await);
    let provider = &door.world.provider;
    provider.roll(Signer::ed("ed"));
    let ed = door.world.token("alice");
    provider.roll(Signer::rsa("rsa"));
    let (head, claims) = (provider.head(), door.claims());
    let mut pss = head.clone();
    pss["alg"] = json!("PS256");
    let rsa = provider.signer();
    for token in [
        ed,
        rsa.token(&head, &claims),
        rsa.token(&pss, &claims),
        // What is allowed beside that.
        door.but(json!({"typ": null}), json!({})),
        door.but(json!({"typ": "application/AT+JWT"}), json!({})),
        door.but(json!({}), json!({"exp": now() - 30})),
        door.but(json!({}), json!({"nbf": now() + 30})),
        door.but(json!({}), json!({"iat": now() + 30})),
        door.but(json!({}), json!({"iat": null})),
        door.but(
            json!({}),
            json!({"aud": ["x", format!("{BASE}/mcp/webex")]}),
        ),
        door.but(json!({}), json!({"aud": format!("{BASE}/mcp/webex/")})),
    ] {
        let caller = door.caller(&token).await.unwrap();
        assert_eq!(caller.tenant.as_str(), "acme");
    }
    // The confusion that fools others: its public key as a shared secret.
    let mut hmac = head.clone();
    hmac["alg"] = json!("HS256");
    let forged = wrong::hs256(&rsa.public(), &hmac, &claims);
    assert_eq!(door.caller(&forged).await.err(), Some(REFUSED));
}

#[tokio::test]
async fn a_person_is_the_same_whatever_the_token_and_the_process() {
    let door = Door::new(World::new().await);
    let alice = door.caller(&door.world.token("alice")).await.unwrap();
    let again = door.but(json!({}), json!({"jti": "2", "name": "Alice"}));
    let again = door.caller(&again).await.unwrap();
    assert_eq!(alice.principal, again.principal);
    let other = Authentication::Jwt(Jwt::new(door.world.again()));
    let other = Door {
        authentication: other,
        world: World::new().await,
    };
    let elsewhere = other.caller(&door.world.token("alice")).await.unwrap();
    assert_eq!(alice.principal, elsewhere.principal);
    let bob = door.caller(&door.world.token("bob")).await.unwrap();
    assert_ne!(alice.principal, bob.principal);
    // Another provider's Alice is somebody else.
    let foreign = other.world.known("alice").await.unwrap();
    assert_ne!(alice.principal, foreign.principal);
    let name = alice.principal.as_str();
    assert!(
        name.starts_with("jwt:") && !name.contains("alice"),
        "{name}"
    );
    assert!(alice.credential.is_none() && alice.link.is_some());
}

#[tokio::test]
async fn a_rule_opens_its_servers_and_no_other() {
    let door = Door::new(World::new().await);
    let at = |slug: &str, groups: &str| {
        let audience = format!("{BASE}/mcp/{slug}");
        door.but(json!({}), json!({"aud": audience, "groups": [groups]}))
    };
    for (slug, groups, expected) in [
        ("webex", "staff", None),
        ("webex-messaging", "staff", None),
        ("webex-meeting", "staff", Some(NOT_ALLOWED)),
        ("webex", "guests", Some(NOT_ALLOWED)),
    ] {
        let told = door.caller_at(slug, &at(slug, groups)).await.err();
        assert_eq!(told, expected, "{slug} {groups}");
    }
    // Signing in again would change nothing, so that no client is told to.
    assert_eq!(
        (NOT_ALLOWED.challenge(), NOT_ALLOWED.retry_after()),
        (None, None)
    );
    // What one server accepted is nothing for another.
    let token = at("webex", "staff");
    assert_eq!(
        door.caller_at("webex-messaging", &token).await.err(),
        Some(REFUSED)
    );
}

#[tokio::test]
async fn one_audience_may_be_set_for_all_and_another_claim_for_the_person() {
    let world = World::with(|settings| {
        settings.audience = Some("api://webex".to_owned());
        settings.subject = "oid".to_owned();
        settings.rules = vec![Rule {
            claim: None,
            servers: vec!["*".to_owned()],
            tenant: None,
        }];
    });
    let door = Door::new(world.await);
    let token = |oid: Value| door.but(json!({}), json!({"aud": "api://webex", "oid": oid}));
    for slug in ["webex", "webex-meeting"] {
        let caller = door.caller_at(slug, &token(json!("7"))).await.unwrap();
        assert_eq!(caller.tenant.as_str(), "default");
    }
    for wrong in [token(Value::Null), door.but(json!({}), json!({"oid": "7"}))] {
        assert_eq!(door.caller(&wrong).await.err(), Some(REFUSED));
    }
}

#[tokio::test]
async fn where_no_key_is_known_a_client_is_told_to_wait() {
    let door = Door::new(World::new().await);
    door.world.provider.set_down(true);
    let told = door.caller(&door.world.token("alice")).await.unwrap_err();
    assert_eq!(told, NO_KEYS);
    assert!(told.retry_after().is_some() && told.challenge().is_none());
}

/// A connected account does not change that: whether the provider still lets its owner in is only known
/// while they call.
#[tokio::test]
async fn nothing_goes_on_for_callers_who_are_not_there() {
    let door = Door::new(World::new().await);
    for is_connected in [false, true] {
        if is_connected {
            door.world.connected("alice", "alice").await;
        }
        let caller = door.caller(&door.world.token("alice")).await.unwrap();
        assert_eq!(caller.credential.is_some(), is_connected);
        assert!(!caller.is_lasting);
        let absentee = Absentee::of(&caller);
        let lasting = door.authentication.lasting(&absentee, "webex").await;
        assert_eq!(lasting.unwrap_err(), Absent::Elsewhere);
    }
}
