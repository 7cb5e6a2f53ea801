//! Events: everything that happened, for the compliance officer and nobody else.

use serde_json::{Value, json};

use crate::{Person, items, person, start, text, with_scopes};

async fn kinds(grace: &Person, query: &str) -> Vec<String> {
    let page = grace.get(&format!("/v1/events?{query}")).await.json(200);
    let kind = |event: &Value| format!("{} {}", text(&event["resource"]), text(&event["type"]));
    items(&page).iter().map(kind).collect()
}

#[tokio::test]
async fn only_the_compliance_officer_reads_events() {
    let (sandbox, _) = start();
    for name in ["alice", "ada", "ci-bot"] {
        person(&sandbox, name).get("/v1/events").await.json(403);
    }
    let scope = &["spark:all", "spark-compliance:events_read"];
    let alice = with_scopes(&sandbox, "alice@example.com", scope);
    alice.get("/v1/events").await.json(403);
    let grace = with_scopes(&sandbox, "grace@example.com", &["spark:all"]);
    grace.get("/v1/events").await.json(403);
    let grace = with_scopes(&sandbox, "grace@example.com", &scope[1..]);
    let page = grace.get("/v1/events?max=1").await.json(200);
    let path = format!("/v1/events/{}", text(&page["items"][0]["id"]));
    assert_eq!(grace.get(&path).await.json(200), page["items"][0]);
    grace.get("/v1/events/none").await.json(404);
}

#[tokio::test]
async fn what_happens_is_written_down_newest_first() {
    let (sandbox, alice) = start();
    let grace = person(&sandbox, "grace");
    sandbox.clock().advance(std::time::Duration::from_secs(60));
    let room = alice.post("/v1/rooms", json!({"title": "Secret"})).await;
    let room = text(&room.json(200)["id"]);
    let join = json!({"roomId": room, "personEmail": "bob@example.com"});
    let bob = alice.post("/v1/memberships", join).await.json(200);
    let message = alice.say(&room, "first").await;
    let path = format!("/v1/messages/{message}");
    let edit = json!({"roomId": room, "text": "second"});
    alice.put(&path, edit).await.json(200);
    alice.delete(&path).await;
    alice
        .delete(&format!("/v1/memberships/{}", text(&bob["id"])))
        .await;
    alice.delete(&format!("/v1/rooms/{room}")).await;
    let today = "from=2026-01-05T09:01:00.000Z";
    assert_eq!(
        kinds(&grace, today).await,
        [
            "rooms deleted",
            "memberships deleted",
            "messages deleted",
            "messages updated",
            "messages created",
            "memberships created",
            "rooms created",
            "memberships created",
        ]
    );
    let query = format!("/v1/events?{today}&resource=messages");
    let page = grace.get(&query).await.json(200);
    let texts = items(&page)
        .iter()
        .map(|event| event["data"]["text"].as_str());
    assert_eq!(
        texts.collect::<Vec<_>>(),
        [None, Some("second"), Some("first")]
    );
    let actor = alice.id().await;
    assert!(
        items(&page)
            .iter()
            .all(|event| event["actorId"] == actor.as_str())
    );
    assert_eq!(page["items"][0]["data"]["id"], message.as_str());
    let before = "to=2026-01-05T09:00:59.999Z&max=5";
    assert_eq!(kinds(&grace, before).await, ["messages created"; 5]);
    let filtered = format!("{today}&type=created&resource=rooms&actorId={actor}");
    assert_eq!(kinds(&grace, &filtered).await, ["rooms created"]);
    let other = format!("{today}&actorId={}", grace.id().await);
    assert!(kinds(&grace, &other).await.is_empty());
}

#[tokio::test]
async fn files_are_named_by_urls_that_the_officer_can_open() {
    let (sandbox, alice) = start();
    let grace = person(&sandbox, "grace");
    let room = alice.room("Leadership").await;
    let body = json!({"roomId": room, "files": ["https://example.com/plan.txt"]});
    let message = alice.post("/v1/messages", body).await.json(200);
    let page = grace.get("/v1/events?max=1").await.json(200);
    let url = text(&page["items"][0]["data"]["files"][0]);
    assert_eq!(url, message["files"][0]);
    let path = url.strip_prefix("http://webex.test").unwrap();
    assert_eq!(grace.get(path).await.status, 200);
}

#[tokio::test]
async fn the_links_of_a_transcript_are_those_of_its_reads() {
    let (sandbox, alice) = start();
    let grace = person(&sandbox, "grace");
    let transcripts = alice.get("/v1/meetingTranscripts").await.json(200);
    let transcript = &items(&transcripts)[0];
    // The event of the demo company's past was written before anybody asked.
    let events = "/v1/events?resource=meetingTranscripts&type=created";
    let events = grace.get(events).await.json(200);
    let data = &items(&events)[0]["data"];
    for (field, start) in [("vttDownloadLink", "WEBVTT"), ("txtDownloadLink", "Alice")] {
        assert_eq!(data[field], transcript[field]);
        let link = text(&data[field]);
        let path = link.strip_prefix("http://webex.test").unwrap();
        let told = grace.get(path).await.text();
        assert!(told.starts_with(start), "{told}");
    }
}

#[tokio::test]
async fn windows_and_services_have_rules() {
    let (sandbox, _) = start();
    let grace = person(&sandbox, "grace");
    for (query, status) in [
        ("to=2026-01-05T09:00:00.000Z", 200),
        ("to=2026-01-05T09:00:00.001Z", 400),
        ("from=yesterday", 400),
        ("from=2026-01-05T08:00:00Z&to=2026-01-05T07:00:00Z", 400),
        ("serviceType=calling", 400),
        ("resource=convergedRecordings", 400),
        ("resource=convergedRecordings&serviceType=calling", 200),
        ("resource=meetings", 200),
        ("max=0", 400),
    ] {
        let answer = grace.get(&format!("/v1/events?{query}")).await;
        assert_eq!(answer.status.as_u16(), status, "{query}");
    }
}

#[tokio::test]
async fn pages_of_events_join_without_gap_or_double() {
    let (sandbox, alice) = start();
    let grace = person(&sandbox, "grace");
    let whole = grace.get("/v1/events?resource=rooms").await.json(200);
    let mut ids = Vec::new();
    let mut next = Some("/v1/events?resource=rooms&max=4".to_owned());
    while let Some(path) = next {
        let page = grace.get(&path).await;
        ids.extend(items(&page.json(200)).iter().map(|item| text(&item["id"])));
        next = page.next();
        // What happens meanwhile is newer than every page that is left.
        alice.post("/v1/rooms", json!({"title": "new"})).await;
        assert!(ids.len() < 1_000);
    }
    let expected: Vec<String> = items(&whole).iter().map(|item| text(&item["id"])).collect();
    assert_eq!(ids, expected);
}

#[tokio::test]
async fn ended_meetings_and_their_transcripts_are_written_down() {
    let (sandbox, alice) = start();
    let grace = person(&sandbox, "grace");
    // The demo company's past is in the order of time, whatever it is about.
    let past = grace.get("/v1/events?max=1000").await.json(200);
    let moments: Vec<String> = items(&past)
        .iter()
        .map(|one| text(&one["created"]))
        .collect();
    assert!(moments.is_sorted_by(|newer, older| newer >= older));
    let new = json!({"title": "Retro", "start": "2026-01-05T10:00:00Z", "end": "2026-01-05T10:30:00Z",
                     "invitees": [{"email": "bob@example.com"}]});
    let id = text(&alice.post("/v1/meetings", new).await.json(200)["id"]);
    let minute = std::time::Duration::from_secs(60);
    sandbox.clock().advance(60 * minute);
    let say = webex_sandbox::MeetingAction::Say {
        email: "bob@example.com".to_owned(),
        text: "Hello.".to_owned(),
    };
    let instance = sandbox.act(&id, say).unwrap();
    sandbox.clock().advance(40 * minute);
    let since = "from=2026-01-05T10:00:00.000Z";
    let resources = "resource=meetings";
    assert_eq!(
        kinds(&grace, since).await,
        ["meetingTranscripts created", "meetings ended"]
    );
    let ended = grace.get(&format!("/v1/events?{since}&{resources}")).await;
    let ended = items(&ended.json(200))[0].clone();
    let data = &ended["data"];
    assert_eq!(
        (&data["id"], &ended["actorId"]),
        (&json!(instance), &data["creatorId"])
    );
    let attendees = data["attendees"].as_array().unwrap().iter();
    let attendees: Vec<String> = attendees.map(text).collect();
    let expected = [alice.id().await, person(&sandbox, "bob").id().await];
    assert_eq!(attendees, expected);
    assert_eq!(
        (&data["transcriptionEnabled"], &data["recordingEnabled"]),
        (&json!("true"), &json!("false"))
    );
    let list = format!("/v1/meetingTranscripts?meetingId={instance}");
    let transcript = text(&items(&alice.get(&list).await.json(200))[0]["id"]);
    let path = format!("/v1/meetingTranscripts/{transcript}");
    let snippet = format!("{path}/snippets/{transcript}_0");
    alice.put(&snippet, json!({"text": "Hi."})).await.json(200);
    alice.delete(&path).await;
    assert_eq!(
        kinds(&grace, &format!("{since}&max=2")).await,
        ["meetingTranscripts deleted", "meetingTranscripts updated"]
    );
}
