//! Posting, threads, edits, mentions, deletion, bots.

use serde_json::{Value, json};

use crate::{items, person, start, text};

fn card() -> Value {
    json!({"contentType": "application/vnd.microsoft.card.adaptive",
           "content": {"type": "AdaptiveCard", "version": "1.3", "body": []}})
}

#[tokio::test]
async fn what_cannot_be_posted_is_refused_with_webex_words() {
    let (sandbox, alice) = start();
    let room = alice.room("Project Unicorn").await;
    let other = alice.room("Engineering").await;
    let root = alice.say(&room, "root").await;
    let body = json!({"roomId": room, "parentId": root, "text": "reply"});
    let reply = text(&alice.post("/v1/messages", body).await.json(200)["id"]);
    let leadership = alice.room("Leadership").await;
    let long = "ä".repeat(3720);
    let announcements = alice.room("Announcements").await;
    let cases = [
        ("nothing", json!({"roomId": room}), 400),
        ("blank", json!({"roomId": room, "text": "  "}), 400),
        ("no destination", json!({"text": "x"}), 400),
        (
            "two destinations",
            json!({"roomId": room, "toPersonEmail": "bob@example.com", "text": "x"}),
            400,
        ),
        ("7440 bytes", json!({"roomId": room, "text": long}), 400),
        (
            "7439 bytes",
            json!({"roomId": room, "text": format!("{}a", "ä".repeat(3719))}),
            200,
        ),
        (
            "two files",
            json!({"roomId": room, "files": ["https://a.example/1", "https://a.example/2"]}),
            400,
        ),
        (
            "no URL",
            json!({"roomId": room, "files": ["file:///etc/passwd"]}),
            400,
        ),
        (
            "two cards",
            json!({"roomId": room, "text": "x", "attachments": [card(), card()]}),
            400,
        ),
        (
            "no card",
            json!({"roomId": room, "text": "x", "attachments": [{"content": {}}]}),
            400,
        ),
        (
            "one card",
            json!({"roomId": room, "text": "x", "attachments": [card()]}),
            200,
        ),
        (
            "reply to a reply",
            json!({"roomId": room, "parentId": reply, "text": "x"}),
            400,
        ),
        (
            "thread of another room",
            json!({"roomId": other, "parentId": root, "text": "x"}),
            400,
        ),
        (
            "unknown parent",
            json!({"roomId": room, "parentId": "nonsense", "text": "x"}),
            400,
        ),
        (
            "unknown room",
            json!({"roomId": "nonsense", "text": "x"}),
            404,
        ),
        (
            "unknown person",
            json!({"toPersonEmail": "nobody@example.com", "text": "x"}),
            404,
        ),
        (
            "oneself",
            json!({"toPersonEmail": "alice@example.com", "text": "x"}),
            400,
        ),
        (
            "announcements",
            json!({"roomId": announcements, "text": "x"}),
            403,
        ),
    ];
    for (name, body, status) in cases {
        let answer = alice.post("/v1/messages", body).await;
        assert_eq!(answer.status.as_u16(), status, "{name}: {}", answer.text());
        if status >= 400 {
            let problem = answer.json(status);
            assert!(
                problem["message"].is_string() && problem["errors"][0]["description"].is_string(),
                "{name}"
            );
            assert_eq!(problem["trackingId"], answer.header("trackingid"), "{name}");
        }
    }
    let bob = person(&sandbox, "bob");
    let answer = bob
        .post("/v1/messages", json!({"roomId": leadership, "text": "x"}))
        .await;
    answer.json(404);
    let harold = person(&sandbox, "harold");
    harold.say(&announcements, "A moderator may.").await;
}

#[tokio::test]
async fn a_message_to_a_person_opens_their_room_once() {
    let (sandbox, alice) = start();
    let erin = person(&sandbox, "erin");
    alice
        .get("/v1/messages/direct?personEmail=erin@example.com")
        .await
        .json(404);
    let body = json!({"toPersonEmail": "Erin@example.com", "text": "hello"});
    let first = alice.post("/v1/messages", body).await.json(200);
    assert_eq!(first["toPersonEmail"], "Erin@example.com");
    assert_eq!(first["roomType"], "direct");
    let body = json!({"toPersonId": alice.id().await, "text": "hello back"});
    let second = erin.post("/v1/messages", body).await.json(200);
    assert_eq!(first["roomId"], second["roomId"]);
    let direct = alice
        .get("/v1/messages/direct?personEmail=erin@example.com")
        .await;
    let texts: Vec<String> = items(&direct.json(200))
        .iter()
        .map(|item| text(&item["text"]))
        .collect();
    assert_eq!(texts, ["hello back", "hello"]);
    let room = text(&first["roomId"]);
    let title = |answer: Value| text(&answer["title"]);
    let path = format!("/v1/rooms/{room}");
    assert_eq!(title(alice.get(&path).await.json(200)), "Erin Novak");
    assert_eq!(title(erin.get(&path).await.json(200)), "Alice Johnson");
}

#[tokio::test]
async fn mentions_reach_members_and_render() {
    let (_, alice) = start();
    let room = alice.room("Leadership").await;
    let markdown = "<@personEmail:harold@example.com|Harold>, <@personEmail:bob@example.com|Bob> and <@all>: **go**";
    let id = alice.say(&room, markdown).await;
    let message = alice.get(&format!("/v1/messages/{id}")).await.json(200);
    assert_eq!(message["text"], "Harold, Bob and All: go");
    assert_eq!(message["markdown"], markdown);
    let html = text(&message["html"]);
    assert!(
        html.contains("<spark-mention data-object-type=\"person\"")
            && html.contains("<strong>go</strong>"),
        "{html}"
    );
    let harold = alice
        .get("/v1/people?email=harold@example.com")
        .await
        .json(200);
    assert_eq!(
        message["mentionedPeople"],
        json!([harold["items"][0]["id"]])
    );
    assert_eq!(message["mentionedGroups"], json!(["all"]));
}

#[tokio::test]
async fn edits_are_ones_own_ten_at_most_and_never_with_files() {
    let (sandbox, alice) = start();
    let bob = person(&sandbox, "bob");
    let room = alice.room("Project Unicorn").await;
    let id = alice
        .say(&room, "first <@personEmail:bob@example.com>")
        .await;
    let path = format!("/v1/messages/{id}");
    let new = |words: &str| json!({"roomId": room, "markdown": words});
    bob.put(&path, new("mine")).await.json(403);
    alice
        .put(&path, json!({"markdown": "no room"}))
        .await
        .json(400);
    alice.put(&path, json!({"roomId": room})).await.json(400);
    for edit in 0..10 {
        let edited = alice
            .put(&path, new(&format!("edit {edit}")))
            .await
            .json(200);
        assert!(edited["updated"].is_string());
        assert!(edited.get("mentionedPeople").is_none());
    }
    alice.put(&path, new("one too many")).await.json(400);
    let mentions = format!("/v1/messages?roomId={room}&mentionedPeople=me");
    let mentions = bob.get(&mentions).await.json(200);
    assert!(
        items(&mentions)
            .iter()
            .all(|message| message["id"] != id.as_str())
    );
    let body = json!({"roomId": room, "files": ["https://example.com/plan.pdf"]});
    let with_file = text(&alice.post("/v1/messages", body).await.json(200)["id"]);
    alice
        .put(&format!("/v1/messages/{with_file}"), new("x"))
        .await
        .json(400);
}

#[tokio::test]
async fn authors_moderators_and_compliance_officers_delete() {
    let (sandbox, alice) = start();
    let room = alice.room("Leadership").await;
    let [harold, caroline, grace, bob] =
        ["harold", "caroline", "grace", "bob"].map(|name| person(&sandbox, name));
    for (who, status) in [
        (&bob, 404),
        (&caroline, 403),
        (&harold, 204),
        (&grace, 204),
        (&alice, 204),
    ] {
        let id = alice.say(&room, "delete me").await;
        let path = format!("/v1/messages/{id}");
        who.delete(&path).await.json(status);
        let left = alice.get(&path).await.status.as_u16();
        assert_eq!(left, if status == 204 { 404 } else { 200 });
    }
}

#[tokio::test]
async fn a_bot_sees_in_spaces_only_what_mentions_it() {
    let (sandbox, alice) = start();
    let bot = person(&sandbox, "ci-bot");
    let room = alice.room("CI/CD").await;
    let hidden = alice.say(&room, "not for robots").await;
    let shown = alice
        .say(&room, "<@personEmail:ci-bot@webex.bot> status")
        .await;
    bot.get(&format!("/v1/messages/{hidden}")).await.json(404);
    bot.get(&format!("/v1/messages/{shown}")).await.json(200);
    bot.get(&format!("/v1/messages?roomId={room}"))
        .await
        .json(403);
    let list = format!("/v1/messages?roomId={room}&mentionedPeople=me");
    let list = bot.get(&list).await.json(200);
    assert_eq!(list["items"][0]["id"], shown.as_str());
    assert_eq!(items(&list).len(), 2);
    let direct = bot
        .get("/v1/messages/direct?personEmail=alice@example.com")
        .await
        .json(200);
    assert_eq!(items(&direct).len(), 2);
}

#[tokio::test]
async fn refusals_say_what_webex_says_in_both_places() {
    let (sandbox, alice) = start();
    let bob = person(&sandbox, "bob");
    let room = bob.room("General").await;
    let hidden = person(&sandbox, "harold").room("Leadership").await;
    let long = "x".repeat(7_440);
    let destination = "Message destination could not be determined. Provide only one destination in the roomId, toPersonEmail, or toPersonId field";
    let length = "Unable to post message to room: Message length limited to 7439 characters before encryption and 10000 characters after encryption.";
    let missing_room = "Could not find a room with provided ID.";
    let post = |body: Value| ("POST", "/v1/messages".to_owned(), Some(body));
    let both = json!({"roomId": room, "toPersonEmail": "bob@example.com", "text": "x"});
    let nobody = json!({"toPersonEmail": "nobody@example.com", "text": "x"});
    let cases = [
        (post(json!({"text": "x"})), 400, destination),
        (post(both), 400, destination),
        (
            post(json!({"roomId": room})),
            400,
            "Both text and file cannot be empty.",
        ),
        (post(json!({"roomId": room, "text": long})), 400, length),
        (post(json!({"roomId": room, "html": long})), 400, length),
        (
            post(json!({"roomId": hidden, "text": "x"})),
            404,
            missing_room,
        ),
        (
            post(nobody),
            404,
            "Failed to find user with specified email address.",
        ),
        (
            ("GET", "/v1/messages/none".to_owned(), None),
            404,
            "Unable to get message.",
        ),
        (
            ("DELETE", "/v1/messages/none".to_owned(), None),
            404,
            "Unable to delete message.",
        ),
        (
            ("GET", "/v1/messages".to_owned(), None),
            400,
            "Required String parameter 'roomId' is not present",
        ),
        (
            ("GET", format!("/v1/rooms/{hidden}"), None),
            404,
            missing_room,
        ),
    ];
    for ((method, path, body), status, sentence) in cases {
        let told = bob.send(method, &path, body).await.json(status);
        assert_eq!(told["message"], sentence, "{method} {path}");
        assert_eq!(
            told["errors"][0]["description"], sentence,
            "{method} {path}"
        );
    }
    let bot = person(&sandbox, "ci-bot");
    let room = bot.room("CI/CD").await;
    let told = bot
        .get(&format!("/v1/messages?roomId={room}"))
        .await
        .json(403);
    assert_eq!(told["message"], "Failed to get activity.");
    // Meetings keep the reason out of the message, as Webex does there.
    let told = alice
        .post("/v1/meetings", json!({"title": "T"}))
        .await
        .json(400);
    let stock = "The request could not be understood by the server due to malformed syntax.";
    assert_eq!(told["message"], stock);
    assert_eq!(told["errors"][0]["description"], "start is required.");
}

#[tokio::test]
async fn a_message_in_html_alone_is_taken() {
    let (_sandbox, alice) = start();
    let room = alice.room("Project Unicorn").await;
    let html = "<b>Door</b> open<br/>since &lt;10 min";
    let said = alice
        .post("/v1/messages", json!({"roomId": room, "html": html}))
        .await
        .json(200);
    assert_eq!(said["html"], html);
    assert_eq!(said["text"], "Door open\nsince <10 min");
    assert!(said.get("markdown").is_none(), "{said}");
    let path = format!("/v1/messages/{}", text(&said["id"]));
    assert_eq!(alice.get(&path).await.json(200)["text"], said["text"]);

    let given = json!({"roomId": room, "html": "<i>x</i>", "text": "own words"});
    let said = alice.post("/v1/messages", given).await.json(200);
    assert_eq!(said["text"], "own words");
    let marked = json!({"roomId": room, "html": "<i>x</i>", "markdown": "**y**"});
    let said = alice.post("/v1/messages", marked).await.json(200);
    assert_eq!(
        (&said["text"], &said["markdown"]),
        (&json!("y"), &json!("**y**"))
    );
    let edit = json!({"roomId": room, "html": "<i>shut</i>"});
    assert_eq!(alice.put(&path, edit).await.json(200)["text"], "shut");
    let blank = json!({"roomId": room, "html": " "});
    alice.post("/v1/messages", blank).await.json(400);
}

/// What was sent is not repeated.
#[tokio::test]
async fn a_refused_body_names_the_field_that_is_wrong() {
    let (sandbox, alice) = start();
    let ada = crate::person(&sandbox, "ada");
    let both = json!({"toPersonId": "p", "toPersonEmail": "bob@example.com", "text": "x"});
    let person = |more: Value| {
        let mut person = json!({"emails": ["zoe@example.com"], "displayName": "Zoe"});
        person
            .as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        person
    };
    let hook = |filter: &str| {
        json!({"name": "n", "targetUrl": "http://127.0.0.1:9/", "resource": "messages",
               "event": "created", "filter": filter})
    };
    for (who, path, body, told) in [
        (
            &alice,
            "/v1/messages",
            both,
            "Message destination could not be determined.",
        ),
        (
            &alice,
            "/v1/messages",
            json!({"roomId": 7, "text": "x"}),
            "roomId: expected a string.",
        ),
        (
            &alice,
            "/v1/messages",
            json!({"roomId": "r", "text": []}),
            "text: expected a string.",
        ),
        (
            &alice,
            "/v1/rooms",
            json!({"title": {}}),
            "title: expected a string.",
        ),
        (
            &ada,
            "/v1/people",
            person(json!({"nickName": []})),
            "nickName: expected a string.",
        ),
        (
            &ada,
            "/v1/people",
            person(json!({"addresses": [{"country": 7}]})),
            "addresses: expected a string.",
        ),
        (
            &alice,
            "/v1/webhooks",
            hook("mentionedPeople=zzz"),
            "mentionedPeople must be one of me.",
        ),
        (
            &alice,
            "/v1/webhooks",
            hook("roomType=zzz"),
            "roomType must be one of direct, group.",
        ),
        (
            &alice,
            "/v1/webhooks",
            hook("hasFiles=maybe"),
            "hasFiles must be true or false.",
        ),
        (
            &alice,
            "/v1/webhooks",
            hook("colour=red"),
            "filter is not valid",
        ),
    ] {
        let refused = who.post(path, body).await.json(400);
        let sentence = text(&refused["errors"][0]["description"]);
        assert!(sentence.starts_with(told), "{path}: {sentence}");
    }
    let leadership = alice.room("Leadership").await;
    let hidden = alice.say(&leadership, "x").await;
    let bob = crate::person(&sandbox, "bob");
    let unicorn = bob.room("Project Unicorn").await;
    let list = format!("/v1/messages?roomId={unicorn}&beforeMessage={hidden}");
    bob.get(&list).await.json(404);
}
