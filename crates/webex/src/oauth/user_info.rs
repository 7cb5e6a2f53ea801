//! The person who consented, as OpenID Connect describes it.

use serde::{Deserialize, Serialize};
use serde_with::skip_serializing_none;

use super::USER_INFO;
use crate::client::Client;
use crate::error::WebexError;

/// The owner of the token. What is present depends on the granted scopes (`profile`, `email` …).
#[skip_serializing_none]
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct UserInfo {
    /// The stable id of the person; it is not the person id of the other calls.
    pub sub: String,
    /// The full name.
    pub name: Option<String>,
    /// The first name.
    pub given_name: Option<String>,
    /// The last name.
    pub family_name: Option<String>,
    /// The sign-in name.
    pub preferred_username: Option<String>,
    /// The e-mail address.
    pub email: Option<String>,
    /// Webex has verified that address.
    pub email_verified: Option<bool>,
    /// The picture's URL.
    pub picture: Option<String>,
    /// The telephone number.
    pub phone_number: Option<String>,
    /// The time zone, an IANA name.
    pub zoneinfo: Option<String>,
    /// The language, such as `en_US`.
    pub locale: Option<String>,
}

impl Client {
    /// Reads the person who consented. Scope: `openid`.
    ///
    /// # Errors
    /// [`WebexError::Refused`] where the token lacks the scope.
    pub async fn user_info(&self) -> Result<UserInfo, WebexError> {
        self.reply(USER_INFO.call()).await
    }
}
