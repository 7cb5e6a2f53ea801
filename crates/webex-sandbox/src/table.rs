//! A plain table: rows in the order of their creation, found by their Webex id.

use std::cmp::Ordering;
use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::hash::{Hash, Hasher};
use std::marker::PhantomData;

use uuid::Uuid;

use crate::problem::Problem;

/// Rows in one table: far beyond any test, well within the memory of one machine.
pub(crate) const MAX_ROWS: usize = 1_000_000;

/// The cluster named in every id, as Webex's documentation shows it.
const CLUSTER: &str = "us";

/// What a table holds: something with an id of a certain kind.
pub(crate) trait Row {
    /// The kind inside the id, such as `ROOM`.
    const KIND: &'static str;
    /// The Webex id that the table gave to this row.
    fn id(&self) -> &str;
    /// The Webex id that the table gives to a row, made from a hash.
    fn name(uuid: Uuid) -> String {
        webex::id::encode(CLUSTER, Self::KIND, uuid)
    }
}

/// A row's place in its table: its ordinal of creation, never used again.
pub(crate) struct Key<R> {
    ordinal: u32,
    table: PhantomData<fn() -> R>,
}

impl<R> Key<R> {
    pub(crate) fn from_ordinal(ordinal: u32) -> Self {
        Key {
            ordinal,
            table: PhantomData,
        }
    }

    pub(crate) fn ordinal(self) -> u32 {
        self.ordinal
    }
}

// Written out because a derive would demand the same traits of the row.
impl<R> Clone for Key<R> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<R> Copy for Key<R> {}
impl<R> PartialEq for Key<R> {
    fn eq(&self, other: &Self) -> bool {
        self.ordinal == other.ordinal
    }
}
impl<R> Eq for Key<R> {}
impl<R> PartialOrd for Key<R> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}
impl<R> Ord for Key<R> {
    fn cmp(&self, other: &Self) -> Ordering {
        self.ordinal.cmp(&other.ordinal)
    }
}
impl<R> Hash for Key<R> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.ordinal.hash(state);
    }
}
impl<R> fmt::Debug for Key<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "#{}", self.ordinal)
    }
}

/// Rows by creation, and their ids.
#[derive(Debug)]
pub(crate) struct Table<R> {
    namespace: Uuid,
    next_ordinal: u32,
    rows: BTreeMap<Key<R>, R>,
    by_id: HashMap<Box<str>, Key<R>>,
}

impl<R: Row> Table<R> {
    pub(crate) fn new(namespace: Uuid) -> Self {
        Table {
            namespace,
            next_ordinal: 0,
            rows: BTreeMap::new(),
            by_id: HashMap::new(),
        }
    }

    /// Adds a row under the next id, which is a hash of the seed, the kind and the ordinal.
    pub(crate) fn insert_with(
        &mut self,
        make: impl FnOnce(String) -> R,
    ) -> Result<Key<R>, Problem> {
        if self.rows.len() >= MAX_ROWS {
            return Err(Problem::full());
        }
        let key = Key::from_ordinal(self.next_ordinal);
        let name = format!("{}/{}", R::KIND, key.ordinal);
        let uuid = Uuid::new_v5(&self.namespace, name.as_bytes());
        let id = R::name(uuid);
        self.next_ordinal += 1;
        self.by_id.insert(id.clone().into_boxed_str(), key);
        self.rows.insert(key, make(id));
        Ok(key)
    }

    pub(crate) fn remove(&mut self, key: Key<R>) -> Option<R> {
        let row = self.rows.remove(&key)?;
        self.by_id.remove(row.id());
        Some(row)
    }

    pub(crate) fn find(&self, id: &str) -> Option<Key<R>> {
        self.by_id.get(id).copied()
    }

    pub(crate) fn get(&self, key: Key<R>) -> Option<&R> {
        self.rows.get(&key)
    }

    pub(crate) fn get_mut(&mut self, key: Key<R>) -> Option<&mut R> {
        self.rows.get_mut(&key)
    }

    /// Every row, oldest first.
    pub(crate) fn iter(&self) -> impl DoubleEndedIterator<Item = (Key<R>, &R)> {
        self.rows.iter().map(|(key, row)| (*key, row))
    }

    /// The ordinal of the row that comes next.
    pub(crate) fn next_ordinal(&self) -> u64 {
        u64::from(self.next_ordinal)
    }

    /// The rows older than this ordinal, or all of them, newest first.
    pub(crate) fn iter_before(&self, ordinal: Option<u32>) -> impl Iterator<Item = (Key<R>, &R)> {
        let end = ordinal.unwrap_or(u32::MAX);
        let rows = self.rows.range(..Key::from_ordinal(end)).rev();
        rows.map(|(key, row)| (*key, row))
    }

    pub(crate) fn len(&self) -> usize {
        self.rows.len()
    }
}
