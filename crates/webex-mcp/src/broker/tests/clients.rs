//! Which clients there are, and how they prove themselves.

use super::*;

#[tokio::test]
async fn a_client_with_a_secret_has_to_know_it() {
    let world = World::new();
    let metadata = json!({
        "redirect_uris": [REDIRECT],
        "token_endpoint_auth_method": "client_secret_post",
    });
    let registration = serde_json::from_value(metadata).unwrap();
    let registered = world.broker.register(registration, None).await.unwrap();
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
