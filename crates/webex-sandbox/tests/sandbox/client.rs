//! The project's own client on the sandbox: both as Webex's documentation has them.

use webex::messages::{CreateMessage, Destination, ListMessages};
use webex::rooms::ListRooms;
use webex::{AccessToken, Client, Settings, Transport, Webex};
use webex_sandbox::{Fault, Sandbox};

use crate::start;

pub(crate) fn client(sandbox: &Sandbox) -> Client {
    let transport = Transport::in_process(sandbox.router());
    let webex =
        Webex::with_transport("http://127.0.0.1/v1", transport, Settings::default()).unwrap();
    webex.client(AccessToken::new("sandbox-alice").unwrap())
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
