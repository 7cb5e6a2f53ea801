//! Files that tools make: each belongs to the principal for whom it was made, and is kept for a limited time.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures::StreamExt as _;
use futures::future::BoxFuture;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use tokio::sync::mpsc;
use uuid::Uuid;

use super::artifacts::{self, ArtifactStore, Artifacts as _, New};
use super::downloads::Downloads;
use super::links::Links;
use crate::error::{CallError, Code};
use crate::limits;
use crate::tool::{Artifact, ArtifactFile, Maker, Outbox, ReadArtifact};

/// The types of files whose text an answer may show.
const SHOWN: [&str; 3] = ["text/", "application/json", "application/x-ndjson"];

/// The files that were made and have not expired. Clones share them.
#[derive(Debug, Clone)]
pub struct MadeFiles {
    inner: Arc<Inner>,
    is_lasting: bool,
}

#[derive(Debug)]
struct Inner {
    artifacts: ArtifactStore,
    fetching: Fetching,
}

/// How the caller gets at the bytes.
#[derive(Debug)]
pub enum Fetching {
    /// By a signed link.
    Links(Links),
    /// As a file in the folder of downloads.
    Folder(Downloads),
}

/// The owner of an artifact as the store keeps it. That of an upload has another form, so neither
/// is opened as the other.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Owner {
    made_for: String,
    through: String,
}

impl MadeFiles {
    pub fn new(artifacts: ArtifactStore, fetching: Fetching) -> Self {
        let inner = Inner {
            artifacts,
            fetching,
        };
        MadeFiles {
            inner: Arc::new(inner),
            is_lasting: true,
        }
    }

    /// The same, where the files end with this process, and what they are of does not.
    pub fn fleeting(self) -> Self {
        MadeFiles {
            is_lasting: false,
            ..self
        }
    }

    /// The artifact, if it was made for this caller.
    async fn own(&self, maker: &Maker, id: &str) -> Result<(Uuid, artifacts::Artifact), CallError> {
        let id = Uuid::try_parse(id.trim()).map_err(|_| unknown())?;
        let found = self.inner.artifacts.open(&maker.tenant, id).await;
        let found = found.map_err(|error| match error.code {
            Code::NotFound => unknown(),
            _ => error,
        })?;
        let owner: Option<Owner> = serde_json::from_str(&found.details.owner).ok();
        let is_own = owner.is_some_and(|owner| {
            let is_within = !maker.is_scoped || owner.through == *maker.server;
            owner.made_for == maker.principal.as_str() && is_within
        });
        match is_own {
            true => Ok((id, found)),
            false => Err(unknown()),
        }
    }
}

impl Outbox for MadeFiles {
    fn store(
        &self,
        maker: &Maker,
        file: ArtifactFile,
        mut pieces: mpsc::Receiver<Bytes>,
    ) -> BoxFuture<'static, Result<Artifact, CallError>> {
        let artifacts = self.inner.artifacts.clone();
        let owner = Owner {
            made_for: maker.principal.as_str().to_owned(),
            through: maker.server.to_string(),
        };
        let tenant = maker.tenant.clone();
        Box::pin(async move {
            let id = Uuid::new_v4();
            let lifetime = Duration::from_secs(file.kept_seconds);
            let new = New {
                tenant,
                id,
                owner: serde_json::to_string(&owner).map_err(CallError::internal)?,
                file_name: file.name,
                declared_type: Some(file.media_type),
                max_bytes: limits::ARTIFACT_MAX_BYTES,
                lifetime,
            };
            let expires = Timestamp::now() + lifetime;
            let bytes = futures::stream::poll_fn(move |task| pieces.poll_recv(task));
            let stored = artifacts.put(new, bytes.map(Ok::<_, String>)).await;
            let details = stored.map_err(not_stored)?;
            Ok(told(id, details, expires.as_second()))
        })
    }

    fn open<'a>(
        &'a self,
        maker: &'a Maker,
        id: &'a str,
    ) -> BoxFuture<'a, Result<ReadArtifact, CallError>> {
        Box::pin(async move {
            let (id, found) = self.own(maker, id).await?;
            let details = &found.details;
            let is_short = details.size_bytes <= limits::INLINE_DOWNLOAD_MAX_BYTES;
            let is_text = |kind: &&str| details.content_type.starts_with(kind);
            let text = match is_short && SHOWN.iter().any(is_text) {
                true => tokio::fs::read_to_string(&found.path).await.ok(),
                false => None,
            };
            let expires_seconds = i64::try_from(found.expires_seconds).unwrap_or(i64::MAX);
            Ok(ReadArtifact {
                artifact: told(id, found.details, expires_seconds),
                text,
            })
        })
    }

    fn link<'a>(
        &'a self,
        maker: &'a Maker,
        artifact: &'a Artifact,
    ) -> BoxFuture<'a, Result<Option<String>, CallError>> {
        Box::pin(async move {
            let (id, found) = self.own(maker, &artifact.artifact_id).await?;
            match &self.inner.fetching {
                Fetching::Links(links) => {
                    let (tenant, principal) = (&maker.tenant, &maker.principal);
                    links.keep_artifact(tenant, principal, id).await.map(Some)
                }
                Fetching::Folder(downloads) => {
                    let name = &found.details.file_name;
                    downloads.copy(&found.path, name, &id.to_string()).await
                }
            }
        })
    }

    fn is_lasting(&self) -> bool {
        self.is_lasting
    }

    fn remove<'a>(&'a self, maker: &'a Maker, id: &'a str) -> BoxFuture<'a, Result<(), CallError>> {
        Box::pin(async move {
            let (id, _) = self.own(maker, id).await?;
            self.inner.artifacts.remove(&maker.tenant, id).await
        })
    }
}

fn told(id: Uuid, details: artifacts::Details, expires_seconds: i64) -> Artifact {
    let expires = Timestamp::from_second(expires_seconds);
    Artifact {
        expires_at: expires.map_or_else(|_| String::new(), |time| time.to_string()),
        ..Artifact::new(
            id.to_string(),
            &details.file_name,
            details.content_type,
            details.size_bytes,
        )
    }
}

/// Nothing is gained by waiting for room within one work, as it would be for Webex.
fn not_stored(error: CallError) -> CallError {
    match error.code {
        Code::RateLimited => CallError::new(
            Code::Unavailable,
            error.message,
            "Call again once some of them have expired, or ask for less.",
        ),
        Code::TooLarge => {
            error.advise("Ask for a shorter period, and for the rest in further calls.")
        }
        _ => error,
    }
}

fn unknown() -> CallError {
    CallError::new(
        Code::NotFound,
        "`artifactId`: there is no such file, or it has expired.",
        "Make it again with the tool that made it: such files are kept for a limited time.",
    )
}

#[cfg(test)]
mod tests;
