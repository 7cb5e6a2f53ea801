//! Makes a team, describes it, and deletes it again.
//!
//! `WEBEX_ACCESS_TOKEN=… cargo run -p webex --example teams -- <name>`; another Webex than
//! `https://webexapis.com/v1`, such as a sandbox, is named by `WEBEX_BASE_URL`.

use std::env;
use std::error::Error;

use webex::teams::TeamDetails;
use webex::{AccessToken, Webex};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let base_url = env::var("WEBEX_BASE_URL");
    let base_url = base_url.as_deref().unwrap_or("https://webexapis.com/v1");
    let token = env::var("WEBEX_ACCESS_TOKEN").map_err(|_| "set WEBEX_ACCESS_TOKEN")?;
    let client = Webex::new(base_url)?.client(AccessToken::new(token)?);
    let mut details = TeamDetails {
        name: env::args().nth(1).ok_or("usage: teams <name>")?,
        description: None,
    };

    let team = client.teams().create(&details).await?;
    eprintln!("made {}", team.id);
    details.description = Some("An example's team".to_owned());
    let team = client.teams().update(&team.id, &details).await?;
    eprintln!("described as {:?}", team.description);
    client.teams().delete(&team.id).await?;
    Ok(())
}
