//! Lists the rooms in which something happened last.
//!
//! `WEBEX_ACCESS_TOKEN=… cargo run -p webex --example rooms`; another Webex than
//! `https://webexapis.com/v1`, such as a sandbox, is named by `WEBEX_BASE_URL`.

use std::env;
use std::error::Error;

use webex::rooms::{ListRooms, RoomOrder};
use webex::{AccessToken, Webex};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let base_url = env::var("WEBEX_BASE_URL");
    let base_url = base_url.as_deref().unwrap_or("https://webexapis.com/v1");
    let token = env::var("WEBEX_ACCESS_TOKEN").map_err(|_| "set WEBEX_ACCESS_TOKEN")?;
    let client = Webex::new(base_url)?.client(AccessToken::new(token)?);

    let query = ListRooms {
        sort_by: Some(RoomOrder::LastActivity),
        max: Some(10),
        ..Default::default()
    };
    for room in client.rooms().list(&query).await?.items {
        eprintln!("{}: {}", room.title().unwrap_or("(no title)"), room.id);
    }
    Ok(())
}
