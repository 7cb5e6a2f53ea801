//! The walk through messaging: every operation on rooms, messages, people, teams, cards and events.

use std::collections::BTreeSet;

use serde_json::json;
use webex_sandbox::Sandbox;

use super::Contract;
use crate::{Person, items, person, text};

pub(super) async fn walk(contract: &mut Contract, sandbox: &Sandbox) {
    let (alice, bob) = (person(sandbox, "alice"), person(sandbox, "bob"));
    rooms_and_memberships(contract, &alice).await;
    messages(contract, &alice, &bob).await;
    people(contract, &alice, &person(sandbox, "ada")).await;
    teams(contract, &alice).await;
    cards(contract, &alice, &bob).await;
    events(contract, &person(sandbox, "grace")).await;
    webhooks(contract, &alice).await;
}

async fn rooms_and_memberships(contract: &mut Contract, alice: &Person) {
    contract.check("get", "/rooms", &alice.get("/v1/rooms?max=1000").await);
    let new = json!({"title": "T", "isLocked": true, "isPublic": true, "description": "d", "classificationId": "c"});
    let room = contract.check("post", "/rooms", &alice.post("/v1/rooms", new).await);
    let id = text(&room["id"]);
    let path = format!("/v1/rooms/{id}");
    contract.check("get", "/rooms/{roomId}", &alice.get(&path).await);
    let info = alice.get(&format!("{path}/meetingInfo")).await;
    contract.check("get", "/rooms/{roomId}/meetingInfo", &info);
    contract.check(
        "put",
        "/rooms/{roomId}",
        &alice.put(&path, json!({"title": "U"})).await,
    );
    let add = json!({"roomId": id, "personEmail": "bob@example.com", "isModerator": true});
    let member = contract.check(
        "post",
        "/memberships",
        &alice.post("/v1/memberships", add).await,
    );
    contract.check("get", "/memberships", &alice.get("/v1/memberships").await);
    let of_bob = format!("/v1/memberships/{}", text(&member["id"]));
    let update = json!({"isModerator": false, "isRoomHidden": false});
    contract.check(
        "get",
        "/memberships/{membershipId}",
        &alice.get(&of_bob).await,
    );
    contract.check(
        "put",
        "/memberships/{membershipId}",
        &alice.put(&of_bob, update).await,
    );
    contract.check(
        "delete",
        "/memberships/{membershipId}",
        &alice.delete(&of_bob).await,
    );
    contract.check("delete", "/rooms/{roomId}", &alice.delete(&path).await);
}

async fn messages(contract: &mut Contract, alice: &Person, bob: &Person) {
    for title in ["Project Unicorn", "CI/CD", "Announcements", "Leadership"] {
        let room = alice.room(title).await;
        contract.check(
            "get",
            "/messages",
            &alice
                .get(&format!("/v1/messages?roomId={room}&max=100"))
                .await,
        );
    }
    let room = alice.room("Project Unicorn").await;
    let markdown = "<@personEmail:bob@example.com|Bob> <@all> **go**";
    let new = json!({"roomId": room, "markdown": markdown});
    let message = contract.check("post", "/messages", &alice.post("/v1/messages", new).await);
    let id = text(&message["id"]);
    let card = json!({"contentType": "application/vnd.microsoft.card.adaptive",
                      "content": {"type": "AdaptiveCard", "version": "1.3"}});
    for body in [
        json!({"roomId": room, "parentId": id, "text": "reply"}),
        json!({"roomId": room, "text": "card", "attachments": [card]}),
        json!({"roomId": room, "files": ["https://example.com/a.pdf"]}),
        json!({"toPersonEmail": "bob@example.com", "markdown": "*hi*"}),
    ] {
        contract.check("post", "/messages", &alice.post("/v1/messages", body).await);
    }
    let path = format!("/v1/messages/{id}");
    contract.check("get", "/messages/{messageId}", &bob.get(&path).await);
    let edit = json!({"roomId": room, "markdown": "**edited**"});
    contract.check(
        "put",
        "/messages/{messageId}",
        &alice.put(&path, edit).await,
    );
    contract.check(
        "delete",
        "/messages/{messageId}",
        &alice.delete(&path).await,
    );
    let direct = bob
        .get("/v1/messages/direct?personEmail=alice@example.com")
        .await;
    contract.check("get", "/messages/direct", &direct);
}

async fn people(contract: &mut Contract, alice: &Person, ada: &Person) {
    let me = contract.check("get", "/people/me", &alice.get("/v1/people/me").await);
    let everybody = contract.check("get", "/people", &ada.get("/v1/people").await);
    assert!(items(&everybody).len() > 8);
    let unknown = ada.get("/v1/people?id=unknown").await;
    contract.check("get", "/people", &unknown);
    let path = format!("/v1/people/{}", text(&me["id"]));
    contract.check("get", "/people/{personId}", &ada.get(&path).await);
    let new = json!({"emails": ["zoe@example.com"], "firstName": "Zoe", "title": "Writer",
                     "addresses": [{"type": "work", "country": "NO"}]});
    let zoe = contract.check("post", "/people", &ada.post("/v1/people", new).await);
    let path = format!("/v1/people/{}", text(&zoe["id"]));
    let update = json!({"displayName": "Zoe Ek", "loginEnabled": false, "department": "Docs"});
    let changed = ada.put(&path, update.clone()).await;
    contract.check("put", "/people/{personId}", &changed);
    let short = ada.put(&format!("{path}?minResponse=true"), update).await;
    contract.check("put", "/people/{personId}", &short);
    contract.check("delete", "/people/{personId}", &ada.delete(&path).await);
}

async fn teams(contract: &mut Contract, alice: &Person) {
    contract.check("get", "/teams", &alice.get("/v1/teams").await);
    let new = json!({"name": "Docs", "description": "d"});
    let team = contract.check("post", "/teams", &alice.post("/v1/teams", new).await);
    let id = text(&team["id"]);
    let path = format!("/v1/teams/{id}");
    contract.check("get", "/teams/{teamId}", &alice.get(&path).await);
    let renamed = alice.put(&path, json!({"name": "Docs and more"})).await;
    contract.check("put", "/teams/{teamId}", &renamed);
    let add = json!({"teamId": id, "personEmail": "bob@example.com"});
    let added = alice.post("/v1/team/memberships", add).await;
    let member = contract.check("post", "/team/memberships", &added);
    let list = alice
        .get(&format!("/v1/team/memberships?teamId={id}"))
        .await;
    contract.check("get", "/team/memberships", &list);
    let of_bob = format!("/v1/team/memberships/{}", text(&member["id"]));
    let one = "/team/memberships/{membershipId}";
    contract.check("get", one, &alice.get(&of_bob).await);
    let promoted = alice.put(&of_bob, json!({"isModerator": true})).await;
    contract.check("put", one, &promoted);
    contract.check("delete", one, &alice.delete(&of_bob).await);
    contract.check("delete", "/teams/{teamId}", &alice.delete(&path).await);
}

async fn cards(contract: &mut Contract, alice: &Person, bob: &Person) {
    let room = alice.room("Project Unicorn").await;
    let card = json!({"contentType": "application/vnd.microsoft.card.adaptive",
                      "content": {"type": "AdaptiveCard", "version": "1.3"}});
    let message = json!({"roomId": room, "text": "card", "attachments": [card]});
    let message = alice.post("/v1/messages", message).await.json(200);
    let new = json!({"type": "submit", "messageId": message["id"], "inputs": {"Name": "Bob"}});
    let done = bob.post("/v1/attachment/actions", new).await;
    let action = contract.check("post", "/attachment/actions", &done);
    let path = format!("/v1/attachment/actions/{}", text(&action["id"]));
    contract.check("get", "/attachment/actions/{id}", &alice.get(&path).await);
}

/// Everything that the other walks left behind.
async fn events(contract: &mut Contract, grace: &Person) {
    let all = contract.check("get", "/events", &grace.get("/v1/events?max=1000").await);
    let events = items(&all);
    let resources = events.iter().map(|event| text(&event["resource"]));
    let resources: BTreeSet<String> = resources.collect();
    assert_eq!(resources.len(), 6, "{resources:?}");
    let path = format!("/v1/events/{}", text(&events[0]["id"]));
    contract.check("get", "/events/{eventId}", &grace.get(&path).await);
}

async fn webhooks(contract: &mut Contract, alice: &Person) {
    let new = json!({"name": "n", "targetUrl": "https://example.com/", "resource": "messages",
                     "event": "created", "filter": "roomType=group", "secret": "s"});
    let webhook = contract.check("post", "/webhooks", &alice.post("/v1/webhooks", new).await);
    let path = format!("/v1/webhooks/{}", text(&webhook["id"]));
    let update = json!({"name": "m", "targetUrl": "https://example.com/"});
    contract.check("get", "/webhooks", &alice.get("/v1/webhooks").await);
    contract.check("get", "/webhooks/{webhookId}", &alice.get(&path).await);
    contract.check(
        "put",
        "/webhooks/{webhookId}",
        &alice.put(&path, update).await,
    );
    contract.check(
        "delete",
        "/webhooks/{webhookId}",
        &alice.delete(&path).await,
    );
}
