//! Shows what a site offers for new meetings: templates, session types and tracking codes.
//!
//! `WEBEX_ACCESS_TOKEN=… cargo run -p webex --example meeting_offers`; another Webex than
//! `https://webexapis.com/v1`, such as a sandbox, is named by `WEBEX_BASE_URL`.

use std::env;
use std::error::Error;

use webex::meetings::session_types::SessionTypesOf;
use webex::meetings::templates::ListTemplates;
use webex::meetings::tracking_codes::{ListTrackingCodes, TrackingService};
use webex::{AccessToken, Webex};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let base_url = env::var("WEBEX_BASE_URL");
    let base_url = base_url.as_deref().unwrap_or("https://webexapis.com/v1");
    let token = env::var("WEBEX_ACCESS_TOKEN").map_err(|_| "set WEBEX_ACCESS_TOKEN")?;

    let client = Webex::new(base_url)?.client(AccessToken::new(token)?);
    let meetings = client.meetings();
    for template in meetings
        .list_templates(&ListTemplates::default())
        .await?
        .items
    {
        eprintln!("template {}: {:?}", template.id, template.name);
    }
    for session_type in meetings
        .list_session_types(&SessionTypesOf::default())
        .await?
        .items
    {
        eprintln!(
            "session type {:?}: {:?}",
            session_type.id, session_type.name
        );
    }
    let query = ListTrackingCodes {
        service: TrackingService::All,
        site_url: None,
        host_email: None,
    };
    for code in meetings.list_tracking_codes(&query).await?.items {
        eprintln!("tracking code {}: {:?}", code.id, code.need);
    }
    Ok(())
}
