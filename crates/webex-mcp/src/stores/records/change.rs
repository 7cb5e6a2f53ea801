//! The changes that records accept, as values. Each is applied completely or refused by itself.

use std::sync::Arc;

use tokio::sync::oneshot;
use uuid::Uuid;

use super::envelopes::Position;
use super::vault::VaultKeyRow;
use crate::seal::KeyId;

/// A keyed hash, or SHA-256.
pub type Digest = [u8; 32];

/// A call with an effect, written together with its first write.
#[derive(Debug, Clone)]
pub struct Opening {
    pub call: Uuid,
    /// The process that runs it.
    pub process: Uuid,
    /// A digest of what identical calls have in common: tenant, principal, server, client, tool and
    /// arguments.
    pub identical: Digest,
    /// The caller's key, bound to tenant and principal.
    pub key: Option<Digest>,
    /// A digest that must be equal for calls with the same key.
    pub arguments: Digest,
    /// The confirmation that this call uses up.
    pub nonce: Option<Uuid>,
    pub person: Option<Person>,
    /// Whether an undelivered outcome may go to an identical call. Never for a call with a key:
    /// only the key gives its outcome.
    pub keeps_outcome: bool,
    /// The intent's entry.
    pub entry: Vec<u8>,
}

/// How long an outcome is kept for an identical call, and when it becomes available.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Keep {
    pub until: i64,
    /// The process that may still deliver the outcome to its own caller: until that process ends,
    /// identical calls do not get it. `None` where nobody can deliver it.
    pub pending: Option<Uuid>,
}

/// A readable name; it can be deleted, unlike the entries that hold the pseudonym.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    pub tenant: String,
    pub principal: String,
    pub name: String,
}

/// How a call ended, as later calls get it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Outcome {
    /// Whether the effect of the call is unknown.
    pub is_unknown: bool,
    pub code: String,
    pub ids: Vec<String>,
    /// Sealed by the caller.
    pub answer: Option<Vec<u8>>,
    /// Operations that were begun and whose outcome is not known.
    pub began: Vec<String>,
}

/// The name of a private record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordName {
    pub tenant: String,
    pub kind: String,
    pub id: String,
}

/// A delivery of a webhook, on its way into the inbox.
#[derive(Debug, Clone)]
pub struct Arrival {
    /// The webhook, as this server calls it.
    pub hook: String,
    /// Equal for deliveries that are to be stored once.
    pub key: Option<Digest>,
    /// What it is about, where somebody may ask for that.
    pub topic: Option<Digest>,
    pub at: i64,
    /// Sealed by the caller.
    pub sealed: Vec<u8>,
}

/// A change to write. Times are milliseconds since 1970.
#[derive(Debug)]
pub enum Change {
    /// A write of a call begins. The first one writes the call's intent, uses up its nonce and
    /// claims its key. [`Refused::NonceUsed`] and [`Refused::KeyTaken`] leave nothing behind.
    Begin {
        opening: Arc<Opening>,
        number: u32,
        what: String,
        entry: Vec<u8>,
        at: i64,
    },
    End {
        call: Uuid,
        number: u32,
        /// Whether the effect of the write is known.
        is_known: bool,
        entry: Vec<u8>,
    },
    /// The call is over. With `opening`, an intent that was never written is written now; without
    /// it, only a call that is still open is settled.
    Settle {
        call: Uuid,
        opening: Option<Arc<Opening>>,
        entry: Vec<u8>,
        outcome: Outcome,
        at: i64,
        /// Nothing was changed, so another call may use the key.
        frees_key: bool,
        /// Whether the outcome is kept for the identical call.
        keep: Option<Keep>,
    },
    /// The caller has the outcome: it is no longer kept for an identical call.
    Delivered {
        identical: Digest,
        call: Uuid,
    },
    /// The caller will not get the outcome: an identical call may get it.
    Undelivered {
        identical: Digest,
        call: Uuid,
    },
    /// An identical call got the outcome: it is no longer kept.
    HandedOver {
        identical: Digest,
        call: Uuid,
        entry: Vec<u8>,
    },
    /// An entry that does not belong to a call.
    Note {
        entry: Vec<u8>,
    },
    /// Uses up a nonce without a call: somebody said no.
    UseUp {
        nonce: Uuid,
        at: i64,
    },
    /// Writes a private record over version `expected`; 0 means that there is none yet.
    Put {
        name: RecordName,
        expected: u64,
        sealed: Vec<u8>,
        /// When somebody has to see to it.
        due: Option<i64>,
    },
    Delete {
        name: RecordName,
        expected: u64,
    },
    /// Takes or extends a lease; [`Refused::Held`] while another holder has it.
    Lease {
        name: String,
        holder: Vec<u8>,
        /// A holder whose process ended: the lease is taken over from it.
        over: Option<Vec<u8>>,
        now: i64,
        expires: i64,
    },
    /// A delivery of a webhook. [`Refused::Known`] for one that is there already.
    Receive(Arrival),
    /// Deletes what came in for a webhook.
    Empty {
        hook: String,
    },
    /// Deletes the name behind a pseudonym.
    Forget {
        tenant: String,
        principal: String,
    },
    /// Adds a key of the vault; [`Refused::Changed`] where another one came first.
    AddKey(VaultKeyRow),
    /// Removes a key of the vault; [`Refused::Held`] while something is sealed under it.
    RemoveKey(KeyId),
    /// Replaces an envelope by the same one under the newest key; does nothing if it has changed since.
    Rewrap {
        at: Position,
        before: Vec<u8>,
        sealed: Vec<u8>,
    },
}

impl Change {
    /// What it writes under a key of the vault, if its submitter can seal it again.
    pub fn sealed(&self) -> Option<&[u8]> {
        match self {
            Change::Put { sealed, .. } | Change::Rewrap { sealed, .. } => Some(sealed),
            Change::Receive(arrival) => Some(&arrival.sealed),
            _ => None,
        }
    }
}

/// Why one change was not made; the other changes of its batch were.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    #[error("the confirmation was used before")]
    NonceUsed,
    #[error("the key belongs to another call")]
    KeyTaken,
    #[error("there is no such record")]
    Absent,
    #[error("the record has version {0} by now")]
    Changed(u64),
    #[error("the delivery came before")]
    Known,
    #[error("another holder has the lease, or something is under the key")]
    Held,
    #[error("it was sealed under a key that a newer one has replaced")]
    OldKey,
    #[error("the records cannot be written")]
    Unavailable,
}

/// The records cannot be read or written now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the records cannot be reached")]
pub struct Unavailable;

/// A change on its way to the writer.
pub struct Submission {
    pub change: Change,
    /// The sender for a submitter that waits for the commit. A change without one goes along with
    /// the next commit and is repeated until it is written.
    pub done: Option<oneshot::Sender<Result<(), Refused>>>,
    /// Held until the change is written; the submitter bounds the queue with it.
    pub place: Option<Box<dyn Send>>,
}

impl std::fmt::Debug for Submission {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Submission")
            .field("is_awaited", &self.done.is_some())
            .finish_non_exhaustive()
    }
}

/// The call that a key stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyRow {
    pub call: Uuid,
    pub arguments: Digest,
    /// When the call began, or ended.
    pub at: i64,
    /// The process that runs the call, while it is open.
    pub state: KeyState,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeyState {
    Open { process: Uuid },
    Settled(Outcome),
}

/// An outcome that was not delivered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    pub call: Uuid,
    pub at: i64,
    pub outcome: Outcome,
}

/// A call that was opened and not settled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenRow {
    pub call: Uuid,
    pub process: Uuid,
    pub keeps_outcome: bool,
    pub at: i64,
    /// The intent's entry.
    pub entry: Vec<u8>,
    /// The operations that were begun and not ended; if all are ended, all operations.
    pub began: Vec<String>,
}

/// One entry of the chain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EntryRow {
    pub seq: u64,
    pub body: Vec<u8>,
    pub hash: Vec<u8>,
}
