//! The sandbox's answers against the response schemas of Cisco's OpenAPI document, where that is present.

use std::collections::BTreeSet;
use std::path::Path;

use serde_json::{Value, json};

use crate::{Answer, Person, items, person, start, text};

/// Answers that rightly differ from the document: schema, field, reason.
const UNDOCUMENTED: &[(&str, &str, &str)] = &[
    ("Message", "parentId", "the document's own example has it"),
    ("Message", "html", "the document's own example has it"),
    ("DirectMessage", "html", "as all messages"),
    (
        "DirectMessage",
        "parentId",
        "the list can be narrowed by it",
    ),
    ("Webhook", "orgId", "in the webhooks guide and in SDKs"),
    ("Webhook", "createdBy", "in the webhooks guide and in SDKs"),
    ("Webhook", "appId", "in the webhooks guide and in SDKs"),
    ("Team", "creatorId", "in SDKs"),
];

/// Statuses that rightly differ: method, path, answered, documented, reason.
const OTHER_STATUSES: &[(&str, &str, &str, &str, &str)] = &[(
    "post",
    "/attachment/actions",
    "200",
    "202",
    "Webex itself answers 200, and SDKs take nothing else",
)];

const PATHS: &[&str] = &[
    "/messages",
    "/rooms",
    "/memberships",
    "/people",
    "/webhooks",
    "/teams",
    "/team",
    "/attachment",
    "/events",
];

struct Contract {
    document: Value,
    walked: BTreeSet<(String, String)>,
}

impl Contract {
    fn load() -> Option<Self> {
        let path =
            Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/webex/webex.openapi.json");
        let text = std::fs::read_to_string(path).ok()?;
        Some(Contract {
            document: serde_json::from_str(&text).unwrap(),
            walked: BTreeSet::new(),
        })
    }

    /// Checks one answer against the schema of its operation and status.
    fn check(&mut self, method: &str, path: &str, answer: &Answer) -> Value {
        let answered = answer.status.as_str();
        let status = OTHER_STATUSES
            .iter()
            .find(|row| (row.0, row.1, row.2) == (method, path, answered))
            .map_or(answered, |row| row.3);
        let operation = &self.document["paths"][path][method];
        let response = &operation["responses"][status];
        assert!(
            response.is_object(),
            "{method} {path} answered {status}: {}",
            answer.text()
        );
        self.walked.insert((method.to_owned(), path.to_owned()));
        if status == "204" {
            assert!(answer.body.is_empty());
            return Value::Null;
        }
        let body = answer.json(answer.status.as_u16());
        let mut checked = body.clone();
        // The document confuses cards with files of another kind (its schema Attachment).
        remove_attachments(&mut checked);
        let schema = response["content"]["application/json"]["schema"].clone();
        let name = text(&schema["$ref"]).rsplit('/').next().unwrap().to_owned();
        let root = json!({"$ref": schema["$ref"], "components": self.document["components"]});
        let validator = jsonschema::validator_for(&root).unwrap();
        let errors: Vec<String> = validator
            .iter_errors(&checked)
            .map(|error| format!("{}: {error}", error.instance_path()))
            .collect();
        assert!(errors.is_empty(), "{method} {path}: {errors:?}");
        self.check_fields(&name, &checked);
        body
    }

    fn check_fields(&self, schema: &str, value: &Value) {
        let properties = &self.document["components"]["schemas"][schema]["properties"];
        for (field, value) in value.as_object().unwrap() {
            if field == "items" {
                let item = text(&properties["items"]["items"]["$ref"]);
                for value in value.as_array().unwrap() {
                    self.check_fields(item.rsplit('/').next().unwrap(), value);
                }
                continue;
            }
            let is_known = properties.get(field).is_some();
            let is_excused = UNDOCUMENTED
                .iter()
                .any(|(name, other, _)| (*name, *other) == (schema, field));
            assert!(
                is_known != is_excused,
                "{schema}.{field}: documented {is_known}, excused {is_excused}"
            );
        }
    }

    fn all_operations(&self) -> BTreeSet<(String, String)> {
        let mut all = BTreeSet::new();
        for (path, operations) in self.document["paths"].as_object().unwrap() {
            let is_ours = PATHS
                .iter()
                .any(|start| path == start || path.starts_with(&format!("{start}/")));
            for method in operations.as_object().unwrap().keys().filter(|_| is_ours) {
                all.insert((method.clone(), path.clone()));
            }
        }
        all
    }
}

fn remove_attachments(value: &mut Value) {
    if let Some(object) = value.as_object_mut() {
        object.remove("attachments");
        if let Some(items) = object.get_mut("items").and_then(Value::as_array_mut) {
            items.iter_mut().for_each(remove_attachments);
        }
    }
}

#[tokio::test]
async fn every_answer_is_what_ciscos_document_promises() {
    let Some(mut contract) = Contract::load() else {
        eprintln!("skipped: Cisco's OpenAPI document is not here");
        return;
    };
    let (sandbox, alice) = start();
    let bob = person(&sandbox, "bob");
    rooms_and_memberships(&mut contract, &alice).await;
    messages(&mut contract, &alice, &bob).await;
    people(&mut contract, &alice, &person(&sandbox, "ada")).await;
    teams(&mut contract, &alice).await;
    cards(&mut contract, &alice, &bob).await;
    events(&mut contract, &person(&sandbox, "grace")).await;
    webhooks(&mut contract, &alice).await;
    assert_eq!(contract.all_operations(), contract.walked);
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
    assert_eq!(resources.len(), 4, "{resources:?}");
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
