//! Finds the owner of the token at Webex, and says in one sentence who calls act as, or why that is
//! not known.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use webex::people::PersonType;
use webex::{Client, WebexError};

use super::output::say;
use crate::config::LogFormat;
use crate::limits::{TOKEN_CHECK_TRIES, TOKEN_CHECK_WAIT_SECONDS};
use crate::tool::Theirs;

/// Whose a token is that Webex accepts.
#[derive(Debug, PartialEq, Eq)]
pub enum Owner {
    /// The person that calls act as, such as `Alice Johnson (alice@example.com)`.
    Known(String),
    /// The token may not read its owner: why.
    Unknown(String),
}

/// Tries the token.
///
/// # Errors
/// What Webex answered to a token that it refuses, or why it could not be reached.
pub async fn owner(client: &Client) -> Result<Owner, WebexError> {
    let me = match client.people().me().await {
        Ok(me) => me,
        Err(error) if error.status() == Some(403) => return Ok(Owner::Unknown(refusal(&error))),
        Err(error) => return Err(error),
    };
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
    Ok(Owner::Known(told + bot))
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

/// Checks the token of a server that has just started until Webex accepts it, and logs the result.
/// `is_token_refused` is for `/readyz`.
pub async fn announce(client: Client, is_token_refused: Arc<AtomicBool>, format: LogFormat) {
    for attempt in 1..=TOKEN_CHECK_TRIES {
        match owner(&client).await {
            Ok(owner) => {
                is_token_refused.store(false, Ordering::Relaxed);
                match (owner, format) {
                    (Owner::Known(who), LogFormat::Human) => say(format_args!("Acting as {who}.")),
                    (Owner::Known(_), LogFormat::Json) => {
                        tracing::info!("Webex accepted the token");
                    }
                    (Owner::Unknown(why), _) => {
                        tracing::warn!("the owner of the token is not known: {why}");
                    }
                }
                return;
            }
            // Webex answers this for a moment also to a token that is well.
            Err(error) if error.status() == Some(401) => {
                is_token_refused.store(true, Ordering::Relaxed);
                tracing::error!(attempt, "Webex refused the token: {}", refusal(&error));
            }
            Err(error) => {
                tracing::warn!(
                    attempt,
                    "the token could not be checked: {}",
                    refusal(&error)
                );
            }
        }
        tokio::time::sleep(Duration::from_secs(TOKEN_CHECK_WAIT_SECONDS)).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use webex::{AccessToken, Settings, Transport, Webex};
    use webex_sandbox::{Fault, Options, Sandbox};

    const ME: &str = "/v1/people/me";

    fn alice(sandbox: &Sandbox) -> Client {
        let transport = Transport::in_process(sandbox.router());
        let base = "http://127.0.0.1/v1";
        let webex = Webex::with_transport(base, transport, Settings::default()).unwrap();
        webex.client(AccessToken::new("sandbox-alice").unwrap())
    }

    #[tokio::test]
    async fn a_token_that_may_not_read_its_owner_is_accepted() {
        let sandbox = Sandbox::new(Options::for_tests());
        let client = alice(&sandbox);
        let known = owner(&client).await.unwrap();
        assert_eq!(
            known,
            Owner::Known("Alice Johnson (alice@example.com)".to_owned())
        );
        sandbox.faults().next_on(1, "GET", ME, Fault::status(403));
        let Ok(Owner::Unknown(why)) = owner(&client).await else {
            panic!("a token without a scope is no refused token");
        };
        assert!(why.contains("spark:people_read"), "{why}");
        for status in [400, 401, 404] {
            sandbox
                .faults()
                .next_on(1, "GET", ME, Fault::status(status));
            assert!(owner(&client).await.is_err(), "{status}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_refusal_lasts_until_webex_accepts_the_token() {
        for (refusals, then, is_refused) in [
            (1, 200, false),
            (3, 403, false),
            (TOKEN_CHECK_TRIES, 200, true),
        ] {
            let sandbox = Sandbox::new(Options::for_tests());
            let faults = sandbox.faults();
            faults.next_on(refusals, "GET", ME, Fault::status(401));
            if then != 200 {
                faults.next_on(refusals + 1, "GET", ME, Fault::status(then));
            }
            let refused = Arc::new(AtomicBool::new(false));
            announce(alice(&sandbox), refused.clone(), LogFormat::Json).await;
            let found = refused.load(Ordering::Relaxed);
            assert_eq!(found, is_refused, "{refusals} refusals, then {then}");
        }
    }
}
