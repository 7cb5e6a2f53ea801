//! Private records, leases and names: rows beside the journal.

use rusqlite::{Connection, OptionalExtension as _, Result, params};

use super::apply::Applied;
use super::change::{Change, RecordName, Refused};
use super::envelopes;
use super::inbox;
use super::vault;

/// A private record as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PrivateRow {
    pub name: RecordName,
    pub version: u64,
    pub sealed: Vec<u8>,
}

/// A position among the records that are due, for the page after it.
#[derive(Debug, Clone, Copy)]
pub struct DuePosition {
    due: i64,
    row: i64,
}

/// Makes a change that has no journal entry.
pub fn apply(database: &Connection, change: &Change) -> Result<Applied> {
    let changed = match change {
        Change::Put {
            name,
            expected,
            sealed,
            due,
        } => return put(database, name, *expected, sealed, *due),
        Change::Delete { name, expected } => {
            let changed = database
                .prepare_cached(
                    "DELETE FROM private WHERE tenant = ? AND kind = ? AND id = ? AND version = ?",
                )?
                .execute(params![name.tenant, name.kind, name.id, expected])?;
            if changed == 0 {
                return missed(database, name);
            }
            changed
        }
        Change::AddKey(row) => return vault::add(database, row),
        Change::RemoveKey(id) => return vault::remove(database, id),
        Change::Rewrap { at, before, sealed } => {
            return envelopes::rewrap(database, *at, before, sealed);
        }
        Change::Lease {
            name,
            holder,
            over,
            now,
            expires,
        } => {
            let changed = database
                .prepare_cached(
                    "INSERT INTO leases VALUES (?1, ?2, ?3) ON CONFLICT DO UPDATE \
                     SET holder = ?2, expires = ?3 WHERE holder IN (?2, ?5) OR expires <= ?4",
                )?
                .execute(params![name, holder, expires, now, over])?;
            return Ok(if changed == 0 {
                Err(Refused::Held)
            } else {
                Ok(())
            });
        }
        Change::Forget { tenant, principal } => database
            .prepare_cached("DELETE FROM people WHERE tenant = ? AND principal = ?")?
            .execute([tenant, principal])?,
        Change::Receive(arrival) => return inbox::receive(database, arrival),
        Change::Empty { hook } => {
            inbox::empty(database, hook)?;
            return Ok(Ok(()));
        }
        // All other changes have entries; see `Batch::apply`.
        _ => 0,
    };
    Ok(if changed == 0 {
        Err(Refused::Absent)
    } else {
        Ok(())
    })
}

/// Writes a record over the expected version; 0 means that there must be none.
pub fn put(
    database: &Connection,
    name: &RecordName,
    expected: u64,
    sealed: &[u8],
    due: Option<i64>,
) -> Result<Applied> {
    let values = params![name.tenant, name.kind, name.id, expected + 1, sealed, due];
    let changed = if expected == 0 {
        database
            .prepare_cached(
                "INSERT OR IGNORE INTO private (tenant, kind, id, version, sealed, due) \
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            )?
            .execute(values)?
    } else {
        database
            .prepare_cached(
                "UPDATE private SET version = ?4, sealed = ?5, due = ?6 \
                 WHERE tenant = ?1 AND kind = ?2 AND id = ?3 AND version = ?4 - 1",
            )?
            .execute(values)?
    };
    if changed == 0 {
        return missed(database, name);
    }
    Ok(Ok(()))
}

fn missed(database: &Connection, name: &RecordName) -> Result<Applied> {
    Ok(Err(match get(database, name)? {
        Some(row) => Refused::Changed(row.version),
        None => Refused::Absent,
    }))
}

pub fn get(database: &Connection, name: &RecordName) -> Result<Option<PrivateRow>> {
    database
        .prepare_cached(
            "SELECT tenant, kind, id, version, sealed FROM private \
             WHERE tenant = ? AND kind = ? AND id = ?",
        )?
        .query_row([&name.tenant, &name.kind, &name.id], row)
        .optional()
}

/// Who has a lease, or had it last.
pub fn holder(database: &Connection, name: &str) -> Result<Option<Vec<u8>>> {
    database
        .prepare_cached("SELECT holder FROM leases WHERE name = ?")?
        .query_row([name], |row| row.get(0))
        .optional()
}

/// Records of a kind, ordered by id, after `after`.
pub fn list(
    database: &Connection,
    tenant: &str,
    kind: &str,
    after: &str,
    most: usize,
) -> Result<Vec<PrivateRow>> {
    database
        .prepare_cached(
            "SELECT tenant, kind, id, version, sealed FROM private \
             WHERE tenant = ? AND kind = ? AND id > ? ORDER BY id LIMIT ?",
        )?
        .query_map(params![tenant, kind, after, most], row)?
        .collect()
}

/// The first tenant after `after`, or of all, that has records of a kind.
pub fn tenant(database: &Connection, kind: &str, after: Option<&str>) -> Result<Option<String>> {
    database
        .prepare_cached(
            "SELECT tenant FROM private \
             WHERE kind = ?1 AND (?2 IS NULL OR tenant > ?2) ORDER BY tenant LIMIT 1",
        )?
        .query_row(params![kind, after], |row| row.get(0))
        .optional()
}

/// How many records of a kind have ids between two.
pub fn count(
    database: &Connection,
    tenant: &str,
    kind: &str,
    between: (&str, &str),
) -> Result<usize> {
    database
        .prepare_cached(
            "SELECT COUNT(*) FROM private WHERE tenant = ? AND kind = ? AND id > ? AND id < ?",
        )?
        .query_row(params![tenant, kind, between.0, between.1], |row| {
            row.get(0)
        })
}

/// Records of a kind, of all tenants, that are due until a time, the most overdue first, after a
/// position.
pub fn due(
    database: &Connection,
    kind: &str,
    until: i64,
    after: Option<DuePosition>,
    most: usize,
) -> Result<Vec<(PrivateRow, DuePosition)>> {
    let after = after.unwrap_or(DuePosition {
        due: i64::MIN,
        row: i64::MIN,
    });
    database
        .prepare_cached(
            "SELECT tenant, kind, id, version, sealed, due, rowid FROM private \
             WHERE kind = ? AND due <= ? AND (due, rowid) > (?, ?) ORDER BY due, rowid LIMIT ?",
        )?
        .query_map(params![kind, until, after.due, after.row, most], |found| {
            let position = DuePosition {
                due: found.get(5)?,
                row: found.get(6)?,
            };
            Ok((row(found)?, position))
        })?
        .collect()
}

fn row(row: &rusqlite::Row<'_>) -> Result<PrivateRow> {
    Ok(PrivateRow {
        name: RecordName {
            tenant: row.get(0)?,
            kind: row.get(1)?,
            id: row.get(2)?,
        },
        version: row.get(3)?,
        sealed: row.get(4)?,
    })
}
