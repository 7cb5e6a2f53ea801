//! Turns the credential of a caller into a token, immediately before it is sent.

use std::sync::Arc;

use webex::AccessToken;

use super::Passthrough;
use crate::error::CallError;
use crate::identity::Credential;

/// Turns credentials into tokens, and gets new ones where it can.
#[derive(Debug, Clone, Default)]
pub struct Tokens {
    passthrough: Option<Arc<Passthrough>>,
}

impl Tokens {
    pub(super) fn of_passthrough(passthrough: Arc<Passthrough>) -> Self {
        Tokens {
            passthrough: Some(passthrough),
        }
    }

    /// The token to send now.
    ///
    /// # Errors
    /// None so far: a credential is its token. A kept grant may be gone.
    pub async fn token(&self, credential: &Credential) -> Result<AccessToken, CallError> {
        match credential {
            Credential::Token(token) => Ok(token.clone()),
        }
    }

    /// Another token in place of one that Webex refused, where there is a way to get one. A token
    /// that its caller brought has none: the caller is asked for another with its next request, if
    /// Webex says the same again.
    pub async fn renew(
        &self,
        credential: &Credential,
        refused: &AccessToken,
    ) -> Option<AccessToken> {
        match credential {
            Credential::Token(_) => {
                if let Some(passthrough) = &self.passthrough {
                    passthrough.doubt(refused);
                }
                None
            }
        }
    }
}
