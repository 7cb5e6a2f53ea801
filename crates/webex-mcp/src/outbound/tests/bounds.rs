//! How much a server can make us read, and how long it can make us wait.

use std::net::TcpListener;
use std::time::Instant;

use webex::transport::Obstacle;

use super::*;

#[tokio::test]
async fn a_body_is_limited_while_it_is_read() {
    let world = World::new(USUAL);
    let too_large = || Err(NotFetched::TooLarge(1_000));
    for (path, expected) in [
        ("exactly/1000", Ok(1_000)),
        ("exactly/1001", too_large()),
        ("chunks/1000", Ok(1_000)),
        ("chunks/1001", too_large()),
        ("announced/1001", too_large()),
        ("announced/99999999999", too_large()),
        ("endless", too_large()),
        ("empty", Ok(0)),
    ] {
        let document = world.get(&format!("https://idp.example.com/{path}")).await;
        assert_eq!(
            document.map(|document| document.body.len()),
            expected,
            "{path}"
        );
    }
}

#[tokio::test]
async fn the_whole_time_is_limited() {
    let world = World::new(USUAL);
    let bounds = Bounds {
        within: Duration::from_millis(300),
        ..BOUNDS
    };
    let too_slow = NotFetched::TooSlow(bounds.within);
    for path in ["drip", "silent", "interim", "302?/drip"] {
        let start = Instant::now();
        let url = format!("https://idp.example.com/{path}");
        let error = world.get_in(&url, bounds).await.unwrap_err();
        assert_eq!(error, too_slow, "{path}");
        assert!(start.elapsed() < Duration::from_secs(5), "{path}");
    }
    // It takes the connection, and says nothing to the greeting of TLS.
    let mute = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = mute.local_addr().unwrap().port();
    let server = Server {
        port,
        heard: Arc::default(),
    };
    let world = World::with(server, Rules::default(), USUAL);
    let error = world.get_in("https://idp.example.com/", bounds).await;
    assert_eq!(error.unwrap_err(), too_slow);
}

#[tokio::test]
async fn only_a_success_is_a_document() {
    let world = World::new(USUAL);
    for status in [300, 304, 400, 401, 403, 404, 418, 429, 500, 503] {
        let url = format!("https://idp.example.com/status/{status}");
        let error = world.get(&url).await.unwrap_err();
        assert_eq!(
            error,
            NotFetched::Status(StatusCode::from_u16(status).unwrap())
        );
        let text = error.to_string();
        assert!(
            text.contains(&status.to_string()) && !text.contains("hush"),
            "{text}"
        );
    }
    for (path, error) in [
        ("gzip", NotFetched::Compressed),
        ("cut", NotFetched::Failed(Obstacle::Broken)),
        ("nonsense", NotFetched::Failed(Obstacle::Broken)),
        ("head", NotFetched::Failed(Obstacle::Broken)),
    ] {
        let told = world.get(&format!("https://idp.example.com/{path}")).await;
        assert_eq!(told.unwrap_err(), error, "{path}");
    }
}

#[tokio::test]
async fn a_server_that_is_not_there_is_told() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    drop(listener);
    let server = Server {
        port,
        heard: Arc::default(),
    };
    let world = World::with(server, Rules::default(), USUAL);
    let error = world.get("https://idp.example.com/document").await;
    assert_eq!(error.unwrap_err(), NotFetched::Failed(Obstacle::Refused));
}
