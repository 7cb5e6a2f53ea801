//! Where a sign-in is kept: in the keyring, or in an encrypted file of the data directory. All of
//! this blocks.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};

use uuid::Uuid;
use zeroize::Zeroizing;

use super::keyring::{Keyring, Refused};
use crate::limits;
use crate::seal::RecordKeys;

/// The encrypted file.
const FILE_NAME: &str = "login.sealed";
/// Names the entry of the keyring, and says by being there that the sign-in is in the keyring. So
/// each data directory has an entry of its own, and nobody asks the keyring without a reason.
const MARK_NAME: &str = "login.keyring";
/// Whoever has it locked may renew or replace the sign-in.
const LOCK_NAME: &str = "login.lock";
/// What the file is bound to.
const BOUND: &[u8] = b"login";

/// Where the sign-in is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    Keyring,
    File,
}

/// What is kept, and where.
pub type Loaded = (Zeroizing<Vec<u8>>, Place);

/// Why it could not be read or written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unkept {
    /// The file was sealed with another key, or was changed.
    Foreign,
    /// The keyring is locked, or not there any more.
    Keyring,
    /// The directory cannot be read or written.
    Disk(io::ErrorKind),
    /// The keyring or the disk does not answer.
    Slow,
}

impl From<io::Error> for Unkept {
    fn from(error: io::Error) -> Self {
        Unkept::Disk(error.kind())
    }
}

/// One sign-in, in one of its places.
#[derive(Debug)]
pub struct Keeper {
    directory: PathBuf,
    keys: RecordKeys,
    keyring: Box<dyn Keyring>,
}

impl Keeper {
    pub fn new(directory: PathBuf, keys: RecordKeys, keyring: impl Keyring + 'static) -> Self {
        Keeper {
            directory,
            keys,
            keyring: Box::new(keyring),
        }
    }

    /// Where the sign-in of this directory is; `None` without one.
    pub fn place(directory: &Path) -> Option<Place> {
        let places = [(FILE_NAME, Place::File), (MARK_NAME, Place::Keyring)];
        let mut there = places
            .into_iter()
            .filter(|(name, _)| directory.join(name).exists());
        there.next().map(|(_, place)| place)
    }

    /// # Errors
    /// There is a sign-in that cannot be read.
    pub fn load(&self) -> Result<Option<Loaded>, Unkept> {
        if let Some(sealed) = self.read(FILE_NAME)? {
            let opened = self.keys.open(BOUND, &sealed);
            let opened = opened.map_err(|_| Unkept::Foreign)?;
            return Ok(Some((opened.content, Place::File)));
        }
        let Some(account) = self.account()? else {
            return Ok(None);
        };
        let secret = self.keyring.get(&account);
        let secret = secret.map_err(|Refused| Unkept::Keyring)?;
        Ok(secret.map(|secret| (secret, Place::Keyring)))
    }

    /// Keeps this in place of an earlier one, and returns once it is durable. Where the keyring
    /// refuses, it goes into the file.
    ///
    /// # Errors
    /// It is not kept; what was kept before still is.
    pub fn keep(&self, content: &[u8], wanted: Place) -> Result<Place, Unkept> {
        let before = self.account()?;
        if wanted == Place::Keyring {
            let account = before.clone();
            let account = account.unwrap_or_else(|| Uuid::new_v4().simple().to_string());
            if self.keyring.set(&account, content).is_ok() {
                if before.is_none() {
                    self.write(MARK_NAME, account.as_bytes())?;
                }
                self.remove(FILE_NAME)?;
                return Ok(Place::Keyring);
            }
        }
        let sealed = self.keys.seal(BOUND, content);
        self.write(FILE_NAME, &sealed.map_err(|_| Unkept::Foreign)?)?;
        if let Some(account) = before {
            // The file counts now, so an entry that cannot be deleted does no harm.
            let _ = self.keyring.delete(&account);
            self.remove(MARK_NAME)?;
        }
        Ok(Place::File)
    }

    /// Deletes it everywhere; says whether there was one.
    ///
    /// # Errors
    /// Something of it is still there.
    pub fn forget(&self) -> Result<bool, Unkept> {
        let account = self.account()?;
        let was_there = self.remove(FILE_NAME)? || account.is_some();
        if let Some(account) = account {
            let deleted = self.keyring.delete(&account);
            deleted.map_err(|Refused| Unkept::Keyring)?;
            self.remove(MARK_NAME)?;
        }
        Ok(was_there)
    }

    /// The lock, for as long as the file is open; `None` while another process has it.
    ///
    /// # Errors
    /// The directory cannot be written.
    pub fn try_lock(&self) -> Result<Option<File>, Unkept> {
        let mut how = OpenOptions::new();
        let file = how.create(true).write(true).truncate(false);
        let file = file.open(self.directory.join(LOCK_NAME))?;
        match file.try_lock() {
            Ok(()) => Ok(Some(file)),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(error)) => Err(error.into()),
        }
    }

    fn account(&self) -> Result<Option<String>, Unkept> {
        let mark = self.read(MARK_NAME)?;
        let account = mark.map(|mark| String::from_utf8_lossy(&mark).trim().to_owned());
        Ok(account.filter(|account| !account.is_empty()))
    }

    fn read(&self, name: &str) -> Result<Option<Vec<u8>>, Unkept> {
        let file = match File::open(self.directory.join(name)) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error.into()),
        };
        let mut content = Vec::new();
        file.take(limits::LOGIN_FILE_MAX_BYTES)
            .read_to_end(&mut content)?;
        Ok(Some(content))
    }

    /// Writes a file completely or not at all, readable by this user only.
    fn write(&self, name: &str, content: &[u8]) -> Result<(), Unkept> {
        let mut file = tempfile::NamedTempFile::new_in(&self.directory)?;
        file.write_all(content)?;
        file.as_file().sync_all()?;
        let path = self.directory.join(name);
        file.persist(path).map_err(|failed| failed.error)?;
        // The new name is durable with its directory. Not every system can open one.
        if let Ok(directory) = File::open(&self.directory) {
            let _ = directory.sync_all();
        }
        Ok(())
    }

    fn remove(&self, name: &str) -> Result<bool, Unkept> {
        match fs::remove_file(self.directory.join(name)) {
            Ok(()) => Ok(true),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
            Err(error) => Err(error.into()),
        }
    }
}
