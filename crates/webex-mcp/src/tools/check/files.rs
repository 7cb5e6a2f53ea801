//! Files: those that tools make, those that come in beside the arguments, and links to Webex's.

use std::sync::Arc;

use futures::future::{BoxFuture, ready};
use parking_lot::Mutex;
use serde_json::Value;
use tempfile::NamedTempFile;
use webex::AccessToken;

use super::World;
use crate::call::{Dispatcher, Parts};
use crate::error::{CallError, Code};
use crate::identity::{Caller, Principal, Tenant};
use crate::stores::artifacts::disk::{Quota, Share};
use crate::stores::artifacts::{ArtifactStore, Disk};
use crate::stores::links::Links;
use crate::stores::outbox::{Fetching, MadeFiles};
use crate::stores::state::StateStore;
use crate::tool::{
    Arrived, Artifact, ArtifactFile, ArtifactWriter, Expected, FileShelf, Inbox, Link, Maker,
    Offer, Outbox as _, ShelfFile,
};

impl World {
    /// The same world, where tools can make files, which are gone with it.
    pub async fn with_files(self) -> Self {
        self.with_room_for(u64::MAX).await
    }

    /// The same, with room for so many bytes.
    pub async fn with_room_for(self, bytes: u64) -> Self {
        self.with_made_files(bytes, |files| files).await
    }

    /// The same, of a server without a directory of its own.
    pub async fn with_fleeting_files(self) -> Self {
        self.with_made_files(u64::MAX, MadeFiles::fleeting).await
    }

    async fn with_made_files(mut self, bytes: u64, as_it_is: fn(MadeFiles) -> MadeFiles) -> Self {
        let share = Share {
            artifacts: usize::MAX,
            bytes,
        };
        let quota = Quota {
            tenant: share,
            owner: share,
        };
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().to_owned();
        let disk = Disk::with(&path, quota, Some(folder)).await;
        let artifacts = ArtifactStore::Disk(Arc::new(disk.unwrap()));
        let base = "https://files.test";
        let links = Links::new(base, StateStore::memory(), self.webex.clone());
        let files = MadeFiles::new(artifacts, Fetching::Links(links));
        let files = Arc::new(as_it_is(files));
        self.files = Some(files.clone());
        let parts = Parts {
            outbox: Some(files),
            work_answered_within: self.work_answered_within,
            ..World::parts(&self.webex)
        };
        self.journal = parts.journal.clone();
        self.dispatcher = Dispatcher::new(parts);
        self
    }

    /// A file that a tool has made for somebody.
    pub async fn made(&self, who: &str, file: ArtifactFile, bytes: &[u8]) -> Artifact {
        let files = self.files.clone().expect("a world with files");
        let mut writer = ArtifactWriter::new(files, self.maker(who), file);
        writer.write(bytes).await.unwrap();
        writer.finish().await.unwrap()
    }

    /// The whole text of a file that was made.
    pub async fn text_of(&self, who: &str, artifact: &Value) -> String {
        let maker = self.maker(who);
        let files = self.files.clone().expect("a world with files");
        let id = artifact["artifactId"].as_str().unwrap();
        let opened = files.open(&maker, id).await.unwrap();
        opened.text.expect("a short text")
    }

    fn maker(&self, who: &str) -> Maker {
        Maker {
            tenant: Tenant::single(),
            principal: Principal::new(who),
            server: self.server.slug.clone(),
            is_scoped: false,
        }
    }
}

/// A shelf that only says where the file would be.
#[derive(Debug)]
pub(super) struct Shelf;

impl FileShelf for Shelf {
    fn place<'a>(
        &'a self,
        _principal: &'a Principal,
        _token: &'a AccessToken,
        file: ShelfFile,
    ) -> BoxFuture<'a, Result<Link, CallError>> {
        Box::pin(async move {
            Ok(Link {
                uri: format!("https://files.test/{}", file.name),
                name: file.name.into(),
                mime_type: file.mime_type,
                size_bytes: file.size_bytes,
            })
        })
    }
}

/// One upload of Alice's, with the id "1".
#[derive(Debug)]
pub struct Upload {
    file_name: &'static str,
    content_type: &'static str,
    file: Mutex<Option<NamedTempFile>>,
}

impl Upload {
    pub fn of(file_name: &'static str, content_type: &'static str) -> Arc<Self> {
        Arc::new(Upload {
            file_name,
            content_type,
            file: Mutex::default(),
        })
    }

    pub fn arrive(&self, text: &str) {
        let file = NamedTempFile::new().unwrap();
        std::fs::write(file.path(), text).unwrap();
        *self.file.lock() = Some(file);
    }

    pub fn is_there(&self) -> bool {
        self.file.lock().is_some()
    }
}

impl Inbox for Upload {
    fn offer<'a>(
        &'a self,
        _: &'a Caller,
        file: Expected,
    ) -> BoxFuture<'a, Result<Offer, CallError>> {
        Box::pin(ready(Ok(Offer {
            upload_url: format!("https://example.com/{}", file.file_name),
            upload_id: "1".into(),
            expires_at: "2026-01-05T09:15:00Z".into(),
            max_bytes: 7,
        })))
    }

    fn open<'a>(
        &'a self,
        caller: &'a Caller,
        id: &'a str,
    ) -> BoxFuture<'a, Result<Arrived, CallError>> {
        let is_hers = caller.principal.as_str() == "alice" && id == "1";
        let file = self.file.lock();
        let arrived = file.as_ref().filter(|_| is_hers).map(|file| Arrived {
            path: file.path().to_owned(),
            file_name: self.file_name.into(),
            content_type: self.content_type.into(),
        });
        let missing = CallError::new(Code::NotFound, "not here", "wait");
        Box::pin(ready(arrived.ok_or(missing)))
    }

    fn remove<'a>(&'a self, _: &'a Caller, _: &'a str) -> BoxFuture<'a, Result<(), CallError>> {
        self.file.lock().take();
        Box::pin(ready(Ok(())))
    }
}
