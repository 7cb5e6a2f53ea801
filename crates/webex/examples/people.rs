//! Says whose token it is and looks colleagues up by the beginning of their name.
//!
//! `WEBEX_ACCESS_TOKEN=… cargo run -p webex --example people -- <name>`; another Webex than
//! `https://webexapis.com/v1`, such as a sandbox, is named by `WEBEX_BASE_URL`.

use std::env;
use std::error::Error;

use webex::people::ListPeople;
use webex::{AccessToken, Webex};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let base_url = env::var("WEBEX_BASE_URL");
    let base_url = base_url.as_deref().unwrap_or("https://webexapis.com/v1");
    let token = env::var("WEBEX_ACCESS_TOKEN").map_err(|_| "set WEBEX_ACCESS_TOKEN")?;
    let client = Webex::new(base_url)?.client(AccessToken::new(token)?);
    let name = env::args().nth(1).ok_or("usage: people <name>")?;

    let me = client.people().me().await?;
    eprintln!("I am {}", me.display_name.unwrap_or(me.id));
    let query = ListPeople {
        display_name: Some(name),
        max: Some(10),
        ..Default::default()
    };
    for person in client.people().list(&query).await?.items {
        let name = person.display_name.as_deref().unwrap_or("(no name)");
        eprintln!("{name}: {}", person.emails.unwrap_or_default().join(", "));
    }
    Ok(())
}
