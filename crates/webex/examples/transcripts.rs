//! Prints the newest transcript of the last week, as plain text on stdout.
//!
//! `WEBEX_ACCESS_TOKEN=… cargo run -p webex --example transcripts`; another Webex than
//! `https://webexapis.com/v1`, such as a sandbox, is named by `WEBEX_BASE_URL`.

use std::env;
use std::error::Error;

use futures::TryStreamExt as _;
use tokio::io::AsyncWriteExt as _;
use webex::transcripts::{ListTranscripts, TranscriptFormat};
use webex::{AccessToken, Webex};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let base_url = env::var("WEBEX_BASE_URL");
    let base_url = base_url.as_deref().unwrap_or("https://webexapis.com/v1");
    let token = env::var("WEBEX_ACCESS_TOKEN").map_err(|_| "set WEBEX_ACCESS_TOKEN")?;
    let client = Webex::new(base_url)?.client(AccessToken::new(token)?);

    let query = ListTranscripts {
        max: Some(1),
        ..Default::default()
    };
    let transcripts = client.transcripts();
    let newest = transcripts.list(&query).await?.items.into_iter().next();
    let newest = newest.ok_or("there is no transcript of the last week")?;
    let mut text = transcripts
        .download(&newest.id, TranscriptFormat::Txt, None)
        .await?
        .stream;
    let mut output = tokio::io::stdout();
    while let Some(bytes) = text.try_next().await? {
        output.write_all(&bytes).await?;
    }
    output.flush().await?;
    Ok(())
}
