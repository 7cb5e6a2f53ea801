//! The rows of OAuth: applications, codes, waiting devices, and tokens.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::rows::PersonKey;
use crate::rows::integration::Integration;
use crate::rows::scopes::Scopes;
use crate::table::Key;

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Challenge {
    Plain(String),
    Sha256(String),
}

pub(crate) type ApplicationKey = Key<Application>;
pub(crate) type AuthorizationKey = Key<Authorization>;

#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Application {
    pub(crate) id: String,
    pub(crate) integration: Integration,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Kind {
    Refresh,
    /// Made from a refresh token, and revoked with it.
    Access(AuthorizationKey),
}

/// One token: the access that one person gives to one application.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Authorization {
    pub(crate) id: String,
    pub(crate) application: ApplicationKey,
    pub(crate) person: PersonKey,
    pub(crate) kind: Kind,
    pub(crate) token: String,
    pub(crate) scopes: Scopes,
    pub(crate) created: Timestamp,
    pub(crate) expires: Timestamp,
}

/// A person's consent, ready to be exchanged for tokens.
#[derive(Debug)]
pub(crate) struct Consent {
    pub(crate) application: ApplicationKey,
    pub(crate) person: PersonKey,
    pub(crate) scopes: Scopes,
    pub(crate) nonce: Option<String>,
}

/// A consent on its way to the application.
#[derive(Debug)]
pub(crate) struct Code {
    pub(crate) consent: Consent,
    pub(crate) redirect_uri: String,
    /// The exchange has to repeat the redirect URI only if the request for consent named it.
    pub(crate) is_redirect_named: bool,
    pub(crate) challenge: Option<Challenge>,
    pub(crate) expires: Timestamp,
}

/// A device that waits for a person's answer.
#[derive(Debug)]
pub(crate) struct Device {
    pub(crate) application: ApplicationKey,
    pub(crate) scopes: Scopes,
    pub(crate) user_code: String,
    pub(crate) decision: Decision,
    pub(crate) last_asked: Option<Timestamp>,
    pub(crate) expires: Timestamp,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Decision {
    Pending,
    Granted(PersonKey),
    Denied,
}
