//! Rate limits: off until set, counted for each user, over with the time.

use std::time::Duration;

use http_body_util::BodyExt;
use serde_json::json;
use tower::ServiceExt;
use webex_sandbox::RateLimit;

use crate::{person, start, with_scopes};

const LIMIT: RateLimit = RateLimit {
    requests: 2,
    per_secs: 60,
};

#[tokio::test]
async fn a_user_waits_as_long_as_is_said() {
    let (sandbox, alice) = start();
    sandbox.rate_limits().set(Some(LIMIT));
    let second_token = with_scopes(&sandbox, "alice@example.com", &["spark:people_read"]);
    alice.get("/v1/people/me").await.json(200);
    sandbox.clock().advance(Duration::from_millis(1_500));
    second_token.get("/v1/people/me").await.json(200);
    for who in [&alice, &second_token] {
        let refused = who.get("/v1/people/me").await;
        assert_eq!(refused.header("retry-after"), "59");
        refused.json(429);
    }
    person(&sandbox, "bob").get("/v1/people/me").await.json(200);
    sandbox.clock().advance(Duration::from_secs(58));
    let refused = alice.get("/v1/people/me").await;
    assert_eq!(refused.header("retry-after"), "1");
    sandbox.clock().advance(Duration::from_secs(1));
    alice.get("/v1/people/me").await.json(200);
    sandbox.rate_limits().set(None);
    for _ in 0..5 {
        alice.get("/v1/people/me").await.json(200);
    }
}

#[tokio::test]
async fn the_administration_sets_and_lifts_it() {
    let (sandbox, alice) = start();
    let admin = |method: &str, body: Option<serde_json::Value>| {
        let request = http::Request::builder()
            .method(method)
            .uri("/_sandbox/rate-limit")
            .header("content-type", "application/json");
        let body = body.map_or_else(String::new, |body| body.to_string());
        let request = request.body(axum::body::Body::from(body)).unwrap();
        let router = sandbox.admin_router();
        async move {
            let answer = router.oneshot(request).await.unwrap();
            let status = answer.status().as_u16();
            (
                status,
                answer.into_body().collect().await.unwrap().to_bytes(),
            )
        }
    };
    let limit = json!({"requests": 1, "perSecs": 10});
    assert_eq!(admin("POST", Some(limit.clone())).await.0, 204);
    let (status, body) = admin("GET", None).await;
    assert_eq!(status, 200);
    assert_eq!(
        serde_json::from_slice::<serde_json::Value>(&body).unwrap(),
        limit
    );
    alice.get("/v1/people/me").await.json(200);
    alice.get("/v1/people/me").await.json(429);
    assert_eq!(admin("DELETE", None).await.0, 204);
    alice.get("/v1/people/me").await.json(200);
    assert_eq!(admin("POST", Some(json!({"requests": -1}))).await.0, 400);
}
