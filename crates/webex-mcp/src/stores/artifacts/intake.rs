//! Checks arriving bytes, for every backend: their size, type and digest.

use aws_lc_rs::digest::{Context, SHA256};
use bytes::Bytes;

use super::New;
use crate::error::{CallError, Code};
use crate::limits::FILE_HEAD_MAX_BYTES;
use crate::seal::hex;
use crate::tool::media_type;

/// Checks each piece as it passes; holds no more than the head of a file.
pub struct Intake<'a> {
    new: &'a New,
    hash: Context,
    head: Vec<u8>,
    size_bytes: u64,
    content_type: Option<String>,
}

/// The facts of a file that has passed.
#[derive(Debug)]
pub struct Passed {
    pub sha256: String,
    pub size_bytes: u64,
    pub content_type: String,
}

impl<'a> Intake<'a> {
    pub fn new(new: &'a New) -> Self {
        Intake {
            new,
            hash: Context::new(&SHA256),
            head: Vec::new(),
            size_bytes: 0,
            content_type: None,
        }
    }

    /// # Errors
    /// `too_large` at the first byte beyond the limit; `invalid_arguments` as soon as the head
    /// shows another type than declared.
    pub fn take(&mut self, piece: &Bytes) -> Result<(), CallError> {
        self.size_bytes = self.size_bytes.saturating_add(piece.len() as u64);
        if self.size_bytes > self.new.max_bytes {
            return Err(too_large(self.new.max_bytes));
        }
        self.hash.update(piece);
        if self.content_type.is_none() {
            let missing = FILE_HEAD_MAX_BYTES - self.head.len();
            self.head
                .extend_from_slice(&piece[..piece.len().min(missing)]);
            if self.head.len() == FILE_HEAD_MAX_BYTES {
                self.content_type = Some(self.told()?);
            }
        }
        Ok(())
    }

    /// # Errors
    /// `invalid_arguments` where there are no bytes, and the errors of [`Intake::take`].
    pub fn finish(mut self) -> Result<Passed, CallError> {
        if self.size_bytes == 0 {
            return Err(CallError::new(
                Code::InvalidArguments,
                "The file is empty.",
                "Send its bytes as the body of the request.",
            ));
        }
        let content_type = match self.content_type.take() {
            Some(told) => told,
            None => self.told()?,
        };
        Ok(Passed {
            sha256: hex(self.hash.finish().as_ref()),
            size_bytes: self.size_bytes,
            content_type,
        })
    }

    fn told(&self) -> Result<String, CallError> {
        let declared = self.new.declared_type.as_deref();
        media_type(&self.new.file_name, declared, &self.head)
    }
}

fn too_large(max_bytes: u64) -> CallError {
    let mebibytes = max_bytes / (1024 * 1024);
    CallError::new(
        Code::TooLarge,
        format!("The file is larger than {mebibytes} MiB."),
        "Webex takes no larger ones; share it by its public URL with webex-share-file.",
    )
}
