//! The tokens that Webex gives for a consent or a refresh token.

use std::time::Duration;

use secrecy::SecretString;
use serde::Deserialize;

use crate::error::WebexError;
use crate::token::AccessToken;

/// Tokens with the lifetimes that Webex returned. They differ between kinds of tokens: never assume
/// one.
#[derive(Clone, Debug, Deserialize)]
#[serde(try_from = "Answer")]
pub struct Tokens {
    /// The token for calls.
    pub access_token: AccessToken,
    /// How long it is valid from now on (14 days, or some hours).
    pub expires_in: Option<Duration>,
    /// The token for getting new tokens.
    pub refresh_token: Option<SecretString>,
    /// How long the refresh token is valid from now on (90 days).
    pub refresh_token_expires_in: Option<Duration>,
    /// The granted scopes, if Webex returned them.
    pub scopes: Option<Vec<String>>,
    /// The person who consented, as a signed JWT; only if the scope `openid` was granted.
    pub id_token: Option<SecretString>,
}

#[derive(Deserialize)]
struct Answer {
    access_token: String,
    #[serde(default, deserialize_with = "crate::lenient::number")]
    expires_in: Option<u64>,
    refresh_token: Option<String>,
    #[serde(default, deserialize_with = "crate::lenient::number")]
    refresh_token_expires_in: Option<u64>,
    scope: Option<String>,
    id_token: Option<String>,
}

impl TryFrom<Answer> for Tokens {
    type Error = WebexError;

    fn try_from(answer: Answer) -> Result<Self, WebexError> {
        let words = |text: String| text.split_ascii_whitespace().map(str::to_owned).collect();
        Ok(Self {
            access_token: AccessToken::new(answer.access_token)?,
            expires_in: answer.expires_in.map(Duration::from_secs),
            refresh_token: answer.refresh_token.map(SecretString::from),
            refresh_token_expires_in: answer.refresh_token_expires_in.map(Duration::from_secs),
            scopes: answer.scope.map(words),
            id_token: answer.id_token.map(SecretString::from),
        })
    }
}
