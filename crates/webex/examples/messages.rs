//! Posts a message to a room and lists the newest ones.
//!
//! `WEBEX_ACCESS_TOKEN=… cargo run -p webex --example messages -- <room id> <text>`; another Webex
//! than `https://webexapis.com/v1`, such as a sandbox, is named by `WEBEX_BASE_URL`.

use std::env;
use std::error::Error;

use webex::messages::{CreateMessage, Destination, ListMessages};
use webex::{AccessToken, Webex};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let base_url = env::var("WEBEX_BASE_URL");
    let base_url = base_url.as_deref().unwrap_or("https://webexapis.com/v1");
    let token = env::var("WEBEX_ACCESS_TOKEN").map_err(|_| "set WEBEX_ACCESS_TOKEN")?;
    let mut arguments = env::args().skip(1);
    let usage = "usage: messages <room id> <text>";
    let room_id = arguments.next().ok_or(usage)?;
    let text = arguments.next().ok_or(usage)?;

    let client = Webex::new(base_url)?.client(AccessToken::new(token)?);
    let mut message = CreateMessage::to(Destination::Room(room_id.clone()));
    message.markdown = Some(text);
    let posted = client.messages().create(&message).await?;
    eprintln!("posted {}", posted.id);

    let query = ListMessages {
        max: Some(5),
        ..ListMessages::in_room(room_id)
    };
    for message in client.messages().list(&query).await?.items {
        let author = message.person_email.as_deref().unwrap_or("somebody");
        eprintln!("{author}: {}", message.text().unwrap_or("(no text)"));
    }
    Ok(())
}
