//! How sign-ins end by themselves.

use super::*;
use crate::identity::{GrantId, Principal};
use crate::stores::records::tests::place::damaged;

#[tokio::test]
async fn what_has_expired_is_deleted_with_its_tokens_of_webex() {
    let world = World::new();
    let client = world.client().await;
    let (used, unused) = (
        world.code(&client, "bob").await,
        world.code(&client, "bob").await,
    );
    world.given(exchange(&client, &used)).await.unwrap();
    let (asked, ..) = world
        .broker
        .ask(world.question(&client), offer)
        .await
        .unwrap();
    world.broker.agreed(asked, "browser", None).await.unwrap();
    let counts = async |expected: [usize; 4]| {
        for (kind, expected) in ["sign-in", "code", "connection"].into_iter().zip(expected) {
            assert_eq!(world.count(kind).await, expected, "{kind}");
        }
        assert_eq!(world.grants().await, expected[3], "grants");
    };
    counts([1, 2, 1, 2]).await;
    world.place.advance(2 * 60 * MINUTE);
    world.broker.sweep().await;
    // The code that nobody exchanged took its grant along.
    counts([0, 0, 1, 1]).await;
    assert_eq!(
        world.given(exchange(&client, &unused)).await.unwrap_err(),
        "invalid_grant"
    );
    world.place.advance(90 * 24 * 60 * MINUTE);
    world.broker.sweep().await;
    counts([0, 0, 0, 0]).await;
}

#[tokio::test]
async fn a_sweep_takes_what_has_expired_behind_a_page_that_does_not_open() {
    let world = World::new();
    let records = &world.broker.0.records;
    let name = |number: usize| RecordName {
        tenant: String::new(),
        kind: "sign-in".to_owned(),
        id: number.to_string(),
    };
    let all = limits::RECORDS_PAGE_ROWS;
    let damaged = (0..all).map(|number| damaged(records, name(number), Some(0)));
    futures::future::join_all(damaged).await;
    records
        .put_until(&name(all), 0, b"", Some(1))
        .await
        .unwrap();
    world.broker.sweep().await;
    assert_eq!(world.count("sign-in").await, all);
}

#[tokio::test]
async fn people_of_an_organization_that_was_removed_are_out() {
    let world = World::new();
    let (client, token, first) = world.connected().await;
    let mut settings = world.broker.settings().clone();
    settings.organizations = vec!["another".to_owned()];
    let stricter = World::broker(&world.place, settings);
    assert!(stricter.accepted(&token, "webex").await.is_err());
    let wanted = refresh(&client, &first);
    assert_eq!(
        stricter.give(&wanted, need).await.unwrap_err().error,
        "invalid_grant"
    );
}

#[tokio::test]
async fn a_sign_in_that_webex_gave_up_ends_at_its_client() {
    let world = World::new();
    let (client, access, first) = world.connected().await;
    let (access, first) = (access, first);
    let connected = world.broker.accepted(&access, "webex").await.unwrap();
    let ada = world
        .place
        .webex()
        .client(webex::AccessToken::new("sandbox-ada").unwrap());
    let authorizations = ada.authorizations();
    authorizations
        .delete_of_client("broker", None)
        .await
        .unwrap();
    let Some(Credential::Grant(tenant, id)) = &connected.caller.credential else {
        panic!("{:?}", connected.caller);
    };
    let vault = world.broker.vault();
    let token = vault.token(tenant, id).await.unwrap();
    assert!(vault.renew(tenant, id, &token).await.is_none());
    assert!(world.again().accepted(&access, "webex").await.is_err());
    assert_eq!(
        world.refreshed(&client, &first).await.unwrap_err(),
        "invalid_grant"
    );
}

impl World {
    /// The grant of a caller with this access token, and whose it is.
    async fn grant_of(&self, access: &str) -> (Owner, GrantId) {
        let connected = self.broker.accepted(access, "webex").await.unwrap();
        let Some(Credential::Grant(tenant, id)) = connected.caller.credential.clone() else {
            panic!("{connected:?}");
        };
        let grant = self.broker.vault().kept(&tenant, &id).await.unwrap();
        (Owner::of(&grant.unwrap().person), id)
    }

    /// One more grant of the same person, to which nothing refers: its process ended too early.
    async fn orphan(&self, owner: &Owner, of: &GrantId) -> GrantId {
        let (vault, tenant) = (self.broker.vault(), owner.tenant());
        let grant = vault.kept(&tenant, of).await.unwrap().unwrap();
        let id = vault.new_id(&owner.principal());
        vault.keep(&tenant, &id, &grant).await.unwrap();
        id
    }

    async fn is_kept(&self, owner: &Owner, id: &GrantId) -> bool {
        let kept = self.broker.vault().kept(&owner.tenant(), id).await;
        kept.unwrap().is_some()
    }
}

#[tokio::test]
async fn a_grant_that_nothing_refers_to_is_deleted_after_a_day() {
    let world = World::new();
    let (client, access, refresh) = world.connected().await;
    let (owner, own) = world.grant_of(&access).await;
    let orphan = world.orphan(&owner, &own).await;
    // Of somebody who has one for everything, which no connection names.
    let vault = world.broker.vault();
    let only = vault.only_id(&Principal::new("jwt:somebody"));
    let grant = vault.kept(&owner.tenant(), &own).await.unwrap().unwrap();
    vault.keep_as(&owner.tenant(), &only, &grant).await.unwrap();
    world.place.advance(24 * 60 * MINUTE);
    world.broker.sweep().await;
    assert!(world.is_kept(&owner, &orphan).await);
    world.place.advance(MINUTE);
    world.broker.sweep().await;
    assert!(!world.is_kept(&owner, &orphan).await);
    assert!(world.is_kept(&owner, &own).await && world.is_kept(&owner, &only).await);
    assert!(world.refreshed(&client, &refresh).await.is_ok());
}

/// A process that ends between the entry among those of the owner and the connection itself.
#[tokio::test]
async fn an_entry_without_its_connection_keeps_no_grant() {
    let world = World::new();
    let (_, access, _) = world.connected().await;
    let (owner, own) = world.grant_of(&access).await;
    let orphan = world.orphan(&owner, &own).await;
    world.broker.enlist(&owner, Uuid::new_v4()).await.unwrap();
    world.place.advance(25 * 60 * MINUTE);
    world.broker.sweep().await;
    assert!(!world.is_kept(&owner, &orphan).await && world.is_kept(&owner, &own).await);
}

#[tokio::test]
async fn what_cannot_be_read_may_refer_to_a_grant() {
    for damages_connection in [true, false] {
        let world = World::new();
        let (_, access, _) = world.connected().await;
        let (owner, own) = world.grant_of(&access).await;
        let orphan = world.orphan(&owner, &own).await;
        let (records, next) = (&world.broker.0.records, Uuid::new_v4());
        let damage = match damages_connection {
            true => {
                world.broker.enlist(&owner, next).await.unwrap();
                connections::name(next)
            }
            false => RecordName {
                tenant: owner.tenant().as_str().to_owned(),
                kind: "access".to_owned(),
                id: format!("{}{}", owner.prefix(), hex(next.as_bytes())),
            },
        };
        damaged(records, damage, None).await;
        world.place.advance(25 * 60 * MINUTE);
        world.broker.sweep().await;
        assert!(world.is_kept(&owner, &orphan).await, "{damages_connection}");
    }
}
