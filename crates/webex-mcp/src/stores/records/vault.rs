//! The keys of the vault. They are stored beside the records that they wrap, sealed under the
//! deployment's secret. The newest one wraps what is written; the others are there until nothing is
//! left under them.
//!
//! A process learns of a new key in the transaction of its next write, so it needs no restart: what it
//! had sealed under an older key is refused there and sealed again. Therefore nothing is written under
//! an older key once a newer one is committed.

use std::sync::Arc;

use parking_lot::RwLock;
use rusqlite::{Connection, Result, TransactionBehavior, params};

use super::apply::Applied;
use super::change::Refused;
use super::envelopes::count;
use super::open::{OpenError, unopened};
use super::sealed::digest_name;
use crate::seal::{CryptographyFailed, KeyId, RecordKeys, Secret, VaultKey, hex};

/// A key of the vault as it is stored.
#[derive(Clone)]
pub struct VaultKeyRow {
    pub id: KeyId,
    /// Higher than that of every key before.
    pub number: u64,
    pub made_at: i64,
    pub sealed: Vec<u8>,
}

impl std::fmt::Debug for VaultKeyRow {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("VaultKeyRow")
            .field("id", &hex(&self.id))
            .field("number", &self.number)
            .finish_non_exhaustive()
    }
}

/// The keys as they were read last, and what opens others. One for all parts of a process that share
/// a database.
pub struct KeyRing {
    secret: RecordKeys,
    keys: RwLock<Arc<Keys>>,
}

/// The keys of one moment. One that was removed since stays here, because something that was read before
/// may still be under it.
#[derive(Debug)]
pub struct Keys {
    /// Those that the secret of this process opens.
    pub opened: RecordKeys,
    /// The newest one, even where it could not be opened.
    newest: (KeyId, u64),
}

impl std::fmt::Debug for KeyRing {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("KeyRing(…)")
    }
}

impl Keys {
    /// Whether the newest key wrapped it, so that it may be written.
    pub fn is_newest(&self, envelope: &[u8]) -> bool {
        envelope.starts_with(&self.newest.0)
    }
}

impl KeyRing {
    /// Opens the keys of a database, and makes the first one of a new database. Where the previous
    /// secret sealed them, they are sealed under the current one. This is also the check that the
    /// secret is the right one: nothing is written where a key does not open.
    pub fn open(
        database: &mut Connection,
        (secret, previous): (&Secret, Option<&Secret>),
        now: i64,
    ) -> std::result::Result<Self, OpenError> {
        let ring = RecordKeys::for_vault(secret, previous)?;
        let failed = |error: rusqlite::Error| unopened(&error);
        let begun = database.transaction_with_behavior(TransactionBehavior::Immediate);
        let transaction = begun.map_err(failed)?;
        if rows(&transaction).map_err(failed)?.is_empty() {
            for (key, number) in first_keys(&transaction, secret, previous)?.iter().zip(1..) {
                let row = VaultKeyRow {
                    id: key.id,
                    number,
                    made_at: now,
                    sealed: key.seal(number, &ring)?,
                };
                insert(&transaction, &row).map_err(failed)?;
            }
        }
        let (mut found, mut keys) = (rows(&transaction).map_err(failed)?, Vec::new());
        for row in &mut found {
            let name = (row.id, row.number);
            let key = VaultKey::open(name, &ring, &row.sealed);
            let key = key.map_err(|_| OpenError::OtherSecret)?;
            if !ring.is_current(&row.sealed) {
                row.sealed = key.seal(row.number, &ring)?;
                let seal = "UPDATE vault_keys SET sealed = ? WHERE id = ?";
                let sealed = transaction.execute(seal, params![row.sealed, row.id]);
                sealed.map_err(failed)?;
            }
            keys.push(key);
        }
        let newest = found.first().ok_or(CryptographyFailed)?;
        let keys = Keys {
            opened: RecordKeys::new(&keys)?,
            newest: (newest.id, newest.number),
        };
        transaction.commit().map_err(failed)?;
        Ok(KeyRing {
            secret: ring,
            keys: RwLock::new(Arc::new(keys)),
        })
    }

    /// The keys as they were read last.
    pub fn keys(&self) -> Arc<Keys> {
        self.keys.read().clone()
    }

    /// The keys of now: read again if a newer one was made.
    pub fn follow(&self, database: &Connection) -> Result<Arc<Keys>> {
        let known = self.keys();
        let newest: u64 = database
            .prepare_cached("SELECT coalesce(max(number), 0) FROM vault_keys")?
            .query_row([], |row| row.get(0))?;
        if newest <= known.newest.1 {
            return Ok(known);
        }
        let mut found = rows(database)?;
        found.retain(|row| row.number > known.newest.1);
        let mut keys = Vec::new();
        for row in &found {
            match VaultKey::open((row.id, row.number), &self.secret, &row.sealed) {
                Ok(key) => keys.push(key),
                Err(_) => tracing::error!(
                    number = row.number,
                    "a key of the vault does not open: it was made under another secret; start this \
                     process again with the secret that the others have"
                ),
            }
        }
        let (Some(newest), Ok(opened)) = (found.first(), known.opened.with_newer(&keys)) else {
            return Ok(known);
        };
        let newest = (newest.id, newest.number);
        let read = Arc::new(Keys { opened, newest });
        *self.keys.write() = read.clone();
        Ok(read)
    }

    /// A new key that follows this one.
    pub fn made(
        &self,
        after: u64,
        now: i64,
    ) -> std::result::Result<VaultKeyRow, CryptographyFailed> {
        let (key, number) = (VaultKey::random()?, after + 1);
        Ok(VaultKeyRow {
            id: key.id,
            number,
            made_at: now,
            sealed: key.seal(number, &self.secret)?,
        })
    }
}

/// The first keys of a database: a random one; or those that were derived from the secrets, where
/// records were written before the vault had keys of its own.
fn first_keys(
    database: &Connection,
    secret: &Secret,
    previous: Option<&Secret>,
) -> std::result::Result<Vec<VaultKey>, OpenError> {
    let before = super::private::get(database, &digest_name()).map_err(|error| unopened(&error))?;
    let Some(before) = before else {
        return Ok(vec![VaultKey::random()?]);
    };
    // The one of the current secret comes last, as the newest.
    let secrets = [previous, Some(secret)].into_iter().flatten();
    let keys = secrets.map(VaultKey::of_secret);
    let keys = keys.collect::<std::result::Result<Vec<_>, _>>()?;
    match keys.iter().any(|key| before.sealed.starts_with(&key.id)) {
        true => Ok(keys),
        false => Err(OpenError::OtherSecret),
    }
}

/// All keys, the newest first.
pub fn rows(database: &Connection) -> Result<Vec<VaultKeyRow>> {
    database
        .prepare_cached("SELECT id, number, made_at, sealed FROM vault_keys ORDER BY number DESC")?
        .query_map([], |row| {
            Ok(VaultKeyRow {
                id: row.get(0)?,
                number: row.get(1)?,
                made_at: row.get(2)?,
                sealed: row.get(3)?,
            })
        })?
        .collect()
}

fn insert(database: &Connection, row: &VaultKeyRow) -> Result<usize> {
    database
        .prepare_cached("INSERT OR IGNORE INTO vault_keys VALUES (?, ?, ?, ?)")?
        .execute(params![row.id, row.number, row.made_at, row.sealed])
}

/// Adds a key, unless another process was faster.
pub fn add(database: &Connection, row: &VaultKeyRow) -> Result<Applied> {
    let newest = rows(database)?.first().map_or(0, |newest| newest.number);
    let is_next = newest + 1 == row.number;
    Ok(match is_next && insert(database, row)? > 0 {
        true => Ok(()),
        false => Err(Refused::Changed(newest)),
    })
}

/// Removes a key under which nothing is left. The newest one stays.
pub fn remove(database: &Connection, id: &KeyId) -> Result<Applied> {
    let is_newest = rows(database)?
        .first()
        .is_none_or(|newest| newest.id == *id);
    if is_newest || count(database, id)? > 0 {
        return Ok(Err(Refused::Held));
    }
    let remove = "DELETE FROM vault_keys WHERE id = ?";
    Ok(match database.execute(remove, [id])? {
        0 => Err(Refused::Absent),
        _ => Ok(()),
    })
}
