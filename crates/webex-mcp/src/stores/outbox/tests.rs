//! Files that tools make, written as a tool writes them.

use std::io::Read as _;
use std::path::Path;

use super::super::artifacts::Disk;
use super::super::artifacts::disk::{Quota, Share};
use super::*;
use crate::identity::{Principal, Tenant};
use crate::stores::state::StateStore;
use crate::tool::ArtifactWriter;

const ROOMY: Share = Share {
    artifacts: 100,
    bytes: u64::MAX,
};

struct Place {
    folder: tempfile::TempDir,
    outbox: Arc<MadeFiles>,
}

async fn place(bytes: u64) -> Place {
    let folder = tempfile::tempdir().unwrap();
    let quota = Quota {
        tenant: ROOMY,
        owner: Share { bytes, ..ROOMY },
    };
    let disk = Disk::with(folder.path(), quota, None).await.unwrap();
    let artifacts = ArtifactStore::Disk(Arc::new(disk));
    let webex = webex::Webex::new("http://127.0.0.1:9/v1").unwrap();
    let links = Links::new("https://example.com", StateStore::memory(), webex);
    Place {
        folder,
        outbox: Arc::new(MadeFiles::new(artifacts, Fetching::Links(links))),
    }
}

fn maker(principal: &str, server: &str, is_scoped: bool) -> Maker {
    Maker {
        tenant: Tenant::single(),
        principal: Principal::new(principal),
        server: server.into(),
        is_scoped,
    }
}

impl Place {
    fn begin(&self, file: ArtifactFile) -> ArtifactWriter {
        ArtifactWriter::new(self.outbox.clone(), maker("alice", "webex", false), file)
    }

    async fn made(&self, file: ArtifactFile, bytes: &[u8]) -> Result<Artifact, CallError> {
        let mut writer = self.begin(file);
        writer.write(bytes).await?;
        writer.finish().await
    }

    /// What a reader gets.
    async fn bytes(&self, artifact: &Artifact) -> Vec<u8> {
        let alice = maker("alice", "webex", false);
        let (_, found) = self
            .outbox
            .own(&alice, &artifact.artifact_id)
            .await
            .unwrap();
        std::fs::read(found.path).unwrap()
    }

    fn count(&self) -> usize {
        count(self.folder.path())
    }
}

/// Files below a folder, but for the lock.
fn count(folder: &Path) -> usize {
    let entries = std::fs::read_dir(folder).unwrap();
    let counts = entries.map(|entry| match entry.unwrap().path() {
        path if path.is_dir() => count(&path),
        path => usize::from(!path.ends_with("lock")),
    });
    counts.sum()
}

fn report() -> ArtifactFile {
    ArtifactFile::new("Report", "csv", "text/csv")
}

/// Lines that are all different.
fn lines(bytes: usize) -> Vec<u8> {
    let lines = (0..).flat_map(|number: u64| format!("row,{number}\r\n").into_bytes());
    lines.take(bytes).collect()
}

#[tokio::test]
async fn what_is_written_is_what_is_read_at_every_size() {
    let place = place(u64::MAX).await;
    let plain = limits::ARTIFACT_PLAIN_MAX_BYTES;
    let piece = limits::ARTIFACT_PIECE_BYTES;
    for size in [1, piece - 1, piece + 1, plain, plain + 1, 20 * plain + 7] {
        let bytes = lines(size);
        let made = place.made(report(), &bytes).await.unwrap();
        let got = place.bytes(&made).await;
        assert_eq!(made.size_bytes, got.len() as u64);
        match size > plain {
            true => {
                assert_eq!(
                    (made.name.as_str(), &*made.mime_type),
                    ("Report.csv.gz", PACKED)
                );
                let mut unpacked = Vec::new();
                flate2::read::GzDecoder::new(&got[..])
                    .read_to_end(&mut unpacked)
                    .unwrap();
                assert!(unpacked == bytes && got.len() < size / 2, "{size}");
            }
            false => {
                assert_eq!(
                    (made.name.as_str(), &*made.mime_type),
                    ("Report.csv", "text/csv")
                );
                assert!(got == bytes, "{size}");
            }
        }
        let as_it_is = ArtifactFile {
            is_packed_if_large: false,
            ..report()
        };
        let made = place.made(as_it_is, &bytes).await.unwrap();
        assert!(place.bytes(&made).await == bytes, "{size}");
    }
}

const PACKED: &str = "application/gzip";

#[tokio::test]
async fn it_is_its_makers_alone() {
    let place = place(u64::MAX).await;
    let made = place.made(report(), b"a,b\r\n").await.unwrap();
    assert_eq!(made.uri, format!("webex://artifacts/{}", made.artifact_id));
    let id = &made.artifact_id;
    let mut foreign = maker("alice", "webex", false);
    foreign.tenant = Tenant::new("other");
    for (who, is_own) in [
        (maker("alice", "webex", false), true),
        (maker("alice", "webex", true), true),
        (maker("alice", "other", false), true),
        (maker("alice", "other", true), false),
        (maker("bob", "webex", false), false),
        (foreign, false),
    ] {
        let opened = place.outbox.open(&who, id).await;
        assert_eq!(opened.is_ok(), is_own, "{who:?}");
        match opened {
            Ok(opened) => {
                assert_eq!(opened.artifact, made);
                assert_eq!(opened.text.as_deref(), Some("a,b\r\n"));
                assert!(place.outbox.link(&who, &made).await.unwrap().is_some());
            }
            Err(error) => {
                assert_eq!(error.code, Code::NotFound);
                assert!(place.outbox.link(&who, &made).await.is_err());
                assert!(place.outbox.remove(&who, id).await.is_err());
            }
        }
    }
    let alice = maker("alice", "webex", false);
    for wrong in ["", "1", "../../etc/passwd", &Uuid::new_v4().to_string()] {
        let error = place.outbox.open(&alice, wrong).await.unwrap_err();
        assert_eq!(error.code, Code::NotFound, "{wrong}");
    }
    place.outbox.remove(&alice, id).await.unwrap();
    assert!(place.outbox.open(&alice, id).await.is_err());
    assert_eq!(place.count(), 0);
}

#[tokio::test]
async fn who_leaves_midway_leaves_nothing() {
    let place = place(u64::MAX).await;
    for size in [10, 3 * limits::ARTIFACT_PLAIN_MAX_BYTES] {
        let mut writer = place.begin(report());
        writer.write(&lines(size)).await.unwrap();
        drop(writer);
    }
    assert_eq!(place.count(), 0);
}

#[tokio::test]
async fn without_room_nothing_stays_and_the_reason_is_told() {
    let place = place(1_000_000).await;
    let first = place.made(report(), &lines(200_000)).await.unwrap();
    let as_it_is = ArtifactFile {
        is_packed_if_large: false,
        ..report()
    };
    let refused = place.made(as_it_is, &lines(900_000)).await.unwrap_err();
    assert_eq!(refused.code, Code::Unavailable);
    assert!(refused.message.contains("as many files"), "{refused:?}");
    assert_eq!(place.bytes(&first).await.len(), 200_000);
    // The first one's name and its bytes.
    assert_eq!(place.count(), 2);
}
