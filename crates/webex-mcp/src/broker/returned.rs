//! What a browser brings back from where its person was asked (RFC 6749, 4.1.2).

use serde::Deserialize;

/// The answer of Webex, or of the identity provider. The code is a secret, so it is not printed.
#[derive(Default, Deserialize)]
pub struct Returned {
    pub code: Option<String>,
    pub state: Option<String>,
    pub error: Option<String>,
    /// Who answers (RFC 9207); Webex does not say it.
    pub iss: Option<String>,
}

impl std::fmt::Debug for Returned {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Returned").finish_non_exhaustive()
    }
}

impl Returned {
    /// The person said no there.
    pub(super) fn is_declined(&self) -> bool {
        self.code.is_none() && self.error.as_deref() == Some("access_denied")
    }
}
