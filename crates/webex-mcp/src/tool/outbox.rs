//! Where the files go that tools make, and whose they are.

use std::sync::Arc;

use bytes::Bytes;
use futures::future::BoxFuture;
use tokio::sync::mpsc;

use super::{Artifact, ArtifactFile};
use crate::error::CallError;
use crate::identity::{Principal, Tenant};

/// Where files go that are made here. An artifact is its maker's alone.
pub trait Outbox: Send + Sync + std::fmt::Debug {
    /// Stores the pieces as they come. Nothing can be seen before the last one, and nothing stays
    /// where it fails or is dropped. `unavailable` where there is no room.
    fn store(
        &self,
        maker: &Maker,
        file: ArtifactFile,
        pieces: mpsc::Receiver<Bytes>,
    ) -> BoxFuture<'static, Result<Artifact, CallError>>;

    /// The artifact, with its text if that is short. `not_found` also for those of others.
    fn open<'a>(
        &'a self,
        maker: &'a Maker,
        id: &'a str,
    ) -> BoxFuture<'a, Result<ReadArtifact, CallError>>;

    /// Where its bytes can be fetched, for a short while; `None` where this door has no such place.
    fn link<'a>(
        &'a self,
        maker: &'a Maker,
        artifact: &'a Artifact,
    ) -> BoxFuture<'a, Result<Option<String>, CallError>>;

    /// Whether what is stored is still there after this process.
    fn is_lasting(&self) -> bool;

    /// Deletes it before its time.
    fn remove<'a>(&'a self, maker: &'a Maker, id: &'a str) -> BoxFuture<'a, Result<(), CallError>>;
}

/// For whom an artifact is made, or who opens it.
#[derive(Debug, Clone)]
pub struct Maker {
    pub tenant: Tenant,
    pub principal: Principal,
    /// The server that was called.
    pub server: Arc<str>,
    /// A server with a scope knows only what was made through it.
    pub is_scoped: bool,
}

/// An artifact with its text, if that is short.
#[derive(Debug)]
pub struct ReadArtifact {
    pub artifact: Artifact,
    pub text: Option<String>,
}
