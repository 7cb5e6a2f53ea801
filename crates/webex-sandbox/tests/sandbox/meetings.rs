//! Meetings on the sandbox's clock: schedules, what happens of itself and by hand, and what is left.

use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::routing::post;
use serde_json::{Value, json};
use webex_sandbox::{MeetingAction, Sandbox};

use crate::{Person, items, person, start, text};

const MINUTE: Duration = Duration::from_secs(60);

async fn schedule(person: &Person, more: Value) -> Value {
    let mut body = json!({"title": "Retro", "start": "2026-01-05T10:00:00Z",
                          "end": "2026-01-05T10:30:00Z",
                          "invitees": [{"email": "bob@example.com"}]});
    body.as_object_mut()
        .unwrap()
        .extend(more.as_object().unwrap().clone());
    person.post("/v1/meetings", body).await.json(200)
}

fn act(sandbox: &Sandbox, id: &str, action: MeetingAction) -> String {
    sandbox.act(id, action).unwrap()
}

fn join(email: &str) -> MeetingAction {
    MeetingAction::Join {
        email: email.to_owned(),
    }
}

#[tokio::test]
async fn the_demo_company_has_a_calendar_and_a_past() {
    let (_, alice) = start();
    let meetings = alice.get("/v1/meetings").await.json(200);
    let titles: Vec<_> = items(&meetings)
        .iter()
        .map(|one| text(&one["title"]))
        .collect();
    assert_eq!(titles, ["Daily Standup", "Design Review"]);
    let past = alice
        .get("/v1/meetings?meetingType=meeting&state=ended&hasRecording=true")
        .await
        .json(200);
    let planning = &items(&past)[0];
    assert_eq!(planning["title"], "Project Unicorn Planning");
    assert_eq!(planning["state"], "ended");
    let id = text(&planning["id"]);
    assert!(webex::meetings::is_instance_id(&id));

    let people = alice
        .get(&format!("/v1/meetingParticipants?meetingId={id}"))
        .await
        .json(200);
    assert_eq!(items(&people).len(), 4);
    let recordings = alice.get("/v1/recordings").await.json(200);
    assert_eq!(items(&recordings)[0]["meetingId"], id.as_str());
    let found = alice
        .get(&format!("/v1/meetingTranscripts?meetingId={id}"))
        .await
        .json(200);
    let transcript = text(&items(&found)[0]["id"]);
    let path = format!("/v1/meetingTranscripts/{transcript}");
    let vtt = alice.get(&format!("{path}/download")).await;
    assert!(
        vtt.text()
            .starts_with("WEBVTT\n\n1 \"Alice Johnson\"\n00:00:40.000 --> "),
        "{}",
        vtt.text()
    );
    let snippets = alice.get(&format!("{path}/snippets?max=3")).await;
    assert!(snippets.headers.contains_key("link"));
    let snippet = text(&items(&snippets.json(200))[1]["id"]);
    let better = json!({"text": "The checkout is nearly done."});
    let edited = alice
        .put(&format!("{path}/snippets/{snippet}"), better)
        .await
        .json(200);
    assert_eq!(edited["personEmail"], "bob@example.com");
    let txt = alice.get(&format!("{path}/download?format=txt")).await;
    assert!(
        txt.text()
            .contains("Bob Smith: The checkout is nearly done.\n")
    );

    let summaries = alice
        .get(&format!("/v1/meetingSummaries?meetingId={id}"))
        .await
        .json(200);
    assert_eq!(
        items(&summaries)[0]["actionItems"]
            .as_array()
            .unwrap()
            .len(),
        2
    );
    let scheduled = text(&planning["scheduledMeetingId"]);
    assert!(webex::meetings::is_scheduled_id(&scheduled));
    alice
        .get(&format!("/v1/meetingTranscripts?meetingId={scheduled}"))
        .await
        .json(400);
}

#[tokio::test]
async fn a_meeting_happens_by_the_clock() {
    let (sandbox, alice) = start();
    let series = schedule(&alice, json!({})).await;
    assert_eq!(series["state"], "active");
    let id = text(&series["id"]);
    sandbox.clock().advance(59 * MINUTE);
    let list = format!("/v1/meetings?meetingSeriesId={id}");
    let before = alice.get(&list).await.json(200);
    assert_eq!(
        (items(&before).len(), &items(&before)[0]["state"]),
        (1, &json!("ready"))
    );
    sandbox.clock().advance(MINUTE);
    let during = alice.get(&format!("/v1/meetings/{id}")).await.json(200);
    assert_eq!(during["state"], "inProgress");
    let refused = alice
        .put(&format!("/v1/meetings/{id}"), json!({"title": "X"}))
        .await;
    assert!(refused.text().contains("Meeting is in progress"));
    let people = alice
        .get(&format!("/v1/meetingParticipants?meetingId={id}"))
        .await
        .json(200);
    assert!(items(&people).iter().all(|one| one["state"] == "joined"));
    let instances = format!("{list}&meetingType=meeting");
    let running = alice.get(&instances).await.json(200);
    let instance = format!("/v1/meetings/{}", text(&items(&running)[0]["id"]));
    // What there is to know of an ended meeting is there a quarter of an hour later.
    sandbox.clock().advance(44 * MINUTE);
    assert!(items(&alice.get(&instances).await.json(200)).is_empty());
    alice.get(&instance).await.json(404);
    sandbox.clock().advance(MINUTE);
    let after = alice.get(&instances).await.json(200);
    assert_eq!(items(&after)[0]["state"], "ended");
    assert_eq!(alice.get(&instance).await.json(200), items(&after)[0]);
    let over = alice.get(&format!("/v1/meetings/{id}")).await.json(200);
    assert_eq!(over["state"], "expired");
}

#[tokio::test]
async fn a_meeting_that_is_to_start_now_starts() {
    let (sandbox, alice) = start();
    sandbox.clock().advance(MINUTE / 2);
    let now = json!({"start": "2026-01-05T09:00:00Z", "end": "2026-01-05T09:30:00Z"});
    let id = text(&schedule(&alice, now).await["id"]);
    let running = alice.get(&format!("/v1/meetings/{id}")).await.json(200);
    assert_eq!(running["state"], "inProgress");
}

#[tokio::test]
async fn one_occurrence_moves_and_another_is_cancelled() {
    let (_, alice) = start();
    let series = schedule(&alice, json!({"recurrence": "FREQ=DAILY;COUNT=3"})).await;
    let id = text(&series["id"]);
    let list = format!("/v1/meetings?meetingSeriesId={id}&meetingType=scheduledMeeting");
    let all = alice.get(&list).await.json(200);
    let ids: Vec<_> = items(&all).iter().map(|one| text(&one["id"])).collect();
    assert_eq!(ids[1], format!("{id}_20260106T100000Z"));
    let moved = json!({"start": "2026-01-06T12:00:00Z", "agenda": "later"});
    let path = format!("/v1/meetings/{}", ids[1]);
    let moved = alice.send("PATCH", &path, Some(moved)).await.json(200);
    assert_eq!(moved["end"], "2026-01-06T12:30:00.000Z");
    let across = json!({"start": "2026-01-07T12:00:00Z", "end": "2026-01-07T13:00:00Z"});
    alice.send("PATCH", &path, Some(across)).await.json(400);
    assert_eq!(
        alice
            .delete(&format!("/v1/meetings/{}", ids[0]))
            .await
            .status,
        204
    );
    let left = alice.get(&list).await.json(200);
    let modified: Vec<_> = items(&left).iter().map(|one| &one["isModified"]).collect();
    assert_eq!(modified, [&json!(true), &json!(false)]);
    let cleared =
        json!({"recurrence": null, "trackingCodes": [{"name": "Team", "value": "Unicorn"}]});
    let once = alice
        .send("PATCH", &format!("/v1/meetings/{id}"), Some(cleared))
        .await
        .json(200);
    assert_eq!(once.get("recurrence"), None);
    assert_eq!(once["trackingCodes"][0]["value"], "Unicorn");
    assert_eq!(items(&alice.get(&list).await.json(200)).len(), 1);
}

#[tokio::test]
async fn strangers_wait_in_the_lobby_and_who_disturbs_is_expelled() {
    let (sandbox, alice) = start();
    let id = text(&schedule(&alice, json!({})).await["id"]);
    let instance = act(&sandbox, &id, MeetingAction::Start);
    act(&sandbox, &id, join("alice@example.com"));
    act(&sandbox, &instance, join("erin@example.com"));
    let list = format!("/v1/meetingParticipants?meetingId={instance}");
    let people = alice.get(&list).await.json(200);
    let erin = &items(&people)[1];
    assert_eq!(
        (&erin["state"], &erin["invitee"]),
        (&json!("lobby"), &json!(false))
    );
    let admit = json!({"items": [{"participantId": erin["id"]}]});
    let path = "/v1/meetingParticipants/admit";
    assert_eq!(
        person(&sandbox, "bob")
            .post(path, admit.clone())
            .await
            .status,
        404
    );
    assert_eq!(alice.post(path, admit).await.status, 204);
    let path = format!("/v1/meetingParticipants/{}", text(&erin["id"]));
    let muted = alice.put(&path, json!({"muted": true})).await.json(200);
    assert_eq!(
        (&muted["state"], &muted["muted"]),
        (&json!("joined"), &json!(true))
    );
    let expelled = alice
        .put(&path, json!({"expel": true, "admit": true}))
        .await
        .json(200);
    assert_eq!(expelled["state"], "end");
    let controls = format!("/v1/meetings/controls?meetingId={id}");
    let on = json!({"recordingStarted": true, "locked": true});
    assert_eq!(alice.put(&controls, on).await.json(200)["locked"], true);
    act(&sandbox, &id, join("bob@example.com"));
    let people = alice.get(&list).await.json(200);
    assert_eq!(items(&people)[2]["state"], "lobby");
    assert_eq!(
        alice
            .post(&format!("/v1/meetings/{id}/end"), json!({}))
            .await
            .status,
        204
    );
    assert!(sandbox.act(&instance, join("bob@example.com")).is_err());
}

#[tokio::test]
async fn a_recording_is_shared_binned_restored_and_purged() {
    let (sandbox, alice) = start();
    let frank = person(&sandbox, "frank");
    let id = text(&items(&alice.get("/v1/recordings").await.json(200))[0]["id"]);
    let path = format!("/v1/recordings/{id}");
    assert_eq!(frank.get(&path).await.status, 404);
    let share = json!({"addEmails": ["Frank@example.com"]});
    assert_eq!(
        alice
            .post(&format!("{path}/accessList"), share)
            .await
            .status,
        204
    );
    let seen = frank.get(&path).await.json(200);
    assert_eq!(
        seen["temporaryDirectDownloadLinks"]["expiration"],
        "2026-01-05T12:00:00.000Z"
    );
    assert_eq!(frank.delete(&path).await.status, 403);
    let unshare =
        json!({"webShareLink": seen["playbackUrl"], "removeEmails": ["frank@example.com"]});
    let by_link = alice.post("/v1/recordings/accessList", unshare).await;
    assert_eq!(by_link.status, 204);
    assert_eq!(frank.get(&path).await.status, 404);
    let ids = json!({"recordingIds": [id]});
    assert_eq!(
        alice
            .post("/v1/recordings/softDelete", ids.clone())
            .await
            .status,
        204
    );
    let binned = alice.get("/v1/recordings?status=deleted").await.json(200);
    assert_eq!(items(&binned).len(), 1);
    assert_eq!(
        alice
            .post("/v1/recordings/restore", ids.clone())
            .await
            .status,
        204
    );
    assert_eq!(alice.post("/v1/recordings/purge", ids).await.status, 404);
    assert_eq!(alice.delete(&path).await.status, 204);
    assert_eq!(alice.get(&path).await.status, 404);
}

#[tokio::test]
async fn the_event_of_an_ended_meeting_names_who_was_there() {
    let (sandbox, alice) = start();
    let id = text(&schedule(&alice, json!({})).await["id"]);
    let instance = act(&sandbox, &id, MeetingAction::Start);
    act(&sandbox, &id, join("alice@example.com"));
    act(&sandbox, &id, join("bob@example.com"));
    // In the lobby to the end.
    act(&sandbox, &id, join("frank@example.com"));
    act(&sandbox, &id, MeetingAction::End);
    let grace = person(&sandbox, "grace");
    let events = grace.get("/v1/events?resource=meetings&max=1").await;
    let event = items(&events.json(200))[0].clone();
    assert_eq!(event["data"]["id"], instance.as_str());
    let mut attended = Vec::new();
    for person in [&alice, &person(&sandbox, "bob")] {
        attended.push(person.get("/v1/people/me").await.json(200)["id"].clone());
    }
    assert_eq!(event["data"]["attendees"], Value::Array(attended));
}

#[tokio::test]
async fn recordings_have_the_tags_of_their_meeting() {
    let (sandbox, alice) = start();
    let tagged = json!({"enabledAutoRecordMeeting": true, "integrationTags": ["crm-7"]});
    let id = text(&schedule(&alice, tagged).await["id"]);
    let instance = act(&sandbox, &id, MeetingAction::Start);
    sandbox.clock().advance(10 * MINUTE);
    act(&sandbox, &id, MeetingAction::End);
    sandbox.clock().advance(6 * MINUTE);
    for (tag, expected) in [("crm-7", 1), ("crm", 0), ("", 0)] {
        let path = format!("/v1/recordings?integrationTag={tag}");
        let found = alice.get(&path).await.json(200);
        assert_eq!(items(&found).len(), expected, "{tag}");
        for one in items(&found) {
            assert_eq!(one["meetingId"], instance.as_str());
            assert_eq!(one["integrationTags"], json!(["crm-7"]));
        }
    }
}

#[tokio::test]
async fn an_invitee_has_the_name_given_or_registered_or_the_address() {
    let (_, alice) = start();
    let id = text(&schedule(&alice, json!({"invitees": []})).await["id"]);
    for (email, given, shown) in [
        ("bob@example.com", Some("Bobby"), "Bobby"),
        ("erin@example.com", None, "Erin Novak"),
        ("guest@example.org", None, "guest@example.org"),
    ] {
        let new = json!({"meetingId": id, "email": email, "displayName": given});
        let invitee = alice.post("/v1/meetingInvitees", new).await.json(200);
        assert_eq!(invitee["displayName"], shown);
    }
}

#[tokio::test]
async fn invitees_links_and_what_is_refused() {
    let (sandbox, alice) = start();
    let (bob, erin) = (person(&sandbox, "bob"), person(&sandbox, "erin"));
    let id = text(&schedule(&alice, json!({"password": "s3cret"})).await["id"]);
    let bulk = json!({"meetingId": id, "items": [{"email": "erin@example.com", "coHost": true},
                                                 {"email": "guest@example.org"}]});
    let path = format!("/v1/meetings/{id}");
    assert_eq!(erin.get(&path).await.status, 404);
    assert_eq!(
        bob.post("/v1/meetingInvitees/bulkInsert", bulk.clone())
            .await
            .status,
        403
    );
    alice
        .post("/v1/meetingInvitees/bulkInsert", bulk.clone())
        .await
        .json(200);
    assert_eq!(
        alice
            .post("/v1/meetingInvitees/bulkInsert", bulk)
            .await
            .status,
        409
    );
    let list = format!("/v1/meetingInvitees?meetingId={id}");
    assert_eq!(items(&erin.get(&list).await.json(200)).len(), 3);
    assert_eq!(bob.get(&path).await.json(200).get("password"), None);
    assert_eq!(erin.get(&path).await.json(200)["password"], "s3cret");
    let join = json!({"meetingId": id, "joinDirectly": false, "expirationMinutes": 5});
    let links = bob.post("/v1/meetings/join", join.clone()).await.json(200);
    assert_eq!(
        (links.get("startLink"), &links["expiration"]),
        (None, &json!("2026-01-05T09:05:00.000Z"))
    );
    assert_eq!(
        person(&sandbox, "dave")
            .post("/v1/meetings/join", join)
            .await
            .status,
        403
    );
    let directly = bob
        .post("/v1/meetings/join", json!({"meetingId": id}))
        .await;
    assert_eq!(directly.status, 302);
    let ada = person(&sandbox, "ada");
    let reassign = json!({"hostEmail": "bob@example.com", "meetingIds": [id, "nope"]});
    let outcome = ada
        .post("/v1/meetings/reassignHost", reassign)
        .await
        .json(207);
    assert_eq!(items(&outcome)[1]["httpStatus"], "404");
    assert_eq!(
        bob.get(&path).await.json(200)["hostEmail"],
        "bob@example.com"
    );
    for wrong in [
        json!({"end": "2026-01-05T10:05:00Z"}),
        json!({"start": "2026-01-04T10:00:00Z", "end": "2026-01-04T11:00:00Z"}),
        json!({"title": "x".repeat(129)}),
        json!({"timezone": "Europe/Atlantis"}),
        json!({"recurrence": "FREQ=SECONDLY"}),
        json!({"invitees": [{"email": "nobody"}]}),
        json!({"meetingOptions": {"enabledChat": "yes"}}),
        json!({"meetingOptions": []}),
        json!({"attendeePrivileges": {"enabledChatHost": 1}}),
        json!({"audioConnectionOptions": {"audioConnectionType": true}}),
        json!({"integrationTags": [1, {}]}),
        json!({"integrationTags": "one"}),
        json!({"liveStream": {"destination": "x"}}),
        json!({"liveStream": {"destination": "x", "rtmpUrl": "r", "streamUrl": "s", "resolution": 720}}),
        json!({"liveStream": {"destination": "x", "rtmpUrl": "r", "streamUrl": "s", "layoutWithSharedContent": "grid"}}),
        json!({"enabledLiveStream": true}),
        json!({"restrictToInvitees": true, "requireAttendeeLogin": false}),
        json!({"meetingOptions": {"enabledPolling": true}}),
        json!({"audioConnectionOptions": {"enabledAudienceCallBack": true}}),
        json!({"integrationTags": ["1", "2", "3", "4"]}),
        json!({"integrationTags": ["x".repeat(65)]}),
        json!({"visualWatermarkOpacity": 4}),
        json!({"visualWatermarkOpacity": 81}),
        json!({"reminderTime": -5}),
        json!({"agenda": "x".repeat(1301)}),
        json!({"start": "2036-01-05T10:00:00Z", "end": "2036-01-05T11:00:00Z"}),
        json!({"joinBeforeHostMinutes": 30}),
        json!({"joinBeforeHostMinutes": 5, "scheduledType": "webinar"}),
        json!({"siteUrl": "other.webex.com"}),
        json!({"sessionTypeId": "abc"}),
        json!({"sessionTypeId": -3}),
        json!({"joinBeforeHostMinutes": 7}),
        json!({"unlockedMeetingJoinSecurity": "maybe"}),
        json!({"meetingOptions": {"noteType": "allowSome"}}),
        json!({"audioConnectionOptions": {"entryAndExitTone": "gong"}}),
    ] {
        let mut body =
            json!({"title": "T", "start": "2026-01-05T10:00:00Z", "end": "2026-01-05T11:00:00Z"});
        body.as_object_mut()
            .unwrap()
            .extend(wrong.as_object().unwrap().clone());
        assert_eq!(
            alice.post("/v1/meetings", body).await.status,
            400,
            "{wrong}"
        );
    }
    let mine = alice.get("/v1/meetings?max=100").await.json(200);
    assert!(items(&mine).iter().all(|one| one["title"] != "T"));
    let settings = json!({
        "meetingOptions": {"enabledChat": false, "noteType": "allowAll", "enabledVideo": null},
        "attendeePrivileges": {"enabledChatHost": true},
        "audioConnectionOptions": {"audioConnectionType": "VoIP", "muteAttendeeUponEntry": true},
        "integrationTags": ["one", "two", "x".repeat(64)],
        "visualWatermarkOpacity": 80, "reminderTime": 30, "joinBeforeHostMinutes": 15,
        "sendEmail": false, "siteUrl": "example.webex.com", "agenda": "x".repeat(1300),
        "start": "2036-01-04T10:00:00Z", "end": "2036-01-04T11:00:00Z",
        "liveStream": {"destination": "x", "rtmpUrl": "r", "streamUrl": "s"},
        "sessionTypeId": "3",
    });
    let whole = schedule(&alice, settings).await;
    assert_eq!(whole["meetingOptions"]["noteType"], "allowAll");
    // An empty list of tags, or none, takes them away; an occurrence has none of its own.
    let path = format!("/v1/meetings/{}", text(&whole["id"]));
    for (tags, left) in [
        (json!(["three"]), json!(["three"])),
        (json!([]), Value::Null),
        (json!(["four"]), json!(["four"])),
        (Value::Null, Value::Null),
    ] {
        let change = Some(json!({"integrationTags": tags}));
        let changed = alice.send("PATCH", &path, change).await.json(200);
        assert_eq!(changed["integrationTags"], left, "{tags}");
    }
    let change = Some(json!({"integrationTags": ["five"]}));
    let occurrence = format!("{path}_20360104T100000Z");
    alice.send("PATCH", &occurrence, change).await.json(400);
    person(&sandbox, "ci-bot")
        .get("/v1/meetings")
        .await
        .json(403);
}

#[tokio::test]
async fn webhooks_tell_of_a_meeting_in_order() {
    // Somebody who is in no other meeting of this day.
    let (sandbox, _) = start();
    let harold = person(&sandbox, "harold");
    let (sender, mut receiver) = tokio::sync::mpsc::channel(100);
    let hook = post(move |body: Bytes| async move { sender.send(body).await.unwrap() });
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    tokio::spawn(async move {
        axum::serve(listener, Router::new().route("/", hook))
            .await
            .unwrap()
    });
    let all = ["created", "started", "ended"].map(|event| ("meetings", event));
    let more = [
        ("meetingParticipants", "joined"),
        ("meetingParticipants", "left"),
        ("recordings", "created"),
        ("meetingTranscripts", "created"),
    ];
    for (resource, event) in all.into_iter().chain(more) {
        let body = json!({"name": "w", "targetUrl": url, "resource": resource, "event": event});
        harold.post("/v1/webhooks", body).await.json(200);
    }
    let id = text(&schedule(&harold, json!({"enabledAutoRecordMeeting": true})).await["id"]);
    sandbox.clock().advance(60 * MINUTE);
    let text = "Hello.".to_owned();
    act(
        &sandbox,
        &id,
        MeetingAction::Say {
            email: "bob@example.com".to_owned(),
            text,
        },
    );
    sandbox.clock().advance(40 * MINUTE);
    harold.get("/v1/people/me").await.json(200);
    let mut seen = Vec::new();
    for _ in 0..9 {
        let body = tokio::time::timeout(Duration::from_secs(10), receiver.recv()).await;
        let told: Value = serde_json::from_slice(&body.unwrap().unwrap()).unwrap();
        assert_eq!(told["data"].get("password"), None);
        seen.push(format!(
            "{} {}",
            told["resource"].as_str().unwrap(),
            told["event"].as_str().unwrap()
        ));
    }
    let expected = [
        "meetings created",
        "meetings started",
        "meetingParticipants joined",
        "meetingParticipants joined",
        "meetingParticipants left",
        "meetingParticipants left",
        "meetings ended",
        "recordings created",
        "meetingTranscripts created",
    ];
    assert_eq!(seen, expected);
}

#[tokio::test]
async fn the_client_plans_a_meeting_and_reads_what_is_left_of_one() {
    use webex::meetings::{CreateMeeting, ListMeetings, MeetingState, MeetingType, PatchMeeting};
    let (sandbox, _) = start();
    let client = crate::client::client(&sandbox);
    // The client checks recurrences against the real present, the sandbox's is pinned: none here.
    let at = |text: &str| text.parse().unwrap();
    let new = CreateMeeting::new(
        "1:1",
        at("2026-01-06T08:00:00Z"),
        at("2026-01-06T08:30:00Z"),
    );
    let meeting = client.meetings().create(&new).await.unwrap();
    assert!(webex::meetings::is_scheduled_id(&meeting.id));
    let change = PatchMeeting {
        agenda: Some(Some("Goals".to_owned())),
        ..Default::default()
    };
    let changed = client.meetings().patch(&meeting.id, &change).await.unwrap();
    assert_eq!(changed.agenda.as_deref(), Some("Goals"));
    client
        .meetings()
        .delete(&meeting.id, &Default::default())
        .await
        .unwrap();
    let past = ListMeetings {
        meeting_type: Some(MeetingType::Meeting),
        state: Some(MeetingState::Ended),
        has_summary: Some(true),
        ..Default::default()
    };
    let past = client.meetings().list(&past).await.unwrap();
    let summaries = client
        .meeting_summaries()
        .list(&past.items[0].id)
        .await
        .unwrap();
    assert!(summaries.items[0].notes.is_some());
    let types = client
        .meetings()
        .list_session_types(&Default::default())
        .await
        .unwrap();
    assert_eq!(types.items.len(), 2);
}

#[tokio::test]
async fn a_list_shows_every_change_at_once() {
    let (sandbox, alice) = start();
    let (bob, ada) = (person(&sandbox, "bob"), person(&sandbox, "ada"));
    let id = text(&schedule(&alice, json!({})).await["id"]);
    let listed = async |who: &Person| {
        let all = who.get("/v1/meetings").await.json(200);
        let mut all = items(&all).iter();
        all.find(|one| one["id"] == id.as_str()).unwrap().clone()
    };
    for _ in 0..2 {
        assert!(listed(&alice).await["password"].is_string());
        assert!(listed(&bob).await.get("password").is_none());
    }
    let name = json!({"displayName": "Alice Jones"});
    let account = format!("/v1/people/{}", alice.id().await);
    ada.send("PUT", &account, Some(name)).await.json(200);
    assert_eq!(listed(&bob).await["hostDisplayName"], "Alice Jones");
    let title = json!({"title": "Retrospective"});
    let path = format!("/v1/meetings/{id}");
    alice.send("PATCH", &path, Some(title)).await.json(200);
    assert_eq!(listed(&bob).await["title"], "Retrospective");
    assert_eq!(listed(&bob).await["state"], "active");
    act(&sandbox, &id, MeetingAction::Start);
    assert_eq!(listed(&bob).await["state"], "inProgress");
    let none = bob.get("/v1/meetings?state=expired").await.json(200);
    assert!(items(&none).iter().all(|one| one["id"] != id.as_str()));
}

#[tokio::test]
async fn a_host_who_is_named_is_the_one_who_reads() {
    let (sandbox, alice) = start();
    let ada = person(&sandbox, "ada");
    let id = text(&schedule(&alice, json!({})).await["id"]);
    let invitees = format!("/v1/meetingInvitees?meetingId={id}");
    let invitee = text(&items(&alice.get(&invitees).await.json(200))[0]["id"]);
    let transcripts = alice.get("/v1/meetingTranscripts").await.json(200);
    let transcript = &items(&transcripts)[0];
    let people = format!(
        "/v1/meetingParticipants?meetingId={}",
        text(&transcript["meetingId"])
    );
    let participant = text(&items(&alice.get(&people).await.json(200))[0]["id"]);
    for path in [
        format!("meetingInvitees/{invitee}"),
        format!("meetingTranscripts/{}/download", text(&transcript["id"])),
        format!("meetingParticipants/{participant}"),
        "meetings/templates/Template_recorded".to_owned(),
        "meetings/sessionTypes/3".to_owned(),
    ] {
        let path = format!("/v1/{path}?hostEmail=");
        ada.get(&format!("{path}alice@example.com")).await.json(200);
        ada.get(&format!("{path}nobody@example.com"))
            .await
            .json(404);
        let frank = person(&sandbox, "frank");
        frank
            .get(&format!("{path}alice@example.com"))
            .await
            .json(403);
    }
}

#[tokio::test]
async fn the_password_shows_a_meeting_to_whoever_has_it() {
    let (sandbox, alice) = start();
    let new = schedule(&alice, json!({})).await;
    let (id, number) = (text(&new["id"]), text(&new["meetingNumber"]));
    let frank = person(&sandbox, "frank");
    let ask = |path: String, password: &str| {
        let request = http::Request::builder()
            .uri(path)
            .header("host", "webex.test")
            .header("password", password)
            .header("authorization", format!("Bearer {}", frank.token));
        frank.raw(request.body(axum::body::Body::empty()).unwrap())
    };
    let password = text(&new["password"]);
    let path = format!("/v1/meetings/{id}");
    ask(path.clone(), "wrong").await.json(404);
    let shown = ask(path, &password).await.json(200);
    assert!(shown["title"] == "Retro" && shown["password"].is_null());
    let list = format!("/v1/meetings?meetingNumber={number}");
    for (password, count) in [("wrong", 0), (password.as_str(), 1)] {
        let found = ask(list.clone(), password).await.json(200);
        assert_eq!(items(&found).len(), count);
    }
    let all = ask("/v1/meetings?max=100".to_owned(), &password)
        .await
        .json(200);
    assert!(items(&all).iter().all(|one| one["id"] != new["id"]));
}

#[tokio::test]
async fn a_room_has_one_ad_hoc_meeting_at_a_time_and_a_scope_for_it() {
    let (sandbox, alice) = start();
    let room = alice.room("Project Unicorn").await;
    let adhoc = json!({"adhoc": true, "roomId": room});
    let scopes = [
        "meeting:schedules_write",
        "meeting:schedules_read",
        "spark:rooms_read",
    ];
    let narrow = crate::with_scopes(&sandbox, "alice@example.com", &scopes);
    narrow.post("/v1/meetings", adhoc.clone()).await.json(403);
    let first = alice.post("/v1/meetings", adhoc.clone()).await.json(200);
    let second = alice.post("/v1/meetings", adhoc.clone()).await.json(200);
    assert_eq!(first["id"], second["id"]);
    for kind in ["meetingSeries", "scheduledMeeting"] {
        let list = format!("/v1/meetings?max=100&meetingType={kind}");
        let listed = alice.get(&list).await.json(200);
        let number = &first["meetingNumber"];
        assert!(
            items(&listed)
                .iter()
                .all(|one| one["meetingNumber"] != *number)
        );
    }
    act(&sandbox, &text(&first["id"]), MeetingAction::End);
    let third = alice.post("/v1/meetings", adhoc).await.json(200);
    assert_ne!(first["id"], third["id"]);
}

#[tokio::test]
async fn compliance_officers_give_a_reason_for_what_they_delete_of_others() {
    let (sandbox, alice) = start();
    let grace = person(&sandbox, "grace");
    for list in ["recordings", "meetingTranscripts"] {
        let all = alice.get(&format!("/v1/{list}")).await.json(200);
        let path = format!("/v1/{list}/{}", text(&items(&all)[0]["id"]));
        grace.delete(&path).await.json(400);
        let empty = json!({"reason": " "});
        grace.send("DELETE", &path, Some(empty)).await.json(400);
        let reason = json!({"reason": "Legal hold"});
        assert_eq!(grace.send("DELETE", &path, Some(reason)).await.status, 204);
    }
}

#[tokio::test]
async fn a_meeting_is_joined_by_one_name_and_by_a_person_with_an_address() {
    let (_, alice) = start();
    let new = schedule(&alice, json!({})).await;
    let (id, number) = (&new["id"], &new["meetingNumber"]);
    for (status, body) in [
        (200, json!({"meetingId": id})),
        (
            200,
            json!({"meetingId": id, "email": "x@y.example", "displayName": "X"}),
        ),
        (400, json!({"meetingId": id, "meetingNumber": number})),
        (
            400,
            json!({"meetingNumber": number, "webLink": new["webLink"]}),
        ),
        (400, json!({"meetingId": id, "displayName": "X"})),
        (400, json!({"meetingId": id, "email": "bad"})),
    ] {
        let mut body = body;
        body["joinDirectly"] = json!(false);
        alice.post("/v1/meetings/join", body).await.json(status);
    }
    let callee = json!({"meetingId": id, "meetingNumber": number,
                        "address": "room@example.com", "displayName": "Room"});
    let call = "/v1/meetingParticipants/callout";
    alice.post(call, callee).await.json(400);
    alice.get("/v1/meetingSummaries").await.json(400);
}

#[tokio::test]
async fn invitees_are_listed_by_their_addresses() {
    let (_, alice) = start();
    let id = text(&schedule(&alice, json!({"invitees": []})).await["id"]);
    for name in ["erin", "Bob", "zoe", "ann"] {
        let new = json!({"meetingId": id, "email": format!("{name}@example.com")});
        alice.post("/v1/meetingInvitees", new).await.json(200);
    }
    let path = format!("/v1/meetingInvitees?meetingId={id}");
    let all = alice.get(&path).await.json(200);
    let emails: Vec<_> = items(&all).iter().map(|one| text(&one["email"])).collect();
    let expected = ["ann", "Bob", "erin", "zoe"].map(|name| format!("{name}@example.com"));
    assert_eq!(emails, expected);
    assert_eq!(alice.ids(&format!("{path}&max=1")).await.len(), 4);
}

#[tokio::test]
async fn what_ended_meetings_have_is_asked_of_ended_meetings() {
    let (_, alice) = start();
    let ended = "meetingType=meeting&state=ended";
    for (query, expected) in [
        ("hasRecording=true", None),
        ("hasChat=false&meetingType=meeting", None),
        ("hasSummary=true&state=ended", None),
        ("hasQA=true&meetingType=meeting&state=inProgress", None),
        (&format!("{ended}&hasRecording=true"), Some(1)),
        (&format!("{ended}&hasRecording=false"), Some(0)),
        (&format!("{ended}&hasTranscription=true"), Some(1)),
        // Nothing in the sandbox has these.
        (&format!("{ended}&hasSlido=false"), Some(1)),
        (&format!("{ended}&hasPolls=true"), Some(0)),
    ] {
        let path = format!("/v1/meetings?{query}&from=2026-01-04&to=2026-01-05");
        let status = if expected.is_some() { 200 } else { 400 };
        let found = alice.get(&path).await.json(status);
        if let Some(count) = expected {
            assert_eq!(items(&found).len(), count, "{query}");
        }
    }
}

#[tokio::test]
async fn a_meeting_that_is_named_is_found_whatever_else_is_asked() {
    let (_, alice) = start();
    let new = schedule(&alice, json!({"recurrence": "FREQ=DAILY;COUNT=2"})).await;
    let (id, number) = (text(&new["id"]), text(&new["meetingNumber"]));
    let days = ["scheduledMeeting"; 2].as_slice();
    for (query, expected) in [
        (
            format!("meetingNumber={number}&state=ended&isModified=true"),
            &days[1..],
        ),
        (
            format!("meetingNumber={number}&from=2027-01-01&to=2026-01-01"),
            &days[1..],
        ),
        (
            format!("meetingSeriesId={id}&meetingNumber=1&webLink=x"),
            days,
        ),
        (
            format!("meetingSeriesId={id}&integrationTag=x&scheduledType=webinar"),
            days,
        ),
        (format!("meetingSeriesId={id}&isModified=true"), &[]),
        (format!("meetingSeriesId={id}&isModified=false"), days),
    ] {
        let found = alice.get(&format!("/v1/meetings?{query}")).await.json(200);
        let kinds: Vec<_> = items(&found)
            .iter()
            .map(|one| &one["meetingType"])
            .collect();
        assert_eq!(kinds, expected, "{query}");
    }
}

#[tokio::test]
async fn a_site_is_named_in_a_body_or_a_header_too() {
    let (sandbox, alice) = start();
    let ada = person(&sandbox, "ada");
    let grace = person(&sandbox, "grace");
    let recording = text(&items(&alice.get("/v1/recordings").await.json(200))[0]["id"]);
    let id = text(&schedule(&alice, json!({})).await["id"]);
    let reassign = json!({"hostEmail": "bob@example.com", "meetingIds": [id]});
    for (site, is_known) in [("other.webex.com", false), ("example.webex.com", true)] {
        let status = |right: u16| if is_known { right } else { 400 };
        for (path, right) in [("softDelete", 204), ("restore", 204), ("purge", 404)] {
            let body = json!({"recordingIds": [recording], "siteUrl": site});
            let answer = alice.post(&format!("/v1/recordings/{path}"), body).await;
            assert_eq!(answer.status.as_u16(), status(right), "{path} {site}");
        }
        let named = async |who: &Person, method: &str, path: &str, body: &Value| {
            let request = http::Request::builder().method(method).uri(path);
            let request = request
                .header("host", "webex.test")
                .header("siteUrl", site)
                .header("content-type", "application/json")
                .header("authorization", format!("Bearer {}", who.token));
            let request = request.body(axum::body::Body::from(body.to_string()));
            who.raw(request.unwrap()).await.status.as_u16()
        };
        let path = format!("/v1/recordings/{recording}");
        assert_eq!(named(&alice, "GET", &path, &json!({})).await, status(200));
        let path = "/v1/meetings/reassignHost";
        assert_eq!(named(&ada, "POST", path, &reassign).await, status(204));
        // Beside what names one meeting, a site does not count.
        let past = items(
            &alice
                .get("/v1/meetings?meetingType=meeting")
                .await
                .json(200),
        )[0]
        .clone();
        for query in [
            format!("meetings?meetingSeriesId={id}"),
            format!("recordings?meetingId={}", text(&past["id"])),
        ] {
            let path = format!("/v1/{query}&siteUrl={site}");
            alice.get(&path).await.json(200);
        }
    }
    grace.get("/v1/admin/meetingTranscripts").await.json(400);
}

#[tokio::test]
async fn what_has_ended_is_not_joined_and_tells_less() {
    let (sandbox, alice) = start();
    let codes = json!([{"name": "Team", "value": "Unicorn"}]);
    let id = text(&schedule(&alice, json!({"trackingCodes": codes})).await["id"]);
    let instance = act(&sandbox, &id, MeetingAction::Start);
    let path = format!("/v1/meetings/{instance}");
    let private = ["password", "meetingNumber", "trackingCodes"];
    for has_ended in [false, true] {
        if has_ended {
            act(&sandbox, &id, MeetingAction::End);
            sandbox.clock().advance(15 * MINUTE);
        }
        let shown = alice.get(&path).await.json(200);
        for field in private {
            assert_eq!(shown.get(field).is_none(), has_ended, "{field}");
        }
        assert!(shown["hostKey"].is_string() && shown["title"].is_string());
        let join = json!({"meetingId": instance, "joinDirectly": false});
        alice.post("/v1/meetings/join", join).await.json(400);
    }
    // The scheduled meeting still has them.
    let shown = alice.get(&format!("/v1/meetings/{id}")).await.json(200);
    assert!(private.iter().all(|field| shown.get(*field).is_some()));
}

#[tokio::test]
async fn who_only_waited_was_not_in_a_meeting_that_is_over() {
    let (sandbox, alice) = start();
    let id = text(&schedule(&alice, json!({})).await["id"]);
    let instance = act(&sandbox, &id, MeetingAction::Start);
    for name in ["alice", "bob", "frank", "harold"] {
        act(&sandbox, &instance, join(&format!("{name}@example.com")));
    }
    let list = format!("/v1/meetingParticipants?meetingId={instance}");
    let states = async || {
        let people = alice.get(&list).await.json(200);
        let people = items(&people).iter();
        let told = people.map(|one| format!("{} {}", text(&one["email"]), text(&one["state"])));
        told.collect::<Vec<_>>()
    };
    let bob = items(&alice.get(&list).await.json(200))[1]["id"].clone();
    let path = format!("/v1/meetingParticipants/{}", text(&bob));
    let expelled = alice.put(&path, json!({"expel": true})).await.json(200);
    assert_eq!(expelled["state"], "end");
    let running = [
        "alice@example.com joined",
        "bob@example.com end",
        "frank@example.com lobby",
        "harold@example.com lobby",
    ];
    assert_eq!(states().await, running);
    act(&sandbox, &instance, MeetingAction::End);
    assert_eq!(
        states().await,
        ["alice@example.com end", "bob@example.com end"]
    );
}

#[tokio::test]
async fn a_template_gives_what_the_request_leaves_open() {
    let (_, alice) = start();
    let of = |more: Value| {
        let mut body = json!({"title": "T", "templateId": "Template_recorded",
                              "start": "2026-01-05T10:00:00Z", "end": "2026-01-05T11:00:00Z"});
        let fields = body.as_object_mut().unwrap();
        fields.extend(more.as_object().unwrap().clone());
        body
    };
    for (more, records) in [
        (json!({}), json!(true)),
        (json!({"enabledAutoRecordMeeting": false}), json!(false)),
        (
            json!({"templateId": "DefaultTemplate_meeting"}),
            json!(false),
        ),
        (json!({"templateId": null}), Value::Null),
    ] {
        let made = alice.post("/v1/meetings", of(more)).await.json(200);
        assert_eq!(made["enabledAutoRecordMeeting"], records);
    }
    let unknown = of(json!({"templateId": "Template_unknown"}));
    alice.post("/v1/meetings", unknown.clone()).await.json(404);
    // An ad-hoc meeting has no template.
    let mut adhoc = unknown;
    let room = alice.room("Project Unicorn").await;
    adhoc["adhoc"] = json!(true);
    adhoc["roomId"] = json!(room);
    alice.post("/v1/meetings", adhoc).await.json(200);
}
