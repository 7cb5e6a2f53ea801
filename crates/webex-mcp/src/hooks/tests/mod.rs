//! Webhooks that come in: whose deliveries are stored, and who hears of them.

mod foreign;

use serde_json::{Value, json};

use super::*;
use crate::error::Code;
use crate::stores::records::tests::place::Place;
use crate::tool::{Receiver as _, Watched};

const SECRET: &str = "the secret";
const ORG_UUID: &str = "96abc2aa-3dcc-11e5-a152-fe34819cdc9a";
const ORG: &str =
    "Y2lzY29zcGFyazovL3VzL09SR0FOSVpBVElPTi85NmFiYzJhYS0zZGNjLTExZTUtYTE1Mi1mZTM0ODE5Y2RjOWE";
const OTHER_ORG: &str = "16abc2aa-3dcc-11e5-a152-fe34819cdc9a";
const CARD: &str =
    "Y2lzY29zcGFyazovL3VzL01FU1NBR0UvNmYyZDRhNTEtN2YwYy01ZDNhLTlmNDMtNWEwZDBiMGE1ZWVk";

fn process(place: &Place) -> Hooks {
    let (records, _) = place.records();
    Hooks::new(records, Some("https://hooks.example.com".to_owned()), false)
}

fn caller(who: &str) -> Caller {
    Caller::new(Principal::new(who), None)
}

fn mine(hooks: &Hooks, who: &str) -> Mine {
    hooks.of(&caller(who), &"webex".into())
}

fn watched(resource: &str) -> Watched<'_> {
    Watched {
        resource,
        event: "created",
        filter: None,
    }
}

/// A webhook of this person that Webex has.
async fn webhook(hooks: &Hooks, who: &str, resource: &str) -> Known {
    webhook_for(hooks, who, watched(resource)).await
}

async fn webhook_for(hooks: &Hooks, who: &str, watched: Watched<'_>) -> Known {
    let mine = mine(hooks, who);
    let prepared = mine.prepare(watched, SECRET).await.unwrap();
    mine.confirm(&prepared.id, "W", Some(ORG)).await;
    hooks.find(&prepared.id).await.unwrap().unwrap()
}

async fn deliver(hooks: &Hooks, known: &Known, body: &Value) -> Result<(), NotTaken> {
    deliver_as(hooks, known, SECRET, body).await
}

async fn deliver_as(
    hooks: &Hooks,
    known: &Known,
    secret: &str,
    body: &Value,
) -> Result<(), NotTaken> {
    let body = body.to_string();
    let tag = sign(secret, &body);
    let signed = Signed {
        sha1: Some(&tag),
        sha256: None,
    };
    hooks.receive(known, &signed, body.as_bytes()).await
}

fn body(resource: &str, event: &str, id: &str) -> Value {
    json!({"id": "W", "orgId": ORG, "resource": resource, "event": event,
        "data": {"id": id, "roomId": "R", "messageId": CARD}})
}

async fn stored(hooks: &Hooks) -> usize {
    let store = hooks.0.records.store();
    store.inbox_after(0, 1_000).await.unwrap().len()
}

async fn heard(hearing: &mut Hearing) -> Option<String> {
    let wait = Duration::from_secs(5);
    match tokio::time::timeout(wait, hearing.next()).await {
        Ok(Heard::Delivery(came)) => came.delivery.id.clone(),
        Ok(Heard::TooMuch) => Some("too much".to_owned()),
        Err(_elapsed) => None,
    }
}

#[tokio::test]
async fn only_what_its_secret_signed_is_stored() {
    let hooks = process(&Place::memory());
    let known = webhook(&hooks, "alice", "messages").await;
    let one = body("messages", "created", "1");
    let (text, nothing) = (one.to_string(), Signed::default());
    let unsigned = hooks.receive(&known, &nothing, text.as_bytes()).await;
    assert_eq!(unsigned, Err(NotTaken::Unsigned));
    let wrong = deliver_as(&hooks, &known, "another", &one).await;
    assert_eq!(wrong, Err(NotTaken::Unsigned));
    for unreadable in [json!([]), json!({"id": "W"})] {
        let refused = deliver(&hooks, &known, &unreadable).await;
        assert_eq!(refused, Err(NotTaken::Unreadable), "{unreadable}");
    }
    assert_eq!(stored(&hooks).await, 0);
    assert_eq!(deliver(&hooks, &known, &one).await, Ok(()));
    assert_eq!(stored(&hooks).await, 1);
}

#[tokio::test]
async fn a_repeated_delivery_is_taken_and_told_once() {
    let hooks = process(&Place::memory());
    let known = webhook_for(
        &hooks,
        "alice",
        Watched {
            event: "all",
            ..watched("messages")
        },
    )
    .await;
    let mut hearing = hooks.hear(&known.stored.owner()).await.unwrap();
    for id in ["1", "1", "2", "1"] {
        let body = body("messages", "created", id);
        assert_eq!(deliver(&hooks, &known, &body).await, Ok(()));
    }
    // What is changed twice is told twice.
    for _ in 0..2 {
        let body = body("messages", "updated", "1");
        assert_eq!(deliver(&hooks, &known, &body).await, Ok(()));
    }
    for expected in ["1", "2", "1", "1"] {
        assert_eq!(heard(&mut hearing).await.as_deref(), Some(expected));
    }
    assert_eq!(stored(&hooks).await, 4);
}

#[tokio::test]
async fn nobody_hears_what_is_somebody_elses() {
    let hooks = process(&Place::memory());
    let of_alice = webhook(&hooks, "alice", "messages").await;
    let of_bob = webhook(&hooks, "bob", "messages").await;
    let mut bob = hooks.hear(&of_bob.stored.owner()).await.unwrap();
    let mut other_tenant = caller("bob");
    other_tenant.tenant = Tenant::new("other");
    let mut stranger = hooks.hear(&Owner::of(&other_tenant)).await.unwrap();
    deliver(&hooks, &of_alice, &body("messages", "created", "1"))
        .await
        .unwrap();
    deliver(&hooks, &of_bob, &body("messages", "created", "2"))
        .await
        .unwrap();
    assert_eq!(heard(&mut bob).await.as_deref(), Some("2"));
    assert!(
        tokio::time::timeout(Duration::from_millis(50), stranger.next())
            .await
            .is_err()
    );
    let watch = Watch::new("webex://spaces/{roomId}/messages", "R").unwrap();
    assert_eq!(hooks.covers(&of_bob.stored.owner(), &watch).await, Ok(true));
    assert_eq!(
        hooks.covers(&Owner::of(&other_tenant), &watch).await,
        Ok(false)
    );
}

#[tokio::test]
async fn another_process_on_the_same_records_hears_too() {
    let place = Place::disk();
    let (one, two) = (process(&place), process(&place));
    let known = webhook(&one, "alice", "messages").await;
    let mut hearing = two.hear(&known.stored.owner()).await.unwrap();
    deliver(&one, &known, &body("messages", "created", "1"))
        .await
        .unwrap();
    assert_eq!(heard(&mut hearing).await.as_deref(), Some("1"));
    // It knows the webhook and what came in, and takes the repetition once.
    let again = two.find(&known.id).await.unwrap().unwrap();
    deliver(&two, &again, &body("messages", "created", "1"))
        .await
        .unwrap();
    assert_eq!(stored(&two).await, 1);
}

#[tokio::test]
async fn whoever_falls_behind_hears_that_there_was_too_much() {
    let hooks = process(&Place::memory());
    let known = webhook(&hooks, "alice", "messages").await;
    let mut slow = hooks.hear(&known.stored.owner()).await.unwrap();
    let mut quick = hooks.hear(&known.stored.owner()).await.unwrap();
    let mut told = 0;
    for id in 0..limits::HEARING_QUEUE + 2 {
        let body = body("messages", "created", &id.to_string());
        deliver(&hooks, &known, &body).await.unwrap();
        assert!(heard(&mut quick).await.is_some());
        told += 1;
    }
    assert_eq!(told, limits::HEARING_QUEUE + 2);
    assert_eq!(heard(&mut slow).await.as_deref(), Some("too much"));
    assert!(heard(&mut slow).await.is_some());
}

#[tokio::test]
async fn a_forgotten_webhook_takes_nothing_and_keeps_nothing() {
    let hooks = process(&Place::memory());
    let known = webhook(&hooks, "alice", "messages").await;
    deliver(&hooks, &known, &body("messages", "created", "1"))
        .await
        .unwrap();
    mine(&hooks, "alice").forget(&known.id).await;
    assert!(hooks.find(&known.id).await.unwrap().is_none());
    assert_eq!(stored(&hooks).await, 0);
    for id in [
        "",
        "x",
        &known.id[1..],
        &known.id.to_uppercase(),
        "../../etc/passwd",
    ] {
        assert!(hooks.find(id).await.unwrap().is_none(), "{id}");
    }
}

#[tokio::test]
async fn a_webhook_whose_creation_was_cut_off_is_learned_from_its_delivery() {
    let hooks = process(&Place::memory());
    let mine = mine(&hooks, "alice");
    let prepared = mine.prepare(watched("messages"), SECRET).await.unwrap();
    assert!(
        prepared
            .address
            .starts_with("https://hooks.example.com/hooks/")
    );
    assert!(mine.all().await.unwrap().is_empty());
    let known = hooks.find(&prepared.id).await.unwrap().unwrap();
    deliver(&hooks, &known, &body("messages", "created", "1"))
        .await
        .unwrap();
    let all = mine.all().await.unwrap();
    assert_eq!((&*all[0].webhook, &*all[0].id), ("W", &*prepared.id));
    assert!(mine.last_delivery(&prepared.id).await.is_some());
}

#[tokio::test]
async fn a_disabled_webhook_covers_nothing_until_it_delivers_again() {
    let hooks = process(&Place::memory());
    let known = webhook(&hooks, "alice", "messages").await;
    let (owner, mine) = (known.stored.owner(), mine(&hooks, "alice"));
    let watch = Watch::new("webex://spaces/{roomId}/messages", "R").unwrap();
    mine.noticed(&known.id, false).await;
    assert_eq!(hooks.covers(&owner, &watch).await, Ok(false));
    let known = hooks.find(&known.id).await.unwrap().unwrap();
    deliver(&hooks, &known, &body("messages", "created", "1"))
        .await
        .unwrap();
    assert_eq!(hooks.covers(&owner, &watch).await, Ok(true));
}

#[tokio::test]
async fn a_principal_has_a_bounded_number_of_webhooks() {
    let hooks = process(&Place::memory());
    let alice = mine(&hooks, "alice");
    for _ in 0..limits::HOOKS_PER_PRINCIPAL {
        alice.prepare(watched("messages"), SECRET).await.unwrap();
    }
    let error = alice
        .prepare(watched("messages"), SECRET)
        .await
        .unwrap_err();
    assert_eq!(error.code, Code::Conflict);
    mine(&hooks, "bob")
        .prepare(watched("messages"), SECRET)
        .await
        .unwrap();
}

#[tokio::test]
async fn without_an_address_no_webhook_is_prepared() {
    let known = process(&Place::memory());
    let hooks = Hooks::new(known.0.records.clone(), None, true);
    let error = mine(&hooks, "alice")
        .prepare(watched("messages"), SECRET)
        .await;
    let error = error.unwrap_err();
    assert_eq!(error.code, Code::NotConfigured);
    assert!(error.advice.contains("server.public_url"));
}

#[tokio::test]
async fn a_subscription_makes_webhooks_only_with_a_lasting_token() {
    let records = process(&Place::memory()).0.records.clone();
    let base = || Some("https://hooks.example.com".to_owned());
    let mut lasting = caller("alice");
    lasting.is_lasting = true;
    for (base, is_automatic, caller, expected) in [
        (base(), true, &lasting, true),
        (base(), true, &caller("alice"), false),
        (base(), false, &lasting, false),
        (None, true, &lasting, false),
    ] {
        let hooks = Hooks::new(records.clone(), base, is_automatic);
        assert_eq!(hooks.is_automatic_for(caller), expected);
    }
}

#[tokio::test]
async fn answers_to_a_card_are_waited_for_and_found_again() {
    let hooks = process(&Place::memory());
    let alice = mine(&hooks, "alice");
    let error = alice.card_answers(CARD, Duration::ZERO).await.unwrap_err();
    assert_eq!(error.code, Code::NotConfigured);
    let known = webhook(&hooks, "alice", "attachmentActions").await;
    let of = |id: &str| body("attachmentActions", "created", id);
    let none = alice.card_answers(CARD, Duration::from_millis(20)).await;
    assert_eq!(none.unwrap(), Vec::<String>::new());
    let waiting = alice.card_answers(CARD, Duration::from_secs(10));
    let answering = async {
        let mut other = of("0");
        other["data"]["messageId"] = json!("another-card");
        deliver(&hooks, &known, &other).await.unwrap();
        deliver(&hooks, &known, &of("1")).await.unwrap();
    };
    let (found, ()) = tokio::join!(waiting, answering);
    assert_eq!(found.unwrap(), ["1"]);
    deliver(&hooks, &known, &of("2")).await.unwrap();
    let found = alice.card_answers(CARD, Duration::ZERO).await.unwrap();
    assert_eq!(found, ["2", "1"]);
    // Nobody else finds them.
    webhook(&hooks, "bob", "attachmentActions").await;
    let bob = mine(&hooks, "bob").card_answers(CARD, Duration::ZERO).await;
    assert_eq!(bob.unwrap(), Vec::<String>::new());
}

#[tokio::test]
async fn records_that_cannot_be_written_refuse_a_delivery_and_take_it_later() {
    let place = Place::disk();
    let hooks = process(&place);
    let known = webhook(&hooks, "alice", "messages").await;
    let path = place.path().join("records.db");
    let other = rusqlite::Connection::open(path).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let one = body("messages", "created", "1");
    let refused = deliver(&hooks, &known, &one).await;
    assert_eq!(refused, Err(NotTaken::Unavailable));
    other.execute_batch("ROLLBACK").unwrap();
    assert_eq!(deliver(&hooks, &known, &one).await, Ok(()));
    assert_eq!(stored(&hooks).await, 1);
}
