//! Deliveries of webhooks at the door: what is answered to whom.

use std::task::Poll;

use axum::http::Response;
use futures::StreamExt as _;
use tokio::sync::Semaphore;

use super::super::hooks;
use super::*;
use crate::hooks::Hooks;
use crate::identity::Principal;
use crate::limits;
use crate::stores::records::tests::place;
use crate::tool::{Receiver as _, Watched};

const SECRET: &str = "the secret";
const BODY: &str = r#"{"id":"W","resource":"messages","event":"created","data":{"id":"1"}}"#;

struct Place {
    router: Router,
    hooks: Hooks,
    caller: Caller,
    id: String,
}

impl Place {
    async fn new() -> Self {
        let (records, _) = place::Place::memory().records();
        let received = Hooks::new(records, Some("https://hooks.example.com".to_owned()), false);
        let caller = Caller::new(Principal::new("alice"), None);
        let watched = Watched {
            resource: "messages",
            event: "created",
            filter: None,
        };
        let mine = received.of(&caller, &"webex".into());
        let prepared = mine.prepare(watched, SECRET).await.unwrap();
        mine.confirm(&prepared.id, "W", None).await;
        let layers = Arc::new(Layers::new(&[], &[], Proxies::default()).unwrap());
        let open = hooks(received.clone(), layers.clone());
        let router = router(Vec::new(), layers, open, CancellationToken::new());
        Place {
            router,
            hooks: received,
            caller,
            id: prepared.id,
        }
    }

    async fn send(&self, id: &str, headers: Headers<'_>, body: Body) -> Response<Body> {
        // Neither a Host that is not allowed nor a page's Origin matters: the signature does.
        let mut request = Request::post(format!("/hooks/{id}"))
            .header("host", "hooks.example.com")
            .header("origin", "https://elsewhere.example");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.body(body).unwrap();
        self.router.clone().oneshot(request).await.unwrap()
    }

    async fn status(&self, headers: Headers<'_>, body: &str) -> u16 {
        let body = Body::from(body.to_owned());
        self.send(&self.id, headers, body).await.status().as_u16()
    }
}

fn sign(body: &str) -> String {
    crate::hooks::sign(SECRET, body)
}

#[tokio::test]
async fn the_signature_decides() {
    let place = Place::new().await;
    let tag = &*sign(BODY);
    let of_list = sign("[]");
    let rows: [(Headers<'_>, &str, u16); 8] = [
        (&[("x-spark-signature", tag)], BODY, 200),
        // The same again is taken again.
        (&[("x-spark-signature", tag)], BODY, 200),
        (&[], BODY, 401),
        (&[("x-spark-signature", "no")], BODY, 401),
        (&[("x-spark-signature", tag)], &BODY[..BODY.len() - 1], 401),
        (
            &[("x-spark-signature", tag), ("x-spark-signature", tag)],
            BODY,
            401,
        ),
        (
            &[("x-spark-signature", tag), ("x-webex-signature", tag)],
            BODY,
            401,
        ),
        (&[("x-spark-signature", &of_list)], "[]", 400),
    ];
    for (headers, body, expected) in rows {
        assert_eq!(
            place.status(headers, body).await,
            expected,
            "{headers:?} {body}"
        );
    }
}

#[tokio::test]
async fn what_the_webhook_was_not_made_for_does_not_disable_it() {
    let place = Place::new().await;
    let own = serde_json::from_str::<serde_json::Value>(BODY).unwrap();
    for (field, other) in [("resource", "rooms"), ("event", "deleted"), ("id", "V")] {
        let mut foreign = own.clone();
        foreign[field] = other.into();
        let foreign = foreign.to_string();
        let tag = sign(&foreign);
        let signed = [("x-spark-signature", &*tag)];
        assert_eq!(place.status(&signed, &foreign).await, 200, "{field}");
        let unsigned = [("x-spark-signature", &*sign(BODY))];
        assert_eq!(place.status(&unsigned, &foreign).await, 401, "{field}");
    }
    let kept = place.hooks.of(&place.caller, &"webex".into());
    assert!(kept.last_delivery(&place.id).await.is_none());
    let tag = sign(BODY);
    assert_eq!(
        place.status(&[("x-spark-signature", &*tag)], BODY).await,
        200
    );
    assert!(kept.last_delivery(&place.id).await.is_some());
}

#[tokio::test]
async fn an_unknown_address_takes_nothing() {
    let place = Place::new().await;
    let tag = sign(BODY);
    let other = format!(
        "{}{}",
        &place.id[..47],
        if place.id.ends_with('0') { 1 } else { 0 }
    );
    for id in [&*other, "x", "%2e%2e", &"a".repeat(10_000)] {
        let headers = [("x-spark-signature", &*tag)];
        let answer = place.send(id, &headers, Body::from(BODY)).await;
        assert_eq!(answer.status(), 404, "{id}");
    }
    let get = Request::get(format!("/hooks/{}", place.id)).body(Body::empty());
    let answer = place.router.clone().oneshot(get.unwrap()).await.unwrap();
    assert_eq!(answer.status(), 405);
}

#[tokio::test]
async fn a_body_is_bounded_whether_or_not_it_says_its_size() {
    let place = Place::new().await;
    let large = "x".repeat(limits::HOOK_BODY_MAX_BYTES + 1);
    assert_eq!(place.status(&[], &large).await, 413);
    let pieces =
        futures::stream::repeat(Ok::<_, String>(bytes::Bytes::from_static(&[b'x'; 4_096])));
    let endless = Body::from_stream(pieces.take(1_000));
    assert_eq!(place.send(&place.id, &[], endless).await.status(), 413);
    let cut = futures::stream::iter([Ok("half"), Err("gone")]);
    let cut = place.send(&place.id, &[], Body::from_stream(cut)).await;
    assert_eq!(cut.status(), 400);
}

#[tokio::test]
async fn slow_senders_do_not_keep_other_webhooks_out() {
    let place = Arc::new(Place::new().await);
    let _stopped = Stopped::new();
    let arrived = Arc::new(Semaphore::new(0));
    let silent = || {
        let arrived = arrived.clone();
        let mut is_first = true;
        Body::from_stream(futures::stream::poll_fn(move |_| {
            arrived.add_permits(usize::from(std::mem::take(&mut is_first)));
            Poll::<Option<Result<bytes::Bytes, String>>>::Pending
        }))
    };
    let tag = sign(BODY);
    let headers = [("x-spark-signature", &*tag)];
    let answered = async || place.send(&place.id, &headers, Body::from(BODY)).await;
    // From now on it is looked up without waiting behind others.
    assert_eq!(answered().await.status(), 200);
    let mut slow = tokio::task::JoinSet::new();
    for _ in 0..limits::HOOKS_AT_ONCE_PER_WEBHOOK {
        let (place, body) = (place.clone(), silent());
        slow.spawn(async move { place.send(&place.id, &[], body).await });
    }
    let all = limits::HOOKS_AT_ONCE_PER_WEBHOOK as u32;
    arrived.acquire_many(all).await.unwrap().forget();
    let full = answered().await;
    assert_eq!(full.status(), 503);
    assert!(full.headers().contains_key("retry-after"));
    // Unknown addresses are still answered, and a place that is left is free again.
    let unknown = place.send(&"0".repeat(48), &[], silent()).await;
    assert_eq!(unknown.status(), 404);
    slow.shutdown().await;
    assert_eq!(answered().await.status(), 200);
}

/// Time stands still: the records answer from another thread, and while a blocking task runs, the
/// paused clock does not go on by itself. However busy the machine is, nobody is too slow.
struct Stopped {
    _held: std::sync::mpsc::Sender<()>,
}

impl Stopped {
    fn new() -> Self {
        let (held, until_dropped) = std::sync::mpsc::channel();
        tokio::time::pause();
        tokio::task::spawn_blocking(move || until_dropped.recv());
        Stopped { _held: held }
    }
}
