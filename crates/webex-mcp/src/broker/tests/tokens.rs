//! Codes, access tokens and refresh tokens: whose they are, and how often they work.

use super::*;

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
    let (client, access, first) = world.connected().await;
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
    assert!(!world.is_accepted(&access).await);
}

#[tokio::test]
async fn after_a_minute_a_used_refresh_token_ends_all() {
    let world = World::new();
    let (client, _, first) = world.connected().await;
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
    let (client, _, first) = world.connected().await;
    let other = world.again();
    let (one, two) = (refresh(&client, &first), refresh(&client, &first));
    let (one, two) = tokio::join!(world.broker.give(&one, need), other.give(&two, need));
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
async fn a_refreshed_token_has_the_scopes_that_are_named_and_never_more() {
    let world = World::new();
    let (client, whole, first) = world.connected().await;
    let named = |token: &str, scope: &str| Wanted {
        scope: Some(scope.to_owned()),
        ..refresh(&client, token)
    };
    for wider in [
        "spark:rooms_write",
        "spark:rooms_read spark:unknown",
        "meeting:x",
    ] {
        let refused = world.given(named(&first, wider)).await;
        assert_eq!(refused.unwrap_err(), "invalid_scope", "{wider}");
    }
    // The token was not used up by that.
    let given = world
        .given(named(&first, "spark:rooms_read"))
        .await
        .unwrap();
    assert_eq!(given["scope"], "spark:rooms_read");
    let narrow = text(&given, "access_token");
    let caller = |token: String| {
        let broker = world.broker.clone();
        async move {
            broker
                .accepted(&token, "webex")
                .await
                .unwrap()
                .caller
                .clone()
        }
    };
    let (narrow, whole) = (caller(narrow).await, caller(whole).await);
    assert_eq!(
        narrow.lacks(&["spark:messages_read"]),
        ["spark:messages_read"]
    );
    assert!(whole.lacks(&["spark:messages_read"]).is_empty());
    // What is cached for the one is not the other's, and no page of ours makes the token whole.
    assert_ne!(narrow.credential_tag, whole.credential_tag);
    let link = world
        .broker
        .link(&narrow, "webex", &["spark:messages_write"]);
    assert!(link.is_none() && narrow.can_sign_in_again());
    let mut next = text(&given, "refresh_token");
    let all = "spark:kms spark:messages_read spark:people_read spark:rooms_read";
    for scope in ["spark:all", " ", all] {
        let given = world.given(named(&next, scope)).await.unwrap();
        assert_eq!(given["scope"], all, "{scope}");
        next = text(&given, "refresh_token");
    }
}
