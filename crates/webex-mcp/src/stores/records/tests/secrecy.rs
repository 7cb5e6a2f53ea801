//! What is written to the disk, and under which key.

use std::sync::atomic::{AtomicBool, Ordering};

use super::*;

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
        for (made, expected) in [(open::FILE_NAME, 0o600), (open::PROCESSES, 0o700)] {
            let found = fs::metadata(place.path().join(made)).unwrap();
            assert_eq!(found.permissions().mode() & 0o777, expected, "{made}");
        }
    }
}

#[tokio::test]
async fn a_rolled_secret_opens_everything_and_the_previous_one_can_go() {
    let place = Place::disk();
    let grant = name("t", "grant", "a");
    let records = place.open(1, None).unwrap();
    records.put(&grant, 0, b"kept").await.unwrap();
    close(records).await;
    // Under another secret nothing would open: that is reported before anything is written.
    assert!(matches!(place.open(2, None), Err(OpenError::OtherSecret)));
    let rolled = place.open(2, Some(1)).unwrap();
    let found = rolled.get(&grant).await.unwrap().unwrap();
    assert_eq!((found.version, found.content.as_slice()), (1, &b"kept"[..]));
    close(rolled).await;
    let later = place.open(2, None).unwrap();
    let found = later.get(&grant).await.unwrap().unwrap();
    assert_eq!(found.content.as_slice(), b"kept");
}

/// A key is read in one statement: between two, its call could be settled.
#[tokio::test]
async fn a_key_is_read_while_its_call_opens_and_settles() {
    const ROUNDS: usize = 1_000;
    let place = Place::disk();
    let records = place.open(1, None).unwrap();
    let first = opening(None, Some([9; 32]));
    records.commit(begin(first)).await.unwrap();
    let path = place.path().to_owned();
    let is_over = Arc::new(AtomicBool::new(false));
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
