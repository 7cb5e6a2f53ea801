//! The limits of what is fetched from addresses that others chose. How large a document may be, and
//! how long it may take, is said by whoever fetches it.

/// Fetches of one [`Outbound`](crate::outbound::Outbound) that run at once: a deployment knows a few
/// identity providers, and metadata of clients is kept.
pub const OUTBOUND_AT_ONCE: usize = 16;
/// Fetches that may wait for a place, within their own time; further ones are refused.
pub const OUTBOUND_WAITING: usize = 64;
/// Names that are looked up at once. Each keeps a thread until the system's resolver gives up, which
/// may be long after the fetch did.
pub const OUTBOUND_LOOKUPS_AT_ONCE: usize = 32;
/// Addresses of one name that are tried; all are checked.
pub const OUTBOUND_ADDRESSES_TRIED: usize = 8;
/// The head of an answer: many times what servers send.
pub const OUTBOUND_HEAD_MAX_BYTES: usize = 32 * 1024;
/// The most seconds that an answer may be said to stay fresh; RFC 9111 counts no further.
pub const OUTBOUND_FRESH_MAX_SECONDS: u64 = 1 << 31;

const _: () = assert!(OUTBOUND_AT_ONCE <= OUTBOUND_LOOKUPS_AT_ONCE);
