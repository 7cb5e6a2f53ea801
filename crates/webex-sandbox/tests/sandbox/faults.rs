//! Trouble on demand, the record of calls, and the administration: over real HTTP where bytes matter.

use std::time::Duration;

use axum::body::Body;
use http::Request;
use serde_json::json;
use webex_sandbox::{Fault, Often, Pattern, Sandbox};

use crate::{Person, items, start, text};

/// Serves a sandbox on a port that the system chooses.
async fn serve(sandbox: &Sandbox) -> String {
    let router = sandbox.router().merge(sandbox.admin_router());
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
    base
}

#[tokio::test]
async fn answers_go_wrong_as_often_as_ordered() {
    let (sandbox, alice) = start();
    let faults = sandbox.faults();
    let throttled = Fault::Status {
        code: 429,
        retry_after_secs: Some(3),
        html: true,
    };
    faults.next(2, throttled);
    faults.next_on(1, "GET", "/v1/rooms*", Fault::status(503));
    for _ in 0..2 {
        let answer = alice.get("/v1/people/me").await;
        assert_eq!(answer.status, 429);
        assert_eq!(answer.header("retry-after"), "3");
        assert_eq!(answer.header("content-type"), "text/html");
        assert!(answer.header("trackingid").starts_with("ROUTER_"));
    }
    alice.get("/v1/people/me").await.json(200);
    alice.get("/v1/rooms?max=1").await.json(503);
    alice.get("/v1/rooms?max=1").await.json(200);
    faults.next(1, Fault::EmptyBody);
    let empty = alice.get("/v1/rooms").await;
    assert_eq!((empty.status.as_u16(), empty.body.len()), (200, 0));
    faults.next(1, Fault::InvalidJson);
    let garbage = alice.get("/v1/rooms").await;
    assert!(serde_json::from_slice::<serde_json::Value>(&garbage.body).is_err());
    faults.next(5, Fault::status(500));
    faults.clear();
    alice.get("/v1/rooms").await.json(200);
}

#[tokio::test]
async fn a_share_is_spread_evenly_and_a_sequence_goes_round() {
    let (sandbox, alice) = start();
    let admin = Person {
        router: sandbox.admin_router(),
        token: "none".to_owned(),
    };
    let broken = json!({"kind": "status", "code": 503});
    let cases = [
        (json!({"share": 0.25, "fault": broken}), "...x...x...x"),
        (json!({"share": 1.0, "fault": broken}), "xxxxxxxxxxxx"),
        (json!({"sequence": ".xx.", "fault": broken}), ".xx..xx..xx."),
        (json!({"fault": broken}), "x..........."),
        (
            json!({"method": "get", "path": "/v1/people*", "fault": broken}),
            "x...........",
        ),
    ];
    for (order, expected) in cases {
        sandbox.faults().clear();
        admin
            .post("/_sandbox/faults", order.clone())
            .await
            .json(204);
        let mut seen = String::new();
        for _ in 0..expected.len() {
            let answer = alice.get("/v1/people/me").await;
            seen.push(if answer.status == 503 { 'x' } else { '.' });
        }
        assert_eq!(seen, expected, "{order}");
    }
    let of_code = |kind: &str, code: u32| json!({"fault": {"kind": kind, "code": code}});
    for nonsense in [
        json!({"share": 0, "fault": broken}),
        json!({"method": "GTE", "fault": broken}),
        json!({"path": "/people/me", "fault": broken}),
        of_code("status", 99),
        of_code("status", 1000),
        of_code("late", 199),
        json!({"share": 1.5, "fault": broken}),
        json!({"sequence": "", "fault": broken}),
        json!({"sequence": "xo", "fault": broken}),
        json!({"times": 1, "share": 0.5, "fault": broken}),
        json!({"times": 0, "fault": broken}),
    ] {
        admin.post("/_sandbox/faults", nonsense).await.json(400);
    }
}

#[tokio::test]
async fn lagging_reads_do_not_know_what_is_new() {
    let (sandbox, alice) = start();
    let room = alice.room("Leadership").await;
    let body = json!({"roomId": room, "text": "fresh"});
    let id = text(&alice.post("/v1/messages", body).await.json(200)["id"]);
    let lag = Fault::Lagging { secs: 60 };
    sandbox
        .faults()
        .order(Often::Share(1.0), Pattern::default(), lag);
    let details = format!("/v1/messages/{id}");
    let list = format!("/v1/messages?roomId={room}");
    let listed = async || {
        let page = alice.get(&list).await.json(200);
        items(&page)
            .iter()
            .any(|message| message["id"] == id.as_str())
    };
    assert!(alice.get(&details).await.json(404)["trackingId"].is_string());
    assert!(!listed().await);
    sandbox.clock().advance(Duration::from_secs(60));
    assert_eq!(alice.get(&details).await.json(200)["id"], id.as_str());
    assert!(listed().await);
}

#[tokio::test]
async fn an_empty_page_leads_to_the_true_one() {
    let (sandbox, alice) = start();
    sandbox.faults().next(1, Fault::EmptyPage);
    let empty = alice.get("/v1/rooms?max=3").await;
    assert!(items(&empty.json(200)).is_empty());
    let next = empty.next().unwrap();
    assert_eq!(items(&alice.get(&next).await.json(200)).len(), 3);
}

#[tokio::test]
async fn a_late_refusal_comes_after_the_effect_and_an_early_one_before() {
    let (sandbox, alice) = start();
    let room = alice.room("Leadership").await;
    let count = async || {
        let page = alice
            .get(&format!("/v1/messages?roomId={room}"))
            .await
            .json(200);
        items(&page).len()
    };
    let before = count().await;
    for (fault, effect) in [(Fault::status(502), 0), (Fault::Late { code: 502 }, 1)] {
        sandbox.faults().next_on(1, "POST", "/v1/messages", fault);
        let body = json!({"roomId": room, "text": "x"});
        let problem = alice.post("/v1/messages", body).await.json(502);
        assert!(problem["trackingId"].is_string());
        assert_eq!(count().await, before + effect);
    }
}

#[tokio::test]
async fn ciphertext_is_marked_as_webex_marks_it() {
    let (sandbox, alice) = start();
    sandbox.faults().next(1, Fault::Undecryptable);
    let rooms = alice.get("/v1/rooms").await.json(200);
    for room in items(&rooms) {
        assert!(room["title"].as_str().unwrap().starts_with("eyJ"));
        assert_eq!(room["errors"]["title"]["code"], "kms_failure");
    }
}

#[tokio::test]
async fn a_call_is_recorded_with_who_and_what() {
    let (sandbox, alice) = start();
    alice.get("/v1/rooms?max=1").await.json(200);
    alice.delete("/v1/rooms/x").await.json(404);
    let calls = sandbox.faults().calls();
    let shown: Vec<String> = calls
        .iter()
        .map(|call| {
            let query = call.query.as_deref().unwrap_or("-");
            let who = call.principal.as_deref().unwrap_or("-");
            format!(
                "{} {} {} {query} {who} {:?}",
                call.number, call.method, call.path, call.status
            )
        })
        .collect();
    assert_eq!(
        shown,
        [
            "0 GET /v1/rooms max=1 alice@example.com Some(200)",
            "1 DELETE /v1/rooms/x - alice@example.com Some(404)",
        ]
    );
    sandbox.faults().forget_calls();
    assert!(sandbox.faults().calls().is_empty());
}

#[tokio::test]
async fn over_http_bytes_are_cut_or_promised_in_vain() {
    let (sandbox, alice) = start();
    let base = serve(&sandbox).await;
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let ask = || {
        client
            .get(format!("{base}/v1/rooms"))
            .bearer_auth(&alice.token)
            .send()
    };
    let whole = ask().await.unwrap().bytes().await.unwrap();
    let faults = sandbox.faults();
    faults.next(1, Fault::Cut { after_bytes: 100 });
    let mut cut = ask().await.unwrap();
    let mut received = 0;
    let broken = loop {
        match cut.chunk().await {
            Ok(Some(chunk)) => received += chunk.len(),
            Ok(None) => break false,
            Err(_) => break true,
        }
    };
    assert!(broken && received <= 100, "{received}");
    faults.next(1, Fault::WrongLength);
    assert!(ask().await.unwrap().bytes().await.is_err());
    faults.next(1, Fault::Slow { delay_ms: 80 });
    let started = std::time::Instant::now();
    assert_eq!(ask().await.unwrap().bytes().await.unwrap(), whole);
    assert!(started.elapsed() >= Duration::from_millis(80));
    faults.next(1, Fault::Hang);
    let hanging = tokio::time::timeout(Duration::from_millis(100), ask()).await;
    assert!(hanging.is_err());
    let url = format!("{base}/v1/rooms?max=1");
    let next = client
        .get(url)
        .bearer_auth(&alice.token)
        .send()
        .await
        .unwrap();
    let link = next.headers()["link"].to_str().unwrap();
    assert!(
        link.starts_with(&format!("<{base}/v1/rooms?max=1&cursor=")),
        "{link}"
    );
}

#[tokio::test]
async fn the_administration_does_what_the_handles_do() {
    let (sandbox, alice) = start();
    let admin = Person {
        router: sandbox.admin_router(),
        token: "none".to_owned(),
    };
    let people = admin.get("/_sandbox/people").await.json(200);
    assert_eq!(people["items"][0]["token"], "sandbox-alice");
    assert_eq!(items(&people).len(), sandbox.people().len());
    let order = json!({"times": 1, "path": "/v1/people/me", "fault": {"kind": "status", "code": 429, "retryAfterSecs": 2}});
    admin.post("/_sandbox/faults", order).await.json(204);
    assert_eq!(alice.get("/v1/people/me").await.header("retry-after"), "2");
    admin
        .post("/_sandbox/faults", json!({"fault": {"kind": "earthquake"}}))
        .await
        .json(400);
    let moved = admin
        .post("/_sandbox/clock", json!({"advanceSecs": 60}))
        .await
        .json(200);
    assert_eq!(moved["now"], "2026-01-05T09:01:00.000Z");
    admin
        .post("/_sandbox/files", json!({"id": "x", "state": "infected"}))
        .await
        .json(404);
    let calls = admin.get("/_sandbox/calls").await.json(200);
    assert_eq!(items(&calls).len(), 1);
    let public = Request::get("/_sandbox/people")
        .body(Body::empty())
        .unwrap();
    assert_eq!(alice.raw(public).await.status, 404);
}

/// What would be right is named; what was ordered is not repeated.
#[tokio::test]
async fn an_order_that_cannot_be_read_is_told_what_there_is() {
    let (sandbox, _) = start();
    let admin = Person {
        router: sandbox.admin_router(),
        token: "none".to_owned(),
    };
    let fault = |fault: serde_json::Value| ("/_sandbox/faults", json!({"fault": fault}));
    let meeting = json!({"meetingId": "m", "action": "leaves"});
    for ((path, order), told) in [
        (
            fault(json!({"kind": "slwo"})),
            "expected one of `status`, `slow`, `hang`",
        ),
        (fault(json!({"kind": "status"})), "missing field `code`"),
        (
            fault(json!({"kind": "slow", "delayMs": "slwo"})),
            "fault: expected a whole number",
        ),
        (
            ("/_sandbox/faults", json!({"times": 1})),
            "missing field `fault`",
        ),
        (
            ("/_sandbox/files", json!({"id": "f", "state": "slwo"})),
            "expected one of `clean`",
        ),
        (
            ("/_sandbox/meetings", meeting),
            "expected one of `start`, `join`",
        ),
        (
            (
                "/_sandbox/faults",
                json!({"tims": 5, "fault": {"kind": "hang"}}),
            ),
            "no field tims",
        ),
        (
            fault(json!({"kind": "status", "code": 429, "retryAfter": 3})),
            "unknown field `retryAfter`",
        ),
        (
            (
                "/_sandbox/presence",
                json!({"email": "bob@example.com", "status": "DND"}),
            ),
            "status: expected one of `call`, `DoNotDisturb`, `OutOfOffice`, `presenting`",
        ),
        (
            (
                "/_sandbox/clock",
                json!({"advanceSecs": 99_999_999_999_u64}),
            ),
            "at most ten years",
        ),
        (
            ("/_sandbox/rate-limit", json!({"requests": 1})),
            "missing field `perSecs`",
        ),
    ] {
        let refused = admin.post(path, order).await.json(400);
        let sentence = text(&refused["errors"][0]["description"]);
        assert!(sentence.contains(told), "{path}: {sentence}");
        assert!(
            !sentence.contains("slwo") && !sentence.contains("leaves"),
            "{sentence}"
        );
    }
}

#[tokio::test]
async fn an_address_that_the_administration_lacks_is_no_call() {
    let (sandbox, alice) = start();
    let both = Person {
        router: sandbox.router().merge(sandbox.admin_router()),
        ..alice
    };
    sandbox.faults().next(1, Fault::status(503));
    for path in ["/_sandbox/nope", "/_sandbox/faults/1"] {
        both.get(path).await.json(404);
    }
    assert!(sandbox.faults().calls().is_empty());
}
