//! Says what files a message has and how many bytes really arrive.
//!
//! `WEBEX_ACCESS_TOKEN=… cargo run -p webex --example contents -- <message id>`; another Webex than
//! `https://webexapis.com/v1`, such as a sandbox, is named by `WEBEX_BASE_URL`.

use std::env;
use std::error::Error;

use futures::TryStreamExt as _;
use webex::{AccessToken, Webex};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let base_url = env::var("WEBEX_BASE_URL");
    let base_url = base_url.as_deref().unwrap_or("https://webexapis.com/v1");
    let token = env::var("WEBEX_ACCESS_TOKEN").map_err(|_| "set WEBEX_ACCESS_TOKEN")?;
    let client = Webex::new(base_url)?.client(AccessToken::new(token)?);
    let message_id = env::args().nth(1).ok_or("usage: contents <message id>")?;

    let message = client.messages().get(&message_id).await?;
    for url in message.files.unwrap_or_default() {
        let mut download = client.contents().get(&url, false).await?;
        let mut length_bytes = 0;
        while let Some(piece) = download.stream.try_next().await? {
            length_bytes += piece.len();
        }
        let name = download.details.file_name.unwrap_or_default();
        eprintln!("{name}: {length_bytes} bytes");
    }
    Ok(())
}
