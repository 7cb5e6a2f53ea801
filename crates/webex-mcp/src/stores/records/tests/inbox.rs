//! The inbox: what is stored once, in which order, and how much of it.

use super::super::change::Arrival;
use super::super::{inbox, open};
use super::*;

contract![
    a_delivery_is_stored_once_under_its_key,
    deliveries_are_read_in_order_and_by_topic,
    an_emptied_webhook_leaves_others_alone,
];

fn arrival(hook: &str, key: Option<u8>, topic: Option<u8>) -> Arrival {
    Arrival {
        hook: hook.to_owned(),
        key: key.map(|key| [key; 32]),
        topic: topic.map(|topic| [topic; 32]),
        at: START,
        sealed: b"sealed".to_vec(),
    }
}

async fn receive(records: &Records, arrival: Arrival) -> Result<(), Refused> {
    records.receive(arrival, b"content").await
}

async fn a_delivery_is_stored_once_under_its_key(place: &Place) {
    let records = place.open(1, None).unwrap();
    let keyed = || arrival("one", Some(1), None);
    assert_eq!(receive(&records, keyed()).await, Ok(()));
    assert_eq!(receive(&records, keyed()).await, Err(Refused::Known));
    // Another webhook's is another one.
    assert_eq!(
        receive(&records, arrival("two", Some(1), None)).await,
        Ok(())
    );
    for _ in 0..2 {
        assert_eq!(receive(&records, arrival("one", None, None)).await, Ok(()));
    }
    let rows = records.store().inbox_after(0, 10).await.unwrap();
    let hooks: Vec<_> = rows.iter().map(|row| &*row.hook).collect();
    assert_eq!(hooks, ["one", "two", "one", "one"]);
}

async fn deliveries_are_read_in_order_and_by_topic(place: &Place) {
    let records = place.open(1, None).unwrap();
    let store = records.store();
    assert_eq!(store.inbox_last().await, Ok(0));
    for topic in [None, Some(7), Some(8), Some(7)] {
        receive(&records, arrival("one", None, topic))
            .await
            .unwrap();
    }
    let seqs = |rows: Vec<InboxRow>| rows.iter().map(|row| row.seq).collect::<Vec<_>>();
    assert_eq!(store.inbox_last().await, Ok(4));
    assert_eq!(seqs(store.inbox_after(1, 2).await.unwrap()), [2, 3]);
    let about = async |most| {
        store
            .inbox_about("one".to_owned(), [7; 32], most)
            .await
            .unwrap()
    };
    assert_eq!(seqs(about(10).await), [4, 2]);
    assert_eq!(seqs(about(1).await), [4]);
    assert_eq!(store.inbox_newest("one".to_owned()).await, Ok(Some(START)));
    assert_eq!(store.inbox_newest("two".to_owned()).await, Ok(None));
}

async fn an_emptied_webhook_leaves_others_alone(place: &Place) {
    let records = place.open(1, None).unwrap();
    receive(&records, arrival("one", Some(1), None))
        .await
        .unwrap();
    receive(&records, arrival("two", Some(1), None))
        .await
        .unwrap();
    let hook = "one".to_owned();
    records.commit(Change::Empty { hook }).await.unwrap();
    let rows = records.store().inbox_after(0, 10).await.unwrap();
    assert_eq!(rows.len(), 1);
    // Numbers are not used again, so that whoever remembers one misses nothing.
    receive(&records, arrival("one", Some(1), None))
        .await
        .unwrap();
    assert_eq!(records.store().inbox_last().await, Ok(3));
}

#[tokio::test]
async fn deliveries_expire() {
    let place = Place::memory();
    let records = place.open(1, None).unwrap();
    receive(&records, arrival("one", Some(1), None))
        .await
        .unwrap();
    let forget = async || {
        let (told, done) = oneshot::channel();
        records.send(writer::Job::Forget(told));
        done.await.unwrap();
        records.store().inbox_after(0, 10).await.unwrap().len()
    };
    assert_eq!(forget().await, 1);
    let kept = limits::INBOX_KEPT_SECONDS * 1_000;
    place.pass(kept + 1);
    assert_eq!(forget().await, 0);
}

#[test]
fn a_webhook_has_its_newest_deliveries_and_leaves_room_for_others() {
    let mut database = open::in_memory().unwrap();
    let transaction = database.transaction().unwrap();
    inbox::receive(&transaction, &arrival("quiet", Some(1), None))
        .unwrap()
        .unwrap();
    let many = limits::INBOX_PER_WEBHOOK_ENTRIES + 5;
    for _ in 0..many {
        inbox::receive(&transaction, &arrival("loud", None, None))
            .unwrap()
            .unwrap();
    }
    let count = |hook: &str| -> u64 {
        let sql = "SELECT count(*) FROM inbox WHERE hook = ?";
        transaction
            .query_row(sql, [hook], |row| row.get(0))
            .unwrap()
    };
    assert_eq!(count("loud"), limits::INBOX_PER_WEBHOOK_ENTRIES);
    assert_eq!(count("quiet"), 1);
    let first = inbox::after(&transaction, 1, 1).unwrap();
    assert_eq!(first[0].seq, 1 + 5 + 1, "the oldest went");
}
