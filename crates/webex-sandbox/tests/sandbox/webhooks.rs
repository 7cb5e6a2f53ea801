//! Webhooks: what may be registered, what is delivered to whom, signed how, and when it ends.

use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::routing::post;
use http::{HeaderMap, StatusCode};
use serde_json::{Value, json};
use tokio::sync::mpsc::{Receiver, channel};

use crate::{Person, person, start, text};

/// A delivery over loopback takes milliseconds; this only ends a test that would hang.
const PATIENCE: Duration = Duration::from_secs(10);

/// A target on a port of its own, which answers with this status.
pub(crate) async fn target(status: StatusCode) -> (String, Receiver<(HeaderMap, Bytes)>) {
    let (sender, receiver) = channel(200);
    let router = Router::new().route(
        "/hook",
        post(move |headers: HeaderMap, body: Bytes| async move {
            sender.send((headers, body)).await.unwrap();
            status
        }),
    );
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/hook", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
    (url, receiver)
}

pub(crate) async fn next(receiver: &mut Receiver<(HeaderMap, Bytes)>) -> (HeaderMap, Value, Bytes) {
    let (headers, body) = tokio::time::timeout(PATIENCE, receiver.recv())
        .await
        .unwrap()
        .unwrap();
    (headers, serde_json::from_slice(&body).unwrap(), body)
}

pub(crate) async fn register(
    person: &Person,
    url: &str,
    resource: &str,
    event: &str,
    filter: Option<&str>,
) -> Value {
    let body = json!({"name": "w", "targetUrl": url, "resource": resource, "event": event,
                      "filter": filter, "secret": "s3cret"});
    person.post("/v1/webhooks", body).await.json(200)
}

#[tokio::test]
async fn nonsense_cannot_be_registered() {
    let (sandbox, alice) = start();
    let url = "https://example.com/hook";
    let cases = [
        (
            json!({"targetUrl": url, "resource": "messages", "event": "created"}),
            400,
        ),
        (
            json!({"name": "n", "resource": "messages", "event": "created"}),
            400,
        ),
        (
            json!({"name": "n", "targetUrl": "ftp://x/", "resource": "messages", "event": "created"}),
            400,
        ),
        (
            json!({"name": "n", "targetUrl": url, "resource": "messages", "event": "started"}),
            400,
        ),
        (
            json!({"name": "n", "targetUrl": url, "resource": "messages", "event": "created", "filter": "state=x"}),
            400,
        ),
        (
            json!({"name": "n", "targetUrl": url, "resource": "rooms", "event": "created", "ownedBy": "org"}),
            403,
        ),
        (
            json!({"name": "n", "targetUrl": url, "resource": "messages", "event": "created", "filter": "roomType=group&hasFiles=true"}),
            200,
        ),
        (
            json!({"name": "n", "targetUrl": url, "resource": "meetings", "event": "started"}),
            200,
        ),
        (
            json!({"name": "n", "targetUrl": url, "resource": "all", "event": "all"}),
            200,
        ),
    ];
    for (body, status) in cases {
        let answer = alice.post("/v1/webhooks", body.clone()).await;
        assert_eq!(answer.status.as_u16(), status, "{body}: {}", answer.text());
    }
    let mine = alice.get("/v1/webhooks").await.json(200);
    let id = text(&mine["items"][0]["id"]);
    let path = format!("/v1/webhooks/{id}");
    person(&sandbox, "bob").get(&path).await.json(404);
    alice.put(&path, json!({"name": "x"})).await.json(400);
    alice
        .put(
            &path,
            json!({"name": "x", "targetUrl": url, "status": "inactive"}),
        )
        .await
        .json(400);
    let changed = json!({"name": "x", "targetUrl": url, "resource": "rooms"});
    let changed = alice.put(&path, changed).await.json(200);
    assert_eq!(
        (&changed["name"], &changed["resource"]),
        (&json!("x"), &json!("messages"))
    );
    alice.delete(&path).await.json(204);
    alice.get(&path).await.json(404);
}

#[tokio::test]
async fn a_delivery_is_signed_and_carries_no_words() {
    let (sandbox, alice) = start();
    let (url, mut deliveries) = target(StatusCode::OK).await;
    let room = alice.room("Project Unicorn").await;
    let filter = format!("roomId={room}");
    let webhook = register(&alice, &url, "messages", "created", Some(&filter)).await;
    alice
        .say(&alice.room("Engineering").await, "elsewhere")
        .await;
    let bob = person(&sandbox, "bob");
    let id = bob.say(&room, "the secret plan").await;
    let (headers, delivery, body) = next(&mut deliveries).await;
    let key = aws_lc_rs::hmac::Key::new(aws_lc_rs::hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, b"s3cret");
    let signature = aws_lc_rs::hmac::sign(&key, &body);
    let hex: String = signature
        .as_ref()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    assert_eq!(headers["x-spark-signature"], hex.as_str());
    assert_eq!(delivery["data"]["id"], id.as_str());
    assert_eq!(delivery["data"]["personEmail"], "bob@example.com");
    assert_eq!(delivery["actorId"], delivery["data"]["personId"]);
    for field in [
        "id",
        "name",
        "targetUrl",
        "resource",
        "event",
        "filter",
        "orgId",
        "createdBy",
        "appId",
        "ownedBy",
        "status",
        "created",
    ] {
        assert_eq!(delivery[field], webhook[field], "{field}");
        assert!(delivery[field].is_string(), "{field}");
    }
    let plain = String::from_utf8_lossy(&body);
    assert!(
        !plain.contains("secret plan") && !plain.contains("s3cret"),
        "{plain}"
    );
}

#[tokio::test]
async fn a_firehose_tells_all_that_happens_to_its_owner() {
    let (sandbox, alice) = start();
    let (url, mut deliveries) = target(StatusCode::OK).await;
    register(&alice, &url, "all", "all", None).await;
    let (bot_url, mut bot_deliveries) = target(StatusCode::OK).await;
    register(
        &person(&sandbox, "ci-bot"),
        &bot_url,
        "messages",
        "created",
        None,
    )
    .await;
    let (org_url, mut org_deliveries) = target(StatusCode::OK).await;
    let org = json!({"name": "o", "targetUrl": org_url, "resource": "rooms", "event": "created", "ownedBy": "org"});
    person(&sandbox, "ada")
        .post("/v1/webhooks", org)
        .await
        .json(200);

    let room = text(
        &alice
            .post("/v1/rooms", json!({"title": "W"}))
            .await
            .json(200)["id"],
    );
    alice
        .put(&format!("/v1/rooms/{room}"), json!({"title": "V"}))
        .await
        .json(200);
    let add = json!({"roomId": room, "personEmail": "ci-bot@webex.bot"});
    let membership = text(&alice.post("/v1/memberships", add).await.json(200)["id"]);
    let id = alice.say(&room, "unheard").await;
    alice
        .say(&room, "<@personEmail:ci-bot@webex.bot> heard")
        .await;
    alice.delete(&format!("/v1/messages/{id}")).await.json(204);
    alice
        .delete(&format!("/v1/memberships/{membership}"))
        .await
        .json(204);

    let mut told = Vec::new();
    for _ in 0..8 {
        let (_, delivery, _) = next(&mut deliveries).await;
        told.push(format!(
            "{} {}",
            text(&delivery["resource"]),
            text(&delivery["event"])
        ));
    }
    assert_eq!(
        told,
        [
            "memberships created",
            "rooms created",
            "rooms updated",
            "memberships created",
            "messages created",
            "messages created",
            "messages deleted",
            "memberships deleted",
        ]
    );
    let (_, heard, _) = next(&mut bot_deliveries).await;
    assert_ne!(heard["data"]["id"], id.as_str());
    let (_, opened, _) = next(&mut org_deliveries).await;
    assert_eq!(
        (&opened["ownedBy"], &opened["data"]["id"]),
        (&json!("org"), &json!(room))
    );
    assert!(bot_deliveries.try_recv().is_err() && org_deliveries.try_recv().is_err());
}

#[tokio::test]
async fn a_hundred_failures_in_five_minutes_disable_and_a_put_enables() {
    let (sandbox, alice) = start();
    let (url, mut deliveries) = target(StatusCode::FOUND).await;
    let room = alice.room("Leadership").await;
    let webhook = register(&alice, &url, "messages", "created", None).await;
    let path = format!("/v1/webhooks/{}", text(&webhook["id"]));
    for count in 0..100 {
        alice.say(&room, &format!("message {count}")).await;
        next(&mut deliveries).await;
    }
    wait_for(&alice, &path, "inactive").await;
    alice.say(&room, "to nobody").await;
    let enable = json!({"name": "w", "targetUrl": url, "status": "active"});
    assert_eq!(
        alice.put(&path, enable.clone()).await.json(200)["status"],
        "active"
    );
    alice.say(&room, "fails at once").await;
    next(&mut deliveries).await;
    wait_for(&alice, &path, "inactive").await;
    sandbox.clock().advance(Duration::from_secs(301));
    alice.put(&path, enable).await.json(200);
    alice.say(&room, "fails, but is forgiven").await;
    next(&mut deliveries).await;
    alice.say(&room, "fails again").await;
    next(&mut deliveries).await;
    assert_eq!(alice.get(&path).await.json(200)["status"], "active");
}

/// The courier notes a failure just after the target has answered.
async fn wait_for(person: &Person, path: &str, status: &str) {
    for _ in 0..500 {
        if person.get(path).await.json(200)["status"] == status {
            return;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    panic!("the webhook never became {status}");
}

#[tokio::test]
async fn whoever_posted_a_card_is_told_that_it_was_used() {
    let (sandbox, alice) = start();
    let bob = person(&sandbox, "bob");
    let (url, mut receiver) = target(StatusCode::OK).await;
    for who in [&alice, &bob] {
        register(who, &url, "attachmentActions", "created", None).await;
    }
    let room = alice.room("Project Unicorn").await;
    let card = json!({"contentType": "application/vnd.microsoft.card.adaptive",
                      "content": {"type": "AdaptiveCard", "version": "1.3"}});
    let body = json!({"roomId": room, "text": "vote", "attachments": [card]});
    let message = alice.post("/v1/messages", body).await.json(200);
    let submit = json!({"type": "submit", "messageId": message["id"], "inputs": {"a": "secret"}});
    let first = bob.post("/v1/attachment/actions", submit.clone()).await;
    let second = bob.post("/v1/attachment/actions", submit).await;
    for action in [first.json(200), second.json(200)] {
        let (_, envelope, body) = next(&mut receiver).await;
        assert_eq!(envelope["data"]["id"], action["id"]);
        assert_eq!(envelope["data"]["messageId"], message["id"]);
        assert_eq!(envelope["createdBy"], alice.id().await);
        assert_eq!(envelope["actorId"], bob.id().await);
        assert!(!String::from_utf8_lossy(&body).contains("secret"));
    }
}

#[tokio::test]
async fn an_organization_is_watched_by_role_and_scope_once_for_each_thing() {
    let (sandbox, alice) = start();
    let (ada, grace) = (person(&sandbox, "ada"), person(&sandbox, "grace"));
    let narrow = crate::with_scopes(&sandbox, "ada@example.com", &["meeting:schedules_read"]);
    let filter = "hostEmail=alice@example.com";
    for (who, resource, event, filter, owned_by, status) in [
        (&alice, "meetings", "created", None, "org", 403),
        (&narrow, "meetings", "created", None, "org", 403),
        (&ada, "meetings", "created", None, "org", 200),
        (&grace, "meetings", "created", None, "org", 409),
        (&grace, "meetings", "created", Some(filter), "org", 200),
        (&grace, "meetings", "started", None, "org", 200),
        (&ada, "messages", "created", None, "org", 403),
        (&grace, "messages", "created", None, "org", 200),
        (&ada, "memberships", "created", None, "org", 400),
        (&ada, "meetings", "created", None, "me", 400),
        (&alice, "meetings", "created", Some(filter), "creator", 400),
        (&alice, "meetings", "created", None, "creator", 200),
        (&alice, "meetings", "created", None, "creator", 200),
    ] {
        let new = json!({"name": "n", "targetUrl": "https://example.com/", "resource": resource,
                         "event": event, "filter": filter, "ownedBy": owned_by});
        let answer = who.post("/v1/webhooks", new.clone()).await;
        assert_eq!(answer.status.as_u16(), status, "{new}: {}", answer.text());
    }
    let listed = ada.get("/v1/webhooks?ownedBy=org").await.json(200);
    assert_eq!(crate::items(&listed).len(), 4);
}
