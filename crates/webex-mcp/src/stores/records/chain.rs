//! The arithmetic of the chain: what the hash of an entry covers, and which bytes of a head are
//! signed.

use aws_lc_rs::digest::{Context, SHA256};
use jiff::Timestamp;
use serde::Serialize;

use super::change::Digest;

/// The hash before the first entry of a chain.
pub const BEGINNING: Digest = [0; 32];

/// The size of an entry beyond its body: its hash, its number and the row around it.
pub const ENTRY_OVERHEAD_BYTES: u64 = 48;

/// The hash of an entry: over the hash before it, its number and its bytes.
pub fn link(previous: &[u8], seq: u64, body: &[u8]) -> Digest {
    let mut context = Context::new(&SHA256);
    context.update(previous);
    context.update(&seq.to_be_bytes());
    context.update(body);
    let mut hash = [0; 32];
    hash.copy_from_slice(context.finish().as_ref());
    hash
}

/// A signed head: when it was signed, every entry up to `seq` was covered by `hash`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedHead {
    pub seq: u64,
    pub hash: Vec<u8>,
    /// The size of all entries ever written up to here.
    pub bytes: u64,
    pub at: i64,
    pub public_key: Vec<u8>,
    pub signature: Vec<u8>,
}

/// The bytes of a head that are signed.
pub fn signed_bytes(seq: u64, hash: &[u8], bytes: u64, at: i64) -> Vec<u8> {
    let mut message = b"webex-mcp journal head 1\0".to_vec();
    message.extend_from_slice(&seq.to_be_bytes());
    message.extend_from_slice(hash);
    message.extend_from_slice(&bytes.to_be_bytes());
    message.extend_from_slice(&at.to_be_bytes());
    message
}

/// The end of the chain, and the beginning of the part that still exists.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Head {
    pub seq: u64,
    pub hash: Vec<u8>,
    /// The size of all entries ever written.
    pub bytes: u64,
    /// The last entry that retention removed; 0 if there is none.
    pub base_seq: u64,
    pub base_hash: Vec<u8>,
}

/// The beginning of the body of an entry that introduces a key, to find such entries without
/// parsing all.
pub const KEY_ENTRY_BEGINS: &[u8] = br#"{"kind":"key","#;

/// The beginning of the body of an entry that says what retention removed.
pub const TRUNCATED_ENTRY_BEGINS: &[u8] = br#"{"kind":"truncated","#;

/// An entry that the chain writes about itself.
#[derive(Debug, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum OwnEntry {
    /// From here on, this key may sign heads.
    Key { at: Timestamp, public_key: String },
    /// Retention removed every entry up to `through`, whose hash this was.
    Truncated {
        at: Timestamp,
        through: u64,
        hash: String,
    },
}

impl OwnEntry {
    pub fn to_bytes(&self) -> Vec<u8> {
        // Strings and numbers always serialize.
        serde_json::to_vec(self).unwrap_or_default()
    }
}

pub fn timestamp(milliseconds: i64) -> Timestamp {
    Timestamp::from_millisecond(milliseconds).unwrap_or(Timestamp::UNIX_EPOCH)
}
