//! The same client over real sockets of this machine.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use axum::Router;
use axum::extract::Request;
use axum::response::Redirect;
use axum::routing::get;
use tokio::net::TcpListener;
use tokio::time::Instant;
use webex::limits::MIN_BACKOFF;
use webex::{AccessToken, Client, Webex, WebexError};

async fn serve(router: Router) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, router).await });
    format!("http://{address}/v1")
}

fn client(base: &str) -> Client {
    Webex::new(base)
        .unwrap()
        .client(AccessToken::new("t").unwrap())
}

#[tokio::test]
async fn calls_reach_a_real_server() {
    let echo = get(|request: Request| async move {
        let header = |name| request.headers()[name].to_str().unwrap().to_owned();
        let title = format!(
            "{} {} {}",
            request.uri(),
            header("authorization"),
            header("host")
        );
        axum::Json(serde_json::json!({"id": "r", "title": title}))
    });
    let base = serve(Router::new().route("/v1/rooms/{id}", echo)).await;
    let room = client(&base).rooms().get("r").await.unwrap();
    let host = base.trim_start_matches("http://").trim_end_matches("/v1");
    assert_eq!(
        room.title(),
        Some(format!("/v1/rooms/r Bearer t {host}").as_str())
    );
}

#[tokio::test]
async fn a_redirect_does_not_carry_the_token_elsewhere() {
    let visits = Arc::new(AtomicUsize::new(0));
    let counter = visits.clone();
    let elsewhere = serve(Router::new().fallback(move || {
        counter.fetch_add(1, Ordering::Relaxed);
        async { r#"{"id":"r"}"# }
    }))
    .await;
    let target = format!("{elsewhere}/rooms/r");
    let redirect = get(move || async move { Redirect::temporary(&target) });
    let base = serve(Router::new().route("/v1/rooms/{id}", redirect)).await;
    let error = client(&base).rooms().get("r").await.unwrap_err();
    assert!(matches!(error, WebexError::Refused { status: 307, .. }));
    assert_eq!(visits.load(Ordering::Relaxed), 0);
}

#[tokio::test]
async fn a_refused_connection_is_known_not_to_have_been_received() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}/v1", listener.local_addr().unwrap());
    drop(listener);
    // Too near for the first repeat, so that the test need not wait for it.
    let deadline = Instant::now() + MIN_BACKOFF;
    let client = client(&base).with_deadline(deadline);
    let error = client.rooms().delete("r").await.unwrap_err();
    assert!(
        matches!(
            error,
            WebexError::Unreachable {
                maybe_applied: false,
                ..
            }
        ),
        "{error:?}"
    );
}

#[tokio::test]
async fn a_connection_that_breaks_after_the_request_leaves_a_doubt() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}/v1", listener.local_addr().unwrap());
    let connections = Arc::new(AtomicUsize::new(0));
    let counter = connections.clone();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            counter.fetch_add(1, Ordering::Relaxed);
            let mut buffer = [0; 64];
            let _ = tokio::io::AsyncReadExt::read(&mut stream, &mut buffer).await;
        }
    });
    let error = client(&base).rooms().delete("r").await.unwrap_err();
    assert!(
        matches!(
            error,
            WebexError::Unreachable {
                maybe_applied: true,
                ..
            }
        ),
        "{error:?}"
    );
    assert_eq!(connections.load(Ordering::Relaxed), 1);
}
