//! The project's own client on the sandbox: both as Webex's documentation has them.

use webex::attachment_actions::CreateAttachmentAction;
use webex::events::{EventResource, ListEvents};
use webex::messages::{CreateMessage, Destination, ListMessages};
use webex::people::{AccountView, CreatePerson, UpdatePerson};
use webex::rooms::ListRooms;
use webex::team_memberships::{CreateTeamMembership, ListTeamMemberships};
use webex::teams::TeamDetails;
use webex::{AccessToken, Client, Settings, Transport, Webex, WebexError};
use webex_sandbox::{Fault, Sandbox};

use crate::{start, with_scopes};

pub(crate) fn client(sandbox: &Sandbox) -> Client {
    client_of(sandbox, "sandbox-alice")
}

pub(crate) fn client_of(sandbox: &Sandbox, token: &str) -> Client {
    let transport = Transport::in_process(sandbox.router());
    let webex =
        Webex::with_transport("http://127.0.0.1/v1", transport, Settings::default()).unwrap();
    webex.client(AccessToken::new(token).unwrap())
}

#[tokio::test]
async fn the_client_pages_posts_and_downloads() {
    let (sandbox, _) = start();
    let client = client(&sandbox);
    assert_eq!(
        client.people().me().await.unwrap().display_name.as_deref(),
        Some("Alice Johnson")
    );
    let rooms = client.rooms().list(&ListRooms::default()).await.unwrap();
    let unicorn = rooms
        .items
        .iter()
        .find(|room| room.title() == Some("Project Unicorn"))
        .unwrap();

    let mut query = ListMessages::in_room(&unicorn.id);
    query.max = Some(20);
    let mut page = client.messages().list(&query).await.unwrap();
    let mut ids: Vec<String> = page
        .items
        .iter()
        .map(|message| message.id.clone())
        .collect();
    let mut file = None;
    while let Some(next) = page.next.take() {
        page = client
            .next_page(&webex::messages::LIST, &next)
            .await
            .unwrap();
        ids.extend(
            page.items
                .iter()
                .map(|message: &webex::messages::Message| message.id.clone()),
        );
        file = file.or_else(|| page.items.iter().find_map(|message| message.files.clone()));
    }
    assert!(ids.len() > 40);
    let url = file.unwrap().remove(0);
    let details = client.contents().head(&url, false).await.unwrap();
    assert!(details.file_name.is_some());

    let mut message = CreateMessage::to(Destination::Room(unicorn.id.clone()));
    message.markdown = Some("**hi**".to_owned());
    let posted = client.messages().create(&message).await.unwrap();
    assert_eq!(posted.html.as_deref(), Some("<p><strong>hi</strong></p>"));
}

#[tokio::test]
async fn the_client_gets_over_a_fault() {
    let (sandbox, _) = start();
    sandbox.faults().next(1, Fault::status(503));
    client(&sandbox).people().me().await.unwrap();
    let statuses: Vec<_> = sandbox
        .faults()
        .calls()
        .iter()
        .map(|call| call.status)
        .collect();
    assert_eq!(statuses, [Some(503), Some(200)]);
}

#[tokio::test]
async fn the_client_keeps_accounts_and_teams() {
    let (sandbox, _) = start();
    let (alice, ada) = (client(&sandbox), client_of(&sandbox, "sandbox-ada"));
    let new = CreatePerson {
        emails: vec!["zoe@example.com".to_owned()],
        display_name: Some("Zoe Ek".to_owned()),
        ..CreatePerson::default()
    };
    let view = AccountView::default();
    let zoe = ada.people().create(&new, &view).await.unwrap();
    assert_eq!(zoe.invite_pending, Some(true));
    let mut update = UpdatePerson::of(&zoe);
    update.title = Some("Writer".to_owned());
    let zoe = ada.people().update(&zoe.id, &update, &view).await.unwrap();
    assert_eq!(zoe.title.as_deref(), Some("Writer"));

    let details = TeamDetails {
        name: "Docs".to_owned(),
        description: None,
    };
    let team = alice.teams().create(&details).await.unwrap();
    let add = CreateTeamMembership {
        team_id: team.id.clone(),
        person_id: Some(zoe.id.clone()),
        ..CreateTeamMembership::default()
    };
    alice.team_memberships().create(&add).await.unwrap();
    let query = ListTeamMemberships {
        team_id: team.id.clone(),
        max: Some(1),
    };
    let page = alice.team_memberships().list(&query).await.unwrap();
    assert!(page.next.is_some() && page.items[0].is_moderator == Some(true));
    let rooms = client_of(&sandbox, "sandbox-zoe");
    let rooms = rooms.rooms().list(&ListRooms::default()).await.unwrap();
    assert_eq!(rooms.items[0].team_id.as_ref(), Some(&team.id));
    let meeting = alice.rooms().meeting_info(&rooms.items[0].id).await;
    assert!(meeting.unwrap().sip_address.is_some());
    ada.people().delete(&zoe.id).await.unwrap();
    alice.teams().delete(&team.id).await.unwrap();
}

#[tokio::test]
async fn the_client_uses_cards_and_reads_events() {
    let (sandbox, alice) = start();
    let message = crate::cards::card(&alice, &alice.room("Project Unicorn").await).await;
    let inputs = serde_json::json!({"choice": "blue"});
    let inputs = inputs.as_object().unwrap().clone();
    let submit = CreateAttachmentAction::submit(message, inputs.clone());
    let bob = client_of(&sandbox, "sandbox-bob");
    let action = bob.attachment_actions().create(&submit).await.unwrap();
    let id = action.id.as_ref().unwrap();
    let read = client(&sandbox).attachment_actions().get(id).await.unwrap();
    assert_eq!(read.inputs, Some(inputs));
    let query = ListEvents {
        resource: Some(EventResource::AttachmentActions),
        ..ListEvents::default()
    };
    let grace = client_of(&sandbox, "sandbox-grace");
    let events = grace.events().list(&query).await.unwrap().items;
    assert_eq!(events.len(), 1);
    assert_eq!(grace.events().get(&events[0].id).await.unwrap(), events[0]);
    let narrow = with_scopes(&sandbox, "grace@example.com", &["spark:all"]);
    let refused = client_of(&sandbox, &narrow.token)
        .events()
        .list(&query)
        .await;
    let status = match refused {
        Err(WebexError::Refused { status, .. }) => status,
        other => panic!("{other:?}"),
    };
    assert_eq!(status, 403);
}
