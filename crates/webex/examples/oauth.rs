//! Signs in on another device and says who consented.
//!
//! `WEBEX_CLIENT_ID=… WEBEX_CLIENT_SECRET=… cargo run -p webex --example oauth -- <scope>…`; another
//! Webex than `https://webexapis.com/v1`, such as a sandbox, is named by `WEBEX_BASE_URL`.

use std::env;
use std::error::Error;

use webex::Webex;
use webex::oauth::DeviceAnswer;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let base_url = env::var("WEBEX_BASE_URL");
    let base_url = base_url.as_deref().unwrap_or("https://webexapis.com/v1");
    let client_id = env::var("WEBEX_CLIENT_ID").map_err(|_| "set WEBEX_CLIENT_ID")?;
    let secret = env::var("WEBEX_CLIENT_SECRET").map_err(|_| "set WEBEX_CLIENT_SECRET")?;
    let mut scopes: Vec<String> = env::args().skip(1).collect();
    if scopes.is_empty() {
        scopes.push("spark:people_read".to_owned());
    }

    let webex = Webex::new(base_url)?;
    let integration = webex.integration(client_id, secret)?;
    let consent = integration.device_consent(&scopes).await?;
    let (uri, code) = (&consent.verification_uri, &consent.user_code);
    eprintln!("Open {uri} and type in {code}");
    let DeviceAnswer::Granted(tokens) = integration.device_wait(&consent).await? else {
        return Err("nobody consented".into());
    };
    eprintln!("signed in for {:?}", tokens.expires_in);
    let me = webex.client(tokens.access_token).people().me().await?;
    eprintln!("as {}", me.display_name.unwrap_or(me.id));
    Ok(())
}
