//! What is kept of a sign-in: the person's own integration, and what it was granted.

use std::fmt;

use secrecy::{ExposeSecret as _, SecretString};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use zeroize::Zeroizing;

use crate::grants::Grant;

/// Everything that a renewal needs, in one piece: its parts are useless without each other.
#[derive(Clone)]
pub struct Kept {
    /// The Webex that gave the tokens; they are sent to no other.
    pub base_url: String,
    pub client_id: String,
    pub client_secret: SecretString,
    /// The redirect address that is registered for the integration.
    pub callback: String,
    pub grant: Grant,
}

impl fmt::Debug for Kept {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Kept")
            .field("base_url", &self.base_url)
            .field("grant", &self.grant)
            .finish_non_exhaustive()
    }
}

impl Kept {
    /// The same integration with another grant.
    pub fn with(&self, grant: Grant) -> Self {
        Kept {
            grant,
            ..self.clone()
        }
    }

    /// The form in which it is kept. It has secrets in it, so it is for encrypted places only.
    ///
    /// # Errors
    /// None that is known.
    pub fn to_bytes(&self) -> Result<Zeroizing<Vec<u8>>, serde_json::Error> {
        let grant = self.grant.to_bytes()?;
        let written = Form {
            base_url: self.base_url.as_str().into(),
            client_id: self.client_id.as_str().into(),
            client_secret: self.client_secret.expose_secret().into(),
            callback: self.callback.as_str().into(),
            grant: serde_json::from_slice(&grant)?,
        };
        serde_json::to_vec(&written).map(Zeroizing::new)
    }

    /// Reads what [`Kept::to_bytes`] wrote; `None` for anything else.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let read: Form<'_> = serde_json::from_slice(bytes).ok()?;
        Some(Kept {
            base_url: read.base_url.into_owned(),
            client_id: read.client_id.into_owned(),
            client_secret: read.client_secret.into_owned().into(),
            callback: read.callback.into_owned(),
            grant: Grant::from_bytes(read.grant.get().as_bytes())?,
        })
    }
}

type Text<'a> = std::borrow::Cow<'a, str>;

#[derive(Serialize, Deserialize)]
struct Form<'a> {
    #[serde(borrow)]
    base_url: Text<'a>,
    #[serde(borrow)]
    client_id: Text<'a>,
    #[serde(borrow)]
    client_secret: Text<'a>,
    #[serde(borrow)]
    callback: Text<'a>,
    #[serde(borrow)]
    grant: &'a RawValue,
}
