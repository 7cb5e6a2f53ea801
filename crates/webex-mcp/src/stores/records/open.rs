//! Opens a database file. It is inspected first; a file that does not fit is refused and not
//! changed.

use std::fs::{self, File};
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::{Connection, ErrorCode, OpenFlags};

use super::schema;
use crate::folders::{cause, create_private};
use crate::limits;
use crate::seal::CryptographyFailed;

/// The database's name in the data directory.
pub const FILE_NAME: &str = "records.db";
/// The directory in which the processes that share the database hold their locks.
pub const PROCESSES: &str = "processes";

/// The header of a database file: its mark, then at fixed offsets the version of its tables and its
/// owner.
const HEADER_BYTES: usize = 100;
const MARK: &[u8] = b"SQLite format 3\0";
const VERSION_AT: usize = 60;
const APPLICATION_AT: usize = 68;

/// Prepared statements that a connection caches: enough for all statements of this module.
const PREPARED: usize = 64;

/// Why the records could not be opened; nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    #[error(
        "records.db in the data directory was written by a newer version of webex-mcp (its tables have version \
         {found}, this program knows {known}); start that version, or use another --data-dir"
    )]
    Newer { found: u32, known: u32 },
    #[error(
        "records.db in the data directory is not a database of webex-mcp; move it away, or use another --data-dir"
    )]
    Foreign,
    #[error(
        "the data directory is on a network file system, where locks cannot be trusted; \
         use a --data-dir on a disk of this machine"
    )]
    Network,
    /// The directory is not writable; a journal in memory may be used instead.
    #[error(
        "the data directory cannot be written ({}); give this user access to it, or use another --data-dir",
        cause(*.0)
    )]
    NotWritable(io::ErrorKind),
    #[error("records.db in the data directory cannot be opened ({0})")]
    Unreadable(String),
    #[error(
        "records.db in the data directory was written under another secret than the one that is set or that is in \
         secret.key; nothing was changed. Set the secret of before, as WEBEX_MCP_SECRET_KEY or in secret.key; if \
         you are changing it, set it as WEBEX_MCP_SECRET_PREVIOUS_KEY. If it is lost, move records.db away, or use \
         another --data-dir: people sign in again then, and the journal begins anew"
    )]
    OtherSecret,
    #[error(transparent)]
    Cryptography(#[from] CryptographyFailed),
}

/// Opens the database of a data directory for writing and migrates its tables to the current
/// version.
///
/// # Errors
/// [`OpenError`]; a newer or foreign database is not touched.
pub fn on_disk(directory: &Path) -> Result<Connection, OpenError> {
    if let Err(error) = create_private(directory) {
        return Err(OpenError::NotWritable(error.kind()));
    }
    refuse_network(directory)?;
    let path = inspected(directory)?;
    // SQLite opens a file that it cannot write as read-only, and reports it too late.
    tempfile::tempfile_in(directory).map_err(|error| OpenError::NotWritable(error.kind()))?;
    make_private(&path)?;
    let mut attempts = 0;
    loop {
        match prepare(&path) {
            Ok((database, found)) => return known(database, found),
            // Another process is starting at the same moment.
            Err(error) if is_busy(&error) && attempts < limits::RECORDS_OPEN_ATTEMPTS => {
                attempts += 1;
                std::thread::sleep(Duration::from_millis(limits::RECORDS_OPEN_PAUSE_MILLIS));
            }
            Err(error) => return Err(unopened(&error)),
        }
    }
}

/// Opens a database for reading that this process does not have open.
pub fn beside(directory: &Path) -> Result<Connection, OpenError> {
    inspected(directory)?;
    for_reading(directory)
}

/// Where the database of a directory is.
pub fn file(directory: &Path) -> PathBuf {
    directory.join(FILE_NAME)
}

/// A second, read-only connection of this process. The file is not inspected again: closing any
/// handle to it would release SQLite's locks in this process.
pub fn for_reading(directory: &Path) -> Result<Connection, OpenError> {
    let path = directory.join(FILE_NAME);
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let open = || {
        let database = Connection::open_with_flags(&path, flags)?;
        database.set_prepared_statement_cache_capacity(PREPARED);
        database.busy_timeout(busy_timeout())?;
        // Reads from the file, so that a damaged one is reported here.
        database.query_row("SELECT seq FROM head", [], |_| Ok(()))?;
        let found = schema::version(&database)?;
        Ok((database, found))
    };
    let (database, found) = open().map_err(|error| unopened(&error))?;
    known(database, found)
}

/// A database that ends with this process.
pub fn in_memory() -> Result<Connection, OpenError> {
    let open = || {
        let mut database = Connection::open_in_memory()?;
        database.set_prepared_statement_cache_capacity(PREPARED);
        schema::migrate(&mut database)?;
        Ok(database)
    };
    open().map_err(|error| unopened(&error))
}

/// The database, and the version that its tables had before.
fn prepare(path: &Path) -> rusqlite::Result<(Connection, u32)> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE
        | OpenFlags::SQLITE_OPEN_CREATE
        | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let mut database = Connection::open_with_flags(path, flags)?;
    database.busy_timeout(busy_timeout())?;
    database.set_prepared_statement_cache_capacity(PREPARED);
    database.pragma_update(None, "journal_mode", "WAL")?;
    database.pragma_update(None, "synchronous", "FULL")?;
    // What is deleted is overwritten, also on pages that become free.
    database.pragma_update(None, "secure_delete", "ON")?;
    // The writer runs checkpoints between batches, when nobody waits.
    database.pragma_update(None, "wal_autocheckpoint", 0)?;
    database.pragma_update(None, "journal_size_limit", limits::RECORDS_LOG_KEPT_BYTES)?;
    let found = schema::migrate(&mut database)?;
    if found < schema::VERSION {
        // So that the file itself has the version; see `inspected`.
        database.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))?;
    }
    Ok((database, found))
}

/// The header has only what was moved from the log; the database itself knows the rest.
fn known(database: Connection, found: u32) -> Result<Connection, OpenError> {
    match found > schema::VERSION {
        true => Err(newer(found)),
        false => Ok(database),
    }
}

fn newer(found: u32) -> OpenError {
    OpenError::Newer {
        found,
        known: schema::VERSION,
    }
}

/// The path, if this program may open the file there. Even opening it would write files beside it.
fn inspected(directory: &Path) -> Result<PathBuf, OpenError> {
    let path = directory.join(FILE_NAME);
    let mut header = Vec::with_capacity(HEADER_BYTES);
    match File::open(&path) {
        Ok(file) => file
            .take(HEADER_BYTES as u64)
            .read_to_end(&mut header)
            .map_err(|error| OpenError::Unreadable(error.kind().to_string()))?,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(path),
        Err(error) => return Err(OpenError::Unreadable(error.kind().to_string())),
    };
    if header.is_empty() {
        return Ok(path);
    }
    if header.len() < HEADER_BYTES || !header.starts_with(MARK) {
        return Err(OpenError::Foreign);
    }
    let number = |at: usize| {
        let bytes = header.get(at..at + 4).and_then(|four| four.try_into().ok());
        bytes.map_or(0, u32::from_be_bytes)
    };
    match (number(APPLICATION_AT), number(VERSION_AT)) {
        // It was created a moment ago: its tables are still in the log beside it.
        (0, 0) => Ok(path),
        (schema::APPLICATION, found) if found > schema::VERSION => Err(newer(found)),
        (schema::APPLICATION, _) => Ok(path),
        _ => Err(OpenError::Foreign),
    }
}

/// Creates the file before SQLite would, readable by this user only; the files that SQLite puts
/// beside it get the same rights.
fn make_private(path: &Path) -> Result<(), OpenError> {
    let mut options = fs::OpenOptions::new();
    options.write(true).create(true).truncate(false);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.mode(0o600);
    }
    options
        .open(path)
        .map(drop)
        .map_err(|error| OpenError::NotWritable(error.kind()))
}

#[cfg(target_os = "linux")]
fn refuse_network(directory: &Path) -> Result<(), OpenError> {
    /// NFS, SMB in its three spellings, AFS, Ceph, 9P.
    const NETWORK: [u64; 7] = [
        0x6969,
        0x517B,
        0xFE53_4D42,
        0xFF53_4D42,
        0x5346_414F,
        0x00C3_6400,
        0x0102_1997,
    ];
    match rustix::fs::statfs(directory) {
        // The magic number has 32 bits, whatever the platform's type for it.
        Ok(found) if NETWORK.contains(&(found.f_type as u64 & 0xFFFF_FFFF)) => {
            Err(OpenError::Network)
        }
        _ => Ok(()),
    }
}

#[cfg(not(target_os = "linux"))]
fn refuse_network(_directory: &Path) -> Result<(), OpenError> {
    Ok(())
}

/// How long this connection waits for another one.
pub fn busy_timeout() -> Duration {
    Duration::from_millis(limits::RECORDS_BUSY_MILLIS)
}

fn is_busy(error: &rusqlite::Error) -> bool {
    matches!(
        error.sqlite_error_code(),
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked)
    )
}

pub fn unopened(error: &rusqlite::Error) -> OpenError {
    match error.sqlite_error_code() {
        Some(ErrorCode::ReadOnly | ErrorCode::PermissionDenied) => {
            OpenError::NotWritable(io::ErrorKind::PermissionDenied)
        }
        Some(ErrorCode::DiskFull) => OpenError::NotWritable(io::ErrorKind::StorageFull),
        Some(ErrorCode::NotADatabase) => OpenError::Foreign,
        code => OpenError::Unreadable(format!("{code:?}")),
    }
}
