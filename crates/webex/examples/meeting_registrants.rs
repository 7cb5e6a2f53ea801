//! Registers somebody for a series and approves everybody who waits.
//!
//! `WEBEX_ACCESS_TOKEN=… cargo run -p webex --example meeting_registrants -- <series id> <email>`;
//! another Webex than `https://webexapis.com/v1`, such as a sandbox, is named by `WEBEX_BASE_URL`.

use std::env;
use std::error::Error;

use webex::meetings::approvals::{DecideRegistrants, RegistrantId};
use webex::meetings::registrants::{
    CreateRegistrant, ListRegistrants, RegistrantForm, RegistrantStatus,
};
use webex::meetings::registration::SeriesPart;
use webex::{AccessToken, Webex};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let base_url = env::var("WEBEX_BASE_URL");
    let base_url = base_url.as_deref().unwrap_or("https://webexapis.com/v1");
    let token = env::var("WEBEX_ACCESS_TOKEN").map_err(|_| "set WEBEX_ACCESS_TOKEN")?;
    let mut arguments = env::args().skip(1);
    let usage = "usage: meeting_registrants <series id> <email>";
    let series_id = arguments.next().ok_or(usage)?;
    let email = arguments.next().ok_or(usage)?;

    let client = Webex::new(base_url)?.client(AccessToken::new(token)?);
    let meetings = client.meetings();
    let whole = SeriesPart::default();
    let registrant = CreateRegistrant {
        form: RegistrantForm {
            first_name: Some("Sam".to_owned()),
            last_name: Some("Example".to_owned()),
            email: Some(email),
            ..Default::default()
        },
        ..Default::default()
    };
    meetings
        .create_registrant(&series_id, &registrant, &whole)
        .await?;

    let everybody = ListRegistrants::default();
    let page = meetings.list_registrants(&series_id, &everybody).await?;
    let waiting = page
        .items
        .into_iter()
        .filter(|registrant| registrant.status == Some(RegistrantStatus::Pending));
    let who = DecideRegistrants {
        registrants: waiting.map(|it| RegistrantId { id: it.id }).collect(),
        ..Default::default()
    };
    if !who.registrants.is_empty() {
        meetings
            .approve_registrants(&series_id, &who, &whole)
            .await?;
    }
    eprintln!("approved {}", who.registrants.len());
    Ok(())
}
