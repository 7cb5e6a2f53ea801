//! One transaction: a batch of changes, their journal entries, and the chain's head.

use rusqlite::{Connection, OptionalExtension as _, Result, Transaction, TransactionBehavior};
use rusqlite::{named_params as named, params};
use uuid::Uuid;

use super::chain::{self, ENTRY_OVERHEAD_BYTES, Head, OwnEntry};
use super::change::{Change, Keep, Opening, Outcome, Refused};
use super::private;
use super::read;
use crate::limits;
use crate::seal::{HeadSigner, hex};

/// What a transaction needs besides the changes.
#[derive(Debug)]
pub struct Scribe {
    pub signer: HeadSigner,
}

/// A transaction that has locked the chain's head.
pub struct Batch<'c> {
    pub transaction: Transaction<'c>,
    pub head: Head,
    began_at: u64,
}

impl<'c> Batch<'c> {
    /// Locks the head: every other writer waits until this is committed or dropped.
    pub fn begin(database: &'c mut Connection) -> Result<Self> {
        let transaction = database.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let head = read::head(&transaction)?;
        Ok(Batch {
            began_at: head.seq,
            transaction,
            head,
        })
    }

    /// Adds an entry to the chain and returns its number.
    pub fn append(&mut self, body: &[u8]) -> Result<u64> {
        let seq = self.head.seq + 1;
        let hash = chain::link(&self.head.hash, seq, body);
        self.transaction
            .prepare_cached("INSERT INTO entries VALUES (?, ?, ?)")?
            .execute(params![seq, body, hash])?;
        self.head.seq = seq;
        self.head.hash = hash.to_vec();
        self.head.bytes += body.len() as u64 + ENTRY_OVERHEAD_BYTES;
        Ok(seq)
    }

    /// Signs the head if a signature is due, and makes the batch durable.
    pub fn commit(mut self, scribe: &Scribe, now: i64) -> Result<()> {
        if self.head.seq != self.began_at {
            self.sign_if_due(scribe, now)?;
        }
        self.write_head()?;
        self.transaction.commit()
    }

    fn write_head(&self) -> Result<()> {
        let head = &self.head;
        self.transaction
            .prepare_cached(
                "UPDATE head SET seq = ?, hash = ?, bytes = ?, base_seq = ?, base_hash = ?",
            )?
            .execute(params![
                head.seq,
                head.hash,
                head.bytes,
                head.base_seq,
                head.base_hash
            ])?;
        Ok(())
    }

    fn sign_if_due(&mut self, scribe: &Scribe, now: i64) -> Result<()> {
        let last: Option<(u64, i64)> = self
            .transaction
            .prepare_cached("SELECT seq, at FROM signed_heads ORDER BY seq DESC LIMIT 1")?
            .query_row([], |row| Ok((row.get(0)?, row.get(1)?)))
            .optional()?;
        let is_due = last.is_none_or(|(seq, at)| {
            self.head.seq - seq >= limits::JOURNAL_SIGNED_EVERY_ENTRIES
                || now - at >= limits::JOURNAL_SIGNED_EVERY_SECONDS * 1_000
        });
        if is_due {
            self.sign(scribe, now)?;
        }
        Ok(())
    }

    /// Signs the current head; an entry first introduces a key that has not signed before.
    pub fn sign(&mut self, scribe: &Scribe, now: i64) -> Result<()> {
        let public_key = scribe.signer.public_key();
        let is_new = self
            .transaction
            .prepare_cached("INSERT OR IGNORE INTO signing_keys VALUES (?)")?
            .execute([public_key])?;
        if is_new > 0 {
            let entry = OwnEntry::Key {
                at: chain::timestamp(now),
                public_key: hex(public_key),
            };
            self.append(&entry.to_bytes())?;
        }
        let head = &self.head;
        let message = chain::signed_bytes(head.seq, &head.hash, head.bytes, now);
        self.transaction
            .prepare_cached("INSERT OR REPLACE INTO signed_heads VALUES (?, ?, ?, ?, ?, ?)")?
            .execute(params![
                head.seq,
                head.hash,
                head.bytes,
                now,
                public_key,
                scribe.signer.sign(&message)
            ])?;
        Ok(())
    }

    /// Makes one change completely, or refuses it completely.
    pub fn apply(&mut self, change: &Change) -> Result<Applied> {
        match change {
            Change::Begin {
                opening,
                number,
                what,
                entry,
                at,
            } => {
                if !self.is_open(opening.call)?
                    && let Err(refused) = self.open(opening, *at)?
                {
                    return Ok(Err(refused));
                }
                self.transaction
                    .prepare_cached("INSERT OR REPLACE INTO writes VALUES (?, ?, ?, 0)")?
                    .execute(params![opening.call.as_bytes(), number, what])?;
                self.append(entry)?;
            }
            Change::End {
                call,
                number,
                is_known,
                entry,
            } => {
                self.transaction
                    .prepare_cached("UPDATE writes SET is_ended = ? WHERE call = ? AND number = ?")?
                    .execute(params![is_known, call.as_bytes(), number])?;
                self.append(entry)?;
            }
            Change::Settle { .. } => return self.settle(change),
            Change::Delivered { identical, call } => self.let_go(identical, *call)?,
            Change::Undelivered { identical, call } => {
                self.transaction
                    .prepare_cached(
                        "UPDATE kept SET pending = NULL WHERE identical = ? AND call = ?",
                    )?
                    .execute(params![identical, call.as_bytes()])?;
            }
            Change::HandedOver {
                identical,
                call,
                entry,
            } => {
                self.let_go(identical, *call)?;
                self.append(entry)?;
            }
            Change::Note { entry } => {
                self.append(entry)?;
            }
            Change::UseUp { nonce, at } => self.use_up(*nonce, *at)?,
            other => return private::apply(&self.transaction, other),
        }
        Ok(Ok(()))
    }

    fn is_open(&self, call: Uuid) -> Result<bool> {
        self.transaction
            .prepare_cached("SELECT 1 FROM calls WHERE call = ?")?
            .exists([call.as_bytes()])
    }

    /// Writes the intent, its nonce and its key; all are checked before anything is written.
    fn open(&mut self, opening: &Opening, at: i64) -> Result<Applied> {
        if let Some(nonce) = opening.nonce
            && read::is_used(&self.transaction, nonce)?
        {
            return Ok(Err(Refused::NonceUsed));
        }
        if let Some(key) = &opening.key
            && self.is_key_taken(key, at)?
        {
            return Ok(Err(Refused::KeyTaken));
        }
        let seq = self.intend(opening, at)?;
        if let Some(key) = &opening.key {
            self.write_key(key, opening, None, at)?;
        }
        self.transaction
            .prepare_cached("INSERT INTO calls VALUES (?, ?, ?, ?, ?, ?, ?)")?
            .execute(params![
                opening.call.as_bytes(),
                opening.process.as_bytes(),
                opening.identical,
                opening.key,
                opening.keeps_outcome,
                seq,
                at
            ])?;
        Ok(Ok(()))
    }

    /// Writes the part of an intent that is the same with or without writes to Webex: who, what,
    /// and the nonce.
    fn intend(&mut self, opening: &Opening, at: i64) -> Result<u64> {
        if let Some(nonce) = opening.nonce {
            self.use_up(nonce, at)?;
        }
        if let Some(person) = &opening.person {
            self.transaction
                .prepare_cached(
                    "INSERT INTO people VALUES (?, ?, ?) ON CONFLICT DO UPDATE \
                     SET name = excluded.name WHERE name <> excluded.name",
                )?
                .execute(params![person.tenant, person.principal, person.name])?;
        }
        self.append(&opening.entry)
    }

    fn use_up(&self, nonce: Uuid, at: i64) -> Result<()> {
        self.transaction
            .prepare_cached("INSERT OR IGNORE INTO nonces VALUES (?, ?)")?
            .execute(params![
                nonce.as_bytes(),
                at + limits::JOURNAL_NONCE_SECONDS * 1_000
            ])
            .map(drop)
    }

    fn is_key_taken(&self, key: &[u8], now: i64) -> Result<bool> {
        self.transaction
            .prepare_cached("SELECT 1 FROM keys WHERE key = ? AND (is_open OR expires > ?)")?
            .exists(params![key, now])
    }

    /// Claims a key where `outcome` is `None`; otherwise stores the outcome under the key.
    fn write_key(
        &mut self,
        key: &[u8],
        opening: &Opening,
        outcome: Option<&Outcome>,
        at: i64,
    ) -> Result<()> {
        let nothing = Outcome::default();
        let stored = outcome.unwrap_or(&nothing);
        self.transaction
            .prepare_cached("INSERT OR REPLACE INTO keys VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)")?
            .execute(params![
                key,
                opening.call.as_bytes(),
                opening.arguments,
                at,
                at + limits::JOURNAL_KEY_SECONDS * 1_000,
                outcome.is_none(),
                stored.is_unknown,
                stored.code,
                read::to_text(&stored.ids),
                read::to_text(&stored.began),
                stored.answer
            ])?;
        Ok(())
    }

    fn settle(&mut self, change: &Change) -> Result<Applied> {
        let Change::Settle {
            call,
            opening,
            entry,
            outcome,
            at,
            frees_key,
            keep,
        } = change
        else {
            return Ok(Err(Refused::Absent));
        };
        let row: Option<([u8; 32], Option<[u8; 32]>)> = self
            .transaction
            .prepare_cached("SELECT identical, key FROM calls WHERE call = ?")?
            .query_row([call.as_bytes()], |row| Ok((row.get(0)?, row.get(1)?)))
            .optional()?;
        match (row, opening) {
            (Some((identical, key)), _) => {
                match key {
                    Some(key) if *frees_key => self.free_key(&key, *call)?,
                    Some(key) => self.settle_key(&key, *call, outcome, *at)?,
                    None => {}
                }
                if let Some(keep) = keep {
                    self.keep(&identical, *call, outcome, *at, *keep)?;
                }
                for table in ["calls", "writes"] {
                    self.transaction
                        .prepare_cached(&format!("DELETE FROM {table} WHERE call = ?"))?
                        .execute([call.as_bytes()])?;
                }
            }
            (None, Some(opening)) => {
                self.intend(opening, *at)?;
                // Nothing was begun: without an answer to repeat, the key stays free.
                if let Some(key) = &opening.key
                    && outcome.answer.is_some()
                    && !self.is_key_taken(key, *at)?
                {
                    self.write_key(key, opening, Some(outcome), *at)?;
                }
            }
            (None, None) => return Ok(Err(Refused::Absent)),
        }
        self.append(entry)?;
        Ok(Ok(()))
    }

    fn free_key(&self, key: &[u8], call: Uuid) -> Result<()> {
        self.transaction
            .prepare_cached("DELETE FROM keys WHERE key = ? AND call = ?")?
            .execute(params![key, call.as_bytes()])?;
        Ok(())
    }

    fn settle_key(&self, key: &[u8], call: Uuid, outcome: &Outcome, at: i64) -> Result<()> {
        self.transaction
            .prepare_cached(
                "UPDATE keys SET is_open = 0, at = :at, is_unknown = :is_unknown, code = :code, \
                 ids = :ids, began = :began, answer = :answer WHERE key = :key AND call = :call",
            )?
            .execute(named! {
                ":at": at,
                ":is_unknown": outcome.is_unknown,
                ":code": outcome.code,
                ":ids": read::to_text(&outcome.ids),
                ":began": read::to_text(&outcome.began),
                ":answer": outcome.answer,
                ":key": key,
                ":call": call.as_bytes(),
            })?;
        Ok(())
    }

    fn keep(
        &self,
        identical: &[u8],
        call: Uuid,
        outcome: &Outcome,
        at: i64,
        keep: Keep,
    ) -> Result<()> {
        self.transaction
            .prepare_cached("INSERT OR REPLACE INTO kept VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)")?
            .execute(params![
                identical,
                call.as_bytes(),
                keep.pending.map(Uuid::into_bytes),
                at,
                keep.until,
                outcome.is_unknown,
                outcome.code,
                read::to_text(&outcome.ids),
                read::to_text(&outcome.began),
                outcome.answer
            ])?;
        Ok(())
    }

    fn let_go(&self, identical: &[u8], call: Uuid) -> Result<()> {
        self.transaction
            .prepare_cached("DELETE FROM kept WHERE identical = ? AND call = ?")?
            .execute(params![identical, call.as_bytes()])?;
        Ok(())
    }
}

/// The result of one change.
pub type Applied = std::result::Result<(), Refused>;
