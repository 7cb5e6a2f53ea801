//! Lists one's webhooks and whether Webex has switched them off.
//!
//! `WEBEX_ACCESS_TOKEN=… cargo run -p webex --example webhooks`; another Webex than
//! `https://webexapis.com/v1`, such as a sandbox, is named by `WEBEX_BASE_URL`.

use std::env;
use std::error::Error;

use webex::webhooks::ListWebhooks;
use webex::{AccessToken, Webex};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let base_url = env::var("WEBEX_BASE_URL");
    let base_url = base_url.as_deref().unwrap_or("https://webexapis.com/v1");
    let token = env::var("WEBEX_ACCESS_TOKEN").map_err(|_| "set WEBEX_ACCESS_TOKEN")?;
    let client = Webex::new(base_url)?.client(AccessToken::new(token)?);

    for webhook in client
        .webhooks()
        .list(&ListWebhooks::default())
        .await?
        .items
    {
        let name = webhook.name.as_deref().unwrap_or("(no name)");
        let status = webhook.status.map(|it| it.to_string()).unwrap_or_default();
        eprintln!("{name}: {status}");
    }
    Ok(())
}
