//! Every operation of messaging as it goes over the wire, and what is refused before it does.

use serde_json::{Value, json};
use webex::Upload;
use webex::memberships::{CreateMembership, ListMemberships, UpdateMembership};
use webex::messages::{
    Attachment, CreateMessage, Destination, EditMessage, ListDirectMessages, ListMessages,
};
use webex::people::ListPeople;
use webex::rooms::{CreateRoom, ListRooms, RoomOrder, RoomType, UpdateRoom};
use webex::teams::ListTeams;
use webex::webhooks::{
    CreateWebhook, ListWebhooks, UpdateWebhook, WebhookEvent, WebhookResource, WebhookStatus,
};

use crate::wire::{last, refuses, sends, some, upstream};

#[tokio::test]
async fn messages_on_the_wire() {
    let upstream = upstream();
    let client = upstream.client();
    let messages = client.messages();
    let mut message = CreateMessage::to(Destination::Room("r".to_owned()));
    message.parent_id = some("p");
    message.text = some("hi");
    message.files = some("https://example.com/a.pdf");
    sends!(upstream: messages.create(&message) => "POST /v1/messages",
        json!({"roomId":"r","parentId":"p","text":"hi","files":["https://example.com/a.pdf"]}));
    let mut card = CreateMessage::to(Destination::Person("p".to_owned()));
    card.attachments.push(Attachment {
        content_type: "application/vnd.microsoft.card.adaptive".to_owned(),
        content: json!({"type":"AdaptiveCard"}),
    });
    sends!(upstream: messages.create(&card) => "POST /v1/messages", json!({"toPersonId":"p","attachments":[
        {"contentType":"application/vnd.microsoft.card.adaptive","content":{"type":"AdaptiveCard"}}]}));
    let edit = EditMessage {
        room_id: "r".to_owned(),
        text: None,
        markdown: some("**new**"),
    };
    sends!(upstream: messages.edit("m/1", &edit) => "PUT /v1/messages/m%2F1",
        json!({"roomId":"r","markdown":"**new**"}));
    sends!(upstream: messages.get("m") => "GET /v1/messages/m", Value::Null);
    sends!(upstream: messages.delete("m") => "DELETE /v1/messages/m", Value::Null);
    let query = ListMessages {
        parent_id: some("p"),
        mentioned_people: some("me"),
        before: "2026-01-05T09:00:00Z".parse().ok(),
        before_message: some("b"),
        max: Some(5),
        ..ListMessages::in_room("r")
    };
    sends!(upstream: messages.list(&query) => "GET /v1/messages?roomId=r&parentId=p&mentionedPeople=me&before=2026-01-05T09%3A00%3A00.000Z&beforeMessage=b&max=5", Value::Null);
    let query = ListDirectMessages {
        person_email: some("a+b@c.d"),
        ..Default::default()
    };
    sends!(upstream: messages.list_direct(&query) => "GET /v1/messages/direct?personEmail=a%2Bb%40c.d", Value::Null);
}

#[tokio::test]
async fn rooms_on_the_wire() {
    let upstream = upstream();
    let client = upstream.client();
    let rooms = client.rooms();
    let query = ListRooms {
        team_id: some("t"),
        room_type: Some(RoomType::Group),
        sort_by: Some(RoomOrder::LastActivity),
        max: Some(1000),
        ..Default::default()
    };
    sends!(upstream: rooms.list(&query) => "GET /v1/rooms?teamId=t&type=group&sortBy=lastactivity&max=1000", Value::Null);
    let room = CreateRoom {
        title: "T".to_owned(),
        is_public: Some(true),
        description: some("d"),
        ..Default::default()
    };
    sends!(upstream: rooms.create(&room) => "POST /v1/rooms", json!({"title":"T","isPublic":true,"description":"d"}));
    sends!(upstream: rooms.get("r") => "GET /v1/rooms/r", Value::Null);
    let room = UpdateRoom {
        title: "T".to_owned(),
        is_locked: Some(true),
        ..Default::default()
    };
    sends!(upstream: rooms.update("r", &room) => "PUT /v1/rooms/r", json!({"title":"T","isLocked":true}));
    sends!(upstream: rooms.delete("r") => "DELETE /v1/rooms/r", Value::Null);
}

#[tokio::test]
async fn memberships_teams_and_people_on_the_wire() {
    let upstream = upstream();
    let client = upstream.client();
    let memberships = client.memberships();
    let query = ListMemberships {
        room_id: some("r"),
        person_email: some("a@b.c"),
        ..Default::default()
    };
    sends!(upstream: memberships.list(&query) => "GET /v1/memberships?roomId=r&personEmail=a%40b.c", Value::Null);
    let membership = CreateMembership {
        room_id: "r".to_owned(),
        person_id: some("p"),
        is_moderator: Some(true),
        ..Default::default()
    };
    sends!(upstream: memberships.create(&membership) => "POST /v1/memberships",
        json!({"roomId":"r","personId":"p","isModerator":true}));
    sends!(upstream: memberships.get("m") => "GET /v1/memberships/m", Value::Null);
    let membership = UpdateMembership::default();
    sends!(upstream: memberships.update("m", &membership) => "PUT /v1/memberships/m",
        json!({"isModerator":false,"isRoomHidden":false}));
    sends!(upstream: memberships.delete("m") => "DELETE /v1/memberships/m", Value::Null);
    let query = ListTeams { max: Some(3) };
    sends!(upstream: client.teams().list(&query) => "GET /v1/teams?max=3", Value::Null);
    sends!(upstream: client.teams().get("t") => "GET /v1/teams/t", Value::Null);
    let people = client.people();
    sends!(upstream: people.me() => "GET /v1/people/me", Value::Null);
    sends!(upstream: people.get("p") => "GET /v1/people/p", Value::Null);
    sends!(upstream: people.me_with_calling() => "GET /v1/people/me?callingData=true", Value::Null);
    sends!(upstream: people.get_with_calling("p") => "GET /v1/people/p?callingData=true", Value::Null);
    let query = ListPeople {
        display_name: some("Ann Lee"),
        exclude_status: Some(true),
        ..Default::default()
    };
    sends!(upstream: people.list(&query) => "GET /v1/people?displayName=Ann+Lee&excludeStatus=true", Value::Null);
}

#[tokio::test]
async fn webhooks_on_the_wire() {
    let upstream = upstream();
    let client = upstream.client();
    let webhooks = client.webhooks();
    let query = ListWebhooks {
        max: Some(1),
        owned_by: some("org"),
    };
    sends!(upstream: webhooks.list(&query) => "GET /v1/webhooks?max=1&ownedBy=org", Value::Null);
    let webhook = webhook("https://example.com/hook");
    sends!(upstream: webhooks.create(&webhook) => "POST /v1/webhooks", json!({"name":"n",
        "targetUrl":"https://example.com/hook","resource":"messages","event":"created","filter":"roomId=r","secret":"s3cret"}));
    assert!(!format!("{webhook:?}").contains("s3cret"));
    sends!(upstream: webhooks.get("w") => "GET /v1/webhooks/w", Value::Null);
    let webhook = UpdateWebhook {
        name: "n".to_owned(),
        target_url: "https://example.com/hook".to_owned(),
        status: Some(WebhookStatus::Active),
        ..Default::default()
    };
    sends!(upstream: webhooks.update("w", &webhook) => "PUT /v1/webhooks/w",
        json!({"name":"n","targetUrl":"https://example.com/hook","status":"active"}));
    sends!(upstream: webhooks.delete("w") => "DELETE /v1/webhooks/w", Value::Null);
}

fn webhook(target_url: &str) -> CreateWebhook {
    CreateWebhook {
        name: "n".to_owned(),
        target_url: target_url.to_owned(),
        resource: WebhookResource::Messages,
        event: WebhookEvent::Created,
        filter: some("roomId=r"),
        secret: some("s3cret"),
        owned_by: None,
    }
}

#[tokio::test]
async fn what_breaks_a_known_rule_is_not_sent() {
    let upstream = upstream();
    let client = upstream.client();
    let messages = client.messages();
    let to = |text: Option<String>| {
        let mut message = CreateMessage::to(Destination::Room("r".to_owned()));
        message.text = text;
        message
    };
    refuses!(messages.create(&to(None)) => "text");
    refuses!(messages.create(&to(Some("x".repeat(7440)))) => "text");
    // 2480 characters of three bytes are 7440 bytes.
    refuses!(messages.create(&to(Some("あ".repeat(2480)))) => "text");
    let mut message = to(None);
    message.markdown = Some("あ".repeat(2480));
    refuses!(messages.create(&message) => "markdown");
    refuses!(messages.create(&CreateMessage::to(Destination::Email(String::new()))) => "toPersonEmail");
    let card = Attachment {
        content_type: "c/d".to_owned(),
        content: Value::Null,
    };
    let mut message = to(some("x"));
    message.attachments = vec![card.clone(), card];
    refuses!(messages.create(&message) => "attachments");
    let file = Upload::from_bytes("a", "a/b", "x").unwrap();
    message.attachments.pop();
    refuses!(messages.upload(&message, &file) => "attachments");
    let mut message = to(None);
    message.files = some("https://example.com/a");
    refuses!(messages.upload(&message, &file) => "files");
    refuses!(messages.edit("m", &EditMessage::default()) => "roomId");
    let edit = EditMessage {
        room_id: "r".to_owned(),
        ..Default::default()
    };
    refuses!(messages.edit("m", &edit) => "text");
    refuses!(messages.get("") => "messageId");
    refuses!(messages.list(&ListMessages::default()) => "roomId");
    refuses!(messages.list_direct(&ListDirectMessages::default()) => "personId");
    refuses!(client.rooms().create(&CreateRoom::default()) => "title");
    let public = CreateRoom {
        title: "T".to_owned(),
        is_public: Some(true),
        ..Default::default()
    };
    refuses!(client.rooms().create(&public) => "description");
    let query = ListRooms {
        org_public_spaces: Some(true),
        team_id: some("t"),
        ..Default::default()
    };
    refuses!(client.rooms().list(&query) => "teamId");
    let membership = CreateMembership {
        room_id: "r".to_owned(),
        ..Default::default()
    };
    refuses!(client.memberships().create(&membership) => "personId");
    let query = ListPeople {
        id: Some(vec!["x"; 86].join(",")),
        ..Default::default()
    };
    refuses!(client.people().list(&query) => "id");
    refuses!(client.webhooks().create(&webhook("ftp://example.com")) => "targetUrl");
    let mut of_host = webhook("https://example.com/hook");
    of_host.filter = some("hostEmail=a@b.c");
    refuses!(client.webhooks().create(&of_host) => "ownedBy");
    assert_eq!(upstream.count(), 0);
    messages.create(&to(Some("あ".repeat(2479)))).await.unwrap();
    assert_eq!(upstream.count(), 1, "7437 bytes are allowed");
}
