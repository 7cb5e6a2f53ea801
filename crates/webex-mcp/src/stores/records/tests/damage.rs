//! A database that is newer, foreign or cannot be written.

use super::*;

/// Turns it into a database of a later version, once no thread of ours has it open: the last one
/// that closes it removes the log beside it.
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
async fn a_newer_or_foreign_database_is_refused_and_not_touched() {
    let place = Place::disk();
    close(place.open(1, None).unwrap()).await;
    let path = place.path().join(open::FILE_NAME);
    make_newer(&path).await;
    let before = contents(place.path());
    let refused = place.open(1, None).unwrap_err();
    assert!(matches!(refused, OpenError::Newer { found: 99, .. }));
    assert!(Snapshot::open(place.path()).is_err());
    // The difference is not printed: the files fill a screen.
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
    // One digest key, one signing key, four notes.
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
