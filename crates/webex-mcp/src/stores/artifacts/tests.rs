//! The contract that every backend of artifacts fulfils, and tests of the disk alone.

use std::fs;

use futures::stream;

use super::disk::{Quota, Share};
use super::*;

const HOUR: Duration = Duration::from_secs(3600);

fn new(tenant: &str, lifetime: Duration) -> New {
    New {
        tenant: Tenant::new(tenant),
        id: Uuid::new_v4(),
        owner: "alice".into(),
        file_name: "notes.txt".into(),
        declared_type: None,
        max_bytes: 1024,
        lifetime,
    }
}

async fn put(store: &impl Artifacts, new: &New, text: &str) -> Result<Details, CallError> {
    let pieces: Vec<_> = text
        .as_bytes()
        .chunks(3)
        .map(|piece| Ok::<_, String>(Bytes::copy_from_slice(piece)))
        .collect();
    store.put(new.clone(), stream::iter(pieces)).await
}

async fn read(store: &impl Artifacts, new: &New) -> Result<String, Code> {
    match store.open(&new.tenant, new.id).await {
        Ok(artifact) => Ok(fs::read_to_string(artifact.path).unwrap()),
        Err(error) => Err(error.code),
    }
}

fn code(outcome: Result<Details, CallError>) -> Code {
    outcome.unwrap_err().code
}

/// The contract. The backend is empty and nobody else uses it; a tenant may have three artifacts
/// and 20 bytes.
async fn keeps_the_contract(store: &impl Artifacts) {
    names(store).await;
    refusals(store).await;
    quotas(store).await;
    expiry(store).await;
}

async fn names(store: &impl Artifacts) {
    let (one, two) = (new("acme", HOUR), new("acme", HOUR));
    assert_eq!(read(store, &one).await, Err(Code::NotFound));
    let details = put(store, &one, "hello").await.unwrap();
    let expected = Details {
        owner: "alice".into(),
        file_name: "notes.txt".into(),
        content_type: "text/plain".into(),
        size_bytes: 5,
    };
    assert_eq!(details, expected);
    let opened = store.open(&one.tenant, one.id).await.unwrap();
    assert_eq!(opened.details, expected);
    // A name is used once, whatever content arrives under it.
    assert_eq!(code(put(store, &one, "hello").await), Code::Conflict);
    assert_eq!(code(put(store, &one, "other").await), Code::Conflict);
    // The same content under another name, and for another tenant under the same id.
    put(store, &two, "hello").await.unwrap();
    let mut foreign = new("other", HOUR);
    foreign.id = one.id;
    assert_eq!(read(store, &foreign).await, Err(Code::NotFound));
    put(store, &foreign, "hello").await.unwrap();
    // Each name is removed by itself; the bytes go with the last.
    store.remove(&one.tenant, one.id).await.unwrap();
    store.remove(&one.tenant, one.id).await.unwrap();
    assert_eq!(read(store, &one).await, Err(Code::NotFound));
    assert_eq!(read(store, &two).await.unwrap(), "hello");
    let path = store.open(&two.tenant, two.id).await.unwrap().path;
    store.remove(&two.tenant, two.id).await.unwrap();
    assert!(!path.exists());
    assert_eq!(read(store, &foreign).await.unwrap(), "hello");
    store.remove(&foreign.tenant, foreign.id).await.unwrap();
}

async fn refusals(store: &impl Artifacts) {
    let file = new("acme", HOUR);
    assert_eq!(code(put(store, &file, "").await), Code::InvalidArguments);
    let mut picture = file.clone();
    picture.file_name = "x.png".into();
    assert_eq!(
        code(put(store, &picture, "text").await),
        Code::InvalidArguments
    );
    picture.file_name = "x".into();
    picture.declared_type = Some("image/png".into());
    assert_eq!(
        code(put(store, &picture, "text").await),
        Code::InvalidArguments
    );
    let broken = stream::iter([Ok(Bytes::from_static(b"hel")), Err("gone")]);
    assert_eq!(
        code(store.put(file.clone(), broken).await),
        Code::Unavailable
    );
    // None of these attempts has taken the name.
    assert_eq!(read(store, &file).await, Err(Code::NotFound));
    put(store, &file, "hello").await.unwrap();
    store.remove(&file.tenant, file.id).await.unwrap();
}

async fn quotas(store: &impl Artifacts) {
    let files: Vec<_> = (0..4).map(|_| new("full", HOUR)).collect();
    for file in &files[..3] {
        put(store, file, "1").await.unwrap();
    }
    assert_eq!(code(put(store, &files[3], "1").await), Code::RateLimited);
    let other = new("empty", HOUR);
    let twenty = "12345678901234567890";
    put(store, &other, twenty).await.unwrap();
    assert_eq!(
        code(put(store, &new("empty", HOUR), "1").await),
        Code::RateLimited
    );
    // Equal bytes count each time, so that a tenant cannot see what is shared.
    store.remove(&files[0].tenant, files[0].id).await.unwrap();
    assert_eq!(code(put(store, &files[3], twenty).await), Code::RateLimited);
    put(store, &files[3], "1").await.unwrap();
    for file in files[1..].iter().chain([&other]) {
        store.remove(&file.tenant, file.id).await.unwrap();
    }
}

async fn expiry(store: &impl Artifacts) {
    let (short, long) = (new("acme", Duration::ZERO), new("acme", HOUR));
    put(store, &short, "hello").await.unwrap();
    put(store, &long, "hello").await.unwrap();
    assert_eq!(read(store, &short).await, Err(Code::NotFound));
    assert_eq!(store.sweep().await.unwrap(), 1);
    assert_eq!(store.sweep().await.unwrap(), 0);
    assert_eq!(read(store, &long).await.unwrap(), "hello");
    let last = new("acme", Duration::ZERO);
    put(store, &last, "bye").await.unwrap();
    // The name and its bytes.
    assert_eq!(store.sweep().await.unwrap(), 2);
    store.remove(&long.tenant, long.id).await.unwrap();
}

const TWENTY: Share = Share {
    artifacts: 3,
    bytes: 20,
};
const SMALL: Quota = Quota {
    tenant: TWENTY,
    owner: TWENTY,
};

/// Every file below a folder, except the lock.
fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for path in layout::entries(folder).unwrap() {
        match path.is_dir() {
            true => found.extend(files(&path)),
            false if path.ends_with("lock") => {}
            false => found.push(path),
        }
    }
    found
}

#[tokio::test]
async fn disk_keeps_the_contract() {
    let folder = tempfile::tempdir().unwrap();
    let disk = Disk::with(folder.path(), SMALL, None).await.unwrap();
    keeps_the_contract(&disk).await;
    assert_eq!(files(folder.path()), Vec::<PathBuf>::new());
    keeps_the_contract(&ArtifactStore::Disk(Arc::new(disk))).await;
    assert_eq!(files(folder.path()), Vec::<PathBuf>::new());
}

#[tokio::test]
async fn one_owner_leaves_room_for_others() {
    let folder = tempfile::tempdir().unwrap();
    let owner = Share {
        artifacts: 2,
        bytes: 10,
    };
    let quota = Quota {
        tenant: TWENTY,
        owner,
    };
    let disk = Disk::with(folder.path(), quota, None).await.unwrap();
    let mut all = [(); 4].map(|()| new("acme", HOUR));
    put(&disk, &all[0], "12345678").await.unwrap();
    let refused = put(&disk, &all[1], "123").await.unwrap_err();
    assert!(refused.message.starts_with("You have"), "{refused:?}");
    put(&disk, &all[1], "1").await.unwrap();
    assert_eq!(code(put(&disk, &all[2], "1").await), Code::RateLimited);
    all[2].owner = "bob".into();
    put(&disk, &all[2], "123").await.unwrap();
    all[3].owner = "carol".into();
    let refused = put(&disk, &all[3], "1").await.unwrap_err();
    assert!(
        refused.message.starts_with("This organization"),
        "{refused:?}"
    );
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_full_disk_is_told() {
    let full = fs::File::options().write(true).open("/dev/full").unwrap();
    let mut file = new("acme", HOUR);
    file.max_bytes = u64::MAX;
    let pieces = (0..64).map(|_| Ok::<_, String>(Bytes::from(vec![b'x'; 64 * 1024])));
    let told = super::disk::receive(&file, full, stream::iter(pieces)).await;
    let told = told.unwrap_err();
    assert_eq!(told.code, Code::Unavailable, "{told:?}");
    assert!(
        told.message.contains("disk of this server is full"),
        "{told:?}"
    );
}

#[tokio::test]
async fn a_crash_leaves_nothing_and_no_other_process_is_disturbed() {
    let folder = tempfile::tempdir().unwrap();
    let one = Disk::at(folder.path()).await.unwrap();
    let kept = new("acme", HOUR);
    put(&one, &kept, "hello").await.unwrap();
    // A half-written file, bytes without a name, and a file among the names that is not ours.
    let content = one.open(&kept.tenant, kept.id).await.unwrap().path;
    fs::write(folder.path().join("incoming/half"), "hel").unwrap();
    let orphan = content.with_file_name("0".repeat(64));
    fs::write(&orphan, "hello").unwrap();
    fs::write(content.with_file_name("../names/what"), "x").unwrap();

    // Meanwhile somebody else writes.
    let (sender, receiver) = futures::channel::mpsc::unbounded::<Result<Bytes, String>>();
    let arriving = new("acme", HOUR);
    let writing = one.put(arriving.clone(), receiver);
    let starting = async {
        sender.unbounded_send(Ok("hel".into())).unwrap();
        while layout::entries(&folder.path().join("incoming"))
            .unwrap()
            .len()
            < 2
        {
            tokio::task::yield_now().await;
        }
        let other = Disk::at(folder.path()).await.unwrap();
        assert!(!folder.path().join("incoming/half").exists());
        assert!(!orphan.exists());
        assert_eq!(read(&other, &kept).await.unwrap(), "hello");
        // A half-written artifact is visible to nobody.
        assert_eq!(read(&other, &arriving).await, Err(Code::NotFound));
        sender.unbounded_send(Ok("lo!".into())).unwrap();
        drop(sender);
        other
    };
    let (written, other) = tokio::join!(writing, starting);
    assert_eq!(written.unwrap().size_bytes, 6);
    assert_eq!(read(&other, &arriving).await.unwrap(), "hello!");
}

#[tokio::test]
async fn who_leaves_midway_leaves_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let disk = Disk::at(folder.path()).await.unwrap();
    let mut writing = Box::pin(disk.put(
        new("acme", HOUR),
        stream::pending::<Result<Bytes, String>>(),
    ));
    while files(folder.path()).is_empty() {
        assert!(futures::poll!(&mut writing).is_pending());
        tokio::task::yield_now().await;
    }
    drop(writing);
    assert_eq!(files(folder.path()), Vec::<PathBuf>::new());
}

#[tokio::test]
async fn a_temporary_store_ends_with_its_process() {
    let disk = Disk::temporary().await.unwrap();
    let file = new("acme", HOUR);
    put(&disk, &file, "hello").await.unwrap();
    let path = disk.open(&file.tenant, file.id).await.unwrap().path;
    assert!(path.exists());
    drop(disk);
    assert!(!path.exists());
}

#[tokio::test]
async fn a_folder_that_cannot_be_is_done_without() {
    let file = tempfile::NamedTempFile::new().unwrap();
    let store = ArtifactStore::at(Some(file.path())).await.unwrap();
    let new = new("acme", HOUR);
    put(&store, &new, "hello").await.unwrap();
    assert_eq!(read(&store, &new).await.unwrap(), "hello");
}
