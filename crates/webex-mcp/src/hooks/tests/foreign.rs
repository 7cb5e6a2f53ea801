//! Deliveries that are signed, and not of the webhook that they came to.

use super::*;

fn with(mut body: Value, field: &str, value: Value) -> Value {
    body[field] = value;
    body
}

#[tokio::test]
async fn what_a_webhook_was_not_made_for_is_told_to_nobody() {
    let hooks = process(&Place::memory());
    let known = webhook(&hooks, "alice", "messages").await;
    let mut hearing = hooks.hear(&known.stored.owner()).await.unwrap();
    mine(&hooks, "alice").noticed(&known.id, false).await;
    let known = hooks.find(&known.id).await.unwrap().unwrap();
    let own = || body("messages", "created", "1");
    for foreign in [
        with(own(), "resource", json!("rooms")),
        with(own(), "resource", json!("all")),
        with(own(), "event", json!("deleted")),
        with(own(), "event", json!("all")),
        with(own(), "orgId", json!(OTHER_ORG)),
        with(own(), "id", json!("another-webhook")),
    ] {
        let refused = deliver(&hooks, &known, &foreign).await;
        assert_eq!(refused, Err(NotTaken::Foreign), "{foreign}");
    }
    assert_eq!(stored(&hooks).await, 0);
    // Nor is it a sign of life.
    let same = hooks.find(&known.id).await.unwrap().unwrap();
    assert!(!same.stored.is_active);
    for own in [
        with(with(own(), "orgId", Value::Null), "id", Value::Null),
        with(body("messages", "created", "2"), "orgId", json!(ORG_UUID)),
        with(
            body("messages", "created", "3"),
            "orgId",
            json!("of another form"),
        ),
    ] {
        assert_eq!(deliver(&hooks, &known, &own).await, Ok(()), "{own}");
    }
    for expected in ["1", "2", "3"] {
        assert_eq!(heard(&mut hearing).await.as_deref(), Some(expected));
    }
}

#[tokio::test]
async fn a_webhook_for_everything_takes_what_actually_happened() {
    let hooks = process(&Place::memory());
    let mine = mine(&hooks, "alice");
    let all = Watched {
        resource: "all",
        event: "all",
        filter: None,
    };
    let prepared = mine.prepare(all, SECRET).await.unwrap();
    mine.confirm(&prepared.id, "W", None).await;
    let known = hooks.find(&prepared.id).await.unwrap().unwrap();
    for (resource, event) in [("messages", "created"), ("rooms", "updated")] {
        let taken = deliver(&hooks, &known, &body(resource, event, "1")).await;
        assert_eq!(taken, Ok(()), "{resource} {event}");
    }
    let other = with(body("messages", "created", "2"), "id", json!("another"));
    assert_eq!(
        deliver(&hooks, &known, &other).await,
        Err(NotTaken::Foreign)
    );
}

#[tokio::test]
async fn a_webhook_that_is_not_confirmed_takes_only_what_it_was_made_for() {
    let hooks = process(&Place::memory());
    let prepared = mine(&hooks, "alice")
        .prepare(watched("messages"), SECRET)
        .await;
    let known = hooks.find(&prepared.unwrap().id).await.unwrap().unwrap();
    let rooms = deliver(&hooks, &known, &body("rooms", "created", "1")).await;
    assert_eq!(rooms, Err(NotTaken::Foreign));
    // The first one says whose it is.
    let own = || body("messages", "created", "1");
    assert_eq!(deliver(&hooks, &known, &own()).await, Ok(()));
    let known = hooks.find(&known.id).await.unwrap().unwrap();
    let other = with(own(), "orgId", json!(OTHER_ORG));
    assert_eq!(
        deliver(&hooks, &known, &other).await,
        Err(NotTaken::Foreign)
    );
}
