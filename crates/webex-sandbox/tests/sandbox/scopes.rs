//! Scopes: each operation opens to the token that may, and to no other.

use http::Method;
use serde_json::json;
use webex::Operation;

use crate::{Person, person, start, with_scopes};

/// Whether an operation takes a token: signing in makes one.
fn takes_token(operation: &Operation) -> bool {
    !operation.path.ends_with("/authorize") && !operation.path.ends_with("token")
}

/// Who has the role that the operation's scopes ask for.
fn holder(operation: &Operation) -> &'static str {
    let asks = |start: &str| {
        operation
            .scopes
            .iter()
            .any(|scope| scope.starts_with(start))
    };
    match () {
        () if ["spark-admin:", "meeting:admin_", "identity:"]
            .into_iter()
            .any(asks) =>
        {
            "ada@example.com"
        }
        () if asks("spark-compliance:") => "grace@example.com",
        () => "alice@example.com",
    }
}

async fn status(who: &Person, operation: &Operation) -> u16 {
    let path = operation.path.split('/').map(|part| match part {
        part if part.starts_with('{') => "none",
        part => part,
    });
    let path = format!("/v1{}", path.collect::<Vec<_>>().join("/"));
    let body = match operation.method {
        Method::POST | Method::PUT => Some(json!({})),
        _ => None,
    };
    let answer = who.send(operation.method.as_str(), &path, body).await;
    answer.status.as_u16()
}

#[tokio::test]
async fn each_operation_needs_exactly_what_the_client_says() {
    let (sandbox, _) = start();
    let operations = webex::operations::ALL.iter().filter(|one| takes_token(one));
    let mut tried = 0;
    for operation in operations {
        let email = holder(operation);
        let enough = with_scopes(&sandbox, email, operation.scopes);
        assert_ne!(status(&enough, operation).await, 403, "{}", operation.name);
        for missing in operation.scopes {
            let others = operation.scopes.iter().filter(|scope| *scope != missing);
            let others: Vec<&str> = others.copied().chain(["spark:kms"]).collect();
            let short = with_scopes(&sandbox, email, &others);
            assert_eq!(status(&short, operation).await, 403, "{}", operation.name);
        }
        tried += 1;
    }
    assert!(tried >= 120, "{tried}");
}

#[tokio::test]
async fn a_seeded_token_reads_and_does_not_write() {
    let (_, alice) = start();
    let reader = Person {
        token: "sandbox-alice-read".to_owned(),
        ..alice.clone()
    };
    let room = reader.room("Project Unicorn").await;
    reader
        .get(&format!("/v1/messages?roomId={room}"))
        .await
        .json(200);
    let refused = reader
        .post("/v1/messages", json!({"roomId": room, "text": "no"}))
        .await
        .json(403);
    assert_eq!(refused["message"], refused["errors"][0]["description"]);
    alice.say(&room, "yes").await;
}

#[tokio::test]
async fn a_webhook_needs_the_scope_to_read_what_it_watches() {
    let (sandbox, alice) = start();
    let rooms = with_scopes(&sandbox, "alice@example.com", &["spark:rooms_read"]);
    let new = |resource: &str, event: &str| {
        json!({"name": "n", "targetUrl": "https://example.com/",
               "resource": resource, "event": event})
    };
    for (resource, event, status) in [
        ("rooms", "created", 200),
        ("messages", "created", 403),
        ("attachmentActions", "created", 403),
        ("all", "all", 403),
        ("meetings", "started", 403),
        ("nonsense", "created", 400),
    ] {
        let answer = rooms.post("/v1/webhooks", new(resource, event)).await;
        assert_eq!(answer.status.as_u16(), status, "{resource}");
    }
    let other = alice.post("/v1/webhooks", new("messages", "created")).await;
    let path = format!("/v1/webhooks/{}", crate::text(&other.json(200)["id"]));
    rooms.get(&path).await.json(403);
    rooms.delete(&path).await.json(403);
    assert_eq!(alice.delete(&path).await.status, 204);
}

#[tokio::test]
async fn administrative_fields_need_role_and_scope() {
    let (sandbox, _) = start();
    let narrow = with_scopes(&sandbox, "ada@example.com", &["spark:people_read"]);
    assert!(narrow.get("/v1/people/me").await.json(200)["roles"].is_null());
    narrow.get("/v1/people").await.json(400);
    let scopes = &["spark:people_read", "spark-admin:people_read"];
    let alice = with_scopes(&sandbox, "alice@example.com", scopes);
    alice.get("/v1/people").await.json(400);
    let ada = person(&sandbox, "ada");
    let me = ada.get("/v1/people/me").await.json(200);
    assert_eq!(me["roles"], json!(["full-administrator"]));
}

#[tokio::test]
async fn an_officer_sees_no_more_than_the_token_says() {
    let (sandbox, alice) = start();
    let room = alice.room("Leadership").await;
    let message = alice.say(&room, "secret").await;
    let team = crate::text(&alice.get("/v1/teams").await.json(200)["items"][0]["id"]);
    let paths = [
        ("rooms", format!("/v1/rooms/{room}")),
        ("messages", format!("/v1/messages/{message}")),
        ("messages", format!("/v1/messages?roomId={room}")),
        ("memberships", format!("/v1/memberships?roomId={room}")),
        ("teams", format!("/v1/teams/{team}")),
        (
            "team_memberships",
            format!("/v1/team/memberships?teamId={team}"),
        ),
    ];
    let grace = |scopes: &[&str]| with_scopes(&sandbox, "grace@example.com", scopes);
    let as_anybody = grace(&["spark:all"]);
    for (noun, path) in &paths {
        as_anybody.get(path).await.json(404);
        let officer = grace(&["spark:all", &format!("spark-compliance:{noun}_read")]);
        officer.get(path).await.json(200);
    }
    let path = format!("/v1/messages/{message}");
    let reader = grace(&["spark:messages_write", "spark-compliance:messages_read"]);
    reader.delete(&path).await.json(403);
    let writer = grace(&["spark-compliance:messages_write"]);
    assert_eq!(writer.delete(&path).await.status, 204);
}

#[test]
fn nobody_unknown_is_given_a_token() {
    let (sandbox, _) = start();
    assert!(sandbox.grant("nobody@example.com", &[]).is_none());
}
