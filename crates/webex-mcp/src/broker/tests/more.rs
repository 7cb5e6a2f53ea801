//! More scopes for a caller: the link, the page, the person at Webex, and what comes of it.

use axum::Router;
use axum::body::Body;
use axum::middleware::{Next, from_fn};
use http_body_util::BodyExt as _;
use webex::{Settings as Tuning, Transport, Webex};

use super::*;
use crate::identity::{Caller, GrantId, Obtainable, Tenant};

const WRITE: &[&str] = &["spark:messages_write"];

impl World {
    pub(super) async fn caller(&self, token: &str) -> Caller {
        let connected = self.broker.accepted(token, "webex").await.unwrap();
        connected.caller.clone()
    }

    /// What the page of this link carries.
    async fn page(&self, broker: &Broker, link: &str) -> Result<More, Refused> {
        let url = Url::parse(link).unwrap();
        assert!(link.starts_with(&format!("{BASE}{MORE_SCOPES}?")), "{link}");
        let asking = broker.asked_by(&pairs(&url)["link"]).await?;
        let sealed = broker.seal(&asking.more, "browser").unwrap();
        assert!(broker.unseal::<More>(&sealed, "another").is_err());
        Ok(broker.unseal(&sealed, "browser").unwrap())
    }

    /// The whole way of a person who opens the link.
    async fn gives(&self, link: &str, who: &str) -> Result<Widened, Refused> {
        let more = self.page(&self.broker, link).await?;
        let url = self.broker.agreed_to_more(more, "browser").await?;
        let back = self.place.approve(&url, who).await;
        let returned = serde_json::from_value(json!(pairs(&back))).unwrap();
        match self.broker.returned(returned, "browser").await? {
            Arrived::More(widened) => Ok(widened),
            other => panic!("{other:?}"),
        }
    }

    async fn grant(&self, caller: &Caller) -> crate::grants::Grant {
        let (tenant, id) = grant_of(caller);
        self.broker
            .vault()
            .alive(&tenant, &id)
            .await
            .unwrap()
            .unwrap()
    }
}

fn grant_of(caller: &Caller) -> (Tenant, GrantId) {
    match &caller.credential {
        Some(Credential::Grant(tenant, id)) => (tenant.clone(), id.clone()),
        other => panic!("{other:?}"),
    }
}

fn link(broker: &Broker, caller: &Caller, missing: &[&'static str]) -> String {
    broker.link(caller, "webex", missing).unwrap()
}

#[tokio::test]
async fn a_person_gives_more_and_the_same_connection_has_it_everywhere() {
    let world = World::new();
    let (client, token, refresh_token) = world.connected().await;
    let caller = world.caller(&token).await;
    assert_eq!(caller.lacks(WRITE), WRITE);
    assert!(!caller.is_beyond(WRITE) && caller.can_sign_in_again());
    // Another process knows the connection, and its token of Webex, as they were.
    let other = world.again();
    let mut elsewhere = other
        .accepted(&token, "webex")
        .await
        .unwrap()
        .caller
        .clone();
    let (tenant, id) = grant_of(&caller);
    let before = other.vault().token(&tenant, &id).await.unwrap();

    let url = link(&world.broker, &caller, WRITE);
    let asking = world
        .broker
        .asked_by(&pairs(&Url::parse(&url).unwrap())["link"])
        .await;
    assert_eq!(asking.unwrap().program.as_deref(), Some("Agent"));
    let widened = world.gives(&url, "bob").await.unwrap();
    assert_eq!(
        (widened.given, widened.refused),
        (words("spark:messages_write"), Vec::new())
    );
    let caller = world.caller(&token).await;
    assert!(
        caller
            .lacks(&["spark:messages_write", "spark:rooms_read"])
            .is_empty()
    );
    let scopes = world.grant(&caller).await.scopes;
    assert_eq!(
        scopes.join(" "),
        "spark:kms spark:messages_read spark:messages_write spark:people_read spark:rooms_read"
    );

    assert!(other.read_again(&mut elsewhere).await.unwrap());
    assert!(elsewhere.lacks(WRITE).is_empty());
    let after = other.vault().token(&tenant, &id).await.unwrap();
    assert_ne!(before.expose(), after.expose());
    assert!(world.place.accepts(&after).await);
    let given = world.given(refresh(&client, &refresh_token)).await.unwrap();
    assert!(text(&given, "scope").contains("spark:messages_write"));
}

#[tokio::test]
async fn a_link_works_once_for_ten_minutes_and_only_while_its_connection_lasts() {
    let world = World::new();
    let (client, token, refresh_token) = world.connected().await;
    let caller = world.caller(&token).await;
    let used = link(&world.broker, &caller, WRITE);
    let page = world.page(&world.broker, &used).await.unwrap();
    // Opened twice, as browsers do that look ahead; agreed to once, also over two processes.
    let again = world.page(&world.again(), &used).await.unwrap();
    world
        .broker
        .agreed_to_more(page.clone(), "browser")
        .await
        .unwrap();
    assert!(
        world
            .again()
            .agreed_to_more(again, "browser")
            .await
            .is_err()
    );
    assert!(world.page(&world.broker, &used).await.is_err());

    let late = link(&world.broker, &caller, WRITE);
    let shown = world.page(&world.broker, &late).await.unwrap();
    world.place.advance(11 * MINUTE);
    assert!(world.page(&world.broker, &late).await.is_err());
    assert!(world.broker.agreed_to_more(shown, "browser").await.is_err());
    world.broker.sweep().await;
    assert_eq!(world.count("more-scopes").await, 0);

    let url = link(&world.broker, &caller, WRITE);
    let sealed = pairs(&Url::parse(&url).unwrap())["link"].clone();
    for wrong in ["", "x", &sealed[1..], &token, &refresh_token] {
        assert!(world.broker.asked_by(wrong).await.is_err(), "{wrong}");
    }
    let shown = world.page(&world.broker, &url).await.unwrap();
    world
        .broker
        .revoke(&client, None, &refresh_token, &[])
        .await
        .unwrap();
    assert!(world.page(&world.broker, &url).await.is_err());
    assert!(world.broker.agreed_to_more(shown, "browser").await.is_err());
}

#[tokio::test]
async fn only_the_person_of_the_grant_changes_it() {
    let world = World::new();
    let (_, token, _) = world.connected().await;
    let caller = world.caller(&token).await;
    let before = world.grant(&caller).await;
    let refused = world
        .gives(&link(&world.broker, &caller, WRITE), "alice")
        .await;
    assert_eq!(refused.unwrap_err().error, "access_denied");
    let after = world.grant(&caller).await;
    assert_eq!(
        before.access_token().expose(),
        after.access_token().expose()
    );
    assert_eq!(world.caller(&token).await.lacks(WRITE), WRITE);
}

#[tokio::test]
async fn a_caller_without_a_client_of_ours_gets_more_by_the_same_page() {
    let world = World::new();
    let (_, token, _) = world.connected().await;
    let mut caller = world.caller(&token).await;
    if let Some(obtainable) = &mut caller.obtainable {
        (obtainable.connection, obtainable.signs_in) = (None, false);
    }
    assert!(!caller.can_sign_in_again());
    world
        .gives(&link(&world.broker, &caller, WRITE), "bob")
        .await
        .unwrap();
    assert!(world.broker.read_again(&mut caller).await.unwrap());
    assert!(caller.lacks(WRITE).is_empty());
    // The connection that it was made from has what it had.
    assert_eq!(world.caller(&token).await.lacks(WRITE), WRITE);
}

#[tokio::test]
async fn there_is_no_link_where_it_would_not_help() {
    let world = World::with(|settings| {
        settings.registered_scopes =
            words("spark:kms spark:people_read spark:rooms_read spark:messages_read");
    });
    let (_, token, _) = world.connected().await;
    let caller = world.caller(&token).await;
    assert!(caller.is_beyond(WRITE));
    assert!(world.broker.link(&caller, "webex", WRITE).is_none());
    let other = Caller {
        credential: None,
        ..caller.clone()
    };
    assert!(world.broker.link(&other, "webex", &[]).is_none());
    let narrowed = Obtainable {
        is_narrowed: true,
        ..caller.obtainable.clone().unwrap()
    };
    let narrowed = Caller {
        obtainable: Some(narrowed),
        ..caller
    };
    assert!(world.broker.link(&narrowed, "webex", &[]).is_none());
}

#[tokio::test]
async fn an_integration_with_spark_all_opens_every_scope_of_messaging() {
    let world = World::with(|settings| settings.registered_scopes = words("spark:all"));
    let (_, token, _) = world.connected().await;
    let caller = world.caller(&token).await;
    assert_eq!(caller.lacks(WRITE), WRITE);
    assert_eq!(world.grant(&caller).await.scopes, ["spark:all"]);
    assert!(caller.is_beyond(&["meeting:schedules_read"]) && !caller.is_beyond(WRITE));
    let widened = world
        .gives(&link(&world.broker, &caller, WRITE), "bob")
        .await;
    assert_eq!(widened.unwrap().given, WRITE);
    assert!(world.caller(&token).await.lacks(WRITE).is_empty());
}

/// A Webex that gives no administrator's scopes.
fn stingy(router: Router) -> Router {
    router.layer(from_fn(
        |request: axum::extract::Request, next: Next| async move {
            let is_asked = request.uri().path() == "/v1/access_token";
            let response = next.run(request).await;
            if !is_asked {
                return response;
            }
            let (mut parts, body) = response.into_parts();
            let bytes = body.collect().await.unwrap().to_bytes();
            let mut given: Value = serde_json::from_slice(&bytes).unwrap();
            if let Some(scope) = given["scope"].as_str() {
                let kept = scope.split(' ').filter(|scope| !scope.contains("admin"));
                given["scope"] = kept.collect::<Vec<_>>().join(" ").into();
            }
            parts.headers.remove("content-length");
            axum::response::Response::from_parts(parts, Body::from(given.to_string()))
        },
    ))
}

#[tokio::test]
async fn what_webex_did_not_give_is_told_and_not_asked_for_again() {
    const ADMIN: &[&str] = &["spark-admin:people_read"];
    let mut world = World::new();
    let transport = Transport::in_process(stingy(world.place.sandbox.router()));
    let webex = Webex::with_transport("http://127.0.0.1/v1", transport, Tuning::default());
    let settings = world.broker.settings().clone();
    world.broker = World::broker_of(&world.place, webex.unwrap(), settings);
    // Somebody on our page is told.
    let (client, token, _) = world.connected().await;
    let caller = world.caller(&token).await;
    let wanted = ["spark-admin:people_read", "spark:messages_write"];
    let widened = world
        .gives(&link(&world.broker, &caller, &wanted), "bob")
        .await
        .unwrap();
    assert_eq!(
        (widened.given, widened.refused),
        (words(WRITE[0]), words(ADMIN[0]))
    );
    let caller = world.caller(&token).await;
    assert!(caller.lacks(WRITE).is_empty() && caller.is_beyond(ADMIN));
    assert!(world.broker.link(&caller, "webex", ADMIN).is_none());
    // A client is told with its tokens.
    let question = Question {
        scope: Some("spark:rooms_read spark-admin:people_read".to_owned()),
        ..world.question(&client)
    };
    let told = world.signed_in(question, "bob").await;
    let given = world.given(exchange(&client, &told["code"])).await.unwrap();
    assert_eq!(
        given["scope"],
        "spark:kms spark:people_read spark:rooms_read"
    );
    let caller = world.caller(&text(&given, "access_token")).await;
    assert!(caller.is_beyond(ADMIN) && !caller.is_beyond(WRITE));
}

#[tokio::test]
async fn a_call_waits_for_its_person_until_webex_has_answered() {
    let world = World::new();
    let (_, token, _) = world.connected().await;
    let (mut caller, mut absent) = (world.caller(&token).await, world.caller(&token).await);
    let link = link(&world.broker, &caller, WRITE);
    let (waited, gave) = tokio::join!(
        world.broker.widened(&mut caller, WRITE, Uuid::new_v4()),
        world.gives(&link, "bob")
    );
    assert!(!waited.unwrap());
    gave.unwrap();
    assert!(caller.lacks(WRITE).is_empty());
    // Nobody comes: it ends all the same.
    let never = &["meeting:schedules_read"];
    tokio::time::pause();
    let waiting = world.broker.widened(&mut absent, never, Uuid::new_v4());
    assert!(!waiting.await.unwrap());
    assert_eq!(absent.lacks(never), never);
}

#[tokio::test]
async fn who_declines_on_the_page_ends_the_wait_for_this_link_and_for_no_other() {
    let world = World::new();
    let (_, token, _) = world.connected().await;
    let mut caller = world.caller(&token).await;
    let nonce = Uuid::new_v4();
    let link = |nonce| world.broker.link_of(nonce, &caller, "webex", WRITE);
    let (declined, other) = (link(nonce).unwrap(), link(Uuid::new_v4()).unwrap());
    let more = world.page(&world.broker, &declined).await.unwrap();
    let kept = world.page(&world.broker, &other).await.unwrap();
    world.broker.declined_more(&more).await.unwrap();
    // Also where another process waits, and however often they say so.
    world.broker.declined_more(&more).await.unwrap();
    let elsewhere = world.again();
    assert!(elsewhere.widened(&mut caller, WRITE, nonce).await.unwrap());
    assert!(world.page(&world.broker, &declined).await.is_err());
    assert!(world.broker.agreed_to_more(more, "browser").await.is_err());
    // Who agreed first does not decline any more.
    let agreed = kept.clone();
    world
        .broker
        .agreed_to_more(agreed, "browser")
        .await
        .unwrap();
    world.broker.declined_more(&kept).await.unwrap();
    tokio::time::pause();
    let waiting = world.broker.widened(&mut caller, WRITE, kept.nonce);
    assert!(!waiting.await.unwrap());
}

/// A link works once: a call that waits for it waits no longer than its person is at Webex.
#[tokio::test]
async fn what_came_to_nothing_at_webex_ends_the_wait_at_once() {
    let failures = ["invalid_scope", "server_error"].map(|error| (Some(error), false));
    // At last, somebody else signs in.
    let others = [(Some("access_denied"), true), (None, false)];
    for (error, is_declined) in failures.into_iter().chain(others) {
        let world = World::new();
        let (_, token, _) = world.connected().await;
        let (mut caller, nonce) = (world.caller(&token).await, Uuid::new_v4());
        let link = world
            .broker
            .link_of(nonce, &caller, "webex", WRITE)
            .unwrap();
        match error {
            Some(error) => {
                let more = world.page(&world.broker, &link).await.unwrap();
                let url = world.broker.agreed_to_more(more, "browser").await.unwrap();
                let state = pairs(&Url::parse(&url).unwrap())["state"].clone();
                let returned = json!({"error": error, "state": state});
                let returned = serde_json::from_value(returned).unwrap();
                assert!(world.broker.returned(returned, "browser").await.is_err());
            }
            None => assert!(world.gives(&link, "alice").await.is_err()),
        }
        tokio::time::pause();
        let begun = tokio::time::Instant::now();
        let waited = world.again().widened(&mut caller, WRITE, nonce).await;
        assert_eq!(waited.unwrap(), is_declined, "{error:?}");
        assert!(begun.elapsed() < limits::MORE_SCOPES_WAIT, "{error:?}");
        tokio::time::resume();
    }
}

/// The grant is deleted while its person is at Webex: trying again would not help.
#[tokio::test]
async fn a_sign_in_that_ended_meanwhile_is_told_as_that() {
    let world = World::new();
    let (_, token, _) = world.connected().await;
    let caller = world.caller(&token).await;
    let (tenant, id) = grant_of(&caller);
    let grant = world.grant(&caller).await;
    let vault = world.broker.vault();
    vault.delete(&tenant, &id).await.unwrap();
    let gone = vault.replace(&tenant, &id, grant).await.unwrap_err();
    let told = crate::broker::more::not_replaced(&gone);
    assert!(told.description.contains("has ended"), "{told:?}");
    let told = crate::broker::more::not_replaced(&crate::grants::busy());
    assert_eq!(told.error, "temporarily_unavailable");
}
