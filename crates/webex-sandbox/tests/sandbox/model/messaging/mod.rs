//! Spaces, who is in them and what is said: random lives of three people, a bot and the officer.

mod model;
mod sight;

use axum::Router;
use axum::body::Bytes;
use axum::routing::post;
use proptest::collection::vec;
use proptest::prelude::*;
use serde_json::{Value, json};
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

use super::{live, lives};
use model::{Model, NAMES, OFFICER, step};

proptest! {
    #![proptest_config(lives(16))]

    #[test]
    fn everybody_sees_what_the_rules_say(steps in vec(step(), 1..60)) {
        live(async {
            let mut model = Model::new().await;
            for step in &steps {
                if let Some(room) = model.apply(step).await {
                    model.compare_room(room).await;
                }
            }
            model.compare().await;
        });
    }
}

/// A target for webhooks on a port of its own.
async fn target() -> (String, UnboundedReceiver<Value>) {
    // Bounded by the life, which has some dozens of steps.
    let (sender, receiver) = unbounded_channel();
    let hook = move |body: Bytes| async move {
        sender.send(serde_json::from_slice(&body).unwrap()).unwrap();
    };
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    let router = Router::new().route("/", post(hook));
    tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
    (url, receiver)
}

/// What one person's webhook was told.
fn told(deliveries: &[Value], name: &str) -> Vec<Value> {
    let own = deliveries.iter().filter(|one| one["name"] == name);
    let told = own.map(|one| {
        json!([
            one["resource"],
            one["event"],
            one["actorId"],
            one["data"]["id"]
        ])
    });
    told.collect()
}

proptest! {
    #![proptest_config(lives(6))]

    #[test]
    fn webhooks_tell_whom_it_concerns(steps in vec(step(), 1..40)) {
        live(async {
            let mut model = Model::new().await;
            let (url, mut receiver) = target().await;
            for (who, name) in NAMES.iter().enumerate() {
                let hook = json!({"name": name, "targetUrl": url, "resource": "all", "event": "all"});
                model.people[who].post("/v1/webhooks", hook).await.json(200);
            }
            let before = model.log.len();
            for step in &steps {
                model.apply(step).await;
            }
            let last = json!({"title": "last"});
            let last = model.people[OFFICER].post("/v1/rooms", last).await.json(200);
            let mut deliveries: Vec<Value> = Vec::new();
            // The courier keeps the order, so that nothing comes after the last.
            while let Some(delivery) = receiver.recv().await {
                if delivery["data"]["roomId"] == last["id"] {
                    break;
                }
                deliveries.push(delivery);
            }
            for (who, name) in NAMES.iter().enumerate() {
                let log = model.log[before..].iter().filter(|it| it.audience.contains(&who));
                let expected = log.map(|it| json!([it.resource, it.event, model.ids[it.actor], it.id]));
                assert_eq!(told(&deliveries, name), expected.collect::<Vec<_>>(), "{}", name);
            }
        });
    }
}
