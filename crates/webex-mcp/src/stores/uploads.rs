//! Uploads: a URL that accepts a file once, and the file until a call sends it to Webex.
//!
//! An upload belongs to the tenant and principal that asked for its URL. The URL contains a handle,
//! as a download link does; the upload's id is a different number and gives nobody else access.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures::Stream;
use futures::future::BoxFuture;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::artifacts::{Artifact, ArtifactStore, Artifacts as _, Details, New};
use super::handle::{Handle, counted};
use super::state::{Claim, State as _, StateStore};
use crate::error::{CallError, Code};
use crate::identity::{Caller, Principal, Tenant};
use crate::limits;
use crate::tool::{Arrived, Expected, Inbox, Offer};

const OPEN: Duration = Duration::from_secs(limits::UPLOAD_OFFER_SECONDS);
const KEPT: Duration = Duration::from_secs(limits::UPLOAD_KEPT_SECONDS);
/// The group of all uploads, and the prefix of each principal's group.
const UPLOADS: &str = "uploads";

/// The path of uploads; one segment, the handle, follows.
pub const PATH: &str = "/uploads/";

/// The uploads that are awaited or have arrived. Clones share them.
#[derive(Debug, Clone)]
pub struct Uploads(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    /// Scheme and host before [`PATH`], without a slash at the end.
    base: String,
    state: StateStore,
    artifacts: ArtifactStore,
}

/// An upload that is awaited, as its URL identifies it.
#[derive(Debug)]
pub struct Awaited {
    pub principal: Principal,
    digest: String,
    kept: Kept,
}

/// The same in its stored form, before sealing.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Kept {
    tenant: String,
    principal: String,
    id: Uuid,
    file_name: String,
    declared_type: Option<String>,
}

/// An upload whose bytes have arrived.
#[derive(Debug)]
pub struct Received {
    pub id: Uuid,
    pub details: Details,
}

impl Uploads {
    /// Uploads whose URLs begin with `base`, under which clients reach this server.
    pub fn new(base: &str, state: StateStore, artifacts: ArtifactStore) -> Self {
        Uploads(Arc::new(Inner {
            base: base.trim_end_matches('/').to_owned(),
            state,
            artifacts,
        }))
    }

    /// The upload that the URL with this handle waits for.
    ///
    /// # Errors
    /// `not_found` where there is no such URL or it has expired, `conflict` where it was used.
    pub async fn find(&self, handle: &str) -> Result<Awaited, CallError> {
        let handle = Handle::parse(handle).ok_or_else(unknown_address)?;
        let digest = handle.digest();
        let state = &self.0.state;
        let sealed = state.get(&offered(&digest)).await?;
        let sealed = sealed.ok_or_else(unknown_address)?;
        let kept: Option<Kept> = handle.open(UPLOADS, &sealed)?;
        let kept = kept.ok_or_else(unknown_address)?;
        if state.get(&used(&digest)).await?.is_some() {
            return Err(used_address());
        }
        Ok(Awaited {
            principal: Principal::new(kept.principal.as_str()),
            digest,
            kept,
        })
    }

    /// Stores the bytes. Once all have arrived, the URL is used up. Bytes that are refused or break
    /// off leave nothing behind, and the URL stays open.
    ///
    /// # Errors
    /// The errors of [`Artifacts::put`](super::artifacts::Artifacts::put).
    pub async fn receive<S, E>(&self, awaited: Awaited, bytes: S) -> Result<Received, CallError>
    where
        S: Stream<Item = Result<Bytes, E>> + Send,
        E: std::fmt::Display + Send,
    {
        let Awaited {
            principal,
            digest,
            kept,
        } = awaited;
        let new = New {
            tenant: Tenant::new(kept.tenant),
            id: kept.id,
            owner: kept.principal,
            file_name: kept.file_name,
            declared_type: kept.declared_type,
            max_bytes: limits::UPLOAD_MAX_BYTES,
            lifetime: KEPT,
        };
        let details = self.0.artifacts.put(new, bytes).await?;
        let state = &self.0.state;
        state.put(&used(&digest), Bytes::new(), OPEN).await?;
        // It counts for as long as the file is stored here.
        let _ = self.claim(&principal, kept.id, KEPT).await;
        Ok(Received {
            id: kept.id,
            details,
        })
    }

    async fn offer(&self, caller: &Caller, file: Expected) -> Result<Offer, CallError> {
        let kept = Kept {
            tenant: caller.tenant.as_str().to_owned(),
            principal: caller.principal.as_str().to_owned(),
            id: Uuid::new_v4(),
            file_name: file.file_name,
            declared_type: file.content_type,
        };
        let handle = Handle::fresh()?;
        let sealed = handle.seal(UPLOADS, &kept)?;
        self.claim(&caller.principal, kept.id, OPEN).await?;
        let key = offered(&handle.digest());
        self.0.state.put(&key, sealed.into(), OPEN).await?;
        Ok(Offer {
            upload_url: format!("{}{PATH}{}", self.0.base, handle.text()),
            upload_id: kept.id.to_string(),
            expires_at: to_the_second(Timestamp::now() + OPEN),
            max_bytes: limits::UPLOAD_MAX_BYTES,
        })
    }

    /// Takes a place among this principal's uploads, and one among all uploads.
    async fn claim(&self, who: &Principal, id: Uuid, ttl: Duration) -> Result<(), CallError> {
        let (own, id) = (counted(UPLOADS, who.as_str()), id.to_string());
        let state = &self.0.state;
        let share = limits::UPLOADS_PER_PRINCIPAL;
        if let Claim::Full { free_in } = state.claim(&own, &id, share, ttl).await? {
            return Err(full("You have too many uploads open.", free_in));
        }
        match state.claim(UPLOADS, &id, limits::UPLOADS_MAX, ttl).await? {
            Claim::Held => Ok(()),
            Claim::Full { free_in } => {
                state.release(&own, &id).await?;
                Err(full("Too many uploads are open.", free_in))
            }
        }
    }

    /// The artifact, if it belongs to the caller.
    async fn own(&self, caller: &Caller, id: &str) -> Result<(Uuid, Artifact), CallError> {
        let id = Uuid::try_parse(id).map_err(|_| unknown_upload())?;
        let found = self.0.artifacts.open(&caller.tenant, id).await;
        let found = found.map_err(|error| match error.code {
            Code::NotFound => unknown_upload(),
            _ => error,
        })?;
        // Another principal's upload counts as missing.
        if found.details.owner != caller.principal.as_str() {
            return Err(unknown_upload());
        }
        Ok((id, found))
    }

    async fn remove(&self, caller: &Caller, id: &str) -> Result<(), CallError> {
        let (id, _) = self.own(caller, id).await?;
        self.0.artifacts.remove(&caller.tenant, id).await?;
        let (own, id) = (counted(UPLOADS, caller.principal.as_str()), id.to_string());
        self.0.state.release(&own, &id).await?;
        self.0.state.release(UPLOADS, &id).await
    }
}

impl Inbox for Uploads {
    fn offer<'a>(
        &'a self,
        caller: &'a Caller,
        file: Expected,
    ) -> BoxFuture<'a, Result<Offer, CallError>> {
        Box::pin(Uploads::offer(self, caller, file))
    }

    fn open<'a>(
        &'a self,
        caller: &'a Caller,
        upload_id: &'a str,
    ) -> BoxFuture<'a, Result<Arrived, CallError>> {
        Box::pin(async move {
            let (_, Artifact { details, path, .. }) = self.own(caller, upload_id).await?;
            Ok(Arrived {
                path,
                file_name: details.file_name,
                content_type: details.content_type,
            })
        })
    }

    fn remove<'a>(
        &'a self,
        caller: &'a Caller,
        upload_id: &'a str,
    ) -> BoxFuture<'a, Result<(), CallError>> {
        Box::pin(Uploads::remove(self, caller, upload_id))
    }
}

fn offered(digest: &str) -> String {
    format!("upload/{digest}")
}

fn used(digest: &str) -> String {
    format!("upload-used/{digest}")
}

fn unknown_address() -> CallError {
    CallError::new(
        Code::NotFound,
        "This address is unknown or has expired.",
        "Call webex-upload-file again without uploadId for a new one.",
    )
}

fn used_address() -> CallError {
    CallError::new(
        Code::Conflict,
        "This address has already received its file.",
        "Call webex-upload-file with its uploadId, or without one for another address.",
    )
}

fn unknown_upload() -> CallError {
    CallError::new(
        Code::NotFound,
        "`uploadId`: its bytes have not arrived, or are no longer here.",
        "PUT the bytes to its uploadUrl first; for a new address call again without uploadId.",
    )
}

fn full(message: &'static str, wait: Duration) -> CallError {
    CallError::new(
        Code::RateLimited,
        message,
        "Finish one by calling with its uploadId, or wait retryAfterSeconds until one has expired.",
    )
    .with_retry_after(wait)
}

/// Nobody reads a fraction of a second.
fn to_the_second(time: Timestamp) -> String {
    time.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures::stream;

    const BASE: &str = "https://example.com";

    async fn uploads() -> Uploads {
        let artifacts = ArtifactStore::at(None).await.unwrap();
        Uploads::new(BASE, StateStore::memory(), artifacts)
    }

    fn caller(tenant: &str, principal: &str) -> Caller {
        let mut caller = Caller::new(Principal::new(principal), None);
        caller.tenant = Tenant::new(tenant);
        caller
    }

    fn expected() -> Expected {
        Expected {
            file_name: "notes.txt".into(),
            content_type: None,
        }
    }

    fn handle(offer: &Offer) -> &str {
        offer
            .upload_url
            .strip_prefix("https://example.com/uploads/")
            .unwrap()
    }

    async fn send(
        uploads: &Uploads,
        offer: &Offer,
        bytes: &'static str,
    ) -> Result<Received, CallError> {
        let awaited = uploads.find(handle(offer)).await?;
        let piece = Ok::<_, std::io::Error>(Bytes::from_static(bytes.as_bytes()));
        uploads.receive(awaited, stream::iter([piece])).await
    }

    #[tokio::test]
    async fn an_address_takes_one_file_for_its_owner() {
        let uploads = uploads().await;
        let alice = caller("acme", "alice");
        let offer = uploads.offer(&alice, expected()).await.unwrap();
        let id = offer.upload_id.as_str();
        let early = Inbox::open(&uploads, &alice, id).await.unwrap_err();
        assert_eq!(early.code, Code::NotFound);

        // Refused bytes leave the URL open.
        let refused = send(&uploads, &offer, "GIF89a\0").await.unwrap_err();
        assert_eq!(refused.code, Code::InvalidArguments);
        assert_eq!(
            send(&uploads, &offer, "").await.unwrap_err().code,
            Code::InvalidArguments
        );
        let received = send(&uploads, &offer, "hello").await.unwrap();
        assert_eq!(received.details.size_bytes, 5);
        assert_eq!(received.details.content_type, "text/plain");
        assert_eq!(
            send(&uploads, &offer, "hello").await.unwrap_err().code,
            Code::Conflict
        );

        for other in [caller("acme", "bob"), caller("other", "alice")] {
            let open = Inbox::open(&uploads, &other, id).await.unwrap_err();
            let remove = Inbox::remove(&uploads, &other, id).await.unwrap_err();
            assert_eq!((open.code, remove.code), (Code::NotFound, Code::NotFound));
        }
        let arrived = Inbox::open(&uploads, &alice, id).await.unwrap();
        assert_eq!(std::fs::read_to_string(&arrived.path).unwrap(), "hello");
        Inbox::remove(&uploads, &alice, id).await.unwrap();
        assert!(!arrived.path.exists());
        assert_eq!(
            Inbox::open(&uploads, &alice, id).await.unwrap_err().code,
            Code::NotFound
        );
        // An upload that was sent is used up too.
        assert_eq!(
            send(&uploads, &offer, "hello").await.unwrap_err().code,
            Code::Conflict
        );
        for foreign in ["", "../../etc/passwd", "{}", id] {
            assert_eq!(
                uploads.find(foreign).await.unwrap_err().code,
                Code::NotFound
            );
        }
    }

    #[tokio::test]
    async fn of_two_at_once_one_arrives() {
        let uploads = uploads().await;
        let alice = caller("acme", "alice");
        let offer = uploads.offer(&alice, expected()).await.unwrap();
        let one = uploads.find(handle(&offer)).await.unwrap();
        send(&uploads, &offer, "first").await.unwrap();
        let piece = Ok::<_, std::io::Error>(Bytes::from_static(b"second"));
        let late = uploads.receive(one, stream::iter([piece])).await;
        assert_eq!(late.unwrap_err().code, Code::Conflict);
        let arrived = Inbox::open(&uploads, &alice, &offer.upload_id)
            .await
            .unwrap();
        assert_eq!(std::fs::read_to_string(&arrived.path).unwrap(), "first");
    }

    #[tokio::test]
    async fn a_principal_has_a_share_until_its_files_are_gone() {
        let uploads = uploads().await;
        let alice = caller("acme", "alice");
        let first = uploads.offer(&alice, expected()).await.unwrap();
        for _ in 1..limits::UPLOADS_PER_PRINCIPAL {
            uploads.offer(&alice, expected()).await.unwrap();
        }
        let refused = uploads.offer(&alice, expected()).await.unwrap_err();
        assert_eq!(refused.code, Code::RateLimited);
        assert!(refused.retry_after.is_some_and(|wait| wait <= OPEN));
        let bob = caller("acme", "bob");
        uploads.offer(&bob, expected()).await.unwrap();
        send(&uploads, &first, "hello").await.unwrap();
        assert!(uploads.offer(&alice, expected()).await.is_err());
        Inbox::remove(&uploads, &alice, &first.upload_id)
            .await
            .unwrap();
        uploads.offer(&alice, expected()).await.unwrap();
    }

    #[tokio::test(start_paused = true)]
    async fn an_address_expires() {
        let uploads = uploads().await;
        let offer = uploads
            .offer(&caller("acme", "alice"), expected())
            .await
            .unwrap();
        tokio::time::advance(OPEN).await;
        assert_eq!(
            send(&uploads, &offer, "hello").await.unwrap_err().code,
            Code::NotFound
        );
    }
}
