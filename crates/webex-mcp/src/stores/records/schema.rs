//! The tables, and the migrations that create them. Migrations only go forward.

use rusqlite::{Connection, TransactionBehavior};

/// The changes of each version. A released one never changes; a new one goes at the end.
const MIGRATIONS: [&str; 4] = [FIRST, DUE_RECORDS, INBOX, VAULT_KEYS];

/// The version of the tables that this program writes.
pub const VERSION: u32 = MIGRATIONS.len() as u32;

/// Marks the file as ours ("webx"), so that a foreign database is not written to.
pub const APPLICATION: u32 = 0x7765_6278;

/// Few calls are open at a time, so their tables have no index besides the key: a commit then
/// writes fewer pages.
const FIRST: &str = "
CREATE TABLE entries (seq INTEGER PRIMARY KEY, body BLOB NOT NULL, hash BLOB NOT NULL) STRICT;
CREATE TABLE head (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    seq INTEGER NOT NULL, hash BLOB NOT NULL, bytes INTEGER NOT NULL,
    base_seq INTEGER NOT NULL, base_hash BLOB NOT NULL
) STRICT;
INSERT INTO head VALUES (1, 0, zeroblob(32), 0, 0, zeroblob(32));
CREATE TABLE signed_heads (
    seq INTEGER PRIMARY KEY, hash BLOB NOT NULL, bytes INTEGER NOT NULL, at INTEGER NOT NULL,
    public_key BLOB NOT NULL, signature BLOB NOT NULL
) STRICT;
CREATE TABLE signing_keys (public_key BLOB PRIMARY KEY) STRICT, WITHOUT ROWID;
CREATE TABLE calls (
    call BLOB PRIMARY KEY, process BLOB NOT NULL, identical BLOB NOT NULL, key BLOB,
    keeps_outcome INTEGER NOT NULL, seq INTEGER NOT NULL, at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE writes (
    call BLOB NOT NULL, number INTEGER NOT NULL, what TEXT NOT NULL, is_ended INTEGER NOT NULL,
    PRIMARY KEY (call, number)
) STRICT, WITHOUT ROWID;
CREATE TABLE nonces (nonce BLOB PRIMARY KEY, expires INTEGER NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE keys (
    key BLOB PRIMARY KEY, call BLOB NOT NULL, arguments BLOB NOT NULL, at INTEGER NOT NULL,
    expires INTEGER NOT NULL, is_open INTEGER NOT NULL, is_unknown INTEGER NOT NULL,
    code TEXT NOT NULL, ids TEXT NOT NULL, began TEXT NOT NULL, answer BLOB
) STRICT;
CREATE TABLE kept (
    identical BLOB NOT NULL, call BLOB NOT NULL, pending BLOB, at INTEGER NOT NULL,
    expires INTEGER NOT NULL, is_unknown INTEGER NOT NULL, code TEXT NOT NULL, ids TEXT NOT NULL,
    began TEXT NOT NULL, answer BLOB, PRIMARY KEY (identical, call)
) STRICT;
CREATE TABLE private (
    tenant TEXT NOT NULL, kind TEXT NOT NULL, id TEXT NOT NULL, version INTEGER NOT NULL,
    sealed BLOB NOT NULL, PRIMARY KEY (tenant, kind, id)
) STRICT;
CREATE TABLE leases (name TEXT PRIMARY KEY, holder BLOB NOT NULL, expires INTEGER NOT NULL) STRICT;
CREATE TABLE people (
    tenant TEXT NOT NULL, principal TEXT NOT NULL, name TEXT NOT NULL,
    PRIMARY KEY (tenant, principal)
) STRICT, WITHOUT ROWID;
";

/// Private records that somebody has to see to at a time, in the order of these times.
const DUE_RECORDS: &str = "
ALTER TABLE private ADD COLUMN due INTEGER;
CREATE INDEX private_due ON private (kind, due) WHERE due IS NOT NULL;
";

/// Deliveries of webhooks. `seq` grows in the order of commits and is never used again, so that a
/// reader who remembers it misses nothing; `number` counts within one webhook.
const INBOX: &str = "
CREATE TABLE inbox (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, hook TEXT NOT NULL, number INTEGER NOT NULL, key BLOB,
    topic BLOB, at INTEGER NOT NULL, expires INTEGER NOT NULL, sealed BLOB NOT NULL
) STRICT;
CREATE UNIQUE INDEX inbox_number ON inbox (hook, number);
CREATE UNIQUE INDEX inbox_key ON inbox (hook, key) WHERE key IS NOT NULL;
CREATE INDEX inbox_topic ON inbox (hook, topic) WHERE topic IS NOT NULL;
CREATE INDEX inbox_expires ON inbox (expires);
";

/// The keys of the vault, sealed under the deployment's secret. `number` grows with each new one.
const VAULT_KEYS: &str = "
CREATE TABLE vault_keys (
    id BLOB PRIMARY KEY, number INTEGER NOT NULL, made_at INTEGER NOT NULL, sealed BLOB NOT NULL
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX vault_keys_number ON vault_keys (number);
";

/// Migrates the tables to [`VERSION`] and returns the version that was found. A version beyond
/// [`VERSION`] is left unchanged, and the database must not be used.
pub fn migrate(database: &mut Connection) -> rusqlite::Result<u32> {
    let transaction = database.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let found = version(&transaction)?;
    let missing = MIGRATIONS.get(found as usize..).unwrap_or_default();
    for migration in missing {
        transaction.execute_batch(migration)?;
    }
    if !missing.is_empty() {
        transaction.pragma_update(None, "user_version", VERSION)?;
        transaction.pragma_update(None, "application_id", APPLICATION)?;
    }
    transaction.commit()?;
    Ok(found)
}

/// The version of the tables, according to the database and its log.
pub fn version(database: &Connection) -> rusqlite::Result<u32> {
    database.query_row("PRAGMA user_version", [], |row| row.get(0))
}
