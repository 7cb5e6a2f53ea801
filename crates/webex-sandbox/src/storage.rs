//! The bytes of files, in memory or on disk, with limits.

use std::fs::{File, OpenOptions};
use std::io::{self, BufRead, BufReader, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use bytes::Bytes;
use futures::{Stream, StreamExt};
use tokio::task::spawn_blocking;

use crate::table::Full;

/// Webex accepts at most this much in one file.
pub(crate) const MAX_FILE_BYTES: u64 = 100 * 1024 * 1024;

/// Smaller files stay in memory; larger ones go to a temporary file.
pub(crate) const MAX_MEMORY_FILE_BYTES: usize = 1024 * 1024;

/// All files together: a test that needs more should start a second sandbox.
pub(crate) const MAX_STORED_BYTES: u64 = 2 * 1024 * 1024 * 1024;

/// The place of a file's bytes.
#[derive(Debug, Clone)]
pub(crate) enum Content {
    Memory(Bytes),
    Disk(Arc<tempfile::TempPath>),
}

impl Default for Content {
    fn default() -> Self {
        Content::Memory(Bytes::new())
    }
}

/// Bytes that count against [`MAX_STORED_BYTES`] while they are stored.
#[derive(Debug, Default)]
struct Reservation {
    bytes: u64,
    total_bytes: Arc<AtomicU64>,
}

impl Reservation {
    fn grow(&mut self, more_bytes: u64) -> Result<(), Full> {
        let before = self.total_bytes.fetch_add(more_bytes, Ordering::Relaxed);
        self.bytes += more_bytes;
        let has_space = before.saturating_add(more_bytes) <= MAX_STORED_BYTES;
        has_space.then_some(()).ok_or(Full)
    }
}

impl Drop for Reservation {
    fn drop(&mut self) {
        self.total_bytes.fetch_sub(self.bytes, Ordering::Relaxed);
    }
}

/// The bytes of one file, wherever they are stored.
#[derive(Debug, Default)]
pub(crate) struct Stored {
    content: Content,
    reservation: Reservation,
}

impl Stored {
    pub(crate) fn content(&self) -> Content {
        self.content.clone()
    }

    pub(crate) fn bytes(&self) -> u64 {
        self.reservation.bytes
    }

    /// Passes on all bytes, at most `piece_bytes` at once. Blocks if they are on disk.
    pub(crate) fn copy<E: From<io::Error>>(
        &self,
        piece_bytes: usize,
        mut take: impl FnMut(&[u8]) -> Result<(), E>,
    ) -> Result<(), E> {
        match &self.content {
            Content::Memory(bytes) => bytes.chunks(piece_bytes).try_for_each(take),
            Content::Disk(path) => {
                let file = File::open(&**path)?;
                let mut file = BufReader::with_capacity(piece_bytes, file);
                loop {
                    let piece = file.fill_buf()?;
                    if piece.is_empty() {
                        return Ok(());
                    }
                    let read_bytes = piece.len();
                    take(piece)?;
                    file.consume(read_bytes);
                }
            }
        }
    }
}

#[derive(Debug)]
pub(crate) struct NewFile {
    pub(crate) name: String,
    pub(crate) content_type: String,
    pub(crate) stored: Stored,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NotStored {
    /// The upload broke off.
    Broken,
    /// The upload is longer than [`MAX_FILE_BYTES`].
    TooLarge,
    /// There is no room for the upload.
    Full,
}

/// Counts the bytes of a sandbox.
#[derive(Debug, Clone, Default)]
pub(crate) struct Storage {
    total_bytes: Arc<AtomicU64>,
}

impl Storage {
    fn reservation(&self) -> Reservation {
        Reservation {
            bytes: 0,
            total_bytes: self.total_bytes.clone(),
        }
    }

    /// Stores bytes that are in memory.
    pub(crate) fn keep(&self, bytes: Bytes) -> Result<Stored, Full> {
        let mut reservation = self.reservation();
        reservation.grow(bytes.len() as u64)?;
        Ok(Stored {
            content: Content::Memory(bytes),
            reservation,
        })
    }

    /// Stores an upload: a small one in memory, a large one on disk, and none beyond 100 MB.
    pub(crate) async fn receive<E>(
        &self,
        mut chunks: impl Stream<Item = Result<Bytes, E>> + Unpin,
    ) -> Result<Stored, NotStored> {
        let mut stored = Stored::default();
        while let Some(chunk) = chunks.next().await {
            let chunk = chunk.map_err(|_| NotStored::Broken)?;
            let storage = self.clone();
            let appended = spawn_blocking(move || {
                storage.append(&mut stored, &chunk)?;
                Ok::<_, NotStored>(stored)
            });
            stored = appended.await.map_err(|_| NotStored::Full)??;
        }
        Ok(stored)
    }

    /// Appends bytes to what is stored. Blocks if they go to the disk.
    pub(crate) fn append(&self, stored: &mut Stored, piece: &[u8]) -> Result<(), NotStored> {
        if stored.reservation.bytes == 0 {
            stored.reservation = self.reservation();
        }
        let grown = stored.reservation.grow(piece.len() as u64);
        grown.map_err(|Full| NotStored::Full)?;
        if stored.reservation.bytes > MAX_FILE_BYTES {
            return Err(NotStored::TooLarge);
        }
        let appended = match &stored.content {
            Content::Memory(bytes) if bytes.len() + piece.len() <= MAX_MEMORY_FILE_BYTES => {
                Ok(Content::Memory([bytes, piece].concat().into()))
            }
            Content::Memory(bytes) => spill(bytes, piece),
            Content::Disk(path) => OpenOptions::new()
                .append(true)
                .open(&**path)
                .and_then(|mut file| file.write_all(piece))
                .map(|()| Content::Disk(path.clone())),
        };
        stored.content = appended.map_err(|_| NotStored::Full)?;
        Ok(())
    }
}

fn spill(bytes: &Bytes, piece: &[u8]) -> io::Result<Content> {
    let mut file = tempfile::NamedTempFile::new()?;
    file.write_all(bytes)?;
    file.write_all(piece)?;
    Ok(Content::Disk(Arc::new(file.into_temp_path())))
}
