//! The live page: what it is served with, what it shows to whom, when it is told, who is refused.

use std::time::Duration;

use axum::body::Body;
use futures::StreamExt as _;
use http::{Request, StatusCode};
use http_body_util::BodyExt as _;
use serde_json::{Value, json};
use tower::ServiceExt as _;
use webex_sandbox::{MeetingAction, Sandbox};

use crate::webhooks::{next, register, target};
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
    let page = admin.get("/_sandbox/").await;
    let policy = page.header("content-security-policy");
    let (_, nonce) = policy.split_once("script-src 'nonce-").unwrap();
    let (nonce, _) = nonce.split_once('\'').unwrap();
    for rule in ["default-src 'none'", "frame-ancestors 'none'"] {
        assert!(policy.contains(rule), "{policy}");
    }
    let text = page.text();
    let scripts = text.matches("<script").count();
    let styles = text.matches("<style").count() + text.matches("stylesheet").count();
    let allowed = text.matches(&format!("nonce=\"{nonce}\"")).count();
    assert_eq!((scripts, scripts + styles), (2, allowed));
    for forbidden in ["{nonce}", "onclick=", "onload=", "onerror=", "onsubmit="] {
        assert!(!text.contains(forbidden), "{forbidden}: {text}");
    }
    let imports = "page dom ask address spaces messages markup card card_inputs composer calls webhooks faults";
    let scripts = imports.split(' ').map(|name| format!("{name}.js"));
    let mut paths: Vec<String> = scripts.map(|name| format!("/_sandbox/{name}")).collect();
    paths.extend(["/_sandbox/", "/_sandbox/live.css", "/_sandbox/theme.js"].map(str::to_owned));
    for path in paths {
        let answer = admin.get(&path).await;
        assert_eq!(answer.status, 200, "{path}");
        let expected = match path.rsplit_once('.') {
            Some((_, "css")) => "text/css; charset=utf-8",
            Some((_, "js")) => "text/javascript; charset=utf-8",
            _ => "text/html; charset=utf-8",
        };
        assert_eq!(answer.header("content-type"), expected);
        assert_eq!(answer.header("x-content-type-options"), "nosniff");
        let text = answer.text();
        for forbidden in [
            "https://",
            "innerHTML",
            "outerHTML",
            "insertAdjacentHTML",
            "document.write",
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
    let calls = admin.get("/_sandbox/calls?newest=2").await.json(200);
    let calls = items(&calls);
    let last = (
        &calls[1]["path"],
        &calls[1]["status"],
        &calls[1]["principal"],
    );
    assert_eq!(
        last,
        (
            &json!("/v1/rooms/none"),
            &json!(404),
            &json!("alice@example.com")
        )
    );
    assert_eq!(calls[0]["method"], "POST");
}

/// The list of the page is short; what is looked for and what is open is known all the same.
#[tokio::test]
async fn spaces_beyond_the_list_are_found_and_opened() {
    let (sandbox, alice) = start();
    let admin = admin(&sandbox);
    let title = |title: &str| json!({"title": title});
    let oldest = alice.post("/v1/rooms", title("Ärchive of 2019")).await;
    let oldest = text(&oldest.json(200)["id"]);
    for number in 0..210 {
        let room = title(&format!("Busy {number}"));
        alice.post("/v1/rooms", room).await.json(200);
    }
    let overview = async |query: &str| {
        let path = format!("/_sandbox/overview?{query}");
        admin.get(&path).await.json(200)
    };
    let listed = overview("").await;
    assert_eq!(titles(&listed).len(), 200);
    assert!(!titles(&listed).contains(&"Ärchive of 2019".to_owned()));
    assert_eq!(listed["space"], Value::Null);
    let id = alice.id().await;
    for viewer in ["", &format!("&as={id}")] {
        let found = overview(&format!("find=%C3%A4RCHIVE%20{viewer}")).await;
        assert_eq!(titles(&found), ["Ärchive of 2019"]);
        assert_eq!(found["spaceCount"], 1);
        let open = overview(&format!("find=Busy%207&space={oldest}{viewer}")).await;
        assert_eq!(open["spaceCount"], 11);
        assert_eq!(open["space"]["title"], "Ärchive of 2019");
    }
    // Who is not in a space does not open it.
    let bob = person(&sandbox, "bob").id().await;
    let hidden = overview(&format!("space={oldest}&as={bob}")).await;
    assert_eq!(hidden["space"], Value::Null);
    assert_eq!(overview("find=nowhere&space=none").await["spaceCount"], 0);
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

/// The page shows a bot what the API lists for it and what it wrote, and no message that the API
/// refuses.
#[tokio::test]
async fn a_bot_is_shown_what_mentions_it_and_what_it_wrote() {
    let (sandbox, alice) = start();
    let (admin, bot) = (admin(&sandbox), person(&sandbox, "ci-bot"));
    let room = alice.room("CI/CD").await;
    let root = alice.say(&room, "not for the bot").await;
    let mention = "<@personEmail:ci-bot@webex.bot|CI> again";
    let reply = json!({"roomId": room, "parentId": root, "markdown": mention});
    alice.post("/v1/messages", reply).await.json(200);
    let own = bot.say(&room, "Build 1 is green.").await;
    bot.say(&room, "<@personEmail:ci-bot@webex.bot|CI>").await;
    let soon = json!({"title": "Bots", "start": "2026-01-05T10:00:00Z", "end": "2026-01-05T10:30:00Z",
                      "invitees": [{"email": "ci-bot@webex.bot"}]});
    alice.post("/v1/meetings", soon).await.json(200);

    let listed = bot
        .ids(&format!("/v1/messages?roomId={room}&mentionedPeople=me"))
        .await;
    let all = format!("/v1/messages?roomId={room}&max=1000");
    let all = alice.get(&all).await.json(200);
    let all = items(&all).iter();
    let expected = all.filter(|one| {
        one["personEmail"] == "ci-bot@webex.bot" || listed.contains(&text(&one["id"]))
    });
    let expected: Vec<String> = expected.map(|one| text(&one["id"])).collect();
    assert!(expected.contains(&own) && expected.len() > 50);
    let id = bot.id().await;
    let shown = conversation(&admin, &room, &format!("as={id}")).await;
    let ids: Vec<String> = items(&shown).iter().map(|item| text(&item["id"])).collect();
    assert_eq!(ids, expected[..50]);
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
    assert_eq!(space["messageCount"], expected.len());
}

/// What a message looks like comes along, and who can be mentioned; a bot is marked as one.
#[tokio::test]
async fn messages_come_as_they_are_to_be_shown() {
    let (sandbox, alice) = start();
    let (admin, bot) = (admin(&sandbox), person(&sandbox, "ci-bot"));
    let room = alice.room("CI/CD").await;
    alice.say(&room, "**bold** `code`").await;
    bot.say(&room, "done").await;
    let plain = json!({"roomId": room, "text": "1 < 2"});
    alice.post("/v1/messages", plain).await.json(200);
    let shown = conversation(&admin, &room, "").await;
    let item = |text: &str| items(&shown).iter().find(|item| item["text"] == text);
    let bold = item("bold code").unwrap();
    assert_eq!(
        (&bold["html"], &bold["isBot"]),
        (
            &json!("<p><strong>bold</strong> <code>code</code></p>"),
            &json!(false)
        )
    );
    assert_eq!(item("1 < 2").unwrap()["html"], Value::Null);
    assert_eq!(item("done").unwrap()["isBot"], true);
    let members = shown["members"].as_array().unwrap();
    let bots = json!({"name": "CI Bot", "email": "ci-bot@webex.bot"});
    assert!(members.contains(&bots), "{members:?}");
}

/// Whoever is looked as acts with a token of their own, through the API.
#[tokio::test]
async fn the_overview_has_what_it_takes_to_act_as_somebody() {
    let (sandbox, _) = start();
    let overview = admin(&sandbox).get("/_sandbox/overview").await.json(200);
    for someone in overview["people"].as_array().unwrap() {
        let them = Person {
            router: sandbox.router(),
            token: text(&someone["token"]),
        };
        let me = them.get("/v1/people/me").await.json(200);
        assert_eq!(
            (&me["id"], &me["emails"][0]),
            (&someone["id"], &someone["email"])
        );
    }
}

#[tokio::test]
async fn a_call_says_when_it_came_how_long_it_took_and_what_struck_it() {
    let (sandbox, alice) = start();
    let admin = admin(&sandbox);
    let fault = json!({"times": 2, "path": "/v1/teams", "fault": {"kind": "status", "code": 503}});
    admin.post("/_sandbox/faults", fault).await.json(204);
    let share = json!({"share": 0.5, "method": "DELETE", "fault": {"kind": "slow", "delayMs": 1}});
    admin.post("/_sandbox/faults", share).await.json(204);
    let sequence = json!({"sequence": "..x", "path": "/v1/none", "fault": {"kind": "hang"}});
    admin.post("/_sandbox/faults", sequence).await.json(204);
    alice.get("/v1/people/me").await.json(200);
    let refused = alice.get("/v1/teams").await;
    refused.json(503);

    let calls = admin.get("/_sandbox/calls?newest=2").await.json(200);
    let (me, teams) = (&items(&calls)[0], &items(&calls)[1]);
    assert_eq!(items(&calls).len(), 2);
    assert_eq!((&me["status"], &me["fault"]), (&json!(200), &Value::Null));
    assert_eq!(
        (&teams["status"], &teams["fault"]),
        (&json!(503), &json!("status"))
    );
    assert_eq!(teams["trackingId"], refused.header("trackingid"));
    assert_eq!(teams["started"], "2026-01-05T09:00:00Z");
    assert!(teams["durationMs"].is_u64(), "{teams}");

    let waiting = admin.get("/_sandbox/faults").await.json(200);
    let waiting = items(&waiting);
    let words: Vec<_> = waiting
        .iter()
        .map(|order| (&order["times"], &order["share"], &order["sequence"]))
        .collect();
    let none = &Value::Null;
    assert_eq!(
        words,
        [
            (&json!(2), none, none),
            (none, &json!(0.5), none),
            (none, none, &json!("..x"))
        ]
    );
    assert_eq!(
        (&waiting[0]["path"], &waiting[0]["met"]),
        (&json!("/v1/teams"), &json!(1))
    );
    assert_eq!(waiting[0]["fault"]["kind"], "status");
    admin.delete("/_sandbox/faults").await.json(204);
    let waiting = admin.get("/_sandbox/faults").await.json(200);
    assert!(items(&waiting).is_empty());
}

/// A delivery is remembered with its outcome, and sent once more as it was.
#[tokio::test]
async fn webhooks_are_shown_with_what_was_sent_to_them() {
    let (sandbox, alice) = start();
    let admin = admin(&sandbox);
    let (url, mut target) = target(StatusCode::ACCEPTED).await;
    let hook = register(&alice, &url, "messages", "created", None).await;
    let room = alice.room("Leadership").await;
    alice.say(&room, "Hello").await;
    let (headers, _, body) = next(&mut target).await;
    let shown = sent(&admin, 1).await;
    let webhook = &shown["webhooks"][0];
    assert_eq!(
        (&webhook["id"], &webhook["owner"], &webhook["isActive"]),
        (&hook["id"], &json!("Alice Johnson"), &json!(true))
    );
    let delivery = &shown["deliveries"][0];
    assert_eq!(
        (
            &delivery["status"],
            &delivery["webhookId"],
            &delivery["resource"]
        ),
        (&json!(202), &hook["id"], &json!("messages"))
    );
    assert_eq!(text(&delivery["body"]), body);
    assert_eq!(text(&delivery["signature"]), headers["x-spark-signature"]);

    let again = json!({"number": delivery["number"]});
    admin.post("/_sandbox/deliveries", again).await.json(202);
    let (again, _, same) = next(&mut target).await;
    assert_eq!(
        (&same, &again["x-spark-signature"]),
        (&body, &headers["x-spark-signature"])
    );
    let twice = sent(&admin, 2).await;
    assert_eq!(twice["deliveries"][0]["number"], 1);
    let unknown = json!({"number": 99});
    admin.post("/_sandbox/deliveries", unknown).await.json(404);

    // Bob has none of it.
    let bob = person(&sandbox, "bob").id().await;
    let his = admin.get(&format!("/_sandbox/webhooks?as={bob}")).await;
    assert_eq!(his.json(200), json!({"webhooks": [], "deliveries": []}));
}

/// Waits until so many deliveries are remembered; each of them wakes the page.
async fn sent(admin: &Person, count: usize) -> Value {
    let request = Request::get("/_sandbox/changes").header("host", "localhost");
    let request = request.body(Body::empty()).unwrap();
    let response = admin.router.clone().oneshot(request).await.unwrap();
    let mut changes = response.into_body().into_data_stream();
    loop {
        let shown = admin.get("/_sandbox/webhooks").await.json(200);
        if shown["deliveries"].as_array().unwrap().len() >= count {
            return shown;
        }
        changes.next().await.unwrap().unwrap();
    }
}
