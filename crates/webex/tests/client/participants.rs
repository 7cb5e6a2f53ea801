//! Participants on the wire, their two forms, and what is refused before it.

use jiff::{Timestamp, ToSpan as _};
use serde_json::{Value, json};
use webex::NextPage;
use webex::participants::callout::{CalledMeeting, Callout};
use webex::participants::{
    AdmitParticipant, AudioType, JoinTime, ListParticipants, MeetingStart, Participant,
    ParticipantState, QueryParticipants, UpdateParticipant,
};

use crate::upstream::{BASE, Upstream, json as answer, status};
use crate::wire::{last, refuses, sends, some, upstream};

fn time(text: &str) -> Option<Timestamp> {
    text.parse().ok()
}

fn of_meeting() -> ListParticipants {
    ListParticipants {
        meeting_id: "m".to_owned(),
        ..Default::default()
    }
}

fn query() -> QueryParticipants {
    QueryParticipants {
        meeting_id: "m".to_owned(),
        host_email: some("h@example.com"),
        emails: vec!["a@b.c".to_owned()],
        join_time: JoinTime {
            join_time_from: time("2026-01-05T09:00:00Z"),
            join_time_to: None,
        },
        timezone: some("Asia/Tokyo"),
        ..Default::default()
    }
}

/// A window around a moment, so many hours long.
fn joined_within(hours: i64) -> ListParticipants {
    let from = time("2026-01-05T09:00:00Z");
    ListParticipants {
        join_time: JoinTime {
            join_time_from: from,
            join_time_to: from.map(|from| from + hours.hours()),
        },
        ..of_meeting()
    }
}

fn callout() -> Callout {
    Callout {
        meeting: CalledMeeting::Number("25550000000".to_owned()),
        address: "room@example.com".to_owned(),
        address_type: None,
        invitation_correlation_id: None,
        display_name: "Room".to_owned(),
    }
}

#[tokio::test]
async fn participants_on_the_wire() {
    let upstream = upstream();
    let client = upstream.client();
    let participants = client.participants();
    let list = ListParticipants {
        max: Some(100),
        breakout_session_id: some("b"),
        meeting_start: MeetingStart {
            meeting_start_time_from: time("2026-01-05T09:00:00Z"),
            meeting_start_time_to: time("2026-01-06T09:00:00Z"),
        },
        timezone: some("Europe/Berlin"),
        ..of_meeting()
    };
    sends!(upstream: participants.list(&list) => "GET /v1/meetingParticipants?max=100&meetingId=m&breakoutSessionId=b&meetingStartTimeFrom=2026-01-05T09%3A00%3A00.000Z&meetingStartTimeTo=2026-01-06T09%3A00%3A00.000Z", Value::Null);
    assert_eq!(upstream.asked()[0].headers["timezone"], "Europe/Berlin");
    sends!(upstream: participants.get("p", Some("h@example.com")) => "GET /v1/meetingParticipants/p?hostEmail=h%40example.com", Value::Null);
    let update = UpdateParticipant {
        muted: Some(false),
        ..Default::default()
    };
    sends!(upstream: participants.update("p", &update) => "PUT /v1/meetingParticipants/p", json!({"muted":false}));
    let guests = [
        AdmitParticipant {
            participant_id: "p".to_owned(),
            breakout_session_id: some("b"),
        },
        AdmitParticipant {
            participant_id: "q".to_owned(),
            breakout_session_id: None,
        },
    ];
    sends!(upstream: participants.admit(&guests) => "POST /v1/meetingParticipants/admit",
        json!({"items":[{"participantId":"p","breakoutSessionId":"b"},{"participantId":"q"}]}));
}

#[tokio::test]
async fn a_query_has_its_addresses_in_the_body_on_every_page() {
    let upstream = upstream();
    let client = upstream.client();
    let participants = client.participants();
    let body = json!({"emails":["a@b.c"],"joinTimeFrom":"2026-01-05T09:00:00.000Z"});
    sends!(upstream: participants.query(&query()) => "POST /v1/meetingParticipants/query?meetingId=m&hostEmail=h%40example.com", body.clone());
    let link = format!("{BASE}/meetingParticipants/query?meetingId=m&cursor=2");
    let next = NextPage::parse(&upstream.webex(), &link).unwrap();
    sends!(upstream: client.next_page::<Participant>(&query(), &next) => "POST /v1/meetingParticipants/query?meetingId=m&cursor=2", body);
    for asked in upstream.asked() {
        assert_eq!(asked.headers["timezone"], "Asia/Tokyo");
    }
}

#[tokio::test(start_paused = true)]
async fn a_query_is_a_read_and_repeated_although_it_is_a_post() {
    let upstream = Upstream::new([status(502), answer(r#"{"items":[]}"#)]);
    let client = upstream.client();
    client.participants().query(&query()).await.unwrap();
    assert_eq!(upstream.count(), 2);

    let upstream = Upstream::new([status(502)]);
    let client = upstream.client();
    let update = UpdateParticipant {
        expel: Some(true),
        ..Default::default()
    };
    let error = client.participants().update("p", &update).await;
    assert!(error.unwrap_err().maybe_applied());
    assert_eq!(upstream.count(), 1);
}

#[tokio::test]
async fn a_time_of_1970_is_not_known_yet() {
    let upstream = Upstream::new([answer(
        r#"{"items":[
            {"id":"1","state":"joined","joinedTime":"1970-01-01T00:00:00.000Z","muted":true,
             "devices":[{"audioType":"voip","leftTime":"1970-01-01T00:00:00.000Z"}]},
            {"id":"2","state":"green room","joinedTime":"2026-01-05T18:00:00+09:00",
             "devices":[{"durationSecond":61.0,"callType":"callIn","phoneNumber":"1"}]}]}"#,
    )]);
    let client = upstream.client();
    let page = client.participants().list(&of_meeting()).await.unwrap();
    let [live, ended] = page.items.as_slice() else {
        panic!("two participants were expected");
    };
    assert_eq!(live.state, Some(ParticipantState::Joined));
    assert_eq!(live.joined_time, None);
    let device = &live.devices.as_ref().unwrap()[0];
    assert_eq!(
        (&device.audio_type, device.left_time),
        (&Some(AudioType::Voip), None)
    );
    assert_eq!(
        ended.state,
        Some(ParticipantState::Other("green room".to_owned()))
    );
    assert_eq!(ended.joined_time, time("2026-01-05T09:00:00Z"));
    let device = &ended.devices.as_ref().unwrap()[0];
    assert_eq!(device.duration_second, Some(61));
}

#[tokio::test]
async fn calls_out_on_the_wire() {
    let upstream = Upstream::new([answer(r#"{"participantId":"p","state":"pending"}"#)]);
    let client = upstream.client();
    let participants = client.participants();
    sends!(upstream: participants.call_out(&callout()) => "POST /v1/meetingParticipants/callout",
        json!({"meetingNumber":"25550000000","address":"room@example.com","displayName":"Room"}));
    let by_id = Callout {
        meeting: CalledMeeting::Id("m".to_owned()),
        invitation_correlation_id: "0F0E0D0C-0000-4000-8000-000000000001".parse().ok(),
        ..callout()
    };
    sends!(upstream: participants.call_out(&by_id) => "POST /v1/meetingParticipants/callout",
        json!({"meetingId":"m","address":"room@example.com","displayName":"Room",
            "invitationCorrelationId":"0f0e0d0c-0000-4000-8000-000000000001"}));
    sends!(upstream: participants.cancel_callout("p") => "POST /v1/meetingParticipants/cancelCallout",
        json!({"participantId":"p"}));
}

#[tokio::test]
async fn what_webex_would_refuse_or_ignore_is_not_sent() {
    let upstream = upstream();
    let client = upstream.client();
    let participants = client.participants();
    refuses!(participants.list(&ListParticipants::default()) => "meetingId");
    refuses!(participants.list(&joined_within(-1)) => "joinTimeFrom");
    refuses!(participants.list(&joined_within(90 * 24 + 1)) => "joinTimeFrom");
    let mut wrong_way_round = query();
    wrong_way_round.meeting_start = MeetingStart {
        meeting_start_time_from: time("2026-01-06T09:00:00Z"),
        meeting_start_time_to: time("2026-01-05T09:00:00Z"),
    };
    refuses!(participants.query(&wrong_way_round) => "meetingStartTimeFrom");
    let mut nobody = query();
    nobody.emails.clear();
    refuses!(participants.query(&nobody) => "emails");
    let mut nowhere = query();
    nowhere.timezone = some("Mars/Olympus");
    refuses!(participants.query(&nowhere) => "timezone");
    refuses!(participants.update("p", &UpdateParticipant::default()) => "muted");
    let guests = |count| {
        let guest = AdmitParticipant {
            participant_id: "p".to_owned(),
            breakout_session_id: None,
        };
        vec![guest; count]
    };
    refuses!(participants.admit(&guests(0)) => "items");
    refuses!(participants.admit(&guests(101)) => "items");
    refuses!(participants.admit(&[AdmitParticipant::default()]) => "participantId");
    let mut named = callout();
    named.display_name = "ü".repeat(33);
    refuses!(participants.call_out(&named) => "displayName");
    let mut unmet = callout();
    unmet.meeting = CalledMeeting::Id(String::new());
    refuses!(participants.call_out(&unmet) => "meetingId");
    refuses!(participants.cancel_callout("") => "participantId");
    assert_eq!(upstream.count(), 0);
    participants.admit(&guests(100)).await.unwrap();
    participants.list(&joined_within(90 * 24)).await.unwrap();
    assert_eq!(upstream.count(), 2, "the limits themselves are allowed");
}
