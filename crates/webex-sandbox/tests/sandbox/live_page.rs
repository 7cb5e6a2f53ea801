//! The live page: what it is served with, what it shows to whom, when it is told, who is refused.

use std::time::Duration;

use axum::body::Body;
use futures::StreamExt as _;
use http::Request;
use http_body_util::BodyExt as _;
use serde_json::{Value, json};
use tower::ServiceExt as _;
use webex_sandbox::{MeetingAction, Sandbox};

use crate::{Answer, Person, items, person, start, text};

/// Pages that can be open at once.
const MAX_STREAMS: usize = 64;

fn admin(sandbox: &Sandbox) -> Person {
    Person {
        router: sandbox.admin_router(),
        token: "none".to_owned(),
    }
}

async fn conversation(admin: &Person, room: &str, query: &str) -> Value {
    let path = format!("/_sandbox/spaces/{room}/messages?{query}");
    admin.get(&path).await.json(200)
}

fn titles(overview: &Value) -> Vec<String> {
    let spaces = overview["spaces"].as_array().unwrap().iter();
    spaces.map(|space| text(&space["title"])).collect()
}

#[tokio::test]
async fn the_page_loads_nothing_from_elsewhere() {
    let (sandbox, _) = start();
    let admin = admin(&sandbox);
    for (path, content_type) in [
        ("/_sandbox/", "text/html; charset=utf-8"),
        ("/_sandbox/page.css", "text/css; charset=utf-8"),
        ("/_sandbox/page.js", "text/javascript; charset=utf-8"),
    ] {
        let answer = admin.get(path).await;
        assert_eq!(answer.status, 200, "{path}");
        assert_eq!(answer.header("content-type"), content_type);
        assert_eq!(answer.header("x-content-type-options"), "nosniff");
        let policy = answer.header("content-security-policy");
        for rule in [
            "default-src 'none'",
            "script-src 'self'",
            "frame-ancestors 'none'",
        ] {
            assert!(policy.contains(rule), "{path}: {policy}");
        }
        let text = answer.text();
        for forbidden in [
            "https://",
            "innerHTML",
            "insertAdjacentHTML",
            "style=\"",
            "eval(",
        ] {
            assert!(!text.contains(forbidden), "{path} has {forbidden}");
        }
    }
    for path in ["/", "/_sandbox"] {
        let request = Request::get(path).header("host", "localhost");
        let answer = admin.raw(request.body(Body::empty()).unwrap()).await;
        assert_eq!(answer.status, 307, "{path}");
        assert_eq!(answer.header("location"), "/_sandbox/");
    }
}

#[tokio::test]
async fn other_sites_reach_nothing_of_the_administration() {
    let (sandbox, _) = start();
    let router = sandbox.router().merge(sandbox.admin_router());
    let before = sandbox.clock().now();
    let foreign = [
        ("rebound.example:8485", None),
        ("localhost:8485", Some("https://evil.example")),
        ("localhost:8485", Some("null")),
    ];
    for (host, origin) in foreign {
        for (method, path) in [
            ("GET", "/_sandbox/"),
            ("GET", "/_sandbox/overview"),
            ("GET", "/_sandbox/changes"),
            ("GET", "/_sandbox/people"),
            ("POST", "/_sandbox/clock"),
        ] {
            let mut request = Request::builder()
                .method(method)
                .uri(path)
                .header("host", host)
                .header("content-type", "application/json");
            if let Some(origin) = origin {
                request = request.header("origin", origin);
            }
            let body = Body::from(json!({"advanceSecs": 60}).to_string());
            let response = router.clone().oneshot(request.body(body).unwrap());
            let (parts, body) = response.await.unwrap().into_parts();
            let answer = Answer {
                status: parts.status,
                headers: parts.headers,
                body: body.collect().await.unwrap().to_bytes(),
            };
            let told = answer.json(403);
            assert!(text(&told["errors"][0]["description"]).contains("http://127.0.0.1"));
            assert!(!answer.text().contains("example"), "{}", answer.text());
        }
    }
    assert_eq!(sandbox.clock().now(), before);
    let own = Request::post("/_sandbox/clock")
        .header("host", "127.0.0.1:8485")
        .header("origin", "http://127.0.0.1:8485")
        .header("content-type", "application/json")
        .body(Body::from(json!({"advanceSecs": 60}).to_string()));
    let moved = router.oneshot(own.unwrap()).await.unwrap();
    assert_eq!(moved.status(), 200);
}

#[tokio::test]
async fn the_overview_is_that_of_whoever_looks() {
    let (sandbox, alice) = start();
    let admin = admin(&sandbox);
    let everybody = admin.get("/_sandbox/overview").await.json(200);
    assert_eq!(everybody["now"], "2026-01-05T09:00:00Z");
    let everything = titles(&everybody);
    assert_eq!(everybody["spaceCount"], everything.len());
    assert!(everything.contains(&"Alice Johnson and Bob Smith".to_owned()));
    let id = alice.id().await;
    let hers = admin.get(&format!("/_sandbox/overview?as={id}")).await;
    let hers = titles(&hers.json(200));
    assert!(hers.contains(&"Bob Smith".to_owned()) && hers.len() < everything.len());
    let bot = person(&sandbox, "ci-bot").id().await;
    let its = admin.get(&format!("/_sandbox/overview?as={bot}")).await;
    assert_eq!(titles(&its.json(200)), ["CI/CD", "Alice Johnson"]);
    admin.get("/_sandbox/overview?as=nobody").await.json(404);

    let room = alice.room("Leadership").await;
    alice.say(&room, "Hello").await;
    alice.get("/v1/rooms/none").await.json(404);
    let after = admin.get("/_sandbox/overview").await.json(200);
    assert_eq!(titles(&after)[0], "Leadership");
    let calls = after["calls"].as_array().unwrap();
    let last = (
        &calls[0]["path"],
        &calls[0]["status"],
        &calls[0]["principal"],
    );
    assert_eq!(
        last,
        (
            &json!("/v1/rooms/none"),
            &json!(404),
            &json!("alice@example.com")
        )
    );
    assert_eq!(calls[1]["method"], "POST");
}

#[tokio::test]
async fn meetings_that_run_come_before_those_that_are_next() {
    let (sandbox, _) = start();
    let admin = admin(&sandbox);
    let overview = admin.get("/_sandbox/overview").await.json(200);
    let meetings = overview["meetings"].as_array().unwrap();
    let next = |title: &str| meetings.iter().find(|one| one["title"] == title).unwrap();
    assert_eq!(next("Daily Standup")["isRunning"], false);
    let review = text(&next("Design Review")["id"]);
    sandbox.act(&review, MeetingAction::Start).unwrap();
    let email = "frank@example.com".to_owned();
    sandbox.act(&review, MeetingAction::Join { email }).unwrap();
    let overview = admin.get("/_sandbox/overview").await.json(200);
    let first = &overview["meetings"][0];
    assert_eq!(
        (&first["title"], &first["isRunning"]),
        (&json!("Design Review"), &json!(true))
    );
    assert_eq!(first["present"], json!(["Frank Osei"]));
    // Grace is not invited to anything.
    let grace = person(&sandbox, "grace").id().await;
    let hers = admin.get(&format!("/_sandbox/overview?as={grace}")).await;
    assert_eq!(hers.json(200)["meetings"], json!([]));
    // Time alone starts a meeting, while nobody calls the API.
    sandbox.clock().advance(Duration::from_secs(31 * 60));
    let overview = admin.get("/_sandbox/overview").await.json(200);
    let meetings = overview["meetings"].as_array().unwrap();
    let standup = meetings.iter().find(|one| one["title"] == "Daily Standup");
    assert_eq!(standup.unwrap()["isRunning"], true, "{overview}");
}

#[tokio::test]
async fn a_space_is_read_page_by_page_with_edits_and_deletions() {
    let (sandbox, alice) = start();
    let admin = admin(&sandbox);
    let room = alice.room("Project Unicorn").await;
    let root = alice.say(&room, "<img src=x onerror=alert(1)>").await;
    let tick = || sandbox.clock().advance(Duration::from_secs(1));
    for number in 0..50 {
        tick();
        alice.say(&room, &format!("number {number}")).await;
    }
    tick();
    let reply = json!({"roomId": room, "parentId": root, "text": "late"});
    let reply = text(&alice.post("/v1/messages", reply).await.json(200)["id"]);
    let edit = json!({"roomId": room, "text": "later"});
    alice
        .put(&format!("/v1/messages/{reply}"), edit)
        .await
        .json(200);
    let doomed = alice.say(&room, "a secret").await;
    alice
        .delete(&format!("/v1/messages/{doomed}"))
        .await
        .json(204);

    let newest = conversation(&admin, &room, "").await;
    assert_eq!(items(&newest).len(), 50);
    let first = &items(&newest)[0];
    assert_eq!(
        (&first["text"], &first["parentId"]),
        (&json!("later"), &json!(root))
    );
    assert!(first["edited"].is_string(), "{first}");
    assert_eq!(first["author"], "Alice Johnson");
    // The reply's parent lies on an older page, and comes along.
    assert_eq!(newest["parents"][0]["id"], json!(root));
    let deleted = newest["deleted"].as_array().unwrap();
    assert_eq!(deleted.len(), 1);
    assert_eq!(
        (&deleted[0]["id"], &deleted[0]["by"]),
        (&json!(doomed), &json!("Alice Johnson"))
    );
    assert!(!newest.to_string().contains("a secret"));

    let cursor = text(&newest["next"]);
    let older = conversation(&admin, &room, &format!("cursor={cursor}")).await;
    let ids: Vec<&Value> = items(&older).iter().map(|item| &item["id"]).collect();
    assert!(ids.contains(&&json!(root)), "{older}");
    assert_eq!(older["deleted"], json!([]));
    let path = format!("/_sandbox/spaces/{room}/messages");
    admin.get(&format!("{path}?cursor=garbage")).await.json(400);
    let grace = person(&sandbox, "grace").id().await;
    admin.get(&format!("{path}?as={grace}")).await.json(404);
    admin.get("/_sandbox/spaces/none/messages").await.json(404);
}

#[tokio::test]
async fn files_and_cards_are_shown_and_a_bot_sees_what_mentions_it() {
    let (sandbox, alice) = start();
    let admin = admin(&sandbox);
    let room = alice.room("CI/CD").await;
    let card = json!({"type": "AdaptiveCard", "version": "1.3", "body": [{"type": "TextBlock", "text": "Deploy?"}]});
    let attachment =
        json!({"contentType": "application/vnd.microsoft.card.adaptive", "content": card});
    let message = json!({"roomId": room, "markdown": "<@personEmail:ci-bot@webex.bot|CI> deploy", "attachments": [attachment]});
    alice.post("/v1/messages", message).await.json(200);
    let all = conversation(&admin, &room, "").await;
    assert_eq!(items(&all)[0]["cards"], json!([card]));
    let bot = person(&sandbox, "ci-bot").id().await;
    let its = conversation(&admin, &room, &format!("as={bot}")).await;
    assert!(items(&its).len() < items(&all).len() || all["next"].is_string());
    assert_eq!(items(&its)[0]["cards"], json!([card]));

    let launch = alice.room("Project Unicorn").await;
    let talk = conversation(&admin, &launch, "").await;
    let mut files = items(&talk)
        .iter()
        .flat_map(|item| item["files"].as_array().unwrap());
    let file = files.next().expect("a file in the demo company");
    assert!(
        file["bytes"].as_u64().unwrap() > 0 && file["state"] == "clean",
        "{file}"
    );
}

#[tokio::test]
async fn a_change_is_told_and_the_end_of_the_sandbox_ends_the_streams() {
    let (sandbox, alice) = start();
    let router = sandbox.admin_router();
    let open = || {
        let request = Request::get("/_sandbox/changes").header("host", "localhost");
        router.clone().oneshot(request.body(Body::empty()).unwrap())
    };
    let response = open().await.unwrap();
    assert_eq!(response.headers()["content-type"], "text/event-stream");
    let mut stream = response.into_body().into_data_stream();
    let first = stream.next().await.unwrap().unwrap();
    let number = |event: &[u8]| -> u64 {
        let event = std::str::from_utf8(event).unwrap();
        event
            .trim()
            .strip_prefix("data: ")
            .unwrap()
            .parse()
            .unwrap()
    };
    let room = alice.room("Leadership").await;
    alice.say(&room, "Hello").await;
    let second = stream.next().await.unwrap().unwrap();
    assert!(number(&second) > number(&first));

    let mut others = Vec::new();
    for _ in 1..MAX_STREAMS {
        others.push(open().await.unwrap());
    }
    let full = open().await.unwrap();
    assert_eq!(full.status(), 503);
    assert!(full.headers().contains_key("retry-after"));
    others.pop();
    let freed = open().await.unwrap();
    assert_eq!(freed.status(), 200);

    sandbox.ending().cancel();
    assert!(stream.next().await.is_none());
}

/// The page shows a bot what the API lists for it, and no message that the API refuses.
#[tokio::test]
async fn a_bot_is_shown_what_the_api_lists_for_it() {
    let (sandbox, alice) = start();
    let (admin, bot) = (admin(&sandbox), person(&sandbox, "ci-bot"));
    let room = alice.room("CI/CD").await;
    let root = alice.say(&room, "not for the bot").await;
    let mention = "<@personEmail:ci-bot@webex.bot|CI> again";
    let reply = json!({"roomId": room, "parentId": root, "markdown": mention});
    alice.post("/v1/messages", reply).await.json(200);
    bot.say(&room, "Build 1 is green.").await;
    let soon = json!({"title": "Bots", "start": "2026-01-05T10:00:00Z", "end": "2026-01-05T10:30:00Z",
                      "invitees": [{"email": "ci-bot@webex.bot"}]});
    alice.post("/v1/meetings", soon).await.json(200);

    let listed = bot
        .ids(&format!("/v1/messages?roomId={room}&mentionedPeople=me"))
        .await;
    let id = bot.id().await;
    let shown = conversation(&admin, &room, &format!("as={id}")).await;
    let ids: Vec<String> = items(&shown).iter().map(|item| text(&item["id"])).collect();
    assert_eq!(ids, listed);
    assert_eq!(shown["parents"], json!([]));
    bot.get(&format!("/v1/messages/{root}")).await.json(404);

    let overview = admin
        .get(&format!("/_sandbox/overview?as={id}"))
        .await
        .json(200);
    assert_eq!(overview["meetings"], json!([]));
    let spaces = overview["spaces"].as_array().unwrap();
    let space = spaces
        .iter()
        .find(|space| space["id"] == room.as_str())
        .unwrap();
    assert_eq!(space["messageCount"], listed.len());
}
