//! Lists the last messages of the organisation, as a compliance officer sees them.
//!
//! `WEBEX_ACCESS_TOKEN=… cargo run -p webex --example events`; another Webex than
//! `https://webexapis.com/v1`, such as a sandbox, is named by `WEBEX_BASE_URL`.

use std::env;
use std::error::Error;

use webex::events::{EventResource, ListEvents};
use webex::{AccessToken, Webex};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let base_url = env::var("WEBEX_BASE_URL");
    let base_url = base_url.as_deref().unwrap_or("https://webexapis.com/v1");
    let token = env::var("WEBEX_ACCESS_TOKEN").map_err(|_| "set WEBEX_ACCESS_TOKEN")?;
    let client = Webex::new(base_url)?.client(AccessToken::new(token)?);

    let query = ListEvents {
        resource: Some(EventResource::Messages),
        max: Some(10),
        ..Default::default()
    };
    for event in client.events().list(&query).await?.items {
        let when = event.created.map(|at| at.to_string()).unwrap_or_default();
        let what = event
            .event_type
            .map(|it| it.to_string())
            .unwrap_or_default();
        let who = event.actor_id.as_deref().unwrap_or("somebody");
        eprintln!("{when} {what} by {who}");
    }
    Ok(())
}
