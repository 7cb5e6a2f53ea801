//! Lists the recordings of the last week and says how long the newest can be downloaded.
//!
//! `WEBEX_ACCESS_TOKEN=… cargo run -p webex --example recordings`; another Webex than
//! `https://webexapis.com/v1`, such as a sandbox, is named by `WEBEX_BASE_URL`.

use std::env;
use std::error::Error;

use webex::recordings::{GetRecording, ListRecordings};
use webex::{AccessToken, Webex};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let base_url = env::var("WEBEX_BASE_URL");
    let base_url = base_url.as_deref().unwrap_or("https://webexapis.com/v1");
    let token = env::var("WEBEX_ACCESS_TOKEN").map_err(|_| "set WEBEX_ACCESS_TOKEN")?;
    let client = Webex::new(base_url)?.client(AccessToken::new(token)?);

    let recordings = client
        .recordings()
        .list(&ListRecordings::default())
        .await?
        .items;
    for recording in &recordings {
        let topic = recording.topic.as_deref().unwrap_or("(no topic)");
        eprintln!(
            "{topic}: {} s",
            recording.duration_seconds.unwrap_or_default()
        );
    }
    if let Some(newest) = recordings.first() {
        let recording = client
            .recordings()
            .get(&newest.id, &GetRecording::default())
            .await?;
        match recording
            .temporary_direct_download_links
            .and_then(|links| links.expiration)
        {
            Some(end) => eprintln!("the newest can be downloaded until {end}"),
            None => eprintln!("the newest cannot be downloaded"),
        }
    }
    Ok(())
}
