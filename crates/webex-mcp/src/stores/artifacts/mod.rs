//! Artifacts: files that the server stores for a limited time, by content, without holding them in
//! memory.

pub(crate) mod disk;
mod intake;
mod layout;

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures::Stream;
use uuid::Uuid;

use crate::error::{CallError, Code};
use crate::identity::Tenant;
use crate::limits;

pub use disk::Disk;

/// The operations of an artifact backend. The same tests run for each backend.
///
/// An artifact is a name, `(tenant, id)`, for content that is addressed by its SHA-256 within its
/// tenant. Equal content of two tenants is stored twice, so that neither learns of the other's.
/// Bytes arrive as a stream and become visible in one step at its end; a multipart upload can do
/// that as well as a renamed file. A backend that signs its own URLs gets a method for them here
/// when there is a first user.
pub trait Artifacts: Send + Sync {
    /// Stores the content of `bytes`. Nothing is visible before the last byte, and nothing remains
    /// of bytes that were refused or broke off.
    ///
    /// `too_large`, `invalid_arguments` where there are no bytes or they do not have the declared
    /// type, `conflict` where the name is in use, `rate_limited` where the tenant's quota is used
    /// up, `unavailable` where the bytes break off or the store fails.
    fn put<S, E>(
        &self,
        new: New,
        bytes: S,
    ) -> impl Future<Output = Result<Details, CallError>> + Send
    where
        S: Stream<Item = Result<Bytes, E>> + Send,
        E: std::fmt::Display + Send;

    /// The artifact, as a file on this machine, for as long as the artifact exists.
    ///
    /// # Errors
    /// `not_found` where it does not exist or has expired.
    fn open(
        &self,
        tenant: &Tenant,
        id: Uuid,
    ) -> impl Future<Output = Result<Artifact, CallError>> + Send;

    /// Removes the name, and the bytes with their last name. It is not an error if the name is
    /// already gone.
    fn remove(
        &self,
        tenant: &Tenant,
        id: Uuid,
    ) -> impl Future<Output = Result<(), CallError>> + Send;

    /// Removes expired artifacts, at most
    /// [`ARTIFACT_SWEEP_MAX_FILES`](limits::ARTIFACT_SWEEP_MAX_FILES), and returns how many it
    /// removed.
    fn sweep(&self) -> impl Future<Output = Result<usize, CallError>> + Send;
}

/// An artifact to store.
#[derive(Debug, Clone)]
pub struct New {
    pub tenant: Tenant,
    /// Chosen by this server, never by a caller.
    pub id: Uuid,
    /// The owner, in a form that the caller of the store chooses; the store only keeps it.
    pub owner: String,
    pub file_name: String,
    /// The declared type; it is checked against the bytes and the name.
    pub declared_type: Option<String>,
    pub max_bytes: u64,
    pub lifetime: Duration,
}

/// The facts about an artifact.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Details {
    pub owner: String,
    pub file_name: String,
    pub content_type: String,
    pub size_bytes: u64,
}

/// A stored artifact.
#[derive(Debug)]
pub struct Artifact {
    pub details: Details,
    /// The file with its bytes. It may be read any number of times and must not be written to.
    pub path: PathBuf,
    /// Since 1970.
    pub expires_seconds: u64,
}

/// The backends. Clones share what is stored.
#[derive(Debug, Clone)]
pub enum ArtifactStore {
    Disk(Arc<Disk>),
}

impl ArtifactStore {
    /// A store in the data directory; without one, or where it is not writable, in a temporary
    /// folder that ends with this process. Expired artifacts are removed while the store exists.
    ///
    /// Must be called inside a Tokio runtime.
    ///
    /// # Errors
    /// No directory is writable, not even a temporary one.
    pub async fn at(data_directory: Option<&Path>) -> Result<Self, CallError> {
        let kept = match data_directory {
            Some(directory) => match Disk::at(&directory.join("artifacts")).await {
                Ok(disk) => Some(disk),
                Err(error) => {
                    tracing::warn!(
                        cause = error.why(),
                        "files are kept in a temporary directory: the data directory cannot be written to"
                    );
                    None
                }
            },
            None => None,
        };
        let disk = match kept {
            Some(disk) => disk,
            None => Disk::temporary().await?,
        };
        let disk = Arc::new(disk);
        let weak = Arc::downgrade(&disk);
        tokio::spawn(async move {
            let pause = Duration::from_secs(limits::ARTIFACT_SWEEP_SECONDS);
            loop {
                tokio::time::sleep(pause).await;
                let Some(disk) = weak.upgrade() else { return };
                if let Err(error) = disk.sweep().await {
                    tracing::warn!(cause = error.why(), "expired files could not be removed");
                }
            }
        });
        Ok(ArtifactStore::Disk(disk))
    }

    /// Whether what is stored ends with this process.
    pub fn is_temporary(&self) -> bool {
        match self {
            ArtifactStore::Disk(disk) => disk.is_temporary(),
        }
    }
}

impl Artifacts for ArtifactStore {
    async fn put<S, E>(&self, new: New, bytes: S) -> Result<Details, CallError>
    where
        S: Stream<Item = Result<Bytes, E>> + Send,
        E: std::fmt::Display + Send,
    {
        match self {
            ArtifactStore::Disk(disk) => disk.put(new, bytes).await,
        }
    }

    async fn open(&self, tenant: &Tenant, id: Uuid) -> Result<Artifact, CallError> {
        match self {
            ArtifactStore::Disk(disk) => disk.open(tenant, id).await,
        }
    }

    async fn remove(&self, tenant: &Tenant, id: Uuid) -> Result<(), CallError> {
        match self {
            ArtifactStore::Disk(disk) => disk.remove(tenant, id).await,
        }
    }

    async fn sweep(&self) -> Result<usize, CallError> {
        match self {
            ArtifactStore::Disk(disk) => disk.sweep().await,
        }
    }
}

fn not_found() -> CallError {
    CallError::new(
        Code::NotFound,
        "There is no such file here, or it has expired.",
        "Upload it again.",
    )
}

fn taken() -> CallError {
    CallError::new(
        Code::Conflict,
        "These bytes have already arrived.",
        "Call the tool with the uploadId, or ask it for another address.",
    )
}

fn quota(who: &str) -> CallError {
    CallError::new(
        Code::RateLimited,
        format!("{who} stored as many files here as is allowed."),
        "Send those that have arrived, or wait until they expire.",
    )
    .with_retry_after(Duration::from_secs(limits::UPLOAD_KEPT_SECONDS))
}

fn failed(cause: impl std::fmt::Display) -> CallError {
    let mut told = CallError::internal(cause);
    told.code = Code::Unavailable;
    told.message = "The server could not store or read the file.".into();
    told.advise("Try again; if that fails too, tell the operator to look at the data directory.")
}

/// Says so where the disk is full: its operator can only then do something about it.
fn unwritten(error: io::Error) -> CallError {
    let is_full = matches!(
        error.kind(),
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded | io::ErrorKind::FileTooLarge
    );
    let told = failed(error);
    if !is_full {
        return told;
    }
    CallError {
        message: "The disk of this server is full; nothing was kept of the file.".into(),
        ..told.advise("Tell the operator to make room in the data directory, then call again.")
    }
}

#[cfg(test)]
mod tests;
