//! Says what is to be done after an ended meeting.
//!
//! `WEBEX_ACCESS_TOKEN=… cargo run -p webex --example meeting_summaries -- <instance id>`; another
//! Webex than `https://webexapis.com/v1`, such as a sandbox, is named by `WEBEX_BASE_URL`.

use std::env;
use std::error::Error;

use webex::{AccessToken, Webex};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let base_url = env::var("WEBEX_BASE_URL");
    let base_url = base_url.as_deref().unwrap_or("https://webexapis.com/v1");
    let token = env::var("WEBEX_ACCESS_TOKEN").map_err(|_| "set WEBEX_ACCESS_TOKEN")?;
    let client = Webex::new(base_url)?.client(AccessToken::new(token)?);
    let usage = "usage: meeting_summaries <instance id>";
    let meeting_id = env::args().nth(1).ok_or(usage)?;

    for summary in client.meeting_summaries().list(&meeting_id).await?.items {
        for item in summary.action_items.unwrap_or_default() {
            eprintln!("- {}", item.content.unwrap_or_default());
        }
    }
    Ok(())
}
