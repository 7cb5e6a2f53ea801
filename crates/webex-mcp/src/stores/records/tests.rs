//! The contract that every backend of records fulfils, and tests of the disk alone.

use std::fs;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use tempfile::TempDir;

use super::*;

const MINUTE: i64 = 60_000;

/// A place for records that can be opened again, and a clock that stands still.
struct Place {
    directory: Option<TempDir>,
    now: Arc<AtomicI64>,
}

impl Place {
    fn memory() -> Self {
        Place {
            directory: None,
            now: Arc::new(AtomicI64::new(1_000 * MINUTE)),
        }
    }

    fn disk() -> Self {
        Place {
            directory: Some(tempfile::tempdir().unwrap()),
            ..Place::memory()
        }
    }

    fn open(&self, secret: u8, previous: Option<u8>) -> Result<Records, OpenError> {
        let secret_of = |byte| Secret::new(Box::new([byte; 32]));
        let now = self.now.clone();
        let opened = Records::open(Options {
            directory: self.directory.as_ref().map(TempDir::path),
            secret: &secret_of(secret),
            previous: previous.map(secret_of).as_ref(),
            retention: Retention::DISK,
            clock: Clock::new(move || now.load(Ordering::Relaxed)),
        });
        opened.map(|(records, _)| records)
    }

    fn path(&self) -> &Path {
        self.directory.as_ref().unwrap().path()
    }
}

/// Every test of a suite on each backend; `Place` is what a suite opens it from.
macro_rules! contract {
    ($($name:ident),* $(,)?) => {
        mod memory {
            $(#[tokio::test] async fn $name() { super::$name(&super::Place::memory()).await })*
        }
        mod disk {
            $(#[tokio::test] async fn $name() { super::$name(&super::Place::disk()).await })*
        }
    };
}
pub(crate) use contract;

contract![
    a_private_record_is_written_over_the_version_that_was_read,
    private_records_are_listed_by_tenant_and_kind,
    a_lease_has_one_holder_until_it_expires,
    a_refused_change_leaves_its_neighbours_alone,
    entries_form_one_chain,
    a_name_can_be_forgotten,
];

fn name(tenant: &str, kind: &str, id: &str) -> RecordName {
    RecordName {
        tenant: tenant.to_owned(),
        kind: kind.to_owned(),
        id: id.to_owned(),
    }
}

fn opening(nonce: Option<Uuid>, key: Option<Digest>) -> Arc<change::Opening> {
    Arc::new(change::Opening {
        call: Uuid::now_v7(),
        process: Uuid::now_v7(),
        identical: [1; 32],
        key,
        arguments: [2; 32],
        nonce,
        person: Some(Person {
            tenant: "t".to_owned(),
            principal: "p".to_owned(),
            name: "Alice".to_owned(),
        }),
        keeps_outcome: true,
        entry: b"{\"kind\":\"call\"}".to_vec(),
    })
}

fn begin(opening: Arc<change::Opening>) -> Change {
    Change::Begin {
        opening,
        number: 1,
        what: "POST /messages".to_owned(),
        entry: b"{\"kind\":\"begin\"}".to_vec(),
        at: 1_000 * MINUTE,
    }
}

fn note() -> Change {
    Change::Note {
        entry: b"{\"kind\":\"note\"}".to_vec(),
    }
}

async fn a_private_record_is_written_over_the_version_that_was_read(place: &Place) {
    let records = place.open(1, None).unwrap();
    let grant = name("acme", "grant", "alice");
    assert!(records.get(&grant).await.unwrap().is_none());
    assert_eq!(records.put(&grant, 0, b"one").await, Ok(1));
    assert_eq!(
        records.put(&grant, 0, b"two").await,
        Err(Refused::Changed(1))
    );
    assert_eq!(records.put(&grant, 1, b"two").await, Ok(2));
    assert_eq!(
        records.put(&grant, 1, b"three").await,
        Err(Refused::Changed(2))
    );
    let found = records.get(&grant).await.unwrap().unwrap();
    assert_eq!((found.version, found.content.as_slice()), (2, &b"two"[..]));
    assert_eq!(records.delete(&grant, 1).await, Err(Refused::Changed(2)));
    assert_eq!(records.delete(&grant, 2).await, Ok(()));
    assert_eq!(records.delete(&grant, 2).await, Err(Refused::Absent));
    assert_eq!(records.put(&grant, 2, b"four").await, Err(Refused::Absent));
}

async fn private_records_are_listed_by_tenant_and_kind(place: &Place) {
    let records = place.open(1, None).unwrap();
    for (tenant, kind, id) in [
        ("acme", "grant", "b"),
        ("acme", "grant", "a"),
        ("acme", "task", "c"),
        ("other", "grant", "d"),
    ] {
        let content = format!("{tenant} {id}");
        let record = name(tenant, kind, id);
        records.put(&record, 0, content.as_bytes()).await.unwrap();
    }
    let listed = records.list("acme", "grant", "").await.unwrap();
    let ids: Vec<_> = listed.iter().map(|record| record.id.as_str()).collect();
    assert_eq!(ids, ["a", "b"]);
    assert_eq!(listed[0].content.as_slice(), b"acme a");
    let rest = records.list("acme", "grant", "a").await.unwrap();
    assert_eq!(rest.len(), 1);
}

async fn a_lease_has_one_holder_until_it_expires(place: &Place) {
    let records = place.open(1, None).unwrap();
    let (one, two) = (Uuid::now_v7(), Uuid::now_v7());
    let minute = Duration::from_secs(60);
    assert_eq!(records.lease("sweep", one, minute).await, Ok(true));
    assert_eq!(records.lease("sweep", two, minute).await, Ok(false));
    assert_eq!(records.lease("other", two, minute).await, Ok(true));
    place.now.fetch_add(MINUTE / 2, Ordering::Relaxed);
    assert_eq!(records.lease("sweep", one, minute).await, Ok(true));
    place.now.fetch_add(MINUTE * 3 / 4, Ordering::Relaxed);
    assert_eq!(records.lease("sweep", two, minute).await, Ok(false));
    place.now.fetch_add(MINUTE / 4, Ordering::Relaxed);
    assert_eq!(records.lease("sweep", two, minute).await, Ok(true));
}

async fn a_refused_change_leaves_its_neighbours_alone(place: &Place) {
    let records = place.open(1, None).unwrap();
    let (nonce, key) = (Some(Uuid::now_v7()), Some([9; 32]));
    let first = opening(nonce, key);
    records.commit(begin(first.clone())).await.unwrap();
    let hold = hold(&records);
    let batch = [
        records.commit(note()),
        records.commit(begin(opening(nonce, None))),
        records.commit(begin(opening(Some(Uuid::now_v7()), key))),
        records.commit(begin(opening(None, None))),
    ];
    let before = records.store().commits();
    let both = futures::future::join(futures::future::join_all(batch), async { drop(hold) });
    let (results, ()) = both.await;
    assert_eq!(
        results,
        [
            Ok(()),
            Err(Refused::NonceUsed),
            Err(Refused::KeyTaken),
            Ok(())
        ]
    );
    assert_eq!(records.store().commits(), before + 1);
    // The refused ones left neither an intent nor a nonce.
    let entries = records.store().entries(0, 100).await.unwrap();
    let count = |kind: &str| {
        let wanted = format!("{{\"kind\":\"{kind}\"");
        let is_wanted = |entry: &&EntryRow| entry.body.starts_with(wanted.as_bytes());
        entries.iter().filter(is_wanted).count()
    };
    assert_eq!((count("call"), count("begin"), count("note")), (2, 2, 1));
    let row = records.store().key([9; 32], 0).await.unwrap().unwrap();
    assert_eq!(row.call, first.call);
}

/// Holds the writer until it is dropped, so that what is submitted meanwhile becomes one batch.
fn hold(records: &Records) -> std::sync::mpsc::Sender<()> {
    let (held, until) = std::sync::mpsc::channel::<()>();
    let (told, is_held) = std::sync::mpsc::channel();
    records.send(writer::Job::Touch(Box::new(move |_| {
        told.send(()).unwrap();
        let _ = until.recv();
    })));
    is_held.recv().unwrap();
    held
}

async fn entries_form_one_chain(place: &Place) {
    let records = place.open(1, None).unwrap();
    for _ in 0..5 {
        records.commit(note()).await.unwrap();
    }
    let entries = records.store().entries(0, 100).await.unwrap();
    let mut hash = chain::BEGINNING;
    for (at, entry) in entries.iter().enumerate() {
        assert_eq!(entry.seq, at as u64 + 1);
        hash = chain::link(&hash, entry.seq, &entry.body);
        assert_eq!(entry.hash, hash);
    }
    // The first commit introduces the key that signs.
    assert_eq!(entries.len(), 6);
    assert!(entries[1].body.starts_with(chain::KEY_ENTRY_BEGINS));
    assert_eq!(records.store().entries(4, 1).await.unwrap()[0].seq, 5);
}

async fn a_name_can_be_forgotten(place: &Place) {
    let records = place.open(1, None).unwrap();
    records.commit(begin(opening(None, None))).await.unwrap();
    assert_eq!(records.store().people(10).await.unwrap()[0].name, "Alice");
    records.forget_person("t", "p").await.unwrap();
    records.forget_person("t", "p").await.unwrap();
    assert!(records.store().people(10).await.unwrap().is_empty());
}

/// Everything below a directory.
fn contents(directory: &Path) -> Vec<(String, Vec<u8>)> {
    let mut found: Vec<_> = fs::read_dir(directory)
        .unwrap()
        .map(|entry| entry.unwrap())
        .filter(|entry| entry.file_type().unwrap().is_file())
        .map(|entry| {
            let name = entry.file_name().to_string_lossy().into_owned();
            (name, fs::read(entry.path()).unwrap())
        })
        .collect();
    found.sort();
    found
}

/// Ends the threads of `records` and waits until they are gone.
async fn close(records: Records) {
    records.store().flush().await.unwrap();
    let (told, gone) = std::sync::mpsc::channel();
    records.send(writer::Job::Crash(told));
    gone.recv().unwrap();
}

/// Makes it a database of a later version, once no thread of ours has it open: who closes it last
/// takes the log beside it along.
async fn make_newer(path: &Path) {
    let log = path.with_file_name(format!("{}-wal", open::FILE_NAME));
    let made = async {
        loop {
            let database = rusqlite::Connection::open(path).unwrap();
            database.pragma_update(None, "user_version", 99).unwrap();
            drop(database);
            if !log.exists() {
                return;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    let made = tokio::time::timeout(Duration::from_secs(10), made).await;
    made.expect("the reader ends with its records");
}

#[tokio::test]
async fn private_records_are_not_readable_on_the_disk() {
    let place = Place::disk();
    let records = place.open(1, None).unwrap();
    let content = b"a refresh token that nobody may read";
    records
        .put(&name("t", "grant", "a"), 0, content)
        .await
        .unwrap();
    close(records).await;
    for (file, bytes) in contents(place.path()) {
        let is_there = bytes.windows(content.len()).any(|window| window == content);
        assert!(!is_there, "{file}");
    }
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = fs::metadata(place.path().join(open::FILE_NAME)).unwrap();
        assert_eq!(mode.permissions().mode() & 0o777, 0o600);
    }
}

#[tokio::test]
async fn a_rolled_secret_opens_everything_and_the_previous_one_can_go() {
    let place = Place::disk();
    let grant = name("t", "grant", "a");
    let records = place.open(1, None).unwrap();
    records.put(&grant, 0, b"kept").await.unwrap();
    close(records).await;
    // Under another secret alone nothing would open: that is said before anything is written.
    assert!(matches!(place.open(2, None), Err(OpenError::OtherSecret)));
    let rolled = place.open(2, Some(1)).unwrap();
    let found = rolled.get(&grant).await.unwrap().unwrap();
    assert_eq!((found.version, found.content.as_slice()), (1, &b"kept"[..]));
    close(rolled).await;
    let later = place.open(2, None).unwrap();
    let found = later.get(&grant).await.unwrap().unwrap();
    assert_eq!(found.content.as_slice(), b"kept");
}

#[tokio::test]
async fn a_newer_or_foreign_database_is_refused_and_not_touched() {
    let place = Place::disk();
    close(place.open(1, None).unwrap()).await;
    let path = place.path().join(open::FILE_NAME);
    make_newer(&path).await;
    let before = contents(place.path());
    let refused = place.open(1, None).unwrap_err();
    assert!(matches!(refused, OpenError::Newer { found: 99, .. }));
    assert!(Snapshot::open(place.path()).is_err());
    // Not shown where they differ: the files fill a screen.
    assert!(contents(place.path()) == before, "a file was touched");

    for foreign in [b"not a database at all".to_vec(), vec![0; 4096]] {
        fs::write(&path, &foreign).unwrap();
        assert!(matches!(place.open(1, None), Err(OpenError::Foreign)));
        assert_eq!(fs::read(&path).unwrap(), foreign);
    }
}

#[tokio::test]
async fn a_place_that_cannot_be_written_is_told_from_one_that_is_damaged() {
    let file = tempfile::NamedTempFile::new().unwrap();
    let secret = Secret::new(Box::new([1; 32]));
    let refused = Records::open(Options {
        directory: Some(&file.path().join("below")),
        secret: &secret,
        previous: None,
        retention: Retention::DISK,
        clock: Clock::system(),
    });
    assert!(matches!(refused, Err(OpenError::NotWritable(_))));
}

#[tokio::test]
async fn many_processes_may_start_at_once() {
    let place = Place::disk();
    let opened: Vec<_> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..4)
            .map(|_| scope.spawn(|| place.open(1, None).unwrap()))
            .collect();
        threads.into_iter().map(|one| one.join().unwrap()).collect()
    });
    for records in &opened {
        records.commit(note()).await.unwrap();
    }
    // One key of digests, one signing key, four notes.
    assert_eq!(opened[0].store().entries(0, 100).await.unwrap().len(), 5);
}

#[tokio::test]
async fn a_newer_version_in_the_log_is_refused_too() {
    let place = Place::disk();
    let records = place.open(1, None).unwrap();
    let (told, written) = std::sync::mpsc::channel();
    records.send(writer::Job::Touch(Box::new(move |database| {
        database.pragma_update(None, "user_version", 99).unwrap();
        told.send(()).unwrap();
    })));
    written.recv().unwrap();
    let refused = place.open(1, None).unwrap_err();
    assert!(
        matches!(refused, OpenError::Newer { found: 99, .. }),
        "{refused:?}"
    );
    let refused = Snapshot::open(place.path()).unwrap_err();
    assert!(
        matches!(refused, OpenError::Newer { found: 99, .. }),
        "{refused:?}"
    );
}

#[tokio::test]
async fn a_page_that_does_not_open_is_no_obstacle_for_the_next() {
    let place = Place::disk();
    let records = place.open(1, None).unwrap();
    let (told, written) = std::sync::mpsc::channel();
    records.send(writer::Job::Touch(Box::new(move |database| {
        let strangers = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT ?) \
                         INSERT INTO private SELECT 'a', 'grant', i, 1, zeroblob(100) FROM n";
        database
            .execute(strangers, [2 * limits::RECORDS_PAGE_ROWS])
            .unwrap();
        told.send(()).unwrap();
    })));
    written.recv().unwrap();
    let grant = name("t", "grant", "a");
    records.put(&grant, 0, b"kept").await.unwrap();
    close(records).await;
    close(place.open(2, Some(1)).unwrap()).await;
    let later = place.open(2, None).unwrap();
    let found = later.get(&grant).await.unwrap().unwrap();
    assert_eq!(found.content.as_slice(), b"kept");
}

/// What a key stands for is read in one statement: between two, its call could be settled.
#[tokio::test]
async fn a_key_is_read_while_its_call_opens_and_settles() {
    const ROUNDS: usize = 1_000;
    let place = Place::disk();
    let records = place.open(1, None).unwrap();
    let first = opening(None, Some([9; 32]));
    records.commit(begin(first)).await.unwrap();
    let path = place.path().to_owned();
    let is_over = Arc::new(std::sync::atomic::AtomicBool::new(false));
    let over = is_over.clone();
    let writes = std::thread::spawn(move || {
        let database = rusqlite::Connection::open(path.join(open::FILE_NAME)).unwrap();
        database
            .execute_batch(
                "PRAGMA synchronous = OFF; CREATE TEMP TABLE call AS SELECT * FROM calls",
            )
            .unwrap();
        for _ in 0..ROUNDS {
            let settled = "BEGIN IMMEDIATE; DELETE FROM calls; UPDATE keys SET is_open = 0; COMMIT";
            let opened = "BEGIN IMMEDIATE; INSERT INTO calls SELECT * FROM call; \
                          UPDATE keys SET is_open = 1; COMMIT";
            database.execute_batch(settled).unwrap();
            database.execute_batch(opened).unwrap();
        }
        over.store(true, Ordering::Relaxed);
    });
    let database = open::for_reading(place.path()).unwrap();
    while !is_over.load(Ordering::Relaxed) {
        assert!(read::key(&database, &[9; 32], 0).unwrap().is_some());
    }
    writes.join().unwrap();
}
