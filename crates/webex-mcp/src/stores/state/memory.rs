//! State in this process: two maps and one queue ordered by expiry, limited in entries and bytes.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use parking_lot::Mutex;
use tokio::time::Instant;

use super::{Claim, State};
use crate::error::{CallError, Code, seconds};
use crate::limits;

/// Clones share what is stored.
#[derive(Debug, Clone)]
pub struct Memory(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    entries_max: usize,
    bytes_max: usize,
    held: Mutex<Held>,
}

#[derive(Debug, Default)]
struct Held {
    values: HashMap<Arc<str>, (Instant, Bytes)>,
    groups: HashMap<Arc<str>, HashMap<Arc<str>, Instant>>,
    /// Everything that is held, ordered by its end.
    ends: BTreeSet<(Instant, Name)>,
    /// The size of all entries.
    bytes: usize,
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Name {
    Value(Arc<str>),
    Claim(Arc<str>, Arc<str>),
}

impl Default for Memory {
    fn default() -> Self {
        Memory::bounded(limits::STATE_MAX_ENTRIES, limits::STATE_MAX_BYTES)
    }
}

impl Memory {
    /// Holds at most `entries_max` entries of at most `bytes_max` bytes together.
    pub fn bounded(entries_max: usize, bytes_max: usize) -> Self {
        Memory(Arc::new(Shared {
            entries_max,
            bytes_max,
            held: Mutex::default(),
        }))
    }

    /// Runs `act` on the entries that have not expired.
    fn with<T>(&self, act: impl FnOnce(&mut Held, Instant) -> T) -> T {
        let now = Instant::now();
        let mut held = self.0.held.lock();
        held.expire(now);
        act(&mut held, now)
    }

    fn admit(&self, held: &Held, name: &Name, value: usize, now: Instant) -> Result<(), CallError> {
        let is_full = held.ends.len() >= self.0.entries_max
            || held.bytes.saturating_add(weight(name, value)) > self.0.bytes_max;
        if !is_full {
            return Ok(());
        }
        let next = held.ends.first();
        Err(full(
            next.map_or(Duration::ZERO, |(end, _)| end.duration_since(now)),
        ))
    }
}

/// The size of an entry: its names, its value, and an estimate of what the maps need for it.
fn weight(name: &Name, value: usize) -> usize {
    let names = match name {
        Name::Value(key) => key.len(),
        Name::Claim(group, holder) => group.len() + holder.len(),
    };
    names + value + limits::STATE_ENTRY_BYTES
}

impl Held {
    fn expire(&mut self, now: Instant) {
        while self.ends.first().is_some_and(|(end, _)| *end <= now)
            && let Some((_, name)) = self.ends.pop_first()
        {
            self.forget(&name);
        }
    }

    fn remove(&mut self, end: Instant, name: Name) {
        let entry = (end, name);
        self.ends.remove(&entry);
        self.forget(&entry.1);
    }

    /// Removes an entry that is no longer in the queue.
    fn forget(&mut self, name: &Name) {
        let mut value_bytes = 0;
        match name {
            Name::Value(key) => {
                if let Some((_, value)) = self.values.remove(key) {
                    value_bytes = value.len();
                }
            }
            Name::Claim(group, holder) => {
                if let Some(holders) = self.groups.get_mut(group) {
                    holders.remove(holder);
                    if holders.is_empty() {
                        self.groups.remove(group);
                    }
                }
            }
        }
        self.bytes = self.bytes.saturating_sub(weight(name, value_bytes));
    }

    fn hold(&mut self, end: Instant, name: Name, value: usize) {
        self.bytes += weight(&name, value);
        self.ends.insert((end, name));
    }

    fn end_of(&self, group: &str, holder: &str) -> Option<Instant> {
        self.groups.get(group)?.get(holder).copied()
    }
}

impl State for Memory {
    async fn put(&self, key: &str, value: Bytes, ttl: Duration) -> Result<(), CallError> {
        if value.len() > limits::STATE_VALUE_MAX_BYTES {
            return Err(CallError::internal("a value too large for state"));
        }
        self.with(|held, now| {
            let key: Arc<str> = key.into();
            let name = Name::Value(key.clone());
            if let Some((end, _)) = held.values.get(&key) {
                held.remove(*end, name.clone());
            }
            self.admit(held, &name, value.len(), now)?;
            held.hold(now + ttl, name, value.len());
            held.values.insert(key, (now + ttl, value));
            Ok(())
        })
    }

    async fn get(&self, key: &str) -> Result<Option<Bytes>, CallError> {
        Ok(self.with(|held, _| held.values.get(key).map(|(_, value)| value.clone())))
    }

    async fn take(&self, key: &str) -> Result<Option<Bytes>, CallError> {
        Ok(self.with(|held, _| {
            let (end, value) = held.values.get(key).cloned()?;
            held.remove(end, Name::Value(key.into()));
            Some(value)
        }))
    }

    async fn claim(
        &self,
        group: &str,
        holder: &str,
        limit: usize,
        ttl: Duration,
    ) -> Result<Claim, CallError> {
        self.with(|held, now| {
            let (group, holder): (Arc<str>, Arc<str>) = (group.into(), holder.into());
            let name = Name::Claim(group.clone(), holder.clone());
            if let Some(end) = held.end_of(&group, &holder) {
                held.remove(end, name.clone());
            }
            if let Some(holders) = held.groups.get(&group)
                && holders.len() >= limit
            {
                let next = holders.values().min().copied().unwrap_or(now);
                let free_in = next.duration_since(now);
                return Ok(Claim::Full { free_in });
            }
            self.admit(held, &name, 0, now)?;
            held.hold(now + ttl, name, 0);
            held.groups
                .entry(group)
                .or_default()
                .insert(holder, now + ttl);
            Ok(Claim::Held)
        })
    }

    async fn release(&self, group: &str, holder: &str) -> Result<(), CallError> {
        self.with(|held, _| {
            if let Some(end) = held.end_of(group, holder) {
                held.remove(end, Name::Claim(group.into(), holder.into()));
            }
        });
        Ok(())
    }
}

fn full(free_in: Duration) -> CallError {
    CallError::new(
        Code::RateLimited,
        "The server cannot hold any more short-lived entries.",
        format!("Wait {}, then repeat the call.", seconds(free_in)),
    )
    .with_retry_after(free_in)
}

#[cfg(test)]
mod bounds {
    use super::*;
    use proptest::prelude::*;

    #[tokio::test(start_paused = true)]
    async fn it_is_bounded_in_entries_and_in_bytes() {
        let minute = Duration::from_secs(60);
        let few = Memory::bounded(2, usize::MAX);
        few.put("a", Bytes::new(), minute).await.unwrap();
        few.claim("g", "a", 9, minute).await.unwrap();
        let refused = few.put("b", Bytes::new(), minute).await.unwrap_err();
        assert_eq!(refused.code, Code::RateLimited);
        assert_eq!(refused.retry_after, Some(minute));
        assert!(few.claim("g", "b", 9, minute).await.is_err());
        // An existing entry may still be replaced.
        few.put("a", Bytes::from_static(b"x"), minute)
            .await
            .unwrap();

        let small = Memory::bounded(99, limits::STATE_ENTRY_BYTES + 10);
        small
            .put("a", Bytes::from(vec![0; 9]), minute)
            .await
            .unwrap();
        assert!(small.put("b", Bytes::new(), minute).await.is_err());
        tokio::time::sleep(minute).await;
        small.put("b", Bytes::new(), minute).await.unwrap();
        let huge = Bytes::from(vec![0; limits::STATE_VALUE_MAX_BYTES + 1]);
        assert!(Memory::default().put("a", huge, minute).await.is_err());
    }

    #[derive(Debug, Clone)]
    enum Act {
        Put(u8, usize, u64),
        Take(u8),
        Claim(u8, u8, u64),
        Release(u8, u8),
        Pass(u64),
    }

    fn act() -> impl Strategy<Value = Act> {
        let key = || 0..4u8;
        prop_oneof![
            (key(), 0..40usize, 1..9u64).prop_map(|(key, size, ttl)| Act::Put(key, size, ttl)),
            key().prop_map(Act::Take),
            (key(), key(), 1..9u64).prop_map(|(group, who, ttl)| Act::Claim(group, who, ttl)),
            (key(), key()).prop_map(|(group, who)| Act::Release(group, who)),
            (0..5u64).prop_map(Act::Pass),
        ]
    }

    proptest! {
        /// After any sequence of operations, the queue has exactly the entries that are held, and
        /// the size is their sum.
        #[test]
        fn the_books_are_right(acts in proptest::collection::vec(act(), 0..60)) {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_time()
                .start_paused(true)
                .build()
                .unwrap();
            runtime.block_on(async {
                let memory = Memory::bounded(12, 3_000);
                for act in acts {
                    let seconds = Duration::from_secs;
                    match act {
                        Act::Put(key, size, ttl) => {
                            let value = Bytes::from(vec![0; size]);
                            let _ = memory.put(&key.to_string(), value, seconds(ttl)).await;
                        }
                        Act::Take(key) => drop(memory.take(&key.to_string()).await),
                        Act::Claim(group, who, ttl) => {
                            let (group, who) = (group.to_string(), who.to_string());
                            let _ = memory.claim(&group, &who, 3, seconds(ttl)).await;
                        }
                        Act::Release(group, who) => {
                            let _ = memory.release(&group.to_string(), &who.to_string()).await;
                        }
                        Act::Pass(time) => tokio::time::advance(seconds(time)).await,
                    }
                    let held = memory.0.held.lock();
                    let claims: usize = held.groups.values().map(HashMap::len).sum();
                    assert_eq!(held.ends.len(), held.values.len() + claims);
                    assert!(held.groups.values().all(|holders| (1..=3).contains(&holders.len())));
                    let weighed: usize = held.ends.iter().map(|(_, name)| match name {
                        Name::Value(key) => weight(name, held.values[key].1.len()),
                        Name::Claim(..) => weight(name, 0),
                    }).sum();
                    assert_eq!(held.bytes, weighed);
                    assert!(held.ends.len() <= 12 && held.bytes <= 3_000);
                }
            });
        }
    }
}
