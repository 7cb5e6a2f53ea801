//! The bytes of stored files in pieces, as a saved world has them.

use std::fs::{File, OpenOptions};
use std::io;
use std::io::{BufRead, BufReader, Write};
use std::sync::Arc;

use bytes::{Bytes, BytesMut};

use crate::storage::{Content, MAX_FILE_BYTES, MAX_MEMORY_FILE_BYTES, Storage, Stored};

impl Stored {
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

impl Storage {
    /// Appends bytes to what is stored; false if that is too much, or the disk refuses.
    pub(crate) fn append(&self, stored: &mut Stored, piece: &[u8]) -> bool {
        if stored.reservation.bytes == 0 {
            stored.reservation = self.reservation();
        }
        let grown = stored.reservation.grow(piece.len() as u64).is_ok();
        if !grown || stored.reservation.bytes > MAX_FILE_BYTES {
            return false;
        }
        let appended = match &stored.content {
            Content::Memory(bytes) if bytes.len() + piece.len() <= MAX_MEMORY_FILE_BYTES => {
                let mut longer = BytesMut::with_capacity(bytes.len() + piece.len());
                longer.extend_from_slice(bytes);
                longer.extend_from_slice(piece);
                Ok(Content::Memory(longer.freeze()))
            }
            Content::Memory(bytes) => spill(bytes, piece),
            Content::Disk(path) => OpenOptions::new()
                .append(true)
                .open(&**path)
                .and_then(|mut file| file.write_all(piece))
                .map(|()| Content::Disk(path.clone())),
        };
        appended.map(|content| stored.content = content).is_ok()
    }
}

fn spill(bytes: &Bytes, piece: &[u8]) -> io::Result<Content> {
    let mut file = tempfile::NamedTempFile::new()?;
    file.write_all(bytes)?;
    file.write_all(piece)?;
    Ok(Content::Disk(Arc::new(file.into_temp_path())))
}
