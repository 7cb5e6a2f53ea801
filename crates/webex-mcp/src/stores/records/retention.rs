//! Removes expired rows, answers beyond their share of space, and the oldest part of the chain.

use rusqlite::{Connection, OptionalExtension as _, Result, params};

use super::apply::{Batch, Scribe};
use super::chain::{self, OwnEntry};
use crate::limits;
use crate::seal::hex;

/// How long and how much is kept.
#[derive(Debug, Clone, Copy)]
pub struct Retention {
    pub seconds: i64,
    pub bytes: u64,
    pub answer_bytes: u64,
}

impl Retention {
    /// For a database on a disk.
    pub const DISK: Retention = Retention {
        seconds: limits::JOURNAL_KEPT_SECONDS,
        bytes: limits::JOURNAL_KEPT_BYTES,
        answer_bytes: limits::JOURNAL_ANSWERS_KEPT_BYTES,
    };
    /// For a database in memory.
    pub const MEMORY: Retention = Retention {
        seconds: limits::JOURNAL_KEPT_SECONDS,
        bytes: limits::JOURNAL_IN_MEMORY_BYTES,
        answer_bytes: limits::JOURNAL_ANSWERS_IN_MEMORY_BYTES,
    };
}

/// Takes one bounded step and returns whether more is left to remove.
pub fn step(
    database: &mut Connection,
    scribe: &Scribe,
    retention: &Retention,
    now: i64,
) -> Result<bool> {
    let most = limits::JOURNAL_FORGOTTEN_AT_ONCE_ROWS;
    let mut batch = Batch::begin(database)?;
    let (mut is_full, before) = (false, batch.transaction.total_changes());
    for table in ["nonces", "kept", "keys", "leases", "inbox"] {
        let key = match table {
            "nonces" => "nonce",
            "kept" => "rowid",
            "keys" => "key",
            "inbox" => "seq",
            _ => "name",
        };
        // A key stays open as long as its call.
        let only = if table == "keys" {
            "AND NOT is_open"
        } else {
            ""
        };
        let gone = batch
            .transaction
            .prepare_cached(&format!(
                "DELETE FROM {table} WHERE {key} IN \
                 (SELECT {key} FROM {table} WHERE expires <= ? {only} LIMIT ?)"
            ))?
            .execute(params![now, most])?;
        is_full |= gone as u64 == most;
    }
    for table in ["keys", "kept"] {
        drop_answers(&batch.transaction, table, retention.answer_bytes)?;
    }
    is_full |= truncate(&mut batch, scribe, retention, now)?;
    // An idle journal does not write every minute.
    if batch.transaction.total_changes() != before {
        batch.commit(scribe, now)?;
    }
    Ok(is_full)
}

/// Beyond their share of space the oldest answers are removed; code and ids stay.
fn drop_answers(database: &Connection, table: &str, most_bytes: u64) -> Result<()> {
    let held: u64 = database
        .prepare_cached(&format!(
            "SELECT coalesce(sum(length(answer)), 0) FROM {table}"
        ))?
        .query_row([], |row| row.get(0))?;
    if held <= most_bytes {
        return Ok(());
    }
    database
        .prepare_cached(&format!(
            "UPDATE {table} SET answer = NULL WHERE rowid IN (SELECT rowid FROM \
             (SELECT rowid, sum(length(answer)) OVER (ORDER BY at DESC, rowid DESC) AS newer \
              FROM {table} WHERE answer IS NOT NULL) WHERE newer > ?)"
        ))?
        .execute([most_bytes])?;
    Ok(())
}

/// Removes the oldest entries up to a signed head, but no entry of an open call.
fn truncate(
    batch: &mut Batch<'_>,
    scribe: &Scribe,
    retention: &Retention,
    now: i64,
) -> Result<bool> {
    let Some(wanted) = wanted(batch, retention, now)? else {
        return Ok(false);
    };
    let first_open: Option<u64> = batch
        .transaction
        .prepare_cached("SELECT min(seq) FROM calls")?
        .query_row([], |row| row.get(0))?;
    let last = first_open.map_or(wanted, |seq| wanted.min(seq - 1));
    let base = batch.head.base_seq;
    let reach = last.min(base + limits::JOURNAL_FORGOTTEN_AT_ONCE_ROWS);
    // The furthest head within one step; if a large batch left none there, the nearest one after
    // it.
    let found: Option<(u64, Vec<u8>)> = batch
        .transaction
        .prepare_cached(
            "SELECT seq, hash FROM signed_heads WHERE seq > ?1 AND seq <= ?2 \
             ORDER BY seq > ?3, abs(seq - ?3) LIMIT 1",
        )?
        .query_row(params![base, last, reach], |row| {
            Ok((row.get(0)?, row.get(1)?))
        })
        .optional()?;
    let Some((through, hash)) = found else {
        return Ok(false);
    };
    batch
        .transaction
        .execute("DELETE FROM entries WHERE seq <= ?", [through])?;
    batch
        .transaction
        .execute("DELETE FROM signed_heads WHERE seq < ?", [through])?;
    let entry = OwnEntry::Truncated {
        at: chain::timestamp(now),
        through,
        hash: hex(&hash),
    };
    batch.head.base_seq = through;
    batch.head.base_hash = hash;
    batch.append(&entry.to_bytes())?;
    batch.sign(scribe, now)?;
    Ok(through < wanted)
}

/// The entry up to which the chain should be removed, by age or size.
fn wanted(batch: &Batch<'_>, retention: &Retention, now: i64) -> Result<Option<u64>> {
    let by_age: Option<u64> = batch
        .transaction
        .prepare_cached("SELECT max(seq) FROM signed_heads WHERE at <= ? AND seq > ?")?
        .query_row(
            params![now - retention.seconds * 1_000, batch.head.base_seq],
            |row| row.get(0),
        )?;
    let base_bytes: u64 = batch
        .transaction
        .prepare_cached("SELECT coalesce(max(bytes), 0) FROM signed_heads WHERE seq = ?")?
        .query_row([batch.head.base_seq], |row| row.get(0))?;
    if batch.head.bytes - base_bytes.min(batch.head.bytes) <= retention.bytes {
        return Ok(by_age);
    }
    let by_size: Option<u64> = batch
        .transaction
        .prepare_cached("SELECT min(seq) FROM signed_heads WHERE bytes >= ? AND seq > ?")?
        .query_row(
            params![batch.head.bytes - retention.bytes, batch.head.base_seq],
            |row| row.get(0),
        )?;
    Ok(by_age.max(by_size))
}
