//! The changes that records accept, as values. Each is applied as a whole or refused alone.

use std::sync::Arc;

use tokio::sync::oneshot;
use uuid::Uuid;

/// A keyed hash, or SHA-256.
pub type Digest = [u8; 32];

/// A call with an effect, as it is written with its first write.
#[derive(Debug, Clone)]
pub struct Opening {
    pub call: Uuid,
    /// The process that runs it.
    pub process: Uuid,
    /// What identical calls have in common: tenant, principal, server, client, tool and arguments.
    pub identical: Digest,
    /// The caller's key, bound to tenant and principal.
    pub key: Option<Digest>,
    /// What calls with the same key have to have in common.
    pub arguments: Digest,
    /// The confirmation that is used up by this call.
    pub nonce: Option<Uuid>,
    pub person: Option<Person>,
    /// Whether the identical call may be told of an outcome that nobody got. Never where there is a
    /// key: then only the key tells.
    pub keeps_outcome: bool,
    /// The intent's entry.
    pub entry: Vec<u8>,
}

/// How an outcome is kept for the identical call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Keep {
    pub until: i64,
    /// The process that may still hand the outcome to its own caller: it does not count while that
    /// one lives. Absent where nobody can.
    pub pending: Option<Uuid>,
}

/// A name for people's eyes; deletable, unlike the entries that hold the pseudonym.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    pub tenant: String,
    pub principal: String,
    pub name: String,
}

/// How a call ended, as it is handed out later.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Outcome {
    /// Whether it is not known what was done.
    pub is_unknown: bool,
    pub code: String,
    pub ids: Vec<String>,
    /// Sealed by the caller.
    pub answer: Option<Vec<u8>>,
    /// Operations that were begun and whose end is not known.
    pub began: Vec<String>,
}

/// Which record, whatever it holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordName {
    pub tenant: String,
    pub kind: String,
    pub id: String,
}

/// One thing to write. Times are milliseconds since 1970.
#[derive(Debug)]
pub enum Change {
    /// A write of a call begins. The first one writes the call's intent, burns its nonce and claims
    /// its key; [`Refused::NonceUsed`] or [`Refused::KeyTaken`] leave nothing behind.
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
        /// Whether it is known what the write did.
        is_known: bool,
        entry: Vec<u8>,
    },
    /// The call is over. With `opening`, an intent that was never written is written now; without,
    /// only a call that is still open is settled.
    Settle {
        call: Uuid,
        opening: Option<Arc<Opening>>,
        entry: Vec<u8>,
        outcome: Outcome,
        at: i64,
        /// Nothing was changed: another call may use its key.
        frees_key: bool,
        /// Whether the outcome is kept for the identical call.
        keep: Option<Keep>,
    },
    /// The caller has the outcome: it is no longer kept for the identical call.
    Delivered {
        identical: Digest,
        call: Uuid,
    },
    /// The caller will not get the outcome: the identical call may.
    Undelivered {
        identical: Digest,
        call: Uuid,
    },
    /// The identical call was told of the outcome: it is no longer kept.
    HandedOver {
        identical: Digest,
        call: Uuid,
        entry: Vec<u8>,
    },
    /// An entry beside calls.
    Note {
        entry: Vec<u8>,
    },
    /// Writes a private record over `expected`, its last version; 0 where there is none yet.
    Put {
        name: RecordName,
        expected: u64,
        sealed: Vec<u8>,
    },
    Delete {
        name: RecordName,
        expected: u64,
    },
    /// Takes or prolongs a lease; [`Refused::Held`] while another holder has it.
    Lease {
        name: String,
        holder: Uuid,
        now: i64,
        expires: i64,
    },
    /// Forgets the name behind a pseudonym.
    Forget {
        tenant: String,
        principal: String,
    },
    /// An envelope under the current secret; nothing where the record has changed since.
    Rewrap {
        name: RecordName,
        version: u64,
        sealed: Vec<u8>,
    },
}

/// Why one change was not made; its neighbours were.
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
    #[error("another holder has the lease")]
    Held,
    #[error("the records cannot be written")]
    Unavailable,
}

/// The records cannot be read or written at this moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the records cannot be reached")]
pub struct Unavailable;

/// A change on its way to the writer.
pub struct Submission {
    pub change: Change,
    /// Who waits for the commit. Where nobody does, the change rides the next one and is repeated
    /// until it is written.
    pub done: Option<oneshot::Sender<Result<(), Refused>>>,
    /// Held until the change is written: whoever submits bounds the queue with it.
    pub place: Option<Box<dyn Send>>,
}

impl std::fmt::Debug for Submission {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Submission")
            .field("is_awaited", &self.done.is_some())
            .finish_non_exhaustive()
    }
}

/// What a key stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyRow {
    pub call: Uuid,
    pub arguments: Digest,
    /// When the call began, or ended.
    pub at: i64,
    /// The process that runs it, while it is open.
    pub state: KeyState,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeyState {
    Open { process: Uuid },
    Settled(Outcome),
}

/// An outcome that nobody got.
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
    /// Begun and not known to be ended; everything begun where all is known to be ended.
    pub began: Vec<String>,
}

/// One link of the chain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EntryRow {
    pub seq: u64,
    pub body: Vec<u8>,
    pub hash: Vec<u8>,
}
