//! Lists who is in each of one's teams.
//!
//! `WEBEX_ACCESS_TOKEN=… cargo run -p webex --example team_memberships`; another Webex than
//! `https://webexapis.com/v1`, such as a sandbox, is named by `WEBEX_BASE_URL`.

use std::env;
use std::error::Error;

use webex::team_memberships::ListTeamMemberships;
use webex::teams::ListTeams;
use webex::{AccessToken, Webex};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let base_url = env::var("WEBEX_BASE_URL");
    let base_url = base_url.as_deref().unwrap_or("https://webexapis.com/v1");
    let token = env::var("WEBEX_ACCESS_TOKEN").map_err(|_| "set WEBEX_ACCESS_TOKEN")?;
    let client = Webex::new(base_url)?.client(AccessToken::new(token)?);

    for team in client.teams().list(&ListTeams::default()).await?.items {
        eprintln!("{}", team.name.as_deref().unwrap_or("(no name)"));
        let query = ListTeamMemberships {
            team_id: team.id,
            max: None,
        };
        for member in client.team_memberships().list(&query).await?.items {
            let address = member.person_email.as_deref().unwrap_or("somebody");
            eprintln!("  {address}");
        }
    }
    Ok(())
}
