//! Invites somebody to a meeting series without a mail, and says who is invited.
//!
//! `WEBEX_ACCESS_TOKEN=… cargo run -p webex --example invitees -- <meeting id> <address>`; another
//! Webex than `https://webexapis.com/v1`, such as a sandbox, is named by `WEBEX_BASE_URL`.

use std::env;
use std::error::Error;

use webex::invitees::{CreateInvitee, ListInvitees, NewInvitee};
use webex::{AccessToken, Webex};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let base_url = env::var("WEBEX_BASE_URL");
    let base_url = base_url.as_deref().unwrap_or("https://webexapis.com/v1");
    let token = env::var("WEBEX_ACCESS_TOKEN").map_err(|_| "set WEBEX_ACCESS_TOKEN")?;
    let client = Webex::new(base_url)?.client(AccessToken::new(token)?);
    let mut arguments = env::args().skip(1);
    let usage = "usage: invitees <meeting id> <address>";
    let meeting_id = arguments.next().ok_or(usage)?;
    let email = arguments.next().ok_or(usage)?;

    let invitee = CreateInvitee {
        meeting_id: meeting_id.clone(),
        host_email: None,
        invitee: NewInvitee {
            email,
            send_email: Some(false),
            ..Default::default()
        },
    };
    client.invitees().create(&invitee).await?;
    let query = ListInvitees {
        meeting_id,
        max: Some(100),
        ..Default::default()
    };
    for invitee in client.invitees().list(&query).await?.items {
        eprintln!("{}", invitee.email.unwrap_or(invitee.id));
    }
    Ok(())
}
