//! What the journal records about a call: who asks for it, the results of its writes, and its
//! outcome.

use std::sync::Arc;

use tokio::sync::OwnedSemaphorePermit;
use uuid::Uuid;

use super::entry::Correlation;
use crate::identity::{Principal, Tenant};

/// Who asks for which effect, and the decision about it.
#[derive(Debug, Clone)]
pub struct Intent {
    /// A UUID of version 7.
    pub call: Uuid,
    pub tenant: Tenant,
    pub principal: Principal,
    /// A name for the table of people, from which it can be deleted; no entry contains it.
    pub display: Option<String>,
    pub client: Option<Arc<str>>,
    /// The virtual server.
    pub server: Arc<str>,
    pub tool: Arc<str>,
    pub effect: &'static str,
    /// The result of [`super::DurableKey::digest`].
    pub arguments_digest: [u8; 32],
    /// The caller's idempotency key.
    pub key: Option<String>,
    /// The confirmation that this call uses up.
    pub nonce: Option<Uuid>,
    /// How the call was allowed, such as `confirmed by form`.
    pub decision: &'static str,
    pub policy_version: Arc<str>,
    pub correlation: Correlation,
    /// Whether an identical call may get an outcome that was not delivered. With a key, only the
    /// key gives the outcome.
    pub keeps_outcome: bool,
}

/// Why a write may not be sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BeginError {
    /// The journal cannot be written; a write that cannot be recorded must not be sent.
    #[error("the journal cannot be written")]
    Unavailable,
    /// The confirmation was already used.
    #[error("the confirmation was used before")]
    NonceUsed,
    /// A call with the same key began a moment ago.
    #[error("the key belongs to another call")]
    KeyTaken,
    /// The call is settled: nothing more may be sent for it.
    #[error("the call is over")]
    Over,
}

/// A write that may be sent now. If it is dropped without [`OpenCall::end`](super::OpenCall::end),
/// its result is unknown.
#[derive(Debug)]
#[must_use = "a write whose end is not reported counts as unknown"]
pub struct Write {
    pub(super) number: u32,
    pub(super) operation: &'static str,
    /// Reserved for the entry of its end.
    pub(super) place: OwnedSemaphorePermit,
}

/// The result of a write.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WriteOutcome {
    Done {
        status: u16,
        /// The ids of what was made or changed.
        ids: Vec<String>,
        tracking_id: Option<String>,
    },
    /// Nothing was changed: Webex refused it, or the request was not sent.
    Refused {
        /// `None` where there was no answer.
        status: Option<u16>,
        tracking_id: Option<String>,
    },
    /// No answer came, and Webex may have executed it.
    Unknown,
}

/// The result of a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settled {
    /// [`DONE`](super::DONE), [`UNKNOWN`](super::UNKNOWN), or the code of the error.
    pub code: &'static str,
    pub ids: Vec<String>,
    /// The answer, to be repeated for the key or for an identical call. It is encrypted; if it is
    /// too long, only its ids are kept.
    pub kept: Option<Vec<u8>>,
}
