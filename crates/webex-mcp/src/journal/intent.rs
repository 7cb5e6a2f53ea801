//! What the journal is told about a call: who wants it, what became of its writes, and its outcome.

use std::sync::Arc;

use tokio::sync::OwnedSemaphorePermit;
use uuid::Uuid;

use super::entry::Correlation;
use crate::identity::{Principal, Tenant};

/// Who wants which effect, and what was decided about it.
#[derive(Debug, Clone)]
pub struct Intent {
    /// A UUID of version 7.
    pub call: Uuid,
    pub tenant: Tenant,
    pub principal: Principal,
    /// A name for the deletable table of people; it stands in no entry.
    pub display: Option<String>,
    pub client: Option<Arc<str>>,
    /// The virtual server.
    pub server: Arc<str>,
    pub tool: Arc<str>,
    pub effect: &'static str,
    /// Of [`super::DurableKey::digest`].
    pub arguments_digest: [u8; 32],
    /// The caller's idempotency key.
    pub key: Option<String>,
    /// The confirmation that is used up by this call.
    pub nonce: Option<Uuid>,
    /// How it came that it may happen: `confirmed by form`, for example.
    pub decision: &'static str,
    pub policy_version: Arc<str>,
    pub correlation: Correlation,
    /// Whether the identical call may be told of an outcome that nobody got. Where there is a key,
    /// only the key tells.
    pub keeps_outcome: bool,
}

/// Why a write may not be sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BeginError {
    /// The journal cannot be written; what must not go unrecorded must not be sent.
    #[error("the journal cannot be written")]
    Unavailable,
    /// The confirmation has already had its effect.
    #[error("the confirmation was used before")]
    NonceUsed,
    /// A call with the same key began a moment ago.
    #[error("the key belongs to another call")]
    KeyTaken,
    /// The call is settled: nothing more may be sent in its name.
    #[error("the call is over")]
    Over,
}

/// A write that may be sent now. Where it is dropped without
/// [`OpenCall::end`](super::OpenCall::end), its end is unknown.
#[derive(Debug)]
#[must_use = "a write whose end is not reported counts as unknown"]
pub struct Write {
    pub(super) number: u32,
    pub(super) operation: &'static str,
    /// For the entry of its end.
    pub(super) place: OwnedSemaphorePermit,
}

/// What became of a write.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WriteOutcome {
    Done {
        status: u16,
        /// What was made or changed.
        ids: Vec<String>,
        tracking_id: Option<String>,
    },
    /// Nothing was changed: Webex said no, or the request was not sent.
    Refused {
        /// Absent where there was no answer.
        status: Option<u16>,
        tracking_id: Option<String>,
    },
    /// No answer came, and Webex may have acted.
    Unknown,
}

/// What became of a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settled {
    /// [`DONE`](super::DONE), [`UNKNOWN`](super::UNKNOWN), or the code of the error.
    pub code: &'static str,
    pub ids: Vec<String>,
    /// The answer, to be repeated for the key or for the identical call; it is encrypted, and only
    /// its ids are kept where it is too long.
    pub kept: Option<Vec<u8>>,
}
