//! What every backend promises.

use super::*;

contract![
    a_private_record_is_written_over_the_version_that_was_read,
    private_records_are_listed_by_tenant_and_kind,
    records_with_a_prefix_are_found_over_all_pages,
    due_records_come_in_the_order_of_their_times,
    due_records_are_found_behind_a_page_that_does_not_open,
    a_lease_has_one_holder_until_it_expires,
    a_refused_change_leaves_its_neighbours_alone,
    entries_form_one_chain,
    a_name_can_be_forgotten,
];

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
    // A page of what does not open is not the end.
    let hidden = |id| name("acme", "grant", id);
    for id in ["Z0", "Z1"] {
        place::damaged(&records, hidden(id), None).await;
    }
    let past = records.list_up_to("acme", "grant", "", 1).await.unwrap();
    assert_eq!(past[0].id, "a");
    for id in ["Z0", "Z1"] {
        records.delete(&hidden(id), 1).await.unwrap();
    }
    let count = async |between| records.count("acme", "grant", between).await.unwrap();
    assert_eq!(count(("", "z")).await, 2);
    assert_eq!((count(("a", "z")).await, count(("", "b")).await), (1, 1));
}

async fn records_with_a_prefix_are_found_over_all_pages(place: &Place) {
    let records = place.open(1, None).unwrap();
    let of = |owner: &str, number: usize| name("acme", "note", &format!("{owner}/{number:05}"));
    place::damaged(&records, of("bob", 0), None).await;
    let all = limits::RECORDS_PAGE_ROWS;
    let names = (1..=all).map(|number| of("bob", number));
    let names: Vec<_> = names.chain([of("alice", 1), of("carol", 1)]).collect();
    let puts = names.iter().map(|name| records.put(name, 0, b""));
    for put in futures::future::join_all(puts).await {
        put.unwrap();
    }
    let found = async |prefix: &str, most| {
        let found = records.with_prefix("acme", "note", prefix, most).await;
        found.unwrap().len()
    };
    // The first page of Bob's has one that does not open, and is no last one for that.
    assert_eq!(found("bob/", usize::MAX).await, all);
    assert_eq!(found("", usize::MAX).await, all + 2);
    assert_eq!(found("bob/", all - 1).await, all - 1);
    assert_eq!(found("alice/", 5).await, 1);
    assert_eq!(found("dave/", 5).await, 0);
}

async fn due_records_are_found_behind_a_page_that_does_not_open(place: &Place) {
    let records = place.open(1, None).unwrap();
    let damaged = (0..limits::RECORDS_PAGE_ROWS)
        .map(|number| place::damaged(&records, name("t", "letter", &number.to_string()), Some(1)));
    futures::future::join_all(damaged).await;
    let last = name("t", "letter", "opens");
    records.put_until(&last, 0, b"", Some(1)).await.unwrap();
    let due = records.due("letter", 1).await.unwrap();
    let ids: Vec<_> = due.iter().map(|(_, record)| &*record.id).collect();
    assert_eq!(ids, ["opens"]);
    records.delete(&last, 1).await.unwrap();
    assert!(records.due("letter", 1).await.unwrap().is_empty());
}

async fn due_records_come_in_the_order_of_their_times(place: &Place) {
    let records = place.open(1, None).unwrap();
    for (tenant, kind, id, due) in [
        ("acme", "letter", "late", Some(30)),
        ("other", "letter", "early", Some(10)),
        ("acme", "letter", "never", None),
        ("acme", "other", "early", Some(10)),
        ("acme", "letter", "then", Some(20)),
    ] {
        let record = name(tenant, kind, id);
        records.put_until(&record, 0, b"", due).await.unwrap();
    }
    let due = async |until| {
        let found = records.due("letter", until).await.unwrap().into_iter();
        found
            .map(|(tenant, record)| format!("{tenant} {}", record.id))
            .collect::<Vec<_>>()
    };
    assert_eq!(due(9).await, Vec::<String>::new());
    assert_eq!(due(20).await, ["other early", "acme then"]);
    let then = name("acme", "letter", "then");
    assert_eq!(
        records.put_until(&then, 0, b"", Some(40)).await,
        Err(Refused::Changed(1))
    );
    records.put_until(&then, 1, b"", Some(5)).await.unwrap();
    assert_eq!(due(30).await, ["acme then", "other early", "acme late"]);
    records.put(&then, 2, b"").await.unwrap();
    records
        .delete(&name("other", "letter", "early"), 1)
        .await
        .unwrap();
    assert_eq!(due(30).await, ["acme late"]);
}

async fn a_lease_has_one_holder_until_it_expires(place: &Place) {
    let records = place.open(1, None).unwrap();
    let (one, two) = (Uuid::now_v7(), Uuid::now_v7());
    let minute = Duration::from_secs(60);
    assert_eq!(records.lease("sweep", one, minute).await, Ok(true));
    assert_eq!(records.lease("sweep", two, minute).await, Ok(false));
    assert_eq!(records.lease("other", two, minute).await, Ok(true));
    place.pass(MINUTE / 2);
    assert_eq!(records.lease("sweep", one, minute).await, Ok(true));
    place.pass(MINUTE * 3 / 4);
    assert_eq!(records.lease("sweep", two, minute).await, Ok(false));
    place.pass(MINUTE / 4);
    assert_eq!(records.lease("sweep", two, minute).await, Ok(true));
}

#[tokio::test]
async fn a_lease_ends_with_its_process() {
    let place = Place::disk();
    let (killed, other) = (place.open(1, None).unwrap(), place.open(1, None).unwrap());
    let (one, two) = (Uuid::now_v7(), Uuid::now_v7());
    let minute = Duration::from_secs(60);
    assert_eq!(killed.lease("renewal", one, minute).await, Ok(true));
    assert_eq!(other.lease("renewal", two, minute).await, Ok(false));
    // The time does not pass.
    close(killed).await;
    assert_eq!(other.lease("renewal", two, minute).await, Ok(true));
    let third = place.open(1, None).unwrap();
    assert_eq!(third.lease("renewal", one, minute).await, Ok(false));
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
    // The refused changes left neither an intent nor a nonce.
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

/// Holds the writer until it is dropped, so that changes submitted meanwhile become one batch.
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
    // The first commit introduces the signing key.
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
