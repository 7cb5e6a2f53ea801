//! Artifacts: files that the server stores for a while, by content, without holding them in memory.

mod disk;
mod intake;
mod layout;

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

/// What a backend of artifacts does. The same tests hold for each of them.
///
/// An artifact is a name, `(tenant, id)`, for a content, which is addressed by its SHA-256 within
/// its tenant: equal content of two tenants is two contents, so that neither learns of the other's.
/// Bytes come as a stream and become visible in one step at its end, which a multipart upload can
/// do as well as a file that is renamed. A backend that signs addresses of its own gets a method
/// for them here with its first user.
pub trait Artifacts: Send + Sync {
    /// Keeps what `bytes` gives. Nothing is visible before the last byte, and nothing stays of what
    /// was refused or broke off.
    ///
    /// # Errors
    /// `too_large`, `invalid_arguments` for bytes that are none or not of the type they are said to
    /// be, `conflict` where the name is taken, `rate_limited` where the tenant has as much as it
    /// may, `unavailable` where the bytes break off or the store fails.
    fn put<S, E>(
        &self,
        new: New,
        bytes: S,
    ) -> impl Future<Output = Result<Details, CallError>> + Send
    where
        S: Stream<Item = Result<Bytes, E>> + Send,
        E: std::fmt::Display + Send;

    /// The artifact, as a file on this machine for as long as it exists.
    ///
    /// # Errors
    /// `not_found` where there is none, or it has expired.
    fn open(
        &self,
        tenant: &Tenant,
        id: Uuid,
    ) -> impl Future<Output = Result<Artifact, CallError>> + Send;

    /// Removes the name, and the bytes with their last name. One that is gone already is no error.
    fn remove(
        &self,
        tenant: &Tenant,
        id: Uuid,
    ) -> impl Future<Output = Result<(), CallError>> + Send;

    /// Removes what has expired, at most
    /// [`ARTIFACT_SWEEP_MAX_FILES`](limits::ARTIFACT_SWEEP_MAX_FILES); how many it removed.
    fn sweep(&self) -> impl Future<Output = Result<usize, CallError>> + Send;
}

/// An artifact to be.
#[derive(Debug, Clone)]
pub struct New {
    pub tenant: Tenant,
    /// Chosen by this server, never by a caller.
    pub id: Uuid,
    /// Whom it belongs to, in the owner's own words; the store only keeps it.
    pub owner: String,
    pub file_name: String,
    /// What the bytes are said to be; they are held against this and the name.
    pub declared_type: Option<String>,
    pub lifetime: Duration,
}

/// What is known about an artifact.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Details {
    pub owner: String,
    pub file_name: String,
    pub content_type: String,
    pub size_bytes: u64,
}

/// An artifact that is there.
#[derive(Debug)]
pub struct Artifact {
    pub details: Details,
    /// Where its bytes are. It may be read any number of times and must not be written to.
    pub path: PathBuf,
}

/// The backends. Clones share what is stored.
#[derive(Debug, Clone)]
pub enum ArtifactStore {
    Disk(Arc<Disk>),
}

impl ArtifactStore {
    /// A folder in the data directory, or one that ends with this process where there is none or
    /// it cannot be written to. Expired artifacts are removed while the store lives.
    ///
    /// Must be called inside a Tokio runtime.
    ///
    /// # Errors
    /// No directory can be written to, not even a temporary one.
    pub async fn at(data_directory: Option<&Path>) -> Result<Self, CallError> {
        let kept = match data_directory {
            Some(directory) => match Disk::at(&directory.join("artifacts")).await {
                Ok(disk) => Some(disk),
                Err(error) => {
                    tracing::warn!(
                        cause = ?error.cause,
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
                    tracing::warn!(cause = ?error.cause, "expired files could not be removed");
                }
            }
        });
        Ok(ArtifactStore::Disk(disk))
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
        "There is no such file here, or no longer.",
        "Upload it again.",
    )
}

fn taken() -> CallError {
    CallError::new(
        Code::Conflict,
        "These bytes have arrived already.",
        "Call the tool with the uploadId, or ask it for another address.",
    )
}

fn quota() -> CallError {
    CallError::new(
        Code::RateLimited,
        "This organisation has as many files here as it may.",
        "Send those that have arrived, or wait until they expire.",
    )
    .with_retry_after(Duration::from_secs(limits::UPLOAD_KEPT_SECONDS))
}

fn failed(cause: impl std::fmt::Display) -> CallError {
    let mut told = CallError::internal(cause);
    told.code = Code::Unavailable;
    told.message = "The server could not store or read the file.".into();
    told.advise("Try again; if it stays so, tell the operator to look at the data directory.")
}

#[cfg(test)]
mod tests;
