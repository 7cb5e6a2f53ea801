//! What goes on ends with the sign-in that it was begun with.

use super::*;
use crate::auth::Brokered;
use crate::broker::tests::World;

/// A request of somebody who signed in for the server `webex`.
fn of(token: &str, mut request: Request<Body>) -> Request<Body> {
    let bearer = format!("Bearer {token}").parse().unwrap();
    request.headers_mut().insert("authorization", bearer);
    *request.uri_mut() = "/webex".parse().unwrap();
    request
}

async fn house() -> (World, Server) {
    let world = World::new();
    let broker = Authentication::Broker(Brokered::new(world.broker.clone()));
    let server = Server::knowing(broker, SharedBounds::default());
    (world, server)
}

#[tokio::test]
async fn a_stream_ends_after_the_sign_in_was_revoked() {
    let (world, server) = house().await;
    let (client, access, _) = world.connected().await;
    let (other, kept, _) = world.connected().await;
    let listen = || {
        let asked = json!({"toolsListChanged": true});
        modern("subscriptions/listen", json!({"notifications": asked}))
    };
    let open = async |token: &str| {
        let opened = server.send(of(token, listen())).await;
        assert_eq!(opened.status(), 200);
        let mut stream = opened.into_body().into_data_stream();
        assert!(next_event(&mut stream).await.is_some(), "acknowledged");
        stream
    };
    let (mut ends, mut stays) = (open(&access).await, open(&kept).await);
    tokio::time::pause();
    for stream in [&mut ends, &mut stays] {
        assert_eq!(stream.next().await.unwrap().unwrap(), ":\n\n");
    }
    tokio::time::resume();
    let slugs = [Arc::from("webex")];
    let revoked = world.broker.revoke(&client, None, &access, &slugs);
    revoked.await.unwrap();
    assert_ne!(client, other);
    tokio::time::pause();
    let begun = tokio::time::Instant::now();
    let closed = next_event(&mut ends).await.unwrap();
    assert_eq!(closed["result"]["resultType"], "complete", "{closed}");
    assert!(next_event(&mut ends).await.is_none());
    assert!(begun.elapsed() <= 2 * crate::edge::limits::LISTEN_KEEP_ALIVE);
    assert_eq!(stays.next().await.unwrap().unwrap(), ":\n\n");
    let (status, _) = read(server.send(of(&access, listen())).await).await;
    assert_eq!(status, 401);
}

#[tokio::test]
async fn a_session_of_a_sign_in_that_was_revoked_is_answered_with_401() {
    let (world, server) = house().await;
    let (client, access, _) = world.connected().await;
    let params = json!({
        "protocolVersion": "2025-11-25",
        "capabilities": {},
        "clientInfo": {"name": "test", "version": "1"}
    });
    let body = json!({"jsonrpc": "2.0", "id": 0, "method": "initialize", "params": params});
    let opened = server.send(of(&access, post("/mcp", "bob", &[], &body.to_string())));
    let opened = opened.await;
    let session = opened.headers()["mcp-session-id"].to_str().unwrap();
    let list = || {
        of(
            &access,
            in_session(session, "bob", 1, "tools/list", json!({})),
        )
    };
    assert_eq!(server.send(list()).await.status(), 200);
    let slugs = [Arc::from("webex")];
    let revoked = world.broker.revoke(&client, None, &access, &slugs);
    revoked.await.unwrap();
    let refused = server.send(list()).await;
    assert_eq!(refused.status(), 401);
    let challenge = refused.headers()["www-authenticate"].to_str().unwrap();
    assert!(challenge.contains("invalid_token"), "{challenge}");
}
