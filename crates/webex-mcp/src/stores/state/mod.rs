//! State: small values that expire, and shares of limited resources. It may be lost.
//!
//! Data whose loss could make an effect happen twice belongs in records.

mod memory;

use std::time::Duration;

use bytes::Bytes;

use crate::error::CallError;

pub use memory::Memory;

/// The operations of a state backend. The same tests run for each backend.
///
/// Every method uses one key or one group, so a network backend needs one round trip and no
/// transaction over several machines. A group with a limit of one is a lease. A channel that
/// delivers messages to every replica gets its methods here when there is a first user.
pub trait State: Send + Sync {
    /// Stores `value` under `key` for `ttl`, replacing an earlier value.
    ///
    /// # Errors
    /// `internal` for a value beyond
    /// [`STATE_VALUE_MAX_BYTES`](crate::limits::STATE_VALUE_MAX_BYTES); `rate_limited` while the
    /// store is full; `unavailable` where it cannot be reached, which is an error of every method.
    fn put(
        &self,
        key: &str,
        value: Bytes,
        ttl: Duration,
    ) -> impl Future<Output = Result<(), CallError>> + Send;

    /// The value, if it has not expired.
    fn get(&self, key: &str) -> impl Future<Output = Result<Option<Bytes>, CallError>> + Send;

    /// The value, for one caller only: it is removed.
    fn take(&self, key: &str) -> impl Future<Output = Result<Option<Bytes>, CallError>> + Send;

    /// Makes `holder` one of at most `limit` holders of `group`, for `ttl`. If a holder claims
    /// again, its `ttl` starts anew.
    ///
    /// # Errors
    /// `rate_limited` while the whole store is full. A full group is not an error but an answer.
    fn claim(
        &self,
        group: &str,
        holder: &str,
        limit: usize,
        ttl: Duration,
    ) -> impl Future<Output = Result<Claim, CallError>> + Send;

    /// Ends a claim early; it is not an error if the claim has already ended.
    fn release(
        &self,
        group: &str,
        holder: &str,
    ) -> impl Future<Output = Result<(), CallError>> + Send;
}

/// The result of claiming a share.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Claim {
    Held,
    /// All places are taken; the next one is free after this time at the latest.
    Full {
        free_in: Duration,
    },
}

/// The backends. Clones share what is stored.
#[derive(Debug, Clone)]
pub enum StateStore {
    /// In this process; it is lost when the process ends.
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
