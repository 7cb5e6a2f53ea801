//! Lists what a person lets applications do; for administrators.
//!
//! `WEBEX_ACCESS_TOKEN=… cargo run -p webex --example authorizations -- <address>`; another Webex than
//! `https://webexapis.com/v1`, such as a sandbox, is named by `WEBEX_BASE_URL`.

use std::env;
use std::error::Error;

use webex::authorizations::ListAuthorizations;
use webex::{AccessToken, Webex};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let base_url = env::var("WEBEX_BASE_URL");
    let base_url = base_url.as_deref().unwrap_or("https://webexapis.com/v1");
    let token = env::var("WEBEX_ACCESS_TOKEN").map_err(|_| "set WEBEX_ACCESS_TOKEN")?;
    let client = Webex::new(base_url)?.client(AccessToken::new(token)?);

    let query = ListAuthorizations {
        person_email: Some(
            env::args()
                .nth(1)
                .ok_or("usage: authorizations <address>")?,
        ),
        ..Default::default()
    };
    for authorization in client.authorizations().list(&query).await?.items {
        let application = authorization.application_name.unwrap_or_default();
        eprintln!("{application}: {}", authorization.id);
    }
    Ok(())
}
