//! A plain table: rows in the order of their creation, found by their Webex id.
//!
//! A table can begin with generated rows, which are made when they are read: only changed rows are
//! stored, and removed ones are remembered.

mod generated;
mod ids;

pub(crate) use generated::{Entry, Generated};
pub(crate) use ids::{Ids, mix};

use std::collections::btree_map::Entry as MapEntry;
use std::collections::{BTreeMap, HashMap};
use std::marker::PhantomData;
use std::ops::Range;

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
///
/// The pointer to a function that returns the row only marks the table: unlike a row, it has every
/// trait of an ordinal.
pub(crate) type Key<R> = Ordinal<fn() -> R>;

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent, bound = "")]
pub(crate) struct Ordinal<T> {
    ordinal: u32,
    table: PhantomData<T>,
}

impl<R> Key<R> {
    pub(crate) fn from_ordinal(ordinal: u32) -> Self {
        Ordinal {
            ordinal,
            table: PhantomData,
        }
    }

    pub(crate) fn ordinal(self) -> u32 {
        self.ordinal
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
        Table::on(namespace, None)
    }

    /// A table whose first rows are generated.
    pub(crate) fn on(namespace: Uuid, generated: Option<Generated<R>>) -> Self {
        Table {
            namespace,
            next_ordinal: generated.as_ref().map_or(0, |all| all.len),
            rows: BTreeMap::new(),
            by_id: HashMap::new(),
            generated,
        }
    }

    /// The ordinal of the first row that is not generated.
    pub(crate) fn first_own(&self) -> u32 {
        self.generated.as_ref().map_or(0, |all| all.len)
    }

    /// The id of the row with this ordinal: a hash of the seed, the kind and the ordinal.
    fn id_of(&self, ordinal: u32) -> String {
        match (&self.generated, ordinal.checked_sub(self.first_own())) {
            (Some(generated), None) => generated.ids.id::<R>(ordinal),
            (_, own) => {
                let name = format!("{}/{}", R::KIND, own.unwrap_or(ordinal));
                R::name(Uuid::new_v5(&self.namespace, name.as_bytes()))
            }
        }
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
        let row = kept.or_else(|| self.original(key))?;
        self.by_id.remove(row.id());
        if let Some(generated) = &mut self.generated {
            generated.remove(key.ordinal);
        }
        Some(row)
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

    /// The same rows, for changing.
    pub(crate) fn iter_mut(&mut self) -> impl Iterator<Item = &mut R> {
        self.rows.values_mut()
    }

    /// Every row that is not generated, oldest first.
    pub(crate) fn own(&self) -> impl DoubleEndedIterator<Item = (Key<R>, &R)> {
        let first = Key::from_ordinal(self.first_own());
        self.rows.range(first..).map(|(key, kept)| (*key, kept))
    }

    pub(crate) fn next_ordinal(&self) -> u64 {
        u64::from(self.next_ordinal)
    }

    /// The generated rows with these ordinals, oldest first. They are made and dropped, and only
    /// those whose ordinal `may_fit`.
    pub(crate) fn generated_in(
        &self,
        ordinals: Range<u32>,
        may_fit: impl Fn(u32) -> bool,
    ) -> impl DoubleEndedIterator<Item = (Key<R>, Entry<'_, R>)> {
        let ordinals = ordinals.start..ordinals.end.min(self.first_own());
        ordinals.filter_map(move |ordinal| self.entry(ordinal, &may_fit))
    }

    /// The table's own rows with these ordinals, oldest first.
    pub(crate) fn own_in(
        &self,
        ordinals: Range<u32>,
    ) -> impl DoubleEndedIterator<Item = (Key<R>, Entry<'_, R>)> {
        let start = Key::from_ordinal(ordinals.start.max(self.first_own()));
        let rows = self
            .rows
            .range(start..Key::from_ordinal(ordinals.end).max(start));
        rows.map(|(key, kept)| (*key, Entry::Kept(kept)))
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
        self.generated.iter().any(Generated::holds_too_many)
    }

    /// Drops the generated rows that are held, if they are too many.
    pub(crate) fn let_go(&mut self) {
        self.generated.iter_mut().for_each(Generated::let_go);
    }

    /// The generated rows that were removed, oldest first.
    pub(crate) fn gaps(&self) -> impl Iterator<Item = u32> {
        let generated = self.generated.iter();
        generated.flat_map(|generated| generated.removed.iter().copied())
    }

    /// Sets the next ordinal; `None` if a row has that ordinal.
    pub(crate) fn restore_next(&mut self, next: u32) -> Option<()> {
        let last = self.rows.last_key_value().map(|(last, _)| last.ordinal);
        let is_free = next >= self.first_own() && last.is_none_or(|last| last < next);
        is_free.then(|| self.next_ordinal = next)
    }

    /// Puts a row back at its ordinal; `None` if it cannot have been there.
    pub(crate) fn restore(&mut self, ordinal: u32, row: R) -> Option<()> {
        let key = Key::from_ordinal(ordinal);
        let is_own = ordinal >= self.first_own();
        let has_room = self.rows.len() < MAX_ROWS && !self.rows.contains_key(&key);
        let fits = ordinal < self.next_ordinal && row.id() == self.id_of(ordinal);
        if !has_room || !fits || !(is_own || self.original(key).is_some()) {
            return None;
        }
        if is_own {
            self.by_id.insert(row.id().into(), key);
        }
        self.rows.insert(key, row);
        Some(())
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
