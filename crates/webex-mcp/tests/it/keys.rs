//! The keys of what is stored encrypted, over processes: rotated beside servers that run, and killed.

use std::time::Duration;

use serde_json::{Value, json};

use crate::journey::free_address;
use crate::killed::{Stage, call_of};

const KILLS: u64 = 8;

/// A call whose answer is stored, and told again under its key.
async fn create(stage: &Stage, server: std::net::SocketAddr, key: &str) -> Value {
    let arguments = json!({"toPersonEmail": "bob@example.com", "text": format!("keyed {key}")});
    let called = call_of(
        &stage.client,
        server,
        "webex-create-message",
        arguments,
        Some(key),
    );
    let told = called.await.unwrap();
    assert!(told["id"].is_string(), "{told}");
    told
}

async fn told(stage: &Stage, arguments: &[&str]) -> String {
    let done = stage.run(arguments).output().await.unwrap();
    let said = String::from_utf8_lossy(&done.stderr).into_owned();
    assert!(done.status.success(), "{said}");
    String::from_utf8(done.stdout).unwrap()
}

#[tokio::test(crate = "crate::journey", flavor = "multi_thread", worker_threads = 2)]
async fn a_key_is_rotated_while_servers_run_and_whoever_rotates_may_be_killed() {
    let stage = Stage::new().await;
    let second = free_address();
    let _servers = (stage.serve().await, stage.serve_at(second).await);
    let first = create(&stage, stage.listen, "first").await;

    let rotated = told(&stage, &["keys", "rotate"]).await;
    assert!(rotated.contains("Key 2 was made"), "{rotated}");
    // Both servers open what was moved, and what the other one wrote since.
    for server in [stage.listen, second] {
        assert_eq!(create(&stage, server, "first").await["id"], first["id"]);
    }
    let written = create(&stage, second, "second").await;
    assert_eq!(
        create(&stage, stage.listen, "second").await["id"],
        written["id"]
    );

    for kill in 0..KILLS {
        let mut rotating = stage.run(&["keys", "rotate"]).spawn().unwrap();
        // At any moment between its start and its end; after its end, nothing is killed.
        tokio::time::sleep(Duration::from_millis(4 * kill)).await;
        rotating.kill().await.unwrap();
        let key = format!("after-kill-{kill}");
        let written = create(&stage, stage.listen, &key).await;
        assert_eq!(create(&stage, second, &key).await["id"], written["id"]);
    }
    told(&stage, &["keys", "rotate"]).await;
    let status = told(&stage, &["keys", "status"]).await;
    assert_eq!(status.lines().count(), 1, "{status}");
    for server in [stage.listen, second] {
        assert_eq!(create(&stage, server, "first").await["id"], first["id"]);
    }
    // Each was sent once.
    for key in ["first", "second", "after-kill-0"] {
        assert_eq!(stage.posted(&format!("keyed {key}")).await, 1);
    }
}
