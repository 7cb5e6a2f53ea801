//! With what the standing of a caller ends, for each way of being known; `passthrough` is tested with
//! its own Webex.

use secrecy::ExposeSecret as _;
use serde_json::json;

use super::*;
use crate::auth::{Brokered, Jwt, SandboxPeople, Static};
use crate::broker::Wish;
use crate::broker::tests::World;
use crate::identity::Credential;
use crate::idp::tests::{self as provider, BASE, now};

const DAY: std::time::Duration = std::time::Duration::from_secs(24 * 60 * 60);

fn sent(token: &str) -> HeaderMap {
    let bearer = HeaderValue::try_from(format!("Bearer {token}")).unwrap();
    HeaderMap::from_iter([(header::AUTHORIZATION, bearer)])
}

fn head(headers: &HeaderMap) -> Head<'_> {
    Head {
        headers,
        address: None,
        is_forwarded: false,
        server: "webex",
        token_header: None,
    }
}

/// Of the caller with this token, who is let in now.
async fn let_in(by: &Arc<Authentication>, token: &str) -> Standing {
    let headers = sent(token);
    let caller = by.caller(&head(&headers)).await.unwrap();
    Admission::new(by.clone(), &head(&headers)).standing(&headers, &caller)
}

#[tokio::test]
async fn a_sign_in_stands_until_it_ends_in_any_way() {
    for end in [
        "nothing",
        "its client revokes it",
        "it is revoked on the account page",
        "its refresh token comes twice",
        "its person is deleted",
        "its grant is deleted",
        "another process revokes it",
        "nobody used it for long",
    ] {
        let world = World::new();
        let (client, access, first) = world.connected().await;
        let by = Arc::new(Authentication::Broker(Brokered::new(world.broker.clone())));
        let mut standing = let_in(&by, &access).await;
        assert!(standing.holds().await, "before {end}");
        let (broker, slugs) = (&world.broker, [Arc::from("webex")]);
        let (owner, accesses) = broker.everyone().await.unwrap().remove(0);
        match end {
            "its client revokes it" => {
                let revoked = broker.revoke(&client, None, &access, &slugs).await;
                revoked.unwrap();
            }
            "it is revoked on the account page" => {
                let revoked = broker.revoke_access(&owner, &accesses[0].id).await;
                assert!(revoked.unwrap().is_some());
            }
            "its refresh token comes twice" => {
                let second = world.refreshed(&client, &first).await.unwrap();
                assert!(standing.holds().await, "a renewed token ends no other");
                world.refreshed(&client, &second).await.unwrap();
                world.refreshed(&client, &first).await.unwrap_err();
            }
            "its person is deleted" => {
                assert_eq!(broker.forget(&owner).await.unwrap().clients, 1);
            }
            "its grant is deleted" => {
                let caller = by.caller(&head(&sent(&access))).await.unwrap();
                let Some(Credential::Grant(tenant, id)) = caller.credential else {
                    panic!("{caller:?}");
                };
                broker.vault().delete(&tenant, &id).await.unwrap();
                world.forget_known();
            }
            "another process revokes it" => {
                let revoked = world.again();
                revoked
                    .revoke(&client, None, &access, &slugs)
                    .await
                    .unwrap();
                world.forget_known();
            }
            "nobody used it for long" => world.place.advance(91 * DAY),
            _ => {}
        }
        assert_eq!(standing.holds().await, end == "nothing", "{end}");
    }
}

#[tokio::test]
async fn a_connection_token_stands_until_it_is_revoked_or_over_or_its_sign_in_is() {
    for end in ["nothing", "revoked", "over", "its sign-in"] {
        let world = World::new();
        let (client, access, _) = world.connected().await;
        let broker = &world.broker;
        let owner = broker.everyone().await.unwrap().remove(0).0;
        let scopes = vec!["spark:rooms_read".to_owned()];
        let wish = Wish::new("CI", "webex", 7, false, scopes).unwrap();
        let made = broker.share(&owner, wish).await.unwrap();
        let by = Arc::new(Authentication::Broker(Brokered::new(broker.clone())));
        let mut standing = let_in(&by, made.text.expose_secret()).await;
        assert!(standing.holds().await, "before {end}");
        let accesses = broker.accesses(&owner).await.unwrap();
        let token = accesses.iter().find(|it| it.token.is_some()).unwrap();
        match end {
            "revoked" => {
                let revoked = broker.revoke_access(&owner, &token.id).await;
                assert!(revoked.unwrap().is_some());
            }
            "over" => world.place.advance(8 * DAY),
            "its sign-in" => {
                let slugs = [Arc::from("webex")];
                let revoked = broker.revoke(&client, None, &access, &slugs).await;
                revoked.unwrap();
                world.forget_known();
            }
            _ => {}
        }
        assert_eq!(standing.holds().await, end == "nothing", "{end}");
    }
}

#[tokio::test]
async fn whom_the_provider_knows_stands_until_the_token_ends_or_the_account_is_another() {
    let world = provider::World::new().await;
    let by = Arc::new(Authentication::Jwt(Jwt::new(world.idp.clone())));
    let mut standing = let_in(&by, &world.token("alice")).await;
    assert!(standing.holds().await);
    // The same caller, whose token has ended.
    let headers = sent(&world.token("alice"));
    let caller = by.caller(&head(&headers)).await.unwrap();
    let mut claims = world.provider.claims("alice", &format!("{BASE}/mcp/webex"));
    claims["exp"] = json!(now() - 61);
    let signer = world.provider.signer();
    let ended = sent(&signer.token(&world.provider.head(), &claims));
    let mut over = Admission::new(by.clone(), &head(&ended)).standing(&ended, &caller);
    assert!(!over.holds().await);
    // Her account is connected, and disconnected.
    let vault = world.idp.broker().vault();
    let grant = world.place.signed_in("alice").await;
    let id = vault.only_id(&caller.principal);
    vault.keep_as(&caller.tenant, &id, &grant).await.unwrap();
    let mut connected = let_in(&by, &world.token("alice")).await;
    assert!(connected.holds().await);
    vault.delete(&caller.tenant, &id).await.unwrap();
    assert!(!connected.holds().await);
}

#[tokio::test]
async fn while_nobody_can_say_it_stands_for_a_while() {
    let world = provider::World::new().await;
    let by = Arc::new(Authentication::Jwt(Jwt::new(world.idp.clone())));
    let headers = sent(&world.token("alice"));
    let caller = by.caller(&head(&headers)).await.unwrap();
    // A process that has yet to see the keys of the provider.
    let other = Arc::new(Authentication::Jwt(Jwt::new(world.again())));
    world.provider.set_down(true);
    let mut standing = Admission::new(other, &head(&headers)).standing(&headers, &caller);
    assert!(standing.holds().await);
    tokio::time::pause();
    tokio::time::advance(limits::STANDING_UNCERTAIN).await;
    tokio::time::resume();
    assert!(!standing.holds().await);
}

#[tokio::test]
async fn who_needs_no_token_or_has_one_of_the_sandbox_always_stands() {
    let token = AccessToken::new("one").unwrap();
    let fixed = Static::new(Some(Credential::Token(token)), false);
    let people = SandboxPeople::new(None);
    for by in [
        Authentication::Static(fixed),
        Authentication::Sandbox(people),
    ] {
        let mut standing = let_in(&Arc::new(by), "sandbox-bob").await;
        assert!(standing.holds().await);
    }
}
