//! Lists everybody in a room, page by page.
//!
//! `WEBEX_ACCESS_TOKEN=… cargo run -p webex --example memberships -- <room id>`; another Webex than
//! `https://webexapis.com/v1`, such as a sandbox, is named by `WEBEX_BASE_URL`.

use std::env;
use std::error::Error;

use webex::memberships::{self, ListMemberships};
use webex::{AccessToken, Webex};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let base_url = env::var("WEBEX_BASE_URL");
    let base_url = base_url.as_deref().unwrap_or("https://webexapis.com/v1");
    let token = env::var("WEBEX_ACCESS_TOKEN").map_err(|_| "set WEBEX_ACCESS_TOKEN")?;
    let client = Webex::new(base_url)?.client(AccessToken::new(token)?);
    let query = ListMemberships {
        room_id: Some(env::args().nth(1).ok_or("usage: memberships <room id>")?),
        ..Default::default()
    };

    let mut page = client.memberships().list(&query).await?;
    loop {
        for member in &page.items {
            eprintln!("{}", member.person_email.as_deref().unwrap_or("somebody"));
        }
        let Some(next) = page.next else { break };
        page = client.next_page(&memberships::LIST, &next).await?;
    }
    Ok(())
}
