//! A refused request changes nothing and tells nobody: the saved world is the same after it.

use http::StatusCode;
use proptest::collection::vec;
use proptest::prelude::*;
use serde_json::{Value, json};
use webex_sandbox::{MeetingAction, Options, Sandbox};

use super::garbage::{nonsense, some_ids};
use super::{live, lives};
use crate::webhooks::{next, register, target};
use crate::{Person, person, start, text};

/// The world in a file, without what deliveries leave behind on their own time.
fn saved(sandbox: &Sandbox) -> String {
    let mut file = Vec::new();
    sandbox.save(&mut file).unwrap();
    let lines = String::from_utf8(file).unwrap();
    let lines = lines.lines().map(|line| {
        if !line.starts_with(r#"{"table":"webhooks","key""#) {
            return line.to_owned();
        }
        let mut line: Value = serde_json::from_str(line).unwrap();
        let row = line["row"].as_object_mut().unwrap();
        row.retain(|name, _| name != "failures" && name != "is_active");
        line.to_string()
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// The first line that differs.
fn difference<'l>(before: &'l str, after: &'l str) -> Option<(&'l str, &'l str)> {
    let mut pairs = before.lines().zip(after.lines());
    pairs
        .find(|(before, after)| before != after)
        .or((before != after).then_some(("", "a line more or less")))
}

proptest! {
    #![proptest_config(lives(8))]

    #[test]
    fn a_life_without_its_refused_requests_ends_in_the_same_world(all in vec(nonsense(), 1..100)) {
        live(async {
            let (one, alice) = start();
            let (other, other_alice) = start();
            let ids = some_ids(&one).await;
            some_ids(&other).await;
            for request in &all {
                if alice.raw(request.request(&ids)).await.status.as_u16() < 400 {
                    other_alice.raw(request.request(&ids)).await;
                }
            }
            assert_eq!(difference(&saved(&one), &saved(&other)), None);
        });
    }
}

/// Sends what must be refused, and compares the world before and after.
async fn refused(sandbox: &Sandbox, who: &Person, call: (&str, &str, Value), status: u16) {
    let (method, path, body) = call;
    let before = saved(sandbox);
    let answer = who.send(method, path, Some(body)).await;
    assert_eq!(
        answer.status.as_u16(),
        status,
        "{method} {path}: {}",
        answer.text()
    );
    let after = saved(sandbox);
    assert_eq!(difference(&before, &after), None, "{method} {path}");
}

#[tokio::test]
async fn what_is_refused_late_changes_nothing() {
    let (sandbox, alice) = start();
    let ada = person(&sandbox, "ada");
    let ids = some_ids(&sandbox).await;
    let of = |kind: &str| {
        ids.iter()
            .find(|(known, _)| *known == kind)
            .unwrap()
            .1
            .as_str()
    };
    let to = |more: Value| {
        let mut body = json!({"toPersonEmail": "erin@example.com", "text": "x"});
        body.as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        ("POST", "/v1/messages", body)
    };
    // Somebody with whom Alice has no direct room yet.
    refused(
        &sandbox,
        &alice,
        to(json!({"parentId": of("/messages")})),
        400,
    )
    .await;
    refused(
        &sandbox,
        &alice,
        to(json!({"attachments": [{"contentType": "x"}]})),
        400,
    )
    .await;
    refused(
        &sandbox,
        &alice,
        to(json!({"files": ["file:///etc/passwd"]})),
        400,
    )
    .await;

    let soon = json!({"title": "T", "start": "2026-01-06T10:00:00Z", "end": "2026-01-06T11:00:00Z",
                      "scheduledType": "webinar", "registration": {"autoAcceptRequest": true}});
    let webinar = text(&alice.post("/v1/meetings", soon.clone()).await.json(200)["id"]);
    let mut rivals = soon.clone();
    rivals["simultaneousInterpretation"] = json!({"enabled": true, "interpreters": [
        {"languageCode1": "en", "languageCode2": "de"}]});
    rivals["breakoutSessions"] = json!([{"name": "A"}]);
    refused(&sandbox, &alice, ("POST", "/v1/meetings", rivals), 400).await;

    let one = json!({"email": "zoe@example.net"});
    let guests = json!({"meetingId": webinar, "items": [one, one]});
    refused(
        &sandbox,
        &alice,
        ("POST", "/v1/meetingInvitees/bulkInsert", guests),
        409,
    )
    .await;
    let one = json!({"firstName": "Z", "lastName": "Z", "email": "zoe@example.net"});
    let path = format!("/v1/meetings/{webinar}/registrants/bulkInsert");
    refused(
        &sandbox,
        &alice,
        ("POST", &path, json!({"items": [one, one]})),
        409,
    )
    .await;
    let one = json!({"languageCode1": "en", "languageCode2": "de", "email": "zoe@example.net"});
    let path = format!("/v1/meetings/{webinar}/simultaneousInterpretation");
    let both = json!({"enabled": true, "interpreters": [one, one]});
    refused(&sandbox, &alice, ("PUT", &path, both), 409).await;
    let path = format!("/v1/meetings/{webinar}/interpreters");
    refused(&sandbox, &alice, ("POST", &path, one), 400).await;

    let path = format!("/v1/recordings/{}/accessList", of("/recordings"));
    let crowd: Vec<String> = (0..1_001).map(|n| format!("p{n}@example.net")).collect();
    alice
        .post(&path, json!({"addEmails": ["p0@example.net"]}))
        .await
        .json(204);
    let share = json!({"removeEmails": ["p0@example.net"], "addEmails": crowd});
    refused(&sandbox, &alice, ("POST", &path, share), 400).await;

    let frank = json!({"emails": ["frank@example.com"], "displayName": "F", "roles": ["nobody"]});
    refused(&sandbox, &ada, ("POST", "/v1/people", frank), 409).await;
}

#[tokio::test]
async fn a_meeting_that_cannot_start_is_not_met() {
    let (sandbox, alice) = start();
    let room = alice.room("Project Unicorn").await;
    let info = alice
        .get(&format!("/v1/rooms/{room}/meetingInfo"))
        .await
        .json(200);
    let meeting = text(&info["meetingId"]);
    sandbox.act(&meeting, MeetingAction::Start).unwrap();
    sandbox.clock().advance(std::time::Duration::from_secs(60));
    // The clock moves the world by itself.
    alice.say(&room, "a minute later").await;
    let before = saved(&sandbox);
    sandbox.act(&meeting, MeetingAction::Start).unwrap_err();
    assert_eq!(difference(&before, &saved(&sandbox)), None);
}

/// The last rows of a table are not begun with, because a change may need more than there are.
#[tokio::test]
async fn a_full_sandbox_refuses_before_it_changes_anything() {
    let (sandbox, _) = start();
    let mut file = Vec::new();
    sandbox.save(&mut file).unwrap();
    let file = String::from_utf8(file).unwrap();
    let lines = file.lines().map(
        |line| match line.starts_with(r#"{"table":"messages","next""#) {
            true => format!(r#"{{"table":"messages","next":{}}}"#, u32::MAX),
            false => line.to_owned(),
        },
    );
    let file = lines.collect::<Vec<_>>().join("\n") + "\n";
    let full = Sandbox::load(Options::for_tests(), file.as_bytes()).unwrap();
    let alice = person(&full, "alice");
    let to_erin = json!({"toPersonEmail": "erin@example.com", "text": "x"});
    refused(&full, &alice, ("POST", "/v1/messages", to_erin), 403).await;
    refused(
        &full,
        &alice,
        ("POST", "/v1/teams", json!({"name": "T"})),
        403,
    )
    .await;
    alice.get("/v1/rooms").await.json(200);
}

#[tokio::test]
async fn what_is_refused_is_told_to_no_webhook() {
    let (sandbox, alice) = start();
    let (url, mut deliveries) = target(StatusCode::OK).await;
    let ids = some_ids(&sandbox).await;
    register(&person(&sandbox, "erin"), &url, "all", "all", None).await;
    let parent = &ids.iter().find(|(kind, _)| *kind == "/messages").unwrap().1;
    let body = json!({"toPersonEmail": "erin@example.com", "text": "x", "parentId": parent});
    alice.post("/v1/messages", body).await.json(400);
    // The first that Erin hears of is the room that the second request opens.
    let body = json!({"toPersonEmail": "erin@example.com", "text": "y"});
    let room = text(&alice.post("/v1/messages", body).await.json(200)["roomId"]);
    let (_, told, _) = next(&mut deliveries).await;
    assert_eq!(told["resource"], "memberships");
    assert_eq!(told["data"]["roomId"], room.as_str());
}
