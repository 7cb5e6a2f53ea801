//! Which tokens are accepted, and that all others get the same answer.

use http::HeaderMap;
use serde_json::{Value, json};

use super::super::Authentication;
use super::*;
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

/// A signature with a shared secret.
fn hs256(secret: &[u8], head: &Value, claims: &Value) -> String {
    let message = unsigned(head, claims);
    let key = aws_lc_rs::hmac::Key::new(aws_lc_rs::hmac::HMAC_SHA256, secret);
    let signature = aws_lc_rs::hmac::sign(&key, message.as_bytes());
    format!("{message}.{}", BASE64.encode(signature.as_ref()))
}

/// Everything that somebody could try, each by its name.
fn wrong(door: &Door) -> Vec<(&'static str, String)> {
    let provider = &door.world.provider;
    let (right, signer) = (door.world.token("alice"), provider.signer());
    let (head, claims) = (provider.head(), door.claims());
    let parts: Vec<&str> = right.split('.').collect();
    let eve = Signer::ec(&signer.name);
    let with = |name: &str, value: Value| {
        let mut head = head.clone();
        head[name] = value;
        head
    };
    let (hmac, none) = (with("alg", json!("HS256")), with("alg", json!("none")));
    let jwks = signer.jwk().to_string();
    let elsewhere = "http://127.0.0.1:1/keys";
    let mut flipped = parts[2].as_bytes().to_vec();
    flipped[10] = if flipped[10] == b'A' { b'B' } else { b'A' };
    let flipped = String::from_utf8(flipped).unwrap();
    let mut fake = claims.clone();
    fake["sub"] = json!("bob");
    let fake = unsigned(&head, &fake);
    let fake = fake.split('.').nth(1).unwrap();
    let but = |head: Value, claims: Value| door.but(head, claims);
    let none_but = |claims: Value| but(json!({}), claims);
    vec![
        ("no token", "x".to_owned()),
        ("dots", "..".to_owned()),
        ("forged by another key", eve.token(&head, &claims)),
        (
            "altered claims",
            format!("{}.{fake}.{}", parts[0], parts[2]),
        ),
        (
            "altered signature",
            format!("{}.{}.{flipped}", parts[0], parts[1]),
        ),
        ("unsigned", format!("{}.{}.", parts[0], parts[1])),
        ("without a signature", format!("{}.{}", parts[0], parts[1])),
        ("four parts", format!("{right}.x")),
        ("truncated", right[..right.len() - 1].to_owned()),
        ("cut in half", right[..right.len() / 2].to_owned()),
        ("none", format!("{}.", unsigned(&none, &claims))),
        ("none, signed", signer.token(&none, &claims)),
        (
            "None",
            format!("{}.", unsigned(&with("alg", json!("None")), &claims)),
        ),
        (
            "HS256 by the public key",
            hs256(&signer.public(), &hmac, &claims),
        ),
        ("HS256 by the JWK", hs256(jwks.as_bytes(), &hmac, &claims)),
        (
            "HS256 by the client's secret",
            hs256(CLIENT.1.as_bytes(), &hmac, &claims),
        ),
        ("HS256 by nothing", hs256(b"", &hmac, &claims)),
        (
            "another algorithm than the key's",
            but(json!({"alg": "EdDSA"}), json!({})),
        ),
        (
            "an unknown algorithm",
            but(json!({"alg": "XX256"}), json!({})),
        ),
        ("no algorithm", but(json!({"alg": null}), json!({}))),
        ("its own key", eve.token(&with("jwk", eve.jwk()), &claims)),
        (
            "keys elsewhere",
            eve.token(&with("jku", json!(elsewhere)), &claims),
        ),
        (
            "a certificate elsewhere",
            eve.token(&with("x5u", json!(elsewhere)), &claims),
        ),
        (
            "its own certificate",
            eve.token(&with("x5c", json!(["AAAA"])), &claims),
        ),
        (
            "a path as key",
            but(json!({"kid": "../../../../dev/null"}), json!({})),
        ),
        ("SQL as key", but(json!({"kid": "' OR 1=1 --"}), json!({}))),
        ("a URL as key", but(json!({"kid": elsewhere}), json!({}))),
        (
            "a long key",
            but(json!({"kid": "k".repeat(1_000)}), json!({})),
        ),
        ("a number as key", but(json!({"kid": 7}), json!({}))),
        (
            "something critical",
            but(json!({"crit": ["exp"]}), json!({})),
        ),
        ("another type", but(json!({"typ": "logout+jwt"}), json!({}))),
        ("a type that is none", but(json!({"typ": 7}), json!({}))),
        ("without an end", none_but(json!({"exp": null}))),
        ("a text as end", none_but(json!({"exp": "tomorrow"}))),
        ("not yet valid", none_but(json!({"nbf": now() + 90}))),
        (
            "another issuer",
            none_but(json!({"iss": "https://other.example"})),
        ),
        (
            "an issuer with a slash",
            none_but(json!({"iss": format!("{}/", provider.issuer)})),
        ),
        (
            "issuers",
            none_but(json!({"iss": [provider.issuer, "https://other.example"]})),
        ),
        ("without an issuer", none_but(json!({"iss": null}))),
        (
            "another audience",
            none_but(json!({"aud": "https://other.example"})),
        ),
        (
            "another server",
            none_but(json!({"aud": format!("{BASE}/mcp/webex-messaging")})),
        ),
        ("the host as audience", none_but(json!({"aud": BASE}))),
        ("an ID token", none_but(json!({"aud": CLIENT.0}))),
        ("without an audience", none_but(json!({"aud": null}))),
        ("no audiences", none_but(json!({"aud": []}))),
        ("without a person", none_but(json!({"sub": null}))),
        ("an empty person", none_but(json!({"sub": ""}))),
        ("a number as person", none_but(json!({"sub": 7}))),
        ("a long person", none_but(json!({"sub": "a".repeat(1_000)}))),
        (
            "huge",
            none_but(json!({"more": "x".repeat(limits::IDP_TOKEN_MAX_BYTES)})),
        ),
        ("a list as claims", signer.token(&head, &json!([claims]))),
        ("a list as head", signer.token(&json!([head]), &claims)),
        (
            "not base64",
            format!("{}.{}.{}", parts[0], parts[1], "+/=="),
        ),
    ]
}

/// Who tries learns nothing: neither from the sentence nor from the challenge.
#[tokio::test]
async fn every_wrong_token_gets_the_same_answer() {
    let door = Door::new(World::new().await);
    // Keys are there, so that each of them is looked at.
    door.caller(&door.world.token("alice")).await.unwrap();
    for (name, token) in wrong(&door) {
        let refused = door.caller(&token).await.err();
        assert_eq!(refused, Some(REFUSED), "{name}");
    }
    assert_eq!(
        REFUSED.challenge(),
        Some(r#"Bearer realm="webex-mcp", error="invalid_token""#)
    );
}

/// Such a token is refused in the same words, and is no guess: programs bring theirs until they hear
/// that it has ended.
#[tokio::test]
async fn a_token_that_has_ended_counts_as_no_attempt() {
    let door = Door::new(World::new().await);
    let eve = Signer::ec(&door.world.provider.signer().name);
    let ended = json!({"exp": now() - 61});
    let mut claims = door.claims();
    claims["exp"] = ended["exp"].clone();
    let with = |more: Value| {
        let mut all = ended.clone();
        all.as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        door.but(json!({}), all)
    };
    for (name, token, is_attempt) in [
        ("genuine", with(json!({})), false),
        (
            "forged",
            eve.token(&door.world.provider.head(), &claims),
            true,
        ),
        (
            "for another",
            with(json!({"aud": "https://other.example"})),
            true,
        ),
        (
            "by another",
            with(json!({"iss": "https://other.example"})),
            true,
        ),
        ("of nobody", with(json!({"sub": ""})), true),
        ("not yet valid", with(json!({"nbf": now() + 90})), true),
    ] {
        let refused = door.caller(&token).await.unwrap_err();
        assert_eq!(refused.is_failed_attempt(), is_attempt, "{name}");
        assert_eq!(refused.message, REFUSED.message, "{name}");
        assert_eq!(refused.challenge(), REFUSED.challenge(), "{name}");
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
    let forged = hs256(&rsa.public(), &hmac, &claims);
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
