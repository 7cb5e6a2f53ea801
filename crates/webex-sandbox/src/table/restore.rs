//! A table as a file has it: the stored rows, the removed ones, and the next ordinal.

use super::{Key, MAX_ROWS, Row, Table};

impl<R: Row> Table<R> {
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
