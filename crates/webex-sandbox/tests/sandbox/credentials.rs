//! Personal tokens that end, and bots of one's own.

use std::time::Duration;

use serde_json::{Value, json};
use webex_sandbox::Sandbox;

use crate::{Person, items, start, text};

async fn ask(sandbox: &Sandbox, path: &str, order: Value, status: u16) -> Value {
    let admin = Person {
        router: sandbox.admin_router(),
        token: "none".to_owned(),
    };
    admin.post(path, order).await.json(status)
}

#[tokio::test]
async fn a_personal_token_has_its_scopes_and_its_time() {
    let (sandbox, alice) = start();
    let order =
        json!({"email": "bob@example.com", "scopes": ["spark:rooms_read"], "lifetimeSecs": 60});
    let minted = ask(&sandbox, "/_sandbox/tokens", order, 200).await;
    assert_eq!(minted["expires"], "2026-01-05T09:01:00Z");
    let narrow = Person {
        token: text(&minted["token"]),
        ..alice.clone()
    };
    narrow.get("/v1/rooms").await.json(200);
    narrow.get("/v1/people/me").await.json(403);
    sandbox.clock().advance(Duration::from_secs(60));
    narrow.get("/v1/rooms").await.json(401);

    let order = json!({"email": "bob@example.com"});
    let whole = ask(&sandbox, "/_sandbox/tokens", order, 200).await;
    let whole = Person {
        token: text(&whole["token"]),
        ..alice
    };
    let me = whole.get("/v1/people/me").await.json(200);
    assert_eq!(me["emails"][0], "bob@example.com");
    let half_a_day = Duration::from_secs(12 * 60 * 60);
    sandbox.clock().advance(half_a_day - Duration::from_secs(1));
    whole.get("/v1/people/me").await.json(200);
    sandbox.clock().advance(Duration::from_secs(1));
    whole.get("/v1/people/me").await.json(401);
    let unknown = json!({"email": "bob@example.com", "scopes": ["spark:rooms_raed"]});
    ask(&sandbox, "/_sandbox/tokens", unknown, 400).await;
    let nobody = json!({"email": "nobody@example.com"});
    ask(&sandbox, "/_sandbox/tokens", nobody, 404).await;
}

#[tokio::test]
async fn a_bot_of_ones_own_joins_and_hears_its_name() {
    let (sandbox, alice) = start();
    let order = json!({"name": "deploy-bot", "displayName": "Deploy Bot"});
    let bot = ask(&sandbox, "/_sandbox/bots", order.clone(), 200).await;
    assert_eq!(bot["email"], "deploy-bot@webex.bot");
    let deploy = Person {
        token: text(&bot["token"]),
        ..alice.clone()
    };
    let me = deploy.get("/v1/people/me").await.json(200);
    assert_eq!(me["type"], "bot");
    let room = alice.post("/v1/rooms", json!({"title": "Deploys"})).await;
    let room = text(&room.json(200)["id"]);
    let member = json!({"roomId": room, "personEmail": "deploy-bot@webex.bot"});
    alice.post("/v1/memberships", member).await.json(200);
    let said = json!({"roomId": room, "markdown": "<@personEmail:deploy-bot@webex.bot|Bot> go"});
    alice.post("/v1/messages", said).await.json(200);
    let heard = format!("/v1/messages?roomId={room}&mentionedPeople=me");
    assert_eq!(items(&deploy.get(&heard).await.json(200)).len(), 1);
    deploy.get("/v1/meetings").await.json(403);
    ask(&sandbox, "/_sandbox/bots", order, 409).await;
    for name in ["", "Deploy Bot", "a@b", &"x".repeat(65)] {
        let order = json!({"name": name, "displayName": "X"});
        ask(&sandbox, "/_sandbox/bots", order, 400).await;
    }
    let taken = json!({"name": "alice", "displayName": "Alice"});
    ask(&sandbox, "/_sandbox/bots", taken, 409).await;
}
