//! What is written to the disk, and under which key.

use std::sync::atomic::{AtomicBool, Ordering};

use super::place::files_with;
use super::*;

/// How many people the records know by name: they fill some pages.
const PEOPLE: usize = 300;

fn named(number: usize) -> String {
    format!("person{number:03}@example.com")
}

/// Records that know people by name, all of which are in the database and in its log.
async fn with_people(place: &Place) -> Records {
    let records = place.open(1, None).unwrap();
    let begun = (0..PEOPLE).map(|number| {
        let mut opening = (*opening(None, None)).clone();
        opening.person = Some(Person {
            tenant: "t".to_owned(),
            principal: number.to_string(),
            name: named(number),
        });
        records.commit(begin(Arc::new(opening)))
    });
    for begun in futures::future::join_all(begun).await {
        begun.unwrap();
    }
    let (told, moved) = std::sync::mpsc::channel();
    records.send(writer::Job::Touch(Box::new(move |database| {
        let moved = database.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |_| Ok(()));
        told.send(moved).unwrap();
    })));
    moved.recv().unwrap().unwrap();
    for file in ["records.db", "records.db-wal"] {
        let known = files_with(place.path(), &named(7));
        assert!(known.iter().any(|it| it == file), "{known:?}");
    }
    records
}

#[tokio::test]
async fn who_was_deleted_is_named_in_no_file() {
    let place = Place::disk();
    let records = with_people(&place).await;
    records.forget_person("t", "7").await.unwrap();
    assert!(files_with(place.path(), &named(7)).is_empty());
    assert_eq!(files_with(place.path(), &named(8)), ["records.db"]);
    // Also where pages become free.
    let all: Vec<_> = (0..PEOPLE).map(|number| number.to_string()).collect();
    let forgotten = all.iter().map(|number| records.forget_person("t", number));
    for forgotten in futures::future::join_all(forgotten).await {
        forgotten.unwrap();
    }
    assert!(files_with(place.path(), "@example.com").is_empty());
}

#[tokio::test]
async fn a_reader_of_another_process_delays_the_end_of_a_name_and_no_call() {
    let place = Place::disk();
    let records = with_people(&place).await;
    let reader = open::for_reading(place.path()).unwrap();
    reader.execute_batch("BEGIN; SELECT seq FROM head").unwrap();
    records.forget_person("t", "7").await.unwrap();
    assert_eq!(
        records.store().people(PEOPLE).await.unwrap().len(),
        PEOPLE - 1
    );
    assert!(!files_with(place.path(), &named(7)).is_empty());
    records.commit(note()).await.unwrap();
    reader.execute_batch("COMMIT").unwrap();
    let (told, tidied) = oneshot::channel();
    records.send(writer::Job::Forget(told));
    tidied.await.unwrap();
    assert!(files_with(place.path(), &named(7)).is_empty());
}

/// What a process could not finish, its end does.
#[tokio::test]
async fn the_end_of_a_process_empties_the_log_too() {
    let place = Place::disk();
    let (records, other) = (with_people(&place).await, place.open(1, None).unwrap());
    let reader = open::for_reading(place.path()).unwrap();
    reader.execute_batch("BEGIN; SELECT seq FROM head").unwrap();
    records.forget_person("t", "7").await.unwrap();
    reader.execute_batch("COMMIT").unwrap();
    let process = records.store().process();
    drop(records);
    place::gone(&other, process).await;
    assert!(files_with(place.path(), &named(7)).is_empty());
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
