//! Whether the file of the records is still where it was opened: what is written to a deleted one is
//! lost with this process.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use crate::limits;

#[derive(Debug)]
pub struct Place {
    path: PathBuf,
    opened: Identity,
    looked_at: Option<Instant>,
    is_gone: bool,
}

/// Device and inode.
type Identity = (u64, u64);

impl Place {
    /// `path` leads to the file that was opened just now. `None` where files have no identity.
    pub fn of(path: PathBuf) -> Option<Self> {
        Some(Place {
            opened: identity(&path)?,
            path,
            looked_at: None,
            is_gone: false,
        })
    }

    /// Whether the path leads elsewhere, or nowhere; looked at from time to time.
    pub fn is_gone(&mut self) -> bool {
        let wait = Duration::from_secs(limits::RECORDS_FILE_LOOKED_AT_SECONDS);
        if self.looked_at.is_none_or(|at| at.elapsed() >= wait) {
            self.looked_at = Some(Instant::now());
            self.is_gone = identity(&self.path) != Some(self.opened);
        }
        self.is_gone
    }
}

#[cfg(unix)]
fn identity(path: &Path) -> Option<Identity> {
    use std::os::unix::fs::MetadataExt as _;
    let file = std::fs::metadata(path).ok()?;
    Some((file.dev(), file.ino()))
}

#[cfg(not(unix))]
fn identity(_path: &Path) -> Option<Identity> {
    None
}
