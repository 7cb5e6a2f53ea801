//! Who asks: a principal that names a caller without telling anything about it.

use std::sync::Arc;

use webex::AccessToken;

/// One caller, as sessions, cursors, confirmations, caches and links are bound to it.
///
/// It is derived, never chosen: a constant where there is one token, a keyed hash of the token
/// where each caller brings its own. It may stand in a log.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Principal(Arc<str>);

impl Principal {
    pub fn new(name: impl Into<Arc<str>>) -> Self {
        Principal(name.into())
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A principal and what it acts with.
#[derive(Debug, Clone)]
pub struct Caller {
    pub principal: Principal,
    /// Absent where nothing was configured: such a call is answered `not_configured`.
    pub token: Option<AccessToken>,
}
