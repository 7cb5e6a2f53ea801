//! The secret of a deployment: configured, printed by a program, or made once and stored in the data
//! directory.

mod command;

use std::fs;
use std::io::{Read as _, Write as _};
use std::path::Path;

use aws_lc_rs::rand;
use secrecy::ExposeSecret as _;
use zeroize::Zeroizing;

pub use self::command::Fault;
use crate::config::Secrets;
use crate::config::secrets::{KeyCommand, parse_key};
use crate::folders::create_private;
use crate::seal::{Secret, hex};

const FILE_NAME: &str = "secret.key";
/// What is stored encrypted in the data directory: it is lost without the secret.
const ENCRYPTED: [&str; 2] = [RECORDS, "login.sealed"];
const RECORDS: &str = "records.db";
/// What every database of SQLite begins with; one that is being made may be empty.
const SQLITE_HEAD: &[u8] = b"SQLite format 3\0";

/// The origin of the key; only the last one needs a warning.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// Configured, or read from the data directory, or just made there.
    Kept,
    /// Nothing could be written: the key lives as long as this process.
    Ephemeral,
}

/// The secrets of a deployment.
#[derive(Debug)]
pub struct Deployment {
    pub secret: Secret,
    pub source: Source,
    /// The one before, while the secret is being changed.
    pub previous: Option<Secret>,
}

/// There is no key, or it cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    #[error(
        "secret.key in the data directory does not hold a key; restore it from your backup. If there is none, \
         move everything away that is in the data directory, and a new key is made."
    )]
    Damaged,
    #[error(
        "the secret is missing under which {0} in the data directory was encrypted: there is no secret.key beside \
         it, and no key is set. Restore secret.key from your backup, or set the key as before \
         (WEBEX_MCP_SECRET_KEY, or secret.key_file or key_command). Nothing was changed. Without the key, what is \
         in there cannot be read any more: to begin anew, move it away or use another --data-dir."
    )]
    Lost(&'static str),
    #[error(
        "records.db in the data directory is not a database of webex-mcp; restore it from your backup, or move it \
         away, or use another --data-dir."
    )]
    NoRecords,
    #[error("secret.key in the data directory cannot be read ({0}); give this user access to it.")]
    Unreadable(std::io::ErrorKind),
    #[error("the operating system gives no random bytes.")]
    NoRandomness,
    #[error("{setting}: {fault}.")]
    Command { setting: &'static str, fault: Fault },
}

/// The secrets as they are configured; where none is, the key in `directory`. Blocks while a program
/// prints a key.
///
/// # Errors
/// [`KeyError`], which says what to do; nothing was changed then.
pub fn deployment(secrets: &Secrets, directory: Option<&Path>) -> Result<Deployment, KeyError> {
    let (secret, source) = match set(secrets)? {
        Some(secret) => (secret, Source::Kept),
        None => obtain(directory)?,
    };
    Ok(Deployment {
        secret,
        source,
        previous: previous(secrets)?,
    })
}

/// Checks that [`deployment`] has the secrets, or can make one; nothing is made.
///
/// # Errors
/// [`KeyError`], which says what to do.
pub fn check(secrets: &Secrets, directory: Option<&Path>) -> Result<(), KeyError> {
    if set(secrets)?.is_none()
        && let Some(directory) = directory
    {
        let encrypted = encrypted(directory);
        if let (None, Some(encrypted)) = (read(&directory.join(FILE_NAME))?, encrypted) {
            return Err(lost(directory, encrypted));
        }
    }
    previous(secrets).map(drop)
}

/// Like [`deployment`], for a directory in which something is encrypted; `None` for any other, and
/// nothing is made.
///
/// # Errors
/// [`KeyError`], which says what to do.
pub fn existing(secrets: &Secrets, directory: &Path) -> Result<Option<Deployment>, KeyError> {
    match encrypted(directory) {
        Some(_) => deployment(secrets, Some(directory)).map(Some),
        None => Ok(None),
    }
}

/// The secrets that are known, to check what was signed with them; nothing is made.
///
/// # Errors
/// [`KeyError`], which says what to do.
pub fn known(secrets: &Secrets, directory: &Path) -> Result<Vec<Secret>, KeyError> {
    let current = match set(secrets)? {
        Some(secret) => Some(secret),
        None => read(&directory.join(FILE_NAME))?,
    };
    Ok(current.into_iter().chain(previous(secrets)?).collect())
}

fn set(secrets: &Secrets) -> Result<Option<Secret>, KeyError> {
    given(
        secrets.key.as_ref().map(|(key, _)| key),
        secrets.key_command.as_ref(),
    )
}

fn previous(secrets: &Secrets) -> Result<Option<Secret>, KeyError> {
    let key = secrets.previous_key.as_ref().map(|(key, _)| key);
    given(key, secrets.previous_key_command.as_ref())
}

fn given(key: Option<&Secret>, command: Option<&KeyCommand>) -> Result<Option<Secret>, KeyError> {
    match key {
        Some(key) => Ok(Some(secret(key.expose_secret()))),
        None => command.map(command::printed).transpose(),
    }
}

/// The key in `directory`, which is made at the first start; an ephemeral one if nothing can be
/// written.
///
/// # Errors
/// A key that exists but cannot be used is never replaced silently, and one that is missing is not made
/// anew where something is encrypted: that would be lost.
pub fn obtain(directory: Option<&Path>) -> Result<(Secret, Source), KeyError> {
    let Some(directory) = directory else {
        return Ok((secret(&*random()?), Source::Ephemeral));
    };
    let path = directory.join(FILE_NAME);
    // Looked at before the key: another process that starts now makes the key first.
    let encrypted = encrypted(directory);
    if let Some(kept) = read(&path)? {
        return Ok((kept, Source::Kept));
    }
    if let Some(encrypted) = encrypted {
        return Err(lost(directory, encrypted));
    }
    let made = random()?;
    if write(directory, &path, &made).is_ok() {
        return Ok((secret(&made), Source::Kept));
    }
    // Another process may have made a key at the same moment: that one is used.
    match read(&path)? {
        Some(kept) => Ok((kept, Source::Kept)),
        None => Ok((secret(&made), Source::Ephemeral)),
    }
}

/// What is there that the key encrypted.
fn encrypted(directory: &Path) -> Option<&'static str> {
    let mut names = ENCRYPTED.into_iter();
    names.find(|name| directory.join(name).exists())
}

/// Why what is encrypted there cannot be opened without a key: a file of records may be none.
fn lost(directory: &Path, encrypted: &'static str) -> KeyError {
    let is_database = || {
        let file = fs::File::open(directory.join(RECORDS));
        let mut head = [0; SQLITE_HEAD.len()];
        // A file that cannot be read may be one.
        file.and_then(|mut file| file.read(&mut head))
            .map_or(true, |read| {
                head.starts_with(SQLITE_HEAD.get(..read).unwrap_or_default())
            })
    };
    match encrypted == RECORDS && !is_database() {
        true => KeyError::NoRecords,
        false => KeyError::Lost(encrypted),
    }
}

fn read(path: &Path) -> Result<Option<Secret>, KeyError> {
    match fs::read_to_string(path).map(Zeroizing::new) {
        Ok(text) => parse_key(&text).map(Some).ok_or(KeyError::Damaged),
        Err(error) => match error.kind() {
            std::io::ErrorKind::NotFound => Ok(None),
            // There is no such directory, or this process may not read it: it counts as having no
            // key.
            std::io::ErrorKind::NotADirectory => Ok(None),
            kind => Err(KeyError::Unreadable(kind)),
        },
    }
}

/// Writes the file completely or not at all, readable by this user only, and never over an existing
/// key.
fn write(directory: &Path, path: &Path, key: &[u8; 32]) -> std::io::Result<()> {
    create_private(directory)?;
    let mut file = tempfile::NamedTempFile::new_in(directory)?;
    file.write_all(Zeroizing::new(hex(key)).as_bytes())?;
    file.write_all(b"\n")?;
    file.as_file().sync_all()?;
    file.persist_noclobber(path)?;
    Ok(())
}

fn random() -> Result<Zeroizing<[u8; 32]>, KeyError> {
    let mut bytes = Zeroizing::new([0; 32]);
    rand::fill(bytes.as_mut_slice()).map_err(|_| KeyError::NoRandomness)?;
    Ok(bytes)
}

fn secret(bytes: &[u8; 32]) -> Secret {
    Secret::new(Box::new(*bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_made_once_and_kept() {
        let directory = tempfile::tempdir().unwrap();
        let data = directory.path().join("made").join("here");
        let (first, source) = obtain(Some(&data)).unwrap();
        assert_eq!(source, Source::Kept);
        let (second, _) = obtain(Some(&data)).unwrap();
        assert_eq!(first.expose_secret(), second.expose_secret());
        assert_eq!(fs::read_dir(&data).unwrap().count(), 1);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            for (made, expected) in [(data.join(FILE_NAME), 0o600), (data, 0o700)] {
                let found = fs::metadata(&made).unwrap();
                assert_eq!(found.permissions().mode() & 0o777, expected);
            }
        }
    }

    #[test]
    fn where_nothing_can_be_written_it_is_ephemeral() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let below_a_file = file.path().join("data");
        for place in [None, Some(below_a_file.as_path())] {
            let (one, source) = obtain(place).unwrap();
            let (two, _) = obtain(place).unwrap();
            assert_eq!(source, Source::Ephemeral);
            assert_ne!(one.expose_secret(), two.expose_secret());
        }
    }

    #[test]
    fn a_lost_key_is_not_made_anew_where_something_is_encrypted() {
        for name in ENCRYPTED {
            let directory = tempfile::tempdir().unwrap();
            fs::write(directory.path().join(name), SQLITE_HEAD).unwrap();
            let refused = obtain(Some(directory.path())).unwrap_err().to_string();
            assert!(
                refused.contains(name) && refused.contains("backup"),
                "{refused}"
            );
            assert!(!directory.path().join(FILE_NAME).exists());
        }
    }

    #[test]
    fn records_that_are_no_database_are_told_as_that() {
        let directory = tempfile::tempdir().unwrap();
        fs::write(directory.path().join(RECORDS), "garbage").unwrap();
        let refused = obtain(Some(directory.path())).unwrap_err();
        assert!(matches!(refused, KeyError::NoRecords), "{refused}");
        let checked = check(&Secrets::default(), Some(directory.path()));
        assert!(matches!(checked, Err(KeyError::NoRecords)));
        assert!(!directory.path().join(FILE_NAME).exists());
    }

    #[test]
    fn a_damaged_key_is_not_replaced() {
        let directory = tempfile::tempdir().unwrap();
        fs::write(directory.path().join(FILE_NAME), "not a key").unwrap();
        assert!(matches!(
            obtain(Some(directory.path())),
            Err(KeyError::Damaged)
        ));
    }
}
