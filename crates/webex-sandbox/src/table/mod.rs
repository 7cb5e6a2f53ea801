//! A plain table: rows in the order of their creation, found by their Webex id.
//!
//! A table can begin with generated rows, which are made when they are read: only changed rows are
//! stored, and removed ones are remembered.

mod generated;
mod ids;

pub(crate) use generated::{Entry, Generated};
pub(crate) use ids::{Ids, mix};

use std::cmp::Ordering;
use std::collections::btree_map::Entry as MapEntry;
use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::hash::{Hash, Hasher};
use std::marker::PhantomData;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Rows in one table: far more than any test needs, and few enough for the memory of one machine.
pub(crate) const MAX_ROWS: usize = 1_000_000;

/// The most rows that one change adds to a table: the invitees of a meeting, and some more.
const SPARE_ROWS: usize = 2_000;

/// The cluster in every id, as in Webex's documentation.
const CLUSTER: &str = "us";

/// Why a row is refused: the table is full.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Full;

/// The row that a key names has just been removed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Gone;

/// A row of a table: something with an id of a certain kind.
pub(crate) trait Row {
    /// The kind inside the id, such as `ROOM`.
    const KIND: &'static str;
    fn id(&self) -> &str;
    /// The Webex id for a uuid, which the table makes from a hash.
    fn name(uuid: Uuid) -> String {
        webex::id::encode(CLUSTER, Self::KIND, uuid)
    }
}

/// A row's position in its table: its ordinal of creation, which is never reused.
#[derive(Serialize, Deserialize)]
#[serde(transparent, bound = "")]
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

// Written by hand because a derive would require the same traits of the row.
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
    /// The rows with the ordinals before the table's own rows.
    generated: Option<Generated<R>>,
}

impl<R: Row> Table<R> {
    pub(crate) fn new(namespace: Uuid) -> Self {
        Table {
            namespace,
            next_ordinal: 0,
            rows: BTreeMap::new(),
            by_id: HashMap::new(),
            generated: None,
        }
    }

    /// A table whose first rows are generated.
    pub(crate) fn on(namespace: Uuid, generated: Option<Generated<R>>) -> Self {
        Table {
            next_ordinal: generated.as_ref().map_or(0, Generated::len),
            generated,
            ..Table::new(namespace)
        }
    }

    /// The ordinal of the first row that is not generated.
    pub(crate) fn first_own(&self) -> u32 {
        self.generated.as_ref().map_or(0, Generated::len)
    }

    /// The id of the row with this ordinal: a hash of the seed, the kind and the ordinal.
    fn id_of(&self, ordinal: u32) -> String {
        let own = match &self.generated {
            Some(generated) if ordinal < generated.len() => return generated.id_of(ordinal),
            Some(generated) => ordinal - generated.len(),
            None => ordinal,
        };
        let name = format!("{}/{own}", R::KIND);
        R::name(Uuid::new_v5(&self.namespace, name.as_bytes()))
    }

    /// Whether the table has room for the rows of one change.
    pub(crate) fn has_space(&self) -> bool {
        let ordinals = usize::try_from(u32::MAX - self.next_ordinal).unwrap_or(usize::MAX);
        ordinals >= SPARE_ROWS && self.rows.len() + SPARE_ROWS <= MAX_ROWS
    }

    pub(crate) fn next_id(&self) -> String {
        self.id_of(self.next_ordinal)
    }

    pub(crate) fn insert_with(&mut self, make: impl FnOnce(String) -> R) -> Result<Key<R>, Full> {
        if self.rows.len() >= MAX_ROWS || self.next_ordinal == u32::MAX {
            return Err(Full);
        }
        let key = Key::from_ordinal(self.next_ordinal);
        let id = self.next_id();
        self.next_ordinal += 1;
        self.by_id.insert(id.clone().into_boxed_str(), key);
        self.rows.insert(key, make(id));
        Ok(key)
    }

    pub(crate) fn remove(&mut self, key: Key<R>) -> Option<R> {
        let kept = self.rows.remove(&key);
        if let Some(row) = &kept {
            self.by_id.remove(row.id());
        }
        match &mut self.generated {
            Some(generated) => kept.or_else(|| generated.make(key.ordinal)).inspect(|_| {
                generated.remove(key.ordinal);
            }),
            None => kept,
        }
    }

    pub(crate) fn find(&self, id: &str) -> Option<Key<R>> {
        let kept = self.by_id.get(id).copied();
        kept.or_else(|| self.generated.as_ref()?.find(id).map(Key::from_ordinal))
    }

    pub(crate) fn named(&self, id: &str) -> Option<(Key<R>, &R)> {
        let key = self.find(id)?;
        Some((key, self.get(key)?))
    }

    pub(crate) fn get(&self, key: Key<R>) -> Option<&R> {
        let kept = self.rows.get(&key);
        kept.or_else(|| self.generated.as_ref()?.get(key.ordinal))
    }

    /// The rows of these keys, without those that are gone.
    pub(crate) fn all<'t>(
        &'t self,
        keys: impl IntoIterator<Item = &'t Key<R>, IntoIter: DoubleEndedIterator>,
    ) -> impl DoubleEndedIterator<Item = (Key<R>, &'t R)> {
        let keys = keys.into_iter();
        keys.filter_map(|key| Some((*key, self.get(*key)?)))
    }

    /// The row of a key that was just found.
    pub(crate) fn row(&self, key: Key<R>) -> Result<&R, Gone> {
        self.get(key).ok_or(Gone)
    }

    /// The same for changing; it is stored from now on.
    pub(crate) fn row_mut(&mut self, key: Key<R>) -> Result<&mut R, Gone> {
        self.get_mut(key).ok_or(Gone)
    }

    /// The row, unless it is a generated one without changes.
    pub(crate) fn kept(&self, key: Key<R>) -> Option<&R> {
        self.rows.get(&key)
    }

    /// The row, which is stored from now on.
    pub(crate) fn get_mut(&mut self, key: Key<R>) -> Option<&mut R> {
        match self.rows.entry(key) {
            MapEntry::Occupied(kept) => Some(kept.into_mut()),
            MapEntry::Vacant(gap) => {
                let made = self.generated.as_ref()?.make(key.ordinal)?;
                Some(gap.insert(made))
            }
        }
    }

    /// Every stored row, oldest first: all rows except generated ones without changes.
    pub(crate) fn iter(&self) -> impl DoubleEndedIterator<Item = (Key<R>, &R)> {
        self.rows.iter().map(|(key, kept)| (*key, kept))
    }

    /// Every row that is not generated, oldest first.
    pub(crate) fn own(&self) -> impl DoubleEndedIterator<Item = (Key<R>, &R)> {
        let first = Key::from_ordinal(self.first_own());
        self.rows.range(first..).map(|(key, kept)| (*key, kept))
    }

    pub(crate) fn next_ordinal(&self) -> u64 {
        u64::from(self.next_ordinal)
    }

    /// Every row from this ordinal on, oldest first. Generated rows are made and dropped, and only
    /// those whose ordinal `may_fit`.
    pub(crate) fn scan(
        &self,
        start: u32,
        may_fit: impl Fn(u32) -> bool,
    ) -> impl Iterator<Item = (Key<R>, Entry<'_, R>)> {
        let first_own = self.first_own();
        let generated = start..first_own.max(start);
        let generated = generated.filter_map(move |ordinal| self.entry(ordinal, &may_fit));
        let own = self.rows.range(Key::from_ordinal(start.max(first_own))..);
        generated.chain(own.map(|(key, kept)| (*key, Entry::Kept(kept))))
    }

    /// The generated rows before this ordinal, newest first, as [`Table::scan`] makes them.
    pub(crate) fn generated_before(
        &self,
        end: u32,
        may_fit: impl Fn(u32) -> bool,
    ) -> impl Iterator<Item = (Key<R>, Entry<'_, R>)> {
        let ordinals = (0..end.min(self.first_own())).rev();
        ordinals.filter_map(move |ordinal| self.entry(ordinal, &may_fit))
    }

    /// The table's own rows before this ordinal, newest first.
    pub(crate) fn own_before(&self, end: u32) -> impl Iterator<Item = (Key<R>, Entry<'_, R>)> {
        let first = Key::from_ordinal(self.first_own());
        let rows = self.rows.range(first..Key::from_ordinal(end).max(first));
        rows.rev().map(|(key, kept)| (*key, Entry::Kept(kept)))
    }

    /// The row; made for the moment if it is not stored.
    pub(crate) fn made(&self, key: Key<R>) -> Option<Entry<'_, R>> {
        self.entry(key.ordinal, |_| true).map(|(_, row)| row)
    }

    fn entry(&self, ordinal: u32, may_fit: impl Fn(u32) -> bool) -> Option<(Key<R>, Entry<'_, R>)> {
        let key = Key::from_ordinal(ordinal);
        if let Some(kept) = self.rows.get(&key) {
            return Some((key, Entry::Kept(kept)));
        }
        let made = may_fit(ordinal).then(|| self.generated.as_ref()?.make(ordinal))??;
        Some((key, Entry::Made(Box::new(made))))
    }

    /// The number of rows, including generated ones.
    pub(crate) fn total(&self) -> usize {
        let generated = self.generated.as_ref().map_or(0, Generated::count);
        generated + self.own().count()
    }

    /// The number of stored rows.
    pub(crate) fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether more generated rows are held than a table should hold between two requests.
    pub(crate) fn holds_too_many(&self) -> bool {
        self.generated
            .as_ref()
            .is_some_and(Generated::holds_too_many)
    }

    /// Drops the generated rows that are held, if they are too many.
    pub(crate) fn let_go(&mut self) {
        if let Some(generated) = &mut self.generated {
            generated.let_go();
        }
    }

    /// The generated rows that were removed, oldest first.
    pub(crate) fn gaps(&self) -> impl Iterator<Item = u32> {
        let generated = self.generated.iter();
        generated.flat_map(|generated| generated.removed().iter().copied())
    }

    /// Sets the next ordinal; false if a row has that ordinal.
    pub(crate) fn restore_next(&mut self, next: u32) -> bool {
        let last = self.rows.last_key_value().map(|(last, _)| last.ordinal);
        let is_free = next >= self.first_own() && last.is_none_or(|last| last < next);
        if is_free {
            self.next_ordinal = next;
        }
        is_free
    }

    /// Puts a row back at its ordinal; false if it cannot have been there.
    pub(crate) fn restore(&mut self, ordinal: u32, row: R) -> bool {
        let key = Key::from_ordinal(ordinal);
        let is_own = ordinal >= self.first_own();
        let has_room = self.rows.len() < MAX_ROWS && !self.rows.contains_key(&key);
        let fits = ordinal < self.next_ordinal && row.id() == self.id_of(ordinal);
        if !has_room || !fits || !(is_own || self.original(key).is_some()) {
            return false;
        }
        if is_own {
            self.by_id.insert(row.id().into(), key);
        }
        self.rows.insert(key, row);
        true
    }

    /// Takes a generated row, so that another can replace it.
    pub(crate) fn take_generated(&mut self, key: Key<R>) -> Option<R> {
        let original = self.original(key)?;
        let kept = self.rows.remove(&key);
        Some(kept.unwrap_or(original))
    }

    /// A generated row without its changes, unless it was removed.
    pub(crate) fn original(&self, key: Key<R>) -> Option<R> {
        self.generated.as_ref()?.make(key.ordinal)
    }
}
