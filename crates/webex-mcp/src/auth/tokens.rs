//! Turns the credential of a caller into a token, immediately before it is sent.

use std::sync::Arc;

use webex::AccessToken;

use super::Passthrough;
use crate::error::{CallError, Code};
use crate::grants::Vault;
use crate::identity::Credential;
use crate::login::Login;

/// Turns credentials into tokens, and gets new tokens where it can.
#[derive(Debug, Clone, Default)]
pub struct Tokens {
    passthrough: Option<Arc<Passthrough>>,
    vault: Option<Vault>,
    login: Option<Login>,
}

impl Tokens {
    pub(super) fn of_passthrough(passthrough: Arc<Passthrough>) -> Self {
        Tokens {
            passthrough: Some(passthrough),
            ..Tokens::default()
        }
    }

    /// The same, with the grants of this vault.
    pub fn with_vault(mut self, vault: Option<Vault>) -> Self {
        self.vault = vault;
        self
    }

    /// The same, with the sign-in that `webex-mcp login` made.
    pub fn with_login(mut self, login: Option<Login>) -> Self {
        self.login = login;
        self
    }

    /// The token to send now.
    ///
    /// # Errors
    /// `unauthorized` where a grant was withdrawn or is no longer accepted by Webex, `unavailable`
    /// where it cannot be read or renewed now.
    pub async fn token(&self, credential: &Credential) -> Result<AccessToken, CallError> {
        match credential {
            Credential::Token(token) | Credential::Bearer(token) => Ok(token.clone()),
            Credential::Grant(tenant, id) => match &self.vault {
                Some(vault) => vault.token(tenant, id).await,
                None => Err(no_vault()),
            },
            Credential::Login => match &self.login {
                Some(login) => login.token().await,
                None => Err(crate::login::gone()),
            },
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
            Credential::Token(_) => None,
            Credential::Bearer(_) => {
                if let Some(passthrough) = &self.passthrough {
                    passthrough.doubt(refused);
                }
                None
            }
            Credential::Grant(tenant, id) => {
                let vault = self.vault.as_ref()?;
                vault.renew(tenant, id, refused).await
            }
            Credential::Login => self.login.as_ref()?.renew(refused).await,
        }
    }
}

/// The server was started again without the integration that the grants were given to.
fn no_vault() -> CallError {
    CallError::new(
        Code::NotConfigured,
        "This server no longer keeps sign-ins to Webex.",
        "Ask the operator how to sign in now.",
    )
}
