//! What a tool's context asks the gate of its call, beside Webex itself.

use futures::future::BoxFuture;
use webex::AccessToken;

use super::{Context, Foreseen, Reasons};
use crate::error::CallError;

/// The gate of a call, behind its client.
pub trait Gateway: Send + Sync + std::fmt::Debug {
    /// What the caller acts with, at the moment when it is needed.
    fn token(&self) -> BoxFuture<'_, Result<AccessToken, CallError>>;

    /// See [`Context::foresee`].
    fn foresee<'a>(
        &'a self,
        changes: &'a Foreseen<'a>,
    ) -> BoxFuture<'a, Result<Reasons, CallError>>;

    /// See [`Context::agreed`].
    fn agreed(&self, reasons: &Reasons) -> Result<(), CallError>;

    /// How many messages were withheld from this call so far, as people outside wrote them.
    fn withheld_messages(&self) -> u64;
}

impl Context {
    /// How many messages were withheld from this call so far, as people outside wrote them.
    pub fn withheld_messages(&self) -> u64 {
        self.gateway.withheld_messages()
    }
}
