//! The token that a server has of its own: the configured one, or that of the person's sign-in; and
//! what is known of it.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};

use webex::{Client, Webex};

use super::StartError;
use crate::auth::Tokens;
use crate::config::{Config, Loaded, Origin};
use crate::error::CallError;
use crate::folders::create_private;
use crate::identity::Credential;
use crate::keys::{self, Source};
use crate::login::Login;
use crate::seal::Secret;

/// The token of callers that bring none.
#[derive(Debug)]
pub struct OwnToken {
    webex: Webex,
    tokens: Tokens,
    credential: Credential,
    /// Where it is configured; a sign-in is not.
    origin: Option<Origin>,
}

impl OwnToken {
    pub fn new(
        webex: Webex,
        tokens: Tokens,
        (credential, origin): (Credential, Option<Origin>),
    ) -> Self {
        OwnToken {
            webex,
            tokens,
            credential,
            origin,
        }
    }

    pub fn origin(&self) -> Option<&Origin> {
        self.origin.as_ref()
    }

    /// A client with the token as it is now.
    ///
    /// # Errors
    /// There is no token now, with what the person has to do.
    pub async fn client(&self) -> Result<Client, CallError> {
        let token = self.tokens.token(&self.credential).await?;
        Ok(self.webex.client(token))
    }

    /// Whether it is of a sign-in, which is renewed.
    pub fn is_renewed(&self) -> bool {
        matches!(self.credential, Credential::Login)
    }
}

/// What is known of the server's own token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Knowledge {
    /// Webex accepts it, or it was not tried yet.
    Good,
    /// Webex accepts it, and it may be a personal one, which nobody can renew.
    MayEnd,
    Refused,
}

/// The same, as it changes while the server runs. Clones share it.
#[derive(Debug, Clone, Default)]
pub struct TokenState(Arc<AtomicU8>);

impl TokenState {
    const ALL: [Knowledge; 3] = [Knowledge::Good, Knowledge::MayEnd, Knowledge::Refused];

    pub fn set(&self, knowledge: Knowledge) {
        self.0.store(knowledge as u8, Ordering::Relaxed);
    }

    pub fn get(&self) -> Knowledge {
        let at = usize::from(self.0.load(Ordering::Relaxed));
        Self::ALL.get(at).copied().unwrap_or(Knowledge::Good)
    }
}

/// The sign-in of the data directory, if there is one.
pub(super) fn kept_login(
    config: &Config,
    keys: (&Secret, Option<&Secret>),
    webex: &Webex,
) -> Result<Option<Login>, StartError> {
    let directory = config.data.dir.as_deref();
    let Some(directory) = directory.filter(|directory| Login::is_in(directory)) else {
        return Ok(None);
    };
    let webex = (webex.clone(), config.webex.base_url.as_str());
    Ok(Some(Login::new(directory.to_owned(), keys, webex)?))
}

/// Whether somebody signed in for this data directory.
pub fn is_signed_in(directory: Option<&Path>) -> bool {
    directory.is_some_and(Login::is_in)
}

/// The place of sign-ins of the data directory, for a command; `None` where that is not known or
/// cannot be written. The directory is made, and the secret key in it if there is none.
///
/// # Errors
/// The key in it cannot be used.
pub fn login(loaded: &Loaded, webex: &Webex) -> Result<Option<Login>, StartError> {
    let directory = loaded.config.data.dir.as_deref();
    let made = directory.filter(|directory| create_private(directory).is_ok());
    let Some(directory) = made else {
        return Ok(None);
    };
    let keys = keys::deployment(&loaded.secrets, Some(directory))?;
    if keys.source == Source::Ephemeral {
        return Ok(None);
    }
    let key = (&keys.secret, keys.previous.as_ref());
    let webex = (webex.clone(), loaded.config.webex.base_url.as_str());
    let login = Login::new(directory.to_owned(), key, webex)?;
    Ok(Some(login))
}
