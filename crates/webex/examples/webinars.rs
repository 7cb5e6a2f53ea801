//! Shows a webinar's set-up (interpreters, breakout sessions, sources) and what people answered.
//!
//! `WEBEX_ACCESS_TOKEN=… cargo run -p webex --example webinars -- <webinar id>`; another Webex than
//! `https://webexapis.com/v1`, such as a sandbox, is named by `WEBEX_BASE_URL`.

use std::env;
use std::error::Error;

use webex::meetings::surveys::ListSurveyResults;
use webex::{AccessToken, Webex};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let base_url = env::var("WEBEX_BASE_URL");
    let base_url = base_url.as_deref().unwrap_or("https://webexapis.com/v1");
    let token = env::var("WEBEX_ACCESS_TOKEN").map_err(|_| "set WEBEX_ACCESS_TOKEN")?;
    let webinar_id = env::args().nth(1).ok_or("usage: webinars <webinar id>")?;

    let client = Webex::new(base_url)?.client(AccessToken::new(token)?);
    let meetings = client.meetings();
    let interpreters = meetings.list_interpreters(&webinar_id, None).await?;
    for interpreter in interpreters.items {
        eprintln!(
            "{} and {}: {}",
            interpreter.language_code_1,
            interpreter.language_code_2,
            interpreter.email.as_deref().unwrap_or("nobody yet")
        );
    }
    for breakout in meetings.list_breakouts(&webinar_id, None).await?.items {
        eprintln!("breakout session {:?}", breakout.name);
    }
    let sources = meetings
        .list_invitation_sources(&webinar_id, None, None)
        .await?;
    for source in sources.items {
        eprintln!("source {}", source.source_id);
    }
    let survey = meetings.survey(&webinar_id, None).await?;
    let results = meetings
        .list_survey_results(&webinar_id, &ListSurveyResults::default())
        .await?;
    eprintln!(
        "{} questions, answered by {} people or more",
        survey.questions.len(),
        results.items.len()
    );
    Ok(())
}
