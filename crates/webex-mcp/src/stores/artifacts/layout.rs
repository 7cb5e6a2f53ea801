//! The layout of the artifacts' folder. A path consists of digests and ids, never of people's
//! words.
//!
//! ```text
//! lock                              held while names change, by whichever process
//! incoming/<random>                 on its way in; locked by the process that writes it
//! tenants/<digest>/names/<name>     who, what, and what the file is called
//! tenants/<digest>/content/<sha256> the bytes
//! ```

use std::ffi::OsStr;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use uuid::Uuid;

use crate::folders::create_private;
use crate::identity::Tenant;
use crate::seal::{digest, hex};

const OWNER_DIGITS: usize = 16;

/// The folder and its contents.
#[derive(Debug, Clone)]
pub struct Layout(PathBuf);

/// The facts in the name of a name's file: quotas and the sweep read directories and no files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Name {
    pub id: Uuid,
    /// Distinguishes owners, for their quotas: [`owner_mark`].
    pub owner: String,
    pub sha256: String,
    pub size_bytes: u64,
    /// Since 1970.
    pub expires_seconds: u64,
}

/// One tenant's part of the folder.
#[derive(Debug)]
pub struct Part {
    pub names: PathBuf,
    pub content: PathBuf,
}

impl Layout {
    /// Creates the folders that do not exist.
    pub fn open(folder: &Path) -> io::Result<Self> {
        let layout = Layout(folder.to_owned());
        create_private(&layout.incoming())?;
        create_private(&layout.tenants())?;
        Ok(layout)
    }

    pub fn incoming(&self) -> PathBuf {
        self.0.join("incoming")
    }

    pub fn tenants(&self) -> PathBuf {
        self.0.join("tenants")
    }

    pub fn part(&self, tenant: &Tenant) -> Part {
        let mark = hex(&digest(tenant.as_str().as_bytes())[..16]);
        Part::at(&self.tenants().join(mark))
    }

    /// Keeps every other process, and every other thread of this one, from changing names until the
    /// returned file is dropped. Waits for a holder, which takes milliseconds.
    pub fn lock(&self) -> io::Result<File> {
        let lock = File::options()
            .create(true)
            .truncate(false)
            .write(true)
            .open(self.0.join("lock"))?;
        lock.lock()?;
        Ok(lock)
    }
}

impl Part {
    pub fn at(folder: &Path) -> Self {
        Part {
            names: folder.join("names"),
            content: folder.join("content"),
        }
    }

    /// Every name, including expired ones. A file with another form of name is not ours and is
    /// ignored.
    pub fn names(&self) -> io::Result<Vec<(Name, PathBuf)>> {
        let mut names = Vec::new();
        for path in entries(&self.names)? {
            if let Some(name) = path.file_name().and_then(Name::parse) {
                names.push((name, path));
            }
        }
        Ok(names)
    }

    pub fn find(&self, id: Uuid) -> io::Result<Option<(Name, PathBuf)>> {
        let names = self.names()?;
        Ok(names.into_iter().find(|(name, _)| name.id == id))
    }
}

/// The paths in a folder; empty where it does not exist.
pub fn entries(folder: &Path) -> io::Result<Vec<PathBuf>> {
    match fs::read_dir(folder) {
        Ok(entries) => entries.map(|entry| Ok(entry?.path())).collect(),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
        Err(error) => Err(error),
    }
}

/// Removes a file; it is not an error if the file is already gone.
pub fn remove(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

impl Name {
    pub fn file_name(&self) -> String {
        let Name {
            id,
            owner,
            sha256,
            size_bytes,
            expires_seconds,
        } = self;
        let id = id.simple();
        format!("{id}-{owner}-{sha256}-{size_bytes}-{expires_seconds}")
    }

    pub fn parse(text: &OsStr) -> Option<Self> {
        let mut parts = text.to_str()?.split('-');
        let name = Name {
            id: Uuid::try_parse(parts.next()?).ok()?,
            owner: parts.next()?.to_owned(),
            sha256: parts.next()?.to_owned(),
            size_bytes: parts.next()?.parse().ok()?,
            expires_seconds: parts.next()?.parse().ok()?,
        };
        // A name that is not written exactly in this form was not written here.
        let is_ours = is_hex(&name.owner, OWNER_DIGITS) && is_hex(&name.sha256, 64);
        (*text == *name.file_name() && is_ours).then_some(name)
    }

    pub fn is_expired(&self) -> bool {
        self.expires_seconds <= now_seconds()
    }
}

/// An owner as names have it: of fixed length, and one-way.
pub fn owner_mark(owner: &str) -> String {
    hex(&digest(owner.as_bytes())[..OWNER_DIGITS / 2])
}

fn is_hex(text: &str, digits: usize) -> bool {
    text.len() == digits
        && text
            .bytes()
            .all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

/// The time at the end of `lifetime` from now, in seconds since 1970.
pub fn in_future(lifetime: Duration) -> u64 {
    now_seconds().saturating_add(lifetime.as_secs())
}

fn now_seconds() -> u64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |since| since.as_secs())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn names_are_read_as_they_are_written(id: u128, owner: String, bytes: [u8; 32], size_bytes: u64, expires_seconds: u64) {
            let name = Name { id: Uuid::from_u128(id), owner: owner_mark(&owner), sha256: hex(&bytes), size_bytes, expires_seconds };
            prop_assert_eq!(Name::parse(name.file_name().as_ref()), Some(name));
        }

        #[test]
        fn a_tenant_cannot_choose_a_path(tenant in "(\\.\\./|/|[a-z\0.]){0,20}") {
            let layout = Layout(PathBuf::from("/data"));
            let part = layout.part(&Tenant::new(tenant));
            let mark = part.names.strip_prefix("/data/tenants").unwrap().parent().unwrap();
            let mark = mark.to_str().unwrap();
            prop_assert!(mark.len() == 32 && mark.bytes().all(|byte| byte.is_ascii_hexdigit()));
        }

        #[test]
        fn no_name_leads_elsewhere(text in "[0-9a-f]{32}-[0-9a-f/.]{15,17}-(\\.\\./|[0-9a-fA-F/.]){0,64}-[0-9+]{1,3}-[0-9 ]{1,3}") {
            prop_assert!(Name::parse(text.as_ref()).is_none_or(|name| is_hex(&name.sha256, 64) && is_hex(&name.owner, 16)));
        }
    }
}
