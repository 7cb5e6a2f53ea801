//! Every operation on meetings as it goes over the wire, and what is refused before it does.

use serde_json::{Value, json};
use webex::meetings::breakouts::{BreakoutPlan, UpdateBreakouts};
use webex::meetings::controls::MeetingControls;
use webex::meetings::host::ReassignHost;
use webex::meetings::join::{JoinMeeting, MeetingReference};
use webex::meetings::schedule::PlannedInvitee;
use webex::meetings::settings::{JoinSecurity, MeetingSettings};
use webex::meetings::tracking_codes::TrackingCode;
use webex::meetings::{
    AdminListMeetings, CreateMeeting, DeleteMeeting, GetMeeting, ListMeetings, Meeting,
    MeetingState, MeetingType, PatchMeeting, UpdateMeeting,
};
use webex::{Page, WebexError};

use crate::upstream::{Answer, Asked, Upstream, json as answer, status, with_header};

type Change = fn(&mut CreateMeeting);

const INSTANCE: &str = "0ed74a1c0551494fb7a04e2881bf50ae_I_166022169160077044";

fn some(text: &str) -> Option<String> {
    Some(text.to_owned())
}

/// One answer that every operation can read.
fn upstream() -> Upstream {
    Upstream::new([answer(r#"{"id":"x","items":[]}"#)])
}

fn last(upstream: &Upstream) -> Asked {
    upstream.asked().pop().unwrap()
}

fn body(asked: &Asked) -> Value {
    serde_json::from_slice(&asked.body).unwrap_or(Value::Null)
}

fn header<'a>(asked: &'a Asked, name: &str) -> Option<&'a str> {
    asked.headers.get(name).map(|value| value.to_str().unwrap())
}

/// The field that was refused; nothing may have been sent.
#[track_caller]
fn refused<T: std::fmt::Debug>(upstream: &Upstream, result: Result<T, WebexError>) -> &'static str {
    assert_eq!(upstream.count(), 0);
    match result {
        Err(WebexError::Invalid { field, .. }) => field,
        other => panic!("{other:?}"),
    }
}

fn standup() -> CreateMeeting {
    let at = |text: &str| text.parse().unwrap();
    CreateMeeting::new(
        "Standup",
        at("2026-12-01T09:00:00Z"),
        at("2026-12-01T09:15:00Z"),
    )
}

#[tokio::test]
async fn a_list_sends_its_zone_and_password_as_headers_on_every_page() {
    let empty = r#"{"items":[]}"#.to_owned();
    let link = r#"<https://webexapis.com/v1/meetings?offset=10>; rel="next""#.to_owned();
    let upstream = Upstream::new([
        Answer::Http(200, vec![("link", link)], empty),
        answer(r#"{"items":[{"id":"m"}]}"#),
    ]);
    let client = upstream.client();
    let query = ListMeetings {
        meeting_type: Some(MeetingType::Meeting),
        state: Some(MeetingState::Ended),
        from: "2026-01-05T09:00:00Z".parse().ok(),
        has_qa: Some(true),
        max: Some(100),
        host_email: some("alice@example.com"),
        password: Some("s3cret".into()),
        timezone: some("Europe/Berlin"),
        ..Default::default()
    };
    let page = client.meetings().list(&query).await.unwrap();
    assert_eq!(page.items[0].id, "m");
    let next = webex::NextPage::parse(client.webex(), "/meetings?offset=20").unwrap();
    let _: Page<Meeting> = client.next_page(&query, &next).await.unwrap();
    assert_eq!(
        upstream.lines(),
        [
            "GET /v1/meetings?max=100&from=2026-01-05T09%3A00%3A00.000Z&meetingType=meeting&state=ended&hasQA=true&hostEmail=alice%40example.com",
            "GET /v1/meetings?offset=10&max=100&from=2026-01-05T09%3A00%3A00.000Z&meetingType=meeting&state=ended&hasQA=true&hostEmail=alice%40example.com",
            "GET /v1/meetings?offset=20",
        ]
    );
    for asked in upstream.asked() {
        assert_eq!(header(&asked, "timezone"), Some("Europe/Berlin"));
        assert_eq!(header(&asked, "password"), Some("s3cret"));
    }
    assert!(!format!("{query:?}").contains("s3cret"));
}

#[tokio::test]
async fn a_list_names_one_meeting_and_a_window_in_order() {
    let upstream = upstream();
    let client = upstream.client();
    let list = async |query| client.meetings().list(&query).await;
    let two = ListMeetings {
        meeting_number: some("1"),
        room_id: some("r"),
        ..Default::default()
    };
    assert_eq!(refused(&upstream, list(two).await), "meetingNumber");
    let backwards = ListMeetings {
        from: "2026-01-06T09:00:00Z".parse().ok(),
        to: "2026-01-05T09:00:00Z".parse().ok(),
        ..Default::default()
    };
    assert_eq!(refused(&upstream, list(backwards).await), "from");
    let nowhere = ListMeetings {
        timezone: some("Moon/Base"),
        ..Default::default()
    };
    assert_eq!(refused(&upstream, list(nowhere).await), "timezone");
}

#[tokio::test]
async fn create_and_read_and_delete() {
    let upstream = upstream();
    let client = upstream.client();
    let meetings = client.meetings();
    let mut meeting = standup();
    meeting.timezone = some("Europe/Berlin");
    meeting.recurrence = some("FREQ=WEEKLY;INTERVAL=1;BYDAY=MO,WE;COUNT=10");
    meeting.password = Some("s3cret".into());
    meeting.invitees = Some(vec![PlannedInvitee {
        email: "bob@example.com".to_owned(),
        ..Default::default()
    }]);
    meeting.settings = MeetingSettings {
        enabled_join_before_host: Some(true),
        unlocked_meeting_join_security: Some(JoinSecurity::AllowJoinWithLobby),
        ..Default::default()
    };
    meetings.create(&meeting).await.unwrap();
    assert_eq!(last(&upstream).line, "POST /v1/meetings");
    assert_eq!(
        body(&last(&upstream)),
        json!({"title":"Standup","start":"2026-12-01T10:00:00.000+01:00","end":"2026-12-01T10:15:00.000+01:00",
            "timezone":"Europe/Berlin","recurrence":"FREQ=WEEKLY;INTERVAL=1;BYDAY=MO,WE;COUNT=10",
            "password":"s3cret","invitees":[{"email":"bob@example.com"}],
            "enabledJoinBeforeHost":true,"unlockedMeetingJoinSecurity":"allowJoinWithLobby"})
    );
    assert!(!format!("{meeting:?}").contains("s3cret"));
    meetings.create(&CreateMeeting::adhoc("r")).await.unwrap();
    assert_eq!(body(&last(&upstream)), json!({"adhoc":true,"roomId":"r"}));

    let query = GetMeeting {
        current: Some(true),
        password: Some("s3cret".into()),
        timezone: some("Asia/Tokyo"),
        ..Default::default()
    };
    meetings.get(INSTANCE, &query).await.unwrap();
    let asked = last(&upstream);
    assert_eq!(
        asked.line,
        format!("GET /v1/meetings/{INSTANCE}?current=true")
    );
    assert_eq!(header(&asked, "timezone"), Some("Asia/Tokyo"));
    assert_eq!(header(&asked, "password"), Some("s3cret"));

    let quietly = DeleteMeeting {
        send_email: Some(false),
        ..Default::default()
    };
    meetings.delete("m", &quietly).await.unwrap();
    assert_eq!(
        last(&upstream).line,
        "DELETE /v1/meetings/m?sendEmail=false"
    );

    let query = AdminListMeetings {
        meeting_number: some("25552"),
        ..Default::default()
    };
    meetings.admin_list(&query).await.unwrap();
    assert_eq!(
        last(&upstream).line,
        "GET /v1/admin/meetings?meetingNumber=25552"
    );
    meetings
        .admin_get("m", Some(true), Some("UTC"))
        .await
        .unwrap();
    assert_eq!(
        last(&upstream).line,
        "GET /v1/admin/meetings/m?current=true"
    );
}

#[tokio::test]
async fn what_webex_would_cut_or_refuse_is_refused_before_the_wire() {
    let upstream = upstream();
    let client = upstream.client();
    let invitee = PlannedInvitee::default();
    let cases: [(&str, Change); 11] = [
        ("title", |it| it.title = Some("x".repeat(129))),
        ("title", |it| it.title = None),
        ("agenda", |it| it.agenda = Some("x".repeat(1301))),
        ("end", |it| it.end = it.start),
        ("timezone", |it| it.timezone = some("Mars/Olympus")),
        ("recurrence", |it| it.recurrence = some("FREQ=HOURLY")),
        ("recurrence", |it| {
            it.recurrence = some("FREQ=DAILY;UNTIL=20200105T000000Z");
        }),
        ("joinBeforeHostMinutes", |it| {
            it.settings.join_before_host_minutes = Some(7);
        }),
        ("roomId", |it| it.adhoc = Some(true)),
        ("integrationTags", |it| {
            it.settings.integration_tags = Some(vec!["x".repeat(65)]);
        }),
        ("visualWatermarkOpacity", |it| {
            it.settings.visual_watermark_opacity = Some(81);
        }),
    ];
    for (field, change) in cases {
        let mut meeting = standup();
        change(&mut meeting);
        assert_eq!(
            refused(&upstream, client.meetings().create(&meeting).await),
            field
        );
    }
    let mut crowd = standup();
    crowd.invitees = Some(vec![invitee; 1001]);
    assert_eq!(
        refused(&upstream, client.meetings().create(&crowd).await),
        "invitees"
    );
    let patch = PatchMeeting {
        recurrence: Some(some("FREQ=MONTHLY;BYMONTHDAY=1,2")),
        ..Default::default()
    };
    assert_eq!(
        refused(&upstream, client.meetings().patch("m", &patch).await),
        "recurrence"
    );
    let patch = PatchMeeting::default();
    assert_eq!(
        refused(&upstream, client.meetings().patch(INSTANCE, &patch).await),
        "meetingId"
    );
}

#[tokio::test]
async fn a_patch_is_a_merge_object_in_plain_json_where_null_clears() {
    let upstream = upstream();
    let client = upstream.client();
    let patch = PatchMeeting {
        title: some("New"),
        agenda: Some(None),
        recurrence: Some(None),
        tracking_codes: Some(None),
        ..Default::default()
    };
    client.meetings().patch("m", &patch).await.unwrap();
    let asked = last(&upstream);
    assert_eq!(asked.line, "PATCH /v1/meetings/m");
    assert_eq!(header(&asked, "content-type"), Some("application/json"));
    let sent = body(&asked);
    assert_eq!(
        sent,
        json!({"title":"New","agenda":null,"recurrence":null,"trackingCodes":null})
    );
    assert_eq!(
        serde_json::from_value::<PatchMeeting>(sent).unwrap(),
        patch,
        "null survives being read"
    );
    let patch = PatchMeeting {
        tracking_codes: Some(Some(vec![TrackingCode {
            name: "Cost".to_owned(),
            value: "7".to_owned(),
        }])),
        ..Default::default()
    };
    client.meetings().patch("m", &patch).await.unwrap();
    assert_eq!(
        body(&last(&upstream)),
        json!({"trackingCodes":[{"name":"Cost","value":"7"}]})
    );
    let update = UpdateMeeting {
        title: some("New"),
        ..Default::default()
    };
    client.meetings().update("m", &update).await.unwrap();
    let asked = last(&upstream);
    assert_eq!(asked.line, "PUT /v1/meetings/m");
    assert_eq!(body(&asked), json!({"title":"New"}));
}

#[tokio::test]
async fn an_answer_keeps_unknown_words_reads_quoted_numbers_and_hides_its_secrets() {
    let upstream = Upstream::new([answer(
        r#"{"id":"m","state":"paused","meetingType":"meeting","sessionTypeId":"3","password":"s3cret",
            "hostKey":"s3cret","telephony":{"accessCode":"s3cret","callInNumbers":[]},"panelistPassword":"s3cret",
            "registration":{"customizedQuestions":[{"id":"330521","question":"?","type":"slider"}]}}"#,
    )]);
    let client = upstream.client();
    let got = client.meetings().get("m", &GetMeeting::default()).await;
    let meeting = got.unwrap();
    assert_eq!(
        meeting.state,
        Some(MeetingState::Other("paused".to_owned()))
    );
    assert_eq!(meeting.meeting_type, Some(MeetingType::Meeting));
    assert_eq!(meeting.settings.session_type_id, Some(3));
    let questions = meeting.registration.clone().unwrap().customized_questions;
    let question = questions.unwrap().remove(0);
    assert_eq!(question.id, Some(330_521));
    assert_eq!(question.question_type.as_str(), "slider");
    assert!(!format!("{meeting:?}").contains("s3cret"));
}

#[tokio::test]
async fn join_asks_for_links_and_follows_no_redirect() {
    let links = answer(
        r#"{"joinLink":"https://a.webex.com/j?t=s3cret","expiration":"2026-01-05T10:00:00Z"}"#,
    );
    let redirect = with_header(302, "location", "https://a.webex.com/j?t=s3cret");
    let upstream = Upstream::new([links, redirect]);
    let client = upstream.client();
    let mut join = JoinMeeting::new(MeetingReference::MeetingNumber("123".to_owned()));
    join.email = some("bob@example.com");
    join.expiration_minutes = Some(60);
    let links = client.meetings().join(&join).await.unwrap();
    assert_eq!(
        body(&last(&upstream)),
        json!({"meetingNumber":"123","email":"bob@example.com","expirationMinutes":60,"joinDirectly":false})
    );
    assert!(!format!("{links:?}").contains("s3cret"));
    assert!(links.join_link.unwrap().as_str().ends_with("t=s3cret"));
    let error = client.meetings().join(&join).await.unwrap_err();
    assert_eq!(error.status(), Some(302));
    assert_eq!(upstream.count(), 2);
}

#[tokio::test]
async fn join_checks_its_name_and_its_minutes() {
    let upstream = upstream();
    let client = upstream.client();
    let join = JoinMeeting::new(MeetingReference::MeetingId("m".to_owned()));
    let mut nameless = join.clone();
    nameless.display_name = some("Bob");
    let mut long = join;
    long.expiration_minutes = Some(61);
    for (join, field) in [(nameless, "email"), (long, "expirationMinutes")] {
        assert_eq!(
            refused(&upstream, client.meetings().join(&join).await),
            field
        );
    }
}

#[tokio::test]
async fn controls_and_end() {
    let upstream = Upstream::new([answer(r#"{"locked":true,"recordingStarted":false}"#)]);
    let client = upstream.client();
    let controls = client.meetings().controls(INSTANCE).await.unwrap();
    assert_eq!(
        (controls.locked, controls.recording_started),
        (Some(true), Some(false))
    );
    assert_eq!(
        last(&upstream).line,
        format!("GET /v1/meetings/controls?meetingId={INSTANCE}")
    );
    let lock = MeetingControls {
        locked: Some(true),
        ..Default::default()
    };
    client.meetings().update_controls("m", &lock).await.unwrap();
    let asked = last(&upstream);
    assert_eq!(asked.line, "PUT /v1/meetings/controls?meetingId=m");
    assert_eq!(body(&asked), json!({"locked":true}));
    client.meetings().end("m", None).await.unwrap();
    let asked = last(&upstream);
    assert_eq!(asked.line, "POST /v1/meetings/m/end");
    assert_eq!(body(&asked), json!({}));
}

#[tokio::test]
async fn reassigning_answers_with_nothing_or_with_an_outcome_each() {
    let outcomes = r#"{"items":[{"meetingId":"a","httpStatus":200},
        {"meetingId":"b","httpStatus":"404","message":"no","errors":[{"description":"none"}]}]}"#;
    let upstream = Upstream::new([
        status(204),
        Answer::Http(207, Vec::new(), outcomes.to_owned()),
    ]);
    let client = upstream.client();
    let reassign = ReassignHost {
        host_email: "bob@example.com".to_owned(),
        meeting_ids: vec!["a".to_owned(), "b".to_owned()],
        site_url: some("a.webex.com"),
    };
    let all = client.meetings().reassign_host(&reassign).await.unwrap();
    assert!(all.is_empty());
    let asked = last(&upstream);
    assert_eq!(asked.line, "POST /v1/meetings/reassignHost");
    assert_eq!(header(&asked, "siteurl"), Some("a.webex.com"));
    assert_eq!(
        body(&asked),
        json!({"hostEmail":"bob@example.com","meetingIds":["a","b"]})
    );
    let some_of_them = client.meetings().reassign_host(&reassign).await.unwrap();
    let done: Vec<bool> = some_of_them.iter().map(|each| each.is_done()).collect();
    assert_eq!(done, [true, false]);
    assert_eq!(some_of_them[1].errors[0].description, "none");
}

#[tokio::test]
async fn breakouts_take_each_invitee_once() {
    let upstream = upstream();
    let client = upstream.client();
    let plan = |name: &str| BreakoutPlan {
        name: name.to_owned(),
        invitees: Some(vec!["bob@example.com".to_owned()]),
    };
    let twice = UpdateBreakouts {
        items: vec![plan("a"), plan("b")],
        ..Default::default()
    };
    assert_eq!(
        refused(
            &upstream,
            client.meetings().update_breakouts("m", &twice).await
        ),
        "items"
    );
    let once = UpdateBreakouts {
        items: vec![plan("a")],
        ..Default::default()
    };
    client
        .meetings()
        .update_breakouts("m", &once)
        .await
        .unwrap();
    let asked = last(&upstream);
    assert_eq!(asked.line, "PUT /v1/meetings/m/breakoutSessions");
    assert_eq!(
        body(&asked),
        json!({"items":[{"name":"a","invitees":["bob@example.com"]}]})
    );
}
