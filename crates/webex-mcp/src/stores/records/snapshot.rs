//! The journal at one moment, to read it while a server continues to write.

use std::path::Path;

use rusqlite::Connection;

use super::chain::{Head, SignedHead};
use super::change::{EntryRow, Person, Unavailable};
use super::open::{self, OpenError};
use super::read;
use crate::limits;

/// One read transaction: everything read through it is of one moment. Blocking.
pub struct Snapshot(Connection);

impl std::fmt::Debug for Snapshot {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Snapshot(…)")
    }
}

impl Snapshot {
    /// The records of a data directory that this process does not have open; `None` where there are
    /// none yet.
    ///
    /// # Errors
    /// [`OpenError`], which says what to do.
    pub fn open(directory: &Path) -> Result<Option<Self>, OpenError> {
        if !directory.join(open::FILE_NAME).exists() {
            return Ok(None);
        }
        let database = open::beside(directory)?;
        let begin = database.execute_batch("BEGIN; SELECT seq FROM head");
        begin.map_err(|error| open::unopened(&error))?;
        Ok(Some(Snapshot(database)))
    }

    pub fn head(&self) -> Result<Head, Unavailable> {
        told(read::head(&self.0))
    }

    /// The number of the first entry that still exists.
    pub fn first_entry(&self) -> Result<Option<u64>, Unavailable> {
        let first = "SELECT min(seq) FROM entries";
        told(self.0.query_row(first, [], |row| row.get(0)))
    }

    /// A page of entries after `after`; empty at the end.
    pub fn entries(&self, after: u64) -> Result<Vec<EntryRow>, Unavailable> {
        told(read::entries(&self.0, after, limits::RECORDS_PAGE_ROWS))
    }

    /// A page of signed heads after `after`; empty at the end.
    pub fn signed_heads(&self, after: u64) -> Result<Vec<SignedHead>, Unavailable> {
        told(read::signed_heads(
            &self.0,
            after,
            limits::RECORDS_PAGE_ROWS,
        ))
    }

    pub fn people(&self) -> Result<Vec<Person>, Unavailable> {
        told(read::people(&self.0, limits::RECORDS_PEOPLE_SHOWN))
    }
}

fn told<T>(result: rusqlite::Result<T>) -> Result<T, Unavailable> {
    result.map_err(|error| {
        tracing::warn!(%error, "the records could not be read");
        Unavailable
    })
}
