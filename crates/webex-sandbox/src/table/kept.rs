//! A row that is kept, and its JSON from the first reader on until somebody changes the row.

use std::borrow::Cow;
use std::sync::OnceLock;

use serde::Serialize;
use serde_json::value::{RawValue, to_raw_value};

use super::{Key, Row, Table};

#[derive(Debug)]
pub(super) struct Kept<R> {
    row: R,
    json: OnceLock<Box<RawValue>>,
}

impl<R> Kept<R> {
    pub(super) fn new(row: R) -> Self {
        let json = OnceLock::new();
        Kept { row, json }
    }

    pub(super) fn row(&self) -> &R {
        &self.row
    }

    /// The row for a change, before which its JSON is forgotten.
    pub(super) fn row_mut(&mut self) -> &mut R {
        self.json.take();
        &mut self.row
    }

    pub(super) fn into_row(self) -> R {
        self.row
    }
}

impl<R: Row> Table<R> {
    /// The row as everybody sees it, in JSON: things are read far more often than changed.
    ///
    /// `show` must depend on the row alone, and be the same at every place that asks.
    pub(crate) fn json<T: Serialize>(
        &self,
        key: Key<R>,
        show: impl FnOnce(&R) -> T,
    ) -> Option<Cow<'_, RawValue>> {
        let Some(kept) = self.rows.get(&key) else {
            let json = to_raw_value(&show(self.get(key)?)).ok()?;
            return Some(Cow::Owned(json));
        };
        if kept.json.get().is_none() {
            let json = to_raw_value(&show(&kept.row)).ok()?;
            // Whoever was faster wrote the same.
            let _ = kept.json.set(json);
        }
        kept.json.get().map(|json| Cow::Borrowed(&**json))
    }

    /// Forgets the JSON of every row, where something that they are shown with has changed.
    pub(crate) fn forget_json(&mut self) {
        for kept in self.rows.values_mut() {
            kept.json.take();
        }
    }
}
