//! Why a request of OAuth is refused: OAuth's word for it, and a sentence that says what to do.

use std::borrow::Cow;

use webex::WebexError;

use crate::stores::records::change::{Refused as NotWritten, Unavailable};

/// A refused request (RFC 6749, 4.1.2.1 and 5.2).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    pub error: &'static str,
    pub description: Cow<'static, str>,
}

impl Refused {
    pub fn new(error: &'static str, description: impl Into<Cow<'static, str>>) -> Self {
        Refused {
            error,
            description: description.into(),
        }
    }

    pub fn invalid_request(description: impl Into<Cow<'static, str>>) -> Self {
        Refused::new("invalid_request", description)
    }

    /// A client that we do not know should register again. The person who reads this can only make
    /// it do so.
    pub fn unknown_client() -> Self {
        Refused::new(
            "invalid_client",
            "The program is not registered here, or its registration expired; start again in it, and if that does not help, remove this server there and add it once more.",
        )
    }

    /// The same words for everything that is wrong with a code or a token: details would help those
    /// who try.
    pub fn invalid_grant() -> Self {
        Refused::new(
            "invalid_grant",
            "This code or token is not valid, has expired or was used; sign in again.",
        )
    }

    pub fn invalid_target() -> Self {
        Refused::new(
            "invalid_target",
            "The resource is not the address of the server that the user signed in for.",
        )
    }

    pub fn unavailable() -> Self {
        Refused::new(
            "temporarily_unavailable",
            "The sign-ins cannot be read or written at the moment; try again in a minute.",
        )
    }

    /// Webex gave no tokens for a person's consent.
    pub fn of_webex(error: &WebexError) -> Self {
        tracing::warn!(%error, "a sign-in could not be finished at Webex");
        match error.status() {
            Some(400..=499) => Refused::new(
                "server_error",
                "Webex did not accept the sign-in; the operator should compare the integration's id, secret and redirect address with those at Webex.",
            ),
            _ => Refused::new(
                "temporarily_unavailable",
                "Webex does not answer; try again in a minute.",
            ),
        }
    }
}

impl From<Unavailable> for Refused {
    fn from(_: Unavailable) -> Self {
        Refused::unavailable()
    }
}

impl From<NotWritten> for Refused {
    fn from(_: NotWritten) -> Self {
        Refused::unavailable()
    }
}
