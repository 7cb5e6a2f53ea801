//! Verification finds every change, and names the first entry that is wrong.

use proptest::prelude::*;
use rusqlite::params;
use tempfile::TempDir;

use super::*;
use crate::journal::verify::{NotedHead, Stop, Wrong};

/// What an attacker may do to a journal.
#[derive(Debug, Clone)]
enum Harm {
    Flip {
        row: u64,
        is_hash: bool,
        at: usize,
        bit: u8,
    },
    Remove {
        row: u64,
    },
    Swap {
        one: u64,
        two: u64,
    },
    /// A copy of a row between two others; the rows after it move up.
    Insert {
        row: u64,
    },
    Append,
    /// Removes everything up to a signed head, which becomes the base, as retention does it, and
    /// appends an entry that says so but that nobody signed.
    Cut {
        is_told: bool,
    },
    FlipSigned {
        column: usize,
        at: usize,
        bit: u8,
    },
}

const ROWS: u64 = 13;

fn harms() -> impl Strategy<Value = Harm> {
    let row = 1..=ROWS;
    let flip = (row.clone(), any::<bool>(), any::<usize>(), 0u8..8);
    let pair = (row.clone(), row.clone()).prop_filter("two rows", |(one, two)| one < two);
    prop_oneof![
        4 => flip.prop_map(|(row, is_hash, at, bit)| Harm::Flip { row, is_hash, at, bit }),
        1 => row.clone().prop_map(|row| Harm::Remove { row }),
        1 => pair.prop_map(|(one, two)| Harm::Swap { one, two }),
        1 => row.prop_map(|row| Harm::Insert { row }),
        1 => Just(Harm::Append),
        1 => any::<bool>().prop_map(|is_told| Harm::Cut { is_told }),
        1 => (0usize..3, any::<usize>(), 0u8..8)
            .prop_map(|(column, at, bit)| Harm::FlipSigned { column, at, bit }),
    ]
}

/// Does the harm and returns the first entry that is wrong then.
fn harm(database: &rusqlite::Connection, harm: &Harm) -> u64 {
    let flip = |table: &str, column: &str, row: u64, at: usize, bit: u8| {
        let select = format!("SELECT {column} FROM {table} WHERE seq = ?");
        let mut bytes: Vec<u8> = database
            .query_row(&select, [row], |row| row.get(0))
            .unwrap();
        let at = at % bytes.len();
        bytes[at] ^= 1 << bit;
        let update = format!("UPDATE {table} SET {column} = ? WHERE seq = ?");
        database.execute(&update, params![bytes, row]).unwrap();
    };
    match *harm {
        Harm::Flip {
            row,
            is_hash,
            at,
            bit,
        } => {
            let column = if is_hash { "hash" } else { "body" };
            flip("entries", column, row, at, bit);
            row
        }
        Harm::Remove { row } => {
            database
                .execute("DELETE FROM entries WHERE seq = ?", [row])
                .unwrap();
            row
        }
        Harm::Swap { one, two } => {
            for (from, to) in [(one, 1_000), (two, one), (1_000, two)] {
                database
                    .execute("UPDATE entries SET seq = ? WHERE seq = ?", [to, from])
                    .unwrap();
            }
            one
        }
        Harm::Insert { row } => {
            let shift = "UPDATE entries SET seq = -seq - 1 WHERE seq >= ?";
            database.execute(shift, [row]).unwrap();
            database
                .execute("UPDATE entries SET seq = -seq WHERE seq < 0", [])
                .unwrap();
            let copy = "INSERT INTO entries SELECT ?1, body, hash FROM entries WHERE seq = ?2";
            let from = if row == 1 { ROWS + 1 } else { row - 1 };
            database.execute(copy, [row, from]).unwrap();
            row
        }
        Harm::Append => {
            let body: Vec<u8> = database
                .query_row("SELECT body FROM entries WHERE seq = ?", [ROWS], |row| {
                    row.get(0)
                })
                .unwrap();
            append(database, &body);
            ROWS + 1
        }
        Harm::Cut { is_told } => {
            let signed = "SELECT seq, hash FROM signed_heads ORDER BY seq LIMIT 1";
            let (base, hash): (u64, Vec<u8>) = database
                .query_row(signed, [], |row| Ok((row.get(0)?, row.get(1)?)))
                .unwrap();
            if is_told {
                let entry = chain::OwnEntry::Truncated {
                    at: Timestamp::UNIX_EPOCH,
                    through: base,
                    hash: crate::seal::hex(&hash),
                };
                append(database, &entry.to_bytes());
                let head = "UPDATE head SET (seq, hash, bytes) = (SELECT max(seq), hash, \
                            (SELECT sum(length(body) + 48) FROM entries) FROM entries)";
                database.execute(head, []).unwrap();
            }
            database
                .execute("DELETE FROM entries WHERE seq <= ?", [base])
                .unwrap();
            database
                .execute(
                    "UPDATE head SET base_seq = ?, base_hash = ?",
                    params![base, hash],
                )
                .unwrap();
            base
        }
        Harm::FlipSigned { column, at, bit } => {
            let column = ["hash", "public_key", "signature"][column];
            let row = "SELECT min(seq) FROM signed_heads";
            let row = database.query_row(row, [], |row| row.get(0)).unwrap();
            flip("signed_heads", column, row, at, bit);
            row
        }
    }
}

/// An entry that links to the last one.
fn append(database: &rusqlite::Connection, body: &[u8]) {
    let hash: Vec<u8> = database
        .query_row("SELECT hash FROM entries WHERE seq = ?", [ROWS], |row| {
            row.get(0)
        })
        .unwrap();
    let hash = chain::link(&hash, ROWS + 1, body);
    database
        .execute(
            "INSERT INTO entries VALUES (?, ?, ?)",
            params![ROWS + 1, body, hash],
        )
        .unwrap();
}

/// A journal of [`ROWS`] entries in its own file, without a log beside it.
fn written() -> (TempDir, Vec<u8>, NotedHead) {
    let place = Place::disk();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        let journal = place.start();
        for _ in 0..3 {
            run(&journal, intent("a"), b"").await;
        }
        journal.flush().await;
        crash(&journal);
    });
    let copy = tempfile::tempdir().unwrap();
    let path = copy.path().join("records.db");
    let database = rusqlite::Connection::open(place.path().join("records.db")).unwrap();
    database
        .execute("VACUUM INTO ?", [path.to_str().unwrap()])
        .unwrap();
    let verified = place.book().verify(&[], None).unwrap();
    assert_eq!(verified.entries, ROWS);
    let noted = format!("{}:{}", verified.head, verified.hash);
    (copy, std::fs::read(path).unwrap(), noted.parse().unwrap())
}

#[test]
fn every_single_harm_is_found_and_its_first_entry_named() {
    let (directory, whole, _) = written();
    let path = directory.path().join("records.db");
    let config = ProptestConfig::with_cases(400);
    proptest!(config, |(done in harms())| {
        std::fs::write(&path, &whole).unwrap();
        let database = rusqlite::Connection::open(&path).unwrap();
        let expected = harm(&database, &done);
        drop(database);
        let book = Book::open(directory.path()).unwrap().unwrap();
        match book.verify(&[], None) {
            Err(Stop::Wrong(wrong)) => prop_assert_eq!(wrong.seq, expected, "{:?}", wrong),
            other => prop_assert!(false, "{:?}", other),
        }
    });
    std::fs::write(&path, &whole).unwrap();
    let book = Book::open(directory.path()).unwrap().unwrap();
    book.verify(&[], None).unwrap();
}

#[test]
fn a_cut_tail_is_found_with_a_head_that_was_noted_elsewhere() {
    let (directory, _, noted) = written();
    let database = rusqlite::Connection::open(directory.path().join("records.db")).unwrap();
    let book = || Book::open(directory.path()).unwrap().unwrap();
    book().verify(&[], Some(noted.clone())).unwrap();
    // Anyone who can write the database can cut it and move its head.
    database
        .execute_batch(
            "DELETE FROM entries WHERE seq > 12;
             UPDATE head SET seq = 12, hash = (SELECT hash FROM entries WHERE seq = 12),
                 bytes = bytes - (SELECT 1);",
        )
        .unwrap();
    let bytes = "UPDATE head SET bytes = (SELECT sum(length(body) + 48) FROM entries)";
    database.execute_batch(bytes).unwrap();
    book().verify(&[], None).unwrap();
    let stop = book().verify(&[], Some(noted)).unwrap_err();
    assert!(matches!(
        stop,
        Stop::Wrong(Wrong {
            seq: ROWS,
            what: verify::What::NotedHead
        })
    ));
}

#[test]
fn a_noted_head_is_a_number_and_a_hash() {
    let hash = "ab".repeat(32);
    let head: NotedHead = format!("12:{hash}").parse().unwrap();
    assert_eq!((head.seq, head.hash), (12, [0xab; 32]));
    for wrong in [
        "",
        "12",
        "12:ab",
        &format!("x:{hash}"),
        &format!("1:{}", "zz".repeat(32)),
    ] {
        assert!(wrong.parse::<NotedHead>().is_err(), "{wrong}");
    }
}
