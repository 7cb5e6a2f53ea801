//! Times of meetings as callers write and read them: with an offset, without one, in a zone of theirs.

use axum::body::Body;
use http::Request;
use serde_json::{Value, json};
use webex_sandbox::MeetingAction;

use crate::{Answer, Person, items, person, start, text, with_scopes};

/// Asks with the header `timezone`.
async fn ask(who: &Person, method: &str, path: &str, zone: &str, body: Option<Value>) -> Answer {
    let request = Request::builder()
        .method(method)
        .uri(path)
        .header("host", "webex.test")
        .header("timezone", zone)
        .header("content-type", "application/json")
        .header("authorization", format!("Bearer {}", who.token));
    let body = body.map_or_else(Body::empty, |body| Body::from(body.to_string()));
    who.raw(request.body(body).unwrap()).await
}

/// Every time in an answer.
fn times(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| times(item, found)),
        Value::Object(fields) => {
            for (name, value) in fields {
                let is_time = name.ends_with("Time")
                    || ["start", "end", "timeRecorded", "expiration"].contains(&name.as_str());
                match value.as_str().filter(|_| is_time) {
                    Some(time) => found.push(time.to_owned()),
                    None => times(value, found),
                }
            }
        }
        _ => {}
    }
}

#[tokio::test]
async fn the_sixteen_operations_answer_in_the_zone_that_is_asked_for() {
    let (sandbox, alice) = start();
    let (ada, grace) = (person(&sandbox, "ada"), person(&sandbox, "grace"));
    let past = alice
        .get("/v1/meetings?meetingType=meeting")
        .await
        .json(200);
    let past = text(&items(&past)[0]["id"]);
    let recordings = alice.get("/v1/recordings").await.json(200);
    let recording = text(&items(&recordings)[0]["id"]);
    let templates = alice.get("/v1/meetings/templates").await.json(200);
    let template = text(&items(&templates)[0]["id"]);
    let meeting = alice.get(&format!("/v1/meetings/{past}")).await.json(200);
    let series = text(&meeting["meetingSeriesId"]);
    let meeting = alice.get(&format!("/v1/meetings/{series}")).await.json(200);
    let number = text(&meeting["meetingNumber"]);
    let host = alice.id().await;
    let group = ["meeting:group_meeting_read"];
    let service = with_scopes(&sandbox, "alice@example.com", &group);
    let webinar = json!({"title": "W", "start": "2026-01-06T09:00:00Z",
                         "end": "2026-01-06T09:30:00Z", "scheduledType": "webinar"});
    let webinar = text(&alice.post("/v1/meetings", webinar).await.json(200)["id"]);
    let webinar = sandbox.act(&webinar, MeetingAction::Start).unwrap();
    sandbox.act(&webinar, MeetingAction::End).unwrap();
    let answers = MeetingAction::Answer {
        email: "ann@example.org".to_owned(),
        answers: vec!["5".to_owned(), "Talk".to_owned()],
    };
    sandbox.act(&webinar, answers).unwrap();
    let people = json!({"emails": ["alice@example.com"]});
    let cases = [
        (&alice, "GET", "/meetings".to_owned(), None),
        (&alice, "GET", format!("/meetings/{past}"), None),
        (
            &alice,
            "GET",
            format!("/meetings/templates/{template}"),
            None,
        ),
        (
            &alice,
            "GET",
            format!("/meetings/{webinar}/surveyResults"),
            None,
        ),
        (
            &alice,
            "POST",
            format!("/meetings/{webinar}/surveyLinks"),
            Some(people.clone()),
        ),
        (
            &alice,
            "GET",
            format!("/meetingParticipants?meetingId={past}"),
            None,
        ),
        (
            &alice,
            "POST",
            format!("/meetingParticipants/query?meetingId={past}"),
            Some(people),
        ),
        (&alice, "GET", "/meetingTranscripts".to_owned(), None),
        (
            &grace,
            "GET",
            "/admin/meetingTranscripts?siteUrl=example.webex.com".to_owned(),
            None,
        ),
        (&alice, "GET", "/recordings".to_owned(), None),
        (&alice, "GET", format!("/recordings/{recording}"), None),
        (
            &ada,
            "GET",
            format!("/admin/meetings?meetingNumber={number}"),
            None,
        ),
        (&ada, "GET", format!("/admin/meetings/{past}"), None),
        (&ada, "GET", "/admin/recordings".to_owned(), None),
        (
            &service,
            "GET",
            format!("/group/recordings?personId={host}"),
            None,
        ),
        (
            &service,
            "GET",
            format!("/group/recordings/{recording}?personId={host}"),
            None,
        ),
    ];
    let mut shifted = 0;
    for (who, method, path, body) in cases {
        let path = format!("/v1{path}");
        let plain = who.send(method, &path, body.clone()).await;
        let tokyo = ask(who, method, &path, "Asia/Tokyo", body.clone()).await;
        let nowhere = ask(who, method, &path, "Asia/Atlantis", body).await;
        nowhere.json(400);
        let (mut before, mut after) = (Vec::new(), Vec::new());
        times(&plain.json(200), &mut before);
        times(&tokyo.json(200), &mut after);
        assert_eq!(before.len(), after.len(), "{path}");
        for (before, after) in before.iter().zip(&after) {
            assert!(
                before.ends_with('Z') && after.ends_with("+09:00"),
                "{path}: {after}"
            );
            assert_eq!(
                webex::timestamp::parse(before),
                webex::timestamp::parse(after)
            );
        }
        shifted += after.len();
    }
    assert!(shifted > 20, "{shifted}");
    // Where it is not taken, it is ignored.
    let other = ask(&grace, "GET", "/v1/rooms", "Asia/Atlantis", None).await;
    other.json(200);
}

#[tokio::test]
async fn a_title_that_looks_like_a_time_stays_as_it_is() {
    let (_, alice) = start();
    let title = "2026-01-06T10:00:00Z";
    let new =
        json!({"title": title, "start": "2026-01-06T10:00:00Z", "end": "2026-01-06T11:00:00Z"});
    let id = text(&alice.post("/v1/meetings", new).await.json(200)["id"]);
    let path = format!("/v1/meetings/{id}");
    let seen = ask(&alice, "GET", &path, "Asia/Kolkata", None)
        .await
        .json(200);
    assert_eq!(seen["title"], title);
    assert_eq!(seen["start"], "2026-01-06T15:30:00+05:30");
    assert_eq!(
        alice.get(&path).await.json(200)["start"],
        "2026-01-06T10:00:00.000Z"
    );
}

#[tokio::test]
async fn times_without_an_offset_are_of_the_zone() {
    let (_, alice) = start();
    for (begin, end, zone, moment) in [
        (
            "2026-01-06 20:00:00",
            "2026-01-06 21:00:00",
            Some("Asia/Shanghai"),
            "2026-01-06T12:00:00.000Z",
        ),
        (
            "2026-01-06T20:00:00",
            "2026-01-06T21:00",
            Some("Asia/Shanghai"),
            "2026-01-06T12:00:00.000Z",
        ),
        (
            "2026-01-06 20:00",
            "2026-01-06 21:00",
            None,
            "2026-01-06T20:00:00.000Z",
        ),
        (
            "2026-01-06T20:00:00+08:00",
            "2026-01-06 21:00:00",
            Some("Asia/Shanghai"),
            "2026-01-06T12:00:00.000Z",
        ),
        (
            "2026-07-06 20:00:00",
            "2026-07-06 21:00:00",
            Some("Europe/Berlin"),
            "2026-07-06T18:00:00.000Z",
        ),
    ] {
        let mut new = json!({"title": "T", "start": begin, "end": end});
        if let Some(zone) = zone {
            new["timezone"] = json!(zone);
        }
        let made = alice.post("/v1/meetings", new).await.json(200);
        assert_eq!(made["start"], moment, "{begin}");
        let change =
            json!({"title": "T", "start": begin, "end": end, "timezone": made["timezone"]});
        let path = format!("/v1/meetings/{}", text(&made["id"]));
        for method in ["PATCH", "PUT"] {
            let changed = alice
                .send(method, &path, Some(change.clone()))
                .await
                .json(200);
            assert_eq!(changed["start"], moment, "{method} {begin}");
        }
    }
    // Beside a zone, a time has the zone's offset of that day or none.
    for (begin, zone, accepted) in [
        ("2026-01-06T20:00:00Z", "Asia/Calcutta", false),
        ("2026-01-06T20:00:00+05:00", "Asia/Calcutta", false),
        ("2026-01-06T20:00:00+05:30", "Asia/Calcutta", true),
        ("2026-01-06T20:00:00Z", "Europe/London", true),
        ("2026-07-06T20:00:00Z", "Europe/London", false),
        ("2026-07-06T20:00:00+01:00", "Europe/London", true),
        ("2026-01-06T20:00:00Z", "UTC", true),
    ] {
        let end = begin.replace("T20", "T21");
        let new = json!({"title": "T", "start": begin, "end": end, "timezone": zone});
        let answer = alice.post("/v1/meetings", new).await;
        match accepted {
            true => drop(answer.json(200)),
            false => {
                let told = answer.json(400);
                let sentence = text(&told["errors"][0]["description"]);
                assert!(
                    sentence.contains("does not match timezone"),
                    "{begin}: {sentence}"
                );
            }
        }
    }
    for unreadable in ["tomorrow", "2026-13-06 20:00:00", "", "2026-01-06 25:00"] {
        let new = json!({"title": "T", "start": unreadable, "end": "2026-01-06T21:00:00Z"});
        let told = alice.post("/v1/meetings", new).await.json(400);
        let sentence = text(&told["errors"][0]["description"]);
        assert!(sentence.contains("ISO 8601"), "{unreadable}: {sentence}");
    }
}

#[tokio::test]
async fn a_window_takes_every_form_of_a_time_and_refuses_what_is_none() {
    let (sandbox, alice) = start();
    let (ada, grace) = (person(&sandbox, "ada"), person(&sandbox, "grace"));
    let past = alice
        .get("/v1/meetings?meetingType=meeting")
        .await
        .json(200);
    let past = text(&items(&past)[0]["id"]);
    let series = json!({"title": "W", "start": "2026-01-06T09:00:00Z",
                        "end": "2026-01-06T09:30:00Z", "registration": {}});
    let series = text(&alice.post("/v1/meetings", series).await.json(200)["id"]);
    for (who, list, field) in [
        (&alice, "meetings?meetingType=meeting".to_owned(), "from"),
        (&alice, "recordings?max=3".to_owned(), "to"),
        (&ada, "admin/recordings?max=3".to_owned(), "to"),
        (&alice, "meetingTranscripts?max=3".to_owned(), "from"),
        (
            &grace,
            "admin/meetingTranscripts?siteUrl=example.webex.com".to_owned(),
            "from",
        ),
        (
            &alice,
            format!("meetingParticipants?meetingId={past}"),
            "joinTimeFrom",
        ),
        (
            &alice,
            format!("meetings/{series}/registrants?max=3"),
            "registrationTimeTo",
        ),
    ] {
        for given in ["yesterday", "2026-13-40", "2026-01-05T25:00"] {
            let path = format!("/v1/{list}&{field}={given}");
            let refused = who.get(&path).await;
            assert_eq!(refused.status, 400, "{path}");
            assert!(refused.text().contains("ISO 8601"), "{}", refused.text());
        }
        for given in ["2026-01-05", "2026-01-05T00:00:00", "20260105T000000Z"] {
            who.get(&format!("/v1/{list}&{field}={given}"))
                .await
                .json(200);
        }
    }
    // Windows have a longest length.
    for (who, list, from, to) in [
        (
            &alice,
            format!("meetingParticipants?meetingId={past}&join"),
            "TimeFrom=2025-12-01",
            "TimeTo=2026-02-28",
        ),
        (
            &alice,
            format!("meetings/{series}/registrants?registration"),
            "TimeFrom=2025-12-01",
            "TimeTo=2026-02-28",
        ),
        (
            &ada,
            "admin/recordings?".to_owned(),
            "from=2026-01-01",
            "to=2026-01-30",
        ),
    ] {
        let name = list.rsplit_once(['?', '&']).unwrap().1;
        let path = format!("/v1/{list}{from}&{name}{to}");
        who.get(&path).await.json(200);
        let path = path
            .replace("2025-12", "2025-11")
            .replace("from=2026-01-01", "from=2025-12-01");
        who.get(&path).await.json(400);
    }
    // With one end, it is a week from there.
    let people = format!("/v1/meetingParticipants?meetingId={past}&max=100");
    let all = alice.ids(&people).await.len();
    for (end, count) in [
        ("To=2026-01-05", all),
        ("To=2026-01-20", 0),
        ("From=2025-12-29", all),
    ] {
        let path = format!("{people}&joinTime{end}");
        assert_eq!(alice.ids(&path).await.len(), count, "{end}");
    }
    let query = format!("/v1/meetingParticipants/query?meetingId={past}");
    let garbage = json!({"joinTimeFrom": "yesterday"});
    alice.post(&query, garbage).await.json(400);
    // A date is its first moment, in UTC.
    let list = "/v1/meetings?meetingType=scheduledMeeting&max=100";
    let by_day = format!("{list}&from=2026-01-06&to=2026-01-07");
    let by_moment = format!("{list}&from=2026-01-06T00:00:00Z&to=2026-01-07T00:00:00Z");
    let day = alice.ids(&by_day).await;
    assert_eq!(day, alice.ids(&by_moment).await);
    assert!(!day.is_empty() && day.len() < alice.ids(list).await.len());
}

#[tokio::test]
async fn a_series_is_listed_with_its_next_meeting_or_with_its_first() {
    let (_, alice) = start();
    let standup = |list: Value| {
        let mut all = items(&list).iter();
        let found = all.find(|one| one["title"] == "Daily Standup");
        found.cloned().unwrap()
    };
    let listed = standup(alice.get("/v1/meetings").await.json(200));
    let whole = standup(alice.get("/v1/meetings?current=false").await.json(200));
    let path = format!("/v1/meetings/{}", text(&listed["id"]));
    let next = alice.get(&format!("{path}?current=true")).await.json(200);
    let series = alice.get(&path).await.json(200);
    for (shown, as_in) in [(&listed, &next), (&whole, &series)] {
        assert_eq!(shown["meetingType"], "meetingSeries");
        assert_eq!(
            (&shown["start"], &shown["end"]),
            (&as_in["start"], &as_in["end"])
        );
    }
    assert_ne!(listed["start"], whole["start"]);
}

#[tokio::test]
async fn a_rule_decides_the_days_of_which_webex_keeps_so_many() {
    let (_, alice) = start();
    for (rule, count, days) in [
        (
            "FREQ=MONTHLY;BYMONTHDAY=26,27;COUNT=4",
            4,
            "03-26 04-26 05-26",
        ),
        ("FREQ=DAILY", 1826, "03-26 03-27 03-28"),
        ("FREQ=WEEKLY", 261, "03-26 04-02 04-09"),
        ("FREQ=MONTHLY", 60, "03-26 04-26 05-26"),
        ("FREQ=YEARLY", 5, "03-26 03-26 03-26"),
        ("FREQ=DAILY;UNTIL=20260328", 3, "03-26 03-27 03-28"),
        ("FREQ=DAILY;UNTIL=20260328T093000Z", 3, "03-26 03-27 03-28"),
        (
            "FREQ=MONTHLY;BYDAY=2TU,3WE;INTERVAL=2;COUNT=3",
            3,
            "05-12 07-14 09-08",
        ),
        (
            "FREQ=YEARLY;BYMONTH=3,4;BYMONTHDAY=26;WKST=SU;COUNT=3",
            3,
            "03-26 04-26 03-26",
        ),
        ("FREQ=MONTHLY;BYDAY=-1FR;COUNT=3", 3, "03-27 04-24 05-29"),
        (
            "FREQ=WEEKLY;BYDAY=MO,FR;BYSETPOS=-1;COUNT=3",
            3,
            "03-27 04-03 04-10",
        ),
    ] {
        let new = json!({"title": "R", "start": "2026-03-26T10:30:00", "recurrence": rule,
                         "end": "2026-03-26T11:00:00", "timezone": "Europe/Berlin"});
        let id = text(&alice.post("/v1/meetings", new).await.json(200)["id"]);
        let list =
            format!("/v1/meetings?meetingSeriesId={id}&meetingType=scheduledMeeting&max=100");
        let starts = alice.all(&list).await;
        let told: Vec<_> = starts.iter().map(|one| text(&one["start"])).collect();
        let told: Vec<_> = told.iter().take(3).map(|start| &start[5..10]).collect();
        assert_eq!(
            (starts.len(), told.join(" ").as_str()),
            (count, days),
            "{rule}"
        );
    }
}

#[tokio::test]
async fn what_is_no_rule_of_recurrence_is_refused() {
    let (_, alice) = start();
    let new = json!({"title": "R", "start": "2026-03-26T09:30:00Z", "end": "2026-03-26T10:00:00Z"});
    let id = text(&alice.post("/v1/meetings", new).await.json(200)["id"]);
    let path = format!("/v1/meetings/{id}");
    for rule in [
        "",
        "FREQ",
        "FREQ=HOURLY",
        "FREQ=DAILY;COUNT=1;COUNT=2",
        "FREQ=DAILY;COUNT=-1",
        "FREQ=DAILY;INTERVAL=0x1",
        "FREQ=DAILY;BYMONTH=13",
        "FREQ=MONTHLY;BYMONTHDAY=32",
        "FREQ=WEEKLY;WKST=2MO",
        "FREQ=WEEKLY;BYDAY=XX",
        "FREQ=DAILY;COLOUR=RED",
        "FREQ=DAILY;COUNT=2\nRDATE:20260327T093000Z",
    ] {
        let change = Some(json!({"recurrence": rule}));
        let answer = alice.send("PATCH", &path, change).await;
        assert_eq!(answer.status, 400, "{rule}");
    }
}
