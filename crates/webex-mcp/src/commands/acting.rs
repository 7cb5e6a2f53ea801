//! Finds the owner of the token at Webex, and says in one sentence who calls act as, or why that is
//! not known.

use std::time::Duration;

use webex::people::{Person, PersonType};
use webex::{Client, WebexError};

use super::output::say;
use crate::config::{LogFormat, Origin};
use crate::error::{CallError, Code};
use crate::limits::{TOKEN_CHECK_TRIES, TOKEN_CHECK_WAIT_SECONDS};
use crate::server::{Knowledge, OwnToken, TokenState};
use crate::tool::Theirs;

/// Nothing in a token or in Webex's answers tells a personal token from another one of a person.
pub const MAY_END: &str = "if it is a personal token of developer.webex.com, it ends 12 hours after it was made; \
                           `webex-mcp login` makes a sign-in that is renewed";

/// Whose a token is that Webex accepts.
#[derive(Debug, PartialEq, Eq)]
pub enum Owner {
    /// The person that calls act as, such as `Alice Johnson (alice@example.com)`.
    Person(String),
    /// The bot that calls act as; its token does not end by itself.
    Bot(String),
    /// The token may not read its owner: why.
    Unknown(String),
}

/// Tries the token.
///
/// # Errors
/// What Webex answered to a token that it refuses, or why it could not be reached.
pub async fn owner(client: &Client) -> Result<Owner, WebexError> {
    match client.people().me().await {
        Ok(me) if me.person_type == Some(PersonType::Bot) => Ok(Owner::Bot(told(&me) + ", a bot")),
        Ok(me) => Ok(Owner::Person(told(&me))),
        Err(error) if error.status() == Some(403) => Ok(Owner::Unknown(format!(
            "{error}; the token lacks spark:people_read"
        ))),
        Err(error) => Err(error),
    }
}

/// A person's name and address, in one line.
pub fn told(person: &Person) -> String {
    let email = person.emails.iter().flatten().next();
    let name = person.display_name.clone().unwrap_or_default();
    let told = match email {
        Some(email) if name.is_empty() => email.clone(),
        Some(email) => format!("{name} ({email})"),
        None => name,
    };
    clean(told)
}

/// A text of somebody else in one line: it must not contain anything that a terminal obeys.
pub fn clean(text: String) -> String {
    Theirs::from(text).as_str().replace('\n', " ")
}

/// An error of a sign-in, for its person.
pub fn sentences(error: &CallError) -> String {
    format!("{} {}", error.message, error.advice)
}

/// Why a token could not be tried or was refused, and what to do about it. `origin` says where it is
/// configured, if it is not that of the sign-in: a new sign-in does not take its place.
pub fn refusal(error: &WebexError, origin: Option<&Origin>) -> String {
    let advice = match (error, error.status()) {
        (WebexError::Refused { .. }, Some(401)) => match origin {
            Some(origin) => format!(
                "replace the token in {origin} (a personal one of https://developer.webex.com lasts 12 hours), or \
                 unset it and run `webex-mcp login`"
            ),
            None => "run `webex-mcp login` again".to_owned(),
        },
        (WebexError::Refused { .. }, Some(404)) => {
            "the address answers, but not as Webex does; check webex.base_url".to_owned()
        }
        (WebexError::Refused { .. }, _) => "look at https://status.webex.com".to_owned(),
        _ => return why(error),
    };
    format!("{error}; {advice}")
}

/// An error of a read that nobody chose, so that nobody can make it smaller.
pub fn why(error: &WebexError) -> String {
    match error {
        WebexError::TimedOut { .. } => "Webex did not answer in time; try again later".to_owned(),
        // The error itself says what is wrong and what to do.
        error => error.to_string(),
    }
}

/// Checks the token of a server that has just started until Webex accepts it, and logs the result.
/// `state` is for `/readyz`.
pub async fn announce(token: OwnToken, state: TokenState, format: LogFormat) {
    for attempt in 1..=TOKEN_CHECK_TRIES {
        let client = match token.client().await {
            Ok(client) => client,
            Err(error) => {
                if error.code == Code::Unauthorized {
                    state.set(Knowledge::Refused);
                }
                let why = sentences(&error);
                tracing::error!(attempt, "the sign-in gives no token: {why}");
                pause().await;
                continue;
            }
        };
        match owner(&client).await {
            Ok(owner) => return accepted(&owner, &token, &state, format),
            // Webex answers this for a moment also to a token that is well.
            Err(error) if error.status() == Some(401) => {
                state.set(Knowledge::Refused);
                let why = refusal(&error, token.origin());
                tracing::error!(attempt, "Webex refused the token: {why}");
            }
            Err(error) => {
                let why = refusal(&error, token.origin());
                tracing::warn!(attempt, "the token could not be checked: {why}");
            }
        }
        pause().await;
    }
}

async fn pause() {
    tokio::time::sleep(Duration::from_secs(TOKEN_CHECK_WAIT_SECONDS)).await;
}

fn accepted(owner: &Owner, token: &OwnToken, state: &TokenState, format: LogFormat) {
    match (owner, format) {
        (Owner::Person(who) | Owner::Bot(who), LogFormat::Human) => {
            if let Err(unwritten) = say(format_args!("Acting as {who}.")) {
                tracing::warn!("{unwritten}");
            }
        }
        (Owner::Person(_) | Owner::Bot(_), LogFormat::Json) => {
            tracing::info!("Webex accepted the token");
        }
        (Owner::Unknown(why), _) => {
            tracing::warn!("the owner of the token is not known: {why}");
        }
    }
    if token.is_renewed() || matches!(owner, Owner::Bot(_)) {
        return state.set(Knowledge::Good);
    }
    state.set(Knowledge::MayEnd);
    tracing::warn!("the token cannot be renewed: {MAY_END}");
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::identity::Credential;
    use webex::{AccessToken, Settings, Transport, Webex};
    use webex_sandbox::{Fault, Options, Sandbox};

    const ME: &str = "/v1/people/me";

    fn webex(sandbox: &Sandbox) -> Webex {
        let transport = Transport::in_process(sandbox.router());
        let base = "http://127.0.0.1/v1";
        Webex::with_transport(base, transport, Settings::default()).unwrap()
    }

    fn token(who: &str) -> AccessToken {
        AccessToken::new(format!("sandbox-{who}")).unwrap()
    }

    fn own(sandbox: &Sandbox, who: &str) -> OwnToken {
        let tokens = crate::auth::Tokens::default();
        let credential = Credential::Token(token(who));
        OwnToken::new(webex(sandbox), tokens, (credential, None))
    }

    #[tokio::test]
    async fn a_token_that_may_not_read_its_owner_is_accepted() {
        let sandbox = Sandbox::new(Options::for_tests());
        let client = webex(&sandbox).client(token("alice"));
        let known = owner(&client).await.unwrap();
        assert_eq!(
            known,
            Owner::Person("Alice Johnson (alice@example.com)".to_owned())
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
    async fn a_refusal_says_what_helps_and_nothing_else() {
        let sandbox = Sandbox::new(Options::for_tests());
        let client = webex(&sandbox).client(token("alice"));
        let configured = Origin::Variable("WEBEX_ACCESS_TOKEN".to_owned());
        for (status, origin, expected) in [
            (
                401,
                Some(&configured),
                "replace the token in WEBEX_ACCESS_TOKEN",
            ),
            (401, None, "; run `webex-mcp login` again"),
            (404, Some(&configured), "; check webex.base_url"),
            (503, Some(&configured), "try again later"),
            (400, None, "look at https://status.webex.com"),
        ] {
            let faults = sandbox.faults();
            faults.next_on(10, "GET", ME, Fault::status(status));
            let told = refusal(&owner(&client).await.unwrap_err(), origin);
            faults.clear();
            assert!(told.contains(expected), "{status}: {told}");
            let others = ["webex-mcp login", "status.webex.com", "try again later"];
            let count = others.iter().filter(|other| told.contains(**other)).count();
            assert!(count <= 1, "{status}: {told}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_refusal_lasts_until_webex_accepts_the_token() {
        for (who, refusals, then, expected) in [
            ("alice", 1, 200, Knowledge::MayEnd),
            ("alice", 3, 403, Knowledge::MayEnd),
            ("alice", TOKEN_CHECK_TRIES, 200, Knowledge::Refused),
            ("ci-bot", 1, 200, Knowledge::Good),
        ] {
            let sandbox = Sandbox::new(Options::for_tests());
            let faults = sandbox.faults();
            faults.next_on(refusals, "GET", ME, Fault::status(401));
            if then != 200 {
                faults.next_on(refusals + 1, "GET", ME, Fault::status(then));
            }
            let state = TokenState::default();
            announce(own(&sandbox, who), state.clone(), LogFormat::Json).await;
            let found = state.get();
            assert_eq!(found, expected, "{who}: {refusals} refusals, then {then}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_sign_in_that_is_gone_is_reported_as_refused() {
        let sandbox = Sandbox::new(Options::for_tests());
        let tokens = crate::auth::Tokens::default();
        let gone = OwnToken::new(webex(&sandbox), tokens, (Credential::Login, None));
        let state = TokenState::default();
        announce(gone, state.clone(), LogFormat::Json).await;
        assert_eq!(state.get(), Knowledge::Refused);
    }
}
