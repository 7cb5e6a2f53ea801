//! Keys come and go, and so does the provider.

use futures::future::join_all;

use super::*;

const PAUSE: Duration = limits::IDP_ASKED_EVERY;

/// Everybody's next token is signed with the new key, all at once: the provider is asked once.
#[tokio::test]
async fn a_new_key_is_found_by_all_who_come_with_it() {
    let world = World::new().await;
    world.known("alice").await.unwrap();
    assert_eq!(world.provider.asked(), 1);
    for round in 1..=3 {
        let old: Vec<_> = (0..20).map(|n| world.token(&format!("old {n}"))).collect();
        world.provider.roll(match round {
            1 => Signer::ed("key 1"),
            _ => Signer::ec(&format!("key {round}")),
        });
        pass(PAUSE).await;
        let new = (0..20).map(|n| world.token(&format!("new {n}")));
        let tokens: Vec<_> = old.into_iter().chain(new).collect();
        let callers = tokens
            .iter()
            .map(|token| world.idp.accepted(token, "webex"));
        for known in join_all(callers).await {
            known.unwrap();
        }
        assert_eq!(world.provider.asked(), 1 + round);
    }
}

/// Whoever waits for the answer gets it, even if the one who asked leaves.
#[tokio::test]
async fn the_one_who_asks_may_leave() {
    let world = World::new().await;
    world.provider.set_slow(true);
    let (one, two) = (world.token("alice"), world.token("bob"));
    let mut first = Box::pin(world.idp.accepted(&one, "webex"));
    assert!(futures::poll!(&mut first).is_pending());
    drop(first);
    let release = async {
        while world.provider.asked() == 0 {
            tokio::task::yield_now().await;
        }
        world.provider.set_slow(false);
    };
    let (known, ()) = tokio::join!(world.idp.accepted(&two, "webex"), release);
    known.unwrap();
    assert_eq!(world.provider.asked(), 1);
}

#[tokio::test]
async fn made_up_keys_cost_one_question_in_a_while() {
    let world = World::new().await;
    world.known("alice").await.unwrap();
    let wrong = |name: &str| {
        let mut head = world.provider.head();
        head["kid"] = name.into();
        let claims = world.provider.claims("eve", &format!("{BASE}/mcp/webex"));
        world.provider.signer().token(&head, &claims)
    };
    for round in 1..=2 {
        for number in 0..30 {
            let token = wrong(&format!("{number}"));
            let refused = world.idp.accepted(&token, "webex").await;
            assert_eq!(refused.unwrap_err(), NotAccepted::Refused);
        }
        assert_eq!(world.provider.asked(), round);
        pass(PAUSE).await;
    }
}

/// Keys that were good go on counting, and nobody waits for a provider that is slow or down.
#[tokio::test]
async fn a_provider_that_does_not_answer_stops_nobody() {
    let world = World::new().await;
    world.known("alice").await.unwrap();
    world.provider.set_slow(true);
    pass(limits::IDP_KEYS_FRESH_USUALLY).await;
    let token = world.token("bob");
    world.idp.accepted(&token, "webex").await.unwrap();
    // It is asked meanwhile.
    while world.provider.asked() == 1 {
        tokio::task::yield_now().await;
    }
    world.provider.set_down(true);
    world.provider.set_slow(false);
    pass(PAUSE).await;
    world.known("carol").await.unwrap();
    pass(limits::IDP_KEYS_USED_AT_MOST).await;
    let refused = world.known("dave").await.unwrap_err();
    assert_eq!(refused, NotAccepted::Unreachable);
    world.provider.set_down(false);
    pass(PAUSE).await;
    world.known("erin").await.unwrap();
}

/// A provider that never answers costs a caller some seconds, and then nobody anything for a while.
#[tokio::test]
async fn without_keys_the_wait_is_bounded() {
    let world = World::new().await;
    world.provider.set_slow(true);
    let token = world.token("alice");
    tokio::time::pause();
    let begun = tokio::time::Instant::now();
    for _ in 0..5 {
        let refused = world.idp.accepted(&token, "webex").await.unwrap_err();
        assert_eq!(refused, NotAccepted::Unreachable);
    }
    assert!(begun.elapsed() <= 2 * limits::IDP_ANSWERED_WITHIN);
}

#[tokio::test]
async fn a_key_that_was_withdrawn_ends() {
    let world = World::new().await;
    let old = world.token("alice");
    world.known("bob").await.unwrap();
    world.provider.roll(Signer::ec("second"));
    world.provider.withdraw();
    pass(limits::IDP_KEYS_FRESH_AT_MOST).await;
    // The first one who comes makes it be asked again.
    world.known("carol").await.unwrap();
    let refused = world.idp.accepted(&old, "webex").await.unwrap_err();
    assert_eq!(refused, NotAccepted::Refused);
}

/// Keys may be elsewhere than the metadata says; that is not even read without a client.
#[tokio::test]
async fn the_address_of_the_keys_can_be_set() {
    let world = World::new().await;
    let mut settings = world.idp.settings().clone();
    settings.issuer = "https://issuer.invalid".to_owned();
    settings.jwks_url = Some(Url::parse(&format!("{}/keys", world.provider.issuer)).unwrap());
    settings.client = None;
    let idp = World::process(&world.place, settings);
    let mut claims = world.provider.claims("alice", &format!("{BASE}/mcp/webex"));
    claims["iss"] = "https://issuer.invalid".into();
    let signer = world.provider.signer();
    let token = signer.token(&world.provider.head(), &claims);
    idp.accepted(&token, "webex").await.unwrap();
}

/// Metadata of another issuer, or none, gives no keys.
#[tokio::test]
async fn metadata_has_to_be_that_of_the_issuer() {
    let world = World::new().await;
    for issuer in [
        format!("{}/", world.provider.issuer),
        format!("{}/elsewhere", world.provider.issuer),
    ] {
        let mut settings = world.idp.settings().clone();
        settings.issuer.clone_from(&issuer);
        let idp = World::process(&world.place, settings);
        let mut claims = world.provider.claims("alice", &format!("{BASE}/mcp/webex"));
        claims["iss"] = issuer.into();
        let signer = world.provider.signer();
        let token = signer.token(&world.provider.head(), &claims);
        let refused = idp.accepted(&token, "webex").await.unwrap_err();
        assert_eq!(refused, NotAccepted::Unreachable);
    }
}
