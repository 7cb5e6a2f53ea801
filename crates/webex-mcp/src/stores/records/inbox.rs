//! The inbox: deliveries of webhooks, each stored once and in order, the oldest removed first.

use rusqlite::{Connection, OptionalExtension as _, Result, Row, params};

use super::apply::Applied;
use super::change::{Arrival, Digest, Refused};
use crate::limits;

/// A delivery as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InboxRow {
    /// Grows in the order in which deliveries became durable, over all webhooks.
    pub seq: u64,
    pub hook: String,
    pub at: i64,
    pub sealed: Vec<u8>,
}

/// Stores a delivery, unless its key is there already, and removes what is beyond the limits.
pub fn receive(database: &Connection, arrival: &Arrival) -> Result<Applied> {
    let expires = arrival.at + limits::INBOX_KEPT_SECONDS * 1_000;
    let stored = database
        .prepare_cached(
            "INSERT INTO inbox (hook, number, key, topic, at, expires, sealed) VALUES (?1, \
             (SELECT coalesce(max(number), 0) + 1 FROM inbox WHERE hook = ?1), ?2, ?3, ?4, ?5, ?6) \
             ON CONFLICT (hook, key) WHERE key IS NOT NULL DO NOTHING RETURNING seq, number",
        )?
        .query_row(
            params![
                arrival.hook,
                arrival.key,
                arrival.topic,
                arrival.at,
                expires,
                arrival.sealed
            ],
            |row| Ok((row.get::<_, i64>(0)?, row.get::<_, i64>(1)?)),
        )
        .optional()?;
    let Some((seq, number)) = stored else {
        return Ok(Err(Refused::Known));
    };
    database
        .prepare_cached("DELETE FROM inbox WHERE hook = ? AND number <= ?")?
        .execute(params![
            arrival.hook,
            number - limits::INBOX_PER_WEBHOOK_ENTRIES.cast_signed()
        ])?;
    database
        .prepare_cached("DELETE FROM inbox WHERE seq <= ?")?
        .execute([seq - limits::INBOX_MAX_ENTRIES.cast_signed()])?;
    Ok(Ok(()))
}

/// Deletes what came in for a webhook.
pub fn empty(database: &Connection, hook: &str) -> Result<()> {
    database
        .prepare_cached("DELETE FROM inbox WHERE hook = ?")?
        .execute([hook])?;
    Ok(())
}

pub fn after(database: &Connection, seq: u64, most: usize) -> Result<Vec<InboxRow>> {
    database
        .prepare_cached(
            "SELECT seq, hook, at, sealed FROM inbox WHERE seq > ? ORDER BY seq LIMIT ?",
        )?
        .query_map(params![seq, most], row)?
        .collect()
}

/// The last number that was given out, even if its delivery is no longer there.
pub fn last(database: &Connection) -> Result<u64> {
    let last = database
        .prepare_cached("SELECT seq FROM sqlite_sequence WHERE name = 'inbox'")?
        .query_row([], |row| row.get(0))
        .optional()?;
    Ok(last.unwrap_or(0))
}

pub fn about(
    database: &Connection,
    hook: &str,
    topic: &Digest,
    most: usize,
) -> Result<Vec<InboxRow>> {
    database
        .prepare_cached(
            "SELECT seq, hook, at, sealed FROM inbox WHERE hook = ? AND topic = ? \
             ORDER BY seq DESC LIMIT ?",
        )?
        .query_map(params![hook, topic, most], row)?
        .collect()
}

pub fn newest(database: &Connection, hook: &str) -> Result<Option<i64>> {
    database
        .prepare_cached("SELECT at FROM inbox WHERE hook = ? ORDER BY number DESC LIMIT 1")?
        .query_row([hook], |row| row.get(0))
        .optional()
}

fn row(row: &Row<'_>) -> Result<InboxRow> {
    Ok(InboxRow {
        seq: row.get(0)?,
        hook: row.get(1)?,
        at: row.get(2)?,
        sealed: row.get(3)?,
    })
}
