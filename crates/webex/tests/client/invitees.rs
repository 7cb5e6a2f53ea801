//! Invitees on the wire, and what is refused before it.

use serde_json::{Value, json};
use webex::invitees::{
    CreateInvitee, CreateInvitees, DeleteInvitee, ListInvitees, NewInvitee, UpdateInvitee,
};

use crate::upstream::{Upstream, json as answer};
use crate::wire::{last, refuses, sends, some, upstream};

fn ann() -> NewInvitee {
    NewInvitee {
        email: "ann@example.com".to_owned(),
        co_host: Some(true),
        send_email: Some(false),
        ..Default::default()
    }
}

fn one(invitee: NewInvitee) -> CreateInvitee {
    CreateInvitee {
        meeting_id: "m".to_owned(),
        host_email: None,
        invitee,
    }
}

fn many(invitees: Vec<NewInvitee>) -> CreateInvitees {
    CreateInvitees {
        meeting_id: "m".to_owned(),
        host_email: some("h@example.com"),
        invitees,
    }
}

#[tokio::test]
async fn invitees_on_the_wire() {
    let upstream = upstream();
    let client = upstream.client();
    let invitees = client.invitees();
    let query = ListInvitees {
        meeting_id: "m_I_1".to_owned(),
        max: Some(100),
        host_email: some("h@example.com"),
        panelist: Some(true),
    };
    sends!(upstream: invitees.list(&query) => "GET /v1/meetingInvitees?meetingId=m_I_1&max=100&hostEmail=h%40example.com&panelist=true", Value::Null);
    sends!(upstream: invitees.create(&one(ann())) => "POST /v1/meetingInvitees",
        json!({"meetingId":"m","email":"ann@example.com","coHost":true,"sendEmail":false}));
    sends!(upstream: invitees.create_many(&many(vec![ann()])) => "POST /v1/meetingInvitees/bulkInsert",
        json!({"meetingId":"m","hostEmail":"h@example.com","items":[
            {"email":"ann@example.com","coHost":true,"sendEmail":false}]}));
    sends!(upstream: invitees.get("i/1", None) => "GET /v1/meetingInvitees/i%2F1", Value::Null);
    sends!(upstream: invitees.get("i", Some("h@example.com")) => "GET /v1/meetingInvitees/i?hostEmail=h%40example.com", Value::Null);
    let update = UpdateInvitee {
        host_email: None,
        invitee: ann(),
    };
    sends!(upstream: invitees.update("i", &update) => "PUT /v1/meetingInvitees/i",
        json!({"email":"ann@example.com","coHost":true,"sendEmail":false}));
    let delete = DeleteInvitee {
        host_email: None,
        send_email: Some(false),
    };
    sends!(upstream: invitees.delete("i", &delete) => "DELETE /v1/meetingInvitees/i?sendEmail=false", Value::Null);
}

#[tokio::test]
async fn who_was_invited_in_bulk_comes_back_with_ids() {
    let upstream = Upstream::new([answer(
        r#"{"items":[{"id":"1","email":"a@b.c"},{"id":"2","email":"d@e.f","coHost":false}]}"#,
    )]);
    let client = upstream.client();
    let created = client.invitees().create_many(&many(vec![ann()])).await;
    let ids: Vec<String> = created.unwrap().into_iter().map(|one| one.id).collect();
    assert_eq!(ids, ["1", "2"]);
}

#[tokio::test]
async fn more_than_a_hundred_invitees_or_one_twice_are_not_sent() {
    let upstream = upstream();
    let client = upstream.client();
    let invitees = client.invitees();
    let guests = |count: usize| {
        let guest = |number| NewInvitee {
            email: format!("guest{number}@example.com"),
            ..Default::default()
        };
        many((0..count).map(guest).collect())
    };
    refuses!(invitees.create_many(&guests(0)) => "items");
    refuses!(invitees.create_many(&guests(101)) => "items");
    let mut shouting = ann();
    shouting.email = shouting.email.to_uppercase();
    refuses!(invitees.create_many(&many(vec![ann(), shouting])) => "email");
    refuses!(invitees.create(&one(NewInvitee::default())) => "email");
    let mut named = ann();
    named.display_name = Some("ü".repeat(129));
    refuses!(invitees.create(&one(named)) => "displayName");
    refuses!(invitees.create(&CreateInvitee::default()) => "meetingId");
    let mut started = many(vec![ann()]);
    started.meeting_id.push_str("_I_1");
    refuses!(invitees.create_many(&started) => "meetingId");
    refuses!(invitees.list(&ListInvitees::default()) => "meetingId");
    refuses!(invitees.update("i", &UpdateInvitee::default()) => "email");
    refuses!(invitees.get("", None) => "meetingInviteeId");
    assert_eq!(upstream.count(), 0);
    invitees.create_many(&guests(100)).await.unwrap();
    let mut named = ann();
    named.display_name = Some("ü".repeat(128));
    invitees.create(&one(named)).await.unwrap();
    assert_eq!(upstream.count(), 2, "the limits themselves are allowed");
}
