//! State: small values that expire, and shares of what is limited. It may be lost.
//!
//! Whatever could make an effect happen twice if it were forgotten belongs in records.

mod memory;

use std::time::Duration;

use bytes::Bytes;

use crate::error::CallError;

pub use memory::Memory;

/// What a backend of state does. The same tests hold for each of them.
///
/// Every method touches one key or one group, so that a backend on the network needs one round
/// trip and no transaction over several machines. A group with a limit of one is a lease. A
/// channel that hands messages to every replica gets its methods here with its first user.
pub trait State: Send + Sync {
    /// Keeps `value` under `key` for `ttl`, in place of what was there.
    ///
    /// # Errors
    /// `internal` for a value beyond [`STATE_VALUE_MAX_BYTES`](crate::limits::STATE_VALUE_MAX_BYTES);
    /// `rate_limited` while the store is full; `unavailable` where it cannot be reached. The last
    /// is an error of every method.
    fn put(
        &self,
        key: &str,
        value: Bytes,
        ttl: Duration,
    ) -> impl Future<Output = Result<(), CallError>> + Send;

    /// The value, while it lives.
    fn get(&self, key: &str) -> impl Future<Output = Result<Option<Bytes>, CallError>> + Send;

    /// The value, for one caller only: it is gone afterwards.
    fn take(&self, key: &str) -> impl Future<Output = Result<Option<Bytes>, CallError>> + Send;

    /// Makes `holder` one of at most `limit` holders of `group`, for `ttl`. A holder that claims
    /// again holds for `ttl` from now.
    ///
    /// # Errors
    /// `rate_limited` while the whole store is full. A group that is full is an answer.
    fn claim(
        &self,
        group: &str,
        holder: &str,
        limit: usize,
        ttl: Duration,
    ) -> impl Future<Output = Result<Claim, CallError>> + Send;

    /// Ends a claim early; one that has ended already is no error.
    fn release(
        &self,
        group: &str,
        holder: &str,
    ) -> impl Future<Output = Result<(), CallError>> + Send;
}

/// What came of asking for a share.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Claim {
    Held,
    /// All places are taken; one is free after this time at the latest.
    Full {
        free_in: Duration,
    },
}

/// The backends. Clones share what is stored.
#[derive(Debug, Clone)]
pub enum StateStore {
    /// In this process, gone with it.
    Memory(Memory),
}

impl StateStore {
    /// State of one process.
    pub fn memory() -> Self {
        StateStore::Memory(Memory::default())
    }
}

impl State for StateStore {
    async fn put(&self, key: &str, value: Bytes, ttl: Duration) -> Result<(), CallError> {
        match self {
            StateStore::Memory(memory) => memory.put(key, value, ttl).await,
        }
    }

    async fn get(&self, key: &str) -> Result<Option<Bytes>, CallError> {
        match self {
            StateStore::Memory(memory) => memory.get(key).await,
        }
    }

    async fn take(&self, key: &str) -> Result<Option<Bytes>, CallError> {
        match self {
            StateStore::Memory(memory) => memory.take(key).await,
        }
    }

    async fn claim(
        &self,
        group: &str,
        holder: &str,
        limit: usize,
        ttl: Duration,
    ) -> Result<Claim, CallError> {
        match self {
            StateStore::Memory(memory) => memory.claim(group, holder, limit, ttl).await,
        }
    }

    async fn release(&self, group: &str, holder: &str) -> Result<(), CallError> {
        match self {
            StateStore::Memory(memory) => memory.release(group, holder).await,
        }
    }
}

#[cfg(test)]
mod tests;
