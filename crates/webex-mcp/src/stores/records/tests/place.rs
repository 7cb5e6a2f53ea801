//! A place where records are opened again, as a new process does, with a clock that stands still.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use tempfile::TempDir;
use uuid::Uuid;

use crate::seal::{DigestKey, Secret};
use crate::stores::records::change::{Change, RecordName};
use crate::stores::records::{Clock, OpenError, Options, RecordStore as _, Records, Retention};

/// Where its clock begins, in milliseconds since 1970.
pub(crate) const START: i64 = 1_800_000_000_000;

pub(crate) struct Place {
    pub(crate) directory: Option<TempDir>,
    pub(crate) retention: Retention,
    now: Arc<AtomicI64>,
}

impl Place {
    pub(crate) fn memory() -> Self {
        Place {
            directory: None,
            retention: Retention::DISK,
            now: Arc::new(AtomicI64::new(START)),
        }
    }

    pub(crate) fn disk() -> Self {
        Place {
            directory: Some(tempfile::tempdir().unwrap()),
            ..Place::memory()
        }
    }

    /// What opens records gets these: a secret, which has this byte, and the one before it.
    pub(crate) fn opened<T>(
        &self,
        secret: u8,
        previous: Option<u8>,
        open: impl FnOnce(Options<'_>) -> T,
    ) -> T {
        let secret_of = |byte| Secret::new(Box::new([byte; 32]));
        open(Options {
            directory: self.directory.as_ref().map(TempDir::path),
            secret: &secret_of(secret),
            previous: previous.map(secret_of).as_ref(),
            retention: self.retention,
            clock: self.clock(),
        })
    }

    pub(crate) fn open(&self, secret: u8, previous: Option<u8>) -> Result<Records, OpenError> {
        let opened = self.opened(secret, previous, Records::open);
        opened.map(|(records, _)| records)
    }

    /// Records as one more process has them.
    pub(crate) fn records(&self) -> (Records, DigestKey) {
        self.opened(1, None, Records::open).unwrap()
    }

    pub(crate) fn path(&self) -> &Path {
        self.directory.as_ref().unwrap().path()
    }

    pub(crate) fn now(&self) -> i64 {
        self.now.load(Ordering::Relaxed)
    }

    pub(crate) fn clock(&self) -> Clock {
        let now = self.now.clone();
        Clock::new(move || now.load(Ordering::Relaxed))
    }

    pub(crate) fn pass(&self, milliseconds: i64) {
        self.now.fetch_add(milliseconds, Ordering::Relaxed);
    }
}

/// Returns once the records know that a process that the test has dropped is gone.
pub(crate) async fn gone(records: &Records, process: Uuid) {
    while records.store().is_alive(process).await.unwrap() {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
}

/// Writes a record that nothing opens.
pub(crate) async fn damaged(records: &Records, name: RecordName, due: Option<i64>) {
    let another = RecordName {
        id: format!("{} of another", name.id),
        ..name.clone()
    };
    let put = Change::Put {
        sealed: records.seal(&another, b"").unwrap(),
        name,
        expected: 0,
        due,
    };
    records.commit(put).await.unwrap();
}

/// The files below a directory in which a text stands as it is.
pub(crate) fn files_with(directory: &Path, text: &str) -> Vec<String> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(directory).unwrap().flatten() {
        let path = entry.path();
        if path.is_dir() {
            found.extend(files_with(&path, text));
            continue;
        }
        let bytes = std::fs::read(&path).unwrap();
        let mut windows = bytes.windows(text.len());
        if windows.any(|window| window == text.as_bytes()) {
            found.push(entry.file_name().to_string_lossy().into_owned());
        }
    }
    found
}
