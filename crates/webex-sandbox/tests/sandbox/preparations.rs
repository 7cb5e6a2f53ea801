//! What a host prepares: interpreters, breakout sessions, surveys, sources, codes; calls to SIP addresses.

use std::time::Duration;

use serde_json::{Value, json};
use webex_sandbox::MeetingAction;

use crate::{Person, items, person, start, text};

async fn schedule(alice: &Person, more: Value) -> String {
    let mut new = json!({"title": "Town hall", "start": "2026-01-06T10:00:00Z",
                         "end": "2026-01-06T11:00:00Z"});
    let fields = new.as_object_mut().unwrap();
    fields.extend(more.as_object().unwrap().clone());
    text(&alice.post("/v1/meetings", new).await.json(200)["id"])
}

#[tokio::test]
async fn interpreters_are_added_changed_and_taken_away() {
    let (sandbox, alice) = start();
    let bob = person(&sandbox, "bob");
    let id = schedule(&alice, json!({"invitees": [{"email": "bob@example.com"}]})).await;
    let path = format!("/v1/meetings/{id}/interpreters");
    let french = json!({"languageCode1": "en", "languageCode2": "fr", "email": "Luc@example.org"});
    // Not before the meeting is interpreted at all.
    alice.post(&path, french.clone()).await.json(400);
    let whole = format!("/v1/meetings/{id}/simultaneousInterpretation");
    alice.put(&whole, json!({"enabled": true})).await.json(200);
    let luc = alice.post(&path, french.clone()).await.json(200);
    let german = json!({"languageCode1": "en", "languageCode2": "de"});
    let empty = alice.post(&path, german).await.json(200);
    let listed = alice.get(&path).await.json(200);
    assert_eq!(items(&listed), &[empty.clone(), luc.clone()]);
    for (status, wrong) in [
        (400, json!({"languageCode1": "en", "languageCode2": "en"})),
        (
            400,
            json!({"languageCode1": "en", "languageCode2": "French"}),
        ),
        (
            409,
            json!({"languageCode1": "en", "languageCode2": "es", "email": "luc@example.org"}),
        ),
    ] {
        assert_eq!(
            alice.post(&path, wrong.clone()).await.status,
            status,
            "{wrong}"
        );
    }
    bob.get(&path).await.json(403);
    let one = format!("{path}/{}", text(&empty["id"]));
    alice.put(&one, french.clone()).await.json(409);
    let filled = json!({"languageCode1": "en", "languageCode2": "de", "email": "ute@example.org"});
    assert_eq!(alice.put(&one, filled).await.json(200)["id"], empty["id"]);
    let shown = alice.get(&format!("/v1/meetings/{id}")).await.json(200);
    let shown = &shown["simultaneousInterpretation"]["interpreters"];
    assert_eq!(shown.as_array().unwrap().len(), 2);
    assert_eq!(alice.delete(&one).await.status, 204);
    alice.get(&one).await.json(404);
    // One wrong interpreter leaves everything as it was.
    let broken = json!({"enabled": true, "interpreters": [french, {"languageCode1": "", "languageCode2": ""}]});
    alice.put(&whole, broken).await.json(400);
    assert_eq!(items(&alice.get(&path).await.json(200)), &[luc]);
}

#[tokio::test]
async fn an_occurrence_is_prepared_on_its_own() {
    let (_, alice) = start();
    let sessions = json!([{"name": "Left", "invitees": ["bob@example.com"]}]);
    let daily = json!({"recurrence": "FREQ=DAILY;COUNT=2", "breakoutSessions": sessions});
    let id = schedule(&alice, daily).await;
    let path = |id: &str| format!("/v1/meetings/{id}/breakoutSessions");
    let (first, second) = (
        format!("{id}_20260106T100000Z"),
        format!("{id}_20260107T100000Z"),
    );
    let both = json!({"items": [{"name": "A"}, {"name": "B"}]});
    alice.put(&path(&first), both).await.json(200);
    let count = async |id: &str| items(&alice.get(&path(id)).await.json(200)).len();
    assert_eq!(
        (count(&id).await, count(&first).await, count(&second).await),
        (1, 2, 1)
    );
    assert_eq!(alice.delete(&path(&id)).await.status, 204);
    assert_eq!(
        (count(&id).await, count(&first).await, count(&second).await),
        (0, 2, 0)
    );
    let shown = alice.get(&format!("/v1/meetings/{first}")).await.json(200);
    assert_eq!(shown["enabledBreakoutSessions"], true);
    assert_eq!(shown["links"][0]["href"], path(&first).as_str());

    // A series that happens at other times has other occurrences.
    let later = json!({"start": "2026-01-06T12:00:00Z", "end": "2026-01-06T13:00:00Z"});
    let changed = alice
        .send("PATCH", &format!("/v1/meetings/{id}"), Some(later))
        .await;
    changed.json(200);
    let back = json!({"start": "2026-01-06T10:00:00Z", "end": "2026-01-06T11:00:00Z"});
    let changed = alice
        .send("PATCH", &format!("/v1/meetings/{id}"), Some(back))
        .await;
    changed.json(200);
    assert_eq!(count(&first).await, 0);

    let twice = json!({"items": [{"name": "A", "invitees": ["x@y.example"]},
                                 {"name": "B", "invitees": ["X@y.example"]}]});
    alice.put(&path(&id), twice).await.json(400);
    let many: Vec<Value> = (0..101).map(|n| json!({"name": n.to_string()})).collect();
    alice
        .put(&path(&id), json!({"items": many}))
        .await
        .json(400);
    let one = json!({"items": [{"name": "A"}]});
    alice.put(&path(&first), one).await.json(200);
    let on = json!({"enabled": true});
    let whole = format!("/v1/meetings/{first}/simultaneousInterpretation");
    alice.put(&whole, on).await.json(400);
}

#[tokio::test]
async fn ended_sessions_have_times_and_running_ones_cannot_change() {
    let (sandbox, alice) = start();
    let sessions = json!({"breakoutSessions": [{"name": "Left"}]});
    let id = schedule(&alice, sessions).await;
    let instance = sandbox.act(&id, MeetingAction::Start).unwrap();
    let path = format!("/v1/meetings/{id}/breakoutSessions");
    alice.put(&path, json!({"items": []})).await.json(400);
    sandbox.clock().advance(Duration::from_secs(600));
    sandbox.act(&id, MeetingAction::End).unwrap();
    let ended = alice
        .get(&format!("/v1/meetings/{instance}/breakoutSessions"))
        .await;
    let session = items(&ended.json(200))[0].clone();
    assert_eq!(session["startTime"], "2026-01-05T09:00:00.000Z");
    assert_eq!(session["endTime"], "2026-01-05T09:10:00.000Z");
}

#[tokio::test]
async fn people_answer_a_webinars_survey_once() {
    let (sandbox, alice) = start();
    let meeting = schedule(&alice, json!({})).await;
    alice
        .get(&format!("/v1/meetings/{meeting}/survey"))
        .await
        .json(400);
    let id = schedule(&alice, json!({"scheduledType": "webinar"})).await;
    let links = format!("/v1/meetings/{id}/surveyLinks");
    let emails = json!({"emails": ["zoe@example.org", "bob@example.com"]});
    alice.post(&links, emails.clone()).await.json(404);
    let instance = sandbox.act(&id, MeetingAction::Start).unwrap();
    let answer = |email: &str, answers: &[&str]| {
        let answers = answers.iter().map(|one| (*one).to_owned()).collect();
        let email = email.to_owned();
        sandbox.act(&instance, MeetingAction::Answer { email, answers })
    };
    assert!(answer("bob@example.com", &["5"]).is_err(), "it is running");
    sandbox.act(&id, MeetingAction::End).unwrap();
    for wrong in [&["6"][..], &[], &["5", "Dance"], &["5", "Talk", "x", "y"]] {
        assert!(answer("bob@example.com", wrong).is_err(), "{wrong:?}");
    }
    answer("bob@example.com", &["4", "", "More light."]).unwrap();
    assert!(answer("BOB@example.com", &["5"]).is_err(), "once");
    answer("zoe@example.org", &["5", "Talk"]).unwrap();
    sandbox.clock().advance(Duration::from_secs(60));
    let results = format!("/v1/meetings/{id}/surveyResults");
    let first = alice.get(&format!("{results}?max=1")).await;
    let bob = items(&first.json(200))[0].clone();
    assert_eq!(bob["displayName"], "Bob Smith");
    assert_eq!(bob["questions"][2]["answers"][0]["answer"], "More light.");
    assert_eq!(bob["questions"][1].get("answers"), None);
    let second = alice.get(&first.next().unwrap()).await;
    assert_eq!(items(&second.json(200))[0]["email"], "zoe@example.org");
    assert_eq!(second.next(), None);
    let before = format!("{results}?meetingStartTimeTo=2026-01-05T00:00:00Z");
    assert!(items(&alice.get(&before).await.json(200)).is_empty());
    let made = alice.post(&links, emails).await.json(200);
    assert_ne!(items(&made)[0]["surveyLink"], items(&made)[1]["surveyLink"]);
    person(&sandbox, "bob").get(&results).await.json(404);
}

#[tokio::test]
async fn sources_of_a_webinar_have_names_of_their_own() {
    let (sandbox, alice) = start();
    let id = schedule(&alice, json!({"scheduledType": "webinar"})).await;
    let path = format!("/v1/meetings/{id}/invitationSources");
    let source = |name: &str| json!({"sourceId": name, "sourceEmail": "news@example.org"});
    let two = json!({"items": [source("a"), source("b")]});
    alice.post(&path, two.clone()).await.json(200);
    alice.post(&path, two).await.json(409);
    alice.post(&path, json!({"items": []})).await.json(400);
    // An administrator names the host by id, which goes as a header where there is no body.
    let ada = person(&sandbox, "ada");
    let of_alice = json!({"personId": alice.id().await, "items": [source("c")]});
    ada.post(&path, of_alice).await.json(200);
    assert_eq!(items(&alice.get(&path).await.json(200)).len(), 3);
    ada.get(&path).await.json(404);
}

#[tokio::test]
async fn tracking_codes_are_offered_and_checked() {
    let (_, alice) = start();
    let codes = alice
        .get("/v1/meetings/trackingCodes?service=MeetingCenter")
        .await;
    let codes = codes.json(200);
    let purpose = items(&codes).iter().find(|one| one["name"] == "Purpose");
    assert_eq!(purpose.unwrap()["inputMode"], "select");
    alice.get("/v1/meetings/trackingCodes").await.json(400);
    alice
        .get("/v1/meetings/trackingCodes?service=Tea")
        .await
        .json(400);
    let id = schedule(&alice, json!({})).await;
    let path = format!("/v1/meetings/{id}");
    for (status, name, value) in [
        (200, "Purpose", "Review"),
        (400, "Purpose", "Fun"),
        (200, "Cost Centre", "4711"),
        (400, "Cost Centre", ""),
        (400, "Cost Centre", &"x".repeat(121)),
    ] {
        let change = json!({"trackingCodes": [{"name": name, "value": value}]});
        let answer = alice.send("PATCH", &path, Some(change)).await;
        assert_eq!(answer.status.as_u16(), status, "{name} {value}");
    }
}

#[tokio::test]
async fn a_telephone_rings_for_half_a_minute() {
    let (sandbox, alice) = start();
    let id = schedule(&alice, json!({})).await;
    let call =
        |address: &str| json!({"meetingId": id, "address": address, "displayName": "Room 1"});
    let path = "/v1/meetingParticipants/callout";
    let cancel = async |called: &Value| {
        let body = json!({"participantId": called["participantId"]});
        let path = "/v1/meetingParticipants/cancelCallout";
        alice.post(path, body).await.status.as_u16()
    };
    alice.post(path, call("room@example.org")).await.json(409);
    sandbox.act(&id, MeetingAction::Start).unwrap();
    alice.post(path, call("room@example.org")).await.json(403);
    let email = "alice@example.com".to_owned();
    sandbox.act(&id, MeetingAction::Join { email }).unwrap();
    alice.post(path, call("nowhere")).await.json(400);
    let called = alice.post(path, call("room@example.org")).await.json(200);
    assert_eq!(called["state"], "pending");
    assert_eq!((cancel(&called).await, cancel(&called).await), (204, 404));
    let called = alice
        .post(path, call("sip:room@example.org"))
        .await
        .json(200);
    sandbox.clock().advance(Duration::from_secs(30));
    assert_eq!(cancel(&called).await, 404);
    let long = json!({"meetingId": id, "address": "r@e.example", "displayName": "x".repeat(33)});
    alice.post(path, long).await.json(400);
}

#[tokio::test]
async fn the_client_prepares_a_meeting_for_its_host() {
    use webex::meetings::CreateMeeting;
    use webex::meetings::approvals::{DecideRegistrants, RegistrantId};
    use webex::meetings::breakouts::{BreakoutPlan, UpdateBreakouts};
    use webex::meetings::registrants::{CreateRegistrant, QueryRegistrants, RegistrantForm};
    use webex::meetings::registration::{SeriesPart, UpdateRegistration};
    use webex::recordings::admin::GroupHost;

    let (sandbox, alice) = start();
    let client = crate::client::client(&sandbox);
    let meetings = client.meetings();
    let at = |text: &str| text.parse().unwrap();
    let (from, to) = (at("2026-01-06T08:00:00Z"), at("2026-01-06T08:30:00Z"));
    let new = CreateMeeting::new("Open day", from, to);
    let id = meetings.create(&new).await.unwrap().id;
    let form = UpdateRegistration::default();
    meetings.update_registration(&id, &form).await.unwrap();
    let part = SeriesPart::default();
    let answers = CreateRegistrant {
        form: RegistrantForm {
            first_name: Some("Zoe".to_owned()),
            last_name: Some("Ek".to_owned()),
            email: Some("zoe@example.org".to_owned()),
            ..RegistrantForm::default()
        },
        ..CreateRegistrant::default()
    };
    let zoe = meetings.create_registrant(&id, &answers, &part).await;
    let who = DecideRegistrants {
        registrants: vec![RegistrantId {
            id: zoe.unwrap().id,
        }],
        ..DecideRegistrants::default()
    };
    meetings
        .approve_registrants(&id, &who, &part)
        .await
        .unwrap();
    let query = QueryRegistrants {
        emails: vec!["zoe@example.org".to_owned()],
        ..QueryRegistrants::default()
    };
    let found = meetings.query_registrants(&id, &query, &part, None).await;
    let found = found.unwrap().items;
    assert_eq!(found[0].status.as_ref().unwrap().as_str(), "approved");

    let left = BreakoutPlan {
        name: "Left".to_owned(),
        ..BreakoutPlan::default()
    };
    let plan = UpdateBreakouts {
        items: vec![left],
        ..UpdateBreakouts::default()
    };
    meetings.update_breakouts(&id, &plan).await.unwrap();
    // Herself by the header that administrators name others in.
    let host = Some("alice@example.com");
    meetings
        .delete_breakouts(&id, Some(false), host)
        .await
        .unwrap();
    let left = meetings.list_breakouts(&id, host).await.unwrap();
    assert!(left.items.is_empty());
    let other = meetings.list_breakouts(&id, Some("bob@example.com")).await;
    assert!(other.is_err(), "that is for administrators");

    let group = ["meeting:group_meeting_read"];
    let app = crate::with_scopes(&sandbox, "bob@example.com", &group);
    let app = crate::client::client_of(&sandbox, &app.token);
    let recordings = app.recordings();
    let email = GroupHost::Email("alice@example.com".to_owned());
    let listed = recordings.list_group(&email, &Default::default()).await;
    let listed = listed.unwrap().items;
    let by_id = GroupHost::Person(alice.id().await);
    let one = recordings
        .get_group(&by_id, &listed[0].id, None)
        .await
        .unwrap();
    assert!(one.temporary_direct_download_links.is_some());
    let nobody = GroupHost::Email("nobody@example.com".to_owned());
    let refused = recordings.list_group(&nobody, &Default::default()).await;
    assert!(refused.is_err());
}
