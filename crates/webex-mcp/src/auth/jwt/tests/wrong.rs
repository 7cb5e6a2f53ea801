//! Every wrong token gets the same answer.

use super::*;

/// A signature with a shared secret.
pub(super) fn hs256(secret: &[u8], head: &Value, claims: &Value) -> String {
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
        ("a text as beginning", none_but(json!({"nbf": "today"}))),
        ("not yet issued", none_but(json!({"iat": now() + 90}))),
        (
            "issued in another century",
            none_but(json!({"iat": now() * 1_000, "exp": now() * 1_000 + 60})),
        ),
        ("a text as issue", none_but(json!({"iat": "today"}))),
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
