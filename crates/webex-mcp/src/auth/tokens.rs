//! Turns the credential of a caller into a token, immediately before it is sent.

use std::sync::Arc;

use webex::AccessToken;

use super::Passthrough;
use crate::error::CallError;
use crate::identity::Credential;

/// Turns credentials into tokens, and gets new tokens where it can.
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
    /// None so far: a credential is its token. A stored grant may be gone.
    pub async fn token(&self, credential: &Credential) -> Result<AccessToken, CallError> {
        match credential {
            Credential::Token(token) => Ok(token.clone()),
        }
    }

    /// Another token in place of one that Webex refused, where there is a way to get one. For a
    /// token that the caller brought there is none: if Webex refuses it again, the caller's next
    /// request is refused.
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
