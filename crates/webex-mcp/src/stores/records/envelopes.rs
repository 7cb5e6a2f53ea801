//! Everything in the records that is sealed under a key of the vault, in whatever table: how much is
//! under a key, and how it gets under a newer one.

use rusqlite::{Connection, Result, params};
use uuid::Uuid;

use super::apply::Applied;
use super::change::{RecordName, Refused};
use super::sealed::bound;
use super::vault;
use crate::seal::KeyId;

/// A column of sealed values, and what each is bound to: tenant, kind, id and version.
struct Column {
    table: &'static str,
    name: &'static str,
    bound: &'static str,
}

/// Everything in the records that is sealed under a key of the vault.
const COLUMNS: [Column; 4] = [
    Column {
        table: "private",
        name: "sealed",
        bound: "tenant, kind, id, version",
    },
    Column {
        table: "inbox",
        name: "sealed",
        bound: "'', 'inbox', hook, 0",
    },
    Column {
        table: "keys",
        name: "answer",
        bound: "'', 'answer', lower(hex(call)), 0",
    },
    Column {
        table: "kept",
        name: "answer",
        bound: "'', 'answer', lower(hex(call)), 0",
    },
];

/// What the answer of a call is bound to. It is found by digests that have the tenant in them.
pub fn answer_name(call: Uuid) -> RecordName {
    RecordName {
        tenant: String::new(),
        kind: "answer".to_owned(),
        id: call.simple().to_string(),
    }
}

/// What a delivery of a webhook is bound to.
pub fn delivery_name(hook: &str) -> RecordName {
    RecordName {
        tenant: String::new(),
        kind: "inbox".to_owned(),
        id: hook.to_owned(),
    }
}

/// Where a sealed value is: the column, and the row in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Position {
    column: usize,
    row: i64,
}

impl Position {
    pub const BEGINNING: Position = Position { column: 0, row: 0 };
}

/// A sealed value of any column.
pub struct SealedRow {
    pub at: Position,
    pub bound: Vec<u8>,
    pub sealed: Vec<u8>,
}

impl std::fmt::Debug for SealedRow {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SealedRow")
            .field("at", &self.at)
            .finish_non_exhaustive()
    }
}

/// Sealed values after a position that the newest key does not wrap.
pub fn page(database: &Connection, after: Position, most: usize) -> Result<Vec<SealedRow>> {
    let newest = vault::rows(database)?.first().map(|newest| newest.id);
    for (number, column) in COLUMNS.iter().enumerate().skip(after.column) {
        let row = if number == after.column { after.row } else { 0 };
        let Column { table, name, bound } = column;
        let found = database
            .prepare_cached(&format!(
                "SELECT rowid, {name}, {bound} FROM {table} \
                 WHERE rowid > ?1 AND substr({name}, 1, length(?2)) <> ?2 ORDER BY rowid LIMIT ?3"
            ))?
            .query_map(params![row, newest, most], |row| sealed_row(number, row))?
            .collect::<Result<Vec<_>>>()?;
        if !found.is_empty() {
            return Ok(found);
        }
    }
    Ok(Vec::new())
}

fn sealed_row(column: usize, row: &rusqlite::Row<'_>) -> Result<SealedRow> {
    let name = RecordName {
        tenant: row.get(2)?,
        kind: row.get(3)?,
        id: row.get(4)?,
    };
    let row_id = row.get(0)?;
    Ok(SealedRow {
        at: Position {
            column,
            row: row_id,
        },
        bound: bound(&name, row.get(5)?),
        sealed: row.get(1)?,
    })
}

/// Puts an envelope in place of the same one under an older key; does nothing if it has changed since.
pub fn rewrap(database: &Connection, at: Position, before: &[u8], after: &[u8]) -> Result<Applied> {
    let Some(Column { table, name, .. }) = COLUMNS.get(at.column) else {
        return Ok(Err(Refused::Absent));
    };
    let changed = database
        .prepare_cached(&format!(
            "UPDATE {table} SET {name} = ? WHERE rowid = ? AND {name} = ?"
        ))?
        .execute(params![after, at.row, before])?;
    Ok(match changed {
        0 => Err(Refused::Absent),
        _ => Ok(()),
    })
}

/// How many sealed values a key wraps.
pub fn count(database: &Connection, id: &KeyId) -> Result<u64> {
    let mut sum = 0;
    for Column { table, name, .. } in &COLUMNS {
        sum += database
            .prepare_cached(&format!(
                "SELECT count(*) FROM {table} WHERE substr({name}, 1, length(?1)) = ?1"
            ))?
            .query_row([id], |row| row.get::<_, u64>(0))?;
    }
    Ok(sum)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stores::records::open::in_memory;

    #[test]
    fn a_rotation_reaches_every_sealed_column() {
        let database = in_memory().unwrap();
        let mut listed: Vec<_> = COLUMNS
            .iter()
            .map(|it| (it.table.into(), it.name.into()))
            .collect();
        // The keys themselves are sealed under the secret.
        listed.push(("vault_keys".to_owned(), "sealed".to_owned()));
        listed.sort();
        let columns = "SELECT m.name, c.name FROM sqlite_schema m, pragma_table_info(m.name) c \
                       WHERE m.type = 'table' AND c.name IN ('sealed', 'answer') ORDER BY 1, 2";
        let mut found = database.prepare(columns).unwrap();
        let found = found
            .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))
            .unwrap();
        let found: Vec<(String, String)> = found.map(Result::unwrap).collect();
        assert_eq!(found, listed);
    }
}
