//! The sandbox inside another server, and under the origin that its callers know.

use axum::Router;
use axum::routing::get;
use http::StatusCode;
use serde_json::json;
use webex_sandbox::{Options, Sandbox};

use crate::webhooks::{next, register, target};
use crate::{Person, person, start};

#[tokio::test]
async fn other_paths_are_left_to_the_server_beside_it() {
    let (sandbox, alice) = start();
    let beside = Router::new()
        .route("/healthz", get(async || "ok"))
        .merge(sandbox.beside_others("http://127.0.0.1:8484"))
        .fallback(async || "somebody else's");
    let alice = Person {
        router: beside,
        ..alice
    };
    assert_eq!(alice.get("/healthz").await.text(), "ok");
    for path in ["/nonsense", "/v2/rooms", "/_other"] {
        assert_eq!(alice.get(path).await.text(), "somebody else's", "{path}");
    }
    // Scopes and ids in paths are read as anywhere else, and an unknown route is Webex's.
    let room = alice.room("Leadership").await;
    alice.get(&format!("/v1/rooms/{room}")).await.json(200);
    alice.get("/v1/nonsense").await.json(404);
    alice.get("/_sandbox/overview").await.json(200);
    let path = format!("/_sandbox/spaces/{room}/messages");
    alice.get(&path).await.json(200);
    assert!(
        alice
            .get("/_sandbox/")
            .await
            .text()
            .contains("Webex sandbox")
    );
}

#[tokio::test]
async fn each_caller_gets_links_to_where_it_asked() {
    let (sandbox, alice) = start();
    let inside = Person {
        router: sandbox.router_at("https://inside.invalid"),
        ..alice.clone()
    };
    let room = alice.room("Leadership").await;
    let file = json!({"roomId": room, "files": ["https://files.example.com/plan.txt"]});
    let posted = alice.post("/v1/messages", file).await.json(200);
    let path = format!("/v1/messages/{}", posted["id"].as_str().unwrap());
    for (caller, origin) in [
        (&inside, "https://inside.invalid/v1/"),
        (&alice, "http://webex.test/v1/"),
    ] {
        let message = caller.get(&path).await.json(200);
        let file = message["files"][0].as_str().unwrap();
        assert!(file.starts_with(origin), "{file}");
        let list = caller.get("/v1/rooms?max=1").await;
        let next = list.header("link");
        assert!(next.starts_with(&format!("<{origin}rooms?")), "{next}");
    }
}

/// A target is outside the process, whoever caused the delivery.
#[tokio::test]
async fn deliveries_name_addresses_that_are_served() {
    let inside = "https://inside.invalid";
    for (configured, beside, expected) in [
        (
            None,
            Some("http://127.0.0.1:8484"),
            "http://127.0.0.1:8484/v1/",
        ),
        (
            Some("https://sandbox.example"),
            Some("https://mcp.example"),
            "https://mcp.example/v1/",
        ),
        (
            Some("https://sandbox.example"),
            None,
            "https://sandbox.example/v1/",
        ),
        (None, None, "https://inside.invalid/v1/"),
    ] {
        let sandbox = Sandbox::new(Options {
            base_url: configured.map(str::to_owned),
            ..Options::for_tests()
        });
        if let Some(base) = beside {
            drop(sandbox.beside_others(base));
        }
        let alice = Person {
            router: sandbox.router_at(inside),
            ..person(&sandbox, "alice")
        };
        let (url, mut receiver) = target(StatusCode::OK).await;
        register(&alice, &url, "messages", "created", None).await;
        let room = alice.room("Leadership").await;
        let file = json!({"roomId": room, "files": ["https://files.example.com/plan.txt"]});
        let posted = alice.post("/v1/messages", file).await.json(200);
        let (_, told, _) = next(&mut receiver).await;
        let file = told["data"]["files"][0].as_str().unwrap();
        assert!(file.starts_with(expected), "{file}");
        // The caller still gets links to where it asked.
        let own = posted["files"][0].as_str().unwrap();
        let own_base = configured.unwrap_or(inside);
        assert!(own.starts_with(own_base), "{own}");
    }
}
