//! Says who is in the lobby of a meeting and lets everybody in.
//!
//! `WEBEX_ACCESS_TOKEN=… cargo run -p webex --example participants -- <meeting id>`; another Webex
//! than `https://webexapis.com/v1`, such as a sandbox, is named by `WEBEX_BASE_URL`.

use std::env;
use std::error::Error;

use webex::participants::{AdmitParticipant, ListParticipants, ParticipantState};
use webex::{AccessToken, Webex};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let base_url = env::var("WEBEX_BASE_URL");
    let base_url = base_url.as_deref().unwrap_or("https://webexapis.com/v1");
    let token = env::var("WEBEX_ACCESS_TOKEN").map_err(|_| "set WEBEX_ACCESS_TOKEN")?;
    let client = Webex::new(base_url)?.client(AccessToken::new(token)?);
    let meeting_id = env::args()
        .nth(1)
        .ok_or("usage: participants <meeting id>")?;

    let query = ListParticipants {
        meeting_id,
        max: Some(100),
        ..Default::default()
    };
    let mut waiting = Vec::new();
    for participant in client.participants().list(&query).await?.items {
        let name = participant.display_name.as_deref().unwrap_or("(no name)");
        eprintln!(
            "{name}: {}",
            participant
                .state
                .as_ref()
                .map_or("?", |state| state.as_str())
        );
        if participant.state == Some(ParticipantState::Lobby) {
            waiting.push(AdmitParticipant {
                participant_id: participant.id,
                breakout_session_id: None,
            });
        }
    }
    if !waiting.is_empty() {
        client.participants().admit(&waiting).await?;
    }
    Ok(())
}
