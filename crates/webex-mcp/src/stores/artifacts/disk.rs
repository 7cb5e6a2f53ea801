//! Artifacts in a folder that any number of processes on one machine can share.

use std::collections::HashSet;
use std::fs::{self, File, TryLockError};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use bytes::Bytes;
use futures::{Stream, StreamExt as _};
use serde::{Deserialize, Serialize};
use tempfile::{NamedTempFile, TempDir};
use tokio::io::AsyncWriteExt as _;
use uuid::Uuid;

use super::intake::{Intake, Passed};
use super::layout::{self, Layout, Name, Part, entries};
use super::{Artifact, Artifacts, Details, New, failed, not_found, quota, taken, unwritten};
use crate::error::{CallError, Code};
use crate::folders::create_private;
use crate::identity::Tenant;
use crate::limits;

#[derive(Debug)]
pub struct Disk {
    layout: Layout,
    quota: Quota,
    /// Set for a temporary folder, which is removed with the store.
    temporary: Option<TempDir>,
}

/// How much one tenant may store, and one owner of it.
#[derive(Debug, Clone, Copy)]
pub struct Quota {
    pub tenant: Share,
    pub owner: Share,
}

#[derive(Debug, Clone, Copy)]
pub struct Share {
    pub artifacts: usize,
    pub bytes: u64,
}

impl Share {
    fn fits<'n>(self, size_bytes: u64, names: impl Iterator<Item = &'n Name>) -> bool {
        let (count, sum) = names.fold((0, size_bytes), |(count, sum), name| {
            (count + 1, name.size_bytes.saturating_add(sum))
        });
        count < self.artifacts && sum <= self.bytes
    }
}

const QUOTA: Quota = Quota {
    tenant: Share {
        artifacts: limits::ARTIFACTS_PER_TENANT,
        bytes: limits::ARTIFACTS_PER_TENANT_BYTES,
    },
    owner: Share {
        artifacts: limits::ARTIFACTS_PER_OWNER,
        bytes: limits::ARTIFACTS_PER_OWNER_BYTES,
    },
};

/// The content of a name's file; the other facts are in the file's name.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Told {
    owner: String,
    file_name: String,
    content_type: String,
}

impl Disk {
    /// Opens the store in this folder and removes what a crash has left there.
    ///
    /// # Errors
    /// `unavailable` where the folder cannot be created or written to.
    pub async fn at(folder: &Path) -> Result<Self, CallError> {
        Self::with(folder, QUOTA, None).await
    }

    /// A store that ends with this process.
    ///
    /// # Errors
    /// There is no directory for temporary files.
    pub async fn temporary() -> Result<Self, CallError> {
        let temporary = blocking(TempDir::new).await?;
        let folder = temporary.path().to_owned();
        Self::with(&folder, QUOTA, Some(temporary)).await
    }

    /// Whether it ends with this process.
    pub(super) fn is_temporary(&self) -> bool {
        self.temporary.is_some()
    }

    pub(crate) async fn with(
        folder: &Path,
        quota: Quota,
        temporary: Option<TempDir>,
    ) -> Result<Self, CallError> {
        let folder = folder.to_owned();
        let layout = blocking(move || {
            let layout = Layout::open(&folder)?;
            let _lock = layout.lock()?;
            clear_incoming(&layout)?;
            Ok(layout)
        })
        .await?;
        let disk = Disk {
            layout,
            quota,
            temporary,
        };
        disk.sweep().await?;
        Ok(disk)
    }
}

/// Removes files that no process writes to now: a lock ends with its process.
fn clear_incoming(layout: &Layout) -> io::Result<()> {
    for path in entries(&layout.incoming())? {
        match File::open(&path).map(|file| file.try_lock()) {
            Ok(Err(TryLockError::WouldBlock)) => {}
            Ok(_) => layout::remove(&path)?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

impl Artifacts for Disk {
    async fn put<S, E>(&self, new: New, bytes: S) -> Result<Details, CallError>
    where
        S: Stream<Item = Result<Bytes, E>> + Send,
        E: std::fmt::Display + Send,
    {
        let (layout, quota) = (self.layout.clone(), self.quota);
        let (tenant, id, owner) = (new.tenant.clone(), new.id, layout::owner_mark(&new.owner));
        let (incoming, writing) = blocking(move || {
            // Under the lock, so that a starting process does not take the new file for an
            // abandoned one before it is locked.
            let _lock = layout.lock()?;
            if let Err(refused) = admit(&layout.part(&tenant), quota, id, &owner, 1)? {
                return Ok(Err(refused));
            }
            let incoming = NamedTempFile::new_in(layout.incoming())?;
            incoming.as_file().lock()?;
            let writing = incoming.as_file().try_clone()?;
            Ok(Ok((incoming, writing)))
        })
        .await??;
        let passed = receive(&new, writing, bytes).await?;
        let (layout, quota) = (self.layout.clone(), self.quota);
        blocking(move || keep(&layout, quota, new, incoming, passed)).await?
    }

    async fn open(&self, tenant: &Tenant, id: Uuid) -> Result<Artifact, CallError> {
        let part = self.layout.part(tenant);
        let read = move || -> io::Result<Option<Artifact>> {
            let Some((name, path)) = part.find(id)? else {
                return Ok(None);
            };
            if name.is_expired() {
                return Ok(None);
            }
            let told: Told = serde_json::from_slice(&fs::read(path)?)?;
            Ok(Some(Artifact {
                path: part.content.join(&name.sha256),
                details: told.details(name.size_bytes),
                expires_seconds: name.expires_seconds,
            }))
        };
        let found = blocking(move || match read() {
            // The file was removed between listing and opening.
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            other => other,
        });
        found.await?.ok_or_else(not_found)
    }

    async fn remove(&self, tenant: &Tenant, id: Uuid) -> Result<(), CallError> {
        let (layout, part) = (self.layout.clone(), self.layout.part(tenant));
        blocking(move || {
            let _lock = layout.lock()?;
            let Some((name, path)) = part.find(id)? else {
                return Ok(());
            };
            layout::remove(&path)?;
            let names = part.names()?;
            if !names.iter().any(|(other, _)| other.sha256 == name.sha256) {
                layout::remove(&part.content.join(&name.sha256))?;
            }
            Ok(())
        })
        .await
    }

    async fn sweep(&self) -> Result<usize, CallError> {
        let layout = self.layout.clone();
        blocking(move || {
            let _lock = layout.lock()?;
            let mut left = limits::ARTIFACT_SWEEP_MAX_FILES;
            for folder in entries(&layout.tenants())? {
                sweep_part(&folder, &mut left)?;
            }
            Ok(limits::ARTIFACT_SWEEP_MAX_FILES - left)
        })
        .await
    }
}

/// Whether the tenant, and this owner of it, may store `size_bytes` more under a new name.
fn admit(
    part: &Part,
    allowed: Quota,
    id: Uuid,
    owner: &str,
    size_bytes: u64,
) -> io::Result<Result<(), CallError>> {
    let names = part.names()?;
    if names.iter().any(|(name, _)| name.id == id) {
        return Ok(Err(taken()));
    }
    // Expired names that are not swept yet do not count.
    let alive = || {
        let names = names.iter().map(|(name, _)| name);
        names.filter(|name| !name.is_expired())
    };
    if !allowed.tenant.fits(size_bytes, alive()) {
        return Ok(Err(quota("This organization has")));
    }
    let own = alive().filter(|name| name.owner == owner);
    if !allowed.owner.fits(size_bytes, own) {
        return Ok(Err(quota("You have")));
    }
    Ok(Ok(()))
}

/// Writes the whole stream and syncs it to the disk before it can become visible.
pub(super) async fn receive<S, E>(new: &New, writing: File, bytes: S) -> Result<Passed, CallError>
where
    S: Stream<Item = Result<Bytes, E>> + Send,
    E: std::fmt::Display + Send,
{
    let mut intake = Intake::new(new);
    let mut writing = tokio::fs::File::from_std(writing);
    let mut bytes = std::pin::pin!(bytes);
    while let Some(piece) = bytes.next().await {
        let piece = piece.map_err(broken_off)?;
        intake.take(&piece)?;
        writing.write_all(&piece).await.map_err(unwritten)?;
    }
    let passed = intake.finish()?;
    writing.flush().await.map_err(unwritten)?;
    writing.sync_all().await.map_err(unwritten)?;
    Ok(passed)
}

fn keep(
    layout: &Layout,
    quota: Quota,
    new: New,
    incoming: NamedTempFile,
    passed: Passed,
) -> io::Result<Result<Details, CallError>> {
    let part = layout.part(&new.tenant);
    let _lock = layout.lock()?;
    // Other files may have arrived in the meantime.
    let owner = layout::owner_mark(&new.owner);
    if let Err(refused) = admit(&part, quota, new.id, &owner, passed.size_bytes)? {
        return Ok(Err(refused));
    }
    create_private(&part.names)?;
    create_private(&part.content)?;
    let content = part.content.join(&passed.sha256);
    if !content.try_exists()? {
        incoming.persist(&content)?;
    }
    let name = Name {
        id: new.id,
        owner,
        sha256: passed.sha256,
        size_bytes: passed.size_bytes,
        expires_seconds: layout::in_future(new.lifetime),
    };
    let told = Told {
        owner: new.owner,
        file_name: new.file_name,
        content_type: passed.content_type,
    };
    let mut written = NamedTempFile::new_in(layout.incoming())?;
    written.write_all(&serde_json::to_vec(&told)?)?;
    written.as_file().sync_all()?;
    written.persist(part.names.join(name.file_name()))?;
    Ok(Ok(told.details(name.size_bytes)))
}

/// Removes expired names, and bytes that have no name: theirs, or left by a crash.
fn sweep_part(folder: &Path, left: &mut usize) -> io::Result<()> {
    let part = Part::at(folder);
    let mut named = HashSet::new();
    for (name, path) in part.names()? {
        if name.is_expired() && *left > 0 {
            layout::remove(&path)?;
            *left -= 1;
        } else {
            named.insert(name.sha256);
        }
    }
    for path in entries(&part.content)? {
        let is_named = |path: &PathBuf| {
            let name = path.file_name().and_then(|name| name.to_str());
            name.is_some_and(|name| named.contains(name))
        };
        if !is_named(&path) && *left > 0 {
            layout::remove(&path)?;
            *left -= 1;
        }
    }
    if named.is_empty() {
        // Only empty folders can be removed; a tenant that returns gets new ones.
        for folder in [&part.names, &part.content, &folder.to_owned()] {
            let _ = fs::remove_dir(folder);
        }
    }
    Ok(())
}

impl Told {
    fn details(self, size_bytes: u64) -> Details {
        Details {
            owner: self.owner,
            file_name: self.file_name,
            content_type: self.content_type,
            size_bytes,
        }
    }
}

fn broken_off(cause: impl std::fmt::Display) -> CallError {
    let mut told = CallError::internal(cause);
    told.code = Code::Unavailable;
    told.message = "The bytes broke off before their end; nothing was kept.".into();
    told.advise("Send the whole file again to the same address.")
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> io::Result<T> + Send + 'static,
) -> Result<T, CallError> {
    let done = tokio::task::spawn_blocking(work).await;
    done.map_err(failed)?.map_err(unwritten)
}
