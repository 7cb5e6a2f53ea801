//! The caller, and what the token allows.

use crate::rows::scopes::Scopes;
use crate::rows::{PersonKey, Role};

/// The path at which the API begins; routes and requests are written without it.
pub(crate) const API_PATH: &str = "/v1";

/// The caller, and the host of the request: every route of Webex starts with it.
#[derive(Debug, Clone)]
pub(crate) struct Caller {
    pub(crate) person: PersonKey,
    pub(crate) role: Role,
    pub(crate) scopes: Scopes,
    /// The scheme and host, without a path.
    pub(crate) base: String,
    pub(crate) path: String,
    pub(crate) query: Option<String>,
}

impl Caller {
    /// Whether the caller may see what belongs to others in the organization.
    pub(crate) fn oversees(&self) -> bool {
        matches!(self.role, Role::Administrator | Role::ComplianceOfficer)
    }

    /// Whether both the token and its owner's role allow this.
    pub(crate) fn may(&self, scope: &str) -> bool {
        self.scopes.allow(scope, self.role)
    }
}
