//! Sends off the form of a card and reads back what was entered.
//!
//! `WEBEX_ACCESS_TOKEN=… cargo run -p webex --example attachment_actions -- <message id> <input> <value>`;
//! another Webex than `https://webexapis.com/v1`, such as a sandbox, is named by `WEBEX_BASE_URL`.

use std::env;
use std::error::Error;

use serde_json::Map;
use webex::attachment_actions::CreateAttachmentAction;
use webex::{AccessToken, Webex};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let base_url = env::var("WEBEX_BASE_URL");
    let base_url = base_url.as_deref().unwrap_or("https://webexapis.com/v1");
    let token = env::var("WEBEX_ACCESS_TOKEN").map_err(|_| "set WEBEX_ACCESS_TOKEN")?;
    let client = Webex::new(base_url)?.client(AccessToken::new(token)?);
    let mut arguments = env::args().skip(1);
    let usage = "usage: attachment_actions <message id> <input> <value>";
    let message_id = arguments.next().ok_or(usage)?;
    let mut inputs = Map::new();
    let name = arguments.next().ok_or(usage)?;
    inputs.insert(name, arguments.next().ok_or(usage)?.into());

    let action = CreateAttachmentAction::submit(message_id, inputs);
    let action = client.attachment_actions().create(&action).await?;
    let id = action.id.ok_or("Webex gave the action no id")?;
    let action = client.attachment_actions().get(&id).await?;
    for (name, value) in action.inputs.unwrap_or_default() {
        eprintln!("{name} = {value}");
    }
    Ok(())
}
