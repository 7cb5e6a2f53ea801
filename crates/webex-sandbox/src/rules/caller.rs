//! Who calls, and what the token allows.

use crate::rows::scopes::Scopes;
use crate::rows::{PersonKey, Role};

/// Where the API begins; routes and their requests are written without it.
pub(crate) const API_PATH: &str = "/v1";

/// Who calls, and where from: every route of Webex starts with it.
#[derive(Debug, Clone)]
pub(crate) struct Caller {
    pub(crate) person: PersonKey,
    pub(crate) role: Role,
    pub(crate) scopes: Scopes,
    /// Scheme and host, without a path.
    pub(crate) base: String,
    pub(crate) path: String,
    pub(crate) query: Option<String>,
}

impl Caller {
    /// Whether the token and its owner's role both allow this.
    pub(crate) fn may(&self, scope: &str) -> bool {
        self.scopes.allow(scope, self.role)
    }
}
