//! Locks a running meeting, shows its controls and ends it for everybody.
//!
//! `WEBEX_ACCESS_TOKEN=… cargo run -p webex --example meeting_controls -- <meeting id>`; another
//! Webex than `https://webexapis.com/v1`, such as a sandbox, is named by `WEBEX_BASE_URL`.

use std::env;
use std::error::Error;

use webex::meetings::controls::MeetingControls;
use webex::{AccessToken, Webex};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let base_url = env::var("WEBEX_BASE_URL");
    let base_url = base_url.as_deref().unwrap_or("https://webexapis.com/v1");
    let token = env::var("WEBEX_ACCESS_TOKEN").map_err(|_| "set WEBEX_ACCESS_TOKEN")?;
    let usage = "usage: meeting_controls <meeting id>";
    let meeting_id = env::args().nth(1).ok_or(usage)?;

    let client = Webex::new(base_url)?.client(AccessToken::new(token)?);
    let meetings = client.meetings();
    let lock = MeetingControls {
        locked: Some(true),
        ..Default::default()
    };
    meetings.update_controls(&meeting_id, &lock).await?;
    let controls = meetings.controls(&meeting_id).await?;
    eprintln!(
        "locked: {:?}, recorded: {:?}",
        controls.locked, controls.recording_started
    );
    meetings.end(&meeting_id, Some("done")).await?;
    Ok(())
}
