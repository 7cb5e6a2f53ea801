//! Accounts: what administrators do with people, and what is left of those who go.

use std::time::Duration;

use serde_json::{Value, json};
use webex_sandbox::MeetingAction;

use crate::{Person, items, person, start, text};

/// Zoe, whom Ada has just added.
async fn zoe(ada: &Person) -> (Person, Value) {
    let new = json!({"emails": ["zoe@example.com"], "firstName": "Zoe", "lastName": "Ek"});
    let account = ada.post("/v1/people", new).await.json(200);
    let zoe = Person {
        token: "sandbox-zoe".to_owned(),
        ..ada.clone()
    };
    (zoe, account)
}

#[tokio::test]
async fn only_administrators_change_accounts() {
    let (sandbox, alice) = start();
    let id = alice.id().await;
    let path = format!("/v1/people/{id}");
    let account = json!({"emails": ["x@example.com"], "displayName": "X"});
    for name in ["alice", "grace", "ci-bot"] {
        let who = person(&sandbox, name);
        who.post("/v1/people", account.clone()).await.json(403);
        who.put(&path, account.clone()).await.json(403);
        who.delete(&path).await.json(403);
    }
}

#[tokio::test]
async fn a_new_person_is_invited_and_can_work() {
    let (sandbox, alice) = start();
    let ada = person(&sandbox, "ada");
    let (zoe, account) = zoe(&ada).await;
    assert_eq!(account["displayName"], "Zoe Ek");
    assert_eq!(account["invitePending"], "true");
    assert_eq!(account["status"], "pending");
    let seen = alice
        .get("/v1/people?email=zoe@example.com")
        .await
        .json(200);
    let seen = &items(&seen)[0];
    assert!(seen.get("invitePending").is_none() && seen.get("roles").is_none());
    sandbox.clock().advance(std::time::Duration::from_secs(60));
    let body = json!({"toPersonEmail": "alice@example.com", "text": "hello"});
    zoe.post("/v1/messages", body).await.json(200);
    let path = format!("/v1/people/{}", text(&account["id"]));
    assert_eq!(ada.get(&path).await.json(200)["invitePending"], "false");
}

#[tokio::test]
async fn what_an_account_needs() {
    let (sandbox, _) = start();
    let ada = person(&sandbox, "ada");
    let cases = [
        (json!({"displayName": "N"}), 400),
        (json!({"emails": [], "displayName": "N"}), 400),
        (json!({"emails": ["nobody"], "displayName": "N"}), 400),
        (
            json!({"emails": ["a@x.com", "b@x.com"], "displayName": "N"}),
            400,
        ),
        (json!({"emails": ["n@x.com"]}), 400),
        (json!({"emails": ["n@x.com"], "firstName": "  "}), 400),
        (
            json!({"emails": ["Alice@example.com"], "displayName": "N"}),
            409,
        ),
        (
            json!({"emails": ["n@x.com"], "displayName": "N", "extension": "1"}),
            400,
        ),
        (
            json!({"emails": ["n@x.com"], "displayName": "N", "roles": ["king"]}),
            400,
        ),
        (
            json!({"emails": ["n@x.com"], "displayName": "N", "orgId": "other"}),
            403,
        ),
        (
            json!({"emails": ["n@x.com"], "displayName": "N".repeat(257)}),
            400,
        ),
        (json!({"emails": ["n@x.com"], "lastName": "N"}), 200),
        (json!({"emails": ["alice@x.com"], "displayName": "N"}), 200),
    ];
    for (body, status) in cases {
        let shown = body.to_string();
        let answer = ada.post("/v1/people", body).await;
        assert_eq!(answer.status.as_u16(), status, "{shown}: {}", answer.text());
    }
    let namesake = Person {
        token: "sandbox-alice@x.com".to_owned(),
        ..ada.clone()
    };
    let me = namesake.get("/v1/people/me").await.json(200);
    assert_eq!(me["emails"][0], "alice@x.com");
    let short = json!({"emails": ["m@x.com"], "displayName": "M"});
    let answer = ada.post("/v1/people?minResponse=true", short).await;
    assert_eq!(answer.json(200).as_object().unwrap().len(), 1);
}

#[tokio::test]
async fn an_update_replaces_what_is_known() {
    let (sandbox, _) = start();
    let ada = person(&sandbox, "ada");
    let (zoe, account) = zoe(&ada).await;
    let path = format!("/v1/people/{}", text(&account["id"]));
    let full = json!({"emails": ["zoe.ek@example.com"], "displayName": "Zoe E.",
                      "firstName": "Zoë", "nickName": "Z", "department": "Docs"});
    let changed = ada.put(&path, full).await.json(200);
    assert_eq!(changed["nickName"], "Zoë");
    assert_eq!(changed["emails"], json!(["zoe.ek@example.com"]));
    ada.put(&path, json!({"firstName": "Zoe"})).await.json(400);
    let again = json!({"displayName": "Zoe Ek", "roles": ["full-administrator"]});
    let changed = ada.put(&path, again).await.json(200);
    assert!(changed.get("department").is_none());
    assert_eq!(changed["emails"], json!(["zoe.ek@example.com"]));
    zoe.get("/v1/people").await.json(200);
    let found = ada
        .get("/v1/people?roles=full-administrator")
        .await
        .json(200);
    assert_eq!(items(&found).len(), 2);
    let barred = json!({"displayName": "Zoe Ek", "loginEnabled": false});
    let barred = ada.put(&path, barred).await.json(200);
    assert_eq!(barred["loginEnabled"], "false");
    zoe.get("/v1/people/me").await.json(401);
    let own = format!("/v1/people/{}", ada.id().await);
    let lockout = json!({"displayName": "Ada Okafor", "roles": []});
    ada.put(&own, lockout).await.json(403);
    ada.delete(&own).await.json(403);
}

#[tokio::test]
async fn who_is_removed_leaves_rooms_and_teams_but_not_their_words() {
    let (sandbox, alice) = start();
    let ada = person(&sandbox, "ada");
    let bob = person(&sandbox, "bob");
    let room = alice.room("Project Unicorn").await;
    let message = bob.say(&room, "I was here").await;
    let direct = json!({"toPersonEmail": "alice@example.com", "text": "bye"});
    let direct = bob.post("/v1/messages", direct).await.json(200);
    let webhook = json!({"name": "n", "targetUrl": "https://example.com/",
                         "resource": "rooms", "event": "created"});
    bob.post("/v1/webhooks", webhook).await.json(200);
    let path = format!("/v1/people/{}", bob.id().await);
    assert_eq!(ada.delete(&path).await.status, 204);
    ada.get(&path).await.json(404);
    ada.delete(&path).await.json(404);
    bob.get("/v1/people/me").await.json(401);
    let left = alice
        .get(&format!("/v1/messages/{message}"))
        .await
        .json(200);
    assert_eq!(left["personEmail"], "bob@example.com");
    let members = alice
        .get(&format!("/v1/memberships?roomId={room}&max=1000"))
        .await
        .json(200);
    let mut members = items(&members).iter();
    assert!(members.all(|member| member["personEmail"] != "bob@example.com"));
    let team = alice.get("/v1/teams").await.json(200)["items"][0].clone();
    let path = format!("/v1/team/memberships?teamId={}", text(&team["id"]));
    let members = alice.get(&path).await.json(200);
    assert_eq!(items(&members).len(), 6);
    let path = format!("/v1/rooms/{}", text(&direct["roomId"]));
    assert_eq!(alice.get(&path).await.json(200)["title"], "Bob Smith");
    let again = json!({"toPersonEmail": "bob@example.com", "text": "still there?"});
    alice.post("/v1/messages", again).await.json(404);
}

#[tokio::test]
async fn presence_follows_what_somebody_does_unless_it_is_chosen() {
    let (sandbox, alice) = start();
    let admin = Person {
        router: sandbox.admin_router(),
        token: "none".to_owned(),
    };
    let status = async |name: &str| {
        let path = format!("/v1/people?email={name}@example.com");
        let found = alice.get(&path).await.json(200);
        text(&items(&found)[0]["status"])
    };
    let choose = async |email: &str, chosen: Value| {
        let choice = json!({"email": email, "status": chosen});
        let answer = admin.post("/_sandbox/presence", choice).await;
        answer.status.as_u16()
    };
    assert_eq!(status("harold").await, "OutOfOffice");
    assert_eq!(status("bob").await, "inactive");
    let said = json!({"toPersonEmail": "alice@example.com", "text": "Here."});
    let bob = person(&sandbox, "bob");
    bob.post("/v1/messages", said).await.json(200);
    assert_eq!(status("bob").await, "active");
    let meetings = alice.get("/v1/meetings").await.json(200);
    let standup = text(&items(&meetings)[0]["id"]);
    let join = MeetingAction::Join {
        email: "bob@example.com".to_owned(),
    };
    sandbox.act(&standup, MeetingAction::Start).unwrap();
    sandbox.act(&standup, join).unwrap();
    assert_eq!(status("bob").await, "meeting");
    assert_eq!(choose("bob@example.com", json!("DoNotDisturb")).await, 204);
    assert_eq!(status("bob").await, "DoNotDisturb");
    assert_eq!(choose("bob@example.com", Value::Null).await, 204);
    sandbox.act(&standup, MeetingAction::End).unwrap();
    assert_eq!(status("bob").await, "active");
    sandbox.clock().advance(Duration::from_secs(11 * 60));
    assert_eq!(status("bob").await, "inactive");
    for unknown in ["active", "pending", "asleep"] {
        assert_eq!(choose("bob@example.com", json!(unknown)).await, 400);
    }
    assert_eq!(choose("nobody@example.com", Value::Null).await, 404);
}

#[tokio::test]
async fn ids_that_nobody_has_are_told_beside_the_others() {
    let (sandbox, alice) = start();
    let id = alice.id().await;
    let bob = person(&sandbox, "bob").id().await;
    let list = format!("/v1/people?id={id},nobody,{bob},noone&max=1");
    let first = alice.get(&list).await;
    let page = first.json(200);
    assert_eq!(page["notFoundIds"], json!(["nobody", "noone"]));
    assert_eq!(items(&page)[0]["id"], id.as_str());
    let second = alice.get(&first.next().unwrap()).await.json(200);
    assert_eq!(items(&second)[0]["id"], bob.as_str());
    let whole = alice.get(&format!("/v1/people?id={id}")).await.json(200);
    assert_eq!(whole.get("notFoundIds"), None);
}

#[tokio::test]
async fn only_administrators_look_into_an_organization_and_only_their_own() {
    let (sandbox, alice) = start();
    let ada = person(&sandbox, "ada");
    let org = text(&alice.get("/v1/people/me").await.json(200)["orgId"]);
    let list = |org: &str| format!("/v1/people?callingData=true&orgId={org}");
    let named = format!("{}&displayName=Bob", list(&org));
    alice.get(&named).await.json(403);
    assert_eq!(items(&ada.get(&named).await.json(200)).len(), 1);
    assert!(items(&ada.get(&list(&org)).await.json(200)).len() > 8);
    ada.get(&list("other")).await.json(403);
    alice.get("/v1/people/me?callingData=true").await.json(200);
}
