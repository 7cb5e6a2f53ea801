//! A row that is kept, and its JSON from the first reader on until somebody changes the row.

use std::borrow::Cow;
use std::ops::Deref;
use std::sync::OnceLock;

use serde::Serialize;
use serde_json::value::{RawValue, to_raw_value};

use super::{Key, Row, Table};

/// JSON, and the variant that it is of where there are several.
type Json = OnceLock<(Option<Box<str>>, Box<RawValue>)>;

#[derive(Debug)]
pub(super) struct Kept<R> {
    row: R,
    json: Json,
}

impl<R> Kept<R> {
    pub(super) fn new(row: R) -> Self {
        let json = Json::new();
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

/// A row that somebody looks at, of which JSON can be had.
#[derive(Debug)]
pub(crate) struct Look<'t, R> {
    row: &'t R,
    /// Nothing where the row is generated.
    json: Option<&'t Json>,
}

impl<R> Deref for Look<'_, R> {
    type Target = R;

    fn deref(&self) -> &R {
        self.row
    }
}

impl<'t, R> Look<'t, R> {
    /// The row in JSON: things are read far more often than changed. A row that is shown in several
    /// ways, as with the host in an address, has a name for each; the first that is asked for is kept.
    ///
    /// `show` must depend on the row and the variant alone, and be the same at every place that asks;
    /// where something else shows through, [`Table::forget_json`] is called when that changes.
    pub(crate) fn json<T: Serialize>(
        &self,
        variant: Option<&str>,
        show: impl FnOnce(&R) -> T,
    ) -> Option<Cow<'t, RawValue>> {
        let write = || to_raw_value(&show(self.row)).ok();
        let Some(kept) = self.json else {
            return write().map(Cow::Owned);
        };
        if kept.get().is_none() {
            // Whoever was faster wrote the same.
            let _ = kept.set((variant.map(Box::from), write()?));
            let (_, json) = kept.get()?;
            return Some(Cow::Borrowed(json));
        }
        match kept.get().filter(|(of, _)| of.as_deref() == variant) {
            Some((_, json)) => Some(Cow::Borrowed(json)),
            None => write().map(Cow::Owned),
        }
    }
}

impl<R: Row> Table<R> {
    pub(crate) fn look(&self, key: Key<R>) -> Option<Look<'_, R>> {
        match self.rows.get(&key) {
            Some(kept) => Some(Look {
                row: &kept.row,
                json: Some(&kept.json),
            }),
            None => self.get(key).map(|row| Look { row, json: None }),
        }
    }

    /// Forgets the JSON of every row, where something that they are shown with has changed.
    pub(crate) fn forget_json(&mut self) {
        for kept in self.rows.values_mut() {
            kept.json.take();
        }
    }
}
