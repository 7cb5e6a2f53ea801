//! The sandbox against the operations of the client: `docs/coverage.md` says that it answers all.

use std::collections::BTreeSet;

use axum::body::Body;
use http::Request;
use webex::operations::ALL;

use crate::start;

/// What the sandbox says of a path that it does not know, in place of a route's own words.
const UNKNOWN_ROUTE: &str = "The requested resource could not be found.";

/// The operations that the sandbox has a route for: without a token it asks who calls.
async fn routed() -> BTreeSet<&'static str> {
    let (_, nobody) = start();
    let mut routed = BTreeSet::new();
    for operation in ALL {
        let request = Request::builder()
            .method(operation.method.clone())
            .uri(format!("/v1{}", operation.path.replace(['{', '}'], "")));
        let answer = nobody.raw(request.body(Body::empty()).unwrap()).await;
        let is_unknown = answer.status == 405
            || (answer.status == 404
                && answer.json(404)["errors"][0]["description"] == UNKNOWN_ROUTE);
        if !is_unknown {
            routed.insert(operation.name);
        }
    }
    routed
}

#[tokio::test]
async fn the_sandbox_has_a_route_for_every_operation_of_the_client() {
    let routed = routed().await;
    let missing = ALL.iter().filter(|one| !routed.contains(one.name));
    let missing: Vec<_> = missing
        .map(|one| format!("{} {}", one.method, one.path))
        .collect();
    assert!(missing.is_empty(), "the sandbox lacks {missing:#?}");
}

#[tokio::test]
async fn a_path_or_a_method_that_nobody_knows_is_no_route() {
    let (_, alice) = start();
    let unknown = alice.get("/v1/nowhere").await.json(404);
    assert_eq!(unknown["errors"][0]["description"], UNKNOWN_ROUTE);
    alice.delete("/v1/events").await.json(405);
}
