//! A server that speaks TLS itself, in a process of its own, and a client that knows who signed its
//! certificate.

use std::process::Stdio;
use std::time::Duration;

use reqwest::{Certificate, Client, Version};
use tokio::process::Command;

use crate::journey::{directory, free_address};

const AUTHORITY: &[u8] = include_bytes!("certificates/authority.pem");

#[tokio::test(crate = "crate::journey", flavor = "multi_thread", worker_threads = 2)]
async fn two_files_are_all_that_https_needs() {
    let (at, data) = (free_address(), directory());
    let certificates = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/certificates");
    let mut server = Command::new(env!("CARGO_BIN_EXE_webex-mcp"))
        .args(["serve", "--sandbox", "--listen", &at.to_string()])
        .env_clear()
        .env("WEBEX_MCP_DATA_DIR", &data)
        .env(
            "WEBEX_MCP_SERVER_TLS_CERTIFICATE",
            format!("{certificates}/one.pem"),
        )
        .env(
            "WEBEX_MCP_SERVER_TLS_KEY",
            format!("{certificates}/one.key"),
        )
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let authority = Certificate::from_pem(AUTHORITY).unwrap();
    let client = Client::builder()
        .no_proxy()
        .tls_certs_only([authority])
        .build()
        .unwrap();
    let health = format!("https://localhost:{}/healthz", at.port());
    let mut answer = client.get(&health).send().await;
    for _ in 0..400 {
        if answer.is_ok() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(25)).await;
        answer = client.get(&health).send().await;
    }
    let answer = answer.unwrap();
    assert_eq!(answer.version(), Version::HTTP_2);
    let header = |name: &str| answer.headers()[name].to_str().unwrap().to_owned();
    assert_eq!(header("strict-transport-security"), "max-age=31536000");
    assert_eq!(header("x-content-type-options"), "nosniff");
    // Who does not know the authority gets no further.
    let stranger = Client::builder().no_proxy().build().unwrap();
    assert!(stranger.get(&health).send().await.is_err());
    let plain = format!("http://localhost:{}/healthz", at.port());
    let told = stranger.get(plain).send().await.unwrap();
    assert_eq!(told.status(), 400);
    assert!(told.text().await.unwrap().contains("use https://"));
    server.start_kill().unwrap();
    let output = server.wait_with_output().await.unwrap();
    let greeting = String::from_utf8(output.stdout).unwrap();
    let url = format!("https://{at}/mcp/webex-messaging");
    assert!(greeting.contains(&url), "{greeting}");
}

#[tokio::test(crate = "crate::journey")]
async fn files_that_cannot_be_used_stop_the_start() {
    let certificates = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/certificates");
    let output = Command::new(env!("CARGO_BIN_EXE_webex-mcp"))
        .args(["serve", "--sandbox", "--listen", "127.0.0.1:0"])
        .env_clear()
        .env("WEBEX_MCP_DATA_DIR", directory())
        .env(
            "WEBEX_MCP_SERVER_TLS_CERTIFICATE",
            format!("{certificates}/one.pem"),
        )
        .env(
            "WEBEX_MCP_SERVER_TLS_KEY",
            format!("{certificates}/two.key"),
        )
        .stdin(Stdio::null())
        .output();
    let output = output.await.unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(!output.status.success());
    assert!(
        said.contains("`server.tls_key`: the key does not belong to the certificate"),
        "{said}"
    );
}
