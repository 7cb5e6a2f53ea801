//! Accounts, teams, cards and events as they go over the wire, and what is refused before it does.

use serde_json::{Map, Value, json};
use webex::attachment_actions::{AttachmentActionType, CreateAttachmentAction};
use webex::events::{EventResource, EventType, ListEvents};
use webex::people::{AccountView, CreatePerson, Person, UpdatePerson};
use webex::team_memberships::{CreateTeamMembership, ListTeamMemberships, UpdateTeamMembership};
use webex::teams::TeamDetails;

use crate::upstream::{Answer, Upstream, json as answer};
use crate::wire::{last, refuses, sends, some, upstream};

fn object(value: Value) -> Map<String, Value> {
    value.as_object().unwrap().clone()
}

#[tokio::test]
async fn accounts_on_the_wire() {
    let upstream = upstream();
    let client = upstream.client();
    let people = client.people();
    let person = CreatePerson {
        emails: vec!["a@b.c".to_owned()],
        first_name: some("Ann"),
        site_urls: Some(vec!["mysite.webex.com#attendee".to_owned()]),
        ..Default::default()
    };
    let plain = AccountView::default();
    sends!(upstream: people.create(&person, &plain) => "POST /v1/people",
        json!({"emails":["a@b.c"],"firstName":"Ann","siteUrls":["mysite.webex.com#attendee"]}));
    let person = UpdatePerson {
        display_name: "Ann Lee".to_owned(),
        login_enabled: Some(false),
        ..Default::default()
    };
    let view = AccountView {
        calling_data: Some(true),
        show_all_types: Some(true),
        min_response: Some(true),
    };
    sends!(upstream: people.update("p", &person, &view) => "PUT /v1/people/p?callingData=true&showAllTypes=true&minResponse=true",
        json!({"displayName":"Ann Lee","loginEnabled":false}));
    sends!(upstream: people.delete("p") => "DELETE /v1/people/p", Value::Null);
}

#[test]
fn a_person_is_sent_back_with_everything_but_what_webex_does_not_take() {
    let known: Person = serde_json::from_value(json!({
        "id": "p", "emails": ["a@b.c"], "displayName": "Ann Lee", "firstName": "Ann", "lastName": "Lee",
        "nickName": "Ann", "avatar": "https://example.com/a.png", "orgId": "o", "roles": ["r"], "licenses": ["l"],
        "department": "d", "manager": "m", "managerId": "i", "title": "t", "extension": "12", "locationId": "w",
        "addresses": [{"type": "work", "country": "NO"}], "siteUrls": ["s"], "loginEnabled": "true",
        "phoneNumbers": [{"type": "work", "value": "+47", "primary": true}, {"type": "work_extension", "value": "812"}],
        "status": "active", "created": "2026-01-05T09:00:00.000Z", "type": "person"
    }))
    .unwrap();
    let sent = serde_json::to_value(UpdatePerson::of(&known)).unwrap();
    assert_eq!(
        sent,
        json!({
            "emails": ["a@b.c"], "displayName": "Ann Lee", "firstName": "Ann", "lastName": "Lee",
            "nickName": "Ann", "avatar": "https://example.com/a.png", "orgId": "o", "roles": ["r"], "licenses": ["l"],
            "department": "d", "manager": "m", "managerId": "i", "title": "t", "extension": "12", "locationId": "w",
            "addresses": [{"type": "work", "country": "NO"}], "siteUrls": ["s"], "loginEnabled": true,
            "phoneNumbers": [{"type": "work", "value": "+47"}]
        })
    );
}

#[tokio::test]
async fn an_account_that_may_half_exist_is_not_made_twice() {
    let upstream = Upstream::new([Answer::Http(500, Vec::new(), String::new())]);
    let person = CreatePerson {
        emails: vec!["a@b.c".to_owned()],
        display_name: some("Ann"),
        ..Default::default()
    };
    let client = upstream.client();
    let (people, plain) = (client.people(), AccountView::default());
    let error = people.create(&person, &plain).await.unwrap_err();
    assert!(error.maybe_applied());
    assert_eq!(upstream.count(), 1);
}

#[tokio::test]
async fn teams_on_the_wire() {
    let upstream = upstream();
    let client = upstream.client();
    let teams = client.teams();
    let team = TeamDetails {
        name: "T".to_owned(),
        description: some("d"),
    };
    sends!(upstream: teams.create(&team) => "POST /v1/teams", json!({"name":"T","description":"d"}));
    sends!(upstream: teams.update("t", &team) => "PUT /v1/teams/t", json!({"name":"T","description":"d"}));
    sends!(upstream: teams.delete("t") => "DELETE /v1/teams/t", Value::Null);
    let memberships = client.team_memberships();
    let query = ListTeamMemberships {
        team_id: "t".to_owned(),
        max: Some(2),
    };
    sends!(upstream: memberships.list(&query) => "GET /v1/team/memberships?teamId=t&max=2", Value::Null);
    let membership = CreateTeamMembership {
        team_id: "t".to_owned(),
        person_email: some("a@b.c"),
        is_moderator: Some(true),
        ..Default::default()
    };
    sends!(upstream: memberships.create(&membership) => "POST /v1/team/memberships",
        json!({"teamId":"t","personEmail":"a@b.c","isModerator":true}));
    sends!(upstream: memberships.get("m") => "GET /v1/team/memberships/m", Value::Null);
    let membership = UpdateTeamMembership::default();
    sends!(upstream: memberships.update("m", &membership) => "PUT /v1/team/memberships/m",
        json!({"isModerator":false}));
    sends!(upstream: memberships.delete("m") => "DELETE /v1/team/memberships/m", Value::Null);
}

#[tokio::test]
async fn cards_events_and_a_rooms_meeting_on_the_wire() {
    let accepted = Answer::Http(202, Vec::new(), r#"{"type":"submit"}"#.to_owned());
    let upstream = Upstream::new([accepted, answer(r#"{"id":"x","roomId":"r","items":[]}"#)]);
    let client = upstream.client();
    let actions = client.attachment_actions();
    let action = CreateAttachmentAction::submit("m", object(json!({"size": 4, "toppings": "a,b"})));
    sends!(upstream: actions.create(&action) => "POST /v1/attachment/actions",
        json!({"type":"submit","messageId":"m","inputs":{"size":4,"toppings":"a,b"}}));
    sends!(upstream: actions.get("a") => "GET /v1/attachment/actions/a", Value::Null);
    let events = client.events();
    let query = ListEvents {
        resource: Some(EventResource::ConvergedRecordings),
        event_type: Some(EventType::Created),
        actor_id: some("p"),
        from: "2026-01-05T09:00:00Z".parse().ok(),
        to: "2026-01-05T09:00:00Z".parse().ok(),
        max: Some(1000),
        service_type: some("calling"),
    };
    sends!(upstream: events.list(&query) => "GET /v1/events?resource=convergedRecordings&type=created&actorId=p&from=2026-01-05T09%3A00%3A00.000Z&to=2026-01-05T09%3A00%3A00.000Z&max=1000&serviceType=calling", Value::Null);
    sends!(upstream: events.get("e") => "GET /v1/events/e", Value::Null);
    sends!(upstream: client.rooms().meeting_info("r") => "GET /v1/rooms/r/meetingInfo", Value::Null);
}

#[tokio::test]
async fn words_that_webex_adds_later_are_kept() {
    let text =
        r#"{"items":[{"id":"e","resource":"holograms","type":"read","data":{"text":"hi"}}]}"#;
    let upstream = Upstream::new([answer(text), answer(r#"{"type":"openUrl"}"#)]);
    let client = upstream.client();
    let page = client.events().list(&ListEvents::default()).await.unwrap();
    let event = &page.items[0];
    assert_eq!(event.resource.as_ref().unwrap().as_str(), "holograms");
    assert_eq!(event.event_type, Some(EventType::Read));
    assert_eq!(event.data, Some(object(json!({"text":"hi"}))));
    let action = client.attachment_actions().get("a").await.unwrap();
    let kept = AttachmentActionType::Other("openUrl".to_owned());
    assert_eq!(action.action_type, Some(kept));
}

#[tokio::test]
async fn what_breaks_a_known_rule_is_not_sent() {
    let upstream = upstream();
    let client = upstream.client();
    let people = client.people();
    let plain = AccountView::default();
    let mut person = CreatePerson::default();
    refuses!(people.create(&person, &plain) => "emails");
    person.emails = vec!["a@b.c".to_owned()];
    refuses!(people.create(&person, &plain) => "displayName");
    person.display_name = some(" ");
    refuses!(people.create(&person, &plain) => "displayName");
    person.emails.push("d@e.f".to_owned());
    refuses!(people.create(&person, &plain) => "emails");
    refuses!(people.update("p", &UpdatePerson::default(), &plain) => "displayName");
    refuses!(people.delete("") => "personId");
    refuses!(client.teams().create(&TeamDetails::default()) => "name");
    refuses!(client.teams().update("t", &TeamDetails::default()) => "name");
    let memberships = client.team_memberships();
    refuses!(memberships.list(&ListTeamMemberships::default()) => "teamId");
    let mut membership = CreateTeamMembership {
        team_id: "t".to_owned(),
        ..Default::default()
    };
    refuses!(memberships.create(&membership) => "personId");
    membership.person_id = some("p");
    membership.person_email = some("a@b.c");
    refuses!(memberships.create(&membership) => "personId");
    let action = CreateAttachmentAction::submit("", Map::new());
    refuses!(client.attachment_actions().create(&action) => "messageId");
    let wrong_way_round = ListEvents {
        from: "2026-01-05T09:00:01Z".parse().ok(),
        to: "2026-01-05T09:00:00Z".parse().ok(),
        ..Default::default()
    };
    refuses!(client.events().list(&wrong_way_round) => "from");
    let without_service = ListEvents {
        resource: Some(EventResource::ConvergedRecordings),
        ..Default::default()
    };
    refuses!(client.events().list(&without_service) => "serviceType");
    let with_service = ListEvents {
        service_type: some("calling"),
        ..Default::default()
    };
    refuses!(client.events().list(&with_service) => "serviceType");
    assert_eq!(upstream.count(), 0);
}
