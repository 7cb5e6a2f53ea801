//! Tells which processes on this machine are alive: each holds a lock on its own file.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

use uuid::Uuid;

use crate::folders::create_private;

/// The directory of the lock files, to ask about other processes.
#[derive(Debug, Clone)]
pub struct Processes {
    /// `None` where the records are in memory: then no other process uses them.
    directory: Option<PathBuf>,
    own: Uuid,
}

/// This process's own lock. The operating system releases it however the process ends.
#[derive(Debug)]
pub struct Alive {
    _lock: Option<File>,
    path: Option<PathBuf>,
}

impl Processes {
    /// Registers this process.
    pub fn enter(directory: Option<&Path>) -> io::Result<(Processes, Alive)> {
        let own = Uuid::now_v7();
        let processes = Processes {
            directory: directory.map(Path::to_owned),
            own,
        };
        let Some(directory) = directory else {
            let alive = Alive {
                _lock: None,
                path: None,
            };
            return Ok((processes, alive));
        };
        create_private(directory)?;
        // Locked before it gets its name, so that nobody ever finds it unlocked while this process
        // lives.
        let unnamed = directory.join(format!(".{own}"));
        let path = directory.join(own.to_string());
        let lock = OpenOptions::new()
            .write(true)
            .create_new(true)
            .open(&unnamed)?;
        lock.lock()?;
        fs::rename(&unnamed, &path)?;
        let alive = Alive {
            _lock: Some(lock),
            path: Some(path),
        };
        Ok((processes, alive))
    }

    pub fn own(&self) -> Uuid {
        self.own
    }

    /// Whether that process still runs. If that cannot be determined, it counts as alive, so that
    /// nothing is given up too early.
    pub fn is_alive(&self, process: Uuid) -> bool {
        if process == self.own {
            return true;
        }
        let Some(directory) = &self.directory else {
            return false;
        };
        match File::open(directory.join(process.to_string())) {
            Ok(file) => matches!(
                file.try_lock(),
                Err(TryLockError::WouldBlock | TryLockError::Error(_))
            ),
            Err(error) => error.kind() != io::ErrorKind::NotFound,
        }
    }

    /// Removes the file of a dead process that has nothing left to settle.
    pub fn bury(&self, process: Uuid) {
        if let Some(directory) = &self.directory {
            // A file that cannot be removed does no harm.
            let _ = fs::remove_file(directory.join(process.to_string()));
        }
    }

    /// Dead processes that left a file.
    pub fn dead(&self, most: usize) -> Vec<Uuid> {
        let Some(directory) = &self.directory else {
            return Vec::new();
        };
        fs::read_dir(directory)
            .into_iter()
            .flatten()
            .flatten()
            .filter_map(|entry| Uuid::try_parse(entry.file_name().to_str()?).ok())
            .filter(|process| !self.is_alive(*process))
            .take(most)
            .collect()
    }
}

impl Drop for Alive {
    fn drop(&mut self) {
        if let Some(path) = &self.path {
            let _ = fs::remove_file(path);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_lives_as_long_as_it_holds_its_lock() {
        let directory = tempfile::tempdir().unwrap();
        let (one, alive) = Processes::enter(Some(directory.path())).unwrap();
        let (two, _alive) = Processes::enter(Some(directory.path())).unwrap();
        assert!(two.is_alive(one.own()) && one.is_alive(two.own()));
        // As a kill leaves it: the file exists, the lock does not.
        let path = alive.path.clone().unwrap();
        drop(alive);
        File::create(path).unwrap();
        assert!(!two.is_alive(one.own()));
        assert_eq!(two.dead(10), [one.own()]);
        two.bury(one.own());
        assert!(!two.is_alive(one.own()));
        assert!(two.dead(10).is_empty());
        assert!(!two.is_alive(Uuid::now_v7()));
    }

    #[test]
    fn in_memory_there_is_no_other_process() {
        let (one, _alive) = Processes::enter(None).unwrap();
        assert!(one.is_alive(one.own()));
        assert!(!one.is_alive(Uuid::now_v7()));
    }
}
