//! Answers are short: what a list costs beside Webex's own JSON, and ids, which are shown short and
//! taken by every tool.

use axum::body::{Body, to_bytes};
use axum::http::Request;
use serde_json::{Value, json};
use tower::ServiceExt as _;
use webex::id::ResourceId;

use crate::door::Door;
use crate::world::World;

const MESSAGES: u64 = 50;

/// Percent of the bytes of Webex's JSON for the same messages.
const TEXT_MAX_PERCENT: usize = 35;
const WHOLE_MAX_PERCENT: usize = 70;

/// What Webex answers to this path, to the byte.
async fn webexs(world: &World, path: &str) -> Vec<u8> {
    let get = Request::get(path)
        .header("authorization", "Bearer sandbox-alice")
        .header("host", "127.0.0.1:1")
        .body(Body::empty())
        .unwrap();
    let answer = world.sandbox.router().oneshot(get).await.unwrap();
    let body = to_bytes(answer.into_body(), usize::MAX).await.unwrap();
    body.to_vec()
}

/// A space of the demo company that has what spaces have: threads, mentions, files, Markdown, long
/// messages and short ones.
#[tokio::test(crate = "crate::journey")]
async fn a_list_of_messages_is_shorter_than_webexs_own() {
    let door = Door::new();
    let room = door.world.space("Project Unicorn").await;
    let room = webex_mcp::text::whole_id("ROOM", &room).unwrap();
    let path = format!("/v1/messages?roomId={room}&max={MESSAGES}");
    let webexs = webexs(&door.world, &path).await;
    let items: Value = serde_json::from_slice(&webexs).unwrap();
    let items = items["items"].as_array().unwrap().clone();
    assert_eq!(items.len() as u64, MESSAGES);
    for field in ["parentId", "mentionedPeople", "files", "markdown", "html"] {
        let with = items.iter().filter(|item| item.get(field).is_some());
        assert!(with.count() > 0, "no message has {field}");
    }

    let list = json!({"roomId": room, "max": MESSAGES});
    let whole = door.call_as_sent("webex-get-message", list).await;
    let result: Value = serde_json::from_str(&whole).unwrap();
    let text = result["result"]["content"][0]["text"].as_str().unwrap();
    let told = &result["result"]["structuredContent"]["messages"];
    assert_eq!(told.as_array().unwrap().len() as u64, MESSAGES);
    let percent = |bytes: usize| bytes * 100 / webexs.len();
    let (text_percent, whole_percent) = (percent(text.len()), percent(whole.len()));
    assert!(
        text_percent < TEXT_MAX_PERCENT && whole_percent < WHOLE_MAX_PERCENT,
        "of {} bytes: text {text_percent} %, whole result {whole_percent} %",
        webexs.len()
    );
}

/// Whether a text has an id in the form in which Webex gives it.
fn has_webexs_form(text: &str) -> bool {
    let words = text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_' && c != '-');
    let mut words = words.filter(|word| word.len() > 40);
    // Files are URLs, and those of meetings have no parts.
    words.any(|word| ResourceId::parse(word).is_some_and(|id| id.kind != "CONTENT"))
}

#[tokio::test(crate = "crate::journey")]
async fn an_id_that_one_tool_shows_is_taken_by_every_other() {
    let world = World::new().with_every_tool();
    let made = |tool, arguments| world.facts("alice", tool, arguments);
    let space = made("webex-create-space", json!({"title": "Aviary"})).await;
    let room = &space["id"];
    let words = json!({"roomId": room, "text": "hello"});
    let first = made("webex-create-message", words.clone()).await;
    let second = made("webex-create-message", words).await;
    let bob = made("webex-search-people", json!({"email": "bob@example.com"}));
    let bob = &bob.await["people"][0]["id"];
    let team = made("webex-create-team", json!({"name": "Fledglings"})).await;
    let team = &team["id"];
    let filter = format!("roomId={}", room.as_str().unwrap());
    let hook = json!({"name": "n", "targetUrl": "https://a.example.com/", "resource": "messages",
        "event": "created", "filter": filter});
    let hook = made("webex-create-webhook", hook).await;
    let mention = format!("<@personId:{}|Bob> look", bob.as_str().unwrap());
    let calls = [
        ("webex-get-space", json!({"roomId": room})),
        (
            "webex-add-membership",
            json!({"roomId": room, "personId": bob}),
        ),
        (
            "webex-get-membership",
            json!({"roomId": room, "personId": bob}),
        ),
        ("webex-get-message", json!({"messageId": first["id"]})),
        (
            "webex-get-message",
            json!({"roomId": room, "beforeMessage": second["id"]}),
        ),
        (
            "webex-get-message",
            json!({"roomId": room, "mentionedPeople": "me"}),
        ),
        (
            "webex-create-thread-reply",
            json!({"roomId": room, "parentId": first["id"], "text": "hi"}),
        ),
        (
            "webex-get-thread",
            json!({"roomId": room, "parentId": first["id"]}),
        ),
        (
            "webex-get-message",
            json!({"roomId": room, "parentId": first["id"]}),
        ),
        (
            "webex-edit-message",
            json!({"messageId": first["id"], "text": "hi"}),
        ),
        ("webex-get-person", json!({"personId": bob})),
        ("webex-search-people", json!({"personIds": [bob]})),
        (
            "webex-create-message",
            json!({"toPersonId": bob, "text": "hi"}),
        ),
        (
            "webex-add-team-membership",
            json!({"teamId": team, "personId": bob}),
        ),
        ("webex-get-team-membership", json!({"teamId": team})),
        ("webex-get-webhook", json!({"webhookId": hook["id"]})),
        (
            "webex-update-webhook",
            json!({"webhookId": hook["id"], "name": "m"}),
        ),
        ("webex-find", json!({"query": "Aviary"})),
    ];
    for (tool, arguments) in calls {
        let answer = world.answer("alice", tool, arguments.clone()).await;
        // The filter of a webhook stays as Webex has it.
        let is_webhook = tool.ends_with("-webhook");
        assert!(
            is_webhook || !has_webexs_form(&answer.text),
            "{tool}: {}",
            answer.text
        );
        let facts = answer.facts.as_str();
        assert!(is_webhook || !has_webexs_form(facts), "{tool}: {facts}");
    }
    let mention = json!({"roomId": room, "markdown": mention});
    let mention = made("webex-create-message", mention).await;
    assert_eq!(mention["mentions"], json!([bob]));
    let members = made("webex-get-membership", json!({"roomId": room})).await;
    let members = members["memberships"].as_array().unwrap().clone();
    let member = members
        .iter()
        .find(|member| member["personId"] == *bob)
        .unwrap();
    let moderator = json!({"membershipId": member["id"], "isModerator": true});
    made("webex-update-membership", moderator).await;
    let members = made("webex-get-team-membership", json!({"teamId": team})).await;
    let members = members["memberships"].as_array().unwrap().clone();
    let member = members
        .iter()
        .find(|member| member["personId"] == *bob)
        .unwrap();
    let moderator = json!({"teamMembershipId": member["id"], "isModerator": true});
    made("webex-update-team-membership", moderator).await;
}

/// An id says where its thing is, so nothing is looked up for it.
#[tokio::test(crate = "crate::journey")]
async fn a_short_id_costs_no_request() {
    let world = World::new();
    let room = world.space("Project Unicorn").await;
    let list = json!({"roomId": room, "max": 2});
    let listed = world.facts("alice", "webex-get-message", list).await;
    assert_eq!(world.wire_calls(), ["GET /v1/messages"]);
    for message in listed["messages"].as_array().unwrap() {
        let one = json!({"messageId": message["id"]});
        let one = world.facts("alice", "webex-get-message", one).await;
        assert_eq!(one["messages"][0]["id"], message["id"]);
        assert_eq!(one["messages"][0]["roomId"], json!(room));
        assert_eq!(world.wire_calls().len(), 1);
    }
}
