//! The secret of a deployment: configured, or made once and stored in the data directory.

use std::fs;
use std::io::Write as _;
use std::path::Path;

use aws_lc_rs::rand;
use zeroize::Zeroizing;

use crate::config::secrets::parse_key;
use crate::seal::{Secret, hex};

const FILE_NAME: &str = "secret.key";

/// The origin of the key; only the last one needs a warning.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// Read from the data directory, or just made there.
    Kept,
    /// Nothing could be written: the key lives as long as this process.
    Ephemeral,
}

/// The key file exists but cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    #[error(
        "secret.key in the data directory does not hold a key; delete it to have a new one made."
    )]
    Damaged,
    #[error("secret.key in the data directory cannot be read ({0}); give this user access to it.")]
    Unreadable(std::io::ErrorKind),
    #[error("the operating system gives no random bytes.")]
    NoRandomness,
}

/// The key in `directory`, which is made at the first start; an ephemeral one if nothing can be
/// written.
///
/// # Errors
/// A key that exists but cannot be used is never replaced silently: everything sealed with it would
/// be lost.
pub fn obtain(directory: Option<&Path>) -> Result<(Secret, Source), KeyError> {
    let Some(directory) = directory else {
        return Ok((secret(&*random()?), Source::Ephemeral));
    };
    let path = directory.join(FILE_NAME);
    if let Some(kept) = read(&path)? {
        return Ok((kept, Source::Kept));
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

/// The key in `directory`, if there is one; nothing is written.
///
/// # Errors
/// A key that exists but cannot be used.
pub fn kept(directory: &Path) -> Result<Option<Secret>, KeyError> {
    read(&directory.join(FILE_NAME))
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
    fs::create_dir_all(directory)?;
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
    use secrecy::ExposeSecret as _;

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
            let mode = fs::metadata(data.join(FILE_NAME))
                .unwrap()
                .permissions()
                .mode();
            assert_eq!(mode & 0o777, 0o600);
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
    fn a_damaged_key_is_not_replaced() {
        let directory = tempfile::tempdir().unwrap();
        fs::write(directory.path().join(FILE_NAME), "not a key").unwrap();
        assert!(matches!(
            obtain(Some(directory.path())),
            Err(KeyError::Damaged)
        ));
    }
}
