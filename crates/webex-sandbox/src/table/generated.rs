//! Generated rows: made from their ordinal when they are read, held for a while, and dropped.

use std::collections::BTreeSet;
use std::fmt;
use std::ops::Deref;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::{Ids, Row};

/// Chains over which held rows are distributed; a full table has about twenty rows in each.
const CHAINS: usize = 1_024;

/// A row of a scan: stored in its table, or made for the moment.
#[derive(Debug)]
pub(crate) enum Entry<'t, R> {
    Kept(&'t R),
    Made(Box<R>),
}

impl<R> Deref for Entry<'_, R> {
    type Target = R;

    fn deref(&self) -> &R {
        match self {
            Entry::Kept(row) => row,
            Entry::Made(row) => row,
        }
    }
}

/// The first rows of a table, as a function of their ordinals.
pub(crate) struct Generated<R> {
    pub(super) ids: Ids,
    make: Box<dyn Fn(u32) -> R + Send + Sync>,
    pub(super) len: u32,
    pub(super) removed: BTreeSet<u32>,
    held: Held<R>,
    max_held_rows: usize,
}

impl<R> fmt::Debug for Generated<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Generated").finish_non_exhaustive()
    }
}

impl<R: Row> Generated<R> {
    /// `len` rows; at most `max_held_rows` of them stay in memory between two requests.
    pub(crate) fn new(
        ids: Ids,
        len: u32,
        max_held_rows: usize,
        make: impl Fn(u32) -> R + Send + Sync + 'static,
    ) -> Self {
        Generated {
            ids,
            make: Box::new(make),
            len,
            removed: BTreeSet::new(),
            held: Held::new(),
            max_held_rows,
        }
    }

    /// The number of rows that were not removed.
    pub(super) fn count(&self) -> usize {
        (self.len as usize).saturating_sub(self.removed.len())
    }

    fn has(&self, ordinal: u32) -> bool {
        ordinal < self.len && !self.removed.contains(&ordinal)
    }

    pub(super) fn make(&self, ordinal: u32) -> Option<R> {
        self.has(ordinal).then(|| (self.make)(ordinal))
    }

    pub(super) fn get(&self, ordinal: u32) -> Option<&R> {
        let make = || (self.make)(ordinal);
        self.has(ordinal)
            .then(|| self.held.get_or_make(ordinal, make))
    }

    pub(super) fn find(&self, id: &str) -> Option<u32> {
        let ordinal = self.ids.ordinal::<R>(id)?;
        self.has(ordinal).then_some(ordinal)
    }

    /// Marks the ordinal as removed, if it is that of a generated row.
    pub(super) fn remove(&mut self, ordinal: u32) {
        if ordinal < self.len {
            self.removed.insert(ordinal);
        }
    }

    pub(super) fn holds_too_many(&self) -> bool {
        self.held.rows.load(Ordering::Relaxed) > self.max_held_rows
    }

    pub(super) fn let_go(&mut self) {
        if self.holds_too_many() {
            self.held = Held::new();
        }
    }
}

/// Rows that are only added, so that a reader needs no lock while it uses one.
#[derive(Debug)]
struct Held<R> {
    chains: Box<[Link<R>]>,
    rows: AtomicUsize,
}

type Link<R> = OnceLock<Box<Node<R>>>;

#[derive(Debug)]
struct Node<R> {
    ordinal: u32,
    row: R,
    next: Link<R>,
}

impl<R> Held<R> {
    fn new() -> Self {
        Held {
            chains: (0..CHAINS).map(|_| OnceLock::new()).collect(),
            rows: AtomicUsize::new(0),
        }
    }

    fn get_or_make(&self, ordinal: u32, make: impl Fn() -> R) -> &R {
        let mut link = &self.chains[ordinal as usize % CHAINS];
        loop {
            let node = link.get_or_init(|| {
                self.rows.fetch_add(1, Ordering::Relaxed);
                Box::new(Node {
                    ordinal,
                    row: make(),
                    next: OnceLock::new(),
                })
            });
            if node.ordinal == ordinal {
                return &node.row;
            }
            link = &node.next;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_is_made_once_however_full_its_chain_is() {
        let held = Held::new();
        let step = u32::try_from(CHAINS).unwrap();
        for round in 0..3 {
            for ordinal in (0..100).map(|index| index * step) {
                let row = held.get_or_make(ordinal, || (ordinal, round));
                assert_eq!(*row, (ordinal, 0));
            }
        }
        assert_eq!(held.rows.load(Ordering::Relaxed), 100);
    }
}
