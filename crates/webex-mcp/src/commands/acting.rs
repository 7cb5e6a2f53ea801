//! Finds the owner of the token at Webex, and says in one sentence who calls act as, or why that is
//! not known.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use webex::people::PersonType;
use webex::{Client, WebexError};

use super::output::say;
use crate::config::LogFormat;
use crate::limits::{TOKEN_CHECK_TRIES, TOKEN_CHECK_WAIT_SECONDS};
use crate::tool::Theirs;

/// The person that calls with this token act as, such as `Alice Johnson (alice@example.com)`.
///
/// # Errors
/// What Webex answered, or why it could not be reached.
pub async fn identity(client: &Client) -> Result<String, WebexError> {
    let me = client.people().me().await?;
    let bot = match &me.person_type {
        Some(PersonType::Bot) => ", a bot",
        _ => "",
    };
    let email = me.emails.into_iter().flatten().next();
    let name = me.display_name.unwrap_or_default();
    let told = match email {
        Some(email) if name.is_empty() => email,
        Some(email) => format!("{name} ({email})"),
        None => name,
    };
    // People choose their names: a name must not contain anything that a terminal obeys.
    let told = Theirs::from(told).as_str().replace('\n', " ");
    Ok(told + bot)
}

/// Why Webex refused the token, and what to do about it.
pub fn refusal(error: &WebexError) -> String {
    let advice = match error.status() {
        Some(401) => {
            "make a new one at https://developer.webex.com (a personal one lasts 12 hours)"
        }
        Some(403) => "the token lacks spark:people_read",
        Some(404) => "the address answers, but not as Webex does; check webex.base_url",
        Some(_) => "Webex refused for another reason; look at status.webex.com",
        // The error itself says what is wrong and what to check.
        None => return error.to_string(),
    };
    format!("{error}; {advice}")
}

/// Checks the token of a server that has just started, and logs the result. `trouble` is for
/// `/readyz`.
pub async fn announce(client: Client, trouble: Arc<OnceLock<&'static str>>, format: LogFormat) {
    for attempt in 1..=TOKEN_CHECK_TRIES {
        match identity(&client).await {
            Ok(who) => {
                match format {
                    LogFormat::Human => say(format_args!("Acting as {who}.")),
                    LogFormat::Json => tracing::info!("Webex accepted the token"),
                }
                return;
            }
            Err(error) => {
                let refusal = refusal(&error);
                if error.status() == Some(401) {
                    tracing::error!("Webex refused the token: {refusal}");
                    let _ = trouble.set("Webex refused the token, so every call fails");
                    return;
                }
                // The token still works; only its owner is not known.
                if error.status() == Some(403) {
                    tracing::warn!("the owner of the token is not known: {refusal}");
                    return;
                }
                tracing::warn!(attempt, "the token could not be checked: {refusal}");
            }
        }
        tokio::time::sleep(Duration::from_secs(TOKEN_CHECK_WAIT_SECONDS)).await;
    }
}
