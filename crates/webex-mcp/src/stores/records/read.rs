//! The queries on the tables.

use rusqlite::{Connection, OptionalExtension as _, Result, Row, params};
use uuid::Uuid;

use super::chain::{Head, SignedHead};
use super::change::{Digest, EntryRow, Kept, KeyRow, KeyState, OpenRow, Outcome, Person};

pub fn head(database: &Connection) -> Result<Head> {
    database
        .prepare_cached("SELECT seq, hash, bytes, base_seq, base_hash FROM head")?
        .query_row([], |row| {
            Ok(Head {
                seq: row.get(0)?,
                hash: row.get(1)?,
                bytes: row.get(2)?,
                base_seq: row.get(3)?,
                base_hash: row.get(4)?,
            })
        })
}

/// Entries in order, after `after`.
pub fn entries(database: &Connection, after: u64, most: usize) -> Result<Vec<EntryRow>> {
    database
        .prepare_cached("SELECT seq, body, hash FROM entries WHERE seq > ? ORDER BY seq LIMIT ?")?
        .query_map(params![after, most], |row| {
            Ok(EntryRow {
                seq: row.get(0)?,
                body: row.get(1)?,
                hash: row.get(2)?,
            })
        })?
        .collect()
}

pub fn signed_heads(database: &Connection, after: u64, most: usize) -> Result<Vec<SignedHead>> {
    database
        .prepare_cached(
            "SELECT seq, hash, bytes, at, public_key, signature FROM signed_heads \
             WHERE seq > ? ORDER BY seq LIMIT ?",
        )?
        .query_map(params![after, most], |row| {
            Ok(SignedHead {
                seq: row.get(0)?,
                hash: row.get(1)?,
                bytes: row.get(2)?,
                at: row.get(3)?,
                public_key: row.get(4)?,
                signature: row.get(5)?,
            })
        })?
        .collect()
}

/// Whether a confirmation was used up.
pub fn is_used(database: &Connection, nonce: Uuid) -> Result<bool> {
    database
        .prepare_cached("SELECT 1 FROM nonces WHERE nonce = ?")?
        .exists([nonce.as_bytes()])
}

/// The call that the key stands for at `now`. One statement, because the call could be settled
/// between two.
pub fn key(database: &Connection, key: &Digest, now: i64) -> Result<Option<KeyRow>> {
    database
        .prepare_cached(
            "SELECT keys.call, arguments, keys.at, is_open, is_unknown, code, ids, began, answer, \
             process FROM keys LEFT JOIN calls ON calls.call = keys.call \
             WHERE keys.key = ? AND (is_open OR expires > ?)",
        )?
        .query_row(params![key, now], |row| {
            let state = match row.get(3)? {
                true => KeyState::Open {
                    process: id(row, 9)?,
                },
                false => KeyState::Settled(outcome(row, 4)?),
            };
            Ok(KeyRow {
                call: id(row, 0)?,
                arguments: row.get(1)?,
                at: row.get(2)?,
                state,
            })
        })
        .optional()
}

/// The oldest outcome for an identical call that was not delivered, if nobody can deliver it any
/// more or the process that could is dead.
pub fn kept(
    database: &Connection,
    identical: &Digest,
    now: i64,
    is_alive: impl Fn(Uuid) -> bool,
) -> Result<Option<Kept>> {
    let mut kept = database.prepare_cached(
        "SELECT call, at, is_unknown, code, ids, began, answer, pending FROM kept \
         WHERE identical = ? AND expires > ? ORDER BY at, call",
    )?;
    let mut rows = kept.query(params![identical, now])?;
    let mut living = None;
    while let Some(row) = rows.next()? {
        let pending = row.get::<_, Option<[u8; 16]>>(7)?.map(Uuid::from_bytes);
        if let Some(process) = pending
            && (living == pending || is_alive(process))
        {
            living = pending;
            continue;
        }
        return Ok(Some(Kept {
            call: id(row, 0)?,
            at: row.get(1)?,
            outcome: outcome(row, 2)?,
        }));
    }
    Ok(None)
}

/// Processes that have an identical call open.
pub fn runners(database: &Connection, identical: &Digest) -> Result<Vec<Uuid>> {
    database
        .prepare_cached("SELECT DISTINCT process FROM calls WHERE identical = ?")?
        .query_map([identical], |row| id(row, 0))?
        .collect()
}

/// Processes that have any call open.
pub fn all_runners(database: &Connection) -> Result<Vec<Uuid>> {
    database
        .prepare_cached("SELECT DISTINCT process FROM calls")?
        .query_map([], |row| id(row, 0))?
        .collect()
}

/// The calls that a process has open.
pub fn open_calls(database: &Connection, process: Uuid, most: usize) -> Result<Vec<OpenRow>> {
    let mut calls: Vec<OpenRow> = database
        .prepare_cached(
            "SELECT calls.call, process, keeps_outcome, at, body FROM calls \
             JOIN entries ON entries.seq = calls.seq WHERE process = ? LIMIT ?",
        )?
        .query_map(params![process.as_bytes(), most], |row| {
            Ok(OpenRow {
                call: id(row, 0)?,
                process: id(row, 1)?,
                keeps_outcome: row.get(2)?,
                at: row.get(3)?,
                entry: row.get(4)?,
                began: Vec::new(),
            })
        })?
        .collect::<Result<_>>()?;
    for call in &mut calls {
        call.began = began(database, call.call)?;
    }
    Ok(calls)
}

/// Writes whose outcome is not known; if every outcome is known, all writes.
fn began(database: &Connection, call: Uuid) -> Result<Vec<String>> {
    let all: Vec<(String, bool)> = database
        .prepare_cached("SELECT what, is_ended FROM writes WHERE call = ? ORDER BY number")?
        .query_map([call.as_bytes()], |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect::<Result<_>>()?;
    let is_all_known = all.iter().all(|(_, is_ended)| *is_ended);
    Ok(all
        .into_iter()
        .filter(|(_, is_ended)| is_all_known || !is_ended)
        .map(|(what, _)| what)
        .collect())
}

/// The names behind pseudonyms.
pub fn people(database: &Connection, most: usize) -> Result<Vec<Person>> {
    database
        .prepare_cached("SELECT tenant, principal, name FROM people LIMIT ?")?
        .query_map([most], |row| {
            Ok(Person {
                tenant: row.get(0)?,
                principal: row.get(1)?,
                name: row.get(2)?,
            })
        })?
        .collect()
}

/// Five consecutive columns: is_unknown, code, ids, began, answer.
fn outcome(row: &Row<'_>, from: usize) -> Result<Outcome> {
    Ok(Outcome {
        is_unknown: row.get(from)?,
        code: row.get(from + 1)?,
        ids: list(row.get_ref(from + 2)?.as_str().unwrap_or_default()),
        began: list(row.get_ref(from + 3)?.as_str().unwrap_or_default()),
        answer: row.get(from + 4)?,
    })
}

fn id(row: &Row<'_>, column: usize) -> Result<Uuid> {
    Ok(Uuid::from_bytes(row.get(column)?))
}

/// A short list as text for a column.
pub fn to_text(list: &[String]) -> String {
    // Strings always serialize.
    serde_json::to_string(list).unwrap_or_default()
}

fn list(text: &str) -> Vec<String> {
    serde_json::from_str(text).unwrap_or_default()
}
